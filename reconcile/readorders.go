package reconcile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"

	"github.com/amazonpay-go/payreports/reportfile"
)

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
// and so is an order without an id, or with an id that a spreadsheet has turned into a number such as 7.0E+10; rows in
// which all three are empty are skipped. Amounts are read as those of reports: 1.190 may be a thousand euros or one,
// and is an error. Spaces around a value and the case of a currency don't matter. The first error ends it.
func ReadOrders(r io.Reader, options reportfile.Options) iter.Seq2[Order, error] {
	return func(yield func(Order, error) bool) {
		file, err := options.Open(r)
		if err != nil {
			yield(Order{}, fmt.Errorf("the orders: %w", err))
			return
		}
		columns, prefix := file.Columns(), ""
		if options.Name != "" {
			prefix = options.Name + ": "
		}
		var found [3]string
		for i, wanted := range orderColumns {
			if found[i], err = findColumn(columns, wanted.names); err != nil {
				yield(Order{}, fmt.Errorf("the orders: %s%w for the %s: the header must name order id, amount and currency", prefix, err, wanted.column))
				return
			}
		}
		for row, err := range file.Rows() {
			var order Order
			if err == nil {
				var filled bool
				if order, filled, err = readOrder(row, found[0], found[1], found[2]); err == nil && !filled {
					continue // as spreadsheets leave rows behind
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

// readOrder reads an order, and reports whether the row holds one.
func readOrder(row reportfile.Row, idColumn, amountColumn, currencyColumn string) (order Order, filled bool, err error) {
	for _, column := range []string{idColumn, amountColumn, currencyColumn} {
		text, _ := row.Get(column)
		filled = filled || strings.TrimSpace(text) != ""
	}
	if !filled {
		return order, false, nil
	}
	if order.ID, err = row.ID(idColumn); err != nil {
		return order, true, err
	}
	if order.ID == "" {
		return order, true, &reportfile.RowError{File: row.File(), Line: row.Line(), Column: idColumn, Problem: "the order has no id"}
	}
	currency, _ := row.Get(currencyColumn)
	order.Currency = strings.ToUpper(strings.TrimSpace(currency))
	order.Amount, err = row.Amount(amountColumn, order.Currency)
	return order, true, err
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
	return "", errNoColumn
}

var errNoColumn = errors.New("no column")

func normal(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
