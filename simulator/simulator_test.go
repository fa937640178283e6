package simulator_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/internal/fipstest"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

// raw is a request that may break the rules.
type raw struct {
	method, target, body string
	header               map[string]string   // set before signing
	after                func(*http.Request) // changes the signed request
	live                 bool
}

const liveID, sandboxID = "LIVE-SIMULATOR", "SANDBOX-SIMULATOR"

// send signs the request, lets after change it, and returns status, header and body.
func send(t testing.TB, sim *simulator.Server, r raw) (int, http.Header, []byte) {
	t.Helper()
	signer := sim.SandboxSigner
	if r.live {
		signer = sim.Signer
	}
	method := r.method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequest(method, sim.URL+r.target, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if err := signer.SignRequest(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	if r.after != nil {
		r.after(req)
	}
	resp, err := sim.RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

const (
	refund      = "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_"
	goodReport  = `{"reportType":"` + refund + `","startTime":"20220804T000000Z","endTime":"20220804T235959Z"}`
	goodSandbox = `{"reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SANDBOX_SETTLEMENT_DATA_","startTime":"20220804T000000Z","endTime":"20220804T235959Z"}`
	goodDaily   = `{"reportType":"` + refund + `","scheduleFrequency":"P1D","nextReportCreationTime":"20220806T235959Z"}`
)

// Each documented rule that a client can break, and the simulator's response.
func TestRules(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = []string{value} }
	}
	tests := map[string]struct {
		raw
		status int
		reason string
		names  string // what the message must contain
	}{
		"signature: another request was signed": {raw{target: "/v2/reports", after: func(r *http.Request) { r.URL.RawQuery = "pageSize=5" }}, 403, "InvalidRequestSignature", "signing String [AMZN-PAY-RSASSA-PSS-V2\n"},
		"signature: none":                       {raw{target: "/v2/reports", after: func(r *http.Request) { r.Header.Del("Authorization") }}, 400, "MissingHeader", "[authorization]"},
		"signature: malformed":                  {raw{target: "/v2/reports", after: set("Authorization", "Bearer x")}, 400, "InvalidHeaderValue", "[authorization]"},
		"signature: unknown key": {raw{target: "/v2/reports", after: func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), sandboxID, "SANDBOX-X", 1))
		}}, 403, "InvalidAuthentication", "public key id"},
		"signature: a signed header is gone": {raw{target: "/v2/reports", after: func(r *http.Request) { r.Header.Del("Accept") }}, 400, "MissingHeader", `"accept"`},
		"date: empty":                        {raw{target: "/v2/reports", after: set("X-Amz-Pay-Date", "")}, 400, "MissingHeaderValue", "[x-amz-pay-date]"},
		"date: unreadable":                   {raw{target: "/v2/reports", after: set("X-Amz-Pay-Date", "now")}, 400, "InvalidHeaderValue", "[x-amz-pay-date]"},
		"region: another":                    {raw{target: "/v2/reports", header: map[string]string{"x-amz-pay-region": "eu"}}, 400, "InvalidHeaderValue", "it is eu, and this is the API of na"},
		"region: unknown":                    {raw{target: "/v2/reports", header: map[string]string{"x-amz-pay-region": "us"}}, 400, "InvalidHeaderValue", "[x-amz-pay-region]"},
		"environment: a sandbox key on live": {raw{target: "/live/v2/reports"}, 403, "InvalidAuthentication", "sandbox"},
		"header without value":               {raw{target: "/v2/reports", header: map[string]string{"x-amz-pay-authtoken": " "}}, 400, "MissingHeaderValue", "[x-amz-pay-authtoken]"},

		"path: unknown":            {raw{target: "/v2/payments"}, 404, "ResourceNotFound", "resource"},
		"path: no version":         {raw{target: "/reports"}, 404, "ResourceNotFound", "/v2"},
		"path: root":               {raw{target: "/"}, 404, "ResourceNotFound", "/v2"},
		"path: two ids":            {raw{target: "/v2/reports/a/b"}, 404, "ResourceNotFound", "resource"},
		"path: encoded slashes":    {raw{target: "/v2/reports/a%2Fb"}, 404, "ResourceNotFound", "report"},
		"method: PUT":              {raw{method: "PUT", target: "/v2/reports"}, 405, "UnsupportedOperation", "PUT"},
		"method: POST on an id":    {raw{method: "POST", target: "/v2/reports/A1"}, 405, "UnsupportedOperation", "POST"},
		"id: unknown report":       {raw{target: "/v2/reports/A1"}, 404, "ResourceNotFound", "report"},
		"id: unknown document":     {raw{target: "/v2/report-documents/A1"}, 404, "ResourceNotFound", "report document"},
		"id: unknown schedule":     {raw{target: "/v2/report-schedules/1"}, 404, "ResourceNotFound", "report schedule"},
		"id: cancelling unknown":   {raw{method: "DELETE", target: "/v2/report-schedules/1"}, 404, "ResourceNotFound", "report schedule"},
		"id: cancelling, with {}":  {raw{method: "DELETE", target: "/v2/report-schedules/1", body: "{}"}, 404, "ResourceNotFound", "report schedule"}, // as official SDKs do
		"pageSize: 0":              {raw{target: "/v2/reports?pageSize=0"}, 400, "InvalidParameterValue", "[pageSize]"},
		"pageSize: 101":            {raw{target: "/v2/reports?pageSize=101"}, 400, "InvalidParameterValue", "[pageSize]"},
		"pageSize: text":           {raw{target: "/v2/reports?pageSize=ten"}, 400, "InvalidParameterValue", "[pageSize]"},
		"pageSize: twice":          {raw{target: "/v2/reports?pageSize=1&pageSize=2"}, 400, "InvalidParameterValue", "[pageSize]"},
		"reportTypes: unknown":     {raw{target: "/v2/reports?reportTypes=REFUND"}, 400, "InvalidParameterValue", "[reportTypes]"},
		"reportTypes: repeated":    {raw{target: "/v2/reports?reportTypes=" + refund + "&reportTypes=" + refund}, 200, "", ""},
		"processingStatuses":       {raw{target: "/v2/reports?processingStatuses=DONE"}, 400, "InvalidParameterValue", "[processingStatuses]"},
		"createdSince: dashed":     {raw{target: "/v2/reports?createdSince=2022-08-04T00-00-00Z"}, 400, "InvalidParameterValue", "[createdSince]"},
		"createdUntil: too early":  {raw{target: "/v2/reports?createdSince=20220804T000000Z&createdUntil=20220803T000000Z"}, 400, "InvalidParameterValue", "[createdUntil]"},
		"createdSince: to come":    {raw{target: "/v2/reports?createdSince=20990101T000000Z"}, 200, "", ""},
		"createdUntil: long ago":   {raw{target: "/v2/reports?createdUntil=20200101T000000Z"}, 200, "", ""},
		"pageSize: with a zero":    {raw{target: "/v2/reports?pageSize=010"}, 400, "InvalidParameterValue", "[pageSize]"},
		"flag: as a number":        {raw{method: "POST", target: "/v2/report-schedules?deleteExistingSchedule=1", body: `{}`}, 400, "InvalidParameterValue", "[deleteExistingSchedule]"},
		"flag: in upper case":      {raw{method: "POST", target: "/v2/report-schedules?deleteExistingSchedule=TRUE", body: `{}`}, 400, "InvalidParameterValue", "[deleteExistingSchedule]"},
		"content type: text":       {raw{method: "POST", target: "/v2/reports", body: goodSandbox, after: typed("text/plain")}, 400, "InvalidHeaderValue", "[content-type]"},
		"content type: none":       {raw{method: "POST", target: "/v2/reports", body: goodSandbox, after: typed("")}, 400, "MissingHeader", "[content-type]"},
		"nextToken: with another":  {raw{target: "/v2/reports?nextToken=x&pageSize=10"}, 400, "InvalidParameterCombination", "[nextToken]"},
		"nextToken: unknown":       {raw{target: "/v2/reports?nextToken=x"}, 400, "InvalidParameterValue", "[nextToken]"},
		"parameter: unknown":       {raw{target: "/v2/reports?reportType=" + refund}, 400, "UnrecognizedField", "[reportType]"},
		"schedules: unknown type":  {raw{target: "/v2/report-schedules?reportTypes=X"}, 400, "InvalidParameterValue", "[reportTypes]"},
		"createReport: no body":    {raw{method: "POST", target: "/v2/reports"}, 400, "InvalidRequest", "body"},
		"createReport: bad JSON":   {raw{method: "POST", target: "/v2/reports", body: `{"reportType"`}, 400, "InvalidRequestFormat", "JSON"},
		"createReport: an array":   {raw{method: "POST", target: "/v2/reports", body: `[]`}, 400, "InvalidRequestFormat", "object"},
		"createReport: garbage":    {raw{method: "POST", target: "/v2/reports", body: goodSandbox + "x"}, 400, "InvalidRequestFormat", "JSON"},
		"createReport: two":        {raw{method: "POST", target: "/v2/reports", body: goodSandbox + goodSandbox}, 400, "InvalidRequestFormat", "JSON"},
		"createReport: text":       {raw{method: "POST", target: "/v2/reports", body: goodSandbox, after: set("Content-Type", "text/plain")}, 403, "InvalidRequestSignature", "signing String"},
		"createReport: no start":   {raw{method: "POST", target: "/v2/reports", body: `{"reportType":"` + refund + `","endTime":"20220804T235959Z"}`}, 400, "MissingParameterValue", "[startTime]"},
		"createReport: dashed":     {raw{method: "POST", target: "/v2/reports", body: strings.Replace(goodSandbox, "20220804T235959Z", "2022-08-04T23-59-59Z", 1)}, 400, "InvalidParameterValue", "[endTime]"},
		"createReport: month 13":   {raw{method: "POST", target: "/v2/reports", body: strings.Replace(goodSandbox, "20220804T235959Z", "20221304T235959Z", 1)}, 400, "InvalidParameterValue", "[endTime]"},
		"createReport: unknown":    {raw{method: "POST", target: "/v2/reports", body: strings.Replace(goodSandbox, "{", `{"format":"csv",`, 1)}, 400, "UnrecognizedField", "[format]"},
		"createReport: type":       {raw{method: "POST", target: "/v2/reports", body: strings.Replace(goodReport, refund, "REFUND", 1)}, 400, "InvalidParameterValue", "[reportType]"},
		"createReport: backwards":  {raw{method: "POST", target: "/v2/reports", live: true, body: strings.Replace(goodReport, "20220804T235959Z", "20220803T235959Z", 1)}, 400, "InvalidParameterValue", "[endTime]"},
		"createReport: settlement": {raw{method: "POST", target: "/v2/reports", live: true, body: strings.Replace(goodReport, "_REFUND_", "_SETTLEMENT_", 1)}, 400, "InvalidParameterValue", "[reportType]"},
		"createReport: capture":    {raw{method: "POST", target: "/v2/reports", live: true, body: strings.Replace(goodReport, "_REFUND_", "_CAPTURE_", 1)}, 400, "InvalidParameterValue", "[reportType]"},
		"createReport: sandbox":    {raw{method: "POST", target: "/v2/reports", body: goodReport}, 400, "InvalidParameterValue", "[reportType]"},
		"createReport: key":        {raw{method: "POST", target: "/v2/reports", body: goodSandbox, after: resigned(map[string]string{"X-Amz-Pay-Idempotency-Key": strings.Repeat("a", 33)})}, 400, "InvalidHeaderValue", "[x-amz-pay-idempotency-key]"},
		"body: too long":           {raw{method: "POST", target: "/v2/reports", body: strings.Repeat(" ", 10<<20)}, 400, "InvalidRequest", "longer"},
		"schedule: frequency":      {raw{method: "POST", target: "/v2/report-schedules", live: true, body: strings.Replace(goodDaily, "P1D", "PT24H", 1)}, 400, "InvalidParameterValue", "[scheduleFrequency]"},
		"schedule: no time":        {raw{method: "POST", target: "/v2/report-schedules", live: true, body: `{"reportType":"` + refund + `","scheduleFrequency":"P1D"}`}, 400, "MissingParameterValue", "[nextReportCreationTime]"},
		"schedule: settlement":     {raw{method: "POST", target: "/v2/report-schedules", live: true, body: strings.Replace(goodDaily, "_REFUND_", "_SETTLEMENT_", 1)}, 400, "InvalidParameterValue", "[reportType]"},
		"schedule: sandbox type":   {raw{method: "POST", target: "/v2/report-schedules", live: true, body: strings.Replace(goodDaily, "_REFUND_", "_SANDBOX_SETTLEMENT_", 1)}, 400, "InvalidParameterValue", "[reportType]"},
		"schedule: capture":        {raw{method: "POST", target: "/v2/report-schedules", live: true, body: strings.Replace(goodDaily, "_REFUND_", "_CAPTURE_", 1)}, 400, "InvalidParameterValue", "[reportType]"},
		"schedule: two":            {raw{method: "POST", target: "/v2/report-schedules", live: true, body: goodDaily + "\n" + goodDaily}, 400, "InvalidRequestFormat", "JSON"},
		"schedule: in sandbox":     {raw{method: "POST", target: "/v2/report-schedules", body: goodDaily}, 400, "InvalidParameterValue", "[reportType]"},
		"schedule: flag as text":   {raw{method: "POST", target: "/v2/report-schedules?deleteExistingSchedule=yes", live: true, body: goodDaily}, 400, "InvalidParameterValue", "[deleteExistingSchedule]"},
		"disbursements: no times":  {raw{target: "/v2/disbursements"}, 400, "MissingParameterValue", "[startTime]"},
		"disbursements: no end":    {raw{target: "/v2/disbursements?startTime=20220804T000000Z"}, 400, "MissingParameterValue", "[endTime]"},
		"disbursements: backwards": {raw{target: "/v2/disbursements?startTime=20220804T000000Z&endTime=20220803T000000Z"}, 400, "InvalidParameterValue", "[endTime]"},
		"disbursements: size":      {raw{target: "/v2/disbursements?startTime=20220804T000000Z&endTime=20220805T000000Z&pageSize=0"}, 400, "InvalidParameterValue", "[pageSize]"},
		"disbursements: token":     {raw{target: "/v2/disbursements?nextToken=x&startTime=20220804T000000Z"}, 400, "InvalidParameterCombination", "[nextToken]"},
		"disbursements: its token": {raw{target: "/v2/disbursements?nextToken=x"}, 400, "InvalidParameterValue", "[nextToken]"},
	}
	sim := simulator.StartInMemory(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, header, body := send(t, sim, test.raw)
			var refusal api.ErrorResponse
			if err := json.Unmarshal(body, &refusal); err != nil {
				t.Fatalf("the answer isn't JSON: %s", body)
			}
			if status != test.status || refusal.ReasonCode != test.reason || !strings.Contains(refusal.Message, test.names) {
				t.Errorf("%d %s %q, want %d %s with %q", status, refusal.ReasonCode, refusal.Message, test.status, test.reason, test.names)
			}
			if header.Get("x-amz-pay-request-id") == "" || header.Get("Content-Type") != "application/json" || header.Get("Date") == "" {
				t.Errorf("header %v", header)
			}
			if status == 405 && header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
}

// resigned sets headers that a Signer refuses, and signs by hand.
func resigned(headers map[string]string) func(*http.Request) {
	return func(r *http.Request) {
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		resign(r)
	}
}

// typed sets the content type and signs it.
func typed(contentType string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Content-Type")
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		resign(r)
	}
}

// signingKey is the key that all simulators of a program share.
var signingKey *rsa.PrivateKey

func resign(r *http.Request) {
	var names []string
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Pay-") {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	body, _ := r.GetBody()
	content, _ := io.ReadAll(body)
	canonical := signing.CanonicalRequest(r.Method, signing.CanonicalPath(r.URL.EscapedPath()), signing.CanonicalQuery(r.URL.RawQuery), r.Header, names, signing.HashBody(content))
	signature, err := signing.Sign(nil, signingKey, signing.AlgorithmV2, signing.StringToSign(signing.AlgorithmV2, canonical))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", fmt.Sprintf("%s PublicKeyId=%s, SignedHeaders=%s, Signature=%s", signing.AlgorithmV2, sandboxID, strings.Join(names, ";"), signature))
}

func TestMain(m *testing.M) {
	fipstest.Prepare()
	signingKey = simulator.StartInMemory(new(discard)).Key
	m.Run()
}

type discard struct{}

func (*discard) Helper()                           {}
func (*discard) Cleanup(func())                    {}
func (*discard) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestPathForms(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	for _, target := range []string{"/v2/reports", "/v2/reports/", "/sandbox/v2/reports", "/sandbox/v2/reports/", "/v2/reports?pageSize=5", "/v2/reports/?pageSize=5"} {
		if status, _, body := send(t, sim, raw{target: target}); status != 200 {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
}

// For keys without a prefix, the environment is in the path.
func TestUnprefixedKey(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Keys: map[string]*rsa.PublicKey{"A1": &signingKey.PublicKey}})
	signer, err := signing.NewSigner("A1", sim.Key)
	if err != nil {
		t.Fatal(err)
	}
	for environment, want := range map[regions.Environment]int{regions.Live: 10, regions.Sandbox: 0} {
		client, err := payreports.New(regions.NA, signer, append(sim.ClientOptions(), payreports.WithEnvironment(environment))...)
		if err != nil {
			t.Fatal(err)
		}
		page, err := client.GetReports(t.Context(), payreports.GetReportsOptions{})
		if err != nil || len(page.Reports) != want {
			t.Errorf("%s: %+v, %v, want %d reports", environment, page, err, want)
		}
	}
	req, _ := http.NewRequest(http.MethodGet, sim.URL+"/v2/reports", nil)
	req.Header.Set("x-amz-pay-region", "na")
	if err := signer.SignRequest(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	resp, err := sim.RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 404 {
		t.Errorf("status %d without an environment, want 404", resp.StatusCode)
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	key := map[string]string{"x-amz-pay-idempotency-key": "one"}
	post := func(body string) (int, string) {
		status, _, answer := send(t, sim, raw{method: "POST", target: "/v2/reports", body: body, header: key})
		return status, string(answer)
	}
	status, first := post(goodSandbox)
	if again, second := post(goodSandbox); status != 201 || again != 201 || first != second {
		t.Errorf("%d %s, then %d %s: want the same answer", status, first, again, second)
	}
	if status, answer := post(strings.Replace(goodSandbox, "20220804T235959Z", "20220804T235958Z", 1)); status != 400 || !strings.Contains(answer, "DuplicateIdempotencyKey") || !strings.Contains(answer, "[x-amz-pay-idempotency-key]") {
		t.Errorf("%d %s, want DuplicateIdempotencyKey", status, answer)
	}
	if _, _, list := send(t, sim, raw{target: "/v2/reports", header: key}); strings.Count(string(list), "reportId") != 1 {
		t.Errorf("reports %s, want one", list)
	}
	// A refused request doesn't use up its key. The query is part of a request.
	key = map[string]string{"x-amz-pay-idempotency-key": "two"}
	if status, answer := post(strings.Replace(goodSandbox, "20220804T235959Z", "20220803T235959Z", 1)); status != 400 || !strings.Contains(answer, "[endTime]") {
		t.Errorf("%d %s, want a refusal", status, answer)
	}
	if status, answer := post(goodSandbox); status != 201 {
		t.Errorf("%d %s after a refusal with the same key, want 201", status, answer)
	}
	for i, target := range []string{"/v2/report-schedules", "/v2/report-schedules?deleteExistingSchedule=true"} {
		key := map[string]string{"x-amz-pay-idempotency-key": "three"}
		status, _, answer := send(t, sim, raw{method: "POST", target: target, body: goodDaily, header: key, live: true})
		if want := []int{201, 400}[i]; status != want {
			t.Errorf("%s: %d %s, want %d", target, status, answer, want)
		}
	}
	// Concurrent requests with one key count as one.
	ids := make(chan payreports.ReportID, 20)
	var calls sync.WaitGroup
	for range cap(ids) {
		calls.Go(func() {
			created, err := sim.SandboxClient().CreateReport(t.Context(), payreports.CreateReportRequest{
				Type: payreports.ReportTypeSandboxSettlement, Start: time.Unix(0, 0), End: time.Unix(99, 0),
			}, payreports.WithIdempotencyKey("shared"))
			if err != nil {
				t.Error(err)
				return
			}
			ids <- created.ReportID
		})
	}
	calls.Wait()
	close(ids)
	distinct := make(map[payreports.ReportID]bool)
	for id := range ids {
		distinct[id] = true
	}
	if len(distinct) != 1 {
		t.Errorf("%d reports were made with one key", len(distinct))
	}
}

// The body that was sent and signed counts, not the one that GetBody returns.
func TestBodyIsTheOneThatWasSent(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	status, _, answer := send(t, sim, raw{method: "POST", target: "/v2/reports", body: goodSandbox, after: func(r *http.Request) {
		r.GetBody = func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(strings.Replace(goodSandbox, "20220804T000000Z", "20220101T000000Z", 1))), nil
		}
	}})
	if _, _, list := send(t, sim, raw{target: "/v2/reports"}); status != 201 || !strings.Contains(string(list), "20220804T000000Z") {
		t.Errorf("%d %s, then the list %s, want the report from 20220804 on", status, answer, list)
	}
}

func TestReportLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		ctx := t.Context()
		create := func(reportType payreports.ReportType, start, end time.Time) payreports.ReportID {
			t.Helper()
			created, err := sim.Client().CreateReport(ctx, payreports.CreateReportRequest{Type: reportType, Start: start, End: end})
			if err != nil {
				t.Fatal(err)
			}
			return created.ReportID
		}
		now := time.Now()
		done := create(payreports.ReportTypeRefund, now.AddDate(0, 0, -9), now)
		future := create(payreports.ReportTypeRefund, now.AddDate(0, 0, 1), now.AddDate(0, 0, 2))
		sim.SetOutcome(api.ReportTypeAuthorization, api.ProcessingStatusFailed)
		failed := create(payreports.ReportTypeAuthorization, now.AddDate(0, 0, -9), now)
		sim.SetOutcome(api.ReportTypeAuthorization, "")
		status := func(id payreports.ReportID) payreports.ProcessingStatus {
			t.Helper()
			report, err := sim.Client().GetReportByID(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if (report.ReportDocumentID != "") != (report.ProcessingStatus == payreports.ProcessingStatusCompleted) {
				t.Errorf("%s with document %q", report.ProcessingStatus, report.ReportDocumentID)
			}
			return report.ProcessingStatus
		}
		for _, id := range []payreports.ReportID{done, future, failed} {
			if got := status(id); got != payreports.ProcessingStatusInProgress {
				t.Errorf("at once: %s", got)
			}
		}
		time.Sleep(time.Minute)
		got := []payreports.ProcessingStatus{status(done), status(future), status(failed)}
		want := []payreports.ProcessingStatus{payreports.ProcessingStatusCompleted, payreports.ProcessingStatusCancelled, payreports.ProcessingStatusFailed}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after a minute (-want +got):\n%s", diff)
		}
	})
}

// A report without rows is cancelled, even if reports of other types for the same range have some.
func TestNoDataOfAType(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{TransactionsPerDay: 1}) // too few for a refund
	client := sim.Client()
	for reportType, want := range map[payreports.ReportType]payreports.ProcessingStatus{
		payreports.ReportTypeRefund: payreports.ProcessingStatusCancelled, payreports.ReportTypeAuthorization: payreports.ProcessingStatusCompleted,
	} {
		created, err := client.CreateReport(t.Context(), payreports.CreateReportRequest{Type: reportType, Start: time.Now().AddDate(0, 0, -3), End: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		sim.Advance(time.Minute)
		report, err := client.GetReportByID(t.Context(), created.ReportID)
		if err != nil || report.ProcessingStatus != want {
			t.Errorf("%s: %+v, %v, want %s", reportType, report, err, want)
		}
	}
}

func TestSandboxIsEmpty(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	client := sim.SandboxClient()
	schedules, err := client.GetReportSchedules(t.Context(), payreports.GetReportSchedulesOptions{})
	if err != nil || schedules.ReportSchedules == nil || len(schedules.ReportSchedules) != 0 {
		t.Errorf("%+v, %v", schedules, err)
	}
	disbursements, err := client.GetDisbursements(t.Context(), payreports.GetDisbursementsOptions{Since: time.Now().AddDate(0, 0, -9), Until: time.Now()})
	if err != nil || len(disbursements.Disbursements) != 0 {
		t.Errorf("%+v, %v", disbursements, err)
	}
}

// Retention, settlement days and schedules follow the simulator's clock.
func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	sim := simulator.StartInMemory(t, simulator.Config{Start: start})
	client := sim.Client()
	ctx := t.Context()
	count := func(types ...payreports.ReportType) (n int, newest, oldest payreports.Report) {
		t.Helper()
		for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: types}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 1 {
				newest = report
			}
			oldest = report
		}
		return n, newest, oldest
	}
	n, newest, oldest := count(payreports.ReportTypeSettlement)
	if n != 90 && n != 91 || newest.EndTime.String() != "20260301T070000Z" {
		t.Errorf("%d settlement reports, the newest ends %s", n, newest.EndTime)
	}
	if _, err := client.CreateReportSchedule(ctx, payreports.CreateReportScheduleRequest{
		Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEvery12Hours, NextCreation: start.Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	sim.Advance(10 * 24 * time.Hour)
	if n, newest, _ := count(payreports.ReportTypeRefund); n != 20 || newest.CreatedTime.Time() != start.Add(time.Hour+19*12*time.Hour) ||
		newest.EndTime.Time().Sub(newest.StartTime.Time()) != 12*time.Hour-time.Second {
		t.Errorf("%d scheduled reports, the newest %+v", n, newest)
	}
	schedules, err := client.GetReportSchedules(ctx, payreports.GetReportSchedulesOptions{})
	if err != nil || schedules.ReportSchedules[0].NextReportCreationTime.Time() != start.Add(time.Hour+20*12*time.Hour) {
		t.Errorf("%+v, %v", schedules, err)
	}
	if _, err := client.GetReportByID(ctx, oldest.ReportID); !errors.Is(err, payreports.ErrNotFound) {
		t.Errorf("error %v for a report out of retention", err)
	}
	n, newest, _ = count(payreports.ReportTypeSettlement)
	if n != 90 && n != 91 || newest.EndTime.String() != "20260311T070000Z" {
		t.Errorf("%d settlement reports, the newest ends %s", n, newest.EndTime)
	}
	sim.SetTime(start.AddDate(3, 0, 0)) // a jump of years creates only reports that haven't expired
	if n, _, _ := count(payreports.ReportTypeRefund); n != 180 {
		t.Errorf("%d scheduled reports after three years, want 180", n)
	}
}

// If the clock is set back, the settlements of that time appear, and later ones appear only once.
func TestClockMovedBack(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	sim := simulator.StartInMemory(t, simulator.Config{Start: start})
	client := sim.Client()
	settlements := func() map[string]int {
		t.Helper()
		ends := make(map[string]int)
		for report, err := range client.AllReports(t.Context(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
			if err != nil {
				t.Fatal(err)
			}
			ends[report.EndTime.String()]++
		}
		return ends
	}
	first := settlements()
	for _, at := range []time.Time{start.AddDate(-2, 0, 0), start.AddDate(-2, 0, 10), start.AddDate(0, 0, -10), start} {
		sim.SetTime(at)
		got := settlements()
		if len(got) != len(first) {
			t.Errorf("at %v there are %d settlement reports, want %d", at, len(got), len(first))
		}
		for end, n := range got {
			if n != 1 {
				t.Errorf("at %v the settlement to %s has %d reports", at, end, n)
			}
		}
	}
	if diff := cmp.Diff(first, settlements()); diff != "" {
		t.Errorf("back at the start (-before +after):\n%s", diff)
	}
}

// Expired reports aren't listed, however early the list starts. A list up to a second includes that whole second.
func TestBoundsOfLists(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	sim := simulator.StartInMemory(t, simulator.Config{Start: start})
	client := sim.Client()
	created, err := client.CreateReport(t.Context(), payreports.CreateReportRequest{Type: payreports.ReportTypeRefund, Start: start.AddDate(0, 0, -9), End: start})
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.GetReports(t.Context(), payreports.GetReportsOptions{Since: start, Until: start})
	if err != nil || len(list.Reports) != 1 || list.Reports[0].ReportID != created.ReportID {
		t.Errorf("%+v, %v, want the report of this second", list, err)
	}
	n := 0
	for report, err := range client.AllReports(t.Context(), payreports.GetReportsOptions{Since: start.AddDate(0, 0, -200)}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; report.CreatedTime.Time().Before(start.AddDate(0, 0, -90)) {
			t.Errorf("a report of %s", report.CreatedTime)
		}
	}
	if n < 90 {
		t.Errorf("%d reports", n)
	}
}

// A settlement is listed among the disbursements once it has been paid out.
func TestDisbursedInTime(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Start: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}) // an hour after the last settlement ended
	count := func() int {
		t.Helper()
		list, err := sim.Client().GetDisbursements(t.Context(), payreports.GetDisbursementsOptions{Since: time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC), Until: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list.Disbursements {
			if d.TransactionTime.Time().After(sim.Now()) {
				t.Errorf("at %v there is a disbursement of %s", sim.Now(), d.TransactionTime)
			}
		}
		return len(list.Disbursements)
	}
	if n := count(); n != 0 {
		t.Errorf("%d disbursements an hour after the settlement", n)
	}
	sim.Advance(5 * time.Hour)
	if n := count(); n != 1 {
		t.Errorf("%d disbursements after six hours", n)
	}
}

func TestSetTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim, err := simulator.New(simulator.Config{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		if sim.SetTime(at); !sim.Now().Equal(at) {
			t.Errorf("%v, want %v", sim.Now(), at)
		}
	})
}

// The clock keeps running, even at the highest speed.
func TestClockNeverEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim, err := simulator.New(simulator.Config{Speed: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		before := sim.Now()
		for range 40 {
			time.Sleep(time.Hour)
			if now := sim.Now(); now.Sub(before) != 100_000*time.Hour {
				t.Fatalf("an hour leads from %v to %v", before, now)
			} else {
				before = now
			}
		}
	})
}

func TestOutcomeOfAScheduledReport(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	sim := simulator.StartInMemory(t, simulator.Config{Start: start})
	sim.SetOutcome(payreports.ReportTypeRefund, payreports.ProcessingStatusFailed)
	client := sim.Client()
	if _, err := client.CreateReportSchedule(t.Context(), payreports.CreateReportScheduleRequest{
		Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEveryHour, NextCreation: start.Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	sim.Advance(90 * time.Minute)
	list, err := client.GetReports(t.Context(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeRefund}})
	if err != nil || len(list.Reports) != 1 || list.Reports[0].ProcessingStatus != payreports.ProcessingStatusFailed {
		t.Errorf("%+v, %v", list, err)
	}
}

// A late clock of the API doesn't affect the storage service.
func TestClockSkewLeavesDocumentURLsAlone(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	_, id := openDocument(t, sim)
	sim.Inject(simulator.FaultClockSkew, "getReportDocument", 1)
	document, err := sim.Client(payreports.WithClock(func() time.Time { return time.Now().Add(-11 * time.Minute) })).GetReportDocument(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, text := fetch(t, sim, "GET", document.URL.Unredacted(), nil); status != 200 {
		t.Errorf("%d, %s", status, text)
	}
}

func TestRegionsByTheirOtherNames(t *testing.T) {
	t.Parallel()
	for _, region := range []regions.Region{"uk", "DE", "us"} {
		if _, err := simulator.StartInMemory(t, simulator.Config{Region: region}).Client().GetReports(t.Context(), payreports.GetReportsOptions{}); err != nil {
			t.Errorf("%s: %v", region, err)
		}
	}
}

// A page has a limit, and the next one continues after it.
func TestDisbursementsOfCenturies(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})
	status, _, body := send(t, sim, raw{target: "/v2/disbursements?startTime=00010101T000000Z&endTime=20260301T000000Z&pageSize=1000000", live: true})
	var list api.GetDisbursementsResponse
	if err := json.Unmarshal(body, &list); err != nil || status != 200 || len(list.Disbursements) != 1000 || list.NextToken == "" {
		t.Errorf("%d, %d disbursements, %v", status, len(list.Disbursements), err)
	}
}

// A first report in the past isn't created, however long ago it was. The schedule starts with the next one.
func TestScheduleFromThePast(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})
	for past, want := range map[string]string{
		"00010101T000000Z": "20260302T000000Z", "20260301T120000Z": "20260302T120000Z", "20260301T130000Z": "20260301T130000Z",
	} {
		body := strings.Replace(goodDaily, "20220806T235959Z", past, 1)
		send(t, sim, raw{method: "POST", target: "/v2/report-schedules?deleteExistingSchedule=true", live: true, body: body})
		if _, _, list := send(t, sim, raw{target: "/v2/report-schedules", live: true}); !strings.Contains(string(list), want) {
			t.Errorf("from %s on: %s, want %s", past, list, want)
		}
		if _, _, list := send(t, sim, raw{target: "/v2/reports?reportTypes=" + refund, live: true}); strings.Contains(string(list), "reportId") {
			t.Errorf("from %s on: %s, want none yet", past, list)
		}
	}
}

func TestPagesAreStable(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	client := sim.Client()
	for range 25 {
		if _, err := client.CreateReport(t.Context(), payreports.CreateReportRequest{Type: payreports.ReportTypeRefund, Start: time.Unix(0, 0), End: time.Unix(9, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	var whole, paged []payreports.ReportID
	options := payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeRefund}}
	for report := range client.AllReports(t.Context(), options) {
		whole = append(whole, report.ReportID)
	}
	options.PageSize = 4
	for report := range client.AllReports(t.Context(), options) {
		paged = append(paged, report.ReportID)
		if len(paged)%3 == 0 { // reports that are created in between aren't on later pages
			client.CreateReport(t.Context(), payreports.CreateReportRequest{Type: payreports.ReportTypeRefund, Start: time.Unix(0, 0), End: time.Unix(9, 0)})
		}
	}
	if diff := cmp.Diff(whole, paged); diff != "" || len(whole) != 25 || !slices.IsSortedFunc(whole, func(a, b payreports.ReportID) int { return strings.Compare(string(b), string(a)) }) {
		t.Errorf("%d reports, newest first (-one page +pages of four):\n%s", len(whole), diff)
	}
}

func TestSchedulesAreReplacedByEitherFlag(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		query, body string
		deviation   simulator.Deviation
		want        bool
	}{
		"query":                {query: "?deleteExistingSchedule=true", want: true},
		"body":                 {body: `,"deleteExistingSchedule":true`, want: true},
		"neither":              {},
		"query false":          {query: "?deleteExistingSchedule=false"},
		"query, where ignored": {query: "?deleteExistingSchedule=true", deviation: simulator.DeviationDeleteInBodyOnly},
		"body, where ignored":  {body: `,"deleteExistingSchedule":true`, deviation: simulator.DeviationDeleteInQueryOnly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var config simulator.Config
			if test.deviation != "" {
				config.Deviations = []simulator.Deviation{test.deviation}
			}
			sim := simulator.StartInMemory(t, config)
			send(t, sim, raw{method: "POST", target: "/v2/report-schedules", body: goodDaily, live: true})
			body := strings.TrimSuffix(goodDaily, "}") + test.body + "}"
			status, _, answer := send(t, sim, raw{method: "POST", target: "/v2/report-schedules" + test.query, body: body, live: true})
			if replaced := bytes.HasPrefix(answer, []byte("{")); status != 201 || replaced != test.want {
				t.Errorf("%d %s, want replaced %t", status, answer, test.want)
			}
		})
	}
}

func TestDeviations(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Deviations: []simulator.Deviation{
		simulator.DeviationExistingSchedulesAsIDs, simulator.DeviationCancelBody, simulator.DeviationOldestFirst,
	}})
	client := sim.Client()
	ctx := t.Context()
	page, err := client.GetReports(ctx, payreports.GetReportsOptions{PageSize: 2})
	if err != nil || !page.Reports[0].CreatedTime.Time().Before(page.Reports[1].CreatedTime.Time()) {
		t.Errorf("%+v, %v, want oldest first", page, err)
	}
	next, err := client.GetReports(ctx, payreports.GetReportsOptions{NextToken: page.NextToken})
	if err != nil || !page.Reports[1].CreatedTime.Time().Before(next.Reports[0].CreatedTime.Time()) {
		t.Errorf("%+v, %v, want the page after", next, err)
	}
	request := payreports.CreateReportScheduleRequest{Type: payreports.ReportTypeRefund, Frequency: "P1D", NextCreation: time.Now()}
	created, err := client.CreateReportSchedule(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	var exists *payreports.ReportScheduleExistsError
	if _, err := client.CreateReportSchedule(ctx, request); !errors.As(err, &exists) || exists.Schedules[0].ReportScheduleID != created.ReportScheduleID || exists.Schedules[0].ReportType != "" {
		t.Errorf("error %v, want ids only", err)
	}
	if err := client.CancelReportSchedule(ctx, created.ReportScheduleID); err != nil {
		t.Error(err)
	}
}

func openDocument(t *testing.T, sim *simulator.Server) (string, payreports.ReportDocumentID) {
	t.Helper()
	page, err := sim.Client().GetReports(t.Context(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}})
	if err != nil {
		t.Fatal(err)
	}
	document, err := sim.Client().GetReportDocument(t.Context(), page.Reports[0].ReportDocumentID)
	if err != nil {
		t.Fatal(err)
	}
	return document.URL.Unredacted(), document.ReportDocumentID
}

func fetch(t *testing.T, sim *simulator.Server, method, target string, header map[string]string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequest(method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := sim.RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if want := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)); resp.Status != want {
		t.Errorf("status line %q, want %q", resp.Status, want)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	target, _ := openDocument(t, sim)
	if !strings.Contains(target, "/%2FNinetyDays/amzn1.tortuga.3.") {
		t.Errorf("URL %s", target)
	}
	_, header, whole := fetch(t, sim, "GET", target, nil)
	etag := header.Get("ETag")
	tests := map[string]struct {
		method, target string
		header         map[string]string
		status         int
		want           string // of the body: its end, or what it contains
	}{
		"again":              {status: 200, want: whole},
		"HEAD":               {method: "HEAD", status: 200},
		"range":              {header: map[string]string{"Range": "bytes=100-"}, status: 206, want: whole[100:]},
		"range, same file":   {header: map[string]string{"Range": "bytes=100-", "If-Range": etag}, status: 206, want: whole[100:]},
		"range, other file":  {header: map[string]string{"Range": "bytes=100-", "If-Range": `"x"`}, status: 200, want: whole},
		"closed range":       {header: map[string]string{"Range": "bytes=1-2"}, status: 200, want: whole},
		"beyond the end":     {header: map[string]string{"Range": "bytes=99999999-"}, status: 416, want: "InvalidRange"},
		"two permissions":    {header: map[string]string{"Authorization": "x"}, status: 400, want: "one auth mechanism"},
		"headers of the API": {header: map[string]string{"x-amz-pay-date": "x"}, status: 400, want: "one auth mechanism"},
		"PUT":                {method: "PUT", status: 405, want: "MethodNotAllowed"},
		"other signature":    {target: strings.Replace(target, "X-Amz-Signature=", "X-Amz-Signature=0", 1), status: 403, want: "SignatureDoesNotMatch"},
		"other date":         {target: strings.Replace(target, "X-Amz-Date=2", "X-Amz-Date=3", 1), status: 403, want: "SignatureDoesNotMatch"},
		"no query":           {target: strings.Split(target, "?")[0], status: 403, want: "SignatureDoesNotMatch"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.method == "" {
				test.method = "GET"
			}
			if test.target == "" {
				test.target = target
			}
			status, header, body := fetch(t, sim, test.method, test.target, test.header)
			if status != test.status || test.want != "" && !strings.Contains(body, test.want) || test.status < 300 && body != test.want {
				t.Errorf("%d %.200s, want %d %.60s", status, body, test.status, test.want)
			}
			if status >= 400 && header.Get("Content-Type") != "application/xml" {
				t.Errorf("header %v, want XML as of S3", header)
			}
		})
	}
}

// With either transport, a caller that gives up gets an error, whether it waits for the response or reads it.
func TestContextEndsAnExchange(t *testing.T) {
	t.Parallel()
	cause := errors.New("the caller gave up")
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprintf("socket %t", socket), func(t *testing.T) {
			t.Parallel()
			start := simulator.StartInMemory
			if socket {
				start = simulator.Start
			}
			sim := start(t, simulator.Config{TransactionsPerDay: 30_000}) // more than the buffers of a socket
			transport := sim.RoundTripper()
			if socket {
				transport = &http.Transport{DisableKeepAlives: true}
			}
			target, _ := openDocument(t, sim)
			ctx, cancel := context.WithCancelCause(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if _, err := io.CopyN(io.Discard, resp.Body, 1000); err != nil {
				t.Fatal(err)
			}
			cancel(cause)
			if n, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, cause) {
				t.Errorf("%d more bytes of %d, and error %v, want the context's cause", n, resp.ContentLength, err)
			}
			sim.Inject(simulator.FaultLatency, "", 1) // so that the response isn't ready before the context is checked
			if resp, err := transport.RoundTrip(req); !errors.Is(err, cause) {
				t.Errorf("%v, error %v, want the context's cause", resp, err)
			}
		})
	}
}

// The 30 seconds are real time, however fast the simulator's clock runs.
func TestDocumentURLExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t, simulator.Config{Speed: 1000})
		target, _ := openDocument(t, sim)
		time.Sleep(29 * time.Second)
		if status, _, _ := fetch(t, sim, "GET", target, nil); status != 200 {
			t.Errorf("after 29 seconds: %d", status)
		}
		time.Sleep(3 * time.Second)
		if status, _, body := fetch(t, sim, "GET", target, nil); status != 403 || !strings.Contains(body, "Request has expired") {
			t.Errorf("after 32 seconds: %d %s", status, body)
		}
	})
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		page, err := sim.Client().GetReports(t.Context(), payreports.GetReportsOptions{PageSize: 1})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		_, err = sim.Client().GetReports(t.Context(), payreports.GetReportsOptions{NextToken: page.NextToken})
		if err == nil || !strings.Contains(err.Error(), "[nextToken] is invalid: it has expired") {
			t.Errorf("error %v", err)
		}
	})
}

// The files of all types can be downloaded, and disbursements equal the transfers in the settlement files.
func TestFilesAndDisbursementsAgree(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t, simulator.Config{Region: regions.EU})
	client := sim.Client()
	ctx := t.Context()
	transfers := make(map[string]string) // by settlement
	for report, err := range client.AllReports(ctx, payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}, Since: time.Now().AddDate(0, 0, -20)}) {
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if _, err := client.DownloadReport(ctx, report.ReportID, &file); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(file.String()), "\n")
		fields := strings.Split(strings.Trim(lines[len(lines)-1], `"`), `","`)
		if fields[4] != "Transfer" {
			t.Fatalf("last row %v", fields)
		}
		transfers[fields[1]] = strings.TrimPrefix(fields[14], "-") + " " + fields[8]
	}
	disbursed := 0
	for d, err := range client.AllDisbursements(ctx, payreports.GetDisbursementsOptions{Since: time.Now().AddDate(0, 0, -19), Until: time.Now(), PageSize: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		disbursed++
		if got := d.Amount.String() + " " + d.CurrencyCode; transfers[d.SettlementID] != got {
			t.Errorf("settlement %s: disbursed %s, transferred %s", d.SettlementID, got, transfers[d.SettlementID])
		}
	}
	if disbursed < 17 {
		t.Errorf("%d disbursements in 19 days", disbursed)
	}
}

func TestEveryTypeHasAFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.StartInMemory(t)
		client := sim.Client()
		for _, reportType := range payreports.ReportTypes() {
			if rules, _ := payreports.RulesFor(reportType); !rules.Creatable {
				continue
			}
			created, err := client.CreateReport(t.Context(), payreports.CreateReportRequest{Type: reportType, Start: time.Now().AddDate(0, 0, -2), End: time.Now().AddDate(0, 0, 2)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.WaitForReport(t.Context(), created.ReportID); err != nil {
				t.Fatal(err)
			}
			if n, err := client.DownloadReport(t.Context(), created.ReportID, io.Discard); n < 500 || err != nil {
				t.Errorf("%s: %d bytes, %v", reportType, n, err)
			}
		}
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[simulator.Fault]struct {
		status int
		header string
		err    bool
	}{
		simulator.FaultThrottle:    {status: 429, header: "Retry-After"},
		simulator.FaultServerError: {status: 500},
		simulator.FaultUnavailable: {status: 503},
		simulator.FaultClockSkew:   {status: 400},
		simulator.FaultCutBefore:   {err: true},
		simulator.FaultCutAfter:    {err: true},
	}
	for fault, test := range tests {
		for _, socket := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, socket %t", fault, socket), func(t *testing.T) {
				t.Parallel()
				start := simulator.StartInMemory
				if socket {
					start = simulator.Start
				}
				sim := start(t)
				sim.Inject(fault, "createReport", 1)
				client := sim.SandboxClient(payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1}))
				request := payreports.CreateReportRequest{Type: payreports.ReportTypeSandboxSettlement, Start: time.Unix(0, 0), End: time.Unix(9, 0)}
				_, err := client.CreateReport(t.Context(), request, payreports.WithIdempotencyKey("k"))
				var failure *payreports.Error
				switch {
				case test.status != 0 && (!errors.As(err, &failure) || failure.StatusCode != test.status):
					t.Errorf("error %v, want status %d", err, test.status)
				case test.err && (!errors.As(err, &failure) || failure.StatusCode != 0):
					t.Errorf("error %v, want a cut connection", err)
				}
				page, err := client.GetReports(t.Context(), payreports.GetReportsOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if done := fault == simulator.FaultCutAfter; (len(page.Reports) == 1) != done {
					t.Errorf("%d reports after %s", len(page.Reports), fault)
				}
			})
		}
	}
}

// A late response is a normal one, even if the document's URL has expired in the meantime: it was valid when the
// request arrived.
func TestLatency(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"getReports", "document"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator.StartInMemory(t, simulator.Config{Latency: time.Hour})
				target, _ := openDocument(t, sim)
				sim.Inject(simulator.FaultLatency, operation, 1)
				start := time.Now()
				var status int
				if operation == "document" {
					status, _, _ = fetch(t, sim, "GET", target, nil)
				} else {
					status, _, _ = send(t, sim, raw{target: "/v2/reports"})
				}
				if took := time.Since(start); status != 200 || took <= 0 || took > time.Hour {
					t.Errorf("%d after %v, want 200 after up to an hour", status, took)
				}
			})
		})
	}
}

// A client sees each download fault in a single request, and the log names it. The next request
// succeeds.
func TestDownloadFaults(t *testing.T) {
	t.Parallel()
	tests := map[simulator.Fault]struct {
		status int    // 0 if the connection is cut before a response
		says   string // what the body contains
		short  bool   // the body ends before Content-Length
	}{
		simulator.FaultUnavailable: {status: 503, says: "<Code>SlowDown</Code>"},
		simulator.FaultExpiredURL:  {status: 403, says: "Request has expired"},
		simulator.FaultCutBefore:   {},
		simulator.FaultTruncate:    {status: 200, short: true},
	}
	for fault, test := range tests {
		for _, socket := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, socket %t", fault, socket), func(t *testing.T) {
				t.Parallel()
				lines := make(logLines, 20)
				start := simulator.StartInMemory
				if socket {
					start = simulator.Start
				}
				sim := start(t, simulator.Config{
					TransactionsPerDay: 1, // so short a file that its beginning remains in net/http's buffer unless it is flushed
					Start:              time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
					Logger:             slog.New(slog.NewTextHandler(lines, nil)),
				})
				transport := sim.RoundTripper()
				if socket {
					transport = &http.Transport{DisableKeepAlives: true} // net/http retries a GET on a reused connection
				}
				target, _ := openDocument(t, sim)
				download := func() (status int, length int64, body string, err error) {
					t.Helper()
					req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := transport.RoundTrip(req)
					if err != nil {
						return 0, 0, "", err
					}
					defer resp.Body.Close()
					content, err := io.ReadAll(resp.Body)
					return resp.StatusCode, resp.ContentLength, string(content), err
				}
				sim.Inject(fault, "document", 1)
				status, length, body, err := download()
				if status != test.status || !strings.Contains(body, test.says) {
					t.Errorf("%d %.200s, want %d with %q", status, body, test.status, test.says)
				}
				cut := test.status == 0 || test.short
				if cut != (err != nil) {
					t.Errorf("error %v, want one: %t", err, cut)
				}
				if test.short && (!errors.Is(err, io.ErrUnexpectedEOF) || int64(len(body)) >= length) {
					t.Errorf("%d bytes of %d and error %v, want less and an unexpected end", len(body), length, err)
				}
				if line := lines.of("operation=document"); !strings.Contains(line, "faults="+string(fault)) || strings.Contains(line, "connectionCut=true") != cut {
					t.Errorf("the log says %q, want the fault, and a cut: %t", line, cut)
				}
				status, length, body, err = download()
				if status != 200 || int64(len(body)) != length || err != nil {
					t.Errorf("after the fault %d, %d bytes of %d, %v, want the whole", status, len(body), length, err)
				}
				if line := lines.of("operation=document"); strings.Contains(line, "faults=") {
					t.Errorf("the log says %q, want no fault", line)
				}
			})
		}
	}
}

// logLines is a log that tests can wait for. With a socket, a line is written after the response.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// of returns the next line with the text.
func (l logLines) of(text string) string {
	for {
		if line := <-l; strings.Contains(line, text) {
			return line
		}
	}
}

// With the same seed and the same sequence of requests, faults affect the same requests.
func TestFaultsAreReproducible(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, seed uint64) string {
		var log strings.Builder
		sim := simulator.StartInMemory(t, simulator.Config{
			Seed: seed, Faults: map[simulator.Fault]float64{simulator.FaultThrottle: 0.2, simulator.FaultCutAfter: 0.2, simulator.FaultServerError: 0.1},
		})
		client := sim.SandboxClient(payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1}))
		for range 60 {
			_, err := client.GetReports(t.Context(), payreports.GetReportsOptions{})
			var failure *payreports.Error
			errors.As(err, &failure)
			if failure == nil {
				log.WriteString("ok ")
			} else {
				fmt.Fprintf(&log, "%d ", failure.StatusCode)
			}
		}
		return log.String()
	}
	synctest.Test(t, func(t *testing.T) {
		first := run(t, 1)
		if first != run(t, 1) {
			t.Error("the same seed gives other faults")
		}
		if first == run(t, 2) {
			t.Error("another seed gives the same faults")
		}
		for _, want := range []string{"ok", "429", "500", "0 "} {
			if !strings.Contains(first, want) {
				t.Errorf("no %q in %s", want, first)
			}
		}
	})
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	for _, fault := range simulator.Faults() {
		if got, p, err := simulator.ParseFault(string(fault) + "=0.25"); got != fault || p != 0.25 || err != nil {
			t.Errorf("%s: %s, %v, %v", fault, got, p, err)
		}
	}
	for text, want := range map[string]string{"storm=0.1": "throttle", "throttle": "number from 0 to 1", "throttle=2": "number from 0 to 1", "throttle=NaN": "number from 0 to 1", "": "not a fault"} {
		if _, _, err := simulator.ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]simulator.Config{
		"region": {Region: "mars"}, "backwards": {Speed: -1}, "no speed": {Speed: math.NaN()}, "too fast": {Speed: 1e6},
		"fault":       {Faults: map[simulator.Fault]float64{"storm": 1}},
		"probability": {Faults: map[simulator.Fault]float64{simulator.FaultThrottle: 2}}, "transactions": {TransactionsPerDay: 1e9},
		"latency": {Latency: -1}, "deviation": {Deviations: []simulator.Deviation{simulator.DeviationCancelBody, "newest-last"}},
	} {
		if _, err := simulator.New(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A fault that can't affect any request would make a user's test meaningless.
func TestInjectRefuses(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	for name, test := range map[string]struct {
		fault     simulator.Fault
		operation string
		times     int
		want      string
	}{
		"unknown fault":               {"storm", "", 1, "throttle"},
		"unknown operation":           {simulator.FaultThrottle, "GetReports", 1, "getReports"},
		"downloads alone, on an API":  {simulator.FaultTruncate, "getReports", 1, "the fault truncate doesn't affect getReports"},
		"URLs alone, on an API":       {simulator.FaultExpiredURL, "getReportDocument", 1, "the fault expired-url doesn't affect getReportDocument"},
		"API calls alone, downloaded": {simulator.FaultThrottle, "document", 1, "the fault throttle doesn't affect document"},
		"negative":                    {simulator.FaultThrottle, "", -1, "-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if caught, _ := recover().(error); caught == nil || !strings.Contains(caught.Error(), test.want) {
					t.Errorf("panic %v, want one with %q", caught, test.want)
				}
			}()
			sim.Inject(test.fault, test.operation, test.times)
		})
	}
}

// An injection waits for a request that it can affect. Meanwhile, other injections apply to other requests.
func TestInjectionsWait(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	target, _ := openDocument(t, sim)
	sim.Inject(simulator.FaultThrottle, "", 0) // has no effect
	sim.Inject(simulator.FaultExpiredURL, "", 1)
	sim.Inject(simulator.FaultThrottle, "", 2)
	sim.Inject(simulator.FaultUnavailable, "", 1)
	var got []int
	for _, document := range []bool{false, true, true, true, false, false} {
		var status int
		if document {
			status, _, _ = fetch(t, sim, "GET", target, nil)
		} else {
			status, _, _ = send(t, sim, raw{target: "/v2/reports"})
		}
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{429, 403, 503, 200, 429, 200}, got); diff != "" {
		t.Errorf("API, document, document, document, API, API (-want +got):\n%s", diff)
	}
}

func TestSpecIsServed(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	status, _, text := fetch(t, sim, "GET", sim.URL+"/openapi.yaml", nil)
	if status != 200 || text != payreports.Spec() {
		t.Errorf("openapi.yaml: %d, %d bytes", status, len(text))
	}
	status, _, text = fetch(t, sim, "GET", sim.URL+"/openapi.json", nil)
	var doc struct{ OpenAPI string }
	if err := json.Unmarshal([]byte(text), &doc); status != 200 || err != nil || doc.OpenAPI != "3.0.3" {
		t.Errorf("openapi.json: %d, %v, %q", status, err, doc.OpenAPI)
	}
}

func TestLogSaysWhatWasDone(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	sim := simulator.StartInMemory(t, simulator.Config{Logger: slog.New(slog.NewTextHandler(&lines, nil))})
	sim.Inject(simulator.FaultThrottle, "", 1)
	client := sim.SandboxClient(payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond, MaxRetryAfter: time.Nanosecond}))
	client.GetReports(t.Context(), payreports.GetReportsOptions{})
	client.GetReports(t.Context(), payreports.GetReportsOptions{})
	got := strings.Split(strings.TrimSpace(lines.String()), "\n")
	if len(got) != 2 || !strings.Contains(got[0], "status=429") || !strings.Contains(got[0], "faults=throttle") ||
		!strings.Contains(got[1], "operation=getReports") || !strings.Contains(got[1], "status=200") || !strings.Contains(got[1], "publicKeyId=SANDBOX-SIMULATOR") {
		t.Errorf("lines %q", got)
	}
}

func TestOfficialNodeSDKPutsHostAndPortIntoItsHeader(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	status, _, body := send(t, sim, raw{target: "/v2/reports", after: resigned(map[string]string{"x-amz-pay-host": "127.0.0.1:4711", "x-amz-pay-date": time.Now().UTC().Format("2006-01-02T15:04:05Z")})})
	if status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

func FuzzHandler(f *testing.F) {
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("GET", "/v2/reports?pageSize=1", "x-amz-pay-date", "20260101T000000Z", "")
	f.Add("POST", "/live/v2/reports", "Authorization", "AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=a, SignedHeaders=x-amz-pay-date, Signature=AAAA", "{}")
	f.Add("DELETE", "/v2/report-schedules/%2e%2e%2f", "Range", "bytes=1-", "[")
	f.Add("GET", "/%2FNinetyDays/x?X-Amz-Credential=SIMULATOR/live/", "If-Range", "", "")
	f.Fuzz(func(t *testing.T, method, target, name, value, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" {
			return
		}
		req := &http.Request{Method: method, URL: u, Host: "localhost", Header: http.Header{http.CanonicalHeaderKey(name): {value}}, Body: io.NopCloser(strings.NewReader(body))}
		recorder := httptest.NewRecorder()
		sim.ServeHTTP(recorder, req.WithContext(t.Context()))
		if recorder.Code >= 500 {
			t.Errorf("%s %s: %d %s", method, target, recorder.Code, recorder.Body)
		}
		if kind := recorder.Header().Get("Content-Type"); recorder.Code >= 400 && kind != "application/json" && kind != "application/xml" {
			t.Errorf("%s %s: %d with content type %q", method, target, recorder.Code, kind)
		}
	})
}
