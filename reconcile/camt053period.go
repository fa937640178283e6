package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// opening is the balance that the entries begin with, nil if there is none or several. Banks give OPBD, the balance at the beginning of the
// statement, or PRCD, the closing balance of the day before, or both.
func (s *camtStatement) opening() *camtBalance {
	if opening := s.only("OPBD"); opening != nil {
		return opening
	}
	return s.only("PRCD")
}

// only is the balance of a type, nil if there is none or several.
func (s *camtStatement) only(code string) (only *camtBalance) {
	for i := range s.balances {
		if strings.TrimSpace(s.balances[i].Code) != code {
			continue
		}
		if only != nil {
			return nil
		}
		only = &s.balances[i]
	}
	return only
}

// addPeriod adds the days that a statement says it covers.
func (s *camtReader) addPeriod(statement *camtStatement) error {
	from, to, err := statement.days()
	if err != nil {
		return err
	}
	if from.IsZero() && to.IsZero() {
		return nil
	}
	currency := statement.currency
	for i := range statement.balances {
		currency = cmp.Or(strings.TrimSpace(currency), statement.balances[i].Amount.Currency)
	}
	s.Periods = append(s.Periods, BankPeriod{Currency: strings.ToUpper(strings.TrimSpace(currency)), From: from, To: to})
	return nil
}

// days is what a statement covers: its period, which many banks leave out, or else the time between its balances.
func (s *camtStatement) days() (from, to time.Time, err error) {
	if from, err = optionalDate(camtDate{DateTime: s.period.From}); err != nil {
		return from, to, fmt.Errorf("its period: %w", err)
	}
	if to, err = optionalDate(camtDate{DateTime: s.period.To}); err != nil {
		return from, to, fmt.Errorf("its period: %w", err)
	}
	if !from.IsZero() || !to.IsZero() {
		if !from.IsZero() && !to.IsZero() && to.Before(from) {
			return from, to, errors.New("its period ends before it begins")
		}
		return firstDay(from), to, nil
	}
	if closing := s.only("CLBD"); closing != nil {
		if to, err = optionalDate(closing.Date); err != nil {
			return from, to, fmt.Errorf("the day of its closing balance: %w", err)
		}
	}
	if opening := s.opening(); opening != nil {
		if from, err = optionalDate(opening.Date); err != nil {
			return from, to, fmt.Errorf("the day of its opening balance: %w", err)
		}
		from = firstDay(from)
		// Nobody closes a day after the last one of the statement.
		if strings.TrimSpace(opening.Code) == "PRCD" && opening.Date.Date != "" && (to.IsZero() || dayOf(from) < dayOf(to)) {
			from = from.AddDate(0, 0, 1)
		}
	}
	return from, to, nil
}

const noon = 12

// firstDay is the first day that begins at a time or soon after it. A time such as 23:59:59, or that of midnight in UTC, is of the day before.
func firstDay(t time.Time) time.Time {
	if t.Hour() >= noon {
		return t.AddDate(0, 0, 1)
	}
	return t
}

// optionalDate is zero if there is none.
func optionalDate(d camtDate) (time.Time, error) {
	if d == (camtDate{}) {
		return time.Time{}, nil
	}
	return d.time()
}
