package main_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amazonpay-go/payreports/simulator"
)

// Values from the environment are taken without what env files and pipelines put around them, the path of the key like all others.
func TestValuesAreTrimmed(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	text, err := os.ReadFile(s.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(map[string]string{"key": string(text)})
	if err != nil {
		t.Fatal(err)
	}
	for name, around := range map[string]string{
		"spaces": "  VALUE ", "a line end": "VALUE\n", "CRLF": "VALUE\r\n", "quotes": `"VALUE"`, "apostrophes": `'VALUE'`,
		"quotes and spaces": " \"VALUE\" \r\n", "spaces in quotes": `" VALUE "`, "typographic": "“VALUE”", "BOM": "\ufeffVALUE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrapped := func(value string) string { return strings.Replace(around, "VALUE", value, 1) }
			for _, key := range []string{s.keyFile, string(text), base64.StdEncoding.EncodeToString(text), string(quoted)} {
				s.with("AMAZON_PAY_PUBLIC_KEY_ID="+wrapped("LIVE-SIMULATOR"), "AMAZON_PAY_PRIVATE_KEY="+wrapped(key), "AMAZON_PAY_REGION="+wrapped("na"),
					"AMAZON_PAY_ENVIRONMENT="+wrapped("live"), "AMAZON_PAY_ENDPOINT="+wrapped(s.URL)).ok(t, "schedules", "list")
			}
			got := s.with("AMAZON_PAY_PRIVATE_KEY="+wrapped("/no/such/key.pem")).run(t, "schedules", "list")
			if !strings.Contains(got.stderr, "the private key /no/such/key.pem can't be read") {
				t.Errorf("the path isn't named: %s", got.stderr)
			}
		})
	}
	for _, id := range []string{`"LIVE-SIMULATOR`, "LIVE- SIMULATOR", "LIVE-SIMULATOR\x1b[2J", `LIVE"SIMULATOR`, "LIVE'SIMULATOR"} {
		got := s.with("AMAZON_PAY_PUBLIC_KEY_ID="+id).run(t, "schedules", "list")
		if got.code != 2 || !strings.Contains(got.stderr, "an invalid character") {
			t.Errorf("%q: %+v", id, got)
		}
	}
}

func TestKeyOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	text, err := os.ReadFile(s.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Join(strings.Split(string(text), "\n")[1:4], "")
	for name, value := range map[string]string{
		"PEM": string(text), "one line": strings.ReplaceAll(string(text), "\n", " "), "base64": base64.StdEncoding.EncodeToString(text),
		"JSON": `{"key":"` + strings.ReplaceAll(string(text), "\n", `\n`) + `"}`, "a part": body, "the first word": "-----BEGIN",
	} {
		for _, args := range [][]string{{"schedules", "list"}, {"doctor"}, {"version"}} {
			got := s.run(t, append(args, "--private-key", value)...)
			if got.code != 2 || !strings.Contains(got.stderr, "list of processes") || strings.Contains(got.stderr, body[:20]) {
				t.Errorf("%s, %v: %+v", name, args, got)
			}
		}
	}
}

// A key file that never ends, or never begins, doesn't outlive --timeout or a signal.
func TestKeyFileIsNoFile(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	pipe := filepath.Join(t.TempDir(), "pipe")
	makePipe(t, pipe)
	for path, want := range map[string]string{
		pipe: "--timeout of 100ms is over", t.TempDir(): "it is a directory", "/dev/zero": "longer than 1 MiB", "/dev/null": "is empty",
	} {
		for _, args := range [][]string{{"schedules", "list"}, {"doctor"}} {
			got := s.with("AMAZON_PAY_PRIVATE_KEY="+path).run(t, append(args, "--timeout", "100ms")...)
			if got.code == 0 || !strings.Contains(got.stdout+got.stderr, want) || !strings.Contains(got.stdout+got.stderr, path) {
				t.Errorf("%s: %+v, want %q", path, got, want)
			}
		}
	}
	for _, args := range [][]string{{"schedules", "list"}, {"simulate", "--public-key", pipe}, {"reports", "download", "A1", "--to", pipe}} {
		command := exec.CommandContext(t.Context(), binary, args...)
		command.Env = s.environment
		if args[0] == "schedules" {
			command.Env = s.with("AMAZON_PAY_PRIVATE_KEY=" + pipe).environment
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(20*time.Second, func() { command.Process.Kill() })
		for command.ProcessState == nil { // a signal that comes before the command listens ends it as well
			command.Process.Signal(syscall.SIGTERM)
			command.Wait()
		}
		if !timer.Stop() {
			t.Errorf("%v: not ended by SIGTERM", args)
		}
	}
	go os.WriteFile(pipe, mustRead(t, s.keyFile), 0o600) // returns when it is read
	s.with("AMAZON_PAY_PRIVATE_KEY="+pipe).ok(t, "schedules", "list", "--timeout", "20s")
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What is wrong with a setup is told at once, and the last line says what it comes to.
func TestDoctorTellsAllAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	all := s.with("AMAZON_PAY_PRIVATE_KEY=", "AMAZON_PAY_PUBLIC_KEY_ID=", "AMAZON_PAY_REGION=", "HTTPS_PROXY=http://me:s3cr#t@proxy.example:3128").run(t, "doctor")
	for _, want := range []string{`problem +private key `, `problem +public key id `, `problem +region `, `problem +proxy `} {
		if !regexp.MustCompile(want).MatchString(all.stdout) {
			t.Errorf("no %q in\n%s", want, all.stdout)
		}
	}
	if all.code != 4 || all.stderr != "payreports: this setup doesn't work, because of 4 problems: private key, public key id, region, proxy\n" {
		t.Errorf("exit code %d, %s", all.code, all.stderr)
	}
	if one := s.with("AMAZON_PAY_REGION=").run(t, "doctor"); one.code != 4 || one.stderr != "payreports: this setup doesn't work, because of 1 problem: region\n" {
		t.Errorf("%+v", one)
	}
	if none := s.ok(t, "doctor"); !strings.HasPrefix(none.stderr, "This setup works") {
		t.Errorf("%+v", none)
	}
}

func TestDoctorReadsProxies(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{})
	for variable, want := range map[string]string{
		"HTTPS_PROXY=http://%zz":                          "HTTPS_PROXY .*Go ignores",
		"HTTPS_PROXY=http://me:s3cr%zzt@proxy.example:1":  "HTTPS_PROXY .*Go ignores",
		"https_proxy=http://me:s3cr#t@proxy.example:1":    "https_proxy .*%23",
		"HTTPS_PROXY=http://me:s3cr?t@proxy.example:1":    "HTTPS_PROXY .*%3F",
		"HTTP_PROXY=http://me:12/s3cr@proxy.example:1":    "HTTP_PROXY .*%2F",
		"HTTPS_PROXY=//proxy.example:3128":                "HTTPS_PROXY .*http://",
		"HTTPS_PROXY=me:s3cr@proxy.example:3128":          "HTTPS_PROXY .*http://",
		"HTTPS_PROXY=proxy.example:3128":                  "HTTPS_PROXY .*http://",
		"HTTPS_PROXY='http://me:s3cr@proxy.example:3128'": "HTTPS_PROXY .*quotes",
		"HTTPS_PROXY=http://me:s3cr@proxy.example:312811": "HTTPS_PROXY .*port",
		"HTTPS_PROXY=http://me:s3cr@proxy.example:a":      "HTTPS_PROXY ",
		"HTTPS_PROXY=ftp://me:s3cr@proxy.example:1":       "HTTPS_PROXY .*scheme",
		"ALL_PROXY=http://me:s3cr@proxy.example:1":        "ALL_PROXY .*Go ignores",
		"NO_PROXY=a.example b.example":                    "NO_PROXY.*commas",
		"NO_PROXY=a.example;b.example":                    "NO_PROXY.*commas",
		"no_proxy=https://me:s3cr@a.example":              "no_proxy.*only the host",
		"NO_PROXY=a.*.example":                            "NO_PROXY.*wildcard",
		"NO_PROXY=10.0.0.0/99":                            "NO_PROXY.*network",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			got := s.with(variable).run(t, "doctor")
			if got.code != 4 || !regexp.MustCompile(`problem +proxy +`+want).MatchString(got.stdout) {
				t.Errorf("exit code %d\n%swant %q", got.code, got.stdout, want)
			}
			if strings.Contains(got.stdout+got.stderr, "s3cr") {
				t.Errorf("the password is shown:\n%s", got.stdout)
			}
		})
	}
	for _, variable := range []string{"HTTPS_PROXY=http://me:s3cr%23t@proxy.example:3128/", "HTTPS_PROXY=socks5://[::1]:1080", "NO_PROXY=.example,*.a.example,10.0.0.0/8,10.0.0.1, b.example:443", "NO_PROXY=*", "ALL_PROXY=x"} {
		more := s.with(variable)
		if strings.HasPrefix(variable, "ALL") {
			more = more.with("HTTPS_PROXY=http://proxy.example")
		}
		more.ok(t, "doctor")
	}
}

func TestIdempotencyKeyIsTold(t *testing.T) {
	t.Parallel()
	s := newService(t, simulator.Config{Faults: map[simulator.Fault]float64{simulator.FaultLatency: 1}, Latency: time.Hour})
	told := regexp.MustCompile(`(?m)^payreports: this request can be repeated safely with (--.* --idempotency-key [0-9a-f]{32})$`)
	got := s.run(t, "reports", "create", "--type", "refund", "--start", "7d", "--end", "0d", "--timeout", "500ms")
	match := told.FindStringSubmatch(got.stderr)
	if got.code != 1 || match == nil {
		t.Fatalf("%+v", got)
	}
	again := newService(t, simulator.Config{})
	repeated := append([]string{"reports", "create", "--type", "refund"}, strings.Fields(match[1])...)
	first := again.ok(t, repeated...)
	if second := again.ok(t, repeated...); second.stdout != first.stdout {
		t.Errorf("the repeated request made another report: %s, %s", first.stdout, second.stdout)
	}
	if got := s.run(t, "schedules", "create", "--type", "refund", "--frequency", "P1D", "--next", "2026-12-01", "--timeout", "500ms"); !told.MatchString(got.stderr) {
		t.Errorf("%+v", got)
	}
	for _, args := range [][]string{{"--start", "2026-11-20", "--end", "2026-11-10"}, {"--start", "1d", "--end", "2d"}, {"--start", "2026-11-20"}, {"--end", "today"}} {
		got := s.run(t, append([]string{"reports", "create", "--type", "refund"}, args...)...)
		if got.code != 2 || strings.Contains(got.stderr, "repeated safely") || !strings.Contains(got.stderr, "--end") {
			t.Errorf("%v: %+v", args, got)
		}
	}
	for _, args := range [][]string{{"--start", "7d", "--end", "2026-11-20"}, {"--start", "2026-11-01", "--end", "36h"}, {"--start", "2w", "--end", "0d"}} {
		got := again.run(t, append([]string{"reports", "create", "--type", "refund", "--idempotency-key", "k1"}, args...)...)
		if got.code != 2 || !regexp.MustCompile(`another request.*--(start|end) 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`).MatchString(got.stderr) {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
