package payreports_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
)

// A storage service may send a Content-Range with a whole file.
func TestDownloadOfAWholeFileWithAContentRange(t *testing.T) {
	t.Parallel()
	e := &exchanges{answers: []func(*http.Request) *http.Response{
		sent(200, fileA, fmt.Sprintf("Content-Range: bytes 0-%d/%d", len(fileA)-1, len(fileA))),
	}}
	if got, err := e.download(t); err != nil || got != fileA {
		t.Errorf("%q, %v", got, err)
	}
}

// If the transport itself uncompresses gzip, its bytes aren't those that the storage service counts, so no range is requested.
func TestDownloadThatTheTransportUncompressed(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		uncompressed := func(answer func(*http.Request) *http.Response) func(*http.Request) *http.Response {
			return func(req *http.Request) *http.Response {
				resp := answer(req)
				resp.Uncompressed, resp.ContentLength = true, -1
				return resp
			}
		}
		whole := uncompressed(sent(200, fileA, `ETag: "e1"`))
		e := &exchanges{answers: []func(*http.Request) *http.Response{cutAt(half, whole), whole}}
		if got, err := e.download(t); err != nil || got != fileA || len(e.ranges) != 2 || e.ranges[1] != "" {
			t.Errorf("%q, %v, ranges %q", got, err, e.ranges)
		}
	})
}

// A file that always ends too early is an error that can't be mistaken for the end of the file.
func TestDownloadThatAlwaysEndsTooEarly(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		e := &exchanges{answers: []func(*http.Request) *http.Response{func(req *http.Request) *http.Response {
			resp := sent(200, fileA)(req)
			resp.Body = io.NopCloser(strings.NewReader(fileA[:half]))
			return resp
		}}}
		if _, err := e.download(t); err == nil || errors.Is(err, io.EOF) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v", err)
		}
	})
}

func TestClientThatWasNotMade(t *testing.T) {
	t.Parallel()
	if got := new(payreports.Client).String(); got != "payreports.Client(not created by New)" {
		t.Error(got)
	}
}

func TestLongestDelay(t *testing.T) {
	t.Parallel()
	for delay, want := range map[time.Duration]bool{24 * time.Hour: true, 24*time.Hour + 1: false, 25 * time.Hour: false} {
		_, err := payreports.New(regions.EU, newSigner(t, "LIVE-A"), payreports.WithRetry(payreports.RetryPolicy{MaxDelay: delay}))
		if (err == nil) != want {
			t.Errorf("%v: %v", delay, err)
		}
	}
}

// Nothing is logged unless the service asked for it.
func TestErrorLogValueWithoutRetryAfter(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]bool{0: false, time.Second: true} {
		e := &payreports.Error{Operation: "getReports", StatusCode: 429, RetryAfter: after}
		if got := strings.Contains(fmt.Sprint(e.LogValue()), "retryAfter"); got != want {
			t.Errorf("%v: %v", after, e.LogValue())
		}
	}
}

// If nothing of the file arrives, opening it returns an error, not reading it.
func TestDownloadThatNeverBegins(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		e := &exchanges{answers: []func(*http.Request) *http.Response{cutAt(0, sent(200, fileA))}}
		content, err := newClient(t, e).OpenReportDocument(t.Context(), "D1")
		if err == nil {
			content.Close()
			t.Error("no error")
		}
	})
}
