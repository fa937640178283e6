package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/signing"
)

// explainSignature prints what a call would sign, but not the signature, and sends nothing.
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
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "How a getReports call for settlement reports with 10 per page would be signed now. Nothing was sent.\n\nCanonical request:\n%s\n\nString to sign:\n%s\n", canonical, stringToSign)
	return err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
