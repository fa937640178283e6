package simulator

import (
	"crypto/rsa"
	"log/slog"
	"time"

	"github.com/amazonpay-go/payreports/regions"
)

// Config configures a simulator. The zero Config has 20 sales per day in USD, no faults, and no keys, so every signature is refused.
type Config struct {
	// Keys are the registered public keys by public key id. All belong to the same merchant; see Merchants for others. If an id begins with
	// LIVE or SANDBOX, that is its environment. For any other id, the environment comes from the path.
	Keys map[string]*rsa.PublicKey
	// Merchants are more merchants, each with its own reports, schedules and disbursements.
	Merchants []Merchant
	// Region determines the merchant's currency: USD in NA, EUR in EU, and JPY in JP. Empty means NA.
	Region regions.Region
	// Seed is the random seed for the merchant's data and for the faults. With the same seed and the same sequence of requests, the
	// responses are the same, except for what depends on the time.
	Seed uint64
	// TransactionsPerDay is the number of sales per day, up to 10 million. 0 means 20, and a negative number means none.
	TransactionsPerDay int
	// Start is the initial time of the simulator's clock. Zero means now.
	Start time.Time
	// Speed is the speed of the simulator's clock relative to real time, up to 100,000. 0 means 1. The 30 seconds of a download URL, the
	// lifetime of a nextToken, and the dates of signatures always use real time.
	Speed float64
	// Faults are the probabilities, from 0 to 1, of injecting each fault into a request.
	Faults map[Fault]float64
	// Latency is the maximum delay of FaultLatency. 0 means 200 ms. It can't be negative.
	Latency time.Duration
	// Deviations are ways in which the service may differ from the documentation. If there are any, responses aren't validated against
	// openapi.yaml.
	Deviations []Deviation
	// Logger logs each request at level info, or at level error if the simulator panicked. Nil means no log.
	Logger *slog.Logger
}

// Merchant is one of several merchants of a simulator.
type Merchant struct {
	// Keys are its registered public keys by public key id, as in [Config]. No other merchant may have one of these ids.
	Keys map[string]*rsa.PublicKey
	// AuthToken is the x-amz-pay-authtoken that it has granted to solution providers, unique in the simulator: requests with it are for this
	// merchant, whoever's key signs. Empty means none. As soon as one merchant has one, requests with unknown tokens are refused.
	AuthToken string
	// TransactionsPerDay is the number of its sales per day, as in [Config]. 0 means the same number as there.
	TransactionsPerDay int
}

// Deviation is a way in which the service may differ from the simulator, because the documentation is silent or contradicts itself.
type Deviation string

// The deviations.
const (
	// DeviationExistingSchedulesAsIDs makes createReportSchedule return an array of ids if the report type already has a schedule.
	DeviationExistingSchedulesAsIDs Deviation = "existing-as-ids"
	// DeviationDeleteInQueryOnly ignores deleteExistingSchedule in the body.
	DeviationDeleteInQueryOnly Deviation = "delete-in-query-only"
	// DeviationDeleteInBodyOnly ignores deleteExistingSchedule in the query.
	DeviationDeleteInBodyOnly Deviation = "delete-in-body-only"
	// DeviationCancelBody makes cancelReportSchedule return {} instead of an empty body.
	DeviationCancelBody Deviation = "cancel-body"
	// DeviationSharedKeys makes all operations of a merchant share idempotency keys.
	DeviationSharedKeys Deviation = "shared-keys"
	// DeviationOldestFirst makes getReports list the oldest reports first.
	DeviationOldestFirst Deviation = "oldest-first"
)

var deviations = []Deviation{
	DeviationExistingSchedulesAsIDs, DeviationDeleteInQueryOnly, DeviationDeleteInBodyOnly, DeviationCancelBody, DeviationSharedKeys, DeviationOldestFirst,
}

// At maxSpeed, a day takes less than a second.
const maxSpeed = 100_000
