package merchant

import (
	"iter"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"
)

// sale is one order with its capture. Slot i of a day is always the same sale.
type sale struct {
	name   orderName
	day    day
	slot   int
	posted time.Time
	amount int64 // minor units
	refund int64 // what is given back if the sale is refunded
}

func (m *Merchant) sale(d day, slot int) sale {
	var random dice
	random.Seed(m.seed, uint64(int64(d))<<24|uint64(slot))
	width := secondsPerDay / int64(m.perDay)
	offset := int64(slot) * secondsPerDay / int64(m.perDay)
	if width > 1 {
		offset += random.below(width)
	}
	s := sale{name: m.order, day: d, slot: slot, posted: m.start(d).Add(time.Duration(offset) * time.Second)}
	if comesBack(d, slot) {
		// Small enough that every day earns more than it gives back: see disputes.
		s.amount = 500 + random.below(500)
	} else {
		s.amount = 500 + random.below(24_500)
		if random.below(20) == 0 {
			s.amount += 100_000 + random.below(400_000)
		}
	}
	s.refund = s.amount
	if random.below(2) == 0 {
		s.refund = 1 + random.below(s.amount)
	}
	return s
}

// dice is a source of random numbers that, unlike a rand.Rand, needs no memory of its own: there is one for each sale.
type dice struct{ rand.PCG }

// below returns a number in [0, n).
func (d *dice) below(n int64) int64 {
	high, _ := bits.Mul64(d.Uint64(), uint64(n))
	return int64(high)
}

// orderName is how the id of an order begins: P is production and S the sandbox, and the number is the region's.
type orderName string

// id is that of the charge permission with a suffix. The day and the slot are in it, so no two sales share one.
func (s sale) id(suffix string) string {
	b := append(make([]byte, 0, 32), s.name...)
	b = append(appendPadded(b, s.day.serial(), 7), '-')
	return string(append(appendPadded(b, int64(s.slot), 7), suffix...))
}

const (
	authorizationSuffix = "-A000001" // of the same charge as the capture, with an A for its C
	captureSuffix       = "-C000001"
	refundSuffix        = "-R000002"
	disputeSuffix       = "-D000003"
)

// orderOf cuts the suffix off an id.
func orderOf(id string) string { return id[:len(id)-len(captureSuffix)] }

// reference is one of the merchant's own names for the sale: ORDER- its order, AUTH-, INV- and REF- the authorization,
// the capture and the refund.
func (s sale) reference(prefix string) string {
	b := append(make([]byte, 0, 32), prefix...)
	b = append(strconv.AppendInt(b, s.day.serial(), 10), '-')
	return string(strconv.AppendInt(b, int64(s.slot), 10))
}

// appendPadded writes n with as many leading zeros as it needs to have width digits.
func appendPadded(b []byte, n int64, width int) []byte {
	limit := int64(1)
	for range width - 1 {
		limit *= 10
	}
	for ; n < limit && limit > 1; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, n, 10)
}

// fee is 2.9 percent, rounded half up, and 30 minor units.
func fee(amount int64) (percentage, fixed int64) { return (amount*29 + 500) / 1000, 30 }

// Which sales are refunded or disputed, and how many days later, follows from the day and the slot: so a day finds the
// sales of earlier days that come back on it without looking through them.

func refundedAfter(slot int) (days day, refunded bool) { return day(1 + slot/16%20), slot%16 == 7 }

// disputes are the ways in which one sale in 70 comes back for good.
//
// No settlement ends below zero: a capture earns 455 minor units or more after its fees, and what comes back costs 999
// or less, because a sale that comes back is a small one. Of 16 slots one is refunded. Of 211 slots on a day, none of
// them among the first ten, each kind of dispute has one. And the reserve grows by 199 at most. So one to ten captures
// earn 455 each against one refund and the reserve; eleven earn 5005 against 999 for a refund, 2997 for three disputes
// and 199; each 16 more bring 7280 against 999, and each 211 more bring 96,005 against 2997 for disputes.
var disputes = [...]struct {
	kind    string
	after   day
	residue int64
}{
	{"Chargeback", 30, 50},
	{"A-to-z Guarantee Claim", 14, 100},
	{"Dispute", 21, 150},
}

// disputeResidue decides the kind of dispute that a sale ends in.
func disputeResidue(d day, slot int) int64 {
	if slot < 10 || slot%16 == 7 {
		return -1
	}
	return (d.serial()*31 + int64(slot)) % 211
}

func comesBack(d day, slot int) bool {
	if _, refunded := refundedAfter(slot); refunded {
		return true
	}
	residue := disputeResidue(d, slot)
	for _, dispute := range disputes {
		if residue == dispute.residue {
			return true
		}
	}
	return false
}

// sales yields the sales that were posted in [start, end], newest first; or only those in whose slot there is a refund
// of an earlier day's sale.
func (m *Merchant) sales(start, end time.Time, refundsOnly bool) iter.Seq[sale] {
	return func(yield func(sale) bool) {
		for d := m.dayOf(end); d >= m.dayOf(start); d-- {
			first, after := m.slots(d, start, end)
			for slot := after - 1; slot >= first; slot-- {
				if _, refunded := refundedAfter(slot); refundsOnly && !refunded {
					continue
				}
				if s := m.sale(d, slot); within(s.posted, start, end) && !yield(s) {
					return
				}
			}
		}
	}
}

func within(t, start, end time.Time) bool { return !t.Before(start) && !t.After(end) }
