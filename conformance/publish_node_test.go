//go:build node

package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/internal/openapispec"
)

// A generator that reads both makes the same types of OpenAPI 3.0 and 3.1.
func TestNodeTypesOfPublishedForms(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "types of OpenAPI 3.0 and of 3.1 are the same", "openapi-typescript", compared.VersionOfNPM(t, ".", "openapi-typescript"))
	compared.NeedsNPM(t, ".")
	types := func(form openapispec.Form) string {
		dir := t.TempDir()
		text, err := openapispec.YAML(form)
		if err != nil {
			t.Fatal(err)
		}
		source, target := filepath.Join(dir, "openapi.yaml"), filepath.Join(dir, "openapi.ts")
		if err := os.WriteFile(source, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if output, err := exec.CommandContext(t.Context(), "node_modules/.bin/openapi-typescript", source, "-o", target).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		generated, err := os.ReadFile(target)
		if err != nil {
			t.Fatal(err)
		}
		compares.Count(1, "forms")
		return string(generated)
	}
	if diff := cmp.Diff(types(openapispec.Form{}), types(openapispec.Form{V31: true})); diff != "" {
		t.Errorf("types (-3.0 +3.1):\n%s", diff)
	}
}
