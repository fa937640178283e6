package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

// errProblem ends doctor with exit code 4.
var errProblem = fmt.Errorf("%w: a problem keeps this setup from working", errDifferences)

// finding is a line of doctor.
type finding struct {
	Check  string `json:"check"`
	Result string `json:"result"` // ok, warning or problem
	Detail string `json:"detail"`
}

var findingColumns = []column[finding]{
	{"result", func(f finding) string { return f.Result }},
	{"check", func(f finding) string { return f.Check }},
	{"detail", func(f finding) string { return f.Detail }},
}

func doctorCommand(s *settings) *cobra.Command {
	var explain bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out why a setup doesn't work (exit code 4 if there is a problem)",
		Example: `  payreports doctor
  payreports doctor --explain`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if explain {
				return explainSignature(cmd, s)
			}
			d := &doctor{settings: s}
			d.examine(cmd.Context())
			if err := printList(cmd.OutOrStdout(), s.output, findingColumns, each(d.findings)); err != nil {
				return err
			}
			for _, f := range d.findings {
				if f.Result == "problem" {
					return errProblem
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&explain, "explain", false, "print the canonical request and the string to sign of a call, to compare with another implementation")
	return cmd
}

// doctor goes from what is on this machine to the service, and stops where going on makes no sense.
type doctor struct {
	settings *settings
	findings []finding
}

func (d *doctor) tell(result, check, format string, args ...any) {
	d.findings = append(d.findings, finding{check, result, strings.TrimPrefix(fmt.Sprintf(format, args...), "payreports: ")})
}

func (d *doctor) examine(ctx context.Context) {
	signer := d.key()
	server := d.endpoint()
	if signer == nil || server == nil || !d.network(ctx, server) {
		return
	}
	d.call(ctx, signer)
}

func (d *doctor) key() *signing.Signer {
	s := d.settings
	text, path, err := s.readKey()
	if err != nil {
		d.tell("problem", "private key", "%v", err)
		return nil
	}
	key, err := signing.ParsePrivateKey(text)
	if err != nil {
		d.tell("problem", "private key", "%v", err)
		return nil
	}
	d.tell("ok", "private key", "RSA, %d bits", key.N.BitLen())
	if problem := keyPermissions(path); problem != "" {
		d.tell("warning", "private key", "%s", problem)
	}
	signer, err := signing.NewSigner(s.publicKeyID, key)
	if err != nil {
		d.tell("problem", "public key id", "%v", err)
		return nil
	}
	environment, err := regions.ResolveEnvironment(s.publicKeyID, regions.Environment(s.environment))
	if err != nil {
		d.tell("problem", "environment", "%v", err)
		return nil
	}
	d.tell("ok", "public key id", "%s, for %s", s.publicKeyID, environment)
	return signer
}

func (d *doctor) endpoint() *url.URL {
	region, err := regions.Parse(d.settings.region)
	if err != nil {
		d.tell("problem", "region", "%v", err)
		return nil
	}
	d.tell("ok", "region", "%s, %s", region, region.Host())
	text := d.settings.endpoint
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

// network looks up the host, or that of the proxy that finds it, connects, and compares the clocks.
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
		d.tell("ok", "proxy", "%s, which finds %s", proxy.Host, host)
		host = proxy.Hostname()
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		var lookup *net.DNSError
		if errors.As(err, &lookup) {
			err = errors.New(lookup.Err)
		}
		d.tell("problem", "DNS", "%s can't be found: check the network and the endpoint: %v", host, err)
		return false
	}
	d.tell("ok", "DNS", "%s is %s", host, strings.Join(addresses, ", "))
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		var certificate *tls.CertificateVerificationError
		advice := "is there a firewall, or a proxy to be named in HTTPS_PROXY?"
		if errors.As(err, &certificate) {
			advice = "is there a proxy that inspects TLS, or are this machine's CA certificates old?"
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
		d.tell("warning", "connection", "by http, in the clear")
	}
	d.clock(resp.Header.Get("Date"))
	return true
}

func (d *doctor) clock(header string) {
	date, err := http.ParseTime(header)
	if err != nil {
		d.tell("warning", "clock", "the service sends no Date to compare this machine's clock with")
		return
	}
	ahead := time.Since(date).Round(time.Second)
	switch {
	case ahead > 2*time.Second:
		d.tell("warning", "clock", "this machine's clock is %v ahead of the service's, which refuses times in the future: set it, for instance with NTP", ahead)
	case ahead < -time.Minute:
		d.tell("warning", "clock", "this machine's clock is %v behind the service's: set it, for instance with NTP", -ahead)
	default:
		d.tell("ok", "clock", "within %v of the service's", max(ahead, -ahead))
	}
}

func (d *doctor) call(ctx context.Context, signer *signing.Signer) {
	options := append(d.settings.clientOptions(), payreports.WithRetry(payreports.RetryPolicy{MaxAttempts: 2}))
	client, err := payreports.New(regions.Region(d.settings.region), signer, options...)
	if err != nil {
		d.tell("problem", "client", "%v", err)
		return
	}
	var info payreports.ResponseInfo
	if _, err := client.GetReports(ctx, payreports.GetReportsOptions{PageSize: 1}, payreports.WithResponseInfo(&info)); err != nil {
		d.tell("problem", "signed call", "%v", err)
		return
	}
	d.tell("ok", "signed call", "getReports answered %d (request id %s)", info.StatusCode, info.RequestID)
}

// explainSignature prints what a call would sign, without sending it. The signature itself is left out.
func explainSignature(cmd *cobra.Command, s *settings) error {
	var canonical, stringToSign string
	client, err := s.client(cmd, payreports.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		var names []string
		if _, list, ok := strings.Cut(req.Header.Get("Authorization"), "SignedHeaders="); ok {
			list, _, _ = strings.Cut(list, ",")
			names = strings.Split(list, ";")
		}
		canonical = signing.CanonicalRequest(req.Method, signing.CanonicalPath(req.URL.EscapedPath()), signing.CanonicalQuery(req.URL.RawQuery), req.Header, names, signing.HashBody(nil))
		stringToSign = signing.StringToSign(signing.AlgorithmV2, canonical)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"reports":[]}`)), Request: req}, nil
	})}))
	if err != nil {
		return err
	}
	if _, err := client.GetReports(cmd.Context(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}, PageSize: 10}); err != nil {
		return err
	}
	if s.output == "json" {
		return printJSON(cmd.OutOrStdout(), map[string]string{"canonicalRequest": canonical, "stringToSign": stringToSign})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "A getReports of settlement reports, 10 a page, as it would be signed now. Nothing was sent.\n\nCanonical request:\n%s\n\nString to sign:\n%s\n", canonical, stringToSign)
	return err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
