package reconcile_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/reconcile"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/simulator"
)

// merchant is the simulator's business of 90 days, as its API tells it.
type merchant struct {
	now           time.Time
	reports       []api.Report
	rows          [][]reportfile.SettlementRow // of each report
	orders        []reconcile.Order
	disbursements []api.Disbursement
}

func simulated(t *testing.T) *merchant {
	t.Helper()
	sim := simulator.StartInMemory(t, simulator.Config{Seed: 8, Start: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)})
	client := sim.Client()
	ctx := context.Background()
	m := &merchant{now: sim.Now()}
	for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		if _, err := client.DownloadReport(ctx, report.ReportID, &content); err != nil {
			t.Fatal(err)
		}
		file, err := reportfile.Options{Name: string(report.ReportID)}.Open(&content)
		if err != nil {
			t.Fatal(err)
		}
		var rows []reportfile.SettlementRow
		for row, err := range file.Settlements() {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
			if row.Type == reportfile.TransactionCapture {
				m.orders = append(m.orders, reconcile.Order{ID: row.SellerOrderID, Amount: row.Amount, Currency: row.Currency})
			}
		}
		m.reports, m.rows = append(m.reports, report), append(m.rows, rows)
	}
	for d, err := range client.AllDisbursements(ctx, payreports.GetDisbursementsOptions{Since: m.now.AddDate(0, 0, -91), Until: m.now}) {
		if err != nil {
			t.Fatal(err)
		}
		m.disbursements = append(m.disbursements, d)
	}
	// The first disbursements may belong to reports that are too old to be listed.
	for len(m.disbursements) > len(m.reports) {
		m.disbursements = m.disbursements[1:]
	}
	return m
}

// differences reconciles everything in one pass.
func (m *merchant) differences(t *testing.T) (list []string) {
	t.Helper()
	settlements, orders := reconcile.NewSettlements(reconcile.Scope{}), reconcile.NewOrders(reconcile.OrdersOptions{})
	for i, rows := range m.rows {
		for j := range rows {
			if err := settlements.Add(&rows[j]); err != nil {
				t.Fatal(err)
			}
			if err := orders.Add(&rows[j]); err != nil {
				t.Fatal(err)
			}
		}
		settlements.AddFile(reconcile.File{Name: string(m.reports[i].ReportID), ReportID: m.reports[i].ReportID})
	}
	for _, r := range m.reports {
		settlements.AddReport(r)
	}
	for _, d := range m.disbursements {
		if err := settlements.AddDisbursement(d); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range m.orders {
		if err := orders.AddOrder(o); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range settlements.Results(m.now) {
		if r.Status.Differs() {
			list = append(list, fmt.Sprintf("%s: %s", r.SettlementID, r.Status))
		}
	}
	for _, r := range settlements.Reports(m.now) {
		if r.Status.Differs() {
			list = append(list, fmt.Sprintf("%s: %s", r.ReportID, r.Status))
		}
	}
	for _, r := range orders.Results() {
		if r.Status.Differs() {
			list = append(list, fmt.Sprintf("%s: %s", r.OrderID, r.Status))
		}
	}
	return list
}

// The simulator's merchant over 90 days reconciles completely; with one fault of each kind, exactly these are reported.
func TestSimulatedMerchant(t *testing.T) {
	t.Parallel()
	m := simulated(t)
	if got := m.differences(t); got != nil || len(m.disbursements) < 89 || len(m.orders) < 1700 {
		t.Errorf("%d disbursements, %d orders, differences %v", len(m.disbursements), len(m.orders), got)
	}
	cent := decimal.MustParse("0.01")
	changed, removed, missing := m.disbursements[10], m.disbursements[20], m.orders[30]
	m.disbursements[10].Amount, _ = changed.Amount.Add(cent)
	m.disbursements = append(m.disbursements[:20], m.disbursements[21:]...)
	m.orders = append(m.orders[:30], m.orders[31:]...)
	// Newest first: what changes here comes after those in time.
	lost := m.rows[50][0]
	m.rows[50] = m.rows[50][1:]
	wrong := &m.rows[40][1]
	wrong.Amount, _ = wrong.Amount.Add(cent)
	for i := range m.orders { // so that the order's capture isn't what differs
		if m.orders[i].ID == wrong.SellerOrderID {
			m.orders[i].Amount = wrong.Amount
		}
	}
	header := m.reports[0].ReportID
	last := m.rows[0][0].SettlementID
	for _, row := range m.rows[0] {
		for i := range m.orders {
			if row.Type == reportfile.TransactionCapture && m.orders[i].ID == row.SellerOrderID {
				m.orders = append(m.orders[:i], m.orders[i+1:]...)
				break
			}
		}
	}
	m.rows[0] = nil
	want := map[string]bool{
		changed.SettlementID + ": amount differs": true, removed.SettlementID + ": no disbursement": true, missing.ID + ": no order": true,
		lost.SettlementID + ": not balanced": true, wrong.SettlementID + ": rows do not add up": true, string(header) + ": empty": true,
	}
	got := make(map[string]bool)
	for _, line := range m.differences(t) {
		got[line] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences, and settlement %s is pending (-want +got):\n%s", last, diff)
	}
}
