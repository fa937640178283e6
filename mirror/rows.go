package mirror

import (
	"context"
	"fmt"
	"iter"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Settlements yields the rows of all settlement reports that the filter takes, of the sandbox too, file by file. Other
// reports are passed over. It reads each file once, and no more of it than the loop asks for.
//
// The errors are [*FileError]: a file that can't be read, a row that can't be read (it wraps a [*reportfile.RowError]), a
// settlement report whose content is something else, or a settlement that an earlier file had already, and whose rows are not yielded
// again because they would count twice. A loop may go on after each of them; what they name is then missing.
func (m *Mirror) Settlements(ctx context.Context, filter Filter) iter.Seq2[reportfile.SettlementRow, error] {
	earlier := make(map[string]string) // paths by settlement
	return rowsOf(ctx, m, filter, reportfile.KindSettlement, (*reportfile.Reader).Settlements, func(path string, row reportfile.SettlementRow) error {
		first, known := earlier[row.SettlementID]
		if !known {
			earlier[row.SettlementID] = path
		} else if first != path {
			return fmt.Errorf("settlement %.40q is in %s as well and would count twice", row.SettlementID, first)
		}
		return nil
	})
}

// Refunds yields the rows of all refund reports that the filter takes, as [Mirror.Settlements] does those of settlement
// reports. A refund has a row for each of its states, and reports of overlapping periods repeat them: see
// [reportfile.LatestRefunds].
func (m *Mirror) Refunds(ctx context.Context, filter Filter) iter.Seq2[reportfile.RefundRow, error] {
	return rowsOf(ctx, m, filter, reportfile.KindRefund, (*reportfile.Reader).Refunds, func(string, reportfile.RefundRow) error { return nil })
}

// rowsOf yields the rows of the reports of a kind. check may refuse the rest of a file.
func rowsOf[R any](ctx context.Context, m *Mirror, filter Filter, kind reportfile.Kind, read func(*reportfile.Reader) iter.Seq2[R, error], check func(path string, row R) error) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		for e, err := range m.Reports(ctx, filter) {
			if err != nil {
				if !yield(none, err) {
					return
				}
				continue
			}
			if t := e.Type(); t != "" && expectedKind(t) != kind && documented(t) {
				continue
			}
			if !e.rows(ctx, kind, filter.Reading, func(reader *reportfile.Reader) bool {
				for row, err := range read(reader) {
					refused := false
					if err == nil {
						err = check(e.Path, row)
						refused = err != nil
					}
					if err != nil {
						row, err = none, &FileError{e.Path, err}
					}
					if !yield(row, err) {
						return false
					}
					if refused {
						return true
					}
				}
				return true
			}, func(err error) bool { return yield(none, &FileError{e.Path, err}) }) {
				return
			}
		}
	}
}

// rows opens a report and lets use have it if it is of a kind, or fail what is wrong with it.
func (e Entry) rows(ctx context.Context, kind reportfile.Kind, options reportfile.Options, use func(*reportfile.Reader) bool, fail func(error) bool) bool {
	file, err := e.Open(ctx)
	if err != nil {
		return fail(err)
	}
	defer file.Close()
	options.Name = e.Path
	reader, err := options.Open(file)
	if err != nil {
		return fail(err)
	}
	if reader.Kind() == kind {
		return use(reader)
	}
	if e.Type() != "" && expectedKind(e.Type()) == kind {
		return fail(fmt.Errorf("it should be a %s report, and its columns are not those of one", payreports.ReportTypeName(e.Type())))
	}
	return true
}
