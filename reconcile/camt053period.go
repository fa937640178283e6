package reconcile

import (
	"fmt"
	"strings"
	"time"
)

func (b *camtBalance) isOpening() bool {
	code := strings.TrimSpace(b.Code)
	return code == "OPBD" || code == "PRCD"
}

func (b *camtBalance) isClosing() bool { return strings.TrimSpace(b.Code) == "CLBD" }

// addPeriod adds the days that a statement says it covers.
func (s *BankStatement) addPeriod(statement *camtStatement) error {
	from, to, err := statement.period()
	if err != nil {
		return err
	}
	if !from.IsZero() && (s.From.IsZero() || from.Before(s.From)) {
		s.From = from
	}
	s.To = latest(s.To, to)
	return nil
}

// period is what a statement covers: its period, which many banks leave out, or else the time between its balances.
func (s *camtStatement) period() (from, to time.Time, err error) {
	if from, err = optionalDate(camtDate{DateTime: s.Period.From}); err != nil {
		return from, to, fmt.Errorf("its period: %w", err)
	}
	if to, err = optionalDate(camtDate{DateTime: s.Period.To}); err != nil {
		return from, to, fmt.Errorf("its period: %w", err)
	}
	if !from.IsZero() || !to.IsZero() {
		return from, to, nil
	}
	for i := range s.Balance {
		switch balance := &s.Balance[i]; {
		case balance.isOpening():
			if from, err = optionalDate(balance.Date); err != nil {
				return from, to, fmt.Errorf("the day of its opening balance: %w", err)
			}
			if !from.IsZero() {
				from = from.AddDate(0, 0, 1) // some banks give the first day, and others the day before
			}
		case balance.isClosing():
			if to, err = optionalDate(balance.Date); err != nil {
				return from, to, fmt.Errorf("the day of its closing balance: %w", err)
			}
		}
	}
	return from, to, nil
}

// optionalDate is zero if there is none.
func optionalDate(d camtDate) (time.Time, error) {
	if d == (camtDate{}) {
		return time.Time{}, nil
	}
	return d.time()
}
