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

// attemptTimeout bounds one attempt of a client that wasn't given an http.Client.
const attemptTimeout = 60 * time.Second

// Client calls the Amazon Pay Reports API for one merchant. Make one with [New]; it is safe for concurrent use, and one
// for the whole program is best, because its calls then slow down together when the service asks for it.
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

// New returns a client for the merchant whose key the signer holds, in the region that the key was made for. Everything that is
// wrong with the configuration is an error here: an unknown region, a key without LIVE or SANDBOX in front and no
// [WithEnvironment], a prefix that contradicts it, a bad endpoint or option. Nothing is sent.
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
		return nil, errors.New("there is no signer: make one with signing.NewSigner from the public key id and the private key")
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
		return nil, errors.New("the signer was not made by signing.NewSigner")
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

// String tells the endpoint and the public key id, and nothing secret.
func (c *Client) String() string {
	if c == nil || c.signer == nil {
		return "payreports.Client(not made by New)"
	}
	return fmt.Sprintf("payreports.Client(%s, public key id %s)", c.server, c.signer.PublicKeyID())
}

// Format is String for every verb: without it, %#v would print what the client is made of, tokens included.
func (c *Client) Format(state fmt.State, _ rune) { fmt.Fprint(state, c.String()) }
