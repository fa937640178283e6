package conformance_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amazonpay-go/payreports"
)

var (
	goBlock     = regexp.MustCompile("(?s)```go\n(.*?)```")
	packageLine = regexp.MustCompile(`(?m)^package (\w+)$`)
)

// Every Go block of the README and of the pages compiles.
func TestReadmePrograms(t *testing.T) {
	t.Parallel()
	programs := 0
	for _, name := range append(pageNames(t), "README.md") {
		text, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range goBlock.FindAllStringSubmatch(string(text), -1) {
			programs++
			declared := packageLine.FindStringSubmatch(block[1])
			if declared == nil {
				t.Errorf("block %d of %s has no package line, so it can't be compiled", i+1, name)
				continue
			}
			t.Run(fmt.Sprintf("%s-%d-%s", name, i+1, declared[1]), func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(t.TempDir(), "block.go")
				if strings.HasSuffix(declared[1], "_test") {
					file = filepath.Join(filepath.Dir(file), "block_test.go")
				}
				if err := os.WriteFile(file, []byte(block[1]), 0o600); err != nil {
					t.Fatal(err)
				}
				command := exec.CommandContext(t.Context(), "go", "vet", file)
				command.Dir = ".."
				if output, err := command.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, output)
				}
			})
		}
	}
	if programs < 2 {
		t.Fatalf("the README and the pages have %d Go blocks", programs)
	}
}

// commands are how the README's command lines are run. Those of its console block are run by the command's tests.
var commands = map[string]func(t *testing.T){
	"make demo":          makes("demo"), // the command's tests run it
	"make test":          makes("test"), // what runs this test
	"make check":         makes("check"),
	"make proof":         makes("proof"),
	"make docs":          makes("docs"), // make check runs it
	"make dist":          makes("dist"),
	"make bench":         makes("bench"),
	"make bench-peers":   makes("bench-peers"),
	"make fuzz":          makes("fuzz"),
	"make generate":      makes("generate"), // TestGeneratedCode does the same
	"make mutants":       makes("mutants"),
	"make check-any-day": makes("check-any-day"),
	"make check-fips":    makes("check-fips"),
	"make live": func(t *testing.T) {
		if output := fails(t, "..", "make", "live"); !strings.Contains(output, "set AMAZON_PAY_PUBLIC_KEY_ID") {
			t.Errorf("without keys it says\n%s", output)
		}
	},
	"go mod edit -replace github.com/amazonpay-go/payreports=../payreports && go mod tidy": func(t *testing.T) {
		shop := newShop(t)
		runs(t, shop, "go", "mod", "edit", "-replace", "github.com/amazonpay-go/payreports=../payreports")
		runs(t, shop, "go", "mod", "tidy")
		runs(t, shop, "go", "build", "-o", os.DevNull, ".")
	},
	"go work init . ../payreports": func(t *testing.T) {
		shop := newShop(t)
		runs(t, shop, "go", "work", "init", ".", "../payreports")
		runs(t, shop, "go", "build", "-o", os.DevNull, ".")
	},
	"go doc github.com/amazonpay-go/payreports": func(t *testing.T) {
		if manual := runs(t, "..", "go", "doc", "github.com/amazonpay-go/payreports"); !strings.Contains(manual, "# Getting started") {
			t.Errorf("the manual is\n%s", manual)
		}
	},
	"go install ./cmd/payreports": func(t *testing.T) {
		t.Setenv("GOBIN", t.TempDir())
		runs(t, "..", "go", "install", "./cmd/payreports")
		if version := runs(t, "..", filepath.Join(os.Getenv("GOBIN"), "payreports"), "version"); !strings.HasPrefix(version, "payreports ") || strings.Count(version, "\n") != 1 {
			t.Errorf("version %q", version)
		}
	},
	"go run ./cmd/payreports spec": func(t *testing.T) {
		if spec := runs(t, "..", command(t), "spec"); spec != payreports.Spec() {
			t.Errorf("it prints %d bytes", len(spec))
		}
	},
	"go run ./cmd/payreports simulate --tls --fault throttle=0.1 --fault cut-after=0.05": func(t *testing.T) {
		var ready struct{ URL, PublicKeyID, PrivateKeyFile, CAFile string }
		line := simulate(t, "--tls", "--fault", "throttle=0.1", "--fault", "cut-after=0.05")
		if err := json.Unmarshal([]byte(line), &ready); err != nil || ready.URL == "" || ready.PublicKeyID == "" || ready.PrivateKeyFile == "" || ready.CAFile == "" {
			t.Errorf("it prints %s, %v", line, err)
		}
	},
}

// The README's program runs against the simulator that the README starts beside it, unchanged and with one variable set.
func TestReadmeProgramRuns(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := programLines.FindStringSubmatch(string(content))
	if found == nil {
		t.Fatalf("the README doesn't say how to run its program: no %v", programLines)
	}
	shop := newShop(t)
	runs(t, shop, "go", "mod", "edit", "-replace", "github.com/amazonpay-go/payreports=../payreports")
	runs(t, shop, "go", "mod", "tidy")
	runs(t, shop, "go", "build", "-o", "shop", ".")

	args := strings.Fields(strings.ReplaceAll(found[1], found[3], "127.0.0.1:0")) // any free port
	for i, arg := range args {
		if arg == "private.pem" {
			args[i] = filepath.Join(shop, arg)
		}
	}
	var ready struct{ URL string }
	if err := json.Unmarshal([]byte(simulate(t, args...)), &ready); err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(t.Context(), "./shop")
	program.Dir = shop
	program.Env = []string{found[2] + "=" + ready.URL}
	output, err := program.CombinedOutput()
	if err != nil || !strings.Contains(string(output), `"TransactionPostedDate"`) {
		t.Errorf("%v\n%s", err, output)
	}
}

// Each of these lines is run by TestReadmeProgramRuns.
var programLines = regexp.MustCompile(`(?m)^payreports simulate (.*)\n(AMAZON_PAY_ENDPOINT)=http://(127\.0\.0\.1:\d+) go run \.$`)

func runs(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), args[0], args[1:]...)
	command.Dir = dir
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, output, stderr.String())
	}
	return string(output)
}

func fails(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), args[0], args[1:]...)
	command.Dir = dir
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AMAZON_PAY_") {
			command.Env = append(command.Env, variable)
		}
	}
	output, err := command.CombinedOutput()
	if err == nil {
		t.Errorf("%v succeeds", args)
	}
	return string(output)
}

// makes is a target that would take too long here: make only says what it would do.
func makes(target string) func(*testing.T) {
	return func(t *testing.T) { runs(t, "..", "make", "--no-print-directory", "-n", target) }
}

// newShop is the README's program as a module beside a clone.
func newShop(t *testing.T) string {
	t.Helper()
	clone, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	shop := filepath.Join(dir, "shop")
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.Symlink(clone, filepath.Join(dir, "payreports")), os.Mkdir(shop, 0o700),
		os.WriteFile(filepath.Join(shop, "main.go"), goBlock.FindSubmatch(readme)[1], 0o600),
	); err != nil {
		t.Fatal(err)
	}
	runs(t, shop, "go", "mod", "init", "shop.example")
	return shop
}

var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	anyBlock   = regexp.MustCompile("(?s)```.*?```")
	inlineCode = regexp.MustCompile("`([^`]+)`")
	spaces     = regexp.MustCompile(`\s+`)
)

// Every command line of the README is run.
func TestReadmeCommands(t *testing.T) {
	content, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(content)
	var lines []string
	for _, block := range shellBlock.FindAllStringSubmatch(programLines.ReplaceAllString(readme, ""), -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	for _, code := range inlineCode.FindAllStringSubmatch(anyBlock.ReplaceAllString(readme, ""), -1) {
		if line := spaces.ReplaceAllString(code[1], " "); strings.HasPrefix(line, "go ") || strings.HasPrefix(line, "make ") || strings.HasPrefix(line, "payreports ") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	if len(lines) < 10 {
		t.Errorf("the README has only the command lines %q", lines)
	}
	for _, line := range lines {
		run, known := commands[line]
		if !known {
			t.Errorf("the README shows %q, which no test runs: add it to commands", line)
			continue
		}
		t.Run(line, run)
	}
}
