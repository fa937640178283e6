package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

// Files are compared without a key and without a network.
func TestReconcileOffline(t *testing.T) {
	t.Parallel()
	s, dir, files := month(t)
	listed := writeFile(t, "disbursements.json", s.ok(t, "disbursements", "list", "--start", "2026-11-01", "--end", "2026-11-25", "--output", "json").stdout)
	for name, test := range map[string]struct {
		args []string
		code int
		want string // in standard error
	}{
		"no disbursements": {[]string{"--offline", dir}, 0, "20 of 20 settlements add up (not compared with disbursements: give --disbursements FILE, or leave out --offline); the service was not asked which reports there should be\n"},
		"saved":            {[]string{"--offline", "--disbursements", listed, dir}, 0, "20 of 20 settlements match their disbursements (disbursements outside of these settlements' time: 4); the service was not asked which reports there should be\n"},
		"saved, and files only": {
			[]string{"--disbursements", listed, files[3], files[4]},
			0,
			"2 of 2 settlements match their disbursements (disbursements outside of these settlements' time: 22); reports before and after these files were not looked for: name a directory, or give --since\n",
		},
		"a file is missing":      {[]string{"--offline", "--disbursements", listed, files[0], files[2], "--since", "2026-11-05", "--until", "2026-11-08"}, 4, "2 of 4 settlements match their disbursements (disbursements outside of these settlements' time: 20)"},
		"a key is needed":        {[]string{dir}, 2, "; to compare files without asking the service, give --offline\n"},
		"the list needs a key":   {[]string{"--disbursements", listed, dir}, 2, "give --offline\n"},
		"bank, no disbursements": {[]string{"--offline", "--bank", listed, dir}, 2, "give --disbursements FILE too, or leave out --offline\n"},
		"not JSON":               {[]string{"--offline", "--disbursements", files[0], dir}, 1, files[0] + ": the disbursements are not whole JSON, as payreports disbursements list --output json writes it\n"},
		"other JSON":             {[]string{"--offline", "--disbursements", writeFile(t, "reports.json", `[{"reportId":"1"}]`), dir}, 1, "reports.json: the disbursements: disbursements[0] has no settlementId\n"},
		"one page":               {[]string{"--offline", "--disbursements", writeFile(t, "page.json", `{"disbursements":[],"nextToken":"x"}`), dir}, 1, "one page of several: it has a nextToken\n"},
		"none":                   {[]string{"--offline", "--disbursements", writeFile(t, "none.json", `[]`), dir}, 0, "0 of 20 settlements match their disbursements (20 not covered); "},
		"no file":                {[]string{"--offline", "--disbursements", "nowhere.json", dir}, 1, "nowhere.json: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}, append([]string{"reconcile"}, test.args...))
			if got.code != test.code || !strings.Contains(got.stderr, test.want) {
				t.Errorf("%+v; want %d, %s", got, test.code, test.want)
			}
		})
	}
}

// statementXML is a camt.053 of the disbursements.
func statementXML(lines []bankLine, currency string) string {
	var entries strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&entries, `<Ntry><Amt Ccy=%q>%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><NtryDtls><TxDtls><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`,
			currency, l.amount, l.date, l.text)
	}
	return `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id>` +
		`<FrToDt><FrDtTm>2026-11-01T00:00:00Z</FrDtTm><ToDtTm>2026-12-31T00:00:00Z</ToDtTm></FrToDt>` + entries.String() + `</Stmt></BkToCstmrStmt></Document>`
}

// Bank statements come as XML, or as CSV of many kinds.
func TestReconcileWithBankStatements(t *testing.T) {
	t.Parallel()
	s, dir, files := month(t)
	var lines []bankLine
	for _, path := range files {
		var amount string
		for _, row := range strings.Split(read(t, path), "\n") {
			if cells := strings.Split(strings.Trim(row, `"`), `","`); len(cells) > 5 && cells[4] == "Transfer" {
				amount = strings.TrimPrefix(cells[len(cells)-1], "-")
			}
		}
		// 2026-11-05 and so on
		lines = append(lines, bankLine{strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "date="), amount, "AMAZON " + settlementID(read(t, path))})
	}
	of := lines
	csv := func(header, format string) string {
		text := header + "\n"
		for _, l := range of {
			text += strings.NewReplacer("DATE", l.date, "DOTTED", l.date[8:]+"."+l.date[5:7]+"."+l.date[:4], "AMOUNT", l.amount, "COMMA", strings.Replace(l.amount, ".", ",", 1), "TEXT", l.text).Replace(format) + "\n"
		}
		return writeFile(t, "bank.csv", text)
	}
	const all = "20 of 20 pay-outs their bank lines; "
	of = lines[:10]
	half := csv("Date,Amount,Currency,Text", "DATE,AMOUNT,USD,TEXT")
	of = lines
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"XML":                 {[]string{"--bank", writeFile(t, "bank.xml", statementXML(lines, "USD"))}, 0, all},
		"XML, compressed":     {[]string{"--bank", writeFile(t, "bank.xml.gz", gzipped(t, statementXML(lines, "USD")))}, 0, all},
		"XML in UTF-16":       {[]string{"--bank", writeFile(t, "bank.xml", utf16("\ufeff"+statementXML(lines, "USD")))}, 0, all},
		"a report of the day": {[]string{"--bank", writeFile(t, "bank.xml", strings.ReplaceAll(statementXML(lines, "USD"), "BkToCstmrStmt", "BkToCstmrAcctRpt"))}, 1, "bank.xml: the XML holds <BkToCstmrAcctRpt>, a report of the day"},
		"MT940":               {[]string{"--bank", writeFile(t, "bank.sta", ":20:STARTUMS\n")}, 1, "bank.sta: the file is in the format MT940"},
		"CSV":                 {[]string{"--bank", csv("Booking date,Amount,Currency,Text", "DATE,AMOUNT,USD,TEXT")}, 0, all},
		"German":              {[]string{"--bank", csv("Buchungstag;Verwendungszweck;Betrag;Waehrung", "DOTTED;TEXT;COMMA;USD"), "--bank-decimal-comma", "--bank-date-layout", "dd.mm.yyyy"}, 0, all},
		"named":               {[]string{"--bank", csv("When,What,How much", "DATE,TEXT,AMOUNT"), "--bank-date-column", "When", "--bank-amount-column", "How much", "--bank-currency", "USD"}, 0, all},
		"in two files":        {[]string{"--bank", writeFile(t, "first.xml", statementXML(lines[:8], "USD")), "--bank", writeFile(t, "second.xml", statementXML(lines[8:], "USD"))}, 0, all},
		"a line is missing":   {[]string{"--bank", writeFile(t, "bank.xml", statementXML(lines[1:], "USD"))}, 4, "19 of 20 pay-outs their bank lines; "},
		"no date column":      {[]string{"--bank", csv("When,Amount,Currency", "DATE,AMOUNT,USD")}, 1, `"When", "Amount", "Currency": name it with --bank-date-column`},
		"no currency":         {[]string{"--bank", csv("Date,Amount", "DATE,AMOUNT")}, 1, "name it with --bank-currency-column, or --bank-currency for all lines"},
		"a dotted date":       {[]string{"--bank", csv("Date,Amount,Currency", "DOTTED,AMOUNT,USD")}, 1, "is not a date such as 2026-10-31: --bank-date-layout, such as dd.mm.yyyy, reads others"},
		"another layout":      {[]string{"--bank", csv("Date,Amount,Currency", "DATE,AMOUNT,USD"), "--bank-date-layout", "dd.mm.yyyy"}, 1, "is not a date in the layout of --bank-date-layout"},
		"lines before it":     {[]string{"--bank", csv("Account;12345\nDate;Amount;Currency;Text", "DATE;AMOUNT;USD;TEXT")}, 0, all},
		"no header":           {[]string{"--bank", csv("Account;12345\nWhen;Amount;Currency", "DATE;AMOUNT;USD")}, 1, "bank.csv: no column for the date: the first line doesn't look like a header: add one, such as Date,Amount,Currency,Text\n"},
		"paid in and out":     {[]string{"--bank", csv("Date,Paid out,Paid in,Text,Balance", "DATE,,AMOUNT,TEXT,1.00"), "--bank-currency", "USD"}, 0, all},
		"credit and debit":    {[]string{"--bank", csv("Date,In,Out,Text,Currency", "DATE,AMOUNT,,TEXT,USD"), "--bank-credit-column", "In", "--bank-debit-column", "Out"}, 0, all},
		"a side":              {[]string{"--bank", csv("Date,Amount,Kind,Text,Currency", "DATE,AMOUNT,C,TEXT,USD"), "--bank-side-column", "kind"}, 0, all},
		"debits":              {[]string{"--bank", csv("Date,Amount,Kind,Text,Currency", "DATE,AMOUNT,debit,TEXT,USD")}, 1, "column Kind: it says that money left the account, but the amount has no minus: if this column says which way the money went, name it with --bank-side-column\n"},
		"amounts and debits":  {[]string{"--bank", csv("Date,Amount,Credit,Debit,Text,Currency", "DATE,AMOUNT,AMOUNT,,TEXT,USD")}, 1, "say which with --bank-amount-column, or --bank-credit-column and --bank-debit-column\n"},
		"no amounts":          {[]string{"--bank", csv("Date,Sum,Currency", "DATE,AMOUNT,USD")}, 1, "name it with --bank-amount-column, or --bank-credit-column and --bank-debit-column\n"},
		"dollars":             {[]string{"--bank", csv("Date,Amount,Currency,Text", "DATE,AMOUNT,$,TEXT")}, 1, "column Currency: the sign $ means one of several currencies; --bank-currency says which"},
		"dollars of the US":   {[]string{"--bank", csv("Date,Amount,Currency,Text", "DATE,$AMOUNT,$,TEXT"), "--bank-currency", "USD"}, 0, all},
		"overlapping":         {[]string{"--bank", csv("Date,Amount,Currency,Text", "DATE,AMOUNT,USD,TEXT"), "--bank", csv("Date,Text,Amount,Currency", "DATE,TEXT,AMOUNT,USD")}, 0, "bank lines that are in several files count once: 20\n"},
		"half of it":          {[]string{"--bank", half}, 0, "10 of 20 pay-outs their bank lines (10 pending); "},
		"half, and no more":   {[]string{"--bank", half, "--bank-until", "2026-11-23"}, 4, "10 of 20 pay-outs their bank lines (8 pending); "},
		"all before it":       {[]string{"--bank", writeFile(t, "bank.xml", strings.Replace(statementXML(lines[2:], "USD"), "2026-11-01T", "2026-11-07T", 1))}, 0, "18 of 20 pay-outs their bank lines (2 not covered); "},
		"some before it":      {[]string{"--bank", writeFile(t, "bank.xml", strings.Replace(statementXML(lines[2:], "USD"), "2026-11-01T", "2026-11-07T", 1)), "--bank-since", "2026-11-01"}, 4, "18 of 20 pay-outs their bank lines; "},
		"no names":            {[]string{"--bank", csv("Date,Amount,Currency,Text", "DATE,AMOUNT,USD,transfer")}, 0, "20 of 20 pay-outs their bank lines (20 by amount and date only); "},
		"given twice":         {[]string{"--bank", "bank.csv", "--bank", "bank.csv"}, 2, "--bank bank.csv is given twice"},
		"two kinds":           {[]string{"--bank", "bank.csv", "--bank-amount-column", "A", "--bank-debit-column", "D"}, 2, "--bank-amount-column is for amounts in one column"},
		"not booked":          {[]string{"--bank", csv("Date,Amount,Currency,Text,Status", "DATE,AMOUNT,USD,TEXT,pending"), "--bank-until", "2026-11-23"}, 4, "bank.csv: lines that the bank has not booked are left out: 20\n"},
		"no lines in a month": {[]string{"--bank", writeFile(t, "bank.csv", "Date,Amount,Currency\n"), "--bank-since", "2026-10-01", "--bank-until", "2026-10-31"}, 0, "0 of 20 pay-outs their bank lines (20 pending)"},
		"days backwards":      {[]string{"--bank", "bank.csv", "--bank-since", "2026-10-02", "--bank-until", "2026-10-01"}, 2, "--bank-until 2026-10-01 is before --bank-since 2026-10-02"},
		"days of the future":  {[]string{"--bank", "bank.csv", "--bank-until", "2999-01-01"}, 2, "--bank-until 2999-01-01 is in the future"},
		"days without bank":   {[]string{"--bank-until", "2026-11-01"}, 2, "--bank-until says how a bank statement is read, and there is none"},
		"a flag without bank": {[]string{"--bank-days", "3"}, 2, "--bank-days says how a bank statement is read, and there is none: give --bank FILE"},
		"many days":           {[]string{"--bank", "bank.csv", "--bank-days", "100"}, 2, "--bank-days is 100: it must be from 1 to 60"},
		"a currency's name":   {[]string{"--bank", "bank.csv", "--bank-currency", "euro"}, 2, `--bank-currency: "euro" is not a currency code such as EUR`},
		"an encoding":         {[]string{"--bank", "bank.csv", "--bank-encoding", "klingon"}, 2, "--bank-encoding: "},
		"twice from a pipe":   {[]string{"--bank", "-", "--disbursements", "-"}, 2, "- is given twice"},
		"empty":               {[]string{"--bank", writeFile(t, "bank.csv", "Date,Amount,Currency\n")}, 1, "bank.csv: the bank statement has no lines"},
		"cut off":             {[]string{"--bank", writeFile(t, "bank.xml", statementXML(lines, "USD")[:2000])}, 1, "bank.xml: the XML can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.run(t, append([]string{"reconcile", dir}, test.args...)...)
			if got.code != test.code || !strings.Contains(got.stderr, test.want) {
				t.Errorf("%+v; want %d, %s", got, test.code, test.want)
			}
		})
	}
}

// Bad input is refused before the service is asked.
func TestReconcileAsksLast(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Seed: 5})
	counted, asked := s.answeringWith(t, 0, `{"reports":[],"disbursements":[]}`)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1.csv"), "TransactionPostedDate,SettlementId,TransactionType,CurrencyCode,TransactionAmount,TransactionPercentageFee,TransactionFixedFee,TotalTransactionFee,NetTransactionAmount\n"+
		"2026-11-20T00:00:00 +0000,11,Capture,USD,1,0,0,0,1\n2026-11-20T00:00:00 +0000,11,Transfer,USD,-1,0,0,0,-1\n")
	for _, args := range [][]string{
		{"--bank", writeFile(t, "bank.csv", "Date,Amount\n")},
		{"--disbursements", writeFile(t, "d.json", "{}")},
		{"--orders", writeFile(t, "orders.csv", "a,b\n1,2\n")},
	} {
		if got := counted.run(t, append([]string{"reconcile", dir}, args...)...); got.code != 1 || len(asked()) != 0 {
			t.Errorf("%v: %+v, asked %d times", args, got, len(asked()))
		}
	}
}

// utf16 is a text in UTF-16, little endian.
func utf16(text string) string {
	var out []byte
	for _, char := range text {
		out = append(out, byte(char), byte(char>>8))
	}
	return string(out)
}
