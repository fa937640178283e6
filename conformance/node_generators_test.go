//go:build node

package conformance_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amazonpay-go/payreports/internal/compared"
)

// Three TypeScript generators that others wrote read openapi.yaml. What they make compiles strictly, and lists, pages and creates.
func TestNodeGenerators(t *testing.T) {
	t.Parallel()
	tools, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := filepath.Abs("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	clientModules, err := filepath.Abs("../clients/typescript/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	for generator, command := range map[string][]string{
		"hey-api": {tools + "/.bin/openapi-ts", "-i", spec, "-o", "generated", "-c", "@hey-api/client-fetch"},
		"orval":   {"env", "SPEC=" + spec, tools + "/.bin/orval", "--config", "orval.config.cjs"},
		// Redocly's command takes the name of this one's in .bin.
		"openapi-typescript-codegen": {"node", tools + "/openapi-typescript-codegen/bin/index.js", "--input", spec, "--output", "generated", "--client", "fetch"},
	} {
		t.Run(generator, func(t *testing.T) {
			t.Parallel()
			npm := generator
			if generator == "hey-api" {
				npm = "@hey-api/openapi-ts"
			}
			compares := compared.With(t, "clients generated from openapi.yaml, compiled, and run against the simulator", npm, compared.VersionOfNPM(t, ".", npm))
			compared.NeedsNPM(t, ".")
			dir := t.TempDir()
			for from, files := range map[string][]string{
				"node/generators":           {generator + ".ts", "run.ts", "send.ts", "orval.config.cjs"},
				"../clients/typescript/src": {"signing.ts", "canonical.ts", "key.ts", "timestamps.ts"},
			} {
				to := dir
				if from != "node/generators" {
					to = filepath.Join(dir, "signer")
				}
				for _, file := range files {
					copyFile(t, filepath.Join(from, file), filepath.Join(to, file))
				}
			}
			if err := os.Symlink(clientModules, filepath.Join(dir, "node_modules")); err != nil {
				t.Fatal(err)
			}
			runs(t, dir, command...)
			runs(t, dir, tools+"/.bin/tsc", "--strict", "--module", "commonjs", "--moduleResolution", "node10", "--esModuleInterop",
				"--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", "node", "--outDir", "built", generator+".ts")

			program := exec.CommandContext(t.Context(), "node", filepath.Join("built", generator+".js"))
			program.Dir = dir
			program.Env = append(os.Environ(), "SIMULATOR="+simulate(t))
			output, err := program.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			var got struct {
				Large, Small [][]string
				Status       string
			}
			if err := json.Unmarshal(output, &got); err != nil {
				t.Fatalf("%v in %s", err, output)
			}
			all := slices.Concat(got.Large...)
			if len(got.Small) < 3 || len(got.Small[0]) != 7 || len(all) < 15 {
				t.Errorf("%d pages of 7 and %d reports, want several pages", len(got.Small), len(all))
			}
			if paged := slices.Concat(got.Small...); !slices.Equal(paged, all) {
				t.Errorf("pages of 7 hold %v, and pages of 100 %v", paged, all)
			}
			if unique := slices.Compact(slices.Sorted(slices.Values(all))); len(unique) != len(all) || slices.Contains(all, "") {
				t.Errorf("reports appear twice or have no id: %v", all)
			}
			compares.Count(len(got.Large)+len(got.Small)+1, "calls")
			if got.Status != "IN_PROGRESS" {
				t.Errorf("the created report is %q, want IN_PROGRESS", got.Status)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
