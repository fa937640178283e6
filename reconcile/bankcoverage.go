package reconcile

import (
	"cmp"
	"io"
	"slices"
	"time"

	"github.com/amazonpay-go/payreports/reportfile"
)

// BankPeriod is what a bank statement covers.
type BankPeriod struct {
	// Currency is that of the account, "" for all.
	Currency string
	// From and To are days, both included. A zero one isn't known.
	From, To time.Time
}

// Covers says that the statements have all lines of a period, besides those of the days from the first line of a file and currency to the last.
func (b *Bank) Covers(period BankPeriod) { b.periods = append(b.periods, &period) }

// AddCSV adds the lines of a bank statement in CSV, which are read as by [ReadBankCSV]. It covers the days from the first line of the file to
// its last in all currencies of the file, because an account may have had no line for a while. It returns how many lines the file has,
// and how many of them the bank has not booked. After an error, only some of the lines were added.
func (b *Bank) AddCSV(r io.Reader, columns BankColumns, options reportfile.Options) (lines, unbooked int, err error) {
	currencies := make(map[string]bool)
	var from, to time.Time
	for line, err := range ReadBankCSV(r, columns, options) {
		if err != nil {
			return lines, unbooked, err
		}
		b.AddLine(line)
		lines++
		if line.Unbooked {
			unbooked++
			continue
		}
		if from.IsZero() || line.Date.Before(from) {
			from = line.Date
		}
		to = latest(to, line.Date)
		currencies[line.Currency] = true
	}
	for currency := range currencies {
		b.Covers(BankPeriod{Currency: currency, From: from, To: to})
	}
	return lines, unbooked, nil
}

// coversLine extends the period of a file's lines.
func (b *Bank) coversLine(line *BankLine) {
	of := key{line.File, line.Currency}
	period := b.linePeriods[of]
	if period == nil {
		period = &BankPeriod{Currency: line.Currency, From: line.Date}
		b.linePeriods[of], b.periods = period, append(b.periods, period)
	}
	if line.Date.Before(period.From) {
		period.From = line.Date
	}
	period.To = latest(period.To, line.Date)
}

// days are the first and the last day of a part of time.
type days struct{ first, last int }

// covered is what the statements cover in a currency.
type covered struct {
	days
	hasFirst, hasLast bool
	parts             []days // by their first day
}

// coveredIn is what the statements cover in a currency, or in all if they don't have it.
func (b *Bank) coveredIn(currency string) covered {
	var c covered
	has := slices.ContainsFunc(b.periods, func(p *BankPeriod) bool { return p.Currency == currency })
	for _, p := range b.periods {
		if has && p.Currency != currency && p.Currency != "" {
			continue
		}
		part := days{first: minDay, last: maxDay}
		if !p.From.IsZero() {
			if part.first = dayOf(p.From); !c.hasFirst || part.first < c.first {
				c.first, c.hasFirst = part.first, true
			}
		}
		if !p.To.IsZero() {
			if part.last = dayOf(p.To); !c.hasLast || part.last > c.last {
				c.last, c.hasLast = part.last, true
			}
		}
		if !p.From.IsZero() || !p.To.IsZero() {
			c.parts = append(c.parts, part)
		}
	}
	slices.SortFunc(c.parts, func(a, b days) int { return cmp.Compare(a.first, b.first) })
	return c
}

const minDay, maxDay = -1 << 40, 1 << 40

// gap returns the first days among some that no statement covers.
func (c *covered) gap(within days) (days, bool) {
	next := within.first
	for _, part := range c.parts {
		switch {
		case part.first > within.last:
			return days{next, within.last}, true
		case part.first > next:
			return days{next, part.first - 1}, true
		case part.last >= next:
			next = part.last + 1
		}
		if next > within.last {
			return days{}, false
		}
	}
	return days{next, within.last}, true
}

// dateOf is the date of a day that dayOf counts.
func dateOf(day int) string {
	return time.Unix(int64(day)*24*60*60, 0).UTC().Format(time.DateOnly)
}
