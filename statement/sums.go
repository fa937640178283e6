package statement

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// column is a sum on the page.
type column struct {
	kind kind
	// transactionType is that of the rows of an other column, which has no name of its own. It is "" for all others.
	transactionType reportfile.TransactionType
}

// kind orders the columns.
type kind int

const (
	sold kind = iota
	refunded
	percentageFees
	fixedFees
	claims
	adjustments
	reserves
	other
	leftOver // of rows that don't add up
	paidOut
	difference
)

var kindOf = map[reportfile.Category]kind{
	reportfile.CategorySales: sold, reportfile.CategoryRefunds: refunded, reportfile.CategoryClaims: claims, reportfile.CategoryAdjustments: adjustments,
	reportfile.CategoryReserves: reserves, reportfile.CategoryPayouts: paidOut,
}

var kindNames = map[kind]string{
	sold: "Sold", refunded: "Refunded", percentageFees: "Percentage fees", fixedFees: "Fixed fees", claims: "Claims", adjustments: "Adjustments",
	reserves: "Reserves", leftOver: "Rows that do not add up", paidOut: "Paid out", difference: "Difference",
}

// columnOf is where the amounts of a transaction type are.
func columnOf(t reportfile.TransactionType) column {
	if k, named := kindOf[t.Category()]; named {
		return column{kind: k}
	}
	return column{other, t}
}

func (c column) String() string {
	if c.kind == other {
		return typeName(c.transactionType)
	}
	return kindNames[c.kind]
}

func typeName(t reportfile.TransactionType) string { return cmp.Or(string(t), "(no transaction type)") }

func compareColumns(a, b column) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.transactionType, b.transactionType))
}

// line has the sums of a settlement, of a month or of all, in one currency. What is paid out is positive here and negative in the
// reports; all else has the reports' sign. So all columns before paidOut make paidOut plus difference.
type line struct {
	currency     string
	amounts      map[column]decimal.Decimal
	types        map[reportfile.TransactionType]*typeSum
	inconsistent int // rows that don't add up
}

// typeSum is what the rows of a transaction type come to, without fees.
type typeSum struct {
	rows   int
	amount decimal.Decimal
}

func newLine(currency string) *line {
	return &line{currency: currency, amounts: make(map[column]decimal.Decimal), types: make(map[reportfile.TransactionType]*typeSum)}
}

func (l *line) amount(c column) decimal.Decimal { return l.plain(l.amounts[c]) }

// plain gives an amount the minor digits of the currency.
func (l *line) plain(amount decimal.Decimal) decimal.Decimal {
	return reportfile.WithMinorDigits(amount, l.currency)
}

// addSettlement adds the sums of a settlement, or of a part of it.
func (l *line) addSettlement(s *reportfile.SettlementSummary) error {
	l.inconsistent += s.InconsistentRows
	if err := l.add(column{kind: difference}, s.Difference); err != nil {
		return err
	}
	for _, t := range s.Types {
		if err := l.addType(t.Type, &t.Sums); err != nil {
			return err
		}
	}
	if s.Transfer.Count == 0 {
		return nil
	}
	return l.addType(reportfile.TransactionTransfer, &s.Transfer)
}

func (l *line) addType(t reportfile.TransactionType, sums *reportfile.Sums) error {
	c, amount := columnOf(t), sums.Amount
	if c.kind == paidOut {
		amount = amount.Neg()
	}
	of := l.types[t]
	if of == nil {
		of = new(typeSum)
		l.types[t] = of
	}
	of.rows += sums.Count
	var err error
	if of.amount, err = reportfile.AddExact(of.amount, amount); err != nil {
		return fmt.Errorf("statement: %s: %w", t, err)
	}
	rest, err := sums.LeftOver()
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	for of, amount := range map[column]decimal.Decimal{
		c: amount, {kind: percentageFees}: sums.PercentageFee, {kind: fixedFees}: sums.FixedFee, {kind: leftOver}: rest,
	} {
		if err := l.add(of, amount); err != nil {
			return err
		}
	}
	return nil
}

func (l *line) add(c column, amount decimal.Decimal) error {
	sum, err := reportfile.AddExact(l.amounts[c], amount)
	if err != nil {
		return fmt.Errorf("statement: %s, %s: %w", l.currency, c, err)
	}
	l.amounts[c] = sum
	return nil
}

// typesOf are the transaction types of a column that have rows, by name.
func (l *line) typesOf(c column) []reportfile.TransactionType {
	var types []reportfile.TransactionType
	for _, t := range slices.Sorted(maps.Keys(l.types)) {
		if columnOf(t) == c {
			types = append(types, t)
		}
	}
	return types
}

// columnsOf are the columns that these lines need: those that each page has, and those in which an amount isn't 0.
func columnsOf(lines []*line) []column {
	needed := make(map[column]bool)
	for _, k := range []kind{sold, refunded, percentageFees, fixedFees, reserves, paidOut, difference} {
		needed[column{kind: k}] = true
	}
	for _, l := range lines {
		for c, amount := range l.amounts {
			if !amount.IsZero() {
				needed[c] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(needed), compareColumns)
}
