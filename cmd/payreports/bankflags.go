package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/reconcile"
)

// bankFlags are the flags that say which bank statements there are, and how they are read.
type bankFlags struct {
	files        []string
	since, until string
	from, to     time.Time // of since and until
	columns      reconcile.BankColumns
	matching     reconcile.BankOptions
	reading      readOptions
}

func (b *bankFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	b.reading.prefix = "--bank-"
	flags.StringArrayVar(&b.files, "bank", nil, "bank statement `FILE`, as CSV or in XML (ISO 20022 camt.053); more can follow")
	flags.StringVar(&b.columns.Date, "bank-date-column", "", "`COLUMN` of the booking date in the bank statement, if it has an unusual name")
	flags.StringVar(&b.columns.Amount, "bank-amount-column", "", "`COLUMN` of the amount in the bank statement, if it has an unusual name")
	flags.StringVar(&b.columns.Credit, "bank-credit-column", "", "`COLUMN` of money that arrived, if the bank statement has two columns of amounts")
	flags.StringVar(&b.columns.Debit, "bank-debit-column", "", "`COLUMN` of money that left, if the bank statement has two columns of amounts")
	flags.StringVar(&b.columns.Side, "bank-side-column", "", "`COLUMN` that says whether a bank line is a debit or a credit, if amounts have no sign")
	flags.StringVar(&b.columns.Currency, "bank-currency-column", "", "`COLUMN` of the currency in the bank statement, if it has an unusual name")
	flags.StringVar(&b.columns.DefaultCurrency, "bank-currency", "", "currency `CODE` of bank lines that don't name theirs, such as EUR")
	flags.StringVar(&b.reading.dateLayout, "bank-date-layout", "", "date format of the bank statement, such as dd.mm.yyyy or mm/dd/yy (default: 2026-10-31 and other dates that can't be mistaken)")
	flags.StringVar(&b.reading.encoding, "bank-encoding", "", "encoding of the bank statement, if it isn't UTF-8")
	flags.BoolVar(&b.reading.decimalComma, "bank-decimal-comma", false, "read the amounts of the bank statement as 1.250,00")
	flags.IntVar(&b.matching.Days, "bank-days", 7, "money arrives at most this `NUMBER` of days after its disbursement")
	timeFlag(cmd, &b.since, "bank-since", "the bank statements have all lines since the day of `TIME` (default: the first line's, or what XML says)")
	timeFlag(cmd, &b.until, "bank-until", "the bank statements have all lines until the day of `TIME` (default: the last line's, or what XML says)")
	flags.StringArrayVar(&b.matching.Payer, "bank-payer", nil, "`TEXT` of bank lines that are pay-outs (default amazon, amzn and amz); more can follow")
}

// check refuses flags that no bank statement can be read with.
func (b *bankFlags) check(cmd *cobra.Command) error {
	if len(b.files) == 0 {
		if name := firstGiven(cmd, func(name string) bool { return strings.HasPrefix(name, "bank-") }); name != "" {
			return usageError{fmt.Errorf("--%s says how a bank statement is read, and there is none: give --bank FILE", name)}
		}
		return nil
	}
	if b.matching.Days < 1 || b.matching.Days > 60 {
		return usageError{fmt.Errorf("--bank-days is %d: it must be from 1 to 60", b.matching.Days)}
	}
	for _, payer := range b.matching.Payer {
		if payer == "" {
			return usageError{errors.New("--bank-payer is empty: every line would be a pay-out")}
		}
	}
	if err := b.checkDays(); err != nil {
		return err
	}
	if b.columns.Amount != "" && (b.columns.Credit != "" || b.columns.Debit != "") {
		return usageError{errors.New("--bank-amount-column is for amounts in one column: give it, or --bank-credit-column and --bank-debit-column")}
	}
	for i, path := range b.files {
		if slices.Contains(b.files[:i], path) {
			return usageError{fmt.Errorf("--bank %s is given twice", path)}
		}
	}
	if code := b.columns.DefaultCurrency; code != "" {
		if err := checkCurrency(code); err != nil {
			return usageError{fmt.Errorf("--bank-currency: %w", err)}
		}
	}
	return b.reading.check()
}

// checkDays reads the days that the statements are said to cover.
func (b *bankFlags) checkDays() (err error) {
	now := time.Now()
	if b.from, err = parseTime("bank-since", b.since, false, now); err != nil {
		return err
	}
	if b.to, err = parseTime("bank-until", b.until, true, now); err != nil {
		return err
	}
	switch {
	case !b.to.IsZero() && b.to.Before(b.from):
		return usageError{fmt.Errorf("--bank-until %s is before --bank-since %s", b.until, b.since)}
	case b.to.After(now.AddDate(0, 0, 1)): // a day may have begun elsewhere
		return usageError{fmt.Errorf("--bank-until %s is in the future: no statement has the lines of then", b.until)}
	}
	return nil
}

func checkCurrency(code string) error {
	if len(code) == 3 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z' && code[2] >= 'A' && code[2] <= 'Z' {
		return nil
	}
	return fmt.Errorf("%q is not a currency code such as EUR", code)
}

// readAll reads the bank statements. It is nil if there are none.
func (b *bankFlags) readAll(cmd *cobra.Command) (*reconcile.Bank, error) {
	if len(b.files) == 0 {
		return nil, nil
	}
	bank := reconcile.NewBank(b.matching)
	for _, path := range b.files {
		if err := b.readFile(cmd, bank, path); err != nil {
			return nil, err
		}
	}
	if n := bank.Repeated(); n > 0 {
		warnf(cmd, "bank lines that are in several files count once: %d", n)
	}
	if !b.from.IsZero() || !b.to.IsZero() {
		bank.Covers(reconcile.BankPeriod{From: b.from, To: b.to})
	}
	return bank, nil
}

// bankBeginning is how much of a bank statement is looked at to tell XML from CSV, also if it is compressed.
const bankBeginning = 4096

func (b *bankFlags) readFile(cmd *cobra.Command, bank *reconcile.Bank, path string) error {
	file, err := open(cmd.Context(), path)
	if err != nil {
		return err
	}
	defer file.close()
	content := bufio.NewReaderSize(file, bankBeginning)
	if beginning, _ := content.Peek(bankBeginning); reconcile.IsCamt053(beginning) {
		return b.readXML(cmd, bank, content, path)
	}
	lines, unbooked, err := bank.AddCSV(content, b.columns, b.reading.of(path))
	if err != nil {
		return b.inFlags(cmd.Context(), err)
	}
	if lines == 0 && (b.from.IsZero() || b.to.IsZero()) {
		return fmt.Errorf("%s: the bank statement has no lines: if there were none, say so with --bank-since and --bank-until", path)
	}
	warnUnbooked(cmd, path, unbooked)
	return nil
}

func warnUnbooked(cmd *cobra.Command, path string, n int) {
	if n > 0 {
		warnf(cmd, "%s: lines that the bank has not booked are left out: %d", path, n)
	}
}

func (b *bankFlags) readXML(cmd *cobra.Command, bank *reconcile.Bank, content *bufio.Reader, path string) error {
	statement, err := reconcile.ReadCamt053(content, path)
	if err != nil {
		return cmp.Or(context.Cause(cmd.Context()), err)
	}
	for _, period := range statement.Periods {
		bank.Covers(period)
	}
	for _, line := range statement.Lines {
		bank.AddLine(line)
	}
	if len(statement.Lines) == 0 && len(statement.Periods) == 0 && (b.from.IsZero() || b.to.IsZero()) {
		return fmt.Errorf("%s: the bank statement has no lines and doesn't say which days it covers", path)
	}
	warnUnbooked(cmd, path, statement.Unbooked)
	return nil
}

// inFlags names the flag that helps where a column isn't found.
func (b *bankFlags) inFlags(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var column *reconcile.ColumnError
	if errors.As(err, &column) && column.Columns == nil {
		return fmt.Errorf("%w: add one, such as Date,Amount,Currency,Text", err)
	}
	if column != nil {
		flag := "--bank-" + column.Value + "-column"
		switch column.Value {
		case "currency":
			flag += ", or --bank-currency for all lines"
		case "amount":
			flag += ", or --bank-credit-column and --bank-debit-column"
		}
		return fmt.Errorf("%w: name it with %s", err, flag)
	}
	if text := bankOptionNames.Replace(err.Error()); text != err.Error() {
		return &flagError{text, err}
	}
	return b.reading.inFlags(err)
}

var bankOptionNames = strings.NewReplacer(
	"the options Amount, or Credit and Debit", "--bank-amount-column, or --bank-credit-column and --bank-debit-column", "the option Side", "--bank-side-column",
	"the option DefaultCurrency", "--bank-currency",
)
