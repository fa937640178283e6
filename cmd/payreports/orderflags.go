package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // for --orders-time-zone where the system has no time zones, such as Windows and small containers

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amazonpay-go/payreports/reconcile"
)

const ordersRule = `

An orders file is CSV with a header. Its columns are named order id (or SellerOrderId, order number, order), amount (or order
amount, total) and currency, or --orders-format says which shop has exported it:

  shopify                Orders, Export. If Amazon Pay has the payment reference for an order number, add
                         --orders-id-column "Payment Reference"
  woocommerce            the usual export plugins
  woocommerce-analytics  Analytics, Orders. Give --orders-currency for signs such as $
  magento, shopware      the orders grid of Magento 2, and the default profile of Shopware 6. Give --orders-currency

Other flags name single columns. --where leaves out orders that were paid in another way: --where "Payment Method=Amazon Pay".
Several for one column are alternatives, and those for different columns must all be true. --where "Financial Status!=voided"
leaves out orders that were never paid. What was captured all the same is a difference then.

An order without a capture is pending if it is newer than the last settlement of its currency, and not covered if it is older
than the first. Without dates, every order must have its capture. Several rows of one order are added up, as its items are, and
the result says so. In shops' formats each row has the whole amount, which counts once.

If the file says what was refunded, it is compared with the refunds: one that is missing in the reports is pending up to 30 days
after the order (--orders-refund-days).`

// orderFlags are the flags that say where the merchant's orders are, how they are read, and how they are matched.
type orderFlags struct {
	files        []string
	shop         string
	columns      reconcile.OrderFormat
	where        []string
	match        string
	timeZone     string
	since, until string
	options      reconcile.OrdersOptions
	reading      readOptions
	leftOut      int // by --where, after readAll
}

func (o *orderFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.reading.prefix = "--orders-"
	flags.StringArrayVar(&o.files, "orders", nil, "CSV `FILE` of your own orders; more can follow")
	flags.StringVar(&o.shop, "orders-format", "", "`SHOP` that has exported the orders: "+strings.Join(reconcile.OrderFormatNames(), ", "))
	flags.StringVar(&o.columns.ID, "orders-id-column", "", "`COLUMN` of the order id in the orders file, if it has an unusual name")
	flags.StringVar(&o.columns.Amount, "orders-amount-column", "", "`COLUMN` of the amount in the orders file, if it has an unusual name")
	flags.StringVar(&o.columns.Currency, "orders-currency-column", "", "`COLUMN` of the currency in the orders file, if it has an unusual name")
	flags.StringVar(&o.columns.Date, "orders-date-column", "", "`COLUMN` that says when an order was placed")
	flags.StringVar(&o.columns.Refunded, "orders-refunded-column", "", "`COLUMN` that says how much of an order was refunded")
	flags.StringVar(&o.columns.DefaultCurrency, "orders-currency", "", "currency `CODE` of orders that don't name theirs, or name it with a sign such as $")
	flags.BoolVar(&o.columns.FormattedAmounts, "orders-formatted-amounts", false, "read amounts with a currency sign or code, such as $1,250.00")
	flags.BoolVar(&o.reading.decimalComma, "orders-decimal-comma", false, "read the amounts of the orders file as 1.250,00")
	flags.StringVar(&o.reading.dateLayout, "orders-date-layout", "", "date format of the orders file, such as dd.mm.yyyy")
	flags.StringVar(&o.timeZone, "orders-time-zone", "", "time `ZONE` of dates without one, such as Europe/Berlin (default: any, so that orders near the ends may be pending or not covered)")
	flags.StringVar(&o.reading.encoding, "orders-encoding", "", "encoding of the orders file, if it isn't UTF-8")
	flags.StringArrayVar(&o.where, "where", nil, "compare only orders with this `COLUMN=VALUE`, or without it (COLUMN!=VALUE); more can follow")
	flags.StringVar(&o.match, "match", string(reconcile.MatchSellerOrderID), "`ID` of a capture that is the order id: "+strings.Join(matchNames(), ", "))
	flags.IntVar(&o.options.CaptureDays, "orders-capture-days", 0, "a capture may come this `NUMBER` of days after its order")
	flags.IntVar(&o.options.RefundDays, "orders-refund-days", 30, "a refund may come this `NUMBER` of days after its order")
	timeFlag(cmd, &o.since, "orders-since", "the orders file has all orders since `TIME`; captures of earlier ones are not covered")
	timeFlag(cmd, &o.until, "orders-until", "the orders file has all orders until `TIME`; captures of later ones are not covered")
	complete(cmd, "orders-format", reconcile.OrderFormatNames()...)
	complete(cmd, "match", matchNames()...)
}

func matchNames() []string { return texts(reconcile.OrderKeys()) }

// check refuses flags that no orders can be read or matched with.
func (o *orderFlags) check(cmd *cobra.Command, now time.Time) error {
	if len(o.files) == 0 {
		return o.checkUnused(cmd)
	}
	if err := o.checkFormat(); err != nil {
		return usageError{err}
	}
	if err := o.checkMatching(cmd); err != nil {
		return usageError{err}
	}
	o.options.AsOf = now
	var err error
	if o.options.Since, err = parseTime("orders-since", o.since, false, now); err != nil {
		return err
	}
	if o.options.Until, err = parseTime("orders-until", o.until, true, now); err != nil {
		return err
	}
	if !o.options.Until.IsZero() && o.options.Until.Before(o.options.Since) {
		return usageError{fmt.Errorf("--orders-until %s is before --orders-since %s", o.until, o.since)}
	}
	return o.reading.check()
}

// checkUnused refuses flags that mean nothing without --orders.
func (*orderFlags) checkUnused(cmd *cobra.Command) error {
	name := firstGiven(cmd, func(name string) bool {
		return strings.HasPrefix(name, "orders-") || name == "where" || name == "match"
	})
	if name != "" {
		return usageError{fmt.Errorf("--%s says how orders are read or compared, and there are none: give --orders FILE", name)}
	}
	return nil
}

// firstGiven returns the name of the first flag on the command line that meets a condition, "" if there is none.
func firstGiven(cmd *cobra.Command, meets func(name string) bool) string {
	given := ""
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if given == "" && meets(f.Name) {
			given = f.Name
		}
	})
	return given
}

// checkFormat makes the format of the flags.
func (o *orderFlags) checkFormat() error {
	if o.shop != "" {
		format, err := reconcile.OrderFormatFor(o.shop)
		if err != nil {
			return unknownValue("orders-format", o.shop, reconcile.OrderFormatNames())
		}
		named := o.columns
		format.ID, format.Amount, format.Currency, format.Date, format.Refunded = named.ID, named.Amount, named.Currency, named.Date, named.Refunded
		format.DefaultCurrency, format.FormattedAmounts = named.DefaultCurrency, format.FormattedAmounts || named.FormattedAmounts
		o.columns = format
	}
	if code := o.columns.DefaultCurrency; code != "" {
		if err := checkCurrency(code); err != nil {
			return fmt.Errorf("--orders-currency: %w", err)
		}
	}
	if o.timeZone != "" {
		zone, err := time.LoadLocation(o.timeZone)
		if err != nil {
			return fmt.Errorf("--orders-time-zone: there is no time zone %q: give one such as Europe/Berlin, America/New_York or UTC", o.timeZone)
		}
		o.columns.TimeZone = zone
	}
	o.columns.Where = nil
	for _, text := range o.where {
		column, value, found := strings.Cut(text, "=")
		column, not := strings.CutSuffix(column, "!")
		if !found || strings.TrimSpace(column) == "" {
			return fmt.Errorf("--where is %q: write COLUMN=VALUE, such as \"Payment Method=Amazon Pay\", or COLUMN!=VALUE", text)
		}
		o.columns.Where = append(o.columns.Where, reconcile.OrderFilter{Column: column, Value: value, Not: not})
	}
	return nil
}

// checkMatching makes the options of the flags.
func (o *orderFlags) checkMatching(cmd *cobra.Command) error {
	o.options.Match, o.options.IDPrefix = reconcile.OrderKey(o.match), o.columns.IDPrefix
	if err := oneOf("match", o.match, matchNames()); err != nil {
		return err
	}
	if o.columns.Refunded != "" && !o.options.Match.HasRefunds() {
		return fmt.Errorf("--orders-refunded-column can't be compared with --match %s: a refund has one of its own, and doesn't name its capture's", o.match)
	}
	for name, days := range map[string]int{"orders-capture-days": o.options.CaptureDays, "orders-refund-days": o.options.RefundDays} {
		if !cmd.Flags().Changed(name) {
			continue
		}
		if days < 0 || days > 365 || days == 0 && name == "orders-refund-days" {
			return fmt.Errorf("--%s is %d: it must be from %d to 365", name, days, map[string]int{"orders-refund-days": 1}[name])
		}
		if o.shop == "" && o.columns.Date == "" {
			return fmt.Errorf("--%s counts from when an order was placed: give --orders-date-column too", name)
		}
	}
	return nil
}

// readAll reads the orders. It is nil if there are none.
func (o *orderFlags) readAll(cmd *cobra.Command) (*reconcile.Orders, error) {
	if len(o.files) == 0 {
		return nil, nil
	}
	orders, taken := reconcile.NewOrders(o.options), false
	for _, file := range o.files {
		of, err := o.read(cmd, orders, file)
		if err != nil {
			return nil, err
		}
		taken = taken || of
	}
	if o.leftOut = orders.LeftOut(); o.leftOut > 0 && !taken {
		warnf(cmd, "%s: --where leaves out all orders", strings.Join(o.files, ", "))
	}
	return orders, nil
}

// read reads the orders of a file, and reports whether there are some that --where doesn't leave out.
func (o *orderFlags) read(cmd *cobra.Command, orders *reconcile.Orders, path string) (taken bool, err error) {
	file, err := open(cmd.Context(), path)
	if err != nil {
		return false, err
	}
	defer file.close()
	for order, err := range reconcile.ReadOrders(file, o.columns, o.reading.of(path)) {
		if err == nil {
			err = orders.AddOrder(order)
		}
		if err != nil {
			return false, o.inFlags(cmd.Context(), err)
		}
		taken = taken || !order.LeftOut
	}
	return taken, nil
}

// columnFlags are the flags that name columns, by what a column holds.
var columnFlags = map[string]string{
	"order id": "--orders-id-column", "amount": "--orders-amount-column", "currency": "--orders-currency-column", "date": "--orders-date-column",
	"refunded amount": "--orders-refunded-column", "filter": "--where",
}

var orderOptionNames = strings.NewReplacer("the option DefaultCurrency", "--orders-currency", "the option FormattedAmounts", "--orders-formatted-amounts")

// inFlags names the flag that helps.
func (o *orderFlags) inFlags(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var column *reconcile.ColumnError
	switch {
	case !errors.As(err, &column):
		if text := orderOptionNames.Replace(err.Error()); text != err.Error() {
			return &flagError{text, err}
		}
		return o.reading.inFlags(err)
	case column.Columns == nil:
		return err
	case column.Value == "filter":
		return fmt.Errorf("%w: correct --where", err)
	}
	flag := columnFlags[column.Value]
	if column.Value == "currency" {
		flag += ", or give --orders-currency for all orders"
	}
	if column.Format != "" && column.Format != o.shop {
		return fmt.Errorf("%w: give --orders-format %s", err, column.Format)
	}
	return fmt.Errorf("%w: name it with %s", err, flag)
}

// verdict sums up in a few words.
func (o *orderFlags) verdict(results []reconcile.OrderResult, counts map[reconcile.Status]int) string {
	var also []string
	if o.leftOut > 0 {
		also = []string{fmt.Sprintf("%d left out by --where", o.leftOut)}
	}
	summed := 0
	for _, r := range results {
		if r.Rows > 1 {
			summed++
		}
	}
	if summed > 0 {
		also = append(also, fmt.Sprintf("%d in several rows, which were added up", summed))
	}
	return fmt.Sprintf("%d of %d orders their captures%s", counts[reconcile.Matched], len(results), waiting(counts, also...))
}

// warn says so if the ids of orders and captures seem to be different ones.
func (o *orderFlags) warn(cmd *cobra.Command, results []reconcile.OrderResult) {
	var unordered, uncaptured bool
	for _, r := range results {
		switch isCaptured := len(r.SettlementIDs) > 0; {
		case !isCaptured:
			uncaptured = true
		case r.Status != reconcile.NoOrder && r.Status != reconcile.NotCovered:
			return // it has both
		case r.OrderID != "":
			unordered = true
		}
	}
	if unordered && uncaptured {
		warnf(cmd, "no order has the %s of a capture: --match takes another id of captures, and --orders-id-column another column of %s", cmp.Or(o.match, string(reconcile.MatchSellerOrderID)), strings.Join(o.files, ", "))
	}
}
