package journal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Problem is something that a person should look at before the bookings are used. All of it is booked all the same.
type Problem struct {
	// SettlementID and Currency say which settlement it is about. Both are "" for a transaction type.
	SettlementID, Currency string
	// Detail says what is wrong.
	Detail string
	// Differs is true if money is missing or too much: the settlement isn't balanced, or rows don't add up. It is false for
	// transaction types that the chart doesn't have.
	Differs bool
}

// String returns what is wrong, and where.
func (p Problem) String() string {
	if p.SettlementID == "" {
		return p.Detail
	}
	return fmt.Sprintf("settlement %s (%s): %s", p.SettlementID, p.Currency, p.Detail)
}

// Problems returns what a person should look at, after [Writer.Close]: settlements that are not balanced, whose difference stays on
// the clearing account; rows that don't add up, whose rest is on the suspense account; and transaction types that the chart
// doesn't have, which are on the suspense account.
func (w *Writer) Problems() []Problem {
	var problems []Problem
	for _, s := range w.covered() {
		if !s.Difference.IsZero() {
			problems = append(problems, Problem{
				s.SettlementID, s.Currency,
				fmt.Sprintf("its rows do not balance: the difference of %s %s stays on the account %s", s.Difference, s.Currency, inCurrency(w.options.Chart.Clearing, s.Currency)), true,
			})
		}
		if s.InconsistentRows > 0 {
			problems = append(problems, Problem{
				s.SettlementID, s.Currency,
				fmt.Sprintf("rows do not add up (%d), and the rest is on the account %s; the first one: %v", s.InconsistentRows, inCurrency(w.options.Chart.Suspense, s.Currency), s.Inconsistent[0]), true,
			})
		}
	}
	for _, transactionType := range slices.Sorted(maps.Keys(w.unknown)) {
		problems = append(problems, Problem{Detail: fmt.Sprintf("the chart has no account for the transaction type %q: its rows (%d) are on the account %s; add the type to [types] of a chart",
			transactionType, w.unknown[transactionType], w.options.Chart.Suspense)})
	}
	return problems
}

func inCurrency(account, currency string) string {
	return strings.ReplaceAll(account, "{currency}", currency)
}
