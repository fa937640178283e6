package conformance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/amazonpay-go/payreports"
)

// specTree is openapi.yaml as it is written, references included.
func specTree(t *testing.T) map[string]any {
	t.Helper()
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(payreports.Spec()), &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// walk calls visit for every node of a tree with its path, parents first.
func walk(node any, path string, visit func(path string, node any)) {
	visit(path, node)
	switch node := node.(type) {
	case map[string]any:
		for name, child := range node {
			walk(child, path+"/"+name, visit)
		}
	case []any:
		for i, child := range node {
			walk(child, fmt.Sprintf("%s/%d", path, i), visit)
		}
	}
}

// Generators write a file or a type per component: names that differ in case only collide on many file systems, and names
// of a language's own types hide them.
func TestComponentNamesDiffer(t *testing.T) {
	t.Parallel()
	taken := map[string]string{"error": "the type Error of most languages", "object": "the type Object", "string": "the type String", "date": "the type Date", "array": "the type Array", "map": "the type Map"}
	components := specTree(t)["components"].(map[string]any)
	for _, section := range slices.Sorted(maps.Keys(components)) {
		for _, name := range slices.Sorted(maps.Keys(components[section].(map[string]any))) {
			key := strings.ToLower(name)
			if other, ok := taken[key]; ok {
				t.Errorf("components/%s/%s has the name of %s: rename one", section, name, other)
			}
			taken[key] = "components/" + section + "/" + name
		}
	}
}

// A generated client that writes a default such as pageSize=10 beside nextToken never gets the second page.
func TestSpecHasNoDefaults(t *testing.T) {
	t.Parallel()
	walk(specTree(t), "", func(path string, node any) {
		if schema, ok := node.(map[string]any); ok && schema["default"] != nil && !strings.HasPrefix(path, "/servers/") {
			t.Errorf("%s has a default: describe it in words instead", path)
		}
	})
}

// The pattern alone must know the calendar: mocks make values from it, and few validators know the format.
func TestTimestampPatternIsTheCalendar(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(loadSpec(t).Components.Schemas["Timestamp"].Value.Pattern)
	wrong := 0
	check := func(text string) {
		_, err := time.Parse("20060102T150405Z", text)
		if got := pattern.MatchString(text); got != (err == nil) && wrong < 20 {
			wrong++
			t.Errorf("%s: the pattern says %t, the calendar %v", text, got, err)
		}
	}
	for _, year := range []int{0, 4, 100, 400, 1900, 1999, 2000, 2022, 2024, 2100, 9996, 9999} {
		for month := range 14 {
			for day := range 33 {
				check(fmt.Sprintf("%04d%02d%02dT120000Z", year, month, day))
			}
		}
	}
	for year := range 10_000 {
		check(fmt.Sprintf("%04d0229T000000Z", year))
	}
	for value := range 100 {
		check(fmt.Sprintf("20240229T%02d0000Z", value))
		check(fmt.Sprintf("20240229T00%02d00Z", value))
		if value != 60 { // no leap seconds
			check(fmt.Sprintf("20240229T0000%02dZ", value))
		}
	}
	for _, text := range []string{"", "20240229", "20240229T000000", "20240229T000000z", "x20240229T000000Z", "20240229T000000Zx", "20240229T000000.5Z", "2024-02-29T00:00:00Z"} {
		if pattern.MatchString(text) {
			t.Errorf("the pattern takes %q", text)
		}
	}
}

// Many generators take the first server as it is written, braces included.
func TestServersThatGeneratorsUseComeFirst(t *testing.T) {
	t.Parallel()
	var urls []string
	for _, server := range loadSpec(t).Servers {
		urls = append(urls, server.URL)
	}
	want := []string{
		"https://pay-api.amazon.com/v2", "https://pay-api.amazon.eu/v2", "https://pay-api.amazon.jp/v2",
		"https://{host}/v2", "https://{host}/{environment}/v2",
	}
	if diff := cmp.Diff(want, urls); diff != "" {
		t.Errorf("servers (-want +spec):\n%s", diff)
	}
}

// What a caller must know and no schema can say.
func TestSpecSays(t *testing.T) {
	t.Parallel()
	doc := loadSpec(t)
	ops := operations(t)
	flat := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	for place, test := range map[string]struct {
		text  string
		words []string
	}{
		"info":                 {doc.Info.Description, []string{"V1", "salt of 20 bytes", "is treated as absent", "reportTypes=A&reportTypes=B"}},
		"createReport":         {ops["createReport"].Description, []string{"Settlement reports can't be created", "In the sandbox, only", "The tests of an official SDK"}},
		"createReportSchedule": {ops["createReportSchedule"].Description, []string{"order reference, billing agreement, authorization, refund and multi-currency", "The sandbox has no schedules"}},
		"403":                  {*doc.Components.Responses["Forbidden"].Value.Description, []string{"Access denied", "Unauthorized", "Expired token", "Invalid signature"}},
		"idempotency key":      {doc.Components.Parameters["IdempotencyKeyHeader"].Value.Description, []string{"the merchant and the operation", "only without its dashes"}},
	} {
		for _, words := range test.words {
			if !strings.Contains(flat(test.text), words) {
				t.Errorf("%s doesn't say %q", place, words)
			}
		}
	}
	if ops["getReportDocument"].Responses.Status(202) == nil {
		t.Error("getReportDocument doesn't declare 202, which clients handle as not ready yet")
	}
	if strings.Contains(ops["getReportDocument"].Description, "without a url") {
		t.Error("getReportDocument speaks of an answer without a url, which its schema requires")
	}
	types := doc.Components.Schemas["ReportTypes"].Value
	for i, text := range types.Extensions["x-enum-descriptions"].([]any) {
		rules, ok := payreports.RulesFor(payreports.ReportType(types.Enum[i].(string)))
		says := text.(string)
		if !ok || rules.Creatable && rules.Schedulable != strings.Contains(says, "Can be created and scheduled. Not scheduled automatically.") {
			t.Errorf("%s: the rules are %+v, and the spec says %q", types.Enum[i], rules, says)
		}
	}
	if got := strings.Count(types.Description, "Not scheduled"); got != 5 {
		t.Errorf("%d report types aren't scheduled automatically, want 5", got)
	}
	schemes := make(map[string]bool)
	for _, scheme := range doc.Components.SecuritySchemes {
		schemes[scheme.Value.Name] = true
	}
	for _, header := range []string{"Authorization", "x-amz-pay-date", "x-amz-pay-host", "x-amz-pay-region", "x-amz-pay-authtoken"} {
		if !schemes[header] {
			t.Errorf("the header %s is declared nowhere", header)
		}
	}
	pages := make(map[string]string)
	for id, operation := range ops {
		if operation.ExternalDocs == nil || !strings.HasPrefix(operation.ExternalDocs.URL, "https://developer.amazon.com/docs/amazon-pay-api-v2/reports.html#") {
			t.Errorf("%s has no link to its documentation", id)
			continue
		}
		if other := pages[operation.ExternalDocs.URL]; other != "" {
			t.Errorf("%s and %s have the same documentation", id, other)
		}
		pages[operation.ExternalDocs.URL] = id
		if operation.RequestBody != nil && operation.RequestBody.Value.Description == "" {
			t.Errorf("the request body of %s has no description", id)
		}
	}
}

func TestSpecIsWrittenEvenly(t *testing.T) {
	t.Parallel()
	walk(specTree(t), "", func(path string, node any) {
		object, ok := node.(map[string]any)
		if !ok {
			return
		}
		if text, ok := object["description"].(string); ok {
			if len(text) < 20 || strings.TrimSpace(text) != text || !strings.HasSuffix(text, ".") && !strings.Contains(path, "/externalDocs") && path != "/externalDocs" {
				t.Errorf("%s: the description %q is too short, isn't a sentence, or has space around it", path, text)
			}
		}
		if object["type"] == "integer" && object["format"] == nil {
			t.Errorf("%s: an integer without a format", path)
		}
		if object["in"] == "query" && object["name"] != nil && object["allowEmptyValue"] != true {
			t.Errorf("%s: empty values are absent: set allowEmptyValue", path)
		}
	})
}

// Examples are shared: responses refer to them, the kit has each as a sample, and TestSimulatorAnswersLikeTheExamples
// compares them with what the simulator says.
func TestExamplesAreSamples(t *testing.T) {
	t.Parallel()
	doc := loadSpec(t)
	sampled := make(map[string]bool)
	for _, sample := range readIndex(t).Valid {
		if sample.Example == "" {
			continue
		}
		if sampled[sample.Example] {
			t.Errorf("example %s is two samples", sample.Example)
		}
		sampled[sample.Example] = true
		example := doc.Components.Examples[sample.Example]
		if example == nil {
			t.Errorf("%s is said to be the example %s, which openapi.yaml doesn't have", sample.File, sample.Example)
			continue
		}
		_, value := readSample(t, sample.File)
		if diff := cmp.Diff(example.Value.Value, value); diff != "" {
			t.Errorf("%s differs from the example %s (-example +sample):\n%s", sample.File, sample.Example, diff)
		}
	}
	used := make(map[string]bool)
	walk(specTree(t)["paths"], "/paths", func(path string, node any) { noteExamples(t, path, node, used) })
	walk(specTree(t)["components"].(map[string]any)["responses"], "/responses", func(path string, node any) { noteExamples(t, path, node, used) })
	for name := range doc.Components.Examples {
		if !sampled[name] {
			t.Errorf("example %s is no sample: add it to samples/index.json", name)
		}
		if !used[name] {
			t.Errorf("example %s is used by no response", name)
		}
	}
	for _, name := range []string{"ReportsPage", "ReportsNone", "ReportCancelled", "DisbursementsPage", "SignatureMismatch", "UnknownPublicKeyId", "InactiveAccount", "ExpiredToken"} {
		if doc.Components.Examples[name] == nil {
			t.Errorf("there is no example %s", name)
		}
	}
}

func noteExamples(t *testing.T, path string, node any, used map[string]bool) {
	t.Helper()
	object, ok := node.(map[string]any)
	if !ok {
		return
	}
	if _, inline := object["example"]; inline && strings.Contains(path, "/responses/") {
		t.Errorf("%s: an example of its own: refer to one of components/examples", path)
	}
	if reference, ok := object["$ref"].(string); ok {
		used[strings.TrimPrefix(reference, "#/components/examples/")] = true
	}
}

// Each link leads to an operation, fills a parameter that it has, and takes it from a member that the answer may have.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	ops := operations(t)
	found := make(map[string]string)
	for id, operation := range ops {
		for status, response := range operation.Responses.Map() {
			for name, link := range response.Value.Links {
				target := ops[link.Value.OperationID]
				if target == nil {
					t.Errorf("%s %s: the link %s leads to no operation", id, status, name)
					continue
				}
				found[id+" "+name] = link.Value.OperationID
				for parameter, value := range link.Value.Parameters {
					in, parameterName, _ := strings.Cut(parameter, ".")
					if target.Parameters.GetByInAndName(in, parameterName) == nil {
						t.Errorf("%s: the link %s fills %s, which %s doesn't have", id, name, parameter, link.Value.OperationID)
					}
					member, ok := strings.CutPrefix(fmt.Sprint(value), "$response.body#/")
					if schema := response.Value.Content["application/json"].Schema.Value; !ok || !hasMember(schema, member) {
						t.Errorf("%s: the link %s takes %v, which the answer doesn't have", id, name, value)
					}
				}
			}
		}
	}
	want := map[string]string{
		"createReport getReport": "getReportById", "getReportById getDocument": "getReportDocument",
		"getReports nextPage": "getReports", "getDisbursements nextPage": "getDisbursements",
		"createReportSchedule getSchedule": "getReportScheduleById", "createReportSchedule cancelSchedule": "cancelReportSchedule",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("links (-want +spec):\n%s", diff)
	}
}

func hasMember(schema *openapi3.Schema, name string) bool {
	if schema.Properties[name] != nil {
		return true
	}
	return slices.ContainsFunc(schema.OneOf, func(part *openapi3.SchemaRef) bool { return part.Value.Properties[name] != nil })
}

func readJSON[T any](t *testing.T, file string) T {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%s: %v (%s)", file, err, reflect.TypeFor[T]())
	}
	return value
}
