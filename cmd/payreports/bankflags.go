package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/reconcile"
)

// bankFlags are the flags that say which bank statements there are, and how they are read.
type bankFlags struct {
	files    []string
	columns  reconcile.BankColumns
	matching reconcile.BankOptions
	reading  readOptions
}

func (b *bankFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	b.reading.prefix = "--bank-"
	flags.StringArrayVar(&b.files, "bank", nil, "bank statement `FILE`, as CSV or in XML (ISO 20022 camt.053); more can follow")
	flags.StringVar(&b.columns.Date, "bank-date-column", "", "`COLUMN` of the booking date in the bank statement, if it has an unusual name")
	flags.StringVar(&b.columns.Amount, "bank-amount-column", "", "`COLUMN` of the amount in the bank statement, if it has an unusual name")
	flags.StringVar(&b.columns.Currency, "bank-currency-column", "", "`COLUMN` of the currency in the bank statement, if it has an unusual name")
	flags.StringVar(&b.columns.DefaultCurrency, "bank-currency", "", "currency `CODE` of bank lines that don't name theirs, such as EUR")
	flags.StringVar(&b.reading.dateLayout, "bank-date-layout", "", "date format of the bank statement, such as dd.mm.yyyy (default yyyy-mm-dd)")
	flags.StringVar(&b.reading.encoding, "bank-encoding", "", "encoding of the bank statement, if it isn't UTF-8")
	flags.BoolVar(&b.reading.decimalComma, "bank-decimal-comma", false, "read the amounts of the bank statement as 1.250,00")
	flags.IntVar(&b.matching.Days, "bank-days", 7, "money arrives at most this `NUMBER` of days after its disbursement")
	flags.StringArrayVar(&b.matching.Payer, "bank-payer", nil, "`TEXT` of bank lines that are pay-outs (default amazon, amzn and amz); more can follow")
}

// check refuses flags that no bank statement can be read with.
func (b *bankFlags) check(cmd *cobra.Command) error {
	if len(b.files) == 0 {
		for _, name := range []string{"date-column", "amount-column", "currency-column", "currency", "date-layout", "encoding", "decimal-comma", "days", "payer"} {
			if cmd.Flags().Changed("bank-" + name) {
				return usageError{fmt.Errorf("--bank-%s says how a bank statement is read, and there is none: give --bank FILE", name)}
			}
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
	if code := b.columns.DefaultCurrency; code != "" {
		if err := checkCurrency(code); err != nil {
			return usageError{fmt.Errorf("--bank-currency: %w", err)}
		}
	}
	return b.reading.check()
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
	lines := 0
	for line, err := range reconcile.ReadBankCSV(content, b.columns, b.reading.of(path)) {
		if err != nil {
			return b.inFlags(cmd.Context(), err)
		}
		bank.AddLine(line)
		lines++
	}
	if lines == 0 {
		return fmt.Errorf("%s: the bank statement has no lines", path)
	}
	return nil
}

func (b *bankFlags) readXML(cmd *cobra.Command, bank *reconcile.Bank, content *bufio.Reader, path string) error {
	statement, err := reconcile.ReadCamt053(content, path)
	if err != nil {
		return cmp.Or(context.Cause(cmd.Context()), err)
	}
	bank.Covers(statement.From, statement.To)
	for _, line := range statement.Lines {
		bank.AddLine(line)
	}
	if len(statement.Lines) == 0 && statement.From.Equal(time.Time{}) {
		return fmt.Errorf("%s: the bank statement has no lines and doesn't say which days it covers", path)
	}
	if statement.Unbooked > 0 {
		warnf(cmd, "%s: entries that the bank has not booked yet are left out: %d", path, statement.Unbooked)
	}
	return nil
}

// inFlags names the flag that helps where a column isn't found.
func (b *bankFlags) inFlags(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var column *reconcile.ColumnError
	if errors.As(err, &column) && column.Columns == nil {
		return fmt.Errorf("%w: if the header comes later, remove the lines before it", err)
	}
	if column != nil {
		flag := "--bank-" + column.Value + "-column"
		if column.Value == "currency" {
			flag += ", or --bank-currency for all lines"
		}
		return fmt.Errorf("%w: name it with %s", err, flag)
	}
	return b.reading.inFlags(err)
}
