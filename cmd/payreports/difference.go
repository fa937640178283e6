package main

import (
	"time"

	"github.com/amazonpay-go/payreports/reconcile"
)

// difference is a line of a reconciliation.
type difference struct {
	Kind     string `json:"kind"` // settlement, report, file or order
	ID       string `json:"id"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
	Reports  string `json:"reports"`
	Other    string `json:"other"`
	// When the money of a settlement was transferred and disbursed, or a report ends; orders have no times.
	ReportsTime string `json:"reportsTime,omitempty"`
	OtherTime   string `json:"otherTime,omitempty"`
	Detail      string `json:"detail,omitempty"`
}

var differenceColumns = []column[difference]{
	{"kind", func(d difference) string { return d.Kind }, values(6)},
	{"id", func(d difference) string { return d.ID }, values(1)},
	{"currency", func(d difference) string { return d.Currency }, values(4)},
	{"status", func(d difference) string { return d.Status }, values(2)},
	{"reports", func(d difference) string { return d.Reports }, amounts(3)},
	{"other", func(d difference) string { return d.Other }, amounts(3)},
	{"reportsTime", func(d difference) string { return d.ReportsTime }, values(8)},
	{"otherTime", func(d difference) string { return d.OtherTime }, values(7)},
	{"detail", func(d difference) string { return d.Detail }, prose(5)},
}

func settlementDifference(r reconcile.SettlementResult) difference {
	return difference{
		Kind: "settlement", ID: r.SettlementID, Currency: r.Currency, Status: string(r.Status), Reports: r.Transferred.String(), Other: r.Disbursed.String(),
		ReportsTime: moment(r.TransferTime), OtherTime: moment(r.DisbursementTime), Detail: r.Detail,
	}
}

func orderDifference(r reconcile.OrderResult) difference {
	return difference{
		Kind: "order", ID: r.OrderID, Currency: r.Currency, Status: string(r.Status), Reports: r.Captured.String(), Other: r.Ordered.String(),
	}
}

func reportDifference(r reconcile.ReportResult) difference {
	d := difference{Kind: "report", ID: string(r.ReportID), Status: string(r.Status), ReportsTime: moment(r.End), Detail: r.Detail}
	if r.ReportID == "" {
		d.Kind, d.ID = "file", r.File
	} else if r.Detail == "" {
		d.Detail = r.File
	}
	return d
}

// moment is a point in time in UTC, "" if there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
