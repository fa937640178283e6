package payreports_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
)

// storage serves a document like S3, or with the faults that a test sets.
type storage struct {
	file []byte

	mu       sync.Mutex
	urls     int               // how many were requested
	plan     []func() download // the faults of each download; the last element repeats
	ranges   []string
	ifRanges []string
	etag     string // of the first response
	problems []string
}

// strongETag is the If-Range of every Range request.
func (s *storage) strongETag() string {
	if strings.HasPrefix(s.etag, "W/") {
		return ""
	}
	return s.etag
}

// download describes the faults of one GET of the file.
type download struct {
	status   int
	err      error
	cutAfter int // bytes after which the connection is cut; 0 means never
	noRange  bool
	stall    bool   // after half of the file
	silent   bool   // without a single byte
	extra    string // sent after the end
	// unknownSize sends chunks without a length. untilClose doesn't even send chunks.
	unknownSize, untilClose bool
	header                  map[string]string
	file                    []byte
}

func (s *storage) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.URL.Host != "storage.example" {
		s.urls++
		switch {
		case strings.HasPrefix(req.URL.Path, "/v2/reports/"):
			s.urls--
			return response(req, answer{status: 200, body: completedReport}), nil
		default:
			return response(req, answer{status: 200, body: fmt.Sprintf(`{"reportDocumentId":"D1","url":"https://storage.example/%%2FNinetyDays/D1?X-Amz-Signature=%d"}`, s.urls)}), nil
		}
	}
	for name := range req.Header {
		if name != "Accept-Encoding" && name != "User-Agent" && name != "Range" && name != "If-Range" {
			s.problems = append(s.problems, "the storage service got the header "+name)
		}
	}
	if req.Header.Get("Accept-Encoding") != "identity" || req.URL.RequestURI() != fmt.Sprintf("/%%2FNinetyDays/D1?X-Amz-Signature=%d", s.urls) {
		s.problems = append(s.problems, "request "+req.URL.RequestURI()+" with encoding "+req.Header.Get("Accept-Encoding"))
	}
	s.ranges = append(s.ranges, req.Header.Get("Range"))
	s.ifRanges = append(s.ifRanges, req.Header.Get("If-Range"))
	var how download
	if len(s.plan) > 0 {
		how = s.plan[0]()
		if len(s.plan) > 1 {
			s.plan = s.plan[1:]
		}
	}
	if how.err != nil {
		return nil, how.err
	}
	file := s.file
	if how.file != nil {
		file = how.file
	}
	header := http.Header{"Etag": {`"e1"`}}
	for name, value := range how.header {
		header.Set(name, value)
	}
	if s.etag == "" {
		s.etag = header.Get("ETag")
	}
	start, status := 0, http.StatusOK
	if text := req.Header.Get("Range"); text != "" && !how.noRange {
		start, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(text, "bytes="), "-"))
		status = http.StatusPartialContent
		if header.Get("Content-Range") == "" {
			header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(file)-1, len(file)))
		}
	}
	if how.status != 0 {
		status = how.status
	}
	content := file[start:]
	length := int64(len(content))
	var body io.Reader = bytes.NewReader(content)
	if how.cutAfter > 0 && how.cutAfter < len(content) {
		body = io.MultiReader(bytes.NewReader(content[:how.cutAfter]), cut{io.ErrUnexpectedEOF})
	}
	if how.stall {
		body = io.MultiReader(bytes.NewReader(content[:len(content)/2]), stalled{req.Context()})
	}
	if how.unknownSize { // like chunks: there is an error if the last one is missing
		length = -1
		if how.cutAfter >= len(content) {
			body = io.MultiReader(body, cut{io.ErrUnexpectedEOF})
		}
	}
	if how.silent {
		body = stalled{req.Context()}
	}
	if how.extra != "" {
		body = io.MultiReader(body, strings.NewReader(how.extra))
	}
	resp := &http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: io.NopCloser(body), ContentLength: length, Request: req}
	if how.unknownSize {
		resp.TransferEncoding = []string{"chunked"}
	}
	if how.untilClose {
		resp.ContentLength = -1
	}
	return resp, nil
}

// stalled sends nothing until its request is cancelled.
type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func (s *storage) check(t *testing.T) {
	t.Helper()
	for _, problem := range s.problems {
		t.Error(problem)
	}
}

func randomFile(n int) []byte {
	file := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n)}).Read(file)
	return file
}

func plan(downloads ...download) []func() download {
	var list []func() download
	for _, d := range downloads {
		list = append(list, func() download { return d })
	}
	return list
}

func TestDownload(t *testing.T) {
	file := randomFile(100_000)
	changed := bytes.Clone(file)
	changed[5] ^= 1
	tests := map[string]struct {
		file    []byte
		plan    []func() download
		want    []byte // nil: the file
		wantErr string
		urls    int
	}{
		"at once":                    {urls: 1},
		"empty file":                 {file: []byte{}, urls: 1},
		"one byte":                   {file: []byte("x"), urls: 1},
		"cut once":                   {plan: plan(download{cutAfter: 1}, download{}), urls: 2},
		"cut again and again":        {plan: plan(download{cutAfter: 40_000}, download{cutAfter: 1}, download{cutAfter: 1}, download{cutAfter: 1}, download{cutAfter: 1}, download{cutAfter: 50_000}, download{}), urls: 7},
		"cut before the first byte":  {plan: plan(download{err: errors.New("reset")}, download{err: errors.New("reset")}, download{}), urls: 3},
		"expired URL":                {plan: plan(download{status: 403}, download{}), urls: 2},
		"expired after a cut":        {plan: plan(download{cutAfter: 10}, download{status: 403}, download{}), urls: 3},
		"503":                        {plan: plan(download{status: 503}, download{status: 500}, download{}), urls: 3},
		"no ranges":                  {plan: plan(download{cutAfter: 70_000}, download{noRange: true}), urls: 2},
		"no ranges, cut while going": {plan: plan(download{cutAfter: 70_000}, download{noRange: true, cutAfter: 30}, download{noRange: true}), urls: 3},
		"stalled":                    {plan: plan(download{stall: true}, download{}), urls: 2},
		"weak etag":                  {plan: plan(download{cutAfter: 5, header: map[string]string{"ETag": `W/"x"`}}, download{header: map[string]string{"ETag": `W/"x"`}}), urls: 2},

		"gives up":                      {plan: plan(download{err: errors.New("reset")}), wantErr: "reset (gave up after 4 attempts)", urls: 4},
		"gives up on 403":               {plan: plan(download{status: 403}), wantErr: "the storage service returned 403", urls: 4},
		"gives up in the middle":        {plan: plan(download{cutAfter: 10}, download{err: errors.New("reset")}), wantErr: "stopped after 10 bytes: reset (gave up after 4 attempts", urls: 4},
		"too long a Retry-After":        {plan: plan(download{status: 503, header: map[string]string{"Retry-After": "300"}}), wantErr: "503", urls: 1},
		"404":                           {plan: plan(download{status: 404}), wantErr: "the storage service returned 404", urls: 1},
		"redirect":                      {plan: plan(download{status: 302, header: map[string]string{"Location": "https://elsewhere.example/"}}), wantErr: "302, a redirect, and redirects are never followed", urls: 1},
		"over-long":                     {plan: plan(download{extra: "more"}), wantErr: "more than the 100000 bytes that it announced", urls: 1},
		"file changed, no ranges":       {plan: plan(download{cutAfter: 70_000}, download{noRange: true, file: changed}), wantErr: "are different now", urls: 2},
		"file changed its size":         {plan: plan(download{cutAfter: 70_000}, download{file: file[:99_999]}), wantErr: "changed during the download", urls: 3},
		"range from elsewhere":          {plan: plan(download{cutAfter: 7}, download{header: map[string]string{"Content-Range": "bytes 6-99999/100000"}}), wantErr: "sent part of the file (bytes 6-99999/100000) as if it were all of it", urls: 3},
		"range not to the end":          {plan: plan(download{cutAfter: 7}, download{header: map[string]string{"Content-Range": "bytes 7-99/100000"}}), wantErr: "sent part of the file (bytes 7-99/100000) as if it were all of it", urls: 3},
		"another ETag, the same bytes":  {plan: plan(download{cutAfter: 7}, download{header: map[string]string{"ETag": `"e2"`}}), urls: 3},
		"another weak ETag":             {plan: plan(download{cutAfter: 7, header: map[string]string{"ETag": `W/"a"`}}, download{header: map[string]string{"ETag": `W/"b"`}}), urls: 2},
		"another time":                  {plan: plan(download{cutAfter: 7, header: map[string]string{"Last-Modified": "Tue, 04 Aug 2026 10:00:00 GMT"}}, download{header: map[string]string{"Last-Modified": "Tue, 04 Aug 2026 10:00:01 GMT"}}), urls: 3},
		"all but the end":               {plan: plan(download{unknownSize: true, cutAfter: 100_000}, download{status: 416, header: map[string]string{"Content-Range": "bytes */100000"}}), urls: 2},
		"416 of a shorter file":         {plan: plan(download{cutAfter: 70_000}, download{status: 416, header: map[string]string{"Content-Range": "bytes */69999"}}), wantErr: "the storage service returned 416", urls: 3},
		"416 with another ETag":         {plan: plan(download{unknownSize: true, cutAfter: 100_000}, download{status: 416, header: map[string]string{"Content-Range": "bytes */100000", "ETag": `"e2"`}}, download{}), urls: 3},
		"chunks without end":            {plan: plan(download{unknownSize: true, cutAfter: 50_000}, download{header: map[string]string{"Content-Range": "bytes 50000-59999/*"}}, download{}), urls: 3},
		"length unknown":                {plan: plan(download{untilClose: true}), wantErr: "doesn't say how long the file is", urls: 1},
		"deflate":                       {plan: plan(download{header: map[string]string{"Content-Encoding": "deflate"}}), wantErr: `the file encoded as "deflate"`, urls: 1},
		"two encodings":                 {plan: plan(download{header: map[string]string{"Content-Encoding": "br, gzip"}}), wantErr: `the file encoded as "br, gzip"`, urls: 1},
		"identity":                      {plan: plan(download{header: map[string]string{"Content-Encoding": "identity"}}), urls: 1},
		"no byte, forever":              {plan: plan(download{stall: true, silent: true}), wantErr: "the storage service sent nothing for 1m0s (gave up after 4 attempts)", urls: 4},
		"range without sense":           {plan: plan(download{cutAfter: 7}, download{header: map[string]string{"Content-Range": "all"}}), urls: 3},
		"range of unknown size is fine": {plan: plan(download{cutAfter: 7}, download{header: map[string]string{"Content-Range": "bytes 7-99999/*"}}), urls: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				if test.file == nil {
					test.file = file
				}
				s := &storage{file: test.file, plan: test.plan}
				var got bytes.Buffer
				start := time.Now()
				n, err := newClient(t, s).DownloadReport(t.Context(), "A1", &got)
				if took := time.Since(start); took > 0 && (name == "cut once" || name == "expired URL") {
					t.Errorf("the first new URL was asked for after %v, want at once", took)
				}
				s.check(t)
				if n != int64(got.Len()) || !bytes.HasPrefix(test.file, got.Bytes()) {
					t.Errorf("%d bytes reported, %d written: what was written must be the beginning of the file", n, got.Len())
				}
				if s.urls != test.urls {
					t.Errorf("%d URLs were asked for, want %d", s.urls, test.urls)
				}
				for i, header := range s.ifRanges {
					if want := map[bool]string{true: s.strongETag()}[s.ranges[i] != ""]; header != want {
						t.Errorf("request %d has If-Range %q, want %q", i, header, want)
					}
				}
				if errors.Is(err, context.Canceled) {
					t.Errorf("error %v, though nobody cancelled", err)
				}
				if test.wantErr != "" {
					if err == nil || !strings.Contains(err.Error(), test.wantErr) || !strings.Contains(err.Error(), "D1") {
						t.Errorf("error %v, want one with %q", err, test.wantErr)
					}
					if err != nil && strings.Contains(err.Error(), "X-Amz") {
						t.Errorf("the error %q holds the URL's query", err)
					}
					return
				}
				if err != nil || got.Len() != len(test.file) {
					t.Errorf("%d of %d bytes, error %v", got.Len(), len(test.file), err)
				}
			})
		})
	}
}

// The download resumes after a cut at any byte.
func TestDownloadResumesAtAnyByte(t *testing.T) {
	file := randomFile(200)
	for _, noRange := range []bool{false, true} {
		t.Run(fmt.Sprintf("storage without ranges %t", noRange), func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				for at := 1; at < len(file); at++ {
					s := &storage{file: file, plan: plan(download{cutAfter: at}, download{noRange: noRange})}
					var got bytes.Buffer
					if _, err := newClient(t, s).DownloadReport(t.Context(), "A1", &got); err != nil || !bytes.Equal(got.Bytes(), file) {
						t.Errorf("cut at byte %d: %d bytes, error %v", at, got.Len(), err)
					}
					if want := fmt.Sprintf("bytes=%d-", at); s.ranges[1] != want {
						t.Errorf("cut at byte %d: range %q, want %q", at, s.ranges[1], want)
					}
					s.check(t)
				}
			})
		})
	}
}

// The information about the response is complete when OpenReport returns, and doesn't change while the file is read.
func TestOpenReportLeavesResponseInfoAlone(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := &storage{file: randomFile(1000), plan: plan(download{cutAfter: 10}, download{})}
		var info payreports.ResponseInfo
		content, err := newClient(t, s).OpenReport(t.Context(), "A1", payreports.WithResponseInfo(&info))
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		if info.StatusCode != 200 {
			t.Errorf("%+v", info)
		}
		info = payreports.ResponseInfo{}
		if _, err := io.Copy(io.Discard, content); err != nil || s.urls != 2 || info != (payreports.ResponseInfo{}) {
			t.Errorf("%v, %d URLs, %+v", err, s.urls, info)
		}
	})
}

// The caller's http.Client isn't changed.
func TestHTTPClientIsLeftAlone(t *testing.T) {
	t.Parallel()
	own := &http.Client{Transport: newScript(t, answer{status: 200, body: emptyList})}
	client, err := payreports.New(regions.EU, newSigner(t, keyID), payreports.WithHTTPClient(own))
	if err != nil {
		t.Fatal(err)
	}
	if err := list(t.Context(), client); err != nil || own.CheckRedirect != nil || own.Timeout != 0 {
		t.Errorf("%v, %+v", err, own)
	}
}

func TestOpenReportBeforeItIsMade(t *testing.T) {
	t.Parallel()
	client := newClient(t, newScript(t, reportIn("IN_PROGRESS"), reportIn("FAILED"), reportIn("CANCELLED")))
	if _, err := client.OpenReport(t.Context(), "A1"); err == nil || !strings.Contains(err.Error(), "WaitForReport") {
		t.Errorf("error %v, want one that names WaitForReport", err)
	}
	var failed *payreports.ReportFailedError
	if _, err := client.OpenReport(t.Context(), "A1"); !errors.As(err, &failed) {
		t.Errorf("error %v, want a *ReportFailedError", err)
	}
	if _, err := client.OpenReport(t.Context(), "A1"); !errors.Is(err, payreports.ErrNoData) {
		t.Errorf("error %v, want ErrNoData", err)
	}
}

func TestDocumentThatIsNotReady(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ready := answer{status: 200, body: `{"reportDocumentId":"D1","url":"https://storage.example/D1"}`}
		notReady := []answer{{status: 202}, {status: 202, body: `{}`}, {status: 200, body: `{"reportDocumentId":"D1"}`}}
		s := newScript(t, append(notReady, ready, answer{status: 200, body: "file"})...)
		start := time.Now()
		content, err := newClient(t, s).OpenReportDocument(t.Context(), "D1")
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		if text, err := io.ReadAll(content); string(text) != "file" || err != nil || time.Since(start) != 6*time.Second {
			t.Errorf("%q, %v after %v", text, err, time.Since(start))
		}
		_, err = newClient(t, newScript(t, times(30, notReady[0])...)).OpenReportDocument(t.Context(), "D1")
		if err == nil || !strings.Contains(err.Error(), "isn't ready") {
			t.Errorf("error %v", err)
		}
	})
}

func TestDownloadEndsWithTheContext(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := newClient(t, &storage{file: randomFile(100), plan: plan(download{stall: true})}).DownloadReport(ctx, "A1", io.Discard)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
	})
}

// A download of any size needs little memory, for the hash and a buffer.
// Not parallel, because AllocsPerRun counts the allocations of the whole process.
func TestDownloadIsStreamed(t *testing.T) {
	const size = 64 << 20
	client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		if req.URL.Host != "storage.example" {
			return response(req, answer{status: 200, body: `{"reportDocumentId":"D1","url":"https://storage.example/D1"}`}), nil
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: size, Body: io.NopCloser(io.LimitReader(pattern{}, size)), Request: req}, nil
	}))
	allocated := testing.AllocsPerRun(1, func() {
		content, err := client.OpenReportDocument(t.Context(), "D1")
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		hash := sha256.New()
		if n, err := io.Copy(hash, content); n != size || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	if allocated > 1000 {
		t.Errorf("%v allocations for %d MiB", allocated, size>>20)
	}
}

type pattern struct{}

func (pattern) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i)
	}
	return len(p), nil
}
