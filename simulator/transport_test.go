package simulator

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/signing"
)

// A panic in the simulator is a bug. It must not look like a cut connection, which a client would handle.
func TestDefectIsNotACut(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	s, err := New(Config{Logger: slog.New(slog.NewTextHandler(&lines, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.verify = func(*http.Request, []byte) (*signing.Verification, error) { panic("a defect") }
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/v2/reports", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	_, writer := io.Pipe()
	answer := &pipedAnswer{header: make(http.Header), writer: writer, ready: make(chan struct{})}
	func() {
		defer func() {
			if caught := recover(); caught != "a defect" {
				t.Errorf("panic %v, want the defect's", caught)
			}
		}()
		roundTripper{s}.serve(answer, req)
	}()
	if line := lines.String(); !strings.Contains(line, `panic="a defect"`) || !strings.Contains(line, "level=ERROR") || strings.Contains(line, "connectionCut") {
		t.Errorf("the log says %q", line)
	}
}
