package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/reportfile"
)

// Books compare the whole chain in one pass over the reports: an order with its captures, a settlement with itself and its
// transfer with its disbursement, and a disbursement with its bank line. They are not safe for concurrent use.
type Books struct {
	// Settlements must be set. It is also where the reports that the service lists are added.
	Settlements *Settlements
	// Orders compares captures with orders. nil compares none.
	Orders *Orders
	// Bank compares disbursements with bank lines. nil compares none.
	Bank *Bank
}

// Add adds a row of a settlement report, and doesn't keep it: see [Settlements.Add] and [Orders.Add].
func (b *Books) Add(row *reportfile.SettlementRow) error {
	if err := b.Settlements.Add(row); err != nil || b.Orders == nil {
		return err
	}
	return b.Orders.Add(row)
}

// AddFile says that a file has been read: see [Settlements.AddFile] and [Orders.AddFile].
func (b *Books) AddFile(file File) {
	b.Settlements.AddFile(file)
	if b.Orders != nil && file.CopyOf == "" {
		b.Orders.AddFile(file)
	}
}

// AddDisbursement adds what the API says was paid out: see [Settlements.AddDisbursement] and [Bank.AddDisbursement].
func (b *Books) AddDisbursement(d api.Disbursement) error {
	if err := b.Settlements.AddDisbursement(d); err != nil || b.Bank == nil {
		return err
	}
	return b.Bank.AddDisbursement(d)
}

// Results are the results of a whole chain. A settlement's id leads from one to the next: [OrderResult.SettlementIDs] and
// [BankResult.SettlementIDs] name those of [SettlementResult].
type Results struct {
	// AsOf is when it was compared.
	AsOf time.Time
	// Reports compare the reports that the service lists with the files.
	Reports []ReportResult
	// Orders compare orders with captures. They are nil if no orders were given, and so is Bank without bank lines.
	Orders []OrderResult
	// Settlements compare settlements with themselves and with disbursements.
	Settlements []SettlementResult
	// Bank compares disbursements with bank lines.
	Bank []BankResult
	// Sums are those of all results, also of those that differ, by currency.
	Sums []ChainSums
}

// ChainSums are the sums of a currency along the chain. A sum of what was not given is 0.
type ChainSums struct {
	// Currency is the ISO 4217 code.
	Currency string
	// Ordered and Captured are the sums of [Results].Orders.
	Ordered, Captured decimal.Decimal
	// Transferred and Disbursed are the sums of [Results].Settlements.
	Transferred, Disbursed decimal.Decimal
	// Booked is what the bank lines of [Results].Bank come to.
	Booked decimal.Decimal
}

// Results compares what was added. asOf is when reports and disbursements were listed. It is an error if a sum has more than
// 19 digits.
func (b *Books) Results(asOf time.Time) (*Results, error) {
	r := &Results{AsOf: asOf, Reports: b.Settlements.Reports(asOf), Settlements: b.Settlements.Results(asOf)}
	if b.Orders != nil {
		r.Orders = b.Orders.Results()
	}
	if b.Bank != nil {
		r.Bank = b.Bank.Results()
	}
	return r, r.sum()
}

// sum adds up what was compared.
func (r *Results) sum() error {
	sums := make(map[string]*ChainSums)
	var failed error
	add := func(currency string, to func(*ChainSums) *decimal.Decimal, amount decimal.Decimal) {
		of := sums[currency]
		if of == nil {
			of = &ChainSums{Currency: currency}
			sums[currency] = of
		}
		sum, err := reportfile.AddExact(*to(of), amount)
		if err != nil {
			failed = cmp.Or(failed, fmt.Errorf("reconcile: the sums in %s: %w", currency, err))
		}
		*to(of) = sum
	}
	for i := range r.Orders {
		o := &r.Orders[i]
		add(o.Currency, func(s *ChainSums) *decimal.Decimal { return &s.Ordered }, o.Ordered)
		add(o.Currency, func(s *ChainSums) *decimal.Decimal { return &s.Captured }, o.Captured)
	}
	for i := range r.Settlements {
		t := &r.Settlements[i]
		add(t.Currency, func(s *ChainSums) *decimal.Decimal { return &s.Transferred }, t.Transferred)
		add(t.Currency, func(s *ChainSums) *decimal.Decimal { return &s.Disbursed }, t.Disbursed)
	}
	for i := range r.Bank {
		l := &r.Bank[i]
		add(l.Currency, func(s *ChainSums) *decimal.Decimal { return &s.Booked }, l.Booked)
	}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		s := sums[currency]
		for _, amount := range []*decimal.Decimal{&s.Ordered, &s.Captured, &s.Transferred, &s.Disbursed, &s.Booked} {
			*amount = reportfile.WithMinorDigits(*amount, currency)
		}
		r.Sums = append(r.Sums, *s)
	}
	return failed
}

// Link is a link of the chain: what a result compares.
type Link string

// The links, in their order.
const (
	// LinkReport is a [ReportResult]: a listed report with its file, or a file that can't be read.
	LinkReport Link = "report"
	// LinkOrder is an [OrderResult]: an order with its captures.
	LinkOrder Link = "order"
	// LinkSettlement is a [SettlementResult]: a settlement with itself, and its transfer with its disbursement.
	LinkSettlement Link = "settlement"
	// LinkBank is a [BankResult]: a disbursement with its bank line.
	LinkBank Link = "bank"
)

// Counts returns how many results each link has of each status. A link that was not compared is missing.
func (r *Results) Counts() map[Link]map[Status]int {
	counts := make(map[Link]map[Status]int)
	add := func(link Link, status Status) {
		if counts[link] == nil {
			counts[link] = make(map[Status]int)
		}
		counts[link][status]++
	}
	for i := range r.Reports {
		add(LinkReport, r.Reports[i].Status)
	}
	for i := range r.Orders {
		add(LinkOrder, r.Orders[i].Status)
	}
	for i := range r.Settlements {
		add(LinkSettlement, r.Settlements[i].Status)
	}
	for i := range r.Bank {
		add(LinkBank, r.Bank[i].Status)
	}
	return counts
}
