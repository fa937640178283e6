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

// Option configures a [Client]; see the With functions. What is wrong with an option is the error of
// [New].
type Option interface {
	applyToClient(*clientOptions) error
}

// CallOption configures one call of a method of [Client]. What is wrong with one is that call's error,
// before anything is sent.
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
	progress       func(Report)
}

type optionFunc func(*clientOptions) error

func (f optionFunc) applyToClient(o *clientOptions) error { return f(o) }

type callOptionFunc func(*callOptions) error

func (f callOptionFunc) applyToCall(o *callOptions) error { return f(o) }

// WithHTTPClient makes the client send through a copy of h: its Transport carries proxies, tracing and
// timeouts of its own. Redirects are never followed, whatever h says, because a signature is good for one host
// only. Downloads use the Transport alone, without h's Jar and Timeout. Without this option the client has a
// transport of its own like http.DefaultTransport, and a timeout of 60 seconds an attempt.
func WithHTTPClient(h *http.Client) Option {
	return optionFunc(func(o *clientOptions) error {
		if h == nil {
			return errors.New("WithHTTPClient: the http.Client is nil")
		}
		o.httpClient = h
		return nil
	})
}

// WithEndpoint sends requests to another base URL than the region's, such as a simulator's. With an empty path the
// documented prefix is added (/v2, or /live/v2 or /sandbox/v2 for keys without LIVE or SANDBOX in front); a path, also "/", is
// the whole base, but for the service's own hosts, of which "/" counts as empty. It must be https, or http to a loopback address; see [WithInsecureEndpoint].
func WithEndpoint(baseURL string) Option {
	return optionFunc(func(o *clientOptions) error {
		if strings.TrimSpace(baseURL) == "" {
			return errors.New("WithEndpoint: the URL is empty: leave the option out to use the region's endpoint")
		}
		o.endpoint = baseURL
		return nil
	})
}

// WithInsecureEndpoint allows http beyond loopback addresses, for the endpoint and for downloads. Reports and requests then
// cross the network in the clear: it is for simulators in a network of your own.
func WithInsecureEndpoint() Option {
	return optionFunc(func(o *clientOptions) error {
		o.allowInsecure = true
		return nil
	})
}

// WithEnvironment names the environment of a public key id that doesn't begin with LIVE or SANDBOX. For one that
// does it may be left out, and must not contradict it.
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

// WithRetry replaces the retry policy. Fields left at zero keep their defaults.
func WithRetry(policy RetryPolicy) Option {
	return optionFunc(func(o *clientOptions) error {
		if err := policy.validate(); err != nil {
			return fmt.Errorf("WithRetry: %w", err)
		}
		o.retry = policy
		return nil
	})
}

// WithRateLimit lets the client send at most limit requests a second on average, repeated attempts included, and up to
// burst at once. Calls wait for their turn. No limits are documented for this API; without this option there is none until
// the service answers 429.
func WithRateLimit(limit rate.Limit, burst int) Option {
	return optionFunc(func(o *clientOptions) error {
		if !(limit > 0) || burst < 1 {
			return fmt.Errorf("WithRateLimit: %v requests a second with a burst of %d: both must be positive", float64(limit), burst)
		}
		o.limiter = rate.NewLimiter(limit, burst)
		return nil
	})
}

// WithLogger logs one line an attempt at level debug, and a warning when the clock of this machine is corrected. Lines never
// hold keys, signatures, tokens, bodies or the queries of document URLs.
func WithLogger(logger *slog.Logger) Option {
	return optionFunc(func(o *clientOptions) error {
		if logger == nil {
			return errors.New("WithLogger: the logger is nil: leave the option out for no log")
		}
		o.logger = logger
		return nil
	})
}

// WithUserAgent puts a name, such as shop-ledger/1.4, in front of the client's own in the user-agent header, which isn't
// signed.
func WithUserAgent(product string) Option {
	return optionFunc(func(o *clientOptions) error {
		if !isHeaderText(product) {
			return errors.New("WithUserAgent: the text must be printable ASCII, such as shop-ledger/1.4")
		}
		o.userAgent = product + " " + o.userAgent
		return nil
	})
}

// WithClock replaces time.Now as the source of the time that requests are signed with, that is held against the
// service's to correct it, and by which Retry-After dates go where an answer has no Date.
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
		return errors.New("WithAuthToken: the token must be printable ASCII without spaces at its ends; it is the one that the merchant granted")
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

// Format keeps the token out of every verb; JSON doesn't see it, because it isn't exported.
func (authTokenOption) Format(state fmt.State, _ rune) {
	fmt.Fprint(state, "payreports.WithAuthToken(REDACTED)")
}

// WithAuthToken makes the calls in the name of another merchant: a solution provider sends the token that the merchant
// granted as x-amz-pay-authtoken, signed. As an [Option] of [New] it holds for all calls, as a [CallOption] for one.
func WithAuthToken(token string) interface {
	Option
	CallOption
} {
	return authTokenOption{token}
}

// WithIdempotencyKey makes [Client.CreateReport] or [Client.CreateReportSchedule] safe to repeat beyond one call, for
// instance after a crash: store the key before the call; [NewIdempotencyKey] makes one. The same key with the same request returns the first answer, the same key with
// another request is refused by the service (DuplicateIdempotencyKey), and keys are kept for ever. At most 32 letters, digits, - and _.
// Without it each call makes a random key of its own, which its repeated attempts share.
func WithIdempotencyKey(key string) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if !idempotencyKeyPattern.MatchString(key) {
			return fmt.Errorf("the idempotency key %q has %d characters: use 1 to 32 letters, digits, - and _ (a UUID without its dashes)", cutText(key, 64), len(key))
		}
		o.idempotencyKey = key
		return nil
	})
}

// NewIdempotencyKey returns a random key for [WithIdempotencyKey]: 32 hexadecimal digits. A program that makes the key itself can store or
// print it before the request is sent, and repeat the request after a crash.
func NewIdempotencyKey() string {
	var random [16]byte
	rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

var idempotencyKeyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// ResponseInfo is what a successful call leaves besides its result; see [WithResponseInfo].
type ResponseInfo struct {
	// StatusCode is the HTTP status of the last answer.
	StatusCode int
	// RequestID is the x-amz-pay-request-id of the last answer, for Amazon's support.
	RequestID string
	// IdempotencyKey is the key that a POST was sent with, else "".
	IdempotencyKey string
	// Attempts says how often the request was sent.
	Attempts int
	// Date is the service's clock in the last answer, to the second; zero if it sent none.
	Date time.Time
}

// WithResponseInfo fills info when the call has succeeded. Where a method makes several requests, info is of the last one.
// It must not be read before the call returns, or be shared by concurrent calls.
func WithResponseInfo(info *ResponseInfo) CallOption {
	return callOptionFunc(func(o *callOptions) error {
		if info == nil {
			return errors.New("WithResponseInfo: the pointer is nil")
		}
		o.responseInfo = info
		return nil
	})
}

// WithProgress makes [Client.WaitForReport] call report after each look, with what it saw. Other methods ignore it.
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
		return callOptions{}, errors.New("the Client was not made by payreports.New")
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

// isHeaderText reports whether s can be sent as a header value as it is.
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

// parseEndpoint returns the base URL with a slash at its end, which the generated client resolves paths against.
func parseEndpoint(endpoint, documentedPath string, allowInsecure bool) (string, error) {
	u, err := url.Parse(strings.TrimSpace(endpoint))
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "", errors.New("the endpoint is not a URL such as https://pay-api.amazon.eu")
	case u.User != nil:
		return "", errors.New("the endpoint holds a user name: requests are signed, they don't use HTTP authentication")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("the endpoint has a query or fragment: give scheme, host, port and path only")
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
		return errors.New("http is allowed to loopback addresses only: use https (in Go, WithInsecureEndpoint allows http to a simulator in your own network)")
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
