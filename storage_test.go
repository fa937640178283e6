package payreports_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/amazonpay-go/payreports"
)

// exchanges serves a document with a series of functions and records the requests. The last function is repeated.
type exchanges struct {
	url     string // of the document, if it isn't the usual one
	answers []func(*http.Request) *http.Response

	mu     sync.Mutex
	ranges []string // of the requests to the storage service
	at     []time.Time
}

func (e *exchanges) RoundTrip(req *http.Request) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if strings.HasPrefix(req.URL.Path, "/v2/report-documents/") {
		url := e.url
		if url == "" {
			url = "https://storage.example/D1?X-Amz-Signature=5ec7e7c0ffee5ec7e7c0ffee&X-Amz-Security-Token=t0ken%2Ft0ken%2Ft0ken"
		}
		return response(req, answer{status: 200, body: fmt.Sprintf(`{"reportDocumentId":"D1","url":%q}`, url)}), nil
	}
	e.ranges = append(e.ranges, req.Header.Get("Range"))
	e.at = append(e.at, time.Now())
	return e.answers[min(len(e.ranges), len(e.answers))-1](req), nil
}

// download reads document D1.
func (e *exchanges) download(t *testing.T, opts ...payreports.Option) (string, error) {
	t.Helper()
	content, err := newClient(t, e, opts...).OpenReportDocument(t.Context(), "D1")
	if err != nil {
		return "", err
	}
	defer content.Close()
	got, err := io.ReadAll(content)
	return string(got), err
}

// sent is a response of the storage service. Header lines have the form "Name: value".
func sent(status int, body string, header ...string) func(*http.Request) *http.Response {
	return func(req *http.Request) *http.Response {
		h := http.Header{}
		for _, line := range header {
			name, value, _ := strings.Cut(line, ": ")
			h.Add(name, value)
		}
		return &http.Response{
			StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: h, ContentLength: int64(len(body)),
			Body: io.NopCloser(strings.NewReader(body)), Request: req,
		}
	}
}

// cutAt cuts a response's body after n bytes.
func cutAt(n int, answer func(*http.Request) *http.Response) func(*http.Request) *http.Response {
	return func(req *http.Request) *http.Response {
		resp := answer(req)
		resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, int64(n)), cut{io.ErrUnexpectedEOF}))
		return resp
	}
}

// chunked removes a response's length.
func chunked(answer func(*http.Request) *http.Response) func(*http.Request) *http.Response {
	return func(req *http.Request) *http.Response {
		resp := answer(req)
		resp.ContentLength, resp.TransferEncoding = -1, []string{"chunked"}
		return resp
	}
}

const (
	fileA = "settlement-id,amount\nA1,10.00\nA2,20.00\n"
	fileB = "settlement-id,amount\nB1,77.00\nB2,88.00\n" // as long as fileA, and the same up to the 21st byte
	half  = 30
)

// Parts of two documents are never joined. Reading continues only with bytes that the storage service proves to be from the same
// file, or that follow the same beginning.
func TestDownloadIsNoMixture(t *testing.T) {
	type step = func(*http.Request) *http.Response
	restRange := fmt.Sprintf("Content-Range: bytes %d-%d/%d", half, len(fileA)-1, len(fileA))
	rest := func(file string, header ...string) step {
		return sent(206, file[half:], append([]string{restRange}, header...)...)
	}
	first := func(header ...string) step { return cutAt(half, sent(200, fileA, header...)) }
	const etag, other, weak = `ETag: "e1"`, `ETag: "e2"`, `ETag: W/"e1"`
	const modified = "Last-Modified: Tue, 04 Aug 2026 10:00:00 GMT"
	tests := map[string]struct {
		first   step
		rest    step
		refetch step   // the response to a request for the whole file after that; nil means rest
		want    string // "" for an error
		ranged  bool   // the second request is for a range
	}{
		"proven":                       {first: first(etag), rest: rest(fileA, etag), want: fileA, ranged: true},
		"no validator":                 {first: first(), rest: rest(fileB)},
		"no validator, whole file":     {first: first(), rest: sent(200, fileB)},
		"no validator, same file":      {first: first(), rest: sent(200, fileA), want: fileA},
		"weak":                         {first: first(weak), rest: rest(fileB, weak)},
		"weak, whole file":             {first: first(weak), rest: sent(200, fileB, weak)},
		"weak, same file":              {first: first(weak), rest: sent(200, fileA, weak), want: fileA},
		"time alone":                   {first: first(modified), rest: rest(fileB, modified)},
		"time alone, whole file":       {first: first(modified), rest: sent(200, fileB, modified)},
		"empty ETag":                   {first: first(`ETag: ""`), rest: rest(fileB, `ETag: ""`)},
		"ETag without quotes":          {first: first(`ETag: e1`), rest: rest(fileB, `ETag: e1`)},
		"two ETags":                    {first: first(etag, other), rest: rest(fileB, etag, other)},
		"on the first alone":           {first: first(etag), rest: rest(fileB), refetch: sent(200, fileB), ranged: true},
		"on the first alone, same":     {first: first(etag), rest: rest(fileA), refetch: sent(200, fileA), want: fileA, ranged: true},
		"on the second alone":          {first: first(), rest: rest(fileB, etag)},
		"becomes weak":                 {first: first(etag), rest: rest(fileA, weak), refetch: sent(200, fileA, weak), want: fileA, ranged: true},
		"becomes weak, another file":   {first: first(etag), rest: rest(fileB, weak), refetch: sent(200, fileB, weak), ranged: true},
		"becomes weak on a whole file": {first: first(etag), rest: sent(200, fileA, weak), want: fileA, ranged: true},
		"another ETag":                 {first: first(etag), rest: rest(fileB, other), refetch: sent(200, fileB, other), ranged: true},
		"another ETag, same file":      {first: first(etag), rest: rest(fileA, other), refetch: sent(200, fileA, other), want: fileA, ranged: true},
		"another time":                 {first: first(etag, modified), rest: rest(fileB, etag, "Last-Modified: Tue, 04 Aug 2026 10:00:01 GMT"), refetch: sent(200, fileB), ranged: true},
		"range in capitals":            {first: first(etag), rest: sent(206, fileA[half:], etag, strings.Replace(restRange, "bytes", "Bytes", 1)), want: fileA, ranged: true},
		"range in all capitals":        {first: first(etag), rest: sent(206, fileA[half:], etag, strings.Replace(restRange, "bytes", "BYTES", 1)), want: fileA, ranged: true},
		"range with more spaces":       {first: first(etag), rest: sent(206, fileA[half:], etag, strings.Replace(restRange, "bytes ", "bYtEs  ", 1)), want: fileA, ranged: true},
		"gzip of the rest":             {first: first(etag), rest: sent(206, string(zipped([]byte(fileA[half:]))), etag, restRange, "Content-Encoding: gzip"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"deflate":                      {first: first(etag), rest: rest(fileB, etag, "Content-Encoding: deflate"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"gzip by its label":            {first: first(etag), rest: rest(fileB, etag, "Content-Encoding: aws-chunked, X-GZIP"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"a label that changes nothing": {first: first(etag), rest: rest(fileA, etag, "Content-Encoding: utf-8"), want: fileA, ranged: true},
		"in parts":                     {first: first(etag), rest: rest(fileB, etag, "Content-Type: multipart/byteranges; boundary=x"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"in parts, in capitals":        {first: first(etag), rest: rest(fileB, etag, "Content-Type: Multipart/ByteRanges;boundary=x"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"from another byte":            {first: first(etag), rest: sent(206, fileA[10:], etag, "Content-Range: bytes 10-38/39"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"no Content-Range":             {first: first(etag), rest: sent(206, fileA[half:], etag), refetch: sent(200, fileA), want: fileA, ranged: true},
		"two Content-Ranges":           {first: first(etag), rest: rest(fileA, etag, "Content-Range: bytes 0-8/39"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"text after the Content-Range": {first: first(etag), rest: sent(206, fileA[half:], etag, restRange+" or so"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"a number out of range":        {first: first(etag), rest: sent(206, fileA[half:], etag, "Content-Range: bytes 30-38/99999999999999999999"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"another total":                {first: first(etag), rest: sent(206, fileA[half:]+"A3", etag, "Content-Range: bytes 30-40/41"), refetch: sent(200, fileA+"A3")},
		"not to the end":               {first: first(etag), rest: sent(206, fileA[half:35], etag, "Content-Range: bytes 30-34/39"), refetch: sent(200, fileA), want: fileA, ranged: true},
		"fewer bytes than labelled":    {first: first(etag), rest: sent(206, fileA[half:35], etag, restRange), refetch: sent(200, fileA), want: fileA, ranged: true},
		"more bytes than labelled":     {first: first(etag), rest: sent(206, fileA[half-1:], etag, restRange), refetch: sent(200, fileA), want: fileA, ranged: true},
		"the rest as a whole":          {first: first(etag), rest: chunked(sent(200, fileA[half:], etag)), ranged: true},
		"the whole as the rest":        {first: first(etag), rest: sent(206, fileA, etag, restRange), refetch: sent(200, fileA), want: fileA, ranged: true},
		"206 unasked":                  {first: first(), rest: sent(206, fileA, "Content-Range: bytes 0-38/39")},
		"part of the file as 200":      {first: sent(200, fileA[half:], restRange), rest: sent(200, fileA)},
		"beginning of the file as 200": {first: sent(200, fileA[:half], "Content-Range: bytes 0-29/39"), rest: sent(200, fileA)},
		"another version, then cut at the first's length": {
			first: first(), rest: chunked(cutAt(len(fileA), sent(200, fileA+"A3,30.00\n"))), refetch: sent(200, fileA+"A3,30.00\n"),
		},
		"another length, then no length": {
			first: chunked(first()), rest: cutAt(5, sent(200, fileA[:35])), refetch: chunked(cutAt(35, sent(200, fileA))),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				refetch := test.refetch
				if refetch == nil {
					refetch = test.rest
				}
				e := &exchanges{answers: []func(*http.Request) *http.Response{test.first, test.rest, refetch}}
				got, err := e.download(t)
				switch {
				case test.want == "" && err == nil:
					t.Errorf("%q without an error", got)
				case test.want != "" && (err != nil || got != test.want):
					t.Errorf("%q, error %v", got, err)
				}
				if test.ranged && (len(e.ranges) < 2 || e.ranges[1] != "bytes=30-") {
					t.Errorf("ranges %q, want the second request to ask for the rest", e.ranges)
				}
			})
		})
	}
}

// A file is refused if its Content-Encoding may have changed its bytes, and not otherwise.
func TestDownloadContentEncoding(t *testing.T) {
	zip := string(zipped([]byte(fileA)))
	for encoding, body := range map[string]string{
		"utf-8": fileA, "UTF8": fileA, "aws-chunked": fileA, "gzip,aws-chunked": zip, "aws-chunked, gzip": zip, "none": fileA, "binary": fileA,
		"None, Identity": fileA, "ISO-8859-1": fileA, "shift_jis": fileA, "8bit": fileA, "charset=utf-8": fileA, "gzip": fileA, "x-gzip": zip, "identity": zip, "": zip,
	} {
		if got, err := (&exchanges{answers: []func(*http.Request) *http.Response{sent(200, body, "Content-Encoding: "+encoding)}}).download(t); got != fileA || err != nil {
			t.Errorf("%q: %q, %v", encoding, got, err)
		}
	}
	for _, encoding := range []string{"br", "deflate", "zstd", "compress", "x-compress", "br, gzip", "gzip, br", "base64", "unheard-of", "gzip utf-8", "utf-8, zstd"} {
		_, err := (&exchanges{answers: []func(*http.Request) *http.Response{sent(200, fileA, "Content-Encoding: "+encoding)}}).download(t)
		if want := fmt.Sprintf("encoded as %q", encoding); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %s", encoding, err, want)
		}
	}
}

// If the connection is lost after the last byte, the file is complete.
func TestDownloadCutAfterTheLastByte(t *testing.T) {
	const etag = `ETag: "e1"`
	n := len(fileA)
	type steps = []func(*http.Request) *http.Response
	for name, test := range map[string]struct {
		answers  steps
		requests int
		fails    bool
	}{
		"length known":                  {answers: steps{cutAt(n, sent(200, fileA)), sent(416, "")}, requests: 1},
		"length known, strong":          {answers: steps{cutAt(n, sent(200, fileA, etag)), sent(416, "", etag)}, requests: 1},
		"length known from a rest":      {answers: steps{cutAt(9, chunked(sent(200, fileA, etag))), chunked(cutAt(n, sent(206, fileA[9:], etag, "Content-Range: bytes 9-38/39")))}, requests: 2},
		"empty file":                    {answers: steps{cutAt(0, sent(200, ""))}, requests: 1},
		"416 of the same file":          {answers: steps{chunked(cutAt(n, sent(200, fileA, etag))), sent(416, "", etag)}, requests: 2},
		"416 with its length":           {answers: steps{chunked(cutAt(n, sent(200, fileA, etag))), sent(416, "", etag, "Content-Range: BYTES */39")}, requests: 2},
		"416 of who knows what":         {answers: steps{chunked(cutAt(n, sent(200, fileA, etag))), sent(416, ""), sent(200, fileA)}, requests: 3},
		"416 with another length":       {answers: steps{chunked(cutAt(n, sent(200, fileA, etag))), sent(416, "", etag, "Content-Range: bytes */40"), sent(200, fileA)}, requests: 3},
		"416 before the end":            {answers: steps{cutAt(n-1, sent(200, fileA, etag)), sent(416, "", etag), sent(200, fileA)}, requests: 3},
		"416 before the end, again":     {answers: steps{cutAt(n-1, sent(200, fileA, etag)), sent(416, "", etag)}, requests: 3, fails: true},
		"416 to a request for all":      {answers: steps{sent(416, "", "Content-Range: bytes */0")}, requests: 1, fails: true},
		"length unknown, no validator":  {answers: steps{chunked(cutAt(n, sent(200, fileA))), sent(200, fileA)}, requests: 2},
		"length unknown, another file":  {answers: steps{chunked(cutAt(n, sent(200, fileA))), sent(200, fileB)}, requests: 2, fails: true},
		"no body at all, as for a HEAD": {answers: steps{cutAt(0, sent(200, fileA))}, requests: 4, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				e := &exchanges{answers: test.answers}
				got, err := e.download(t)
				want := fileA
				if name == "empty file" {
					want = ""
				}
				if (err != nil) != test.fails || err == nil && got != want || len(e.ranges) != test.requests {
					t.Errorf("%q, error %v after %d requests, want %d", got, err, len(e.ranges), test.requests)
				}
			})
		})
	}
}

// If connections keep getting cut, the delays grow, even if each connection brings new bytes.
func TestDownloadBacksOffFromStorageThatCuts(t *testing.T) {
	for name, test := range map[string]struct {
		step int
		etag string
	}{
		"a byte":                       {1, `"e1"`},
		"a byte, and no ranges":        {1, ""},
		"a kilobyte":                   {1 << 10, `"e1"`},
		"a kilobyte, and no ranges":    {1 << 10, `W/"e1"`},
		"a megabyte":                   {1 << 20, `"e1"`},
		"a kilobyte, and no validator": {1 << 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := strings.Repeat("x", 60*test.step)
			synctest.Test(t, func(t *testing.T) {
				var at int
				e := &exchanges{answers: []func(*http.Request) *http.Response{func(req *http.Request) *http.Response {
					at = min(at+test.step, len(file))
					if req.Header.Get("Range") != "" {
						from := at - test.step
						return cutAt(test.step, sent(206, file[from:], "ETag: "+test.etag, fmt.Sprintf("Content-Range: bytes %d-%d/%d", from, len(file)-1, len(file))))(req)
					}
					return cutAt(at, sent(200, file, "ETag: "+test.etag))(req)
				}}}
				if got, err := e.download(t); err != nil || got != file {
					t.Fatalf("%d of %d bytes, error %v", len(got), len(file), err)
				}
				inFirstMinute := 0
				for _, at := range e.at {
					if at.Sub(e.at[0]) < time.Minute {
						inFirstMinute++
					}
				}
				if inFirstMinute > 30 || len(e.at) != 60 {
					t.Errorf("%d of %d requests in the first minute, want at most 30", inFirstMinute, len(e.at))
				}
				if took := e.at[59].Sub(e.at[0]); took < 3*time.Minute {
					t.Errorf("60 requests in %v, want them spread over at least 3 minutes", took)
				}
			})
		})
	}
}

// After a connection that lasted long enough, there is no delay, however often it is cut.
func TestDownloadGoesOnAtOnceAfterALongConnection(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		file := strings.Repeat("x", 50)
		n := -1
		e := &exchanges{answers: []func(*http.Request) *http.Response{func(req *http.Request) *http.Response {
			n++
			resp := sent(206, file[n:], `ETag: "e1"`, fmt.Sprintf("Content-Range: bytes %d-49/50", n))(req)
			if n == 0 {
				resp = sent(200, file, `ETag: "e1"`)(req)
			}
			resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 1), after(30*time.Second), cut{io.ErrUnexpectedEOF}))
			return resp
		}}}
		start := time.Now()
		if got, err := e.download(t); err != nil || got != file || time.Since(start) > 50*30*time.Second {
			t.Errorf("%d bytes, error %v after %v", len(got), err, time.Since(start))
		}
	})
}

// after delays the response.
type after time.Duration

func (a after) Read([]byte) (int, error) {
	<-time.After(time.Duration(a))
	return 0, io.EOF
}

// The client waits as long as the storage service asks, up to the policy's limit. Beyond the limit, the error is returned at once and says so.
func TestDownloadRetryAfter(t *testing.T) {
	for _, test := range []struct {
		retryAfter string
		want       time.Duration
		wantErr    string
	}{
		{retryAfter: "7", want: 7 * time.Second},
		{retryAfter: "60", want: time.Minute},
		{retryAfter: "61", wantErr: "the storage service asks to wait 1m1s"},
		{retryAfter: "99999999999999999999999", wantErr: "the storage service asks to wait"},
		{retryAfter: "Fri, 31 Dec 9999 23:59:59 GMT", wantErr: "the storage service asks to wait"},
		{retryAfter: "-5"},
		{retryAfter: "soon"},
		{retryAfter: "Thu, 01 Jan 1970 00:00:00 GMT"},
	} {
		t.Run(test.retryAfter, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				e := &exchanges{answers: []func(*http.Request) *http.Response{sent(503, "", "Retry-After: "+test.retryAfter), sent(200, fileA)}}
				start := time.Now()
				got, err := e.download(t)
				switch took := time.Since(start); {
				case test.wantErr != "":
					if err == nil || !strings.Contains(err.Error(), test.wantErr) || took != 0 {
						t.Errorf("error %v after %v, want one with %q at once", err, took, test.wantErr)
					}
				case err != nil || got != fileA || took != test.want:
					t.Errorf("%q, %v after %v, want it after %v", got, err, took, test.want)
				}
			})
		})
	}
}

// The error has the storage service's own reason on one line, without the URL's secrets. It says if the response isn't the storage service's.
func TestDownloadTellsTheStoragesReason(t *testing.T) {
	s3 := func(code, message string) string {
		return `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>" + code + "</Code><Message>" + message + "</Message><RequestId>R</RequestId></Error>"
	}
	const page = "an HTML page, probably from a proxy, a firewall or a login page"
	for name, test := range map[string]struct {
		status   int
		body     string
		kind     string
		want     string
		requests int
	}{
		"expired":                 {403, s3("AccessDenied", "Request has expired"), "application/xml", "the storage service returned 403 AccessDenied: Request has expired (gave up after 4 attempts)", 4},
		"missing":                 {404, s3("NoSuchKey", "The specified key does not exist."), "application/xml", "the storage service returned 404 NoSuchKey: The specified key does not exist.", 1},
		"expired token":           {400, s3("ExpiredToken", "The provided token has expired."), "application/xml", "400 ExpiredToken: The provided token has expired. (gave up after 4 attempts)", 4},
		"idle":                    {400, s3("RequestTimeout", "Your socket connection timed out."), "", "400 RequestTimeout: Your socket connection timed out. (gave up after 4 attempts)", 4},
		"another 400":             {400, s3("AuthorizationQueryParametersError", "X-Amz-Expires must be non-negative"), "", "400 AuthorizationQueryParametersError: X-Amz-Expires must be non-negative", 1},
		"slow down":               {503, s3("SlowDown", "Please reduce your request rate."), "", "503 SlowDown: Please reduce your request rate. (gave up", 4},
		"code alone":              {404, "<Error><Code>NoSuchBucket</Code></Error>", "", "404 NoSuchBucket", 1},
		"with a byte order mark":  {404, "\ufeff" + s3("BlobNotFound", "Gone"), "", "404 BlobNotFound: Gone", 1},
		"cut":                     {404, s3("NoSuchKey", "Gone")[:100], "", "404 NoSuchKey: Gone", 1},
		"in another charset":      {404, `<?xml version="1.0" encoding="ISO-8859-1"?><Error><Code>NoSuchKey</Code><Message>Gone</Message></Error>`, "", "404 NoSuchKey: Gone", 1},
		"nested":                  {404, `<ErrorResponse xmlns="x"><Error><Code>NoSuchKey</Code><Message><![CDATA[Gone]]></Message></Error></ErrorResponse>`, "", "404 NoSuchKey: Gone", 1},
		"many lines and controls": {404, s3("NoSuchKey", "a\n\n b\u202ec\u0085d"), "", "404 NoSuchKey: a b?c d", 1},
		"very long":               {404, s3(strings.Repeat("C", 1000), strings.Repeat("m", 100_000)), "", strings.Repeat("C", 64) + "…", 1},
		"page":                    {403, "<!DOCTYPE html><title>Sign in</title>", "text/html; charset=utf-8", page, 4},
		"page without a type":     {404, "\n <HTML><body>Blocked by policy</body></HTML>", "", page, 1},
		"page of a gateway":       {502, "<html><h1>502 Bad Gateway</h1></html>", "application/octet-stream", page, 4},
		"XHTML":                   {404, `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>`, "application/xhtml+xml", page, 1},
		"nothing":                 {404, "", "", "the storage service returned 404 without an error message", 1},
		"JSON":                    {404, `{"message":"no"}`, "application/json", "404 with a body of application/json, which isn't the storage service's error document", 1},
		"echoed signature":        {403, s3("SignatureDoesNotMatch", "got 5ec7e7c0ffee5ec7e7c0ffee and t0ken/t0ken/t0ken, t0ken%2Ft0ken%2Ft0ken"), "", "403 SignatureDoesNotMatch: got REDACTED and REDACTED, REDACTED", 4},
		"echoed in the code":      {404, s3("5ec7e7c0ffee5ec7e7c0ffee", "x"), "", "404 REDACTED: x", 1},
		"echoed query":            {404, s3("NoSuchKey", "no /D1?X-Amz-Signature=5ec7e7c0ffee5ec7e7c0ffee&amp;X-Amz-Security-Token=t0ken%2Ft0ken%2Ft0ken"), "", "404 NoSuchKey: no /D1?REDACTED", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				e := &exchanges{answers: []func(*http.Request) *http.Response{sent(test.status, test.body, "Content-Type: "+test.kind)}}
				_, err := e.download(t)
				if err == nil || !strings.Contains(err.Error(), test.want) || len(e.ranges) != test.requests {
					t.Fatalf("error %v after %d requests, want one with %q after %d", err, len(e.ranges), test.want, test.requests)
				}
				if text := err.Error(); len(text) > 800 || strings.ContainsAny(text, "\n\r\u0085\u202e") || strings.Contains(text, "5ec7e7") || strings.Contains(text, "t0ken") {
					t.Errorf("error %q: want one short line without secrets", text)
				}
			})
		})
	}
}

// A new URL is requested if the old one has expired, however the storage service says it.
func TestDownloadRenewsAnExpiredURL(t *testing.T) {
	for _, status := range []int{400, 403} {
		for _, code := range []string{"ExpiredToken", "TokenRefreshRequired", "RequestExpired"} {
			e := &exchanges{answers: []func(*http.Request) *http.Response{sent(status, "<Error><Code>"+code+"</Code></Error>"), sent(200, fileA)}}
			if got, err := e.download(t); got != fileA || err != nil {
				t.Errorf("%d %s: %q, %v", status, code, got, err)
			}
		}
	}
}

// An error response counts even if its body never ends or never arrives.
func TestDownloadReadsABoundedReason(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		endless := func(req *http.Request) *http.Response {
			resp := sent(404, "")(req)
			resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader([]byte("<Error><Code>NoSuchKey</Code>")), pattern{}))
			return resp
		}
		silent := func(req *http.Request) *http.Response {
			resp := sent(404, "")(req)
			resp.Body = io.NopCloser(stalled{req.Context()})
			return resp
		}
		for name, answer := range map[string]func(*http.Request) *http.Response{"404 NoSuchKey": endless, "404 without an error message": silent} {
			if _, err := (&exchanges{answers: []func(*http.Request) *http.Response{answer}}).download(t); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v, want one with %q", err, name)
			}
		}
	})
}
