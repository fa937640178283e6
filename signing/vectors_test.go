package signing_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/signing"
)

type vector struct {
	Source           string
	Name             string
	Algorithm        signing.Algorithm
	Method           string
	Path             string
	Parameters       map[string][]string
	Headers          map[string]string
	Payload          string
	CanonicalURI     string
	Query            [][2]string
	CanonicalQuery   string
	Body             string
	CanonicalRequest string
	StringToSign     string
}

func readVectors(t *testing.T, file string, want int) []vector {
	t.Helper()
	text, err := os.ReadFile("../conformance/vectors/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != want {
		t.Fatalf("%s has %d vectors, want %d", file, len(vectors), want)
	}
	return vectors
}

func headersOf(values map[string]string) (http.Header, []string) {
	header := make(http.Header)
	var names []string
	for name, value := range values {
		header.Set(name, value)
		names = append(names, name)
	}
	return header, names
}

// upstreamVersions are those of the SDKs that upstream.json was taken from.
const upstreamVersions = "Java 2.6.7, .NET 2.7.3"

func TestUpstreamVectors(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "canonical requests and strings to sign", "unit tests of Amazon's Java and .NET SDKs", upstreamVersions)
	for _, v := range readVectors(t, "upstream.json", 60) {
		t.Run(string(v.Algorithm)+"/"+v.Name, func(t *testing.T) {
			t.Parallel()
			var query []string
			for name, values := range v.Parameters {
				for _, value := range values {
					query = append(query, url.QueryEscape(name)+"="+url.QueryEscape(value))
				}
			}
			header, names := headersOf(v.Headers)
			got := signing.CanonicalRequest(v.Method, signing.CanonicalPath(v.Path), signing.CanonicalQuery(strings.Join(query, "&")),
				header, names, signing.HashBody([]byte(v.Payload)))
			if diff := cmp.Diff(v.CanonicalRequest, got); diff != "" {
				t.Errorf("canonical request (-want +got):\n%s", diff)
			}
			if got := signing.StringToSign(v.Algorithm, got); got != v.StringToSign {
				t.Errorf("string to sign %q, want %q", got, v.StringToSign)
			}
			signature, err := signing.Sign(nil, privateKey(), v.Algorithm, v.StringToSign)
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := base64.StdEncoding.DecodeString(signature)
			if err != nil {
				t.Fatal(err)
			}
			digest := sha256.Sum256([]byte(v.StringToSign))
			salt := map[signing.Algorithm]int{"AMZN-PAY-RSASSA-PSS-V2": 32, "AMZN-PAY-RSASSA-PSS": 20}[v.Algorithm]
			if err := rsa.VerifyPSS(&privateKey().PublicKey, crypto.SHA256, digest[:], decoded, &rsa.PSSOptions{SaltLength: salt}); err != nil {
				t.Errorf("the signature has no salt of %d bytes: %v", salt, err)
			}
			compares.Count(1, "requests")
		})
	}
}

func TestOperationVectors(t *testing.T) {
	t.Parallel()
	signer := newSigner(t, signing.WithRegion("na"))
	for _, v := range readVectors(t, "reports-operations.json", 12) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			var query []string
			for _, pair := range v.Query {
				query = append(query, url.QueryEscape(pair[0])+"="+url.QueryEscape(pair[1]))
			}
			// This tests the whole signer and not only its steps, with the request of a generated client.
			req, err := http.NewRequest(v.Method, "https://pay-api.amazon.com"+v.CanonicalURI+"?"+strings.Join(query, "&"), strings.NewReader(v.Body))
			if err != nil {
				t.Fatal(err)
			}
			if key := v.Headers["x-amz-pay-idempotency-key"]; key != "" {
				req.Header.Set("x-amz-pay-idempotency-key", key)
			}
			date, err := time.Parse("20060102T150405Z", v.Headers["x-amz-pay-date"])
			if err != nil {
				t.Fatal(err)
			}
			if err := signer.SignRequestAt(context.Background(), req, date); err != nil {
				t.Fatal(err)
			}
			if got := req.URL.EscapedPath(); got != v.CanonicalURI {
				t.Errorf("path on the wire %q, want %q", got, v.CanonicalURI)
			}
			if got := req.URL.RawQuery; got != v.CanonicalQuery {
				t.Errorf("query on the wire %q, want %q", got, v.CanonicalQuery)
			}
			got, err := signing.SignedString(req, []byte(v.Body))
			if err != nil {
				t.Fatal(err)
			}
			if got != v.StringToSign {
				t.Errorf("string to sign %q, want %q", got, v.StringToSign)
			}
			header, names := headersOf(v.Headers)
			canonical := signing.CanonicalRequest(v.Method, v.CanonicalURI, v.CanonicalQuery, header, names, signing.HashBody([]byte(v.Body)))
			if diff := cmp.Diff(v.CanonicalRequest, canonical); diff != "" {
				t.Errorf("canonical request (-want +got):\n%s", diff)
			}
			if _, err := verifier().Verify(req, []byte(v.Body)); err != nil {
				t.Errorf("the signature doesn't verify: %v", err)
			}
		})
	}
}
