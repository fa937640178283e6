package simulator_test

import (
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

func TestMerchantsAreApart(t *testing.T) {
	t.Parallel()
	own := simulator.StartInMemory(t) // whose key is that of all simulators of this program
	keys := func(id string) map[string]*rsa.PublicKey { return map[string]*rsa.PublicKey{id: &own.Key.PublicKey} }
	sim := simulator.StartInMemory(t, simulator.Config{
		Start:     time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Merchants: []simulator.Merchant{{Keys: keys("LIVE-TWO")}, {AuthToken: "granted", TransactionsPerDay: 3}},
	})
	client := func(id string, options ...payreports.Option) *payreports.Client {
		signer, err := signing.NewSigner(id, own.Key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := payreports.New(sim.Region, signer, append(sim.ClientOptions(), options...)...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := sim.Client()
	merchants := map[string]*payreports.Client{"first": first, "two": client("LIVE-TWO"), "granted": client("LIVE-TWO", payreports.WithAuthToken("granted"))}
	owner := make(map[payreports.ReportID]string)
	content := make(map[string]string)
	since := payreports.GetReportsOptions{Since: sim.Now().AddDate(0, 0, -2)}
	for name, c := range merchants {
		for report, err := range c.AllReports(t.Context(), since) {
			if err != nil {
				t.Fatal(err)
			}
			if other, taken := owner[report.ReportID]; taken {
				t.Errorf("report %s is of %s and of %s", report.ReportID, other, name)
			}
			owner[report.ReportID] = name
			file, err := c.OpenReport(t.Context(), report.ReportID)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(file)
			file.Close()
			if other, taken := content[string(text)]; taken || err != nil {
				t.Errorf("report %s of %s has the content of %s, %v", report.ReportID, name, other, err)
			}
			content[string(text)] = name
		}
	}
	if len(owner) != 6 {
		t.Errorf("%d reports, want 6", len(owner))
	}
	for id, name := range owner {
		if _, err := merchants["two"].GetReportByID(t.Context(), id); (err == nil) != (name == "two") {
			t.Errorf("a report of %s: %v", name, err)
		}
	}
	if _, err := client("LIVE-TWO", payreports.WithAuthToken("revoked")).GetReports(t.Context(), since); !errors.Is(err, payreports.ErrForbidden) || !strings.Contains(err.Error(), "InvalidAuthorizationToken") {
		t.Errorf("an unknown token: %v", err)
	}
	if _, err := own.Client(payreports.WithAuthToken("any")).GetReports(t.Context(), since); err != nil {
		t.Errorf("a token where none was granted: %v", err)
	}
	for want, config := range map[string]simulator.Config{
		`two merchants have the public key id "LIVE-A"`: {Keys: keys("LIVE-A"), Merchants: []simulator.Merchant{{Keys: keys("LIVE-A")}}},
		"two merchants have the same AuthToken":         {Merchants: []simulator.Merchant{{AuthToken: "a"}, {AuthToken: "a"}}},
		"more than 10 million":                          {Merchants: []simulator.Merchant{{TransactionsPerDay: 1 << 30}}},
	} {
		if _, err := simulator.New(config); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
