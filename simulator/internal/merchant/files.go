package merchant

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
)

// The formats of the settlement and the refund file are documented or seen byte for byte. The columns of the other files are not known: those here
// follow the pattern of the refund file, and the capture file's are what a consumer of it wrote down. They are plausible, no more.

const fileTime = "2006-01-02T15:04:05 -0700"

const settlementHeader = `"TransactionPostedDate","SettlementId","AmazonTransactionId","SellerReferenceId","TransactionType","AmazonOrderReferenceId","SellerOrderId","StoreName","CurrencyCode","TransactionDescription","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount",` + "\n"

// file writes quoted records. The first error sticks.
type file struct {
	*bufio.Writer
	digits  int
	scratch []byte
	first   bool
}

func (m *Merchant) file(w io.Writer) *file {
	return &file{Writer: bufio.NewWriterSize(w, 64<<10), digits: m.digits, first: true}
}

func (f *file) text(s string) {
	f.separate()
	f.WriteByte('"')
	if strings.IndexByte(s, '"') >= 0 {
		s = strings.ReplaceAll(s, `"`, `""`)
	}
	f.WriteString(s)
	f.WriteByte('"')
}

func (f *file) time(t time.Time) {
	f.separate()
	f.WriteByte('"')
	f.scratch = t.AppendFormat(f.scratch[:0], fileTime)
	f.Write(f.scratch)
	f.WriteByte('"')
}

// amount writes minor units as a decimal with a dot; nothing is a bare 0.
func (f *file) amount(minor int64) {
	f.separate()
	f.WriteByte('"')
	f.scratch = appendAmount(f.scratch[:0], minor, f.digits)
	f.Write(f.scratch)
	f.WriteByte('"')
}

func (f *file) separate() {
	if !f.first {
		f.WriteByte(',')
	}
	f.first = false
}

func (f *file) end() error {
	f.first = true
	return f.WriteByte('\n')
}

func appendAmount(b []byte, minor int64, digits int) []byte {
	if minor == 0 {
		return append(b, '0')
	}
	if minor < 0 {
		b, minor = append(b, '-'), -minor
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	b = strconv.AppendInt(b, minor/unit, 10)
	if digits == 0 {
		return b
	}
	b = append(b, '.')
	rest := strconv.FormatInt(minor%unit, 10)
	for range digits - len(rest) {
		b = append(b, '0')
	}
	return append(b, rest...)
}

// FormatAmount writes minor units as a plain decimal of the merchant's currency, such as 1250.00 or -3.
func (m *Merchant) FormatAmount(minor int64) string {
	if minor == 0 && m.digits > 0 {
		return "0." + strings.Repeat("0", m.digits)
	}
	return string(appendAmount(nil, minor, m.digits))
}

// WriteSettlement writes the settlement report of a settlement.
func (m *Merchant) WriteSettlement(w io.Writer, s Settlement) error {
	return m.writeSettlement(w, s.Start, s.End, m.SettlementRows(s))
}

// WriteSandboxSettlement writes a sandbox settlement report over [start, end].
func (m *Merchant) WriteSandboxSettlement(w io.Writer, start, end time.Time) error {
	return m.writeSettlement(w, start, end, m.SandboxSettlementRows(start, end))
}

func (m *Merchant) writeSettlement(w io.Writer, start, end time.Time, rows func(func(SettlementRow) bool)) error {
	f := m.file(w)
	f.WriteString("\ufeff\"Amazon Payments Advanced\",\n\"Settlement Report\",\n")
	for _, pair := range [][2]string{
		{"SellerId", m.sellerID},
		{"SettlementStartDate", start.In(m.zone).Format(fileTime)},
		{"SettlementEndDate", end.In(m.zone).Format(fileTime)},
	} {
		f.text(pair[0])
		f.text(pair[1])
		f.end()
	}
	f.WriteString(settlementHeader)
	for r := range rows {
		f.time(r.Posted)
		for _, text := range [...]string{
			r.SettlementID, r.TransactionID, r.SellerReferenceID, r.Type, r.OrderReferenceID, r.SellerOrderID,
			r.StoreName, r.Currency, r.Description,
		} {
			f.text(text)
		}
		for _, amount := range [...]int64{r.Amount, r.PercentageFee, r.FixedFee, r.PercentageFee + r.FixedFee, r.Net()} {
			f.amount(amount)
		}
		if err := f.end(); err != nil {
			return err
		}
	}
	return f.Flush()
}

// WriteRefunds writes a refund report over [start, end].
func (m *Merchant) WriteRefunds(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonRefundId", "RefundReferenceId", "AmazonCaptureId", "AmazonOrderReferenceId", "RefundAmount", "CurrencyCode",
		"SellerRefundNote", "RefundType", "RefundStatus", "LastUpdateTimestamp", "ReasonCode", "CreationTimestamp")
	for r := range m.RefundRows(start, end) {
		f.texts(r.RefundID, r.ReferenceID, r.CaptureID, r.OrderReferenceID)
		f.amount(r.Amount)
		f.texts(m.currency, r.Note, r.Type, r.Status)
		f.time(r.Updated)
		f.text("")
		f.time(r.Created)
		if err := f.end(); err != nil {
			return err
		}
	}
	return f.Flush()
}

func (f *file) header(names ...string) {
	f.texts(names...)
	f.end()
}

func (f *file) texts(values ...string) {
	for _, value := range values {
		f.text(value)
	}
}

// sales writes a file with rows for each sale in [start, end], newest first.
func (m *Merchant) sales(f *file, start, end time.Time, rows func(s sale) error) error {
	for d := m.dayOf(end); d >= m.dayOf(start); d-- {
		for slot := m.perDay - 1; slot >= 0; slot-- {
			s := m.sale(d, slot)
			if s.posted.After(end) || s.posted.Before(start) {
				continue
			}
			if err := rows(s); err != nil {
				return err
			}
		}
	}
	return f.Flush()
}

// WriteCaptures writes a capture report with the columns that a consumer of such files wrote down.
func (m *Merchant) WriteCaptures(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonCaptureId", "CaptureReferenceId", "AmazonAuthorizationId", "AmazonOrderReferenceId", "CaptureAmount", "CurrencyCode",
		"SellerCaptureNote", "CaptureStatus", "LastUpdateTimestamp", "ReasonCode", "CreationTimestamp", "BuyerName", "BuyerEmailAddress",
		"BillingAddressLine1", "BillingAddressLine2", "BillingAddressLine3", "BillingAddressCity", "BillingAddressDistrictOrCounty",
		"BillingAddressStateOrRegion", "BillingAddressPostalCode", "BillingAddressCountryCode")
	return m.sales(f, start, end, func(s sale) error {
		f.texts(s.captureID(), "INV-"+s.number(), s.order()+"-A000001", s.order())
		f.amount(s.amount)
		f.texts(m.currency, "", "Completed")
		f.time(s.posted)
		f.text("")
		f.time(s.posted.Add(-2 * time.Second))
		f.texts("Ann Example", "ann@example.com", "1 Example Way", "", "", "Springfield", "", "WA", "98000", "US")
		return f.end()
	})
}

// WriteAuthorizations writes an authorization report with plausible columns, two states a sale.
func (m *Merchant) WriteAuthorizations(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonAuthorizationId", "AuthorizationReferenceId", "AmazonOrderReferenceId", "AuthorizationAmount", "CurrencyCode",
		"SellerAuthorizationNote", "AuthorizationStatus", "LastUpdateTimestamp", "ReasonCode", "CreationTimestamp")
	return m.sales(f, start, end, func(s sale) error {
		for _, state := range [...]struct {
			status, reason string
			age            time.Duration
		}{{"Closed", "MaxAmountCaptured", 0}, {"Open", "", -2 * time.Second}} {
			f.texts(s.order()+"-A000001", "AUTH-"+s.number(), s.order())
			f.amount(s.amount)
			f.texts(m.currency, "", state.status)
			f.time(s.posted.Add(state.age))
			f.text(state.reason)
			f.time(s.posted.Add(-2 * time.Second))
			if err := f.end(); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteOrders writes an order reference report with plausible columns.
func (m *Merchant) WriteOrders(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonOrderReferenceId", "SellerOrderId", "OrderAmount", "CurrencyCode", "SellerOrderNote", "OrderReferenceStatus",
		"LastUpdateTimestamp", "ReasonCode", "CreationTimestamp", "StoreName")
	return m.sales(f, start, end, func(s sale) error {
		f.texts(s.order(), s.number())
		f.amount(s.amount)
		f.texts(m.currency, "", "Closed")
		f.time(s.posted)
		f.text("SellerClosed")
		f.time(s.posted.Add(-time.Minute))
		f.text(m.store(s.slot))
		return f.end()
	})
}

// WriteBillingAgreements writes a billing agreement report with plausible columns: every tenth sale is a recurring one.
func (m *Merchant) WriteBillingAgreements(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonBillingAgreementId", "SellerBillingAgreementId", "BillingAgreementStatus", "LastUpdateTimestamp", "ReasonCode",
		"CreationTimestamp", "StoreName")
	return m.sales(f, start, end, func(s sale) error {
		if s.slot%10 != 0 {
			return nil
		}
		f.texts("B"+s.order()[1:], "SUB-"+s.number(), "Open")
		f.time(s.posted)
		f.text("")
		f.time(s.posted.Add(-time.Minute))
		f.text(m.store(s.slot))
		return f.end()
	})
}

// WriteMultiCurrency writes a multi-currency report with plausible columns: amounts as the buyer saw them, converted at a fixed rate.
func (m *Merchant) WriteMultiCurrency(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonOrderReferenceId", "SellerOrderId", "TransactionAmount", "TransactionCurrencyCode", "PresentmentAmount",
		"PresentmentCurrencyCode", "ConversionRate", "CreationTimestamp")
	return m.sales(f, start, end, func(s sale) error {
		f.texts(s.order(), s.number())
		f.amount(s.amount)
		f.text(m.currency)
		f.amount(s.amount * 2)
		f.texts("CHF", "2.0000")
		f.time(s.posted)
		return f.end()
	})
}
