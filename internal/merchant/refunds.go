package merchant

import (
	"iter"
	"time"
)

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
