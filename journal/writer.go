package journal

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// Granularity says how many bookings a settlement becomes.
type Granularity string

// The granularities.
const (
	// PerSettlement makes a booking of what a settlement earned, and one of its pay-out.
	PerSettlement Granularity = "settlement"
	// PerTransaction makes a booking of each row.
	PerTransaction Granularity = "transaction"
)

// Options say how bookings are written. The zero Options write hledger's format, per settlement, with the default chart.
type Options struct {
	// Format is the language of the journal. "" means [FormatHledger].
	Format Format
	// Chart has the names of the accounts. The zero Chart means [DefaultChart].
	Chart Chart
	// Per says how many bookings a settlement becomes. "" means [PerSettlement].
	Per Granularity
	// Since and Until bound the time of a booking, both included. Zero means no bound. Problems of settlements outside are not
	// reported; with [PerTransaction] a settlement may be cut in two.
	Since, Until time.Time
	// WithoutAccounts leaves out Beancount's open directives, for journals that are included next to others.
	WithoutAccounts bool
}

// Writer writes the bookings of settlements. It is not safe for concurrent use.
type Writer struct {
	out     *bufio.Writer
	options Options
	format  formatter

	summary     reportfile.Summary
	settlements map[settlementKey]*settlement
	key         settlementKey // of current
	current     *settlement
	accounts    map[string]bool // that bookings have used
	unknown     map[reportfile.TransactionType]int
	bookings    int
	err         error
}

type settlementKey struct{ id, currency string }

// settlement is what a Writer remembers of a settlement besides its sums.
type settlement struct {
	file   string
	rows   int
	last   time.Time
	payout time.Time

	dropped bool
}

// NewWriter returns a Writer to w. It is an error if an option can't be, or if the format can't write an account's name.
func NewWriter(w io.Writer, options Options) (*Writer, error) {
	options.Format = cmp.Or(options.Format, FormatHledger)
	options.Per = cmp.Or(options.Per, PerSettlement)
	if options.Per != PerSettlement && options.Per != PerTransaction {
		return nil, fmt.Errorf("journal: bookings can't be made per %q: only per %s or per %s", options.Per, PerSettlement, PerTransaction)
	}
	if !options.Until.IsZero() && options.Until.Before(options.Since) {
		return nil, errors.New("journal: Until is before Since")
	}
	if options.Chart.isZero() {
		options.Chart = DefaultChart()
	}
	out := bufio.NewWriter(w)
	format, err := newFormatter(options.Format, out)
	if err != nil {
		return nil, err
	}
	if err := options.Chart.check(options.Format); err != nil {
		return nil, err
	}
	return &Writer{
		out: out, options: options, format: format,
		settlements: make(map[settlementKey]*settlement), accounts: make(map[string]bool), unknown: make(map[reportfile.TransactionType]int),
	}, nil
}

func (c *Chart) isZero() bool {
	return c.Clearing == "" && c.Bank == "" && c.PercentageFee == "" && c.FixedFee == "" && c.Suspense == "" && c.Types == nil
}

// Add adds a row. It is an error if the row's settlement was in another file already, because it would count twice: the row is then
// left out. It is also an error if a sum has more than 19 digits, or if writing fails, after which the Writer is good for nothing.
func (w *Writer) Add(row *reportfile.SettlementRow) error {
	if w.err != nil {
		return w.err
	}
	s := w.of(settlementKey{row.SettlementID, row.Currency})
	if s.rows > 0 && s.file != row.File {
		return &reportfile.RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("settlement %.40q is in %s as well and would count twice", row.SettlementID, s.file)}
	}
	w.err = w.add(s, row)
	return w.err
}

// Drop leaves out all settlements of a file, by the name that its rows have: it could not be read to its end. With [PerTransaction] it
// is an error if rows of the file were added, because they have been written.
func (w *Writer) Drop(file string) error {
	for _, s := range w.settlements {
		if s.rows > 0 && s.file == file {
			if w.options.Per == PerTransaction {
				return fmt.Errorf("journal: the first rows of %s have been booked already", file)
			}
			s.dropped = true
		}
	}
	return nil
}

func (w *Writer) add(s *settlement, row *reportfile.SettlementRow) error {
	if err := w.summary.Add(row); err != nil {
		return err
	}
	s.file = row.File
	s.rows++
	if row.Posted.After(s.last) {
		s.last = row.Posted
	}
	if row.Type.Category() == reportfile.CategoryPayouts && row.Posted.After(s.payout) {
		s.payout = row.Posted
	}
	if w.options.Per != PerTransaction || !w.covers(row.Posted) {
		return nil
	}
	return w.book(booking{
		date: row.Posted, id: row.SettlementID + "-" + row.Currency + "-" + strconv.Itoa(s.rows), settlement: row.SettlementID, currency: row.Currency,
		text: rowText(row), reference: cmp.Or(row.SellerOrderID, row.SellerReferenceID, row.TransactionID),
	}, row.Type, reportfile.Sums{Count: 1, Amount: row.Amount, PercentageFee: row.PercentageFee, FixedFee: row.FixedFee, TotalFee: row.TotalFee, Net: row.Net})
}

// of finds a settlement. Most rows are of the same one as the row before.
func (w *Writer) of(key settlementKey) *settlement {
	if w.current != nil && w.key == key {
		return w.current
	}
	s := w.settlements[key]
	if s == nil {
		s = new(settlement)
		w.settlements[key] = s
	}
	w.key, w.current = key, s
	return s
}

func rowText(row *reportfile.SettlementRow) string {
	text := string(row.Type)
	if row.TransactionID != "" {
		text += " " + row.TransactionID
	}
	return text + ", settlement " + row.SettlementID
}

func (w *Writer) covers(t time.Time) bool {
	return !t.Before(w.options.Since) && (w.options.Until.IsZero() || !t.After(w.options.Until))
}

// Close writes what is left: with [PerSettlement] all bookings, by date. It doesn't close the underlying writer.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.err = w.close()
	if w.err == nil {
		w.err = errors.New("journal: the Writer is closed")
		return nil
	}
	return w.err
}

func (w *Writer) close() error {
	if w.options.Per == PerSettlement {
		for _, s := range w.covered() {
			if err := w.bookSettlement(s); err != nil {
				return err
			}
		}
	}
	if err := w.format.end(w.accounts, w.options.WithoutAccounts); err != nil {
		return err
	}
	return w.out.Flush()
}

// covered are the settlements that have to be booked, by the time of their last row.
func (w *Writer) covered() []reportfile.SettlementSummary {
	list := slices.DeleteFunc(w.summary.Settlements(), func(s reportfile.SettlementSummary) bool {
		own := w.ofSummary(s)
		return own.dropped || !w.covers(own.last)
	})
	slices.SortStableFunc(list, func(a, b reportfile.SettlementSummary) int { return w.ofSummary(a).last.Compare(w.ofSummary(b).last) })
	return list
}

func (w *Writer) ofSummary(s reportfile.SettlementSummary) *settlement {
	return w.settlements[settlementKey{s.SettlementID, s.Currency}]
}

func (w *Writer) bookSettlement(s reportfile.SettlementSummary) error {
	own := w.ofSummary(s)
	b := booking{
		date: own.last, id: s.SettlementID + "-" + s.Currency, settlement: s.SettlementID, currency: s.Currency,
		text: "Amazon Pay settlement " + s.SettlementID, reference: s.SettlementID,
	}
	for _, sums := range s.Types {
		if err := w.post(&b, sums.Type, sums.Sums); err != nil {
			return err
		}
	}
	if err := w.write(b); err != nil || s.Transfer.Count == 0 {
		return err
	}
	b.date, b.id, b.text, b.postings = own.payout, b.id+"-payout", "Amazon Pay pay-out of settlement "+s.SettlementID, nil
	if err := w.post(&b, reportfile.TransactionTransfer, s.Transfer); err != nil {
		return err
	}
	return w.write(b)
}

// booking is a transaction of the journal.
type booking struct {
	date                 time.Time
	id                   string
	settlement, currency string
	text, reference      string
	postings             []posting
}

type posting struct {
	account string
	amount  decimal.Decimal
	text    string
}

func (w *Writer) book(b booking, transactionType reportfile.TransactionType, sums reportfile.Sums) error {
	if err := w.post(&b, transactionType, sums); err != nil {
		return err
	}
	return w.write(b)
}

// post adds the postings of one type to a booking: its net to the clearing account, against its amount and fees.
func (w *Writer) post(b *booking, transactionType reportfile.TransactionType, sums reportfile.Sums) error {
	chart := &w.options.Chart
	account, known := chart.Bank, true
	if transactionType.Category() != reportfile.CategoryPayouts {
		account, known = chart.of(transactionType)
	}
	if !known && (!sums.Amount.IsZero() || transactionType != reportfile.TransactionAuthorization) {
		w.unknown[transactionType] += sums.Count
	}
	rest, err := sums.LeftOver()
	if err != nil {
		return fmt.Errorf("journal: settlement %q: %w", b.settlement, err)
	}
	text := string(transactionType)
	if sums.Count > 1 {
		text += ", " + strconv.Itoa(sums.Count) + " rows"
	}
	for _, side := range []posting{
		{chart.Clearing, sums.Net, text},
		{account, sums.Amount.Neg(), text},
		{chart.PercentageFee, sums.PercentageFee.Neg(), text},
		{chart.FixedFee, sums.FixedFee.Neg(), text},
		{chart.Suspense, rest.Neg(), text + ", left over"},
	} {
		if side.amount.IsZero() {
			continue
		}
		side.account = inCurrency(side.account, b.currency)
		side.amount = reportfile.WithMinorDigits(side.amount, b.currency)
		b.postings = append(b.postings, side)
	}
	return nil
}

// write writes a booking that moves money.
func (w *Writer) write(b booking) error {
	if len(b.postings) == 0 {
		return nil
	}
	for _, p := range b.postings {
		w.accounts[p.account] = true
	}
	w.bookings++
	return w.format.booking(&b)
}

// Bookings returns how many bookings have been written. After [Writer.Close] these are all.
func (w *Writer) Bookings() int { return w.bookings }
