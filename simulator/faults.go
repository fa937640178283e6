package simulator

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Fault is an error that the simulator can inject.
type Fault string

// The faults. Set their probabilities in [Config.Faults], or inject them with [Simulator.Inject]. Downloads are affected only by latency,
// unavailable, cut-before, truncate and expired-url. API calls are affected by all except truncate and expired-url.
const (
	// FaultLatency delays the response by a random time of up to [Config.Latency].
	FaultLatency Fault = "latency"
	// FaultThrottle returns 429 with a Retry-After of one second.
	FaultThrottle Fault = "throttle"
	// FaultServerError returns 500 with an HTML page, like a gateway.
	FaultServerError Fault = "server-error"
	// FaultUnavailable returns 503 without a body.
	FaultUnavailable Fault = "unavailable"
	// FaultCutBefore cuts the connection before the request is processed.
	FaultCutBefore Fault = "cut-before"
	// FaultCutAfter cuts the connection after the request was processed. The client can't know that it was.
	FaultCutAfter Fault = "cut-after"
	// FaultTruncate cuts the download of a document at a random byte.
	FaultTruncate Fault = "truncate"
	// FaultExpiredURL returns 403 for the download of a document, as if its URL had expired.
	FaultExpiredURL Fault = "expired-url"
	// FaultClockSkew sets the service's clock back by ten minutes for one request. Its date is then refused because it is in the future.
	FaultClockSkew Fault = "clock-skew"
)

// Faults returns all faults.
func Faults() []Fault {
	return []Fault{
		FaultLatency, FaultThrottle, FaultServerError, FaultUnavailable, FaultCutBefore, FaultCutAfter,
		FaultTruncate, FaultExpiredURL, FaultClockSkew,
	}
}

// affects reports whether the fault can affect an operation.
func (f Fault) affects(operation string) bool {
	switch f {
	case FaultLatency, FaultUnavailable, FaultCutBefore:
		return true
	case FaultTruncate, FaultExpiredURL:
		return operation == operationDocument
	default:
		return operation != operationDocument
	}
}

// ParseFault parses a fault with its probability, such as throttle=0.2. The error lists all faults.
func ParseFault(text string) (Fault, float64, error) {
	name, value, _ := strings.Cut(text, "=")
	if !slices.Contains(Faults(), Fault(name)) {
		return "", 0, fmt.Errorf("simulator: %q is not a fault: use one of %v with a probability, such as throttle=0.2", name, Faults())
	}
	probability, err := strconv.ParseFloat(value, 64)
	if err != nil || !(probability >= 0 && probability <= 1) {
		return "", 0, fmt.Errorf("simulator: the probability of %s is %q: it must be a number from 0 to 1, such as %s=0.2", name, value, name)
	}
	return Fault(name), probability, nil
}

func checkFaults(faults map[Fault]float64) error {
	for fault, probability := range faults {
		if _, _, err := ParseFault(fmt.Sprintf("%s=%v", fault, probability)); err != nil {
			return err
		}
	}
	return nil
}

// faultPlan decides which faults are injected into a request. They depend only on the seed and the number of the request.
type faultPlan struct {
	mu            sync.Mutex
	seed          uint64
	requests      uint64
	probabilities map[Fault]float64
	injected      []injection
}

type injection struct {
	fault     Fault
	operation string
	times     int
}

// draw has the faults of one request, and a source of randomness for their details.
type draw struct {
	faults map[Fault]bool
	random *rand.Rand
}

func (d draw) has(f Fault) bool { return d.faults[f] }

// String lists the faults, for the log.
func (d draw) String() string {
	names := make([]string, 0, len(d.faults))
	for fault := range maps.Keys(d.faults) {
		names = append(names, string(fault))
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// operationDocument is the name for downloads in [Simulator.Inject].
const operationDocument = "document"

func (p *faultPlan) draw(operation string) draw {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	d := draw{random: rand.New(rand.NewPCG(p.seed, p.requests))}
	add := func(f Fault) {
		if d.faults == nil {
			d.faults = make(map[Fault]bool)
		}
		d.faults[f] = true
	}
	for _, fault := range Faults() {
		chance := d.random.Float64() // drawn for every fault, so that enabling one doesn't change the others
		if fault.affects(operation) && chance < p.probabilities[fault] {
			add(fault)
		}
	}
	for i := range p.injected {
		injected := &p.injected[i]
		if (injected.operation == "" || injected.operation == operation) && injected.fault.affects(operation) {
			injected.times--
			add(injected.fault)
			break
		}
	}
	p.injected = slices.DeleteFunc(p.injected, func(i injection) bool { return i.times == 0 })
	return d
}

// check returns an error for an injection that could never have an effect.
func (i injection) check() error {
	if err := checkFaults(map[Fault]float64{i.fault: 1}); err != nil {
		return err
	}
	names := append(Operations(), operationDocument)
	switch {
	case i.operation != "" && !slices.Contains(names, i.operation):
		return fmt.Errorf("simulator: %q is not an operation: use one of %v, or \"\" for all requests", i.operation, names)
	case i.operation != "" && !i.fault.affects(i.operation):
		return fmt.Errorf("simulator: the fault %s doesn't affect %s: see the documentation of Fault", i.fault, i.operation)
	case i.times < 0:
		return fmt.Errorf("simulator: can't inject a fault %d times", i.times)
	default:
		return nil
	}
}

func (p *faultPlan) inject(i injection) {
	if i.times == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.injected = append(p.injected, i)
}
