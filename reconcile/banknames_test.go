package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/reconcile"
)

// A line that names a disbursement is about that one and no other, and money that goes back again isn't unseen.
func TestBankLinesThatNameDisbursements(t *testing.T) {
	t.Parallel()
	const payer = "AMAZON PAYMENTS"
	referred := func(d api.Disbursement, reference string) api.Disbursement {
		d.AmazonDisbursementReferenceID = reference
		return d
	}
	two := []api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "10.00")}
	begin, end := booked(1, "0.01", "interest"), booked(31, "-9.99", "card fee") // what the statement covers
	for name, test := range map[string]struct {
		disbursements []api.Disbursement
		lines         []reconcile.BankLine
		want          []string
	}{
		"the same settlement is named twice, and another has as much": {
			two,
			[]reconcile.BankLine{booked(6, "10.00", "AMZNPAY 11111111111"), booked(7, "10.00", "AMZNPAY 11111111111"), begin, end},
			[]string{
				"matched: 10.00 of [11111111111], 10.00 of line 6", "no bank line: 10.00 of [22222222222], 0.00 of no line",
				"no disbursement: 0.00 of [], 10.00 of line 7",
			},
		},
		"the same settlement is named twice, and two others make as much": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "22222222222", "4.00"), paidOut(5, "33333333333", "6.00")},
			[]reconcile.BankLine{booked(6, "10.00", "AMZNPAY 11111111111"), booked(7, "10.00", "AMZNPAY 11111111111"), begin, end},
			[]string{
				"matched: 10.00 of [11111111111], 10.00 of line 6", "no bank line: 4.00 of [22222222222], 0.00 of no line",
				"no bank line: 6.00 of [33333333333], 0.00 of no line", "no disbursement: 0.00 of [], 10.00 of line 7",
			},
		},
		"a second line of a settlement on the last day that was listed": {
			two[:1],
			[]reconcile.BankLine{booked(5, "10.00", "11111111111"), booked(6, "10.00", "11111111111"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], 10.00 of line 6"},
		},
		"a wrong line before the right one": {
			two[:1],
			[]reconcile.BankLine{booked(5, "3.00", "11111111111"), booked(6, "10.00", "11111111111"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 6", "no disbursement: 0.00 of [], 3.00 of line 5"},
		},
		"returned, with its name": {
			two,
			[]reconcile.BankLine{booked(6, "10.00", payer+" 11111111111"), booked(6, "10.00", payer), booked(8, "-10.00", "return 11111111111"), begin, end},
			[]string{
				"matched: 10.00 of [11111111111], 10.00 of line 6", "matched: 10.00 of [22222222222], 10.00 of line 6",
				"no disbursement: 0.00 of [], -10.00 of line 8",
			},
		},
		"returned in part, long after": {
			two[:1],
			[]reconcile.BankLine{booked(5, "10.00", payer), booked(28, "-2.00", "correction of AMZNPAY 11111111111"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], -2.00 of line 28"},
		},
		"returned, by Amazon and of the same amount": {
			two[:1],
			[]reconcile.BankLine{booked(5, "10.00", payer), booked(8, "-10.00", payer+" reversal"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "no disbursement: 0.00 of [], -10.00 of line 8"},
		},
		"bought at Amazon": {
			two[:1],
			[]reconcile.BankLine{booked(5, "10.00", payer), booked(6, "-7.99", "AMAZON order"), booked(7, "-10.00", "to savings"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5"},
		},
		"the merchant owes, and the line names it": {
			[]api.Disbursement{paidOut(4, "11111111111", "-10.00")},
			[]reconcile.BankLine{booked(5, "-9.00", payer+" 11111111111"), begin, end},
			[]string{"amount differs: -10.00 of [11111111111], -9.00 of line 5"},
		},
		"the merchant owes, and it is booked": {
			[]api.Disbursement{paidOut(4, "11111111111", "-10.00")},
			[]reconcile.BankLine{booked(5, "-10.00", payer+" 11111111111"), begin, end},
			[]string{"matched: -10.00 of [11111111111], -10.00 of line 5"},
		},
		"one reference for all": {
			[]api.Disbursement{
				referred(paidOut(4, "11111111111", "10.00"), "SHOP1234567"), referred(paidOut(5, "22222222222", "20.00"), "SHOP1234567"),
				referred(paidOut(6, "33333333333", "30.00"), "SHOP1234567"),
			},
			[]reconcile.BankLine{booked(6, "10.00", "SHOP1234567"), booked(7, "20.00", "SHOP1234567"), booked(8, "29.00", "Amazon SHOP1234567"), begin, end},
			[]string{
				"matched: 10.00 of [11111111111], 10.00 of line 6", "matched: 20.00 of [22222222222], 20.00 of line 7",
				"no bank line: 30.00 of [33333333333], 0.00 of no line", "not covered: 0.00 of [], 29.00 of line 8",
			},
		},
		"one reference for two in a line": {
			[]api.Disbursement{referred(paidOut(4, "11111111111", "10.00"), "SHOP1234567"), referred(paidOut(5, "22222222222", "20.00"), "SHOP1234567")},
			[]reconcile.BankLine{booked(7, "30.00", "SHOP1234567"), begin, end},
			[]string{"matched: 30.00 of [11111111111 22222222222], 30.00 of line 7"},
		},
		"a reference that ends with a date": {
			[]api.Disbursement{referred(paidOut(4, "11111111111", "10.00"), "DE PAYOUT 2030-03-04")},
			[]reconcile.BankLine{booked(5, "10.00", payer), booked(6, "250.00", "rent 04"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5"},
		},
		"a reference of short words": {
			[]api.Disbursement{referred(paidOut(4, "11111111111", "10.00"), "AMZNPAY 12")},
			[]reconcile.BankLine{booked(5, "10.00", payer), booked(6, "4.00", "invoice 12"), booked(7, "6.00", "card 12"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5"},
		},
		"lines that would make up a disbursement if its short reference were its name": {
			[]api.Disbursement{referred(paidOut(4, "11111111111", "10.00"), "AMZNPAY 12")},
			[]reconcile.BankLine{booked(6, "4.00", "invoice 12"), booked(7, "6.00", "card 12"), begin, end},
			[]string{"no bank line: 10.00 of [11111111111], 0.00 of no line"},
		},
		"a reference with a short word after its number": {
			[]api.Disbursement{referred(paidOut(4, "11111111111", "10.00"), "AMZNPAY 987654321 2")},
			[]reconcile.BankLine{booked(5, "9.00", "987654321"), booked(6, "2.00", "invoice 2"), begin, end},
			[]string{"amount differs: 10.00 of [11111111111], 9.00 of line 5"},
		},
		"a settlement that was paid in two parts": {
			[]api.Disbursement{paidOut(4, "11111111111", "10.00"), paidOut(5, "11111111111", "20.00")},
			[]reconcile.BankLine{booked(5, "10.00", "11111111111"), booked(6, "20.00", "11111111111"), begin, end},
			[]string{"matched: 10.00 of [11111111111], 10.00 of line 5", "matched: 20.00 of [11111111111], 20.00 of line 6"},
		},
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
			if len(test.disbursements) > 0 { // as a file of disbursements is, which says nothing of the time before and after
				b.Listed(test.disbursements[0].TransactionTime.Time(), test.disbursements[len(test.disbursements)-1].TransactionTime.Time())
			}
			for range 2 { // asking again changes nothing
				if diff := cmp.Diff(test.want, bankResults(t, b)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}
