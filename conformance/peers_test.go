//go:build peers

// What this module's code costs beside the bare work of its runtime, and beside the official Node SDK where that has the same: one table, made by one
// run. make bench-peers runs it; it needs node and `npm ci` in this directory.

package conformance_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/csv"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/regions"
	"github.com/amazonpay-go/payreports/reportfile"
	"github.com/amazonpay-go/payreports/simulator"
)

// measured is a line of the table: what it costs, and what the bare work of the same runtime costs.
type measured struct {
	name      string
	cost, one time.Duration
}

func (m measured) String() string {
	return fmt.Sprintf("  %6.2f   %-62s %12v", float64(m.cost)/float64(m.one), m.name, m.cost.Round(100*time.Nanosecond))
}

func timeOf(t *testing.T, work func() error) time.Duration {
	t.Helper()
	var failure error
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if err := work(); err != nil {
				failure = err
				return
			}
		}
	})
	if failure != nil {
		t.Fatal(failure)
	}
	return time.Duration(result.NsPerOp())
}

func TestPeers(t *testing.T) {
	sim := simulator.StartInMemory(t, simulator.Config{TransactionsPerDay: 20_000})
	page, err := sim.Client().GetReports(t.Context(), payreports.GetReportsOptions{PageSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	}))
	defer server.Close()
	node := measureNode(t, sim, server)

	lines := []string{"One signature; 1 is the bare RSA operation of the same runtime"}
	digest := sha256.Sum256([]byte("x"))
	rsaOnly := timeOf(t, func() error {
		_, err := rsa.SignPSS(rand.Reader, sim.Key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
		return err
	})
	req, err := http.NewRequest(http.MethodGet, server.URL+"/v2/reports?pageSize=10", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []measured{
		{"Go, rsa.SignPSS", rsaOnly, rsaOnly},
		{"payreports, SignRequest", timeOf(t, func() error { return sim.Signer.SignRequest(t.Context(), req) }), rsaOnly},
		{"Node, crypto.sign", node["crypto.sign"], node["crypto.sign"]},
		{"official Node SDK, getSignedHeaders", node["getSignedHeaders"], node["crypto.sign"]},
	} {
		lines = append(lines, m.String())
	}

	lines = append(lines, "", "One page of 10 reports over TLS on loopback; 1 is the same GET, not signed, with the runtime's own client")
	client, err := payreports.New(regions.NA, sim.Signer, payreports.WithEndpoint(server.URL), payreports.WithHTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	bareGet := timeOf(t, func() error {
		resp, err := server.Client().Get(server.URL + "/v2/reports?pageSize=10")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		return json.NewDecoder(resp.Body).Decode(new(payreports.GetReportsResponse))
	})
	for _, m := range []measured{
		{"Go, net/http and encoding/json", bareGet, bareGet},
		{"payreports, Client.GetReports", timeOf(t, func() error {
			_, err := client.GetReports(t.Context(), payreports.GetReportsOptions{PageSize: 10})
			return err
		}), bareGet},
		{"Node, https and JSON.parse", node["https"], node["https"]},
		{"official Node SDK, getReports", node["getReports"], node["https"]},
	} {
		lines = append(lines, m.String())
	}

	lines = append(lines, "", "Reading a settlement report of 1 GiB; 1 is encoding/csv with ReuseRecord. The official SDKs have nothing for it")
	file := gibibyte(t, sim)
	bareRead := timeOf(t, func() error {
		records := csv.NewReader(file())
		records.ReuseRecord, records.FieldsPerRecord, records.LazyQuotes = true, -1, true // the BOM would be an error
		for {
			if _, err := records.Read(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
	for _, m := range []measured{
		{"Go, encoding/csv", bareRead, bareRead},
		{"payreports, typed rows of reportfile", timeOf(t, func() error {
			f, err := reportfile.Open(file())
			if err != nil {
				return err
			}
			return lastError(f.Settlements())
		}), bareRead},
	} {
		lines = append(lines, m.String())
	}
	fmt.Printf("%s, %s/%s, %d × %s, Node %s\n\n   ratio\n%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), nodeVersion(t), strings.Join(lines, "\n"))
}

// gibibyte returns readers of a settlement report of 1 GiB: one of the simulator's, its rows again and again.
func gibibyte(t *testing.T, sim *simulator.Server) func() io.Reader {
	t.Helper()
	var content bytes.Buffer
	for report, err := range sim.Client().AllReports(t.Context(), payreports.GetReportsOptions{Types: []payreports.ReportType{payreports.ReportTypeSettlement}}) {
		if err == nil {
			_, err = sim.Client().DownloadReport(t.Context(), report.ReportID, &content)
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	const headLines = 6
	lines := bytes.SplitAfterN(content.Bytes(), []byte("\n"), headLines+1)
	head, rows := bytes.Join(lines[:headLines], nil), lines[headLines]
	return func() io.Reader {
		readers := []io.Reader{bytes.NewReader(head)}
		for size := 0; size < 1<<30; size += len(rows) {
			readers = append(readers, bytes.NewReader(rows))
		}
		return io.MultiReader(readers...)
	}
}

// measureNode runs node/peers.cjs and returns what it has measured.
func measureNode(t *testing.T, sim *simulator.Server, server *httptest.Server) map[string]time.Duration {
	t.Helper()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	command := exec.CommandContext(t.Context(), "node", "node/peers.cjs")
	command.Env = append(os.Environ(),
		"NODE_EXTRA_CA_CERTS="+write("ca.pem", "CERTIFICATE", server.Certificate().Raw), "HOST="+strings.TrimPrefix(server.URL, "https://"),
		"PUBLIC_KEY_ID="+sim.Signer.PublicKeyID(), "PRIVATE_KEY="+write("key.pem", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(sim.Key)))
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var nanoseconds map[string]float64
	if err := json.Unmarshal(output, &nanoseconds); err != nil {
		t.Fatal(err)
	}
	costs := make(map[string]time.Duration)
	for name, ns := range nanoseconds {
		costs[name] = time.Duration(ns)
	}
	return costs
}

func nodeVersion(t *testing.T) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

// processor names the processor where the system says it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if name := regexp.MustCompile(`(?m)^model name\s*: (.*)$`).FindSubmatch(info); err == nil && name != nil {
		return string(name[1])
	}
	return "processors"
}
