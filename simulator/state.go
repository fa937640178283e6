package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/regions"
)

const (
	retention     = 90 * 24 * time.Hour
	tokenLifetime = 24 * time.Hour
)

// account is the merchant's state in one environment. Simulator.mu guards it. Nothing runs in the background: each request calls catchUp.
type account struct {
	environment regions.Environment
	scope       string // names merchant and environment in download URLs
	merchant    *merchant.Merchant
	seed        uint64
	firstID     uint64 // ids of its reports follow this one

	reports    []*report // by creation time, oldest first
	byID       map[api.ReportID]*report
	byDocument map[api.ReportDocumentID]*report
	schedules  []*api.ReportSchedule // by creation time, at most one per report type
	answers    map[string]savedAnswer
	sequence   uint64

	settledUpTo time.Time       // settlements that ended before this time have a report
	settled     map[string]bool // the settlements that have a report
	lastSeen    time.Time

	outcomes map[api.ReportType]api.ProcessingStatus // set by Simulator.SetOutcome, for both environments
}

// report is a report with the times at which its state changes.
type report struct {
	id         api.ReportID
	documentID api.ReportDocumentID
	reportType api.ReportType
	start, end time.Time
	created    time.Time
	started    time.Time
	finished   time.Time
	outcome    api.ProcessingStatus
	settlement *merchant.Settlement // of a settlement report
	merchant   *merchant.Merchant
	size       int64 // of its file, or -1 until it has been counted
}

type savedAnswer struct {
	request [32]byte
	status  int
	body    []byte
}

func newAccount(environment regions.Environment, m *merchant.Merchant, seed uint64, outcomes map[api.ReportType]api.ProcessingStatus) *account {
	return &account{
		environment: environment, scope: string(environment), firstID: 50_000_000_000, merchant: m, seed: seed, outcomes: outcomes, settled: make(map[string]bool),
		byID: make(map[api.ReportID]*report), byDocument: make(map[api.ReportDocumentID]*report),
		answers: make(map[string]savedAnswer),
	}
}

// view returns the report as the API shows it at the given time.
func (r *report) view(now time.Time) api.Report {
	v := api.Report{
		ReportID: r.id, ReportType: r.reportType, ProcessingStatus: r.statusAt(now),
		StartTime: wire.NewTimestamp(r.start), EndTime: wire.NewTimestamp(r.end), CreatedTime: wire.NewTimestamp(r.created),
	}
	if !now.Before(r.started) {
		v.ProcessingStartTime = wire.NewTimestamp(r.started)
	}
	if !now.Before(r.finished) {
		v.ProcessingEndTime = wire.NewTimestamp(r.finished)
	}
	if v.ProcessingStatus == api.ProcessingStatusCompleted {
		v.ReportDocumentID = r.documentID
	}
	return v
}

func (r *report) statusAt(now time.Time) api.ProcessingStatus {
	if now.Before(r.finished) {
		return api.ProcessingStatusInProgress
	}
	return r.outcome
}

// add creates a report. Its outcome is already decided, but becomes visible only when it is finished.
func (a *account) add(r *report) *report {
	a.sequence++
	digest := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d", a.seed, a.environment, a.sequence))
	r.id = api.ReportID(strconv.FormatUint(a.firstID+a.sequence, 10))
	h := hex.EncodeToString(digest[:16])
	r.documentID = api.ReportDocumentID(fmt.Sprintf("amzn1.tortuga.3.%s-%s-%s-%s-%s.T%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:32],
		strings.ToUpper(hex.EncodeToString(digest[16:23]))))
	r.merchant, r.size = a.merchant, -1
	if r.started.IsZero() {
		r.started = r.created.Add(2 * time.Second)
		r.finished = r.started.Add(3*time.Second + time.Duration(digest[24]%25)*time.Second)
	}
	at := sort.Search(len(a.reports), func(i int) bool { return a.reports[i].created.After(r.created) })
	a.reports = slices.Insert(a.reports, at, r)
	a.byID[r.id], a.byDocument[r.documentID] = r, r
	return r
}

// catchUp creates the reports that have become due since the last request, and deletes expired ones.
func (a *account) catchUp(now time.Time) {
	if now.Before(a.lastSeen) {
		a.settledUpTo = time.Time{} // the clock was set back, perhaps to a time whose settlements have no reports yet
	}
	a.lastSeen = now
	if a.environment == regions.Live {
		a.settle(now)
	}
	for _, schedule := range a.schedules {
		a.runSchedule(schedule, now)
	}
	kept := sort.Search(len(a.reports), func(i int) bool { return a.reports[i].created.After(now.Add(-retention)) })
	for _, r := range a.reports[:kept] {
		delete(a.byID, r.id)
		delete(a.byDocument, r.documentID)
		if r.settlement != nil {
			delete(a.settled, r.settlement.ID)
		}
	}
	a.reports = slices.Delete(a.reports, 0, kept)
}

// settle creates the settlement reports, which are created without a request.
func (a *account) settle(now time.Time) {
	from := a.settledUpTo
	if oldest := now.Add(-retention - 48*time.Hour); from.Before(oldest) {
		from = oldest
	}
	for s := range a.merchant.Settlements(from, now) {
		if s.ReportCreated.After(now) {
			break
		}
		a.settledUpTo = s.End.Add(time.Second)
		if s.ReportCreated.After(now.Add(-retention)) && !a.settled[s.ID] {
			a.settled[s.ID] = true
			a.add(&report{
				reportType: api.ReportTypeSettlement, start: s.Start, end: s.End, created: s.ReportCreated,
				started: s.ReportCreated, finished: s.ReportCreated, outcome: api.ProcessingStatusCompleted, settlement: &s,
			})
		}
	}
}

// runSchedule creates the due reports of a schedule, except for those that would already have expired.
func (a *account) runSchedule(schedule *api.ReportSchedule, now time.Time) {
	interval := frequencies[schedule.ScheduleFrequency]
	next := firstAfter(now.Add(-retention), schedule.NextReportCreationTime.Time(), interval)
	for ; !next.After(now); next = next.Add(interval) {
		a.request(schedule.ReportType, next.Add(-interval), next.Add(-time.Second), next)
	}
	schedule.NextReportCreationTime = wire.NewTimestamp(next)
}

// firstAfter returns the first time after t in the series that starts with next and continues at the interval. It counts in seconds, because a
// Duration is limited to 292 years and a schedule can start at any time.
func firstAfter(t, next time.Time, interval time.Duration) time.Time {
	if next.After(t) {
		return next
	}
	seconds := int64(interval / time.Second)
	periods := (t.Unix()-next.Unix())/seconds + 1
	return time.Unix(next.Unix()+periods*seconds, 0).UTC()
}

// request creates a report for a request or a schedule.
func (a *account) request(reportType api.ReportType, start, end, now time.Time) *report {
	r := &report{reportType: reportType, start: start, end: end, created: now, outcome: api.ProcessingStatusCompleted}
	hasData := a.merchant.HasData
	switch reportType {
	case api.ReportTypeRefund:
		hasData = a.merchant.HasRefunds
	case api.ReportTypeBillingAgreement:
		hasData = a.merchant.HasBillingAgreements
	}
	if !hasData(start, end, now) {
		r.outcome = api.ProcessingStatusCancelled
	}
	if outcome, decided := a.outcomes[reportType]; decided {
		r.outcome = outcome
	}
	return a.add(r)
}

var frequencies = map[api.ScheduleFrequency]time.Duration{
	api.ScheduleFrequencyEvery5Minutes:  5 * time.Minute,
	api.ScheduleFrequencyEvery15Minutes: 15 * time.Minute,
	api.ScheduleFrequencyEvery30Minutes: 30 * time.Minute,
	api.ScheduleFrequencyEveryHour:      time.Hour,
	api.ScheduleFrequencyEvery2Hours:    2 * time.Hour,
	api.ScheduleFrequencyEvery4Hours:    4 * time.Hour,
	api.ScheduleFrequencyEvery8Hours:    8 * time.Hour,
	api.ScheduleFrequencyEvery12Hours:   12 * time.Hour,
	api.ScheduleFrequencyEvery84Hours:   84 * time.Hour,
	api.ScheduleFrequencyEveryDay:       24 * time.Hour,
	api.ScheduleFrequencyEvery2Days:     2 * 24 * time.Hour,
	api.ScheduleFrequencyEvery3Days:     3 * 24 * time.Hour,
	api.ScheduleFrequencyEvery7Days:     7 * 24 * time.Hour,
	api.ScheduleFrequencyEvery14Days:    14 * 24 * time.Hour,
	api.ScheduleFrequencyEvery15Days:    15 * 24 * time.Hour,
	api.ScheduleFrequencyEvery18Days:    18 * 24 * time.Hour,
	api.ScheduleFrequencyEvery30Days:    30 * 24 * time.Hour,
}

// listing is a list request with its position in the list. A nextToken encodes one.
type listing struct {
	Kind     string                 `json:"k"`
	Types    []api.ReportType       `json:"t,omitempty"`
	Statuses []api.ProcessingStatus `json:"s,omitempty"`
	Since    time.Time              `json:"f"`
	Until    time.Time              `json:"u"`
	PageSize int                    `json:"p"`
	// After and AfterID are the creation time and the id of the last report on the previous page. For disbursements, After is the end of the last
	// settlement.
	After   time.Time    `json:"a"`
	AfterID api.ReportID `json:"i,omitempty"`
	Expires time.Time    `json:"e"` // in real time
}

func (l listing) token(now time.Time) string {
	l.Expires = now.Add(tokenLifetime)
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // impossible for a struct of plain values
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func parseToken(token, kind string, now time.Time) (listing, *refusal) {
	var l listing
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &l)
	}
	switch {
	case err != nil || l.Kind != kind || l.PageSize < 1:
		return l, invalidValue("nextToken", "it is not a token of this operation.")
	case now.After(l.Expires):
		return l, invalidValue("nextToken", "it has expired.")
	default:
		return l, nil
	}
}

// page returns the reports on a listing's next page, and whether there are more. It doesn't search the whole list.
func (a *account) page(l listing, now time.Time, oldestFirst bool) (page []*report, more bool) {
	matches := func(r *report) bool {
		return (len(l.Types) == 0 || slices.Contains(l.Types, r.reportType)) &&
			(len(l.Statuses) == 0 || slices.Contains(l.Statuses, r.statusAt(now)))
	}
	from := sort.Search(len(a.reports), func(i int) bool { return !a.reports[i].created.Before(l.Since) })
	to := sort.Search(len(a.reports), func(i int) bool { return a.reports[i].created.After(l.Until) })
	from = min(from, to)
	step, at, stop := -1, to-1, from-1
	if oldestFirst {
		step, at, stop = 1, from, to
	}
	if l.AfterID != "" {
		at = a.position(l, oldestFirst)
	}
	for ; at != stop && at >= from && at < to; at += step {
		r := a.reports[at]
		if !matches(r) {
			continue
		}
		if len(page) == l.PageSize {
			return page, true
		}
		page = append(page, r)
	}
	return page, false
}

// position returns the index of the first report on the next page.
func (a *account) position(l listing, oldestFirst bool) int {
	first := sort.Search(len(a.reports), func(i int) bool { return !a.reports[i].created.Before(l.After) })
	last := sort.Search(len(a.reports), func(i int) bool { return a.reports[i].created.After(l.After) })
	for i := first; i < last; i++ {
		if a.reports[i].id == l.AfterID {
			if oldestFirst {
				return i + 1
			}
			return i - 1
		}
	}
	if oldestFirst {
		return last
	}
	return first - 1
}
