//go:build unix

package mirror_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/accounts"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// cpu is the time that this process has had on all processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// recorded answers what the simulator has answered once, so that only the client is measured.
type recorded struct {
	next    http.RoundTripper
	answers map[string][]byte
}

func (r *recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	body, known := r.answers[req.URL.String()]
	if !known {
		resp, err := r.next.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(req.URL.Path, "/v2/reports") {
			return resp, err
		}
		defer resp.Body.Close()
		if body, err = io.ReadAll(resp.Body); err != nil {
			return nil, err
		}
		r.answers[req.URL.String()] = body
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}

// BenchmarkSyncAccountsAgain is a run that finds nothing new. Per account it reads the key, asks for the list, and looks at the reports that are
// present. With few reports, it may cost the processor time of 1.5 signatures, of which the call itself takes one.
func BenchmarkSyncAccountsAgain(b *testing.B) {
	for _, days := range []int{0, 1, 7, 30} {
		b.Run(fmt.Sprintf("reports of %d days", days), func(b *testing.B) {
			sim := simulator.StartInMemory(b, simulator.Config{Start: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)})
			transport := &recorded{sim.RoundTripper(), make(map[string][]byte)}
			keyFile := filepath.Join(b.TempDir(), "key.pem")
			text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(sim.Key)})
			if err := os.WriteFile(keyFile, text, 0o600); err != nil {
				b.Fatal(err)
			}
			const count = 50
			var list []mirror.Account
			for i := range count {
				account := accounts.Account{
					Name: fmt.Sprint(i), PublicKeyID: simulator.PublicKeyID, PrivateKey: accounts.KeyFile(keyFile), Region: sim.Region, Endpoint: sim.URL,
				}
				list = append(list, mirror.Account{Name: account.Name, Client: func(ctx context.Context) (*payreports.Client, error) {
					return account.Client(ctx, payreports.WithHTTPClient(&http.Client{Transport: transport}))
				}})
			}
			dir := b.TempDir()
			options := mirror.Options{Since: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC).AddDate(0, 0, -days), Concurrency: 1}
			if _, err := mirror.SyncAccounts(b.Context(), list, dir, options); err != nil {
				b.Fatal(err)
			}
			digest := sha256.Sum256([]byte("x"))
			var ratios []float64
			for b.Loop() {
				// One after the other, because other programs slow both down at the same time.
				began := cpu(b)
				for range count {
					if _, err := rsa.SignPSS(rand.Reader, sim.Key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32}); err != nil {
						b.Fatal(err)
					}
				}
				signed := cpu(b)
				summaries, err := mirror.SyncAccounts(b.Context(), list, dir, options)
				if err != nil || summaries[0].Attempts != 1 || len(summaries[0].New) > 0 {
					b.Fatal(err)
				}
				ratios = append(ratios, float64(cpu(b)-signed)/float64(signed-began))
			}
			slices.Sort(ratios)
			ratio := ratios[len(ratios)/2]
			const fewDays, most = 1, 1.5 // each report that is listed adds some
			if days <= fewDays && ratio > most {
				b.Errorf("an account costs the processor time of %.2f signatures, more than %.1f", ratio, most)
			}
			b.ReportMetric(ratio, "signatures/account")
		})
	}
}
