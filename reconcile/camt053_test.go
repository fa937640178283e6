package reconcile_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/amazonpay-go/payreports/reconcile"
)

const (
	camtStart = `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt>`
	camtEnd   = `</Stmt></BkToCstmrStmt></Document>`
)

func camtBalance(code, amount, side string) string {
	return fmt.Sprintf(`<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd></Bal>`, code, amount, side)
}

func camtEntry(status, amount, side, text string) string {
	return fmt.Sprintf(`<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts>%s</Sts><BookgDt><Dt>2030-03-05</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`,
		amount, side, status, text)
}

func datedBalance(code, amount, date string) string {
	day := "<Dt><Dt>" + date + "</Dt></Dt>"
	if strings.Contains(date, "T") {
		day = "<Dt><DtTm>" + date + "</DtTm></Dt>"
	}
	return strings.Replace(camtBalance(code, amount, "CRDT"), "</Bal>", day+"</Bal>", 1)
}

func TestReadCamt053(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want []string
		err  string
	}{
		"version 2": {
			text: camtStart + `<FrToDt><FrDtTm>2030-03-01T00:00:00</FrDtTm><ToDtTm>2030-03-31T23:59:59+01:00</ToDtTm></FrToDt>` + camtBalance("OPBD", "5.00", "DBIT") + camtBalance("CLBD", "3.5", "CRDT") +
				camtEntry("BOOK", "10.00", "CRDT", "AMZNPAY &amp; 1") + camtEntry("BOOK", "1.500", "DBIT", "fee") + camtEntry("PDNG", "99.00", "CRDT", "later") + camtEnd,
			want: []string{"1 2030-03-05 10.00 EUR 10.00 CRDT BOOK 2030-03-05 E1 AMZNPAY & 1", "2 2030-03-05 -1.500 EUR 1.500 DBIT BOOK 2030-03-05 E1 fee", "unbooked 1", "2030-03-01 2030-03-31"},
		},
		"version 8": {
			text: camtStart + camtEntry("<Cd>BOOK</Cd>", "10", "CRDT", "AMZN") + camtEnd,
			want: []string{"1 2030-03-05 10 EUR 10 CRDT BOOK 2030-03-05 E1 AMZN"},
		},
		"an entry is missing": {text: camtStart + camtBalance("PRCD", "5", "CRDT") + camtBalance("CLBD", "20", "CRDT") + camtEntry("BOOK", "10.00", "CRDT", "") + camtEnd, err: "its entries are not complete"},
		"an entry of another currency in the place of one": {
			text: camtStart + camtBalance("OPBD", "5", "CRDT") + camtBalance("CLBD", "15", "CRDT") + strings.Replace(camtEntry("BOOK", "10.00", "CRDT", "A"), "EUR", "USD", 1) + camtEnd, err: "its entries are not complete: the opening balance 5 and the entries' sum 0 do not make",
		},
		"entries of two currencies, balances of one": {
			text: camtStart + camtBalance("OPBD", "5", "CRDT") + camtBalance("CLBD", "15", "CRDT") + camtEntry("BOOK", "10.00", "CRDT", "B") + strings.Replace(camtEntry("BOOK", "10.00", "CRDT", "A"), "EUR", "USD", 1) + camtEnd,
			want: []string{"1 2030-03-05 10.00 EUR 10.00 CRDT BOOK 2030-03-05 E1 B", "2 2030-03-05 10.00 USD 10.00 CRDT BOOK 2030-03-05 E1 A"},
		},
		"balances of two currencies": {
			text: camtStart + camtBalance("OPBD", "5", "CRDT") + strings.Replace(camtBalance("CLBD", "15", "CRDT"), "EUR", "USD", 1) + camtEntry("BOOK", "10.00", "CRDT", "B") + camtEnd, err: "its opening balance is in EUR and its closing balance in USD",
		},
		"a page of a statement":  {text: camtStart + camtBalance("OPBD", "5", "CRDT") + camtEntry("BOOK", "10.00", "CRDT", "A") + camtEnd, want: []string{"1 2030-03-05 10.00 EUR 10.00 CRDT BOOK 2030-03-05 E1 A"}},
		"cut off":                {text: camtStart + camtEntry("BOOK", "10.00", "CRDT", ""), err: "the XML can't be read"},
		"cut off after an entry": {text: camtStart + camtEntry("BOOK", "10.00", "CRDT", "") + "</Stmt>", err: "the XML can't be read"},
		"an intraday report":     {text: `<Document><BkToCstmrAcctRpt></BkToCstmrAcctRpt></Document>`, err: "<BkToCstmrAcctRpt>, a report of the day, whose entries may still change (camt.052): get the bank statement (camt.053"},
		"a notification":         {text: `<Document><BkToCstmrDbtCdtNtfctn></BkToCstmrDbtCdtNtfctn></Document>`, err: "a notification of single entries, which may not be all (camt.054)"},
		"payments":               {text: `<Document><CstmrCdtTrfInitn></CstmrCdtTrfInitn></Document>`, err: "an order to pay (pain.001)"},
		"an unknown message":     {text: `<Document><FIToFICstmrCdtTrf></FIToFICstmrCdtTrf></Document>`, err: "<FIToFICstmrCdtTrf>, no bank statement: get the bank statement (camt.053"},
		"a status of the bank's": {text: camtStart + camtEntry("<Prtry>STORNO</Prtry>", "1", "CRDT", "") + camtEnd, err: `entry 1: its status is "STORNO"`},
		"a reversal, whose side is that of the money": {
			text: camtStart + strings.Replace(camtEntry("BOOK", "1", "DBIT", "back"), "<BookgDt>", "<RvslInd>true</RvslInd><BookgDt>", 1) + camtEnd,
			want: []string{"1 2030-03-05 -1 EUR 1 DBIT BOOK true 2030-03-05 E1 back"},
		},
		"two documents in a file": {
			text: camtStart + camtEntry("BOOK", "1", "CRDT", "A") + camtEnd + "\n" + camtStart + camtEntry("BOOK", "2", "CRDT", "B") + camtEnd,
			want: []string{"1 2030-03-05 1 EUR 1 CRDT BOOK 2030-03-05 E1 A", "2 2030-03-05 2 EUR 2 CRDT BOOK 2030-03-05 E1 B"},
		},
		"entities that grow": {
			text: `<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>` + strings.TrimPrefix(camtStart, `<?xml version="1.0" encoding="UTF-8"?>`) + camtEntry("BOOK", "1", "CRDT", "&b;") + camtEnd, err: "the XML can't be read",
		},
		"elements in elements": {text: camtStart + "<Ntry>" + strings.Repeat("<a>", 20_000) + camtEnd, err: "the XML can't be read"},
		"an unknown encoding":  {text: strings.Replace(camtStart, "UTF-8", "klingon", 1) + camtEnd, err: `its encoding is "klingon", which is not known here: convert it to UTF-8`},
		"days of its balances, without a period": {
			text: camtStart + datedBalance("PRCD", "5.00", "2030-02-28") + datedBalance("CLBD", "15", "2030-03-31") + camtEntry("BOOK", "10.00", "CRDT", "A") + camtEnd,
			want: []string{"1 2030-03-05 10.00 EUR 10.00 CRDT BOOK 2030-03-05 E1 A", "2030-03-01 2030-03-31"},
		},
		"an opening balance of the first day": {
			text: camtStart + datedBalance("OPBD", "5", "2030-03-01") + datedBalance("CLBD", "5", "2030-03-31") + camtEnd,
			want: []string{"2030-03-01 2030-03-31"},
		},
		"an opening balance of the first day's beginning": {
			text: camtStart + datedBalance("OPBD", "5", "2030-03-01T00:00:00+01:00") + datedBalance("CLBD", "5", "2030-03-31T23:59:59+01:00") + camtEnd,
			want: []string{"2030-03-01 2030-03-31"},
		},
		"an opening balance of the end of the day before": {
			text: camtStart + datedBalance("OPBD", "5", "2030-02-28T23:59:59+01:00") + datedBalance("CLBD", "5", "2030-03-31T23:59:59+01:00") + camtEnd,
			want: []string{"2030-03-01 2030-03-31"},
		},
		"an opening balance in UTC": {
			text: camtStart + datedBalance("OPBD", "5", "2030-02-28T23:00:00Z") + datedBalance("CLBD", "5", "2030-03-31T21:59:59.999Z") + camtEnd,
			want: []string{"2030-03-01 2030-03-31"},
		},
		"one day": {
			text: camtStart + datedBalance("OPBD", "5", "2030-03-01") + datedBalance("CLBD", "5", "2030-03-01") + camtEnd,
			want: []string{"2030-03-01 2030-03-01"},
		},
		"one day, after the one before": {
			text: camtStart + datedBalance("PRCD", "5", "2030-02-28+01:00") + datedBalance("CLBD", "5", "2030-03-01+01:00") + camtEnd,
			want: []string{"2030-03-01 2030-03-01"},
		},
		"one day, and the one before is said to be it": {
			text: camtStart + datedBalance("PRCD", "5", "2030-03-01") + datedBalance("CLBD", "5", "2030-03-01") + camtEnd,
			want: []string{"2030-03-01 2030-03-01"},
		},
		"both opening balances": {
			text: camtStart + datedBalance("PRCD", "5", "2030-02-28") + datedBalance("OPBD", "5", "2030-03-01") + datedBalance("CLBD", "5", "2030-03-31") + camtEnd,
			want: []string{"2030-03-01 2030-03-31"},
		},
		"both opening balances, the other way around": {
			text: camtStart + datedBalance("OPBD", "5", "2030-03-01") + datedBalance("PRCD", "5", "2030-02-28") + datedBalance("CLBD", "5", "2030-03-31") + camtEnd,
			want: []string{"2030-03-01 2030-03-31"},
		},
		"a row is missing between both opening balances and the end": {
			text: camtStart + datedBalance("PRCD", "5", "2030-02-28") + datedBalance("OPBD", "5", "2030-03-01") + datedBalance("CLBD", "15", "2030-03-31") + camtEnd,
			err:  "its entries are not complete",
		},
		"a period from the evening before": {
			text: camtStart + `<FrToDt><FrDtTm>2030-02-28T23:00:00Z</FrDtTm><ToDtTm>2030-03-31T21:59:59Z</ToDtTm></FrToDt>` + camtEnd,
			want: []string{"2030-03-01 2030-03-31"},
		},
		"a period that begins and ends at an hour": {
			text: camtStart + `<FrToDt><FrDtTm>2030-03-17T03:00:00</FrDtTm><ToDtTm>2030-03-17T03:00:00</ToDtTm></FrToDt>` + camtEnd,
			want: []string{"2030-03-17 2030-03-17"},
		},
		"a period that ends before it begins": {
			text: camtStart + `<FrToDt><FrDtTm>2030-03-17T00:00:00</FrDtTm><ToDtTm>2030-03-16T00:00:00</ToDtTm></FrToDt>` + camtEnd,
			err:  "its period ends before it begins",
		},
		"days of a period and of balances": {
			text: camtStart + `<FrToDt><FrDtTm>2030-03-02T00:00:00</FrDtTm><ToDtTm>2030-03-30T23:59:59+01:00</ToDtTm></FrToDt>` + datedBalance("OPBD", "5", "2030-02-28") + datedBalance("CLBD", "5", "2030-03-31") + camtEnd,
			want: []string{"2030-03-02 2030-03-30"},
		},
		"only the closing balance has a day": {
			text: camtStart + camtBalance("OPBD", "5.00", "CRDT") + datedBalance("CLBD", "15", "2030-03-31") + camtEntry("BOOK", "10.00", "CRDT", "A") + camtEnd,
			want: []string{"1 2030-03-05 10.00 EUR 10.00 CRDT BOOK 2030-03-05 E1 A", "to 2030-03-31"},
		},
		"days of pages": {
			text: camtStart + datedBalance("OPBD", "5", "2030-02-28") + datedBalance("ITBD", "6", "2030-03-10") + `</Stmt><Stmt>` + datedBalance("ITBD", "6", "2030-03-10") + datedBalance("CLBD", "7", "2030-03-20") + camtEnd,
			want: []string{"2030-02-28 on", "to 2030-03-20"},
		},
		"an unreadable day of a balance": {text: camtStart + datedBalance("CLBD", "1", "March") + camtEnd, err: "the day of its closing balance"},
		"a currency in lower case":       {text: camtStart + strings.ReplaceAll(camtEntry("BOOK", "10.00", "CRDT", "A"), "EUR", "eur") + camtEnd, want: []string{"1 2030-03-05 10.00 EUR 10.00 CRDT BOOK 2030-03-05 E1 A"}},
		"another document":               {text: `<html></html>`, err: "<html>, not a <Document>"},
		"no statement":                   {text: `<Document><BkToCstmrStmt></BkToCstmrStmt></Document>`, err: "it holds no statement"},
		"nothing":                        {text: "", err: "it holds no statement"},
		"an unknown side":                {text: camtStart + camtEntry("BOOK", "1", "KREDIT", "") + camtEnd, err: "entry 1: its CdtDbtInd"},
		"an unknown status":              {text: camtStart + camtEntry("SETTLED", "1", "CRDT", "") + camtEnd, err: "entry 1: its status"},
		"no amount":                      {text: camtStart + camtEntry("BOOK", "1,00", "CRDT", "") + camtEnd, err: "entry 1"},
		"a negative amount":              {text: camtStart + camtEntry("BOOK", "-1.00", "CRDT", "") + camtEnd, err: "entry 1"},
		"no date":                        {text: camtStart + `<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>` + camtEnd, err: "is not a date"},
		"the date of the value":          {text: camtStart + `<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><ValDt><DtTm>2030-03-04T10:00:00Z</DtTm></ValDt></Ntry>` + camtEnd, want: []string{"1 2030-03-04 1 EUR 1 CRDT 2030-03-04T10:00:00Z"}},
		"no currency":                    {text: camtStart + `<Ntry><Amt>1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>` + camtEnd, err: "its currency"},
		"an entity of its own":           {text: `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + strings.TrimPrefix(camtStart, `<?xml version="1.0" encoding="UTF-8"?>`) + camtEntry("BOOK", "1", "CRDT", "&x;") + camtEnd, err: "the XML can't be read"},
		"an unreadable period":           {text: camtStart + `<FrToDt><FrDtTm>March</FrDtTm></FrToDt>` + camtEnd, err: "its period"},
		"an unreadable balance":          {text: camtStart + camtBalance("OPBD", "x", "CRDT") + camtBalance("CLBD", "1", "CRDT") + camtEnd, err: "its opening balance"},
		"an unreadable end":              {text: camtStart + camtBalance("OPBD", "1", "CRDT") + camtBalance("CLBD", "1", "") + camtEnd, err: "its closing balance"},
		"two statements in a file":       {text: camtStart + camtEntry("BOOK", "1", "CRDT", "A") + `</Stmt><Stmt>` + camtEntry("BOOK", "2", "CRDT", "B") + camtEnd, want: []string{"1 2030-03-05 1 EUR 1 CRDT BOOK 2030-03-05 E1 A", "2 2030-03-05 2 EUR 2 CRDT BOOK 2030-03-05 E1 B"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			statement, err := reconcile.ReadCamt053(strings.NewReader(test.text), "bank.xml")
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), "bank.xml") {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, line := range statement.Lines {
				got = append(got, fmt.Sprintf("%d %s %s %s %s", line.Line, line.Date.Format(time.DateOnly), line.Amount, line.Currency, line.Text))
			}
			if statement.Unbooked > 0 {
				got = append(got, fmt.Sprint("unbooked ", statement.Unbooked))
			}
			for _, period := range statement.Periods {
				days := strings.TrimSpace(period.From.Format(time.DateOnly) + " " + period.To.Format(time.DateOnly))
				got = append(got, strings.NewReplacer("0001-01-01 ", "to ", " 0001-01-01", " on").Replace(days))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What the versions of camt.053 write differently, and in which forms banks send it, comes to the same.
func TestReadCamt053Forms(t *testing.T) {
	t.Parallel()
	statement := func(version, status, amounts string) string {
		return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.` + version + `" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id>` +
			datedBalance("PRCD", "5.00", "2030-02-28") + datedBalance("CLBD", "1239.56", "2030-03-31") +
			`<Ntry><Amt Ccy="EUR">1234.56</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + status + `<BookgDt><Dt>2030-03-05</Dt></BookgDt><NtryDtls><TxDtls>` + amounts +
			`<RltdPties><Dbtr><Nm>Amazon Payments, Zürich</Nm></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>`
	}
	utf8 := statement("02", "<Sts>BOOK</Sts>", "")
	declared := func(name string) string { return strings.Replace(utf8, "UTF-8", name, 1) }
	encoded := func(text string, by encoding.Encoding) string {
		out, err := by.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	forms := map[string]string{
		"utf-16le":               encoded(declared("UTF-16"), unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)),
		"utf-16be":               encoded(declared("utf-16"), unicode.UTF16(unicode.BigEndian, unicode.UseBOM)),
		"utf-16 called utf-8":    encoded(utf8, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)),
		"utf-16le without mark":  encoded(declared("UTF-16LE"), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)),
		"utf-16be without mark":  encoded(declared("UTF-16BE"), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)),
		"iso-8859-1":             encoded(declared("ISO-8859-1"), charmap.ISO8859_1),
		"iso-8859-15":            encoded(declared("iso-8859-15"), charmap.ISO8859_15),
		"windows-1252":           encoded(declared("windows-1252"), charmap.Windows1252),
		"a byte order mark":      "\ufeff" + utf8,
		"lines before":           "\n\n" + strings.TrimPrefix(utf8, `<?xml version="1.0" encoding="UTF-8"?>`),
		"gzip":                   gzipped(t, utf8),
		"gzip of utf-16":         gzipped(t, encoded(declared("UTF-16"), unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))),
		"prefixes":               regexp.MustCompile(`<(/?)([A-Z])`).ReplaceAllString(strings.Replace(utf8, "xmlns=", "xmlns:ns2=", 1), "<${1}ns2:$2"),
		"several amounts":        statement("08", "<Sts><Cd>BOOK</Cd></Sts>", `<AmtDtls><InstdAmt><Amt Ccy="USD">1350.00</Amt></InstdAmt><TxAmt><Amt Ccy="EUR">1234.56</Amt></TxAmt><CntrValAmt><Amt Ccy="USD">1350.00</Amt></CntrValAmt></AmtDtls>`),
		"a transaction's amount": statement("04", "<Sts>BOOK</Sts>", `<Amt Ccy="EUR">1234.56</Amt><CdtDbtInd>CRDT</CdtDbtInd>`),
	}
	for _, version := range []string{"01", "02", "03", "04", "05", "06"} {
		forms["version "+version] = statement(version, "<Sts>BOOK</Sts>", "")
	}
	for _, version := range []string{"07", "08", "09", "10", "11", "12", "13"} {
		forms["version "+version] = statement(version, "<Sts><Cd>BOOK</Cd></Sts>", "")
	}
	for name, text := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !reconcile.IsCamt053([]byte(text[:min(len(text), 4096)])) {
				t.Error("it isn't known as XML")
			}
			got, err := reconcile.ReadCamt053(strings.NewReader(text), "bank.xml")
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Lines) != 1 || got.Lines[0].Amount.String() != "1234.56" || got.Lines[0].Currency != "EUR" || !strings.HasSuffix(got.Lines[0].Text, " Amazon Payments, Zürich") || len(got.Periods) != 1 || got.Periods[0].Currency != "EUR" || got.Periods[0].From.Format(time.DateOnly) != "2030-03-01" || got.Periods[0].To.Format(time.DateOnly) != "2030-03-31" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Transactions that a bank has put into one entry are lines of their own, if their amounts make up the entry.
func TestReadCamt053Transactions(t *testing.T) {
	t.Parallel()
	entry := func(amount, side string, transactions ...string) string {
		return camtStart + `<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>` + side + `</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2030-03-05</Dt></BookgDt><NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>` + strings.Join(transactions, "") + `</NtryDtls></Ntry>` + camtEnd
	}
	transaction := func(amount, side, text string) string {
		if amount != "" {
			amount = `<Amt Ccy="EUR">` + amount + `</Amt>`
		}
		if side != "" {
			side = `<CdtDbtInd>` + side + `</CdtDbtInd>`
		}
		return `<TxDtls>` + amount + side + `<RmtInf><Ustrd>` + text + `</Ustrd></RmtInf></TxDtls>`
	}
	earlier := func(amount, text string) string {
		return `<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">` + amount + `</Amt></TxAmt></AmtDtls><RmtInf><Ustrd>` + text + `</Ustrd></RmtInf></TxDtls>`
	}
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"two":               {entry("30", "CRDT", transaction("10", "CRDT", "A"), transaction("20", "", "B")), []string{"10 30 CRDT BOOK 2030-03-05 2 10 CRDT A", "20 30 CRDT BOOK 2030-03-05 2 20 B"}},
		"of version 2":      {entry("30", "CRDT", earlier("10", "A"), earlier("20.00", "B")), []string{"10 30 CRDT BOOK 2030-03-05 2 10 A", "20.00 30 CRDT BOOK 2030-03-05 2 20.00 B"}},
		"a fee taken off":   {entry("9", "CRDT", transaction("10", "CRDT", "A"), transaction("1", "DBIT", "fee")), []string{"10 9 CRDT BOOK 2030-03-05 2 10 CRDT A", "-1 9 CRDT BOOK 2030-03-05 2 1 DBIT fee"}},
		"debits":            {entry("30", "DBIT", transaction("10", "", "A"), transaction("20", "DBIT", "B")), []string{"-10 30 DBIT BOOK 2030-03-05 2 10 A", "-20 30 DBIT BOOK 2030-03-05 2 20 DBIT B"}},
		"not all of it":     {entry("31", "CRDT", transaction("10", "CRDT", "A"), transaction("20", "", "B")), []string{"31 31 CRDT BOOK 2030-03-05 2 10 CRDT A 20 B"}},
		"without amounts":   {entry("30", "CRDT", transaction("", "", "A"), transaction("", "", "B")), []string{"30 30 CRDT BOOK 2030-03-05 2 A B"}},
		"one has an amount": {entry("30", "CRDT", transaction("30", "", "A"), transaction("", "", "B")), []string{"30 30 CRDT BOOK 2030-03-05 2 30 A B"}},
		"one":               {entry("30", "CRDT", transaction("30", "CRDT", "A")), []string{"30 30 CRDT BOOK 2030-03-05 2 30 CRDT A"}},
		"another currency":  {strings.ReplaceAll(entry("30", "CRDT", transaction("10", "", "A"), transaction("20", "", "B")), `<TxDtls><Amt Ccy="EUR">`, `<TxDtls><Amt Ccy="USD">`), []string{"30 30 CRDT BOOK 2030-03-05 2 10 A 20 B"}},
		"another side":      {entry("30", "CRDT", transaction("10", "", "A"), transaction("20", "KREDIT", "B")), []string{"30 30 CRDT BOOK 2030-03-05 2 10 A 20 KREDIT B"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			statement, err := reconcile.ReadCamt053(strings.NewReader(test.text), "bank.xml")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, line := range statement.Lines {
				got = append(got, line.Amount.String()+" "+line.Text)
				if line.Line != 1 {
					t.Errorf("entry %d", line.Line)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func FuzzReadCamt053(f *testing.F) {
	f.Add(camtStart + camtBalance("OPBD", "5.00", "DBIT") + camtEntry("BOOK", "10.00", "CRDT", "A") + camtEnd)
	f.Fuzz(func(t *testing.T, text string) {
		statement, err := reconcile.ReadCamt053(strings.NewReader(text), "")
		if (statement == nil) != (err != nil) {
			t.Errorf("statement %v, error %v", statement, err)
		}
	})
}

// Two accounts may each get as much on a day, with the same words. Statements of one account overlap.
func TestCamt053Accounts(t *testing.T) {
	t.Parallel()
	iban := func(number string) string { return `<Acct><Id><IBAN>` + number + `</IBAN></Id><Ccy>EUR</Ccy></Acct>` }
	other := func(number string) string { return `<Acct><Id><Othr><Id>` + number + `</Id></Othr></Id></Acct>` }
	for name, test := range map[string]struct {
		first, second string
		repeated      int
	}{
		"one account":               {iban("DE02120300000000202051"), iban("DE02120300000000202051"), 1},
		"one account, with spaces":  {iban("DE02120300000000202051"), iban("DE02 1203 0000 0000 2020 51"), 1},
		"two accounts":              {iban("DE02120300000000202051"), iban("DE02500105170137075030"), 0},
		"one account without IBAN":  {other("4711"), other("4711"), 1},
		"two accounts without IBAN": {other("4711"), other("4712"), 0},
		"no account":                {"", "", 1},
		"an account and none":       {iban("DE02120300000000202051"), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := reconcile.NewBank(reconcile.BankOptions{})
			for file, account := range map[string]string{"a.xml": test.first, "b.xml": test.second} {
				statement, err := reconcile.ReadCamt053(strings.NewReader(camtStart+account+camtEntry("BOOK", "10.00", "CRDT", "AMAZON")+camtEnd), file)
				if err != nil {
					t.Fatal(err)
				}
				for _, line := range statement.Lines {
					b.AddLine(line)
				}
			}
			if b.Repeated() != test.repeated {
				t.Errorf("%d lines count once, want %d", b.Repeated(), test.repeated)
			}
		})
	}
}
