package journal

import (
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// booking is a transaction of the journal.
type booking struct {
	date                 time.Time
	settlement, currency string
	reference            string
	id, text             []byte
	postings             []posting
}

type posting struct {
	account *account
	amount  decimal.Decimal
	text    string
}

// begin begins a booking in the memory of the one before.
func (w *Writer) begin(date time.Time, settlement, currency, reference string) *booking {
	b := &w.booking
	b.date, b.settlement, b.currency, b.reference = date, settlement, currency, reference
	b.id = append(append(append(b.id[:0], settlement...), '-'), currency...)
	b.text, b.postings = b.text[:0], b.postings[:0]
	return b
}

func (b *booking) hasReference() bool { return b.reference != "" && b.reference != b.settlement }

// post adds a posting that moves money.
func (b *booking) post(to *account, amount decimal.Decimal, text string) {
	if amount.IsZero() {
		return
	}
	to.isUsed = true
	b.postings = append(b.postings, posting{to, reportfile.WithMinorDigits(amount, b.currency), text})
}

// account is an account of the journal.
type account struct {
	name   string
	start  string // of a line in the journal
	isUsed bool
}

// accounts are those of a chart.
type accounts struct {
	chart  Chart
	format formatter
	byName map[string]*account
	sides  map[side]*sides
	side   side // of last
	last   *sides
}

// side is what decides which accounts a row goes to.
type side struct {
	transactionType reportfile.TransactionType
	currency        string
}

// sides are the accounts of the sides that a booking can have.
type sides struct {
	clearing, own, percentageFee, fixedFee, suspense *account
	// known says that the chart has the transaction type.
	known bool
	// text is the transaction type.
	text string
}

func newAccounts(chart Chart, format formatter) accounts {
	return accounts{chart: chart, format: format, byName: make(map[string]*account), sides: make(map[side]*sides)}
}

// of finds the accounts of a transaction type. Most rows have the type and the currency of the row before.
func (a *accounts) of(transactionType reportfile.TransactionType, currency string) *sides {
	key := side{transactionType, currency}
	if a.last != nil && a.side == key {
		return a.last
	}
	found := a.sides[key]
	if found == nil {
		own, known := a.chart.Bank, true
		if transactionType.Category() != reportfile.CategoryPayouts {
			own, known = a.chart.of(transactionType)
		}
		key = side{reportfile.TransactionType(strings.Clone(string(transactionType))), strings.Clone(currency)} // without the memory of the row
		found = &sides{
			a.named(a.chart.Clearing, currency), a.named(own, currency), a.named(a.chart.PercentageFee, currency), a.named(a.chart.FixedFee, currency),
			a.named(a.chart.Suspense, currency), known, string(key.transactionType),
		}
		a.sides[key] = found
	}
	a.side, a.last = key, found
	return found
}

func (a *accounts) named(name, currency string) *account {
	name = inCurrency(name, currency)
	found := a.byName[name]
	if found == nil {
		found = &account{name: name, start: a.format.start(name)}
		a.byName[name] = found
	}
	return found
}

// used returns the names of the accounts that bookings have used, sorted.
func (a *accounts) used() []string {
	var names []string
	for name, account := range a.byName {
		if account.isUsed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
