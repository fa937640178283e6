package statement

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reconcile"
)

// findings are what the page shows of what was compared.
type findings struct {
	AsOf        string
	Different   int
	Differences *table // nil if there are none
	Counts      *table
	Sums        *table // nil if one side only was compared
	NotCompared []string
}

// finding is a result of any kind.
type finding struct {
	link                        link
	name                        string
	status                      reconcile.Status
	differs                     bool
	currency, here, there, date string // "" for none
	detail                      string
}

// link is a link of the chain from the buyer to the bank, as the page names it.
type link string

// The links in the order of the page.
const (
	settlementItself link = "Settlements by themselves"
	toDisbursement   link = "Settlements and disbursements"
	toReport         link = "Reports and files"
	toOrder          link = "Orders and captures"
	toBank           link = "Disbursements and bank lines"
)

var links = []link{settlementItself, toDisbursement, toReport, toOrder, toBank}

// balanced is the status of a settlement by itself that is no difference.
const balanced reconcile.Status = "balanced"

func newFindings(found *reconcile.Results, settlements []*settlement, lines []*line) *findings {
	f := new(findings)
	if !found.AsOf.IsZero() {
		f.AsOf = found.AsOf.UTC().Format("2006-01-02 15:04 UTC")
	}
	list := selfChecked(found.Settlements, settlements, lines)
	disbursed, listed := false, false
	for _, r := range found.Settlements {
		disbursed = disbursed || !r.DisbursementTime.IsZero() || !r.Disbursed.IsZero()
		list = append(list, ofSettlement(r))
	}
	for _, r := range found.Reports {
		listed = listed || r.Listed
		list = append(list, ofReport(r))
	}
	for _, r := range found.Orders {
		list = append(list, ofOrder(r))
	}
	for _, r := range found.Bank {
		list = append(list, ofBank(r))
	}
	for _, side := range []struct {
		compared bool
		sentence string
	}{
		{disbursed, "No disbursements were compared with the settlements."},
		{listed, "No list of the service’s reports was compared with the files."},
		{found.Orders != nil, "No orders were compared with the captures."},
		{found.Bank != nil, "No bank statement was compared with the disbursements."},
	} {
		if !side.compared {
			f.NotCompared = append(f.NotCompared, side.sentence)
		}
	}
	f.count(list)
	f.sum(found, disbursed)
	f.list(list)
	return f
}

// selfChecked are the settlements by themselves. What is wrong with one is told once: by the result of reconcile, if that is a difference.
func selfChecked(told []reconcile.SettlementResult, settlements []*settlement, lines []*line) []finding {
	differs := make(map[settlementKey]bool)
	for _, r := range told {
		if r.Status.Differs() {
			differs[settlementKey{r.SettlementID, r.Currency}] = true
		}
	}
	list := make([]finding, 0, len(settlements))
	for i, of := range settlements {
		f := finding{link: settlementItself, name: "Settlement " + of.id, currency: of.currency, date: day(of.last)}
		f.status, f.detail = of.check(lines[i])
		f.differs = f.status != balanced && !differs[of.settlementKey]
		list = append(list, f)
	}
	return list
}

// check finds the gravest thing that is wrong with a settlement.
func (s *settlement) check(l *line) (reconcile.Status, string) {
	switch {
	case len(s.others) > 0:
		return reconcile.Duplicate, fmt.Sprintf("it is in %s and in %s; the first one counts", s.file, strings.Join(s.others, ", "))
	case l.inconsistent > 0:
		return reconcile.RowsDiffer, fmt.Sprintf("rows that do not add up: %d; the first one: %v", l.inconsistent, s.inconsistent())
	case !l.amount(column{kind: difference}).IsZero():
		return reconcile.Unbalanced, fmt.Sprintf("%s: the net of all rows is %s, not 0", s.file, l.amount(column{kind: difference}))
	default:
		return balanced, ""
	}
}

func ofSettlement(r reconcile.SettlementResult) finding {
	return finding{
		link: toDisbursement, name: "Settlement " + r.SettlementID, status: r.Status, differs: r.Status.Differs(), currency: r.Currency,
		here: r.Transferred.String(), there: r.Disbursed.String(), date: date(r.TransferTime, r.DisbursementTime), detail: r.Detail,
	}
}

func ofReport(r reconcile.ReportResult) finding {
	f := finding{
		link: toReport, name: "Report " + string(r.ReportID), status: r.Status, differs: r.Status.Differs(), date: date(r.End), detail: cmp.Or(r.Detail, r.File),
	}
	if r.ReportID == "" {
		f.name = "File " + r.File
	}
	return f
}

func ofOrder(r reconcile.OrderResult) finding {
	f := finding{
		link: toOrder, name: "Order " + r.OrderID, status: r.Status, differs: r.Status.Differs(), currency: r.Currency,
		here: r.Captured.String(), there: r.Ordered.String(), date: date(r.Date), detail: r.Detail,
	}
	if in := inSettlements(r.SettlementIDs); in != "" {
		f.detail = strings.TrimPrefix(r.Detail+"; "+in, "; ")
	}
	if r.OrderID == "" {
		f.name = "Captures without an order number"
	}
	return f
}

// inSettlements names settlements, but not hundreds of them.
func inSettlements(ids []string) string {
	const most = 5
	switch n := len(ids); {
	case n == 0:
		return ""
	case n == 1:
		return "in settlement " + ids[0]
	case n > most:
		return fmt.Sprintf("in settlements %s and %d more", strings.Join(ids[:most], ", "), n-most)
	default:
		return "in settlements " + strings.Join(ids, ", ")
	}
}

func ofBank(r reconcile.BankResult) finding {
	f := finding{
		link: toBank, name: "Settlement " + strings.Join(r.SettlementIDs, ", "), status: r.Status, differs: r.Status.Differs(), currency: r.Currency,
		here: r.Disbursed.String(), there: r.Booked.String(), date: date(r.DisbursementTime, r.BookedOn), detail: r.Detail,
	}
	if len(r.SettlementIDs) == 0 {
		f.name = "Bank line"
	}
	if r.File != "" {
		f.detail = strings.TrimPrefix(fmt.Sprintf("%s; line %d of %s", r.Detail, r.Line, r.File), "; ")
	}
	return f
}

// date is the day of the first time that isn't zero.
func date(times ...time.Time) string {
	for _, t := range times {
		if !t.IsZero() {
			return day(t.UTC())
		}
	}
	return ""
}

// count counts results by link and status, differences first in each.
func (f *findings) count(list []finding) {
	counts := make(map[link]map[reconcile.Status]int)
	for _, r := range list {
		if counts[r.link] == nil {
			counts[r.link] = make(map[reconcile.Status]int)
		}
		counts[r.link][r.status]++
	}
	rank := func(s reconcile.Status) int {
		if s != balanced && s.Differs() {
			return 0
		}
		return 1
	}
	var rows []row
	for _, l := range links {
		for _, status := range slices.SortedFunc(maps.Keys(counts[l]), func(a, b reconcile.Status) int {
			return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
		}) {
			rows = append(rows, row{Name: string(l), Cells: []cell{text(string(status)), count(counts[l][status])}})
		}
	}
	if rows != nil {
		f.Counts = &table{ID: "counts", Caption: "What was compared", Heads: []head{{"", false}, {"Status", false}, {"Count", true}}, Rows: slices.Values(rows)}
	}
}

// sum shows the sums along the chain, of the sides that were compared.
func (f *findings) sum(found *reconcile.Results, disbursed bool) {
	sides := []struct {
		compared bool
		name     string
		of       func(*reconcile.ChainSums) decimal.Decimal
	}{
		{found.Orders != nil, "Ordered", func(s *reconcile.ChainSums) decimal.Decimal { return s.Ordered }},
		{found.Orders != nil, "Captured", func(s *reconcile.ChainSums) decimal.Decimal { return s.Captured }},
		{true, "Transferred", func(s *reconcile.ChainSums) decimal.Decimal { return s.Transferred }},
		{disbursed, "Disbursed", func(s *reconcile.ChainSums) decimal.Decimal { return s.Disbursed }},
		{found.Bank != nil, "Booked by the bank", func(s *reconcile.ChainSums) decimal.Decimal { return s.Booked }},
	}
	heads := []head{{"Currency", false}}
	rows := make([]row, len(found.Sums))
	for _, side := range sides {
		if !side.compared {
			continue
		}
		heads = append(heads, head{side.name, true})
		for i := range found.Sums {
			rows[i].Name = found.Sums[i].Currency
			rows[i].Cells = append(rows[i].Cells, number(side.of(&found.Sums[i]).String()))
		}
	}
	if len(rows) > 0 && len(heads) > 2 {
		f.Sums = &table{ID: "sums", Caption: "Sums of what was compared", Class: upright, Heads: heads, Rows: slices.Values(rows)}
	}
}

// list lists the results that differ.
func (f *findings) list(list []finding) {
	var rows []row
	for _, r := range list {
		if r.differs {
			rows = append(rows, row{Name: r.name, Cells: []cell{
				text(string(r.status)), text(r.currency), number(r.here), number(r.there), text(r.date), {Text: r.detail, Breaks: true},
			}})
		}
	}
	f.Different = len(rows)
	if rows != nil {
		f.Differences = &table{
			ID: "differences", Caption: "Differences", Class: upright, Rows: slices.Values(rows),
			Heads: []head{{"What", false}, {"Status", false}, {"Currency", false}, {"In the reports", true}, {"On the other side", true}, {"Date", false}, {"Detail", false}},
		}
	}
}
