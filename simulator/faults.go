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

// Fault is something that goes wrong on purpose.
type Fault string

// The faults. Each can be given a probability in [Config.Faults], or be asked for with [Simulator.Inject]. Downloads of
// documents meet latency, unavailable, cut-before, truncate and expired-url only; API calls meet all but the last two.
const (
	// FaultLatency answers after a random time of up to [Config.Latency].
	FaultLatency Fault = "latency"
	// FaultThrottle answers 429 with a Retry-After of one second.
	FaultThrottle Fault = "throttle"
	// FaultServerError answers 500 with a page of HTML, as a gateway does.
	FaultServerError Fault = "server-error"
	// FaultUnavailable answers 503 without a body.
	FaultUnavailable Fault = "unavailable"
	// FaultCutBefore cuts the connection before anything was done.
	FaultCutBefore Fault = "cut-before"
	// FaultCutAfter cuts the connection after the work was done: the client can't know that it was.
	FaultCutAfter Fault = "cut-after"
	// FaultTruncate cuts a document's download at a random byte.
	FaultTruncate Fault = "truncate"
	// FaultExpiredURL makes a document's download answer 403 as if its URL had expired.
	FaultExpiredURL Fault = "expired-url"
	// FaultClockSkew makes the service's clock ten minutes late for one request: its date is then refused as lying in the future.
	FaultClockSkew Fault = "clock-skew"
)

// Faults returns all faults, in the order in which they are drawn.
func Faults() []Fault {
	return []Fault{
		FaultLatency, FaultThrottle, FaultServerError, FaultUnavailable, FaultCutBefore, FaultCutAfter,
		FaultTruncate, FaultExpiredURL, FaultClockSkew,
	}
}

// strikes says whether a request of an operation can meet the fault.
func (f Fault) strikes(operation string) bool {
	switch f {
	case FaultLatency, FaultUnavailable, FaultCutBefore:
		return true
	case FaultTruncate, FaultExpiredURL:
		return operation == operationDocument
	default:
		return operation != operationDocument
	}
}

// ParseFault reads a fault with its probability, such as throttle=0.2. The error lists the faults there are.
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

// faultPlan decides which faults a request meets. Its draws depend on the seed and the number of the request alone.
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

// draw is what one request meets: its faults, and a source of randomness for their details.
type draw struct {
	faults map[Fault]bool
	random *rand.Rand
}

func (d draw) has(f Fault) bool { return d.faults[f] }

// String lists the faults for the log.
func (d draw) String() string {
	names := make([]string, 0, len(d.faults))
	for fault := range maps.Keys(d.faults) {
		names = append(names, string(fault))
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// operationDocument is the pseudo-operation of a document's download, for [Simulator.Inject].
const operationDocument = "document"

func (p *faultPlan) draw(operation string) draw {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	d := draw{random: rand.New(rand.NewPCG(p.seed, p.requests))}
	meets := func(f Fault) {
		if d.faults == nil {
			d.faults = make(map[Fault]bool)
		}
		d.faults[f] = true
	}
	for _, fault := range Faults() {
		chance := d.random.Float64() // drawn for each fault, so that switching one on doesn't move the others
		if fault.strikes(operation) && chance < p.probabilities[fault] {
			meets(fault)
		}
	}
	for i := range p.injected {
		injected := &p.injected[i]
		if (injected.operation == "" || injected.operation == operation) && injected.fault.strikes(operation) {
			injected.times--
			meets(injected.fault)
			break
		}
	}
	p.injected = slices.DeleteFunc(p.injected, func(i injection) bool { return i.times == 0 })
	return d
}

// check names what is wrong with an injection that no request could ever meet.
func (i injection) check() error {
	if err := checkFaults(map[Fault]float64{i.fault: 1}); err != nil {
		return err
	}
	names := append(Operations(), operationDocument)
	switch {
	case i.operation != "" && !slices.Contains(names, i.operation):
		return fmt.Errorf("simulator: %q is not an operation: use one of %v, or none for any request", i.operation, names)
	case i.operation != "" && !i.fault.strikes(i.operation):
		return fmt.Errorf("simulator: %s never meets the fault %s: see the faults for which requests do", i.operation, i.fault)
	case i.times < 0:
		return fmt.Errorf("simulator: a fault can't strike %d times", i.times)
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
