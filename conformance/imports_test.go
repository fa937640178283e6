package conformance_test

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/amazonpay-go/payreports"

// allowed says what each package may import besides the standard library; "module/..." includes what is below, and "..." is everything but
// package conformance and the command, which nothing may import.
var allowed = map[string][]string{
	"regions":              {},
	"signing":              {},
	"api/wire":             {},
	"api":                  {module + "/api/wire", "github.com/oapi-codegen/runtime", "github.com/govalues/decimal"},
	"":                     {module + "/api", module + "/api/wire", module + "/regions", module + "/signing", "golang.org/x/time/rate", "github.com/govalues/decimal"},
	"reportfile":           {"github.com/govalues/decimal", "golang.org/x/text/encoding..."},
	"reconcile":            {module + "/reportfile", module + "/api", "github.com/govalues/decimal"},
	"journal":              {module + "/reportfile", "github.com/govalues/decimal", "github.com/pelletier/go-toml/v2"},
	"statement":            {module + "/reportfile", module + "/reconcile", module + "/internal/visible", "github.com/govalues/decimal"},
	"dataset":              {module, module + "/mirror", module + "/reportfile", module + "/internal/atomicfile", "github.com/govalues/decimal", "github.com/parquet-go/parquet-go", "github.com/parquet-go/parquet-go/format"},
	"mirror":               {module, module + "/reportfile", module + "/internal/atomicfile", "github.com/gofrs/flock"},
	"mirror/bucket":        {module + "/mirror", "gocloud.dev/blob", "gocloud.dev/gcerrors"},
	"accounts":             {module, module + "/regions", module + "/signing", "github.com/pelletier/go-toml/v2"},
	"internal/atomicfile":  {},
	"internal/compared":    {},
	"internal/fipstest":    {},
	"internal/laterday":    {},
	"internal/mutants":     {},
	"internal/openapispec": {module, "github.com/getkin/kin-openapi/...", "go.yaml.in/yaml/v3"},
	"internal/merchant":    {},
	"internal/visible":     {},
	"internal/proof":       {module + "/internal/compared"},
	"conformance":          {},
	"cmd/payreports":       {"..."},
	"simulator": {
		module, module + "/api", module + "/api/wire", module + "/signing", module + "/regions", module + "/internal/openapispec",
		module + "/internal/merchant", "github.com/govalues/decimal", "github.com/getkin/kin-openapi/...",
	},
}

func list(t *testing.T, args ...string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	command.Dir = ".."
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func TestImports(t *testing.T) {
	t.Parallel()
	unseen := maps.Clone(allowed)
	for _, line := range list(t, "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...") {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(strings.TrimPrefix(fields[0], module), "/")
		rules, ruled := allowed[name]
		if !ruled {
			t.Errorf("%s has no rule: add one to this test", fields[0])
		}
		delete(unseen, name)
		for _, imported := range fields[1:] {
			if imported == module+"/conformance" || imported == module+"/cmd/payreports" {
				t.Errorf("%s imports %s, which no package may import", fields[0], imported)
			}
			if ruled && !standard(imported) && !slices.ContainsFunc(rules, func(rule string) bool {
				below, all := strings.CutSuffix(rule, "...")
				return imported == rule || all && strings.HasPrefix(imported, below)
			}) {
				t.Errorf("%s must not import %s", fields[0], imported)
			}
		}
	}
	for name := range unseen {
		t.Errorf("there is a rule for %q, but no such package", name)
	}
}

func TestLightPackagesNeedTheStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	for _, path := range list(t, "-deps", "./signing", "./regions", "./api/wire") {
		if !standard(path) && !strings.HasPrefix(path, module+"/") {
			t.Errorf("signing, regions or api/wire depends on %s", path)
		}
	}
}

// No cloud SDK comes with package mirror, and no driver with package mirror/bucket.
func TestMirrorLinksNoCloudSDK(t *testing.T) {
	t.Parallel()
	for path, forbidden := range map[string][]string{
		"./mirror":        {"gocloud.dev/", "google.golang.org/", "go.opentelemetry.io/", "github.com/aws/", "cloud.google.com/", "github.com/Azure/"},
		"./mirror/bucket": {"github.com/aws/", "cloud.google.com/", "github.com/Azure/", "gocloud.dev/blob/s3blob", "gocloud.dev/blob/gcsblob", "gocloud.dev/blob/azureblob"},
	} {
		for _, dependency := range list(t, "-deps", path) {
			if slices.ContainsFunc(forbidden, func(prefix string) bool { return strings.HasPrefix(dependency+"/", prefix) }) {
				t.Errorf("%s depends on %s", path, dependency)
			}
		}
	}
}

// The simulator's Start takes a testing.TB, and must not bring package testing into the command. A package that the metrics' format needs
// imports it, which is not ours to change.
func TestCommandDoesNotLinkTesting(t *testing.T) {
	t.Parallel()
	for _, line := range list(t, "-deps", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./cmd/payreports") {
		fields := strings.Fields(line)
		if slices.Contains(fields[1:], "testing") && fields[0] != "github.com/pandatix/go-abnf" {
			t.Errorf("%s, which the command links, imports testing", fields[0])
		}
	}
}
