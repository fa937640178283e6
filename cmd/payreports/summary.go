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
	return &cobra.Command{
		Use:   "summary FILE…",
		Short: "Sum up settlement reports, and check that they add up (exit code 4 if not)",
		Long: `Sum up settlement reports by settlement, currency and transaction type, and check that each adds up: the net of all its
rows, the transfer included, is 0, and in each row the net is the amount plus the fees.` + directoryRule + unreadableRule,
		Example: `  payreports file summary settlement.csv
  payreports file summary reports --output json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := newReading(cmd, options, args)
			if err != nil {
				return err
			}
			settlements, err := summarize(r)
			if err != nil {
				return err
			}
			switch {
			case s.output == "json":
				err = printJSON(cmd.OutOrStdout(), settlements)
			case len(settlements) > 0 || s.output == "csv":
				var lines []sums
				for _, settlement := range settlements {
					lines = append(lines, sumsOf(settlement)...)
				}
				err = printList(cmd, s.output, sumColumns, each(lines))
			}
			if err != nil {
				return err
			}
			return errors.Join(unbalanced(cmd, settlements), r.err())
		},
	}
}

// summarize sums up each file on its own, so that one that can't be read to its end leaves nothing behind.
func summarize(r *reading) ([]reportfile.SettlementSummary, error) {
	type key struct{ id, currency string }
	fileOf := make(map[key]string)
	settlements := []reportfile.SettlementSummary{}
	err := r.settlementReports(func(file mirror.Entry, f *reportfile.Reader) error {
		summary, err := reportfile.Summarize(f.Settlements())
		if err != nil {
			return err
		}
		list := summary.Settlements()
		if len(list) == 0 {
			return fmt.Errorf("%s: the settlement report has no rows", file.Path)
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
		return nil
	})
	slices.SortFunc(settlements, func(a, b reportfile.SettlementSummary) int {
		return cmp.Or(cmp.Compare(a.SettlementID, b.SettlementID), cmp.Compare(a.Currency, b.Currency))
	})
	return settlements, err
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
