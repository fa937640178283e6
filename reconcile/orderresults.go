package reconcile

import (
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// OrderResult compares an order with its captures and refunds.
type OrderResult struct {
	// Status is how they compare: Matched, Pending, NotCovered, or one of the differences NoCapture, NoOrder, AmountDiffers and
	// RefundDiffers. Detail says more where there is more to say.
	Status Status
	Detail string
	// OrderID and Currency say which. The id is empty for captures that name no order.
	OrderID, Currency string
	// Date is when the order was placed, zero if that isn't known.
	Date time.Time
	// Ordered is what the merchant's books say, Captured the sum of the captures. The side that is missing is 0.
	Ordered, Captured decimal.Decimal
	// Refunded is what was given back according to the reports, OrderRefunded according to the merchant's books, if these say it. Both are
	// positive.
	Refunded      decimal.Decimal
	OrderRefunded decimal.NullDecimal
	// Rows is how many rows of the merchant's orders were added up for it, 0 if it isn't among them. They may be its items, or one of them
	// is there twice by mistake.
	Rows int
	// SettlementIDs are the settlements that hold its captures, in the order of the files. Results share the slice: copy it before you
	// change it.
	SettlementIDs []string
}

// Results returns the orders and captures by order id and currency. Orders that were only refunded in these reports aren't among them.
//
// An order without a capture, or with captures of less than its amount, is [Pending] if [OrdersOptions.CaptureDays] after it the reports of
// its currency have ended. Without a capture, it is [NotCovered] if it was placed before they begin, and may have been captured
// then. An order whose date isn't known must have been captured. An order that has rows in a file that could not be read to its end, and in
// no other, is NotCovered.
//
// Refunds are compared if the amounts match and the merchant's books say what was refunded. What only the books know is Pending until the
// reports cover [OrdersOptions.RefundDays] after the order, if its date is known. A refund that only the reports know is Pending if it is newer than all orders,
// and may have been made after they were exported.
func (o *Orders) Results() []OrderResult {
	sorted := o.orders.sorted(func(of *order) bool { return of.isCaptured || of.isOrdered })
	list := make([]OrderResult, len(sorted))
	covered := make(map[string]*coverage)
	for i, number := range sorted {
		of := o.orders.at(number)
		settled := covered[of.currency]
		if settled == nil {
			settled = o.covered(of.currency)
			covered[of.currency] = settled
		}
		o.result(&list[i], of, settled)
	}
	return list
}

// result fills in what is known of an order whose currency the settlements cover so.
func (o *Orders) result(r *OrderResult, of *order, settled *coverage) {
	*r = OrderResult{
		OrderID: of.id, Currency: of.currency, Date: of.date.Add(of.dateUntil.Sub(of.date) / 2),
		Ordered:  reportfile.WithMinorDigits(of.ordered, of.currency),
		Captured: reportfile.WithMinorDigits(of.captured, of.currency),
		Refunded: reportfile.WithMinorDigits(of.refunded, of.currency), Rows: of.countRows(), SettlementIDs: of.settlements,
	}
	if of.shopRefunded.Valid {
		r.OrderRefunded = decimal.NullDecimal{Decimal: reportfile.WithMinorDigits(of.shopRefunded.Decimal, of.currency), Valid: true}
	}
	switch compared := of.captured.Cmp(of.ordered); {
	case !of.isOrdered:
		r.Status, r.Detail = o.withoutOrder(of)
	case o.lostIn(of.key) != nil:
		r.Status, r.Detail = NotCovered, fmt.Sprintf("it has rows in %s, which could not be read to its end", o.lostIn(of.key).name)
	case compared < 0 || compared > 0 && !of.isCaptured:
		r.Status, r.Detail = o.uncaptured(of, settled)
	case compared > 0:
		r.Status = AmountDiffers
	default:
		r.Status, r.Detail = o.refunds(of, settled)
	}
	r.Detail = strings.TrimPrefix(r.Detail+o.inRows(of), "; ")
}

// withoutOrder judges a capture of an order that the merchant doesn't have.
func (o *Orders) withoutOrder(of *order) (Status, string) {
	switch since, until := o.options.Since, o.options.Until; {
	case o.leftOut[of.id] && of.id != "":
		return NoOrder, "the orders file has this order, but the filter leaves it out"
	case !since.IsZero() && of.firstCapture.Before(since.AddDate(0, 0, o.options.CaptureDays)):
		return NotCovered, "its order may have been placed before the orders begin"
	case !until.IsZero() && of.firstCapture.After(until):
		return NotCovered, "its order may have been placed after the orders end"
	default:
		return NoOrder, ""
	}
}

// uncaptured judges an order that was not captured, or not in full.
func (o *Orders) uncaptured(of *order, settled *coverage) (Status, string) {
	status, missing := AmountDiffers, o.mayBeIn("the rest")
	if !of.isCaptured {
		status, missing = NoCapture, o.mayBeIn("its capture")
	}
	since, until := o.options.Since, o.options.Until
	switch {
	case of.date.IsZero() || settled.first.IsZero():
		return status, missing
	case !of.isCaptured && (!since.IsZero() && of.dateUntil.Before(since) || !until.IsZero() && of.date.After(until)):
		return NotCovered, "it was placed before or after the time that is compared"
	case !o.options.AsOf.IsZero() && of.date.After(o.options.AsOf):
		return status, "it is dated in the future: perhaps its day and month are exchanged"
	case of.dateUntil.AddDate(0, 0, o.options.CaptureDays).After(settled.last):
		return Pending, "the settlements end before it must have been captured"
	case of.date.Before(settled.first) && of.isCaptured:
		return status, "it was placed before the settlements begin, and the rest may have been captured then"
	case of.date.Before(settled.first):
		return NotCovered, "it was placed before the settlements begin, and may have been captured then"
	default:
		return status, missing
	}
}

// refunds judges the refunds of an order whose amount was captured.
func (o *Orders) refunds(of *order, settled *coverage) (Status, string) {
	if !of.shopRefunded.Valid || !o.options.Match.HasRefunds() {
		return Matched, ""
	}
	compared := of.refunded.Cmp(of.shopRefunded.Decimal)
	if compared == 0 {
		return Matched, ""
	}
	detail := fmt.Sprintf("the order says that %s was refunded, the settlements %s", of.shopRefunded.Decimal, of.refunded)
	switch {
	case compared < 0 && !of.date.IsZero() && of.dateUntil.AddDate(0, 0, o.options.RefundDays).After(settled.last):
		return Pending, detail + ", and more may come"
	case compared > 0 && !o.newest.IsZero() && of.lastRefund.After(latest(o.newest, o.options.Until)):
		return Pending, detail + ", one of which may be newer than the orders"
	default:
		return RefundDiffers, detail
	}
}
