package reconcile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// ReadOrders reads the merchant's orders from a CSV file with a header, separated by commas, tabs or semicolons. The format says which
// columns hold what; other columns aren't looked at, and several of them can have one name.
//
// Amounts are read as those of reports: 1.190 may be a thousand euros or one, and is an error. So is an order without an id or a
// currency, and an id that a spreadsheet has turned into a number such as 7.0E+10. Rows in which id, amount and currency are empty are
// skipped. Spaces around a value and the case of a currency don't matter. A refunded amount that is empty is 0, and its sign doesn't
// matter. A header that comes again, as in exports that were put together, is skipped. Dates are RFC 3339, 2026-11-20 or 2026/11/20 with or without a time, Nov 20, 2026 2:05:00 PM, or what the options say.
// The first error ends it.
func ReadOrders(r io.Reader, format OrderFormat, options reportfile.Options) iter.Seq2[Order, error] {
	return func(yield func(Order, error) bool) {
		options := options
		options.RepeatedColumns = true
		file, err := options.Open(r)
		if err != nil {
			yield(Order{}, fmt.Errorf("the orders: %w", err))
			return
		}
		reader := orderReader{OrderFormat: format, options: options, header: file.Columns()}
		reader.Where = slices.Clone(format.Where)
		if err := reader.find(reader.header); err != nil {
			var column *ColumnError
			if errors.As(err, &column) {
				column.File = options.Name
			} else if options.Name != "" {
				err = fmt.Errorf("%s: %w", options.Name, err)
			}
			yield(Order{}, fmt.Errorf("the orders: %w", err))
			return
		}
		for row, err := range file.Rows() {
			var order Order
			if err == nil {
				var is bool
				if order, is, err = reader.read(row); err == nil && !is {
					continue
				}
			}
			if err != nil {
				yield(Order{}, fmt.Errorf("the orders: %w", err))
				return
			}
			if !yield(order, nil) {
				return
			}
		}
	}
}

// orderReader reads rows whose columns have been found.
type orderReader struct {
	OrderFormat
	options reportfile.Options
	header  []string
	above   string // the id of the last order
}

// read reads an order, and reports whether the row holds one.
func (r *orderReader) read(row reportfile.Row) (order Order, is bool, err error) {
	id, amount := cell(row, r.ID), cell(row, r.Amount)
	if id == "" && amount == "" && (r.Currency == "" || cell(row, r.Currency) == "") {
		return order, false, nil // as spreadsheets leave rows behind
	}
	if is, err = r.isHeader(row); is || err != nil {
		return order, false, err
	}
	if r.shop.lineItems && amount == "" && id != "" && id == r.above {
		return order, false, nil
	}
	r.above = id
	order.File, order.Line, order.Repeated = row.File(), row.Line(), r.shop.repeated
	if !r.takes(row) {
		order.ID, order.LeftOut = id, true
		return order, true, nil
	}
	if order.ID, err = row.ID(r.ID); err != nil {
		return order, true, err
	}
	if order.ID == "" {
		return order, true, problem(row, r.ID, "the order has no id")
	}
	if err = r.readAmount(row, &order); err == nil && r.Date != "" {
		order.Date, order.DateTolerance, err = r.date(row)
	}
	if err == nil && r.Refunded != "" {
		order.Refunded, err = r.refunded(row, order.Currency)
	}
	return order, true, err
}

// takes reports whether the filters are true.
func (r *orderReader) takes(row reportfile.Row) bool {
	taken := make(map[string]bool)
	for _, filter := range r.Where {
		is := strings.EqualFold(cell(row, filter.Column), strings.TrimSpace(filter.Value))
		switch {
		case !filter.Not:
			taken[filter.Column] = taken[filter.Column] || is
		case is:
			return false
		}
	}
	for _, is := range taken {
		if !is {
			return false
		}
	}
	return true
}

// refunded reads what was refunded. Some exports write it as a negative amount.
func (r *orderReader) refunded(row reportfile.Row, currency string) (decimal.NullDecimal, error) {
	text := cell(row, r.Refunded)
	if text == "" {
		return decimal.NullDecimal{Valid: true}, nil
	}
	amount, err := r.parse(text, currency)
	if err != nil {
		return decimal.NullDecimal{}, problem(row, r.Refunded, err.Error())
	}
	return decimal.NullDecimal{Decimal: amount.Abs(), Valid: true}, nil
}

// orderDates are the layouts of dates that can't be mistaken. In that of Magento, 15 is read for hours of both kinds.
var orderDates = []string{
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", time.RFC3339, "2006-01-02",
	"2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02",
	"Jan 2, 2006 15:04:05 PM", "Jan 2, 2006, 15:04:05 PM", "Jan 2, 2006, 15:04:05", "Jan 2, 2006",
}

var endsWithZone = regexp.MustCompile(`(Z|UTC|[+-]\d\d:?\d\d)$`)

// date reads when an order was placed, and how much earlier or later that may have been.
func (r *orderReader) date(row reportfile.Row) (placed time.Time, tolerance time.Duration, err error) {
	text := cell(row, r.Date)
	if text == "" {
		return placed, 0, nil
	}
	if r.options.DateLayout != "" {
		placed, err = row.Time(r.Date)
	} else {
		placed, err = parseOrderDate(text)
		if err != nil {
			placed, err = row.Time(r.Date)
		}
	}
	if err != nil {
		return placed, 0, err
	}
	hasTime := strings.Contains(text, ":")
	if !hasTime || !endsWithZone.MatchString(text) {
		zone := r.TimeZone
		if zone == nil {
			zone, tolerance = time.UTC, zoneTolerance
		}
		year, month, day := placed.Date()
		hour, minute, second := placed.Clock()
		if !hasTime {
			hour, tolerance = 12, tolerance+12*time.Hour
		}
		placed = time.Date(year, month, day, hour, minute, second, 0, zone)
	}
	return placed, tolerance, nil
}

// zoneTolerance is how far the time of a place is from UTC at most.
const zoneTolerance = 14 * time.Hour

func parseOrderDate(text string) (time.Time, error) {
	for _, layout := range orderDates {
		if strings.HasSuffix(layout, "MST") && !strings.HasSuffix(text, " UTC") {
			continue // other names of zones mean several
		}
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("no date")
}

// cell returns a row's text in a column without spaces around it, and without the quotes that spreadsheets write around a comma or a quote
// in a file whose header has none.
func cell(row reportfile.Row, column string) string {
	text, _ := row.Get(column)
	text = strings.TrimSpace(text)
	if n := len(text); n > 1 && text[0] == '"' && text[n-1] == '"' {
		text = strings.TrimSpace(strings.ReplaceAll(text[1:n-1], `""`, `"`))
	}
	return text
}

func problem(row reportfile.Row, column, text string) error {
	return &reportfile.RowError{File: row.File(), Line: row.Line(), Column: column, Problem: text}
}
