package payreports_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
)

func reportIn(status string) answer {
	return answer{status: 200, body: `{"reportId":"A1","reportType":"T","processingStatus":"` + status + `"}`}
}

func TestWaitForReportPolls(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		answers := append(times(12, reportIn("IN_PROGRESS")), reportIn("SOMETHING_NEW"), answer{status: 200, body: completedReport})
		s := newScript(t, answers...)
		var seen []payreports.ProcessingStatus
		start := time.Now()
		report, err := newClient(t, s).WaitForReport(t.Context(), "A1", payreports.WithProgress(func(r payreports.Report) { seen = append(seen, r.ProcessingStatus) }))
		if err != nil || report.ProcessingStatus != payreports.ProcessingStatusCompleted || report.ReportDocumentID != "D1" {
			t.Fatalf("%+v, %v", report, err)
		}
		if s.times[0].Sub(start) != 0 {
			t.Errorf("the first look came after %v, want at once", s.times[0].Sub(start))
		}
		longest := 2 * time.Second
		for i, wait := range s.waits() {
			if wait > longest || wait < longest*4/5 {
				t.Errorf("wait %d is %v, want from %v to %v", i, wait, longest*4/5, longest)
			}
			longest = min(longest*3/2, 30*time.Second)
		}
		if len(seen) != 14 || seen[12] != "SOMETHING_NEW" {
			t.Errorf("progress %v", seen)
		}
	})
}

func TestWaitForReportEnds(t *testing.T) {
	tests := map[string]struct {
		status string
		check  func(error) bool
	}{
		"FAILED": {"FAILED", func(err error) bool {
			var failed *payreports.ReportFailedError
			return errors.As(err, &failed) && failed.Report.ReportID == "A1" && strings.Contains(err.Error(), "A1")
		}},
		"CANCELLED": {"CANCELLED", func(err error) bool {
			var cancelled *payreports.ReportCancelledError
			return errors.As(err, &cancelled) && errors.Is(err, payreports.ErrNoData) && strings.Contains(err.Error(), "no data")
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				report, err := newClient(t, newScript(t, reportIn("IN_PROGRESS"), reportIn(test.status))).WaitForReport(t.Context(), "A1")
				if !test.check(err) || report == nil || string(report.ProcessingStatus) != test.status {
					t.Errorf("%+v, %v", report, err)
				}
			})
		})
	}
}

func TestWaitForReportEndsWithTheContext(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		report, err := newClient(t, newScript(t, times(9, reportIn("IN_PROGRESS"))...)).WaitForReport(ctx, "A1")
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "IN_PROGRESS") || report == nil {
			t.Errorf("%+v, %v, want the last state and the context's error", report, err)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("returned after %v, want a minute", took)
		}
	})
}

func TestWaitForReportEndsInTheMiddleOfACall(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		n := 0
		client := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return response(req, reportIn("IN_PROGRESS")), nil
			}
			<-req.Context().Done()
			return nil, req.Context().Err()
		}))
		report, err := client.WaitForReport(ctx, "A1")
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "last seen IN_PROGRESS") || report == nil {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

func TestWaitForReportRefused(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		report, err := newClient(t, newScript(t, answer{status: 404})).WaitForReport(t.Context(), "A1")
		if !errors.Is(err, payreports.ErrNotFound) || report != nil {
			t.Errorf("%+v, %v", report, err)
		}
	})
}
