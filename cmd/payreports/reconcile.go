package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func reconcileCommand(s *settings) *cobra.Command {
	var c comparison
	var all bool
	cmd := &cobra.Command{
		Use:   "reconcile [FILE…]",
		Short: "Reconcile settlement reports with disbursements, your orders and your bank statement (exit code 4 if they differ)",
		Long: `Reconcile settlement reports with themselves, with the reports and disbursements that the API lists, with your own orders
(--orders), and with your bank statement (--bank). So money is followed from the order to its capture, settlement, transfer,
disbursement and bank line. Differences are listed, and the exit code is then 4. What matches is counted; --all lists it too.
These are differences:

  an order       that has no capture, a capture of another amount, or other refunds; a capture that has no order
  a settlement   that is not balanced, has rows that do not add up, is in two files, is dated in the future, has no
                 disbursement, or has a disbursement of another amount or date
  a disbursement that has no settlement, or no line in the bank statement
  a bank line    that names Amazon and has no disbursement, another amount or date, or that several disbursements fit; one
                 that takes a pay-out back
  a report       that the service lists but that is not among the files
  a file         that can't be read, or has no rows

A disbursement may come up to ten days after its settlement, a settlement report up to a day after its disbursement, money up
to seven days after its disbursement (--bank-days), and a report less than an hour old may be newer than the last sync. Until
then they are pending, not differences. What lies before or after the time that the other side covers is not covered, and is
counted.

The service says what should be there: the reports from --since to --until. It keeps reports for 90 days. Without --since,
the range begins with the earliest settlement of the files. If you name only files, and give neither --since nor --until,
the service is not asked for other reports, and the last line says so. --offline asks the service for nothing: disbursements
come from --disbursements then, or are not compared.

A bank statement is CSV with a header (a date, an amount that is positive for money that arrived, and a currency; other
columns are its text), or XML (ISO 20022 camt.053). Its lines belong to the disbursements that they name, or else to those
of the same amount, or to the only two to four that add up to it. A line that names neither a disbursement nor Amazon can
match too; how many did is said as "by amount and date only". Statements can overlap.

CSV may have two columns of amounts (--bank-credit-column and --bank-debit-column), or one that says whether a line is a debit
(--bank-side-column). It doesn't say which days it covers: these are the days from its first line to its last, so money that
should have come after the last line is pending. --bank-since and --bank-until say that it covers more.

--output json writes one object: counts by link of the chain and status, sums by currency, and the items that the table
lists.

The flags that say how files were saved are for settlement reports; those for the orders file begin with --orders-, those
for the bank statement with --bank-.` + ordersRule + directoryRule,
		Example: `  payreports sync --to reports && payreports reconcile --reports reports --since 60d
  payreports reconcile --orders orders.csv --orders-format shopify --where "Payment Method=Amazon Pay" --reports reports
  payreports reconcile --orders orders.csv --bank statement.xml --reports reports --all
  payreports reconcile --offline --disbursements disbursements.json --reports settlement.csv another.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := c.run(cmd, s, args, nil)
			if err != nil {
				return err
			}
			if err := found.print(cmd, s.output, all); err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), found.verdict())
			if found.differences() > 0 {
				return errDifferences
			}
			return found.reading.err()
		},
	}
	c.register(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "list what matches too, as evidence")
	return cmd
}
