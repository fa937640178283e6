package signing_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

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
		"key too long":        {prepare: header("X-Amz-Pay-Idempotency-Key", strings.Repeat("a", 33)), want: "1 to 32|one to 32"},
		"key with a space":    {prepare: header("X-Amz-Pay-Idempotency-Key", "a b"), want: "one to 32"},
		"empty key":           {prepare: header("X-Amz-Pay-Idempotency-Key", ""), want: "one to 32"},
		"line break":          {prepare: header("X-Amz-Pay-Authtoken", "a\r\nb"), want: "line break"},
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
			if test.ctx.Err() == nil && req.Header.Get("Authorization") != "" {
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

// What net/http really sends must be what was signed, whatever the generated client made of odd ids and parameters.
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

// naive* are a second implementation, as plain as can be.

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

func FuzzCanonicalForm(f *testing.F) {
	f.Add("/v2/reports/a%2Fb", "b=1&a=x+y&a=&c=%zz", "  x \t y ")
	f.Add("//", "&=&==&a==", "")
	f.Add("/ü/%41/..", "ü=%C3%BC", "a")
	f.Fuzz(func(t *testing.T, path, query, value string) {
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

// remoteKey looks like the client of a KMS: a crypto.Signer that isn't an *rsa.PrivateKey.
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

func TestNewSignerRefuses(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
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
		"id with a space":  {id: "SANDBOX A", key: privateKey(), want: "no id has"},
		"id with a comma":  {id: "SANDBOX,A", key: privateKey(), want: "no id has"},
		"id with a break":  {id: "SANDBOX-A\n", key: privateKey(), want: "no id has"},
		"no key":           {id: keyID, want: "no private key"},
		"nil pointer":      {id: keyID, key: none, want: "no private key"},
		"1024 bits":        {id: keyID, key: small, want: "1024 bits"},
		"EC":               {id: keyID, key: ec, want: "RSA keys only"},
		"unknown region":   {id: keyID, key: privateKey(), opts: []signing.Option{signing.WithRegion("us")}, want: "na, eu or jp"},
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
				if err := signer.SignRequest(context.Background(), req); err == nil || !strings.Contains(err.Error(), "randomness") {
					t.Errorf("error %v, want one about randomness", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
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
	printed := fmt.Sprintf("%v %+v %#v %d %s %q %x %v %+v %#v", signer, signer, signer, signer, signer, signer, signer, held, held, held) +
		fmt.Sprintf("%v %#v %+v", *signer, *signer, (*signing.Signer)(nil)) + logs.String() + string(encoded)
	for name, secret := range map[string]string{
		"the private exponent": privateKey().D.String(), "a prime": privateKey().Primes[0].String(), "a hexadecimal prime": privateKey().Primes[0].Text(16),
	} {
		if strings.Contains(printed, secret) {
			t.Errorf("%s is printed", name)
		}
	}
	if !strings.Contains(printed, keyID) {
		t.Error("the public key id isn't printed")
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
		signedPath, signed string // what the client made canonical
		date               string
		names              []string
	}{
		"V1":                       {algorithm: signing.AlgorithmV1, target: "/v2/reports", signedPath: "/v2/reports"},
		"dashed date":              {target: "/v2/reports", signedPath: "/v2/reports", date: "2026-11-23T14:48:50Z"},
		"trailing slash":           {target: "/v2/reports/", signedPath: "/v2/reports"},
		"signed trailing slash":    {target: "/v2/reports", signedPath: "/v2/reports/"},
		"verbatim path":            {target: "/v2/reports/a:b", signedPath: "/v2/reports/a:b"},
		"verbatim query":           {target: "/v2/reports?b=1,2&a=3", signedPath: "/v2/reports", signed: "b=1,2&a=3"},
		"strict query, raw wire":   {target: "/v2/reports?b=1,2&a=3", signedPath: "/v2/reports", signed: "a=3&b=1%2C2"},
		"mixed case header names":  {target: "/v2/reports", signedPath: "/v2/reports", names: []string{"X-Amz-Pay-Date", "accept"}},
		"few headers, odd sorting": {target: "/v2/reports", signedPath: "/v2/reports", names: []string{"x-amz-pay-date"}},
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

func TestSignRefusesOtherAlgorithms(t *testing.T) {
	t.Parallel()
	if _, err := signing.Sign(rand.Reader, privateKey(), "AWS4-HMAC-SHA256", "x"); err == nil {
		t.Error("no error")
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
		"PKCS#1":                  pemOf("RSA PRIVATE KEY", pkcs1),
		"PKCS#8":                  pemOf("PRIVATE KEY", pkcs8),
		"PKCS#8 labelled PKCS#1":  pemOf("RSA PRIVATE KEY", pkcs8),
		"CRLF":                    strings.ReplaceAll(pemOf("PRIVATE KEY", pkcs8), "\n", "\r\n"),
		"BOM":                     "\ufeff" + pemOf("PRIVATE KEY", pkcs8),
		"text in front":           "Bag Attributes\n  name\n" + pemOf("PRIVATE KEY", pkcs8),
		"escaped line ends":       strings.ReplaceAll(pemOf("PRIVATE KEY", pkcs8), "\n", `\n`),
		"indented and quoted end": "  " + pemOf("PRIVATE KEY", pkcs8) + "\n\n",
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
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecSEC1, _ := x509.MarshalECPrivateKey(ec)
	ecPKCS8, _ := x509.MarshalPKCS8PrivateKey(ec)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	edPKCS8, _ := x509.MarshalPKCS8PrivateKey(ed)
	public, _ := x509.MarshalPKIXPublicKey(&privateKey().PublicKey)
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
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	pkix, err := x509.MarshalPKIXPublicKey(&privateKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"PKIX":   pemOf("PUBLIC KEY", pkix),
		"PKCS#1": pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&privateKey().PublicKey)),
	} {
		if key, err := signing.ParsePublicKey([]byte(text)); err != nil || !key.Equal(&privateKey().PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecPublic, _ := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	for name, test := range map[string]struct{ text, want string }{
		"private": {pemOf("PRIVATE KEY", []byte{1}), "private key"},
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
