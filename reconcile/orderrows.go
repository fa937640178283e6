package reconcile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// orderRows are the rows of an order that has several.
type orderRows struct {
	count   int
	lines   []int             // the first of them
	amounts []decimal.Decimal // that are different
}

// mostRows is how many rows of an order are named.
const mostRows = 4

// addRow notes a row of the merchant's, before its amount is added.
func (o *order) addRow(row *Order) {
	switch {
	case !o.isOrdered:
		o.isOrdered, o.line = true, row.Line
		return
	case o.rows == nil:
		o.rows = &orderRows{}
		o.rows.add(o.line, o.ordered)
	}
	o.rows.add(row.Line, row.Amount)
}

func (r *orderRows) add(line int, amount decimal.Decimal) {
	if r.count++; line != 0 && len(r.lines) < mostRows {
		r.lines = append(r.lines, line)
	}
	if !slices.ContainsFunc(r.amounts, func(known decimal.Decimal) bool { return known.Cmp(amount) == 0 }) && len(r.amounts) < mostRows {
		r.amounts = append(r.amounts, amount)
	}
}

func (o *order) countRows() int {
	switch {
	case o.rows != nil:
		return o.rows.count
	case o.isOrdered:
		return 1
	default:
		return 0
	}
}

// inRows says that the order is several rows, and whether one of them alone was captured.
func (o *order) inRows() string {
	if o.rows == nil {
		return ""
	}
	text := "; the sum of " + strconv.Itoa(o.rows.count) + " rows"
	if len(o.rows.lines) > 0 {
		var lines []string
		for _, line := range o.rows.lines {
			lines = append(lines, strconv.Itoa(line))
		}
		if len(lines) < o.rows.count {
			lines = append(lines, "…")
		}
		text += ": lines " + strings.Join(lines, ", ")
	}
	if o.isCaptured && o.captured.Cmp(o.ordered) != 0 && slices.ContainsFunc(o.rows.amounts, func(amount decimal.Decimal) bool { return amount.Cmp(o.captured) == 0 }) {
		text += "; one of them alone would match"
	}
	return text
}
