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
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

type simulateFlags struct {
	addr          string
	tls           bool
	publicKeyID   string         // by the global flag --public-key-id
	region        regions.Region // by the global flag --region, decides the merchant's currency
	publicKeyFile string
	faults        []string
	seed          uint64
	speed         float64
	perDay        int
}

// ready is the line of JSON that tells a program where the simulator is and what to sign with.
type ready struct {
	URL            string `json:"url"`
	PublicKeyID    string `json:"publicKeyId"`
	PrivateKeyFile string `json:"privateKeyFile,omitempty"`
	CAFile         string `json:"caFile,omitempty"`
}

func simulateCommand(s *settings) *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run the Reports API on this machine",
		Long: `Run the Reports API on this machine, for clients in any language.

When it is ready it prints one line of JSON on standard output: url, publicKeyId, privateKeyFile (a key
that it has made, unless --public-key is given) and caFile (with --tls). --public-key-id says which key id may sign
(default SANDBOX-SIMULATOR), --region which currency the merchant has. It logs a line a request on standard error, serves the spec at /openapi.yaml and /openapi.json, and stops on SIGINT and SIGTERM.`,
		Example: `  payreports simulate
  payreports simulate --addr 127.0.0.1:8080 --tls --fault throttle=0.1 --fault cut-after=0.05
  payreports simulate --public-key-id LIVE-TEST --public-key public.pem --speed 1000`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.publicKeyID = cmp.Or(s.publicKeyID, simulator.SandboxPublicKeyID)
			flags.region = regions.Region(cmp.Or(s.region, "na"))
			return simulate(cmd.Context(), flags, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.addr, "addr", "127.0.0.1:0", "loopback `HOST:PORT` to listen on; port 0 takes a free one")
	f.BoolVar(&flags.tls, "tls", false, "serve https, with a certificate whose authority is written to caFile")
	f.StringVar(&flags.publicKeyFile, "public-key", "", "PEM `FILE` of its public key; without it a key pair is made")
	f.StringArrayVar(&flags.faults, "fault", nil, "`NAME=P`: let a request meet a fault with probability P; can be repeated. Faults: "+fmt.Sprint(simulator.Faults()))
	f.Uint64Var(&flags.seed, "seed", 0, "`N` decides the merchant's business and when faults strike")
	f.Float64Var(&flags.speed, "speed", 1, "how many times as fast as the wall's the simulator's clock runs")
	f.IntVar(&flags.perDay, "transactions-per-day", 0, "how much the merchant sells (default 20)")
	return cmd
}

func simulate(ctx context.Context, flags simulateFlags, stdout, stderr io.Writer) error {
	config := simulator.Config{
		Seed: flags.seed, Speed: flags.speed, TransactionsPerDay: flags.perDay,
		Logger: slog.New(slog.NewTextHandler(stderr, nil)),
	}
	if flags.speed == 0 { // in a Config it means 1
		return usageError{errors.New("--speed is 0: it must be positive")}
	}
	var err error
	if config.Region, err = regions.Parse(string(flags.region)); err != nil {
		return usageError{err}
	}
	config.Faults = make(map[simulator.Fault]float64)
	for _, text := range flags.faults {
		fault, probability, err := simulator.ParseFault(text)
		if err != nil {
			return usageError{err}
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
	line := ready{PublicKeyID: flags.publicKeyID}
	var public *rsa.PublicKey
	if flags.publicKeyFile != "" {
		text, err := readFile(ctx, flags.publicKeyFile)
		if err != nil {
			return fmt.Errorf("%s: %w", flags.publicKeyFile, err)
		}
		if public, err = signing.ParsePublicKey(text); err != nil {
			return fmt.Errorf("%s: %w", flags.publicKeyFile, err)
		}
	} else {
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return err
		}
		public = &private.PublicKey
		line.PrivateKeyFile = filepath.Join(dir, "private.pem")
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return err
		}
		if err := writePEM(line.PrivateKeyFile, "PRIVATE KEY", der); err != nil {
			return err
		}
	}
	config.Keys = map[string]*rsa.PublicKey{flags.publicKeyID: public}
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
	if err := json.NewEncoder(stdout).Encode(line); err != nil {
		return err
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	// Stopping is what was asked for, so it is no failure; what is under way may end.
	stopping, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); errors.Is(err, context.DeadlineExceeded) {
		server.Close()
	}
	return nil
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
