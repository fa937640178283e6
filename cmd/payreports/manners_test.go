package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/internal/merchant"
	"github.com/amazonpay-go/payreports/simulator"
)

// Every command with a flag that takes a TIME says what a TIME is.
func TestHelpExplainsTime(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/help/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	withTime := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`--[a-z]+ TIME `).Match(text) {
			withTime++
			if !bytes.Contains(text, []byte("TIME is a date (2026-11-22)")) {
				t.Errorf("%s doesn't explain TIME", file)
			}
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "`") {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
	if withTime < 7 {
		t.Errorf("%d commands take a TIME", withTime)
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"repots list":             `there is no command "repots": did you mean reports?`,
		"reports lst":             `there is no command "lst": did you mean list?`,
		"schedule list":           `there is no command "schedule": did you mean schedules?`,
		"xyz":                     "there is no command \"xyz\"\n",
		"help reports lst":        "did you mean list?",
		"reports list --sincee 1": "there is no flag --sincee: did you mean --since?",
		"sync --concurency 3":     "did you mean --concurrency?",
		"sync -x":                 "there is no flag -x\n",
		"sync --zzz":              "there is no flag --zzz\n",
		"schedules create --frequency P1W --type refund": `--frequency is "P1W": did you mean P1D?`,
	} {
		if got := run(t, strings.Fields(line)...); got.code != 2 || !strings.Contains(got.stderr, want) || got.stdout != "" {
			t.Errorf("%s: %+v, want %q", line, got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	want := regexp.MustCompile(`^payreports \S+( \(commit [0-9a-f]{12}(, modified)?, \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\))?\n$`)
	for _, args := range [][]string{{"version"}, {"--version"}} {
		if got := run(t, args...); got.code != 0 || !want.MatchString(got.stdout) {
			t.Errorf("%v: %+v", args, got)
		}
	}
	got := run(t, "version", "--output", "json")
	var b struct{ Version, Go string }
	if err := json.Unmarshal([]byte(got.stdout), &b); err != nil || b.Version == "" || b.Go != runtime.Version() {
		t.Errorf("%+v: %v", got, err)
	}
}

// Flags that have no effect on a command aren't in its help, and are accepted.
func TestGlobalFlagsWhereTheyApply(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"file summary", "spec", "version", "completion bash", "demo"} {
		got := run(t, append(strings.Fields(command), "--help")...)
		if got.code != 0 || strings.Contains(got.stdout, "--private-key") || strings.Contains(got.stdout, "--account") {
			t.Errorf("%s: %s", command, got.stdout)
		}
	}
	if got := run(t, "sync", "--help"); !strings.Contains(got.stdout, "--private-key") || !strings.Contains(got.stdout, "--output") {
		t.Errorf("sync: %s", got.stdout)
	}
	if got := run(t, "version", "--region", "eu"); got.code != 0 {
		t.Errorf("version --region: %+v", got)
	}
}

func TestCompletionOfValues(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	for line, want := range map[string]string{
		"reports list --type set":            `(?m)^settlement$`,
		"reports list --type refund,":        `(?m)^refund,settlement$`,
		"sync --type refund,capture,au":      `(?m)^refund,capture,authorization$`,
		"reports list --s":                   `(?m)^--since\tonly reports created since TIME`,
		"reports get 5":                      `(?m)^5\d+\t[a-z-]+ until \d{4}-\d\d-\d\dT.*, COMPLETED$`,
		"schedules create --type refund --f": `(?m)^--frequency`,
	} {
		args := strings.Fields(line)
		got := s.run(t, append([]string{"__complete"}, args...)...)
		if got.code != 0 || !regexp.MustCompile(want).MatchString(got.stdout) || strings.Contains(got.stdout, "`") || strings.Contains(got.stdout, "refund,refund") {
			t.Errorf("%s: %+v, want %s", line, got, want)
		}
	}
	if got := runWith(t, withoutKeys(), []string{"__complete", "reports", "get", ""}); got.code != 0 || !strings.HasPrefix(got.stdout, ":4\n") {
		t.Errorf("without keys: %+v", got)
	}
}

func withoutKeys() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "AMAZON_PAY_") })
}

func TestStandardInput(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "1.csv")
	m, err := merchant.New(merchant.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for settlement := range m.Settlements(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)) {
		var text bytes.Buffer
		if err := m.WriteSettlement(&text, settlement); err != nil {
			t.Fatal(err)
		}
		write(t, file, text.String())
	}
	withInput := func(args ...string) (string, error) {
		command := exec.CommandContext(t.Context(), binary, args...)
		input, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer input.Close()
		command.Stdin = input
		output, err := command.CombinedOutput()
		return string(output), err
	}
	for _, args := range [][]string{{"file", "summary"}, {"file", "show"}, {"file", "convert", "--to", "json"}} {
		want := run(t, append(slices.Clone(args), file)...)
		got, err := withInput(append(slices.Clone(args), "-")...)
		if err != nil || got != want.stdout || got == "" {
			t.Errorf("%v -: %v\n%s\nwant\n%s", args, err, got, want.stdout)
		}
	}
	for _, args := range [][]string{{"--orders", "-", "-"}, {"--orders", "-", "--reports", "-"}} {
		if got := run(t, append([]string{"reconcile"}, args...)...); got.code != 2 || !strings.Contains(got.stderr, "- is given twice") {
			t.Errorf("reconcile %v: %+v", args, got)
		}
	}
	if got, err := withInput("file", "summary", "-", "-"); err == nil || !strings.Contains(got, "- is given twice") {
		t.Errorf("twice: %s, %v", got, err)
	}
}

func TestHelpThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	for _, args := range [][]string{{"--help"}, {"sync", "--help"}, {"help", "sync"}, {"reports"}} {
		command := exec.CommandContext(t.Context(), binary, args...)
		var stderr bytes.Buffer
		command.Stdout, command.Stderr = full, &stderr
		if err := command.Run(); err == nil || command.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: %v, %s", args, err, stderr.String())
		}
	}
}

func TestQuietAndDryRun(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	dir := t.TempDir()
	dry := s.ok(t, "sync", "--to", dir, "--since", "2026-11-18", "--dry-run")
	if strings.Contains(dry.stdout, "BYTES") || strings.Contains(dry.stderr, "bytes") || !strings.Contains(dry.stderr, "would be new") {
		t.Errorf("dry run: %+v", dry)
	}
	if got := s.ok(t, "sync", "--to", dir, "--since", "2026-11-18", "--dry-run", "--output", "json"); strings.Contains(got.stdout, ".csv\",\n") || !strings.Contains(got.stdout, `"path"`) { // no size follows
		t.Errorf("dry run in JSON: %+v", got)
	}
	if first := s.ok(t, "sync", "--to", dir, "--since", "2026-11-18", "--quiet"); first.stdout == "" || first.stderr == "" {
		t.Errorf("something new: %+v", first)
	}
	for _, args := range [][]string{{"--quiet"}, {"-q", "--output", "json"}} {
		if got := s.ok(t, append([]string{"sync", "--to", dir, "--since", "2026-11-18"}, args...)...); got.stdout+got.stderr != "" {
			t.Errorf("nothing new: %+v", got)
		}
	}
	if got := s.run(t, "sync", "--to", dir, "--since", "2026-11-18", "--quiet", "--exit-code"); got.code != 3 || got.stdout+got.stderr != "" {
		t.Errorf("nothing new, with an exit code: %+v", got)
	}
}

func TestEnsureSaysWhatItDid(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	for _, want := range []string{"created", "unchanged", "replaced"} {
		args := []string{"schedules", "ensure", "--type", "refund", "--frequency", "P1D", "--next", "2036-12-01T04:00:00Z", "--output", "json"}
		if want == "replaced" {
			args[5] = "P7D"
			args = append(args, "--replace")
		}
		got := s.ok(t, args...)
		var result map[string]string
		if err := json.Unmarshal([]byte(got.stdout), &result); err != nil || result["action"] != want || result["reportScheduleId"] == "" || result["nextReportCreationTime"] != "20361201T040000Z" {
			t.Errorf("%+v, %v, want %s", got, err, want)
		}
	}
}

func TestDisbursementsOfTheLastMonth(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Start: time.Now()})
	all := strings.Count(s.ok(t, "disbursements", "list").stdout, "AMZNPAY")
	if since := strings.Count(s.ok(t, "disbursements", "list", "--since", "30d").stdout, "AMZNPAY"); all < 25 || since != all {
		t.Errorf("%d disbursements, and %d of the last 30 days", all, since)
	}
}
