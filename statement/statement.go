package statement

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/amazonpay-go/payreports/reportfile"
)

// Options say what is on the page. The zero Options put all settlements on it.
type Options struct {
	// Title is the heading. "" means "Amazon Pay statement".
	Title string
	// Since and Until bound the settlements by the time of their last row, both included. Zero means no bound.
	Since, Until time.Time
}

// Statement sums up settlements for a page. It keeps an entry for each settlement and month in it. It is not safe for concurrent use.
type Statement struct {
	options     Options
	settlements map[settlementKey]*settlement
	current     *settlement // that of the last row
}

type settlementKey struct{ id, currency string }

// settlement is what the rows of a settlement in one currency come to.
type settlement struct {
	settlementKey
	file        string
	others      []string // other files that hold it
	rows        int
	first, last time.Time // posted

	months map[month]*reportfile.Summary
	month  month // of current
	latest *reportfile.Summary
	err    error // after which its sums are good for nothing
}

// month counts months from the year 0.
type month int

func monthOf(t time.Time) month {
	year, m, _ := t.Date()
	return month(year*12 + int(m) - 1)
}

func (m month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

// New returns a Statement that has seen nothing yet. It is an error if Until is before Since.
func New(options Options) (*Statement, error) {
	if !options.Until.IsZero() && options.Until.Before(options.Since) {
		return nil, errors.New("statement: Until is before Since")
	}
	return &Statement{options: options, settlements: make(map[settlementKey]*settlement)}, nil
}

// Add adds a row, and doesn't keep it. All rows of a file come together. A settlement counts in the file in which it comes first only, and the
// page names the others. It is an error if a sum has more than 19 digits, after which [Statement.Write] fails unless [Statement.Drop] leaves
// out the row's file.
func (s *Statement) Add(row *reportfile.SettlementRow) error {
	of := s.of(settlementKey{row.SettlementID, row.Currency})
	if of.rows == 0 {
		of.file, of.first, of.last = row.File, row.Posted, row.Posted
	}
	if of.file != row.File {
		if !slices.Contains(of.others, row.File) {
			of.others = append(of.others, row.File)
		}
		return nil
	}
	if of.err == nil {
		of.err = of.in(monthOf(row.Posted)).Add(row)
	}
	if of.err != nil {
		return of.err
	}
	of.rows++
	if row.Posted.Before(of.first) {
		of.first = row.Posted
	}
	if row.Posted.After(of.last) {
		of.last = row.Posted
	}
	return nil
}

// Drop leaves out all settlements of a file, by the name that its rows have: it could not be read to its end. Another file may have them.
func (s *Statement) Drop(file string) {
	for key, of := range s.settlements {
		if of.file == file {
			delete(s.settlements, key)
		}
		of.others = slices.DeleteFunc(of.others, func(other string) bool { return other == file })
	}
	s.current = nil
}

// of finds a settlement. Most rows are of the same one as the row before.
func (s *Statement) of(key settlementKey) *settlement {
	if s.current != nil && s.current.settlementKey == key {
		return s.current
	}
	of := s.settlements[key]
	if of == nil {
		of = &settlement{settlementKey: key, months: make(map[month]*reportfile.Summary, 1)}
		s.settlements[key] = of
	}
	s.current = of
	return of
}

func (s *settlement) in(m month) *reportfile.Summary {
	if s.latest == nil || s.month != m {
		summary := s.months[m]
		if summary == nil {
			summary = new(reportfile.Summary)
			s.months[m] = summary
		}
		s.month, s.latest = m, summary
	}
	return s.latest
}

// covered are the settlements that belong on the page, by the time of their last row.
func (s *Statement) covered() []*settlement {
	var list []*settlement
	for _, of := range s.settlements {
		if of.rows > 0 && !of.last.Before(s.options.Since) && (s.options.Until.IsZero() || !of.last.After(s.options.Until)) {
			list = append(list, of)
		}
	}
	slices.SortFunc(list, func(a, b *settlement) int {
		return cmp.Or(a.last.Compare(b.last), cmp.Compare(a.id, b.id), cmp.Compare(a.currency, b.currency))
	})
	return list
}

// inconsistent is what is wrong with the first row that doesn't add up.
func (s *settlement) inconsistent() error {
	for _, m := range slices.Sorted(maps.Keys(s.months)) {
		for _, summary := range s.months[m].Settlements() {
			if len(summary.Inconsistent) > 0 {
				return summary.Inconsistent[0]
			}
		}
	}
	return nil
}
