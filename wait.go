package payreports

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"
)

const (
	firstPoll   = 2 * time.Second
	longestPoll = 30 * time.Second
	// unknownFor is how long the service may not know a report that was just created.
	unknownFor = 30 * time.Second
)

// WaitForReport polls a report until its status is final. It polls at once, again after about two seconds, and then at intervals that grow by half,
// up to 30 seconds. The context is the only timeout.
//
// If the report is COMPLETED, the error is nil. If it is FAILED, the error is a [*ReportFailedError]. If it is CANCELLED, the error is a
// [*ReportCancelledError], and errors.Is finds [ErrNoData] in it: the service cancels reports without data. Statuses that aren't documented aren't
// final. When the context ends, the error says what the last status was and wraps the context's error.
//
// WaitForReport returns the report as last seen, even with an error. It is nil if the report was never seen.
//
// The service may not know a new report at once. During the first 30 seconds, a 404 is retried unless the report has been seen before.
func (c *Client) WaitForReport(ctx context.Context, id ReportID, opts ...CallOption) (*Report, error) {
	options, err := newCallOptions(c, opts)
	if err != nil {
		return nil, invalidArgument("waitForReport", "%v", err)
	}
	var last *Report
	started := time.Now()
	for poll := firstPoll; ; poll = min(poll*3/2, longestPoll) {
		report, err := c.GetReportByID(ctx, id, opts...)
		if last == nil && notKnownYet(err) && time.Since(started) < unknownFor {
			if ended := sleep(ctx, poll); ended != nil {
				return nil, fmt.Errorf("payreports: waiting for report %s, which the service doesn't know yet: %w: %w", id, ended, err)
			}
			continue
		}
		if err != nil {
			if ctx.Err() != nil && last != nil {
				err = fmt.Errorf("payreports: waiting for report %s, last seen %s: %w", id, last.ProcessingStatus, err)
			}
			return last, err
		}
		last = report
		if options.progress != nil {
			options.progress(*report)
		}
		switch report.ProcessingStatus {
		case ProcessingStatusCompleted:
			return report, nil
		case ProcessingStatusFailed:
			return report, &ReportFailedError{Report: *report}
		case ProcessingStatusCancelled:
			return report, &ReportCancelledError{Report: *report}
		}
		// The jitter keeps programs that started at the same time from polling at the same time.
		if err := sleep(ctx, poll-mathrand.N(poll/5)); err != nil {
			return last, fmt.Errorf("payreports: waiting for report %s: it is still %s: %w", id, report.ProcessingStatus, err)
		}
	}
}

// notKnownYet reports whether the service says that there is no such report. A 404 from a proxy or gateway doesn't count.
func notKnownYet(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && errors.Is(err, ErrNotFound) && failure.ReasonCode != ""
}
