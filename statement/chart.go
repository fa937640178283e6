package statement

import (
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// chart shows each month as two bars: what was earned, in segments, and what was paid out. What adds to the earnings is right of zero,
// what reduces them is left of it.
type chart struct {
	ID, Caption string
	Legend      []segment
	Zero        string // where zero is, in percent of the width
	Rows        []chartRow
}

type chartRow struct {
	ID, Month string
	// Text says what the bars show.
	Text string
	Bars []bar
}

// bar is a rectangle. X and Width are in percent of the chart's width.
type bar struct {
	Class    string
	X, Width string
	Payout   bool
}

// segment is a colour of the chart.
type segment struct{ Class, Name string }

var segments = []segment{{"sold", "Sold"}, {"refunded", "Refunded"}, {"fees", "Fees"}, {"reserves", "Reserves"}, {"other", "Claims, adjustments and others"}, {"paid", "Paid out"}}

const paidSegment = 5

func segmentOf(k kind) int {
	switch k {
	case sold:
		return 0
	case refunded:
		return 1
	case percentageFees, fixedFees:
		return 2
	case reserves:
		return 3
	case paidOut:
		return paidSegment
	default:
		return 4
	}
}

// sizes are the lengths of a month's segments. They are drawn and never shown as figures, so a float is exact enough.
type sizes [paidSegment + 1]float64

func sizesOf(l *line) (s sizes) {
	for c, amount := range l.amounts {
		if c.kind != difference {
			s[segmentOf(c.kind)] += float(amount)
		}
	}
	return s
}

func float(d decimal.Decimal) float64 {
	f, _ := d.Float64()
	return f
}

// reach is how far the bars of a month go to the left and to the right.
func (s sizes) reach() (left, right float64) {
	for _, size := range s[:paidSegment] {
		left, right = left+max(-size, 0), right+max(size, 0)
	}
	return max(left, -s[paidSegment]), max(right, s[paidSegment])
}

func (b *books) chart(id string, months []month) *chart {
	c := &chart{ID: id + "-chart", Caption: b.currency + " by month, as a chart"}
	var left, right float64
	all := make([]sizes, len(months))
	var used [len(sizes{})]bool
	for i, m := range months {
		all[i] = sizesOf(b.months[m].line)
		l, r := all[i].reach()
		left, right = max(left, l), max(right, r)
		for segment, size := range all[i] {
			used[segment] = used[segment] || size != 0
		}
	}
	if left+right == 0 {
		return nil
	}
	for i, segment := range segments {
		if used[i] {
			c.Legend = append(c.Legend, segment)
		}
	}
	c.Zero = percent(left / (left + right))
	for i, m := range months {
		c.Rows = append(c.Rows, chartRow{
			ID: c.ID + strconv.Itoa(i), Month: m.String(), Text: chartText(b.months[m].line), Bars: all[i].bars(left, left+right),
		})
	}
	return c
}

func (s sizes) bars(zero, width float64) []bar {
	var bars []bar
	left, right := zero, zero
	for i, size := range s {
		if size == 0 {
			continue
		}
		if i == paidSegment {
			left, right = zero, zero
		}
		from := right
		if size < 0 {
			left += size
			from = left
			size = -size
		} else {
			right += size
		}
		bars = append(bars, bar{Class: segments[i].Class, X: percent(max(from, 0) / width), Width: percent(size / width), Payout: i == paidSegment})
	}
	return bars
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + "%" }

// chartText says with figures what the bars of a month show.
func chartText(l *line) string {
	var parts []string
	for _, c := range columnsOf([]*line{l}) {
		if c.kind != difference {
			parts = append(parts, c.String()+" "+l.amount(c).String())
		}
	}
	return strings.Join(parts, ", ")
}
