//go:build node

package conformance_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/amazonpay-go/payreports/internal/compared"
)

// Redocly finds nothing in the spec, in the workflows, and in the forms of the spec that make docs has written to dist.
func TestNodeRedocly(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "problems in the spec, its published forms and the workflows: none", "Redocly", compared.VersionOfNPM(t, ".", "@redocly/cli"))
	compared.NeedsNPM(t, ".")
	for _, test := range []struct {
		ruleset []string
		files   []string
	}{
		{[]string{"--extends", "recommended-strict"}, []string{"../openapi.yaml", "../arazzo.yaml"}},
		{
			[]string{"--extends", "recommended", "--skip-rule", "no-unused-components"},
			[]string{"../dist/openapi-3.1.yaml", "../dist/openapi-3.1-dereferenced.yaml", "../dist/openapi-dereferenced.yaml"},
		},
	} {
		for _, file := range test.files {
			args := append(append([]string{"lint", "--format", "json"}, test.ruleset...), file)
			lint := exec.CommandContext(t.Context(), filepath.Join("node_modules", ".bin", "redocly"), args...)
			lint.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
			output, err := lint.Output()
			var found struct {
				Totals struct{ Errors, Warnings, Ignored int }
			}
			if decoded := json.Unmarshal(output, &found); err != nil || decoded != nil || found.Totals != (struct{ Errors, Warnings, Ignored int }{}) {
				t.Errorf("%s: %v, %v\n%.4000s", file, err, decoded, output)
			}
			compares.Count(1, "files")
		}
	}
}

// All rules of Spectral for OpenAPI find nothing, the optional ones included.
func TestNodeSpectral(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "problems in openapi.yaml: none", "Spectral, all rules for OpenAPI", compared.VersionOfNPM(t, ".", "@stoplight/spectral-cli"))
	compared.NeedsNPM(t, ".")
	output, err := exec.CommandContext(t.Context(), filepath.Join("node_modules", ".bin", "spectral"), "lint", "--fail-severity=hint", "--format", "json", "--ruleset", "spectral.yaml", "../openapi.yaml").Output()
	var found []any
	if decoded := json.NewDecoder(bytes.NewReader(output)).Decode(&found); err != nil || decoded != nil || len(found) > 0 {
		t.Errorf("%v, %v\n%.4000s", err, decoded, output)
	}
	compares.Count(len(operations(t)), "operations")
}
