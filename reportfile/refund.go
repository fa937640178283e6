package reportfile

import (
	"iter"
	"time"

	"github.com/govalues/decimal"
)

// RefundRow is a state of a refund: a refund report has a row for each state, newest first. [Latest] keeps the newest of each.
type RefundRow struct {
	// File is the name that [Options] gave to the file.
	File string
	// Line is the line of the file on which the row begins.
	Line int
	// RefundID is the refund's id, CaptureID that of the charge that is refunded, OrderReferenceID that of the charge permission.
	RefundID, CaptureID, OrderReferenceID string
	// ReferenceID is the merchant's reference of the refund.
	ReferenceID string
	// Amount is what is refunded, a positive amount.
	Amount decimal.Decimal
	// Currency is the ISO 4217 code.
	Currency string
	// Note is the merchant's note.
	Note string
	// Type is SellerInitiated or BuyerInitiated, Status such as Pending or Completed. Both lists are open.
	Type, Status string
	// ReasonCode says why a refund was declined.
	ReasonCode string
	// Created is when the refund was made, LastUpdated when it came into this state.
	Created, LastUpdated time.Time

	otherCells
}

// Refunds yields the rows of a refund report. It is an error if the file isn't one. It is a [*RowError] if an id is
// missing or has lost digits in a spreadsheet, or if there is no currency.
func (f *Reader) Refunds() iter.Seq2[RefundRow, error] {
	at, err := f.need(KindRefund, "AmazonRefundId", "RefundAmount", "CurrencyCode", "RefundStatus", "LastUpdateTimestamp", "CreationTimestamp")
	if err != nil {
		return failed[RefundRow](err)
	}
	optional := f.findAll("RefundReferenceId", "AmazonCaptureId", "AmazonOrderReferenceId", "SellerRefundNote", "RefundType", "ReasonCode")
	other := f.otherColumns(at, optional)
	return rows(f, func(r *RefundRow) (err error) {
		r.File, r.Line = f.header.file, f.records.line
		r.RefundID, r.Currency, r.Status = f.records.field(at[0]), f.records.field(at[2]), f.records.field(at[3])
		r.ReferenceID, r.CaptureID, r.OrderReferenceID = f.optional(optional[0]), f.optional(optional[1]), f.optional(optional[2])
		r.Note, r.Type, r.ReasonCode = f.optional(optional[3]), f.optional(optional[4]), f.optional(optional[5])
		for i, id := range [...]string{r.ReferenceID, r.CaptureID, r.OrderReferenceID} {
			if err := checkID(id); err != nil {
				return f.cellError(optional[i], err)
			}
		}
		if err := checkRefundID(r.RefundID); err != nil {
			return f.cellError(at[0], err)
		}
		if err := checkCurrency(r.Currency); err != nil {
			return f.cellError(at[2], err)
		}
		if r.Amount, err = f.amount(at[1], r.Currency); err != nil {
			return err
		}
		if r.LastUpdated, err = f.time(at[4]); err != nil {
			return err
		}
		if r.Created, err = f.time(at[5]); err != nil {
			return err
		}
		r.otherCells = f.otherCells(other)
		return nil
	})
}

// Latest keeps the newest row of each object, in the order in which the objects first appear: transaction reports have
// a row for each change of state. key tells the object of a row and updated its time; of rows of the same time the
// first is kept, because files are newest first. Memory grows with the number of objects. The first error ends it.
func Latest[R any](rows iter.Seq2[R, error], key func(R) string, updated func(R) time.Time) ([]R, error) {
	var latest []R
	index := make(map[string]int)
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		k := key(row)
		i, known := index[k]
		switch {
		case !known:
			index[k] = len(latest)
			latest = append(latest, row)
		case updated(row).After(updated(latest[i])):
			latest[i] = row
		}
	}
	return latest, nil
}

// LatestRefunds is [Latest] for the rows of refund reports.
func LatestRefunds(rows iter.Seq2[RefundRow, error]) ([]RefundRow, error) {
	return Latest(rows, func(r RefundRow) string { return r.RefundID }, func(r RefundRow) time.Time { return r.LastUpdated })
}
