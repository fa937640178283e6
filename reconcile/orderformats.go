package reconcile

import (
	"fmt"
	"strings"
	"time"
)

// OrderFormat says which columns of an orders file hold what, and how they are written. The zero value finds the columns by usual
// names; [OrderFormatFor] returns that of a shop system. A column that is named here must be in the file, in any case and punctuation.
type OrderFormat struct {
	// ID, Amount and Currency are columns. "" finds those with usual names: order id (or else SellerOrderId, order number, order),
	// amount (or else order amount, total) and currency (or else currency code).
	ID, Amount, Currency string
	// Date is the column of when an order was placed, and Refunded of how much of it was refunded. "" reads neither, unless the format is
	// that of a shop system and the file has its column.
	Date, Refunded string
	// DefaultCurrency is the ISO 4217 code of orders that don't say theirs. It also says what a sign such as $ or ¥ means, which several
	// currencies have.
	DefaultCurrency string
	// FormattedAmounts reads amounts with a currency's sign or code, such as $1,250.00, or, with a decimal comma, 1.250,00 €.
	FormattedAmounts bool
	// TimeZone is that of dates that don't say theirs. nil means that it isn't known; see [Order.DateTolerance].
	TimeZone *time.Location
	// Where takes the orders of which, for each column that is named, one of the filters is true, and none of those with Not. The others
	// are yielded as left out.
	Where []OrderFilter
	// IDPrefix is what a shop writes before its order numbers, such as #. It is kept in [Order.ID]; give it to [OrdersOptions] as well.
	IDPrefix string

	shop shopFormat
}

// OrderFilter is true for rows with a value in a column, without regard to case and to spaces around it.
type OrderFilter struct {
	Column, Value string
	// Not leaves out the rows for which it is true, such as cancelled orders.
	Not bool
}

// shopFormat is what is known of the exports of a shop system.
type shopFormat struct {
	name string
	// Names of columns, the first that is in the file is taken. Only date and refunded may be missing, and currency if there is a default.
	id, amount, currency, date, refunded []string
	idPrefix                             string
	timeZone                             *time.Location
	// lineItems: further items of an order are rows of their own without an amount.
	lineItems bool
	// repeated: each row of an order has the amount of the whole order.
	repeated bool
	// formatted: amounts have the currency's sign.
	formatted bool
	// remainder: a second amount in the cell is what remains after refunds, and what stands in parentheses is the tax.
	remainder bool
}

// The names are those of the exports' headers. Where they come from is in testdata/orders/README.md.
var shopFormats = []shopFormat{
	{
		name: "shopify", id: []string{"Name"}, amount: []string{"Total"}, currency: []string{"Currency"},
		date: []string{"Created at", "Paid at"}, refunded: []string{"Refunded Amount"}, idPrefix: "#", lineItems: true, repeated: true,
	},
	{
		// The plugin for Amazon Pay sends the order's id. It is the number as well, unless another plugin numbers orders.
		name: "woocommerce", id: []string{"order_id", "order_number"}, amount: []string{"order_total", "Order Total Amount"}, currency: []string{"order_currency", "Currency"},
		date: []string{"order_date"}, refunded: []string{"refunded_total", "Order Refund Amount"}, repeated: true,
	},
	{
		// N. Revenue and Net Sales are without tax and shipping. Despite its name the formatted one is the order's total.
		name: "woocommerce-analytics", id: []string{"Order #"}, amount: []string{"N. Revenue (formatted)"},
		date: []string{"Date"}, repeated: true, formatted: true, remainder: true,
	},
	{
		name: "magento", id: []string{"ID"}, amount: []string{"Grand Total (Purchased)"},
		date: []string{"Purchase Date"}, refunded: []string{"Total Refunded"}, repeated: true,
	},
	{
		// Shopware keeps times in UTC and exports them as they are.
		name: "shopware", id: []string{"order_number"}, amount: []string{"amount_total"}, date: []string{"order_date_time"}, timeZone: time.UTC, repeated: true,
	},
}

// usualFormat is that of files which a merchant's own programs write.
var usualFormat = shopFormat{
	id: []string{"order id", "SellerOrderId", "order number", "order"}, amount: []string{"amount", "order amount", "total"}, currency: []string{"currency", "currency code"},
}

// OrderFormatNames returns the names that [OrderFormatFor] knows.
func OrderFormatNames() []string {
	var names []string
	for _, shop := range shopFormats {
		names = append(names, shop.name)
	}
	return names
}

// OrderFormatFor returns the format of what a shop system exports, whose fields can be changed:
//
//   - shopify: the CSV of Orders, Export
//   - woocommerce: the CSV of the usual export plugins
//   - woocommerce-analytics: the CSV of Analytics, Orders
//   - magento: the CSV of the grid of orders of Magento 2 and Adobe Commerce; give a default currency
//   - shopware: the CSV of the profile "Default orders" of Shopware 6; give a default currency
//
// It is an error if the name is another.
func OrderFormatFor(name string) (OrderFormat, error) {
	for _, shop := range shopFormats {
		if shop.name == name {
			return OrderFormat{FormattedAmounts: shop.formatted, TimeZone: shop.timeZone, IDPrefix: shop.idPrefix, shop: shop}, nil
		}
	}
	return OrderFormat{}, fmt.Errorf("reconcile: there is no orders format %q: give %s", name, strings.Join(OrderFormatNames(), ", "))
}

// find checks the default currency, and sets the columns to the header's names. A column that isn't used is "" then.
func (f *OrderFormat) find(header []string) error {
	f.DefaultCurrency = strings.ToUpper(strings.TrimSpace(f.DefaultCurrency))
	if f.DefaultCurrency != "" && !isCurrencyCode(f.DefaultCurrency) {
		return fmt.Errorf("the default currency %.40q is not a code of ISO 4217, such as EUR", f.DefaultCurrency)
	}
	usual := f.shop
	if usual.name == "" {
		usual = usualFormat
	}
	var taken []string
	for _, wanted := range []struct {
		value    string
		column   *string
		usual    []string
		optional bool
	}{
		{"order id", &f.ID, usual.id, false},
		{"amount", &f.Amount, usual.amount, false},
		{"currency", &f.Currency, usual.currency, f.DefaultCurrency != "" || f.FormattedAmounts},
		{"date", &f.Date, usual.date, true},
		{"refunded amount", &f.Refunded, usual.refunded, true},
	} {
		asked := *wanted.column
		column, found := lookUpColumn(header, asked, wanted.usual)
		if found > 1 || found == 0 && (asked != "" || !wanted.optional) {
			err := newColumnError(header, wanted.value, asked, wanted.usual, found, taken...)
			if asked == "" && err.Columns != nil {
				err.Format = shopOf(header)
			}
			return err
		}
		*wanted.column = column
		taken = append(taken, column)
	}
	for i := range f.Where {
		column, found := lookUpColumn(header, f.Where[i].Column, nil)
		if found != 1 {
			return newColumnError(header, "filter", f.Where[i].Column, nil, found)
		}
		f.Where[i].Column = column
	}
	return nil
}

// shopOf returns the shop system whose columns for id and amount are there, and the one for the date as well if the amount's name says
// little.
func shopOf(header []string) string {
	for _, shop := range shopFormats {
		_, id := lookUpColumn(header, "", shop.id)
		amountColumn, amount := lookUpColumn(header, "", shop.amount)
		_, date := lookUpColumn(header, "", shop.date)
		_, usual := lookUpColumn([]string{amountColumn}, "", usualFormat.amount)
		if id == 1 && amount == 1 && (date == 1 || usual == 0) {
			return shop.name
		}
	}
	return ""
}
