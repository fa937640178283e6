package signing_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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

func newSigner(tb testing.TB, opts ...signing.Option) *signing.Signer {
	tb.Helper()
	signer, err := signing.NewSigner(keyID, privateKey(), opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return signer
}

func verifier() *signing.Verifier {
	return signing.NewVerifier(func(id string) *rsa.PublicKey {
		if id != keyID {
			return nil
		}
		return &privateKey().PublicKey
	})
}

func newRequest(t testing.TB, method, target, body string) *http.Request {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, target, reader)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestSignRequestHeaders(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 10, 0, 0, 999_999_999, time.FixedZone("", 3600))
	signer := newSigner(t)
	tests := map[string]struct {
		method, target string
		header         map[string]string
		want           map[string]string
		wantSigned     string
	}{
		"GET": {
			method: "GET", target: "https://pay-api.amazon.eu:443/v2/reports",
			want: map[string]string{
				"Accept": "application/json", "Content-Type": "application/json", "X-Amz-Pay-Date": "20261124T090000Z",
				"X-Amz-Pay-Host": "pay-api.amazon.eu", "X-Amz-Pay-Region": "eu", "X-Amz-Pay-Idempotency-Key": "",
			},
			wantSigned: "accept;content-type;x-amz-pay-date;x-amz-pay-host;x-amz-pay-region",
		},
		"other pay headers are signed, user-agent is not": {
			method: "GET", target: "https://pay-api.amazon.com/v2/reports",
			header:     map[string]string{"x-amz-pay-authtoken": "  the \t token ", "User-Agent": "x"},
			want:       map[string]string{"X-Amz-Pay-Authtoken": "the token", "X-Amz-Pay-Region": "na"},
			wantSigned: "accept;content-type;x-amz-pay-authtoken;x-amz-pay-date;x-amz-pay-host;x-amz-pay-region",
		},
		"a given region stays": {
			method: "GET", target: "https://pay-api.amazon.jp/v2/reports",
			header:     map[string]string{"x-amz-pay-region": "EU"},
			want:       map[string]string{"X-Amz-Pay-Region": "EU"},
			wantSigned: "accept;content-type;x-amz-pay-date;x-amz-pay-host;x-amz-pay-region",
		},
		"a given key stays": {
			method: "POST", target: "https://pay-api.amazon.jp/v2/reports",
			header:     map[string]string{"x-amz-pay-idempotency-key": "mine_1-2"},
			want:       map[string]string{"X-Amz-Pay-Idempotency-Key": "mine_1-2", "X-Amz-Pay-Region": "jp"},
			wantSigned: "accept;content-type;x-amz-pay-date;x-amz-pay-host;x-amz-pay-idempotency-key;x-amz-pay-region",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, test.method, test.target, "")
			for name, value := range test.header {
				req.Header.Set(name, value)
			}
			if err := signer.SignRequestAt(context.Background(), req, at); err != nil {
				t.Fatal(err)
			}
			for name, want := range test.want {
				if got := req.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			verified, err := verifier().Verify(req, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(verified.SignedHeaders, ";"); got != test.wantSigned {
				t.Errorf("signed headers %s, want %s", got, test.wantSigned)
			}
			if want := at.UTC().Truncate(time.Second); !verified.Date.Equal(want) {
				t.Errorf("date %v, want %v: a fraction must be cut, not rounded up", verified.Date, want)
			}
		})
	}
}

func TestSignRequestAgainKeepsTheKeyAndRenewsTheRest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	signer := newSigner(t, signing.WithClock(func() time.Time { now = now.Add(time.Second); return now }))
	req := newRequest(t, "POST", "https://pay-api.amazon.eu/v2/reports", `{"a":1}`)
	var keys, dates, signatures []string
	for range 3 {
		if err := signer.SignRequest(context.Background(), req); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, req.Header.Get("x-amz-pay-idempotency-key"))
		dates = append(dates, req.Header.Get("x-amz-pay-date"))
		signatures = append(signatures, req.Header.Get("Authorization"))
		if _, err := verifier().Verify(req, []byte(`{"a":1}`)); err != nil {
			t.Fatal(err)
		}
	}
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(keys[0]) || keys[0] != keys[1] || keys[1] != keys[2] {
		t.Errorf("idempotency keys %v: want one of 32 hexadecimal digits, three times", keys)
	}
	if dates[0] == dates[1] || signatures[0] == signatures[1] || signatures[1] == signatures[2] {
		t.Errorf("dates %v and signatures must be new each time", dates)
	}
	if body, _ := io.ReadAll(req.Body); string(body) != `{"a":1}` {
		t.Errorf("the body is %q after signing", body)
	}
}

func TestSignRequestBodies(t *testing.T) {
	t.Parallel()
	const text = `{"reportType":"x"}`
	tests := map[string]func(*http.Request){
		"with GetBody":    func(*http.Request) {},
		"without GetBody": func(r *http.Request) { r.GetBody = nil },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, "POST", "https://pay-api.amazon.eu/v2/reports", text)
			prepare(req)
			for range 2 {
				if err := newSigner(t).SignRequest(context.Background(), req); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := verifier().Verify(req, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, err := verifier().Verify(req, []byte(text+" ")); err == nil {
				t.Error("another body verifies")
			}
			if body, err := io.ReadAll(req.Body); string(body) != text || err != nil {
				t.Errorf("body %q, %v", body, err)
			}
		})
	}
}

func TestSignRequestRefuses(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := map[string]struct {
		ctx     context.Context
		target  string
		prepare func(*http.Request)
		want    string
	}{
		"unknown host":        {target: "https://127.0.0.1:8080/v2/reports", want: "WithRegion"},
		"no host":             {target: "/v2/reports", want: "no host"},
		"no URL":              {prepare: func(r *http.Request) { r.URL = nil }, want: "no URL"},
		"opaque URL":          {prepare: func(r *http.Request) { r.URL.Opaque = "//pay-api.amazon.eu/other" }, want: "set Path instead"},
		"line break in host":  {prepare: func(r *http.Request) { r.Host, r.Header["X-Amz-Pay-Region"] = "a\r\nb", []string{"eu"} }, want: "line break"},
		"a name in two cases": {prepare: func(r *http.Request) { r.Header["x-amz-pay-A"], r.Header["X-Amz-Pay-A"] = []string{"1"}, []string{"2"} }, want: "2 values"},
		"GetBody fails":       {prepare: func(r *http.Request) { r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("gone") } }, want: "can't be read: gone"},
		"key too long":        {prepare: header("X-Amz-Pay-Idempotency-Key", strings.Repeat("a", 33)), want: "1 to 32|one to 32"},
		"key with a space":    {prepare: header("X-Amz-Pay-Idempotency-Key", "a b"), want: "1 to 32"},
		"empty key":           {prepare: header("X-Amz-Pay-Idempotency-Key", ""), want: "1 to 32"},
		"line break":          {prepare: header("X-Amz-Pay-Authtoken", "a\r\nb"), want: "line break"},
		"carriage return":     {prepare: header("X-Amz-Pay-Authtoken", "a\rb"), want: "line break"},
		"line feed":           {prepare: header("X-Amz-Pay-Authtoken", "a\nb"), want: "line break"},
		"NUL":                 {prepare: header("X-Amz-Pay-Authtoken", "a\x00b"), want: "NUL"},
		"two values":          {prepare: func(r *http.Request) { r.Header["X-Amz-Pay-Authtoken"] = []string{"a", "b"} }, want: "2 values"},
		"ended context":       {ctx: cancelled, want: "canceled"},
		"body can't be read":  {prepare: func(r *http.Request) { r.Body, r.GetBody = io.NopCloser(failingReader{}), nil }, want: "can't be read"},
		"body longer than 16": {prepare: func(r *http.Request) { r.Body, r.GetBody = io.NopCloser(io.LimitReader(zeros{}, 17<<20)), nil }, want: "longer than 16 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.ctx == nil {
				test.ctx = context.Background()
			}
			if test.target == "" {
				test.target = "https://pay-api.amazon.eu/v2/reports"
			}
			req := newRequest(t, "POST", test.target, "{}")
			req.Header.Set("Authorization", "stale")
			if test.prepare != nil {
				test.prepare(req)
			}
			err := newSigner(t).SignRequest(test.ctx, req)
			if err == nil || !regexp.MustCompile(test.want).MatchString(err.Error()) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error has several lines: %q", err)
			}
			if req.Header.Get("Authorization") != "" {
				t.Error("the refused request has an Authorization header")
			}
		})
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header[name] = []string{value} }
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A header in another case than package http's canonical one would be sent too.
func TestSignRequestHeaderNames(t *testing.T) {
	t.Parallel()
	req := newRequest(t, "POST", "https://pay-api.amazon.eu/v2/reports", "{}")
	req.Header = http.Header{
		"accept": {"text/html"}, "CONTENT-TYPE": {"text/plain"}, "authorization": {"stale"}, "x-amz-pay-authtoken": {"token"},
		"x-amz-pay-idempotency-key": {"mine"}, "x-amz-pay-Region": {" "}, "X-Amz-Pay-Unset": nil, "x-other": {"a", "b"},
	}
	if err := newSigner(t).SignRequest(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	authorization := req.Header.Get("Authorization")
	for _, name := range []string{"Authorization", "X-Amz-Pay-Date"} {
		if len(req.Header[name]) != 1 {
			t.Errorf("%s has the values %d", name, len(req.Header[name]))
		}
		delete(req.Header, name)
	}
	want := http.Header{
		"Accept": {"application/json"}, "Content-Type": {"application/json"}, "X-Amz-Pay-Authtoken": {"token"}, "X-Amz-Pay-Host": {"pay-api.amazon.eu"},
		"X-Amz-Pay-Idempotency-Key": {"mine"}, "X-Amz-Pay-Region": {"eu"}, "x-other": {"a", "b"},
	}
	if diff := cmp.Diff(want, req.Header); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	const signed = "SignedHeaders=accept;content-type;x-amz-pay-authtoken;x-amz-pay-date;x-amz-pay-host;x-amz-pay-idempotency-key;x-amz-pay-region,"
	if !strings.Contains(authorization, signed) {
		t.Errorf("not signed are exactly %s", signed)
	}
}

func TestSignRequestIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	signer := newSigner(t)
	keys := make(chan string, 8)
	var group sync.WaitGroup
	for range cap(keys) {
		group.Go(func() {
			req := newRequest(t, "POST", "https://pay-api.amazon.eu/v2/reports", "{}")
			if err := signer.SignRequest(context.Background(), req); err != nil {
				t.Error(err)
			}
			if _, err := verifier().Verify(req, []byte("{}")); err != nil {
				t.Error(err)
			}
			keys <- req.Header.Get("X-Amz-Pay-Idempotency-Key")
		})
	}
	group.Wait()
	close(keys)
	seen := make(map[string]bool)
	for key := range keys {
		if seen[key] {
			t.Errorf("idempotency key %s twice", key)
		}
		seen[key] = true
	}
}

// sentAndReceived writes a request like net/http and reads it like a server.
func sentAndReceived(t *testing.T, req *http.Request) (*http.Request, string) {
	t.Helper()
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(wire.String(), "\r\n\r\n")
	received, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatal(err)
	}
	return received, head
}

func TestSignRequestOfUnusualRequests(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		req      *http.Request
		wantHead string
	}{
		"no method is GET": {&http.Request{URL: &url.URL{Scheme: "https", Host: "pay-api.amazon.eu", Path: "/v2/reports"}}, "GET /v2/reports HTTP/1.1"},
		"no path":          {&http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "pay-api.amazon.eu"}}, "GET / HTTP/1.1"},
		"Host wins": {
			&http.Request{Method: "GET", Host: "pay-api.amazon.jp:443", URL: &url.URL{Scheme: "https", Host: "127.0.0.1:1", Path: "/"}},
			"X-Amz-Pay-Host: pay-api.amazon.jp\r\nX-Amz-Pay-Region: jp",
		},
		"IPv6 host": {
			&http.Request{Method: "GET", Header: http.Header{"X-Amz-Pay-Region": {"na"}}, URL: &url.URL{Scheme: "https", Host: "[::1]:8443", Path: "/"}},
			"X-Amz-Pay-Host: ::1\r\n",
		},
		"IPv6 host without a port": {
			&http.Request{Method: "GET", Header: http.Header{"X-Amz-Pay-Region": {"na"}}, URL: &url.URL{Scheme: "https", Host: "[::1]", Path: "/"}},
			"X-Amz-Pay-Host: ::1\r\n",
		},
		"host in upper case": {
			&http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "Pay-API.Amazon.EU", Path: "/"}},
			"X-Amz-Pay-Host: pay-api.amazon.eu\r\nX-Amz-Pay-Region: eu",
		},
		"RawPath that isn't Path": {
			&http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "pay-api.amazon.eu", Path: "/a b", RawPath: "/other"}}, "GET /a%20b HTTP/1.1",
		},
		"ForceQuery": {
			&http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "pay-api.amazon.eu", Path: "/a", ForceQuery: true}}, "GET /a HTTP/1.1",
		},
		"empty body of unknown length": {
			&http.Request{Method: "POST", Body: io.NopCloser(strings.NewReader("")), URL: &url.URL{Scheme: "https", Host: "pay-api.amazon.eu", Path: "/a"}},
			"Content-Length: 0",
		},
		"NoBody": {
			&http.Request{Method: "POST", Body: http.NoBody, URL: &url.URL{Scheme: "https", Host: "pay-api.amazon.eu", Path: "/a"}},
			"Content-Length: 0",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := newSigner(t).SignRequest(context.Background(), test.req); err != nil {
				t.Fatal(err)
			}
			before, err := signing.SignedString(test.req, nil)
			if err != nil {
				t.Fatal(err)
			}
			received, head := sentAndReceived(t, test.req)
			if !strings.Contains(head, test.wantHead) {
				t.Errorf("%q isn't in what is sent:\n%s", test.wantHead, withoutSignature(head))
			}
			if _, err := verifier().Verify(received, nil); err != nil {
				t.Error(err)
			}
			if after, err := signing.SignedString(received, nil); after != before || err != nil {
				t.Errorf("string to sign %q, %v, after sending; %q before", after, err, before)
			}
		})
	}
}

func withoutSignature(head string) string {
	return regexp.MustCompile("Signature=.*").ReplaceAllString(head, "Signature=…")
}

// For any request, the service must see exactly what was signed, with the same meaning.
func FuzzSignedIsSent(f *testing.F) {
	f.Add("/v2/reports/a%2Fb", "", "t=a,b:c&u=x+y&v=&=w", "  x \t y ", "{}")
	f.Add("//ü//100%", "/%2f", "%", "", "")
	f.Add("*", "", "?", "a", "x")
	f.Fuzz(func(t *testing.T, path, rawPath, query, token, body string) {
		// The key doesn't matter here, and would make this slow.
		signer, err := signing.NewSigner(keyID, remoteKey{func([]byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, 256), nil }})
		if err != nil {
			t.Fatal(err)
		}
		req := newRequest(t, "POST", "https://pay-api.amazon.eu", body)
		req.URL.Path, req.URL.RawPath, req.URL.RawQuery = path, rawPath, query
		req.Header.Set("X-Amz-Pay-Authtoken", token)
		if err := signer.SignRequest(context.Background(), req); err != nil {
			if !strings.ContainsAny(token, "\r\n\x00") {
				t.Errorf("not signed: %v", err)
			}
			return
		}
		if want := "/" + strings.TrimLeft(slashes.ReplaceAllString(path, "/"), "/"); rawPath == "" && req.URL.Path != want {
			t.Errorf("the path %q became %q", want, req.URL.Path)
		}
		signed, err := signing.SignedString(req, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(token, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return // net/http refuses to send it
		}
		received, head := sentAndReceived(t, req)
		target := req.URL.EscapedPath()
		if req.URL.RawQuery != "" {
			target += "?" + req.URL.RawQuery
		}
		if !strings.HasPrefix(head, "POST "+target+" HTTP/1.1\r\n") {
			t.Errorf("%q was signed, but this was sent: %.200q", target, head)
		}
		if after, err := signing.SignedString(received, []byte(body)); after != signed || err != nil {
			t.Errorf("string to sign %q, %v, after sending; %q before", after, err, signed)
		}
	})
}

var slashes = regexp.MustCompile("/+")

// What net/http sends must be what was signed, even for odd ids and parameters.
func TestWireEqualsCanonicalForm(t *testing.T) {
	t.Parallel()
	var received []*http.Request
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		received = append(received, r)
		path, query, _ := strings.Cut(r.RequestURI, "?")
		if path != signing.CanonicalPath(path) || query != signing.CanonicalQuery(query) || strings.HasSuffix(r.RequestURI, "?") {
			t.Errorf("%q on the wire is not canonical", r.RequestURI)
		}
		if _, err := verifier().Verify(r, nil); err != nil {
			t.Errorf("%s: %v", r.RequestURI, err)
		}
	}))
	defer server.Close()
	signer := newSigner(t, signing.WithRegion("eu"))
	ids := []string{"a/b", "a%2Fb", "100%", "a+b", "a b", "ü", "a,b", "a;b=c", "a:b", "$x", "a@b", "a&b", "a'b", "(a)!*", "ሴ", "a?b#c", "~-._"}
	for _, id := range ids {
		for _, query := range []string{"", "?", "?types=a,b:c", "?t=a+b&s=%2c&empty=&t=Z", "?q=" + url.QueryEscape(id)} {
			req := newRequest(t, "GET", server.URL+"/v2//reports/"+url.PathEscape(id)+query, "")
			if err := signer.SignRequest(context.Background(), req); err != nil {
				t.Fatal(err)
			}
			if got, err := url.PathUnescape(strings.TrimPrefix(req.URL.EscapedPath(), "/v2/reports/")); got != id || err != nil {
				t.Errorf("id %q arrives as %q", id, got)
			}
			resp, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
	}
	if len(received) != len(ids)*5 {
		t.Errorf("%d requests arrived, want %d", len(received), len(ids)*5)
	}
}

func TestCanonicalPath(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"": "/", "/": "/", "//": "/", "///foo//": "/foo/", "foo": "/foo", "/ /foo": "/%20/foo", "/%41": "/A", "/%2f": "/%2F", "/%2": "/%252",
		"/%zz": "/%25zz", "/a+b": "/a%2Bb", "/a:b$c@d=e": "/a%3Ab%24c%40d%3De", "/ሴ": "/%E1%88%B4", "/a/./b/..": "/a/./b/..",
		"/-._~09AZaz": "/-._~09AZaz",
	}
	for in, want := range tests {
		if got := signing.CanonicalPath(in); got != want {
			t.Errorf("CanonicalPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCanonicalQuery(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"": "", "a=": "", "a": "", "&&": "", "b=1&a=2": "a=2&b=1", "a=b&a=a": "a=a&a=b", "a=x+y": "a=x%20y", "a=%2b": "a=%2B", "a=b=c": "a=b%3Dc",
		"t=A,B": "t=A%2CB", "a=~*'()!": "a=~%2A%27%28%29%21", "A.1=f&A.2=f&A.10=f": "A.1=f&A.10=f&A.2=f", "%61=1": "a=1", "a=%": "a=%25",
		"nextToken=ab%2Bc%2Fd%3De~f%2Ag%20h": "nextToken=ab%2Bc%2Fd%3De~f%2Ag%20h", "a=Zoo&a=aha": "a=Zoo&a=aha",
	}
	for in, want := range tests {
		if got := signing.CanonicalQuery(in); got != want {
			t.Errorf("CanonicalQuery(%q) = %q, want %q", in, got, want)
		}
	}
}

// naive* are a second implementation, as simple as possible.

func naiveEncode(s string) string {
	var out string
	for _, b := range []byte(s) {
		if strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", b) >= 0 {
			out += string(rune(b))
		} else {
			out += fmt.Sprintf("%%%02X", b)
		}
	}
	return out
}

var escape = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

func naiveDecode(s string) string {
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		decoded, _ := url.PathUnescape(e)
		return decoded
	})
}

func naivePath(path string) string {
	var kept []string
	for _, segment := range strings.Split(path, "/") {
		if segment != "" {
			kept = append(kept, naiveEncode(naiveDecode(segment)))
		}
	}
	out := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(path, "/") && out != "/" {
		out += "/"
	}
	return out
}

func naiveQuery(query string) string {
	var pairs [][2]string
	for _, field := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		if value != "" {
			pairs = append(pairs, [2]string{
				naiveEncode(naiveDecode(strings.ReplaceAll(name, "+", " "))), naiveEncode(naiveDecode(strings.ReplaceAll(value, "+", " "))),
			})
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		return pairs[i][0] < pairs[j][0] || pairs[i][0] == pairs[j][0] && pairs[i][1] < pairs[j][1]
	})
	var joined []string
	for _, pair := range pairs {
		joined = append(joined, pair[0]+"="+pair[1])
	}
	return strings.Join(joined, "&")
}

func naiveValue(value string) string {
	return regexp.MustCompile("[ \t]+").ReplaceAllString(strings.Trim(value, " \t"), " ")
}

func naiveRequest(method, path, query string, header map[string][]string, names []string, body string) string {
	lines := []string{method, path, query}
	sorted := slices.Clone(names)
	for i := range sorted {
		sorted[i] = strings.ToLower(sorted[i])
	}
	sort.Strings(sorted)
	for i, name := range sorted {
		if i > 0 && name == sorted[i-1] {
			continue
		}
		var values []string
		for key, list := range header {
			if strings.EqualFold(key, name) {
				for _, value := range list {
					values = append(values, naiveValue(value))
				}
			}
		}
		lines = append(lines, name+":"+strings.Join(values, ","))
	}
	return strings.Join(lines, "\n") + "\n\n" + strings.Join(slices.Compact(sorted), ";") + "\n" + fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
}

func FuzzCanonicalForm(f *testing.F) {
	f.Add("/v2/reports/a%2Fb", "b=1&a=x+y&a=&c=%zz", "  x \t y ")
	f.Add("//", "&=&==&a==", "")
	f.Add("/ü/%41/..", "ü=%C3%BC", "a")
	f.Fuzz(func(t *testing.T, path, query, value string) {
		header := http.Header{"Accept": {value}, "X-Amz-Pay-Several": {path, value}, "X-Amz-Pay-Date": {query}}
		names := []string{"x-amz-pay-several", "X-Amz-Pay-Date", "accept", "x-amz-pay-absent", "ACCEPT"}
		got := signing.CanonicalRequest("GET", path, query, header, names, signing.HashBody([]byte(value)))
		if want := naiveRequest("GET", path, query, header, names, value); got != want {
			t.Errorf("canonical request %q, naively %q", got, want)
		}
		gotPath, gotQuery, gotValue := signing.CanonicalPath(path), signing.CanonicalQuery(query), signing.CanonicalValue(value)
		if want := naivePath(path); gotPath != want {
			t.Errorf("CanonicalPath(%q) = %q, naively %q", path, gotPath, want)
		}
		if want := naiveQuery(query); gotQuery != want {
			t.Errorf("CanonicalQuery(%q) = %q, naively %q", query, gotQuery, want)
		}
		if want := naiveValue(value); gotValue != want {
			t.Errorf("CanonicalValue(%q) = %q, naively %q", value, gotValue, want)
		}
		if again := signing.CanonicalPath(gotPath); again != gotPath {
			t.Errorf("the canonical path %q becomes %q", gotPath, again)
		}
		if again := signing.CanonicalQuery(gotQuery); again != gotQuery {
			t.Errorf("the canonical query %q becomes %q", gotQuery, again)
		}
	})
}

// remoteKey is like the client of a KMS: a crypto.Signer that isn't an *rsa.PrivateKey.
type remoteKey struct {
	sign func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (remoteKey) Public() crypto.PublicKey { return &privateKey().PublicKey }

func (k remoteKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.sign(digest, opts)
}

func TestRemoteKey(t *testing.T) {
	t.Parallel()
	signer, err := signing.NewSigner(keyID, remoteKey{func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
		pss, ok := opts.(*rsa.PSSOptions)
		if !ok || pss.SaltLength != 32 || opts.HashFunc() != crypto.SHA256 || len(digest) != 32 {
			return nil, fmt.Errorf("unexpected options %#v", opts)
		}
		return privateKey().Sign(rand.Reader, digest, opts)
	}})
	if err != nil {
		t.Fatal(err)
	}
	req := newRequest(t, "GET", "https://pay-api.amazon.eu/v2/reports", "")
	if err := signer.SignRequest(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	if _, err := verifier().Verify(req, nil); err != nil {
		t.Fatal(err)
	}
	unreachable := errors.New("unreachable")
	broken, err := signing.NewSigner(keyID, remoteKey{func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, unreachable }})
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.SignRequest(context.Background(), req); !errors.Is(err, unreachable) {
		t.Errorf("error %v, want the key's", err)
	}
}

// A slow key, such as a KMS, doesn't block a call after its context has ended.
func TestRemoteKeyIsSlow(t *testing.T) {
	t.Parallel()
	signature := make([]byte, privateKey().Size())
	for name, test := range map[string]struct {
		timeout, want time.Duration
		err           error
	}{
		"the context ends first": {50 * time.Millisecond, 50 * time.Millisecond, context.DeadlineExceeded},
		"the key is done first":  {time.Minute, 3 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				signer, err := signing.NewSigner(keyID, remoteKey{func([]byte, crypto.SignerOpts) ([]byte, error) {
					time.Sleep(3 * time.Second)
					return signature, nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				req := newRequest(t, "GET", "https://pay-api.amazon.eu/v2/reports", "")
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				begin := time.Now()
				if err := signer.SignRequest(ctx, req); !errors.Is(err, test.err) || time.Since(begin) != test.want {
					t.Errorf("error %v after %v, want %v after %v", err, time.Since(begin), test.err, test.want)
				}
				time.Sleep(time.Minute) // a late result must not change anything
				if signed := req.Header.Get("Authorization") != ""; signed != (test.err == nil) {
					t.Errorf("signed: %t", signed)
				}
			})
		})
	}
}

// A signature that can't be the key's isn't sent.
func TestRemoteKeyReturnsNoSignature(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 255, 257, 384} {
		signer, err := signing.NewSigner(keyID, remoteKey{func([]byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, length), nil }})
		if err != nil {
			t.Fatal(err)
		}
		req := newRequest(t, "GET", "https://pay-api.amazon.eu/v2/reports", "")
		want := fmt.Sprintf("a signature of %d bytes, but its RSA key has 256", length)
		if err := signer.SignRequest(t.Context(), req); err == nil || !strings.Contains(err.Error(), want) || req.Header.Get("Authorization") != "" {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestNewSignerRefuses(t *testing.T) {
	t.Parallel()
	small := smallKey(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var none *rsa.PrivateKey
	tests := map[string]struct {
		id   string
		key  crypto.Signer
		opts []signing.Option
		want string
	}{
		"no id":            {key: privateKey(), want: "public key id is empty"},
		"id with a space":  {id: "SANDBOX A", key: privateKey(), want: "has an invalid character"},
		"id with a comma":  {id: "SANDBOX,A", key: privateKey(), want: "has an invalid character"},
		"id with a break":  {id: "SANDBOX-A\n", key: privateKey(), want: "has an invalid character"},
		"no key":           {id: keyID, want: "the private key is nil"},
		"nil pointer":      {id: keyID, key: none, want: "the private key is nil"},
		"zero key":         {id: keyID, key: &rsa.PrivateKey{}, want: "0 bits"},
		"1024 bits":        {id: keyID, key: small, want: "1024 bits"},
		"EC":               {id: keyID, key: ec, want: "only RSA keys"},
		"unknown region":   {id: keyID, key: privateKey(), opts: []signing.Option{signing.WithRegion("us")}, want: "na, eu or jp"},
		"a clipped region": {id: keyID, key: privateKey(), opts: []signing.Option{signing.WithRegion("x" + strings.Repeat("é", 100))}, want: `ééé…"`},
		"nil clock":        {id: keyID, key: privateKey(), opts: []signing.Option{signing.WithClock(nil)}, want: "nil"},
		"nil randomness":   {id: keyID, key: privateKey(), opts: []signing.Option{signing.WithRandom(nil)}, want: "nil"},
		"empty randomness": {id: keyID, key: privateKey(), opts: []signing.Option{signing.WithRandom(strings.NewReader(""))}, want: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signer, err := signing.NewSigner(test.id, test.key, test.opts...)
			if test.want == "" {
				req := newRequest(t, "POST", "https://pay-api.amazon.eu/v2/reports", "{}")
				if err := signer.SignRequest(context.Background(), req); err == nil || !strings.Contains(err.Error(), "idempotency key") {
					t.Errorf("error %v, want one about the idempotency key", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// A nil option is ignored, as in payreports.New.
func TestNewSignerSkipsNilOptions(t *testing.T) {
	t.Parallel()
	req := newRequest(t, "GET", "https://127.0.0.1/v2/reports", "")
	if err := newSigner(t, nil, signing.WithRegion("jp")).SignRequest(context.Background(), req); err != nil || req.Header.Get("X-Amz-Pay-Region") != "jp" {
		t.Errorf("region %q, %v", req.Header.Get("X-Amz-Pay-Region"), err)
	}
}

func TestSignerPrintsNoKey(t *testing.T) {
	t.Parallel()
	signer := newSigner(t)
	var logs bytes.Buffer
	slog.New(slog.NewTextHandler(&logs, nil)).Info("x", "signer", signer)
	slog.New(slog.NewJSONHandler(&logs, nil)).Info("x", "signer", signer)
	encoded, _ := json.Marshal(struct{ S any }{signer})
	held := struct{ Signer *signing.Signer }{signer}
	printed := logs.String() + fmt.Sprintf("%v %+v %#v %d %s %q %x %v %+v %#v", signer, signer, signer, signer, signer, signer, signer, held, held, held) +
		fmt.Sprintf("%v %#v %+v", *signer, *signer, (*signing.Signer)(nil)) + string(encoded)
	for name, secret := range map[string]string{
		"the private exponent": privateKey().D.String(), "a prime": privateKey().Primes[0].String(), "a hexadecimal prime": privateKey().Primes[0].Text(16),
	} {
		if strings.Contains(printed, secret) {
			t.Errorf("%s is printed", name)
		}
	}
	if !strings.Contains(printed, keyID) || strings.Count(logs.String(), keyID) != 2 {
		t.Errorf("the public key id isn't printed or logged: %s", logs.String())
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*http.Request)
		want   signing.Reason
	}{
		"no authorization":   {func(r *http.Request) { r.Header.Del("Authorization") }, signing.ReasonMissingAuthorization},
		"two authorizations": {func(r *http.Request) { r.Header.Add("Authorization", "x") }, signing.ReasonMissingAuthorization},
		"another scheme":     {header("Authorization", "Bearer x"), signing.ReasonMalformedAuthorization},
		"a part is missing":  {header("Authorization", "AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=a, SignedHeaders=b"), signing.ReasonMalformedAuthorization},
		"a part twice":       {header("Authorization", "AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=a, PublicKeyId=a, SignedHeaders=b, Signature=c"), signing.ReasonMalformedAuthorization},
		"an unknown part":    {header("Authorization", "AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=a, Foo=b"), signing.ReasonMalformedAuthorization},
		"not base64":         {edit("Signature=.*", "Signature=!!!"), signing.ReasonMalformedAuthorization},
		"unknown key":        {edit("PublicKeyId=[^,]*", "PublicKeyId=OTHER"), signing.ReasonUnknownKey},
		"header is gone":     {func(r *http.Request) { r.Header.Del("X-Amz-Pay-Region") }, signing.ReasonMissingHeader},
		"date not signed":    {edit("x-amz-pay-date;", ""), signing.ReasonDateNotSigned},
		"date unreadable":    {header("X-Amz-Pay-Date", "yesterday"), signing.ReasonInvalidDate},
		"other date":         {header("X-Amz-Pay-Date", "20260101T000000Z"), signing.ReasonMismatch},
		"other path":         {func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/v2/other", "" }, signing.ReasonMismatch},
		"other query":        {func(r *http.Request) { r.URL.RawQuery = "a=2" }, signing.ReasonMismatch},
		"other method":       {func(r *http.Request) { r.Method = "DELETE" }, signing.ReasonMismatch},
		"other algorithm":    {edit("AMZN-PAY-RSASSA-PSS-V2", "AMZN-PAY-RSASSA-PSS"), signing.ReasonMismatch},
		"other signature":    {edit("Signature=.*", "Signature="+base64.StdEncoding.EncodeToString(make([]byte, 256))), signing.ReasonMismatch},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, "GET", "https://pay-api.amazon.eu/v2/reports?a=1", "")
			if err := newSigner(t).SignRequest(context.Background(), req); err != nil {
				t.Fatal(err)
			}
			_, signature, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
			test.change(req)
			_, err := verifier().Verify(req, nil)
			var refusal *signing.VerificationError
			if !errors.As(err, &refusal) {
				t.Fatalf("error %v, want a *VerificationError", err)
			}
			if refusal.Reason != test.want {
				t.Errorf("reason %q (%v), want %q", refusal.Reason, err, test.want)
			}
			if (refusal.StringToSign != "") != (test.want == signing.ReasonMismatch) {
				t.Errorf("string to sign %q with reason %q", refusal.StringToSign, refusal.Reason)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, refusal), signature) {
				t.Error("the error holds the signature")
			}
		})
	}
}

func edit(pattern, replacement string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", regexp.MustCompile(pattern).ReplaceAllString(r.Header.Get("Authorization"), replacement))
	}
}

func TestVerifyTolerates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		algorithm          signing.Algorithm
		target             string
		signedPath, signed string // what the client signed
		date               string
		names              []string
		namesAsListed      bool
	}{
		"V1":                     {algorithm: signing.AlgorithmV1, target: "/v2/reports", signedPath: "/v2/reports"},
		"dashed date":            {target: "/v2/reports", signedPath: "/v2/reports", date: "2026-11-23T14:48:50Z"},
		"trailing slash":         {target: "/v2/reports/", signedPath: "/v2/reports"},
		"signed trailing slash":  {target: "/v2/reports", signedPath: "/v2/reports/"},
		"verbatim path":          {target: "/v2/reports/a:b", signedPath: "/v2/reports/a:b"},
		"verbatim query":         {target: "/v2/reports?b=1,2&a=3", signedPath: "/v2/reports", signed: "b=1,2&a=3"},
		"strict query, raw wire": {target: "/v2/reports?b=1,2&a=3", signedPath: "/v2/reports", signed: "a=3&b=1%2C2"},
		// The official Java SDK sorts and encodes the signed query, keeps empty values, and sends the query in the order of its map.
		"empty value signed, raw wire":          {target: "/v2/disbursements?startTime=20240715T000000Z&nextToken=&pageSize=5", signedPath: "/v2/disbursements", signed: "nextToken=&pageSize=5&startTime=20240715T000000Z"},
		"empty value signed, list":              {target: "/v2/reports?reportTypes=B,A&nextToken=", signedPath: "/v2/reports", signed: "nextToken=&reportTypes=B%2CA"},
		"only empty values signed":              {target: "/v2/reports?pageSize=&nextToken=", signedPath: "/v2/reports", signed: "nextToken=&pageSize="},
		"repeated name with an empty value":     {target: "/v2/reports?a=2&b=&a=", signedPath: "/v2/reports", signed: "a=&a=2&b="},
		"empty value signed, slash at the end":  {target: "/v2/reports/?b=1&a=", signedPath: "/v2/reports", signed: "a=&b=1"},
		"name without an equals sign is signed": {target: "/v2/reports?nextToken&a=1", signedPath: "/v2/reports", signed: "a=1&nextToken="},
		"mixed case header names":               {target: "/v2/reports", signedPath: "/v2/reports", names: []string{"X-Amz-Pay-Date", "accept"}},
		"few headers":                           {target: "/v2/reports", signedPath: "/v2/reports", names: []string{"x-amz-pay-date"}},
		"unsorted header names":                 {target: "/v2/reports", signedPath: "/v2/reports", names: []string{"x-amz-pay-date", "accept"}},
		"names signed as listed":                {target: "/v2/reports", signedPath: "/v2/reports", names: []string{"X-Amz-Pay-Date", "accept"}, namesAsListed: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.algorithm == "" {
				test.algorithm = signing.AlgorithmV2
			}
			if test.date == "" {
				test.date = "20261123T144850Z"
			}
			if test.names == nil {
				test.names = []string{"accept", "x-amz-pay-date"}
			}
			req := newRequest(t, "GET", "https://pay-api.amazon.eu"+test.target, "")
			req.Header.Set("Accept", "application/json")
			req.Header.Set("x-amz-pay-date", test.date)
			canonical := signing.CanonicalRequest("GET", test.signedPath, test.signed, req.Header, test.names, signing.HashBody(nil))
			if test.namesAsListed {
				canonical = "GET\n" + test.signedPath + "\n" + test.signed + "\n"
				for _, name := range test.names {
					canonical += strings.ToLower(name) + ":" + req.Header.Get(name) + "\n"
				}
				canonical += "\n" + strings.Join(test.names, ";") + "\n" + signing.HashBody(nil)
			}
			signature, err := signing.Sign(rand.Reader, privateKey(), test.algorithm, signing.StringToSign(test.algorithm, canonical))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", fmt.Sprintf("%s PublicKeyId=%s,SignedHeaders=%s,   Signature=%s", test.algorithm, keyID, strings.Join(test.names, ";"), signature))
			verified, err := verifier().Verify(req, nil)
			if err != nil {
				t.Fatal(err)
			}
			if verified.Algorithm != test.algorithm || verified.PublicKeyID != keyID || verified.Date.Year() != 2026 {
				t.Errorf("verified %+v", verified)
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signing.Sign(rand.Reader, privateKey(), "AWS4-HMAC-SHA256", "x"); err == nil || !strings.Contains(err.Error(), "not an algorithm") {
		t.Errorf("another algorithm: error %v", err)
	}
	if _, err := signing.Sign(rand.Reader, ec, signing.AlgorithmV2, "x"); err == nil || !strings.Contains(err.Error(), "isn't RSA") {
		t.Errorf("another kind of key: error %v", err)
	}
}

func TestSignedStringOfUnsignedRequest(t *testing.T) {
	t.Parallel()
	if _, err := signing.SignedString(newRequest(t, "GET", "https://pay-api.amazon.eu/", ""), nil); err == nil {
		t.Error("no error")
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("AMZN-PAY-RSASSA-PSS-V2 PublicKeyId=SANDBOX-TEST, SignedHeaders=accept;x-amz-pay-date, Signature=AAAA", "/v2/reports?a=1", "20260101T000000Z")
	f.Add("AMZN-PAY-RSASSA-PSS , , =", "/", "")
	f.Fuzz(func(t *testing.T, authorization, target, date string) {
		u, err := url.Parse("https://pay-api.amazon.eu" + target)
		if err != nil {
			return
		}
		req := &http.Request{Method: "GET", URL: u, Header: http.Header{"Authorization": {authorization}, "X-Amz-Pay-Date": {date}, "Accept": {"x"}}}
		if _, err := verifier().Verify(req, nil); err == nil {
			t.Errorf("verified %q", authorization)
		}
	})
}

// smallKey makes a key of 1024 bits. It doesn't use crypto/rsa, which refuses to do so in FIPS 140 mode.
func smallKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	one, exponent := big.NewInt(1), big.NewInt(65537)
	prime := func(top int64) *big.Int {
		p := new(big.Int).Lsh(big.NewInt(top), 509)
		for p.Add(p, one); !p.ProbablyPrime(20); p.Add(p, big.NewInt(2)) {
		}
		return p
	}
	p, q := prime(6), prime(7)
	totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		D:         new(big.Int).ModInverse(exponent, totient), Primes: []*big.Int{p, q},
	}
	if key.D == nil || key.N.BitLen() != 1024 {
		t.Fatalf("the small key has %d bits", key.N.BitLen())
	}
	return key
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestParsePrivateKey(t *testing.T) {
	t.Parallel()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(privateKey())
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(privateKey())
	good := map[string]string{
		"PKCS#1":                 pemOf("RSA PRIVATE KEY", pkcs1),
		"PKCS#8":                 pemOf("PRIVATE KEY", pkcs8),
		"PKCS#8 labelled PKCS#1": pemOf("RSA PRIVATE KEY", pkcs8),
		"CRLF":                   strings.ReplaceAll(pemOf("PRIVATE KEY", pkcs8), "\n", "\r\n"),
		"BOM":                    "\ufeff" + pemOf("PRIVATE KEY", pkcs8),
		"text in front":          "Bag Attributes\n  name\n" + pemOf("PRIVATE KEY", pkcs8),
		"escaped line ends":      strings.ReplaceAll(pemOf("PRIVATE KEY", pkcs8), "\n", `\n`),
		"spaces in front":        "  " + pemOf("PRIVATE KEY", pkcs8) + "\n\n",
		"quoted":                 `"` + strings.TrimSpace(pemOf("PRIVATE KEY", pkcs8)) + `"`,
		"quoted and escaped":     `'` + strings.ReplaceAll(strings.TrimSpace(pemOf("PRIVATE KEY", pkcs8)), "\n", `\n`) + `'`,
		"escaped CRLF":           strings.ReplaceAll(pemOf("PRIVATE KEY", pkcs8), "\n", `\r\n`),
		"CR":                     strings.ReplaceAll(pemOf("PRIVATE KEY", pkcs8), "\n", "\r"),
		"indented":               strings.ReplaceAll(pemOf("PRIVATE KEY", pkcs8), "\n", "\n\t  "),
		"one line":               strings.ReplaceAll(pemOf("RSA PRIVATE KEY", pkcs1), "\n", " "),
		"after a certificate":    pemOf("CERTIFICATE", []byte{1}) + pemOf("PRIVATE KEY", pkcs8),
	}
	for name, text := range good {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := signing.ParsePrivateKey([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if !key.Equal(privateKey()) {
				t.Error("another key")
			}
		})
	}
	small := smallKey(t)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecSEC1, _ := x509.MarshalECPrivateKey(ec)
	ecPKCS8, _ := x509.MarshalPKCS8PrivateKey(ec)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	edPKCS8, _ := x509.MarshalPKCS8PrivateKey(ed)
	public, _ := x509.MarshalPKIXPublicKey(&privateKey().PublicKey)
	// The same key with the object identifiers of RSASSA-PSS and Ed448, which the standard library doesn't support.
	oid := func(last ...byte) []byte { return append([]byte{0x06, byte(len(last))}, last...) }
	rsaOID := oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)
	pssOnly := bytes.Replace(pkcs8, rsaOID, oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a), 1)
	otherKind := bytes.Replace(pkcs8, rsaOID, oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x7f), 1)
	bad := map[string]struct{ text, want string }{
		"empty":                {"", "empty"},
		"spaces":               {" \n ", "empty"},
		"a path":               {"keys/private.pem", "not PEM.*path"},
		"DER":                  {string(pkcs8), "binary DER"},
		"cut":                  {pemOf("PRIVATE KEY", pkcs8)[:200], "damaged"},
		"OpenSSH":              {pemOf("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")), "OpenSSH.*ssh-keygen"},
		"encrypted PKCS#8":     {pemOf("ENCRYPTED PRIVATE KEY", []byte{1}), "encrypted.*openssl"},
		"encrypted PKCS#1":     {string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte{1}})), "encrypted"},
		"public key":           {pemOf("PUBLIC KEY", public), "public key.*private key"},
		"certificate":          {pemOf("CERTIFICATE", []byte{1}), "certificate"},
		"another block":        {pemOf("DH PARAMETERS", []byte{1}), "DH PARAMETERS"},
		"EC":                   {pemOf("EC PRIVATE KEY", ecSEC1), "isn't RSA"},
		"EC in PKCS#8":         {pemOf("PRIVATE KEY", ecPKCS8), "isn't RSA"},
		"EC with parameters":   {pemOf("EC PARAMETERS", []byte{1}) + pemOf("EC PRIVATE KEY", ecSEC1), "isn't RSA"},
		"RSASSA-PSS":           {pemOf("PRIVATE KEY", pssOnly), "type RSASSA-PSS"},
		"an unknown kind":      {pemOf("PRIVATE KEY", otherKind), "isn't RSA"},
		"cut PKCS#8":           {pemOf("PRIVATE KEY", pkcs8[:500]), "damaged"},
		"UTF-16":               {"\xff\xfe-\x00-\x00-\x00", "UTF-16"},
		"UTF-16, big-endian":   {"\xfe\xff\x00-\x00-\x00-", "UTF-16"},
		"EC labelled RSA":      {pemOf("RSA PRIVATE KEY", ecSEC1), "isn't RSA"},
		"Ed25519":              {pemOf("PRIVATE KEY", edPKCS8), "isn't RSA"},
		"1024 bits":            {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), "1024 bits"},
		"garbage in the block": {pemOf("PRIVATE KEY", []byte("garbage")), "damaged"},
	}
	for name, test := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := signing.ParsePrivateKey([]byte(test.text))
			if err == nil || !regexp.MustCompile(test.want).MatchString(err.Error()) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if base64Run.MatchString(err.Error()) {
				t.Errorf("the error quotes the key: %v", err)
			}
		})
	}
}

// A key with a damaged number must not become a Signer whose signatures can't be verified.
func TestParsePrivateKeyChecksTheNumbers(t *testing.T) {
	t.Parallel()
	der := x509.MarshalPKCS1PrivateKey(privateKey())
	prime := privateKey().Primes[0].Bytes()
	at := bytes.Index(der, prime)
	if at < 0 {
		t.Fatal("the prime isn't found")
	}
	der[at+len(prime)-1] ^= 2
	if _, err := signing.ParsePrivateKey([]byte(pemOf("RSA PRIVATE KEY", der))); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v, want one that says damaged", err)
	}
}

var base64Run = regexp.MustCompile(`[A-Za-z0-9+/]{24}`)

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	pkix, err := x509.MarshalPKIXPublicKey(&privateKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &privateKey().PublicKey, privateKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"PKIX":        pemOf("PUBLIC KEY", pkix),
		"PKCS#1":      pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&privateKey().PublicKey)),
		"certificate": pemOf("CERTIFICATE", certificate),
		"one line":    strings.ReplaceAll(pemOf("PUBLIC KEY", pkix), "\n", " "),
	} {
		if key, err := signing.ParsePublicKey([]byte(text)); err != nil || !key.Equal(&privateKey().PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecPublic, _ := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	small := smallKey(t)
	smallPublic, _ := x509.MarshalPKIXPublicKey(&small.PublicKey)
	for name, test := range map[string]struct{ text, want string }{
		"private": {pemOf("PRIVATE KEY", []byte{1}), "private key"},
		"small":   {pemOf("PUBLIC KEY", smallPublic), "1024 bits"},
		"empty":   {"", "empty"},
		"EC":      {pemOf("PUBLIC KEY", ecPublic), "isn't RSA"},
		"damaged": {pemOf("PUBLIC KEY", []byte{1}), "damaged"},
		"other":   {pemOf("X509 CRL", []byte{1}), "X509 CRL"},
		"no PEM":  {"x", "not PEM"},
	} {
		if _, err := signing.ParsePublicKey([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

func FuzzParsePrivateKey(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if key, err := signing.ParsePrivateKey(text); err == nil && key.N.BitLen() < 2048 {
			t.Errorf("a key of %d bits was accepted", key.N.BitLen())
		}
	})
}
