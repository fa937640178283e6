package simulator

import (
	"crypto/rsa"
	"log/slog"
	"time"

	"github.com/amazonpay-go/payreports/regions"
)

// Config describes a simulator. The zero Config has 20 sales a day in USD, no faults and no keys: every signature is refused.
type Config struct {
	// Keys are the public keys that may sign, by public key id. All belong to the same merchant. An id that begins with LIVE or SANDBOX
	// names its environment. For any other id, the path does.
	Keys map[string]*rsa.PublicKey
	// Region decides the merchant's currency: USD in NA, EUR in EU, JPY in JP. Empty means NA.
	Region regions.Region
	// Seed is the random seed of the merchant's business and of the faults. The same seed and the same sequence of requests give the
	// same responses, except for what depends on the time.
	Seed uint64
	// TransactionsPerDay is the number of sales per day, up to 10 million. 0 means 20, and a negative number means none.
	TransactionsPerDay int
	// Start is the time at which the simulator's clock starts. Zero means now.
	Start time.Time
	// Speed is how many times faster than real time the simulator's clock runs, up to 100,000. 0 means 1. The 30 seconds of a
	// document URL, the lifetime of a nextToken and the dates of signatures always follow real time.
	Speed float64
	// Faults are the probabilities, from 0 to 1, with which each fault is injected into a request.
	Faults map[Fault]float64
	// Latency is the longest delay of FaultLatency. 0 means 200 ms; it can't be negative.
	Latency time.Duration
	// Deviations are ways in which the service may differ from the documentation. With any of them, responses are not
	// validated against the spec.
	Deviations []Deviation
	// Logger logs each request at level info, or error if it made the simulator panic. Nil means no log.
	Logger *slog.Logger
}

// Deviation is a way in which the service may differ from the documentation, where that is silent or contradicts itself.
type Deviation string

// The deviations.
const (
	// DeviationExistingSchedulesAsIDs: createReportSchedule returns an array of ids if a schedule exists.
	DeviationExistingSchedulesAsIDs Deviation = "existing-as-ids"
	// DeviationDeleteInQueryOnly: deleteExistingSchedule has no effect in the body.
	DeviationDeleteInQueryOnly Deviation = "delete-in-query-only"
	// DeviationDeleteInBodyOnly: deleteExistingSchedule has no effect in the query.
	DeviationDeleteInBodyOnly Deviation = "delete-in-body-only"
	// DeviationCancelBody: cancelReportSchedule returns {} instead of nothing.
	DeviationCancelBody Deviation = "cancel-body"
	// DeviationSharedKeys: an idempotency key belongs to the merchant alone, not to merchant and operation.
	DeviationSharedKeys Deviation = "shared-keys"
	// DeviationOldestFirst: getReports lists the oldest reports first.
	DeviationOldestFirst Deviation = "oldest-first"
)

var deviations = []Deviation{
	DeviationExistingSchedulesAsIDs, DeviationDeleteInQueryOnly, DeviationDeleteInBodyOnly, DeviationCancelBody, DeviationSharedKeys, DeviationOldestFirst,
}

// At maxSpeed, a day takes less than a second.
const maxSpeed = 100_000
