package reportfile

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// TransactionType is what a row of a settlement report is about. The list is open: the documented values and those seen in files are
// constants.
type TransactionType string

// The transaction types of the documentation, and Transfer and Reserve, which were seen in files.
const (
	TransactionAuthorization TransactionType = "Authorization"
	TransactionCapture       TransactionType = "Capture"
	TransactionRefund        TransactionType = "Refund"
	TransactionDebt          TransactionType = "Debt"
	TransactionAToZGuarantee TransactionType = "A-to-z Guarantee Claim"
	TransactionChargeback    TransactionType = "Chargeback"
	TransactionDispute       TransactionType = "Dispute"
	TransactionAdjustment    TransactionType = "Adjustment"
	TransactionCarryover     TransactionType = "Carryover"
	TransactionTransfer      TransactionType = "Transfer"
	TransactionReserve       TransactionType = "Reserve"
)

// SettlementRow is a row of a settlement report. Its strings stay valid after the loop has gone on.
type SettlementRow struct {
	// File is the name that [Options] gave to the file.
	File string
	// Line is the line of the file on which the row begins.
	Line int
	// Posted is when the transaction was posted, with the file's own offset.
	Posted time.Time
	// SettlementID is the settlement's number; a disbursement has the same.
	SettlementID string
	// TransactionID is the charge's or refund's id. It is empty for transfers, reserves and the like.
	TransactionID string
	// SellerReferenceID is the merchant's reference of the transaction.
	SellerReferenceID string
	// Type is what the row is about.
	Type TransactionType
	// OrderReferenceID is the charge permission's id.
	OrderReferenceID string
	// SellerOrderID is the merchant's order number.
	SellerOrderID string
	// StoreName and Description are free text.
	StoreName, Description string
	// Currency is the ISO 4217 code.
	Currency string
	// Amount is the transaction's amount, signed; fees are negative where they are taken.
	Amount, PercentageFee, FixedFee decimal.Decimal
	// TotalFee is the file's sum of both fees, and Net its sum of amount and fees.
	TotalFee, Net decimal.Decimal

	otherCells
}

// otherCells are the cells of a row that no field takes. Its columns tell the rows of one Reader from those of another.
type otherCells struct {
	columns *columns
	cells   []otherCell
}

type otherCell struct {
	column int
	text   string
}

// Other returns the cell of a column that has no field of its own in the row, and false if the file has no such column.
func (o *otherCells) Other(column string) (string, bool) {
	for _, cell := range o.cells {
		if o.columns.names[cell.column] == column {
			return cell.text, true
		}
	}
	return "", false
}

// Check reports whether the row adds up: net is amount plus total fee, and total fee is percentage fee plus fixed fee.
// The error is a [*RowError] that says which of both isn't so.
func (r *SettlementRow) Check() error {
	problem := func(text string, arguments ...any) error {
		return &RowError{File: r.File, Line: r.Line, Problem: fmt.Sprintf(text, arguments...)}
	}
	fees, err := AddAmounts(r.PercentageFee, r.FixedFee)
	if err != nil || fees.Cmp(r.TotalFee) != 0 {
		return problem("the row doesn't add up: the total fee is %s, but percentage fee %s and fixed fee %s make %s", r.TotalFee, r.PercentageFee, r.FixedFee, total(fees, err))
	}
	net, err := AddAmounts(r.Amount, r.TotalFee)
	if err != nil || net.Cmp(r.Net) != 0 {
		return problem("the row doesn't add up: the net amount is %s, but amount %s and total fee %s make %s", r.Net, r.Amount, r.TotalFee, total(net, err))
	}
	return nil
}

func total(sum decimal.Decimal, err error) string {
	if err != nil {
		return "more than 19 digits"
	}
	return sum.String()
}

// Settlements yields the rows of a settlement report. It is an error if the file isn't one.
func (f *Reader) Settlements() iter.Seq2[SettlementRow, error] {
	at, err := f.need(KindSettlement,
		"TransactionPostedDate", "SettlementId", "TransactionType", "CurrencyCode",
		"TransactionAmount", "TransactionPercentageFee", "TransactionFixedFee", "TotalTransactionFee", "NetTransactionAmount")
	if err != nil {
		return failed[SettlementRow](err)
	}
	optional := []int{
		f.columns.find("AmazonTransactionId"), f.columns.find("SellerReferenceId"), f.columns.find("AmazonOrderReferenceId"),
		f.columns.find("SellerOrderId"), f.columns.find("StoreName"), f.columns.find("TransactionDescription"),
	}
	other := f.otherColumns(at, optional)
	return rows(f, func(record []string, r *SettlementRow) error {
		r.File, r.Line = f.columns.file, f.line
		r.SettlementID, r.Type, r.Currency = record[at[1]], TransactionType(record[at[2]]), record[at[3]]
		for i, into := range [...]*string{&r.TransactionID, &r.SellerReferenceID, &r.OrderReferenceID, &r.SellerOrderID, &r.StoreName, &r.Description} {
			if optional[i] >= 0 {
				*into = record[optional[i]]
			}
		}
		var err error
		if r.Posted, err = f.time(record, at[0]); err != nil {
			return err
		}
		for i, into := range [...]*decimal.Decimal{&r.Amount, &r.PercentageFee, &r.FixedFee, &r.TotalFee, &r.Net} {
			if *into, err = f.amount(record, at[4+i], r.Currency); err != nil {
				return err
			}
		}
		r.otherCells = f.otherCells(record, other)
		return nil
	})
}

func failed[R any](err error) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		yield(none, err)
	}
}

// otherColumns are those that no field takes.
func (f *Reader) otherColumns(taken ...[]int) []int {
	var other []int
	for i := range f.columns.names {
		if !slices.ContainsFunc(taken, func(list []int) bool { return slices.Contains(list, i) }) {
			other = append(other, i)
		}
	}
	return other
}

func (f *Reader) otherCells(record []string, other []int) otherCells {
	if len(other) == 0 {
		return otherCells{columns: f.columns}
	}
	cells := make([]otherCell, len(other))
	for i, column := range other {
		cells[i] = otherCell{column, record[column]}
	}
	return otherCells{f.columns, cells}
}

func (f *Reader) time(record []string, column int) (time.Time, error) {
	t, err := f.locations.parse(record[column])
	if err != nil {
		return t, f.cellError(column, err)
	}
	return t, nil
}

func (f *Reader) amount(record []string, column int, currency string) (decimal.Decimal, error) {
	amount, err := parseAmount(record[column], currency, f.columns.decimalComma)
	if err != nil {
		return amount, f.cellError(column, err)
	}
	return amount, nil
}

func (f *Reader) cellError(column int, err error) error {
	line, _ := f.records.FieldPos(column)
	return &RowError{Line: line, Column: f.columns.names[column], Problem: err.Error()}
}

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

// Refunds yields the rows of a refund report. It is an error if the file isn't one.
func (f *Reader) Refunds() iter.Seq2[RefundRow, error] {
	at, err := f.need(KindRefund, "AmazonRefundId", "RefundAmount", "CurrencyCode", "RefundStatus", "LastUpdateTimestamp", "CreationTimestamp")
	if err != nil {
		return failed[RefundRow](err)
	}
	optional := []int{
		f.columns.find("RefundReferenceId"), f.columns.find("AmazonCaptureId"), f.columns.find("AmazonOrderReferenceId"),
		f.columns.find("SellerRefundNote"), f.columns.find("RefundType"), f.columns.find("ReasonCode"),
	}
	other := f.otherColumns(at, optional)
	return rows(f, func(record []string, r *RefundRow) error {
		r.File, r.Line = f.columns.file, f.line
		r.RefundID, r.Currency, r.Status = record[at[0]], record[at[2]], record[at[3]]
		for i, into := range [...]*string{&r.ReferenceID, &r.CaptureID, &r.OrderReferenceID, &r.Note, &r.Type, &r.ReasonCode} {
			if optional[i] >= 0 {
				*into = record[optional[i]]
			}
		}
		var err error
		if r.Amount, err = f.amount(record, at[1], r.Currency); err != nil {
			return err
		}
		if r.LastUpdated, err = f.time(record, at[4]); err != nil {
			return err
		}
		if r.Created, err = f.time(record, at[5]); err != nil {
			return err
		}
		r.otherCells = f.otherCells(record, other)
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
