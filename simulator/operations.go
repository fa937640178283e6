package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/api/wire"
	"github.com/amazonpay-go/payreports/regions"
)

// operations implements the generated server interface for one request of an account. The request's signature has been verified, and it has been
// validated against openapi.yaml. The methods check the rules that a schema can't express.
type operations struct {
	sim     *Simulator
	account *account
	now     time.Time // of the simulator's clock
	wall    time.Time
}

var _ api.ServerInterface = (*operations)(nil)

const defaultPageSize = 10

// mostDisbursements is the maximum page size. The documentation doesn't mention one.
const mostDisbursements = 1000

func (o *operations) GetReports(w http.ResponseWriter, r *http.Request, params api.GetReportsParams) {
	l := listing{Kind: "reports", Since: o.now.Add(-retention), Until: o.now, PageSize: defaultPageSize}
	if params.NextToken != nil {
		if len(r.URL.Query()) > 1 {
			refuse(http.StatusBadRequest, "InvalidParameterCombination", "[nextToken] must be the only parameter.").write(w)
			return
		}
		var refused *refusal
		if l, refused = parseToken(*params.NextToken, "reports", o.wall); refused != nil {
			refused.write(w)
			return
		}
	}
	if params.ReportTypes != nil {
		l.Types = *params.ReportTypes
	}
	if params.ProcessingStatuses != nil {
		l.Statuses = *params.ProcessingStatuses
	}
	if params.CreatedSince != nil {
		l.Since = params.CreatedSince.Time()
	}
	if params.CreatedUntil != nil {
		l.Until = params.CreatedUntil.Time().Add(time.Second - 1) // the whole second
	}
	if params.PageSize != nil {
		l.PageSize = *params.PageSize
	}
	if params.CreatedSince != nil && params.CreatedUntil != nil && l.Until.Before(l.Since) {
		invalidValue("createdUntil", "it is before [createdSince].").write(w)
		return
	}
	page, more := o.account.page(l, o.now, o.sim.deviates(DeviationOldestFirst))
	answer := api.GetReportsResponse{Reports: make([]api.Report, len(page))}
	for i, report := range page {
		answer.Reports[i] = report.view(o.now)
	}
	if more {
		last := page[len(page)-1]
		l.After, l.AfterID = last.created, last.id
		answer.NextToken = l.token(o.wall)
	}
	writeJSON(w, http.StatusOK, answer)
}

func (a *account) newScheduleID() api.ReportScheduleID {
	a.sequence++
	return api.ReportScheduleID(strconv.FormatUint(60_000_000_000+a.sequence, 10))
}

func (o *operations) GetReportByID(w http.ResponseWriter, _ *http.Request, id api.ReportID) {
	report := o.account.byID[id]
	if report == nil {
		notFound("report").write(w)
		return
	}
	writeJSON(w, http.StatusOK, report.view(o.now))
}

func (o *operations) CreateReport(w http.ResponseWriter, r *http.Request, _ api.CreateReportParams) {
	var request api.CreateReportRequest
	if !o.decode(w, r, &request) {
		return
	}
	switch {
	case request.ReportType == api.ReportTypeSettlement:
		invalidValue("reportType", "settlement reports are created with each settlement and can't be requested.").write(w)
		return
	case request.ReportType == api.ReportTypeCapture:
		invalidValue("reportType", "this report is currently not available.").write(w)
		return
	case o.account.environment == regions.Sandbox && request.ReportType != api.ReportTypeSandboxSettlement:
		invalidValue("reportType", "the sandbox has only the sandbox settlement report.").write(w)
		return
	case request.EndTime.Time().Before(request.StartTime.Time()):
		invalidValue("endTime", "it is before [startTime].").write(w)
		return
	}
	report := o.account.request(request.ReportType, request.StartTime.Time(), request.EndTime.Time(), o.now)
	writeJSON(w, http.StatusCreated, api.CreateReportResponse{ReportID: report.id})
}

// decode reads the whole body. The validation against openapi.yaml checks only the first JSON value.
func (o *operations) decode(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		refuse(http.StatusBadRequest, "InvalidRequestFormat", "The request's body can't be read as JSON.").write(w)
		return false
	}
	return true
}

func (o *operations) GetReportDocument(w http.ResponseWriter, r *http.Request, id api.ReportDocumentID) {
	report := o.account.byDocument[id]
	if report == nil || report.statusAt(o.now) != api.ProcessingStatusCompleted {
		notFound("report document").write(w)
		return
	}
	writeJSON(w, http.StatusOK, api.ReportDocument{
		ReportDocumentID:     id,
		URL:                  wire.NewDocumentURL(o.sim.presign(r, o.account.scope, id, time.Now())),
		CompressionAlgorithm: "N/A",
	})
}

func (o *operations) GetReportSchedules(w http.ResponseWriter, _ *http.Request, params api.GetReportSchedulesParams) {
	answer := api.GetReportSchedulesResponse{ReportSchedules: []api.ReportSchedule{}}
	for _, schedule := range o.account.schedules {
		if params.ReportTypes == nil || slices.Contains(*params.ReportTypes, schedule.ReportType) {
			answer.ReportSchedules = append(answer.ReportSchedules, *schedule)
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

func (o *operations) scheduleIndex(id api.ReportScheduleID) int {
	return slices.IndexFunc(o.account.schedules, func(s *api.ReportSchedule) bool { return s.ReportScheduleID == id })
}

func (o *operations) GetReportScheduleByID(w http.ResponseWriter, _ *http.Request, id api.ReportScheduleID) {
	i := o.scheduleIndex(id)
	if i < 0 {
		notFound("report schedule").write(w)
		return
	}
	writeJSON(w, http.StatusOK, o.account.schedules[i])
}

func (o *operations) CreateReportSchedule(w http.ResponseWriter, r *http.Request, params api.CreateReportScheduleParams) {
	var request api.CreateReportScheduleRequest
	if !o.decode(w, r, &request) {
		return
	}
	switch {
	case o.account.environment == regions.Sandbox:
		invalidValue("reportType", "the sandbox has only the sandbox settlement report, which can't be scheduled.").write(w)
		return
	case request.ReportType == api.ReportTypeSettlement || request.ReportType == api.ReportTypeSandboxSettlement:
		invalidValue("reportType", "reports of this type can't be scheduled.").write(w)
		return
	case request.ReportType == api.ReportTypeCapture:
		invalidValue("reportType", "this report is currently not available.").write(w)
		return
	}
	replace := request.DeleteExistingSchedule && !o.sim.deviates(DeviationDeleteInQueryOnly)
	if params.DeleteExistingSchedule != nil && !o.sim.deviates(DeviationDeleteInBodyOnly) {
		replace = replace || *params.DeleteExistingSchedule
	}
	interval, known := frequencies[request.ScheduleFrequency]
	if !known {
		invalidValue("scheduleFrequency", "the simulator doesn't know this interval.").write(w)
		return
	}
	existing := slices.IndexFunc(o.account.schedules, func(s *api.ReportSchedule) bool { return s.ReportType == request.ReportType })
	if existing >= 0 && !replace {
		schedule := *o.account.schedules[existing]
		if o.sim.deviates(DeviationExistingSchedulesAsIDs) {
			writeJSON(w, http.StatusCreated, []api.ReportScheduleID{schedule.ReportScheduleID})
			return
		}
		writeJSON(w, http.StatusCreated, []api.ReportSchedule{schedule})
		return
	}
	if existing >= 0 {
		o.account.schedules = slices.Delete(o.account.schedules, existing, existing+1)
	}
	// A first report in the past isn't created. The schedule starts with the next one.
	next := firstAfter(o.now, request.NextReportCreationTime.Time(), interval)
	schedule := &api.ReportSchedule{
		ReportScheduleID:       o.account.newScheduleID(),
		ReportType:             request.ReportType,
		ScheduleFrequency:      request.ScheduleFrequency,
		NextReportCreationTime: wire.NewTimestamp(next),
	}
	o.account.schedules = append(o.account.schedules, schedule)
	writeJSON(w, http.StatusCreated, api.CreateReportScheduleResponse{ReportScheduleID: schedule.ReportScheduleID})
}

func (o *operations) CancelReportSchedule(w http.ResponseWriter, _ *http.Request, id api.ReportScheduleID) {
	i := o.scheduleIndex(id)
	if i < 0 {
		notFound("report schedule").write(w)
		return
	}
	o.account.schedules = slices.Delete(o.account.schedules, i, i+1)
	if o.sim.deviates(DeviationCancelBody) {
		writeJSON(w, http.StatusOK, struct{}{})
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (o *operations) GetDisbursements(w http.ResponseWriter, r *http.Request, params api.GetDisbursementsParams) {
	var l listing
	switch {
	case params.NextToken != nil && len(r.URL.Query()) > 1:
		refuse(http.StatusBadRequest, "InvalidParameterCombination", "[nextToken] must be the only parameter.").write(w)
		return
	case params.NextToken != nil:
		var refused *refusal
		if l, refused = parseToken(*params.NextToken, "disbursements", o.wall); refused != nil {
			refused.write(w)
			return
		}
	case params.StartTime == nil:
		missingValue("startTime").write(w)
		return
	case params.EndTime == nil:
		missingValue("endTime").write(w)
		return
	case params.EndTime.Time().Before(params.StartTime.Time()):
		invalidValue("endTime", "it is before [startTime].").write(w)
		return
	default:
		l = listing{Kind: "disbursements", Since: params.StartTime.Time(), Until: params.EndTime.Time(), PageSize: defaultPageSize}
		if params.PageSize != nil {
			l.PageSize = min(*params.PageSize, mostDisbursements)
		}
	}
	answer := api.GetDisbursementsResponse{Disbursements: []api.Disbursement{}}
	if o.account.environment == regions.Sandbox {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	from := l.Since
	if !l.After.IsZero() {
		from = l.After.Add(time.Second)
	}
	until := l.Until
	if until.After(o.now) {
		until = o.now
	}
	for s := range o.account.merchant.Settlements(from, until) {
		if s.Disbursed().After(o.now) {
			break
		}
		if len(answer.Disbursements) == l.PageSize {
			answer.NextToken = l.token(o.wall)
			break
		}
		l.After = s.End
		amount, err := decimal.New(o.account.merchant.TransferAmount(s), o.account.merchant.MinorDigits())
		if err != nil {
			panic(err) // a sum of int64 always fits
		}
		answer.Disbursements = append(answer.Disbursements, api.Disbursement{
			SellerID: o.account.merchant.SellerID(), SettlementID: s.ID, AmazonDisbursementReferenceID: s.DisbursementReference(),
			Amount: amount, CurrencyCode: o.account.merchant.Currency(), TransactionTime: wire.NewDateTime(s.Disbursed()),
		})
	}
	writeJSON(w, http.StatusOK, answer)
}
