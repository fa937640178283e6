package simulator

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// Simulator is an http.Handler that behaves like the service. Create one with [New]. It is safe for concurrent use, keeps all state
// in memory, and runs nothing in the background.
type Simulator struct {
	config   Config
	region   regions.Region
	clock    *clock
	faults   *faultPlan
	logger   *slog.Logger
	contract *contract
	verify   func(req *http.Request, body []byte) (*signing.Verification, error)
	tenants  *tenants

	mu       sync.Mutex // guards the accounts, too
	outcomes map[api.ReportType]api.ProcessingStatus
	requests uint64
}

// New returns a simulator. It returns an error if the Config is invalid.
func New(config Config) (*Simulator, error) {
	region, err := regions.Parse(string(config.Region))
	if config.Region == "" {
		region, err = regions.NA, nil
	}
	if err != nil {
		return nil, err
	}
	if !(config.Speed >= 0 && config.Speed <= maxSpeed) { // false for NaN
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
	outcomes := make(map[api.ReportType]api.ProcessingStatus)
	tenants, err := newTenants(config, currency, outcomes)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	contract, err := loadContract()
	if err != nil {
		return nil, err
	}
	s := &Simulator{
		config:   config,
		region:   region,
		clock:    newClock(config.Start, config.Speed),
		faults:   &faultPlan{seed: config.Seed, probabilities: maps.Clone(config.Faults)},
		logger:   config.Logger,
		contract: contract,
		verify:   signing.NewVerifier(tenants.key).Verify,
		tenants:  tenants,
		outcomes: outcomes,
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Now returns the time of the simulator's clock, in UTC.
func (s *Simulator) Now() time.Time { return s.clock.now() }

// SetTime sets the simulator's clock. If it moves forward, everything that has become due appears with the next request. If it moves back,
// existing reports remain.
func (s *Simulator) SetTime(t time.Time) { s.clock.set(t) }

// Advance moves the simulator's clock forward.
func (s *Simulator) Advance(d time.Duration) { s.clock.advance(d) }

// Inject injects a fault into the next requests. times is their number. operation is an operationId such as createReport, "document" for
// downloads, or "" for all requests that the fault can affect. Each request uses up at most one injection, the first that applies.
//
// Inject panics if the injection could never have an effect, because the fault or the operation is unknown, the fault doesn't affect the
// operation, or times is negative.
func (s *Simulator) Inject(fault Fault, operation string, times int) {
	i := injection{fault: fault, operation: operation, times: times}
	if err := i.check(); err != nil {
		panic(err)
	}
	s.faults.inject(i)
}

// SetFault changes the probability of a fault. It applies to each request that the fault can affect. SetFault panics if the fault is unknown or
// the probability isn't from 0 to 1.
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

// SetOutcome sets the final status of all new reports of a type: FAILED, CANCELLED, or COMPLETED even without data. With "", it depends on the
// data again.
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

// ServeHTTP serves one request. To cut the connection, it panics with http.ErrAbortHandler, as net/http requires.
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
		io.WriteString(log, payreports.Spec())
	case path == "/openapi.json" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		log.Write(s.contract.specJSON)
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
