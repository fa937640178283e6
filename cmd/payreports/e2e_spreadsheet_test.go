package main_test

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/simulator"
)

// What was written for a spreadsheet is read again with the same sums, whatever separates its fields.
func TestSpreadsheetRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, currency := range []string{"EUR", "JPY", "USD"} {
		tradedIn(t, dir, currency)
	}
	write(t, filepath.Join(dir, "stores.csv"), strings.ReplaceAll(twoStores, `\"`, `""`))
	totals := []string{"--by", "month", "-o", "json"}
	want := run(t, append([]string{"file", "summary", dir}, totals...)...).stdout
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) != 31 {
		t.Fatal(files, err)
	}
	for name, test := range map[string]struct{ form, read []string }{
		"German":    {[]string{"--delimiter", ";", "--csv-decimal-comma", "--bom"}, []string{"--decimal-comma"}},
		"comma":     {[]string{"--csv-decimal-comma"}, []string{"--decimal-comma"}},
		"bar":       {[]string{"--csv-decimal-comma", "--delimiter", "|"}, []string{"--decimal-comma"}},
		"semicolon": {[]string{"--delimiter", "semicolon"}, nil},
		"tab":       {[]string{"--delimiter", "tab", "--bom"}, nil},
		"mark":      {[]string{"--bom"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			converted := t.TempDir()
			for _, file := range files {
				text := run(t, append([]string{"file", "convert", file, "--to", "csv"}, test.form...)...).stdout
				write(t, filepath.Join(converted, filepath.Base(file)), text)
			}
			got := run(t, append(append([]string{"file", "summary", converted}, totals...), test.read...)...)
			if diff := cmp.Diff(want, got.stdout); diff != "" || got.code != 0 {
				t.Errorf("exit code %d, %s (-want +got):\n%s", got.code, got.stderr, diff)
			}
		})
	}
}

const formulaRow = `"2030-01-31T23:59:59 -0800","7001","Capture","=HYPERLINK(""http://x"")","EUR","1,250.00","-36.25","0","-36.25","1213.75"` + "\n" +
	`"2030-02-01T06:00:00 -0800","7001","Transfer","-12.5","EUR","-1213.75","0","0","0","-1213.75"` + "\n"

func TestSpreadsheetForms(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "formula.csv", summaryHeader+formulaRow)
	const names = "TransactionPostedDate;SettlementId;TransactionType;StoreName;CurrencyCode;TransactionAmount;TransactionPercentageFee;TransactionFixedFee;TotalTransactionFee;NetTransactionAmount"
	plain := strings.ReplaceAll(names, ";", ",")
	german := []string{"--delimiter=;", "--csv-decimal-comma", "--bom"}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"show": {append([]string{"show", file, "-o", "csv"}, german...), "\ufeff" + names + "\n" +
			`2030-01-31T23:59:59 -0800;7001;Capture;"'=HYPERLINK(""http://x"")";EUR;1250,00;-36,25;0;-36,25;1213,75` + "\n" +
			"2030-02-01T06:00:00 -0800;7001;Transfer;-12.5;EUR;-1213,75;0;0;0;-1213,75\n"},
		"show with a mark": {[]string{"show", file, "-o", "csv", "--bom"}, "\ufeff" + plain + "\n" +
			`2030-01-31T23:59:59 -0800,7001,Capture,"'=HYPERLINK(""http://x"")",EUR,"1,250.00",-36.25,0,-36.25,1213.75` + "\n" +
			"2030-02-01T06:00:00 -0800,7001,Transfer,-12.5,EUR,-1213.75,0,0,0,-1213.75\n"},
		"show plainly": {[]string{"show", file, "-o", "csv", "--bom=false"}, plain + "\n" +
			`2030-01-31T23:59:59 -0800,7001,Capture,"=HYPERLINK(""http://x"")",EUR,"1,250.00",-36.25,0,-36.25,1213.75` + "\n" +
			"2030-02-01T06:00:00 -0800,7001,Transfer,-12.5,EUR,-1213.75,0,0,0,-1213.75\n"},
		"convert": {append([]string{"convert", file, "--to", "csv"}, german...), "\ufeff" + names + "\r\n" +
			`2030-01-31T23:59:59-08:00;7001;Capture;"'=HYPERLINK(""http://x"")";EUR;1250,00;-36,25;0,00;-36,25;1213,75` + "\r\n" +
			"2030-02-01T06:00:00-08:00;7001;Transfer;-12.5;EUR;-1213,75;0,00;0,00;0,00;-1213,75\r\n"},
		"convert plainly": {[]string{"convert", file, "--to", "csv"}, plain + "\r\n" +
			`2030-01-31T23:59:59-08:00,7001,Capture,"=HYPERLINK(""http://x"")",EUR,1250.00,-36.25,0.00,-36.25,1213.75` + "\r\n" +
			"2030-02-01T06:00:00-08:00,7001,Transfer,-12.5,EUR,-1213.75,0.00,0.00,0.00,-1213.75\r\n"},
		"summary": {append([]string{"summary", file, "-o", "csv"}, german...), "\ufeffsettlementId;currency;type;count;amount;totalFee;net\n" +
			"7001;EUR;Capture;1;1250,00;-36,25;1213,75\n7001;EUR;Transfer;1;-1213,75;0,00;-1213,75\n7001;EUR;balanced;;;;0,00\n"},
		"stores": {append([]string{"summary", file, "--by", "store", "-o", "csv"}, german...), "\ufeffcurrency;store;count;sales;refunds;claims;adjustments;reserves;other;percentageFee;fixedFee;totalFee;net;payouts\n" +
			"EUR;-12.5;1;0,00;0,00;0,00;0,00;0,00;0,00;0,00;0,00;0,00;0,00;-1213,75\n" +
			`EUR;"'=HYPERLINK(""http://x"")";1;1250,00;0,00;0,00;0,00;0,00;0,00;-36,25;0,00;-36,25;1213,75;0,00` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, append([]string{"file"}, test.args...)...)
			if diff := cmp.Diff(test.want, got.stdout); diff != "" || got.code != 0 {
				t.Errorf("exit code %d, %s (-want +got):\n%s", got.code, got.stderr, diff)
			}
		})
	}
	// What can't be read is an error, not a guess, and what was meant is named.
	thousands := writeFile(t, "thousands.csv", strings.Replace(summaryHeader+formulaRow, "1,250.00", "1.250", 1))
	for _, args := range [][]string{
		{"show", thousands, "-o", "csv", "--csv-decimal-comma"},
		{"convert", thousands, "--to", "csv", "--csv-decimal-comma"},
	} {
		if got := run(t, append([]string{"file"}, args...)...); got.code != 1 || strings.Contains(got.stdout, "250") || !strings.Contains(got.stderr, `"1.250" has three digits`) {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if got := run(t, "file", "convert", file, "--to", "csv", "--delimiter", ";", "--decimal-comma", "--bom"); got.code != 1 || !strings.Contains(got.stderr, "--csv-decimal-comma writes amounts so") {
		t.Errorf("--decimal-comma: %+v", got)
	}
}

// Each command that writes CSV writes it for spreadsheets.
func TestSpreadsheetOfEachCommand(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	s.ok(t, "schedules", "create", "--type", "refund", "--frequency", "P1D", "--next", "2026-12-01T04:00:00Z")
	damaged := filepath.Join(t.TempDir(), "damaged")
	if err := os.CopyFS(damaged, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	change(t, settlementFiles(damaged)[1], `(?m)^.*"Capture".*\n`, "")
	for name, test := range map[string]struct {
		args []string
		want string // in a line
		code int
	}{
		"reports":       {[]string{"reports", "list", "--since", "2026-11-22"}, "50000000090;", 0},
		"report":        {[]string{"reports", "get", "50000000090"}, "50000000090;", 0},
		"schedules":     {[]string{"schedules", "list"}, ";P1D;", 0},
		"disbursements": {[]string{"disbursements", "list", "--since", "2026-11-20", "--until", "2026-11-22"}, ";6755,61;USD;", 0},
		"reconcile":     {[]string{"reconcile", "--reports", damaged, "--since", "2026-11-20"}, "settlement;", 4},
		"verify":        {[]string{"verify", "--reports", damaged, "--since", "2026-11-22"}, ";", 4},
		"sync":          {[]string{"sync", "--to", filepath.Join(t.TempDir(), "copy"), "--since", "2026-11-22"}, ".csv;5206", 0},
		"doctor":        {[]string{"doctor"}, ";", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.run(t, append(test.args, "-o", "csv", "--csv-decimal-comma", "--bom")...)
			text, marked := strings.CutPrefix(got.stdout, "\ufeff")
			r := csv.NewReader(strings.NewReader(text))
			r.Comma = ';'
			records, err := r.ReadAll()
			if err != nil || !marked || got.code != test.code || len(records) < 2 || len(records[0]) < 2 || !strings.Contains(text, test.want) {
				t.Errorf("%v: exit code %d: %s%s", err, got.code, got.stdout, got.stderr)
			}
		})
	}
}

// Texts of the service are no formulas, and its ids are no amounts.
func TestSpreadsheetOfHostileTexts(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	at := s.with("AMAZON_PAY_ENDPOINT=" + hostileService(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		asJSON(w, http.StatusOK, map[string]any{"disbursements": []any{map[string]any{
			"settlementId": "12.5", "amount": "-1250.5", "currencyCode": "EUR", "transactionTime": "2026-11-01T00:00:00Z",
			"amazonDisbursementReferenceId": "=cmd|' /C calc'!A0", "sellerId": "@x;y",
		}}})
	}) + "/v2")
	list := []string{"disbursements", "list", "--since", "2026-11-01", "--until", "2026-11-02", "-o", "csv"}
	got := at.ok(t, append(list, "--csv-decimal-comma")...).stdout
	if want := "12.5;-1250,50;EUR;2026-11-01T00:00:00.000Z;'=cmd|' /C calc'!A0;\"'@x;y\"\n"; !strings.HasSuffix(got, "\n"+want) {
		t.Errorf("for a spreadsheet: %q, want %q", got, want)
	}
	if got, want := at.ok(t, list...).stdout, "12.5,-1250.50,EUR,2026-11-01T00:00:00.000Z,=cmd|' /C calc'!A0,@x;y\n"; !strings.HasSuffix(got, "\n"+want) {
		t.Errorf("plainly: %q, want %q", got, want)
	}
}

// A form that can't be is refused before a file is read or a call is sent.
func TestSpreadsheetUsage(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Start: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)})
	target := filepath.Join(t.TempDir(), "copy")
	for line, want := range map[string]string{
		"file convert no.csv --to json --bom":                             "--bom is for CSV: give --to csv too",
		"file convert no.csv --delimiter ;":                               "--delimiter is for CSV: give --to csv too",
		"file summary no.csv --csv-decimal-comma":                         "--csv-decimal-comma is for CSV: give --output csv too",
		"file show no.csv -o json --delimiter tab":                        "--delimiter is for CSV: give --output csv too",
		"reports list --bom":                                              "--bom is for CSV: give --output csv too",
		"sync --to " + target + " -o json --bom":                          "--bom is for CSV",
		"journal no.csv --bom -o csv":                                     "--bom is for --output csv, which payreports journal doesn't have",
		"demo --delimiter ;":                                              "payreports demo doesn't have",
		"completion bash --bom -o csv":                                    "payreports completion bash doesn't have",
		"simulate -o csv --bom":                                           "payreports simulate doesn't have",
		"spec -o csv --bom":                                               "payreports spec doesn't have",
		"file summary no.csv -o csv --delimiter , --csv-decimal-comma":    "a comma can't separate both fields and decimals",
		"file convert no.csv --to csv --csv-decimal-comma --delimiter=,":  "a comma can't separate both fields and decimals",
		"file show no.csv -o csv --delimiter ;;":                          "it must be one character, tab or semicolon",
		"file show no.csv -o csv --delimiter comma":                       "it must be one character, tab or semicolon",
		`file show no.csv -o csv --delimiter \t`:                          "it must be one character, tab or semicolon",
		`file show no.csv -o csv --delimiter "`:                           "can't be a quote",
		"file show no.csv -o csv --delimiter '":                           "can't be a quote",
		"file show no.csv -o csv --delimiter x":                           "can't be 'x'",
		"file show no.csv -o csv --delimiter 7":                           "can't be '7'",
		"file show no.csv -o csv --delimiter é":                           "can't be 'é'",
		"file show no.csv -o csv --delimiter -":                           "can't be '-'",
		"file show no.csv -o csv --delimiter=":                            "it must be one character",
		"disbursements list -o csv --decimal-comma --since 1d":            "did you mean --csv-decimal-comma?",
		"reports list -o csv --bom=perhaps":                               "--bom",
		"reports create --type refund --start 2d --end 1d -o json --bom":  "--bom is for CSV",
		"schedules ensure --type refund --frequency P1D --next 1d --bom ": "--bom is for CSV",
	} {
		got := s.run(t, strings.Fields(line)...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", line, got)
		}
	}
	for _, separator := range []string{"\n", "\r", "\ufeff", "\xff", " "} {
		if got := s.run(t, "file", "show", "no.csv", "-o", "csv", "--delimiter", separator); got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, "--delimiter") {
			t.Errorf("%q: %+v", separator, got)
		}
	}
	if _, err := os.Stat(target); !os.IsNotExist(err) {
		t.Errorf("sync has made %s: %v", target, err)
	}
	if got := s.ok(t, "schedules", "list", "-o", "json"); got.stdout != "[]\n" {
		t.Errorf("a schedule was made: %s", got.stdout)
	}
}
