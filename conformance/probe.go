package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
)

// Answer is what a probe of the service found out about a question that the documentation leaves open.
type Answer struct {
	// Question is what the documentation leaves open.
	Question string
	// Expected is what the spec and the simulator take for granted.
	Expected string
	// Found is what the service did, or why it could not be found out.
	Found string
	// Differs says that Found is not Expected.
	Differs bool
}

func (a Answer) String() string {
	mark := "as expected"
	if a.Differs {
		mark = "DIFFERS"
	}
	return fmt.Sprintf("%s\n  expected: %s\n  found:    %s (%s)", a.Question, a.Expected, a.Found, mark)
}

const notFoundOut = "could not be found out: "

// Probe asks a service the questions that the documentation leaves open, with calls that are safe in the sandbox: reports of the sandbox settlement type,
// and a schedule of refund reports far in the future, which it creates and cancels if the environment takes it. It never touches a schedule that was there
// before. The client's exchanges should go through a [Validator], which finds what differs from the spec itself.
func Probe(ctx context.Context, client *payreports.Client, environment regions.Environment, now time.Time) []Answer {
	p := &prober{ctx: ctx, client: client, now: now}
	p.order()
	p.emptyReport(environment)
	p.disbursements()
	p.schedules()
	return p.answers
}

type prober struct {
	ctx     context.Context //nolint:containedctx // a prober is one call of Probe
	client  *payreports.Client
	now     time.Time
	answers []Answer
}

func (p *prober) tell(question, expected, found string) {
	p.answers = append(p.answers, Answer{question, expected, found, found != expected && !strings.HasPrefix(found, notFoundOut)})
}

func (p *prober) order() {
	const question, expected = "In which order does getReports list?", "newest first"
	var created []time.Time
	for report, err := range p.client.Reports(p.ctx, payreports.GetReportsOptions{}) {
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

func (p *prober) emptyReport(environment regions.Environment) {
	const question, expected = "How does a report of a range without data, in the future, end?", string(payreports.ProcessingStatusCancelled)
	reportType := payreports.ReportTypeRefund
	if environment == regions.Sandbox {
		reportType = payreports.ReportTypeSandboxSettlement
	}
	start := p.now.AddDate(1, 0, 0)
	created, err := p.client.CreateReport(p.ctx, payreports.CreateReportRequest{Type: reportType, Start: start, End: start.Add(time.Hour)})
	if err != nil {
		p.tell(question, expected, notFoundOut+err.Error())
		return
	}
	report, err := p.client.WaitForReport(p.ctx, created.ReportID)
	if report == nil {
		p.tell(question, expected, notFoundOut+err.Error())
		return
	}
	p.tell(question, expected, string(report.ProcessingStatus))
}

func (p *prober) disbursements() {
	const question, expected = "Does getDisbursements take nextToken alone?", "yes"
	options := payreports.GetDisbursementsOptions{Start: p.now.AddDate(0, 0, -80), End: p.now, PageSize: 1}
	page, err := p.client.GetDisbursements(p.ctx, options)
	switch {
	case err != nil:
		p.tell(question, expected, notFoundOut+err.Error())
	case page.NextToken == "":
		p.tell(question, expected, notFoundOut+fmt.Sprintf("there is no second page after %d disbursements", len(page.Disbursements)))
	default:
		if _, err := p.client.GetDisbursements(p.ctx, payreports.GetDisbursementsOptions{NextToken: page.NextToken}); err != nil {
			p.tell(question, expected, "no: "+err.Error())
			return
		}
		p.tell(question, expected, "yes")
	}
}

func (p *prober) schedules() {
	const (
		again   = "What does createReportSchedule answer when the type has a schedule?"
		replace = "Does deleteExistingSchedule, in query and body, replace a schedule?"
		cancel  = "Is a cancelled schedule gone?"
	)
	request := payreports.CreateReportScheduleRequest{
		Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEvery30Days, NextCreation: p.now.AddDate(1, 0, 0),
	}
	list, err := p.client.GetReportSchedules(p.ctx, payreports.GetReportSchedulesOptions{Types: []payreports.ReportType{request.Type}})
	if err == nil && len(list.ReportSchedules) > 0 {
		err = errors.New("there is a schedule of refund reports already, which is left alone")
	}
	var created *payreports.CreateReportScheduleResponse
	if err == nil {
		created, err = p.client.CreateReportSchedule(p.ctx, request)
	}
	if err != nil {
		for _, question := range []string{again, replace, cancel} {
			p.tell(question, "", notFoundOut+err.Error())
		}
		return
	}
	id := created.ReportScheduleID
	_, err = p.client.CreateReportSchedule(p.ctx, request)
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
	request.ReplaceExisting = true
	if replaced, err := p.client.CreateReportSchedule(p.ctx, request); err != nil {
		p.tell(replace, "yes", "no: "+err.Error())
	} else {
		id = replaced.ReportScheduleID
		p.tell(replace, "yes", "yes")
	}
	if err := p.client.CancelReportSchedule(p.ctx, id); err != nil {
		p.tell(cancel, "yes", "it can't be cancelled: "+err.Error())
		return
	}
	if _, err := p.client.GetReportScheduleByID(p.ctx, id); errors.Is(err, payreports.ErrNotFound) {
		p.tell(cancel, "yes", "yes")
	} else {
		p.tell(cancel, "yes", fmt.Sprintf("no: %v", err))
	}
}
