package reconcile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// BankColumns say which columns of a bank statement in CSV hold what. The zero value finds them by usual names.
type BankColumns struct {
	// Date, Amount and Currency are columns. "" finds columns that are named, without regard to case, spaces and punctuation, such as
	// Booking date, Amount and Currency, or in German Buchungstag, Betrag and Währung.
	Date, Amount, Currency string
	// Credit and Debit are columns for the amounts of money that arrived and that left, in place of Amount. "" finds columns that are named
	// such as Credit and Debit or Paid in and Paid out, if there is no Amount.
	Credit, Debit string
	// Side is a column that says whether a line is a debit or a credit, where amounts have no sign: D or C, Debit or Credit, S or H, Af or
	// Bij, Out or In, - or +. "" finds columns that are named such as Debit/Credit, Soll/Haben, Direction or +/-.
	Side string
	// DefaultCurrency is the currency of lines that don't say theirs. "" means that they must.
	DefaultCurrency string
}

var bankColumnNames = map[string][]string{
	"date":     {"bookingdate", "dateofbooking", "postingdate", "posteddate", "transactiondate", "date", "buchungstag", "buchungsdatum", "completeddate", "valuedate", "valuta"},
	"amount":   {"amount", "transactionamount", "betrag", "umsatz", "amountmoney"},
	"currency": {"currency", "currencycode", "transactioncurrency", "währung", "waehrung"},
	"credit":   {"credit", "creditamount", "credits", "paidin", "moneyin", "deposit", "deposits", "haben", "gutschrift", "crédit", "accrediti"},
	"debit":    {"debit", "debitamount", "debits", "paidout", "moneyout", "withdrawal", "withdrawals", "soll", "lastschrift", "débit", "addebiti"},
}

// sideColumns are columns that say whether a line is a debit or a credit.
var sideColumns = regexp.MustCompile(`^(?:debitcredit|creditdebit|debetcredit|drcr|crdr|cdtdbt|afbij|sollhaben|sh|sign|vorzeichen|direction)(?:ind|indicator|kennzeichen|type|code)?$|^(?:dc|sh)(?:indicator|kennzeichen)$`)

// statusColumns are columns that may say that a line isn't booked yet.
var statusColumns = regexp.MustCompile(`^(?:status|state|bookingstatus|transactionstatus|buchungsstatus|info)$`)

// find sets the columns that aren't named by what the header has. Columns that the file doesn't need are "".
func (c *BankColumns) find(header []string) error {
	if err := c.findLines(header); err != nil {
		return err
	}
	if err := c.findOne(header, "currency", &c.Currency, c.DefaultCurrency != ""); err != nil {
		return err
	}
	if c.Side != "" {
		return c.findOne(header, "side", &c.Side, false)
	}
	for _, column := range header {
		isSigns := strings.Trim(column, " /") != "" && strings.Trim(column, "+-/ ") == ""
		if c.Side == "" && column != c.Amount && (isSigns || sideColumns.MatchString(normal(column))) {
			c.Side = column
		}
	}
	return nil
}

// findLines finds what a line is known by: a date and an amount.
func (c *BankColumns) findLines(header []string) error {
	if err := c.findOne(header, "date", &c.Date, false); err != nil {
		return err
	}
	return c.findAmounts(header)
}

// findAmounts finds the column of amounts, or else those of credits and debits.
func (c *BankColumns) findAmounts(header []string) error {
	if c.Credit == "" && c.Debit == "" {
		asked, both := c.Amount, *c
		hasBoth := both.findOne(header, "credit", &both.Credit, false) == nil && both.findOne(header, "debit", &both.Debit, false) == nil
		err := c.findOne(header, "amount", &c.Amount, false)
		switch {
		case asked != "" || !hasBoth:
			return err
		case err == nil:
			return fmt.Errorf("there is a column for amounts, %.40q, and there are two for credits and debits, %.40q and %.40q: say which with the options Amount, or Credit and Debit", c.Amount, both.Credit, both.Debit)
		default:
			*c = both
			return nil
		}
	}
	if c.Amount != "" {
		return errors.New("amounts are in one column, or those of credits and debits in two: give either Amount, or Credit and Debit")
	}
	for _, wanted := range []struct {
		value  string
		column *string
	}{{"credit", &c.Credit}, {"debit", &c.Debit}} {
		if err := c.findOne(header, wanted.value, wanted.column, false); err != nil {
			return err
		}
	}
	return nil
}

// findOne sets a column to the header's spelling.
func (c *BankColumns) findOne(header []string, value string, column *string, optional bool) error {
	asked, usual := *column, bankColumnNames[value]
	name, found := lookUpColumn(header, asked, usual)
	if found > 1 || found == 0 && (asked != "" || !optional) {
		return newColumnError(header, value, asked, usual, found)
	}
	*column = name
	return nil
}

// amounts are the columns with amounts.
func (c *BankColumns) amounts() []string {
	return slices.DeleteFunc([]string{c.Amount, c.Credit, c.Debit}, func(column string) bool { return column == "" })
}
