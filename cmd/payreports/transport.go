package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/amazonpay-go/payreports/accounts"
	"github.com/amazonpay-go/payreports/mirror"
)

// attemptTimeout bounds one request and its answer, but not a download.
const attemptTimeout = time.Minute

// transport is how all requests are sent. It is like http.DefaultTransport, and trusts the authorities of --ca-file too.
func (s *settings) transport() (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = mirror.MaxConcurrency // else most connections of a sync would be closed after each request
	path, from := s.caFile, "--ca-file"
	if path == "" {
		path, from = accounts.Getenv("AMAZON_PAY_CA_FILE"), "AMAZON_PAY_CA_FILE"
	}
	if path == "" {
		return transport, nil
	}
	roots, err := withAuthorities(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", from, err)}
	}
	transport.TLSClientConfig.RootCAs = roots
	return transport, nil
}

// withAuthorities returns the system's certificate authorities and those of a PEM file. On Windows and macOS, Go asks the system's verifier
// first and the authorities of the file after it.
func withAuthorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without any is one more reason for the file
	}
	found := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: certificate %d can't be read: copy the file again: %w", path, found+1, err)
		}
		roots.AddCert(certificate)
		found++
	}
	if found == 0 {
		what := "it holds no certificate"
		if strings.Contains(string(text), "PRIVATE KEY") {
			what = "it holds a private key and no certificate"
		}
		return nil, fmt.Errorf("%s: %s: give a file of certificate authorities in PEM, with lines -----BEGIN CERTIFICATE-----", path, what)
	}
	return roots, nil
}
