package payreports_test

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// After attempts that can't have reached the service, a 404 means that the schedule doesn't exist, and not that it was cancelled.
func TestCancelThatNeverReachedTheService(t *testing.T) {
	t.Parallel()
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, notFound)
	}))
	t.Cleanup(service.Close)
	cut := func(after int) string { // accepts connections and cuts the first one after reading something
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				io.CopyN(io.Discard, connection, int64(after))
				connection.Close()
			}
		}()
		return listener.Addr().String()
	}
	proxy := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	through := func(address string) func(*http.Transport) {
		return func(transport *http.Transport) {
			transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: address})
		}
	}
	dialing := func(address string) func(*http.Transport) {
		return func(transport *http.Transport) {
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}
		}
	}
	for name, test := range map[string]struct {
		broken func(*http.Transport)
		ok     bool
	}{
		"CONNECT refused with 502":     {through(proxy(502)), false},
		"CONNECT refused with 407":     {through(proxy(407)), false},
		"CONNECT cut":                  {through(cut(1)), false},
		"no proxy":                     {through("127.0.0.1:1"), false},
		"TLS handshake cut":            {dialing(cut(1)), false},
		"connection cut at once":       {dialing(cut(0)), false},
		"nobody there":                 {dialing("127.0.0.1:1"), false},
		"answer cut after the request": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			healthy, ok := service.Client().Transport.(*http.Transport)
			if !ok {
				t.Fatal("no *http.Transport")
			}
			broken := healthy.Clone()
			if test.broken != nil {
				test.broken(broken)
			} else {
				server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
				t.Cleanup(server.Close)
				dialing(server.Listener.Addr().String())(broken)
			}
			var attempts atomic.Int32
			client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
				if attempts.Add(1) == 1 {
					return broken.RoundTrip(req)
				}
				return healthy.RoundTrip(req)
			}), payreports.WithEndpoint(service.URL), payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}))
			err := client.CancelReportSchedule(t.Context(), "1")
			if test.ok && err != nil || !test.ok && !errors.Is(err, payreports.ErrNotFound) || attempts.Load() < 2 {
				t.Errorf("error %v after %d attempts, want success: %t", err, attempts.Load(), test.ok)
			}
		})
	}
}

// If a remote key fails once, it is retried. Nothing is sent without a signature.
func TestKeyThatThrottles(t *testing.T) {
	for name, test := range map[string]struct {
		failures int
		err      error
		policy   payreports.RetryPolicy
		want     int // requested signatures
		ok       bool
	}{
		"throttled once":        {1, errors.New("ThrottlingException: rate exceeded"), payreports.RetryPolicy{}, 2, true},
		"throttled three times": {3, errors.New("ThrottlingException: rate exceeded"), payreports.RetryPolicy{}, 4, true},
		"a timeout of its own":  {1, fmt.Errorf("kms: %w", context.DeadlineExceeded), payreports.RetryPolicy{}, 2, true},
		"connection refused":    {2, &net.OpError{Op: "dial", Err: errors.New("refused")}, payreports.RetryPolicy{}, 3, true},
		"forever":               {99, errors.New("AccessDenied"), payreports.RetryPolicy{}, 4, false},
		"no retries":            {1, errors.New("ThrottlingException"), payreports.RetryPolicy{MaxAttempts: 1}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				asked := 0
				signer, err := signing.NewSigner(keyID, brokenKey{privateKey(), func(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
					if asked++; asked <= test.failures {
						return nil, test.err
					}
					return privateKey().Sign(random, digest, opts)
				}})
				if err != nil {
					t.Fatal(err)
				}
				var sent int
				var info payreports.ResponseInfo
				client, err := payreports.New(regions.EU, signer, payreports.WithRetry(test.policy), payreports.WithHTTPClient(&http.Client{Transport: transport(func(req *http.Request) (*http.Response, error) {
					sent++
					return response(req, answer{status: 201, body: `{"reportId":"A1"}`}), nil
				})}))
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.CreateReport(t.Context(), request, payreports.WithResponseInfo(&info))
				if asked != test.want || (err == nil) != test.ok || test.ok && (sent != 1 || info.Attempts != 1) || !test.ok && sent != 0 {
					t.Errorf("%d signatures asked for, %d requests sent, %+v, error %v", asked, sent, info, err)
				}
				if !test.ok && (!errors.Is(err, test.err) || !strings.Contains(err.Error(), "not sent: can't sign the request")) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// An absurd Retry-After delays no other call for longer than the policy allows.
func TestAbsurdRetryAfter(t *testing.T) {
	for header, most := range map[string]time.Duration{
		"31536000": time.Minute, "9999999999999999999999": time.Minute, "61": time.Minute, "1e9": time.Second, "-5": time.Second, "soon": time.Second,
		"Fri, 31 Dec 9999 23:59:59 GMT": time.Minute, "60.5": time.Minute, "NaN": time.Second, "0x3c": time.Second, "60": time.Minute, "50": time.Minute,
	} {
		t.Run(header, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				for range 20 { // the wait is random
					s := newScript(t, answer{status: 429, header: map[string]string{"Retry-After": header}}, answer{status: 200, body: emptyList})
					client := newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1}))
					if err := list(t.Context(), client); !errors.Is(err, payreports.ErrThrottled) {
						t.Fatalf("error %v", err)
					}
					if err := list(t.Context(), client); err != nil || s.waits()[0] > most*3/2 || most == time.Minute && s.waits()[0] > most {
						t.Errorf("%v after %v, want at most %v", err, s.waits(), most)
					}
				}
			})
		})
	}
}

func TestRetryAfterWithFractions(t *testing.T) {
	for header, want := range map[string]time.Duration{"1.5": 1500 * time.Millisecond, "2.0": 2 * time.Second, " 30.25 ": 30250 * time.Millisecond, "59.999": 59999 * time.Millisecond} {
		t.Run(header, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := newScript(t, answer{status: 503, header: map[string]string{"Retry-After": header}}, answer{status: 200, body: emptyList})
				if err := list(t.Context(), newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}))); err != nil || s.waits()[0] != want {
					t.Errorf("%v after %v, want %v", err, s.waits(), want)
				}
			})
		})
	}
}

// An endless series of empty pages, each with a new token, is an error.
func TestEndlessEmptyPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		page func(n int) string
		call func(*payreports.Client) error
	}{
		"reports": {func(n int) string { return fmt.Sprintf(`{"reports":[],"nextToken":"%d"}`, n) }, allReports},
		"disbursements": {func(n int) string { return fmt.Sprintf(`{"disbursements":[],"nextToken":"%d"}`, n) }, func(c *payreports.Client) error {
			for _, err := range c.AllDisbursements(ctx, payreports.GetDisbursementsOptions{Since: day, Until: day}) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		"after a full page": {func(n int) string {
			if n == 1 {
				return `{"reports":[{"reportId":"1"}],"nextToken":"a"}`
			}
			return fmt.Sprintf(`{"reports":[],"nextToken":"%d"}`, n)
		}, allReports},
		"a token that no URL can hold": {func(n int) string {
			return fmt.Sprintf(`{"reports":[{"reportId":"1"}],"nextToken":"%d%s"}`, n, strings.Repeat("x", 1<<20))
		}, allReports},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
				if n++; n > 1000 {
					return response(req, answer{status: 400}), nil
				}
				return response(req, answer{status: 200, body: test.page(n)}), nil
			}))
			if err := test.call(client); err == nil || n > 200 || !strings.Contains(err.Error(), "the list is incomplete") {
				t.Errorf("error %.300v after %d pages", err, n)
			}
		})
	}
	n := 0 // 150 empty pages are fine if others aren't empty in between
	client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		n++
		body := fmt.Sprintf(`{"reports":[],"nextToken":"%d"}`, n)
		switch {
		case n == 200:
			body = emptyList
		case n%60 == 0:
			body = fmt.Sprintf(`{"reports":[{"reportId":"%d"}],"nextToken":"%d"}`, n, n)
		}
		return response(req, answer{status: 200, body: body}), nil
	}))
	if err := allReports(client); err != nil || n != 200 {
		t.Errorf("error %v after %d pages", err, n)
	}
}

func allReports(c *payreports.Client) error {
	for _, err := range c.AllReports(ctx, payreports.GetReportsOptions{}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// The service may not know a new report at once.
func TestWaitForReportThatIsNotKnownYet(t *testing.T) {
	unknown := answer{status: 404, body: notFound}
	for name, test := range map[string]struct {
		answers []answer
		ok      bool
		atMost  time.Duration
	}{
		"once":                 {[]answer{unknown, reportIn("IN_PROGRESS"), reportIn("COMPLETED")}, true, time.Minute},
		"some times":           {append(times(4, unknown), reportIn("COMPLETED")), true, 30 * time.Second},
		"after a 503":          {[]answer{{status: 503}, unknown, reportIn("COMPLETED")}, true, time.Minute},
		"forever":              {times(30, unknown), false, 45 * time.Second},
		"after it was seen":    {[]answer{reportIn("IN_PROGRESS"), unknown}, false, 10 * time.Second},
		"a gateway's":          {[]answer{{status: 404, body: "<html>"}}, false, 0},
		"forbidden in between": {[]answer{unknown, {status: 403, body: `{"reasonCode":"UnauthorizedAccess"}`}}, false, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				started := time.Now()
				report, err := newClient(t, newScript(t, test.answers...)).WaitForReport(t.Context(), "A1")
				if (err == nil) != test.ok || test.ok && report.ReportID != "A1" || time.Since(started) > test.atMost {
					t.Errorf("%+v, %v after %v", report, err, time.Since(started))
				}
				if name == "forever" && !errors.Is(err, payreports.ErrNotFound) {
					t.Errorf("error %v, want ErrNotFound", err)
				}
			})
		})
	}
}

// The caller can know the idempotency key before anything is sent, and this key is sent.
func TestNewIdempotencyKey(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 100 {
		key := payreports.NewIdempotencyKey()
		if seen[key] || len(key) != 32 || strings.Trim(key, "0123456789abcdef") != "" {
			t.Errorf("key %q", key)
		}
		seen[key] = true
	}
	key := payreports.NewIdempotencyKey()
	s := newScript(t, answer{status: 201, body: `{"reportId":"A1"}`})
	if _, err := newClient(t, s).CreateReport(t.Context(), request, payreports.WithIdempotencyKey(key)); err != nil || s.asked[0].Header.Get("x-amz-pay-idempotency-key") != key {
		t.Errorf("%v, sent %q, want %q", err, s.asked[0].Header.Get("x-amz-pay-idempotency-key"), key)
	}
}
