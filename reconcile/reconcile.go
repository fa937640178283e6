// Package reconcile holds settlement reports against what else is known of the same money: the disbursements that the
// API lists, and the merchant's own orders. Its functions take the iterators that payreports.Client.Disbursements and
// package reportfile give, keep one entry a settlement or order in memory, and return values, whose amounts have at
// least their currency's minor digits. A decimal that would have to be rounded is an error.
package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Status is how two sides compare.
type Status string

// The statuses. All but Matched and Pending are differences.
const (
	// Matched: both sides say the same.
	Matched Status = "matched"
	// AmountDiffers: both sides know it, with different amounts.
	AmountDiffers Status = "amount differs"
	// DateDiffers: both sides know it with the same amount, but a disbursement is earlier than its transfer, or more than ten days later.
	DateDiffers Status = "date differs"
	// Pending: a settlement transferred money not more than ten days ago, and no disbursement has its id and currency
	// yet. It is no difference.
	Pending Status = "pending"
	// NoDisbursement: a settlement transferred money more than ten days ago, and no disbursement has its id and currency.
	NoDisbursement Status = "no disbursement"
	// NoSettlement: there is a disbursement, and no settlement with its id and currency.
	NoSettlement Status = "no settlement"
	// NoCapture: there is an order, and no capture of it.
	NoCapture Status = "no capture"
	// NoOrder: a capture names an order that the merchant doesn't have, or none at all.
	NoOrder Status = "no order"
)

// latestDisbursement is how long after its transfer a disbursement may come. Money arrives in 3 to 5 business days.
const latestDisbursement = 10 * 24 * time.Hour

// SettlementResult compares a settlement's transfer with its disbursement.
type SettlementResult struct {
	// Status is how they compare.
	Status Status
	// SettlementID and Currency say which.
	SettlementID, Currency string
	// Transferred is what the report says was paid out, Disbursed what the API says, both positive. The side that is missing is 0.
	Transferred, Disbursed decimal.Decimal
	// TransferTime and DisbursementTime are when; the time of the side that is missing is zero.
	TransferTime, DisbursementTime time.Time
}

type key struct{ id, currency string }

// Settlements compares the transfers of settlement reports with disbursements, by settlement id and currency.
// Settlements without a transfer need no disbursement and aren't in the result, which is sorted by settlement id and
// currency. asOf is when the disbursements were listed. The first error of either side ends it.
func Settlements(rows iter.Seq2[reportfile.SettlementRow, error], disbursements iter.Seq2[api.Disbursement, error], asOf time.Time) ([]SettlementResult, error) {
	results := make(map[key]*SettlementResult)
	transferred := make(map[key]bool)
	at := func(k key) *SettlementResult {
		if results[k] == nil {
			results[k] = &SettlementResult{SettlementID: k.id, Currency: k.currency}
		}
		return results[k]
	}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if row.Type != reportfile.TransactionTransfer || row.Net.IsZero() {
			continue
		}
		k := key{row.SettlementID, row.Currency}
		r := at(k)
		if r.Transferred, err = reportfile.AddAmounts(r.Transferred, row.Net.Neg()); err != nil {
			return nil, fmt.Errorf("reconcile: the transfers of settlement %s: %w", k.id, err)
		}
		transferred[k], r.TransferTime = true, row.Posted
	}
	disbursed := make(map[key]bool)
	for d, err := range disbursements {
		if err != nil {
			return nil, err
		}
		k := key{d.SettlementID, d.CurrencyCode}
		r := at(k)
		if r.Disbursed, err = reportfile.AddAmounts(r.Disbursed, d.Amount); err != nil {
			return nil, fmt.Errorf("reconcile: the disbursements of settlement %s: %w", k.id, err)
		}
		disbursed[k], r.DisbursementTime = true, d.TransactionTime.Time()
	}
	list := make([]SettlementResult, 0, len(results))
	for k, r := range results {
		switch {
		case !disbursed[k] && asOf.Sub(r.TransferTime) <= latestDisbursement:
			r.Status = Pending
		case !disbursed[k]:
			r.Status = NoDisbursement
		case !transferred[k]:
			r.Status = NoSettlement
		case r.Transferred.Cmp(r.Disbursed) != 0:
			r.Status = AmountDiffers
		case !r.DisbursementTime.IsZero() && (r.DisbursementTime.Before(r.TransferTime) || r.DisbursementTime.Sub(r.TransferTime) > latestDisbursement):
			r.Status = DateDiffers
		default:
			r.Status = Matched
		}
		r.Transferred, r.Disbursed = reportfile.PadAmount(r.Transferred, k.currency), reportfile.PadAmount(r.Disbursed, k.currency)
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b SettlementResult) int {
		return cmp.Or(cmp.Compare(a.SettlementID, b.SettlementID), cmp.Compare(a.Currency, b.Currency))
	})
	return list, nil
}

// Order is what the merchant's own books say about an order.
type Order struct {
	// ID is the merchant's order number, column SellerOrderId of a settlement report. It must not be empty.
	ID string
	// Amount is what the buyer was to pay.
	Amount decimal.Decimal
	// Currency is the ISO 4217 code.
	Currency string
}

// OrderResult compares an order with its captures.
type OrderResult struct {
	// Status is how they compare.
	Status Status
	// OrderID and Currency say which. The id is empty for captures that name no order.
	OrderID, Currency string
	// Ordered is what the merchant's books say, Captured the sum of the captures. The side that is missing is 0.
	Ordered, Captured decimal.Decimal
	// Refunded is what was given back, a positive amount. It is told, not compared: refunds may be of orders of earlier settlements.
	Refunded decimal.Decimal
}

// Orders compares the captures of settlement reports with the merchant's orders, by order number and currency. Orders
// that were only refunded in these reports aren't in the result, which is sorted by order number and currency. The
// first error of either side ends it.
func Orders(rows iter.Seq2[reportfile.SettlementRow, error], orders iter.Seq2[Order, error]) ([]OrderResult, error) {
	results := make(map[key]*OrderResult)
	captured, ordered := make(map[key]bool), make(map[key]bool)
	at := func(k key) *OrderResult {
		if results[k] == nil {
			results[k] = &OrderResult{OrderID: k.id, Currency: k.currency}
		}
		return results[k]
	}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		k := key{row.SellerOrderID, row.Currency}
		switch row.Type {
		case reportfile.TransactionCapture:
			r := at(k)
			captured[k] = true
			r.Captured, err = reportfile.AddAmounts(r.Captured, row.Amount)
		case reportfile.TransactionRefund:
			r := at(k)
			r.Refunded, err = reportfile.AddAmounts(r.Refunded, row.Amount.Neg())
		}
		if err != nil {
			return nil, fmt.Errorf("reconcile: the captures or refunds of order %s: %w", k.id, err)
		}
	}
	for order, err := range orders {
		if err != nil {
			return nil, err
		}
		if order.ID == "" {
			return nil, errors.New("reconcile: an order has no id")
		}
		k := key{order.ID, order.Currency}
		r := at(k)
		ordered[k] = true
		if r.Ordered, err = reportfile.AddAmounts(r.Ordered, order.Amount); err != nil {
			return nil, fmt.Errorf("reconcile: the amounts of order %s: %w", k.id, err)
		}
	}
	list := make([]OrderResult, 0, len(results))
	for k, r := range results {
		switch {
		case !captured[k] && !ordered[k]:
			continue
		case !captured[k]:
			r.Status = NoCapture
		case !ordered[k]:
			r.Status = NoOrder
		case r.Ordered.Cmp(r.Captured) != 0:
			r.Status = AmountDiffers
		default:
			r.Status = Matched
		}
		for _, amount := range []*decimal.Decimal{&r.Ordered, &r.Captured, &r.Refunded} {
			*amount = reportfile.PadAmount(*amount, k.currency)
		}
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b OrderResult) int {
		return cmp.Or(cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.Currency, b.Currency))
	})
	return list, nil
}

// orderColumns are the columns of an orders file, each with the names by which it is known, without regard to case,
// spaces and punctuation. The first that is there is taken.
var orderColumns = []struct {
	column string
	names  []string
}{
	{"order id", []string{"orderid", "sellerorderid", "ordernumber", "order"}},
	{"amount", []string{"amount", "orderamount", "total"}},
	{"currency", []string{"currency", "currencycode"}},
}

// ReadOrders reads the merchant's orders from a CSV file with a header: the columns order id (or else SellerOrderId,
// order number, order), amount (or else order amount, total) and currency (or else currency code), without regard to
// case and punctuation, and any others, separated by commas, tabs or semicolons. Two columns of one name are an error,
// and so is an order without an id; rows in which all three are empty are skipped. Amounts are as
// [reportfile.ParseAmount] reads them; spaces around a value and the case of a currency don't matter.
func ReadOrders(r io.Reader) iter.Seq2[Order, error] {
	return func(yield func(Order, error) bool) {
		file, err := reportfile.Open(r)
		if err != nil {
			yield(Order{}, fmt.Errorf("reconcile: the orders: %w", err))
			return
		}
		var found [3]string
		for i, wanted := range orderColumns {
			if found[i], err = findColumn(file.Columns(), wanted.names); err != nil {
				yield(Order{}, fmt.Errorf("reconcile: the orders have %w for the %s: the header must name order id, amount and currency", err, wanted.column))
				return
			}
		}
		for row, err := range file.Rows() {
			var order Order
			if err == nil {
				cell := func(column int) string {
					text, _ := row.Get(found[column])
					return strings.TrimSpace(text)
				}
				order.ID, order.Currency = cell(0), strings.ToUpper(cell(2))
				if order.ID == "" && order.Currency == "" && cell(1) == "" {
					continue // as spreadsheets leave rows behind
				}
				order.Amount, err = reportfile.ParseAmount(cell(1))
				switch {
				case err != nil:
					err = &reportfile.RowError{Line: row.Line(), Column: found[1], Problem: err.Error()}
				case order.ID == "":
					err = &reportfile.RowError{Line: row.Line(), Column: found[0], Problem: "the order has no id"}
				}
			}
			if err != nil {
				yield(Order{}, fmt.Errorf("reconcile: the orders: %w", err))
				return
			}
			if !yield(order, nil) {
				return
			}
		}
	}
}

// findColumn returns the header's name that stands for the first of the names that is there.
func findColumn(header, names []string) (string, error) {
	for _, name := range names {
		var found []string
		for _, column := range header {
			if normal(column) == name {
				found = append(found, column)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return "", fmt.Errorf("%d columns", len(found))
		}
	}
	return "", errors.New("no column")
}

func normal(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
