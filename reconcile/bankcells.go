package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// bankReader reads rows whose columns have been found.
type bankReader struct {
	BankColumns
	options     reportfile.Options
	header      []string
	givenLayout bool
	decoded     bool // whether the text was in another encoding than UTF-8
	debitSign   int  // of the debits so far, 0 for none
}

// isEmpty reports whether a row has neither a date nor an amount.
func (b *bankReader) isEmpty(row reportfile.Row) bool {
	return !slices.ContainsFunc(append(b.amounts(), b.Date), func(column string) bool { return cell(row, column) != "" })
}

func (b *bankReader) read(row reportfile.Row) (line BankLine, err error) {
	line.File, line.Line = row.File(), row.Line()
	for i, cell := range row.Cells() {
		if statusColumns.MatchString(normal(b.header[i])) && notBooked.MatchString(cell) {
			line.Unbooked = true // it may have no date yet
			return line, nil
		}
	}
	if line.Currency, err = b.currency(row); err != nil {
		return line, err
	}
	if line.Date, err = b.date(row); err != nil {
		return line, err
	}
	if line.Amount, err = b.amount(row, line.Currency); err != nil {
		return line, err
	}
	var text []string
	for i, cell := range row.Cells() {
		column := b.header[i]
		if b.decoded && strings.ContainsRune(cell, utf8.RuneError) {
			return line, problem(row, column, "the text is not in the encoding that it is read in: give the right one with the option Encoding, or the file is damaged")
		}
		if cell == "" || column == b.Date || column == b.Currency || column == b.Side || slices.Contains(b.amounts(), column) {
			continue
		}
		if isDebit, known := sideOf(cell); known && isDebit && utf8.RuneCountInString(strings.Trim(cell, " .")) > 1 && b.Side == "" && b.Debit == "" && line.Amount.IsPos() {
			return line, problem(row, column, "it says that money left the account, but the amount has no minus: if this column says which way the money went, name it with the option Side")
		}
		text = append(text, cell)
	}
	line.Text = strings.Join(text, " ")
	return line, nil
}

// notBooked are the words of banks for what is not booked yet, or never will be.
var notBooked = regexp.MustCompile(`(?i)^\s*(?:pending|authori[sz]ed|processing|in progress|(?:on )?hold|held|scheduled|planned|upcoming|(?:un|not )(?:booked|posted|cleared)|` +
	`(?:umsatz )?vorgemerkt|geplant|in bearbeitung|nicht gebucht|reverted|declined|denied|refused|failed|expired|cancell?ed|rejected|abgelehnt|storniert)\s*$`)

func (b *bankReader) currency(row reportfile.Row) (string, error) {
	written := ""
	if b.Currency != "" {
		written = cell(row, b.Currency)
	}
	if written == "" && b.DefaultCurrency == "" {
		return "", problem(row, b.Currency, "the line has no currency")
	}
	code, err := currencyOf(written, b.DefaultCurrency)
	if err != nil {
		return "", problem(row, b.Currency, strings.Replace(err.Error(), "the order", "the line", 1))
	}
	return code, nil
}

// bankDates are the layouts of dates that can't be mistaken. Those with a time are cut to the date, which is the bank's own.
var bankDates = []string{"2006-01-02", "2006/01/02", "20060102", "2 Jan 2006", "2-Jan-2006", "Jan 2, 2006", "2 January 2006", "January 2, 2006"}

var timeOfDay = regexp.MustCompile(`^(.*?\d)(?:T|[ ,]+)\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?$`)

func (b *bankReader) date(row reportfile.Row) (time.Time, error) {
	text := cell(row, b.Date)
	if text == "" {
		return time.Time{}, problem(row, b.Date, "the line has an amount and no date: if it is a total or a note, remove the line")
	}
	if !b.givenLayout {
		day := text
		if match := timeOfDay.FindStringSubmatch(text); match != nil {
			day = match[1]
		}
		for _, layout := range bankDates {
			if t, err := time.Parse(layout, day); err == nil {
				return t, nil
			}
		}
	}
	t, err := row.Time(b.Date)
	return t, dateError(err, b.givenLayout)
}

// dateError says which dates are read: a bank's aren't those of a report.
func dateError(err error, givenLayout bool) error {
	var of *reportfile.RowError
	if !errors.As(err, &of) {
		return err
	}
	what, _, found := strings.Cut(of.Problem, " is not a time ")
	if !found {
		return err
	}
	told := *of
	switch {
	case !strings.ContainsAny(what, "0123456789"):
		told.Problem = what + " is not a date such as 2026-10-31: if the line is a total or a note, remove it"
	case givenLayout:
		told.Problem = what + " is not a date in the layout of the option DateLayout"
	default:
		told.Problem = what + " is not a date such as 2026-10-31: the option DateLayout, such as dd.mm.yyyy, reads others"
	}
	return &told
}

// amount reads the amount, negative for money that left.
func (b *bankReader) amount(row reportfile.Row, currency string) (decimal.Decimal, error) {
	if b.Amount == "" {
		return b.creditOrDebit(row, currency)
	}
	amount, isCredit, err := b.parse(row, b.Amount, currency)
	if err != nil || b.Side == "" {
		return amount, err
	}
	side := cell(row, b.Side)
	isDebit, known := sideOf(side)
	switch {
	case !known && (side != "" || amount.IsPos()):
		return amount, problem(row, b.Side, "it doesn't say whether the line is a debit or a credit, such as D or C")
	case known && !isDebit && amount.IsNeg():
		return amount, problem(row, b.Side, "it says that the line is a credit, but its amount has a minus")
	case isDebit:
		return b.debit(row, b.Amount, amount, isCredit)
	default:
		return amount, nil
	}
}

// creditOrDebit reads two columns, one of which is empty, a dash or 0.
func (b *bankReader) creditOrDebit(row reportfile.Row, currency string) (decimal.Decimal, error) {
	var amounts [2]decimal.Decimal
	var isCredit [2]bool
	found := false
	for i, column := range []string{b.Credit, b.Debit} {
		if strings.Trim(cell(row, column), "-\u2013\u2014") == "" {
			continue
		}
		found = true
		var err error
		if amounts[i], isCredit[i], err = b.parse(row, column, currency); err != nil {
			return decimal.Decimal{}, err
		}
	}
	credit, debit := amounts[0], amounts[1]
	switch {
	case !found:
		return decimal.Decimal{}, problem(row, b.Credit, "the line has a date and no amount: if it is a total or a note, remove it")
	case !credit.IsZero() && !debit.IsZero():
		return decimal.Decimal{}, problem(row, b.Debit, "the line has both a credit and a debit")
	case credit.IsNeg():
		return decimal.Decimal{}, problem(row, b.Credit, "the credit has a minus")
	case !debit.IsZero():
		return b.debit(row, b.Debit, debit, isCredit[1])
	default:
		return credit, nil
	}
}

// debit makes the amount of a debit negative. Some banks write debits with a minus, others without. Where both are in one file, one of them
// may be money that came back.
func (b *bankReader) debit(row reportfile.Row, column string, amount decimal.Decimal, isCredit bool) (decimal.Decimal, error) {
	if isCredit {
		return amount, problem(row, column, "the debit says that it is a credit, such as with CR or a plus: if money came back, write it as a credit")
	}
	sign := amount.Sign()
	if sign*b.debitSign < 0 {
		return amount, problem(row, column, "some debits have a minus and others have none, so this one may be money that came back: if so, write it as a credit, or else like the others")
	}
	b.debitSign = cmp.Or(b.debitSign, sign)
	return amount.Abs().Neg(), nil
}

// parse reads an amount in the forms of banks: with a minus or DR after it, in parentheses, or with its currency. It reports whether the amount
// says that it is a credit.
func (b *bankReader) parse(row reportfile.Row, column, currency string) (amount decimal.Decimal, isCredit bool, err error) {
	text := cell(row, column)
	if text == "" {
		return amount, false, problem(row, column, "the line has a date and no amount: if it is a total or a note, remove it")
	}
	number, isCredit, err := plainAmount(text, currency)
	if err == nil {
		amount, err = b.options.ParseAmount(number, currency)
	}
	if err != nil {
		return amount, false, problem(row, column, err.Error())
	}
	return amount, isCredit, nil
}

// plainAmount takes from an amount what stands around its digits, and leaves a minus before them. What it doesn't know it leaves as it is.
func plainAmount(text, currency string) (number string, isCredit bool, err error) {
	first, last := strings.IndexFunc(text, isDigit), strings.LastIndexFunc(text, isDigit)
	if first < 0 {
		return text, false, nil
	}
	around := text[:first] + " " + text[last+1:]
	number = text[first : last+1]
	if groupedBySpaces.MatchString(number) {
		number = betweenGroups.ReplaceAllString(number, "")
	}
	minus := 0
	if before, after, found := strings.Cut(around, "("); found && strings.Contains(after, ")") {
		minus++
		around = before + strings.Replace(after, ")", " ", 1)
	}
	around = signsOfAmounts.ReplaceAllStringFunc(around, func(sign string) string {
		if sign == "+" {
			isCredit = true
		} else {
			minus++
		}
		return " "
	})
	for _, word := range strings.Fields(around) {
		if isDebit, known := sideOf(word); known {
			if isDebit {
				minus = max(minus, 1) // it says again what a minus says
			} else {
				isCredit = true
			}
			continue
		}
		code, err := currencyOf(word, currency)
		if err != nil {
			return text, false, nil //nolint:nilerr // parsing it says what is wrong
		}
		if code != currency {
			return "", false, fmt.Errorf("the amount is in %s, and the line in %s", code, currency)
		}
	}
	if minus > 1 || minus > 0 && isCredit {
		return text, false, nil
	}
	return strings.Repeat("-", minus) + number, isCredit, nil
}

var signsOfAmounts = regexp.MustCompile(`[-+\x{2212}\x{2013}]`)

// sideOf reports whether a word says that a line is a debit, and whether it says that or the opposite.
func sideOf(word string) (isDebit, known bool) {
	switch strings.ToUpper(strings.Trim(word, " .")) {
	case "D", "DR", "DB", "S", "DEBIT", "DEBET", "DBIT", "SOLL", "AF", "BELASTUNG", "OUT", "OUTGOING", "WITHDRAWAL", "-", "\u2212", "\u2013":
		return true, true
	case "C", "CR", "H", "CREDIT", "CRDT", "HABEN", "BIJ", "GUTSCHRIFT", "IN", "INCOMING", "DEPOSIT", "+":
		return false, true
	default:
		return false, false
	}
}
