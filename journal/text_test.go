package journal

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/govalues/decimal"
)

// FuzzAppendClean compares what is written fast with what was meant: one line of visible characters, without marks.
func FuzzAppendClean(f *testing.F) {
	for _, text := range []string{
		"", " ", "Capture", "a b", " a", "a ", "a  b", "a\tb", "a\nb", "a\u00a0b", "Größe", "a;b|c(d)[e]", `a\"b`, ",", ":", "a:b ", "\xff", "\u200b", "\x7f", "~", "a, b",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
		for _, test := range []struct {
			marks  *marks
			oldnew []string
		}{
			{noMarks, nil},
			{hledgerDescription, []string{";", ",", "|", "/", "(", "[", ")", "]"}},
			{hledgerTag, []string{",", " "}},
			{hledgerRemark, []string{":", "", "[", "(", "]", ")"}},
			{beancountText, []string{`\`, `\\`, `"`, `\"`}},
		} {
			want := "before " + strings.NewReplacer(test.oldnew...).Replace(strings.Join(words, " "))
			if got := string(appendClean([]byte("before "), text, test.marks)); got != want {
				t.Errorf("%q: %q, want %q", text, got, want)
			}
			if got := string(appendClean([]byte("before "), []byte(text), test.marks)); got != want {
				t.Errorf("%q as bytes: %q, want %q", text, got, want)
			}
		}
	})
}

func TestDates(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC, time.FixedZone("", -8*3600), time.FixedZone("", 14*3600), time.FixedZone("", -(9*3600 + 1800))}
	for _, name := range []string{"America/Sao_Paulo", "Europe/Berlin", "Pacific/Apia"} { // a midnight that isn't, two offsets, a day that isn't
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	var d dates
	for _, zone := range zones {
		for _, start := range []time.Time{
			time.Date(2011, 12, 28, 0, 0, 0, 0, time.UTC), time.Date(2018, 11, 2, 0, 0, 0, 0, time.UTC), time.Date(2030, 3, 29, 0, 0, 0, 0, time.UTC),
			time.Date(1969, 12, 29, 0, 0, 0, 0, time.UTC),
			{},
		} {
			for seconds := 0; seconds < 5*24*3600; seconds += 1799 {
				at := start.Add(time.Duration(seconds) * time.Second).In(zone)
				if got, want := string(d.append(nil, at)), at.Format(time.DateOnly); got != want {
					t.Fatalf("%v: %s, want %s", at, got, want)
				}
			}
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	l := lines{remarks: hledgerRemark}
	for _, name := range []string{"Assets:Bank", "Einnahmen:Verkäufe", strings.Repeat("Assets:", 8) + "Bank"} {
		for _, amount := range []string{"0.01", "-1250.00", "12345678901.23", "-12345678901.23", "99999999999999999.99", "0.0000000000000000001", "-9999999999999999999"} {
			for _, currency := range []string{"USD", "JPY"} {
				for _, remark := range []string{"Capture", "Sales: [tax]"} {
					accounts := newAccounts(Chart{}, new(beancount))
					b := booking{currency: currency, postings: []posting{{accounts.named(name, currency), decimal.MustParse(amount), remark}}}
					want := fmt.Sprintf("  %-*s  %*s %s  ; %s\n", accountWidth, name, amountWidth, amount, currency, hledgerRemark.replacer.Replace(remark))
					if got := string(l.append(nil, &b)); got != want {
						t.Errorf("%q, want %q", got, want)
					}
				}
			}
		}
	}
}

// FuzzAppendField compares a field with that of encoding/csv.
func FuzzAppendField(f *testing.F) {
	for _, field := range []string{"", " ", "a", "a,b", `a"b`, `"`, "a\nb", "a\r", "\u00a0a", "a ", `\.`, `\.x`, "é", "\xff", "\u2028", "\xe2\x80", "\u3000a"} {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		var want bytes.Buffer
		w := csv.NewWriter(&want)
		if err := w.Write([]string{"first", field}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		for _, got := range [][]byte{appendField([]byte("first,"), field), appendField([]byte("first,"), []byte(field))} {
			if string(got)+"\n" != want.String() {
				t.Errorf("%q: %q, want %q", field, got, want.String())
			}
		}
	})
}
