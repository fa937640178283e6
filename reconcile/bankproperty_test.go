package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reconcile"
)

// Whatever a bank statement looks like, no disbursement and no line of Amazon's is lost or counted twice, what matches is
// the same on both sides, and money that is missing or too much doesn't go unseen.
func TestBankAccountsForEverything(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 1))
		b := reconcile.NewBank(reconcile.BankOptions{Days: 3})
		type paid struct {
			day    int
			amount int64
			id     string
		}
		var payouts []paid
		for i := range 2 + random.IntN(8) { // few amounts, so that sums and equal amounts are frequent
			payouts = append(payouts, paid{5 + random.IntN(12), 1 + random.Int64N(6), fmt.Sprintf("2000000000%d", i)})
		}
		for _, p := range payouts {
			if err := b.AddDisbursement(paidOut(p.day, p.id, decimal.MustNew(p.amount, 0).String())); err != nil {
				t.Fatal(err)
			}
		}
		lines, banked, disbursed := 0, int64(0), int64(0)
		line := func(day int, amount int64, text string) {
			lines++
			banked += amount
			b.AddLine(reconcile.BankLine{Line: lines, Date: time.Date(2030, 3, day, 0, 0, 0, 0, time.UTC), Amount: decimal.MustNew(amount, 0), Currency: "EUR", Text: text})
		}
		for i := 0; i < len(payouts); i++ {
			p := payouts[i]
			disbursed += p.amount
			text := "AMAZON PAYMENTS"
			if random.IntN(3) == 0 {
				text += " " + p.id
			}
			switch random.IntN(12) {
			case 0: // it never arrived
			case 1:
				line(p.day+1, p.amount, text)
				line(p.day+2, p.amount, text) // twice
			case 2:
				line(p.day+1, p.amount+1, text) // too much
			case 3:
				if i+1 < len(payouts) { // with the next one
					i++
					disbursed += payouts[i].amount
					line(max(p.day, payouts[i].day)+1, p.amount+payouts[i].amount, text)
					continue
				}
				line(p.day, p.amount, text)
			default:
				line(p.day+random.IntN(4), p.amount, text)
			}
		}
		for _, day := range []int{1, 31} { // what the statement covers
			b.AddLine(reconcile.BankLine{Line: 1000 + day, Date: time.Date(2030, 3, day, 0, 0, 0, 0, time.UTC), Amount: decimal.MustNew(-1, 0), Currency: "EUR", Text: "fee"})
		}
		b.Listed(time.Date(2030, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 3, 31, 0, 0, 0, 0, time.UTC))

		results := b.Results()
		settlements, numbers, differs := make(map[string]int), make(map[int]int), false
		var matched, told decimal.Decimal
		for _, r := range results {
			differs = differs || r.Status.Differs()
			for _, id := range r.SettlementIDs {
				settlements[id]++
			}
			if r.Line > 0 {
				numbers[r.Line]++
			}
			told, _ = told.Add(r.Disbursed)
			if r.Status == reconcile.Matched {
				matched, _ = matched.Add(r.Booked)
				if r.Disbursed.Cmp(r.Booked) != 0 {
					t.Fatalf("seed %d: matched with %s and %s", seed, r.Disbursed, r.Booked)
				}
			}
		}
		for _, p := range payouts {
			if settlements[p.id] != 1 {
				t.Fatalf("seed %d: the disbursement of %s is in %d results: %+v", seed, p.id, settlements[p.id], results)
			}
		}
		for number, n := range numbers {
			if n != 1 {
				t.Fatalf("seed %d: line %d is in %d results", seed, number, n)
			}
		}
		if told.Cmp(decimal.MustNew(disbursed, 0)) != 0 {
			t.Fatalf("seed %d: %d was disbursed, and the results have %s", seed, disbursed, told)
		}
		if banked != disbursed && !differs {
			t.Fatalf("seed %d: %d was disbursed and %d booked, and nothing differs: %+v", seed, disbursed, banked, results)
		}
	}
}
