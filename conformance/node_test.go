//go:build node

// These tests need node and `npm ci` in this directory; make check-node runs them where node is there, and says so where it isn't.

package conformance_test

import (
	"bytes"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/internal/openapispec"
	"github.com/amazonpay-go/payreports/signing"
)

const officialSDK = "@amazonpay/amazon-pay-api-sdk-nodejs"

type nodeCall struct {
	Name   string
	Status int
	Data   json.RawMessage
}

func runSDK(t *testing.T, environment ...string) map[string]nodeCall {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", "node/official-sdk.cjs")
	command.Env = append(os.Environ(), environment...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, output, stderr.String())
	}
	calls := make(map[string]nodeCall)
	for _, line := range strings.Split(strings.TrimSpace(string(output)), "\n") {
		var call nodeCall
		if err := json.Unmarshal([]byte(line), &call); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		calls[call.Name] = call
	}
	if len(calls) != 11 {
		t.Fatalf("%d calls, want 11", len(calls))
	}
	return calls
}

// The page that make docs has made holds all operations, and loads nothing from elsewhere.
func TestNodePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../dist/openapi.html")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapispec.Load()
	if err != nil {
		t.Fatal(err)
	}
	operations := 0
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			operations++
			if !bytes.Contains(page, []byte(`"operationId":"`+operation.OperationID+`"`)) || !bytes.Contains(page, []byte(">"+operation.Summary+"<")) {
				t.Errorf("the page doesn't contain %s", operation.OperationID)
			}
		}
	}
	if operations != 9 {
		t.Errorf("%d operations", operations)
	}
	if !regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="default-src 'none';`).Match(page) {
		t.Error("nothing keeps the page from loading from elsewhere")
	}
	markup := regexp.MustCompile(`(?s)<script type="module">.*?</script>`).ReplaceAll(page, nil)
	if found := regexp.MustCompile(`<(?:script|img|iframe|link|object|embed|source)\b[^>]*\b(?:src|href|data)="?(?:https?:)?//[^>]*`).Find(markup); found != nil {
		t.Errorf("the page loads %s", found)
	}
}

// The official Node SDK calls all operations that it has (8 of 9: it lacks disbursements), with each kind of key and each algorithm.
func TestNodeOfficialSDK(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "calls to the simulator", "official Node SDK", compared.VersionOfNPM(t, ".", officialSDK))
	compared.NeedsNPM(t, ".")
	for _, algorithm := range []signing.Algorithm{signing.AlgorithmV2, signing.AlgorithmV1} {
		for _, format := range []string{"pkcs1", "pkcs8"} {
			for _, id := range []string{"LIVE-NODE", "NODE", "SANDBOX-NODE"} {
				t.Run(fmt.Sprintf("%s %s %s", algorithm, format, id), func(t *testing.T) {
					t.Parallel()
					line := simulate(t, "--tls", "--public-key-id", id)
					calls := runSDK(t, "SIMULATOR="+line, "KEY_ID="+id, "KEY_FORMAT="+format, "ALGORITHM="+string(algorithm))
					compares.Count(len(calls), "calls")
					if id != "SANDBOX-NODE" {
						checkSDK(t, calls)
						return
					}
					for name, call := range calls { // there are few reports in the sandbox, but each call is understood
						if call.Status == http.StatusForbidden || call.Status >= 500 {
							t.Errorf("%s: %d %s", name, call.Status, call.Data)
						}
					}
				})
			}
		}
	}
}

// checkSDK checks the responses to the SDK of a live merchant.
func checkSDK(t *testing.T, calls map[string]nodeCall) {
	t.Helper()
	for name, want := range map[string]struct {
		status int
		schema string
		holds  string
	}{
		"createReport":                  {201, "CreateReportResponse", ""},
		"getReports":                    {200, "GetReportsResponse", "nextToken"},
		"getReports without parameters": {200, "GetReportsResponse", "nextToken"},
		"getReportById":                 {200, "Report", "IN_PROGRESS"},
		"getReports, completed":         {200, "GetReportsResponse", "COMPLETED"},
		"getReportDocument":             {200, "ReportDocument", "NinetyDays"},
		"createReportSchedule":          {201, "CreateReportScheduleResponse", ""},
		"createReportSchedule again":    {201, "ExistingReportSchedules", "PT84H"},
		"getReportSchedules":            {200, "GetReportSchedulesResponse", "PT84H"},
		"getReportScheduleById":         {200, "ReportSchedule", "PT84H"},
		"cancelReportSchedule":          {200, "", ""},
	} {
		call := calls[name]
		if call.Status != want.status || !bytes.Contains(call.Data, []byte(want.holds)) {
			t.Errorf("%s: %d %s, want %d with %q", name, call.Status, call.Data, want.status, want.holds)
			continue
		}
		if want.schema == "" {
			continue
		}
		var value any
		if err := json.Unmarshal(call.Data, &value); err != nil {
			t.Fatal(err)
		}
		if err := visit(t, want.schema, value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The same run with one byte of each signature changed is refused.
func TestNodeTamperedSignature(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "calls with a changed signature, refused by the simulator", "official Node SDK", compared.VersionOfNPM(t, ".", officialSDK))
	compared.NeedsNPM(t, ".")
	line := simulate(t, "--tls", "--public-key-id", "LIVE-NODE")
	for name, call := range runSDK(t, "SIMULATOR="+line, "TAMPER=1", "ALGORITHM="+string(signing.AlgorithmV2)) {
		if call.Status != 403 || !bytes.Contains(call.Data, []byte("InvalidRequestSignature")) {
			t.Errorf("%s: %d %s, want 403 InvalidRequestSignature", name, call.Status, call.Data)
		}
		compares.Count(1, "calls")
	}
}

type signedRequest struct {
	Method  string            `json:"method"`
	Target  string            `json:"target"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// 2,000 random requests that the official Node SDK has signed verify with our Verifier, and 2,000 of ours with node's crypto.
func TestNodeDifferentialSignatures(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "signatures of random requests, in both directions", "official Node SDK, and Node's crypto",
		compared.VersionOfNPM(t, ".", officialSDK)+", "+compared.VersionOf(t, "node", "--version"))
	compared.NeedsNPM(t, ".")
	const requests = 2000
	key, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	environment := append(os.Environ(),
		"PRIVATE_KEY="+string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
		"PUBLIC_KEY="+string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})))

	sign := exec.CommandContext(t.Context(), "node", "node/differential.cjs", "sign", fmt.Sprint(requests))
	sign.Env = environment
	output, err := sign.Output()
	if err != nil {
		t.Fatal(err)
	}
	verifier := signing.NewVerifier(func(string) *rsa.PublicKey { return &key.PublicKey })
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	if len(lines) != requests {
		t.Fatalf("%d requests of the SDK, want %d", len(lines), requests)
	}
	for _, line := range lines {
		var r signedRequest
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), r.Method, "https://pay-api.amazon.com"+r.Target, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range r.Headers {
			req.Header.Set(name, value)
		}
		if _, err := verifier.Verify(req, []byte(r.Body)); err != nil {
			t.Errorf("%s %s of the SDK: %v", r.Method, r.Target, err)
		}
		compares.Count(1, "of the SDK")
	}

	signer, err := signing.NewSigner("LIVE-GO", key)
	if err != nil {
		t.Fatal(err)
	}
	var ours bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		const alphabet = " abcXYZ019-._~!\"#$%&'()*+,/:;<=>?@[\\]^`{|}éß日本"
		runes := []rune(alphabet)
		made := make([]rune, 1+random.IntN(20))
		for i := range made {
			made[i] = runes[random.IntN(len(runes))]
		}
		return string(made)
	}
	for range requests {
		r := signedRequest{Method: []string{"GET", "POST", "DELETE"}[random.IntN(3)]}
		query := make(url.Values)
		for range random.IntN(4) {
			query.Add(text(), text())
		}
		if r.Method == http.MethodPost {
			r.Body = text()
		}
		req, err := http.NewRequestWithContext(t.Context(), r.Method, "https://pay-api.amazon.eu/v2/reports/"+url.PathEscape(text())+"?"+query.Encode(), strings.NewReader(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		if err := signer.SignRequest(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		r.Target, r.Headers = req.URL.RequestURI(), make(map[string]string)
		for name := range req.Header {
			r.Headers[strings.ToLower(name)] = req.Header.Get(name)
		}
		if err := json.NewEncoder(&ours).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	verify := exec.CommandContext(t.Context(), "node", "node/differential.cjs", "verify")
	verify.Env, verify.Stdin = environment, &ours
	output, err = verify.Output()
	if err != nil || strings.TrimSpace(string(output)) != fmt.Sprint(requests) {
		t.Errorf("node verified %s of our %d requests, %v", output, requests, err)
	}
	compares.Count(requests, "of ours")
}
