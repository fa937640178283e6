package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/reconcile"
)

// compared is what a comparison found.
type compared struct {
	*reconcile.Results
	comparison *comparison
	scope      reconcile.Scope
	since      time.Time // the beginning of what was compared
	reading    *reading
}

// item is a line of a reconciliation.
type item struct {
	Kind     string `json:"kind"` // order, settlement, bank, report or file
	ID       string `json:"id"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
	Differs  bool   `json:"differs"`
	// Amount is what Amazon captured of an order, transferred for a settlement, or disbursed. Other is what was ordered,
	// disbursed or booked by the bank.
	Amount string `json:"amount"`
	Other  string `json:"other"`
	// When the money of a settlement was transferred and disbursed, or disbursed and booked, an order was placed, or a report ends.
	Time      string `json:"time,omitempty"`
	OtherTime string `json:"otherTime,omitempty"`
	Detail    string `json:"detail,omitempty"`
	// SettlementIDs lead to the settlement of an order or a bank line.
	SettlementIDs []string `json:"settlementIds,omitempty"`
	File          string   `json:"file,omitempty"`
	Line          int      `json:"line,omitempty"`
}

var itemColumns = []column[item]{
	{"kind", func(i item) string { return i.Kind }, values(6)},
	{"id", func(i item) string { return i.ID }, values(1)},
	{"currency", func(i item) string { return i.Currency }, values(4)},
	{"status", func(i item) string { return i.Status }, values(2)},
	{"amount", func(i item) string { return i.Amount }, amounts(3)},
	{"other", func(i item) string { return i.Other }, amounts(3)},
	{"time", func(i item) string { return i.Time }, values(8)},
	{"otherTime", func(i item) string { return i.OtherTime }, values(7)},
	{"detail", func(i item) string { return i.Detail }, prose(5)},
}

// items are the results in the order of the chain: what differs, or all.
func (c *compared) items(all bool) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		shown := func(status reconcile.Status) bool { return all || status.Differs() }
		for _, r := range c.Orders {
			if shown(r.Status) && !yield(orderItem(r), nil) {
				return
			}
		}
		for _, r := range c.Settlements {
			if shown(r.Status) && !yield(settlementItem(r), nil) {
				return
			}
		}
		for _, r := range c.Bank {
			if shown(r.Status) && !yield(bankItem(r), nil) {
				return
			}
		}
		for _, r := range c.Reports {
			if shown(r.Status) && !yield(reportItem(r), nil) {
				return
			}
		}
	}
}

func orderItem(r reconcile.OrderResult) item {
	return item{
		Kind: "order", ID: r.OrderID, Currency: r.Currency, Status: string(r.Status), Differs: r.Status.Differs(),
		Amount: r.Captured.String(), Other: r.Ordered.String(), OtherTime: rfc3339(r.Date), Detail: r.Detail, SettlementIDs: r.SettlementIDs,
	}
}

func settlementItem(r reconcile.SettlementResult) item {
	return item{
		Kind: "settlement", ID: r.SettlementID, Currency: r.Currency, Status: string(r.Status), Differs: r.Status.Differs(),
		Amount: r.Transferred.String(), Other: r.Disbursed.String(), Time: rfc3339(r.TransferTime), OtherTime: rfc3339(r.DisbursementTime),
		Detail: r.Detail, File: r.File,
	}
}

func bankItem(r reconcile.BankResult) item {
	i := item{
		Kind: "bank", ID: strings.Join(r.SettlementIDs, " "), Currency: r.Currency, Status: string(r.Status), Differs: r.Status.Differs(),
		Amount: r.Disbursed.String(), Other: r.Booked.String(), Time: rfc3339(r.DisbursementTime), Detail: r.Detail,
		SettlementIDs: r.SettlementIDs, File: r.File, Line: r.Line,
	}
	if !r.BookedOn.IsZero() {
		i.OtherTime = r.BookedOn.Format(time.DateOnly)
		place := fmt.Sprintf("%s:%d", r.File, r.Line)
		i.ID = cmp.Or(i.ID, place)
		if i.ID != place {
			i.Detail = strings.TrimPrefix(i.Detail+"; "+place, "; ")
		}
	}
	return i
}

func reportItem(r reconcile.ReportResult) item {
	i := item{
		Kind: "report", ID: string(r.ReportID), Status: string(r.Status), Differs: r.Status.Differs(), Time: rfc3339(r.End), Detail: r.Detail, File: r.File,
	}
	if r.ReportID == "" {
		i.Kind, i.ID = "file", r.File
	} else if r.Detail == "" {
		i.Detail = r.File
	}
	return i
}

// chainSums are the sums of a currency in JSON.
type chainSums struct {
	Currency    string `json:"currency"`
	Ordered     string `json:"ordered"`
	Captured    string `json:"captured"`
	Transferred string `json:"transferred"`
	Disbursed   string `json:"disbursed"`
	Booked      string `json:"booked"`
}

// print writes what differs, or all.
func (c *compared) print(cmd *cobra.Command, format string, all bool) error {
	if format == "json" {
		return c.printJSON(cmd.OutOrStdout(), all)
	}
	if format == "table" && c.differences() == 0 && !all {
		return nil
	}
	return printStream(cmd, format, itemColumns, c.items(all))
}

func (c *compared) printJSON(out io.Writer, all bool) error {
	summary := struct {
		AsOf        string                                      `json:"asOf"`
		Differences int                                         `json:"differences"`
		Counts      map[reconcile.Link]map[reconcile.Status]int `json:"counts"`
		Sums        []chainSums                                 `json:"sums"`
	}{rfc3339(c.AsOf), c.differences(), c.Counts(), []chainSums{}}
	for _, s := range c.Sums {
		summary.Sums = append(summary.Sums, chainSums{s.Currency, s.Ordered.String(), s.Captured.String(), s.Transferred.String(), s.Disbursed.String(), s.Booked.String()})
	}
	text, err := json.MarshalIndent(summary, "", "  ")
	if err != nil {
		return err
	}
	// The items may be many, so they aren't gathered first.
	if _, err := fmt.Fprintf(out, "%s,\n  \"items\": ", visibleJSON(bytes.TrimSuffix(text, []byte("\n}")))); err != nil {
		return err
	}
	if err := printArray(out, c.items(all)); err != nil {
		return err
	}
	_, err = io.WriteString(out, "}\n")
	return err
}

// differences counts what differs.
func (c *compared) differences() int {
	n := 0
	for _, statuses := range c.Counts() {
		for status, count := range statuses {
			if status.Differs() {
				n += count
			}
		}
	}
	return n
}

// verdict sums up in a line.
func (c *compared) verdict() string {
	counts := c.Counts()
	parts := []string{c.settlementVerdict(counts[reconcile.LinkSettlement])}
	if len(c.comparison.orders.files) > 0 {
		parts = append(parts, c.comparison.orders.verdict(c.Orders, counts[reconcile.LinkOrder]))
	}
	if len(c.comparison.bank.files) > 0 {
		of := counts[reconcile.LinkBank]
		var also []string
		if n := c.byAmountOnly(); n > 0 {
			also = []string{fmt.Sprintf("%d by amount and date only", n)}
		}
		parts = append(parts, fmt.Sprintf("%d of %d pay-outs their bank lines%s", of[reconcile.Matched], len(c.Bank), waiting(of, also...)))
	}
	return strings.Join(parts, ", ") + "; " + c.reportVerdict()
}

// byAmountOnly counts the pay-outs whose bank lines name nobody.
func (c *compared) byAmountOnly() int {
	n := 0
	for i := range c.Bank {
		if c.Bank[i].AmountOnly {
			n++
		}
	}
	return n
}

// waiting says how many could not be compared, or not yet, and what else there is to say.
func waiting(counts map[reconcile.Status]int, also ...string) string {
	var notes []string
	for _, status := range []reconcile.Status{reconcile.Pending, reconcile.NotCovered} {
		if n := counts[status]; n > 0 {
			notes = append(notes, fmt.Sprintf("%d %s", n, status))
		}
	}
	if n := counts[reconcile.NoTransfer]; n > 0 {
		notes = append(notes, fmt.Sprintf("%d without a transfer", n))
	}
	if notes = append(notes, also...); notes == nil {
		return ""
	}
	return " (" + strings.Join(notes, ", ") + ")"
}

func (c *compared) settlementVerdict(counts map[reconcile.Status]int) string {
	outside := 0 // disbursements of settlements that these files can't have
	for _, r := range c.Settlements {
		if r.File == "" && r.Status == reconcile.NotCovered {
			outside++
		}
	}
	if outside > 0 { // else there may be no counts
		counts[reconcile.NotCovered] -= outside
	}
	if c.comparison.offline && c.comparison.disbursements == "" {
		sound := counts[reconcile.NotCovered] + counts[reconcile.NoTransfer]
		return fmt.Sprintf("%d of %d settlements add up (not compared with disbursements: give --disbursements FILE, or leave out --offline)", sound, len(c.Settlements))
	}
	total := len(c.Settlements) - counts[reconcile.NoTransfer] - outside
	verdict := fmt.Sprintf("%d of %d settlements match their disbursements%s", counts[reconcile.Matched], total, waiting(counts))
	if outside > 0 {
		verdict += fmt.Sprintf(" (disbursements outside of these settlements' time: %d)", outside)
	}
	return verdict
}

func (c *compared) reportVerdict() string {
	listed, present, pending, unreadable := 0, 0, 0, 0
	for _, r := range c.Reports {
		if r.Listed {
			listed++
			if r.File != "" {
				present++
			}
		}
		switch r.Status {
		case reconcile.Pending:
			pending++
		case reconcile.Unreadable:
			unreadable++
		}
	}
	var verdict string
	switch {
	case c.comparison.offline:
		verdict = "the service was not asked which reports there should be"
	case c.scope.FilesOnly:
		verdict = "reports before and after these files were not looked for: name a directory, or give --since"
	default:
		since := ""
		if !c.since.IsZero() {
			since = " since " + c.since.UTC().Format(time.DateOnly)
		}
		verdict = fmt.Sprintf("%d of %d reports that the service lists%s are among the files", present, listed, since)
	}
	if pending > 0 {
		verdict += fmt.Sprintf(" (%d pending)", pending)
	}
	if unreadable > 0 {
		verdict += fmt.Sprintf("; %d could not be read", unreadable)
	}
	return verdict
}
