package reconcile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
)

func formatFor(t *testing.T, name string) reconcile.OrderFormat {
	t.Helper()
	format, err := reconcile.OrderFormatFor(name)
	if err != nil {
		t.Fatal(err)
	}
	return format
}

// describe is an order in a line.
func describe(o reconcile.Order) string {
	if o.LeftOut {
		return fmt.Sprintf("%d: %s left out", o.Line, o.ID)
	}
	line := fmt.Sprintf("%d: %s %s %s", o.Line, o.ID, o.Amount, o.Currency)
	if !o.Date.IsZero() {
		line += fmt.Sprintf(" %s±%s", o.Date.UTC().Format("01-02T15:04:05"), strings.TrimSuffix(o.DateTolerance.String(), "0m0s"))
	}
	if o.Refunded.Valid {
		line += " refunded " + o.Refunded.Decimal.String()
	}
	return line
}

func readAll(text string, format reconcile.OrderFormat, options reportfile.Options) (lines []string, err error) {
	for order, e := range reconcile.ReadOrders(strings.NewReader(text), format, options) {
		if e != nil {
			return lines, e
		}
		lines = append(lines, describe(order))
	}
	return lines, nil
}

// The exports of the shops are read with the name of the shop, and with the currency where they don't say it.
func TestOrderFormats(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format   string
		currency string
		where    reconcile.OrderFilter
		want     []string
	}{
		"shopify": {"shopify", "", reconcile.OrderFilter{Column: "payment method", Value: "amazon pay"}, []string{
			"2: #1001 1250.00 EUR 03-01T08:15:00±0s refunded 0", "5: #1002 20.00 EUR 03-01T10:40:12±0s refunded 5.00",
			"7: #1003 left out", "9: #1004 12.34 EUR 03-02T07:00:00±0s refunded 0",
		}},
		"woocommerce": {"woocommerce", "", reconcile.OrderFilter{Column: "payment_method", Value: "amazon_payments_advanced"}, []string{
			"2: 1001 1250.00 EUR 03-01T09:15:00±14h refunded 0", "3: 1002 20.00 EUR 03-01T11:40:12±14h refunded 5.00", "4: 1003 left out",
		}},
		"woocommerce-items": {"woocommerce", "", reconcile.OrderFilter{Column: "Payment Method Title", Value: "Amazon Pay"}, []string{
			"2: 1001 1250.00 EUR 03-01T09:15:00±14h", "3: 1001 1250.00 EUR 03-01T09:15:00±14h", "4: 1003 left out", "5: 1003 left out",
			"6: 1002 20.00 EUR 03-01T09:15:00±14h",
		}},
		"woocommerce-analytics": {"woocommerce-analytics", "USD", reconcile.OrderFilter{Column: "Status", Value: "completed"}, []string{
			"2: 1001 1250.00 USD 03-01T09:15:00±14h refunded 0", "3: 1002 20.00 USD 03-01T11:40:12±14h refunded 5.00",
			"4: 1002 20.00 USD 03-02T10:00:00±14h refunded 5.00", "5: 1003 75.00 USD 03-01T12:00:00±14h refunded 0",
		}},
		"magento": {"magento", "EUR", reconcile.OrderFilter{Column: "Payment Method", Value: "amazon_payment_v2"}, []string{
			"2: 000001001 1250.00 EUR 03-01T09:15:00±14h refunded 0", "3: 000001002 20.00 EUR 03-01T13:40:12±14h refunded 5.00", "4: 000001003 left out",
		}},
		"shopware": {"shopware", "EUR", reconcile.OrderFilter{Column: "payment_method", Value: "Amazon Pay"}, []string{
			"2: 1001 1250.00 EUR 03-01T09:15:00±0s", "3: 1002 20.00 EUR 03-01T11:40:12±0s", "4: 1003 left out",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join("testdata", "orders", name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			format := formatFor(t, test.format)
			format.DefaultCurrency, format.Where = test.currency, []reconcile.OrderFilter{test.where}
			got, err := readAll(string(content), format, reportfile.Options{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			for i := range got { // zeros aren't what this is about
				got[i] = strings.ReplaceAll(got[i], "refunded 0.00", "refunded 0")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("orders (-want +got):\n%s", diff)
			}
			// Without its format it is refused, and the error names the format.
			_, err = readAll(string(content), reconcile.OrderFormat{}, reportfile.Options{})
			if test.currency != "" || test.format == "shopify" || name == "woocommerce" {
				var column *reconcile.ColumnError
				if !errors.As(err, &column) || column.Format != test.format {
					t.Errorf("without a format: %v", err)
				}
			}
		})
	}
	if _, err := reconcile.OrderFormatFor("opencart"); err == nil || !strings.Contains(err.Error(), "shopify, woocommerce, woocommerce-analytics, magento, shopware") {
		t.Errorf("another shop: %v", err)
	}
}

// What can't be known, or contradicts itself, is refused with the column and the field that helps.
func TestReadOrdersRefusesFormats(t *testing.T) {
	t.Parallel()
	shopify, analytics := formatFor(t, "shopify"), formatFor(t, "woocommerce-analytics")
	magento := formatFor(t, "magento")
	with := func(format reconcile.OrderFormat, change func(*reconcile.OrderFormat)) reconcile.OrderFormat {
		change(&format)
		return format
	}
	euros := func(f *reconcile.OrderFormat) { f.DefaultCurrency = "EUR" }
	for _, test := range []struct {
		name, text string
		format     reconcile.OrderFormat
		want       string
	}{
		{"no currency", "ID,Grand Total (Purchased),Purchase Date\n1,2.0000,\n", magento, `no column for the currency: the columns are "ID", "Grand Total (Purchased)", "Purchase Date", as magento exports them`},
		{"the base total isn't what was paid", "ID,Grand Total (Base),Status\n1,2.0000,\n", magento, `no column for the amount: the columns are "ID", "Grand Total (Base)", "Status", and perhaps "Grand Total (Base)" is meant`},
		{"net sales are not the total", "Date,Order #,Status,Net Sales\n2030-03-01,1,completed,2.00\n", analytics, `no column for the amount`},
		{"nor is what they were called before", "Date,Order #,Status,N. Revenue\n2030-03-01,1,completed,2.00\n", analytics, `no column for the amount`},
		{"an unknown column", "order,amount,currency\n", reconcile.OrderFormat{Amount: "Total"}, `no column "Total" for the amount: the columns are "order", "amount", "currency"`},
		{"an unknown date column", "Name,Total,Currency\n", with(shopify, func(f *reconcile.OrderFormat) { f.Date = "Created at" }), `no column "Created at" for the date`},
		{"an unknown column of refunds", "order,total,currency\n", reconcile.OrderFormat{Refunded: "Refunds"}, `no column "Refunds" for the refunded amount`},
		{"an unknown column of a filter", "order,total,currency,Payment\n", reconcile.OrderFormat{Where: []reconcile.OrderFilter{{Column: "Payment Method", Value: "x"}}}, `no column "Payment Method" for the filter: the columns are "order", "total", "currency", "Payment", and perhaps "Payment" is meant`},
		{"two of one name", "Name,Total,Total,Currency\n#1,1.00,2.00,EUR\n", shopify, `2 columns for the amount`},
		{"two dates", "Name,Total,Currency,Created at,created_at\n#1,1.00,EUR,,\n", shopify, `2 columns for the date`},
		{"two to filter by", "order,total,currency,Tag,Tag\n", reconcile.OrderFormat{Where: []reconcile.OrderFilter{{Column: "Tag"}}}, `2 columns "Tag" for the filter`},
		{"a grid without a date", "ID,Grand Total (Base),Grand Total (Purchased),Status\n", reconcile.OrderFormat{}, `"Status", as magento exports them`},
		{"a total and a name", "Name,Total\n", reconcile.OrderFormat{}, "the columns are \"Name\", \"Total\"\n"},
		{"nothing near", "order,amt,currency\n", reconcile.OrderFormat{}, "no column for the amount: the columns are \"order\", \"amt\", \"currency\"\n"},
		{"spaces that group nothing", "order,total\n1,12 34.00 €\n", reconcile.OrderFormat{FormattedAmounts: true}, "is not an amount"},
		{"a currency and nothing else", "Name,Total,Currency\n,,EUR\n", shopify, "line 2, column Name: the order has no id"},
		{"many columns", "order,amount" + strings.Repeat(",x", 200) + "\n", reconcile.OrderFormat{}, `"x" and 102 more`},
		{"no header", "1001,ann@example.com,12.00\n1002,bob@example.com,13.00\n", reconcile.OrderFormat{}, `orders.csv: no column for the order id: the first line doesn't look like a header`},
		{"an order without an amount", "Name,Total,Currency\n#1,1.00,EUR\n#2,,\n", shopify, "line 3, column Total: the order has no amount"},
		{"items of no order", "Name,Total,Currency\n#1,,\n", shopify, "line 2, column Total: the order has no amount"},
		{"items in other files", "order,total,currency\nA,1.00,EUR\nA,,\n", reconcile.OrderFormat{}, "line 3, column total: the order has no amount"},
		{"no default currency", "order,total\nA,1.00\n", reconcile.OrderFormat{DefaultCurrency: "Euro"}, `the default currency "EURO" is not a code of ISO 4217`},
		{"no currency in a row", "order,total,currency\nA,1.00,\n", reconcile.OrderFormat{}, "column currency: the order has no currency; the option DefaultCurrency"},
		{"a word for it", "order,total,currency\nA,1.00,Euro\n", reconcile.OrderFormat{}, "column currency: the currency is not a code"},
		{"a sign of many", "order,total,currency\nA,1.00,$\n", reconcile.OrderFormat{}, "column currency: the sign $ means one of several currencies; the option DefaultCurrency says which"},
		{"a sign of others than the default", "order,total,currency\nA,1.00,$\n", with(reconcile.OrderFormat{}, euros), "the sign $ means one of several currencies, and not EUR"},
		{"a sign of many in the amount", "Order #,N. Revenue (formatted)\n1,$1.00\n", analytics, "column N. Revenue (formatted): the sign $ means one of several"},
		{"yen or yuan", "Order #,N. Revenue (formatted)\n1,\"¥1,000\"\n", analytics, "the sign ¥ means one of several"},
		{"crowns", "Order #,N. Revenue (formatted)\n1,100 kr\n", analytics, "the sign KR means one of several"},
		{"no sign", "Order #,N. Revenue (formatted)\n1,1.00\n", analytics, "the order has no currency"},
		{"an unknown sign", "Order #,N. Revenue (formatted)\n1,1.00 Taler\n", analytics, "not a code of ISO 4217, such as EUR, or a sign that is known"},
		{"a sign against the code", "order,total,currency\nA,$1.00,EUR\n", reconcile.OrderFormat{FormattedAmounts: true}, "line 2, column total: the amount has the sign or code of another currency than EUR"},
		{"a pound of euros", "order,total,currency\nA,£1.00,EUR\n", reconcile.OrderFormat{FormattedAmounts: true}, "of another currency than EUR"},
		{"two codes", "order,total,currency\nA,1.00 USD,CAD\n", reconcile.OrderFormat{FormattedAmounts: true}, "of another currency than CAD"},
		{"a sign at each end", "order,total,currency\nA,€1.00 $,EUR\n", reconcile.OrderFormat{FormattedAmounts: true}, "of another currency than EUR"},
		{"a sign without being asked", "order,total,currency\nA,$1.00,USD\n", reconcile.OrderFormat{}, "the option FormattedAmounts reads amounts with the sign"},
		{"thousands or not", "Order #,N. Revenue (formatted)\n1,€1.250\n", analytics, `"1.250" has three digits after its dot`},
		{"a decimal comma", "Order #,N. Revenue (formatted)\n1,\"1.250,00 €\"\n", analytics, "the option DecimalComma"},
		{"a remainder that is larger", "Order #,N. Revenue (formatted)\n1,€1.00 €2.00\n", analytics, "the second amount"},
		{"three amounts", "Order #,N. Revenue (formatted)\n1,€1.00 €2.00 €3.00\n", analytics, "is not an amount"},
		{"a remainder elsewhere", "order,total\n1,€5.00 €2.00\n", reconcile.OrderFormat{FormattedAmounts: true}, "is not an amount"},
		{"in parentheses", "order,total\n1,(€5.00)\n", reconcile.OrderFormat{FormattedAmounts: true}, "not a code of ISO 4217"},
		{"a date of America or Europe", "order,total,currency,Date\n1,5.00,EUR,03/01/2030\n", reconcile.OrderFormat{Date: "Date"}, "column Date: \"03/01/2030\" is not a time"},
		{"no date", "order,total,currency,Date\n1,5.00,EUR,yesterday\n", reconcile.OrderFormat{Date: "Date"}, "column Date: a cell of text is not a time"},
		{"no amount of refunds", "order,total,currency,Refunds\n1,5.00,EUR,none\n", reconcile.OrderFormat{Refunded: "Refunds"}, "column Refunds: a cell of text is not an amount"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lines, err := readAll(test.text, test.format, reportfile.Options{Name: "orders.csv"})
			if err == nil || !strings.Contains(err.Error()+"\n", test.want) || !strings.Contains(err.Error(), "orders.csv") || strings.Contains(err.Error(), "@") {
				t.Errorf("%v, %v\nwant %s", lines, err, test.want)
			}
		})
	}
}

func TestReadOrdersWithColumns(t *testing.T) {
	t.Parallel()
	formatted := func(options ...string) reconcile.OrderFormat {
		return reconcile.OrderFormat{ID: "no.", Amount: "sum", FormattedAmounts: true, DefaultCurrency: strings.Join(options, "")}
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, text string
		format     reconcile.OrderFormat
		options    reportfile.Options
		want       string
	}{
		{"columns of other names", "Nr.;Betrag;Währung;Datum\nA-1;1.250,00;EUR;20.11.2030\n", reconcile.OrderFormat{ID: "Nr.", Amount: "Betrag", Currency: "Währung", Date: "Datum"}, reportfile.Options{DecimalComma: true, DateLayout: "dd.mm.yyyy"}, "2: A-1 1250.00 EUR 11-20T12:00:00±26h"},
		{"a default currency", "order,total\nA,12.5\n", reconcile.OrderFormat{DefaultCurrency: "usd"}, reportfile.Options{}, "2: A 12.50 USD"},
		{"the column before the default", "order,total,currency\nA,12,JPY\n", reconcile.OrderFormat{DefaultCurrency: "USD"}, reportfile.Options{}, "2: A 12 JPY"},
		{"a sign for a currency", "order,total,currency\nA,12,€\n", reconcile.OrderFormat{}, reportfile.Options{}, "2: A 12.00 EUR"},
		{"the default's sign", "order,total,currency\nA,12,$\n", reconcile.OrderFormat{DefaultCurrency: "CAD"}, reportfile.Options{}, "2: A 12.00 CAD"},
		{"dollars", "No,Sum\nA,\"$1,250.00\"\n", formatted("USD"), reportfile.Options{}, "2: A 1250.00 USD"},
		{"euros", "No,Sum\nA,\"1.250,00 €\"\n", formatted(), reportfile.Options{DecimalComma: true}, "2: A 1250.00 EUR"},
		{"spaces between thousands", "No;Sum\nA;1\u00a0250,00\u00a0€\n", formatted(), reportfile.Options{DecimalComma: true}, "2: A 1250.00 EUR"},
		{"apostrophes", "No;Sum\nA;CHF 1’250.00\n", formatted(), reportfile.Options{}, "2: A 1250.00 CHF"},
		{"pounds beside a default", "No;Sum\nA;£5\n", formatted("EUR"), reportfile.Options{}, "2: A 5.00 GBP"},
		{"yen", "No;Sum\nA;¥1,250\n", formatted("JPY"), reportfile.Options{}, "2: A 1250 JPY"},
		{"a minus before the sign", "No;Sum\nA;-$5.00\n", formatted("USD"), reportfile.Options{}, "2: A -5.00 USD"},
		{"a minus behind it", "No;Sum\nA;$ -5.00\n", formatted("USD"), reportfile.Options{}, "2: A -5.00 USD"},
		{"sign and code", "No;Sum\nA;$5.00 CAD\n", formatted("CAD"), reportfile.Options{}, "2: A 5.00 CAD"},
		{"the sign of the code", "No;Sum;currency\nA;$5.00;CAD\n", formatted(), reportfile.Options{}, "2: A 5.00 CAD"},
		{"no sign at all", "No;Sum\nA;5.00\n", formatted("CAD"), reportfile.Options{}, "2: A 5.00 CAD"},
		{"four decimals", "order,total,currency\nA,12.5000,EUR\n", reconcile.OrderFormat{}, reportfile.Options{}, "2: A 12.50 EUR"},
		{"other columns of one name", "Tag,order,Tag,total,currency,,\nx,A,y,1.00,EUR,,\n", reconcile.OrderFormat{}, reportfile.Options{}, "2: A 1.00 EUR"},
		{"columns without a name", ",order,,total,currency\n0,A,,1.00,EUR\n", reconcile.OrderFormat{}, reportfile.Options{}, "2: A 1.00 EUR"},
		{"a time zone", "order,total,currency,at\nA,1,EUR,2030-07-01 00:30:00\n", reconcile.OrderFormat{Date: "at", TimeZone: berlin}, reportfile.Options{}, "2: A 1.00 EUR 06-30T22:30:00±0s"},
		{"a day in a time zone", "order,total,currency,at\nA,1,EUR,2030-07-01\n", reconcile.OrderFormat{Date: "at", TimeZone: berlin}, reportfile.Options{}, "2: A 1.00 EUR 07-01T10:00:00±12h"},
		{"an offset before the zone", "order,total,currency,at\nA,1,EUR,2030-07-01T00:30:00-07:00\n", reconcile.OrderFormat{Date: "at", TimeZone: berlin}, reportfile.Options{}, "2: A 1.00 EUR 07-01T07:30:00±0s"},
		{"a layout in a time zone", "order,total,currency,at\nA,1,EUR,01.07.2030 00:30\n", reconcile.OrderFormat{Date: "at", TimeZone: berlin}, reportfile.Options{DateLayout: "dd.mm.yyyy HH:MM"}, "2: A 1.00 EUR 06-30T22:30:00±0s"},
		{"slashes after the year", "order,total,currency,at\nA,1,EUR,2030/07/01 00:30\n", reconcile.OrderFormat{Date: "at", TimeZone: berlin}, reportfile.Options{}, "2: A 1.00 EUR 06-30T22:30:00±0s"},
		{"a day that ends like an offset", "order,total,currency,at\nA,1,EUR,2030-0701\n", reconcile.OrderFormat{Date: "at"}, reportfile.Options{DateLayout: "2006-0102"}, "2: A 1.00 EUR 07-01T12:00:00±26h"},
		{"UTC", "order,total,currency,at\nA,1,EUR,2030-07-01 00:30:00 UTC\n", reconcile.OrderFormat{Date: "at"}, reportfile.Options{}, "2: A 1.00 EUR 07-01T00:30:00±0s"},
		{"no date in a row", "order,total,currency,at\nA,1,EUR,\n", reconcile.OrderFormat{Date: "at"}, reportfile.Options{}, "2: A 1.00 EUR"},
		{"no refund in a row", "order,total,currency,back\nA,1,EUR,\n", reconcile.OrderFormat{Refunded: "back"}, reportfile.Options{}, "2: A 1.00 EUR refunded 0"},
		{"a column of a shop by another name", "Name,Payment Reference,Total,Currency\n#1,c5.1,1.00,EUR\n", withID(formatFor(t, "shopify"), "Payment Reference"), reportfile.Options{}, "2: c5.1 1.00 EUR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := readAll(test.text, test.format, test.options)
			if err != nil || strings.Join(got, "\n") != test.want {
				t.Errorf("%q, %v\nwant %q", got, err, test.want)
			}
		})
	}
}

func withID(format reconcile.OrderFormat, id string) reconcile.OrderFormat {
	format.ID = id
	return format
}

// Filters on one column are alternatives, filters on several must all be true. A row that is left out isn't read any further.
func TestReadOrdersWhere(t *testing.T) {
	t.Parallel()
	const file = "order,total,currency,Method,Status\nA,1,EUR,Amazon Pay,paid\nB,bad,,PayPal,paid\nC,3,EUR,amazon pay ,refunded\nD,4,EUR,Amazon Pay,voided\nE,5,EUR,Amazon Pay EU,paid\n"
	for _, test := range []struct{ where, want string }{
		{"Method=Amazon Pay", "A C D"},
		{"Method=Amazon Pay|Method=Amazon Pay EU", "A C D E"},
		{"Method=Amazon Pay|Status=paid|Status=refunded", "A C"},
		{"Method=Klarna", ""},
	} {
		var format reconcile.OrderFormat
		for filter := range strings.SplitSeq(test.where, "|") {
			column, value, _ := strings.Cut(filter, "=")
			format.Where = append(format.Where, reconcile.OrderFilter{Column: column, Value: value})
		}
		var taken []string
		rows := 0
		for order, err := range reconcile.ReadOrders(strings.NewReader(file), format, reportfile.Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
			if !order.LeftOut {
				taken = append(taken, order.ID)
			}
		}
		if got := strings.Join(taken, " "); got != test.want || rows != 5 {
			t.Errorf("%s: %q of %d, want %q", test.where, got, rows, test.want)
		}
	}
}

func FuzzReadOrders(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "orders", "*.csv"))
	for i, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, byte(i), "EUR", false)
	}
	f.Add([]byte("order,total,at\n1,\"$1,250.00 $5\",2030-01-02\n"), byte(2), "USD", true)
	f.Add([]byte("Name,Total\n#1,¥ -1\u00a0250\n,,\n"), byte(9), "", true)
	f.Fuzz(func(t *testing.T, content []byte, shop byte, currency string, comma bool) {
		var format reconcile.OrderFormat
		if names := reconcile.OrderFormatNames(); int(shop) < len(names) {
			format, _ = reconcile.OrderFormatFor(names[shop])
		} else {
			format.FormattedAmounts = shop%2 == 0
		}
		format.DefaultCurrency = currency
		orders := reconcile.NewOrders(reconcile.OrdersOptions{IDPrefix: format.IDPrefix})
		for order, err := range reconcile.ReadOrders(strings.NewReader(string(content)), format, reportfile.Options{DecimalComma: comma}) {
			if err != nil {
				return
			}
			if order.LeftOut || order.ID == "" || order.Line < 2 || order.Currency == "" || order.Refunded.Decimal.IsNeg() {
				t.Fatalf("%+v", order)
			}
			if err := orders.AddOrder(order); err != nil {
				return
			}
		}
		for _, r := range orders.Results() {
			matched := r.Ordered.IsZero() && !r.Status.Differs()
			if r.Status != reconcile.NoCapture && r.Status != reconcile.RefundDiffers && !matched {
				t.Fatalf("%+v", r)
			}
		}
	})
}
