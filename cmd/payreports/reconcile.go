package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// difference is a line of a reconciliation.
type difference struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
	Reports  string `json:"reports"`
	Other    string `json:"other"`
	// When the money of a settlement was transferred and disbursed; orders have no times.
	ReportsTime string `json:"reportsTime,omitempty"`
	OtherTime   string `json:"otherTime,omitempty"`
}

var differenceColumns = []column[difference]{
	{"kind", func(d difference) string { return d.Kind }},
	{"id", func(d difference) string { return d.ID }},
	{"currency", func(d difference) string { return d.Currency }},
	{"status", func(d difference) string { return d.Status }},
	{"reports", func(d difference) string { return d.Reports }},
	{"other", func(d difference) string { return d.Other }},
	{"reportsTime", func(d difference) string { return d.ReportsTime }},
	{"otherTime", func(d difference) string { return d.OtherTime }},
}

// reconciliation is what two sides come to.
type reconciliation struct {
	differences []difference
	verdict     string
}

func reconcileCommand(s *settings) *cobra.Command {
	var reports []string
	var orders string
	cmd := &cobra.Command{
		Use:   "reconcile [FILE…]",
		Short: "Hold settlement reports against disbursements and your own orders (exit code 4 if they differ)",
		Long: `Hold settlement reports against the disbursements that the API lists, and against your own orders if a file of them is given: CSV with
the columns order id, amount and currency. What differs is listed; what matches is counted. A disbursement may come ten days
after its settlement; until then the settlement waits for it, which is no difference.` + directoryRule,
		Example: `  payreports reconcile --reports reports
  payreports reconcile --orders orders.csv --reports settlement.csv another.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			named := append(reports, args...)
			files, err := reportFiles(cmd, named)
			if err != nil {
				return err
			}
			for _, path := range files {
				if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
					return usageError{fmt.Errorf("%s is no regular file: reports are read more than once, so save it to a file first", path)}
				}
			}
			client, err := s.client(cmd)
			if err != nil {
				return err
			}
			var disbursements payreports.GetDisbursementsOptions
			var once reportfile.Summary // refuses a settlement that is in two files
			files, err = settlementReports(cmd, files, named, func(f *reportfile.Reader) error {
				return once.Add(widen(&disbursements, f.Settlements()))
			})
			if err != nil {
				return err
			}
			rows := rowsOf(cmd.Context(), files, (*reportfile.Reader).Settlements)
			var differences []difference
			var verdicts []string
			if !disbursements.Start.IsZero() {
				r, err := reconcileSettlements(rows, client.Disbursements(cmd.Context(), disbursements))
				if err != nil {
					return err
				}
				differences, verdicts = r.differences, []string{r.verdict}
			} else if orders == "" {
				return errors.New("no settlement in these reports has a transfer, so there is no disbursement to compare with")
			}
			if orders != "" {
				r, err := reconcileOrders(cmd.Context(), rows, orders)
				if err != nil {
					return err
				}
				differences, verdicts = append(differences, r.differences...), append(verdicts, r.verdict)
			}
			if len(differences) > 0 || s.output != "table" {
				if err := printList(cmd.OutOrStdout(), s.output, differenceColumns, each(differences)); err != nil {
					return err
				}
			}
			fmt.Fprintln(cmd.ErrOrStderr(), strings.Join(verdicts, ", "))
			if len(differences) > 0 {
				return errDifferences
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&reports, "reports", nil, "settlement report `FILE`, or a directory such as that of sync; more can follow")
	cmd.Flags().StringVar(&orders, "orders", "", "CSV `FILE` of your own orders")
	return cmd
}

// widen stretches the dates of disbursements over the transfers that it comes by.
func widen(disbursements *payreports.GetDisbursementsOptions, rows iter.Seq2[reportfile.SettlementRow, error]) iter.Seq2[reportfile.SettlementRow, error] {
	return func(yield func(reportfile.SettlementRow, error) bool) {
		for row, err := range rows {
			if err == nil && row.Type == reportfile.TransactionTransfer {
				if disbursements.Start.IsZero() || row.Posted.Before(disbursements.Start) {
					disbursements.Start = row.Posted
				}
				// The API goes by the settlement's date, and a transfer is posted when its settlement ends: half a day
				// more finds the last one, and not one that comes after.
				if end := row.Posted.Add(12 * time.Hour); end.After(disbursements.End) {
					disbursements.End = end
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func reconcileSettlements(rows iter.Seq2[reportfile.SettlementRow, error], disbursements iter.Seq2[payreports.Disbursement, error]) (reconciliation, error) {
	var result reconciliation
	settlements, err := reconcile.Settlements(rows, disbursements, time.Now())
	if err != nil {
		return result, err
	}
	matched, pending := 0, 0
	for _, r := range settlements {
		switch r.Status {
		case reconcile.Matched:
			matched++
		case reconcile.Pending:
			pending++
		default:
			result.differences = append(result.differences, difference{
				Kind: "settlement", ID: r.SettlementID, Currency: r.Currency, Status: string(r.Status), Reports: r.Transferred.String(), Other: r.Disbursed.String(),
				ReportsTime: moment(r.TransferTime), OtherTime: moment(r.DisbursementTime),
			})
		}
	}
	result.verdict = fmt.Sprintf("%d of %d settlements match their disbursements", matched, len(settlements))
	if pending > 0 {
		result.verdict += fmt.Sprintf(" (%d pending)", pending)
	}
	return result, nil
}

// moment is a point in time in UTC, "" if there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func reconcileOrders(ctx context.Context, rows iter.Seq2[reportfile.SettlementRow, error], path string) (reconciliation, error) {
	var result reconciliation
	file, err := open(ctx, path)
	if err != nil {
		return result, err
	}
	defer file.close()
	orders, err := reconcile.Orders(rows, func(yield func(reconcile.Order, error) bool) {
		for order, err := range reconcile.ReadOrders(file) {
			if err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
			if !yield(order, err) {
				return
			}
		}
	})
	if err != nil {
		return result, err
	}
	matched := 0
	for _, r := range orders {
		if r.Status == reconcile.Matched {
			matched++
			continue
		}
		result.differences = append(result.differences, difference{
			Kind: "order", ID: r.OrderID, Currency: r.Currency, Status: string(r.Status), Reports: r.Captured.String(), Other: r.Ordered.String(),
		})
	}
	result.verdict = fmt.Sprintf("%d of %d orders their captures", matched, len(orders))
	return result, nil
}
