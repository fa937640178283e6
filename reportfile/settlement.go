package reportfile

import (
	"fmt"
	"iter"
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
	// TransactionID is the charge's or refund's id. It is empty for transfers and reserves, for example.
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

// Check reports whether the row adds up: net is amount plus total fee, and total fee is percentage fee plus fixed fee.
// The error is a [*RowError] that says which of the two is wrong.
func (r *SettlementRow) Check() error {
	if r.addsUp() {
		return nil
	}
	return r.check()
}

func (r *SettlementRow) addsUp() bool {
	fees, err := AddExact(r.PercentageFee, r.FixedFee)
	if err != nil || fees != r.TotalFee && fees.Cmp(r.TotalFee) != 0 {
		return false
	}
	net, err := AddExact(r.Amount, r.TotalFee)
	return err == nil && (net == r.Net || net.Cmp(r.Net) == 0)
}

// check says what is wrong with a row that doesn't add up.
func (r *SettlementRow) check() *RowError {
	problem := func(text string, arguments ...any) *RowError {
		return &RowError{File: r.File, Line: r.Line, Problem: fmt.Sprintf(text, arguments...)}
	}
	fees, err := AddExact(r.PercentageFee, r.FixedFee)
	if err != nil || fees.Cmp(r.TotalFee) != 0 {
		return problem("the row doesn't add up: the total fee is %s, but percentage fee %s and fixed fee %s make %s", r.TotalFee, r.PercentageFee, r.FixedFee, total(fees, err))
	}
	net, err := AddExact(r.Amount, r.TotalFee)
	return problem("the row doesn't add up: the net amount is %s, but amount %s and total fee %s make %s", r.Net, r.Amount, r.TotalFee, total(net, err))
}

func total(sum decimal.Decimal, err error) string {
	if err != nil {
		return "more than 19 digits"
	}
	return sum.String()
}

// Settlements yields the rows of a settlement report. It is an error if the file isn't one. A fee whose cell is empty is
// 0. It is a [*RowError] if another amount is empty, if an id has lost digits in a spreadsheet, or if there is no currency.
func (f *Reader) Settlements() iter.Seq2[SettlementRow, error] {
	at, err := f.need(KindSettlement,
		"TransactionPostedDate", "SettlementId", "TransactionType", "CurrencyCode",
		"TransactionAmount", "TransactionPercentageFee", "TransactionFixedFee", "TotalTransactionFee", "NetTransactionAmount")
	if err != nil {
		return failed[SettlementRow](err)
	}
	optional := f.findAll("AmazonTransactionId", "SellerReferenceId", "AmazonOrderReferenceId", "SellerOrderId", "StoreName", "TransactionDescription")
	other := f.otherColumns(at, optional)
	return rows(f, func(r *SettlementRow) (err error) {
		r.File, r.Line = f.header.file, f.records.line
		if r.Posted, err = f.time(at[0]); err != nil {
			return err
		}
		r.SettlementID, r.Type, r.Currency = f.records.field(at[1]), TransactionType(f.records.field(at[2])), f.records.field(at[3])
		r.TransactionID, r.SellerReferenceID = f.optional(optional[0]), f.optional(optional[1])
		r.OrderReferenceID, r.SellerOrderID = f.optional(optional[2]), f.optional(optional[3])
		r.StoreName, r.Description = f.optional(optional[4]), f.optional(optional[5])
		if err := checkSettlementID(r.SettlementID); err != nil {
			return f.cellError(at[1], err)
		}
		for i, id := range [...]string{r.TransactionID, r.SellerReferenceID, r.OrderReferenceID, r.SellerOrderID} {
			if err := checkID(id); err != nil {
				return f.cellError(optional[i], err)
			}
		}
		if err := checkCurrency(r.Currency); err != nil {
			return f.cellError(at[3], err)
		}
		if r.Amount, err = f.amount(at[4], r.Currency); err != nil {
			return err
		}
		if r.PercentageFee, err = f.fee(at[5], r.Currency); err != nil {
			return err
		}
		if r.FixedFee, err = f.fee(at[6], r.Currency); err != nil {
			return err
		}
		if r.TotalFee, err = f.fee(at[7], r.Currency); err != nil {
			return err
		}
		if r.Net, err = f.amount(at[8], r.Currency); err != nil {
			return err
		}
		r.otherCells = f.otherCells(other)
		return nil
	})
}
