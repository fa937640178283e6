package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/reportfile"
)

// BankLine is a booked entry of the merchant's bank statement.
type BankLine struct {
	// File and Line say where it is. In XML, Line is the number of the entry.
	File string
	Line int
	// Account is the number of the account, such as an IBAN, "" if the statement doesn't say it in a place of its own.
	Account string
	// Date is when the bank booked it. Its time of day is ignored.
	Date time.Time
	// Amount is positive for money that arrived.
	Amount decimal.Decimal
	// Currency is the ISO 4217 code.
	Currency string
	// Text is all that the statement says about it: who paid, what for, references.
	Text string
	// Unbooked says that the bank has not booked it yet, or never will. Then nothing else of it is known but where it is.
	Unbooked bool
}

// BankOptions say how bank lines are matched. The zero value waits seven days and takes lines that name Amazon for pay-outs.
type BankOptions struct {
	// Days is how many days after a disbursement its money may be booked. 0 means 7.
	Days int
	// Payer are texts, one of which a pay-out's line has, without regard to case. None means "amazon", "amzn" and "amz". A line
	// with none of them can match a single disbursement by its amount, and is no difference if it doesn't. A line without any
	// text counts as a pay-out's.
	Payer []string
}

// BankResult compares disbursements with a line of the bank statement. There is one for each line that matches, with one to four
// disbursements, one for each disbursement without a line, and one for each line that should have a disbursement.
type BankResult struct {
	// Status is how they compare: Matched, Pending, NotCovered, or one of the differences NoBankLine, NoDisbursement,
	// AmountDiffers, DateDiffers and Ambiguous.
	Status Status
	// Detail says more.
	Detail string
	// SettlementIDs are the settlements whose disbursements these are, none for a line without one.
	SettlementIDs []string
	// Currency is the ISO 4217 code.
	Currency string
	// Disbursed is the sum of the disbursements, Booked what the bank booked. The side that is missing is 0.
	Disbursed, Booked decimal.Decimal
	// DisbursementTime is that of the last disbursement, BookedOn the bank's date. The side that is missing is zero.
	DisbursementTime, BookedOn time.Time
	// File and Line say where the bank line is, the first one if the money came in several.
	File string
	Line int
	// AmountOnly says that the bank line names neither the disbursement nor a payer, so that only its amount and its date speak for it.
	AmountOnly bool
}

// Bank compares disbursements with the lines of the merchant's bank statements. It is not safe for concurrent use.
//
// A line that names the settlement or the reference of disbursements belongs to these. Else a line belongs to the disbursement of
// the same amount and currency that came at most [BankOptions].Days before it, or to the only two to four disbursements whose sum
// it is. Where more than one fits, nothing is guessed: the status is [Ambiguous]. A line that takes money back is [NoDisbursement]: one
// that names a disbursement, or that names Amazon and has a disbursement's amount.
type Bank struct {
	options       BankOptions
	disbursements []*payout
	lines         []*bankLine
	periods       []*BankPeriod
	linePeriods   map[key]*BankPeriod // by file and currency
	since, until  time.Time           // what the disbursements cover
	repeats       repeats
}

// payout is a disbursement.
type payout struct {
	key
	reference string
	amount    decimal.Decimal
	at        time.Time
	day       int
	done      bool
}

type bankLine struct {
	BankLine
	day   int
	payer bool // whether it names Amazon
	done  bool
	// named are the disbursements that it names, and only those of them whose names no other has.
	named, only []*payout
}

// NewBank returns a Bank that has seen nothing yet.
func NewBank(options BankOptions) *Bank {
	options.Days = cmp.Or(options.Days, 7)
	if len(options.Payer) == 0 {
		options.Payer = []string{"amazon", "amzn", "amz"}
	}
	return &Bank{options: options, linePeriods: make(map[key]*BankPeriod)}
}

// dayOf counts the days of the calendar.
func dayOf(t time.Time) int {
	year, month, day := t.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// AddDisbursement adds what the API says was paid out. It is an error if it has no time.
func (b *Bank) AddDisbursement(d api.Disbursement) error {
	at := d.TransactionTime.Time()
	if at.IsZero() {
		return fmt.Errorf("reconcile: the disbursement of settlement %s has no time, so no bank line can be found for it", d.SettlementID)
	}
	b.disbursements = append(b.disbursements, &payout{
		key: key{d.SettlementID, d.CurrencyCode}, reference: d.AmazonDisbursementReferenceID, amount: d.Amount, at: at, day: dayOf(at.UTC()),
	})
	return nil
}

// AddLine adds a line of a bank statement, unless the bank has not booked it, or an earlier file has it as well: statements may overlap. The
// lines of a file come together.
func (b *Bank) AddLine(line BankLine) {
	if line.Unbooked {
		return
	}
	text := strings.ToLower(line.Text)
	added := &bankLine{
		BankLine: line, day: dayOf(line.Date),
		payer: text == "" || slices.ContainsFunc(b.options.Payer, func(payer string) bool { return strings.Contains(text, strings.ToLower(payer)) }),
	}
	b.coversLine(&line)
	if !b.repeats.has(added) {
		b.lines = append(b.lines, added)
	}
}

// Listed says that all disbursements from since to until, both included, were added. A zero until leaves the end open. Without it, lines
// before the first disbursement are not covered. To judge the lines of a day, disbursements from [BankOptions].Days before it are needed.
func (b *Bank) Listed(since, until time.Time) { b.since, b.until = since, until }

// Results compares what was added, by the time of the disbursement or the bank's date.
func (b *Bank) Results() []BankResult {
	m := matching{days: b.options.Days, payouts: slices.Clone(b.disbursements), lines: slices.Clone(b.lines)}
	slices.SortStableFunc(m.payouts, func(a, b *payout) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	slices.SortStableFunc(m.lines, func(a, b *bankLine) int { return a.Date.Compare(b.Date) })
	for _, p := range m.payouts {
		p.done = false
	}
	for _, l := range m.lines {
		l.done = false
	}
	m.byReference()
	m.byAmount()
	m.bySum()
	results := m.results
	for _, p := range m.payouts {
		if !p.done {
			results = append(results, b.unbooked(p))
		}
	}
	for _, l := range m.lines {
		switch {
		case l.done:
		case l.Amount.IsPos() && (l.payer || len(l.named) > 0):
			results = append(results, b.undisbursed(l, m.payouts))
		case l.Amount.IsNeg():
			if of := m.returned(l); len(of) > 0 {
				r := newBankResult(nil, l)
				r.Status, r.Detail = NoDisbursement, "money left the account that may have been paid out for settlement "+settlementsOf(of)
				results = append(results, r)
			}
		}
	}
	when := func(r BankResult) time.Time {
		if r.DisbursementTime.IsZero() {
			return r.BookedOn
		}
		return r.DisbursementTime
	}
	slices.SortStableFunc(results, func(a, b BankResult) int { return when(a).Compare(when(b)) })
	return results
}

// unbooked is a disbursement that no line has.
func (b *Bank) unbooked(p *payout) BankResult {
	r := newBankResult([]*payout{p}, nil)
	due := days{p.day, p.day + b.options.Days}
	switch covered := b.coveredIn(p.currency); {
	case !covered.hasLast || due.last > covered.last:
		r.Status, r.Detail = Pending, "the statement ends before its money must have arrived"
	case covered.hasFirst && due.first < covered.first:
		r.Status, r.Detail = NotCovered, "the statement begins after it was paid out"
	default:
		r.Status = NoBankLine
		gap, found := covered.gap(due)
		switch {
		case !slices.ContainsFunc(b.lines, func(l *bankLine) bool { return l.Currency == p.currency }):
			r.Detail = "the bank statements have no lines in " + p.currency
		case found && gap.first == gap.last:
			r.Detail = "no statement covers " + dateOf(gap.first)
		case found:
			r.Detail = "no statement covers " + dateOf(gap.first) + " to " + dateOf(gap.last)
		}
	}
	return r
}

// undisbursed is a line that names Amazon and that no disbursement fits.
func (b *Bank) undisbursed(l *bankLine, payouts []*payout) BankResult {
	r := newBankResult(nil, l)
	r.Status = NoDisbursement
	if len(l.only) > 0 {
		r.Detail = "it names settlement " + settlementsOf(l.only) + ", whose money is in another bank line"
		return r
	}
	tooEarly := len(payouts) == 0 || l.day < payouts[0].day
	if !b.since.IsZero() {
		tooEarly = l.day-b.options.Days < dayOf(b.since.UTC())
	}
	switch {
	case tooEarly:
		r.Status, r.Detail = NotCovered, "it may be of a disbursement that is too early to have been listed"
	case !b.until.IsZero() && l.day > dayOf(b.until.UTC()):
		r.Status, r.Detail = NotCovered, "it may be of a disbursement that is too late to have been listed"
	}
	return r
}

func newBankResult(payouts []*payout, l *bankLine) BankResult {
	var r BankResult
	for _, p := range payouts {
		r.SettlementIDs, r.Currency = append(r.SettlementIDs, p.id), p.currency
		r.DisbursementTime = latest(r.DisbursementTime, p.at)
	}
	if l != nil {
		r.Booked, r.BookedOn, r.Currency, r.File, r.Line = l.Amount, l.Date, l.Currency, l.File, l.Line
	}
	sum, _ := sumOf(payouts) // what has too many digits isn't matched, and is told apart by its settlements
	r.Disbursed = reportfile.WithMinorDigits(sum, r.Currency)
	r.Booked = reportfile.WithMinorDigits(r.Booked, r.Currency)
	return r
}

func sumOf(payouts []*payout) (sum decimal.Decimal, ok bool) {
	for _, p := range payouts {
		var err error
		if sum, err = reportfile.AddExact(sum, p.amount); err != nil {
			return decimal.Decimal{}, false
		}
	}
	return sum, true
}
