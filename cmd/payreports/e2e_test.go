package main_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/csv"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/mirror"
	"github.com/amazonpay-go/payreports/simulator"
)

// service is a simulator with what the command needs to talk to it.
type service struct {
	*simulator.Server
	keyFile     string
	environment []string
}

func newService(t *testing.T, config simulator.Config) *service {
	t.Helper()
	if config.Start.IsZero() { // then ask for dates: a span back from now ends on another day each day
		config.Start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	}
	s := &service{Server: simulator.Start(t, config), keyFile: filepath.Join(t.TempDir(), "private.pem")}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(s.Key)})
	if err := os.WriteFile(s.keyFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.environment = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
		"AMAZON_PAY_PUBLIC_KEY_ID=LIVE-SIMULATOR", "AMAZON_PAY_PRIVATE_KEY=" + s.keyFile, "AMAZON_PAY_REGION=na", "AMAZON_PAY_ENDPOINT=" + s.URL,
	}
	return s
}

// with returns the service as seen with other variables.
func (s *service) with(variables ...string) *service {
	return &service{s.Server, s.keyFile, append(append([]string{}, s.environment...), variables...)}
}

func (s *service) run(t *testing.T, args ...string) result {
	t.Helper()
	return runWith(t, s.environment, args)
}

func (s *service) ok(t *testing.T, args ...string) result {
	t.Helper()
	got := s.run(t, args...)
	if got.code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, got.code, got.stderr)
	}
	return got
}

func TestReportsCommands(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Speed: 100})
	list := s.ok(t, "reports", "list", "--type", "settlement", "--since", "2026-11-22", "--until", "2026-11-23")
	want := regexp.MustCompile(`^REPORTID +REPORTTYPE +PROCESSINGSTATUS +STARTTIME +ENDTIME +CREATEDTIME +REPORTDOCUMENTID\n` +
		`50000000\d+ +settlement +COMPLETED +2026-11-22T07:00:00Z +2026-11-23T07:00:00Z +2026-11-23T09:00:00Z +amzn1\.tortuga\.3\.\S+\n` +
		`50000000\d+ +settlement +COMPLETED +2026-11-21T07:00:00Z +2026-11-22T07:00:00Z +2026-11-22T09:00:00Z +amzn1\.tortuga\.3\.\S+\n$`)
	if !want.MatchString(list.stdout) || list.stderr != "" {
		t.Errorf("list:\n%s%s", list.stdout, list.stderr)
	}
	var reports []payreports.Report
	if err := json.Unmarshal([]byte(s.ok(t, "reports", "list", "--since", "2026-11-21", "--status", "completed", "--output", "json").stdout), &reports); err != nil || len(reports) < 2 {
		t.Fatalf("%v, %v", reports, err)
	}
	records, err := csv.NewReader(strings.NewReader(s.ok(t, "reports", "list", "--type", "settlement", "-o", "csv").stdout)).ReadAll()
	if err != nil || len(records) < 90 || records[0][0] != "reportId" {
		t.Errorf("%d records, %v", len(records), err)
	}
	if got := s.ok(t, "reports", "list", "--type", "refund", "--output", "json").stdout; got != "[]\n" {
		t.Errorf("no reports are %q", got)
	}
	id := string(reports[0].ReportID)
	if got := s.ok(t, "reports", "get", id).stdout; !strings.Contains(got, id) {
		t.Errorf("get: %s", got)
	}
	var one payreports.Report
	if err := json.Unmarshal([]byte(s.ok(t, "reports", "get", id, "-o", "json").stdout), &one); err != nil || one.ReportID != reports[0].ReportID {
		t.Errorf("%+v, %v", one, err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "settlement.csv")
	s.ok(t, "reports", "download", id, "--to", file)
	content, err := os.ReadFile(file)
	if err != nil || s.ok(t, "reports", "download", id, "--to", "-").stdout != string(content) || !bytes.HasPrefix(content, []byte("\ufeff\"Amazon Payments Advanced\"")) {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	refunds := filepath.Join(dir, "refunds.csv")
	created := s.ok(t, "reports", "create", "--type", "refund", "--start", "2026-11-01", "--end", "2026-11-20", "--wait", "--download", refunds)
	if !regexp.MustCompile(`^payreports: this request can be repeated .*\nreport \d+\nIN_PROGRESS\nCOMPLETED\n\d+ bytes written to `).MatchString(created.stderr) {
		t.Errorf("create --wait: %s", created.stderr)
	}
	if content, err := os.ReadFile(refunds); err != nil || !bytes.HasPrefix(content, []byte(`"AmazonRefundId"`)) {
		t.Errorf("%.60s, %v", content, err)
	}
	first := s.ok(t, "reports", "create", "--type", "refund", "--start", "2026-11-17", "--end", "2026-11-20", "--idempotency-key", "k1", "-o", "csv")
	if !strings.HasPrefix(first.stdout, "reportId\n5") {
		t.Errorf("create: %s", first.stdout)
	}
	// A range in the future has no data, and the future is the simulator's.
	future := s.run(t, "reports", "create", "--type", "refund", "--start", "2026-12-01", "--end", "2026-12-02", "--wait")
	if future.code != 3 || !strings.Contains(future.stderr, "no data") {
		t.Errorf("no data: %+v", future)
	}
	id = strings.TrimSpace(strings.TrimPrefix(first.stdout, "reportId\n"))
	if got := s.ok(t, "reports", "wait", id); !strings.Contains(got.stdout, "COMPLETED") {
		t.Errorf("wait: %+v", got)
	}
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("%d files, want 2", len(files))
	}
}

func TestSchedulesCommands(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	create := []string{"schedules", "create", "--type", "refund", "--frequency", "p1d", "--next", "2026-12-01T04:00:00Z"}
	id := strings.TrimSpace(strings.TrimPrefix(s.ok(t, append(create, "-o", "csv")...).stdout, "reportScheduleId\n"))
	again := s.run(t, create...)
	if again.code != 1 || !strings.Contains(again.stdout, id) || !strings.Contains(again.stderr, "--replace") {
		t.Errorf("create again: %+v", again)
	}
	if got := s.ok(t, "schedules", "list"); !regexp.MustCompile(id + ` +refund +P1D +2026-12-01T04:00:00Z`).MatchString(got.stdout) {
		t.Errorf("list: %s", got.stdout)
	}
	if got := s.ok(t, "schedules", "get", id, "-o", "json"); !strings.Contains(got.stdout, `"scheduleFrequency": "P1D"`) {
		t.Errorf("get: %s", got.stdout)
	}
	ensure := []string{"schedules", "ensure", "--type", "refund", "--next", "2026-12-01T04:00:00Z", "--frequency"}
	if got := s.ok(t, append(ensure, "P1D")...); got.stderr != "the schedule of refund reports: unchanged\n" {
		t.Errorf("ensure: %+v", got)
	}
	if got := s.run(t, append(ensure, "P7D")...); got.code != 1 || !strings.Contains(got.stdout, id) || !strings.Contains(got.stderr, "--replace") {
		t.Errorf("ensure another frequency: %+v", got)
	}
	if got := s.ok(t, append(ensure, "P7D", "--replace")...); got.stderr != "the schedule of refund reports: replaced\n" {
		t.Errorf("ensure --replace: %+v", got)
	}
	id = strings.Fields(s.ok(t, "schedules", "list", "-o", "csv").stdout)[1]
	id, _, _ = strings.Cut(id, ",")
	s.ok(t, "schedules", "cancel", id)
	if got := s.run(t, "schedules", "cancel", id); got.code != 1 || !strings.Contains(got.stderr, "404 ResourceNotFound") {
		t.Errorf("cancel again: %+v", got)
	}
}

func TestDisbursementsCommand(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	got := s.ok(t, "disbursements", "list", "--since", "2026-11-20", "--until", "2026-11-22")
	if lines := strings.Split(strings.TrimSpace(got.stdout), "\n"); len(lines) != 4 || !strings.Contains(lines[1], "USD") {
		t.Errorf("%s", got.stdout)
	}
	former := s.ok(t, "disbursements", "list", "--start", "2026-11-20", "--end", "2026-11-22")
	if former.stdout != got.stdout || former.stderr != "--start is deprecated: use --since\n--end is deprecated: use --until\n" {
		t.Errorf("with the former flags: %+v", former)
	}
	for _, flags := range [][]string{{"--since", "2026-11-20", "--start", "2026-11-20", "--until", "0d"}, {"--since", "2026-11-20", "--end", "0d", "--until", "0d"}} {
		if got := s.run(t, append([]string{"disbursements", "list"}, flags...)...); got.code != 2 || got.stdout != "" {
			t.Errorf("%v: %+v; want a usage error", flags, got)
		}
	}
}

func TestSyncCommand(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	dir := filepath.Join(t.TempDir(), "reports")
	args := []string{"sync", "--to", dir, "--since", "2026-11-20"}
	if got := s.ok(t, append(args, "--dry-run")...); !strings.Contains(got.stderr, "5 would be new, 0 already present, 0 failed") {
		t.Errorf("dry run: %+v", got)
	}
	got := s.ok(t, args...)
	if !regexp.MustCompile(`^5 new \(\d+ bytes\), 0 already present, 0 failed\n$`).MatchString(got.stderr) || strings.Count(got.stdout, "type=settlement/date=2026-11-2") != 5 {
		t.Errorf("%+v", got)
	}
	if got := s.ok(t, args...); got.stderr != "0 new (0 bytes), 5 already present, 0 failed\n" || got.stdout != "" {
		t.Errorf("again: %+v", got)
	}
	if got := s.run(t, append(args, "--exit-code")...); got.code != 3 {
		t.Errorf("--exit-code: %+v", got)
	}
	for format, want := range map[string]string{"json": `"files": []`, "csv": "path,bytes\n"} {
		if got := s.ok(t, append(args, "-o", format)...); !strings.Contains(got.stdout, want) {
			t.Errorf("nothing new in %s: %q", format, got.stdout)
		}
	}
	r := syncJSON(t, s.ok(t, "sync", "--to", t.TempDir(), "--since", "2026-11-20", "-o", "json"))
	if len(r.Accounts) != 1 || len(r.Accounts[0].Files) != 5 || r.New != 5 || r.Attempts != 11 {
		t.Fatalf("%+v", r)
	}
	if file := r.Accounts[0].Files[0]; !strings.HasPrefix(file.Path, "type=settlement/date=2026-11-2") || file.Bytes == 0 {
		t.Errorf("in JSON: %v", file)
	}
}

// Whatever goes wrong, the command says what happened and what to do, with the right exit code.
func TestFailures(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	dir := t.TempDir()
	public := filepath.Join(dir, "public.key")
	if err := os.WriteFile(public, []byte("no key"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args      []string
		variables []string
		code      int
		want      string
	}{
		"no key id":                {[]string{"reports", "list"}, []string{"AMAZON_PAY_PUBLIC_KEY_ID="}, 2, "--public-key-id or set AMAZON_PAY_PUBLIC_KEY_ID"},
		"no key":                   {[]string{"reports", "list"}, []string{"AMAZON_PAY_PRIVATE_KEY="}, 2, "--private-key PATH or set AMAZON_PAY_PRIVATE_KEY"},
		"no region":                {[]string{"reports", "list"}, []string{"AMAZON_PAY_REGION="}, 2, "--region or set AMAZON_PAY_REGION"},
		"unknown region":           {[]string{"reports", "list", "--region", "mars"}, nil, 2, "--region is \"mars\": it must be na, us, eu, de, uk or jp"},
		"key file is missing":      {[]string{"reports", "list", "--private-key", filepath.Join(dir, "none.pem")}, nil, 1, "no such file"},
		"no key in the file":       {[]string{"reports", "list", "--private-key", public}, nil, 2, "not PEM"},
		"readable by all":          {[]string{"reports", "list", "--private-key", public}, nil, 2, "can be read by others (-rw-r--r--): chmod 600 it"},
		"contradiction":            {[]string{"reports", "list", "--environment", "sandbox"}, nil, 2, "is for live, but the environment is set to sandbox"},
		"endpoint by http":         {[]string{"reports", "list", "--endpoint", "http://pay.example"}, nil, 2, "loopback"},
		"nobody listens":           {[]string{"reports", "list", "--endpoint", "http://127.0.0.1:1", "--timeout", "2s"}, nil, 1, "connection refused"},
		"unknown output":           {[]string{"reports", "list", "--output", "xml"}, nil, 2, "table, json or csv"},
		"unknown level":            {[]string{"reports", "list", "--log-level", "loud"}, nil, 2, "debug, info, warn or error"},
		"no time":                  {[]string{"reports", "list", "--timeout", "0s"}, nil, 2, "must be positive"},
		"wrong flag":               {[]string{"reports", "list", "--typ", "refund"}, nil, 2, "there is no flag --typ: did you mean --type?"},
		"wrong type":               {[]string{"reports", "list", "--type", "refunds"}, nil, 2, "did you mean refund?"},
		"part of a type":           {[]string{"reports", "list", "--type", "billing"}, nil, 2, "did you mean billing-agreement?"},
		"no such type":             {[]string{"reports", "list", "--type", "xyzxyzxyz"}, nil, 2, "it must be settlement, sandbox-settlement"},
		"wrong status":             {[]string{"reports", "list", "--status", "done"}, nil, 2, "COMPLETED"},
		"wrong time":               {[]string{"reports", "list", "--since", "tomorrow"}, nil, 2, "now, today or yesterday"},
		"backwards":                {[]string{"reports", "list", "--since", "1d", "--until", "2d"}, nil, 2, ") is before --since ("},
		"no id":                    {[]string{"reports", "get"}, nil, 2, "takes one argument, the report's id, but got 0"},
		"odd id":                   {[]string{"reports", "get", ".."}, nil, 2, "would address another resource"},
		"unknown id":               {[]string{"reports", "get", "A1"}, nil, 1, "404 ResourceNotFound"},
		"no target":                {[]string{"reports", "download", "A1"}, nil, 2, "--to is missing"},
		"no such directory":        {[]string{"reports", "download", "A1", "--to", filepath.Join(dir, "none", "x.csv")}, nil, 1, "doesn't exist"},
		"create: no type":          {[]string{"reports", "create", "--start", "1d", "--end", "0d"}, nil, 2, "--type is missing"},
		"create: no times":         {[]string{"reports", "create", "--type", "refund"}, nil, 2, "both required"},
		"create: key":              {[]string{"reports", "create", "--type", "refund", "--start", "2026-11-01", "--end", "2026-11-02", "--idempotency-key", "a b"}, nil, 2, "1 to 32 letters"},
		"create: settlement":       {[]string{"reports", "create", "--type", "settlement", "--start", "1d", "--end", "0d"}, nil, 1, "[reportType]"},
		"frequency":                {[]string{"schedules", "create", "--type", "refund", "--frequency", "P1X", "--next", "0d"}, nil, 2, "did you mean P1D?"},
		"disbursements":            {[]string{"disbursements", "list", "--since", "1d", "--until", "2d"}, nil, 2, "--until ("},
		"create: wrong start":      {[]string{"reports", "create", "--type", "refund", "--start", "soon", "--end", "0d"}, nil, 2, "--start is \"soon\""},
		"create: wrong end":        {[]string{"reports", "create", "--type", "refund", "--start", "1d", "--end", "soon"}, nil, 2, "--end is \"soon\""},
		"too long ago":             {[]string{"reports", "list", "--since", "99999w"}, nil, 2, "--since is \"99999w\""},
		"until when":               {[]string{"reports", "list", "--until", "soon"}, nil, 2, "--until is \"soon\""},
		"create: no file":          {[]string{"reports", "create", "--type", "refund", "--start", "1d", "--end", "0d", "--download", dir}, nil, 1, "is a directory"},
		"wait: unknown id":         {[]string{"reports", "wait", "A1"}, nil, 1, "404 ResourceNotFound"},
		"schedules: type":          {[]string{"schedules", "list", "--type", "refunds"}, nil, 2, "did you mean refund?"},
		"schedules: refused":       {[]string{"schedules", "list", "--public-key-id", "LIVE-OTHER"}, nil, 1, "403 InvalidAuthentication"},
		"schedule: get":            {[]string{"schedules", "get", "S1"}, nil, 1, "404 ResourceNotFound"},
		"schedule: no type":        {[]string{"schedules", "create", "--frequency", "P1D", "--next", "0d"}, nil, 2, "--type is missing"},
		"schedule: no time":        {[]string{"schedules", "ensure", "--type", "refund", "--frequency", "P1D"}, nil, 2, "--next is missing"},
		"schedule: settlement":     {[]string{"schedules", "create", "--type", "settlement", "--frequency", "P1D", "--next", "0d"}, nil, 1, "[reportType]"},
		"disbursements: start":     {[]string{"disbursements", "list", "--since", "soon", "--until", "0d"}, nil, 2, "--since is \"soon\""},
		"disbursements: end":       {[]string{"disbursements", "list", "--since", "1d", "--until", "soon"}, nil, 2, "--until is \"soon\""},
		"explain: no region":       {[]string{"doctor", "--explain"}, []string{"AMAZON_PAY_REGION="}, 2, "--region or set AMAZON_PAY_REGION"},
		"sync: type":               {[]string{"sync", "--to", dir, "--type", "refunds"}, nil, 2, "did you mean refund?"},
		"sync: since":              {[]string{"sync", "--to", dir, "--since", "soon"}, nil, 2, "--since is \"soon\""},
		"simulate: no key":         {[]string{"simulate", "--public-key", file}, nil, 1, "is empty"},
		"simulate: key is missing": {[]string{"simulate", "--public-key", filepath.Join(dir, "none.pem")}, nil, 1, "no such file"},
		"simulate: taken port":     {[]string{"simulate", "--addr", strings.TrimPrefix(s.URL, "http://")}, nil, 1, "choose another --addr"},
		"sync: no directory":       {[]string{"sync"}, nil, 2, "--to is missing"},
		"sync: too many":           {[]string{"sync", "--to", dir, "--concurrency", "101"}, nil, 2, "at most 100"},
		"sync: concurrency":        {[]string{"sync", "--to", dir, "--concurrency", "0"}, nil, 2, "at least 1"},
		"sync: into a file":        {[]string{"sync", "--to", file}, nil, 1, "not a directory"},
		"sync: refused":            {[]string{"sync", "--to", filepath.Join(dir, "new"), "--public-key-id", "LIVE-OTHER"}, nil, 1, "403 InvalidAuthentication"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.with(test.variables...).run(t, test.args...)
			if got.code != test.code || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
				t.Errorf("exit code %d, %q on standard error, %q on standard output; want %d with %q", got.code, got.stderr, got.stdout, test.code, test.want)
			}
			for _, line := range strings.Split(strings.TrimSpace(got.stderr), "\n") {
				if !strings.HasPrefix(line, "payreports: ") && !strings.HasPrefix(line, "See payreports") {
					t.Errorf("line %q", line)
				}
			}
		})
	}
}

// A link is followed, and a pipe is written to: neither is replaced by a file.
func TestDownloadToWhatIsNoFile(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	id := strings.Fields(s.ok(t, "reports", "list", "--since", "2026-11-23", "-o", "csv").stdout)[1]
	id, _, _ = strings.Cut(id, ",")
	want := s.ok(t, "reports", "download", id, "--to", "-").stdout
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("file"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"file", "none"} {
		if err := os.Symlink(link, path("link to "+link)); err != nil {
			t.Fatal(err)
		}
		s.ok(t, "reports", "download", id, "--to", path("link to "+link))
		if got, err := os.ReadFile(path("link to " + link)); string(got) != want || err != nil {
			t.Errorf("%d bytes, %v, want %d", len(got), err, len(want))
		}
	}
	if target, err := os.Readlink(path("link to file")); target != "file" || err != nil {
		t.Errorf("the link was replaced: %q, %v", target, err)
	}
	makePipe(t, path("pipe"))
	read := make(chan string, 1)
	go func() {
		content, _ := os.ReadFile(path("pipe"))
		read <- string(content)
	}()
	s.ok(t, "reports", "download", id, "--to", path("pipe"))
	if got := <-read; got != want {
		t.Errorf("through the pipe came %d bytes, want %d", len(got), len(want))
	}
	if info, err := os.Lstat(path("pipe")); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe was replaced: %v, %v", info.Mode(), err)
	}
	if got := s.run(t, "reports", "download", id, "--to", dir); got.code != 1 || !strings.Contains(got.stderr, "is a directory") {
		t.Errorf("%+v", got)
	}
	if target, err := os.Readlink(path("link to none")); target != "none" || err != nil {
		t.Errorf("the link was replaced: %q, %v", target, err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 5 {
		t.Errorf("%d files, want 5", len(files))
	}
	// Standard output by another name is added to, not replaced.
	log := path("log")
	if err := os.WriteFile(log, []byte("before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/dev/stdout", log} {
		command := exec.CommandContext(t.Context(), "sh", "-c", `exec "$@" >> "$LOG"`, "sh", binary, "reports", "download", id, "--to", name)
		command.Env = append(append([]string{}, s.environment...), "LOG="+log)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, output)
		}
	}
	if got, err := os.ReadFile(log); string(got) != "before\n"+want+want || err != nil {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(want)*2+7)
	}
}

func TestKeyFromTheEnvironment(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(s.Key)})
	s.with("AMAZON_PAY_PRIVATE_KEY="+string(text)).ok(t, "reports", "list")

	// What is left of a key, or the key of another program, isn't shown.
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	body := lines[1 : len(lines)-1]
	for name, value := range map[string]string{
		"no first line":  strings.Join(lines[1:], "\n"),
		"one line":       body[3],
		"base64":         strings.Join(body, ""),
		"base64 in URLs": strings.NewReplacer("+", "-", "/", "_").Replace(strings.Join(body, "")),
		"no new lines":   strings.Join(lines, " "),
		"escaped":        strings.Join(lines, `\n`),
		"cut":            strings.Join(lines[:5], "\n"),
		"JSON":           `{"d": "` + strings.Join(body, "") + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := s.with("AMAZON_PAY_PRIVATE_KEY=" + value)
			for _, args := range [][]string{{"reports", "list"}, {"doctor"}, {"doctor", "--explain"}, {"reports", "list", "--log-level", "debug", "--private-key", value}} {
				got := with.run(t, args...)
				for _, line := range body {
					shown := got.stdout + got.stderr
					if strings.Contains(shown, line[:16]) || strings.Contains(shown, strings.NewReplacer("+", "-", "/", "_").Replace(line[:16])) {
						t.Fatalf("%v shows the key", args[:1])
					}
				}
				if name == "escaped" || name == "no new lines" || strings.HasPrefix(name, "base64") || name == "JSON" {
					continue // some of these can be used
				}
				if got.code == 0 || !strings.Contains(got.stdout+got.stderr, "--private-key holds the key itself") && !strings.Contains(got.stdout+got.stderr, "key can't be read") && !strings.Contains(got.stdout+got.stderr, "PEM block is damaged") {
					t.Errorf("%s: exit code %d, %s%s", args[0], got.code, got.stdout, got.stderr)
				}
			}
		})
	}
}

func TestDebugLog(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	s.Inject(simulator.FaultUnavailable, "getReports", 1)
	got := s.ok(t, "reports", "list", "--log-level", "debug")
	if strings.Count(got.stderr, "payreports: attempt") != 2 || !strings.Contains(got.stderr, "status=503") || strings.Contains(got.stderr, "Signature=") {
		t.Errorf("%s", got.stderr)
	}
}

// A sync that can't write says so, and leaves nothing.
func TestSyncCannotWrite(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{TransactionsPerDay: 500})
	dir := filepath.Join(t.TempDir(), "reports")
	// A limit on the size of files stands for a full disk.
	command := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 16; exec "$@"`, "sh", binary, "sync", "--to", dir, "--since", "2026-11-23")
	command.Env = s.environment
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(output), "file too large") {
		t.Errorf("%v: %s", err, output)
	}
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() != ".lock" {
			t.Errorf("%s was left", path)
		}
		return nil
	})
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Faults: map[simulator.Fault]float64{simulator.FaultLatency: 1}, Latency: time.Minute})
	dir := filepath.Join(t.TempDir(), "reports")
	command := exec.Command(binary, "sync", "--to", dir)
	command.Env = s.environment
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	// The lock is there once the run has begun.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, ".lock")); err == nil {
			break
		}
	}
	if second := s.run(t, "sync", "--to", dir); second.code != 1 || !strings.Contains(second.stderr, "another run is working in this directory") {
		t.Errorf("a second run: %+v", second)
	}
	command.Process.Signal(syscall.SIGINT)
	command.Wait()
	if code := command.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
}

// A file that is a pipe which nobody writes to is waited for, until the command is stopped.
func TestInterruptedLocally(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	pipe := filepath.Join(t.TempDir(), "pipe")
	makePipe(t, pipe)
	if got := s.run(t, "file", "show", pipe, "--timeout", "100ms"); got.code != 1 || !strings.Contains(got.stderr, "--timeout of 100ms is over") {
		t.Errorf("%+v", got)
	}
	written, err := os.OpenFile(pipe, os.O_RDWR, 0) // there is a writer from here on, with nothing to say after these bytes
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	if _, err := written.WriteString("\"AmazonRefundId\",\"a\"\n"); err != nil {
		t.Fatal(err)
	}
	if got := s.run(t, "file", "show", pipe, "--timeout", "100ms"); got.code != 1 || !strings.Contains(got.stderr, "--timeout of 100ms is over") {
		t.Errorf("%+v", got)
	}
}

// Several pipes are read in turn, each once, and none is looked into before.
func TestPipes(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	dir := t.TempDir()
	args := []string{"file", "show", "-o", "json", "--timeout", "20s"}
	for i := range 3 {
		pipe := filepath.Join(dir, fmt.Sprint(i))
		makePipe(t, pipe)
		go os.WriteFile(pipe, []byte("AmazonRefundId,a\nR1,2\n"), 0o600) // returns when it is read
		args = append(args, pipe)
	}
	if got := s.ok(t, args...); strings.Count(got.stdout, `"R1"`) != 3 {
		t.Errorf("%+v", got)
	}
}

// Runs that are killed at any moment, and one to the end, give what an undisturbed run gives.
func TestChaosKilledSync(t *testing.T) {
	t.Parallel()
	runs := map[string]int{"long": 100, "short": 10}[os.Getenv("PAYREPORTS_CHAOS")]
	if runs == 0 {
		runs = 5
	}
	s := newService(t, simulator.Config{Seed: 11, Latency: 80 * time.Millisecond})
	undisturbed, dir := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	if _, err := mirror.Sync(context.Background(), s.Client(), undisturbed, mirror.Options{}); err != nil {
		t.Fatal(err)
	}
	want := reportFiles(t, undisturbed)
	for fault, p := range map[simulator.Fault]float64{
		simulator.FaultServerError: 0.05, simulator.FaultUnavailable: 0.05, simulator.FaultCutAfter: 0.05, simulator.FaultTruncate: 0.1, simulator.FaultExpiredURL: 0.1,
	} {
		s.SetFault(fault, p)
	}
	s.SetFault(simulator.FaultLatency, 1) // so that a run takes a while
	killed, rounds := 0, 1
	for range runs {
		command := exec.Command(binary, "sync", "--to", dir, "--concurrency", "8")
		command.Env = s.environment
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(50+rand.IntN(700))*time.Millisecond, func() { command.Process.Kill() })
		command.Wait()
		timer.Stop()
		if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			killed++
		}
		got := reportFiles(t, dir)
		for name, content := range got {
			if want[name] != content {
				t.Fatalf("after a kill, %s is there and isn't whole", name)
			}
		}
		if len(got) == len(want) { // nothing is left to be disturbed: start again
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			rounds++
		}
	}
	if killed < runs/2 {
		t.Errorf("%d of %d runs were killed: the others had ended before", killed, runs)
	}
	before := len(reportFiles(t, dir))
	for fault, p := range map[simulator.Fault]float64{ // so few that none of 90 reports meets them four times in a row
		simulator.FaultServerError: 0.01, simulator.FaultUnavailable: 0.01, simulator.FaultCutAfter: 0.01, simulator.FaultExpiredURL: 0.01,
		simulator.FaultTruncate: 0, simulator.FaultLatency: 0,
	} {
		s.SetFault(fault, p)
	}
	last := s.ok(t, "sync", "--to", dir)
	got := reportFiles(t, dir)
	for name, content := range want {
		if got[name] != content {
			t.Errorf("%s differs from an undisturbed run's", name)
		}
	}
	if len(got) != len(want) || !strings.Contains(last.stderr, fmt.Sprintf("%d new (", len(want)-before)) {
		t.Errorf("%d files, want %d, of which %d were there before the last run: %s", len(got), len(want), before, last.stderr)
	}
	filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
		if strings.HasSuffix(path, ".partial") {
			t.Errorf("%s was left", path)
		}
		return nil
	})
	t.Logf("%d of %d runs were killed, in %d rounds; the last one brought %d of %d files", killed, runs, rounds, len(want)-before, len(want))
}

func reportFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".csv") {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
			}
			name, _ := filepath.Rel(dir, path)
			files[name] = string(content)
			// The metadata counts too, but for what differs from run to run.
			text, err := os.ReadFile(strings.TrimSuffix(path, ".csv") + ".json")
			var metadata mirror.Metadata
			if err == nil {
				err = json.Unmarshal(text, &metadata)
			}
			if err != nil {
				t.Errorf("%s has no metadata: %v", name, err)
			}
			metadata.Downloaded, metadata.RequestID = time.Time{}, ""
			files[name] += fmt.Sprintf("\n%+v", metadata)
		}
		return nil
	})
	return files
}
