package payreports_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
)

// The secrets of a document's URL are in no error and no log line, even if they appear without their parameter's name.
func TestDownloadKeepsTheURLsSecrets(t *testing.T) {
	oops := errors.New("oops")
	for name, quoted := range map[string]string{
		"signature":     "rejected 5ec7e7c0ffee5ec7e7c0ffee",
		"token decoded": "rejected t0ken/t0ken/t0ken",
		"token as sent": "rejected t0ken%2Ft0ken%2Ft0ken",
		"query":         "GET /D1?X-Amz-Signature=5ec7e7c0ffee5ec7e7c0ffee&X-Amz-Security-Token=t0ken%2Ft0ken%2Ft0ken failed",
		"URL":           `Get "https://storage.example/D1?X-Amz-Signature=5ec7e7c0ffee5ec7e7c0ffee": failed`,
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				var log strings.Builder
				logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				cause := errors.Join(errors.New(quoted), oops)
				broken := func(req *http.Request) *http.Response {
					resp := sent(200, fileA)(req)
					resp.Body = io.NopCloser(cut{cause})
					return resp
				}
				inBody := &exchanges{answers: []func(*http.Request) *http.Response{broken}}
				_, bodyErr := inBody.download(t, payreports.WithLogger(logger))
				api := &exchanges{}
				client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
					if req.URL.Host == "storage.example" {
						return nil, cause
					}
					return api.RoundTrip(req)
				}), payreports.WithLogger(logger))
				_, dialErr := client.OpenReportDocument(t.Context(), "D1")
				for _, err := range []error{bodyErr, dialErr} {
					if err == nil || !errors.Is(err, oops) || !strings.Contains(err.Error(), "REDACTED") {
						t.Fatalf("error %v", err)
					}
					if text := err.Error() + log.String(); strings.Contains(text, "5ec7e7") || strings.Contains(text, "t0ken") {
						t.Errorf("a secret leaked: %s", text)
					}
				}
				if !strings.Contains(log.String(), "resuming a download with a new URL") {
					t.Errorf("log %s", log.String())
				}
			})
		})
	}
}
