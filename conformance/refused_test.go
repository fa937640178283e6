package conformance_test

import (
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/signing"
	"github.com/amazonpay-go/payreports/simulator"
)

var update = flag.Bool("update", false, "write the golden files")

type sampleRequest struct {
	Method  string            `json:"method"`
	Target  string            `json:"target"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Status  int               `json:"status"`
}

type refusedSample struct {
	Name, Operation, Source, URL, Environment, ReasonCode, Message, Documentation, Why string

	Request, Instead sampleRequest
	Status           int
}

func refusedSamples(t *testing.T) []refusedSample {
	t.Helper()
	return readJSON[struct{ Samples []refusedSample }](t, "samples/refused.json").Samples
}

// send sends a request unchanged, and signs it unless it already has a signature.
func (r sampleRequest) send(t *testing.T, sim *simulator.Server, environment string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.Method, sim.URL+r.Target, strings.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	if req.Header.Get("Authorization") == "" {
		signByHand(t, sim, req, environment, r.Body)
	}
	resp, err := sim.RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// signByHand signs requests that a Signer would refuse or change, such as one with an idempotency key of 36 characters.
func signByHand(t *testing.T, sim *simulator.Server, req *http.Request, environment, body string) {
	t.Helper()
	id := map[string]string{"live": "LIVE-SIMULATOR", "sandbox": simulator.SandboxPublicKeyID}[environment]
	for name, value := range map[string]string{
		"accept": "application/json", "content-type": "application/json", "x-amz-pay-host": "pay-api.amazon.com", "x-amz-pay-region": "na",
		"x-amz-pay-date": time.Now().UTC().Format("20060102T150405Z"),
	} {
		if req.Header.Get(name) == "" {
			req.Header.Set(name, value)
		}
	}
	var names []string
	for name := range req.Header {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	stringToSign := signing.StringToSign(signing.AlgorithmV2, signing.CanonicalRequest(req.Method, signing.CanonicalPath(req.URL.EscapedPath()),
		signing.CanonicalQuery(req.URL.RawQuery), req.Header, names, signing.HashBody([]byte(body))))
	signature, err := signing.Sign(rand.Reader, sim.Key, signing.AlgorithmV2, stringToSign)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", fmt.Sprintf("%s PublicKeyId=%s, SignedHeaders=%s, Signature=%s", signing.AlgorithmV2, id, strings.Join(names, ";"), signature))
}

// Each sample fails for the given reason, and the recommended request is accepted.
func TestRefusedSamples(t *testing.T) {
	t.Parallel()
	known := operations(t)
	for _, sample := range refusedSamples(t) {
		t.Run(sample.Name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.StartInMemory(t)
			status, body := sample.Request.send(t, sim, sample.Environment)
			var refusal api.ErrorResponse
			if err := json.Unmarshal(body, &refusal); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			want := fmt.Sprint(sample.Status, " ", sample.ReasonCode, " ", sample.Message)
			if got := fmt.Sprint(status, " ", refusal.ReasonCode, " ", refusal.Message); got != want {
				t.Errorf("the response is\n%s\nwant\n%s", got, want)
			}
			if status, body := sample.Instead.send(t, sim, sample.Environment); status != sample.Instead.Status {
				t.Errorf("the recommended request gets %d %s", status, body)
			}
			if known[sample.Operation] == nil {
				t.Errorf("there is no operation %s", sample.Operation)
			}
		})
	}
}

func TestRefusedSamplesAreThoseOfTheirSchema(t *testing.T) {
	t.Parallel()
	schema := readJSON[openapi3.Schema](t, "samples/refused.schema.json")
	value := readJSON[map[string]any](t, "samples/refused.json")
	if err := schema.VisitJSON(value); err != nil {
		t.Error(err)
	}
	delete(value["samples"].([]any)[0].(map[string]any), "why")
	if schema.VisitJSON(value) == nil {
		t.Error("the schema accepts a sample without a reason")
	}
}

// The page matches the data.
func TestRefusedSamplesPage(t *testing.T) {
	t.Parallel()
	const file = "samples/REFUSED.md"
	page := refusedPage(refusedSamples(t))
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil { //nolint:gosec // a page for everyone
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), page); diff != "" {
		t.Errorf("%s differs from refused.json: run go test ./conformance -run TestRefusedSamplesPage -update\n%s", file, diff)
	}
}

func refusedPage(samples []refusedSample) string {
	var page strings.Builder
	page.WriteString(`# Samples that fail, and why

These samples from Amazon's documentation and the official SDKs' READMEs violate a rule of this API. If you copy them,
the request is refused. Each is listed with the rule and with a request that works. ` + "`refused.json`" + ` contains them as data, with
` + "`refused.schema.json`" + ` as its JSON Schema. The responses are the simulator's: the service's messages may differ.

| operation | sample | response | what the documentation says | why it fails |
|---|---|---|---|---|
`)
	cell := strings.NewReplacer("|", `\|`, "\n", " ")
	for _, sample := range samples {
		fmt.Fprintf(&page, "| `%s` | [%s](#%s) | %d %s | %s | %s |\n", sample.Operation, cell.Replace(sample.Name), anchor(sample.Name),
			sample.Status, sample.ReasonCode, cell.Replace(sample.Documentation), cell.Replace(sample.Why))
	}
	for _, sample := range samples {
		fmt.Fprintf(&page, "\n## %s\n\nSource: [%s](%s). It uses a key for the %s environment.\n\n```http\n%s```\n\nThe response is %d `%s`: %s\n\nSend instead:\n\n```http\n%s```\n",
			sample.Name, sample.Source, sample.URL, sample.Environment, sample.Request, sample.Status, sample.ReasonCode, sample.Message, sample.Instead)
	}
	return page.String()
}

// anchor returns GitHub's anchor for a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
			return r
		default:
			return -1
		}
	}, strings.ToLower(heading))
}

// String returns the request as HTTP text, without the headers that every signer adds.
func (r sampleRequest) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", r.Method, r.Target)
	for _, name := range []string{"authorization", "x-amz-pay-date", "x-amz-pay-idempotency-key"} {
		if value, ok := r.Headers[name]; ok {
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	if r.Body != "" {
		fmt.Fprintf(&text, "\n%s\n", r.Body)
	}
	return text.String()
}
