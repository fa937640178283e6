// Package merchant invents a merchant that trades on every day of any year, and writes the report files that Amazon Pay
// would make of its business. All of it follows from a seed, and any part can be made without what came before it, so
// that a file of any size is a stream.
//
// Amounts are whole minor units of the currency. They add up: the rows of a settlement, its transfer included, come to
// zero; a disbursement is its settlement's transfer; a refund points at a capture of an earlier day and is no larger; a
// reserve that one settlement holds back is the previous reserve of the next.
package merchant

import (
	"fmt"
	"iter"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"
)

// Config describes a merchant. The zero Config trades in USD, 20 transactions a day.
type Config struct {
	// Seed decides all that is random.
	Seed uint64
	// TransactionsPerDay is the number of captures a day, at most 10 million. 0 means 20; negative means that the merchant sells nothing.
	TransactionsPerDay int
	// Currency is USD, EUR or JPY. It also decides the time zone, which has one offset all year: -0700, +0100 or +0900. "" means USD.
	Currency string
}

// Merchant is a synthetic merchant. It is immutable and safe for concurrent use.
type Merchant struct {
	seed     uint64
	perDay   int
	currency string
	digits   int // minor digits of the currency
	zone     *time.Location
	offset   int64     // of the zone, seconds east of UTC
	order    orderName // how the ids of its orders begin
}

// New returns the merchant of a Config, or an error for a currency that it doesn't know.
func New(config Config) (*Merchant, error) {
	m := &Merchant{seed: config.Seed, perDay: config.TransactionsPerDay, currency: config.Currency, digits: 2}
	switch {
	case m.perDay == 0:
		m.perDay = 20
	case m.perDay < 0:
		m.perDay = 0
	case m.perDay > 10_000_000:
		return nil, fmt.Errorf("merchant: %d transactions a day are more than 10 million", m.perDay)
	}
	switch m.currency {
	case "", "USD":
		m.currency, m.offset, m.order = "USD", -7*3600, "P01-"
	case "EUR":
		m.offset, m.order = 3600, "P02-"
	case "JPY":
		m.offset, m.order, m.digits = 9*3600, "P03-", 0
	default:
		return nil, fmt.Errorf("merchant: the currency %q is not one of USD, EUR and JPY", config.Currency)
	}
	m.zone = time.FixedZone("", int(m.offset))
	return m, nil
}

// Currency returns the ISO 4217 code that the merchant trades in.
func (m *Merchant) Currency() string { return m.currency }

// MinorDigits returns how many digits the currency has after the dot.
func (m *Merchant) MinorDigits() int { return m.digits }

// SellerID returns the merchant's id, which is made of the seed and stands in the preamble of settlement files.
func (m *Merchant) SellerID() string { return fmt.Sprintf("A0SIMULATOR%d", m.seed%1000) }

// day is a day of the merchant's time zone, counted from 1 January 1970.
type day int

func (m *Merchant) dayOf(t time.Time) day {
	seconds := t.Unix() + m.offset
	d := seconds / secondsPerDay
	if seconds%secondsPerDay < 0 {
		d--
	}
	return day(d)
}

func (m *Merchant) start(d day) time.Time {
	return time.Unix(int64(d)*secondsPerDay-m.offset, 0).In(m.zone)
}

const secondsPerDay = 86400

// serial stands for the day in ids: positive in every year that a report can be asked for.
func (d day) serial() int64 { return int64(d) + 1_000_000 }

// slots returns the first slot of a day whose sale may have been posted in [from, to], and the slot after the last: a
// short time of a busy day is found without the rest of the day. Whether a sale at the edges was really posted in that
// time is for the caller to look at.
func (m *Merchant) slots(d day, from, to time.Time) (first, after int) {
	midnight, perDay := m.start(d).Unix(), int64(m.perDay)
	begin := min(max(from.Unix()-midnight, 0), secondsPerDay)
	end := min(max(to.Unix()-midnight+1, 0), secondsPerDay)
	return int(begin * perDay / secondsPerDay), int((end*perDay + secondsPerDay - 1) / secondsPerDay)
}

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

// reserve is what the settlement of a day holds back for the next.
func (m *Merchant) reserve(d day) int64 {
	var random dice
	random.Seed(m.seed^0x7265736572766521, uint64(int64(d)))
	return 100 + random.below(200)
}

// SettlementRow is a row of a settlement report. Fees and amounts are minor units.
type SettlementRow struct {
	Posted                           time.Time
	SettlementID                     string
	TransactionID, SellerReferenceID string
	Type                             string
	OrderReferenceID, SellerOrderID  string
	StoreName, Currency, Description string
	Amount, PercentageFee, FixedFee  int64
}

// Net is the row's amount with its fees.
func (r *SettlementRow) Net() int64 { return r.Amount + r.PercentageFee + r.FixedFee }

// Settlement is a day's business and its pay-out.
type Settlement struct {
	// ID is the settlement's number, eleven digits.
	ID string
	// Start and End bound the transactions; End is the first moment after them.
	Start, End time.Time
	// ReportCreated is when its report appears.
	ReportCreated time.Time
	day           day
}

func (m *Merchant) settlement(d day) Settlement {
	end := m.start(d + 1)
	return Settlement{
		ID:    fmt.Sprintf("%d", 20_000_000_000+int64(m.seed%10_000)*1_000_000+int64(d)),
		Start: m.start(d), End: end, ReportCreated: end.Add(2 * time.Hour), day: d,
	}
}

// Settlements yields the settlements that ended in [from, to], oldest first.
func (m *Merchant) Settlements(from, to time.Time) iter.Seq[Settlement] {
	return func(yield func(Settlement) bool) {
		if m.perDay == 0 || to.Before(from) {
			return
		}
		for d := m.dayOf(from) - 1; ; d++ {
			s := m.settlement(d)
			if s.End.After(to) {
				return
			}
			if !s.End.Before(from) && !yield(s) {
				return
			}
		}
	}
}

// SettlementRows yields the rows of a settlement: the previous reserve, the transactions in the order of their time,
// the reserve that is held back, and the transfer, after which the sum is zero.
func (m *Merchant) SettlementRows(s Settlement) iter.Seq[SettlementRow] {
	return func(yield func(SettlementRow) bool) {
		var sum int64
		emit := func(r SettlementRow) bool {
			r.SettlementID, r.Currency = s.ID, m.currency
			sum += r.Net()
			return yield(r)
		}
		if !emit(SettlementRow{Posted: s.Start, Type: "Reserve", Description: "Previous Reserve Balance", Amount: m.reserve(s.day - 1)}) {
			return
		}
		for t := range m.transactions(s.day, s.Start, s.End.Add(-time.Second), false) {
			if !emit(m.row(t)) {
				return
			}
		}
		last := s.End.Add(-time.Second)
		if !emit(SettlementRow{Posted: last, Type: "Reserve", Description: "Current Reserve Balance", Amount: -m.reserve(s.day)}) {
			return
		}
		emit(transfer(last, sum))
	}
}

func transfer(posted time.Time, sum int64) SettlementRow {
	return SettlementRow{
		Posted: posted, Type: "Transfer", Amount: -sum,
		Description: "SellerPayments_DateRangeReport_transfer_accounting_ending_with_trace_id",
	}
}

// TransferAmount is what a settlement pays out, in minor units: the disbursement's amount. It is always positive.
func (m *Merchant) TransferAmount(s Settlement) int64 {
	amount := m.reserve(s.day-1) - m.reserve(s.day)
	for t := range m.transactions(s.day, s.Start, s.End.Add(-time.Second), false) {
		amount += t.amount + t.percentage + t.fixed
	}
	return amount
}

// Disbursed is when a settlement's money is paid out.
func (s Settlement) Disbursed() time.Time {
	return s.End.Add(5*time.Hour + time.Duration(s.day%1000)*time.Millisecond)
}

// DisbursementReference is the text on the bank statement.
func (s Settlement) DisbursementReference() string { return "AMZNPAY " + s.ID }

// transaction is what happened to a sale: a row of a settlement whose texts aren't made yet.
type transaction struct {
	sale
	kind                      string
	posted                    time.Time
	amount, percentage, fixed int64
}

// transactions yields the transactions of a day between two times, both included, in the order of their time.
func (m *Merchant) transactions(d day, from, to time.Time, authorizations bool) iter.Seq[transaction] {
	return func(yield func(transaction) bool) {
		first, after := m.slots(d, from, to)
		for slot := first; slot < after; slot++ {
			s := m.sale(d, slot)
			if s.posted.Before(from) || s.posted.After(to) {
				continue
			}
			if authorizations && !yield(transaction{sale: s, kind: "Authorization", posted: s.posted}) {
				return
			}
			percentage, fixed := fee(s.amount)
			if !yield(transaction{sale: s, kind: "Capture", posted: s.posted, amount: s.amount, percentage: -percentage, fixed: -fixed}) {
				return
			}
			if days, refunded := refundedAfter(slot); refunded {
				// The percentage fee of what is refunded comes back, the fixed one doesn't.
				past := m.sale(d-days, slot)
				percentage, _ := fee(past.refund)
				if !yield(transaction{sale: past, kind: "Refund", posted: s.posted, amount: -past.refund, percentage: percentage}) {
					return
				}
			}
			for _, dispute := range disputes {
				if disputeResidue(d-dispute.after, slot) != dispute.residue || m.currency == "JPY" && dispute.kind == "Dispute" {
					continue // Japan's reports have no rows of type Dispute (https://amazonpay-faq.jp/faq/QA-678)
				}
				past := m.sale(d-dispute.after, slot)
				if !yield(transaction{sale: past, kind: dispute.kind, posted: s.posted, amount: -past.amount}) {
					return
				}
			}
		}
	}
}

func (m *Merchant) row(t transaction) SettlementRow {
	r := SettlementRow{
		Posted: t.posted, Type: t.kind, SellerOrderID: t.reference("ORDER-"), StoreName: store(t.slot),
		Amount: t.amount, PercentageFee: t.percentage, FixedFee: t.fixed,
	}
	switch t.kind {
	case "Authorization":
		r.TransactionID, r.SellerReferenceID = t.id(authorizationSuffix), t.reference("AUTH-")
	case "Capture":
		r.TransactionID, r.SellerReferenceID = t.id(captureSuffix), t.reference("INV-")
	case "Refund":
		r.TransactionID, r.SellerReferenceID = t.id(refundSuffix), t.reference("REF-")
	default:
		r.TransactionID = t.id(disputeSuffix)
	}
	r.OrderReferenceID = orderOf(r.TransactionID)
	return r
}

// store returns a store name; some have what a naive reader stumbles over.
func store(slot int) string {
	switch slot % 5 {
	case 3:
		return `Müller & Söhne, "Outlet"`
	case 4:
		return ""
	default:
		return "Example Shop"
	}
}

// SandboxSettlementRows yields the rows of a sandbox settlement report over [start, end]: the transactions with their
// authorizations, and a transfer after which the sum is zero. There are none where nothing was sold. An authorization
// moves no money: its amounts are 0. The ids begin with S, as those of the sandbox do.
func (m *Merchant) SandboxSettlementRows(start, end time.Time) iter.Seq[SettlementRow] {
	return func(yield func(SettlementRow) bool) {
		if m.perDay == 0 || end.Before(start) {
			return
		}
		sandbox := *m
		sandbox.order = "S" + m.order[1:]
		id := fmt.Sprintf("%d", 30_000_000_000+(start.Unix()^end.Unix()<<7)&0xfffffffff%9_999_999_999)
		var sum int64
		var last time.Time
		for d := m.dayOf(start); d <= m.dayOf(end); d++ {
			for t := range sandbox.transactions(d, start, end, true) {
				r := m.row(t)
				r.SettlementID, r.Currency = id, m.currency
				sum += r.Net()
				last = r.Posted
				if !yield(r) {
					return
				}
			}
		}
		if !last.IsZero() {
			r := transfer(last, sum)
			r.SettlementID, r.Currency = id, m.currency
			yield(r)
		}
	}
}

// RefundRow is a state of a refund, a row of a refund report.
type RefundRow struct {
	RefundID, ReferenceID, CaptureID, OrderReferenceID string
	Amount                                             int64
	Note, Type, Status                                 string
	Updated, Created                                   time.Time
}

// completedAfter is how long a refund is Pending.
const completedAfter = 21 * time.Second

// RefundRows yields the states that refunds went into in [start, end], as the refund report has them: the newest refund
// first, and of each Completed before Pending. A refund that was made just before the range or just before its end has
// only one state in it.
func (m *Merchant) RefundRows(start, end time.Time) iter.Seq[RefundRow] {
	return func(yield func(RefundRow) bool) {
		for posted := range m.sales(start.Add(-completedAfter), end, true) {
			slot, created := posted.slot, posted.posted
			days, _ := refundedAfter(slot)
			s := m.sale(posted.day-days, slot)
			row := RefundRow{
				RefundID: s.id(refundSuffix), ReferenceID: s.reference("REF-"), CaptureID: s.id(captureSuffix), OrderReferenceID: s.id(""),
				Amount: s.refund, Note: "size, wrong", Type: "SellerInitiated", Status: "Completed",
				Updated: created.Add(completedAfter), Created: created,
			}
			if slot%48 == 7 {
				row.Note, row.Type = `„zu klein“ – "exchange"`, "BuyerInitiated"
			}
			if within(row.Updated, start, end) && !yield(row) {
				return
			}
			row.Status, row.Updated = "Pending", created
			if within(row.Updated, start, end) && !yield(row) {
				return
			}
		}
	}
}

func within(t, start, end time.Time) bool { return !t.Before(start) && !t.After(end) }

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

// HasData reports whether any transaction was posted in [start, end] up to now.
func (m *Merchant) HasData(start, end, now time.Time) bool {
	for range m.sales(start, earlier(end, now), false) {
		return true
	}
	return false
}

// HasRefunds reports whether the refund report over [start, end] has a row, up to now.
func (m *Merchant) HasRefunds(start, end, now time.Time) bool {
	for range m.RefundRows(start, earlier(end, now)) {
		return true
	}
	return false
}

// HasBillingAgreements reports whether the billing agreement report over [start, end] has a row, up to now.
func (m *Merchant) HasBillingAgreements(start, end, now time.Time) bool {
	for s := range m.sales(start, earlier(end, now), false) {
		if recurring(s.slot) {
			return true
		}
	}
	return false
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
