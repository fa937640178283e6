//go:build node

package conformance_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/internal/compared"
)

// The findings of published rulesets are exactly those that findings.json lists, each with the reason why it stays.
func TestNodeFindingsOfPublishedRulesets(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "findings in openapi.yaml are those with a reason in findings.json", "Spectral with the rulesets for OWASP and documentation",
		compared.VersionOfNPM(t, ".", "@stoplight/spectral-cli"))
	compared.NeedsNPM(t, ".")
	type known struct {
		Ruleset  string
		Findings []struct {
			Rule, Reason string
			Count        int
		}
	}
	list := readJSON[known](t, "findings.json")
	command := exec.CommandContext(t.Context(), filepath.Join("node_modules", ".bin", "spectral"), "lint", "--format", "json", "--quiet", "--ruleset", list.Ruleset, "../openapi.yaml")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output() // findings are a failure of the command
	var found []struct{ Code string }
	if decoded := json.NewDecoder(bytes.NewReader(output)).Decode(&found); decoded != nil {
		t.Fatalf("%v, %v\n%.500s%s", decoded, err, output, stderr.String())
	}
	got, want := make(map[string]int), make(map[string]int)
	for _, finding := range found {
		got[finding.Code]++
		compares.Count(1, "findings")
	}
	for _, finding := range list.Findings {
		want[finding.Rule] = finding.Count
		if len(finding.Reason) < 20 {
			t.Errorf("%s stays without a reason", finding.Rule)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mend what is new in openapi.yaml, or list it in findings.json with a reason (-listed +found):\n%s", diff)
	}
}
