package payreports

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/amazonpay-go/payreports/regions"
)

// Option configures a [Client]. The functions that begin with With return options. [New] returns an error if an option is invalid.
type Option interface {
	applyToClient(*clientOptions) error
}

// CallOption configures a single call. If it is invalid, the call returns an error and sends nothing.
type CallOption interface {
	applyToCall(*callOptions) error
}

type clientOptions struct {
	httpClient    *http.Client
	endpoint      string
	allowInsecure bool
	environment   regions.Environment
	retry         RetryPolicy
	limiter       *rate.Limiter
	logger        *slog.Logger
	userAgent     string
	now           func() time.Time
	authToken     string
}

type callOptions struct {
	idempotencyKey string
	authToken      string
	responseInfo   *ResponseInfo
	documentInfo   *DocumentInfo
	usage          *Usage
	progress       func(Report)
}

type optionFunc func(*clientOptions) error

func (f optionFunc) applyToClient(o *clientOptions) error { return f(o) }

type callOptionFunc func(*callOptions) error

func (f callOptionFunc) applyToCall(o *callOptions) error { return f(o) }

// WithHTTPClient sends requests with a copy of h. Use it for proxies, tracing and timeouts. Redirects are never followed, whatever h's
// CheckRedirect says, because a signature is valid for one host only. Downloads use h's Transport, but not its Jar and Timeout. Without this
// option, the client uses a clone of http.DefaultTransport and a timeout of 60 seconds per attempt.
func WithHTTPClient(h *http.Client) Option {
	return optionFunc(func(o *clientOptions) error {
		if h == nil {
			return errors.New("WithHTTPClient: the http.Client is nil")
		}
		o.httpClient = h
		return nil
	})
}

// WithEndpoint overrides the region's base URL, for example with a simulator's. The URL must be https, or http to a loopback address; see
// [WithInsecureEndpoint].
//
// If the URL has no path, the documented one is added: /v2, or /live/v2 or /sandbox/v2 for public key ids without the prefix LIVE or SANDBOX.
// If it has a path, nothing is added. The path "/" counts as one, except on the service's own hosts.
func WithEndpoint(baseURL string) Option {
	return optionFunc(func(o *clientOptions) error {
		if strings.TrimSpace(baseURL) == "" {
			return errors.New("WithEndpoint: the URL is empty: omit the option to use the region's endpoint")
		}
		o.endpoint = baseURL
		return nil
	})
}

// WithInsecureEndpoint allows http to any address, for the endpoint and for downloads. Requests and reports are then sent unencrypted. Use it
// only for simulators in your own network.
func WithInsecureEndpoint() Option {
	return optionFunc(func(o *clientOptions) error {
		o.allowInsecure = true
		return nil
	})
}

// WithEnvironment sets the environment. It is required for a public key id that doesn't begin with LIVE or SANDBOX. For any other id it is
// optional and must not contradict the prefix.
func WithEnvironment(environment regions.Environment) Option {
	return optionFunc(func(o *clientOptions) error {
		parsed, err := regions.ParseEnvironment(string(environment))
		if err != nil {
			return fmt.Errorf("WithEnvironment: %w", err)
		}
		o.environment = parsed
		return nil
	})
}

// WithRetry sets the retry policy. Fields that are zero keep their defaults.
func WithRetry(policy RetryPolicy) Option {
	return optionFunc(func(o *clientOptions) error {
		if err := policy.validate(); err != nil {
			return fmt.Errorf("WithRetry: %w", err)
		}
		o.retry = policy
		return nil
	})
}

// WithRateLimit limits the client to an average of limit requests per second, with bursts of up to burst requests. Retries count. Calls wait for
// their turn. The API documents no limits. Without this option, the client slows down only after the service returns 429.
func WithRateLimit(limit rate.Limit, burst int) Option {
	return optionFunc(func(o *clientOptions) error {
		if !(limit > 0) || burst < 1 {
			return fmt.Errorf("WithRateLimit: %v requests per second with a burst of %d: both must be positive", float64(limit), burst)
		}
		o.limiter = rate.NewLimiter(limit, burst)
		return nil
	})
}

// WithLogger logs each attempt at level debug. It logs a warning if this machine's clock is ahead of the service's, and if a response has a
// time that can't be read. Log lines never contain keys, signatures, tokens, bodies or the queries of download URLs.
func WithLogger(logger *slog.Logger) Option {
	return optionFunc(func(o *clientOptions) error {
		if logger == nil {
			return errors.New("WithLogger: the logger is nil: omit the option to log nothing")
		}
		o.logger = logger
		return nil
	})
}

// WithUserAgent adds your program's name, such as shop-ledger/1.4, to the user-agent header, before the client's own. The header isn't signed.
func WithUserAgent(product string) Option {
	return optionFunc(func(o *clientOptions) error {
		if !isHeaderText(product) {
			return errors.New("WithUserAgent: the text must be printable ASCII, such as shop-ledger/1.4")
		}
		o.userAgent = product + " " + o.userAgent
		return nil
	})
}

// WithClock replaces time.Now as the clock. Requests are signed with its time, it is compared with the service's time, and it is used to read a
// Retry-After date if the response has no Date header.
func WithClock(now func() time.Time) Option {
	return optionFunc(func(o *clientOptions) error {
		if now == nil {
			return errors.New("WithClock: the function is nil")
		}
		o.now = now
		return nil
	})
}

type authTokenOption struct{ token string }

func (o authTokenOption) check() error {
	if !isHeaderText(o.token) {
		return errors.New("WithAuthToken: the token must be printable ASCII without leading or trailing spaces: use the one that the merchant granted")
	}
	return nil
}

func (o authTokenOption) applyToClient(options *clientOptions) error {
	options.authToken = o.token
	return o.check()
}

func (o authTokenOption) applyToCall(options *callOptions) error {
	options.authToken = o.token
	return o.check()
}

// Format hides the token for every verb. JSON can't show it, because the field isn't exported.
func (authTokenOption) Format(state fmt.State, _ rune) {
	fmt.Fprint(state, "payreports.WithAuthToken(REDACTED)")
}

// WithAuthToken makes calls on behalf of another merchant. Solution providers pass the token that the merchant granted; it is sent in the signed
// header x-amz-pay-authtoken. As an [Option] of [New] it applies to all calls, and as a [CallOption] to one.
func WithAuthToken(token string) interface {
	Option
	CallOption
} {
	return authTokenOption{token}
}

// WithIdempotencyKey sets the idempotency key of [Client.CreateReport] or [Client.CreateReportSchedule]. Without it, each call generates a random
// key and uses it for all its attempts.
//
// Set a key to be able to repeat a call safely, for example after a crash: generate it with [NewIdempotencyKey] and store it before the call. A
// repeated request with the same key returns the first response. A different request with the same key is refused by the service
// (DuplicateIdempotencyKey). Keys never expire. A key has 1 to 32 letters, digits, - and _.
func WithIdempotencyKey(key string) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if !idempotencyKeyPattern.MatchString(key) {
			return fmt.Errorf("the idempotency key %q has %d characters: use 1 to 32 letters, digits, - and _ (such as a UUID without its dashes)", cutText(key, 64), len(key))
		}
		o.idempotencyKey = key
		return nil
	})
}

// NewIdempotencyKey returns a random key of 32 hexadecimal digits for [WithIdempotencyKey]. A program that stores or prints the key before it
// sends the request can repeat the request after a crash.
func NewIdempotencyKey() string {
	var random [16]byte
	rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

var idempotencyKeyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// ResponseInfo describes the response of a successful call. See [WithResponseInfo].
type ResponseInfo struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// RequestID is the response's x-amz-pay-request-id. Amazon's support asks for it.
	RequestID string
	// IdempotencyKey is the key that a POST was sent with. It is "" for other methods.
	IdempotencyKey string
	// Attempts is the number of times the request was sent.
	Attempts int
	// Date is the service's time, to the second. It is zero if the response has no Date header.
	Date time.Time
}

// WithResponseInfo stores information about the response in info, if the call succeeds. If a method makes several requests, info describes the
// last one. Don't read info before the call returns, and don't share it between concurrent calls.
func WithResponseInfo(info *ResponseInfo) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if info == nil {
			return errors.New("WithResponseInfo: the pointer is nil")
		}
		o.responseInfo = info
		return nil
	})
}

// WithProgress makes [Client.WaitForReport] call a function after each poll with the report's current state. Other methods ignore it.
func WithProgress(report func(Report)) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if report == nil {
			return errors.New("WithProgress: the function is nil")
		}
		o.progress = report
		return nil
	})
}

func newCallOptions(client *Client, opts []CallOption) (callOptions, error) {
	if client == nil || client.signer == nil {
		return callOptions{}, errors.New("the Client was not created by payreports.New")
	}
	o := callOptions{authToken: client.authToken}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt.applyToCall(&o); err != nil {
			return callOptions{}, err
		}
	}
	return o, nil
}

// isHeaderText reports whether s can be sent unchanged as a header value.
func isHeaderText(s string) bool {
	if s == "" || s != strings.TrimSpace(s) {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// parseEndpoint returns the base URL with a trailing slash. The generated client resolves paths against it.
func parseEndpoint(endpoint, documentedPath string, allowInsecure bool) (string, error) {
	u, err := url.Parse(strings.TrimSpace(endpoint))
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "", errors.New("the endpoint is not a URL such as https://pay-api.amazon.eu")
	case u.User != nil:
		return "", errors.New("the endpoint contains a user name: remove it, because requests are signed and don't use HTTP authentication")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("the endpoint has a query or fragment: use only scheme, host, port and path")
	}
	if err := checkScheme(u, allowInsecure); err != nil {
		return "", fmt.Errorf("the endpoint %s: %w", u.Redacted(), err)
	}
	if u.Path == "" || u.Path == "/" && isServiceHost(u.Hostname()) {
		u.Path = documentedPath
	}
	return strings.TrimSuffix(u.String(), "/") + "/", nil
}

func isServiceHost(host string) bool {
	host = strings.ToLower(host)
	return host == regions.NA.Host() || host == regions.EU.Host() || host == regions.JP.Host()
}

func checkScheme(u *url.URL, allowInsecure bool) error {
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return fmt.Errorf("the scheme is %q: it must be https", cutText(u.Scheme, 16))
	case allowInsecure || isLoopback(u.Hostname()):
		return nil
	default:
		return errors.New("http is allowed only to loopback addresses: use https (in Go, WithInsecureEndpoint allows http to a simulator in your own network)")
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
