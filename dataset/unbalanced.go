package dataset

import (
	"fmt"
	"strings"

	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/reportfile"
)

// UnbalancedError is a settlement that doesn't add up. Its rows are part of the data set all the same. It comes in a [*mirror.FileError],
// which names the report.
type UnbalancedError struct {
	// SettlementID and Currency say which settlement.
	SettlementID, Currency string
	// Difference is the net of all rows, the transfer included. It is 0, such as 0.00, if only rows by themselves don't add up.
	Difference string
	// Rows is how many rows don't add up by themselves: see [reportfile.SettlementRow.Check].
	Rows int
	// Line is the line of the first of them.
	Line int
}

// Error says what doesn't add up.
func (e *UnbalancedError) Error() string {
	var problems []string
	if strings.Trim(e.Difference, "0.") != "" {
		problems = append(problems, fmt.Sprintf("its rows sum to %s, not to 0", e.Difference))
	}
	if e.Rows > 0 {
		problems = append(problems, fmt.Sprintf("rows that don't add up by themselves: %d, the first in line %d", e.Rows, e.Line))
	}
	return fmt.Sprintf("settlement %.40q in %s doesn't add up, and is in the data set all the same: %s", e.SettlementID, e.Currency, strings.Join(problems, "; "))
}

// settlementSum is what is known of a settlement of a report.
type settlementSum struct {
	name string // id and currency
	net  units
	rows int // that don't add up by themselves
	line int // of the first of them
}

// unbalancedRecord is a settlement that doesn't add up, in a partition's record.
type unbalancedRecord struct {
	Settlement string `json:"settlement"` // id and currency
	Difference string `json:"difference"`
	Rows       int    `json:"rows,omitempty"`
	Line       int    `json:"line,omitempty"`
}

// sum finds the settlement of a row.
func (in *input) sum(row *reportfile.SettlementRow) *settlementSum {
	if n := len(in.sums); n > 0 && in.sums[n-1].is(row) { // most rows have the settlement of the row before
		return &in.sums[n-1]
	}
	for i := range in.sums {
		if in.sums[i].is(row) {
			return &in.sums[i]
		}
	}
	in.sums = append(in.sums, settlementSum{name: row.SettlementID + " " + row.Currency})
	return &in.sums[len(in.sums)-1]
}

// is compares without making a string for each row.
func (s *settlementSum) is(row *reportfile.SettlementRow) bool {
	n := len(row.SettlementID)
	return len(s.name) == n+1+len(row.Currency) && s.name[:n] == row.SettlementID && s.name[n+1:] == row.Currency
}

func (s *settlementSum) add(row *reportfile.SettlementRow) error {
	net, err := amountOf(row.Net, row.File, row.Line, "NetTransactionAmount")
	if err != nil {
		return err
	}
	s.net = s.net.plus(net)
	if row.Check() != nil {
		if s.rows++; s.rows == 1 {
			s.line = row.Line
		}
	}
	return nil
}

// sumUp is called when all rows of a report have been read.
func (in *input) sumUp() {
	in.settlements, in.unbalanced = nil, nil
	for _, s := range in.sums {
		in.settlements = append(in.settlements, s.name)
		if s.net != (units{}) || s.rows > 0 {
			in.unbalanced = append(in.unbalanced, unbalancedRecord{s.name, s.net.text(currencyOf(s.name)), s.rows, s.line})
		}
	}
	in.sums = nil
}

func currencyOf(settlement string) string {
	return settlement[strings.LastIndexByte(settlement, ' ')+1:]
}

// tellUnbalanced records the settlements that don't add up.
func (g *group) tellUnbalanced() {
	for _, in := range g.inputs {
		if in.err != nil {
			continue
		}
		for _, u := range in.unbalanced {
			currency := currencyOf(u.Settlement)
			g.run.problem(&mirror.FileError{Path: in.entry.Path, Err: &UnbalancedError{
				strings.TrimSuffix(u.Settlement, " "+currency), currency, u.Difference, u.Rows, u.Line,
			}})
		}
	}
}
