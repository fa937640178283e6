package conformance_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/reportfile"
)

// probeAnswer is what a probe of the service found out about a question that the documentation leaves open.
type probeAnswer struct {
	// Question is what the documentation leaves open.
	Question string
	// Expected is what the spec and the simulator take for granted.
	Expected string
	// Found is what the service did, or why it could not be found out.
	Found string
	// Differs says that Found is not Expected.
	Differs bool
}

func (a probeAnswer) String() string {
	mark := "as expected"
	if a.Differs {
		mark = "DIFFERS"
	}
	return fmt.Sprintf("%s\n  expected: %s\n  found:    %s (%s)", a.Question, a.Expected, a.Found, mark)
}

const notFoundOut = "could not be found out: "

// probedService is what probe asks, by two clients that should send through a validator, which finds what differs from the spec itself.
type probedService struct {
	// Client makes the calls that the documentation describes.
	Client *payreports.Client
	// Generated is the generated client with a signer, for requests that Client never makes.
	Generated api.ClientInterface
	// Environment is that of the key.
	Environment regions.Environment
}

// probe asks a service the questions that the documentation leaves open, with calls that are safe in the sandbox: reports of the sandbox settlement type,
// and schedules of refund reports a year from now, which it creates and cancels if the environment takes them. It touches no schedule that was there before.
func probe(ctx context.Context, service probedService, now time.Time) []probeAnswer {
	p := &prober{probedService: service, ctx: ctx, now: now}
	p.order()
	p.file()
	p.emptyReport()
	p.disbursements()
	p.schedules()
	return p.answers
}

type prober struct {
	probedService
	ctx     context.Context //nolint:containedctx // a prober is one call of probe
	now     time.Time
	answers []probeAnswer
}

func (p *prober) tell(question, expected, found string) {
	p.answers = append(p.answers, probeAnswer{question, expected, found, found != expected && !strings.HasPrefix(found, notFoundOut)})
}

func (p *prober) order() {
	const question, expected = "In which order does getReports list?", "newest first"
	var created []time.Time
	for report, err := range p.Client.AllReports(p.ctx, payreports.GetReportsOptions{}) {
		if err != nil {
			p.tell(question, expected, notFoundOut+err.Error())
			return
		}
		created = append(created, report.CreatedTime.Time())
	}
	ascending, descending := true, true
	for i := 1; i < len(created); i++ {
		ascending = ascending && !created[i].Before(created[i-1])
		descending = descending && !created[i].After(created[i-1])
	}
	switch {
	case len(created) < 2 || ascending && descending:
		p.tell(question, expected, notFoundOut+fmt.Sprintf("there are %d reports", len(created)))
	case descending:
		p.tell(question, expected, "newest first")
	case ascending:
		p.tell(question, expected, "oldest first")
	default:
		p.tell(question, expected, "neither by creation")
	}
}

// file downloads the first completed report of the list, and reads it to its end.
func (p *prober) file() {
	const question, expected = "Can package reportfile read the newest report?", "yes"
	for report, err := range p.Client.AllReports(p.ctx, payreports.GetReportsOptions{Statuses: []payreports.ProcessingStatus{payreports.ProcessingStatusCompleted}}) {
		if err == nil {
			err = p.readFile(report.ReportID)
		}
		var refused *payreports.Error
		switch {
		case err == nil:
			p.tell(question, expected, "yes")
		case errors.As(err, &refused):
			p.tell(question, expected, notFoundOut+err.Error())
		default:
			p.tell(question, expected, fmt.Sprintf("no: report %s (%s): %v", report.ReportID, report.ReportType, err))
		}
		return
	}
	p.tell(question, expected, notFoundOut+"there is no completed report")
}

func (p *prober) readFile(id payreports.ReportID) error {
	content, err := p.Client.OpenReport(p.ctx, id)
	if err != nil {
		return err
	}
	defer content.Close()
	file, err := reportfile.Open(content)
	if err != nil {
		return err
	}
	switch file.Kind() {
	case reportfile.KindSettlement:
		return lastError(file.Settlements())
	case reportfile.KindRefund:
		return lastError(file.Refunds())
	default:
		return lastError(file.Rows())
	}
}

func lastError[T any](rows iter.Seq2[T, error]) (last error) {
	for _, err := range rows {
		last = err
	}
	return last
}

func (p *prober) emptyReport() {
	const question, expected = "How does a report of a range without data, in the future, end?", string(payreports.ProcessingStatusCancelled)
	reportType := payreports.ReportTypeRefund
	if p.Environment == regions.Sandbox {
		reportType = payreports.ReportTypeSandboxSettlement
	}
	start := p.now.AddDate(1, 0, 0)
	created, err := p.Client.CreateReport(p.ctx, payreports.CreateReportRequest{Type: reportType, Start: start, End: start.Add(time.Hour)})
	if err != nil {
		p.tell(question, expected, notFoundOut+err.Error())
		return
	}
	report, err := p.Client.WaitForReport(p.ctx, created.ReportID)
	if report == nil {
		p.tell(question, expected, notFoundOut+err.Error())
		return
	}
	p.tell(question, expected, string(report.ProcessingStatus))
}

func (p *prober) disbursements() {
	const question, expected = "Does getDisbursements take nextToken alone?", "yes"
	options := payreports.GetDisbursementsOptions{Since: p.now.AddDate(0, 0, -80), Until: p.now, PageSize: 1}
	page, err := p.Client.GetDisbursements(p.ctx, options)
	switch {
	case err != nil:
		p.tell(question, expected, notFoundOut+err.Error())
	case page.NextToken == "":
		p.tell(question, expected, notFoundOut+fmt.Sprintf("there is no second page after %d disbursements", len(page.Disbursements)))
	default:
		if _, err := p.Client.GetDisbursements(p.ctx, payreports.GetDisbursementsOptions{NextToken: page.NextToken}); err != nil {
			p.tell(question, expected, "no: "+err.Error())
			return
		}
		p.tell(question, expected, "yes")
	}
}

func (p *prober) schedules() {
	const (
		again  = "What does createReportSchedule answer when the type has a schedule?"
		query  = "Does deleteExistingSchedule in the query alone replace a schedule?"
		body   = "Does deleteExistingSchedule in the body alone replace a schedule?"
		answer = "What is the body of a successful cancelReportSchedule?"
		gone   = "Is a cancelled schedule gone?"
		scope  = "Does one idempotency key serve two operations?"
	)
	request := payreports.CreateReportScheduleRequest{
		Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEvery30Days, NextCreation: p.now.AddDate(1, 0, 0),
	}
	existing, err := p.existing(request.Type)
	if err == nil && len(existing) > 0 {
		err = errors.New("there is a schedule of refund reports already, which is left alone")
	}
	key := rand.Text()
	if err == nil {
		_, err = p.Client.CreateReportSchedule(p.ctx, request, payreports.WithIdempotencyKey(key))
	}
	if err != nil {
		for _, question := range []string{scope, again, query, body, answer, gone} {
			p.tell(question, "", notFoundOut+err.Error())
		}
		return
	}
	p.sharedKey(scope, key)
	_, err = p.Client.CreateReportSchedule(p.ctx, request)
	var exists *payreports.ReportScheduleExistsError
	switch {
	case errors.As(err, &exists) && len(exists.Schedules) == 1 && exists.Schedules[0].ScheduleFrequency != "":
		p.tell(again, "an array of schedules", "an array of schedules")
	case errors.As(err, &exists):
		p.tell(again, "an array of schedules", fmt.Sprintf("an array of %d ids", len(exists.Schedules)))
	case err != nil:
		p.tell(again, "an array of schedules", "an error: "+err.Error())
	default:
		p.tell(again, "an array of schedules", "a new schedule")
	}
	yes := true
	raw := api.CreateReportScheduleRequest{
		ReportType: request.Type, ScheduleFrequency: request.Frequency, NextReportCreationTime: wire.NewTimestamp(request.NextCreation),
	}
	p.tell(query, "yes", p.replaces(&api.CreateReportScheduleParams{DeleteExistingSchedule: &yes}, raw))
	raw.DeleteExistingSchedule = true
	p.tell(body, "yes", p.replaces(&api.CreateReportScheduleParams{}, raw))

	// All schedules of the type are this probe's: there was none before.
	schedules, err := p.existing(request.Type)
	if err == nil && len(schedules) == 0 {
		err = errors.New("the schedule that was created isn't listed")
	}
	if err != nil {
		p.tell(answer, "", notFoundOut+err.Error())
		p.tell(gone, "", notFoundOut+err.Error())
		return
	}
	for _, schedule := range schedules[1:] {
		if err := p.Client.CancelReportSchedule(p.ctx, schedule.ReportScheduleID); err != nil {
			p.tell("Can schedule "+string(schedule.ReportScheduleID)+" be cancelled?", "yes", "no: cancel it by hand: "+err.Error())
		}
	}
	id := schedules[0].ReportScheduleID
	status, content, err := read(p.Generated.CancelReportSchedule(p.ctx, id))
	switch {
	case err != nil:
		p.tell(answer, "nothing", notFoundOut+err.Error())
	case status >= 300:
		p.tell(answer, "nothing", fmt.Sprintf("%sthe answer is %d; cancel schedule %s by hand", notFoundOut, status, id))
	case len(content) == 0:
		p.tell(answer, "nothing", "nothing")
	default:
		p.tell(answer, "nothing", fmt.Sprintf("%d bytes", len(content)))
	}
	if _, err := p.Client.GetReportScheduleByID(p.ctx, id); errors.Is(err, payreports.ErrNotFound) {
		p.tell(gone, "yes", "yes")
	} else {
		p.tell(gone, "yes", fmt.Sprintf("no: %v", err))
	}
}

// sharedKey asks for a report with the key of the schedule that was just created, as an official SDK's own test does.
func (p *prober) sharedKey(question, key string) {
	_, err := p.Client.CreateReport(p.ctx, payreports.CreateReportRequest{
		Type: payreports.ReportTypeRefund, Start: p.now.AddDate(0, 0, -2), End: p.now.AddDate(0, 0, -1),
	}, payreports.WithIdempotencyKey(key))
	var refused *payreports.Error
	switch {
	case err == nil:
		p.tell(question, "yes", "yes")
	case errors.As(err, &refused) && refused.ReasonCode == "DuplicateIdempotencyKey":
		p.tell(question, "yes", "no: "+refused.ReasonCode)
	default:
		p.tell(question, "yes", notFoundOut+err.Error())
	}
}

func (p *prober) existing(reportType payreports.ReportType) ([]payreports.ReportSchedule, error) {
	list, err := p.Client.GetReportSchedules(p.ctx, payreports.GetReportSchedulesOptions{Types: []payreports.ReportType{reportType}})
	if err != nil {
		return nil, err
	}
	return list.ReportSchedules, nil
}

// replaces tells whether the request creates a schedule although the type has one.
func (p *prober) replaces(params *api.CreateReportScheduleParams, request api.CreateReportScheduleRequest) string {
	status, content, err := read(p.Generated.CreateReportSchedule(p.ctx, params, request))
	if err != nil {
		return notFoundOut + err.Error()
	}
	var created payreports.CreateReportScheduleResponse
	switch {
	case status >= 300:
		return fmt.Sprintf("%sthe answer is %d", notFoundOut, status)
	case json.Unmarshal(content, &created) == nil && created.ReportScheduleID != "":
		return "yes"
	default:
		return "no"
	}
}

// read reads a whole answer.
func read(resp *http.Response, err error) (status int, body []byte, _ error) {
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, body, err
}
