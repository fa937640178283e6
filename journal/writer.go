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
	accounts    accounts
	unknown     map[reportfile.TransactionType]int
	booking     booking // the last one
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

// bufferSize is that of a file's reader: more doesn't make it faster.
const bufferSize = 64 << 10

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
	out := bufio.NewWriterSize(w, bufferSize)
	format, err := newFormatter(options.Format, out)
	if err != nil {
		return nil, err
	}
	if err := options.Chart.check(options.Format); err != nil {
		return nil, err
	}
	return &Writer{
		out: out, options: options, format: format,
		settlements: make(map[settlementKey]*settlement), accounts: newAccounts(options.Chart, format), unknown: make(map[reportfile.TransactionType]int),
	}, nil
}

func (c *Chart) isZero() bool {
	return c.Clearing == "" && c.Bank == "" && c.PercentageFee == "" && c.FixedFee == "" && c.Suspense == "" && c.Types == nil
}

// Add adds a row. It is an error if the row's settlement was in another file already, because it would count twice: the row is then
// left out. It is also an error if a sum has more than 19 digits, or if writing fails, after which the Writer must not be used.
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
	b := w.begin(row.Posted, row.SettlementID, row.Currency, cmp.Or(row.SellerOrderID, row.SellerReferenceID, row.TransactionID))
	b.id = strconv.AppendInt(append(b.id, '-'), int64(s.rows), 10)
	b.text = append(b.text, row.Type...)
	if row.TransactionID != "" {
		b.text = append(append(b.text, ' '), row.TransactionID...)
	}
	b.text = append(append(b.text, ", settlement "...), row.SettlementID...)
	sums := reportfile.Sums{Count: 1, Amount: row.Amount, PercentageFee: row.PercentageFee, FixedFee: row.FixedFee, TotalFee: row.TotalFee, Net: row.Net}
	if err := w.post(row.Type, &sums); err != nil {
		return err
	}
	return w.write()
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
	if err := w.format.end(w.accounts.used(), w.options.WithoutAccounts); err != nil {
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
	b := w.begin(own.last, s.SettlementID, s.Currency, s.SettlementID)
	b.text = append(append(b.text, "Amazon Pay settlement "...), s.SettlementID...)
	for i := range s.Types {
		if err := w.post(s.Types[i].Type, &s.Types[i].Sums); err != nil {
			return err
		}
	}
	if err := w.write(); err != nil || s.Transfer.Count == 0 {
		return err
	}
	b = w.begin(own.payout, s.SettlementID, s.Currency, s.SettlementID)
	b.id = append(b.id, "-payout"...)
	b.text = append(append(b.text, "Amazon Pay pay-out of settlement "...), s.SettlementID...)
	if err := w.post(reportfile.TransactionTransfer, &s.Transfer); err != nil {
		return err
	}
	return w.write()
}

// post adds the postings of one type to the booking: its net to the clearing account, against its amount and fees.
func (w *Writer) post(transactionType reportfile.TransactionType, sums *reportfile.Sums) error {
	b := &w.booking
	to := w.accounts.of(transactionType, b.currency)
	if !to.known && (!sums.Amount.IsZero() || transactionType != reportfile.TransactionAuthorization) {
		w.unknown[transactionType] += sums.Count
	}
	rest, err := sums.LeftOver()
	if err != nil {
		return fmt.Errorf("journal: settlement %q: %w", b.settlement, err)
	}
	text := to.text
	if sums.Count > 1 {
		text += ", " + strconv.Itoa(sums.Count) + " rows"
	}
	b.post(to.clearing, sums.Net, text)
	b.post(to.own, sums.Amount.Neg(), text)
	b.post(to.percentageFee, sums.PercentageFee.Neg(), text)
	b.post(to.fixedFee, sums.FixedFee.Neg(), text)
	if !rest.IsZero() {
		b.post(to.suspense, rest.Neg(), text+", left over")
	}
	return nil
}

// write writes the booking if it moves money.
func (w *Writer) write() error {
	if len(w.booking.postings) == 0 {
		return nil
	}
	w.bookings++
	return w.format.booking(&w.booking)
}

// Bookings returns how many bookings have been written. After [Writer.Close] these are all.
func (w *Writer) Bookings() int { return w.bookings }
