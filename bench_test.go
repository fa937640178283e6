package payreports_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// instantKey signs at once, so that benchmarks measure the client itself.
type instantKey struct{ signature []byte }

func (instantKey) Public() crypto.PublicKey { return &privateKey().PublicKey }
func (k instantKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return k.signature, nil
}

// memory is a transport without a network.
func memory(body []byte) http.RoundTripper {
	return transport(func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
			Body: io.NopCloser(bytes.NewReader(body)), Request: req,
		}, nil
	})
}

// BenchmarkSignPSS is the baseline: every signed call needs it.
func BenchmarkSignPSS(b *testing.B) {
	digest := sha256.Sum256([]byte("x"))
	for b.Loop() {
		if _, err := rsa.SignPSS(rand.Reader, privateKey(), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareGet is a GET with only net/http and encoding/json.
func BenchmarkBareGet(b *testing.B) {
	client := &http.Client{Transport: memory([]byte(completedReport))}
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "https://pay-api.amazon.eu/v2/reports/A1", nil)
		if err != nil {
			b.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		var report payreports.Report
		if err := json.NewDecoder(resp.Body).Decode(&report); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
}

// BenchmarkClientGet is the same GET through the whole client, with a key that signs at once.
func BenchmarkClientGet(b *testing.B) {
	signer, err := signing.NewSigner(keyID, instantKey{make([]byte, 256)})
	if err != nil {
		b.Fatal(err)
	}
	client, err := payreports.New(regions.EU, signer, payreports.WithHTTPClient(&http.Client{Transport: memory([]byte(completedReport))}))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.GetReportByID(b.Context(), "A1"); err != nil {
			b.Fatal(err)
		}
	}
}
