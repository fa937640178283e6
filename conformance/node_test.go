//go:build node

// These tests need node and `npm ci` in this directory; make check-node runs them where node is there, and says so where it isn't.

package conformance_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/amazonpay-go/payreports/signing"
)

// simulate builds and runs the command, and returns the line that it prints when it is ready.
func simulate(t *testing.T, args ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "payreports")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/payreports")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	command := exec.Command(binary, append([]string{"simulate"}, args...)...)
	var log bytes.Buffer
	command.Stderr = &log
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			t.Errorf("simulate ended with %v\n%s", err, log.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("simulate printed nothing: %v\n%s", err, log.String())
	}
	return line
}

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

// The official Node SDK calls all operations that it has (8 of 9: it lacks disbursements), with both algorithms.
func TestNodeOfficialSDK(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []signing.Algorithm{signing.AlgorithmV2, signing.AlgorithmV1} {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			line := simulate(t, "--tls", "--public-key-id", "LIVE-NODE")
			calls := runSDK(t, "SIMULATOR="+line, "ALGORITHM="+string(algorithm))
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
		})
	}
}

// The same run with one byte of each signature changed is refused.
func TestNodeTamperedSignature(t *testing.T) {
	t.Parallel()
	line := simulate(t, "--tls", "--public-key-id", "LIVE-NODE")
	for name, call := range runSDK(t, "SIMULATOR="+line, "TAMPER=1", "ALGORITHM="+string(signing.AlgorithmV2)) {
		if call.Status != 403 || !bytes.Contains(call.Data, []byte("InvalidRequestSignature")) {
			t.Errorf("%s: %d %s, want 403 InvalidRequestSignature", name, call.Status, call.Data)
		}
	}
}
