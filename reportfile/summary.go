package reportfile

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Sums adds up rows of one kind.
type Sums struct {
	// Count is how many rows there are.
	Count int
	// Amount, PercentageFee, FixedFee, TotalFee and Net are the sums of the rows' columns, with at least the currency's minor digits.
	Amount, PercentageFee, FixedFee, TotalFee, Net decimal.Decimal
}

// LeftOver returns what Net has besides Amount, PercentageFee and FixedFee. It is 0 if all rows add up, or if what is wrong with them cancels
// out. It is an error if it has more than 19 digits.
func (s *Sums) LeftOver() (decimal.Decimal, error) {
	rest := s.Net
	for _, part := range [...]decimal.Decimal{s.Amount, s.PercentageFee, s.FixedFee} {
		var err error
		if rest, err = AddExact(rest, part.Neg()); err != nil {
			return rest, err
		}
	}
	return rest, nil
}

// TypeSums are the sums of a transaction type.
type TypeSums struct {
	// Type is the transaction type.
	Type TransactionType
	Sums
}

// SettlementSummary sums up a settlement in one currency.
type SettlementSummary struct {
	// SettlementID and Currency identify it.
	SettlementID, Currency string
	// Types are the sums of each transaction type but Transfer, by name.
	Types []TypeSums
	// Transfer is what was paid out, a negative amount as in the file. Its Count is 0 if the file has no such row.
	Transfer Sums
	// Difference is the net of all rows, the transfer included. It is 0 if the settlement adds up.
	Difference decimal.Decimal
	// InconsistentRows counts the rows that don't add up by themselves: see [SettlementRow.Check].
	InconsistentRows int
	// Inconsistent says what is wrong with the first of these rows, at most 10.
	Inconsistent []*RowError
}

// maxInconsistent is how many rows a summary names.
const maxInconsistent = 10

// Balanced reports whether the settlement keeps the rules of settlement reports: the net of all rows, the transfer
// included, is 0, and each row adds up.
func (s SettlementSummary) Balanced() bool { return s.Difference.IsZero() && s.InconsistentRows == 0 }

// Summary sums up settlement reports, one or several. Its zero value is empty. It is not safe for concurrent use.
type Summary struct {
	settlements map[settlementKey]*settlementSums
	key         settlementKey // of last
	last        *settlementSums
}

type settlementKey struct{ id, currency string }

type settlementSums struct {
	source           *header // that of the file that it is from
	types            map[TransactionType]*Sums
	all              decimal.Decimal // the net of all rows
	inconsistentRows int
	inconsistent     []*RowError

	lastType TransactionType
	last     *Sums // of lastType; most rows have the type of the row before
}

// of finds the sums of a transaction type.
func (s *settlementSums) of(transactionType TransactionType) *Sums {
	if s.last != nil && s.lastType == transactionType {
		return s.last
	}
	sums := s.types[transactionType]
	if sums == nil {
		sums = new(Sums)
		transactionType = TransactionType(strings.Clone(string(transactionType))) // without the memory of the row
		s.types[transactionType] = sums
	}
	s.lastType, s.last = transactionType, sums
	return sums
}

// Summarize sums up the rows of one settlement report. The first error of the rows ends it.
func Summarize(rows iter.Seq2[SettlementRow, error]) (*Summary, error) {
	s := new(Summary)
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if err := s.Add(&row); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Add adds a row. It is an error if the row's settlement was in another file already, because it would count twice, and
// if a sum has more than 19 digits. After an error, don't use the Summary. A row that doesn't add up is added,
// and the summary of its settlement says so.
func (s *Summary) Add(row *SettlementRow) error {
	settlement, err := s.of(row)
	if err != nil {
		return err
	}
	if !row.addsUp() {
		settlement.inconsistentRows++
		if len(settlement.inconsistent) < maxInconsistent {
			settlement.inconsistent = append(settlement.inconsistent, row.check())
		}
	}
	all, err := AddExact(settlement.all, row.Net)
	if err == nil {
		err = settlement.of(row.Type).addRow(row)
	}
	if err != nil {
		return &RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("the sums of settlement %q have more than 19 digits", clip(row.SettlementID))}
	}
	settlement.all = all
	return nil
}

// addRow adds a row. After an error some of the sums have it and some don't.
func (s *Sums) addRow(row *SettlementRow) (err error) {
	s.Count++
	if s.Amount, err = AddExact(s.Amount, row.Amount); err != nil {
		return err
	}
	if s.PercentageFee, err = AddExact(s.PercentageFee, row.PercentageFee); err != nil {
		return err
	}
	if s.FixedFee, err = AddExact(s.FixedFee, row.FixedFee); err != nil {
		return err
	}
	if s.TotalFee, err = AddExact(s.TotalFee, row.TotalFee); err != nil {
		return err
	}
	s.Net, err = AddExact(s.Net, row.Net)
	return err
}

// add adds others. After an error some of the sums have them and some don't.
func (s *Sums) add(other *Sums) error {
	count := s.Count + other.Count
	err := s.addRow(&SettlementRow{Amount: other.Amount, PercentageFee: other.PercentageFee, FixedFee: other.FixedFee, TotalFee: other.TotalFee, Net: other.Net})
	s.Count = count
	return err
}

// of finds the settlement of a row.
func (s *Summary) of(row *SettlementRow) (*settlementSums, error) {
	key := settlementKey{row.SettlementID, row.Currency}
	if s.last == nil || s.key != key {
		settlement := s.settlements[key]
		if settlement == nil {
			settlement = &settlementSums{source: row.header, types: make(map[TransactionType]*Sums)}
			if s.settlements == nil {
				s.settlements = make(map[settlementKey]*settlementSums)
			}
			s.settlements[key] = settlement
		}
		s.key, s.last = key, settlement
	}
	if s.last.source != row.header {
		return nil, &RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("settlement %q was in another file already and would count twice: give each report once", clip(row.SettlementID))}
	}
	return s.last, nil
}

// AddExact returns the exact sum of two amounts. It is an error if the sum has more than 19 digits: decimal.Decimal alone would round it.
func AddExact(a, b decimal.Decimal) (decimal.Decimal, error) {
	const small = 1 << 62 // two of them fit an int64

	// Nearly all amounts are one of these; the sum of any two takes twice as long.
	switch {
	case a.Scale() == b.Scale() && a.Coef() < small && b.Coef() < small:
		return decimal.New(signed(a)+signed(b), a.Scale())
	case a.Scale() > b.Scale() && b.IsZero():
		return a, nil
	}
	scale := max(a.Scale(), b.Scale())
	sum, err := a.AddExact(b, scale)
	if err != nil || sum.Scale() < scale {
		return decimal.Decimal{}, fmt.Errorf("reportfile: the sum of %s and %s has more than 19 digits", a, b)
	}
	return sum, nil
}

func signed(d decimal.Decimal) int64 {
	if d.IsNeg() {
		return -int64(d.Coef())
	}
	return int64(d.Coef())
}

// Settlements returns the settlements by id and currency.
func (s *Summary) Settlements() []SettlementSummary {
	list := make([]SettlementSummary, 0, len(s.settlements))
	for key, settlement := range s.settlements {
		summary := SettlementSummary{
			SettlementID: key.id, Currency: key.currency, Transfer: new(Sums).plain(key.currency), Difference: WithMinorDigits(settlement.all, key.currency),
			InconsistentRows: settlement.inconsistentRows, Inconsistent: slices.Clone(settlement.inconsistent),
		}
		for transactionType, sums := range settlement.types {
			if transactionType.Category() == CategoryPayouts {
				summary.Transfer = sums.plain(key.currency)
				continue
			}
			summary.Types = append(summary.Types, TypeSums{transactionType, sums.plain(key.currency)})
		}
		slices.SortFunc(summary.Types, func(a, b TypeSums) int { return cmp.Compare(a.Type, b.Type) })
		list = append(list, summary)
	}
	slices.SortFunc(list, func(a, b SettlementSummary) int {
		return cmp.Or(cmp.Compare(a.SettlementID, b.SettlementID), cmp.Compare(a.Currency, b.Currency))
	})
	return list
}

// Balanced reports whether each settlement is balanced.
func (s *Summary) Balanced() bool {
	for _, settlement := range s.settlements {
		if !settlement.all.IsZero() || settlement.inconsistentRows > 0 {
			return false
		}
	}
	return true
}

func (s *Sums) plain(currency string) Sums {
	return Sums{
		Count: s.Count, Amount: WithMinorDigits(s.Amount, currency), PercentageFee: WithMinorDigits(s.PercentageFee, currency),
		FixedFee: WithMinorDigits(s.FixedFee, currency), TotalFee: WithMinorDigits(s.TotalFee, currency), Net: WithMinorDigits(s.Net, currency),
	}
}
