// Package merchant invents a merchant that trades on every day of any year, and writes the report files that Amazon Pay
// would make of its business. All of it follows from a seed, and any part can be made without what came before it, so
// that a file of any size is a stream.
//
// Amounts are whole minor units of the currency. They add up: the rows of a settlement, its transfer included, come to
// zero; a disbursement is its settlement's transfer; a refund points at a capture of an earlier day and is no larger; a
// reserve that one settlement holds back is the previous reserve of the next.
package merchant

import (
	"fmt"
	"time"
)

// Config describes a merchant. The zero Config trades in USD, 20 transactions a day.
type Config struct {
	// Seed decides all that is random.
	Seed uint64
	// TransactionsPerDay is the number of captures a day, at most 10 million. 0 means 20; negative means that the merchant sells nothing.
	TransactionsPerDay int
	// Currency is USD, EUR or JPY. It also decides the time zone, which has one offset all year: -0700, +0100 or +0900. "" means USD.
	Currency string
}

// Merchant is a synthetic merchant. It is immutable and safe for concurrent use.
type Merchant struct {
	seed     uint64
	perDay   int
	currency string
	digits   int // minor digits of the currency
	zone     *time.Location
	offset   int64     // of the zone, seconds east of UTC
	order    orderName // how the ids of its orders begin
}

// New returns the merchant of a Config, or an error for a currency that it doesn't know.
func New(config Config) (*Merchant, error) {
	m := &Merchant{seed: config.Seed, perDay: config.TransactionsPerDay, currency: config.Currency, digits: 2}
	switch {
	case m.perDay == 0:
		m.perDay = 20
	case m.perDay < 0:
		m.perDay = 0
	case m.perDay > 10_000_000:
		return nil, fmt.Errorf("merchant: %d transactions a day are more than 10 million", m.perDay)
	}
	switch m.currency {
	case "", "USD":
		m.currency, m.offset, m.order = "USD", -7*3600, "P01-"
	case "EUR":
		m.offset, m.order = 3600, "P02-"
	case "JPY":
		m.offset, m.order, m.digits = 9*3600, "P03-", 0
	default:
		return nil, fmt.Errorf("merchant: the currency %q is not one of USD, EUR and JPY", config.Currency)
	}
	m.zone = time.FixedZone("", int(m.offset))
	return m, nil
}

// Currency returns the ISO 4217 code that the merchant trades in.
func (m *Merchant) Currency() string { return m.currency }

// MinorDigits returns how many digits the currency has after the dot.
func (m *Merchant) MinorDigits() int { return m.digits }

// SellerID returns the merchant's id, which is made of the seed and stands in the preamble of settlement files.
func (m *Merchant) SellerID() string { return fmt.Sprintf("A0SIMULATOR%d", m.seed%1000) }

// day is a day of the merchant's time zone, counted from 1 January 1970.
type day int

func (m *Merchant) dayOf(t time.Time) day {
	seconds := t.Unix() + m.offset
	d := seconds / secondsPerDay
	if seconds%secondsPerDay < 0 {
		d--
	}
	return day(d)
}

func (m *Merchant) start(d day) time.Time {
	return time.Unix(int64(d)*secondsPerDay-m.offset, 0).In(m.zone)
}

const secondsPerDay = 86400

// serial stands for the day in ids: positive in every year that a report can be asked for.
func (d day) serial() int64 { return int64(d) + 1_000_000 }

// slots returns the first slot of a day whose sale may have been posted in [from, to], and the slot after the last: a
// short time of a busy day is found without the rest of the day. Whether a sale at the edges was really posted in that
// time is for the caller to look at.
func (m *Merchant) slots(d day, from, to time.Time) (first, after int) {
	midnight, perDay := m.start(d).Unix(), int64(m.perDay)
	begin := min(max(from.Unix()-midnight, 0), secondsPerDay)
	end := min(max(to.Unix()-midnight+1, 0), secondsPerDay)
	return int(begin * perDay / secondsPerDay), int((end*perDay + secondsPerDay - 1) / secondsPerDay)
}

// HasData reports whether any transaction was posted in [start, end] up to now.
func (m *Merchant) HasData(start, end, now time.Time) bool {
	for range m.sales(start, earlier(end, now), false) {
		return true
	}
	return false
}

// HasRefunds reports whether the refund report over [start, end] has a row, up to now.
func (m *Merchant) HasRefunds(start, end, now time.Time) bool {
	for range m.RefundRows(start, earlier(end, now)) {
		return true
	}
	return false
}

// HasBillingAgreements reports whether the billing agreement report over [start, end] has a row, up to now.
func (m *Merchant) HasBillingAgreements(start, end, now time.Time) bool {
	for s := range m.sales(start, earlier(end, now), false) {
		if recurring(s.slot) {
			return true
		}
	}
	return false
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
