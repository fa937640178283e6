package main_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// Shops export orders by month or by page. All files that are named count, in any order, and all are known to a filter.
func TestReconcileSeveralOrderFiles(t *testing.T) {
	t.Parallel()
	s, of := monthOfAShop(t)
	export := strings.SplitAfter(of.shopify(nil), "\n")
	middle := len(export) / 2
	for strings.HasSuffix(export[middle-1], "not even an amount") || !strings.Contains(export[middle], "large") {
		middle++
	}
	first := writeFile(t, "october.csv", strings.Join(export[:middle], ""))
	second := writeFile(t, "november.csv", export[0]+strings.Join(export[middle:], ""))
	compare := []string{"reconcile", "--offline", "--reports", of.reports, "--orders-format", "shopify", "--where", "Payment Method=Amazon Pay"}
	orders, paypal := len(of.captures), (len(of.captures)+2)/3
	want := fmt.Sprintf("%d of %d orders their captures (%d left out by --where)", orders, orders, paypal)
	for _, files := range [][]string{{first, second}, {second, first}, {first, second, first}} {
		args := compare
		for _, file := range files {
			args = append(args, "--orders", file)
		}
		if got := s.run(t, args...); got.code != 0 || !strings.Contains(got.stderr, want) {
			t.Errorf("%v: exit code %d: %s%s\nwant %s", files, got.code, got.stdout, got.stderr, want)
		}
	}

	missing := writeFile(t, "missing.csv", export[0]+"#9999,,paid,USD,10.00,2026-11-15 12:00:00 -0800,Mug,Amazon Pay,0.00,,\n")
	got := s.run(t, append(compare, "--orders", missing, "--orders", first, "--orders", second)...)
	if got.code != 4 || !regexp.MustCompile(`(?m)^order +9999 +USD +no capture`).MatchString(got.stdout) || strings.Count(got.stdout, "\n") != 2 {
		t.Errorf("an order of the first file: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}

	// A filter that leaves out all orders of one file is no mistake, and one column that is missing in one file is.
	none := writeFile(t, "paypal.csv", export[0]+"#PP-9,,paid,USD,10.00,2026-11-15 12:00:00 -0800,Mug,PayPal,0.00,,\n")
	if got := s.run(t, append(compare, "--orders", first, "--orders", none, "--orders", second)...); got.code != 0 || strings.Contains(got.stderr, "leaves out all") {
		t.Errorf("a file of other orders: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	bad := writeFile(t, "bad.csv", "Name,Currency,Total\n#1,USD,1.00\n")
	if got := s.run(t, append(compare, "--orders", first, "--orders", bad)...); got.code != 1 || !strings.Contains(got.stderr, "bad.csv: no column \"Payment Method\"") {
		t.Errorf("a file of other columns: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	if got := s.run(t, append(compare, "--orders", "-", "--orders", "-")...); got.code != 2 || !strings.Contains(got.stderr, "- is given twice") {
		t.Errorf("standard input twice: exit code %d: %s", got.code, got.stderr)
	}
}

// In the usual format rows of one order are added up. If they are in different files, the result says in which.
func TestReconcileOverlappingOrderFiles(t *testing.T) {
	t.Parallel()
	s, of := monthOfAShop(t)
	row := of.captures[0]
	line := "order id,amount,currency\n" + row["SellerOrderId"] + "," + row["TransactionAmount"] + "," + row["CurrencyCode"] + "\n"
	first, second := writeFile(t, "october.csv", line), writeFile(t, "november.csv", line)
	got := s.run(t, "reconcile", "--offline", "--reports", of.reports, "--orders", first, "--orders", second, "-o", "csv")
	want := row["SellerOrderId"] + ".*amount differs.*the sum of 2 rows: " + regexp.QuoteMeta(first) + ":2, " + regexp.QuoteMeta(second) + ":2; one of them alone would match"
	if got.code != 4 || !regexp.MustCompile(want).MatchString(got.stdout) {
		t.Errorf("exit code %d: %.600s%s\nwant %s", got.code, got.stdout, got.stderr, want)
	}
	got = s.run(t, "reconcile", "--offline", "--reports", of.reports, "--orders", writeFile(t, "both.csv", line+strings.SplitN(line, "\n", 2)[1]), "-o", "csv")
	if !strings.Contains(got.stdout, "the sum of 2 rows: lines 2, 3; one of them") {
		t.Errorf("in one file: %.600s", got.stdout)
	}
}

// Orders that were never paid can be left out. If one of them was captured all the same, that is a difference.
func TestReconcileWithoutVoidedOrders(t *testing.T) {
	t.Parallel()
	s, of := monthOfAShop(t)
	export := of.shopify(nil) + "#9999,,voided,USD,10.00,2026-11-15 12:00:00 -0800,Mug,Amazon Pay,0.00,,\n"
	compare := []string{"reconcile", "--offline", "--reports", of.reports, "--orders-format", "shopify", "--where", "Payment Method=Amazon Pay"}
	path := writeFile(t, "orders.csv", export)
	if got := s.run(t, append(compare, "--orders", path)...); got.code != 4 || !regexp.MustCompile(`(?m)^order +9999 +USD +no capture`).MatchString(got.stdout) {
		t.Errorf("with it: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	s.ok(t, append(compare, "--orders", path, "--where", "Financial Status!=voided", "--where", "Financial Status != expired")...)
	id := of.captures[0]["SellerOrderId"]
	captured := writeFile(t, "orders.csv", strings.Replace(export, "#"+id+",buyer@example.com,paid", "#"+id+",buyer@example.com,voided", 1))
	got := s.run(t, append(compare, "--orders", captured, "--where", "financial status!=Voided")...)
	if got.code != 4 || !regexp.MustCompile(`(?m)^order +`+id+` +USD +no order .*the filter leaves it out`).MatchString(got.stdout) || strings.Count(got.stdout, "\n") != 2 {
		t.Errorf("captured all the same: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	if got := s.run(t, append(compare, "--orders", path, "--where", "!=voided")...); got.code != 2 || !strings.Contains(got.stderr, "write COLUMN=VALUE") {
		t.Errorf("no column: exit code %d: %s", got.code, got.stderr)
	}
}
