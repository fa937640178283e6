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
	places  []place           // of the first of them
	amounts []decimal.Decimal // that are different
}

// place is where a row is: the number of its file among those of the orders, and the line, 0 if it isn't known.
type place struct{ file, line int32 }

func (o *Orders) placeOf(row *Order) place {
	file := len(o.orderFiles) - 1
	if file < 0 || o.orderFiles[file] != row.File {
		if file = slices.Index(o.orderFiles, row.File); file < 0 {
			file = len(o.orderFiles)
			o.orderFiles = append(o.orderFiles, row.File)
		}
	}
	return place{int32(file), int32(row.Line)}
}

// mostRows is how many rows of an order are named.
const mostRows = 4

// addRow notes a row of the merchant's, before its amount is added.
func (o *order) addRow(at place, amount decimal.Decimal) {
	switch {
	case !o.isOrdered:
		o.isOrdered, o.at = true, at
		return
	case o.rows == nil:
		o.rows = &orderRows{}
		o.rows.add(o.at, o.ordered)
	}
	o.rows.add(at, amount)
}

func (r *orderRows) add(at place, amount decimal.Decimal) {
	if r.count++; at.line != 0 && len(r.places) < mostRows {
		r.places = append(r.places, at)
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
func (o *Orders) inRows(of *order) string {
	rows := of.rows
	if rows == nil {
		return ""
	}
	text := "; the sum of " + strconv.Itoa(rows.count) + " rows"
	if len(rows.places) > 0 {
		var places []string
		separator := ": "
		isOneFile := !slices.ContainsFunc(rows.places, func(at place) bool { return at.file != rows.places[0].file })
		if isOneFile {
			separator = ": lines "
		}
		for _, at := range rows.places {
			line := strconv.Itoa(int(at.line))
			if !isOneFile {
				line = o.orderFiles[at.file] + ":" + line
			}
			places = append(places, line)
		}
		if len(places) < rows.count {
			places = append(places, "…")
		}
		text += separator + strings.Join(places, ", ")
	}
	if of.isCaptured && of.captured.Cmp(of.ordered) != 0 && slices.ContainsFunc(rows.amounts, func(amount decimal.Decimal) bool { return amount.Cmp(of.captured) == 0 }) {
		text += "; one of them alone would match"
	}
	return text
}
