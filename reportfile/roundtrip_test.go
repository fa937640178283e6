package reportfile_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/amazonpay-go/payreports/reportfile"
)

// dialect is how a file is written. Each writes the same cells.
type dialect struct {
	comma    string
	lineEnd  string
	quoting  string // all, minimal, never, or header: quotes around the header's names alone
	marks    int    // byte order marks
	encoding string // "", utf-16le, utf-16be or gzip
	sepLine  bool
	preamble int // index of preambles
	tail     bool
	lastEnd  bool
}

// preambles are lines before the header, their cells separated by commas.
var preambles = [][]string{
	nil,
	{"Amazon Payments Advanced,", "Settlement Report,", "SellerId,A1INVENTED", "SettlementStartDate,2031-04-01T00:00:00 +0000", "SettlementEndDate,2031-04-02T00:00:00 +0000"},
	{"Amazon Pay,", "Settlement Report,", "SellerId,A1INVENTED"},
	{"", "Bericht,", "SettlementStartDate,gestern", ""},
	{"Settlement Report for March, by shop"},
}

func randomDialect(random *rand.Rand) dialect {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	comma, quoting := pick(",", "\t", ";"), pick("all", "minimal", "never", "header")
	if comma == "\t" && quoting == "minimal" { // without quotes in the header there is no quoting
		quoting = "never"
	}
	return dialect{
		comma: comma, lineEnd: pick("\n", "\r\n"), quoting: quoting, marks: random.IntN(3),
		encoding: pick("", "", "utf-16le", "utf-16be", "gzip"), sepLine: random.IntN(4) == 0, preamble: random.IntN(len(preambles)),
		tail: random.IntN(2) == 0, lastEnd: random.IntN(2) == 0,
	}
}

// write is a writer of its own: it shares nothing with the reader.
func (d dialect) write(header []string, rows [][]string, preamble bool) []byte {
	var b strings.Builder
	cell := func(text string, quoted bool) {
		if quoted {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		b.WriteString(text)
	}
	line := func(cells []string, quoted func(string) bool, tail bool) {
		for i, text := range cells {
			if i > 0 {
				b.WriteString(d.comma)
			}
			cell(text, quoted(text))
		}
		if tail {
			b.WriteString(d.comma)
		}
		b.WriteString(d.lineEnd)
	}
	always, never := func(string) bool { return true }, func(string) bool { return false }
	rowQuoted, headerQuoted := never, never
	switch d.quoting {
	case "all":
		rowQuoted, headerQuoted = always, always
	case "header":
		headerQuoted = always
	case "minimal":
		rowQuoted = func(text string) bool {
			return text == "" && len(header) == 1 || strings.ContainsAny(text, d.comma+"\"\r\n")
		}
	}
	if d.sepLine {
		b.WriteString("sep=" + d.comma + d.lineEnd)
	}
	if preamble {
		for _, l := range preambles[d.preamble] {
			line(strings.Split(l, ","), func(string) bool { return d.quoting == "all" && l != "" }, false)
		}
	}
	line(header, headerQuoted, d.tail)
	for _, row := range rows {
		line(row, rowQuoted, false)
	}
	text := b.String()
	if d.lastEnd {
		text = strings.TrimSuffix(text, d.lineEnd)
	}
	text = strings.Repeat("\ufeff", d.marks) + text
	switch d.encoding {
	case "utf-16le":
		return utf16Bytes(binary.LittleEndian, "\ufeff"+text)
	case "utf-16be":
		return utf16Bytes(binary.BigEndian, "\ufeff"+text)
	case "gzip":
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		w.Write([]byte(text))
		w.Close()
		return zipped.Bytes()
	default:
		return []byte(text)
	}
}

func utf16Bytes(order binary.AppendByteOrder, text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

// enclosed is a cell that a file without escaping can't tell from a quoted one.
var enclosed = regexp.MustCompile(`^"([^"]|"")*"$`)

// asRead is what a cell comes back as: line ends within it are line feeds.
func (d dialect) asRead(text string) string {
	if (d.quoting == "never" && d.comma != "\t" || d.quoting == "header") && enclosed.MatchString(text) {
		text = strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// canHold tells whether a text can be written without quotes.
func (d dialect) canHold(text string) bool { return !strings.ContainsAny(text, d.comma+"\r\n") }

// mustRead tells whether the cells are written so that no reader may fail.
func (d dialect) mustRead(rows [][]string) bool {
	switch {
	case d.quoting != "all" && d.comma != "," && len(rows) > 0 && len(rows[0]) == 1:
		return false // nothing tells the separator of a single column
	case d.quoting == "all", d.quoting == "never" && d.comma == "\t":
		return true
	case d.quoting == "minimal":
		return !contains(rows, "\r\n")
	default:
		return !contains(rows, "\"")
	}
}

func contains(rows [][]string, chars string) bool {
	return slices.ContainsFunc(rows, func(row []string) bool {
		return slices.ContainsFunc(row, func(text string) bool { return strings.ContainsAny(text, chars) })
	})
}

// texts makes cells of free text: words between what can be mistaken for the structure of a file.
type texts struct {
	random *rand.Rand
	d      dialect
	own    []string // of the fuzzer
}

func (t texts) next() string {
	var b strings.Builder
	for range t.random.IntN(6) {
		parts := []string{"x", "Müller", " ", "5\" screen", "\"", "\"\"", ",", ";", "\t", "\n", "\r\n", "日本", "1,2,3", "\",\"", "\"\n\"", "\u00a0", "sep=;", strings.Repeat(t.d.comma, 14), "'"}
		if t.random.IntN(8) == 0 && len(t.own) > 0 {
			parts = t.own
		}
		b.WriteString(parts[t.random.IntN(len(parts))])
	}
	text := b.String()
	if (t.d.quoting == "never" || t.d.quoting == "header") && !t.d.canHold(text) {
		return strings.Map(func(c rune) rune {
			if strings.ContainsRune(t.d.comma+"\r\n", c) {
				return '_'
			}
			return c
		}, text)
	}
	return text
}

// result is the rows that came back, or why not all did.
func readBack(file []byte, read func(*reportfile.Reader, func([]string))) (rows [][]string, kind reportfile.Kind, failure error) {
	f, err := reportfile.Open(bytes.NewReader(file))
	if err != nil {
		return nil, "", err
	}
	read(f, func(row []string) { rows = append(rows, row) })
	if f.BadRows() > 0 {
		failure = fmt.Errorf("%d bad rows", f.BadRows())
	}
	return rows, f.Kind(), failure
}

func check(t *testing.T, d dialect, file []byte, want, got [][]string, failure error) {
	t.Helper()
	if failure != nil {
		if d.mustRead(want) {
			t.Fatalf("%+v: %v\n%q", d, failure, file)
		}
		return
	}
	if len(got) != len(want) {
		t.Fatalf("%+v: %d rows without an error, want %d\n%q\n%q\n%q", d, len(got), len(want), want, got, file)
	}
	for i, row := range want {
		for j, text := range row {
			if got[i][j] != d.asRead(text) {
				t.Fatalf("%+v: row %d, cell %d is %q, want %q\n%q", d, i, j, got[i][j], d.asRead(text), file)
			}
		}
	}
}

// Whatever dialect a file is in, the rows that come back are those that went in, or there is an error.
func FuzzRoundTrip(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, `x","y`)
	}
	names := regexp.MustCompile(`"([^"]+)"`)
	var header14 []string
	for _, match := range names.FindAllStringSubmatch(header, -1) {
		header14 = append(header14, match[1])
	}
	f.Fuzz(func(t *testing.T, seed uint64, own string) {
		random := rand.New(rand.NewPCG(seed, 1))
		d := randomDialect(random)
		texts := texts{random: random, d: d}
		if utf8.ValidString(own) && !strings.ContainsAny(own, "\x00\ufffd\ufeff") && !strings.Contains(strings.ReplaceAll(own, "\r\n", ""), "\r") {
			texts.own = strings.SplitAfter(own, " ")
		}

		var want [][]string
		for n := range random.IntN(8) {
			amount := fmt.Sprintf("%d.%02d", random.IntN(900), random.IntN(100))
			want = append(want, []string{
				"2031-04-01T10:00:00 +0000", "70000000001", fmt.Sprintf("S02-%d-C1", n), "INV-1", "Capture", "S02-1", "ORD-1", texts.next(), "EUR", texts.next(), amount, "0", "", "0", amount,
			})
		}
		file := d.write(header14, want, true)
		got, kind, failure := readBack(file, func(f *reportfile.Reader, add func([]string)) {
			for r, err := range f.Settlements() {
				if err != nil {
					continue
				}
				fee := func(text string) string { return strings.TrimSuffix(text, "0") } // the empty cell is 0
				add([]string{
					r.Posted.Format("2006-01-02T15:04:05 -0700"), r.SettlementID, r.TransactionID, r.SellerReferenceID, string(r.Type), r.OrderReferenceID, r.SellerOrderID, r.StoreName, r.Currency, r.Description,
					r.Amount.String(), r.PercentageFee.String(), fee(r.FixedFee.String()), r.TotalFee.String(), r.Net.String(),
				})
			}
		})
		check(t, d, file, want, got, failure)
		if failure == nil && kind != reportfile.KindSettlement {
			t.Fatalf("%+v: kind %s\n%q", d, kind, file)
		}

		var columns []string
		for n := range 1 + random.IntN(5) {
			columns = append(columns, fmt.Sprintf("Column%d", n))
		}
		want = nil
		for range random.IntN(10) {
			row := make([]string, len(columns))
			for i := range row {
				row[i] = texts.next()
			}
			if len(row) == 1 && row[0] == "" { // an empty line is no row
				row[0] = "x"
			}
			want = append(want, row)
		}
		if d.quoting == "header" { // else nothing may tell that its quotes aren't those of a quoted file
			want = append(want, slices.Repeat([]string{"x"}, len(columns)))
		}
		if len(columns) == 1 {
			d.tail = false // the comma at the end would be the only one
		}
		file = d.write(columns, want, false)
		got, _, failure = readBack(file, func(f *reportfile.Reader, add func([]string)) {
			for r, err := range f.Rows() {
				if err == nil {
					add(r.Cells())
				}
			}
		})
		check(t, d, file, want, got, failure)
	})
}
