package simulator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// newBenched returns a simulator that doesn't verify signatures, so that benchmarks measure the rest.
func newBenched(b *testing.B) *Simulator {
	b.Helper()
	s, err := New(Config{TransactionsPerDay: -1})
	if err != nil {
		b.Fatal(err)
	}
	s.verify = func(*http.Request, []byte) (*signing.Verification, error) {
		return &signing.Verification{PublicKeyID: "LIVE-X", Date: time.Now().Add(-time.Second)}, nil
	}
	return s
}

func ask(b *testing.B, s *Simulator, target string) {
	req := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: target}, Header: http.Header{}, Body: http.NoBody}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, req.WithContext(b.Context()))
	if recorder.Code != http.StatusOK {
		b.Fatalf("%d %s", recorder.Code, recorder.Body)
	}
}

// BenchmarkRequest is a getReportById call without RSA.
func BenchmarkRequest(b *testing.B) {
	s := newBenched(b)
	account := s.tenants.list[0][regions.Live]
	r := account.request(api.ReportTypeRefund, time.Unix(0, 0), time.Unix(9, 0), s.Now())
	b.ReportAllocs()
	for b.Loop() {
		ask(b, s, "/v2/reports/"+string(r.id))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkList lists a page of 10 out of more and more reports. The time must depend only on the page.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("of %d reports", n), func(b *testing.B) {
			s := newBenched(b)
			for i := range n {
				s.tenants.list[0][regions.Live].request(api.ReportTypeRefund, time.Unix(0, 0), time.Unix(9, 0), s.Now().Add(time.Duration(i-n)*time.Second))
			}
			b.ReportAllocs()
			for b.Loop() {
				ask(b, s, "/v2/reports")
			}
		})
	}
}

// BenchmarkNew creates a simulator after the first one. Simulators share openapi.yaml.
func BenchmarkNew(b *testing.B) {
	if _, err := New(Config{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
