package reconcile_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

// reportFile is a file of settlement reports: its name, and its rows as "SETTLEMENT TYPE ORDER AMOUNT", all of one day. It is damaged if
// its last row is "cut".
func reportFile(t *testing.T, o *reconcile.Orders, name string, days int, rows ...string) {
	t.Helper()
	file := reconcile.File{Name: name, Start: day.AddDate(0, 0, days), End: day.AddDate(0, 0, days)}
	for i, line := range rows {
		if line == "cut" {
			file.Err = errors.New(name + ": it was cut")
			break
		}
		fields := strings.Fields(line)
		r := posted(in(name, reportfile.TransactionType(fields[1]), fields[0], strings.TrimPrefix(fields[2], "-"), fields[3]), days)
		r.Line = i + 2
		if err := o.Add(&r); err != nil {
			file.Err = err
			break
		}
	}
	o.AddFile(file)
}

// A settlement of which one file can't be read to its end counts in the other file, whichever comes first, and once.
func TestOrdersOfDamagedFiles(t *testing.T) {
	t.Parallel()
	type file struct {
		name string
		days int
		rows []string
	}
	whole := []string{"1 Capture A 10.00", "1 Capture B 5.00", "1 Refund A -3.00", "1 Capture C 2.00", "1 Transfer - -14.00"}
	earlier := file{"0.csv", 0, []string{"0 Capture A 1.00", "0 Capture Z 4.00", "0 Refund Z -1.00"}}
	good, cut := file{"good.csv", 1, whole}, file{"cut.csv", 1, []string{whole[0], whole[1], whole[2], "cut"}}
	matched := []string{"A: matched 11.00 of 11.00, 3.00 refunded", "B: matched 5.00 of 5.00, 0.00 refunded", "C: matched 2.00 of 2.00, 0.00 refunded", "Z: matched 4.00 of 4.00, 1.00 refunded"}
	const cutHasIt = "it has rows in cut.csv, which could not be read to its end"
	for name, test := range map[string]struct {
		files []file
		want  []string
	}{
		"the damaged one first": {[]file{earlier, cut, good}, matched},
		"the damaged one last":  {[]file{earlier, good, cut}, matched},
		"two damaged ones":      {[]file{earlier, cut, {"cut2.csv", 1, []string{whole[3], whole[0], "cut"}}, good}, matched},
		"nothing of it was read": {
			[]file{earlier, {"page.csv", 1, []string{"cut"}}},
			[]string{
				"A: amount differs 1.00 of 11.00, 0.00 refunded; the rest may be in page.csv, which could not be read", "B: no capture 0.00 of 5.00, 0.00 refunded; its capture may be in page.csv, which could not be read",
				"C: no capture 0.00 of 2.00, 0.00 refunded; its capture may be in page.csv, which could not be read", "Z: matched 4.00 of 4.00, 1.00 refunded",
			},
		},
		"no good one": {
			[]file{earlier, cut},
			[]string{
				"A: not covered 1.00 of 11.00, 0.00 refunded; " + cutHasIt, "B: not covered 0.00 of 5.00, 0.00 refunded; " + cutHasIt,
				"C: no capture 0.00 of 2.00, 0.00 refunded; its capture may be in cut.csv, which could not be read", "Z: matched 4.00 of 4.00, 1.00 refunded",
			},
		},
		"other rows in another order": {
			[]file{{"cut.csv", 1, []string{"1 Capture C 99.00", "1 Capture UNKNOWN 7.00", "1 Refund B -5.00", "cut"}}, earlier, good}, matched,
		},
		"several settlements, one of which is elsewhere": {
			[]file{earlier, {"cut.csv", 2, []string{"1 Capture A 10.00", "2 Capture D 8.00", "cut"}}, good},
			append(slices.Clone(matched[:3]), "D: not covered 0.00 of 8.00, 0.00 refunded; "+cutHasIt, matched[3]),
		},
		"an order of two settlements": {
			[]file{{"2.csv", 2, []string{"2 Capture A 1.00", "2 Capture Z 4.00", "2 Refund Z -1.00"}}, cut, {"again.csv", 1, whole}}, matched,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := reconcile.NewOrders(reconcile.OrdersOptions{})
			for _, f := range test.files {
				reportFile(t, o, f.name, f.days, f.rows...)
			}
			orders := "order id,amount,currency\nA,11,USD\nB,5,USD\nC,2,USD\nZ,4,USD\n"
			if strings.Contains(strings.Join(test.want, " "), "D: ") {
				orders += "D,8,USD\n"
			}
			addOrders(t, o, orders, reportfile.Options{})
			var got []string
			for _, r := range o.Results() {
				got = append(got, strings.TrimSuffix(fmt.Sprintf("%s: %s %s of %s, %s refunded; %s", r.OrderID, r.Status, r.Captured, r.Ordered, r.Refunded, r.Detail), "; "))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What a damaged file says of the time that it covers doesn't count either: the capture of an order may be in the rows that are lost.
func TestTimeOfDamagedFiles(t *testing.T) {
	t.Parallel()
	o := reconcile.NewOrders(reconcile.OrdersOptions{})
	reportFile(t, o, "0.csv", 0, "0 Capture A 1.00")
	reportFile(t, o, "cut.csv", 9, "1 Capture B 1.00", "cut")
	add := func(id string, days int) {
		t.Helper()
		if err := o.AddOrder(reconcile.Order{ID: id, Amount: decimal.MustParse("1.00"), Currency: "USD", Date: day.AddDate(0, 0, days).Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	add("A", -1)
	add("B", 8)
	add("C", 5)
	if diff := cmp.Diff(map[string]string{"A": "matched", "B": "not covered", "C": "pending"}, statuses(o)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Whichever files are damaged, and wherever, the captures and refunds are those of the good files alone.
func TestDamagedFilesChangeNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		with, without := reconcile.NewOrders(reconcile.OrdersOptions{}), reconcile.NewOrders(reconcile.OrdersOptions{})
		for file := range 2 + random.IntN(5) {
			var rows []string
			for range random.IntN(8) {
				amount := fmt.Sprintf("%d.00", 1+random.IntN(9))
				kind := "Capture"
				if random.IntN(3) == 0 {
					kind, amount = "Refund", "-"+amount
				}
				rows = append(rows, fmt.Sprintf("%d %s %c %s", random.IntN(4), kind, 'A'+random.IntN(4), amount))
			}
			name := fmt.Sprintf("%d.csv", file)
			if random.IntN(2) == 0 {
				reportFile(t, with, name, file, append(rows, "cut")...)
				continue
			}
			reportFile(t, with, name, file, rows...)
			reportFile(t, without, name, file, rows...)
		}
		amounts := func(o *reconcile.Orders) (list []string) {
			for _, r := range o.Results() {
				list = append(list, fmt.Sprint(r.OrderID, " ", r.Captured, " ", r.Refunded, " ", r.SettlementIDs))
			}
			return list
		}
		if diff := cmp.Diff(amounts(without), amounts(with)); diff != "" {
			t.Fatalf("seed %d (-good files +all files)\n%s", seed, diff)
		}
	}
}
