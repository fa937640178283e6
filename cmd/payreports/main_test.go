package main_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/amazonpay-go/payreports"
)

var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "payreports-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "payreports")
		build := []string{"build", "-o", binary}
		flag.Parse()
		if dir := flag.Lookup("test.gocoverdir").Value.String(); dir != "" { // these tests are what covers the command
			build = append(build, "-cover", "-coverpkg", "github.com/amazonpay-go/payreports/...")
			os.Setenv("GOCOVERDIR", dir)
		}
		if output, err := exec.Command("go", append(build, ".")...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, output)
			return 1
		}
		return m.Run()
	}())
}

type result struct {
	code           int
	stdout, stderr string
}

// run runs the command with this process's environment.
func run(t *testing.T, args ...string) result {
	t.Helper()
	return runWith(t, os.Environ(), args)
}

func runWith(t *testing.T, environment, args []string) result {
	t.Helper()
	command := exec.CommandContext(t.Context(), binary, args...)
	command.Env = environment
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	got := run(t, "demo")
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("exit code %d, %s", got.code, got.stderr)
	}
	for _, want := range []string{
		`idempotency key [a-z0-9]{26}-demo`, `201, report id \d+ \(request id `, `IN_PROGRESS\n(.*\n)*   COMPLETED`,
		`document amzn1\.tortuga\.3\.`, `\d+ bytes\n   SHA-256 [0-9a-f]{64}`, `"Amazon Payments Advanced",`, `"TransactionPostedDate","SettlementId"`,
		`A settlement adds up `, `A reserve is `, `A transfer pays `, `settlements match their disbursements`, `\d{11} +USD +not (balanced|.*\n +balanced)`, `exit code 4`,
		`\n     payreports simulate\n(.*\n)*     payreports sync --to reports`,
	} {
		if !regexp.MustCompile(want).MatchString(got.stdout) {
			t.Errorf("no %q in\n%s", want, got.stdout)
		}
	}
	for section := range strings.SplitSeq(got.stdout, "\n\n") { // each fits a terminal of 80 by 24, with room for the prompt
		if lines := strings.Count(section, "\n") + 1; lines > 23 {
			t.Errorf("this section has %d lines:\n%s", lines, section)
		}
		for line := range strings.Lines(section) {
			if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 80 {
				t.Errorf("this line is %d characters wide:\n%s", width, line)
			}
		}
	}
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"repots":                                   `there is no command "repots"`,
		"demo now":                                 "takes no arguments",
		"simulate --fault storm=0.1":               `"storm": it must be latency, throttle`,
		"simulate --fault throttle=7":              "number from 0 to 1",
		"simulate --speed 0":                       "must be positive",
		"simulate --speed NaN":                     "must be positive and at most 100000",
		"simulate --speed 1e300":                   "must be positive and at most 100000",
		"help repots":                              `there is no command "repots"`,
		"help reports lst":                         `there is no command "lst": did you mean list?`,
		"completion sh":                            `there is no command "sh"`,
		"completion bash zsh":                      "takes no arguments",
		"reports list --type=":                     "--type is empty",
		"reports create --download=":               "--download is empty",
		"file show x.csv --output=":                "--output is empty",
		"simulate --addr 0.0.0.0:0":                "must be a loopback address",
		"simulate --addr nowhere":                  "must be a loopback address",
		"simulate --region mars":                   "it must be na, us, eu, de, uk or jp",
		"simulate --no-such-flag":                  "no-such-flag",
		"version --help-me":                        "help-me",
		"spec twice":                               "takes no arguments",
		"simulate --seed many":                     "seed",
		"simulate --transactions-per-day lots":     "transactions-per-day",
		"simulate --public-key=x --speed=notafast": "speed",
		"simulate --public-key=x --private-key=y":  "two ways to name the key",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			got := run(t, strings.Fields(line)...)
			if got.code != 2 || !strings.Contains(got.stderr, want) || got.stdout != "" {
				t.Errorf("exit code %d, %q on standard error, %q on standard output; want 2 with %q", got.code, got.stderr, got.stdout, want)
			}
		})
	}
}

func TestSmallCommands(t *testing.T) {
	t.Parallel()
	if got := run(t, "spec"); got.stdout != payreports.Spec() || got.code != 0 {
		t.Errorf("spec: %d bytes, exit code %d", len(got.stdout), got.code)
	}
	if got := run(t); !strings.Contains(got.stdout, "simulate") || got.code != 0 {
		t.Errorf("no arguments: %+v", got)
	}
}
