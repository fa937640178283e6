package simulator

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// TB is the part of testing.TB that [Start] needs. Pass a *testing.T, *testing.B or *testing.F. This package doesn't import testing, because the
// command payreports uses it too.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// The public key ids of the simulated merchant that [Start] registers.
const (
	PublicKeyID        = "LIVE-SIMULATOR"
	SandboxPublicKeyID = "SANDBOX-SIMULATOR"
)

// Server is a running simulator with a registered key.
type Server struct {
	*Simulator
	// URL is the endpoint for clients, without a path.
	URL string
	// Key is the private key of both signers. Use it to create your own.
	Key *rsa.PrivateKey
	// Signer signs for the live environment, and SandboxSigner for the sandbox.
	Signer, SandboxSigner *signing.Signer
	// Region is the region of the simulated merchant.
	Region regions.Region

	tb         TB
	httpClient *http.Client
}

// Start runs a simulator on a free loopback port until the test ends. Pass at most one Config. Start adds the keys of the Server's signers to
// its Keys.
//
//	sim := simulator.Start(t)
//	client := sim.Client()
func Start(tb TB, config ...Config) *Server {
	tb.Helper()
	server := newServer(tb, config)
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("simulator: can't listen: %v", err)
	}
	httpServer := &http.Server{Handler: server.Simulator, ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		httpServer.Serve(listener)
	}()
	transport := &http.Transport{}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if httpServer.Shutdown(ctx) != nil {
			httpServer.Close()
		}
		<-served
	})
	server.URL = "http://" + listener.Addr().String()
	server.httpClient = &http.Client{Transport: transport}
	return server
}

// StartInMemory is like [Start], but without a socket. Requests go through [Simulator.RoundTripper], so everything can run in a testing/synctest
// bubble.
func StartInMemory(tb TB, config ...Config) *Server {
	tb.Helper()
	server := newServer(tb, config)
	server.URL = "http://localhost"
	server.httpClient = &http.Client{Transport: server.RoundTripper()}
	return server
}

// testKey is shared by all simulators of a program, because generating a key is slow.
var testKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newServer(tb TB, configs []Config) *Server {
	tb.Helper()
	var config Config
	if len(configs) > 1 {
		tb.Fatalf("simulator: there are %d Configs: pass at most one", len(configs))
	}
	if len(configs) == 1 {
		config = configs[0]
	}
	key, err := testKey()
	if err != nil {
		tb.Fatalf("simulator: can't generate a key: %v", err)
	}
	config.Keys = maps.Clone(config.Keys)
	if config.Keys == nil {
		config.Keys = make(map[string]*rsa.PublicKey)
	}
	server := &Server{tb: tb, Key: key, Region: regions.NA}
	if config.Region != "" {
		if server.Region, err = regions.Parse(config.Region.String()); err != nil {
			tb.Fatalf("simulator: %v", err)
		}
	}
	for id, signer := range map[string]**signing.Signer{PublicKeyID: &server.Signer, SandboxPublicKeyID: &server.SandboxSigner} {
		config.Keys[id] = &key.PublicKey
		if *signer, err = signing.NewSigner(id, key, signing.WithRegion(server.Region.String())); err != nil {
			tb.Fatalf("%v", err)
		}
	}
	if server.Simulator, err = New(config); err != nil {
		tb.Fatalf("%v", err)
	}
	return server
}

// ClientOptions returns the options that connect a client from payreports.New to this simulator. Later options override them.
func (s *Server) ClientOptions() []payreports.Option {
	return []payreports.Option{payreports.WithEndpoint(s.URL), payreports.WithHTTPClient(s.httpClient)}
}

// SandboxClient returns a client for the sandbox environment.
func (s *Server) SandboxClient(opts ...payreports.Option) *payreports.Client {
	s.tb.Helper()
	return s.client(s.SandboxSigner, opts)
}

// Client returns a client for the live environment, which has all report types, schedules and disbursements.
func (s *Server) Client(opts ...payreports.Option) *payreports.Client {
	s.tb.Helper()
	return s.client(s.Signer, opts)
}

func (s *Server) client(signer *signing.Signer, opts []payreports.Option) *payreports.Client {
	s.tb.Helper()
	client, err := payreports.New(s.Region, signer, append(s.ClientOptions(), opts...)...)
	if err != nil {
		s.tb.Fatalf("%v", err)
	}
	return client
}
