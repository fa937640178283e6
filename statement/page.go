package statement

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/reconcile"
)

//go:embed page.css
var style string

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows.
type page struct {
	Title string
	Style template.CSS
	// StyleHash is what the page's policy knows the style by.
	StyleHash string
	// Period are the dates of the first and the last row, "" if there is none.
	Period string
	// Directory holds all files, whose names are shown without it. It is "" if there is none.
	Directory  string
	Findings   *findings
	Currencies []*currencyPage
}

// currencyPage is what the page shows of a currency.
type currencyPage struct {
	ID, Currency   string
	Settlements    int
	Sold, PaidOut  cell
	Totals, Months *table
	Chart          *chart
	PerSettlement  *table
	// Parts has the settlements with rows in several months, by month. It is nil if there are none.
	Parts *table
}

// Write writes the page with what package reconcile found, and returns how many differences it names. Without results, nil, each settlement is still
// checked by itself: that it is in one file, that it is balanced, and that its rows add up. It is an error if a sum has more than 19 digits, and if writing fails.
func (s *Statement) Write(w io.Writer, found *reconcile.Results) (differences int, err error) {
	p, err := s.page(found)
	if err != nil {
		return 0, err
	}
	if err := pageTemplate.Execute(visibleWriter{w}, p); err != nil {
		return 0, fmt.Errorf("statement: writing the page: %w", err)
	}
	return p.Findings.Different, nil
}

func (s *Statement) page(found *reconcile.Results) (*page, error) {
	hash := sha256.Sum256([]byte(style))
	p := &page{
		Title: cmp.Or(s.options.Title, "Amazon Pay statement"), Style: template.CSS(style), StyleHash: base64.StdEncoding.EncodeToString(hash[:]),
	}
	for _, of := range s.settlements {
		if of.err != nil {
			return nil, of.err
		}
	}
	settlements := s.covered()
	p.Directory = directoryOf(settlements)
	byCurrency := make(map[string]*books)
	var lines []*line
	for _, of := range settlements {
		b := byCurrency[of.currency]
		if b == nil {
			b = newBooks(of.currency)
			byCurrency[of.currency] = b
		}
		l, err := b.add(of)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	for i, currency := range slices.Sorted(maps.Keys(byCurrency)) {
		p.Currencies = append(p.Currencies, byCurrency[currency].page(i, p.Directory))
	}
	p.Period = period(settlements)
	p.Findings = newFindings(cmp.Or(found, new(reconcile.Results)), settlements, lines)
	return p, nil
}

// directoryOf is the beginning that the names of all files have in common, up to a separator.
func directoryOf(settlements []*settlement) string {
	if len(settlements) == 0 {
		return ""
	}
	common := settlements[0].file
	for _, of := range settlements {
		for !strings.HasPrefix(of.file, common) {
			common = common[:len(common)-1]
		}
	}
	return common[:strings.LastIndexAny(common, `/\`)+1]
}

func period(settlements []*settlement) string {
	if len(settlements) == 0 {
		return ""
	}
	first := slices.MinFunc(settlements, func(a, b *settlement) int { return a.first.Compare(b.first) })
	return days(first.first, settlements[len(settlements)-1].last)
}

// table is a table of the page.
type table struct {
	ID, Caption string
	Heads       []head
	Rows        iter.Seq[row]
	Class       class
}

// class says how wide a table is.
type class string

const (
	narrow  class = ""               // fits a telephone
	upright class = "upright"        // scrolls on a small screen, and prints on an upright page
	across  class = "across"         // prints across the page
	crowded class = "crowded"        // prints across the page, in small letters
	packed  class = "crowded packed" // and breaks numbers rather than cutting them off
)

// classOf is that of a table with figures.
func classOf(columns int, least class) class {
	switch {
	case columns > 20:
		return packed
	case columns > 13:
		return crowded
	case columns > 9:
		return across
	default:
		return least
	}
}

type head struct {
	Name   string
	Number bool
}

// Breaks reports whether the name has a word so long that it can be broken anywhere.
func (h head) Breaks() bool { return hasLongWord(h.Name) }

// row begins with its name.
type row struct {
	Name, Note string
	// Part says that the row is a part of the one above it, Sum that it sums up those above.
	Part, Sum bool
	Cells     []cell
}

// Breaks reports whether the name has a word so long that it can be broken anywhere.
func (r row) Breaks() bool { return hasLongWord(r.Name) }

func hasLongWord(name string) bool {
	return slices.ContainsFunc(strings.Fields(name), func(word string) bool { return len(word) > 20 })
}

// cell is a text, or a number in groups of digits, which the style sets apart without adding characters.
type cell struct {
	Text   string
	Groups []string
	Number bool
	// Breaks says that the text can be broken anywhere, such as the name of a file.
	Breaks bool
}

func number(text string) cell {
	whole, fraction, _ := strings.Cut(text, ".")
	if fraction != "" {
		fraction = "." + fraction
	}
	c := cell{Number: true}
	for len(whole) > 3 && whole[len(whole)-4] != '-' {
		c.Groups = append(c.Groups, whole[len(whole)-3:])
		whole = whole[:len(whole)-3]
	}
	slices.Reverse(c.Groups)
	c.Text = whole
	if n := len(c.Groups); n > 0 {
		c.Groups[n-1] += fraction
	} else {
		c.Text += fraction
	}
	return c
}

func count(n int) cell { return number(strconv.Itoa(n)) }

func text(s string) cell { return cell{Text: s} }

// day is the date of a time in its own offset.
func day(t time.Time) string { return t.Format(time.DateOnly) }

func days(from, to time.Time) string {
	if day(from) == day(to) {
		return day(from)
	}
	return day(from) + " to " + day(to)
}
