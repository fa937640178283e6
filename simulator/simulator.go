package simulator

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/internal/openapispec"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator/internal/merchant"
)

// maxBody bounds what is read of a request. The bodies of this API have some hundred bytes.
const maxBody = 1 << 20

// Config describes a simulator. The zero Config trades 20 times a day in USD, has no faults, and knows no key: nobody can sign in.
type Config struct {
	// Keys are the public keys that may sign, by public key id. All belong to the same merchant. An id that begins with LIVE or SANDBOX
	// names its environment; the path says it for any other.
	Keys map[string]*rsa.PublicKey
	// Region decides the merchant's currency: USD in NA, EUR in EU, JPY in JP. Empty means NA.
	Region regions.Region
	// Seed decides the merchant's business and when faults strike. The same seed and the same sequence of requests give the same answers,
	// except for what depends on the time.
	Seed uint64
	// TransactionsPerDay is the number of sales a day, up to 10 million. 0 means 20, a negative number none.
	TransactionsPerDay int
	// Start is what the simulator's clock shows at first. Zero means the wall's time.
	Start time.Time
	// Speed is how fast the simulator's clock runs, up to 100,000; 0 means 1, as fast as the wall's. The 30 seconds of
	// a document URL, the life of a nextToken and the dates of signatures always go by the wall's clock.
	Speed float64
	// Faults are the probabilities, from 0 to 1, with which each request meets a fault.
	Faults map[Fault]float64
	// Latency is the longest delay of FaultLatency. 0 means 200 ms; it can't be negative.
	Latency time.Duration
	// Deviations are ways in which the service may differ from the documentation. Answers are not validated against the spec while
	// there is one.
	Deviations []Deviation
	// Logger gets a line a request, at level info, or error for one that made the simulator panic. Nil means none.
	Logger *slog.Logger
}

// Deviation is a way in which the service may differ from the documentation, where that is silent or contradicts itself.
type Deviation string

// The deviations.
const (
	// DeviationExistingAsIDs: createReportSchedule answers an array of ids where a schedule exists.
	DeviationExistingAsIDs Deviation = "existing-as-ids"
	// DeviationDeleteInQueryOnly: deleteExistingSchedule has no effect in the body.
	DeviationDeleteInQueryOnly Deviation = "delete-in-query-only"
	// DeviationDeleteInBodyOnly: deleteExistingSchedule has no effect in the query.
	DeviationDeleteInBodyOnly Deviation = "delete-in-body-only"
	// DeviationCancelBody: cancelReportSchedule answers {} instead of nothing.
	DeviationCancelBody Deviation = "cancel-body"
	// DeviationOldestFirst: getReports lists the oldest reports first.
	DeviationOldestFirst Deviation = "oldest-first"
)

var deviations = []Deviation{
	DeviationExistingAsIDs, DeviationDeleteInQueryOnly, DeviationDeleteInBodyOnly, DeviationCancelBody, DeviationOldestFirst,
}

// Simulator is the Reports API on your machine: an http.Handler that answers like the service. Make one with [New]. It is safe for
// concurrent use, keeps all state in memory, and runs nothing in the background.
type Simulator struct {
	config   Config
	clock    *clock
	faults   *faultPlan
	logger   *slog.Logger
	router   routers.Router
	options  *openapi3filter.Options
	verify   func(req *http.Request, body []byte) (*signing.Verification, error)
	specJSON []byte
	merchant *merchant.Merchant

	mu       sync.Mutex
	accounts map[regions.Environment]*account
	outcomes map[api.ReportType]api.ProcessingStatus
	requests uint64
}

// maxSpeed lets a day pass in less than a second.
const maxSpeed = 100_000

// New returns a simulator. The error names what is wrong with the Config.
func New(config Config) (*Simulator, error) {
	region, err := regions.Parse(string(config.Region))
	if config.Region == "" {
		region, err = regions.NA, nil
	}
	if err != nil {
		return nil, err
	}
	if !(config.Speed >= 0 && config.Speed <= maxSpeed) { // NaN is neither
		return nil, fmt.Errorf("simulator: the speed is %v: it must be positive and at most %d", config.Speed, maxSpeed)
	}
	if config.Speed == 0 {
		config.Speed = 1
	}
	if config.Latency < 0 {
		return nil, fmt.Errorf("simulator: the latency is %v: it must be positive", config.Latency)
	}
	if config.Latency == 0 {
		config.Latency = 200 * time.Millisecond
	}
	if err := checkFaults(config.Faults); err != nil {
		return nil, err
	}
	for _, deviation := range config.Deviations {
		if !slices.Contains(deviations, deviation) {
			return nil, fmt.Errorf("simulator: %q is not a deviation: use some of %v", deviation, deviations)
		}
	}
	currency := map[regions.Region]string{regions.NA: "USD", regions.EU: "EUR", regions.JP: "JPY"}[region]
	m, err := merchant.New(merchant.Config{Seed: config.Seed, TransactionsPerDay: config.TransactionsPerDay, Currency: currency})
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	doc, err := openapispec.Load()
	if err != nil {
		return nil, err
	}
	router, err := openapispec.Router(doc, "")
	if err != nil {
		return nil, err
	}
	specJSON, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	keys := maps.Clone(config.Keys)
	s := &Simulator{
		config:   config,
		clock:    newClock(config.Start, config.Speed),
		faults:   &faultPlan{seed: config.Seed, probabilities: maps.Clone(config.Faults)},
		logger:   config.Logger,
		router:   router,
		options:  openapispec.FilterOptions(),
		verify:   signing.NewVerifier(func(id string) *rsa.PublicKey { return keys[id] }).Verify,
		specJSON: specJSON,
		merchant: m,
		accounts: make(map[regions.Environment]*account),
		outcomes: make(map[api.ReportType]api.ProcessingStatus),
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	for _, environment := range []regions.Environment{regions.Live, regions.Sandbox} {
		s.accounts[environment] = newAccount(environment, m, config.Seed, s.outcomes)
	}
	return s, nil
}

// Now returns what the simulator's clock shows, in UTC.
func (s *Simulator) Now() time.Time { return s.clock.now() }

// SetTime sets the simulator's clock. What falls due between is made up for when someone looks; moved back, it leaves what was made.
func (s *Simulator) SetTime(t time.Time) { s.clock.set(t) }

// Advance moves the simulator's clock forward.
func (s *Simulator) Advance(d time.Duration) { s.clock.advance(d) }

// Inject makes the next requests meet a fault, as many as times says: those of an operation, such as createReport; of
// downloads, for "document"; or any that the fault can strike, for "". A request meets the first injection that fits it
// and leaves the others for later ones. Inject panics for what no request could ever meet: an unknown fault or
// operation, a fault of API calls alone for "document" or one of downloads alone for an operation, and a negative
// number.
func (s *Simulator) Inject(fault Fault, operation string, times int) {
	i := injection{fault: fault, operation: operation, times: times}
	if err := i.check(); err != nil {
		panic(err)
	}
	s.faults.inject(i)
}

// SetFault changes the probability with which each request that the fault can strike meets it; the others never do. It
// panics where [New] would have returned an error: for an unknown fault, or a probability that isn't from 0 to 1.
func (s *Simulator) SetFault(fault Fault, probability float64) {
	if err := checkFaults(map[Fault]float64{fault: probability}); err != nil {
		panic(err)
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.probabilities == nil {
		s.faults.probabilities = make(map[Fault]float64)
	}
	s.faults.probabilities[fault] = probability
}

// SetOutcome decides how reports of a type that are created from now on will end: FAILED, CANCELLED, or COMPLETED even without data. ""
// leaves it to the data again.
func (s *Simulator) SetOutcome(reportType api.ReportType, outcome api.ProcessingStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if outcome == "" {
		delete(s.outcomes, reportType)
		return
	}
	s.outcomes[reportType] = outcome
}

func (s *Simulator) deviates(deviation Deviation) bool {
	return slices.Contains(s.config.Deviations, deviation)
}

// exchange is one request on its way through the simulator, and what its log line says.
type exchange struct {
	request   *http.Request
	body      []byte
	operation string
	requestID string
	keyID     string
	draw      draw
	wall      time.Time // the service's clock, which FaultClockSkew turns back
}

// ServeHTTP answers one request. It panics with http.ErrAbortHandler to cut the connection, as net/http asks for.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	x := &exchange{request: r, wall: started}
	log := &statusWriter{ResponseWriter: w}
	defer func() {
		caught := recover()
		s.log(x, log.status, time.Since(started), caught)
		if caught != nil {
			panic(caught)
		}
	}()
	switch path := r.URL.EscapedPath(); {
	case path == "/openapi.yaml" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/yaml")
		io.WriteString(log, payreports.Spec)
	case path == "/openapi.json" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		log.Write(s.specJSON)
	case strings.HasPrefix(path, documentPath):
		x.operation = operationDocument
		s.serveDocument(log, x)
	default:
		s.serveOperation(log, x)
	}
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

func (s *Simulator) log(x *exchange, status int, took time.Duration, caught any) {
	attrs := []slog.Attr{
		slog.String("method", x.request.Method), slog.String("path", x.request.URL.Path), slog.String("operation", x.operation),
		slog.Int("status", status), slog.Duration("took", took), slog.String("requestId", x.requestID), slog.String("publicKeyId", x.keyID),
	}
	if faults := x.draw.String(); faults != "" {
		attrs = append(attrs, slog.String("faults", faults))
	}
	level := slog.LevelInfo
	switch caught {
	case nil:
	case http.ErrAbortHandler:
		attrs = append(attrs, slog.Bool("connectionCut", true))
	default:
		level = slog.LevelError
		attrs = append(attrs, slog.Any("panic", caught))
	}
	s.logger.LogAttrs(context.Background(), level, "simulator: request", attrs...)
}

// serveOperation is the way of an API call: route, faults, signature, date, environment, spec, operation, spec again.
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
			refuse(http.StatusInternalServerError, "InternalServerError", "The simulator's answer breaks the spec, please report it: %v", err).write(recorded)
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

// answerFault answers what a gateway would, and reports whether it did.
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

// route finds the operation. The environment is that of the path, "" where the path has none.
func (s *Simulator) route(r *http.Request) (environment regions.Environment, route *routers.Route, parameters map[string]string, refused *refusal) {
	path := r.URL.EscapedPath()
	for _, candidate := range []regions.Environment{"", regions.Live, regions.Sandbox} {
		base := "/v2"
		if candidate != "" {
			base = "/" + string(candidate) + "/v2"
		}
		rest, ok := strings.CutPrefix(path, base)
		if !ok || !strings.HasPrefix(rest, "/") {
			continue
		}
		if rest != "/" {
			rest = strings.TrimSuffix(rest, "/") // some official SDKs send one
		}
		found := &http.Request{Method: r.Method, Header: r.Header, URL: &url.URL{Path: rest, RawPath: rest}}
		if decoded, err := url.PathUnescape(rest); err == nil {
			found.URL.Path = decoded
		}
		route, parameters, err := s.router.FindRoute(found)
		switch {
		case errors.Is(err, routers.ErrMethodNotAllowed):
			refused = refuse(http.StatusMethodNotAllowed, "UnsupportedOperation", "%s is not supported here.", clip(r.Method))
			refused.header = http.Header{"Allow": s.allowed(found)}
			return candidate, nil, nil, refused
		case err != nil:
			return candidate, nil, nil, notFound("resource")
		}
		for name, value := range parameters {
			if decoded, err := url.PathUnescape(value); err == nil {
				parameters[name] = decoded
			}
		}
		return candidate, route, parameters, nil
	}
	return "", nil, nil, refuse(http.StatusNotFound, "ResourceNotFound", "There is no such path: operations are under /v2, /live/v2 and /sandbox/v2.")
}

// allowed lists the methods that a path has.
func (s *Simulator) allowed(r *http.Request) []string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		r := *r
		r.Method = method
		if _, _, err := s.router.FindRoute(&r); err == nil {
			methods = append(methods, method)
		}
	}
	return []string{strings.Join(methods, ", ")}
}

// admit reads the body, and checks signature, date and environment.
func (s *Simulator) admit(x *exchange, pathEnvironment regions.Environment) (*account, *refusal) {
	var err error
	x.body, err = io.ReadAll(io.LimitReader(x.request.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "The request's body can't be read.")
	case len(x.body) > maxBody:
		// A client that isn't done writing sees a reset connection in place of the answer.
		_, _ = io.Copy(io.Discard, io.LimitReader(x.request.Body, 64*maxBody))
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "The request's body is longer than %d bytes.", maxBody)
	}
	for name, values := range x.request.Header {
		if strings.HasPrefix(name, "X-Amz-Pay-") && (len(values) == 0 || strings.TrimSpace(values[0]) == "") {
			return nil, refuse(http.StatusBadRequest, "MissingHeaderValue", "The header [%s] has no value.", strings.ToLower(name))
		}
	}
	verified, err := s.verify(x.request, x.body)
	if err != nil {
		return nil, signatureRefusal(x.request, err)
	}
	x.keyID = verified.PublicKeyID
	if verified.Date.After(x.wall) {
		return nil, refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [x-amz-pay-date] is invalid: x-amz-pay-date should not be in future")
	}
	if region := x.request.Header.Get("X-Amz-Pay-Region"); region != "" && !slices.Contains([]string{"na", "eu", "jp"}, strings.ToLower(region)) {
		return nil, refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [x-amz-pay-region] is invalid: it is na, eu or jp.")
	}
	environment, named := regions.EnvironmentOf(verified.PublicKeyID)
	switch {
	case !named && pathEnvironment == "":
		return nil, refuse(http.StatusNotFound, "ResourceNotFound", "The public key id names no environment, so the path must: /live/v2 or /sandbox/v2.")
	case !named:
		environment = pathEnvironment
	case pathEnvironment != "" && pathEnvironment != environment:
		return nil, refuse(http.StatusForbidden, "InvalidAuthentication", "The key is for %s, and the path for %s.", environment, pathEnvironment)
	}
	return s.accounts[environment], nil
}

func signatureRefusal(r *http.Request, err error) *refusal {
	var verification *signing.VerificationError
	if !errors.As(err, &verification) {
		return refuse(http.StatusForbidden, "InvalidAuthentication", "The signature can't be verified.")
	}
	switch verification.Reason {
	case signing.ReasonMissingAuthorization:
		return refuse(http.StatusBadRequest, "MissingHeader", "The header [authorization] is required once.")
	case signing.ReasonMalformedAuthorization:
		return refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [authorization] is invalid: %s", verification.Detail)
	case signing.ReasonUnknownKey:
		return refuse(http.StatusForbidden, "InvalidAuthentication", "The public key id in [authorization] is not known.")
	case signing.ReasonMissingHeader, signing.ReasonDateNotSigned:
		return refuse(http.StatusBadRequest, "MissingHeader", "A header is missing: %s", verification.Detail)
	case signing.ReasonInvalidDate:
		return refuse(http.StatusBadRequest, "InvalidHeaderValue", "The value provided for [x-amz-pay-date] is invalid: %s", verification.Detail)
	default:
		_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		return refuse(http.StatusForbidden, "InvalidRequestSignature", "Unable to verify signature, signing String [%s], signature [%s]",
			verification.StringToSign, clip(signature))
	}
}

func clip(s string) string { return s[:min(len(s), 1024)] }

// perform validates the request against the spec and lets the operation answer it.
func (s *Simulator) perform(recorded *recorder, x *exchange, account *account, route *routers.Route, parameters map[string]string) {
	inner := x.request.Clone(x.request.Context())
	inner.Body = io.NopCloser(bytes.NewReader(x.body))
	if err := s.validateRequest(inner, route, parameters); err != nil {
		err.write(recorded)
		return
	}
	for name, value := range parameters {
		inner.SetPathValue(name, value)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.now()
	account.catchUp(now)
	key := x.request.Header.Get("X-Amz-Pay-Idempotency-Key")
	if x.request.Method != http.MethodPost {
		key = "" // no effect elsewhere
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%s?%s\n%s", x.operation, signing.CanonicalQuery(x.request.URL.RawQuery), x.body))
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
			refuse(http.StatusBadRequest, "InvalidRequest", "The request can't be read: %v", err).write(w)
		},
	}
	handlers[x.operation](wrapper)(recorded, inner)
	if key != "" && recorded.status < 300 {
		account.answers[key] = savedAnswer{request: hash, status: recorded.status, body: recorded.body.Bytes()}
	}
}

// handlers are the operations by their operationId.
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

// Operations returns the operationIds that the simulator answers, sorted.
func Operations() []string { return slices.Sorted(maps.Keys(handlers)) }

func (s *Simulator) validateRequest(r *http.Request, route *routers.Route, parameters map[string]string) *refusal {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "InvalidRequest", "The query can't be read.")
	}
	for name, values := range query {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			return refuse(http.StatusBadRequest, "UnrecognizedField", "The parameter [%s] is not recognized.", clip(name))
		}
		if len(values) > 1 {
			return invalidValue(name, "it is given %d times.", len(values))
		}
		if kind := route.Operation.Parameters.GetByInAndName("query", name).Schema.Value.Type; !openapispec.Written(kind, values[0]) {
			return invalidValue(name, "it is not written as JSON writes the type %s.", strings.Join(kind.Slice(), " or "))
		}
	}
	if err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, QueryParams: query, Route: route, Options: s.options,
	}); err != nil {
		return refusalOf(err)
	}
	return nil
}

func (s *Simulator) validateAnswer(r *http.Request, route *routers.Route, parameters map[string]string, answer *recorder) error {
	return openapi3filter.ValidateResponse(r.Context(), (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route, Options: s.options},
		Status:                 answer.status, Header: answer.header, Options: s.options,
	}).SetBodyBytes(answer.body.Bytes()))
}

// recorder keeps an answer until it has been validated.
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
