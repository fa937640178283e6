package payreports_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := newSigner(t, keyID)
	unprefixed := newSigner(t, "AFVX7ULWSGBZ5535")
	live := newSigner(t, "LIVE-TEST")
	tests := map[string]struct {
		region regions.Region
		signer *signing.Signer
		option payreports.Option
		want   string
	}{
		"unknown region":         {"mars", good, nil, "na (or us), eu (or de, uk) or jp"},
		"no region":              {"", good, nil, "the region is missing"},
		"no signer":              {regions.EU, nil, nil, "signing.NewSigner"},
		"unprefixed key":         {regions.EU, unprefixed, nil, "set the environment to live or sandbox"},
		"live key, sandbox":      {regions.EU, live, payreports.WithEnvironment(regions.Sandbox), "is for live, but the environment is set to sandbox"},
		"unknown environment":    {regions.EU, good, payreports.WithEnvironment("test"), "use live or sandbox"},
		"endpoint without host":  {regions.EU, good, payreports.WithEndpoint("simulator"), "not a URL"},
		"endpoint by http":       {regions.EU, good, payreports.WithEndpoint("http://pay.example"), "loopback"},
		"endpoint by ftp":        {regions.EU, good, payreports.WithEndpoint("ftp://pay.example"), "must be https"},
		"endpoint with a user":   {regions.EU, good, payreports.WithEndpoint("https://u:secret@pay.example"), "user name"},
		"endpoint with a query":  {regions.EU, good, payreports.WithEndpoint("https://pay.example/?a=1"), "query"},
		"empty endpoint":         {regions.EU, good, payreports.WithEndpoint(" "), "empty"},
		"nil http.Client":        {regions.EU, good, payreports.WithHTTPClient(nil), "nil"},
		"nil logger":             {regions.EU, good, payreports.WithLogger(nil), "nil"},
		"nil clock":              {regions.EU, good, payreports.WithClock(nil), "nil"},
		"negative attempts":      {regions.EU, good, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: -1}), "negative"},
		"negative delay":         {regions.EU, good, payreports.WithRetry(payreports.RetryPolicy{MaxDelay: -1}), "negative"},
		"no rate":                {regions.EU, good, payreports.WithRateLimit(0, 1), "positive"},
		"no burst":               {regions.EU, good, payreports.WithRateLimit(rate.Limit(1), 0), "positive"},
		"empty token":            {regions.EU, good, payreports.WithAuthToken(""), "token"},
		"token with a break":     {regions.EU, good, payreports.WithAuthToken("secret\r\nx: y"), "token"},
		"user agent with a line": {regions.EU, good, payreports.WithUserAgent("a\nb"), "printable"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := payreports.New(test.region, test.signer, test.option)
			if err == nil || client != nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if strings.Contains(err.Error(), "secret") || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error is %q", err)
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		keyID    string
		region   regions.Region
		options  []payreports.Option
		wantURL  string
		wantHost string
		region2  string
	}{
		"prefixed key":         {"SANDBOX-A", regions.EU, nil, "https://pay-api.amazon.eu/v2/reports", "pay-api.amazon.eu", "eu"},
		"region's other name":  {"live-A", "US", nil, "https://pay-api.amazon.com/v2/reports", "pay-api.amazon.com", "na"},
		"unprefixed key":       {"A1", regions.JP, []payreports.Option{payreports.WithEnvironment(regions.Live)}, "https://pay-api.amazon.jp/live/v2/reports", "pay-api.amazon.jp", "jp"},
		"endpoint":             {"SANDBOX-A", regions.EU, []payreports.Option{payreports.WithEndpoint("http://127.0.0.1:8080")}, "http://127.0.0.1:8080/v2/reports", "127.0.0.1", "eu"},
		"endpoint, unprefixed": {"A1", regions.EU, []payreports.Option{payreports.WithEnvironment(regions.Sandbox), payreports.WithEndpoint("https://pay.example")}, "https://pay.example/sandbox/v2/reports", "pay.example", "eu"},
		"endpoint with a path": {"SANDBOX-A", regions.EU, []payreports.Option{payreports.WithEndpoint("https://pay.example/proxy/v2")}, "https://pay.example/proxy/v2/reports", "pay.example", "eu"},
		"endpoint with /":      {"SANDBOX-A", regions.EU, []payreports.Option{payreports.WithEndpoint("https://pay.example/")}, "https://pay.example/reports", "pay.example", "eu"},
		"own host with /":      {"SANDBOX-A", regions.EU, []payreports.Option{payreports.WithEndpoint("https://pay-api.amazon.eu/")}, "https://pay-api.amazon.eu/v2/reports", "pay-api.amazon.eu", "eu"},
		"own host, unprefixed": {"A1", regions.NA, []payreports.Option{payreports.WithEnvironment(regions.Live), payreports.WithEndpoint("https://pay-api.amazon.com/")}, "https://pay-api.amazon.com/live/v2/reports", "pay-api.amazon.com", "na"},
		"own host in capitals": {"LIVE-A", regions.JP, []payreports.Option{payreports.WithEndpoint(" https://PAY-API.amazon.jp/ ")}, "https://PAY-API.amazon.jp/v2/reports", "pay-api.amazon.jp", "jp"},
		"own host with a port": {"LIVE-A", regions.JP, []payreports.Option{payreports.WithEndpoint("https://pay-api.amazon.jp:443/")}, "https://pay-api.amazon.jp:443/v2/reports", "pay-api.amazon.jp", "jp"},
		"own host with a path": {"LIVE-A", regions.JP, []payreports.Option{payreports.WithEndpoint("https://pay-api.amazon.jp/other/")}, "https://pay-api.amazon.jp/other/reports", "pay-api.amazon.jp", "jp"},
		"an escaped path":      {"SANDBOX-A", regions.EU, []payreports.Option{payreports.WithEndpoint("https://pay.example/a%2Fb")}, "https://pay.example/a%2Fb/reports", "pay.example", "eu"},
		"IPv6 loopback":        {"SANDBOX-A", regions.EU, []payreports.Option{payreports.WithEndpoint("http://[::1]:80")}, "http://[::1]:80/v2/reports", "::1", "eu"},
		"insecure":             {"SANDBOX-A", regions.EU, []payreports.Option{payreports.WithEndpoint("http://sim.internal"), payreports.WithInsecureEndpoint()}, "http://sim.internal/v2/reports", "sim.internal", "eu"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, answer{status: 200, body: emptyList})
			client, err := payreports.New(test.region, newSigner(t, test.keyID),
				append(test.options, payreports.WithHTTPClient(&http.Client{Transport: s}))...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.GetReports(t.Context(), payreports.GetReportsOptions{}); err != nil {
				t.Fatal(err)
			}
			sent := s.asked[0]
			if got := sent.URL.String(); got != test.wantURL {
				t.Errorf("URL %s, want %s", got, test.wantURL)
			}
			if got := sent.Header.Get("x-amz-pay-host"); got != test.wantHost {
				t.Errorf("host %s, want %s", got, test.wantHost)
			}
			if got := sent.Header.Get("x-amz-pay-region"); got != test.region2 {
				t.Errorf("region %s, want %s", got, test.region2)
			}
		})
	}
}

// Invalid input is refused before anything is sent, and the error says what to do.
func TestBadArguments(t *testing.T) {
	t.Parallel()
	client := newClient(t, unreachable(t))
	ctx := t.Context()
	reports := func(o payreports.GetReportsOptions) error { _, err := client.GetReports(ctx, o); return err }
	disbursements := func(o payreports.GetDisbursementsOptions) error {
		_, err := client.GetDisbursements(ctx, o)
		return err
	}
	create := func(r payreports.CreateReportRequest, opts ...payreports.CallOption) error {
		_, err := client.CreateReport(ctx, r, opts...)
		return err
	}
	schedule := func(r payreports.CreateReportScheduleRequest) error {
		_, err := client.CreateReportSchedule(ctx, r)
		return err
	}
	daily := payreports.CreateReportScheduleRequest{Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequencyEveryDay, NextCreation: day}
	tests := map[string]struct {
		err  error
		want string
	}{
		"page size -1":               {reports(payreports.GetReportsOptions{PageSize: -1}), "pageSize is -1: it must be from 1 to 100"},
		"page size 101":              {reports(payreports.GetReportsOptions{PageSize: 101}), "pageSize is 101"},
		"token beside a filter":      {reports(payreports.GetReportsOptions{NextToken: "t", Types: []payreports.ReportType{"x"}}), "nextToken must be the only parameter"},
		"token beside a size":        {reports(payreports.GetReportsOptions{NextToken: "t", PageSize: 10}), "nextToken must be the only parameter"},
		"until before since":         {reports(payreports.GetReportsOptions{Since: day, Until: day.Add(-time.Hour)}), "createdUntil (20260803T230000Z) is before createdSince (20260804T000000Z)"},
		"an empty type":              {reports(payreports.GetReportsOptions{Types: []payreports.ReportType{""}}), "reportTypes contains"},
		"two types in one":           {reports(payreports.GetReportsOptions{Types: []payreports.ReportType{"A,B"}}), "each element must be one value"},
		"an empty status":            {reports(payreports.GetReportsOptions{Statuses: []payreports.ProcessingStatus{""}}), "processingStatuses contains"},
		"no report id":               {second(client.GetReportByID(ctx, "")), "reportId is empty"},
		"report id ..":               {second(client.GetReportByID(ctx, "..")), `reportId is ".."`},
		"report id .":                {second(client.GetReportByID(ctx, ".")), `reportId is "."`},
		"document id ..":             {second(client.GetReportDocument(ctx, "..")), "reportDocumentId"},
		"schedule id ..":             {client.CancelReportSchedule(ctx, ".."), "reportScheduleId"},
		"no schedule id":             {second(client.GetReportScheduleByID(ctx, " ")), "reportScheduleId is empty"},
		"wait for nothing":           {second(client.WaitForReport(ctx, "")), "reportId is empty"},
		"download of nothing":        {second(client.OpenReport(ctx, "..")), "reportId"},
		"document of nothing":        {second(client.OpenReportDocument(ctx, "")), "reportDocumentId"},
		"no type":                    {create(payreports.CreateReportRequest{Start: day, End: day}), "reportType is missing"},
		"no end":                     {create(payreports.CreateReportRequest{Type: "x", Start: day}), "both required"},
		"end before start":           {create(payreports.CreateReportRequest{Type: "x", Start: day, End: day.Add(-time.Second)}), "is before startTime"},
		"year 10000":                 {create(payreports.CreateReportRequest{Type: "x", Start: day, End: day.AddDate(9000, 0, 0)}), "more than four digits"},
		"key too long":               {create(request, payreports.WithIdempotencyKey(strings.Repeat("a", 33))), "33 characters: use 1 to 32 letters"},
		"key with a space":           {create(request, payreports.WithIdempotencyKey("a b")), "use 1 to 32 letters"},
		"empty key":                  {create(request, payreports.WithIdempotencyKey("")), "use 1 to 32 letters"},
		"nil info":                   {create(request, payreports.WithResponseInfo(nil)), "nil"},
		"nil progress":               {second(client.WaitForReport(ctx, "A1", payreports.WithProgress(nil))), "nil"},
		"bad token for a call":       {create(request, payreports.WithAuthToken("a\nb")), "token"},
		"schedule without type":      {schedule(payreports.CreateReportScheduleRequest{Frequency: daily.Frequency, NextCreation: day}), "reportType is missing"},
		"schedule without frequency": {schedule(payreports.CreateReportScheduleRequest{Type: daily.Type, NextCreation: day}), "scheduleFrequency is missing"},
		"schedule without time":      {schedule(payreports.CreateReportScheduleRequest{Type: daily.Type, Frequency: daily.Frequency}), "nextReportCreationTime is missing"},
		"ensure without time":        {second(client.EnsureReportSchedule(ctx, payreports.CreateReportScheduleRequest{Type: daily.Type, Frequency: daily.Frequency})), "nextReportCreationTime is missing"},
		"schedules of no type":       {second(client.GetReportSchedules(ctx, payreports.GetReportSchedulesOptions{Types: []payreports.ReportType{""}})), "reportTypes contains"},
		"disbursements of no time":   {disbursements(payreports.GetDisbursementsOptions{}), "both required"},
		"disbursements without end":  {disbursements(payreports.GetDisbursementsOptions{Since: day}), "both required"},
		"disbursements backwards":    {disbursements(payreports.GetDisbursementsOptions{Since: day, Until: day.Add(-time.Hour)}), "is before startTime"},
		"disbursements, size -1":     {disbursements(payreports.GetDisbursementsOptions{Since: day, Until: day, PageSize: -1}), "at least 1"},
		"disbursements, token, time": {disbursements(payreports.GetDisbursementsOptions{Since: day, NextToken: "t"}), "nextToken must be the only parameter"},
		"a client that wasn't made":  {second(new(payreports.Client).GetReports(ctx, payreports.GetReportsOptions{})), "payreports.New"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !errors.Is(test.err, payreports.ErrInvalidArgument) || !strings.Contains(test.err.Error(), test.want) {
				t.Errorf("error %v, want an ErrInvalidArgument with %q", test.err, test.want)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// What each method sends on the wire.
func TestRequestsOnTheWire(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call   func(context.Context, *payreports.Client) error
		status int
		answer string
		want   string
		body   string
	}{
		"getReports without options": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.GetReports(ctx, payreports.GetReportsOptions{}))
			},
			want: "GET /v2/reports", answer: emptyList,
		},
		"getReports with all options": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.GetReports(ctx, payreports.GetReportsOptions{
					Types:    []payreports.ReportType{payreports.ReportTypeSettlement, payreports.ReportTypeRefund},
					Statuses: []payreports.ProcessingStatus{payreports.ProcessingStatusCompleted},
					Since:    day.Add(999 * time.Millisecond), Until: day.In(time.FixedZone("", 3600)), PageSize: 100,
				}))
			},
			want:   "GET /v2/reports?createdSince=20260804T000000Z&createdUntil=20260804T000000Z&pageSize=100&processingStatuses=COMPLETED&reportTypes=_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_%2C_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_",
			answer: emptyList,
		},
		"getReports with a token": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.GetReports(ctx, payreports.GetReportsOptions{NextToken: "a+b/c=="}))
			},
			want: "GET /v2/reports?nextToken=a%2Bb%2Fc%3D%3D", answer: emptyList,
		},
		"getReportById with an odd id": {
			call: func(ctx context.Context, c *payreports.Client) error { return second(c.GetReportByID(ctx, "a/b%2F c")) },
			want: "GET /v2/reports/a%2Fb%252F%20c", answer: `{"reportId":"a/b%2F c","processingStatus":"COMPLETED"}`,
		},
		"createReport": {
			call: func(ctx context.Context, c *payreports.Client) error { return second(c.CreateReport(ctx, request)) },
			want: "POST /v2/reports", status: 201, answer: `{"reportId":"A1"}`,
			body: `{"endTime":"20260804T235959Z","reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SANDBOX_SETTLEMENT_DATA_","startTime":"20260804T000000Z"}`,
		},
		"getReportDocument": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.GetReportDocument(ctx, "amzn1.tortuga.3.x"))
			},
			want: "GET /v2/report-documents/amzn1.tortuga.3.x", answer: `{"reportDocumentId":"amzn1.tortuga.3.x","url":"https://h/p"}`,
		},
		"getReportSchedules": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.GetReportSchedules(ctx, payreports.GetReportSchedulesOptions{}))
			},
			want: "GET /v2/report-schedules", answer: `{"reportSchedules":[]}`,
		},
		"getReportScheduleById": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.GetReportScheduleByID(ctx, "68973459224"))
			},
			want: "GET /v2/report-schedules/68973459224", answer: `{"reportScheduleId":"68973459224"}`,
		},
		"createReportSchedule": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.CreateReportSchedule(ctx, payreports.CreateReportScheduleRequest{Type: "T", Frequency: "P1D", NextCreation: day}))
			},
			want: "POST /v2/report-schedules", status: 201, answer: `{"reportScheduleId":"1"}`,
			body: `{"nextReportCreationTime":"20260804T000000Z","reportType":"T","scheduleFrequency":"P1D"}`,
		},
		"createReportSchedule, replacing": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.CreateReportSchedule(ctx, payreports.CreateReportScheduleRequest{Type: "T", Frequency: "P1D", NextCreation: day, ReplaceExisting: true}))
			},
			want: "POST /v2/report-schedules?deleteExistingSchedule=true", status: 201, answer: `{"reportScheduleId":1}`,
			body: `{"deleteExistingSchedule":true,"nextReportCreationTime":"20260804T000000Z","reportType":"T","scheduleFrequency":"P1D"}`,
		},
		"cancelReportSchedule": {
			call: func(ctx context.Context, c *payreports.Client) error { return c.CancelReportSchedule(ctx, "1") },
			want: "DELETE /v2/report-schedules/1",
		},
		"cancelReportSchedule with an odd answer": {
			call: func(ctx context.Context, c *payreports.Client) error { return c.CancelReportSchedule(ctx, "1") },
			want: "DELETE /v2/report-schedules/1", answer: "<ok>",
		},
		"getDisbursements": {
			call: func(ctx context.Context, c *payreports.Client) error {
				return second(c.GetDisbursements(ctx, payreports.GetDisbursementsOptions{Since: day, Until: day.Add(time.Hour), PageSize: 500}))
			},
			want: "GET /v2/disbursements?endTime=20260804T010000Z&pageSize=500&startTime=20260804T000000Z", answer: `{"disbursements":[]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.status == 0 {
				test.status = 200
			}
			s := newScript(t, answer{status: test.status, body: test.answer})
			if err := test.call(t.Context(), newClient(t, s)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.want}, s.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if s.bodies[0] != test.body {
				t.Errorf("body %s, want %s", s.bodies[0], test.body)
			}
			sent := s.asked[0]
			if key := sent.Header.Get("x-amz-pay-idempotency-key"); (key != "") != (sent.Method == http.MethodPost) {
				t.Errorf("idempotency key %q on %s", key, sent.Method)
			}
			if agent := sent.Header.Get("User-Agent"); agent != "payreports/"+payreports.Version {
				t.Errorf("user agent %q", agent)
			}
		})
	}
}

func TestCallOptions(t *testing.T) {
	t.Parallel()
	s := newScript(t,
		answer{status: 503}, answer{status: 201, body: `{"reportId":"A1"}`, header: map[string]string{"Date": "Tue, 04 Aug 2026 10:00:00 GMT"}},
		answer{status: 200, body: emptyList}, answer{status: 200, body: emptyList})
	client := newClient(t, s, payreports.WithAuthToken("for-all"), payreports.WithUserAgent("shop/1"),
		payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}))
	var info payreports.ResponseInfo
	if _, err := client.CreateReport(t.Context(), request, payreports.WithResponseInfo(&info), payreports.WithIdempotencyKey("mine"), payreports.WithAuthToken("for-one"), nil); err != nil {
		t.Fatal(err)
	}
	want := payreports.ResponseInfo{
		StatusCode: 201, RequestID: "request-1", IdempotencyKey: "mine", Attempts: 2, Date: time.Date(2026, 8, 4, 10, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	for range 2 {
		if _, err := client.GetReports(t.Context(), payreports.GetReportsOptions{}, payreports.WithIdempotencyKey("unused")); err != nil {
			t.Fatal(err)
		}
	}
	for i, token := range []string{"for-one", "for-one", "for-all", "for-all"} {
		sent := s.asked[i]
		if got := sent.Header.Get("x-amz-pay-authtoken"); got != token || !strings.Contains(sent.Header.Get("Authorization"), "x-amz-pay-authtoken") {
			t.Errorf("request %d: token %q, want %q, signed", i, got, token)
		}
		if got := sent.Header.Get("User-Agent"); got != "shop/1 payreports/"+payreports.Version {
			t.Errorf("user agent %q", got)
		}
	}
	if s.asked[2].Header.Get("x-amz-pay-idempotency-key") != "" {
		t.Error("a GET was sent with an idempotency key")
	}
	if text := fmt.Sprintf("%v %+v %#v %s", client, client, client, payreports.WithAuthToken("secret-token")); strings.Contains(text, "for-all") || strings.Contains(text, "secret-token") {
		t.Errorf("a token is printed: %s", text)
	}
}

func TestCallersHTTPClientIsNotChanged(t *testing.T) {
	t.Parallel()
	redirects := func(*http.Request, []*http.Request) error { return nil }
	own := &http.Client{Transport: newScript(t, answer{status: 302, header: map[string]string{"Location": "https://elsewhere.example/"}}), CheckRedirect: redirects, Timeout: time.Minute}
	client, err := payreports.New(regions.EU, newSigner(t, keyID), payreports.WithHTTPClient(own))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetReports(t.Context(), payreports.GetReportsOptions{})
	var failure *payreports.Error
	if !errors.As(err, &failure) || failure.StatusCode != 302 || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("error %v, want one about the redirect that isn't followed", err)
	}
	if own.CheckRedirect == nil || own.Timeout != time.Minute {
		t.Error("the caller's http.Client was changed")
	}
}

func TestLoggerTellsEachAttempt(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	s := newScript(t, answer{err: errors.New("refused")}, answer{status: 503, body: "<html>"}, answer{status: 201, body: `{"reportId":"A1"}`})
	client := newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}),
		payreports.WithLogger(slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if _, err := client.CreateReport(t.Context(), request, payreports.WithIdempotencyKey("key1")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"attempt=1 ", "attempt=2 ", "attempt=3 "} {
		line := strings.Split(lines.String(), "\n")[i]
		if !strings.Contains(line, want) || !strings.Contains(line, "operation=createReport") || !strings.Contains(line, "idempotencyKey=key1") {
			t.Errorf("line %d is %q", i, line)
		}
	}
}
