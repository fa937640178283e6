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
	// unknownFor is how long a report may be unknown that was created just before.
	unknownFor = 30 * time.Second
)

// WaitForReport asks for the report until it is made, and returns it as it was last seen, also beside an error if it
// was seen at all. It looks at once, again after about two seconds, then at intervals that grow by half up to 30 seconds. The
// context is the only timeout.
//
// COMPLETED returns the report without an error. FAILED is a [*ReportFailedError]. CANCELLED is a [*ReportCancelledError], in which
// errors.Is finds [ErrNoData]: it is what happens when the range has no data. A status that isn't documented is waited through.
// A report that was created a moment ago may not be known everywhere yet: a 404 of the service is waited through for the first 30 seconds,
// unless the report has been seen before. When the context ends, the error says the last status and wraps the context's error.
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
				return nil, fmt.Errorf("payreports: waiting for report %s, which the service doesn't know: %w: %w", id, ended, err)
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
		// A fifth of jitter keeps many programs that started together from asking together.
		if err := sleep(ctx, poll-mathrand.N(poll/5)); err != nil {
			return last, fmt.Errorf("payreports: waiting for report %s: it is still %s: %w", id, report.ProcessingStatus, err)
		}
	}
}

// notKnownYet reports whether the service itself says that there is no such report, and not something on the way to it.
func notKnownYet(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && errors.Is(err, ErrNotFound) && failure.ReasonCode != ""
}
