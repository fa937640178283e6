package simulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/routers"

	"github.com/amazonpay-go/payreports/api"
)

// exchange is one request, with what is logged about it.
type exchange struct {
	request   *http.Request
	body      []byte
	operation string
	requestID string
	keyID     string
	draw      draw
	wall      time.Time // the service's clock, which FaultClockSkew sets back
}

// serveOperation serves an API call. It checks route, faults, signature, date, environment and spec, runs the operation, and checks
// the response against the spec.
func (s *Simulator) serveOperation(w http.ResponseWriter, x *exchange) {
	s.mu.Lock()
	s.requests++
	x.requestID = fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(s.config.Seed), s.requests)
	s.mu.Unlock()
	w.Header().Set("X-Amz-Pay-Request-Id", x.requestID)

	pathEnvironment, route, parameters, refused := s.route(x.request)
	if route != nil {
		x.operation = route.Operation.OperationID
	}
	x.draw = s.faults.draw(x.operation)
	if x.draw.has(FaultLatency) {
		delay(x.request.Context(), time.Duration(x.draw.random.Int64N(int64(s.config.Latency))+1))
	}
	if x.draw.has(FaultClockSkew) {
		x.wall = x.wall.Add(-10 * time.Minute)
	}
	w.Header().Set("Date", x.wall.UTC().Format(http.TimeFormat))
	if x.draw.has(FaultCutBefore) {
		panic(http.ErrAbortHandler)
	}
	if s.answerFault(w, x.draw) {
		return
	}
	recorded := &recorder{header: make(http.Header)}
	var account *account
	if refused == nil {
		account, refused = s.admit(x, pathEnvironment)
	}
	if refused != nil {
		refused.write(recorded)
	} else {
		s.perform(recorded, x, account, route, parameters)
	}
	if route != nil && len(s.config.Deviations) == 0 {
		if err := s.validateAnswer(x.request, route, parameters, recorded); err != nil {
			recorded = &recorder{header: make(http.Header)}
			refuse(http.StatusInternalServerError, "InternalServerError", "The simulator's response violates openapi.yaml. Please report this: %v", err).write(recorded)
		}
	}
	if x.draw.has(FaultCutAfter) {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), recorded.header)
	w.WriteHeader(recorded.status)
	w.Write(recorded.body.Bytes())
}

func delay(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// answerFault responds as a gateway would, and reports whether it did.
func (s *Simulator) answerFault(w http.ResponseWriter, d draw) bool {
	switch {
	case d.has(FaultThrottle):
		w.Header().Set("Retry-After", "1")
		refuse(http.StatusTooManyRequests, "TooManyRequests", "The frequency of requests was greater than allowed.").write(w)
	case d.has(FaultServerError):
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, "<html><body><h1>500 Internal Server Error</h1></body></html>\n")
	case d.has(FaultUnavailable):
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		return false
	}
	return true
}

// perform validates the request against the spec and runs the operation.
func (s *Simulator) perform(recorded *recorder, x *exchange, account *account, route *routers.Route, parameters map[string]string) {
	inner := x.request.Clone(x.request.Context())
	inner.Body = io.NopCloser(bytes.NewReader(x.body))
	query, refused := readQuery(route.Operation, x.request.URL.RawQuery)
	if refused == nil {
		refused = s.validateRequest(inner, query, route, parameters)
	}
	if refused != nil {
		refused.write(recorded)
		return
	}
	inner.URL.RawQuery = query.Encode() // without the parameters that are treated as absent
	for name, value := range parameters {
		inner.SetPathValue(name, value)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.now()
	account.catchUp(now)
	key := x.request.Header.Get("X-Amz-Pay-Idempotency-Key")
	if x.request.Method != http.MethodPost {
		key = "" // it has no effect
	}
	if key != "" && !s.deviates(DeviationSharedKeys) {
		key = x.operation + " " + key
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%s?%s\n%s", x.operation, inner.URL.RawQuery, x.body))
	if saved, known := account.answers[key]; key != "" && known {
		if saved.request != hash {
			refuse(http.StatusBadRequest, "DuplicateIdempotencyKey", "The value of [x-amz-pay-idempotency-key] was used for another request.").write(recorded)
			return
		}
		recorded.header.Set("Content-Type", "application/json")
		recorded.WriteHeader(saved.status)
		recorded.body.Write(saved.body)
		return
	}
	wrapper := &api.ServerInterfaceWrapper{
		Handler: &operations{sim: s, account: account, now: now, wall: x.wall},
		ErrorHandlerFunc: func(w http.ResponseWriter, _ *http.Request, err error) {
			refuse(http.StatusBadRequest, "InvalidRequest", "Can't read the request: %v", err).write(w)
		},
	}
	handler, found := handlers[x.operation]
	if !found {
		refuse(http.StatusInternalServerError, "InternalServerError", "The simulator doesn't implement %s: add it to its handlers.", x.operation).write(recorded)
		return
	}
	handler(wrapper)(recorded, inner)
	if key != "" && recorded.status < 300 {
		account.answers[key] = savedAnswer{request: hash, status: recorded.status, body: recorded.body.Bytes()}
	}
}

// handlers are the operations by operationId.
var handlers = map[string]func(*api.ServerInterfaceWrapper) http.HandlerFunc{
	"getReports":            func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.GetReports },
	"getReportById":         func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.GetReportByID },
	"createReport":          func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.CreateReport },
	"getReportDocument":     func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.GetReportDocument },
	"getReportSchedules":    func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.GetReportSchedules },
	"getReportScheduleById": func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.GetReportScheduleByID },
	"createReportSchedule":  func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.CreateReportSchedule },
	"cancelReportSchedule":  func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.CancelReportSchedule },
	"getDisbursements":      func(w *api.ServerInterfaceWrapper) http.HandlerFunc { return w.GetDisbursements },
}

// Operations returns the operationIds that the simulator implements, sorted.
func Operations() []string { return slices.Sorted(maps.Keys(handlers)) }

// recorder keeps a response until it has been validated.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
