package reportfile

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// WriteCSV converts a report to clean CSV (RFC 4180): the header and the rows without a preamble, the file's own column
// names, times as RFC 3339 with the file's offset, amounts as plain decimals with at least their currency's minor
// digits. Lines end with CRLF, within a cell too. Columns that this package doesn't know stay as they are in settlement
// and refund reports; in others, times and amounts are known by their column's name. It is a stream, and ends with the
// first error, after the rows before it.
func WriteCSV(w io.Writer, f *Reader) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return writeCSV(out, f, func([]string, []conversion) {})
}

// writeCSV lets form have each record before it is written: the header's names, which have no conversions, and the rows.
func writeCSV(out *csv.Writer, f *Reader, form func(cells []string, conversions []conversion)) error {
	names := f.Columns()
	form(names, nil)
	if err := out.Write(names); err != nil {
		return err
	}
	for row, err := range f.converted() {
		if err != nil {
			out.Flush()
			return errors.Join(err, out.Error())
		}
		form(row, f.header.conversions)
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteJSONLines converts a report to JSON Lines: an object a row, with the file's own column names in their order, and
// values as [WriteCSV] writes them, all strings, but for the ends of lines within them. It is a stream, and ends with
// the first error, after the rows before it.
func WriteJSONLines(w io.Writer, f *Reader) error {
	out := bufio.NewWriterSize(w, 64<<10)
	names := make([][]byte, len(f.header.names))
	for i, name := range f.header.names {
		names[i] = quoteJSON(name)
	}
	for row, err := range f.converted() {
		if err != nil {
			return errors.Join(err, out.Flush())
		}
		for i, cell := range row {
			if i == 0 {
				out.WriteByte('{')
			} else {
				out.WriteByte(',')
			}
			out.Write(names[i])
			out.WriteByte(':')
			out.Write(quoteJSON(cell))
		}
		if _, err := out.WriteString("}\n"); err != nil {
			return err
		}
	}
	return out.Flush()
}

func quoteJSON(text string) []byte {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string always has a JSON form
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// conversion is what is done with the cells of a column.
type conversion struct {
	time, amount, id bool
	fee              bool // an amount whose cell may be empty
	currency         int  // the column of an amount's currency, -1 if there is none
}

// The columns of times, amounts and ids in the reports whose columns are documented.
var (
	timeColumns = map[Kind][]string{
		KindSettlement: {"TransactionPostedDate"},
		KindRefund:     {"LastUpdateTimestamp", "CreationTimestamp"},
	}
	amountColumns = map[Kind][]string{
		KindSettlement: {"TransactionAmount", "NetTransactionAmount"},
		KindRefund:     {"RefundAmount"},
	}
	feeColumns = map[Kind][]string{KindSettlement: {"TransactionPercentageFee", "TransactionFixedFee", "TotalTransactionFee"}}
	idColumns  = map[Kind][]string{
		KindSettlement: {"SettlementId", "AmazonTransactionId", "SellerReferenceId", "AmazonOrderReferenceId", "SellerOrderId"},
		KindRefund:     {"AmazonRefundId", "RefundReferenceId", "AmazonCaptureId", "AmazonOrderReferenceId"},
	}
)

// conversions tells times, amounts and ids by the names of their columns, which follow a pattern in reports that aren't documented.
func (f *Reader) conversions() []conversion {
	list := make([]conversion, len(f.header.names))
	for i, name := range f.header.names {
		name = documentedName(f.kind, name)
		is := func(columns map[Kind][]string, suffix string) bool {
			if f.kind == KindTable {
				return suffix != "" && strings.HasSuffix(name, suffix)
			}
			return slices.Contains(columns[f.kind], name)
		}
		c := conversion{time: is(timeColumns, "Timestamp"), fee: is(feeColumns, ""), id: is(idColumns, "Id"), currency: -1}
		c.amount = c.fee || is(amountColumns, "Amount")
		if c.amount {
			c.currency = f.header.find(strings.TrimSuffix(name, "Amount") + "CurrencyCode")
			if c.currency < 0 {
				c.currency = f.header.find("CurrencyCode")
			}
		}
		list[i] = c
	}
	return list
}

// converted yields the rows with clean times and amounts. An empty cell stays empty in reports whose columns aren't documented.
func (f *Reader) converted() iter.Seq2[[]string, error] {
	conversions := f.header.conversions
	return rows(f, func(row *[]string) error {
		cells := f.records.fields()
		currencyOf := func(c conversion) string {
			if c.currency < 0 {
				return ""
			}
			return f.records.field(c.currency)
		}
		for i, c := range conversions {
			switch {
			case cells[i] == "" && f.kind == KindTable:
			case c.time:
				t, err := f.time(i)
				if err != nil {
					return err
				}
				cells[i] = t.Format(time.RFC3339Nano)
			case cells[i] == "" && c.fee:
				cells[i] = WithMinorDigits(decimal.Decimal{}, currencyOf(c)).String()
			case c.amount:
				amount, err := f.amount(i, currencyOf(c))
				if err != nil {
					return err
				}
				cells[i] = WithMinorDigits(amount, currencyOf(c)).String()
			case c.id:
				if err := checkID(cells[i]); err != nil {
					return f.cellError(i, err)
				}
			}
		}
		*row = cells
		return nil
	})
}
