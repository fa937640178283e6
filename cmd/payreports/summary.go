package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// sums is a line of a summary: a transaction type of a settlement, its transfer, or what is left of all.
type sums struct {
	settlement, currency, transactionType, count, amount, fees, net string
}

var sumColumns = []column[sums]{
	{"settlementId", func(s sums) string { return s.settlement }, values(4)},
	{"currency", func(s sums) string { return s.currency }, values(3)},
	{"type", func(s sums) string { return s.transactionType }, values(2)},
	{"count", func(s sums) string { return s.count }, amounts(7)},
	{"amount", func(s sums) string { return s.amount }, amounts(5)},
	{"totalFee", func(s sums) string { return s.fees }, amounts(6)},
	{"net", func(s sums) string { return s.net }, amounts(1)},
}

func sumsOf(settlement reportfile.SettlementSummary) []sums {
	line := func(name string, s reportfile.Sums) sums {
		return sums{settlement.SettlementID, settlement.Currency, name, fmt.Sprint(s.Count), s.Amount.String(), s.TotalFee.String(), s.Net.String()}
	}
	var lines []sums
	for _, t := range settlement.Types {
		lines = append(lines, line(string(t.Type), t.Sums))
	}
	lines = append(lines, line("Transfer", settlement.Transfer))
	verdict := "balanced"
	switch {
	case !settlement.Difference.IsZero():
		verdict = "DIFFERENCE"
	case !settlement.Balanced():
		verdict = "ROWS DO NOT ADD UP"
	}
	return append(lines, sums{settlement.SettlementID, settlement.Currency, verdict, "", "", "", settlement.Difference.String()})
}

func fileSummary(s *settings, options *readOptions) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use:   "summary FILE…",
		Short: "Sum up settlement reports, and check that they add up (exit code 4 if not)",
		Long: `Sum up settlement reports by settlement, currency and transaction type, and check that each adds up: the net of all its
rows, the transfer included, is 0, and in each row the net is the amount plus the fees. A table ends with the totals of each
currency. CSV and JSON have the settlements only: use --by currency for the totals.

--by shows totals instead of settlements, one line for each currency, month, store or transaction type. The amounts of sales,
refunds and so on are before fees; percentage fees and fixed fees have columns of their own. The net is what is left after
fees, and what was paid out isn't part of it. The month is that of the posted date, in the report's own offset from UTC.
Claims are A-to-z claims, chargebacks and disputes. Reserves are amounts that were held back, released or carried over.
Other is all transaction types that aren't known.` + directoryRule + unreadableRule,
		Example: `  payreports file summary settlement.csv
  payreports file summary reports --by month
  payreports file summary reports --output json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			grouping, names := reportfile.Grouping(by), texts(reportfile.Groupings())
			if cmd.Flags().Changed("by") {
				if err := oneOf("by", by, names); err != nil {
					return err
				}
			}
			r, err := newReading(cmd, options, args)
			if err != nil {
				return err
			}
			found, err := summarize(r, grouping)
			if err != nil {
				return err
			}
			if err := found.print(cmd, s.output, grouping); err != nil {
				return err
			}
			return errors.Join(unbalanced(cmd, found.settlements), r.err())
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "show totals by `GROUP`: currency, month, store or type")
	complete(cmd, "by", texts(reportfile.Groupings())...)
	return cmd
}

// summaries are what the files of a command line sum up to.
type summaries struct {
	settlements    []reportfile.SettlementSummary
	groups, totals []reportfile.Total // by --by, and by currency
}

// print writes the settlements, or the groups of --by. A table ends with the totals of each currency.
func (s *summaries) print(cmd *cobra.Command, format string, by reportfile.Grouping) error {
	table := format == "table"
	var err error
	switch {
	case table && len(s.settlements) == 0:
		return nil
	case by == "" && format == "json":
		err = printJSON(cmd.OutOrStdout(), s.settlements)
	case by == "":
		var lines []sums
		for _, settlement := range s.settlements {
			lines = append(lines, sumsOf(settlement)...)
		}
		err = printList(cmd, format, sumColumns, each(lines))
	case by != reportfile.ByCurrency || !table:
		err = printTotals(cmd, format, by, s.groups)
	}
	if err != nil || !table {
		return err
	}
	if by != reportfile.ByCurrency {
		fmt.Fprintln(cmd.OutOrStdout())
	}
	return printTotals(cmd, format, reportfile.ByCurrency, s.totals)
}

// summarize sums up each file on its own, so that one that can't be read to its end leaves nothing behind.
func summarize(r *reading, by reportfile.Grouping) (*summaries, error) {
	type key struct{ id, currency string }
	fileOf := make(map[key]string)
	settlements := []reportfile.SettlementSummary{}
	groups, totals := reportfile.NewTotals(by), reportfile.NewTotals(reportfile.ByCurrency)
	var tooLarge error
	err := r.settlementReports(func(file mirror.Entry, f *reportfile.Reader) error {
		list, groupsOfFile, err := summarizeFile(f, by)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return noRows(file)
		}
		for _, settlement := range list {
			if other, ok := fileOf[key{settlement.SettlementID, settlement.Currency}]; ok {
				return fmt.Errorf("%s: settlement %s is in %s as well and would count twice: give each report once", file.Path, settlement.SettlementID, other)
			}
		}
		for _, settlement := range list {
			fileOf[key{settlement.SettlementID, settlement.Currency}] = file.Path
		}
		settlements = append(settlements, list...)
		if tooLarge = cmp.Or(groups.Merge(groupsOfFile), totals.Merge(groupsOfFile)); tooLarge != nil {
			return errStop
		}
		return nil
	})
	if err := cmp.Or(tooLarge, err); err != nil {
		return nil, err
	}
	slices.SortFunc(settlements, func(a, b reportfile.SettlementSummary) int {
		return cmp.Or(cmp.Compare(a.SettlementID, b.SettlementID), cmp.Compare(a.Currency, b.Currency))
	})
	all := &summaries{settlements: settlements}
	if all.groups, err = groups.List(); err != nil {
		return nil, err
	}
	all.totals, err = totals.List()
	return all, err
}

func noRows(file mirror.Entry) error {
	return fmt.Errorf("%s: the settlement report has no rows", file.Path)
}

func summarizeFile(f *reportfile.Reader, by reportfile.Grouping) ([]reportfile.SettlementSummary, *reportfile.Totals, error) {
	summary, groups := new(reportfile.Summary), reportfile.NewTotals(by)
	for row, err := range f.Settlements() {
		if err == nil {
			err = summary.Add(&row)
		}
		if err == nil {
			err = groups.Add(&row)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return summary.Settlements(), groups, nil
}

// unbalanced names the rows that don't add up, and is an error if a settlement doesn't.
func unbalanced(cmd *cobra.Command, settlements []reportfile.SettlementSummary) error {
	sums, rows := 0, 0
	for _, settlement := range settlements {
		if !settlement.Difference.IsZero() {
			sums++
		}
		rows += settlement.InconsistentRows
		for _, row := range settlement.Inconsistent {
			warn(cmd, row)
		}
	}
	switch {
	case sums > 0 && rows > 0:
		return fmt.Errorf("%w: a settlement's rows don't sum to 0, and rows that don't add up: %d", errDifferences, rows)
	case sums > 0:
		return fmt.Errorf("%w: a settlement's rows don't sum to 0", errDifferences)
	case rows > 0:
		return fmt.Errorf("%w: rows that don't add up: %d", errDifferences, rows)
	default:
		return nil
	}
}

// settlementReports lets use have each settlement report, as each does. Other reports are left out, which is told,
// unless they were named. The error may also be that there is none.
func (r *reading) settlementReports(use func(mirror.Entry, *reportfile.Reader) error) error {
	settlements, others := 0, 0
	r.files = slices.DeleteFunc(r.files, func(file mirror.Entry) bool {
		other := !file.Named && isOther(file)
		if other {
			others++
		}
		return other
	})
	err := r.each(func(file mirror.Entry, f *reportfile.Reader) error {
		if f.Kind() == reportfile.KindSettlement || file.Named || file.Type() != "" {
			settlements++
			return use(file, f)
		}
		others++
		return nil
	})
	switch {
	case err != nil:
		return err
	case settlements == 0 && len(r.skipped) == 0:
		return errors.New("there is no settlement report among the files")
	case others > 0:
		fmt.Fprintf(r.cmd.ErrOrStderr(), "other reports left out: %d\n", others)
	}
	return nil
}
