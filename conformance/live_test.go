//go:build live

// This test calls the real service. It is run by hand with make live, by someone who has sandbox keys, and never by CI.

package conformance_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/signing"
)

func TestLive(t *testing.T) {
	id, key := os.Getenv("AMAZON_PAY_PUBLIC_KEY_ID"), os.Getenv("AMAZON_PAY_PRIVATE_KEY")
	if id == "" || key == "" {
		t.Fatal("set AMAZON_PAY_PUBLIC_KEY_ID, AMAZON_PAY_PRIVATE_KEY (a path or the PEM) and AMAZON_PAY_REGION: sandbox keys")
	}
	environment, err := regions.ResolveEnvironment(id, regions.Environment(os.Getenv("AMAZON_PAY_ENVIRONMENT")))
	if err != nil {
		t.Fatal(err)
	}
	if environment != regions.Sandbox {
		t.Fatal("these are not sandbox keys: the probes create reports and schedules")
	}
	text := []byte(key)
	if !strings.Contains(key, "-----BEGIN ") {
		if text, err = os.ReadFile(key); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := signing.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := signing.NewSigner(id, parsed)
	if err != nil {
		t.Fatal(err)
	}
	base, err := regions.BasePath(id, environment)
	if err != nil {
		t.Fatal(err)
	}
	validator, err := newValidator(http.DefaultTransport, base)
	if err != nil {
		t.Fatal(err)
	}
	httpClient := &http.Client{Transport: validator, Timeout: time.Minute}
	region, err := regions.Parse(os.Getenv("AMAZON_PAY_REGION"))
	if err != nil {
		t.Fatal(err)
	}
	baseURL, err := regions.BaseURL(region, id, environment)
	if err != nil {
		t.Fatal(err)
	}
	service := probedService{Environment: environment}
	if service.Client, err = payreports.New(region, signer, payreports.WithEnvironment(environment),
		payreports.WithHTTPClient(httpClient), payreports.WithRateLimit(1, 1)); err != nil {
		t.Fatal(err)
	}
	if service.Generated, err = api.NewClient(baseURL,
		api.WithHTTPClient(httpClient), api.WithRequestEditorFn(signer.SignRequest)); err != nil {
		t.Fatal(err)
	}
	for _, answer := range probe(t.Context(), service, time.Now()) {
		if answer.Differs {
			t.Error(answer)
		} else {
			t.Log(answer)
		}
	}
	for _, finding := range validator.Findings() {
		t.Error(finding)
	}
	for operation, n := range validator.Operations() {
		t.Logf("%d exchanges of %s", n, operation)
	}
}
