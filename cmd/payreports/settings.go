package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/accounts"
	"github.com/amazonpay-go/payreports/regions"
)

// settings are the global flags.
type settings struct {
	publicKeyID   string
	privateKey    string
	region        string
	environment   string
	endpoint      string
	account       string
	config        string
	authTokenFile string
	caFile        string

	output   string
	timeout  time.Duration
	logLevel string
}

// The values of global flags that take one of a few.
var (
	outputNames      = []string{"table", "json", "csv"}
	levelNames       = []string{"debug", "info", "warn", "error"}
	regionNames      = []string{"na", "us", "eu", "de", "uk", "jp"}
	environmentNames = []string{"live", "sandbox"}
)

func (s *settings) register(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&s.account, "account", "", "`NAME` of an account in the file of accounts; AMAZON_PAY_ACCOUNT")
	f.StringVar(&s.config, "config", "", "`FILE` of accounts; PAYREPORTS_CONFIG (default payreports.toml here or in the user's configuration directory)")
	f.StringVar(&s.publicKeyID, "public-key-id", "", "public key `ID`, such as SANDBOX-AFVX…; AMAZON_PAY_PUBLIC_KEY_ID")
	f.StringVar(&s.privateKey, "private-key", "", "`PATH` of the private key in PEM, or env:NAME; AMAZON_PAY_PRIVATE_KEY, which may hold the PEM itself")
	f.StringVar(&s.authTokenFile, "auth-token-file", "", "`FILE` with the token that a merchant granted to a solution provider; AMAZON_PAY_AUTH_TOKEN holds the token itself")
	f.StringVar(&s.region, "region", "", "na (or us), eu (or de, uk) or jp; AMAZON_PAY_REGION")
	f.StringVar(&s.environment, "environment", "", "live or sandbox, for keys whose id doesn't say it; AMAZON_PAY_ENVIRONMENT")
	f.StringVar(&s.endpoint, "endpoint", "", "another `URL` than the region's, such as a simulator's; AMAZON_PAY_ENDPOINT")
	f.StringVar(&s.caFile, "ca-file", "", "trust the certificate authorities in this PEM `FILE` too, such as that of a proxy that inspects TLS; on Windows and macOS as well; AMAZON_PAY_CA_FILE")
	f.StringVarP(&s.output, "output", "o", "table", "table, json or csv")
	f.DurationVar(&s.timeout, "timeout", time.Hour, "give up after this time")
	f.StringVar(&s.logLevel, "log-level", "warn", "debug, info, warn or error; debug prints one line per attempt")
	registerSpreadsheet(f)
	complete(cmd, "delimiter", "tab", "semicolon")
	complete(cmd, "region", regionNames...)
	complete(cmd, "environment", environmentNames...)
	complete(cmd, "output", outputNames...)
	complete(cmd, "log-level", levelNames...)
	if err := cmd.RegisterFlagCompletionFunc("account", s.completeAccount); err != nil {
		panic(err) // the flag was registered just before
	}
}

// complete offers fixed values to the shell.
func complete(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag was registered just before
	}
}

// completeAccount offers the names in the file of accounts to the shell. Without a file that can be read there are none.
func (s *settings) completeAccount(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	config, err := s.source().Load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return config.Names(), cobra.ShellCompDirectiveNoFileComp
}

// check refuses values that no command can use.
func (s *settings) check() error {
	if err := cmp.Or(oneOf("output", s.output, outputNames), oneOf("log-level", s.logLevel, levelNames)); err != nil {
		return err
	}
	if _, err := regions.Parse(s.region); s.region != "" && err != nil {
		return unknownValue("region", s.region, regionNames)
	}
	if _, err := regions.ParseEnvironment(s.environment); s.environment != "" && err != nil {
		return unknownValue("environment", s.environment, environmentNames)
	}
	if accounts.MayBeKey(s.privateKey) {
		if _, err := os.Stat(s.privateKey); err != nil {
			return usageError{errors.New("--private-key holds the key itself, which everyone on this machine can read in the list of processes, and which the shell keeps in its history: give the PATH of its file, or set AMAZON_PAY_PRIVATE_KEY, which may hold the PEM text; if others use this machine, replace the key in Seller Central")}
		}
	}
	if s.timeout <= 0 {
		return usageError{fmt.Errorf("--timeout is %v: it must be positive, such as 30m", s.timeout)}
	}
	return nil
}

// source is where the flags say that accounts come from.
func (s *settings) source() accounts.Source {
	return accounts.Source{Name: s.account, File: s.config, Flags: accounts.Account{
		PublicKeyID: s.publicKeyID, PrivateKey: accounts.KeySecret(s.privateKey), Region: regions.Region(s.region),
		Environment: regions.Environment(s.environment), Endpoint: s.endpoint, AuthToken: accounts.TokenFile(s.authTokenFile),
	}}
}

// theAccount is the account that a command is for. It may lack values.
func (s *settings) theAccount() (*accounts.Account, error) {
	account, err := s.source().Account()
	if err != nil {
		return nil, usageError{err}
	}
	return account, nil
}

// warnOfOtherMerchant tells that variables of the environment make another merchant of an account of the file.
func (s *settings) warnOfOtherMerchant(cmd *cobra.Command, account *accounts.Account) {
	config, err := s.source().Load()
	if account.Name == "" || err != nil {
		return
	}
	own, err := config.Account(account.Name)
	if err != nil {
		return
	}
	for _, value := range []struct {
		variable, flag string
		differs        bool
	}{
		{"AMAZON_PAY_PUBLIC_KEY_ID", s.publicKeyID, account.PublicKeyID != own.PublicKeyID},
		{"AMAZON_PAY_AUTH_TOKEN", s.authTokenFile, !account.AuthToken.Equal(own.AuthToken)},
	} {
		if value.differs && value.flag == "" {
			warnf(cmd, "%s replaces the value of account %s in %s: unset it if you mean that account", value.variable, account.Name, config.Path())
		}
	}
}

// missing names the first value that a client needs and the account lacks, with the flag and the variable that give it.
func (s *settings) missing(account *accounts.Account) error {
	hint := ""
	if config, err := s.source().Load(); account.Name == "" && err == nil {
		hint = ", or give --account for one of " + config.Path()
	}
	switch {
	case account.PublicKeyID == "":
		return fmt.Errorf("there is no public key id: give --public-key-id or set AMAZON_PAY_PUBLIC_KEY_ID%s", hint)
	case account.PrivateKey.IsZero():
		return fmt.Errorf("there is no private key: give --private-key PATH or set AMAZON_PAY_PRIVATE_KEY%s", hint)
	case account.Region == "":
		return fmt.Errorf("there is no region: give --region or set AMAZON_PAY_REGION to na, eu or jp%s", hint)
	default:
		return nil
	}
}

// client makes the client of the account that the command is for.
func (s *settings) client(cmd *cobra.Command, opts ...payreports.Option) (*payreports.Client, error) {
	account, err := s.theAccount()
	if err != nil {
		return nil, err
	}
	if err := s.missing(account); err != nil {
		return nil, usageError{err}
	}
	s.warnOfOtherMerchant(cmd, account)
	for _, secret := range []accounts.Secret{account.PrivateKey, account.AuthToken} {
		if problem := secret.Exposure(); problem != "" {
			warnf(cmd, "%s", problem)
		}
	}
	common, err := s.clientOptions(cmd)
	if err != nil {
		return nil, err
	}
	client, err := account.Client(cmd.Context(), append(common, opts...)...)
	switch {
	case errors.Is(err, accounts.ErrNoSecret):
		return nil, err
	case err != nil:
		return nil, usageError{err}
	}
	return client, nil
}

// clientOptions are those that the clients of all accounts share.
func (s *settings) clientOptions(cmd *cobra.Command) ([]payreports.Option, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return nil, usageError{err}
	}
	transport, err := s.transport()
	if err != nil {
		return nil, err
	}
	return []payreports.Option{
		payreports.WithHTTPClient(&http.Client{Transport: transport, Timeout: attemptTimeout}),
		payreports.WithLogger(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))),
	}, nil
}
