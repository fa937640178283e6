package main_test

import (
	"path/filepath"
	"testing"

	"github.com/amazonpay-go/payreports/simulator"
)

// Where only cryptography that FIPS 140 approves may be used, all else panics or is an error.
func TestFIPS(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short is set: make check-fips runs it")
	}
	s := newService(t, simulator.Config{}).with("GODEBUG=fips140=only")
	reports := filepath.Join(t.TempDir(), "reports")
	s.ok(t, "demo")
	s.ok(t, "doctor")
	s.ok(t, "sync", "--to", reports, "--since", "2026-11-20")
	s.ok(t, "reconcile", "--reports", reports)
	for _, args := range [][]string{{"--tls"}, {"--seed", "0"}, {"--seed", "18446744073709551615", "--fault", "throttle=0.1"}} {
		sim := startSimulator(t, s.environment, args...)
		client := s.with("SSL_CERT_FILE="+sim.CAFile, "AMAZON_PAY_ENDPOINT="+sim.URL, "AMAZON_PAY_PUBLIC_KEY_ID="+sim.PublicKeyID, "AMAZON_PAY_PRIVATE_KEY="+sim.PrivateKeyFile)
		client.ok(t, "schedules", "list")
		sim.stop(t)
	}
}
