package main

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/accounts"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// problems are the checks that found a problem. As an error, they end doctor with exit code 4.
type problems []string

func (p problems) Error() string {
	return "this setup doesn't work, because of " + plural(len(p), "problem") + ": " + strings.Join(p, ", ")
}

// finding is the result of one check.
type finding struct {
	Check  string `json:"check"`
	Result string `json:"result"` // ok, warning or problem
	Detail string `json:"detail"`
}

var findingColumns = []column[finding]{
	{"result", func(f finding) string { return f.Result }, values(2)},
	{"check", func(f finding) string { return f.Check }, values(3)},
	{"detail", func(f finding) string { return f.Detail }, prose(1)},
}

func doctorCommand(s *settings) *cobra.Command {
	var explain, all bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out why a setup doesn't work",
		Long: `Check the private key, the public key id, the region, proxies, the network, the clock, and a signed call. All problems are
listed at once. The exit code is 4 if there is a problem. Nothing is changed.

With --all-accounts, each account in the file of accounts is checked, and gets one line.`,
		Example: `  payreports doctor
  payreports doctor --all-accounts
  payreports doctor --explain`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case explain && all:
				return usageError{errors.New("--explain is about one account: leave --all-accounts out")}
			case explain:
				return explainSignature(cmd, s)
			case all:
				return examineAll(cmd, s)
			}
			account, err := s.theAccount()
			if err != nil {
				return err
			}
			d, err := newDoctor(s, account)
			if err != nil {
				return err
			}
			d.examine(cmd.Context())
			if err := printList(cmd, s.output, findingColumns, each(d.findings)); err != nil {
				return err
			}
			return d.conclude(cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&explain, "explain", false, "print the canonical request and the string to sign of a call, to compare them with those of another implementation")
	cmd.Flags().BoolVar(&all, "all-accounts", false, "check all accounts in the file of accounts")
	return cmd
}

// doctor checks this machine first, then the network and the service. It stops when further checks make no sense.
type doctor struct {
	account   *accounts.Account
	transport http.RoundTripper
	findings  []finding
}

func newDoctor(s *settings, account *accounts.Account) (*doctor, error) {
	transport, err := s.transport()
	return &doctor{account: account, transport: transport}, err
}

func (d *doctor) tell(result, check, format string, args ...any) {
	d.findings = append(d.findings, finding{check, result, withoutPackages(fmt.Sprintf(format, args...))})
}

// conclude sums up the findings in one sentence.
func (d *doctor) conclude(out io.Writer) error {
	var found problems
	warnings := 0
	for _, f := range d.findings {
		switch {
		case f.Result == "warning":
			warnings++
		case f.Result == "problem" && !slices.Contains(found, f.Check):
			found = append(found, f.Check)
		}
	}
	if found != nil {
		return found
	}
	sentence := "This setup works."
	if warnings > 0 {
		sentence = "This setup works, with " + plural(warnings, "warning") + "."
	}
	_, err := fmt.Fprintln(out, sentence)
	return err
}

func (d *doctor) examine(ctx context.Context) {
	signer := d.signer(ctx)
	options, ok := d.options(ctx)
	server := d.endpoint()
	problems := proxyProblems(os.Getenv)
	for _, problem := range problems {
		d.tell("problem", "proxy", "%s", problem)
	}
	if signer == nil || !ok || server == nil || len(problems) > 0 || !d.network(ctx, server) {
		return
	}
	d.call(ctx, signer, options)
}

// signer checks the key and its id. It checks each even if the other is missing.
func (d *doctor) signer(ctx context.Context) *signing.Signer {
	key, id := d.key(ctx), d.publicKeyID()
	if key == nil || !id {
		return nil
	}
	signer, err := signing.NewSigner(d.account.PublicKeyID, key)
	if err != nil {
		d.tell("problem", "public key id", "%v", err)
		return nil
	}
	return signer
}

func (d *doctor) key(ctx context.Context) *rsa.PrivateKey {
	if d.account.PrivateKey.IsZero() {
		d.tell("problem", "private key", "there is no private key: give --private-key PATH, set AMAZON_PAY_PRIVATE_KEY, or give --account")
		return nil
	}
	key, err := d.account.Key(ctx)
	if err != nil {
		d.tell("problem", "private key", "%v", err)
		return nil
	}
	d.tell("ok", "private key", "RSA, %d bits", key.N.BitLen())
	if problem := d.account.PrivateKey.Exposure(); problem != "" {
		d.tell("warning", "private key", "%s", problem)
	}
	return key
}

func (d *doctor) publicKeyID() bool {
	id := d.account.PublicKeyID
	if id == "" {
		d.tell("problem", "public key id", "it is empty: give --public-key-id, set AMAZON_PAY_PUBLIC_KEY_ID, or give --account. Seller Central shows the id next to the key, such as SANDBOX-AFVX7ULWSGBZ5535PCUQOY7B")
		return false
	}
	environment, err := regions.ResolveEnvironment(id, d.account.Environment)
	if err != nil {
		d.tell("problem", "environment", "%v", err)
		return false
	}
	d.tell("ok", "public key id", "%s, for %s", id, environment)
	return true
}

// options returns those of the account's client, which hold the token that it may need.
func (d *doctor) options(ctx context.Context) ([]payreports.Option, bool) {
	options, err := d.account.Options(ctx)
	if err != nil {
		d.tell("problem", "auth token", "%v", err)
		return nil, false
	}
	if !d.account.AuthToken.IsZero() {
		d.tell("ok", "auth token", "%s", d.account.AuthToken)
	}
	if problem := d.account.AuthToken.Exposure(); problem != "" {
		d.tell("warning", "auth token", "%s", problem)
	}
	return options, true
}

func (d *doctor) endpoint() *url.URL {
	region, err := regions.Parse(string(d.account.Region))
	if err != nil {
		d.tell("problem", "region", "%v", err)
		return nil
	}
	d.tell("ok", "region", "%s, %s", region, region.Host())
	text := d.account.Endpoint
	if text == "" {
		text = "https://" + region.Host()
	}
	server, err := url.Parse(strings.TrimSpace(text))
	if err != nil || server.Host == "" {
		d.tell("problem", "endpoint", "it is not a URL such as https://pay-api.amazon.eu")
		return nil
	}
	return server
}

// network looks up the host or its proxy, connects, and compares the clocks.
func (d *doctor) network(ctx context.Context, server *url.URL) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.Scheme+"://"+server.Host+"/", nil)
	if err != nil {
		d.tell("problem", "connection", "%v", err)
		return false
	}
	host := server.Hostname()
	proxy, err := http.ProxyFromEnvironment(req)
	switch {
	case err != nil:
		d.tell("problem", "proxy", "%v", err)
		return false
	case proxy != nil:
		d.tell("ok", "proxy", "%s, for %s", proxy.Host, host)
		host = proxy.Hostname()
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		var lookup *net.DNSError
		if errors.As(err, &lookup) {
			err = errors.New(lookup.Err)
		}
		d.tell("problem", "DNS", "can't find %s: check the network and the endpoint: %v", host, err)
		return false
	}
	d.tell("ok", "DNS", "%s is %s", host, strings.Join(addresses, ", "))
	client := &http.Client{Transport: d.transport, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		var certificate *tls.CertificateVerificationError
		advice := "check for a firewall, or a proxy that HTTPS_PROXY must name"
		if errors.As(err, &certificate) {
			advice = "check for a proxy that inspects TLS, whose certificate authority --ca-file can name, and for outdated CA certificates on this machine"
		}
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		d.tell("problem", "connection", "%v: %s", err, advice)
		return false
	}
	resp.Body.Close()
	if resp.TLS != nil {
		d.tell("ok", "connection", "%s", tls.VersionName(resp.TLS.Version))
	} else {
		d.tell("warning", "connection", "http, not encrypted")
	}
	d.clock(resp.Header.Get("Date"))
	return true
}

func (d *doctor) clock(header string) {
	date, err := http.ParseTime(header)
	if err != nil {
		d.tell("warning", "clock", "the service sends no Date header, so the clock of this machine can't be checked")
		return
	}
	ahead := time.Since(date).Round(time.Second)
	switch {
	case ahead > 2*time.Second:
		d.tell("warning", "clock", "this machine's clock is %v ahead of the service's, which refuses times in the future: set it, for example with NTP", ahead)
	case ahead < -time.Minute:
		d.tell("warning", "clock", "this machine's clock is %v behind the service's: set it, for example with NTP", -ahead)
	default:
		d.tell("ok", "clock", "within %v of the service's", max(ahead, -ahead))
	}
}

func (d *doctor) call(ctx context.Context, signer *signing.Signer, options []payreports.Option) {
	options = append(options, payreports.WithHTTPClient(&http.Client{Transport: d.transport, Timeout: attemptTimeout}),
		payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 2}))
	client, err := payreports.New(d.account.Region, signer, options...)
	if err != nil {
		d.tell("problem", "client", "%v", err)
		return
	}
	var info payreports.ResponseInfo
	if _, err := client.GetReports(ctx, payreports.GetReportsOptions{PageSize: 1}, payreports.WithResponseInfo(&info)); err != nil {
		d.tell("problem", "signed call", "%v", err)
		return
	}
	d.tell("ok", "signed call", "getReports returned %d (request id %s)", info.StatusCode, info.RequestID)
}
