package merchant

import (
	"fmt"
	"iter"
	"time"
)

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
