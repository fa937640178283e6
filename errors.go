package payreports

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// What errors.Is finds in the errors of this package. They stand for decisions that a caller takes; all else is in
// the fields of [Error].
var (
	// ErrNotFound: the report, document or schedule doesn't exist, or no longer (404).
	ErrNotFound = errors.New("not found")
	// ErrThrottled: too many requests (429), after all attempts.
	ErrThrottled = errors.New("throttled")
	// ErrSignature: the service refused the signature (reason code InvalidRequestSignature).
	ErrSignature = errors.New("signature refused")
	// ErrForbidden: the service refused access (401 or 403), a refused signature included.
	ErrForbidden = errors.New("forbidden")
	// ErrNoData: the report was cancelled, which is what happens to a report without data.
	ErrNoData = errors.New("no data")
	// ErrInvalidArgument: the call was refused before anything was sent.
	ErrInvalidArgument = errors.New("invalid argument")
)

// maxErrorBody is how much of a refused call's answer is kept.
const maxErrorBody = 16 << 10

// Error is a call that failed: an answer that isn't 2xx, whatever its body; a 2xx answer that can't be read; no answer
// at all; or a request that could not be sent, with 0 Attempts. It holds no secrets: signatures and tokens are taken
// out of what the service echoes.
type Error struct {
	// Operation is the documentation's name of the operation, such as createReport.
	Operation string
	// StatusCode is the HTTP status, 0 if there was no answer.
	StatusCode int
	// ReasonCode is the service's reason code on one line, "" if the body had none. The list is open.
	ReasonCode string
	// Message is the service's message, or what is wrong with its answer: one line of at most 4 KiB, without control characters.
	Message string
	// RequestID is the answer's x-amz-pay-request-id, for Amazon's support.
	RequestID string
	// IdempotencyKey is the key of a POST. Repeating the same request with it can't create anything twice.
	IdempotencyKey string
	// Attempts says how often the request was sent.
	Attempts int
	// RetryAfter is how long the service asked to wait, 0 if it didn't.
	RetryAfter time.Duration
	// Diagnosis says why a signature or a date was refused and what to do, as far as the client can tell.
	Diagnosis string
	// Body is the answer's body, at most 16 KiB of it, if it is an error of this API, and nil if it comes from a proxy or a gateway. It is
	// nil as well where it may hold a secret: for getReportDocument and for refused signatures. Unlike the other fields it may hold
	// characters that control a terminal.
	Body []byte

	cause error
}

// Error returns one line: operation, status, reason code, message, diagnosis, cause, request id, idempotency key, Retry-After and attempts.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "payreports: %s: ", e.Operation)
	switch {
	case e.StatusCode == 0 && e.Attempts == 0:
		b.WriteString("not sent")
	case e.StatusCode == 0:
		b.WriteString("no answer")
	default:
		fmt.Fprintf(&b, "%d", e.StatusCode)
		if text := cmp.Or(e.ReasonCode, http.StatusText(e.StatusCode)); text != "" {
			b.WriteString(" " + oneLine(text, 64))
		}
	}
	if e.Message != "" {
		b.WriteString(": " + oneLine(e.Message, 400))
	}
	if e.Diagnosis != "" {
		b.WriteString(": " + e.Diagnosis)
	}
	if e.cause != nil {
		b.WriteString(": " + oneLine(e.cause.Error(), 400))
	}
	var details []string
	if e.RequestID != "" {
		details = append(details, "request id "+oneLine(e.RequestID, 64))
	}
	if e.IdempotencyKey != "" {
		details = append(details, "idempotency key "+e.IdempotencyKey)
	}
	if e.RetryAfter > 0 {
		details = append(details, fmt.Sprintf("retry after %v", e.RetryAfter))
	}
	details = append(details, attempts(e.Attempts))
	return b.String() + " (" + strings.Join(details, ", ") + ")"
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// endedBy returns a copy that also says why there was no further attempt. It is a copy, because the OnRetry hook has the original.
func (e *Error) endedBy(err error) *Error {
	ended := *e
	ended.cause = errors.Join(ended.cause, err)
	return &ended
}

// Unwrap returns what kept an answer from arriving or from being read: a network error, the context's error, a decoding error;
// nil for a plain refusal.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is find the sentinels of this package.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound
	case ErrThrottled:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrSignature:
		return e.ReasonCode == reasonInvalidRequestSignature
	case ErrForbidden:
		return e.StatusCode == http.StatusForbidden || e.StatusCode == http.StatusUnauthorized
	default:
		return false
	}
}

// LogValue returns the fields for slog, without the body.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("operation", e.Operation),
		slog.Int("status", e.StatusCode),
		slog.Int("attempts", e.Attempts),
	}
	for _, field := range []struct{ name, value string }{
		{"reasonCode", e.ReasonCode},
		{"message", oneLine(e.Message, 400)},
		{"diagnosis", e.Diagnosis},
		{"requestId", e.RequestID},
		{"idempotencyKey", e.IdempotencyKey},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.name, field.value))
		}
	}
	if e.RetryAfter > 0 {
		attrs = append(attrs, slog.Duration("retryAfter", e.RetryAfter))
	}
	if e.cause != nil {
		attrs = append(attrs, slog.String("cause", oneLine(e.cause.Error(), 400)))
	}
	return slog.GroupValue(attrs...)
}

// ReportFailedError says that the service gave up making a report (FAILED). Creating it again is all that can be done.
type ReportFailedError struct {
	// Report is the report as it was last seen.
	Report Report
}

// Error names the report.
func (e *ReportFailedError) Error() string {
	return fmt.Sprintf("payreports: report %s has FAILED: the service aborted it: create it again, and quote its id to Amazon's support if that fails too", e.Report.ReportID)
}

// ReportCancelledError says that a report was cancelled, which is how the service says that there was no data in its range;
// errors.Is finds [ErrNoData] in it.
type ReportCancelledError struct {
	// Report is the report as it was last seen.
	Report Report
}

// Error names the report and its range.
func (e *ReportCancelledError) Error() string {
	return fmt.Sprintf("payreports: report %s was CANCELLED: there is no data from %s to %s, or someone cancelled it", e.Report.ReportID,
		cmp.Or(e.Report.StartTime.String(), "?"), cmp.Or(e.Report.EndTime.String(), "?"))
}

// Is makes errors.Is find [ErrNoData].
func (e *ReportCancelledError) Is(target error) bool { return target == ErrNoData }

// ReportScheduleExistsError says that nothing was created, because the report type has a schedule already and only one is
// allowed.
type ReportScheduleExistsError struct {
	// ReportType is the type that was to be scheduled.
	ReportType ReportType
	// Schedules are the schedules that exist. Where the service named ids only, the other fields are zero; where it named
	// nothing, it is empty.
	Schedules []ReportSchedule
}

// Error names the schedule that exists and what to do.
func (e *ReportScheduleExistsError) Error() string {
	existing := "a schedule"
	if len(e.Schedules) > 0 {
		s := e.Schedules[0]
		existing = fmt.Sprintf("schedule %s", s.ReportScheduleID)
		if s.ScheduleFrequency != "" {
			existing += fmt.Sprintf(" (every %s)", s.ScheduleFrequency)
		}
	}
	return fmt.Sprintf("payreports: %s has %s already, and nothing was created: set ReplaceExisting to replace it", e.ReportType, existing)
}

// argumentError is a call that was refused before anything was sent.
type argumentError struct{ operation, reason string }

func (e *argumentError) Error() string {
	return fmt.Sprintf("payreports: %s: %s (nothing was sent)", e.operation, e.reason)
}

func (e *argumentError) Is(target error) bool { return target == ErrInvalidArgument }

func invalidArgument(operation, format string, args ...any) error {
	return &argumentError{operation: operation, reason: fmt.Sprintf(format, args...)}
}

const (
	reasonInvalidRequestSignature = "InvalidRequestSignature"
	reasonInvalidHeaderValue      = "InvalidHeaderValue"
)

// maxMessage is how much of the service's message is kept.
const maxMessage = 4 << 10

// refusal turns an answer that isn't 2xx into an Error. secrets are texts that an echo in the answer must not carry on.
func refusal(operation string, a *answer, secrets []string) *Error {
	clean := func(text string, limit int) string { return oneLine(redact(text, secrets), limit) }
	e := &Error{
		Operation:  operation,
		StatusCode: a.status,
		RequestID:  clean(a.requestID(), 128),
		RetryAfter: a.retryAfter,
	}
	var body struct {
		ReasonCode json.RawMessage `json:"reasonCode"`
		Message    json.RawMessage `json:"message"`
	}
	if err := json.Unmarshal(a.body, &body); err == nil {
		e.ReasonCode = clean(jsonText(body.ReasonCode), 128)
		e.Message = clean(jsonText(body.Message), maxMessage)
	}
	if e.ReasonCode == "" && e.Message == "" {
		e.Message = clean(a.describeBody(), maxMessage)
		return e
	}
	if operation != opGetReportDocument && e.ReasonCode != reasonInvalidRequestSignature {
		kept := redact(string(a.body), secrets)
		e.Body = []byte(kept[:min(len(kept), maxErrorBody)])
	}
	return e
}

// jsonText returns a JSON string's text, or any other value as it stands: services under stress send numbers and objects.
func jsonText(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if err := json.Unmarshal(raw, &s); err == nil {
		return s
	}
	return string(raw)
}
