// Package merchant invents a merchant that trades on every day of any year, and writes the report files that Amazon Pay would make of
// its business. All of it follows from a seed, and any part can be made without what came before it, so that a file of any size is a stream.
//
// Amounts are whole minor units of the currency. They add up: the rows of a settlement, its transfer included, come to zero; a disbursement is
// its settlement's transfer; a refund points at a capture of an earlier day and is no larger; a reserve that one settlement holds back is the previous
// reserve of the next.
package merchant

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"
)

// Config describes a merchant. The zero Config trades in USD, 20 transactions a day.
type Config struct {
	// Seed decides all that is random.
	Seed uint64
	// TransactionsPerDay is the number of captures a day, at most 10 million. 0 means 20; negative means that the merchant sells nothing.
	TransactionsPerDay int
	// Currency is USD, EUR, GBP or JPY. It also decides the time zone. "" means USD.
	Currency string
	// SellerID stands in the preamble of settlement files. "" means one that is made of the seed.
	SellerID string
}

// Merchant is a synthetic merchant. It is immutable and safe for concurrent use.
type Merchant struct {
	seed     uint64
	perDay   int
	currency string
	digits   int // minor digits of the currency
	zone     *time.Location
	sellerID string
}

// New returns the merchant of a Config, or an error for a currency that it doesn't know.
func New(config Config) (*Merchant, error) {
	m := &Merchant{seed: config.Seed, perDay: config.TransactionsPerDay, currency: config.Currency, sellerID: config.SellerID, digits: 2}
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
		m.currency, m.zone = "USD", time.FixedZone("", -7*3600)
	case "EUR":
		m.zone = time.FixedZone("", 3600)
	case "GBP":
		m.zone = time.FixedZone("", 0)
	case "JPY":
		m.zone, m.digits = time.FixedZone("", 9*3600), 0
	default:
		return nil, fmt.Errorf("merchant: the currency %q is not one of USD, EUR, GBP and JPY", config.Currency)
	}
	if m.sellerID == "" {
		m.sellerID = fmt.Sprintf("A0SIMULATOR%d", m.seed%1000)
	}
	return m, nil
}

// Currency returns the ISO 4217 code that the merchant trades in.
func (m *Merchant) Currency() string { return m.currency }

// MinorDigits returns how many digits the currency has after the dot.
func (m *Merchant) MinorDigits() int { return m.digits }

// SellerID returns the merchant's id.
func (m *Merchant) SellerID() string { return m.sellerID }

// day is a day of the merchant's time zone, counted from 1 January 1970.
type day int

func (m *Merchant) dayOf(t time.Time) day {
	_, offset := t.In(m.zone).Zone()
	seconds := t.Unix() + int64(offset)
	d := seconds / 86400
	if seconds < 0 && seconds%86400 != 0 {
		d--
	}
	return day(d)
}

func (m *Merchant) start(d day) time.Time {
	_, offset := time.Unix(0, 0).In(m.zone).Zone()
	return time.Unix(int64(d)*86400-int64(offset), 0).In(m.zone)
}

// sale is one order with its capture. Slot i of a day is always the same sale.
type sale struct {
	day    day
	slot   int
	posted time.Time
	amount int64 // minor units
	refund int64 // what is given back if the sale is refunded
}

func (m *Merchant) sale(d day, slot int) sale {
	random := rand.New(rand.NewPCG(m.seed, uint64(int64(d))<<24|uint64(slot)))
	width := int64(86400) / int64(m.perDay)
	offset := int64(slot) * 86400 / int64(m.perDay)
	if width > 1 {
		offset += random.Int64N(width)
	}
	s := sale{day: d, slot: slot, posted: m.start(d).Add(time.Duration(offset) * time.Second)}
	if comesBack(slot) {
		// Small enough that every day earns more than it gives back: no settlement ends below zero.
		s.amount = 500 + random.Int64N(1_000)
	} else {
		s.amount = 500 + random.Int64N(24_500)
		if random.IntN(20) == 0 {
			s.amount += 100_000 + random.Int64N(400_000)
		}
	}
	s.refund = s.amount
	if random.IntN(2) == 0 {
		s.refund = 1 + random.Int64N(s.amount)
	}
	return s
}

// order is the charge permission's id: the day and the slot are in it, so no two sales share one.
func (s sale) order() string     { return fmt.Sprintf("P01-%07d-%07d", s.day, s.slot) }
func (s sale) captureID() string { return s.order() + "-C000001" }
func (s sale) refundID() string  { return s.order() + "-R000002" }
func (s sale) disputeID() string { return s.order() + "-D000003" }
func (s sale) number() string    { return fmt.Sprintf("ORDER-%d-%d", s.day, s.slot) }

// fee is 2.9 percent, rounded half up, and 30 minor units.
func fee(amount int64) (percentage, fixed int64) { return (amount*29 + 500) / 1000, 30 }

// Which sales are refunded or disputed, and how many days later, follows from the slot alone: so a day finds the sales of earlier days that come
// back on it without looking through them.

func refundedAfter(slot int) (days int, refunded bool) { return 1 + slot/16%20, slot%16 == 7 }

func disputedAfter(slot int) (days int, kind string) {
	switch {
	case slot%16 == 7:
		return 0, ""
	case slot%97 == 50:
		return 30, "Chargeback"
	case slot%211 == 100:
		return 14, "A-to-z Guarantee Claim"
	default:
		return 0, ""
	}
}

func comesBack(slot int) bool {
	_, refunded := refundedAfter(slot)
	_, kind := disputedAfter(slot)
	return refunded || kind != ""
}

// reserve is what the settlement of a day holds back for the next.
func (m *Merchant) reserve(d day) int64 {
	return 100 + rand.New(rand.NewPCG(m.seed^0x7265736572766521, uint64(int64(d)))).Int64N(200)
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

// SettlementRows yields the rows of a settlement: the previous reserve, the transactions in the order of their time, the reserve that is held back, and the
// transfer, after which the sum is zero.
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
		for r := range m.transactions(s.day, s.Start, s.End.Add(-time.Second), false) {
			if !emit(r) {
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

// TransferAmount is what a settlement pays out, in minor units: the disbursement's amount.
func (m *Merchant) TransferAmount(s Settlement) int64 {
	var amount int64
	for r := range m.SettlementRows(s) {
		if r.Type == "Transfer" {
			amount = -r.Amount
		}
	}
	return amount
}

// Disbursed is when a settlement's money is paid out.
func (s Settlement) Disbursed() time.Time {
	return s.End.Add(5*time.Hour + time.Duration(s.day%1000)*time.Millisecond)
}

// DisbursementReference is the text on the bank statement.
func (s Settlement) DisbursementReference() string { return "AMZNPAY " + s.ID }

// transactions yields the transactions of a day between two times, both included, in the order of their time.
func (m *Merchant) transactions(d day, from, to time.Time, authorizations bool) iter.Seq[SettlementRow] {
	return func(yield func(SettlementRow) bool) {
		for slot := range m.perDay {
			s := m.sale(d, slot)
			if s.posted.After(to) {
				return
			}
			if s.posted.Before(from) {
				continue
			}
			row := SettlementRow{
				Posted: s.posted, OrderReferenceID: s.order(), SellerOrderID: s.number(), StoreName: m.store(slot),
			}
			if authorizations {
				authorized := row
				authorized.Type, authorized.TransactionID = "Authorization", s.order()+"-A000001"
				authorized.SellerReferenceID = fmt.Sprintf("AUTH-%d-%d", d, slot)
				if !yield(authorized) {
					return
				}
			}
			percentage, fixed := fee(s.amount)
			row.Type, row.TransactionID = "Capture", s.captureID()
			row.SellerReferenceID = fmt.Sprintf("INV-%d-%d", d, slot)
			row.Amount, row.PercentageFee, row.FixedFee = s.amount, -percentage, -fixed
			if !yield(row) {
				return
			}
			if days, refunded := refundedAfter(slot); refunded {
				if !yield(m.refundRow(m.sale(d-day(days), slot), s.posted)) {
					return
				}
			}
			if days, kind := disputedAfter(slot); kind != "" {
				if !yield(m.disputeRow(m.sale(d-day(days), slot), kind, s.posted)) {
					return
				}
			}
		}
	}
}

// refundRow gives back the percentage fee of what is refunded, and keeps the fixed one.
func (m *Merchant) refundRow(s sale, posted time.Time) SettlementRow {
	percentage, _ := fee(s.refund)
	return SettlementRow{
		Posted: posted, Type: "Refund", TransactionID: s.refundID(), SellerReferenceID: s.refundReference(),
		OrderReferenceID: s.order(), SellerOrderID: s.number(), StoreName: m.store(s.slot),
		Amount: -s.refund, PercentageFee: percentage,
	}
}

func (m *Merchant) disputeRow(s sale, kind string, posted time.Time) SettlementRow {
	return SettlementRow{
		Posted: posted, Type: kind, TransactionID: s.disputeID(),
		OrderReferenceID: s.order(), SellerOrderID: s.number(), StoreName: m.store(s.slot),
		Amount: -s.amount,
	}
}

func (s sale) refundReference() string { return fmt.Sprintf("REF-%d-%d", s.day, s.slot) }

// store names have what a naive reader stumbles over.
func (m *Merchant) store(slot int) string {
	switch slot % 5 {
	case 3:
		return `Müller & Söhne, "Outlet"`
	case 4:
		return ""
	default:
		return "Example Shop"
	}
}

// SandboxSettlementRows yields the rows of a sandbox settlement report over [start, end]: the transactions with their authorizations, and a
// transfer after which the sum is zero. There are none where nothing was sold.
func (m *Merchant) SandboxSettlementRows(start, end time.Time) iter.Seq[SettlementRow] {
	return func(yield func(SettlementRow) bool) {
		if m.perDay == 0 || end.Before(start) {
			return
		}
		id := fmt.Sprintf("%d", 30_000_000_000+(start.Unix()^end.Unix()<<7)&0xfffffffff%9_999_999_999)
		var sum int64
		var last time.Time
		for d := m.dayOf(start); d <= m.dayOf(end); d++ {
			for r := range m.transactions(d, start, end, true) {
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

// RefundRows yields the states of the refunds that were made in [start, end], newest first, as the refund report has them: each refund is Completed and, before
// that, Pending.
func (m *Merchant) RefundRows(start, end time.Time) iter.Seq[RefundRow] {
	return func(yield func(RefundRow) bool) {
		for d := m.dayOf(end); d >= m.dayOf(start); d-- {
			for slot := m.perDay - 1; slot >= 0; slot-- {
				days, refunded := refundedAfter(slot)
				if !refunded {
					continue
				}
				created := m.sale(d, slot).posted
				if created.After(end) || created.Before(start) {
					continue
				}
				s := m.sale(d-day(days), slot)
				row := RefundRow{
					RefundID: s.refundID(), ReferenceID: s.refundReference(), CaptureID: s.captureID(), OrderReferenceID: s.order(),
					Amount: s.refund, Note: "size, wrong", Type: "SellerInitiated", Status: "Completed",
					Updated: created.Add(21 * time.Second), Created: created,
				}
				if slot%48 == 7 {
					row.Note, row.Type = `„zu klein“ – "exchange"`, "BuyerInitiated"
				}
				if !yield(row) {
					return
				}
				row.Status, row.Updated = "Pending", created
				if !yield(row) {
					return
				}
			}
		}
	}
}

// HasData reports whether any transaction was posted in [start, end] up to now.
func (m *Merchant) HasData(start, end, now time.Time) bool {
	if end.After(now) {
		end = now
	}
	if m.perDay == 0 || end.Before(start) {
		return false
	}
	for d := m.dayOf(start); d <= m.dayOf(end); d++ {
		for range m.transactions(d, start, end, false) {
			return true
		}
	}
	return false
}

// Orders yields what the merchant's own books say about the orders placed in [start, end]: order number and captured amount.
func (m *Merchant) Orders(start, end time.Time) iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for d := m.dayOf(start); d <= m.dayOf(end); d++ {
			for slot := range m.perDay {
				s := m.sale(d, slot)
				if !s.posted.Before(start) && !s.posted.After(end) && !yield(s.number(), s.amount) {
					return
				}
			}
		}
	}
}
