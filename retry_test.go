package payreports_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

// inFakeTime runs each test in a bubble of its own.
func inFakeTime(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	privateKey() // outside, so that all bubbles share it
	synctest.Test(t, test)
}

func times(n int, a answer) []answer {
	list := make([]answer, n)
	for i := range list {
		list[i] = a
	}
	return list
}

func list(ctx context.Context, c *payreports.Client) error {
	return second(c.GetReports(ctx, payreports.GetReportsOptions{}))
}

func TestRetryStatuses(t *testing.T) {
	retried := map[int]bool{408: true, 425: true, 429: true, 500: true, 502: true, 503: true, 504: true}
	for _, status := range []int{400, 401, 403, 404, 405, 408, 409, 413, 422, 425, 426, 429, 500, 501, 502, 503, 504, 505} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				want := 1
				if retried[status] {
					want = 4
				}
				s := newScript(t, times(want, answer{status: status})...)
				err := list(t.Context(), newClient(t, s))
				var failure *payreports.Error
				if !errors.As(err, &failure) || failure.StatusCode != status || failure.Attempts != want || len(s.asked) != want {
					t.Errorf("error %v after %d requests, want status %d after %d", err, len(s.asked), status, want)
				}
			})
		})
	}
}

func TestRetryTransportErrors(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		broken := errors.New("connection reset")
		s := newScript(t, times(4, answer{err: broken})...)
		err := list(t.Context(), newClient(t, s))
		var failure *payreports.Error
		if !errors.Is(err, broken) || !errors.As(err, &failure) || failure.StatusCode != 0 || failure.Attempts != 4 {
			t.Errorf("error %v, want the transport's after 4 attempts", err)
		}
		if want := "payreports: getReports: no response: connection reset (4 attempts)"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	})
}

func TestRetryAnswersThatAreCut(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, answer{status: 201, body: `{"repo`, cutBody: io.ErrUnexpectedEOF}, answer{status: 201, body: `{"reportId":"A1"}`})
		created, err := newClient(t, s).CreateReport(t.Context(), request)
		if err != nil || created.ReportID != "A1" || len(s.asked) != 2 {
			t.Errorf("%v, %v after %d requests, want A1 after 2", created, err, len(s.asked))
		}
	})
}

func TestRetryNotOnAnEndpointThatIsWrong(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		for _, broken := range []error{&tls.CertificateVerificationError{Err: errors.New("unknown authority")}, http.ErrSchemeMismatch} {
			s := newScript(t, answer{err: broken})
			if err := list(t.Context(), newClient(t, s)); !errors.Is(err, broken) || !strings.Contains(err.Error(), "CA certificates") {
				t.Errorf("error %v, want one that says what to do", err)
			}
		}
	})
}

// The service ignores the key for other operations, so Error and ResponseInfo don't mention it.
func TestIdempotencyKeyOfAPOSTOnly(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, answer{status: 404, body: notFound})
		_, err := newClient(t, s).GetReportByID(t.Context(), "1", payreports.WithIdempotencyKey("nightly"))
		var failure *payreports.Error
		if !errors.As(err, &failure) || failure.IdempotencyKey != "" || s.asked[0].Header.Get("x-amz-pay-idempotency-key") != "" {
			t.Errorf("error %v, header %q", err, s.asked[0].Header.Get("x-amz-pay-idempotency-key"))
		}
	})
}

// However long the service asks clients to wait, a later call waits no longer than the policy allows.
func TestThrottleIsBounded(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, answer{status: 429, header: map[string]string{"Retry-After": "3600"}}, answer{status: 200, body: emptyList})
		client := newClient(t, s)
		if err := list(t.Context(), client); !errors.Is(err, payreports.ErrThrottled) || !strings.Contains(err.Error(), "retry after 1h0m0s") {
			t.Errorf("error %v", err)
		}
		if err := list(t.Context(), client); err != nil || s.waits()[0] < 40*time.Second || s.waits()[0] > time.Minute {
			t.Errorf("%v after %v", err, s.waits())
		}
	})
}

func TestRetryAfterDateGoesByTheGivenClock(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ours := time.Now().Add(-time.Hour)
		s := newScript(t, answer{status: 503, header: map[string]string{"Retry-After": ours.Add(20 * time.Second).UTC().Format(http.TimeFormat)}}, answer{status: 200, body: emptyList})
		if err := list(t.Context(), newClient(t, s, payreports.WithClock(func() time.Time { return time.Now().Add(-time.Hour) }))); err != nil || s.waits()[0] != 20*time.Second {
			t.Errorf("%v, waited %v, want 20s", err, s.waits())
		}
	})
}

func TestRetryJitterBounds(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ceilings := []time.Duration{1, 2, 4, 8, 16, 20, 20}
		longest := make([]time.Duration, len(ceilings))
		shortest := make([]time.Duration, len(ceilings))
		for round := range 60 {
			s := newScript(t, times(len(ceilings)+1, answer{status: 503})...)
			if err := list(t.Context(), newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: len(ceilings) + 1}))); err == nil {
				t.Fatal("no error")
			}
			for i, wait := range s.waits() {
				if wait < 0 || wait > ceilings[i]*time.Second {
					t.Errorf("wait %d is %v, want at most %ds", i, wait, ceilings[i])
				}
				longest[i] = max(longest[i], wait)
				if round == 0 || wait < shortest[i] {
					shortest[i] = wait
				}
			}
		}
		for i, ceiling := range ceilings { // full jitter uses the whole range
			if longest[i] < ceiling*time.Second*3/4 || shortest[i] > ceiling*time.Second/4 {
				t.Errorf("wait %d is from %v to %v in 60 rounds, want almost all from 0 to %ds", i, shortest[i], longest[i], ceiling)
			}
		}
	})
}

func TestRetryPolicyNumbers(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, answer{status: 503})
		if err := list(t.Context(), newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 1}))); err == nil {
			t.Error("no error")
		}
		s = newScript(t, times(70, answer{status: 503})...)
		client := newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 70, BaseDelay: time.Millisecond, MaxDelay: time.Second}))
		if err := list(t.Context(), client); err == nil {
			t.Error("no error")
		}
		for i, wait := range s.waits() { // far beyond the overflow of 1 ms·2ⁿ
			if wait < 0 || wait > time.Second {
				t.Errorf("wait %d is %v, want at most a second", i, wait)
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // the initial time of a bubble
	tests := map[string]struct {
		header  string
		least   time.Duration
		atOnce  bool // the error is returned without another attempt
		exactly time.Duration
	}{
		"seconds":          {header: "30", least: 30 * time.Second},
		"a date":           {header: now.Add(45 * time.Second).Format(http.TimeFormat), least: 45 * time.Second},
		"the limit":        {header: "60", least: time.Minute},
		"beyond the limit": {header: "61", atOnce: true, exactly: 61 * time.Second},
		"a far date":       {header: now.Add(time.Hour).Format(http.TimeFormat), atOnce: true, exactly: time.Hour},
		"20 digits":        {header: "99999999999999999999", atOnce: true, exactly: (1 << 30) * time.Second},
		"absurd":           {header: "99999999999999999", atOnce: true, exactly: (1 << 30) * time.Second},
		"zero":             {header: "0"},
		"in the past":      {header: now.Add(-time.Hour).Format(http.TimeFormat)},
		"negative":         {header: "-5"},
		"no sense":         {header: "soon"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := newScript(t, answer{status: 503, header: map[string]string{"Retry-After": test.header}}, answer{status: 200, body: emptyList})
				err := list(t.Context(), newClient(t, s))
				if test.atOnce {
					var failure *payreports.Error
					if !errors.As(err, &failure) || failure.RetryAfter != test.exactly || len(s.asked) != 1 || time.Since(now) > time.Second {
						t.Errorf("error %v after %v, want one at once with RetryAfter %v", err, time.Since(now), test.exactly)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if wait := s.waits()[0]; wait < test.least || wait > max(test.least, time.Second) {
					t.Errorf("waited %v, want %v (at most a second where nothing is asked for)", wait, test.least)
				}
			})
		})
	}
}

func TestRetryAfterDateGoesByTheServicesClock(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		theirs := time.Now().Add(-time.Hour)
		s := newScript(t, answer{status: 503, header: map[string]string{
			"Date": theirs.UTC().Format(http.TimeFormat), "Retry-After": theirs.Add(20 * time.Second).UTC().Format(http.TimeFormat),
		}}, answer{status: 200, body: emptyList})
		if err := list(t.Context(), newClient(t, s)); err != nil {
			t.Fatal(err)
		}
		if wait := s.waits()[0]; wait != 20*time.Second {
			t.Errorf("waited %v, want 20s", wait)
		}
	})
}

func TestRetryEndsWithTheContext(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, answer{status: 503, header: map[string]string{"Retry-After": "50"}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := list(ctx, newClient(t, s))
		var failure *payreports.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failure) || failure.StatusCode != 503 {
			t.Errorf("error %v, want the context's with the last answer", err)
		}
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("returned after %v, want 10s", waited)
		}
	})
}

// Wherever the context ends, the error contains the caller's cause and wraps the context's error.
func TestCauseOfTheContextsEnd(t *testing.T) {
	t.Parallel()
	cause := errors.New("the night is over")
	for name, test := range map[string]struct {
		late    bool
		answers []answer
	}{
		"before it was sent":   {late: true},
		"on the way":           {},
		"between attempts":     {answers: []answer{{status: 503, header: map[string]string{"Retry-After": "50"}}}},
		"while all calls wait": {answers: []answer{{status: 429, header: map[string]string{"Retry-After": "50"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				script := newScript(t, test.answers...)
				client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
					if test.answers == nil {
						<-req.Context().Done()
						return nil, req.Context().Err()
					}
					return script.RoundTrip(req)
				}))
				ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, cause)
				defer cancel()
				if test.late {
					time.Sleep(11 * time.Second)
				}
				err := list(ctx, client)
				if !errors.Is(err, cause) || !errors.Is(err, context.DeadlineExceeded) || strings.Count(err.Error(), cause.Error()) != 1 {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestRetryNotAfterTheContextHasEnded(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sent := 0
		client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
			sent++
			cancel()
			return nil, req.Context().Err()
		}))
		if err := list(ctx, client); !errors.Is(err, context.Canceled) || sent != 1 {
			t.Errorf("error %v after %d requests, want context.Canceled after 1", err, sent)
		}
		if err := list(ctx, client); !errors.Is(err, context.Canceled) || sent != 1 {
			t.Errorf("error %v after %d requests: an ended context must not send anything", err, sent)
		}
	})
}

func TestRetryKeepsKeyAndBodyAndRenewsTheSignature(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		slow := answer{status: 503, header: map[string]string{"Retry-After": "2"}}
		s := newScript(t, slow, slow, answer{err: errors.New("reset")}, answer{status: 201, body: `{"reportId":"A1"}`})
		if _, err := newClient(t, s).CreateReport(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		first := s.asked[0]
		dates, signatures := make(map[string]bool), make(map[string]bool)
		for i, sent := range s.asked {
			if got := sent.Header.Get("x-amz-pay-idempotency-key"); got == "" || got != first.Header.Get("x-amz-pay-idempotency-key") {
				t.Errorf("attempt %d has key %q", i, got)
			}
			if s.bodies[i] == "" || s.bodies[i] != s.bodies[0] {
				t.Errorf("attempt %d has body %q", i, s.bodies[i])
			}
			dates[sent.Header.Get("x-amz-pay-date")] = true
			signatures[sent.Header.Get("Authorization")] = true
			if want := s.times[i].UTC().Format("20060102T150405Z"); sent.Header.Get("x-amz-pay-date") != want {
				t.Errorf("attempt %d is dated %s, want %s, when it was sent", i, sent.Header.Get("x-amz-pay-date"), want)
			}
		}
		if len(dates) < 3 || len(signatures) != 4 {
			t.Errorf("%d dates and %d signatures in 4 attempts", len(dates), len(signatures))
		}
	})
}

func TestOnRetry(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var events []payreports.RetryEvent
		s := newScript(t, answer{status: 503}, answer{err: errors.New("reset")}, answer{status: 200, body: emptyList})
		client := newClient(t, s, payreports.WithRetry(payreports.RetryPolicy{OnRetry: func(e payreports.RetryEvent) { events = append(events, e) }}))
		if err := list(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if len(events) != 2 || events[0].Attempt != 1 || events[0].Err.StatusCode != 503 || events[1].Attempt != 2 || events[1].Err.StatusCode != 0 {
			t.Fatalf("events %+v", events)
		}
		for i, wait := range s.waits() {
			if events[i].Delay != wait || events[i].Operation != "getReports" {
				t.Errorf("event %+v, but the wait was %v", events[i], wait)
			}
		}
	})
}

// A 429 slows down all calls of the client, not only the one that received it.
func TestThrottledClientSlowsDownTogether(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var mu sync.Mutex
		var sent []time.Duration
		start := time.Now()
		client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, time.Since(start))
			if len(sent) == 1 {
				return response(req, answer{status: 429, header: map[string]string{"Retry-After": "30"}}), nil
			}
			return response(req, answer{status: 200, body: emptyList}), nil
		}))
		var calls sync.WaitGroup
		for i := range 5 {
			calls.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				if err := list(t.Context(), client); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		arrivals := make(map[time.Duration]bool)
		for _, at := range sent[1:] {
			if at < 30*time.Second || at > 90*time.Second {
				t.Errorf("a request was sent after %v, want 30s or later", at)
			}
			arrivals[at] = true
		}
		if len(sent) != 6 || len(arrivals) < 3 {
			t.Errorf("%d requests at %d moments: those who waited must not come all at once", len(sent), len(arrivals))
		}
	})
}

// Calls that are waiting for the rate limit when a 429 arrives also wait as long as the service asks.
func TestThrottleBehindTheRateLimit(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var mu sync.Mutex
		var sent []time.Duration
		start := time.Now()
		client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			sent = append(sent, time.Since(start))
			first := len(sent) == 1
			mu.Unlock()
			time.Sleep(50 * time.Millisecond)
			if first {
				return response(req, answer{status: 429, header: map[string]string{"Retry-After": "30"}}), nil
			}
			return response(req, answer{status: 200, body: emptyList}), nil
		}), payreports.WithRateLimit(rate.Limit(1), 1))
		var calls sync.WaitGroup
		for range 15 {
			calls.Go(func() {
				if err := list(t.Context(), client); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		for i, at := range sent[1:] {
			if at < 30*time.Second || i > 0 && at-sent[i] < 999*time.Millisecond {
				t.Errorf("requests after %v: the second not before 30s, and one a second", sent)
				break
			}
		}
	})
}

// Attempts counts the requests that were sent. The error of the last request isn't lost if there is no further one.
func TestAttemptsAreRequests(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newClient(t, unreachable(t)).CreateReport(ended, request)
		var failure *payreports.Error
		if !errors.As(err, &failure) || failure.Attempts != 0 || !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "payreports: createReport: not sent: context canceled (") {
			t.Errorf("an ended context: %v", err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		s := newScript(t, answer{status: 503, body: `{"message":"busy"}`})
		client := newClient(t, s, payreports.WithRateLimit(rate.Limit(0.1), 1), payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}))
		err = list(ctx, client)
		if !errors.As(err, &failure) || failure.Attempts != 1 || failure.StatusCode != 503 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a rate limit after a 503: %v", err)
		}

		signer, err := signing.NewSigner(keyID, brokenKey{privateKey(), func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errors.New("the KMS is away") }})
		if err != nil {
			t.Fatal(err)
		}
		client, err = payreports.New(regions.EU, signer, payreports.WithHTTPClient(&http.Client{Transport: unreachable(t)}))
		if err != nil {
			t.Fatal(err)
		}
		if err := list(t.Context(), client); err == nil || !strings.Contains(err.Error(), "not sent: can't sign the request") || !strings.Contains(err.Error(), "the KMS is away (0 attempts)") {
			t.Errorf("a key that fails: %v", err)
		}
	})
}

// brokenKey signs with any function.
type brokenKey struct {
	*rsa.PrivateKey
	sign func(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (k brokenKey) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.sign(random, digest, opts)
}

// The diagnosis distinguishes a signer that uses a different key than its Public method returns from a wrong key and a changed request.
func TestDiagnosisOfABrokenSigner(t *testing.T) {
	t.Parallel()
	rotated, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sim := simulator.StartInMemory(t)
	for name, sign := range map[string]func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error){
		"rotated": rotated.Sign,
		"PKCS 1": func(r io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
			return sim.Key.Sign(r, digest, crypto.SHA256)
		},
		"salt": func(r io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
			return sim.Key.Sign(r, digest, &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA256})
		},
		"nonsense": func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, 256), nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signer, err := signing.NewSigner("LIVE-SIMULATOR", brokenKey{sim.Key, sign})
			if err != nil {
				t.Fatal(err)
			}
			client, err := payreports.New(regions.NA, signer, sim.ClientOptions()...)
			if err != nil {
				t.Fatal(err)
			}
			if err := list(t.Context(), client); !errors.Is(err, payreports.ErrSignature) || !strings.Contains(err.Error(), "doesn't match the signer's own public key") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// The error that a hook receives doesn't change afterwards.
func TestOnRetryKeepsItsError(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var hooked *payreports.Error
		before := ""
		client := newClient(t, newScript(t, answer{status: 503, header: map[string]string{"Retry-After": "50"}}), payreports.WithRetry(payreports.RetryPolicy{OnRetry: func(e payreports.RetryEvent) {
			hooked, before = e.Err, e.Err.Error()
		}}))
		if err := list(ctx, client); !errors.Is(err, context.DeadlineExceeded) || hooked.Error() != before || errors.Is(hooked, context.DeadlineExceeded) {
			t.Errorf("error %v, the hook's %v", err, hooked)
		}
	})
}

func TestRateLimit(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, times(6, answer{status: 200, body: emptyList})...)
		client := newClient(t, s, payreports.WithRateLimit(rate.Limit(2), 2))
		start := time.Now()
		for range 6 {
			if err := list(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("6 requests took %v, want 2s: two at once, then two a second", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := list(ctx, client); !errors.Is(err, context.DeadlineExceeded) || len(s.asked) != 6 {
			t.Errorf("error %v, want the deadline's without a request", err)
		}
	})
}

const futureDate = `{"reasonCode":"InvalidHeaderValue","message":"x-amz-pay-date should not be in future"}`

func TestSkewIsCorrectedOnceAndKept(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		const ahead = 10 * time.Minute
		var lines strings.Builder
		service := time.Now() // this machine's clock is ahead of it
		date := func() map[string]string {
			return map[string]string{"Date": time.Now().UTC().Format(http.TimeFormat)}
		}
		s := newScript(t, answer{status: 400, body: futureDate, header: date()}, answer{status: 200, body: emptyList, header: date()}, answer{status: 200, body: emptyList, header: date()})
		client := newClient(t, s, payreports.WithClock(func() time.Time { return time.Now().Add(ahead) }),
			payreports.WithLogger(slog.New(slog.NewTextHandler(&lines, nil))))
		for range 2 {
			if err := list(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := s.asked[0].Header.Get("x-amz-pay-date"), service.Add(ahead).UTC().Format("20060102T150405Z"); got != want {
			t.Errorf("first date %s, want %s", got, want)
		}
		for _, sent := range s.asked[1:] {
			if got, want := sent.Header.Get("x-amz-pay-date"), service.UTC().Format("20060102T150405Z"); got != want {
				t.Errorf("corrected date %s, want %s", got, want)
			}
		}
		if got := strings.Count(lines.String(), "level=WARN"); got != 1 || !strings.Contains(lines.String(), "ahead=10m0s") {
			t.Errorf("%d warnings in %q, want one that says by how much", got, lines.String())
		}
	})
}

// An absurd Date isn't believed, and a Date that isn't behind explains nothing.
func TestSkewWithADoubtfulDate(t *testing.T) {
	for name, test := range map[string]struct {
		behind time.Duration
		want   string
	}{
		"years":      {30 * 365 * 24 * time.Hour, "ahead of the service's: set the clock"},
		"not at all": {-2 * time.Minute, "according to its Date header this machine's clock is not ahead"},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := newScript(t, answer{status: 400, body: futureDate, header: map[string]string{"Date": time.Now().Add(-test.behind).UTC().Format(http.TimeFormat)}}, answer{status: 200, body: emptyList})
				client := newClient(t, s)
				if err := list(t.Context(), client); err == nil || !strings.Contains(err.Error(), test.want) || len(s.asked) != 1 {
					t.Errorf("error %v after %d requests, want one with %q", err, len(s.asked), test.want)
				}
				if err := list(t.Context(), client); err != nil {
					t.Fatal(err)
				}
				if got, want := s.asked[1].Header.Get("x-amz-pay-date"), time.Now().UTC().Format("20060102T150405Z"); got != want {
					t.Errorf("dated %s, want %s", got, want)
				}
			})
		})
	}
}

func TestSkewIsNotLearnedTwiceInACall(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		refused := answer{status: 400, body: futureDate, header: map[string]string{"Date": time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)}}
		s := newScript(t, refused, refused)
		err := list(t.Context(), newClient(t, s))
		var failure *payreports.Error
		if !errors.As(err, &failure) || failure.Attempts != 2 || !strings.Contains(err.Error(), "1m0s ahead") {
			t.Errorf("error %v, want one after 2 attempts that names the clock", err)
		}
	})
}

func TestSkewNeverIntoTheFuture(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, answer{status: 400, body: futureDate, header: map[string]string{"Date": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}},
			answer{status: 200, body: emptyList})
		client := newClient(t, s)
		if err := list(t.Context(), client); err == nil {
			t.Error("no error")
		}
		now := time.Now()
		if err := list(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if got, want := s.asked[1].Header.Get("x-amz-pay-date"), now.UTC().Format("20060102T150405Z"); got != want {
			t.Errorf("date %s, want %s: a clock that is late isn't corrected", got, want)
		}
	})
}

func TestSkewWithoutDateNamesTheClock(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := newScript(t, answer{status: 400, body: futureDate})
		err := list(t.Context(), newClient(t, s))
		if err == nil || !strings.Contains(err.Error(), "this machine's clock is ahead") || !strings.Contains(err.Error(), "NTP") {
			t.Errorf("error %v, want one that names the clock", err)
		}
	})
}

func TestSkewEndsWhenTheClockIsSet(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ahead := 10 * time.Minute
		date := map[string]string{"Date": time.Now().UTC().Format(http.TimeFormat)}
		s := newScript(t, answer{status: 400, body: futureDate, header: date}, answer{status: 200, body: emptyList, header: date},
			answer{status: 200, body: emptyList, header: date}, answer{status: 200, body: emptyList, header: date})
		client := newClient(t, s, payreports.WithClock(func() time.Time { return time.Now().Add(ahead) }))
		if err := list(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		ahead = 0 // the next response shows it
		for range 2 {
			if err := list(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := s.asked[3].Header.Get("x-amz-pay-date"), time.Now().UTC().Format("20060102T150405Z"); got != want {
			t.Errorf("date %s, want %s", got, want)
		}
	})
}

const notFound = `{"reasonCode":"ResourceNotFound","message":"gone"}`

func TestCancelNotFoundOnARepeatedAttemptIsSuccess(t *testing.T) {
	tests := map[string]struct {
		first answer
		body  string
		ok    bool
	}{
		"after a cut connection": {answer{err: errors.New("reset")}, notFound, true},
		"after a 500":            {answer{status: 500}, notFound, true},
		"after a 429":            {answer{status: 429}, notFound, false}, // nothing was done
		"at once":                {answer{status: 404}, notFound, false},
		"never connected":        {answer{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, notFound, false},
		"a gateway's 404":        {answer{status: 502}, "default backend - 404", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				answers := []answer{test.first}
				if test.first.status != 404 {
					answers = append(answers, answer{status: 404, body: test.body})
				}
				err := newClient(t, newScript(t, answers...)).CancelReportSchedule(t.Context(), "1")
				if test.ok && err != nil || !test.ok && !errors.Is(err, payreports.ErrNotFound) {
					t.Errorf("error %v, want success: %t", err, test.ok)
				}
			})
		})
	}
}
