package payreports_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Errors that a new URL can't fix aren't retried.
func TestDownloadNotAgainWhereNothingWouldChange(t *testing.T) {
	t.Parallel()
	untrusted := &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
	for name, test := range map[string]struct {
		plan []func() download
		err  error
		urls int
	}{
		"unknown certificate":             {plan(download{err: untrusted}), untrusted, 1},
		"no TLS":                          {plan(download{err: http.ErrSchemeMismatch}), http.ErrSchemeMismatch, 1},
		"unknown certificate after a cut": {plan(download{cutAfter: 10}, download{err: untrusted}), untrusted, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := &storage{file: randomFile(1000), plan: test.plan}
				_, err := newClient(t, s).DownloadReport(t.Context(), "A1", new(bytes.Buffer))
				if !errors.Is(err, test.err) || strings.Contains(err.Error(), "gave up") || s.urls != test.urls {
					t.Errorf("error %v after %d URLs, want it after %d", err, s.urls, test.urls)
				}
			})
		})
	}
}

// A storage service without ranges sends the file from the start. If its length has changed, it is another file, even if the beginning is the same.
func TestDownloadOfAFileThatChangedItsSize(t *testing.T) {
	t.Parallel()
	file := randomFile(100_000)
	for name, changed := range map[string][]byte{
		"longer by a byte":         append(slices.Clone(file), 'x'),
		"shorter by a byte":        file[:99_999],
		"as long as what had come": file[:70_000],
		"shorter than what came":   file[:69_999],
		"empty":                    {},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := &storage{file: file, plan: plan(download{cutAfter: 70_000}, download{noRange: true, file: changed}, download{})}
				var got bytes.Buffer
				_, err := newClient(t, s).DownloadReport(t.Context(), "A1", &got)
				if err == nil || !strings.Contains(err.Error(), "changed during the download") || s.urls != 2 {
					t.Errorf("error %v after %d URLs and %d bytes, want one after 2 that says that the file changed", err, s.urls, got.Len())
				}
			})
		})
	}
}
