package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

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
	// SettlementIDs are the settlements that hold its captures, in the order of the files.
	SettlementIDs []string
}

// Orders compares the captures of settlement reports with the merchant's orders, by order number and currency. It is
// not safe for concurrent use.
type Orders struct {
	orders map[key]*order
	// fileOf tells the rows of a settlement that is in two files: they must not count twice.
	fileOf map[string]string
}

// order is what is known of an order in one currency.
type order struct {
	ordered, captured, refunded decimal.Decimal
	isOrdered, isCaptured       bool
	// settlement is that of the first capture, and others are those of later ones. Most orders have one.
	settlement string
	others     []string
}

// capturedIn notes the settlement of a capture.
func (o *order) capturedIn(settlement string) {
	switch {
	case o.settlement == "":
		o.settlement = settlement
	case o.settlement != settlement && !slices.Contains(o.others, settlement):
		o.others = append(o.others, settlement)
	}
}

func (o *order) settlements() []string {
	if o.settlement == "" {
		return nil
	}
	return append([]string{o.settlement}, o.others...)
}

// NewOrders returns an Orders that has seen nothing yet.
func NewOrders() *Orders {
	return &Orders{orders: make(map[key]*order), fileOf: make(map[string]string)}
}

func (o *Orders) of(k key) *order {
	of := o.orders[k]
	if of == nil {
		of = new(order)
		o.orders[k] = of
	}
	return of
}

// Add adds a row of a settlement report, and doesn't keep it. A settlement counts in the file in which it comes first
// only; [Settlements] names the other. It is an error if a sum has more than 19 digits.
func (o *Orders) Add(row *reportfile.SettlementRow) error {
	if row.Type != reportfile.TransactionCapture && row.Type != reportfile.TransactionRefund {
		return nil
	}
	file, known := o.fileOf[row.SettlementID]
	if !known {
		o.fileOf[row.SettlementID] = row.File
	} else if file != row.File {
		return nil
	}
	of := o.of(key{row.SellerOrderID, row.Currency})
	var err error
	if row.Type == reportfile.TransactionCapture {
		of.isCaptured = true
		of.capturedIn(row.SettlementID)
		of.captured, err = reportfile.AddExact(of.captured, row.Amount)
	} else {
		of.refunded, err = reportfile.AddExact(of.refunded, row.Amount.Neg())
	}
	if err != nil {
		return &reportfile.RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("the captures or refunds of order %s have more than 19 digits", row.SellerOrderID)}
	}
	return nil
}

// AddOrder adds an order of the merchant. Several of the same number and currency are one order of the sum. It is an
// error if it has no id, and if a sum has more than 19 digits.
func (o *Orders) AddOrder(order Order) error {
	if order.ID == "" {
		return errors.New("reconcile: an order has no id")
	}
	of := o.of(key{order.ID, order.Currency})
	of.isOrdered = true
	var err error
	if of.ordered, err = reportfile.AddExact(of.ordered, order.Amount); err != nil {
		return fmt.Errorf("reconcile: the amounts of order %s: %w", order.ID, err)
	}
	return nil
}

// Results returns the orders and captures by order number and currency. Orders that were only refunded in these reports
// aren't among them.
func (o *Orders) Results() []OrderResult {
	list := make([]OrderResult, 0, len(o.orders))
	for k, of := range o.orders {
		if !of.isCaptured && !of.isOrdered {
			continue
		}
		list = append(list, OrderResult{
			Status: of.status(), OrderID: k.id, Currency: k.currency,
			Ordered:  reportfile.WithMinorDigits(of.ordered, k.currency),
			Captured: reportfile.WithMinorDigits(of.captured, k.currency),
			Refunded: reportfile.WithMinorDigits(of.refunded, k.currency), SettlementIDs: of.settlements(),
		})
	}
	slices.SortFunc(list, func(a, b OrderResult) int {
		return cmp.Or(cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.Currency, b.Currency))
	})
	return list
}

func (o *order) status() Status {
	switch {
	case !o.isCaptured:
		return NoCapture
	case !o.isOrdered:
		return NoOrder
	case o.ordered.Cmp(o.captured) != 0:
		return AmountDiffers
	default:
		return Matched
	}
}
