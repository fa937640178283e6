package reportfile_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/amazonpay-go/payreports/reportfile"
)

func TestNameIsInErrorsAndRows(t *testing.T) {
	t.Parallel()
	text := strings.Replace(settlement, "1,250.00", "x", 1)
	f, err := reportfile.Options{Name: "march.csv"}.Open(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Settlements() {
		var bad *reportfile.RowError
		switch {
		case errors.As(err, &bad):
			if bad.File != "march.csv" || bad.Line != 7 || !strings.HasPrefix(err.Error(), "march.csv: line 7, column TransactionAmount: ") {
				t.Errorf("error %v", err)
			}
		case err != nil || row.File != "march.csv":
			t.Errorf("line %d of %q, %v", row.Line, row.File, err)
		}
	}
	if _, err := (reportfile.Options{Name: "empty.csv"}).Open(strings.NewReader("")); err == nil || !strings.HasPrefix(err.Error(), "empty.csv: ") {
		t.Errorf("error %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]string{
		"":                  "",
		`"1,250.00"=911.00`: "reportfile: line 7: the row doesn't add up: the net amount is 1213.45, but amount 911.00 and total fee -36.55 make 874.45",
		`"1213.45"=1213.46`: "the net amount is 1213.46",
		`"-0.30"="-0.31"`:   "the total fee is -36.55, but percentage fee -36.25 and fixed fee -0.31 make -36.56",
		`"-36.25"="36.25"`:  "the total fee is -36.55",
	} {
		old, replacement, _ := strings.Cut(change, "=")
		f, err := reportfile.Open(strings.NewReader(strings.Replace(settlement, old, replacement, 1)))
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range f.Settlements() {
			if err != nil {
				t.Fatal(err)
			}
			err = row.Check()
			var bad *reportfile.RowError
			switch {
			case row.Line != 7 || want == "":
				if err != nil {
					t.Errorf("%s: %v", change, err)
				}
			case !errors.As(err, &bad) || bad.Line != 7 || !strings.Contains(err.Error(), want):
				t.Errorf("%s: error %v", change, err)
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	encode := func(e encoding.Encoding, text string) string {
		encoded, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	text := func(store string) string { return strings.ReplaceAll(settlement[3:], "Example Shop", store) }
	little := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	big := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	tests := map[string]struct {
		encoding, text, store, want string
	}{
		"windows-1252":               {"windows-1252", encode(charmap.Windows1252, text("Café – €")), "Café – €", ""},
		"by another name":            {"CP1252", encode(charmap.Windows1252, text("Café – €")), "Café – €", ""},
		"IANA alone":                 {"IBM850", encode(charmap.CodePage850, text("Größe")), "Größe", ""},
		"Shift_JIS":                  {"shift_jis", encode(japanese.ShiftJIS, text("日本の表")), "日本の表", ""},
		"EUC-JP":                     {"euc-jp", encode(japanese.EUCJP, text("日本の店")), "日本の店", ""},
		"UTF-16 without a mark":      {"utf-16le", encode(little, text("日本")), "日本", ""},
		"UTF-16 with one":            {"", encode(big, "\ufeff"+text("日本")), "日本", ""},
		"a mark wins":                {"windows-1252", encode(little, "\ufeff"+text("日本")), "日本", ""},
		"the mark of UTF-8 wins":     {"shift_jis", "\ufeff" + text("日本"), "日本", ""},
		"UTF-8":                      {"utf-8", text("日本"), "日本", ""},
		"UTF-16 without the option":  {"", encode(little, text("日本")), "", "UTF-16 without a byte order mark, which the option Encoding (--encoding utf-16le or utf-16be) reads"},
		"the wrong encoding":         {"shift_jis", encode(charmap.Windows1252, text("Größe ü")), "", "line 7, column StoreName: the text is not in the encoding that it is read in"},
		"half a character":           {"", encode(little, "\ufeff"+text("日本")) + "x", "", "not in the encoding"},
		"half a pair of surrogates":  {"", encode(little, "\ufeff"+text("A")) + "\x00\xd8", "", "not in the encoding"},
		"an unknown one":             {"klingon", text("x"), "", `"klingon" is no encoding that is known here: give one such as windows-1252`},
		"one without a decoder":      {"utf-7", text("x"), "", "is no encoding that is known here"},
		"one that replaces all text": {"iso-2022-kr", text("x"), "", "is no encoding that is known here"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := reportfile.Options{Encoding: test.encoding}.Open(strings.NewReader(test.text))
			rows := 0
			if err == nil {
				for row, rowErr := range f.Settlements() {
					if rowErr != nil {
						err = rowErr
						break
					}
					if rows++; row.StoreName != "" && row.StoreName != test.store && test.want == "" {
						t.Errorf("store %q", row.StoreName)
					}
				}
			}
			if test.want == "" && (err != nil || rows != 4) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%d rows, error %v, want %q", rows, err, test.want)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	zip := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write([]byte(s))
		w.Close()
		return b.String()
	}
	for name, test := range map[string]struct{ text, want string }{
		"twice":             {zip(zip(settlement)), "compressed twice"},
		"three times":       {zip(zip(zip(settlement))), "compressed twice"},
		"twice, of a table": {zip(zip("a,b\n1,2\n")), "compressed twice"},
		"a page in gzip":    {zip("<html>"), "HTML"},
		"a workbook":        {"PK\x03\x04\x14\x00\x06\x00", "workbook"},
		"an old workbook":   {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"},
	} {
		if _, err := reportfile.Open(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Wherever a compressed file is cut, the error says so, and not what its last line looks like.
func TestCutCompression(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(settlement))
	w.Close()
	whole := b.String()
	const header = 10 // of gzip
	damaged := []string{whole + "garbage", whole[:len(whole)-8] + "\x00\x00\x00\x00" + whole[len(whole)-4:]}
	for n := header; n < len(whole); n++ {
		damaged = append(damaged, whole[:n])
	}
	for _, text := range damaged {
		if _, _, err := readAll(text); err == nil || !strings.Contains(err.Error(), "the compressed file was cut or is damaged") {
			t.Errorf("%d of %d bytes: %v", len(text), len(whole), err)
		}
	}
}

func TestDateLayout(t *testing.T) {
	t.Parallel()
	const berlin = "2030-03-09T08:05:04Z"
	for _, test := range []struct{ layout, text, want string }{
		{"dd.mm.yyyy HH:MM:SS", "09.03.2030 08:05:04", berlin},
		{"dd.mm.yy HH:MM:SS", "09.03.30 08:05:04", berlin},
		{"dd.mm.yy HH:MM:SS", "09.03.2030 08:05:04", ""},
		{"DD.MM.YYYY hh:mm:ss", "09.03.2030 08:05:04", berlin},
		{"dd.MM.yyyy HH:mm:ss", "09.03.2030 08:05:04", berlin},
		{"d.m.yyyy h:mm:ss", "9.3.2030 8:05:04", berlin},
		{"d.m.yyyy h:mm:ss", "09.03.2030 08:05:04", berlin},
		{"m/d/yyyy h:mm AM/PM", "3/9/2030 8:05 PM", "2030-03-09T20:05:00Z"},
		{"mm/dd/yyyy", "03/09/2030", "2030-03-09T00:00:00Z"},
		{"yyyy/mm/dd HH:MM", "2030/03/09 08:05", "2030-03-09T08:05:00Z"},
		{"d mmm yyyy h:mm:ss", "9 Mar 2030 8:05:04", berlin},
		{"yyyy-mm-ddTHH:MM:SS", "2030-03-09T08:05:04", berlin},
		{"yyyymmddHHMMSS", "20300309080504", berlin},
		{"02.01.2006 15:04:05 -0700", "09.03.2030 09:05:04 +0100", "2030-03-09T09:05:04+01:00"},
		{"dd.mm.yyyy HH:MM:SS", "2030-03-09T08:05:04 +0000", berlin}, // Amazon's own is read as well
		{"dd.mm.yyyy HH:MM:SS", "03/09/2030 08:05:04", ""},
		{"dd.mm.yyyy HH:MM:SS", "09.13.2030 08:05:04", ""},
		{"dd.mm.yyyy HH:MM:SS", "30.02.2030 08:05:04", ""},
		{"dd.mm.yyyy HH:MM:SS", "00.03.2030 08:05:04", ""},
		{"dd.mm.yyyy HH:MM:SS", "", ""},
		{"", "09.03.2030 08:05:04", ""},
	} {
		f, err := reportfile.Options{DateLayout: test.layout}.Open(strings.NewReader("Id,When\n1," + test.text + "\n"))
		if err != nil {
			t.Fatalf("%s: %v", test.layout, err)
		}
		for row, err := range f.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			got, err := row.Time("When")
			if test.want == "" && err == nil || test.want != "" && (err != nil || got.Format(time.RFC3339) != test.want) {
				t.Errorf("%s: %s is %s, %v, want %s", test.layout, test.text, got.Format(time.RFC3339), err, test.want)
			}
		}
	}
	for _, layout := range []string{"dd.mm.y", "dd.mm", "HH:MM:SS", "d", "yyyy", "dd.dd.yyyy", "mm/yyyy", "tomorrow", "02.01.2006 MST"} {
		if _, err := (reportfile.Options{DateLayout: layout}).Open(strings.NewReader("a,b\n")); err == nil || !strings.Contains(err.Error(), "dd.mm.yyyy HH:MM:SS") {
			t.Errorf("%s: error %v", layout, err)
		}
	}
}

func TestDecimalComma(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, currency, want string }{
		{"119,00", "EUR", "119.00"},
		{"1.190", "EUR", "1190"},
		{"-1.234.567,89", "EUR", "-1234567.89"},
		{"12.000", "JPY", "12000"},
		{"1,190", "KWD", "1.190"},
		{"1,190", "EUR", ""},
		{"1,190", "", ""},
		{"119.00", "EUR", ""},
		{"1,190.00", "EUR", ""},
		{"1.19", "EUR", ""},
		{" 119,00 ", "EUR", "119.00"},
	} {
		f, err := reportfile.Options{DecimalComma: true}.Open(strings.NewReader("Id;Total\n1;" + test.text + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range f.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			got, err := row.Amount("Total", test.currency)
			if test.want == "" && err == nil || test.want != "" && (err != nil || got.String() != test.want) {
				t.Errorf("%s %s is %s, %v, want %s", test.text, test.currency, got, err, test.want)
			}
		}
	}
}

// Tables of other systems may have columns of one name, or of none. They can be read if that is asked for, and reports never.
func TestRepeatedColumns(t *testing.T) {
	t.Parallel()
	const table = "Tag,Order,Tag,,Total,\n"
	if _, err := reportfile.Open(strings.NewReader(table + "x,1,y,z,2.00,\n")); err == nil || !strings.Contains(err.Error(), "name 3 of 5 is empty or there twice") {
		t.Errorf("without the option: %v", err)
	}
	f, err := reportfile.Options{RepeatedColumns: true}.Open(strings.NewReader(table + "x,1,y,z,2.00,\n"))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		for column, want := range map[string]string{"Order": "1 true", "Total": "2.00 true", "Tag": " false", "": " false", "tag": " false"} {
			if cell, ok := row.Get(column); fmt.Sprint(cell, " ", ok) != want {
				t.Errorf("%q is %q, %t, want %s", column, cell, ok, want)
			}
		}
		if _, err := row.ID("Tag"); err == nil {
			t.Error("an id of two columns: no error")
		}
	}
	for _, name := range []string{"TransactionPostedDate", "SellerOrderId"} {
		settlement := strings.Replace(preamble+header, "SettlementId", name, 1)
		if _, err := (reportfile.Options{RepeatedColumns: true}).Open(strings.NewReader(settlement)); err == nil || !strings.Contains(err.Error(), "there twice") {
			t.Errorf("a settlement with %s twice: %v", name, err)
		}
	}
}

func TestOptionsParseAmount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		options              reportfile.Options
		text, currency, want string
	}{
		{reportfile.Options{}, "1,250.50", "USD", "1250.50"},
		{reportfile.Options{}, "1.190", "KWD", "1.190"},
		{reportfile.Options{}, "1.190", "EUR", ""},
		{reportfile.Options{DecimalComma: true}, "1.250,50", "EUR", "1250.50"},
		{reportfile.Options{}, "1250,50", "EUR", ""},
		{reportfile.Options{}, " 1", "EUR", ""},
	} {
		got, err := test.options.ParseAmount(test.text, test.currency)
		if test.want == "" && err == nil || test.want != "" && (err != nil || got.String() != test.want) {
			t.Errorf("%q %s is %s, %v, want %q", test.text, test.currency, got, err, test.want)
		}
	}
}

func TestRowID(t *testing.T) {
	t.Parallel()
	f, err := reportfile.Options{Name: "orders.csv"}.Open(strings.NewReader("Order,Total\n 1001 ,1.00\n7.0E+10,1.00\n'1001,1.00\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		id, err := row.ID("Order")
		got = append(got, fmt.Sprintf("%q %t %s", id, err == nil, row.File()))
	}
	if diff := cmp.Diff([]string{`"1001" true orders.csv`, `"" false orders.csv`, `"" false orders.csv`}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestSummaryNamesRowsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	wrong := strings.Replace(row1, "1,250.00", "1,251.00", 1)
	f, err := reportfile.Options{Name: "b.csv"}.Open(strings.NewReader(preamble + header + row2 + row3 + row4 + row1 + strings.Repeat(wrong, 12)))
	if err != nil {
		t.Fatal(err)
	}
	summary, err := reportfile.Summarize(f.Settlements())
	if err != nil {
		t.Fatal(err)
	}
	s := summary.Settlements()[0]
	if s.InconsistentRows != 12 || len(s.Inconsistent) != 10 || s.Inconsistent[0].Line != 11 || s.Inconsistent[0].File != "b.csv" || s.Balanced() || summary.Balanced() {
		t.Errorf("%d rows, %d named, %v", s.InconsistentRows, len(s.Inconsistent), s.Inconsistent)
	}
	text, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(text), `"inconsistentRows":12,"inconsistent":[{"file":"b.csv","line":11,"problem":"the row doesn't add up: `) {
		t.Errorf("%s, %v", text, err)
	}
}

// A settlement whose net sums up to 0 isn't balanced if one of its rows is wrong.
func TestBalancedNeedsRowsThatAddUp(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"amount":  strings.Replace(settlement, "1,250.00", "9,250.00", 1),
		"fee":     strings.Replace(settlement, "-36.25", "-36.24", 1),
		"two off": strings.NewReplacer("1,250.00", "1,251.00", "-20.00", "-21.00").Replace(settlement),
	} {
		summary, err := summarize(t, text)
		if err != nil || summary.Balanced() || !summary.Settlements()[0].Difference.IsZero() {
			t.Errorf("%s: balanced %t, %v", name, summary.Balanced(), err)
		}
	}
}
