package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/reportfile"
)

type totalColumn = column[reportfile.Total]

func sumColumn(name string, rank int, sums func(*reportfile.Total) reportfile.Sums, cell func(reportfile.Sums) string) totalColumn {
	return totalColumn{name, func(t reportfile.Total) string { return cell(sums(&t)) }, amounts(rank)}
}

func allRows(t *reportfile.Total) reportfile.Sums {
	if t.Earned.Count == 0 {
		return t.Payouts
	}
	return t.Earned
}

func earned(t *reportfile.Total) reportfile.Sums { return t.Earned }

func amountOf(s reportfile.Sums) string { return s.Amount.String() }

// totalColumns are the columns of totals that are grouped in a way. Those of a single type have no columns of categories.
func totalColumns(by reportfile.Grouping) []totalColumn {
	columns := []totalColumn{{"currency", func(t reportfile.Total) string { return t.Currency }, values(1)}}
	if by != reportfile.ByCurrency {
		columns = append(columns, totalColumn{string(by), func(t reportfile.Total) string { return t.Group }, values(2)})
	}
	columns = append(columns, totalColumn{"count", func(t reportfile.Total) string { return fmt.Sprint(t.Earned.Count + t.Payouts.Count) }, amounts(14)})
	sums := earned
	if by == reportfile.ByType {
		sums = allRows
		columns = append(columns, sumColumn("amount", 4, sums, amountOf))
	} else {
		ranks := map[reportfile.Category]int{reportfile.CategorySales: 4, reportfile.CategoryRefunds: 5}
		for i, category := range reportfile.Categories() {
			if category != reportfile.CategoryPayouts {
				columns = append(columns, sumColumn(string(category), cmp.Or(ranks[category], 9+i), func(t *reportfile.Total) reportfile.Sums { return t.Of(category) }, amountOf))
			}
		}
	}
	columns = append(columns,
		sumColumn("percentageFee", 6, sums, func(s reportfile.Sums) string { return s.PercentageFee.String() }),
		sumColumn("fixedFee", 7, sums, func(s reportfile.Sums) string { return s.FixedFee.String() }),
		sumColumn("totalFee", 15, sums, func(s reportfile.Sums) string { return s.TotalFee.String() }),
		sumColumn("net", 3, sums, func(s reportfile.Sums) string { return s.Net.String() }))
	if by != reportfile.ByType {
		columns = append(columns, totalColumn{"payouts", func(t reportfile.Total) string { return t.Payouts.Net.String() }, amounts(8)})
	}
	return columns
}

// printTotals writes totals in a format. A table leaves out categories that have no rows.
func printTotals(cmd *cobra.Command, format string, by reportfile.Grouping, totals []reportfile.Total) error {
	columns := totalColumns(by)
	if format != "table" {
		return printList(cmd, format, columns, each(totals))
	}
	columns = slices.DeleteFunc(columns, func(c totalColumn) bool {
		category := reportfile.Category(c.name)
		return category != reportfile.CategorySales && slices.Contains(reportfile.Categories(), category) &&
			!slices.ContainsFunc(totals, func(t reportfile.Total) bool { return t.Of(category).Count > 0 })
	})
	return printWideTable(cmd, columns, each(totals), "--by "+string(by)+" --output json")
}
