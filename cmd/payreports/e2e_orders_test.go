package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/simulator"
)

// shop is what the settlements of 20 days say of orders: the captures, oldest first, and the refunds of each order.
type shop struct {
	reports  string
	captures []map[string]string
	refunds  map[string]string
	refunded string // the last order that was refunded
}

func monthOfAShop(t *testing.T) (*service, *shop) {
	t.Helper()
	s := newService(t, simulator.Config{Seed: 5, TransactionsPerDay: 20, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	dir := filepath.Join(t.TempDir(), "reports")
	s.ok(t, "sync", "--to", dir, "--type", "settlement", "--since", "2026-11-05")
	var rows []map[string]string
	if err := json.Unmarshal([]byte(s.ok(t, "file", "show", dir, "-o", "json").stdout), &rows); err != nil {
		t.Fatal(err)
	}
	of := &shop{reports: dir, refunds: make(map[string]string)}
	for _, row := range rows {
		switch row["TransactionType"] {
		case "Capture":
			of.captures = append(of.captures, row)
		case "Refund":
			if of.refunds[row["SellerOrderId"]] != "" {
				t.Fatalf("two refunds of order %s", row["SellerOrderId"])
			}
			of.refunds[row["SellerOrderId"]] = strings.TrimPrefix(row["TransactionAmount"], "-")
		}
	}
	for _, row := range of.captures {
		if of.refunds[row["SellerOrderId"]] != "" {
			of.refunded = row["SellerOrderId"]
		}
	}
	if len(of.captures) < 300 || of.refunded == "" {
		t.Fatalf("%d captures, %d refunds", len(of.captures), len(of.refunds))
	}
	return s, of
}

// shopify writes Shopify's export: each order with a second item, and one paid with PayPal after every third.
func (s *shop) shopify(change func(order map[string]string)) string {
	var file strings.Builder
	file.WriteString("Name,Email,Financial Status,Currency,Total,Created at,Lineitem name,Payment Method,Refunded Amount,Tax 1 Name,Tax 1 Name\n")
	line := func(id, currency, total, placed, method, refunded string) {
		fmt.Fprintf(&file, "#%s,buyer@example.com,paid,%s,%s,%s,\"Mug, \"\"large\"\"\",%s,%s,,\n", id, currency, total, placed, method, refunded)
		fmt.Fprintf(&file, "#%s,buyer@example.com,,,,,Saucer,,,,\n", id)
	}
	for i, row := range s.captures {
		order := map[string]string{
			"id": row["SellerOrderId"], "total": row["TransactionAmount"], "method": "Amazon Pay", "refunded": s.refunds[row["SellerOrderId"]],
			"placed": strings.Replace(row["TransactionPostedDate"], "T", " ", 1),
		}
		if order["refunded"] == "" {
			order["refunded"] = "0.00"
		}
		if change != nil {
			change(order)
		}
		line(order["id"], row["CurrencyCode"], order["total"], order["placed"], order["method"], order["refunded"])
		if i%3 == 0 {
			line(fmt.Sprintf("PP-%d", i), row["CurrencyCode"], "not even an amount", "", "PayPal Express Checkout", "")
		}
	}
	return file.String()
}

// A Shopify export with PayPal orders matches completely; a fault of each kind is found, and an order that is newer than the last
// settlement is pending.
func TestReconcileShopifyOrders(t *testing.T) {
	t.Parallel()
	s, of := monthOfAShop(t)
	amazonPay := []string{"reconcile", "--reports", of.reports, "--orders-format", "shopify", "--where", "Payment Method=Amazon Pay", "--orders"}
	orders, paypal := len(of.captures), (len(of.captures)+2)/3
	clean := s.ok(t, append(amazonPay, writeFile(t, "orders.csv", of.shopify(nil)))...)
	if want := fmt.Sprintf("20 of 20 settlements match their disbursements, %d of %d orders their captures (%d left out by --where); 20 of 20", orders, orders, paypal); !strings.HasPrefix(clean.stderr, want) {
		t.Errorf("%s\nwant %s", clean.stderr, want)
	}
	// Without the filter the PayPal orders are read, and this one can't be.
	if got := s.run(t, "reconcile", "--offline", "--reports", of.reports, "--orders-format", "shopify", "--orders", writeFile(t, "orders.csv", of.shopify(nil))); got.code != 1 || !strings.Contains(got.stderr, "line 4, column Total: ") {
		t.Errorf("without the filter: %+v", got)
	}

	ids := func(i int) string { return of.captures[i]["SellerOrderId"] }
	faulty := of.shopify(func(order map[string]string) {
		switch order["id"] {
		case ids(3):
			order["total"] = "1.23"
		case ids(5):
			order["id"] = "4711"
		case ids(7):
			order["method"] = "PayPal Express Checkout" // as if the shop named the method otherwise
		case of.refunded:
			order["refunded"] = "0.00"
		}
	})
	faulty += "#9999,,paid,USD,10.00,2026-11-24 23:00:00 -0800,Mug,Amazon Pay,0.00,,\n#9998,,paid,USD,10.00,2026-11-03 22:00:00 -0800,Mug,Amazon Pay,0.00,,\n"
	got := s.run(t, append(amazonPay, writeFile(t, "orders.csv", faulty))...)
	if got.code != 4 || !strings.Contains(got.stderr, fmt.Sprintf("%d of %d orders their captures (1 pending, 1 not covered, %d left out by --where)", orders-4, orders+3, paypal+1)) {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	for id, want := range map[string]string{
		ids(3): "amount differs", ids(5): "no order", "4711": "no capture", ids(7): "no order .*the filter leaves it out", of.refunded: "refund differs .*the order says that 0",
	} {
		if !regexp.MustCompile(`(?m)^order +` + regexp.QuoteMeta(id) + ` +USD +` + want).MatchString(got.stdout) {
			t.Errorf("no %s %s in\n%s", id, want, got.stdout)
		}
	}
	if n := strings.Count(got.stdout, "\n"); n != 6 {
		t.Errorf("%d lines\n%s", n, got.stdout)
	}
	all := s.run(t, append(amazonPay, writeFile(t, "orders.csv", faulty), "--all")...)
	for id, want := range map[string]string{"9999": "pending", "9998": "not covered"} {
		if !regexp.MustCompile(`(?m)^order +` + id + ` +USD +` + want).MatchString(all.stdout) {
			t.Errorf("%s is not %s with --all", id, want)
		}
	}
}

// The same orders in the forms of other shops, with the flags that each needs.
func TestReconcileOrdersOfOtherShops(t *testing.T) {
	t.Parallel()
	s, of := monthOfAShop(t)
	// each writes a header, and a line for each order.
	each := func(header, line string) string {
		file := header + "\n"
		for _, row := range of.captures {
			placed, _, _ := strings.Cut(row["TransactionPostedDate"], " ")
			refunded := of.refunds[row["SellerOrderId"]]
			file += strings.NewReplacer(
				"ID", row["SellerOrderId"], "REFERENCE", row["SellerReferenceId"], "PERMISSION", row["AmazonOrderReferenceId"], "CHARGE", row["AmazonTransactionId"],
				"TOTAL", row["TransactionAmount"], "COMMA", strings.ReplaceAll(row["TransactionAmount"], ".", ","), "PLACED", strings.Replace(placed, "T", " ", 1), "REFUND", refunded,
			).Replace(line) + "\n"
		}
		return file
	}
	for name, test := range map[string]struct {
		text  string
		flags []string
	}{
		"woocommerce": {
			each("order_id,order_number,order_date,order_total,order_currency,payment_method,refunded_total", "ID,ID,PLACED,TOTAL,USD,amazon,REFUND"),
			[]string{"--orders-format", "woocommerce", "--orders-time-zone", "America/Los_Angeles", "--where", "payment_method=amazon"},
		},
		"woocommerce analytics": {
			each("Date,Order #,N. Revenue (formatted),Status,Net Sales", "PLACED,ID,$TOTAL,completed,1"),
			[]string{"--orders-format", "woocommerce-analytics", "--orders-currency", "USD"},
		},
		"magento": {
			each("ID,Purchase Point,Grand Total (Base),Grand Total (Purchased),Status", `"ID","Main","1.0000","TOTAL00","complete"`),
			[]string{"--orders-format", "magento", "--orders-currency", "USD"},
		},
		"shopware": {
			each("id;order_number;amount_total;line_items;order_date_time", "0;ID;TOTAL;1x Mug;PLACED.000"),
			[]string{"--orders-format", "shopware", "--orders-currency", "USD"},
		},
		"own columns": {
			each("Nr.;Betrag;Währung;Betrag (netto)", "ID;COMMA $;USD;x"),
			[]string{"--orders-id-column", "Nr.", "--orders-amount-column", "betrag", "--orders-currency-column", "Währung", "--orders-decimal-comma", "--orders-formatted-amounts"},
		},
		"by the permission": {each("Reference,Total,Currency", "PERMISSION,TOTAL,USD"), []string{"--match", "order-reference-id", "--orders-id-column", "Reference"}},
		"by the reference":  {each("order,total,currency", "REFERENCE,TOTAL,USD"), []string{"--match", "seller-reference-id"}},
		"by the charge":     {each("order,total,currency", "CHARGE,TOTAL,USD"), []string{"--match", "transaction-id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"reconcile", "--offline", "--reports", of.reports, "--orders", writeFile(t, "orders.csv", test.text)}, test.flags...)
			got := s.run(t, args...)
			refunds := name == "woocommerce analytics" // has no refunds here, and says so
			want := fmt.Sprintf(", %d of %d orders their captures; ", len(of.captures), len(of.captures))
			if refunds {
				want = fmt.Sprintf(" of %d orders their captures", len(of.captures))
			}
			if (got.code != 0) != refunds || !strings.Contains(got.stderr, want) || strings.Contains(got.stderr, "warning") {
				t.Errorf("%+v", got)
			}
		})
	}
	// Ids that have nothing to do with each other are told.
	got := s.run(t, "reconcile", "--offline", "--reports", of.reports, "--orders", writeFile(t, "orders.csv", each("order,total,currency", "CHARGE,TOTAL,USD")))
	if got.code != 4 || !strings.Contains(got.stderr, "warning: no order has the seller-order-id of a capture: --match takes another id") {
		t.Errorf("other ids: %.500s", got.stderr)
	}
	// So is a filter that nothing passes.
	got = s.run(t, "reconcile", "--offline", "--reports", of.reports, "--where", "currency=EUR", "--orders", writeFile(t, "orders.csv", each("order,total,currency", "ID,TOTAL,USD")))
	if got.code != 4 || !strings.Contains(got.stderr, "orders.csv: --where leaves out all orders") || !strings.Contains(got.stderr, fmt.Sprintf("0 of %d orders their captures (%d left out by --where)", len(of.captures), len(of.captures))) {
		t.Errorf("a filter: %.500s", got.stderr)
	}
}

// What an orders file lacks is told with the columns that it has and the flag that helps, and wrong flags before anything is read.
func TestReconcileRefusesOrders(t *testing.T) {
	t.Parallel()
	s, dir, _ := month(t)
	cases, _ := filepath.Glob(filepath.Join("..", "..", "reconcile", "testdata", "orders", "*.csv"))
	if len(cases) != 6 {
		t.Fatalf("%d files", len(cases))
	}
	for _, path := range cases {
		got := s.run(t, "reconcile", "--offline", dir, "--orders", path)
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".csv"), "-items")
		want := "give --orders-format " + name + "\n"
		if got.code != 1 || !strings.Contains(got.stderr, "the columns are ") || !strings.HasSuffix(got.stderr, want) || strings.Contains(got.stderr, "@") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, test := range []struct {
		text  string
		flags []string
		code  int
		want  string
	}{
		{"ID,Grand Total (Purchased),Purchase Date\n", []string{"--orders-format", "magento"}, 1, "name it with --orders-currency-column, or give --orders-currency for all orders"},
		{"ID,Grand Total (Base)\n", []string{"--orders-format", "magento"}, 1, `perhaps "Grand Total (Base)" is meant: name it with --orders-amount-column`},
		{"order,total,currency,Method\n", []string{"--where", "Payment Method=x"}, 1, `perhaps "Method" is meant: correct --where`},
		{"order,total,currency,Total\n", nil, 1, "2 columns for the amount"},
		{"order,total,currency\n", []string{"--orders-date-column", "Day"}, 1, "name it with --orders-date-column"},
		{"order,total,currency\n", []string{"--orders-refunded-column", "Back"}, 1, "name it with --orders-refunded-column"},
		{"total,currency\n", nil, 1, "name it with --orders-id-column"},
		{"1001,ann@example.com,12.00\n", nil, 1, "the first line doesn't look like a header\n"},
		{"order,total,currency\n1,$1.00,USD\n", nil, 1, "--orders-formatted-amounts reads"},
		{"order,total,currency\n1,1.00,$\n", nil, 1, "--orders-currency says which"},
		{"order,total,currency\n1,1.00,\n", nil, 1, "--orders-currency gives"},
		{"order,total,currency,at\n1,1.00,USD,01.02.2030\n", []string{"--orders-date-column", "at"}, 1, "--orders-date-layout"},
		{"order,total,currency\n", []string{"--orders-format", "opencart"}, 2, `--orders-format is "opencart": it must be shopify, `},
		{"order,total,currency\n", []string{"--orders-currency", "euro"}, 2, `--orders-currency: "euro" is not a currency code`},
		{"order,total,currency\n", []string{"--orders-time-zone", "Berlin"}, 2, `--orders-time-zone: there is no time zone "Berlin"`},
		{"order,total,currency\n", []string{"--where", "Amazon Pay"}, 2, `--where is "Amazon Pay": write COLUMN=VALUE`},
		{"order,total,currency\n", []string{"--match", "number"}, 2, `--match is "number": it must be seller-order-id, `},
		{"order,total,currency\n", []string{"--match", "transaction-id", "--orders-refunded-column", "x"}, 2, "can't be compared with --match transaction-id"},
		{"order,total,currency\n", []string{"--orders-capture-days", "3"}, 2, "give --orders-date-column too"},
		{"order,total,currency\n", []string{"--orders-refund-days", "0"}, 2, "it must be from 1 to 365"},
		{"order,total,currency\n", []string{"--orders-since", "2026-11-02", "--orders-until", "2026-11-01"}, 2, "--orders-until 2026-11-01 is before --orders-since 2026-11-02"},
		{"order,total,currency\n", []string{"--orders-since", "tomorrow"}, 2, `--orders-since is "tomorrow"`},
	} {
		got := s.run(t, append([]string{"reconcile", "--offline", dir, "--orders", writeFile(t, "orders.csv", test.text)}, test.flags...)...)
		if got.code != test.code || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "the option ") || strings.Contains(got.stderr, "@") {
			t.Errorf("%q %v: %+v\nwant %s", test.text, test.flags, got, test.want)
		}
	}
	for _, flags := range [][]string{{"--where", "a=b"}, {"--match", "transaction-id"}, {"--orders-format", "shopify"}, {"--orders-decimal-comma"}, {"--orders-until", "today"}} {
		if got := s.run(t, append([]string{"reconcile", "--offline", dir}, flags...)...); got.code != 2 || !strings.Contains(got.stderr, flags[0]+" says how orders are read or compared, and there are none: give --orders FILE") {
			t.Errorf("%v without orders: %+v", flags, got)
		}
	}
	if got := s.run(t, "reconcile", "--offline", "-", "--orders", "-"); got.code != 2 || !strings.Contains(got.stderr, "- is given twice") {
		t.Errorf("standard input twice: %+v", got)
	}
}

// A settlement whose first file is damaged counts in its other file, and only the damaged file is a difference.
func TestReconcileOrdersBesideADamagedFile(t *testing.T) {
	t.Parallel()
	s, of := monthOfAShop(t)
	orders := "order id,amount,currency\n"
	for _, row := range of.captures {
		orders += row["SellerOrderId"] + "," + row["TransactionAmount"] + "," + row["CurrencyCode"] + "\n"
	}
	path := writeFile(t, "orders.csv", orders)
	text := read(t, settlementFiles(of.reports)[4])
	for name, damaged := range map[string]string{
		"cut":         text[:len(text)*2/3],
		"a bad row":   text + "\"x\"\n",
		"a bad cell":  strings.Replace(text, `"Capture"`, `"Capture`, 1),
		"broken gzip": gzipped(t, text)[:1000],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for i, path := range settlementFiles(of.reports) {
				write(t, filepath.Join(folder, fmt.Sprintf("%02d.csv", i)), read(t, path))
			}
			bad := filepath.Join(folder, "00-damaged.csv")
			if strings.HasSuffix(name, "gzip") {
				bad += ".gz"
			}
			write(t, bad, damaged)
			got := s.run(t, "reconcile", "--offline", "--reports", folder, "--orders", path)
			want := fmt.Sprintf("20 of 20 settlements add up (not compared with disbursements: give --disbursements FILE, or leave out --offline), %d of %d orders their captures; the service was not asked which reports there should be; 1 could not be read", len(of.captures), len(of.captures))
			if got.code != 4 || !strings.Contains(got.stderr, want) || strings.Count(got.stdout, "\n") != 2 || !strings.Contains(got.stdout, "unreadable") {
				t.Errorf("exit code %d: %s%s\nwant %s", got.code, got.stdout, got.stderr, want)
			}
			// Without the good one, its orders are not known.
			os.Remove(filepath.Join(folder, "04.csv"))
			got = s.run(t, "reconcile", "--offline", "--reports", folder, "--orders", path)
			if differing := strings.Count(got.stdout, "which could not be read\n"); got.code != 4 || differing == 0 && !strings.Contains(got.stderr, "not covered") || strings.Count(got.stdout, "no capture") != differing {
				t.Errorf("without the good one: exit code %d: %s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}
