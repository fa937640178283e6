package reportfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Grouping says which rows [Totals] sum up together, besides that each currency is by itself.
type Grouping string

// The groupings.
const (
	// ByCurrency has one group for each currency. Its name is "".
	ByCurrency Grouping = "currency"
	// ByMonth groups rows by the month in which they were posted, in the row's own offset from UTC, such as 2026-10.
	ByMonth Grouping = "month"
	// ByStore groups rows by the name of the store, "" for rows that name none, such as pay-outs.
	ByStore Grouping = "store"
	// ByType groups rows by their transaction type, as the file names it.
	ByType Grouping = "type"
)

// Groupings returns all groupings.
func Groupings() []Grouping { return []Grouping{ByCurrency, ByMonth, ByStore, ByType} }

// CategorySums are the sums of a category.
type CategorySums struct {
	// Category is the category.
	Category Category
	Sums
}

// Total sums up the rows of one currency, or of one group in it, whatever their settlements. Fees are kept apart from amounts: in the
// sums of a category, Amount is what was sold or refunded before fees.
type Total struct {
	// Currency is the ISO 4217 code.
	Currency string
	// Group is the group's name, as the [Grouping] says.
	Group string
	// Categories are the sums of each category that has rows, in the order of [Categories].
	Categories []CategorySums
	// Earned are the sums of all categories except the pay-outs.
	Earned Sums
	// Payouts are the sums of the pay-outs, negative amounts as in the files.
	Payouts Sums
	// Difference is the net of all rows, the pay-outs included. Over whole settlements it is 0 if they add up. A group can hold
	// a part of a settlement only.
	Difference decimal.Decimal
}

// Of returns the sums of a category, which are 0 if it has no rows.
func (t *Total) Of(category Category) Sums {
	for _, c := range t.Categories {
		if c.Category == category {
			return c.Sums
		}
	}
	return new(Sums).plain(t.Currency)
}

// Totals sums up rows of settlement reports by currency and group, in memory for one entry a group. It doesn't know whether a
// settlement comes twice: see [Summary.Add]. It is not safe for concurrent use.
type Totals struct {
	by     Grouping
	groups map[totalKey]*groupSums

	// What the last row was in. Most rows are in the same as the row before.
	key       totalKey
	group     *groupSums
	rowType   TransactionType
	sums      *Sums
	year      int
	month     time.Month
	monthName string
}

type totalKey struct{ currency, group string }

type groupSums struct{ categories [len(categories)]Sums }

// NewTotals returns Totals that are empty. "" means [ByCurrency].
func NewTotals(by Grouping) *Totals {
	return &Totals{by: cmp.Or(by, ByCurrency), groups: make(map[totalKey]*groupSums)}
}

// Add adds a row, and doesn't keep it. It is an error if there is no such grouping, or if a sum has more than 19 digits. After an error
// the Totals must not be used.
func (t *Totals) Add(row *SettlementRow) error {
	key := totalKey{currency: row.Currency}
	switch t.by {
	case ByCurrency:
	case ByMonth:
		key.group = t.monthOf(row.Posted)
	case ByStore:
		key.group = row.StoreName
	case ByType:
		key.group = string(row.Type)
	default:
		return fmt.Errorf("reportfile: there is no grouping %q", t.by)
	}
	if t.group == nil || t.key != key {
		t.key, t.group = t.of(key)
		t.sums = nil
	}
	if t.sums == nil || t.rowType != row.Type {
		t.rowType, t.sums = row.Type, &t.group.categories[slices.Index(categories[:], row.Type.Category())]
	}
	if err := t.sums.addRow(row); err != nil {
		return &RowError{File: row.File, Line: row.Line, Problem: fmt.Sprintf("the totals in %s have more than 19 digits", row.Currency)}
	}
	return nil
}

func (t *Totals) monthOf(posted time.Time) string {
	year, month, _ := posted.Date()
	if t.monthName == "" || year != t.year || month != t.month {
		t.year, t.month, t.monthName = year, month, posted.Format("2006-01")
	}
	return t.monthName
}

// Merge adds what others have summed up. So the rows of a file can be summed up by themselves first, and left out if the file can't be
// read to its end. The others must have the same grouping, except that Totals by currency take any. It is an error if they don't, or if a
// sum has more than 19 digits. After an error the Totals must not be used.
func (t *Totals) Merge(other *Totals) error {
	if t.by != ByCurrency && t.by != other.by {
		return fmt.Errorf("reportfile: totals by %s can't be merged into totals by %s", other.by, t.by)
	}
	for key, sums := range other.groups {
		if t.by == ByCurrency {
			key.group = ""
		}
		_, group := t.of(key)
		for i := range group.categories {
			if err := group.categories[i].add(&sums.categories[i]); err != nil {
				return fmt.Errorf("reportfile: the totals in %s have more than 19 digits", key.currency)
			}
		}
	}
	return nil
}

// of finds a group, with a key that holds no memory of a row.
func (t *Totals) of(key totalKey) (totalKey, *groupSums) {
	sums := t.groups[key]
	if sums == nil {
		sums = new(groupSums)
		key = totalKey{strings.Clone(key.currency), strings.Clone(key.group)}
		t.groups[key] = sums
	}
	return key, sums
}

// List returns the totals by currency and group. It is an error if a sum has more than 19 digits.
func (t *Totals) List() ([]Total, error) {
	list := make([]Total, 0, len(t.groups))
	for key, sums := range t.groups {
		total, err := sums.total(key)
		if err != nil {
			return nil, fmt.Errorf("reportfile: the totals in %s have more than 19 digits", key.currency)
		}
		list = append(list, total)
	}
	slices.SortFunc(list, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Group, b.Group))
	})
	return list, nil
}

func (g *groupSums) total(key totalKey) (Total, error) {
	total := Total{Currency: key.currency, Group: key.group}
	var earned Sums
	for i, category := range categories {
		sums := &g.categories[i]
		if sums.Count > 0 {
			total.Categories = append(total.Categories, CategorySums{category, sums.plain(key.currency)})
		}
		if category == CategoryPayouts {
			continue
		}
		if err := earned.add(sums); err != nil {
			return total, err
		}
	}
	total.Earned, total.Payouts = earned.plain(key.currency), total.Of(CategoryPayouts)
	difference, err := AddExact(total.Earned.Net, total.Payouts.Net)
	total.Difference = WithMinorDigits(difference, key.currency)
	return total, err
}
