package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Scope says which settlements there should be. A settlement belongs to the time at which its last row was posted.
type Scope struct {
	// Since and Until bound what is compared, both included. A zero Since is the earliest settlement of the files. A zero
	// Until leaves the end open.
	Since, Until time.Time
	// FilesOnly expects nothing before the first settlement of the files and after the last.
	FilesOnly bool
}

// Settlements compares settlements: with themselves, with the reports that the service lists, and with disbursements.
// It is not safe for concurrent use.
type Settlements struct {
	scope       Scope
	settlements map[key]*settlement
	disbursed   map[key]*disbursed
	files       map[string]*file
	reports     map[api.ReportID]api.Report
	listed      *period // of the disbursements; nil for all that are needed

	lastFile       *file
	lastSettlement *settlement
}

// settlement is what the rows of a settlement in one currency come to.
type settlement struct {
	key
	file   string
	others []string // other files that hold it
	net    decimal.Decimal
	end    time.Time // when the last row was posted

	transferred                 decimal.Decimal
	firstTransfer, lastTransfer time.Time

	inconsistent      int // rows
	firstInconsistent error
}

// period is a part of time, both ends included. The zero one has nothing in it.
type period struct{ since, until time.Time }

// disbursed is what the disbursements of a settlement in one currency come to.
type disbursed struct {
	amount decimal.Decimal
	last   time.Time
}

// NewSettlements returns a Settlements that has seen nothing yet.
func NewSettlements(scope Scope) *Settlements {
	return &Settlements{
		scope: scope, settlements: make(map[key]*settlement), disbursed: make(map[key]*disbursed),
		files: make(map[string]*file), reports: make(map[api.ReportID]api.Report),
	}
}

// Add adds a row of the file that row.File names, and doesn't keep it. All rows of a file come together, and then
// [Settlements.AddFile] says how the file ended. The error is that a sum has more than 19 digits: the file is then to
// be added with it as its Err.
func (s *Settlements) Add(row *reportfile.SettlementRow) error {
	if s.lastFile == nil || s.lastFile.Name != row.File {
		s.lastFile = s.file(row.File)
	}
	s.lastFile.rows++
	if row.Posted.After(s.lastFile.lastRow) {
		s.lastFile.lastRow = row.Posted
	}
	t := s.settlementOf(row)
	if t.file != row.File {
		if !slices.Contains(t.others, row.File) {
			t.others = append(t.others, row.File)
		}
		return nil
	}
	if err := row.Check(); err != nil {
		if t.inconsistent == 0 {
			t.firstInconsistent = err
		}
		t.inconsistent++
	}
	if row.Posted.After(t.end) {
		t.end = row.Posted
	}
	net, err := reportfile.AddExact(t.net, row.Net)
	if err != nil {
		return tooManyDigits(row)
	}
	t.net = net
	if row.Type != reportfile.TransactionTransfer || row.Net.IsZero() {
		return nil
	}
	transferred, err := reportfile.AddExact(t.transferred, row.Net.Neg())
	if err != nil {
		return tooManyDigits(row)
	}
	t.transferred = transferred
	if t.firstTransfer.IsZero() || row.Posted.Before(t.firstTransfer) {
		t.firstTransfer = row.Posted
	}
	if row.Posted.After(t.lastTransfer) {
		t.lastTransfer = row.Posted
	}
	return nil
}

func tooManyDigits(row *reportfile.SettlementRow) error {
	return &reportfile.RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("the sums of settlement %s have more than 19 digits", row.SettlementID)}
}

// settlementOf finds the settlement of a row. What a file held that could not be read to its end is forgotten if
// another file has it.
func (s *Settlements) settlementOf(row *reportfile.SettlementRow) *settlement {
	k := key{row.SettlementID, row.Currency}
	if s.lastSettlement != nil && s.lastSettlement.key == k && s.lastSettlement.file == row.File {
		return s.lastSettlement
	}
	t := s.settlements[k]
	if t == nil || t.file != row.File && s.files[t.file].Err != nil {
		t = &settlement{key: k, file: row.File}
		s.settlements[k] = t
	}
	s.lastSettlement = t
	return t
}

// AddDisbursement adds what the API says was paid out. [Settlements.DisbursementDates] says which ones are needed.
func (s *Settlements) AddDisbursement(d api.Disbursement) error {
	k := key{d.SettlementID, d.CurrencyCode}
	of := s.disbursed[k]
	if of == nil {
		of = new(disbursed)
		s.disbursed[k] = of
	}
	amount, err := reportfile.AddExact(of.amount, d.Amount)
	if err != nil {
		return fmt.Errorf("reconcile: the disbursements of settlement %s: %w", k.id, err)
	}
	of.amount = amount
	if t := d.TransactionTime.Time(); t.After(of.last) {
		of.last = t
	}
	return nil
}

// DisbursementsBetween says that the disbursements that were added are those from since to until, both included, and not all
// that are needed. What lies outside is [NotCovered]. Two zero times say that there are none at all.
func (s *Settlements) DisbursementsBetween(since, until time.Time) { s.listed = &period{since, until} }

// DisbursementDates returns the settlement dates, as getDisbursements takes them, of the disbursements that are to be
// added. Call it when all files and reports have been added; asOf is now. Both times are zero if none are needed.
func (s *Settlements) DisbursementDates(asOf time.Time) (start, end time.Time) {
	start = s.Since()
	since := start
	for _, t := range s.settlements {
		if t.firstTransfer.IsZero() || !s.compared(t, since, asOf) {
			continue
		}
		if t.firstTransfer.Before(start) {
			start = t.firstTransfer
		}
		// A transfer is posted when its settlement ends, and the API may date the settlement a little later. Half a day
		// more finds the last one, and not one that comes after.
		end = latest(end, t.lastTransfer.Add(12*time.Hour))
	}
	switch {
	case s.scope.FilesOnly:
	case s.scope.Until.IsZero():
		end = latest(end, asOf)
	default:
		end = latest(end, s.scope.Until)
	}
	if start.IsZero() || end.Before(start) {
		return time.Time{}, time.Time{}
	}
	return start, end
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Since returns the beginning of what is compared: that of the scope, else the earliest end of a settlement in the files.
// It is zero if nothing says it.
func (s *Settlements) Since() time.Time {
	since := s.scope.Since
	if !since.IsZero() {
		return since
	}
	earlier := func(t time.Time) {
		if !t.IsZero() && (since.IsZero() || t.Before(since)) {
			since = t
		}
	}
	for _, t := range s.settlements {
		if s.files[t.file].Err == nil {
			earlier(t.end)
		}
	}
	for id := range s.match() {
		earlier(endOf(s.reports[id]))
	}
	return since
}

func (s *Settlements) within(since, t time.Time) bool {
	return !t.Before(since) && (s.scope.Until.IsZero() || !t.After(s.scope.Until))
}

// compared reports whether a settlement is to be compared: it was read, and it is in the scope. One that is dated in the
// future is in no scope, and must not go unseen for that.
func (s *Settlements) compared(t *settlement, since, asOf time.Time) bool {
	return s.files[t.file].Err == nil && (s.within(since, t.end) || t.end.After(asOf))
}
