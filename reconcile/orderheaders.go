package reconcile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/amazonpay-go/payreports/reportfile"
)

// isHeader reports whether a row is the header again, as where exports were put together. It is an error if it is the header of other
// columns: the orders below would be read wrongly, or a filter would leave them out.
func (r *orderReader) isHeader(row reportfile.Row) (bool, error) {
	named := func(column, name string) bool {
		return strings.EqualFold(strings.TrimPrefix(cell(row, column), "\ufeff"), strings.TrimSpace(name))
	}
	if strings.ContainsFunc(cell(row, r.Amount), isDigit) && !named(r.Amount, r.Amount) {
		return false, nil // nearly all rows
	}
	columns := []string{r.ID, r.Amount, r.Currency, r.Date, r.Refunded}
	for _, filter := range r.Where {
		columns = append(columns, filter.Column)
	}
	same, names := true, 0
	for _, column := range columns {
		if column == "" {
			continue
		}
		same = same && named(column, column)
		if slices.ContainsFunc(r.header, func(name string) bool { return strings.TrimSpace(name) != "" && named(column, name) }) {
			names++
		}
	}
	if !same && (names > 1 || r.isText(row)) {
		return false, &reportfile.RowError{
			File: row.File(), Line: row.Line(),
			Problem: "another header, with other columns: the file is several exports that were put together; give each as a file of its own",
		}
	}
	return same, nil
}

// isText reports whether a row has words where an order has its id, its amount and its currency: the header of an export with other names.
func (r *orderReader) isText(row reportfile.Row) bool {
	for _, column := range []string{r.ID, r.Amount, r.Currency} {
		text := cell(row, column)
		if column != "" && (strings.ContainsFunc(text, isDigit) || !strings.ContainsFunc(text, unicode.IsLetter)) {
			return false
		}
	}
	if r.Currency == "" {
		return true
	}
	_, err := currencyOf(cell(row, r.Currency), r.DefaultCurrency)
	return err != nil
}
