package reportfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/reportfile"
)

// Files that were found to be read wrongly or not at all. The wanted lines are rows in brief, or what an error says.
func TestCases(t *testing.T) {
	t.Parallel()
	german := reportfile.Options{DecimalComma: true}
	whole := []string{"Capture EUR 119.00 116.39", "Refund EUR -19.00 -18.64", "Transfer EUR -97.75 -97.75"}
	tests := []struct {
		file    string
		options reportfile.Options
		want    []string
	}{
		{"title-renamed-amazon-pay.csv", reportfile.Options{}, whole},
		{"sep-line.csv", reportfile.Options{}, whole},
		{"utf-16le-bom.txt", reportfile.Options{}, whole},
		{"windows-1252.csv", reportfile.Options{Encoding: "windows-1252"}, whole},
		{"windows-1252.csv", reportfile.Options{}, []string{"error: line 7, column StoreName: the text is not UTF-8: if the file is in another encoding, the option Encoding (--encoding)"}},
		{"decimal-comma-semicolon.csv", german, whole},
		{"decimal-comma-semicolon.csv", reportfile.Options{}, []string{`error: line 7, column TransactionAmount: "119,00" is not an amount that can be read: the file looks re-saved by a spreadsheet; the option DecimalComma (--decimal-comma)`}},
		{"german-thousands-dot-no-decimals.csv", german, []string{"Capture EUR 1190 1167", "Transfer EUR -1167 -1167"}},
		{"german-thousands-dot-no-decimals.csv", reportfile.Options{}, []string{`error: line 7, column TransactionAmount: "1.190" has three digits after its dot, and amounts of EUR have fewer: perhaps the dot separates thousands. The file looks re-saved by a spreadsheet; the option DecimalComma (--decimal-comma)`}},
		{"excel-scientific-settlement-id.csv", reportfile.Options{}, []string{`error: line 7, column SettlementId: "7.0E+10" is an id in scientific notation, which has lost digits: the file looks re-saved by a spreadsheet`}},
		{"row-does-not-add-up.csv", reportfile.Options{}, []string{"Capture EUR 911.00 116.39: line 7: the row doesn't add up: the net amount is 116.39, but amount 911.00 and total fee -2.61 make 908.39", whole[1], whole[2]}},
		{"refund-tsv-stray-quotes.txt", reportfile.Options{}, []string{`S02-R1 1.00 "\"broken"`, `S02-R2 2.00 "x"`, `S02-R3 3.00 "y"`, `S02-R4 4.00 "screen\""`, `S02-R5 5.00 "z"`}},
		{"orders-magento.csv", reportfile.Options{}, []string{"ORD-1 119.0000"}},
		{"orders-shopify.csv", reportfile.Options{}, []string{"#1001 119.00"}},
		{"orders-woocommerce.csv", reportfile.Options{}, []string{"ORD-1 119.00"}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %+v", test.file, test.options), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join("testdata", "cases", test.file))
			if err != nil {
				t.Fatal(err)
			}
			got := inBrief(content, test.options)
			for i, want := range test.want {
				if i < len(got) && strings.HasPrefix(want, "error: ") && strings.HasPrefix(got[i], want) {
					got = got[:i+1]
					got[i] = want
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// inBrief reads a file of any kind.
func inBrief(content []byte, options reportfile.Options) []string {
	f, err := options.Open(bytes.NewReader(content))
	if err != nil {
		return []string{failure(err)}
	}
	var got []string
	switch f.Kind() {
	case reportfile.KindSettlement:
		for r, err := range f.Settlements() {
			if err != nil {
				got = append(got, failure(err))
				continue
			}
			line := fmt.Sprintf("%s %s %s %s", r.Type, r.Currency, r.Amount, r.Net)
			if err := r.Check(); err != nil {
				line += strings.Replace(failure(err), "error: ", ": ", 1)
			}
			got = append(got, line)
		}
	case reportfile.KindRefund:
		for r, err := range f.Refunds() {
			if err != nil {
				got = append(got, failure(err))
				continue
			}
			got = append(got, fmt.Sprintf("%s %s %q", r.RefundID, r.Amount, r.Note))
		}
	default:
		for r, err := range f.Rows() {
			if err != nil {
				got = append(got, failure(err))
				continue
			}
			for _, column := range []string{"Order Total", "Total", "Grand Total (Purchased)"} {
				if _, ok := r.Get(column); !ok {
					continue
				}
				amount, err := r.Amount(column, "EUR")
				if err != nil {
					got = append(got, failure(err))
					continue
				}
				got = append(got, fmt.Sprintf("%s %s", r.Cells()[0], amount))
			}
		}
	}
	return got
}

func failure(err error) string { return "error: " + strings.TrimPrefix(err.Error(), "reportfile: ") }

// What a row, a cell or a file may be taken for is an error, and what can only be one thing is read.
func TestNeverSilentlyWrong(t *testing.T) {
	t.Parallel()
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(settlement) }
	unquoted := func(s string) string { return strings.NewReplacer(`"`, "", "1,250.00", "1250.00").Replace(s) }
	tabs := func(s string) string {
		return strings.NewReplacer(`","`, "\t", ",\n", "\t\n", `"`, "").Replace(strings.ReplaceAll(s, "1,250.00", "1250.00"))
	}
	bare := unquoted(header + row1 + row2 + row3 + row4)
	stray := strings.Replace(strings.Replace(bare, "Example Shop", `"Example Shop`, 1), "Reserve,,,,", `Reserve,,,screen",`, 1)
	refund := func(amount, currency string) string {
		return strings.NewReplacer("20.00", amount, "USD", currency).Replace(refunds)
	}
	const whole = 4
	tests := map[string]struct {
		text string
		rows int    // how many are read, besides those of the error
		want string // of the first error, "" if there must be none
	}{
		// Quotes that swallow rows.
		"stray quotes, commas":           {stray, 2, "line 2: a quoted field holds what may be whole rows"},
		"stray quotes, semicolons":       {strings.ReplaceAll(stray, ",", ";"), 2, "line 2: a quoted field holds what may be whole rows"},
		"stray quotes, CRLF":             {strings.ReplaceAll(stray, "\n", "\r\n"), 2, "line 2: a quoted field holds what may be whole rows"},
		"stray quotes of two rows":       {strings.Replace(strings.Replace(bare, "Example Shop", `"Example Shop`, 1), "ORDER-0990,Example Shop", `ORDER-0990,Shop"`, 1), 2, "line 2: a quoted field holds what may be whole rows"},
		"stray quotes, quoted header":    {header + strings.SplitN(stray, "\n", 2)[1], 2, "line 2: a quoted field holds what may be whole rows"},
		"a quote that is never closed":   {strings.Replace(bare, "Example Shop", `"Example Shop`, 1), 3, "line 2: the file ends inside a quoted field"},
		"a stray quote in a quoted file": {change(`"INV-1001"`, `"INV-1001`), 3, "line 7: a quote is not where a field begins or ends"},
		"tabs, quotes of the text":       {tabs(strings.Replace(settlement, "Example Shop", "=", 1)), whole, ""},
		"a text of several lines":        {strings.Replace(bare, "Example Shop", "\"Example,\nShop\"", 1), whole, ""},
		// The header.
		"a title of several cells":     {"Report,of,March\n" + bare, whole, ""},
		"a line more in front":         {"\n\"made by hand\"\n" + settlement, whole, ""},
		"padded blank lines":           {",,,,\n;;\n" + settlement, whole, ""},
		"upper case":                   {strings.Replace(settlement, header, strings.ToUpper(header), 1), whole, ""},
		"spaces and invisible marks":   {strings.Replace(settlement, header, strings.NewReplacer(`"S`, `" S`, `e"`, "e\u00a0\"", `"A`, "\"\ufeffA").Replace(header), 1), whole, ""},
		"a known name twice":           {strings.Replace(settlement, `"StoreName"`, `"settlementid"`, 1), 0, "line 6: the header's name 8"},
		"two reports in one file":      {refundsAsTable + settlement, 0, "line 1: there are rows before the header on line 8"},
		"a small table in front":       {"order,amount,currency\n1,2.00,EUR\n" + settlement, 0, "line 2: there are rows before the header on line 8"},
		"a table with a title":         {"Payouts\nday,amount,bank,note\n\n1,2.00,x,y\n" + settlement, 0, "line 4: there are rows before the header on line 10"},
		"a table of many rows":         {strings.Repeat("1,2,3,4,5,6,7\n", 40) + settlement, 0, "line 2: there are rows before the header on line 46"},
		"a header in one cell":         {strings.ReplaceAll(strings.ReplaceAll(preamble+`"`+strings.ReplaceAll(strings.TrimSuffix(header, "\n"), `"`, `""`)+"\"\n", "\"\"\"", "\""), ",\"\n", "\"\n"), 0, "settlement report"},
		"a second file behind":         {settlement + settlement, 8, "line 11: a quote is not where a field begins"},
		"separator line, double mark":  {"\ufeff\ufeffsep=;\r\n\ufeff" + strings.ReplaceAll(strings.ReplaceAll(bare, ",", ";"), "\n", "\r\n"), whole, ""},
		"separator line in quotes":     {"\"sep=,\"\n" + settlement[3:], whole, ""},
		"a wrong separator line":       {"sep=;\n" + settlement[3:], 0, "settlement report"},
		"bars":                         {"sep=|\n" + strings.ReplaceAll(bare, ",", "|"), whole, ""},
		"a preamble that isn't a date": {change("2030-03-01T00:04:03 -0800", "gestern"), whole, ""},
		// Amounts.
		"thousands with a dot":           {change("1,250.00", "1.250"), 3, `"1.250" has three digits after its dot`},
		"a fee with three digits":        {change("-0.30", "-0.300"), 3, `"-0.300" has three digits`},
		"yen with a dot":                 {strings.Replace(yenSettlement, "1250", "1.250", 1), 3, `"1.250" has three digits`},
		"a refund with a dot":            {refund("12.000", "EUR"), 1, `column RefundAmount: "12.000" has three digits`},
		"dinars":                         {refund("12.000", "KWD"), 3, ""},
		"dinars of Tunisia":              {refund("12.345", "TND"), 3, ""},
		"four digits":                    {refund("12.0000", "EUR"), 3, ""},
		"in parentheses":                 {change(`"-20.00"`, `"(20.00)"`), 3, `"(20.00)" is not an amount`},
		"a minus sign behind":            {change(`"-20.00"`, `"20.00-"`), 3, `"20.00-" is not an amount`},
		"a typographic minus sign":       {change(`"-20.00"`, "\"\u221220.00\""), 3, "is not an amount"},
		"spaces between thousands":       {change("1,250.00", "1\u00a0250.00"), 3, "is not an amount"},
		"no fees":                        {change(`"0","0","0"`, `"","",""`), whole, ""},
		"no net amount":                  {change(`"1213.45"`, `""`), 3, "column NetTransactionAmount: an empty cell"},
		"no refund amount":               {refund("", "USD"), 1, "column RefundAmount: an empty cell"},
		"a name where an amount belongs": {change(`"-36.25"`, `"Erika Mustermann"`), 3, "column TransactionPercentageFee: a cell of text is not an amount"},
		"a name where a date belongs":    {change("2030-03-01T11:40:12 -0800", "Zoe T"), 3, "column TransactionPostedDate: a cell of text is not a time"},
		// Dates.
		"month 00":           {change("2030-03-01T11:40:12", "2030-00-01T11:40:12"), 3, `"2030-00-01T11:40:12 -0800" is not a time`},
		"a German date":      {change("2030-03-01T11:40:12 -0800", "01.03.2030 11:40"), 3, "the option DateLayout (--date-layout)"},
		"a serial of a date": {change("2030-03-01T11:40:12 -0800", "47543.486"), 3, `"47543.486" is not a time`},
		"no date":            {change("2030-03-01T11:40:12 -0800", ""), 3, "an empty cell is not a time"},
		// Ids and currencies.
		"E without a fraction":   {change("99000000001", "9.9E+10"), 0, "scientific"},
		"7E+10":                  {change("99000000001", "7E+10"), 0, "scientific"},
		"7,0E+10":                {change("99000000001", "7,0E+10"), 0, "scientific"},
		"7e10":                   {change("99000000001", "7e10"), 0, "scientific"},
		"an order id":            {change("ORDER-1001", "1.00235E+15"), 3, "column SellerOrderId"},
		"a reference id":         {change("INV-1001", "7.0E10"), 3, "column SellerReferenceId"},
		"a transaction id":       {change("S01-1111111-2222222-C000001", "1E+20"), 3, "column AmazonTransactionId"},
		"a refund id":            {strings.ReplaceAll(refunds, `"R1"`, `"1E+09"`), 1, "column AmazonRefundId"},
		"a capture id":           {strings.ReplaceAll(refunds, `"C8"`, `"8,0E+09"`), 1, "column AmazonCaptureId"},
		"an apostrophe in front": {change("99000000001", "'99000000001"), 0, "mark of a spreadsheet"},
		"a formula":              {change("\"99000000001\"", `"=""99000000001"""`), 0, "mark of a spreadsheet"},
		"a fraction behind":      {change("99000000001", "99000000001.0"), 0, "id with a fraction"},
		"thousands in an id":     {change("99000000001", "99,000,000,001"), 0, "id with separators"},
		"a cell too narrow":      {change("ORDER-1001", "########"), 3, "column SellerOrderId"},
		"no settlement id":       {change("99000000001", ""), 0, "the settlement has no id"},
		"an id that looks so":    {change("ORDER-1001", "12E4"), whole, ""},
		"an id with a number":    {change("ORDER-1001", "#1001"), whole, ""},
		"no currency":            {strings.Replace(settlement, `"USD"`, `""`, 1), 3, "column CurrencyCode: there is no currency"},
		"a sign for a currency":  {strings.Replace(settlement, `"USD"`, `"$"`, 1), 3, "column CurrencyCode: the currency is not a code"},
		"a name for a currency":  {strings.Replace(settlement, `"USD"`, `"Euro"`, 1), 3, "column CurrencyCode: the currency is not a code"},
		// Rows.
		"a row of totals":  {settlement + `"Total","","","","","","","","","","35.97","-35.67","-0.30","-35.97","0.00"` + "\n", whole, "line 11, column TransactionPostedDate: a cell of text is not a time"},
		"after blank rows": {preamble + header + row1 + "\n\r\n" + row2 + "\n\n\n" + row3 + row4, whole, ""},
		"header only":      {preamble + header, 0, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, failed := 0, ""
			for _, line := range inBrief([]byte(test.text), reportfile.Options{}) {
				switch {
				case !strings.HasPrefix(line, "error: "):
					rows++
				case failed == "":
					failed = line
				}
			}
			if rows != test.rows || failed == "" != (test.want == "") || !strings.Contains(failed, test.want) {
				t.Errorf("%d rows and %q, want %d and %q", rows, failed, test.rows, test.want)
			}
			if strings.Contains(failed, "Erika") || strings.Contains(failed, "Zoe") || strings.Contains(failed, "Example") {
				t.Errorf("a name is quoted: %s", failed)
			}
		})
	}
}

const refundsAsTable = "\"OrderId\",\"Name\",\"Street\",\"City\",\"State\",\"Zip\",\"Country\",\"Phone\",\"Mail\",\"Note\"\n" +
	"\"O1\",\"N\",\"S\",\"C\",\"St\",\"Z\",\"DE\",\"P\",\"M\",\"Note\"\n"

func TestPreambleError(t *testing.T) {
	t.Parallel()
	f, err := reportfile.Options{Name: "a.csv"}.Open(strings.NewReader(strings.Replace(settlement, "2030-03-01T00:04:03 -0800", "01.03.2030", 1)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Preamble()
	var bad *reportfile.RowError
	if !errors.As(err, &bad) || bad.File != "a.csv" || bad.Line != 4 || bad.Column != "SettlementStartDate" {
		t.Errorf("error %v", err)
	}
	if p.SellerID != "A1EXAMPLESELLER" || !p.Start.IsZero() || p.End.IsZero() {
		t.Errorf("preamble %+v", p)
	}
}

// Converting refuses what reading refuses, and knows columns by their names in any case.
func TestConvertedCases(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"a refund id":       {strings.ReplaceAll(refunds, `"R1"`, `"1E+09"`), "error"},
		"a capture id":      {"AmazonCaptureId,CaptureAmount,CurrencyCode\n8.0E+10,1.00,EUR\n", "error"},
		"thousands":         {"AmazonCaptureId,CaptureAmount,CurrencyCode\nC1,1.190,EUR\n", "error"},
		"no known currency": {"AmazonCaptureId,CaptureAmount\nC1,1.190\n", "error"},
		"dinars":            {"AmazonCaptureId,CaptureAmount,CurrencyCode\nC1,1.190,KWD\n", "C1,1.190,KWD"},
		"no fee":            {strings.Replace(settlement, `"-36.25"`, `""`, 1), ",1250.00,0.00,"},
		"upper case":        {strings.Replace(settlement, header, strings.ToUpper(header), 1), "1250.00,-36.25,-0.30"},
	} {
		f, err := reportfile.Open(strings.NewReader(test.text))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		err = reportfile.WriteCSV(&b, f)
		if test.want == "error" && err == nil || test.want != "error" && (err != nil || !strings.Contains(b.String(), test.want)) {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}

// Where the header is quoted and the rows aren't, a later row tells that an earlier quote was a stray one.
func TestSwallowedRowsAreNoticedLate(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"one column":    "\"Note\"\n\"a\nb\nc\"\nd\n",
		"two columns":   "\"Note\",\"Type\"\n\"a,b\nc,d\ne\",\"f\"\n\"g\",h\n",
		"an empty cell": "\"Note\",\"Type\"\n\"a,b\nc,d\ne\",\"f\"\n,\"h\"\n",
		"by semicolons": "\"Note\";\"Type\"\r\n\"a;b\r\nc;d\r\ne\";\"f\"\r\n\"g\";h\r\n",
	} {
		f, err := reportfile.Open(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var bad *reportfile.RowError
		rows := 0
		for _, err := range f.Rows() {
			if err == nil {
				rows++
				continue
			}
			if !errors.As(err, &bad) || bad.Line != 2 {
				t.Errorf("%s: %v", name, err)
			}
		}
		if bad == nil || rows != 2 || f.BadRows() != 1 {
			t.Errorf("%s: %d rows, %d bad, %v", name, rows, f.BadRows(), bad)
		}
	}
}
