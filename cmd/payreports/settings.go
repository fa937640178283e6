package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// settings are the global flags, each also from the environment.
type settings struct {
	publicKeyID string
	privateKey  string
	// privateKeyFlag is what --private-key itself says.
	privateKeyFlag string

	region      string
	environment string
	endpoint    string
	output      string
	timeout     time.Duration
	logLevel    string
}

func (s *settings) register(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&s.publicKeyID, "public-key-id", "", "public key `ID`, such as SANDBOX-AFVX…; AMAZON_PAY_PUBLIC_KEY_ID")
	f.StringVar(&s.privateKey, "private-key", "", "`PATH` of the private key in PEM; AMAZON_PAY_PRIVATE_KEY, which may hold the PEM itself")
	f.StringVar(&s.region, "region", "", "na (or us), eu (or de, uk) or jp; AMAZON_PAY_REGION")
	f.StringVar(&s.environment, "environment", "", "live or sandbox, for keys whose id doesn't say it; AMAZON_PAY_ENVIRONMENT")
	f.StringVar(&s.endpoint, "endpoint", "", "another `URL` than the region's, such as a simulator's; AMAZON_PAY_ENDPOINT")
	f.StringVarP(&s.output, "output", "o", "table", "table, json or csv")
	f.DurationVar(&s.timeout, "timeout", time.Hour, "give up after this time")
	f.StringVar(&s.logLevel, "log-level", "warn", "debug, info, warn or error; debug prints a line an attempt")
	complete(cmd, "region", "na", "us", "eu", "de", "uk", "jp")
	complete(cmd, "environment", "live", "sandbox")
	complete(cmd, "output", "table", "json", "csv")
	complete(cmd, "log-level", "debug", "info", "warn", "error")
}

// complete offers fixed values to the shell.
func complete(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag was registered just before
	}
}

// fromEnvironment fills what no flag has set.
func (s *settings) fromEnvironment() {
	s.privateKeyFlag = s.privateKey
	for name, into := range map[string]*string{
		"AMAZON_PAY_PUBLIC_KEY_ID": &s.publicKeyID, "AMAZON_PAY_PRIVATE_KEY": &s.privateKey, "AMAZON_PAY_REGION": &s.region,
		"AMAZON_PAY_ENVIRONMENT": &s.environment, "AMAZON_PAY_ENDPOINT": &s.endpoint,
	} {
		if *into == "" {
			*into = unquote(os.Getenv(name))
		}
	}
}

// check refuses values that no command can use.
func (s *settings) check() error {
	switch s.output {
	case "table", "json", "csv":
	default:
		return usageError{fmt.Errorf("--output is %q: it must be table, json or csv", s.output)}
	}
	if _, err := s.level(); err != nil {
		return err
	}
	if mayBeKey(s.privateKeyFlag) {
		if _, err := os.Stat(s.privateKeyFlag); err != nil {
			return usageError{errors.New("--private-key holds the key itself, which everyone on this machine can read in the list of processes, and which the shell keeps in its history: give the PATH of its file, or set AMAZON_PAY_PRIVATE_KEY, which may hold the PEM text; if others use this machine, replace the key in Seller Central")}
		}
	}
	if s.timeout <= 0 {
		return usageError{fmt.Errorf("--timeout is %v: it must be positive, such as 30m", s.timeout)}
	}
	return nil
}

func (s *settings) level() (slog.Level, error) {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[s.logLevel]
	if !ok {
		return 0, usageError{fmt.Errorf("--log-level is %q: it must be debug, info, warn or error", s.logLevel)}
	}
	return level, nil
}

func (s *settings) signer(ctx context.Context, warn func(string)) (*signing.Signer, error) {
	if s.publicKeyID == "" {
		return nil, usageError{errors.New("there is no public key id: give --public-key-id or set AMAZON_PAY_PUBLIC_KEY_ID")}
	}
	text, path, err := s.readKey(ctx)
	if err != nil {
		return nil, err
	}
	if problem := keyPermissions(path); problem != "" {
		warn(problem)
	}
	key, err := signing.ParsePrivateKey(text)
	if err != nil {
		if path != "" {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return nil, usageError{err}
	}
	signer, err := signing.NewSigner(s.publicKeyID, key)
	if err != nil {
		return nil, usageError{err}
	}
	return signer, nil
}

// clientOptions are the options that say where the service is and which of its environments is meant.
func (s *settings) clientOptions() []payreports.Option {
	var opts []payreports.Option
	if s.environment != "" {
		opts = append(opts, payreports.WithEnvironment(regions.Environment(s.environment)))
	}
	if s.endpoint != "" {
		opts = append(opts, payreports.WithEndpoint(s.endpoint))
	}
	return opts
}

func (s *settings) client(cmd *cobra.Command, opts ...payreports.Option) (*payreports.Client, error) {
	signer, err := s.signer(cmd.Context(), func(problem string) { fmt.Fprintln(cmd.ErrOrStderr(), "payreports: warning:", problem) })
	if err != nil {
		return nil, err
	}
	if s.region == "" {
		return nil, usageError{errors.New("there is no region: give --region or set AMAZON_PAY_REGION to na, eu or jp")}
	}
	level, err := s.level()
	if err != nil {
		return nil, err
	}
	opts = append(append(opts, s.clientOptions()...), payreports.WithLogger(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))))
	client, err := payreports.New(regions.Region(s.region), signer, opts...)
	if err != nil {
		return nil, usageError{err}
	}
	return client, nil
}
