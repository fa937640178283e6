//go:build node

package conformance_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The TypeScript client's own tests run against the simulator. They build it from openapi.yaml, call all operations, and go through
// all vectors. The package that npm makes of it then installs into an empty project, where the README's program runs.
func TestNodeTypeScriptClient(t *testing.T) {
	t.Parallel()
	const client = "../clients/typescript"
	npm := exec.CommandContext(t.Context(), "npm", "test")
	npm.Dir = client
	npm.Env = append(os.Environ(), "PAYREPORTS="+command(t))
	output, err := npm.CombinedOutput()
	if err != nil || !regexp.MustCompile(`(?m)^# pass [1-9]\d\d`).Match(output) || !regexp.MustCompile(`(?m)^# skipped 0$`).Match(output) {
		t.Fatalf("npm test: %v\n%s", err, failedTests(string(output)))
	}

	dir := t.TempDir()
	runs(t, client, "npm", "pack", "--pack-destination", dir)
	packed, err := filepath.Glob(filepath.Join(dir, "payreports-client-*.tgz"))
	if err != nil || len(packed) != 1 {
		t.Fatalf("npm pack made %v, %v", packed, err)
	}
	files := strings.Fields(runs(t, dir, "tar", "-tzf", packed[0]))
	for _, file := range []string{"package/LICENSE", "package/NOTICE", "package/README.md", "package/dist/index.js", "package/dist/index.d.ts", "package/package.json"} {
		if !slices.Contains(files, file) {
			t.Errorf("the package has no %s", file)
		}
	}
	for _, file := range files {
		if !regexp.MustCompile(`^package/(dist/\w+\.(js|d\.ts)|LICENSE|NOTICE|README\.md|package\.json)$`).MatchString(file) {
			t.Errorf("the package has %s, which users don't need", file)
		}
	}

	readme, err := os.ReadFile(client + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), filepath.Base(packed[0])) {
		t.Errorf("the client's README doesn't say how to install %s", filepath.Base(packed[0]))
	}
	program := regexp.MustCompile("(?s)```ts\n(.*?)```").FindSubmatch(readme)
	if program == nil {
		t.Fatal("the client's README has no program")
	}
	shop := t.TempDir()
	if err := os.WriteFile(filepath.Join(shop, "program.mts"), program[1], 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, shop, "npm", "init", "--yes")
	runs(t, shop, "npm", "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", packed[0])
	types, err := filepath.Abs(client + "/node_modules/@types")
	if err != nil {
		t.Fatal(err)
	}
	// The types of Node.js come from outside the project, because it has none of its own.
	runs(t, shop, filepath.Join(types, "..", ".bin", "tsc"), "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes",
		"--module", "nodenext", "--target", "es2022", "--typeRoots", types, "--types", "node", "program.mts")

	var ready struct{ URL, LivePublicKeyID, PrivateKeyFile, CAFile string }
	if err := json.Unmarshal([]byte(simulate(t, "--tls")), &ready); err != nil {
		t.Fatal(err)
	}
	run := func(environment map[string]string) (string, error) {
		command := exec.CommandContext(t.Context(), "node", "program.mjs")
		command.Dir = shop
		for name, value := range environment {
			command.Env = append(command.Env, name+"="+value)
		}
		command.Env = append(command.Env, "PATH="+os.Getenv("PATH"))
		output, err := command.CombinedOutput()
		return string(output), err
	}
	environment := map[string]string{
		"AMAZON_PAY_ENDPOINT": ready.URL, "AMAZON_PAY_PUBLIC_KEY_ID": ready.LivePublicKeyID, "AMAZON_PAY_PRIVATE_KEY": ready.PrivateKeyFile,
		"NODE_EXTRA_CA_CERTS": ready.CAFile,
	}
	printed, err := run(environment)
	if err != nil || !regexp.MustCompile(`^settlement\.csv: \d{4,} bytes of report \w+\n$`).MatchString(printed) {
		t.Errorf("the README's program: %v\n%s", err, printed)
	}
	report, err := os.ReadFile(filepath.Join(shop, "settlement.csv"))
	if err != nil || !strings.Contains(string(report), `"TransactionPostedDate"`) {
		t.Errorf("the report is %.100q, %v", report, err)
	}
	untrusting := maps.Clone(environment)
	delete(untrusting, "NODE_EXTRA_CA_CERTS")
	if printed, err := run(untrusting); err == nil || !strings.Contains(printed, "check the endpoint, a TLS-inspecting proxy, and NODE_EXTRA_CA_CERTS") {
		t.Errorf("without NODE_EXTRA_CA_CERTS: %v\n%s", err, printed)
	}
}

// failedTests leaves out what passed.
func failedTests(output string) string {
	if first := strings.Index(output, "\nnot ok"); first >= 0 {
		output = output[first:]
	}
	return output[:min(len(output), 8000)]
}
