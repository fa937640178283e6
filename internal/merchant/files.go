package merchant

import (
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// The formats of the settlement and the refund file are documented or seen byte for byte. The columns of the other
// files are not known: those here follow the pattern of the refund file, and the capture file's are what a consumer of
// it wrote down. They are plausible, no more.

const fileTime = "2006-01-02T15:04:05 -0700"

const settlementHeader = `"TransactionPostedDate","SettlementId","AmazonTransactionId","SellerReferenceId","TransactionType","AmazonOrderReferenceId","SellerOrderId","StoreName","CurrencyCode","TransactionDescription","TransactionAmount","TransactionPercentageFee","TransactionFixedFee","TotalTransactionFee","NetTransactionAmount",` + "\n"

// file writes quoted records, many at a time.
type file struct {
	w      io.Writer
	digits int
	buffer []byte // whole records, and the one that is being made
	inside bool   // a record has begun
}

const fileBuffer = 64 << 10

func (m *Merchant) file(w io.Writer) *file {
	return &file{w: w, digits: m.digits, buffer: make([]byte, 0, fileBuffer+4<<10)}
}

func (f *file) raw(s string) { f.buffer = append(f.buffer, s...) }

func (f *file) open() {
	if f.inside {
		f.buffer = append(f.buffer, ',')
	}
	f.inside = true
	f.buffer = append(f.buffer, '"')
}

func (f *file) close() { f.buffer = append(f.buffer, '"') }

func (f *file) text(s string) {
	f.open()
	if strings.IndexByte(s, '"') >= 0 {
		s = strings.ReplaceAll(s, `"`, `""`)
	}
	f.buffer = append(f.buffer, s...)
	f.close()
}

func (f *file) time(t time.Time) {
	f.open()
	f.buffer = t.AppendFormat(f.buffer, fileTime)
	f.close()
}

// amount writes minor units as a decimal with a dot; nothing is a bare 0.
func (f *file) amount(minor int64) { f.amountOf(minor, f.digits) }

func (f *file) amountOf(minor int64, digits int) {
	f.open()
	f.buffer = appendAmount(f.buffer, minor, digits)
	f.close()
}

// end ends a record. Its error is the writer's, after which the file is given up; the lines above the data are too short for one.
func (f *file) end() error {
	f.inside = false
	f.buffer = append(f.buffer, '\n')
	if len(f.buffer) >= fileBuffer {
		return f.flush()
	}
	return nil
}

func (f *file) flush() error {
	_, err := f.w.Write(f.buffer)
	f.buffer = f.buffer[:0]
	return err
}

func appendAmount(b []byte, minor int64, digits int) []byte {
	if minor == 0 {
		return append(b, '0')
	}
	if minor < 0 {
		b, minor = append(b, '-'), -minor
	}
	if digits == 0 {
		return strconv.AppendInt(b, minor, 10)
	}
	// At least one digit stands before the dot.
	b = appendPadded(b, minor, digits+1)
	dot := len(b) - digits
	b = append(b, 0)
	copy(b[dot+1:], b[dot:])
	b[dot] = '.'
	return b
}

// WriteSettlement writes the settlement report of a settlement.
func (m *Merchant) WriteSettlement(w io.Writer, s Settlement) error {
	return m.writeSettlement(w, s.Start, s.End, m.SettlementRows(s))
}

// WriteSandboxSettlement writes a sandbox settlement report over [start, end].
func (m *Merchant) WriteSandboxSettlement(w io.Writer, start, end time.Time) error {
	return m.writeSettlement(w, start, end, m.SandboxSettlementRows(start, end))
}

func (m *Merchant) writeSettlement(w io.Writer, start, end time.Time, rows iter.Seq[SettlementRow]) error {
	f := m.file(w)
	f.raw("\ufeff\"Amazon Payments Advanced\",\n\"Settlement Report\",\n")
	for _, pair := range [][2]string{
		{"SellerId", m.SellerID()},
		{"SettlementStartDate", start.In(m.zone).Format(fileTime)},
		{"SettlementEndDate", end.In(m.zone).Format(fileTime)},
	} {
		f.text(pair[0])
		f.text(pair[1])
		f.end()
	}
	f.raw(settlementHeader)
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
	return f.flush()
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
	return f.flush()
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

// WriteCaptures writes a capture report with the columns that a consumer of such files wrote down.
func (m *Merchant) WriteCaptures(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonCaptureId", "CaptureReferenceId", "AmazonAuthorizationId", "AmazonOrderReferenceId", "CaptureAmount", "CurrencyCode",
		"SellerCaptureNote", "CaptureStatus", "LastUpdateTimestamp", "ReasonCode", "CreationTimestamp", "BuyerName", "BuyerEmailAddress",
		"BillingAddressLine1", "BillingAddressLine2", "BillingAddressLine3", "BillingAddressCity", "BillingAddressDistrictOrCounty",
		"BillingAddressStateOrRegion", "BillingAddressPostalCode", "BillingAddressCountryCode")
	for s := range m.sales(start, end, false) {
		f.texts(s.id(captureSuffix), s.reference("INV-"), s.id(authorizationSuffix), s.id(""))
		f.amount(s.amount)
		f.texts(m.currency, "", "Completed")
		f.time(s.posted)
		f.text("")
		f.time(s.posted.Add(-2 * time.Second))
		f.texts("Ann Example", "ann@example.com", "1 Example Way", "", "", "Springfield", "", "WA", "98000", "US")
		if err := f.end(); err != nil {
			return err
		}
	}
	return f.flush()
}

// WriteAuthorizations writes an authorization report with plausible columns: the states that authorizations went into
// in [start, end], of each Closed before Open.
func (m *Merchant) WriteAuthorizations(w io.Writer, start, end time.Time) error {
	const open = 2 * time.Second // until it is captured
	f := m.file(w)
	f.header("AmazonAuthorizationId", "AuthorizationReferenceId", "AmazonOrderReferenceId", "AuthorizationAmount", "CurrencyCode",
		"SellerAuthorizationNote", "AuthorizationStatus", "LastUpdateTimestamp", "ReasonCode", "CreationTimestamp")
	for s := range m.sales(start, end.Add(open), false) {
		for _, state := range [...]struct {
			status, reason string
			updated        time.Time
		}{{"Closed", "MaxAmountCaptured", s.posted}, {"Open", "", s.posted.Add(-open)}} {
			if !within(state.updated, start, end) {
				continue
			}
			f.texts(s.id(authorizationSuffix), s.reference("AUTH-"), s.id(""))
			f.amount(s.amount)
			f.texts(m.currency, "", state.status)
			f.time(state.updated)
			f.text(state.reason)
			f.time(s.posted.Add(-open))
			if err := f.end(); err != nil {
				return err
			}
		}
	}
	return f.flush()
}

// WriteOrders writes an order reference report with plausible columns.
func (m *Merchant) WriteOrders(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonOrderReferenceId", "SellerOrderId", "OrderAmount", "CurrencyCode", "SellerOrderNote", "OrderReferenceStatus",
		"LastUpdateTimestamp", "ReasonCode", "CreationTimestamp", "StoreName")
	for s := range m.sales(start, end, false) {
		f.texts(s.id(""), s.reference("ORDER-"))
		f.amount(s.amount)
		f.texts(m.currency, "", "Closed")
		f.time(s.posted)
		f.text("SellerClosed")
		f.time(s.posted.Add(-time.Minute))
		f.text(store(s.slot))
		if err := f.end(); err != nil {
			return err
		}
	}
	return f.flush()
}

// recurring tells the sales that belong to a billing agreement.
func recurring(slot int) bool { return slot%10 == 0 }

// WriteBillingAgreements writes a billing agreement report with plausible columns.
func (m *Merchant) WriteBillingAgreements(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonBillingAgreementId", "SellerBillingAgreementId", "BillingAgreementStatus", "LastUpdateTimestamp", "ReasonCode",
		"CreationTimestamp", "StoreName")
	for s := range m.sales(start, end, false) {
		if !recurring(s.slot) {
			continue
		}
		f.texts("B"+s.id("")[1:], s.reference("SUB-"), "Open")
		f.time(s.posted)
		f.text("")
		f.time(s.posted.Add(-time.Minute))
		f.text(store(s.slot))
		if err := f.end(); err != nil {
			return err
		}
	}
	return f.flush()
}

// WriteMultiCurrency writes a multi-currency report with plausible columns: amounts as the buyer saw them, in Swiss
// francs at a fixed rate, times which they are the transaction amount.
func (m *Merchant) WriteMultiCurrency(w io.Writer, start, end time.Time) error {
	f := m.file(w)
	f.header("AmazonOrderReferenceId", "SellerOrderId", "TransactionAmount", "TransactionCurrencyCode", "PresentmentAmount",
		"PresentmentCurrencyCode", "ConversionRate", "CreationTimestamp")
	centimes, rate := int64(2), "0.5000"
	if m.digits == 0 {
		centimes, rate = 1, "100.0000"
	}
	for s := range m.sales(start, end, false) {
		f.texts(s.id(""), s.reference("ORDER-"))
		f.amount(s.amount)
		f.text(m.currency)
		f.amountOf(s.amount*centimes, 2)
		f.texts("CHF", rate)
		f.time(s.posted)
		if err := f.end(); err != nil {
			return err
		}
	}
	return f.flush()
}
