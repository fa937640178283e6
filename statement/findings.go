package statement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/reconcile"
)

// Findings are the results of package reconcile. What is nil was not compared, and the page says so. Each settlement is checked by
// itself in any case: that it is balanced, and that its rows add up.
type Findings struct {
	// AsOf is when it was compared. Zero leaves it out.
	AsOf time.Time
	// Settlements compares settlements with their disbursements.
	Settlements []reconcile.SettlementResult
	// Reports has the files that could not be read. If Listed is true it also compares the files with the reports that the service lists.
	Reports []reconcile.ReportResult
	Listed  bool
	// Orders compares captures with the merchant's orders. The page names those that differ, and counts the others.
	Orders []reconcile.OrderResult
	// Bank compares disbursements with the lines of the bank statement.
	Bank []reconcile.BankResult
}

// findings are what the page shows of them.
type findings struct {
	AsOf        string
	Different   int
	Differences *table // nil if there are none
	Counts      *table
	NotCompared []string
}

// finding is a result of any kind.
type finding struct {
	group, name  string
	status       reconcile.Status
	differs      bool
	currency     string
	here, there  string // amounts, "" for none
	date, detail string
}

// What findings are counted by.
const (
	bySettlement   = "Settlements by themselves"
	byDisbursement = "Settlements and disbursements"
	byReport       = "Reports and files"
	byOrder        = "Orders and captures"
	byBank         = "Disbursements and bank lines"
)

func newFindings(found Findings, settlements []*settlement, lines []*line) *findings {
	f := new(findings)
	if !found.AsOf.IsZero() {
		f.AsOf = found.AsOf.UTC().Format("2006-01-02 15:04 UTC")
	}
	list := selfChecked(found.Settlements, settlements, lines)
	for _, r := range found.Settlements {
		list = append(list, ofSettlement(r))
	}
	for _, r := range found.Reports {
		list = append(list, ofReport(r))
	}
	for _, r := range found.Orders {
		list = append(list, ofOrder(r))
	}
	for _, r := range found.Bank {
		list = append(list, ofBank(r))
	}
	for _, side := range []struct {
		missing bool
		text    string
	}{
		{found.Settlements == nil, "Settlements were not compared with disbursements."},
		{!found.Listed, "The files were not compared with the reports that the service lists."},
		{found.Orders == nil, "Captures were not compared with orders."},
		{found.Bank == nil, "Disbursements were not compared with a bank statement."},
	} {
		if side.missing {
			f.NotCompared = append(f.NotCompared, side.text)
		}
	}
	f.count(list)
	f.differ(list)
	return f
}

// selfChecked are the settlements by themselves. One whose difference is among the results already is not told twice.
func selfChecked(told []reconcile.SettlementResult, settlements []*settlement, lines []*line) []finding {
	differs := make(map[settlementKey]bool)
	for _, r := range told {
		if r.Status.Differs() {
			differs[settlementKey{r.SettlementID, r.Currency}] = true
		}
	}
	list := make([]finding, 0, len(settlements))
	for i, of := range settlements {
		f := finding{group: bySettlement, name: "Settlement " + of.id, status: "balanced", currency: of.currency, date: day(of.last)}
		l := lines[i]
		switch {
		case l.inconsistent > 0:
			f.status, f.detail = reconcile.RowsDiffer, fmt.Sprintf("%s: %v (rows that do not add up: %d)", of.file, of.inconsistent(), l.inconsistent)
		case !l.balanced():
			f.status, f.detail = reconcile.Unbalanced, fmt.Sprintf("%s: the net of all rows is %s, not 0", of.file, l.amount(column{kind: difference}))
		}
		f.differs = !l.balanced() && !differs[of.settlementKey]
		list = append(list, f)
	}
	return list
}

func ofSettlement(r reconcile.SettlementResult) finding {
	return finding{
		group: byDisbursement, name: "Settlement " + r.SettlementID, status: r.Status, differs: r.Status.Differs(), currency: r.Currency,
		here: r.Transferred.String(), there: r.Disbursed.String(), date: moment(r.TransferTime, r.DisbursementTime), detail: r.Detail,
	}
}

func ofReport(r reconcile.ReportResult) finding {
	f := finding{group: byReport, name: "Report " + string(r.ReportID), status: r.Status, differs: r.Status.Differs(), date: moment(r.End), detail: cmp.Or(r.Detail, r.File)}
	if r.ReportID == "" {
		f.name = "File " + r.File
	}
	return f
}

func ofOrder(r reconcile.OrderResult) finding {
	f := finding{
		group: byOrder, name: "Order " + r.OrderID, status: r.Status, differs: r.Status.Differs(), currency: r.Currency, here: r.Captured.String(), there: r.Ordered.String(),
	}
	if r.OrderID == "" {
		f.name = "Captures without an order"
	}
	return f
}

func ofBank(r reconcile.BankResult) finding {
	f := finding{
		group: byBank, name: "Settlement " + strings.Join(r.SettlementIDs, ", "), status: r.Status, differs: r.Status.Differs(), currency: r.Currency,
		here: r.Disbursed.String(), there: r.Booked.String(), date: moment(r.DisbursementTime, r.BookedOn), detail: r.Detail,
	}
	if len(r.SettlementIDs) == 0 {
		f.name = "Bank line"
	}
	if r.File != "" {
		f.detail = strings.TrimPrefix(fmt.Sprintf("%s; bank line %d of %s", r.Detail, r.Line, r.File), "; ")
	}
	return f
}

// moment is the date of the first time that isn't zero.
func moment(times ...time.Time) string {
	if t := cmp.Or(times...); !t.IsZero() {
		return day(t.UTC())
	}
	return ""
}

// count counts results by group and status, differences first in each.
func (f *findings) count(list []finding) {
	type key struct {
		group   string
		status  reconcile.Status
		differs bool
	}
	counts := make(map[key]int)
	var order []key
	for _, r := range list {
		k := key{r.group, r.status, r.status != "balanced" && r.status.Differs()}
		if counts[k] == 0 {
			order = append(order, k)
		}
		counts[k]++
	}
	groups := []string{bySettlement, byDisbursement, byReport, byOrder, byBank}
	slices.SortStableFunc(order, func(a, b key) int {
		differ := 0
		if a.differs != b.differs {
			differ = 1
			if a.differs {
				differ = -1
			}
		}
		return cmp.Or(cmp.Compare(slices.Index(groups, a.group), slices.Index(groups, b.group)), differ, cmp.Compare(a.status, b.status))
	})
	var rows []row
	for _, k := range order {
		rows = append(rows, row{Name: k.group, Cells: []cell{text(string(k.status)), count(counts[k])}})
	}
	if rows != nil {
		f.Counts = &table{ID: "counts", Caption: "What was compared", Heads: []head{{"", false}, {"Status", false}, {"Count", true}}, Rows: slices.Values(rows)}
	}
}

// differ lists the results that differ.
func (f *findings) differ(list []finding) {
	var rows []row
	for _, r := range list {
		if !r.differs {
			continue
		}
		rows = append(rows, row{Name: r.name, Cells: []cell{text(string(r.status)), text(r.currency), number(r.here), number(r.there), text(r.date), {Text: r.detail, Breaks: true}}})
	}
	f.Different = len(rows)
	if rows == nil {
		return
	}
	f.Differences = &table{
		ID: "differences", Caption: "Differences", Class: across, Rows: slices.Values(rows),
		Heads: []head{{"What", false}, {"Status", false}, {"Currency", false}, {"In the reports", true}, {"On the other side", true}, {"Date", false}, {"Detail", false}},
	}
}
