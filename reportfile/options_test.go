package reportfile_test

import (
	"errors"
	"strings"
	"testing"

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
