package reportfile_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	preamble = "\ufeff\"Amazon Payments Advanced\",\n\"Settlement Report\",\n\"SellerId\",\"A1EXAMPLESELLER\"\n" +
		"\"SettlementStartDate\",\"2030-03-01T00:04:03 -0800\"\n\"SettlementEndDate\",\"2030-03-02T00:00:03 -0800\"\n"
	header     = `"TransactionPostedDate","SettlementId","AmazonTransactionId","SellerReferenceId","TransactionType","AmazonOrderReferenceId","SellerOrderId","StoreName","CurrencyCode","TransactionDescription","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount",` + "\n"
	row1       = `"2030-03-01T09:15:00 -0800","99000000001","S01-1111111-2222222-C000001","INV-1001","Capture","S01-1111111-2222222","ORDER-1001","Example Shop","USD","","1,250.00","-36.25","-0.30","-36.55","1213.45"` + "\n"
	row2       = `"2030-03-01T11:40:12 -0800","99000000001","S01-1111111-3333333-R000002","REF-77","Refund","S01-1111111-3333333","ORDER-0990","Example Shop","USD","","-20.00","0.58","0","0.58","-19.42"` + "\n"
	row3       = `"2030-03-02T00:00:03 -0800","99000000001","","","Reserve","","","","USD","Previous Reserve Balance","100.00","0","0","0","100.00"` + "\n"
	row4       = `"2030-03-02T00:00:03 -0800","99000000001","","","Transfer","","","","USD","SellerPayments_DateRangeReport_transfer_accounting_ending_with_trace_id","-1294.03","0","0","0","-1294.03"` + "\n"
	settlement = preamble + header + row1 + row2 + row3 + row4

	refunds = `"AmazonRefundId","RefundReferenceId","AmazonCaptureId","AmazonOrderReferenceId","RefundAmount","CurrencyCode","SellerRefundNote","RefundType","RefundStatus","LastUpdateTimestamp","ReasonCode","CreationTimestamp"
"R2","REF-78","C9","S01","1.50","USD","size, ""wrong""","BuyerInitiated","Completed","2030-03-02T11:41:00 -0800","","2030-03-02T11:40:12 -0800"
"R1","REF-77","C8","S01","20.00","USD","","SellerInitiated","Completed","2030-03-01T11:41:00 -0800","","2030-03-01T11:40:12 -0800"
"R1","REF-77","C8","S01","20.00","USD","","SellerInitiated","Pending","2030-03-01T11:40:12 -0800","","2030-03-01T11:40:12 -0800"
`
)

// brief is what most tests compare of a row.
func brief(r reportfile.SettlementRow) string {
	return fmt.Sprintf("%d %s %s %s %s %s %s", r.Line, r.Posted.Format(time.RFC3339), r.SettlementID, r.Type, r.Currency, r.Amount, r.Net)
}

func readAll(text string) ([]string, *reportfile.Reader, error) {
	f, err := reportfile.Open(strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	var got []string
	for row, err := range f.Settlements() {
		if err != nil {
			return got, f, err
		}
		got = append(got, brief(row))
	}
	return got, f, nil
}

var wantRows = []string{
	"7 2030-03-01T09:15:00-08:00 99000000001 Capture USD 1250.00 1213.45",
	"8 2030-03-01T11:40:12-08:00 99000000001 Refund USD -20.00 -19.42",
	"9 2030-03-02T00:00:03-08:00 99000000001 Reserve USD 100.00 100.00",
	"10 2030-03-02T00:00:03-08:00 99000000001 Transfer USD -1294.03 -1294.03",
}

func TestSettlementRow(t *testing.T) {
	t.Parallel()
	f, err := reportfile.Open(strings.NewReader(settlement))
	if err != nil {
		t.Fatal(err)
	}
	pst := time.FixedZone("", -8*3600)
	if got, err := f.Preamble(); err != nil || got.SellerID != "A1EXAMPLESELLER" || !got.Start.Equal(time.Date(2030, 3, 1, 0, 4, 3, 0, pst)) || !got.End.Equal(time.Date(2030, 3, 2, 0, 0, 3, 0, pst)) {
		t.Errorf("preamble %+v, %v", got, err)
	}
	if f.Kind() != reportfile.KindSettlement || len(f.Columns()) != 15 {
		t.Errorf("kind %s, columns %v", f.Kind(), f.Columns())
	}
	for row, err := range f.Settlements() {
		if err != nil {
			t.Fatal(err)
		}
		want := reportfile.SettlementRow{
			Line: 7, Posted: time.Date(2030, 3, 1, 9, 15, 0, 0, pst), SettlementID: "99000000001", TransactionID: "S01-1111111-2222222-C000001",
			SellerReferenceID: "INV-1001", Type: reportfile.TransactionCapture, OrderReferenceID: "S01-1111111-2222222", SellerOrderID: "ORDER-1001",
			StoreName: "Example Shop", Currency: "USD", Amount: decimal.MustParse("1250.00"), PercentageFee: decimal.MustParse("-36.25"),
			FixedFee: decimal.MustParse("-0.30"), TotalFee: decimal.MustParse("-36.55"), Net: decimal.MustParse("1213.45"),
		}
		if diff := cmp.Diff(fmt.Sprintf("%+v", exported(want)), fmt.Sprintf("%+v", exported(row))); diff != "" {
			t.Errorf("row (-want +got):\n%s", diff)
		}
		if _, offset := row.Posted.Zone(); offset != -8*3600 {
			t.Errorf("offset %d: the file's own must be kept", offset)
		}
		if _, ok := row.Other("StoreName"); ok {
			t.Error("a column with a field of its own is among the others")
		}
		break
	}
	for _, err := range f.Settlements() {
		if err == nil || !strings.Contains(err.Error(), "once only") {
			t.Errorf("read twice: %v", err)
		}
	}
}

func exported(r reportfile.SettlementRow) string { return fmt.Sprintf("%+v|%v", r, r.Posted)[:300] }

func TestToleratedForms(t *testing.T) {
	t.Parallel()
	unquote := func(s string) string {
		return strings.NewReplacer(`"`, "", "1,250.00", "1250.00").Replace(s)
	}
	reorder := func(s string) string { // the first column goes to the end
		var b strings.Builder
		for _, line := range strings.SplitAfter(strings.TrimPrefix(s, preamble), "\n") {
			if line == "" {
				continue
			}
			first, rest, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), ","), ",")
			b.WriteString(rest + "," + first + "\n")
		}
		return preamble + b.String()
	}
	zip := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write([]byte(s))
		w.Close()
		return b.String()
	}
	addColumn := func(s string) string {
		s = strings.ReplaceAll(s, `"NetTransactionAmount",`, `"NetTransactionAmount","gst",`)
		return regexp.MustCompile(`(?m)^("2030-.*)$`).ReplaceAllString(s, `$1,"9.99"`)
	}
	shift := func(n int) []string { // the same rows some lines earlier
		var list []string
		for i, row := range wantRows {
			list = append(list, fmt.Sprintf("%d%s", 7+i-n, row[strings.IndexByte(row, ' '):]))
		}
		return list
	}
	padded := func(s string) string {
		var b strings.Builder
		for line := range strings.Lines(s) {
			line = strings.TrimSuffix(line, "\n")
			b.WriteString(line + strings.Repeat(",", 16-strings.Count(line, `","`)) + "\n")
		}
		return b.String()
	}
	tests := map[string]struct {
		text string
		want []string
	}{
		"as documented":           {settlement, wantRows},
		"CRLF":                    {strings.ReplaceAll(settlement, "\n", "\r\n"), wantRows},
		"no final newline":        {strings.TrimSuffix(settlement, "\n"), wantRows},
		"no BOM":                  {strings.TrimPrefix(settlement, "\ufeff"), wantRows},
		"no preamble":             {header + row1 + row2 + row3 + row4, shift(5)},
		"rows with a last comma":  {preamble + header + strings.ReplaceAll(row1+row2+row3+row4, "\n", ",\n"), wantRows},
		"header without it":       {strings.ReplaceAll(settlement, ",\n\"2030", "\n\"2030"), wantRows},
		"an extra column":         {addColumn(settlement), wantRows},
		"another order":           {reorder(settlement), wantRows},
		"unknown column renamed":  {strings.ReplaceAll(settlement, `"StoreName"`, `"ShopName"`), wantRows},
		"unknown type":            {strings.ReplaceAll(settlement, `"Refund"`, `"Something New"`), []string{wantRows[0], strings.Replace(wantRows[1], "Refund", "Something New", 1), wantRows[2], wantRows[3]}},
		"header only":             {preamble + header, nil},
		"header only, cut":        {preamble + strings.TrimSuffix(header, ",\n"), nil},
		"gzip":                    {zip(settlement), wantRows},
		"gzip with CRLF":          {zip(strings.ReplaceAll(settlement, "\n", "\r\n")), wantRows},
		"tabs":                    {unquote(strings.NewReplacer(`","`, "\"\t\"", ",\n", "\t\n").Replace(settlement)), wantRows},
		"semicolons":              {strings.NewReplacer(`","`, `";"`, ",\n", ";\n").Replace(settlement), wantRows},
		"no quotes":               {unquote(settlement), wantRows},
		"padded by a spreadsheet": {padded(settlement), wantRows},
		"an unknown preamble":     {strings.Replace(settlement, "\"SellerId\"", "\"ReportVersion\",\"2\"\n\"SellerId\"", 1), shift(-1)},
		"a long preamble":         {strings.Replace(settlement, "\"SellerId\"", strings.Repeat("\"ReportVersion\",\"2\"\n", 1000)+"\"SellerId\"", 1), shift(-1000)},
		"a bare first line, tabs": {strings.Replace(unquote(strings.NewReplacer(`","`, "\"\t\"", ",\n", "\t\n").Replace(settlement)), "\t\n", "\n", 1), wantRows},
		"empty lines":             {settlement + "\n\n", wantRows},
		"times without a space":   {strings.ReplaceAll(settlement, " -0800", "-0800"), wantRows},
		"times as RFC 3339":       {strings.ReplaceAll(settlement, " -0800", "-08:00"), wantRows},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := readAll(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			f, err := reportfile.Open(iotest.OneByteReader(strings.NewReader(test.text)))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, err := range f.Settlements() {
				if n++; err != nil {
					t.Error(err)
				}
			}
			if n != len(test.want) {
				t.Errorf("%d rows byte by byte, want %d", n, len(test.want))
			}
		})
	}
}

func TestCarriageReturnsAlone(t *testing.T) {
	t.Parallel()
	_, err := reportfile.Open(strings.NewReader(strings.ReplaceAll("AmazonRefundId,RefundAmount\nR1,2.00\n", "\n", "\r")))
	var rowErr *reportfile.RowError
	if !errors.As(err, &rowErr) || !strings.Contains(err.Error(), "carriage return alone") {
		t.Errorf("error %v", err)
	}
}

// What is yielded beside an error can be asked without a panic.
func TestZeroRow(t *testing.T) {
	t.Parallel()
	var row reportfile.Row
	if cell, ok := row.Get("a"); ok || cell != "" || row.Cells() != nil || row.Line() != 0 {
		t.Errorf("%q, %t", cell, ok)
	}
	if _, err := row.Time("a"); err == nil {
		t.Error("a time")
	}
}

func TestDelimiter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a,b\n":                     {"a", "b"},
		"a\tb\n":                    {"a", "b"},
		"a;b;c\n":                   {"a", "b", "c"},
		"a;b,c\n":                   {"a;b", "c"},
		"\"a, or b, or c\";d;e\n":   {"a, or b, or c", "d", "e"},
		"\"a;b;c;d\",\"e\tf\tg\"\n": {"a;b;c;d", "e\tf\tg"},
		"a\nb\n":                    {"a"},
		"a,b,,,\n1,2,,,\n":          {"a", "b"},
	} {
		f, err := reportfile.Open(strings.NewReader(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, f.Columns()); diff != "" {
			t.Errorf("%q: columns (-want +got):\n%s", text, diff)
		}
	}
}

func TestQuotesAndNewlinesInFields(t *testing.T) {
	t.Parallel()
	text := strings.Replace(settlement, `"Example Shop"`, "\"Müller & Söhne,\n\"\"Outlet\"\"\"", 1)
	f, err := reportfile.Open(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for row, err := range f.Settlements() {
		if err != nil {
			t.Fatal(err)
		}
		if lines = append(lines, row.Line); len(lines) == 1 && row.StoreName != "Müller & Söhne,\n\"Outlet\"" {
			t.Errorf("store %q", row.StoreName)
		}
	}
	if diff := cmp.Diff([]int{7, 9, 10, 11}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestUnknownColumnsAreKept(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(settlement, `"StoreName"`, `"ShopName"`)
	f, err := reportfile.Open(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Settlements() {
		if err != nil {
			t.Fatal(err)
		}
		if shop, ok := row.Other("ShopName"); !ok || row.StoreName != "" || shop != map[int]string{7: "Example Shop", 8: "Example Shop"}[row.Line] {
			t.Errorf("line %d: %q, %t", row.Line, shop, ok)
		}
		if _, ok := row.Other("gst"); ok {
			t.Error("there is no such column")
		}
	}
	f, err = reportfile.Open(strings.NewReader(strings.Replace(refunds, "SellerRefundNote", "Note", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Refunds() {
		if err != nil {
			t.Fatal(err)
		}
		if note, ok := row.Other("Note"); !ok || row.Note != "" || note != map[int]string{2: `size, "wrong"`}[row.Line] {
			t.Errorf("line %d: %q, %t", row.Line, note, ok)
		}
	}
}

// Damage is an error with the place, in bounded memory, and never a guess.
func TestDamage(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string { return strings.Replace(settlement, old, new, 1) }
	tests := map[string]struct {
		text string
		want string
	}{
		"empty":                    {"", "the file is empty"},
		"BOM only":                 {"\ufeff", "the file is empty"},
		"HTML":                     {"<!DOCTYPE html><html>", "HTML or XML"},
		"XML error of the storage": {`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`, "HTML or XML"},
		"JSON error":               {`{"reasonCode":"X"}`, "JSON"},
		"binary":                   {"PK\x03\x04\x00\x00", "binary"},
		"no gzip":                  {"\x1f\x8bxx", "isn't"},
		"preamble only":            {preamble, "ends before a header"},
		"cut in the preamble":      {preamble[:40], "line 2: the file ends inside a quoted field"},
		"name twice":               {change(`"SellerOrderId"`, `"SettlementId"`), "line 6: the header's name 7"},
		"cut in a row":             {settlement[:len(settlement)-100], "line 10: the file ends inside a quoted field"},
		"cut between fields":       {settlement[:strings.LastIndex(settlement, `,"0","0"`)], "line 10: the row has 12 fields and the header 15 names"},
		"too many fields":          {change(`"1213.45"`, `"1213.45","x"`), "line 7: the row has 16 fields"},
		"too few fields":           {change(`,"1213.45"`, ""), "line 7: the row has 14 fields"},
		"a quote within":           {change(`"INV-1001"`, `"INV"1001"`), "line 7: a quote is not where a field begins or ends"},
		"NUL":                      {change("INV-1001", "INV\x001001"), "line 7, column SellerReferenceId: there is a NUL byte"},
		"not UTF-8":                {change("Example Shop", "M\xfcller"), "line 7, column StoreName: the text is not UTF-8"},
		"decimal comma":            {change(`"1,250.00"`, `"1250,00"`), `line 7, column TransactionAmount: "1250,00" is not an amount`},
		"groups of two":            {change(`"1,250.00"`, `"12,50.00"`), `"12,50.00" is not an amount`},
		"no amount":                {change(`"1,250.00"`, `""`), `column TransactionAmount: an empty cell is not an amount`},
		"letters":                  {change(`"-36.25"`, `"n/a"`), `column TransactionPercentageFee: a cell of text is not an amount`},
		"a currency sign":          {change(`"1213.45"`, `"$1213.45"`), `column NetTransactionAmount: "$1213.45"`},
		"20 digits":                {change(`"1213.45"`, `"123456789012345678.90"`), "more than 19 digits"},
		"a float":                  {change(`"1213.45"`, `"1.2e3"`), "is not an amount"},
		"no offset":                {change("2030-03-01T09:15:00 -0800", "2030-03-01T09:15:00"), `column TransactionPostedDate: "2030-03-01T09:15:00" is not a time`},
		"30 February":              {change("2030-03-01T09:15:00", "2030-02-30T09:15:00"), "is not a time"},
		"American date":            {change("2030-03-01T09:15:00 -0800", "03/01/2030"), `"03/01/2030" is not a time`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "ller") && strings.Contains(test.text, "\xfc") || strings.Contains(err.Error(), "Example Shop")) {
				t.Errorf("the error quotes a name: %v", err)
			}
		})
	}
	// A compressed file that was cut.
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(settlement))
	w.Close()
	if _, _, err := readAll(b.String()[:b.Len()-20]); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut gzip: %v", err)
	}
	broken := errors.New("broken")
	f, err := reportfile.Open(io.MultiReader(strings.NewReader(settlement), iotest.ErrReader(broken)))
	if err == nil {
		for _, rowErr := range f.Settlements() {
			err = rowErr
		}
	}
	if !errors.Is(err, broken) {
		t.Errorf("broken reader: %v", err)
	}
}

// Text that isn't ASCII passes and damage is found wherever the chunks of the file begin and end.
func TestTextAcrossChunks(t *testing.T) {
	t.Parallel()
	const rows = 1500 // several chunks of 64 KiB
	var names []string
	for n := range rows {
		names = append(names, strings.Repeat("x", n%9)+[]string{"Müller & Söhne", "日本の店", "plain", "🙂🙂🙂"}[n%4])
	}
	text := func(names []string) string {
		var b strings.Builder
		b.WriteString("\"TransactionId\",\"StoreName\"\n")
		for n, name := range names {
			fmt.Fprintf(&b, "\"%d\",\"%s\"\n", n, strings.Repeat(name, 12))
		}
		return b.String()
	}
	readers := map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "in halves": iotest.HalfReader,
		"with the end": iotest.DataErrReader, "in thousands": func(r io.Reader) io.Reader { return &thousands{r} },
	}
	for how, reader := range readers {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			read := func(text string) (rows int, _ error) {
				f, err := reportfile.Open(reader(strings.NewReader(text)))
				if err != nil {
					return 0, err
				}
				for _, err := range f.Rows() {
					if err != nil {
						return rows, err
					}
					rows++
				}
				return rows, nil
			}
			if n, err := read(text(names)); n != rows || err != nil {
				t.Fatalf("%d rows, %v", n, err)
			}
			for place := 3; place < rows; place += 331 {
				for _, damage := range []string{"\xff", "\xe6\x97", "M\xfcller", "\x00", "\xed\xa0\x80"} {
					damaged := slices.Clone(names)
					damaged[place] += damage
					var bad *reportfile.RowError
					if n, err := read(text(damaged)); n != place || !errors.As(err, &bad) || bad.Line != place+2 || bad.Column != "StoreName" {
						t.Fatalf("%q in row %d: %d rows, %v", damage, place, n, err)
					}
				}
			}
			if _, err := read("\"a\",\"b\"\n\"1\",2\xe6\x97"); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
				t.Errorf("half a character at the end: %v", err)
			}
		})
	}
}

// thousands gives at most a thousand bytes at a time.
type thousands struct{ io.Reader }

func (r *thousands) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1000)]) }

// endless is a line, or a quoted field, that never ends.
func TestEndlessLines(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]string{"line": preamble + header + row1, "quote": preamble + header + row1 + `"`, "header": "", "first quote": `"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counter := &counter{r: io.MultiReader(strings.NewReader(start), io.LimitReader(letters{}, 1<<30))}
			f, err := reportfile.Open(counter)
			if err == nil {
				for _, rowErr := range f.Settlements() {
					err = rowErr
				}
			}
			if err == nil || !strings.Contains(err.Error(), "longer than 1048576 bytes") || counter.n > 3<<20 {
				t.Errorf("error %v after %d bytes", err, counter.n)
			}
		})
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func TestGoingOnAfterBadRows(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(row1, "1,250.00", "1250,00", 1)
	f, err := reportfile.Open(strings.NewReader(preamble + header + bad + row2 + "\"x\",\"y\"\n" + row3 + strings.Replace(row1, `"INV`, `"I"V`, 1) + row4))
	if err != nil {
		t.Fatal(err)
	}
	var lines, badLines []int
	for row, err := range f.Settlements() {
		var rowErr *reportfile.RowError
		if errors.As(err, &rowErr) {
			badLines = append(badLines, rowErr.Line)
			continue
		}
		lines = append(lines, row.Line)
	}
	if diff := cmp.Diff([]int{8, 10, 12}, lines); diff != "" {
		t.Errorf("good lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{7, 9, 11}, badLines); diff != "" || f.BadRows() != 3 {
		t.Errorf("bad lines, %d counted (-want +got):\n%s", f.BadRows(), diff)
	}
}

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "10.00": "10.00", "-0.29": "-0.29", "1,250.00": "1250.00", "1,234,567": "1234567", "-1,000.5": "-1000.5", "007": "7",
		"9999999999999999999": "9999999999999999999", "-99999999999999999.99": "-99999999999999999.99", "0.0000000000000000001": "0.0000000000000000001",
		"12345": "12345", "123": "123",
	} {
		got, err := reportfile.ParseAmount(text)
		if err != nil || got.String() != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"1.190", "-1.190", "0.500", "1,250.000", "0,001", "-0,500", "000,123", "", "-", ".", ".5", "5.", "+5", "1 000", "1,00", "1,0000", "1234,567", ",123", "1,,234", "1,234,", "1.2.3", "1.234,56", "--1", "1-", "$1", "1e3", "NaN", "０", "1:0", "1/0", ":", "12:",
		"12345678901234567890", "0.00000000000000000001", "123456789012345678.90", " 1", "1\n",
	} {
		if got, err := reportfile.ParseAmount(text); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	f, err := reportfile.Open(strings.NewReader(refunds))
	if err != nil {
		t.Fatal(err)
	}
	if f.Kind() != reportfile.KindRefund {
		t.Errorf("kind %s", f.Kind())
	}
	var got []string
	for r, err := range f.Refunds() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s %s %s %s %q %s %s %s", r.Line, r.RefundID, r.ReferenceID, r.CaptureID, r.OrderReferenceID, r.Amount, r.Currency, r.Note, r.Type, r.Status, r.LastUpdated.Sub(r.Created)))
	}
	want := []string{
		`2 R2 REF-78 C9 S01 1.50 USD "size, \"wrong\"" BuyerInitiated Completed 48s`,
		`3 R1 REF-77 C8 S01 20.00 USD "" SellerInitiated Completed 48s`,
		`4 R1 REF-77 C8 S01 20.00 USD "" SellerInitiated Pending 0s`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	f, _ = reportfile.Open(strings.NewReader(refunds))
	latest, err := reportfile.LatestRefunds(f.Refunds())
	if err != nil || len(latest) != 2 || latest[0].RefundID != "R2" || latest[1].Status != "Completed" {
		t.Errorf("latest %+v, %v", latest, err)
	}
	for _, text := range []string{strings.Replace(refunds, "20.00", "20,00", 1), strings.Replace(refunds, "2030-03-01T11:41", "x", 1), strings.Replace(refunds, `"2030-03-02T11:40:12 -0800"`, `""`, 1)} {
		f, _ := reportfile.Open(strings.NewReader(text))
		if _, err := reportfile.LatestRefunds(f.Refunds()); err == nil {
			t.Error("no error")
		}
	}
}

func TestOtherKind(t *testing.T) {
	t.Parallel()
	f, err := reportfile.Open(strings.NewReader(refunds))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range f.Settlements() {
		if err == nil || !strings.Contains(err.Error(), "not a settlement report, or not a whole one: it lacks the columns TransactionPostedDate, SettlementId") {
			t.Errorf("error %v", err)
		}
	}
	f, _ = reportfile.Open(strings.NewReader(settlement))
	for _, err := range f.Refunds() {
		if err == nil || !strings.Contains(err.Error(), "not a refund report") {
			t.Errorf("error %v", err)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	f, err := reportfile.Open(strings.NewReader("\"AmazonCaptureId\",\"CaptureAmount\",\"LastUpdateTimestamp\"\n\"C1\",\"1.00\",\"2030-03-01T11:41:00 -0800\"\n\"C1\",\"1.00\",\"2030-03-01T11:42:00 -0800\"\n\"C2\",\"2.00\",\"2030-03-01T11:41:00 -0800\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Kind() != reportfile.KindTable {
		t.Errorf("kind %s", f.Kind())
	}
	rows, err := reportfile.Latest(f.Rows(), func(r reportfile.Row) string { id, _ := r.Get("AmazonCaptureId"); return id }, func(r reportfile.Row) time.Time {
		updated, err := r.Time("LastUpdateTimestamp")
		if err != nil {
			t.Error(err)
		}
		return updated
	})
	if err != nil || len(rows) != 2 || rows[0].Line() != 3 || rows[1].Line() != 4 {
		t.Errorf("%+v, %v", rows, err)
	}
	if diff := cmp.Diff([]string{"C2", "2.00", "2030-03-01T11:41:00 -0800"}, rows[1].Cells()); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if _, ok := rows[0].Get("BuyerName"); ok {
		t.Error("there is no such column")
	}
	for _, column := range []string{"CaptureAmount", "BuyerName"} {
		if _, err := rows[0].Time(column); err == nil || !strings.Contains(err.Error(), "line 3, column "+column) {
			t.Errorf("error %v", err)
		}
	}
}

func summarize(t *testing.T, texts ...string) (*reportfile.Summary, error) {
	t.Helper()
	summary := new(reportfile.Summary)
	for _, text := range texts {
		f, err := reportfile.Open(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range f.Settlements() {
			if err != nil {
				return nil, err
			}
			if err := summary.Add(&row); err != nil {
				return nil, err
			}
		}
	}
	return summary, nil
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, diff)
	}
}

// yenSettlement is the settlement in a currency without minor digits.
var yenSettlement = strings.NewReplacer("99000000001", "99000000002", "USD", "JPY", "1,250.00", "1250", "-36.25", "-36", "-0.30", "-1", "-36.55", "-37", "1213.45", "1213",
	"-20.00", "-20", "0.58", "1", "-19.42", "-19", "100.00", "100", "-1294.03", "-1294").Replace(settlement)

func TestSummary(t *testing.T) {
	t.Parallel()
	summary, err := summarize(t, settlement, yenSettlement)
	if err != nil || !summary.Balanced() {
		t.Fatalf("%+v, %v", summary, err)
	}
	text, err := json.MarshalIndent(summary.Settlements(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.json", string(text)+"\n")
}

// The sum rule: with one cent changed the settlement doesn't add up, and the difference is that cent.
func TestSumRule(t *testing.T) {
	t.Parallel()
	summary, err := summarize(t, strings.Replace(settlement, `"-19.42"`, `"-19.41"`, 1))
	if err != nil {
		t.Fatal(err)
	}
	got := summary.Settlements()[0]
	if got.Balanced() || summary.Balanced() || got.Difference.String() != "0.01" {
		t.Errorf("difference %s", got.Difference)
	}
}

func TestSummaryRefuses(t *testing.T) {
	t.Parallel()
	if _, err := summarize(t, settlement, settlement); err == nil || !strings.Contains(err.Error(), "would count twice") {
		t.Errorf("the same file twice: %v", err)
	}
	huge := strings.Replace(row1, `"1213.45"`, `"9999999999999999999"`, 1)
	if _, err := summarize(t, preamble+header+huge+huge); err == nil || !strings.Contains(err.Error(), "line 8: the sums of settlement") {
		t.Errorf("sum of 20 digits: %v", err)
	}
	fine := strings.Replace(row1, `"1213.45"`, `"999999999999999999.9"`, 1)
	if _, err := summarize(t, preamble+header+fine+strings.Replace(row1, "1213.45", "0.00001", 1)); err == nil {
		t.Error("a sum that would be rounded: no error")
	}
	if _, err := summarize(t, strings.Replace(settlement, "1213.45", "x", 1)); err == nil {
		t.Error("a bad row: no error")
	}
	f, _ := reportfile.Open(strings.NewReader(settlement))
	if summary, err := reportfile.Summarize(f.Settlements()); err != nil || !summary.Balanced() {
		t.Errorf("%v, %v", summary, err)
	}
}

func TestConvert(t *testing.T) {
	t.Parallel()
	multi := "\"SellerOrderId\",\"TransactionAmount\",\"TransactionCurrencyCode\",\"PresentmentAmount\",\"PresentmentCurrencyCode\",\"ConversionRate\",\"CreationTimestamp\"\n" +
		"\"O1\",\"5\",\"USD\",\"500\",\"JPY\",\"100.0000\",\"2030-03-01T11:41:00 +0900\"\n\"O2\",\"\",\"USD\",\"1\",\"BHD\",\"\",\"\"\n"
	for name, text := range map[string]string{"settlement": settlement, "refund": refunds, "multi": multi, "yen": yenSettlement} {
		for format, write := range map[string]func(io.Writer, *reportfile.Reader) error{"csv": reportfile.WriteCSV, "jsonl": reportfile.WriteJSONLines} {
			f, err := reportfile.Open(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := write(&b, f); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+format, b.String())
			for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
				if format == "jsonl" && !json.Valid([]byte(line)) {
					t.Errorf("not JSON: %s", line)
				}
			}
			if format == "csv" { // what was written can be read again, and is written the same
				f, err := reportfile.Open(strings.NewReader(b.String()))
				if err != nil {
					t.Fatal(err)
				}
				var again strings.Builder
				if err := reportfile.WriteCSV(&again, f); err != nil || again.String() != b.String() {
					t.Errorf("%s converted twice: %v\n%s", name, err, cmp.Diff(b.String(), again.String()))
				}
			}
		}
	}
	// Columns that aren't documented stay as they are.
	own := "AmazonRefundId,RefundAmount,CurrencyCode,PresentmentAmount,PrintTimestamp,CreationTimestamp\nR1,5,USD,,tomorrow,2030-03-01T11:41:00.750+09:00\n"
	f, _ := reportfile.Open(strings.NewReader(own))
	var b strings.Builder
	if err := reportfile.WriteCSV(&b, f); err != nil || !strings.HasSuffix(b.String(), "\r\nR1,5.00,USD,,tomorrow,2030-03-01T11:41:00.75+09:00\r\n") {
		t.Errorf("%q, %v", b.String(), err)
	}
	for _, write := range []func(io.Writer, *reportfile.Reader) error{reportfile.WriteCSV, reportfile.WriteJSONLines} {
		f, _ := reportfile.Open(strings.NewReader(preamble + header + row1 + row2 + strings.Replace(row1, "1213.45", "x", 1)))
		var before strings.Builder
		if err := write(&before, f); err == nil || !strings.HasSuffix(before.String(), "\n") || !strings.Contains(before.String(), "Refund") {
			t.Errorf("a bad row: error %v, after %q", err, before.String())
		}
		f, _ = reportfile.Open(strings.NewReader(settlement))
		if err := write(failingWriter{}, f); err == nil {
			t.Error("a writer that fails: no error")
		}
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("full") }

func FuzzReader(f *testing.F) {
	f.Add([]byte(settlement))
	f.Add([]byte(refunds))
	f.Add([]byte("a\tb\n1\t2\n"))
	f.Add([]byte("\ufeff\"Settlement Report\",\n\"x\",\"y\",\"z\n"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read := func(loop func(*reportfile.Reader) error) {
			if file, err := reportfile.Open(bytes.NewReader(text)); err == nil {
				loop(file)
			}
		}
		rows := 0
		read(func(file *reportfile.Reader) error {
			for row, err := range file.Rows() {
				if rows++; err == nil && len(row.Cells()) != len(file.Columns()) {
					t.Errorf("%d cells, %d columns", len(row.Cells()), len(file.Columns()))
				}
			}
			if lines := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + 1; rows > lines && text[0] != 0x1f {
				t.Errorf("%d rows in %d lines", rows, lines)
			}
			return nil
		})
		read(func(file *reportfile.Reader) error { _, err := reportfile.Summarize(file.Settlements()); return err })
		read(func(file *reportfile.Reader) error { _, err := reportfile.LatestRefunds(file.Refunds()); return err })
		read(func(file *reportfile.Reader) error { return reportfile.WriteCSV(io.Discard, file) })
		read(func(file *reportfile.Reader) error { return reportfile.WriteJSONLines(io.Discard, file) })
	})
}

func FuzzParseAmount(f *testing.F) {
	f.Add("-1,250.00")
	f.Add("9999999999999999999")
	f.Add("1.190")
	shape := regexp.MustCompile(`^-?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?$`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := reportfile.ParseAmount(text)
		plain := strings.ReplaceAll(text, ",", "")
		digits := len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(plain), "0"))
		_, fraction, _ := strings.Cut(plain, ".")
		want := shape.MatchString(text) && digits <= 19 && len(fraction) <= 19 && len(fraction) != 3
		if (err == nil) != want {
			t.Fatalf("%q: %v, want accepted %t", text, err, want)
		}
		if err != nil {
			return
		}
		unsigned, negative := strings.CutPrefix(plain, "-")
		plain = "0" + strings.TrimLeft(unsigned, "0") // the decimal package takes few zeros in front
		if negative {
			plain = "-" + plain
		}
		if got.CmpTotal(decimal.MustParse(plain)) != 0 && !got.IsZero() {
			t.Errorf("%q is read as %s", text, got)
		}
	})
}
