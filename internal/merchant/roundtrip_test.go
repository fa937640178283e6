package merchant

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/reportfile"
)

// reads opens what write has written.
func reads(t *testing.T, write func(io.Writer) error) *reportfile.Reader {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	file, err := reportfile.Open(&b)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// What package reportfile, which is written independently, reads from the files is what was generated: to the cent and the second.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 7, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 0, 3)
	for _, currency := range currencies {
		m := newMerchant(t, Config{Seed: 6, Currency: currency, TransactionsPerDay: 150})
		for s := range m.Settlements(start, end) {
			var want []SettlementRow
			for row := range m.SettlementRows(s) {
				want = append(want, row)
			}
			file := reads(t, func(w io.Writer) error { return m.WriteSettlement(w, s) })
			compareSettlements(t, m, want, file)
			if p, err := file.Preamble(); err != nil || p.SellerID != m.SellerID() || !p.Start.Equal(s.Start) || !p.End.Equal(s.End) {
				t.Errorf("preamble %+v of %+v, %v", p, s, err)
			}
		}
		var want []SettlementRow
		for row := range m.SandboxSettlementRows(start, end) {
			want = append(want, row)
		}
		compareSettlements(t, m, want, reads(t, func(w io.Writer) error { return m.WriteSandboxSettlement(w, start, end) }))

		var refunds []RefundRow
		for row := range m.RefundRows(start, end) {
			refunds = append(refunds, row)
		}
		n := 0
		for got, err := range reads(t, func(w io.Writer) error { return m.WriteRefunds(w, start, end) }).Refunds() {
			if err != nil {
				t.Fatal(err)
			}
			w := refunds[n]
			if got.RefundID != w.RefundID || got.ReferenceID != w.ReferenceID || got.CaptureID != w.CaptureID || got.OrderReferenceID != w.OrderReferenceID ||
				got.Currency != currency || got.Note != w.Note || got.Type != w.Type || got.Status != w.Status || got.Amount.String() != m.formatAmount(w.Amount) ||
				!got.LastUpdated.Equal(w.Updated) || !got.Created.Equal(w.Created) {
				t.Fatalf("row %d is %+v, want %+v", n, got, w)
			}
			n++
		}
		if n != len(refunds) || n == 0 {
			t.Errorf("%d refund rows, want %d", n, len(refunds))
		}
		for name, write := range map[string]func(io.Writer, time.Time, time.Time) error{
			"capture": m.WriteCaptures, "authorization": m.WriteAuthorizations, "order": m.WriteOrders, "billing agreement": m.WriteBillingAgreements, "multi-currency": m.WriteMultiCurrency,
		} {
			rows := 0
			for row, err := range reads(t, func(w io.Writer) error { return write(w, start, end) }).Rows() {
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if _, err := row.Time("CreationTimestamp"); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				rows++
			}
			if rows == 0 {
				t.Errorf("%s: no rows", name)
			}
		}
	}
}

func compareSettlements(t *testing.T, m *Merchant, want []SettlementRow, file *reportfile.Reader) {
	t.Helper()
	n := 0
	for got, err := range file.Settlements() {
		if err != nil {
			t.Fatal(err)
		}
		w := want[n]
		amounts := [5]string{got.Amount.Pad(m.digits).String(), got.PercentageFee.Pad(m.digits).String(), got.FixedFee.Pad(m.digits).String(), got.TotalFee.Pad(m.digits).String(), got.Net.Pad(m.digits).String()}
		wantAmounts := [5]string{m.formatAmount(w.Amount), m.formatAmount(w.PercentageFee), m.formatAmount(w.FixedFee), m.formatAmount(w.PercentageFee + w.FixedFee), m.formatAmount(w.Net())}
		_, offset := got.Posted.Zone()
		_, wantOffset := w.Posted.Zone()
		if !got.Posted.Equal(w.Posted) || offset != wantOffset || got.SettlementID != w.SettlementID || got.TransactionID != w.TransactionID ||
			got.SellerReferenceID != w.SellerReferenceID || string(got.Type) != w.Type || got.OrderReferenceID != w.OrderReferenceID ||
			got.SellerOrderID != w.SellerOrderID || got.StoreName != w.StoreName || got.Currency != w.Currency || got.Description != w.Description || amounts != wantAmounts {
			t.Fatalf("row %d is %+v with %v, want %+v with %v", n, got, amounts, w, wantAmounts)
		}
		n++
	}
	if n != len(want) || n == 0 {
		t.Errorf("%d rows, want %d", n, len(want))
	}
}

// formatAmount writes minor units as a plain decimal of the merchant's currency, such as 1250.00 or -3.
func (m *Merchant) formatAmount(minor int64) string {
	if minor == 0 && m.digits > 0 {
		return "0." + strings.Repeat("0", m.digits)
	}
	return string(appendAmount(nil, minor, m.digits))
}
