package reportfile_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/reportfile"
)

func TestSpreadsheetCells(t *testing.T) {
	t.Parallel()
	comma := reportfile.Spreadsheet{DecimalComma: true}
	for text, want := range map[string]struct{ text, amount string }{
		"":                 {"", ""},
		"12.5":             {"12.5", "12,5"},
		"-5.00":            {"-5.00", "-5,00"},
		"1250.00":          {"1250.00", "1250,00"},
		"-1250":            {"-1250", "-1250"},
		"-1.250,00":        {"-1.250,00", "-1.250,00"},
		"-1,250.00":        {"-1,250.00", "-1,250.00"},
		"1,250.00":         {"1,250.00", "1,250.00"},
		"1.2.3":            {"1.2.3", "1.2.3"},
		"1.":               {"1.", "1."},
		".5":               {".5", ".5"},
		"0.00000000000001": {"0.00000000000001", "0,00000000000001"},
		"9.999999999999999999999": {
			"9.999999999999999999999", "9,999999999999999999999",
		},
		"=1+1":             {"'=1+1", "'=1+1"},
		"+49 170 1234":     {"'+49 170 1234", "'+49 170 1234"},
		"+5.00":            {"'+5.00", "'+5.00"},
		"-1-1":             {"'-1-1", "'-1-1"},
		"-5.00-":           {"'-5.00-", "'-5.00-"},
		"--5.00":           {"'--5.00", "'--5.00"},
		"-":                {"'-", "'-"},
		"-.5":              {"'-.5", "'-.5"},
		"-1e9":             {"'-1e9", "'-1e9"},
		"-cmd|' /C calc'!": {"'-cmd|' /C calc'!", "'-cmd|' /C calc'!"},
		"@SUM(A1)":         {"'@SUM(A1)", "'@SUM(A1)"},
		"\t=1":             {"'\t=1", "'\t=1"},
		"\r=1":             {"'\r=1", "'\r=1"},
		"'=1":              {"'=1", "'=1"},
		" =1":              {" =1", " =1"},
		"a=1":              {"a=1", "a=1"},
		"€12.50":           {"€12.50", "€12.50"},
	} {
		if got := comma.Text(text); got != want.text {
			t.Errorf("the text %q becomes %q, want %q", text, got, want.text)
		}
		if got := comma.Amount(text); got != want.amount {
			t.Errorf("the amount %q becomes %q, want %q", text, got, want.amount)
		}
		if got := (reportfile.Spreadsheet{}).Amount(text); got != want.text {
			t.Errorf("with a dot, the amount %q becomes %q, want %q", text, got, want.text)
		}
	}
}

func TestSpreadsheetDelimiters(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		form reportfile.Spreadsheet
		want string // a line, or how the error goes on
	}{
		"none":                 {reportfile.Spreadsheet{}, "a,b"},
		"none, decimal comma":  {reportfile.Spreadsheet{DecimalComma: true}, "a;b"},
		"mark":                 {reportfile.Spreadsheet{ByteOrderMark: true}, "\ufeffa,b"},
		"all":                  {reportfile.Spreadsheet{'|', true, true}, "\ufeffa|b"},
		"tab":                  {reportfile.Spreadsheet{Delimiter: '\t'}, "a\tb"},
		"ideographic":          {reportfile.Spreadsheet{Delimiter: '；'}, "a；b"},
		"comma, decimal comma": {reportfile.Spreadsheet{Delimiter: ',', DecimalComma: true}, "a comma can't separate both"},
		"quote":                {reportfile.Spreadsheet{Delimiter: '"'}, "can't be a quote"},
		"apostrophe":           {reportfile.Spreadsheet{Delimiter: '\''}, "can't be a quote"},
		"newline":              {reportfile.Spreadsheet{Delimiter: '\n'}, `can't be '\n'`},
		"return":               {reportfile.Spreadsheet{Delimiter: '\r'}, `can't be '\r'`},
		"letter":               {reportfile.Spreadsheet{Delimiter: 'x'}, "can't be 'x'"},
		"digit":                {reportfile.Spreadsheet{Delimiter: '7'}, "can't be '7'"},
		"Arabic digit":         {reportfile.Spreadsheet{Delimiter: '٣'}, "can't be '٣'"},
		"minus":                {reportfile.Spreadsheet{Delimiter: '-'}, "can't be '-'"},
		"dot":                  {reportfile.Spreadsheet{Delimiter: '.'}, "can't be '.'"},
		"space":                {reportfile.Spreadsheet{Delimiter: ' '}, "can't be ' '"},
		"mark that is no mark": {reportfile.Spreadsheet{Delimiter: '\ufeff'}, `can't be '\ufeff'`},
		"no character":         {reportfile.Spreadsheet{Delimiter: -1}, "can't be"},
		"beyond Unicode":       {reportfile.Spreadsheet{Delimiter: 0x110000}, "can't be"},
		"not decoded":          {reportfile.Spreadsheet{Delimiter: '\ufffd'}, "can't be"},
	} {
		var b strings.Builder
		w, err := test.form.NewWriter(&b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "reportfile: ") || !strings.Contains(err.Error(), test.want) || b.Len() > 0 {
				t.Errorf("%s: %v, after %q", name, err, b.String())
			}
			continue
		}
		if err := w.WriteAll([][]string{{"a", "b"}}); err != nil || b.String() != test.want+"\n" {
			t.Errorf("%s: %q, %v", name, b.String(), err)
		}
	}
	if _, err := (reportfile.Spreadsheet{ByteOrderMark: true}).NewWriter(failingWriter{}); err == nil {
		t.Error("a writer that fails: no error")
	}
}

// hostileSettlement has a formula in each text, and an id that looks like an amount.
var hostileSettlement = preamble + strings.TrimSuffix(header, ",\n") + `,"=Extra"` + "\n" +
	`"2030-03-01T09:15:00 -0800","99000000001","12.5","-7.25","Capture","","-3.5","@Shop;""x""","USD","` + "\t" + `=HYPERLINK(""http://x"")","1,250.00","-36.25","","-36.25","1213.75","-9.99"` + "\n" +
	`"2030-03-02T00:00:03 -0800","99000000001","","","Transfer","","","+1","USD","-x","-1213.75","0","0","0","-1213.75",""` + "\n"

func TestSpreadsheetConvert(t *testing.T) {
	t.Parallel()
	const want = "\ufeffTransactionPostedDate;SettlementId;AmazonTransactionId;SellerReferenceId;TransactionType;AmazonOrderReferenceId;SellerOrderId;StoreName;CurrencyCode;TransactionDescription;" +
		"TransactionAmount;TransactionPercentageFee;TransactionFixedFee;TotalTransactionFee;NetTransactionAmount;'=Extra\r\n" +
		"2030-03-01T09:15:00-08:00;99000000001;12.5;-7.25;Capture;;-3.5;\"'@Shop;\"\"x\"\"\";USD;\"'\t=HYPERLINK(\"\"http://x\"\")\";1250,00;-36,25;0,00;-36,25;1213,75;-9.99\r\n" +
		"2030-03-02T00:00:03-08:00;99000000001;;;Transfer;;;'+1;USD;'-x;-1213,75;0,00;0,00;0,00;-1213,75;\r\n"
	f, err := reportfile.Open(strings.NewReader(hostileSettlement))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := (reportfile.Spreadsheet{DecimalComma: true, ByteOrderMark: true}).WriteCSV(&b, f); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, err := reportfile.Options{DecimalComma: true}.Open(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	summary, err := reportfile.Summarize(again.Settlements())
	if err != nil || !summary.Balanced() || summary.Settlements()[0].Transfer.Net.String() != "-1213.75" {
		t.Errorf("read again: %v, %v", summary, err)
	}
	f, _ = reportfile.Open(strings.NewReader(hostileSettlement))
	if err := (reportfile.Spreadsheet{Delimiter: 'x'}).WriteCSV(&b, f); err == nil {
		t.Error("a delimiter that is a letter: no error")
	}
}

func TestSpreadsheetRow(t *testing.T) {
	t.Parallel()
	form := reportfile.Spreadsheet{DecimalComma: true}
	for name, test := range map[string]struct {
		text    string
		options reportfile.Options
		want    string
	}{
		"settlement": {hostileSettlement, reportfile.Options{}, "2030-03-01T09:15:00 -0800;99000000001;12.5;-7.25;Capture;;-3.5;@Shop;\"x\";USD;\t=HYPERLINK(\"http://x\");1250,00;-36,25;;-36,25;1213,75;-9.99"},
		"yen":        {"AmazonRefundId,RefundAmount,CurrencyCode\nR1,\"1,250\",JPY\n", reportfile.Options{}, "R1;1250;JPY"},
		"dinars":     {"AmazonRefundId,RefundAmount,CurrencyCode\nR1,1.250,KWD\n", reportfile.Options{}, "R1;1,250;KWD"},
		"commas":     {"AmazonRefundId,RefundAmount,CurrencyCode\nR1,\"-1.250,5\",EUR\n", reportfile.Options{DecimalComma: true}, "R1;-1250,5;EUR"},
		"other":      {"ChargeId,PresentmentAmount,PresentmentCurrencyCode,Rate\n1.5,2.50,EUR,0.3\n", reportfile.Options{}, "1.5;2,50;EUR;0.3"},
		"thousands":  {"AmazonRefundId,RefundAmount,CurrencyCode\nR1,1.250,EUR\n", reportfile.Options{}, "line 2, column RefundAmount"},
		"no amount":  {"ChargeId,PresentmentAmount\nC,ten\n", reportfile.Options{}, "line 2, column PresentmentAmount"},
	} {
		f, err := test.options.Open(strings.NewReader(test.text))
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range f.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			got, err := form.Row(row)
			var bad *reportfile.RowError
			if text := strings.Join(got.Cells(), ";"); err == nil && text != test.want || err != nil && (!errors.As(err, &bad) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s: %q, %v", name, text, err)
			}
			if same, err := (reportfile.Spreadsheet{}).Row(row); err != nil || !cmp.Equal(same.Cells(), row.Cells()) {
				t.Errorf("%s, with a dot: %q, %v", name, same.Cells(), err)
			}
			break
		}
	}
	if row, err := form.Row(reportfile.Row{}); err != nil || len(row.Cells()) > 0 {
		t.Errorf("the zero row: %v, %v", row, err)
	}
}

// No cell of a spreadsheet begins like a formula, and all are there when they are read again.
func FuzzSpreadsheet(f *testing.F) {
	f.Add("=1+1", "-5.00", byte(0))
	f.Add("\t@x\r\n", "-5,00;", byte(5))
	f.Add("\"=1\"", "+1\n=1", byte(6))
	number := regexp.MustCompile(`^-\d[\d.,]*$`)
	f.Fuzz(func(t *testing.T, text, amount string, choice byte) {
		form := reportfile.Spreadsheet{Delimiter: []rune{0, ';', '\t', '|'}[choice%4], DecimalComma: choice&4 != 0, ByteOrderMark: choice&8 != 0}
		var b bytes.Buffer
		w, err := form.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.WriteAll([][]string{{"x", form.Text(text), form.Amount(amount)}}); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\ufeff"))))
		r.Comma = w.Comma
		record, err := r.Read()
		if err != nil || len(record) != 3 {
			t.Fatalf("%q: %q, %v", b.String(), record, err)
		}
		lines := strings.NewReplacer("\r\n", "\n") // as encoding/csv reads them
		for i, given := range []string{text, amount} {
			cell := record[i+1]
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+@\t\r") || strings.HasPrefix(cell, "-") && !number.MatchString(cell) {
				t.Errorf("%q is written as %q", given, cell)
			}
			if back := strings.TrimPrefix(cell, "'"); i == 0 && back != strings.TrimPrefix(lines.Replace(given), "'") {
				t.Errorf("%q is read again as %q", given, back)
			}
		}
	})
}
