package conformance_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// The simulator answers in the shape of each example: the same status, members and, of an error, reason code and message.
func TestSimulatorAnswersLikeTheExamples(t *testing.T) {
	t.Parallel()
	const (
		refundReport = `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","startTime":"20261001T000000Z","endTime":"20261101T000000Z"}`
		daily        = `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_ORDER_REFERENCE_DATA_","scheduleFrequency":"P1D","nextReportCreationTime":"20261118T150630Z"}`
		month        = "startTime=20261001T000000Z&endTime=20261101T000000Z"
	)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	get := func(target string) sampleRequest { return sampleRequest{Method: "GET", Target: target} }
	post := func(target, body string) sampleRequest {
		return sampleRequest{Method: "POST", Target: target, Body: body}
	}
	// ending makes a report that ends in a status and returns a request of it.
	ending := func(outcome payreports.ProcessingStatus, wait time.Duration) func(*testing.T, *simulator.Server) sampleRequest {
		return func(t *testing.T, sim *simulator.Server) sampleRequest {
			sim.SetOutcome(payreports.ReportTypeRefund, outcome)
			_, body := post("/v2/reports", refundReport).send(t, sim, "live")
			var created payreports.CreateReportResponse
			if err := json.Unmarshal(body, &created); err != nil {
				t.Fatal(err)
			}
			sim.Advance(wait)
			return get("/v2/reports/" + string(created.ReportID))
		}
	}
	asking := func(r sampleRequest) func(*testing.T, *simulator.Server) sampleRequest {
		return func(*testing.T, *simulator.Server) sampleRequest { return r }
	}
	after := func(first, then sampleRequest) func(*testing.T, *simulator.Server) sampleRequest {
		return func(t *testing.T, sim *simulator.Server) sampleRequest {
			first.send(t, sim, "live")
			return then
		}
	}
	injecting := func(fault simulator.Fault) func(*testing.T, *simulator.Server) sampleRequest {
		return func(_ *testing.T, sim *simulator.Server) sampleRequest {
			sim.Inject(fault, "getReports", 1)
			return get("/v2/reports")
		}
	}
	withKey := func(body string) sampleRequest {
		return sampleRequest{Method: "POST", Target: "/v2/reports", Body: body, Headers: map[string]string{"x-amz-pay-idempotency-key": "one"}}
	}
	tests := map[string]struct {
		status int
		ask    func(*testing.T, *simulator.Server) sampleRequest
	}{
		"ReportsLastPage":  {200, asking(get("/v2/reports?reportTypes=_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_&createdSince=20261119T120000Z"))},
		"ReportsPage":      {200, asking(get("/v2/reports?reportTypes=_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_&pageSize=1"))},
		"ReportsNone":      {200, asking(get("/v2/reports?processingStatuses=FAILED"))},
		"ReportCompleted":  {200, ending(payreports.ProcessingStatusCompleted, time.Minute)},
		"ReportInProgress": {200, ending("", 3*time.Second)},
		"ReportCancelled":  {200, ending(payreports.ProcessingStatusCancelled, time.Minute)},
		"ReportFailed":     {200, ending(payreports.ProcessingStatusFailed, time.Minute)},
		"ReportCreated":    {201, asking(post("/v2/reports", refundReport))},
		"ReportDocumentReady": {200, func(t *testing.T, sim *simulator.Server) sampleRequest {
			_, body := ending("", time.Minute)(t, sim).send(t, sim, "live")
			var report payreports.Report
			if err := json.Unmarshal(body, &report); err != nil {
				t.Fatal(err)
			}
			return get("/v2/report-documents/" + string(report.ReportDocumentID))
		}},
		"SchedulesOne":  {200, after(post("/v2/report-schedules", daily), get("/v2/report-schedules"))},
		"SchedulesNone": {200, asking(get("/v2/report-schedules"))},
		"ScheduleDaily": {200, func(t *testing.T, sim *simulator.Server) sampleRequest {
			_, body := post("/v2/report-schedules", daily).send(t, sim, "live")
			var created payreports.CreateReportScheduleResponse
			if err := json.Unmarshal(body, &created); err != nil {
				t.Fatal(err)
			}
			return get("/v2/report-schedules/" + string(created.ReportScheduleID))
		}},
		"ScheduleCreated":             {201, asking(post("/v2/report-schedules", daily))},
		"ScheduleExists":              {201, after(post("/v2/report-schedules", daily), post("/v2/report-schedules", daily))},
		"DisbursementsLastPage":       {200, asking(get("/v2/disbursements?startTime=20261019T120000Z&endTime=20261020T120000Z"))},
		"DisbursementsPage":           {200, asking(get("/v2/disbursements?pageSize=1&" + month))},
		"DisbursementsNone":           {200, asking(get("/v2/disbursements?startTime=20261120T120000Z&endTime=20261120T120000Z"))},
		"InvalidParameterValue":       {400, asking(get("/v2/reports?pageSize=0"))},
		"MissingParameterValue":       {400, asking(get("/v2/disbursements?startTime=20261019T120000Z"))},
		"InvalidParameterCombination": {400, asking(get("/v2/reports?nextToken=x&pageSize=1"))},
		"UnrecognizedField":           {400, asking(post("/v2/reports", strings.Replace(refundReport, "reportType", "reporttype", 1)))},
		"DuplicateIdempotencyKey":     {400, after(withKey(refundReport), withKey(strings.Replace(refundReport, "20261101", "20261102", 1)))},
		"DateInFuture":                {400, asking(sampleRequest{Method: "GET", Target: "/v2/reports", Headers: map[string]string{"x-amz-pay-date": "20990101T000000Z"}})},
		"SignatureMismatch": {403, func(*testing.T, *simulator.Server) sampleRequest {
			return authorized("AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=LIVE-SIMULATOR, SignedHeaders=x-amz-pay-date, Signature=RVhBTVBMRQ==")
		}},
		"UnknownPublicKeyId": {403, func(*testing.T, *simulator.Server) sampleRequest {
			return authorized("AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=LIVE-OTHER, SignedHeaders=x-amz-pay-date, Signature=RVhBTVBMRQ==")
		}},
		"ReportNotFound": {404, asking(get("/v2/reports/A08439021T39K6DTX4JS8"))},
		"Throttled":      {429, injecting(simulator.FaultThrottle)},
	}
	// The simulated account is always active and has no solution provider, and its 500 is a gateway's page.
	never := []string{"ExpiredToken", "InactiveAccount", "UnexpectedCondition"}
	examples := loadSpec(t).Components.Examples
	for name, example := range examples {
		test, ok := tests[name]
		if !ok {
			if !slices.Contains(never, name) {
				t.Errorf("example %s: add a request that makes the simulator return it", name)
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.StartInMemory(t, simulator.Config{Start: now})
			status, body := test.ask(t, sim).send(t, sim, "live")
			var answer any
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if diff := cmp.Diff(shape(example.Value.Value), shape(answer)); diff != "" || status != test.status {
				t.Errorf("%d %s, want %d and (-example +response):\n%s", status, body, test.status, diff)
			}
		})
	}
	for name := range tests {
		if examples[name] == nil {
			t.Errorf("openapi.yaml has no example %s", name)
		}
	}
}

func authorized(authorization string) sampleRequest {
	return sampleRequest{Method: "GET", Target: "/v2/reports", Headers: map[string]string{"authorization": authorization, "x-amz-pay-date": "20261120T120000Z"}}
}

// shape is what two answers of the same kind have in common: their members, and the values that name a kind.
func shape(value any) any {
	switch value := value.(type) {
	case map[string]any:
		members := make(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			members[name] = shape(value[name])
			if name == "reasonCode" || name == "processingStatus" {
				members[name] = value[name]
			}
		}
		return members
	case []any:
		if len(value) == 0 {
			return "an empty list"
		}
		return []any{shape(value[0])}
	default:
		return "a value"
	}
}

// The client tells every error example by its kind, also those that the simulator never answers.
func TestClientKnowsTheErrorExamples(t *testing.T) {
	t.Parallel()
	doc := loadSpec(t)
	for response, want := range map[string]struct {
		status int
		is     error
	}{
		"BadRequest":          {400, nil},
		"Forbidden":           {403, payreports.ErrForbidden},
		"NotFound":            {404, payreports.ErrNotFound},
		"TooManyRequests":     {429, payreports.ErrThrottled},
		"InternalServerError": {500, nil},
	} {
		for name, example := range doc.Components.Responses[response].Value.Content["application/json"].Examples {
			t.Run(response+"/"+name, func(t *testing.T) {
				t.Parallel()
				sim := simulator.StartInMemory(t)
				client := sim.Client(payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1}), payreports.WithHTTPClient(&http.Client{
					Transport: answering(func(req *http.Request) (*http.Response, error) {
						body := io.NopCloser(strings.NewReader(encode(example.Value.Value)))
						return &http.Response{StatusCode: want.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Request: req}, nil
					}),
				}))
				_, err := client.GetReports(t.Context(), payreports.GetReportsOptions{})
				var refused *payreports.Error
				if !errors.As(err, &refused) {
					t.Fatalf("error %v, want a *payreports.Error", err)
				}
				members := example.Value.Value.(map[string]any)
				if refused.StatusCode != want.status || refused.ReasonCode != members["reasonCode"] || want.is != nil && !errors.Is(err, want.is) && !errors.Is(err, payreports.ErrSignature) {
					t.Errorf("error %v (%d, %s), want %d, %v and %v", err, refused.StatusCode, refused.ReasonCode, want.status, members["reasonCode"], want.is)
				}
			})
		}
	}
}
