package main_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/simulator"
)

// behind is the service as seen through a proxy that changes what it answers, by path.
func (s *service) behind(t *testing.T, change func(path, body string) string) *service {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, req)
		for name, values := range answer.Header() {
			if name != "Content-Length" && name != "Etag" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		w.Write([]byte(change(req.URL.Path, answer.Body.String())))
	}))
	t.Cleanup(proxy.Close)
	return s.with("AMAZON_PAY_ENDPOINT=" + proxy.URL)
}

// A night of login pages is told, report by report, and the next night mends it.
func TestSyncAfterANightOfPages(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	dir := filepath.Join(t.TempDir(), "reports")
	bad := s.behind(t, func(path, body string) string {
		if strings.HasPrefix(path, "/v2/") {
			return body
		}
		return "<!DOCTYPE html><title>Sign in\x1b[31m</title>"
	})
	got := bad.run(t, "sync", "--to", dir, "--since", "2026-11-20")
	if got.code != 1 || got.stdout != "" || strings.Count(got.stderr, "what was downloaded is not this report: ") != 5 || !strings.HasPrefix(got.stderr, "0 new (0 bytes), 0 already present, 5 failed\n") {
		t.Errorf("%+v", got)
	}
	if got := s.ok(t, "sync", "--to", dir, "--since", "2026-11-20"); !strings.HasPrefix(got.stderr, "5 new (") {
		t.Errorf("the next night: %+v", got)
	}
	if got := s.ok(t, "verify", "--reports", dir, "--since", "2026-11-20"); got.stdout != "" || got.stderr != "5 files checked, 5 reports of the service compared, 0 problems found\n" {
		t.Errorf("verify: %+v", got)
	}
}

// FAILED and cancelled reports are named or counted; only a settlement that is missing for good is a failure.
func TestSyncTellsOfFailedReports(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	create := func(reportType payreports.ReportType, outcome payreports.ProcessingStatus) {
		t.Helper()
		s.SetOutcome(reportType, outcome)
		s.ok(t, "reports", "create", "--type", payreports.ReportTypeName(reportType), "--start", "2026-11-20", "--end", "2026-11-21")
	}
	create(payreports.ReportTypeRefund, payreports.ProcessingStatusFailed)
	create(payreports.ReportTypeAuthorization, payreports.ProcessingStatusCancelled)
	s.Advance(time.Minute)
	create(payreports.ReportTypeOrderReference, payreports.ProcessingStatusCompleted)
	dir := filepath.Join(t.TempDir(), "reports")
	got := s.ok(t, "sync", "--to", dir, "--since", "2026-11-20")
	if want := `^payreports: warning: report \d+ \(refund, 20261120T000000Z to 20261121T235959Z\) is FAILED: .*create it again if you need it\n` +
		`5 new \(\d+ bytes\), 0 already present, 0 failed, 1 FAILED at the service, 1 cancelled, 1 in progress\n$`; !regexp.MustCompile(want).MatchString(got.stderr) {
		t.Errorf("%s", got.stderr)
	}
	missing := s.behind(t, func(path, body string) string {
		if path == "/v2/reports" {
			return strings.Replace(body, "COMPLETED", "FAILED", 1)
		}
		return body
	})
	if got := missing.run(t, "sync", "--to", dir, "--since", "2026-11-20"); got.code != 1 || !strings.Contains(got.stderr, "its settlement is missing") {
		t.Errorf("%+v", got)
	}
}

func TestSyncAgainCommand(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	path := filepath.Join(dir, "type=settlement", "date=2026-11-23", "50000000089.csv")
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(right), "-", "+", 1)
	if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.run(t, "verify", "--reports", dir, "--offline", "-o", "csv"); got.code != 4 ||
		!strings.HasPrefix(got.stdout, "path,problem,reportId,detail\ntype=settlement/date=2026-11-23/50000000089.csv,changed,50000000089,") || !strings.HasPrefix(got.stderr, "3 files checked, 1 problem found\n") {
		t.Errorf("verify: %+v", got)
	}
	got := s.ok(t, "sync", "--to", dir, "--again", "50000000089")
	if want := `^payreports: warning: type=settlement/date=2026-11-23/50000000089.csv is downloaded again: it was asked for again; the old file is (\S+)\n` +
		`0 new \(\d+ bytes\), 0 already present, 0 failed, 1 downloaded again\n$`; !regexp.MustCompile(want).MatchString(got.stderr) || !strings.Contains(got.stdout, "50000000089.csv") {
		t.Errorf("%+v", got)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != string(right) {
		t.Errorf("it isn't right now: %v", err)
	}
	old, err := filepath.Glob(path + ".replaced-*")
	if err != nil || len(old) != 1 {
		t.Fatalf("%v, %v", old, err)
	}
	if content, err := os.ReadFile(old[0]); err != nil || string(content) != wrong {
		t.Errorf("the old one isn't kept: %v", err)
	}
	s.ok(t, "verify", "--reports", dir, "--offline")
	if shown := s.ok(t, "file", "summary", dir, "-o", "json").stdout; strings.Count(shown, `"settlementId"`) != 3 {
		t.Errorf("the old one is counted too: %s", shown)
	}
	if got := s.run(t, "sync", "--to", dir, "--again", "1", "--since", "7d"); got.code != 2 || !strings.Contains(got.stderr, "--again names the reports") {
		t.Errorf("%+v", got)
	}
	if got := s.run(t, "sync", "--to", dir, "--again", "1"); got.code != 1 || strings.Contains(got.stderr, " new (") || !strings.Contains(got.stderr, "report 1: ") {
		t.Errorf("%+v", got)
	}
}

func TestVerifyCommand(t *testing.T) {
	t.Parallel()
	s, dir := synced(t)
	if got := s.ok(t, "verify", "--reports", dir, "--since", "2026-11-22", "-o", "json"); got.stdout != "[]\n" {
		t.Errorf("%+v", got)
	}
	got := s.run(t, "verify", "--reports", dir, "--since", "2026-11-21", "-o", "json")
	var findings []map[string]string
	if err := json.Unmarshal([]byte(got.stdout), &findings); err != nil || got.code != 4 || len(findings) != 1 || findings[0]["problem"] != "not-downloaded" || findings[0]["reportId"] != "50000000087" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.Remove(filepath.Join(dir, "type=settlement", "date=2026-11-23", "50000000089.csv")); err != nil {
		t.Fatal(err)
	}
	golden(t, "verify.txt", s.run(t, "verify", "--reports", dir, "--since", "2026-11-21").stdout)
	for name, args := range map[string][]string{
		"no directory": {"verify"}, "a type offline": {"verify", "--reports", dir, "--offline", "--type", "refund"}, "an argument": {"verify", dir},
		"a wrong type": {"verify", "--reports", dir, "--type", "refunds"},
	} {
		if got := s.run(t, args...); got.code != 2 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := s.run(t, "verify", "--reports", dir+"x"); got.code != 1 || got.stdout != "" {
		t.Errorf("%+v", got)
	}
	offline := s.with("AMAZON_PAY_PRIVATE_KEY=", "AMAZON_PAY_PUBLIC_KEY_ID=")
	if got := offline.run(t, "verify", "--reports", dir, "--offline"); got.code != 4 {
		t.Errorf("offline without a key: %+v", got)
	}
	// A disk that isn't mounted looks like a copy without a fault.
	onlyHidden := t.TempDir()
	if err := os.WriteFile(filepath.Join(onlyHidden, ".lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, empty := range map[string]string{"an empty directory": t.TempDir(), "a lock alone": onlyHidden} {
		if got := offline.run(t, "verify", "--reports", empty, "--offline"); got.code != 1 || !strings.Contains(got.stderr, empty+" holds no reports") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What a killed download has left behind goes with the next one to the same file.
func TestDownloadCleansUpAfterAKilledOne(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	dir := t.TempDir()
	to := filepath.Join(dir, "settlement.csv")
	asked := make(chan struct{})
	var once atomic.Bool
	stuck := s.behind(t, func(path, body string) string {
		if !strings.HasPrefix(path, "/v2/") && once.CompareAndSwap(false, true) {
			close(asked)
			<-t.Context().Done() // the program is killed here
		}
		return body
	})
	command := exec.Command(binary, "reports", "download", "50000000089", "--to", to)
	command.Env = stuck.environment
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	command.Process.Kill()
	command.Wait()
	if err := os.WriteFile(filepath.Join(dir, ".settlement.csv.123.partial"), []byte("half"), 0o600); err != nil { // where it had written some
		t.Fatal(err)
	}
	s.ok(t, "reports", "download", "50000000089", "--to", to)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A pipe in place of the lock doesn't keep a run waiting.
func TestSyncWithAPipeAsLock(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	dir := t.TempDir()
	makePipe(t, filepath.Join(dir, ".lock"))
	if got := s.run(t, "sync", "--to", dir, "--timeout", "10s"); got.code != 1 || !strings.Contains(got.stderr, ".lock is not a regular file: move it away") || strings.Contains(got.stderr, " new (") {
		t.Errorf("%+v", got)
	}
}
