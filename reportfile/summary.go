package reportfile

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"

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
	// SettlementID and Currency say which.
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
// if a sum has more than 19 digits. After an error the Summary is good for nothing. A row that doesn't add up is added,
// and the summary of its settlement says so.
func (s *Summary) Add(row *SettlementRow) error {
	settlement, err := s.of(row)
	if err != nil {
		return err
	}
	var inconsistent *RowError
	if errors.As(row.Check(), &inconsistent) {
		settlement.inconsistentRows++
		if len(settlement.inconsistent) < maxInconsistent {
			settlement.inconsistent = append(settlement.inconsistent, inconsistent)
		}
	}
	sums := settlement.types[row.Type]
	if sums == nil {
		sums = new(Sums)
		settlement.types[row.Type] = sums
	}
	all, err := AddExact(settlement.all, row.Net)
	if err == nil {
		err = sums.add(sumsOf(row))
	}
	if err != nil {
		return &RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("the sums of settlement %q have more than 19 digits", clip(row.SettlementID))}
	}
	settlement.all = all
	return nil
}

// sumsOf are the sums of one row.
func sumsOf(row *SettlementRow) Sums {
	return Sums{Count: 1, Amount: row.Amount, PercentageFee: row.PercentageFee, FixedFee: row.FixedFee, TotalFee: row.TotalFee, Net: row.Net}
}

// add adds others. After an error some of the sums have them and some don't.
func (s *Sums) add(other Sums) (err error) {
	s.Count += other.Count
	for _, pair := range [...]struct {
		sum *decimal.Decimal
		add decimal.Decimal
	}{
		{&s.Amount, other.Amount},
		{&s.PercentageFee, other.PercentageFee},
		{&s.FixedFee, other.FixedFee},
		{&s.TotalFee, other.TotalFee},
		{&s.Net, other.Net},
	} {
		if *pair.sum, err = AddExact(*pair.sum, pair.add); err != nil {
			return err
		}
	}
	return nil
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
	scale := max(a.Scale(), b.Scale())
	sum, err := a.AddExact(b, scale)
	if err != nil || sum.Scale() < scale {
		return decimal.Decimal{}, fmt.Errorf("reportfile: the sum of %s and %s has more than 19 digits", a, b)
	}
	return sum, nil
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
