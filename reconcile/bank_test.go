package reconcile_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// paidOut is a disbursement at noon of a day of March 2030.
func paidOut(dayOfMonth int, settlement, amount string) api.Disbursement {
	return api.Disbursement{
		SettlementID: settlement, Amount: decimal.MustParse(amount), CurrencyCode: "EUR", AmazonDisbursementReferenceID: "AMZNPAY " + settlement,
		TransactionTime: wire.NewDateTime(time.Date(2030, 3, dayOfMonth, 12, 0, 0, 0, time.UTC)),
	}
}

// booked is a bank line of a day of March 2030.
func booked(dayOfMonth int, amount, text string) reconcile.BankLine {
	return reconcile.BankLine{Line: dayOfMonth, Date: time.Date(2030, 3, dayOfMonth, 0, 0, 0, 0, time.UTC), Amount: decimal.MustParse(amount), Currency: "EUR", Text: text}
}

func bankResults(t *testing.T, b *reconcile.Bank) []string {
	t.Helper()
	var got []string
	for _, r := range b.Results() {
		line := "no line"
		if r.Line > 0 {
			line = fmt.Sprintf("line %d", r.Line)
		}
		got = append(got, fmt.Sprintf("%s: %s of %v, %s of %s", r.Status, r.Disbursed, r.SettlementIDs, r.Booked, line))
	}
	return got
}

func TestBank(t *testing.T) {
	t.Parallel()
	const payer = "AMAZON PAYMENTS EUROPE"
	begin, end := booked(1, "0.01", "interest"), booked(31, "-9.99", "card fee") // what the statement covers
	for name, test := range map[string]struct {
		disbursements []api.Disbursement
		lines         []reconcile.BankLine
		want          []string
	}{
		"by amount": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "20.00")},
			[]reconcile.BankLine{booked(6, "20.00", payer), booked(7, "10.00", payer), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 7", "matched: 20.00 of [22222222222], 20.00 of line 6"},
		},
		"the same amount daily": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "10.00")},
			[]reconcile.BankLine{booked(6, "10.00", payer), booked(7, "10.00", payer), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 6", "matched: 10.00 of [22222222222], 10.00 of line 7"},
		},
		"the same amount, and one is missing": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "10.00")},
			[]reconcile.BankLine{booked(6, "10.00", payer), begin, end},
			[]string{"ambiguous: 20.00 of [11111111111 22222222222], 10.00 of line 6"},
		},
		"the same amount, weeks apart": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(20, "22222222222", "10.00")},
			[]reconcile.BankLine{booked(21, "10.00", payer), booked(2, "0.01", "interest"), begin, end},
			[]string{"no bank line: 10.00 of [11111111111], 0.00 of no line", "matched: 10.00 of [22222222222], 10.00 of line 21"},
		},
		"by reference": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "10.00")},
			[]reconcile.BankLine{booked(7, "10.00", "AMZNPAY 11111111111 EREF"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 7", "no bank line: 10.00 of [22222222222], 0.00 of no line"},
		},
		"by reference, with another amount": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(7, "9.99", "AMZNPAY 11111111111"), begin, end},
			[]string{"amount differs: 10.00 of [11111111111], 9.99 of line 7"},
		},
		"by reference, too late": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(12, "10.00", "AMZNPAY 11111111111"), booked(3, "1.00", "interest"), begin, end},
			[]string{"date differs: 10.00 of [11111111111], 10.00 of line 12"},
		},
		"two strangers paid as much, and Amazon one of two": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "10.00")},
			[]reconcile.BankLine{booked(6, "10.00", "Jane"), booked(7, "10.00", "Joe"), booked(8, "10.00", payer), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 6", "matched: 10.00 of [22222222222], 10.00 of line 8"},
		},
		"strangers paid as much before and after Amazon": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "10.00"), paidOut(6, "33333333333", "10.00")},
			[]reconcile.BankLine{booked(5, "10.00", "Jane"), booked(6, "10.00", payer), booked(7, "10.00", "Joe"), booked(8, "10.00", "Jim"), booked(9, "10.00", payer), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "matched: 10.00 of [22222222222], 10.00 of line 6", "matched: 10.00 of [33333333333], 10.00 of line 9"},
		},
		"a stranger paid as much in time, and Amazon too late for the first": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(9, "22222222222", "10.00")},
			[]reconcile.BankLine{booked(9, "10.00", "Jane"), booked(12, "10.00", payer), booked(13, "10.00", payer), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 9", "matched: 10.00 of [22222222222], 10.00 of line 12", "no disbursement: 0.00 of [], 10.00 of line 13"},
		},
		"in two lines, both of which name it": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "20.00")},
			[]reconcile.BankLine{booked(5, "4.00", "AMZNPAY 11111111111"), booked(6, "6.00", "11111111111"), booked(7, "20.00", "22222222222"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "matched: 20.00 of [22222222222], 20.00 of line 7"},
		},
		"in three lines, a fee taken off": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "4.00", "AMZNPAY 11111111111"), booked(6, "7.00", "11111111111"), booked(6, "-1.00", "fee 11111111111"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5"},
		},
		"in two lines that are not all of it": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "4.00", "AMZNPAY 11111111111"), booked(6, "5.00", "11111111111"), begin, end},
			[]string{"amount differs: 10.00 of [11111111111], 4.00 of line 5", "no disbursement: 0.00 of [], 5.00 of line 6"},
		},
		"in two lines, one of which is late": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "4.00", "AMZNPAY 11111111111"), booked(20, "6.00", "11111111111"), begin, end},
			[]string{"amount differs: 10.00 of [11111111111], 4.00 of line 5", "no disbursement: 0.00 of [], 6.00 of line 20"},
		},
		"in a line, and taken back and paid again": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "10.00", "AMZNPAY 11111111111"), booked(6, "-10.00", "11111111111"), booked(7, "10.00", "11111111111"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], -10.00 of line 6", "no disbursement: 0.00 of [], 10.00 of line 7"},
		},
		"two in a line, both named": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "20.00")},
			[]reconcile.BankLine{booked(7, "30.00", "11111111111, 22222222222"), begin, end},
			[]string{"matched: 30.00 of [11111111111 22222222222], 30.00 of line 7"},
		},
		"two in a line, one named": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "20.00")},
			[]reconcile.BankLine{booked(7, "30.00", "11111111111"), begin, end},
			[]string{"matched: 30.00 of [11111111111 22222222222], 30.00 of line 7"},
		},
		"four in a line": {
			[]api.Disbursement{paidOut(4, "1", "1.00"), paidOut(5, "2", "2.00"), paidOut(6, "3", "4.00"), paidOut(7, "4", "8.00"), paidOut(8, "5", "16.00")},
			[]reconcile.BankLine{booked(9, "15.00", payer), booked(9, "16.00", payer), begin, end},
			[]string{"matched: 15.00 of [1 2 3 4], 15.00 of line 9", "matched: 16.00 of [5], 16.00 of line 9"},
		},
		"five in a line are too many": {
			[]api.Disbursement{paidOut(4, "1", "1.00"), paidOut(5, "2", "2.00"), paidOut(6, "3", "4.00"), paidOut(7, "4", "8.00"), paidOut(8, "5", "16.00")},
			[]reconcile.BankLine{booked(9, "31.00", payer), begin, end},
			[]string{
				"no bank line: 1.00 of [1], 0.00 of no line", "no bank line: 2.00 of [2], 0.00 of no line", "no bank line: 4.00 of [3], 0.00 of no line",
				"no bank line: 8.00 of [4], 0.00 of no line", "no bank line: 16.00 of [5], 0.00 of no line", "no disbursement: 0.00 of [], 31.00 of line 9",
			},
		},
		"two sums fit": {
			[]api.Disbursement{paidOut(4, "1", "1.00"), paidOut(5, "2", "4.00"), paidOut(6, "3", "2.00"), paidOut(7, "4", "3.00")},
			[]reconcile.BankLine{booked(9, "5.00", payer), begin, end},
			[]string{"ambiguous: 10.00 of [1 2 3 4], 5.00 of line 9"},
		},
		"one disbursement fits two sums": {
			[]api.Disbursement{paidOut(4, "1", "1.00"), paidOut(5, "2", "4.00"), paidOut(6, "3", "2.00")},
			[]reconcile.BankLine{booked(9, "5.00", payer), booked(10, "6.00", payer), begin, end},
			[]string{"ambiguous: 5.00 of [1 2], 5.00 of line 9", "ambiguous: 2.00 of [3], 6.00 of line 10"},
		},
		"a line too much": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "10.00", payer), booked(6, "7.00", payer), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], 7.00 of line 6"},
		},
		"a line twice": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "10.00", "AMZNPAY 11111111111"), booked(6, "10.00", "AMZNPAY 11111111111"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], 10.00 of line 6"},
		},
		"a line too much between two that fit": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(12, "22222222222", "10.00")},
			[]reconcile.BankLine{booked(5, "10.00", payer), booked(9, "10.00", payer), booked(11, "10.00", payer), begin, end},
			[]string{
				"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], 10.00 of line 9", "matched: 10.00 of [22222222222], 10.00 of line 11",
			},
		},
		"a customer who paid as much": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "10.00", "Jane Doe"), booked(6, "10.00", payer), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 6"},
		},
		"a customer who paid a sum": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "20.00")},
			[]reconcile.BankLine{booked(5, "30.00", "Jane Doe"), begin, end},
			[]string{"no bank line: 10.00 of [11111111111], 0.00 of no line", "no bank line: 20.00 of [22222222222], 0.00 of no line"},
		},
		"another currency": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{{Line: 5, Date: time.Date(2030, 3, 5, 0, 0, 0, 0, time.UTC), Amount: decimal.MustParse("10.00"), Currency: "USD", Text: "AMZNPAY 11111111111"}, begin, end},
			[]string{"no bank line: 10.00 of [11111111111], 0.00 of no line", "no disbursement: 0.00 of [], 10.00 of line 5"},
		},
		"the statement ends early": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(10, "-9.99", "card fee")},
			[]string{"pending: 10.00 of [11111111111], 0.00 of no line"},
		},
		"it reaches just far enough": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(3, "-9.99", "card fee"), booked(11, "-9.99", "card fee")},
			[]string{"no bank line: 10.00 of [11111111111], 0.00 of no line"},
		},
		"the statement begins late": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(5, "-9.99", "card fee"), end},
			[]string{"not covered: 10.00 of [11111111111], 0.00 of no line"},
		},
		"a line before the first disbursement": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00")},
			[]reconcile.BankLine{booked(2, "8.00", payer), booked(5, "10.00", payer), begin, end},
			[]string{"not covered: 0.00 of [], 8.00 of line 2", "matched: 10.00 of [11111111111], 10.00 of line 5"},
		},
		"nothing was paid out": {nil, []reconcile.BankLine{booked(2, "8.00", payer)}, []string{"not covered: 0.00 of [], 8.00 of line 2"}},
		"no text at all":       {[]api.Disbursement{paidOut(1, "1", "1.00")}, []reconcile.BankLine{booked(5, "8.00", "")}, []string{"pending: 1.00 of [1], 0.00 of no line", "no disbursement: 0.00 of [], 8.00 of line 5"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := reconcile.NewBank(reconcile.BankOptions{})
			for _, d := range test.disbursements {
				if err := b.AddDisbursement(d); err != nil {
					t.Fatal(err)
				}
			}
			for _, line := range test.lines {
				b.AddLine(line)
			}
			for range 2 { // asking again changes nothing
				if diff := cmp.Diff(test.want, bankResults(t, b)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}

// Statements overlap. What several files have is one line, and what one file has twice is two.
func TestOverlappingStatements(t *testing.T) {
	t.Parallel()
	line := func(file string, dayOfMonth int, amount, text string) reconcile.BankLine {
		l := booked(dayOfMonth, amount, text)
		l.File = file
		return l
	}
	for name, test := range map[string]struct {
		lines    []reconcile.BankLine
		repeated int
		want     []string
	}{
		"overlapping": {
			[]reconcile.BankLine{line("a", 5, "10.00", "AMAZON"), line("a", 6, "20.00", "AMAZON"), line("b", 6, "20.0", "AMAZON "), line("b", 20, "-1.00", "fee")},
			1,
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "matched: 20.00 of [22222222222], 20.00 of line 6"},
		},
		"twice in a file": {
			[]reconcile.BankLine{line("a", 5, "10.00", "AMAZON"), line("a", 6, "20.00", "AMAZON"), line("a", 6, "20.00", "AMAZON"), line("a", 20, "-1.00", "fee")},
			0,
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], 20.00 of line 6", "matched: 20.00 of [22222222222], 20.00 of line 6"},
		},
		"twice in the second file": {
			[]reconcile.BankLine{line("a", 5, "10.00", "AMAZON"), line("a", 6, "20.00", "AMAZON"), line("b", 6, "20.00", "AMAZON"), line("b", 6, "20.00", "AMAZON"), line("b", 20, "-1.00", "fee")},
			1,
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], 20.00 of line 6", "matched: 20.00 of [22222222222], 20.00 of line 6"},
		},
		"in three files": {
			[]reconcile.BankLine{line("a", 5, "10.00", "AMAZON"), line("b", 5, "10.00", "AMAZON"), line("c", 5, "10.00", "AMAZON"), line("c", 6, "20.00", "AMAZON"), line("c", 20, "-1.00", "fee")},
			2,
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "matched: 20.00 of [22222222222], 20.00 of line 6"},
		},
		"another text": {
			[]reconcile.BankLine{line("a", 5, "10.00", "AMAZON"), line("a", 6, "20.00", "AMAZON 1"), line("b", 6, "20.00", "AMAZON 2"), line("b", 20, "-1.00", "fee")},
			0,
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], 20.00 of line 6", "matched: 20.00 of [22222222222], 20.00 of line 6"},
		},
		"unbooked": {
			[]reconcile.BankLine{{File: "a", Line: 5, Date: booked(5, "1", "").Date, Amount: decimal.MustParse("10.00"), Currency: "EUR", Text: "AMAZON", Unbooked: true}, line("a", 6, "20.00", "AMAZON"), line("b", 20, "-1.00", "fee")},
			0,
			[]string{"not covered: 10.00 of [11111111111], 0.00 of no line", "matched: 20.00 of [22222222222], 20.00 of line 6"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := reconcile.NewBank(reconcile.BankOptions{})
			for _, d := range []api.Disbursement{paidOut(5, "11111111111", "10.00"), paidOut(6, "22222222222", "20.00")} {
				if err := b.AddDisbursement(d); err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range test.lines {
				b.AddLine(l)
			}
			if diff := cmp.Diff(test.want, bankResults(t, b)); diff != "" || b.Repeated() != test.repeated {
				t.Errorf("%d repeated; -want +got:\n%s", b.Repeated(), diff)
			}
		})
	}
}

// A line that names nobody can match by its amount, and the result says that nothing else speaks for it.
func TestBankByAmountOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": true, "Jane Doe": true, "transfer 4711": true, "AMAZON PAYMENTS": false, "AMZNPAY 11111111111": false, "ref 11111111111": false} {
		b := reconcile.NewBank(reconcile.BankOptions{})
		if err := b.AddDisbursement(paidOut(4, "11111111111", "10.00")); err != nil {
			t.Fatal(err)
		}
		b.AddLine(booked(5, "10.00", text))
		for _, r := range b.Results() {
			if r.Status != reconcile.Matched || r.AmountOnly != want || (r.Detail != "") != want {
				t.Errorf("%q: %+v", text, r)
			}
		}
	}
}

// What is covered is known by currency, and a gap between statements is named.
func TestBankCoverage(t *testing.T) {
	t.Parallel()
	at := func(dayOfMonth int) time.Time { return time.Date(2030, 3, dayOfMonth, 0, 0, 0, 0, time.UTC) }
	period := func(currency string, from, to int) reconcile.BankPeriod {
		p := reconcile.BankPeriod{Currency: currency}
		if from > 0 {
			p.From = at(from)
		}
		if to > 0 {
			p.To = at(to)
		}
		return p
	}
	line := func(file string, dayOfMonth int, currency string) reconcile.BankLine {
		return reconcile.BankLine{File: file, Line: 2, Date: at(dayOfMonth), Amount: decimal.MustParse("-1.00"), Currency: currency, Text: "fee"}
	}
	for name, test := range map[string]struct {
		periods []reconcile.BankPeriod
		lines   []reconcile.BankLine
		want    string // of a disbursement of 10 March in EUR, whose money is due on 13 March
	}{
		"covered":                      {[]reconcile.BankPeriod{period("EUR", 1, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line"},
		"of all currencies":            {[]reconcile.BankPeriod{period("", 1, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line"},
		"by its lines":                 {nil, []reconcile.BankLine{line("a", 2, "EUR"), line("a", 20, "EUR")}, "no bank line"},
		"another account is longer":    {[]reconcile.BankPeriod{period("EUR", 1, 11), period("USD", 1, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "pending: the statement ends before its money must have arrived"},
		"another account began before": {[]reconcile.BankPeriod{period("EUR", 11, 31), period("USD", 1, 31)}, []reconcile.BankLine{line("a", 12, "EUR")}, "not covered: the statement begins after it was paid out"},
		"lines of another account":     {nil, []reconcile.BankLine{line("a", 2, "EUR"), line("a", 20, "USD")}, "pending: the statement ends before its money must have arrived"},
		"another account only":         {[]reconcile.BankPeriod{period("USD", 1, 31)}, []reconcile.BankLine{line("a", 2, "USD")}, "no bank line: the bank statements have no lines in EUR"},
		"a gap of a day":               {[]reconcile.BankPeriod{period("EUR", 1, 10), period("EUR", 12, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line: no statement covers 2030-03-11"},
		"a gap at its beginning":       {[]reconcile.BankPeriod{period("EUR", 11, 31), period("EUR", 1, 5)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line: no statement covers 2030-03-10"},
		"a gap at its end":             {[]reconcile.BankPeriod{period("EUR", 1, 11), period("EUR", 20, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line: no statement covers 2030-03-12 to 2030-03-13"},
		"a gap that holds it":          {[]reconcile.BankPeriod{period("EUR", 1, 5), period("EUR", 20, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line: no statement covers 2030-03-10 to 2030-03-13"},
		"a gap between files":          {nil, []reconcile.BankLine{line("a", 2, "EUR"), line("a", 5, "EUR"), line("b", 12, "EUR"), line("b", 20, "EUR")}, "no bank line: no statement covers 2030-03-10 to 2030-03-11"},
		"overlapping":                  {[]reconcile.BankPeriod{period("EUR", 1, 12), period("EUR", 3, 5), period("EUR", 10, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line"},
		"adjacent":                     {[]reconcile.BankPeriod{period("EUR", 1, 11), period("EUR", 12, 31)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line"},
		"until":                        {[]reconcile.BankPeriod{period("", 0, 13)}, []reconcile.BankLine{line("a", 2, "EUR")}, "no bank line"},
		"until, not long enough":       {[]reconcile.BankPeriod{period("", 0, 12)}, []reconcile.BankLine{line("a", 2, "EUR")}, "pending: the statement ends before its money must have arrived"},
		"since":                        {[]reconcile.BankPeriod{period("", 10, 0)}, []reconcile.BankLine{line("a", 12, "EUR"), line("a", 14, "EUR")}, "no bank line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := reconcile.NewBank(reconcile.BankOptions{Days: 3})
			if err := b.AddDisbursement(paidOut(10, "11111111111", "10.00")); err != nil {
				t.Fatal(err)
			}
			for _, p := range test.periods {
				b.Covers(p)
			}
			for _, l := range test.lines {
				b.AddLine(l)
			}
			for range 2 {
				got := b.Results()
				if text := strings.TrimSuffix(string(got[0].Status)+": "+got[0].Detail, ": "); len(got) != 1 || text != test.want {
					t.Errorf("%d results, %s; want %s", len(got), text, test.want)
				}
			}
		})
	}
}

// An account without a line for a while is covered by the file that has the lines of others, and not by other files.
func TestBankCoverageOfCSV(t *testing.T) {
	t.Parallel()
	const header, first, second = "Date,Amount,Currency,Text\n", "2030-03-02,-1.00,EUR,fee\n", "2030-03-20,-1.00,USD,fee\n2030-03-31,-1.00,USD,fee\n"
	for name, test := range map[string]struct {
		files []string
		want  string
	}{
		"in one file": {[]string{header + first + second}, "no bank line"},
		"the later":   {[]string{header + second + first}, "no bank line"},
		"in two":      {[]string{header + first, header + second}, "pending"},
		"unbooked":    {[]string{"Status,Date,Amount,Currency\nbooked,2030-03-02,-1.00,EUR\npending,2030-03-31,-1.00,EUR\n"}, "pending"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := reconcile.NewBank(reconcile.BankOptions{Days: 3})
			if err := b.AddDisbursement(paidOut(10, "11111111111", "10.00")); err != nil {
				t.Fatal(err)
			}
			for i, text := range test.files {
				lines, unbooked, err := b.AddCSV(strings.NewReader(text), reconcile.BankColumns{}, reportfile.Options{Name: strconv.Itoa(i)})
				if wantUnbooked := strings.Count(text, "pending"); err != nil || lines != strings.Count(text, "\n")-1 || unbooked != wantUnbooked {
					t.Fatalf("%d lines, %d unbooked, %v", lines, unbooked, err)
				}
			}
			if got := b.Results(); string(got[0].Status) != test.want {
				t.Errorf("%s %s, want %s", got[0].Status, got[0].Detail, test.want)
			}
		})
	}
}

// A currency that the statements don't have is named.
func TestBankWithoutACurrency(t *testing.T) {
	t.Parallel()
	b := reconcile.NewBank(reconcile.BankOptions{})
	if err := b.AddDisbursement(paidOut(4, "11111111111", "10.00")); err != nil {
		t.Fatal(err)
	}
	for _, dayOfMonth := range []int{1, 30} {
		line := booked(dayOfMonth, "1.00", "interest")
		line.Currency = "USD"
		b.AddLine(line)
	}
	if got := b.Results(); len(got) != 1 || got[0].Status != reconcile.NoBankLine || got[0].Detail != "the bank statements have no lines in EUR" {
		t.Errorf("%+v", got)
	}
}

func TestBankOfListedDisbursements(t *testing.T) {
	t.Parallel()
	at := func(dayOfMonth int) time.Time { return time.Date(2030, 3, dayOfMonth, 0, 0, 0, 0, time.UTC) }
	b := reconcile.NewBank(reconcile.BankOptions{Days: 3})
	b.Listed(at(5), at(20))
	for _, dayOfMonth := range []int{7, 8, 20, 21} {
		b.AddLine(booked(dayOfMonth, fmt.Sprint(dayOfMonth, ".00"), "AMAZON"))
	}
	want := []string{
		"not covered: 0.00 of [], 7.00 of line 7", "no disbursement: 0.00 of [], 8.00 of line 8",
		"no disbursement: 0.00 of [], 20.00 of line 20", "not covered: 0.00 of [], 21.00 of line 21",
	}
	if diff := cmp.Diff(want, bankResults(t, b)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := b.AddDisbursement(api.Disbursement{SettlementID: "1"}); err == nil {
		t.Error("a disbursement without a time: no error")
	}
}

func TestReadBankCSV(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text    string
		columns reconcile.BankColumns
		options reportfile.Options
		want    []string
		err     string
	}{
		"usual names": {
			text: "Booking date,Payer,Amount,Currency,Details\n2030-03-05,AMAZON,10.00,eur,AMZNPAY 1\n,,,,\n2030-03-06,Shop,-3.50,EUR,Card\n",
			want: []string{"2 2030-03-05 10.00 EUR AMAZON AMZNPAY 1", "4 2030-03-06 -3.50 EUR Shop Card"},
		},
		"german": {
			text:    "Buchungstag;Auftraggeber;Betrag;Währung\n05.03.2030;AMAZON;1.250,00;EUR\n",
			options: reportfile.Options{DecimalComma: true, DateLayout: "dd.mm.yyyy"},
			want:    []string{"2 2030-03-05 1250.00 EUR AMAZON"},
		},
		"chosen columns": {
			text:    "Date,Value,Amount,Net\n2030-03-05,2030-03-06,1.00,2.00\n",
			columns: reconcile.BankColumns{Date: "value", Amount: "Net", DefaultCurrency: "JPY"},
			want:    []string{"2 2030-03-06 2.00 JPY 2030-03-05 1.00"},
		},
		"no currency":       {text: "Date,Amount,Text\n2030-03-05,1.00,A\n", err: `no column for the currency: the columns are "Date", "Amount", "Text"`},
		"an empty currency": {text: "Date,Amount,Currency\n2030-03-05,1.00,\n", err: "the line has no currency"},
		"a wrong column":    {text: "Date,Amount,Currency\n", columns: reconcile.BankColumns{Amount: "Sum"}, err: `no column "Sum" for the amount`},
		"lines before it":   {text: "Account;12345\nWhen;Amount;Currency\n", options: reportfile.Options{Name: "bank.csv"}, err: "bank.csv: no column for the date: the first line doesn't look like a header"},
		"another layout":    {text: "Date,Amount,Currency\n05/03/2030,1.00,EUR\n", err: `"05/03/2030" is not a date such as 2026-10-31: the option DateLayout, such as dd.mm.yyyy, reads others`},
		"a layout that is given": {
			text: "Date,Amount,Currency\n2030-03-05,1.00,EUR\n", options: reportfile.Options{DateLayout: "dd.mm.yyyy"}, err: `"2030-03-05" is not a date in the layout of the option DateLayout`,
		},
		"a date of text":                        {text: "Date,Amount,Currency\nJane Doe,1.00,EUR\n", err: "a cell of text is not a date such as 2026-10-31"},
		"two columns":                           {text: "Date,Amount,amount,Currency\n", err: "2 columns for the amount"},
		"a date":                                {text: "Date,Amount,Currency\n5.3.2030,1.00,EUR\n", err: "is not a date"},
		"an amount":                             {text: "Date,Amount,Currency\n2030-03-05,\"1,00\",EUR\n", err: "is not an amount"},
		"a debit":                               {text: "Date,Amount,Currency,Debit/Credit\n2030-03-05,1.00,EUR,Debit\n2030-03-05,2.00,EUR,credit\n2030-03-05,3.00,EUR,D\n", want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-05 2.00 EUR ", "4 2030-03-05 -3.00 EUR "}},
		"debits with a minus":                   {text: "Date,Amount,Currency,Debit/Credit\n2030-03-05,-1.00,EUR,D\n2030-03-05,2.00,EUR,C\n2030-03-05,-3.00,EUR,D\n", want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-05 2.00 EUR ", "4 2030-03-05 -3.00 EUR "}},
		"a debit with a minus, and one without": {text: "Date,Amount,Currency,Debit/Credit\n2030-03-05,1.00,EUR,D\n2030-03-05,-3.00,EUR,D\n", err: "line 3, column Amount: some debits have a minus and others have none"},
		"a debit without a minus, and one with": {text: "Date,Amount,Currency,Debit/Credit\n2030-03-05,-1.00,EUR,D\n2030-03-05,0.00,EUR,D\n2030-03-05,3.00,EUR,D\n", err: "line 4, column Amount: some debits have a minus and others have none"},
		"a minus in a column of debits":         {text: "Date,Paid out,Paid in,Currency\n2030-03-05,1.00,,EUR\n2030-03-06,,5.00,EUR\n2030-03-07,-2.00,,EUR\n", err: "line 4, column Paid out: some debits have a minus and others have none"},
		"a debit in a column that isn't known":  {text: "Date,Amount,Currency,Type\n2030-03-05,1.00,EUR,DR\n", err: "line 2, column Type: it says that money left the account, but the amount has no minus"},
		"a debit of two letters":                {text: "Date,Amount,Currency,Kind\n2030-03-05,1.00,EUR,CR\n2030-03-05,2.00,EUR,Db.\n", err: "line 3, column Kind: it says that money left"},
		"a debit of two letters, with a minus":  {text: "Date,Amount,Currency,Kind\n2030-03-05,-1.00,EUR,DR\n", want: []string{"2 2030-03-05 -1.00 EUR DR"}},
		"af and bij":                            {text: "Datum;Bedrag;Af Bij;Munt\n20300305;1,00;Af;EUR\n20300306;2,00;Bij;EUR\n", columns: reconcile.BankColumns{Date: "Datum", Amount: "Bedrag", Currency: "Munt"}, options: reportfile.Options{DecimalComma: true}, want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-06 2.00 EUR "}},
		"a letter":                              {text: "Date;Amount;Currency;DC indicator\n2030-03-05;1.00;EUR;D\n2030-03-05;1.00;EUR;C\n", want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-05 1.00 EUR "}},
		"soll":                                  {text: "Date;Amount;Currency;Soll/Haben\n2030-03-05;1.00;EUR;S\n2030-03-05;1.00;EUR;H\n", want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-05 1.00 EUR "}},
		"a side":                                {text: "Date;Amount;Currency;Kind\n2030-03-05;1.00;EUR;Debit\n", columns: reconcile.BankColumns{Side: "Kind"}, want: []string{"2 2030-03-05 -1.00 EUR "}},
		"no side":                               {text: "Date;Amount;Currency;Kind\n2030-03-05;1.00;EUR;Debit\n", err: "line 2, column Kind: it says that money left the account, but the amount has no minus: if this column says which way the money went, name it with the option Side"},
		"another side":                          {text: "Date;Amount;Currency;Soll/Haben\n2030-03-05;1.00;EUR;X\n", err: "line 2, column Soll/Haben: it doesn't say whether the line is a debit or a credit, such as D or C"},
		"an empty side":                         {text: "Date;Amount;Currency;Soll/Haben\n2030-03-05;1.00;EUR;\n", err: "line 2, column Soll/Haben: it doesn't say"},
		"both sides":                            {text: "Date;Amount;Currency;Soll/Haben\n2030-03-05;-1.00;EUR;H\n", err: "it says that the line is a credit, but its amount has a minus"},
		"a credit among debits":                 {text: "Date,Debit,Credit,Currency\n2030-03-05,1.00 CR,,EUR\n", err: "line 2, column Debit: the debit says that it is a credit"},
		"a plus among debits":                   {text: "Date,Paid out,Paid in,Currency\n2030-03-05,2.00,,EUR\n2030-03-05,+1.00,,EUR\n", err: "line 3, column Paid out: the debit says that it is a credit"},
		"a credit whose side is a debit":        {text: "Date,Amount,Currency,Debit/Credit\n2030-03-05,1.00 CR,EUR,D\n", err: "line 2, column Amount: the debit says that it is a credit"},
		"a debit twice":                         {text: "Date,Debit,Credit,Currency\n2030-03-05,1.00 DR,,EUR\n", want: []string{"2 2030-03-05 -1.00 EUR "}},
		"signs in a column":                     {text: "Date,Amount,+/-,Currency\n2030-03-05,1.00,-,EUR\n2030-03-05,2.00,+,EUR\n", want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-05 2.00 EUR "}},
		"a column of signs":                     {text: "Date,Sign,Amount,Currency\n2030-03-05,\u2212,1.00,EUR\n2030-03-05,+,2.00,EUR\n", want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-05 2.00 EUR "}},
		"a direction":                           {text: "Date,Amount,Direction,Currency\n2030-03-05,1.00,OUT,EUR\n2030-03-05,2.00,In,EUR\n", want: []string{"2 2030-03-05 -1.00 EUR ", "3 2030-03-05 2.00 EUR "}},
		"a direction that isn't known":          {text: "Date,Amount,Direction,Currency\n2030-03-05,1.00,NEUTRAL,EUR\n", err: "line 2, column Direction: it doesn't say whether the line is a debit or a credit"},
		"a withdrawal without a minus":          {text: "Date,Amount,Currency,Kind\n2030-03-05,1.00,EUR,Withdrawal\n", err: "line 2, column Kind: it says that money left the account"},
		"a dash for nothing":                    {text: "Date,Amount,Currency,Note\n2030-03-05,1.00,EUR,-\n", want: []string{"2 2030-03-05 1.00 EUR -"}},
		"credits and debits": {
			text: "Date,Details,Paid out,Paid in,Balance,Currency\n2030-03-05,Fee,1.00,,9.00,EUR\n2030-03-06,AMAZON,,\"1,250.00\",1259.00,EUR\n2030-03-07,Fee,2.00,0.00,1257.00,EUR\n2030-03-08,AMZN,0.00,3.00,1260.00,EUR\n2030-03-08,nothing,0.00,0.00,1260.00,EUR\n",
			want: []string{"2 2030-03-05 -1.00 EUR Fee 9.00", "3 2030-03-06 1250.00 EUR AMAZON 1259.00", "4 2030-03-07 -2.00 EUR Fee 1257.00", "5 2030-03-08 3.00 EUR AMZN 1260.00", "6 2030-03-08 0.00 EUR nothing 1260.00"},
		},
		"named credits and debits": {
			text: "Date,Ein,Aus,Currency\n2030-03-05,1.00,,EUR\n2030-03-05,,2.00,EUR\n", columns: reconcile.BankColumns{Credit: "Ein", Debit: "Aus"}, want: []string{"2 2030-03-05 1.00 EUR ", "3 2030-03-05 -2.00 EUR "},
		},
		"dashes for none":               {text: "Date,Debit,Credit,Currency\n2030-03-05,-,2.00,EUR\n2030-03-06,3.00,\u2013,EUR\n", want: []string{"2 2030-03-05 2.00 EUR ", "3 2030-03-06 -3.00 EUR "}},
		"two dashes":                    {text: "Date,Debit,Credit,Currency\n2030-03-05,-,-,EUR\n", err: "line 2, column Credit: the line has a date and no amount"},
		"amounts called debit/credit":   {text: "Date,Debit/Credit,Currency\n2030-03-05,-1.00,EUR\n", columns: reconcile.BankColumns{Amount: "Debit/Credit"}, want: []string{"2 2030-03-05 -1.00 EUR "}},
		"a credit and a debit":          {text: "Date,Debit,Credit,Currency\n2030-03-05,1.00,2.00,EUR\n", err: "line 2, column Debit: the line has both a credit and a debit"},
		"neither of them":               {text: "Date,Debit,Credit,Currency\n2030-03-05,,,EUR\n", err: "line 2, column Credit: the line has a date and no amount"},
		"a credit with a minus":         {text: "Date,Debit,Credit,Currency\n2030-03-05,,-2.00,EUR\n", err: "line 2, column Credit: the credit has a minus"},
		"credits alone":                 {text: "Date,Ein,Currency\n2030-03-05,1.00,EUR\n", columns: reconcile.BankColumns{Credit: "Ein"}, err: "no column for the debit"},
		"an amount, credits and debits": {text: "Date,Amount,Debit,Credit,Currency\n2030-03-05,1.00,1.00,,EUR\n", err: `there is a column for amounts, "Amount", and there are two for credits and debits, "Credit" and "Debit"`},
		"that amount":                   {text: "Date,Amount,Debit,Credit,Currency\n2030-03-05,1.00,1.00,,EUR\n", columns: reconcile.BankColumns{Amount: "Amount"}, want: []string{"2 2030-03-05 1.00 EUR 1.00"}},
		"all of them are named":         {text: "Date,Amount,Debit,Credit,Currency\n", columns: reconcile.BankColumns{Amount: "Amount", Credit: "Credit"}, err: "give either Amount, or Credit and Debit"},
		"lines before the header": {
			text:    "\"Account:\";\"DE02 1203 / Girokonto\";\r\n\"From:\";\"01.03.2030\";\r\n\r\n\"Buchungstag\";\"Auftraggeber\";\"Betrag\";\"Währung\";\r\n\"05.03.2030\";\"AMAZON\";\"1.250,00\";\"EUR\";\r\n",
			options: reportfile.Options{DecimalComma: true, DateLayout: "dd.mm.yyyy"}, want: []string{"5 2030-03-05 1250.00 EUR AMAZON"},
		},
		"lines before the header, in windows-1252": {
			text:    "Konto;Müller\nBuchungstag;Auftraggeber;Betrag;W\xe4hrung\n2030-03-05;M\xfcller;1.00;EUR\n",
			options: reportfile.Options{Encoding: "windows-1252"}, want: []string{"3 2030-03-05 1.00 EUR Müller"},
		},
		"an error after lines before the header": {text: "Konto;1\nDate;Amount;Currency\n2030-03-05;x;EUR\n", options: reportfile.Options{Name: "bank.csv"}, err: "bank.csv: line 3, column Amount: "},
		"pending, without a date":                {text: "Completed Date,Amount,Currency,State\n,1.00,EUR,PENDING\n2030-03-05,2.00,EUR,COMPLETED\n", want: []string{"2 unbooked", "3 2030-03-05 2.00 EUR COMPLETED"}},
		"no amount":                              {text: "Date,Amount,Currency\n2030-03-05,,EUR\n", err: "line 2, column Amount: the line has a date and no amount: if it is a total or a note, remove it"},
		"a note at the end":                      {text: "Date,Amount,Currency\n2030-03-05,1.00,EUR\nDisclaimer\n", err: "line 3: the row has 1 fields and the header 3 names: the file may have been cut here; if it is a note after the last line, remove it"},
		"no currency after lines before it":      {text: "Konto;1\nDate;Amount;Text\n2030-03-05;1.00;A\n", err: `no column for the currency: the columns are "Date", "Amount", "Text"`},
		"a short line after lines before it":     {text: "Konto;1\nDate;Amount;Currency\n2030-03-05;1.00;EUR\n2030-03-06;1.00\n", err: "line 4: the row has 2 fields"},
		"a total":                                {text: "Date,Amount,Currency\n2030-03-05,1.00,EUR\n,1.00,EUR\n", err: "line 3, column Date: the line has an amount and no date: if it is a total or a note, remove the line"},
		"a total with a word":                    {text: "Date,Amount,Currency\n2030-03-05,1.00,EUR\nTotal,1.00,EUR\n", err: "line 3, column Date: a cell of text is not a date such as 2026-10-31: if the line is a total or a note, remove it"},
		"the header again":                       {text: "Date,Amount,Currency\n2030-03-05,1.00,EUR\nDate,Amount,Currency\n", err: "line 3, column"},
		"pending": {
			text: "Date,Amount,Currency,Status\n2030-03-05,1.00,EUR,Pending\n2030-03-05,2.00,EUR,Booked\n2030-03-05,3.00,EUR,DECLINED\n", want: []string{"2 unbooked", "3 2030-03-05 2.00 EUR Booked", "4 unbooked"},
		},
		"other words for what isn't booked": {text: "Date,Amount,Currency,Status\n2030-03-05,1.00,EUR,Scheduled\n2030-03-05,1.00,EUR,On hold\n2030-03-05,1.00,EUR,not booked\n2030-03-05,1.00,EUR,Geplant\n2030-03-05,1.00,EUR,in Bearbeitung\n2030-03-05,2.00,EUR,Cleared\n", want: []string{"2 unbooked", "3 unbooked", "4 unbooked", "5 unbooked", "6 unbooked", "7 2030-03-05 2.00 EUR Cleared"}},
		"vorgemerkt":                        {text: "Date,Amount,Currency,Info\n2030-03-05,1.00,EUR,Umsatz vorgemerkt\n2030-03-05,2.00,EUR,Umsatz gebucht\n", want: []string{"2 unbooked", "3 2030-03-05 2.00 EUR Umsatz gebucht"}},
		"a sign for a currency":             {text: "Date,Amount,Currency\n2030-03-05,1.00,€\n", want: []string{"2 2030-03-05 1.00 EUR "}},
		"a name for a currency":             {text: "Date,Amount,Currency\n2030-03-05,1.00,Euro\n", err: "line 2, column Currency: the currency is not a code of ISO 4217"},
		"dollars of which":                  {text: "Date,Amount,Currency\n2030-03-05,1.00,$\n", err: "line 2, column Currency: the sign $ means one of several currencies"},
		"a PDF":                             {text: "%PDF-1.4\n", err: "the bank statement: the file is a PDF: get it as CSV, or in XML (camt.053)"},
		"MT940":                             {text: "\r\n:20:STARTUMS\r\n:25:10020030/1234567\r\n", err: "the file is in the format MT940 or MT942: get it as CSV"},
		"MT940 of SWIFT":                    {text: "{1:F01}{2:I940}{4:\r\n:20:X\r\n", options: reportfile.Options{Name: "bank.sta"}, err: "bank.sta: the file is in the format MT940"},
		"OFX":                               {text: "OFXHEADER:100\nDATA:OFXSGML\n", err: "in the format OFX"},
		"QIF":                               {text: "!Type:Bank\nD1/1/26\n", err: "in the format QIF"},
		"an archive":                        {text: "PK\x03\x04\x14", err: "a workbook of a spreadsheet or an archive, not a report: save it as CSV, or unpack it"},
		"thousands?":                        {text: "Date,Amount,Currency\n2030-03-05,1.190,EUR\n", err: "three digits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			var err error
			for line, lineErr := range reconcile.ReadBankCSV(strings.NewReader(test.text), test.columns, test.options) {
				if lineErr != nil {
					err = lineErr
					break
				}
				if line.Unbooked {
					got = append(got, fmt.Sprint(line.Line, " unbooked"))
					continue
				}
				got = append(got, fmt.Sprintf("%d %s %s %s %s", line.Line, line.Date.Format(time.DateOnly), line.Amount, line.Currency, line.Text))
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if test.err != "" {
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// Amounts and dates of banks have many forms. What has two meanings is refused.
func TestBankCells(t *testing.T) {
	t.Parallel()
	comma := reportfile.Options{DecimalComma: true}
	for _, test := range []struct {
		amount  string
		options reportfile.Options
		want    string // "" if it is refused
	}{
		{"1250.00", reportfile.Options{}, "1250.00"},
		{"1,250.00", reportfile.Options{}, "1250.00"},
		{"1 250.00", reportfile.Options{}, "1250.00"},
		{"1'250.00", reportfile.Options{}, "1250.00"},
		{"1\u00a0250.00", reportfile.Options{}, "1250.00"},
		{"1.250,00", comma, "1250.00"},
		{"1 250,00", comma, "1250.00"},
		{"1\u202f250,00-", comma, "-1250.00"},
		{"-12.00", reportfile.Options{}, "-12.00"},
		{"12.00-", reportfile.Options{}, "-12.00"},
		{"12.00 -", reportfile.Options{}, "-12.00"},
		{"\u221212.00", reportfile.Options{}, "-12.00"},
		{"(12.00)", reportfile.Options{}, "-12.00"},
		{"($12.00)", reportfile.Options{}, ""},
		{"(€12.00)", reportfile.Options{}, "-12.00"},
		{"+12.00", reportfile.Options{}, "12.00"},
		{"12,00+", comma, "12.00"},
		{"12.00 CR", reportfile.Options{}, "12.00"},
		{"12.00CR", reportfile.Options{}, "12.00"},
		{"12.00 DR", reportfile.Options{}, "-12.00"},
		{"12.00 Dr.", reportfile.Options{}, "-12.00"},
		{"-12.00 DR", reportfile.Options{}, "-12.00"},
		{"12,00 S", comma, "-12.00"},
		{"12,00 H", comma, "12.00"},
		{"€ 12.00", reportfile.Options{}, "12.00"},
		{"-€12.00", reportfile.Options{}, "-12.00"},
		{"€-12.00", reportfile.Options{}, "-12.00"},
		{"12.00 EUR", reportfile.Options{}, "12.00"},
		{"EUR 12.00-", reportfile.Options{}, "-12.00"},
		{"0.00", reportfile.Options{}, "0.00"},
		{"-0.00", reportfile.Options{}, "0.00"},
		{"12.00 USD", reportfile.Options{}, ""},
		{"£12.00", reportfile.Options{}, ""},
		{"-12.00 CR", reportfile.Options{}, ""},
		{"+12.00-", reportfile.Options{}, ""},
		{"(-12.00)", reportfile.Options{}, ""},
		{"--12.00", reportfile.Options{}, ""},
		{"12.00 approx", reportfile.Options{}, ""},
		{"12,00", reportfile.Options{}, ""},
		{"1.250", reportfile.Options{}, ""},
		{"1.250,00", reportfile.Options{}, ""},
		{"12.00", comma, ""},
		{".50", reportfile.Options{}, ""},
		{"12.", reportfile.Options{}, ""},
		{"12.00 13.00", reportfile.Options{}, ""},
		{"1 2.00", reportfile.Options{}, ""},
		{"1e3", reportfile.Options{}, ""},
		{"12.00%", reportfile.Options{}, ""},
		{"n/a", reportfile.Options{}, ""},
		{"12.00)", reportfile.Options{}, ""},
		{"-", reportfile.Options{}, ""},
	} {
		got := "refused"
		for line, err := range reconcile.ReadBankCSV(strings.NewReader("Date;Amount;Currency\n2030-03-05;"+test.amount+";EUR\n"), reconcile.BankColumns{}, test.options) {
			if err == nil {
				got = line.Amount.String()
			} else if !strings.Contains(err.Error(), "line 2, column Amount: ") {
				t.Errorf("%q: %v", test.amount, err)
			}
		}
		if want := or(test.want, "refused"); got != want {
			t.Errorf("%q: %s, want %s", test.amount, got, want)
		}
	}
	for date, want := range map[string]string{
		"2030-03-05": "2030-03-05", "2030/03/05": "2030-03-05", "20300305": "2030-03-05", "5 Mar 2030": "2030-03-05", "05-Mar-2030": "2030-03-05", "Mar 5, 2030": "2030-03-05", "March 5, 2030": "2030-03-05",
		"2030-03-05T10:11:12": "2030-03-05", "2030-03-05T23:59:59.999Z": "2030-03-05", "2030-03-05 10:11": "2030-03-05", "2030-03-05T00:30:00+02:00": "2030-03-05", "2030-03-05 10:11:12 UTC": "2030-03-05", "5 Mar 2030, 10:11 PM": "2030-03-05",
		"05.03.2030": "", "05/03/2030": "", "3/5/30": "", "2030-13-05": "", "2030-02-30": "", "20301305": "", "300305": "", "2030-03": "", "tomorrow": "", "45000": "", "2030-03-05T": "",
	} {
		got := ""
		for line, err := range reconcile.ReadBankCSV(strings.NewReader("Date;Amount;Currency\n"+date+";1.00;EUR\n"), reconcile.BankColumns{}, reportfile.Options{}) {
			if err == nil {
				got = line.Date.Format(time.DateOnly)
			} else if !strings.Contains(err.Error(), "line 2, column Date: ") {
				t.Errorf("%q: %v", date, err)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", date, got, want)
		}
	}
	for date, layout := range map[string]string{"05.03.2030": "dd.mm.yyyy", "05.03.30": "dd.mm.yy", "3/5/30": "m/d/yy", "03/05/2030": "mm/dd/yyyy", "05-03-2030": "dd-mm-yyyy"} {
		for line, err := range reconcile.ReadBankCSV(strings.NewReader("Date;Amount;Currency\n"+date+";1.00;EUR\n"), reconcile.BankColumns{}, reportfile.Options{DateLayout: layout}) {
			if err != nil || line.Date.Format(time.DateOnly) != "2030-03-05" {
				t.Errorf("%s as %s: %s, %v", date, layout, line.Date, err)
			}
		}
	}
}

// What is read has a date, an amount and a currency, and is the same in another separator.
func FuzzReadBankCSV(f *testing.F) {
	for _, text := range []string{
		"Date,Amount,Currency,Text\n2030-03-05,1.00,EUR,A\n", "Konto;1\nBuchungstag;Betrag;W\u00e4hrung\n20300305;(1 250.00);EUR\n", "Date,Paid out,Paid in,Currency\n5 Mar 2030,-,1.00 CR,EUR\n",
		"Date\tAmount\tCurrency\tSoll/Haben\n2030-03-05 10:00\t1.00-\tEUR\tS\n", ":20:1", "Date,Amount,Currency,State\n,1.00,EUR,pending\n",
	} {
		f.Add(text, false)
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, decimalComma bool) {
		options := reportfile.Options{Name: "bank.csv", DecimalComma: decimalComma}
		for line, err := range reconcile.ReadBankCSV(strings.NewReader(text), reconcile.BankColumns{}, options) {
			switch {
			case err != nil:
				if !strings.Contains(err.Error(), "bank.csv") {
					t.Errorf("the error doesn't name the file: %v", err)
				}
			case line.Unbooked:
			case line.Date.IsZero() || len(line.Currency) != 3 || line.Line < 2 || line.File != "bank.csv":
				t.Errorf("%+v", line)
			}
		}
	})
}
