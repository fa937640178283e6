package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/accounts"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

type simulateFlags struct {
	addr           string
	tls            bool
	publicKeyID    string         // from --public-key-id; empty means the ids of package simulator
	privateKeyFile string         // from --private-key
	region         regions.Region // from --region; decides the merchant's currency
	publicKeyFile  string
	faults         []string
	seed           uint64
	speed          float64
	perDay         int
}

// ready is the line of JSON that tells a program where the simulator listens and what to sign with.
type ready struct {
	URL             string `json:"url"`
	PublicKeyID     string `json:"publicKeyId"`
	LivePublicKeyID string `json:"livePublicKeyId"` // the same, unless there are two
	PrivateKeyFile  string `json:"privateKeyFile,omitempty"`
	CAFile          string `json:"caFile,omitempty"`
}

func simulateCommand(s *settings) *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run a simulator of the Reports API on this machine",
		Long: `Run a simulator of the Reports API on this machine, for clients in any language.

When it is ready, it prints one line of JSON on standard output:

  url              the endpoint for clients
  publicKeyId      the public key id to sign with: SANDBOX-SIMULATOR, or --public-key-id
  livePublicKeyId  the one for the live environment: LIVE-SIMULATOR, or --public-key-id
  privateKeyFile   the private key to sign with (not with --public-key)
  caFile           the certificate authority to trust (with --tls)

Before that it prints, on standard error, the variables to set in another terminal. The key pair is new each time and
deleted when the simulator stops. To keep it, give --private-key: the file is created if it doesn't exist.
AMAZON_PAY_PRIVATE_KEY is ignored. --region decides the merchant's currency.

Each request is logged on standard error. The spec is served at /openapi.yaml and /openapi.json. SIGINT (Ctrl-C) and SIGTERM
stop the simulator.`,
		Example: `  payreports simulate
  payreports simulate --addr 127.0.0.1:8080 --tls --fault throttle=0.1 --fault cut-after=0.05
  payreports simulate --public-key-id LIVE-TEST --private-key private.pem
  payreports simulate --public-key-id LIVE-TEST --public-key public.pem --speed 1000`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			environment := accounts.Variables()
			flags.publicKeyID, flags.privateKeyFile = cmp.Or(s.publicKeyID, environment.PublicKeyID), s.privateKey
			flags.region = cmp.Or(regions.Region(s.region), environment.Region, regions.NA)
			return simulate(cmd.Context(), flags, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.addr, "addr", "127.0.0.1:0", "listen on this loopback `HOST:PORT`; port 0 picks a free one")
	f.BoolVar(&flags.tls, "tls", false, "serve https; clients must trust the certificate in caFile")
	f.StringVar(&flags.publicKeyFile, "public-key", "", "use the public key in this PEM `FILE`, instead of a new key pair")
	f.StringArrayVar(&flags.faults, "fault", nil, "`NAME=P`: inject this fault into requests with probability P, from 0 to 1; can be repeated. Faults: "+strings.Join(texts(simulator.Faults()), ", "))
	f.Uint64Var(&flags.seed, "seed", 0, "random seed `N`: decides what the merchant sells and when faults occur")
	f.Float64Var(&flags.speed, "speed", 1, "run the simulator's clock `FACTOR` times as fast as real time, up to 100000")
	f.IntVar(&flags.perDay, "transactions-per-day", 0, "sell `N` times a day (default 20)")
	return cmd
}

func simulate(ctx context.Context, flags simulateFlags, stdout, stderr io.Writer) error {
	config := simulator.Config{
		Seed: flags.seed, Speed: flags.speed, TransactionsPerDay: flags.perDay,
		Logger: slog.New(slog.NewTextHandler(stderr, nil)),
	}
	if flags.speed == 0 { // which means 1 in a Config
		return usageError{errors.New("--speed is 0: it must be positive")}
	}
	var err error
	if config.Region, err = regions.Parse(string(flags.region)); err != nil {
		return usageError{err}
	}
	config.Faults = make(map[simulator.Fault]float64)
	for _, text := range flags.faults {
		name, _, _ := strings.Cut(text, "=")
		if err := oneOf("fault", name, texts(simulator.Faults())); err != nil {
			return fmt.Errorf("%w, with a probability, such as throttle=0.2", err)
		}
		fault, probability, err := simulator.ParseFault(text)
		if err != nil {
			return usageError{fmt.Errorf("--fault: %w", err)}
		}
		config.Faults[fault] = probability
	}
	host, _, err := net.SplitHostPort(flags.addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError{fmt.Errorf("--addr is %q: it must be a loopback address with a port, such as 127.0.0.1:8080", flags.addr)}
	}
	dir, err := os.MkdirTemp("", "payreports-simulate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	line := ready{PublicKeyID: cmp.Or(flags.publicKeyID, simulator.SandboxPublicKeyID), LivePublicKeyID: cmp.Or(flags.publicKeyID, simulator.PublicKeyID)}
	var public *rsa.PublicKey
	if flags.publicKeyFile != "" {
		if flags.privateKeyFile != "" {
			return usageError{errors.New("--public-key and --private-key are two ways to name the key: give one of them")}
		}
		text, err := accounts.KeyFile(flags.publicKeyFile).Read(ctx)
		if err != nil {
			return err
		}
		if public, err = signing.ParsePublicKey(text); err != nil {
			return fmt.Errorf("%s: %w", flags.publicKeyFile, err)
		}
	} else {
		if line.PrivateKeyFile, err = filepath.Abs(cmp.Or(flags.privateKeyFile, filepath.Join(dir, "private.pem"))); err != nil {
			return err
		}
		private, err := readOrMakeKey(ctx, line.PrivateKeyFile)
		if err != nil {
			return err
		}
		public = &private.PublicKey
	}
	config.Keys = map[string]*rsa.PublicKey{line.PublicKeyID: public, line.LivePublicKeyID: public}
	sim, err := simulator.New(config)
	if err != nil {
		return usageError{err}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", flags.addr)
	if err != nil {
		return fmt.Errorf("%w: choose another --addr, or port 0 for a free one", err)
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(config.Logger.Handler(), slog.LevelDebug)}
	line.URL = "http://" + listener.Addr().String()
	if flags.tls {
		line.URL = "https://" + listener.Addr().String()
		line.CAFile = filepath.Join(dir, "ca.pem")
		certificate, err := makeCertificate(line.CAFile, listener.Addr())
		if err != nil {
			return err
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if line.PrivateKeyFile != "" {
		printExports(stderr, line, string(config.Region))
	}
	if err := json.NewEncoder(stdout).Encode(line); err != nil {
		return err
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	// A signal is the usual way to stop, so it is not an error. Requests in flight may finish.
	stopping, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); errors.Is(err, context.DeadlineExceeded) {
		server.Close()
	}
	return nil
}

// readOrMakeKey reads a private key, or makes one where the file doesn't exist.
func readOrMakeKey(ctx context.Context, path string) (*rsa.PrivateKey, error) {
	text, err := accounts.KeyFile(path).Read(ctx)
	switch {
	case err == nil:
		key, err := signing.ParsePrivateKey(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(path, "PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
