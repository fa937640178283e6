package payreports

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// Version is the version of this module, sent in the user-agent header.
const Version = "0.1.0"

// attemptTimeout limits each attempt, unless the caller passes an http.Client.
const attemptTimeout = 60 * time.Second

// Client calls the Amazon Pay Reports API for one merchant. Create one with [New]. It is safe for concurrent use. Use the same client
// throughout a program, so that all calls slow down when the service asks for it.
type Client struct {
	server        string
	region        regions.Region
	signer        *signing.Signer
	httpClient    *http.Client
	storage       *http.Client
	allowInsecure bool
	retry         RetryPolicy
	limiter       *rate.Limiter
	logger        *slog.Logger
	userAgent     string
	now           func() time.Time
	authToken     string
	skew          clockSkew
	throttle      throttle
}

// New returns a client that signs with the merchant's key, for the region that the key belongs to. It returns an error if the configuration
// is invalid: an unknown region, a public key id without the prefix LIVE or SANDBOX and no [WithEnvironment], a prefix that contradicts
// WithEnvironment, or an invalid endpoint or option. It sends nothing.
func New(region regions.Region, signer *signing.Signer, opts ...Option) (*Client, error) {
	client, err := newClient(region, signer, opts)
	if err != nil {
		return nil, fmt.Errorf("payreports: %w", err)
	}
	return client, nil
}

func newClient(region regions.Region, signer *signing.Signer, opts []Option) (*Client, error) {
	region, err := regions.Parse(string(region))
	if err != nil {
		return nil, err
	}
	if signer == nil {
		return nil, errors.New("the signer is nil: create one with signing.NewSigner from the public key id and the private key")
	}
	o := clientOptions{
		logger:    slog.New(slog.DiscardHandler),
		userAgent: "payreports/" + Version,
		now:       time.Now,
	}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt.applyToClient(&o); err != nil {
			return nil, err
		}
	}
	if signer.PublicKeyID() == "" {
		return nil, errors.New("the signer was not created by signing.NewSigner")
	}
	basePath, err := regions.BasePath(signer.PublicKeyID(), o.environment)
	if err != nil {
		return nil, err
	}
	endpoint := o.endpoint
	if endpoint == "" {
		endpoint = "https://" + region.Host()
	}
	server, err := parseEndpoint(endpoint, basePath, o.allowInsecure)
	if err != nil {
		return nil, err
	}
	httpClient := &http.Client{Timeout: attemptTimeout}
	if o.httpClient != nil {
		copied := *o.httpClient
		httpClient = &copied
	} else if transport, ok := http.DefaultTransport.(*http.Transport); ok {
		httpClient.Transport = transport.Clone()
	}
	httpClient.CheckRedirect = refuseRedirect
	return &Client{
		server:        server,
		region:        region,
		signer:        signer,
		httpClient:    httpClient,
		storage:       &http.Client{Transport: httpClient.Transport, CheckRedirect: refuseRedirect},
		allowInsecure: o.allowInsecure,
		retry:         o.retry.withDefaults(),
		limiter:       o.limiter,
		logger:        o.logger,
		userAgent:     o.userAgent,
		now:           o.now,
		authToken:     o.authToken,
	}, nil
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// String returns the endpoint and the public key id. It contains no secrets.
func (c *Client) String() string {
	if c == nil || c.signer == nil {
		return "payreports.Client(not created by New)"
	}
	return fmt.Sprintf("payreports.Client(%s, public key id %s)", c.server, c.signer.PublicKeyID())
}

// Format prints the same as String for every verb. Without it, %#v would print all fields, including tokens.
func (c *Client) Format(state fmt.State, _ rune) { fmt.Fprint(state, c.String()) }
