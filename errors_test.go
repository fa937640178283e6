package payreports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

// Whatever a response contains, the error is an *Error with the status, and its text is one line.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	html := "<html><body>" + strings.Repeat("x", 2<<20) + "</body></html>"
	tests := map[string]struct {
		answer     answer
		wantStatus int
		wantReason string
		wantText   string
		wantBody   int
	}{
		"documented":               {answer{status: 400, body: `{"reasonCode":"InvalidParameterValue","message":"The value provided for [pageSize] is invalid."}`}, 400, "InvalidParameterValue", "payreports: getReports: 400 InvalidParameterValue: The value provided for [pageSize] is invalid. (request id request-1, 1 attempt)", 96},
		"empty":                    {answer{status: 403}, 403, "", "payreports: getReports: 403 Forbidden: the response has no body (request id request-1, 1 attempt)", 0},
		"HTML":                     {answer{status: 404, body: "<html>\n<h1>Not\nFound</h1>", header: map[string]string{"Content-Type": "text/html; charset=utf-8"}}, 404, "", "payreports: getReports: 404 Not Found: the response is not an error of this API but 25 bytes of text/html, perhaps from a proxy or gateway (request id request-1, 1 attempt)", 0},
		"HTML that says JSON":      {answer{status: 400, body: "<html>"}, 400, "", "6 bytes of application/json", 0},
		"2 MB of HTML":             {answer{status: 400, body: html, header: map[string]string{"Content-Type": "text/html"}}, 400, "", "more than 1048576 bytes of text/html", 0},
		"cut JSON":                 {answer{status: 400, body: `{"reasonCode":"Inv`}, 400, "", "18 bytes", 0},
		"cut connection":           {answer{status: 400, body: `{"reasonCode":"Inv`, cutBody: io.ErrUnexpectedEOF}, 400, "", "18 bytes", 0},
		"an array":                 {answer{status: 400, body: `[1,2]`}, 400, "", "5 bytes", 0},
		"a string":                 {answer{status: 400, body: `"no"`}, 400, "", "4 bytes", 0},
		"null":                     {answer{status: 400, body: `null`}, 400, "", "4 bytes", 0},
		"members of another kind":  {answer{status: 400, body: `{"reasonCode":7,"message":{"a":1}}`}, 400, "7", `400 7: {"a":1}`, 34},
		"message only":             {answer{status: 400, body: `{"message":"no"}`}, 400, "", "400 Bad Request: no", 16},
		"several lines":            {answer{status: 400, body: `{"reasonCode":"A\nB","message":"a\r\n\tb` + "\u2028\u202e" + `c` + "\x7f" + `"}`}, 400, "A B", "400 A B: a b ?c?", 50},
		"endless message":          {answer{status: 400, body: `{"message":"` + strings.Repeat("ü", 5000) + `"}`}, 400, "", "…", 10014},
		"unknown status":           {answer{status: 599, body: `{}`}, 599, "", "payreports: getReports: 599: the response is not an error", 0},
		"status 304":               {answer{status: 304}, 304, "", "304 Not Modified: the response is a redirect", 0},
		"200 with HTML":            {answer{status: 200, body: "<html>"}, 200, "", "200 OK: the response is not JSON but 6 bytes of application/json, probably from a proxy or a login page", 0},
		"200 empty":                {answer{status: 200}, 200, "", "unexpected end of JSON input", 0},
		"200 with another shape":   {answer{status: 200, body: `{"reports":{}}`}, 200, "", "cannot unmarshal object", 0},
		"200 with cut JSON":        {answer{status: 200, body: `{"reports":[`}, 200, "", "200 OK: the response doesn't match the documentation: unexpected end of JSON input", 0},
		"200 longer than 32 MiB":   {answer{status: 200, body: strings.Repeat(" ", 32<<20+1)}, 200, "", "longer than 32 MiB", 0},
		"204":                      {answer{status: 204}, 204, "", "unexpected end of JSON input", 0},
		"a secret in a quoted URL": {answer{status: 400, body: `{"message":"see https://x.example/p?X-Amz-Signature=5ec7e7 for more"}`}, 400, "", "see https://x.example/p?REDACTED for more", 55},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, test.answer)
			_, err := newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1})).GetReports(t.Context(), payreports.GetReportsOptions{})
			var failure *payreports.Error
			if !errors.As(err, &failure) {
				t.Fatalf("error %v, want a *payreports.Error", err)
			}
			if failure.StatusCode != test.wantStatus || failure.ReasonCode != test.wantReason || failure.Operation != "getReports" {
				t.Errorf("%+v, want status %d and reason %q", failure, test.wantStatus, test.wantReason)
			}
			text := err.Error()
			if !strings.Contains(text, test.wantText) || strings.ContainsAny(text, "\r\n\t") || len(text) > 1000 {
				t.Errorf("text %q, want one line with %q", text, test.wantText)
			}
			if len(failure.Body) != test.wantBody {
				t.Errorf("%d bytes of the body are kept, want %d", len(failure.Body), test.wantBody)
			}
			if strings.Contains(text+string(failure.Body), "5ec7e7") {
				t.Error("the query of a URL is kept")
			}
		})
	}
}

// Secrets are found however a service or an error spells them.
func TestSecretsInOtherSpellings(t *testing.T) {
	t.Parallel()
	const query = "X-Amz-Credential=c0ffee&X-Amz-Signature=5ec7e7"
	for name, message := range map[string]string{
		"no scheme":        `"see //s3.example/p?` + query + `"`,
		"upper case":       `"see HTTPS://s3.example/p?` + query + `"`,
		"escaped slashes":  `"see https:\/\/s3.example\/p?` + query + `"`,
		"in an object":     `{"url":"https:\/\/s3.example\/p?` + query + `"}`,
		"a query alone":    `"` + query + `"`,
		"the token":        `"token abc/5ec7e7 is bad"`,
		"an escaped token": `"token abc\/5ec7e7 is bad"`,
		"a spelled token":  `"token abc\u002f\u0035ec7e7 is bad"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, answer{status: 400, body: `{"reasonCode":"InvalidParameterValue","message":` + message + `}`})
			err := list(t.Context(), newClient(t, s, payreports.WithAuthToken("abc/5ec7e7")))
			var failure *payreports.Error
			if !errors.As(err, &failure) || failure.Body == nil {
				t.Fatalf("error %v", err)
			}
			shown := err.Error() + failure.Message + string(failure.Body)
			if strings.Contains(shown, "5ec7e7") || strings.Contains(shown, `\u0035ec7e7`) || strings.Contains(shown, "c0ffee") || !strings.Contains(shown, "REDACTED") {
				t.Errorf("%s", shown)
			}
		})
	}
}

// URLs in the errors of a RoundTripper's own client, or of a redirect that can't be parsed, are masked too. errors.Is still finds the causes.
func TestSecretsInTransportErrors(t *testing.T) {
	t.Parallel()
	oops := errors.New("oops")
	nested := func(req *http.Request) error {
		return fmt.Errorf("my transport: %w", &url.Error{Op: "Get", URL: req.URL.String() + "&nextToken=5ec7e7", Err: oops})
	}
	var log strings.Builder
	client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(req.URL.Path, "/reports"):
			return nil, nested(req)
		case req.URL.Path == "/redirect":
			return &http.Response{StatusCode: 307, Header: http.Header{"Location": {"https://s3.example/%zz?X-Amz-Signature=5ec7e7"}}, Body: http.NoBody, Request: req}, nil
		case req.URL.Host == "s3.example":
			return nil, nested(req)
		case strings.HasSuffix(req.URL.Path, "/redirect"):
			return response(req, answer{status: 200, body: `{"reportDocumentId":"redirect","url":"https://s3.example/redirect?X-Amz-Signature=5ec7e7"}`}), nil
		default:
			return response(req, answer{status: 200, body: `{"reportDocumentId":"D1","url":"https://s3.example/p?X-Amz-Signature=5ec7e7"}`}), nil
		}
	}), payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}), payreports.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	_, listErr := client.GetReports(t.Context(), payreports.GetReportsOptions{PageSize: 1})
	_, openErr := client.OpenReportDocument(t.Context(), "D1")
	_, redirectErr := client.OpenReportDocument(t.Context(), "redirect")
	for _, err := range []error{listErr, openErr, redirectErr} {
		var withURL *url.Error
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "5ec7e7") || errors.As(err, &withURL) {
			t.Errorf("error %v", err)
		}
	}
	if !errors.Is(listErr, oops) || !errors.Is(openErr, oops) || !strings.Contains(openErr.Error(), "my transport") {
		t.Errorf("%v, %v: the cause is lost", listErr, openErr)
	}
	if strings.Contains(log.String(), "5ec7e7") || !strings.Contains(log.String(), "my transport") {
		t.Errorf("log %s", log.String())
	}
}

func TestAuthTokenIsNotPrinted(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	option := payreports.WithAuthToken("5ec7e7")
	slog.New(slog.NewJSONHandler(&log, nil)).Error("x", "option", option, "options", []payreports.Option{option})
	text, _ := json.Marshal(map[string]any{"o": option})
	if shown := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %d %t %x %q", option, option, option, option, option, option, option, option); strings.Contains(shown, "5ec7e7") || strings.Contains(shown, fmt.Sprintf("%x", "5ec7e7")) {
		t.Errorf("%s", shown)
	}
}

// With a Client that New didn't create, every method returns an error instead of panicking.
func TestClientNotMadeByNew(t *testing.T) {
	t.Parallel()
	for _, client := range []*payreports.Client{nil, {}} {
		_, wait := client.WaitForReport(t.Context(), "1")
		_, open := client.OpenReport(t.Context(), "1")
		_, document := client.OpenReportDocument(t.Context(), "1")
		_, download := client.DownloadReport(t.Context(), "1", io.Discard)
		_, ensure := client.EnsureReportSchedule(t.Context(), daily())
		_, get := client.GetReportByID(t.Context(), "1")
		for _, err := range []error{wait, open, document, download, ensure, get, client.CancelReportSchedule(t.Context(), "1"), list(t.Context(), client)} {
			if !errors.Is(err, payreports.ErrInvalidArgument) {
				t.Errorf("error %v", err)
			}
		}
	}
}

// A response without its list isn't an empty list.
func TestAnswersWithoutTheirList(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{}`: "it has no ", `null`: "it has no ", `{"error":"login required"}`: "it has no ", `{"reports":[null],"reportSchedules":[null],"disbursements":[null]}`: "[0] has no ",
		`{"reports":[{}],"reportSchedules":[{}],"disbursements":[{"settlementId":"1"}]}`: "[0] has no ", `{"reports":[],"reportSchedules":[],"disbursements":[]}`: "",
		`{"reports":null,"reportSchedules":null,"disbursements":null}`: "it has no ", `{"reports":{},"reportSchedules":"","disbursements":0}`: "cannot unmarshal",
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, newScript(t, times(3, answer{status: 200, body: body})...))
			for _, err := range []error{
				second(client.GetReports(t.Context(), payreports.GetReportsOptions{})), second(client.GetReportSchedules(t.Context(), payreports.GetReportSchedulesOptions{})),
				second(client.GetDisbursements(t.Context(), payreports.GetDisbursementsOptions{Since: day, Until: day})),
			} {
				var failure *payreports.Error
				if want == "" && err != nil || want != "" && (!errors.As(err, &failure) || !strings.Contains(err.Error(), want)) {
					t.Errorf("error %v, want one with %q", err, want)
				}
			}
		})
	}
}

func TestErrorsWithoutIDs(t *testing.T) {
	t.Parallel()
	client := newClient(t, newScript(t, answer{status: 200, body: `{}`}, answer{status: 201, body: `{}`}, answer{status: 200, body: `{}`}, answer{status: 201, body: `{"reportScheduleId":""}`}))
	for _, err := range []error{
		second(client.GetReportByID(t.Context(), "A1")), second(client.CreateReport(t.Context(), request)),
		second(client.GetReportScheduleByID(t.Context(), "1")),
		second(client.CreateReportSchedule(t.Context(), payreports.CreateReportScheduleRequest{Type: "T", Frequency: "P1D", NextCreation: day})),
	} {
		if err == nil || !strings.Contains(err.Error(), "it has no report") {
			t.Errorf("error %v, want one about the missing id", err)
		}
	}
}

func TestErrorIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		reason string
		want   []error
	}{
		{404, "ResourceNotFound", []error{payreports.ErrNotFound}},
		{429, "TooManyRequests", []error{payreports.ErrThrottled}},
		{403, "InvalidAuthentication", []error{payreports.ErrForbidden}},
		{401, "UnauthorizedAccess", []error{payreports.ErrForbidden}},
		{403, "InvalidRequestSignature", []error{payreports.ErrForbidden, payreports.ErrSignature}},
		{400, "InvalidRequest", nil},
	}
	for _, test := range tests {
		s := newScript(t, answer{status: test.status, body: `{"reasonCode":"` + test.reason + `"}`})
		err := list(t.Context(), newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1})))
		for _, sentinel := range []error{payreports.ErrNotFound, payreports.ErrThrottled, payreports.ErrForbidden, payreports.ErrSignature, payreports.ErrNoData, payreports.ErrInvalidArgument} {
			want := false
			for _, expected := range test.want {
				want = want || errors.Is(expected, sentinel)
			}
			if errors.Is(err, sentinel) != want {
				t.Errorf("%d %s: errors.Is(%v) is %t", test.status, test.reason, sentinel, !want)
			}
		}
	}
}

func TestErrorLogValue(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&lines, nil))
	s := newScript(t, answer{status: 429, header: map[string]string{"Retry-After": "90"}, body: `{"reasonCode":"TooManyRequests","message":"slow\ndown"}`})
	_, err := newClient(t, s).CreateReport(t.Context(), request, payreports.WithIdempotencyKey("k"))
	logger.Error("x", "err", err)
	var line struct{ Err map[string]any }
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"operation": "createReport", "status": 429.0, "reasonCode": "TooManyRequests", "message": "slow down", "requestId": "request-1",
		"idempotencyKey": "k", "attempts": 1.0, "retryAfter": float64(90 * time.Second),
	} {
		if line.Err[name] != want {
			t.Errorf("%s is %v, want %v", name, line.Err[name], want)
		}
	}
}

// The error distinguishes a wrong key from a request that was changed in transit.
func TestSignatureDiagnosis(t *testing.T) {
	t.Parallel()
	const keyWrong, changed = "the private key is wrong", "the request was changed in transit"
	tests := map[string]struct {
		change func(*http.Request)
		signer func(t *testing.T, sim *simulator.Server) *signing.Signer
		want   string
	}{
		"wrong key": {
			signer: func(t *testing.T, _ *simulator.Server) *signing.Signer {
				return newSigner(t, simulator.SandboxPublicKeyID) // the simulator has another key for this id
			},
			want: keyWrong,
		},
		"body changed": {change: func(r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			body = bytes.Replace(body, []byte("2026"), []byte("2025"), 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}, want: changed},
		"header changed":      {change: func(r *http.Request) { r.Header.Set("x-amz-pay-region", "jp") }, want: changed},
		"query added":         {change: func(r *http.Request) { r.URL.RawQuery = "proxy=1" }, want: changed},
		"content-type by way": {change: func(r *http.Request) { r.Header.Set("Content-Type", "application/json;charset=utf-8") }, want: changed},
	}
	for name, test := range tests {
		for _, inPlace := range []bool{false, true} {
			if inPlace && test.change == nil {
				continue
			}
			t.Run(fmt.Sprintf("%s, in place %t", name, inPlace), func(t *testing.T) {
				t.Parallel()
				sim := simulator.StartInMemory(t)
				signer := sim.SandboxSigner
				if test.signer != nil {
					signer = test.signer(t, sim)
				}
				through := transport(func(req *http.Request) (*http.Response, error) {
					if test.change != nil {
						if !inPlace {
							req = req.Clone(req.Context())
						}
						test.change(req)
					}
					return sim.RoundTripper().RoundTrip(req)
				})
				client, err := payreports.New(regions.NA, signer, payreports.WithEndpoint(sim.URL), payreports.WithHTTPClient(&http.Client{Transport: through}))
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.CreateReport(t.Context(), request)
				var failure *payreports.Error
				if !errors.As(err, &failure) || !errors.Is(err, payreports.ErrSignature) || failure.Attempts != 1 {
					t.Fatalf("error %v, want ErrSignature at the first attempt", err)
				}
				if !strings.Contains(err.Error(), test.want) || failure.Body != nil {
					t.Errorf("error %v, want one with %q and no body", err, test.want)
				}
			})
		}
	}
}

func TestSignatureDiagnosisWithoutEcho(t *testing.T) {
	t.Parallel()
	s := newScript(t, answer{status: 403, body: `{"reasonCode":"InvalidRequestSignature","message":"no"}`})
	if err := list(t.Context(), newClient(t, s)); err == nil || !strings.Contains(err.Error(), "check that the private key belongs to this public key id") {
		t.Errorf("error %v", err)
	}
}

// With a clock that is ahead, the second attempt succeeds, also with the simulator.
func TestClockAheadOfTheSimulator(t *testing.T) {
	t.Parallel()
	sim := simulator.StartInMemory(t)
	var lines strings.Builder
	client := sim.SandboxClient(payreports.WithClock(func() time.Time { return time.Now().Add(10 * time.Minute) }),
		payreports.WithLogger(slog.New(slog.NewTextHandler(&lines, nil))))
	var info payreports.ResponseInfo
	if _, err := client.GetReports(t.Context(), payreports.GetReportsOptions{}, payreports.WithResponseInfo(&info)); err != nil {
		t.Fatal(err)
	}
	if info.Attempts != 2 || !strings.Contains(lines.String(), "level=WARN") {
		t.Errorf("%d attempts, log %q", info.Attempts, lines.String())
	}
}

// The client's output must not contain secrets: errors, log lines, and printed values of exported types.
func TestNoSecretIsLetOut(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	secrets := map[string]string{
		"the private exponent": privateKey().D.String(), "a prime": privateKey().Primes[0].String(),
		"the auth token": "token-of-the-merchant", "a URL's query": "X-Amz-Signature=5ec7e7", "a URL's signature": "5ec7e7",
	}
	// A service that echoes everything, and documents whose downloads fail in every way.
	echo := func(req *http.Request) string {
		text, _ := json.Marshal(fmt.Sprintf("Unable to verify signature, signing String [x], signature [%s] authorization %s token %s",
			req.Header.Get("Authorization"), req.Header.Get("Authorization"), req.Header.Get("x-amz-pay-authtoken")))
		return `{"reasonCode":"InvalidRequestSignature","message":` + string(text) + `,"echo":` + string(text) + `}`
	}
	n := 0
	client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		if authorization := req.Header.Get("Authorization"); authorization != "" {
			_, signature, _ := strings.Cut(authorization, "Signature=")
			n++
			secrets[fmt.Sprintf("signature %d", n)] = signature
			secrets[fmt.Sprintf("escaped signature %d", n)] = strings.ReplaceAll(signature, "+", `\u002b`)
		}
		switch {
		case strings.Contains(req.URL.Path, "/report-documents/bad"):
			return response(req, answer{status: 400, body: `{"message":"x","url":"https://s3.example/p?X-Amz-Signature=5ec7e7"}`}), nil
		case strings.Contains(req.URL.Path, "/report-documents/wrong"):
			return response(req, answer{status: 200, body: `{"url":"https://s3.example/p?X-Amz-Signature=5ec7e7","reportDocumentId":{}}`}), nil
		case strings.Contains(req.URL.Path, "/report-documents/parse"):
			return response(req, answer{status: 200, body: `{"reportDocumentId":"parse","url":"https://s3.example/%zz?X-Amz-Signature=5ec7e7"}`}), nil
		case strings.Contains(req.URL.Path, "/report-documents/http"):
			return response(req, answer{status: 200, body: `{"reportDocumentId":"http","url":"http://s3.example/p?X-Amz-Signature=5ec7e7"}`}), nil
		case strings.Contains(req.URL.Path, "/report-documents/"):
			return response(req, answer{status: 200, body: `{"reportDocumentId":"good","url":"https://s3.example/p?X-Amz-Signature=5ec7e7"}`}), nil
		case req.URL.Host == "s3.example":
			return nil, errors.New("dial tcp: refused")
		case req.URL.RawQuery != "":
			return response(req, answer{status: 500, body: echo(req)}), nil
		default:
			return response(req, answer{status: 403, body: echo(req)}), nil
		}
	}), payreports.WithLogger(logger), payreports.WithAuthToken("token-of-the-merchant"), payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}))

	show := func(values ...any) {
		for _, value := range values {
			fmt.Fprintf(&out, "%v %+v %#v %s %q %d %x\n", value, value, value, value, value, value, value)
			logger.Error("x", "value", value)
			text, _ := json.Marshal(value)
			if _, document := value.(*payreports.ReportDocument); !document { // its JSON includes the whole URL
				out.Write(text)
			}
			var failure *payreports.Error
			if err, ok := value.(error); ok && errors.As(err, &failure) {
				fmt.Fprintf(&out, "%v %+v %s", *failure, failure, failure.Body)
			}
		}
	}
	ctx := context.Background()
	show(client, second(client.GetReports(ctx, payreports.GetReportsOptions{})), second(client.GetReports(ctx, payreports.GetReportsOptions{PageSize: 5})),
		second(client.CreateReport(ctx, request)))
	for _, id := range []payreports.ReportDocumentID{"bad", "wrong", "parse", "http", "good"} {
		document, err := client.GetReportDocument(ctx, id)
		_, openErr := client.OpenReportDocument(ctx, id)
		show(document, err, openErr)
	}
	for name, secret := range secrets {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s leaked", name)
		}
	}
	if n < 10 || !strings.Contains(out.String(), "REDACTED") || !strings.Contains(out.String(), "s3.example") {
		t.Errorf("the test has shown too little: %d signatures", n)
	}
}
