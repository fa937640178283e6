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

// Errors to use with errors.Is. They are the cases in which callers usually act differently. For details, use errors.As with [*Error].
var (
	// ErrNotFound means that the report, document or schedule doesn't exist (404). It may have existed before.
	ErrNotFound = errors.New("not found")
	// ErrThrottled means that there were too many requests (429), even after all attempts.
	ErrThrottled = errors.New("throttled")
	// ErrSignature means that the service refused the signature (reason code InvalidRequestSignature).
	ErrSignature = errors.New("signature refused")
	// ErrForbidden means that the service denied access (401 or 403). This includes refused signatures.
	ErrForbidden = errors.New("forbidden")
	// ErrNoData means that the report was cancelled. The service does this if there is no data in the time range.
	ErrNoData = errors.New("no data")
	// ErrInvalidArgument means that the client refused the call before it sent anything.
	ErrInvalidArgument = errors.New("invalid argument")
)

// maxErrorBody limits how much of an error response is kept.
const maxErrorBody = 16 << 10

// Error is a failed call. Either the response wasn't 2xx, or it couldn't be read, or there was none, or the request couldn't be sent, in which
// case Attempts is 0. An Error contains no secrets: signatures and tokens that the service echoes are removed.
type Error struct {
	// Operation is the documented name of the operation, such as createReport.
	Operation string
	// StatusCode is the HTTP status, or 0 if there was no response.
	StatusCode int
	// ReasonCode is the service's reason code, or "" if the body had none. It is one line. The service may add reason codes.
	ReasonCode string
	// Message is the service's message, or what is wrong with its response. It is one line of at most 4 KiB without control characters.
	Message string
	// RequestID is the response's x-amz-pay-request-id. Amazon's support asks for it.
	RequestID string
	// IdempotencyKey is the key of a POST. If you repeat the request with this key, nothing is created twice.
	IdempotencyKey string
	// Attempts is the number of times the request was sent.
	Attempts int
	// RetryAfter is how long the service asked to wait, or 0 if it didn't.
	RetryAfter time.Duration
	// Diagnosis says why a signature or a date was refused and what to do about it. It is "" for other errors.
	Diagnosis string
	// Body is the response's body, up to 16 KiB, if it is an error of this API. It is nil if the response came from a proxy or a gateway, and
	// if it may contain a secret: for getReportDocument and for refused signatures. Unlike the other fields, it may contain terminal control
	// characters.
	Body []byte

	cause error
}

// Error returns one line with operation, status, reason code, message, diagnosis, cause, request id, idempotency key, Retry-After and attempts.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "payreports: %s: ", e.Operation)
	switch {
	case e.StatusCode == 0 && e.Attempts == 0:
		b.WriteString("not sent")
	case e.StatusCode == 0:
		b.WriteString("no response")
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

// endedBy returns a copy that also says why there was no further attempt. The original belongs to the OnRetry hook.
func (e *Error) endedBy(err error) *Error {
	ended := *e
	ended.cause = errors.Join(ended.cause, err)
	return &ended
}

// Unwrap returns the cause: a network error, the context's error, or a decoding error. It returns nil if the service refused the call.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is the error of this package that e stands for, such as [ErrNotFound].
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

// LogValue returns the fields as a slog group, without the body.
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

// ReportFailedError means that the service couldn't create a report (FAILED). All you can do is create it again.
type ReportFailedError struct {
	// Report is the report as last seen.
	Report Report
}

// Error returns a text with the report's id.
func (e *ReportFailedError) Error() string {
	return fmt.Sprintf("payreports: report %s FAILED: the service aborted it: create it again, and if that fails too, contact Amazon's support with this id", e.Report.ReportID)
}

// ReportCancelledError means that a report was cancelled. The service does this if there is no data in the time range. errors.Is finds
// [ErrNoData] in it.
type ReportCancelledError struct {
	// Report is the report as last seen.
	Report Report
}

// Error returns a text with the report's id and time range.
func (e *ReportCancelledError) Error() string {
	return fmt.Sprintf("payreports: report %s was CANCELLED: there is no data from %s to %s, or someone cancelled it", e.Report.ReportID,
		cmp.Or(e.Report.StartTime.String(), "?"), cmp.Or(e.Report.EndTime.String(), "?"))
}

// Is reports whether target is [ErrNoData].
func (e *ReportCancelledError) Is(target error) bool { return target == ErrNoData }

// ReportScheduleExistsError means that nothing was created, because the report type already has a schedule. There is at most one per type.
type ReportScheduleExistsError struct {
	// ReportType is the type of the requested schedule.
	ReportType ReportType
	// Schedules are the existing schedules. If the service returned only ids, the other fields are zero. If it returned nothing, Schedules is
	// empty.
	Schedules []ReportSchedule
}

// Error returns a text with the existing schedule and what to do.
func (e *ReportScheduleExistsError) Error() string {
	existing := "a schedule"
	if len(e.Schedules) > 0 {
		s := e.Schedules[0]
		existing = fmt.Sprintf("schedule %s", s.ReportScheduleID)
		if s.ScheduleFrequency != "" {
			existing += fmt.Sprintf(" (every %s)", s.ScheduleFrequency)
		}
	}
	return fmt.Sprintf("payreports: %s already has %s, so nothing was created: set ReplaceExisting to replace it", e.ReportType, existing)
}

// argumentError is the error of a call that was refused before anything was sent.
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

// maxMessage limits how much of the service's message is kept.
const maxMessage = 4 << 10

// refusal turns a response that isn't 2xx into an Error. It removes secrets that the response echoes.
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

// jsonText returns the text of a JSON string. It returns any other value as it is: services under stress send numbers and objects.
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
