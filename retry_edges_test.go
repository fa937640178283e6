package payreports_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// A server with an untrusted certificate, and one that doesn't speak TLS, get only one attempt.
func TestRealEndpointsThatAreWrongAreAskedOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		start func(*httptest.Server)
		is    func(error) bool
	}{
		"unknown certificate": {(*httptest.Server).StartTLS, func(err error) bool {
			_, ok := errors.AsType[*tls.CertificateVerificationError](err)
			return ok
		}},
		"no TLS": {(*httptest.Server).Start, func(err error) bool { return errors.Is(err, http.ErrSchemeMismatch) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int64
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			test.start(server)
			defer server.Close()
			client, err := payreports.New(regions.EU, newSigner(t, keyID),
				payreports.WithHTTPClient(&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}}),
				payreports.WithEndpoint("https://"+server.Listener.Addr().String()+"/v2"),
				payreports.WithRetry(payreports.RetryPolicy{BaseDelay: time.Nanosecond}))
			if err != nil {
				t.Fatal(err)
			}
			err = list(t.Context(), client)
			var failure *payreports.Error
			if !errors.As(err, &failure) || !test.is(err) || failure.Attempts != 1 || !strings.Contains(err.Error(), "CA certificates") {
				t.Errorf("error %v, want one after 1 attempt that says what to check", err)
			}
			if n := connections.Load(); n != 1 {
				t.Errorf("%d connections, want 1", n)
			}
		})
	}
}

// When the context ends, the error says whether the last attempt was sent, and so may have worked.
func TestContextEndsBeforeOrAfterSending(t *testing.T) {
	t.Parallel()
	busy := answer{status: 503}
	for name, test := range map[string]struct {
		answers  []answer // after these, the service doesn't respond
		holdKey  bool     // the second attempt never gets its signature
		options  []payreports.Option
		status   int
		attempts int
		sent     int
		want     string
	}{
		"the first is on its way":             {attempts: 1, sent: 1, want: "no response: "},
		"the second is on its way":            {answers: []answer{busy}, attempts: 2, sent: 2, want: "no response: "},
		"the third is on its way":             {answers: []answer{busy, {err: errors.New("reset")}}, attempts: 3, sent: 3, want: "no response: "},
		"the second waits for the rate limit": {answers: []answer{busy}, options: []payreports.Option{payreports.WithRateLimit(rate.Every(time.Hour), 1)}, status: 503, attempts: 1, sent: 1, want: "503 Service Unavailable: "},
		"the second waits for its signature":  {answers: []answer{busy}, holdKey: true, status: 503, attempts: 1, sent: 1, want: "503 Service Unavailable: "},
		"the second waits after no answer":    {answers: []answer{{err: errors.New("reset")}}, holdKey: true, attempts: 1, sent: 1, want: "no response: reset"},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := newScript(t, test.answers...)
				sent := 0
				key := &heldKey{Signer: privateKey()}
				release := make(chan struct{})
				defer close(release)
				signer, err := signing.NewSigner(keyID, key)
				if err != nil {
					t.Fatal(err)
				}
				client, err := payreports.New(regions.EU, signer, append(test.options, payreports.WithHTTPClient(&http.Client{Transport: transport(func(req *http.Request) (*http.Response, error) {
					sent++
					if test.holdKey {
						key.release = release
					}
					if sent > len(test.answers) {
						<-req.Context().Done()
						return nil, req.Context().Err()
					}
					return s.RoundTrip(req)
				})}))...)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Minute, cancel)
				_, err = client.CreateReport(ctx, request)
				var failure *payreports.Error
				if !errors.As(err, &failure) || !errors.Is(err, context.Canceled) {
					t.Fatalf("error %v, want the context's", err)
				}
				if failure.StatusCode != test.status || failure.Attempts != test.attempts || sent != test.sent || !strings.Contains(err.Error(), "createReport: "+test.want) {
					t.Errorf("error %v with status %d and %d attempts, %d sent; want %q with %d, %d and %d", err, failure.StatusCode, failure.Attempts, sent, test.want, test.status, test.attempts, test.sent)
				}
				if failure.IdempotencyKey == "" {
					t.Error("the error doesn't tell the idempotency key")
				}
			})
		})
	}
}

// heldKey signs, unless it is held. Then it waits for its release.
type heldKey struct {
	crypto.Signer
	release chan struct{} // nil until it is held
}

func (k *heldKey) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if k.release != nil {
		<-k.release
	}
	return k.Signer.Sign(random, digest, opts)
}
