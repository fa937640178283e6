package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// Order is what the merchant's own books say about an order.
type Order struct {
	// ID is what the captures are found by: the merchant's order number, unless [OrdersOptions.Match] says otherwise. It must not be empty.
	ID string
	// Amount is what the buyer was to pay.
	Amount decimal.Decimal
	// Currency is the ISO 4217 code.
	Currency string
	// Date is when the order was placed, the zero time if that isn't known. It may have been as much as DateTolerance earlier or later:
	// a date alone is any time of its day, and one without a time zone any zone's.
	Date          time.Time
	DateTolerance time.Duration
	// Refunded is how much of it the merchant has refunded, a positive amount. It isn't valid if that isn't known.
	Refunded decimal.NullDecimal
	// Repeated says that rows with the same id and currency are the same order, and not parts of it.
	Repeated bool
	// LeftOut says that a filter has left the order out. Then only the id is known, and that may be empty.
	LeftOut bool
	// File and Line say where it is. They can be left empty.
	File string
	Line int
}

// OrderKey is the id of a capture that an order is matched by.
type OrderKey string

// The ids of captures, by the columns of settlement reports. Refunds have a transaction id and a reference of their own, so they belong to
// an order only if it is matched by one of the other two.
const (
	// MatchSellerOrderID is the merchant's order number, column SellerOrderId.
	MatchSellerOrderID OrderKey = "seller-order-id"
	// MatchSellerReferenceID is the merchant's reference of the charge, column SellerReferenceId.
	MatchSellerReferenceID OrderKey = "seller-reference-id"
	// MatchOrderReferenceID is the id of the charge permission, column AmazonOrderReferenceId.
	MatchOrderReferenceID OrderKey = "order-reference-id"
	// MatchTransactionID is the id of the charge, column AmazonTransactionId.
	MatchTransactionID OrderKey = "transaction-id"
)

// OrderKeys returns all keys.
func OrderKeys() []OrderKey {
	return []OrderKey{MatchSellerOrderID, MatchSellerReferenceID, MatchOrderReferenceID, MatchTransactionID}
}

// HasRefunds reports whether refunds have the id as well.
func (k OrderKey) HasRefunds() bool {
	return k == "" || k == MatchSellerOrderID || k == MatchOrderReferenceID
}

// of returns the id of a row.
func (k OrderKey) of(row *reportfile.SettlementRow) (string, error) {
	switch k {
	case "", MatchSellerOrderID:
		return row.SellerOrderID, nil
	case MatchSellerReferenceID:
		return row.SellerReferenceID, nil
	case MatchOrderReferenceID:
		return row.OrderReferenceID, nil
	case MatchTransactionID:
		return row.TransactionID, nil
	default:
		return "", fmt.Errorf("reconcile: orders can't be matched by %q", string(k))
	}
}

// OrdersOptions say how orders are matched. The zero value matches them by their number, and lets captures come until the last settlement.
type OrdersOptions struct {
	// Match is the id of captures that orders have. "" means MatchSellerOrderID.
	Match OrderKey
	// IDPrefix is taken off the ids of orders and captures, so that #1001 equals 1001. See [OrderFormat].
	IDPrefix string
	// CaptureDays is how many days after an order its capture may come, such as in a shop that captures when it ships.
	CaptureDays int
	// RefundDays is how many days after an order its refund may come. 0 means 30.
	RefundDays int
	// Since and Until say that the orders are all that were placed in this time, both included. Captures that may be of earlier or later
	// orders are [NotCovered] then, instead of [NoOrder], and orders outside of it that have no capture as well. A zero time leaves a side
	// open.
	Since, Until time.Time
	// AsOf is when the orders were exported, or later. An order that is dated after it isn't Pending: its date must be wrong. The zero time
	// takes any date for right.
	AsOf time.Time
}

// Orders compares the captures of settlement reports with the merchant's orders, by id and currency. It is not safe for concurrent use.
type Orders struct {
	options OrdersOptions
	orders  orderList
	leftOut map[string]bool
	newest  time.Time // the date of the newest order
	// orderFiles are the names of the merchant's files.
	orderFiles []string
	// fileOf tells the rows of a settlement, in a currency, that is in two files: they must not count twice.
	fileOf map[key]string
	// settled is what the files cover that have ended, by currency.
	settled map[string]*coverage
	current current
	last    *part
	damaged []*damaged
	lost    map[key][]lost
}

// coverage is the time of settlements, both ends included.
type coverage struct{ first, last time.Time }

func (p *coverage) add(t time.Time) {
	if t.IsZero() {
		return
	}
	if p.first.IsZero() || t.Before(p.first) {
		p.first = t
	}
	p.last = latest(p.last, t)
}

// order is what is known of an order in one currency.
type order struct {
	key
	ordered         decimal.Decimal
	shopRefunded    decimal.NullDecimal
	date, dateUntil time.Time // when it was placed: not before, and not after
	isOrdered       bool
	rows            *orderRows // nil if it is one row
	at              place      // of the first row
	charges
}

// charges are what the reports say of an order.
type charges struct {
	captured, refunded       decimal.Decimal
	firstCapture, lastRefund time.Time
	isCaptured               bool
	file                     int32 // the number of the last one
	// settlements are those of its captures. Orders share the slice, so it isn't changed in place.
	settlements []string
}

// capturedIn notes the settlement of a capture.
func (c *charges) capturedIn(settlement []string) {
	switch {
	case c.settlements == nil:
		c.settlements = settlement
	case settlement == nil: // a row without its id
	case c.settlements[0] != settlement[0] && !slices.Contains(c.settlements, settlement[0]):
		c.settlements = append(slices.Clip(c.settlements), settlement[0])
	}
}

// NewOrders returns an Orders that has seen nothing yet.
func NewOrders(options OrdersOptions) *Orders {
	if options.RefundDays == 0 {
		options.RefundDays = 30
	}
	return &Orders{
		options: options, orders: newOrderList(), leftOut: make(map[string]bool), fileOf: make(map[key]string),
		settled: make(map[string]*coverage), current: newCurrent(1), lost: make(map[key][]lost),
	}
}

// Add adds a row of a settlement report, and doesn't keep it. Give it all rows: they say which time the reports cover. A settlement counts
// in the file in which it comes first only, unless that is damaged; [Settlements] names the other. It is an error if a sum has more than 19 digits, or if the key
// of the options isn't one.
func (o *Orders) Add(row *reportfile.SettlementRow) error {
	if !o.last.has(row) {
		o.last = o.part(row)
	}
	if !o.last.counts {
		return nil
	}
	o.last.settled.add(row.Posted)
	id, err := o.options.Match.of(row)
	if err != nil {
		return err
	}
	switch id = strings.TrimPrefix(id, o.options.IDPrefix); row.Type {
	case reportfile.TransactionCapture:
		of := o.orders.of(id, o.last.currency)
		o.touch(of)
		of.isCaptured = true
		of.capturedIn(o.last.ids)
		if of.firstCapture.IsZero() || row.Posted.Before(of.firstCapture) {
			of.firstCapture = row.Posted.UTC()
		}
		of.captured, err = reportfile.AddExact(of.captured, row.Amount)
	case reportfile.TransactionRefund:
		if !o.options.Match.HasRefunds() {
			return nil
		}
		of := o.orders.of(id, o.last.currency)
		o.touch(of)
		of.lastRefund = latest(of.lastRefund, row.Posted.UTC())
		of.refunded, err = reportfile.AddExact(of.refunded, row.Amount.Neg())
	}
	if err != nil {
		return &reportfile.RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("the captures or refunds of order %s have more than 19 digits", id)}
	}
	return nil
}

// AddOrder adds an order of the merchant. Several of the same id and currency are one order of the sum, and [OrderResult].Rows and Detail say
// so, unless they are repeated rows. It is an error if it has no id, if repeated rows have different amounts, and if a sum has more than
// 19 digits.
func (o *Orders) AddOrder(order Order) error {
	id := strings.TrimPrefix(order.ID, o.options.IDPrefix)
	if order.LeftOut {
		o.leftOut[id] = true
		return nil
	}
	if id == "" {
		return order.problem(errors.New("an order has no id"))
	}
	of := o.orders.of(id, order.Currency)
	if of.isOrdered && order.Repeated {
		if of.ordered.Cmp(order.Amount) != 0 || of.shopRefunded.Decimal.Cmp(order.Refunded.Decimal) != 0 {
			return order.problem(fmt.Errorf("order %s is in two rows with different amounts", id))
		}
		return nil
	}
	of.addRow(o.placeOf(&order), order.Amount)
	var err error
	if of.ordered, err = reportfile.AddExact(of.ordered, order.Amount); err != nil {
		return order.problem(fmt.Errorf("the amounts of order %s: %w", id, err))
	}
	if order.Refunded.Valid {
		of.shopRefunded.Valid = true
		if of.shopRefunded.Decimal, err = reportfile.AddExact(of.shopRefunded.Decimal, order.Refunded.Decimal); err != nil {
			return order.problem(fmt.Errorf("the refunds of order %s: %w", id, err))
		}
	}
	if from, until := order.Date.Add(-order.DateTolerance), order.Date.Add(order.DateTolerance); !order.Date.IsZero() {
		if of.date.IsZero() || from.Before(of.date) {
			of.date = from
		}
		of.dateUntil = latest(of.dateUntil, until)
		o.newest = latest(o.newest, from)
	}
	return nil
}

// problem says where an order is.
func (o *Order) problem(err error) error {
	if o.Line == 0 {
		return fmt.Errorf("reconcile: %w", err)
	}
	return &reportfile.RowError{File: o.File, Line: o.Line, Problem: err.Error()}
}

// LeftOut returns how many orders were left out by a filter.
func (o *Orders) LeftOut() int { return len(o.leftOut) }
