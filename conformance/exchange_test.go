package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/simulator"
)

const kinOpenAPI = "github.com/getkin/kin-openapi"

// Client and simulator are generated from one spec, so a misreading of it would not show between them: here both are seen from outside.
func TestExchangesOfClientAndSimulator(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "requests and responses of client and simulator are those of openapi.yaml", "kin-openapi", compared.VersionOfModule(t, "..", kinOpenAPI))
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		validator, err := newValidator(sim.RoundTripper(), "/v2")
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		client := sim.Client(payreports.WithHTTPClient(&http.Client{Transport: validator}))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now()
		created, err := client.CreateReport(ctx, payreports.CreateReportRequest{Type: payreports.ReportTypeRefund, Start: now.AddDate(0, 0, -9), End: now})
		must(err)
		report, err := client.WaitForReport(ctx, created.ReportID)
		must(err)
		_, err = client.GetReportDocument(ctx, report.ReportDocumentID)
		must(err)
		_, err = client.DownloadReport(ctx, report.ReportID, io.Discard)
		must(err)
		listed := 0
		for _, err := range client.AllReports(ctx, payreports.GetReportsOptions{
			Types: payreports.ReportTypes(), Statuses: payreports.ProcessingStatuses(), Since: now.AddDate(0, 0, -30), Until: now.Add(time.Hour), PageSize: 7,
		}) {
			must(err)
			listed++
		}
		if listed < 28 {
			t.Errorf("%d reports in 30 days, want one settlement a day", listed)
		}
		request := payreports.CreateReportScheduleRequest{
			Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEveryDay, NextCreation: now.Add(time.Hour),
		}
		_, err = client.CreateReportSchedule(ctx, request)
		must(err)
		var exists *payreports.ReportScheduleExistsError
		if _, err := client.CreateReportSchedule(ctx, request); !errors.As(err, &exists) || len(exists.Schedules) != 1 {
			t.Errorf("error %v, want a *ReportScheduleExistsError with the schedule", err)
		}
		request.ReplaceExisting = true
		schedule, err := client.CreateReportSchedule(ctx, request)
		must(err)
		_, err = client.GetReportSchedules(ctx, payreports.GetReportSchedulesOptions{Types: []payreports.ReportType{payreports.ReportTypeRefund}})
		must(err)
		_, err = client.GetReportScheduleByID(ctx, schedule.ReportScheduleID)
		must(err)
		must(client.CancelReportSchedule(ctx, schedule.ReportScheduleID))
		disbursed := 0
		for _, err := range client.AllDisbursements(ctx, payreports.GetDisbursementsOptions{Since: now.AddDate(0, 0, -30), Until: now, PageSize: 4}) {
			must(err)
			disbursed++
		}
		if disbursed < 28 {
			t.Errorf("%d disbursements in 30 days, want one a day", disbursed)
		}
		// Refusals are answers of the spec too.
		if _, err := client.GetReportByID(ctx, "no-such-report"); !errors.Is(err, payreports.ErrNotFound) {
			t.Errorf("error %v, want ErrNotFound", err)
		}
		if _, err := client.GetReports(ctx, payreports.GetReportsOptions{NextToken: "no token"}); err == nil {
			t.Error("no error for a bad token")
		}
		for _, finding := range validator.Findings() {
			t.Error(finding)
		}
		for id, operation := range operations(t) {
			compares.Count(validator.Operations()[id], "exchanges")
			if validator.Operations()[id] == 0 {
				t.Errorf("%s was never called: call it in this test", id)
			}
			var names []string
			for _, parameter := range operation.Parameters {
				if parameter.Value.In == "query" {
					names = append(names, parameter.Value.Name)
				}
			}
			if operation.RequestBody != nil {
				names = slices.AppendSeq(names, maps.Keys(operation.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties))
			}
			for _, name := range names {
				if !validator.sent[id+" "+name] {
					t.Errorf("%s: %s was never sent: give the client's method a way to send it, and send it in this test", id, name)
				}
			}
		}
	})
}

type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A validator that finds nothing proves nothing: each of these exchanges is broken in one place.
func TestValidatorFinds(t *testing.T) {
	t.Parallel()
	const goodReport = `{"reportId":"A1","reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","processingStatus":"COMPLETED"}`
	tests := map[string]struct {
		method, target, body string
		without, idempotency string
		status               int
		contentType, answer  string
		want                 string // "" for a good exchange
	}{
		"a good exchange":          {target: "/v2/reports/A1", answer: goodReport},
		"undeclared parameter":     {target: "/v2/reports/A1?x=1", answer: goodReport, want: `request: query parameter "x" is not declared`},
		"parameter twice":          {target: "/v2/reports?pageSize=1&pageSize=2", answer: `{"reports":[]}`, want: "2 times"},
		"page size":                {target: "/v2/reports?pageSize=101", answer: `{"reports":[]}`, want: `parameter "pageSize"`},
		"unknown report type":      {target: "/v2/reports?reportTypes=X", answer: `{"reports":[]}`, want: `parameter "reportTypes"`},
		"time in another form":     {target: "/v2/reports?createdSince=2022-01-01", answer: `{"reports":[]}`, want: "request:"},
		"page size is no number":   {target: "/v2/reports?pageSize=S3CRET", answer: `{"reports":[]}`, want: `parameter "pageSize": an invalid integer`},
		"page size with a plus":    {target: "/v2/reports?pageSize=%2B7", answer: `{"reports":[]}`, want: `parameter "pageSize" is not written`},
		"empty parameter":          {target: "/v2/reports?nextToken=&pageSize=7", answer: `{"reports":[]}`},
		"list by repeating":        {target: "/v2/reports?processingStatuses=FAILED&processingStatuses=COMPLETED", answer: `{"reports":[]}`, want: `parameter "processingStatuses" is given 2 times`},
		"unknown empty parameter":  {target: "/v2/reports?x=", answer: `{"reports":[]}`, want: `"x" is not declared`},
		"no region":                {target: "/v2/reports/A1", without: "x-amz-pay-region", answer: goodReport, want: "x-amz-pay-region is missing"},
		"query can't be read":      {target: "/v2/reports?pageSize=1;S3CRET", answer: `{"reports":[]}`, want: "the query can't be read"},
		"request isn't JSON":       {method: "POST", target: "/v2/reports", body: `{"S3CRET`, status: 201, answer: `{"reportId":"1"}`, want: "request: body: it can't be parsed"},
		"no request body":          {method: "POST", target: "/v2/reports", status: 201, answer: `{"reportId":"1"}`, want: "request: "},
		"empty answer":             {target: "/v2/reports/A1", want: "response: status 200: body: it is empty"},
		"answer of another shape":  {target: "/v2/reports", answer: `["S3CRET"]`, want: "value must be an object"},
		"time of an answer":        {target: "/v2/report-schedules/1", answer: `{"reportScheduleId":"1","reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","scheduleFrequency":"P1D","nextReportCreationTime":"S3CRET"}`, want: "/nextReportCreationTime: not a time in the form"},
		"day that isn't":           {target: "/v2/disbursements?startTime=20220230T000000Z", answer: `{"disbursements":[]}`, want: `parameter "startTime"`},
		"a body where none is":     {target: "/v2/reports/A1", body: "{}", answer: goodReport, want: "request: there is a body"},
		"unsigned":                 {target: "/v2/reports/A1", without: "Authorization", answer: goodReport, want: "authorization is missing"},
		"unknown operation":        {target: "/v2/payments", answer: "{}", want: "no operation"},
		"closed request body":      {method: "POST", target: "/v2/reports", body: `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","startTime":"20220804T000000Z","endTime":"20220804T235959Z","x":1}`, status: 201, answer: `{"reportId":"1"}`, want: "/x: property"},
		"a good POST":              {method: "POST", target: "/v2/reports", body: `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","startTime":"20220804T000000Z","endTime":"20220804T235959Z"}`, status: 201, answer: `{"reportId":"1"}`},
		"idempotency key":          {method: "POST", idempotency: strings.Repeat("k", 33), target: "/v2/reports", body: `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","startTime":"20220804T000000Z","endTime":"20220804T235959Z"}`, status: 201, answer: `{"reportId":"1"}`, want: `parameter "x-amz-pay-idempotency-key"`},
		"unknown answer member":    {target: "/v2/reports/A1", answer: strings.Replace(goodReport, "{", `{"y":1,`, 1), want: "/y: property"},
		"unknown status value":     {target: "/v2/reports/A1", answer: strings.Replace(goodReport, "COMPLETED", "DONE", 1), want: "/processingStatus"},
		"undeclared status":        {target: "/v2/reports/A1", status: 418, answer: goodReport, want: "status 418"},
		"answer isn't JSON":        {target: "/v2/reports/A1", answer: "<html>", want: "not JSON"},
		"other content type":       {target: "/v2/reports/A1", contentType: "text/plain", answer: goodReport, want: "response:"},
		"body of a cancel":         {method: "DELETE", target: "/v2/report-schedules/1", answer: "{}", want: "response: there is a body"},
		"request id":               {target: "/v2/reports/A1", without: "X-Amz-Pay-Request-Id", answer: goodReport, want: "x-amz-pay-request-id is missing"},
		"another path is let pass": {target: "/other", answer: "anything"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			validator, err := newValidator(answering(func(req *http.Request) (*http.Response, error) {
				header := http.Header{"Content-Type": {"application/json"}, "X-Amz-Pay-Request-Id": {"1"}}
				if test.contentType != "" {
					header.Set("Content-Type", test.contentType)
				}
				header.Del(test.without)
				status := test.status
				if status == 0 {
					status = 200
				}
				return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(test.answer)), Request: req}, nil
			}), "/v2")
			if err != nil {
				t.Fatal(err)
			}
			method := test.method
			if method == "" {
				method = http.MethodGet
			}
			req, err := http.NewRequestWithContext(t.Context(), method, "https://pay-api.amazon.eu"+test.target, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "x")
			req.Header.Set("x-amz-pay-date", "20220804T000000Z")
			req.Header.Set("x-amz-pay-host", "pay-api.amazon.eu")
			req.Header.Set("x-amz-pay-region", "eu")
			req.Header.Set("Content-Type", "application/json")
			if test.idempotency != "" {
				req.Header.Set("x-amz-pay-idempotency-key", test.idempotency)
			}
			req.Header.Del(test.without)
			resp, err := validator.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if body, _ := io.ReadAll(resp.Body); string(body) != test.answer {
				t.Errorf("the answer was changed to %q", body)
			}
			findings := validator.Findings()
			switch {
			case test.want == "" && len(findings) > 0:
				t.Errorf("findings %v in a good exchange", findings)
			case test.want != "" && (len(findings) != 1 || !strings.Contains(findings[0].String(), test.want)):
				t.Errorf("findings %v, want one with %q", findings, test.want)
			}
			if text := fmt.Sprint(findings); strings.Contains(text, "S3CRET") {
				t.Errorf("findings quote what was exchanged: %s", text)
			}
		})
	}
}

// A RoundTripper may read a request's body and nothing more, and what it hands on must be what was sent.
func TestValidatorHandsExchangesOnUnchanged(t *testing.T) {
	t.Parallel()
	const sent = `{"reportType":"x"}`
	cut := errors.New("the connection was cut")
	var got *http.Request
	var received string
	validator, err := newValidator(answering(func(req *http.Request) (*http.Response, error) {
		got = req
		if req.Body != nil {
			content, _ := io.ReadAll(req.Body)
			received = string(content)
		}
		if req.Method == http.MethodDelete {
			return nil, cut
		}
		body := io.MultiReader(strings.NewReader(`{"reportId`), iotest.ErrReader(cut))
		return &http.Response{StatusCode: 201, Header: http.Header{}, Body: io.NopCloser(body), Request: req}, nil
	}), "/v2")
	if err != nil {
		t.Fatal(err)
	}
	body := io.NopCloser(strings.NewReader(sent))
	req := httptest.NewRequest(http.MethodPost, "https://pay-api.amazon.eu/v2/reports?b=2&a=1", body)
	req.Header.Set("x-amz-pay-date", "20220804T000000Z")
	resp, err := validator.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if received != sent || got.URL.RawQuery != "b=2&a=1" || got.ContentLength != req.ContentLength || got.Header.Get("x-amz-pay-date") == "" {
		t.Errorf("%s %s with %q was handed on, want what was sent", got.Method, got.URL, received)
	}
	if req.Body != body || resp.Request != req {
		t.Error("the caller's request was changed")
	}
	if content, err := io.ReadAll(resp.Body); string(content) != `{"reportId` || !errors.Is(err, cut) {
		t.Errorf("the answer is read as %q, %v, want what came and its error", content, err)
	}
	without, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "https://pay-api.amazon.eu/v2/report-schedules/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := validator.RoundTrip(without); !errors.Is(err, cut) {
		t.Errorf("error %v, want that of the transport", err)
	}
	if got.Body != nil {
		t.Error("a request without a body was handed on with one")
	}
}
