package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/reportfile"
)

// How long one side may come after the other.
const (
	// latestDisbursement is how long after its transfer a disbursement may come. Money arrives in 3 to 5 business days.
	latestDisbursement = 10 * 24 * time.Hour
	// latestSettlement is how long after a disbursement its settlement report may come. It is made within hours.
	latestSettlement = 24 * time.Hour
)

// SettlementResult compares a settlement with itself and with its disbursement.
type SettlementResult struct {
	// Status is how they compare. Detail says more where there is more to say: the file and the line, and what else was
	// found.
	Status Status
	Detail string
	// SettlementID and Currency say which.
	SettlementID, Currency string
	// File is where it is, "" if there is only a disbursement.
	File string
	// Net is the net of all rows, the transfer included: 0 if the settlement is balanced.
	Net decimal.Decimal
	// Transferred is what the report says was paid out, Disbursed what the API says, both positive. The side that is missing is 0.
	Transferred, Disbursed decimal.Decimal
	// TransferTime and DisbursementTime are when; the time of the side that is missing is zero.
	TransferTime, DisbursementTime time.Time
}

// Results returns the settlements in the scope by id and currency. asOf is when the disbursements were listed.
// Settlements of a file that could not be read are left out, and so are their disbursements: [Settlements.Reports] has
// the file.
func (s *Settlements) Results(asOf time.Time) []SettlementResult {
	var list []SettlementResult
	since := s.Since()
	for k, t := range s.settlements {
		if s.compared(t, since, asOf) || s.paidInScope(t, since) {
			list = append(list, s.result(t, s.disbursed[k], asOf))
		}
	}
	start, end := s.DisbursementDates(asOf)
	bounded := s.scope.FilesOnly || !s.scope.Until.IsZero()
	for k, d := range s.disbursed {
		if s.settlements[k] != nil {
			continue
		}
		r := SettlementResult{
			Status: NoSettlement, SettlementID: k.id, Currency: k.currency,
			Net: zero(k.currency), Transferred: zero(k.currency),
			Disbursed: reportfile.WithMinorDigits(d.amount, k.currency), DisbursementTime: d.last,
		}
		switch {
		case !d.last.IsZero() && isRecent(d.last, asOf, latestSettlement):
			r.Status = Pending
		case s.listed != nil && (d.last.Before(start) || bounded && d.last.After(end)):
			r.Status, r.Detail = NotCovered, "it is outside of the time that the settlements cover"
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b SettlementResult) int {
		return cmp.Or(cmp.Compare(a.SettlementID, b.SettlementID), cmp.Compare(a.Currency, b.Currency))
	})
	return list
}

// paidInScope reports whether a settlement was read and its disbursement is in the scope. Its own dates may lie outside
// because they are wrong, and then neither side would be compared.
func (s *Settlements) paidInScope(t *settlement, since time.Time) bool {
	d := s.disbursed[t.key]
	return d != nil && !d.last.IsZero() && s.files[t.file].Err == nil && s.within(since, d.last)
}

// isRecent reports whether something that the service has dated may be too new for the other side. A date that lies as
// far in the future says that this machine's clock is slow.
func isRecent(dated, asOf time.Time, limit time.Duration) bool { return asOf.Sub(dated).Abs() < limit }

func zero(currency string) decimal.Decimal {
	return reportfile.WithMinorDigits(decimal.Decimal{}, currency)
}

func (s *Settlements) result(t *settlement, d *disbursed, asOf time.Time) SettlementResult {
	r := SettlementResult{SettlementID: t.id, Currency: t.currency, File: t.file, TransferTime: t.lastTransfer}
	if d != nil {
		r.Disbursed, r.DisbursementTime = d.amount, d.last
	}
	r.Net, r.Transferred = reportfile.WithMinorDigits(t.net, t.currency), reportfile.WithMinorDigits(t.transferred, t.currency)
	r.Disbursed = reportfile.WithMinorDigits(r.Disbursed, t.currency)

	found := s.selfCheck(t, r.Net, asOf)
	if paid := s.paid(t, d, asOf); paid.status.Differs() || len(found) == 0 {
		found = append(found, paid)
	}
	r.Status, r.Detail = found[0].status, found[0].detail
	for _, also := range found[1:] {
		r.Detail = strings.TrimSuffix(r.Detail+"; also "+string(also.status)+": "+also.detail, ": ")
	}
	return r
}

// finding is a status that applies to a settlement.
type finding struct {
	status Status
	detail string
}

// selfCheck finds what is wrong with a settlement in itself.
func (s *Settlements) selfCheck(t *settlement, net decimal.Decimal, asOf time.Time) []finding {
	var found []finding
	others := slices.DeleteFunc(slices.Clone(t.others), func(other string) bool { return s.files[other].Err != nil })
	if len(others) > 0 {
		found = append(found, finding{Duplicate, fmt.Sprintf("it is in %s and in %s", t.file, strings.Join(others, ", "))})
	}
	if t.inconsistent > 0 {
		detail := t.firstInconsistent.Error()
		if more := t.inconsistent - 1; more > 0 {
			detail += fmt.Sprintf(" (and %d more rows)", more)
		}
		found = append(found, finding{RowsDiffer, detail})
	}
	if !t.net.IsZero() {
		found = append(found, finding{Unbalanced, fmt.Sprintf("%s: the net of all rows is %s, not 0", t.file, net)})
	}
	if t.end.After(asOf) {
		found = append(found, finding{InFuture, fmt.Sprintf("%s: its last row was posted at %s", t.file, t.end.UTC().Format(time.RFC3339))})
	}
	return found
}

// paid compares the transfers with the disbursements.
func (s *Settlements) paid(t *settlement, d *disbursed, asOf time.Time) finding {
	switch {
	case d == nil && t.firstTransfer.IsZero():
		return finding{NoTransfer, ""}
	case d == nil:
		return s.unpaid(t, asOf)
	case t.transferred.Cmp(d.amount) != 0:
		return finding{AmountDiffers, ""}
	case !d.last.IsZero() && (d.last.Before(t.lastTransfer) || d.last.Sub(t.lastTransfer) > latestDisbursement):
		return finding{DateDiffers, ""}
	default:
		return finding{Matched, ""}
	}
}

// unpaid judges a settlement that transferred money and has no disbursement.
func (s *Settlements) unpaid(t *settlement, asOf time.Time) finding {
	due := t.lastTransfer.Add(latestDisbursement)
	switch {
	case s.listed != nil && s.listed.until.IsZero():
		return finding{NotCovered, "there are no disbursements to compare it with"}
	case !due.Before(asOf):
		return finding{Pending, ""}
	case s.listed != nil && t.firstTransfer.Before(s.listed.since):
		return finding{NotCovered, "the disbursements begin after its transfer"}
	case s.listed != nil && due.After(s.listed.until):
		return finding{NotCovered, "the disbursements end before its own had to come"}
	default:
		return finding{NoDisbursement, ""}
	}
}
