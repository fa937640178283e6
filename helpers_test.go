package payreports_test

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

const keyID = "SANDBOX-TEST"

var privateKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newSigner(tb testing.TB, id string) *signing.Signer {
	tb.Helper()
	signer, err := signing.NewSigner(id, privateKey())
	if err != nil {
		tb.Fatal(err)
	}
	return signer
}

func newClient(tb testing.TB, transport http.RoundTripper, opts ...payreports.Option) *payreports.Client {
	tb.Helper()
	client, err := payreports.New(regions.EU, newSigner(tb, keyID),
		append([]payreports.Option{payreports.WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// script is a transport that returns the responses of a list in order and records the requests. One request too many fails the test.
type script struct {
	t       testing.TB
	mu      sync.Mutex
	answers []answer
	asked   []*http.Request
	bodies  []string
	times   []time.Time
}

// answer is a transport error or a response.
type answer struct {
	err     error
	status  int
	header  map[string]string
	body    string
	cutBody error
}

func newScript(t testing.TB, answers ...answer) *script { return &script{t: t, answers: answers} }

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := ""
	if req.Body != nil {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			s.t.Errorf("the request's body can't be read: %v", err)
		}
		req.Body.Close()
		body = string(text)
	}
	s.asked = append(s.asked, req)
	s.bodies = append(s.bodies, body)
	s.times = append(s.times, time.Now())
	if len(s.asked) > len(s.answers) {
		s.t.Errorf("request %d (%s %s) was not expected", len(s.asked), req.Method, req.URL.Path)
		return response(req, answer{status: 400}), nil
	}
	a := s.answers[len(s.asked)-1]
	if a.err != nil {
		return nil, a.err
	}
	return response(req, a), nil
}

func response(req *http.Request, a answer) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}, "X-Amz-Pay-Request-Id": {"request-1"}}
	for name, value := range a.header {
		header.Set(name, value)
	}
	var body io.Reader = strings.NewReader(a.body)
	if a.cutBody != nil {
		body = io.MultiReader(body, cut{a.cutBody})
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(body), ContentLength: -1, Request: req}
}

type cut struct{ err error }

func (c cut) Read([]byte) (int, error) { return 0, c.err }

// requests returns the requests as "METHOD path?query".
func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, req := range s.asked {
		list = append(list, req.Method+" "+req.URL.RequestURI())
	}
	return list
}

// waits returns the times between the requests.
func (s *script) waits() []time.Duration {
	var list []time.Duration
	for i := 1; i < len(s.times); i++ {
		list = append(list, s.times[i].Sub(s.times[i-1]))
	}
	return list
}

// transport is a RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// unreachable fails the test when anything is sent.
func unreachable(t testing.TB) http.RoundTripper {
	return transport(func(req *http.Request) (*http.Response, error) {
		t.Errorf("%s %s was sent", req.Method, req.URL.Path)
		return response(req, answer{status: 400}), nil
	})
}

const (
	completedReport = `{"reportId":"A1","reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_","processingStatus":"COMPLETED","reportDocumentId":"D1"}`
	emptyList       = `{"reports":[]}`
)

var (
	day     = time.Date(2026, 8, 4, 0, 0, 0, 0, time.UTC)
	request = payreports.CreateReportRequest{Type: payreports.ReportTypeSandboxSettlement, Start: day, End: day.Add(24*time.Hour - time.Second)}
)
