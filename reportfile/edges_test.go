package reportfile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/reportfile"
)

// An offset has a colon or none, and a space before it or none.
func TestOffsets(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 1, 10, 30, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-11-01T03:30:00 -07:00", "2026-11-01T03:30:00 -0700", "2026-11-01T03:30:00-07:00", "2026-11-01T03:30:00-0700",
		"2026-11-01T16:00:00 +05:30", "2026-11-01T16:00:00 +0530", "2026-11-01T10:30:00Z",
	} {
		row := text + ",1,Transfer,USD,0,0,0,0,0\n"
		file, err := reportfile.Open(strings.NewReader("TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n" + row))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for got, err := range file.Settlements() {
			n++
			if err != nil || !got.Posted.Equal(want) {
				t.Errorf("%q is %v, %v, want %v", text, got.Posted, err, want)
			}
		}
		if n != 1 {
			t.Errorf("%q: %d rows", text, n)
		}
	}
}

// What has the length of an offset is not one for that.
func TestOffsetsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"2026-11-01T03:30:00 x0700", "2026-11-01T03:30:00 00700", "2026-11-01T03:30:00*07:00", "2026-11-01T03:30:00 -2400", "2026-11-01T03:30:00 -0760",
		"2026-11-01T03:30:00 ", "2026-11-01T03:30:00", "2026-11-01T03:30:00 +", "2026-11-01T03:30:00 +07", "2026-11-01T03:30:00+070", "2026-11-01T03:30:00 +07000",
	} {
		file, err := reportfile.Open(strings.NewReader("TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n" +
			text + ",1,Transfer,USD,0,0,0,0,0\n"))
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range file.Settlements() {
			if err == nil {
				t.Errorf("%q is read as %v", text, row.Posted)
			}
		}
	}
}

// A preamble without quotes says nothing about the rows: their texts may hold lines that look like rows.
func TestBarePreambleAndQuotedRows(t *testing.T) {
	t.Parallel()
	const names = `"TransactionPostedDate","SettlementId","TransactionType","CurrencyCode","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount","TransactionDescription","A","B","C","D","E"`
	const before = `"2026-11-01T03:30:00 -0700","1","Transfer","USD","0","0","0","0","0",`
	text := "a,b,c,d,e,f\na,b,c,d,e,f,g,h,i,j"
	file, err := reportfile.Open(strings.NewReader("Amazon Payments Advanced,\nSettlement Report,\nSellerId,A1\n" + names + "\n" +
		before + `"` + text + `","1","2","3","4","5"` + "\n" + before + `"x","1","2","3","4","5"` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range file.Settlements() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Description)
	}
	if len(got) != 2 || got[0] != text || got[1] != "x" {
		t.Errorf("%q", got)
	}
}

// Rows of one day may have different offsets, as on the night when the clocks change.
func TestOffsetsOfOneDay(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n")
	for _, posted := range []string{"2026-11-01T01:30:00 -0700", "2026-11-01T01:30:00 -0800", "2026-11-01T09:30:00 +0000", "2026-11-02T09:30:00 +0000", "2026-11-02T01:30:00 -0800"} {
		text.WriteString(posted + ",1,Transfer,USD,0,0,0,0,0\n")
	}
	file, err := reportfile.Open(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range file.Settlements() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Posted.UTC().Format("02T15:04"))
	}
	if want := "01T08:30 01T09:30 01T09:30 02T09:30 02T09:30"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %s", got, want)
	}
}

// Dates of a spreadsheet are told by their separators, and the error names the option that reads them.
func TestDatesOfSpreadsheetsAreNamed(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"01.03.2030 09:15", "3/1/2030 9:15", "01-03-2030 09:15"} {
		file, err := reportfile.Open(strings.NewReader("TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n" +
			date + ",1,Transfer,USD,0,0,0,0,0\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range file.Settlements() {
			if err == nil || !strings.Contains(err.Error(), "--date-layout") {
				t.Errorf("%q: %v", date, err)
			}
		}
	}
}

// As many empty cells may follow a row as follow the header, or one; a row with more was shifted.
func TestCellsThatAreTooMany(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"A,B\n1,2\n": true, "A,B\n1,2,\n": true, "A,B\n1,2,,\n": false, "A,B,\n1,2,,\n": false,
		"A,B,,,\n1,2,,,\n": true, "A,B,,,\n1,2,,,,\n": false, "A,B,,,\n1,2,,x,\n": false,
	} {
		file, err := reportfile.Open(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, err := range file.Rows() {
			if (err == nil) != want {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

// A NUL byte at the beginning says what the file is.
func TestBinaryBeginnings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\x00abc": "the file is binary, not a report", "ab\x00c": "the file is binary, not a report", strings.Repeat("a", 63) + "\x00": "the file is binary, not a report",
		"a\x00b\x00c\x00": "UTF-16 without a byte order mark", "\x00a\x00b\x00c": "UTF-16 without a byte order mark", "\x00\x00\x00\x00": "the file is binary, not a report",
		"\x01\x01\x01,\n": "",
	} {
		_, err := reportfile.Open(strings.NewReader(text))
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) || want == "" && err != nil && strings.Contains(err.Error(), "binary") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// The delimiters within quotes don't make a line as wide as a row.
func TestQuotedDelimitersAreNoColumns(t *testing.T) {
	t.Parallel()
	// The first line has three fields with a delimiter in quotes, the last one too: a text of two lines stands between.
	file, err := reportfile.Open(strings.NewReader("A,B,C\n\"x,y\",\"one\ntwo\",\"z,w\"\n1,2,3\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range file.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join(row.Cells(), "|"))
	}
	if len(got) != 2 || got[0] != "x,y|one\ntwo|z,w" || got[1] != "1|2|3" {
		t.Errorf("%q", got)
	}
}

// A stray quote swallows the next row also where the first one holds a delimiter in quotes.
func TestSwallowedRowsBesideQuotedDelimiters(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"A,B,C\n\"x,y\",b,\"broken\np,q,end\"\n1,2,3\n",
		"A,B,C\n\"x,y,z\",b,\"broken\np,q,end\"\n1,2,3\n",
		"A,B,C,D\n1,\"x,y\",c,\"broken\np,q,r,end\"\n1,2,3,4\n",
	} {
		file, err := reportfile.Open(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		bad := 0
		for _, err := range file.Rows() {
			if err != nil {
				bad++
			}
		}
		if bad == 0 {
			t.Errorf("%q: a row was swallowed without an error", text)
		}
	}
}
