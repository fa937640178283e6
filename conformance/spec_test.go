package conformance_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/internal/openapispec"
	"github.com/amazonpay-go/payreports/simulator"
)

var spec = sync.OnceValues(openapispec.Load)

func loadSpec(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func operations(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	found := make(map[string]*openapi3.Operation)
	for _, item := range loadSpec(t).Paths.Map() {
		for _, operation := range item.Operations() {
			found[operation.OperationID] = operation
		}
	}
	return found
}

func TestSpecHasTheDocumentedOperations(t *testing.T) {
	t.Parallel()
	var ids []string
	for id, operation := range operations(t) {
		ids = append(ids, id)
		if operation.Summary == "" || operation.Description == "" || len(operation.Tags) != 1 {
			t.Errorf("%s has no summary, description or single tag", id)
		}
		statuses := operation.Responses.Map()
		for _, status := range []string{"400", "403", "404", "429", "500"} {
			if statuses[status] == nil {
				t.Errorf("%s doesn't declare status %s", id, status)
			}
		}
		for status, response := range statuses {
			if response.Value.Headers["x-amz-pay-request-id"] == nil {
				t.Errorf("%s: status %s doesn't declare the header x-amz-pay-request-id", id, status)
			}
		}
		for status, response := range statuses {
			if status < "400" {
				continue
			}
			if content := response.Value.Content["application/json"]; content == nil || content.Schema.Ref != "#/components/schemas/ErrorResponse" {
				t.Errorf("%s: status %s doesn't use the schema ErrorResponse", id, status)
			}
		}
		if limited := statuses["429"]; limited != nil && limited.Value.Headers["Retry-After"] == nil {
			t.Errorf("%s: status 429 doesn't declare the header Retry-After", id)
		}
		if operation.Responses.Default() != nil {
			t.Errorf("%s has a default response, so every status would be valid", id)
		}
	}
	slices.Sort(ids)
	want := []string{
		"cancelReportSchedule", "createReport", "createReportSchedule", "getDisbursements", "getReportById", "getReportDocument",
		"getReportScheduleById", "getReportSchedules", "getReports",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("operations differ: if a new one is documented, add it to this test (-documented +spec):\n%s", diff)
	}
}

func TestSpecDescribesEverything(t *testing.T) {
	t.Parallel()
	doc := loadSpec(t)
	for name, schema := range doc.Components.Schemas {
		if schema.Value.Description == "" {
			t.Errorf("schema %s has no description", name)
		}
		for property, value := range schema.Value.Properties {
			if value.Value.Description == "" {
				t.Errorf("%s.%s has no description", name, property)
			}
		}
		if names, ok := schema.Value.Extensions["x-enum-varnames"].([]any); len(schema.Value.Enum) > 0 && (!ok || len(names) != len(schema.Value.Enum)) {
			t.Errorf("schema %s has %d values and %d x-enum-varnames", name, len(schema.Value.Enum), len(names))
		}
		closed := schema.Value.AdditionalProperties.Has != nil && !*schema.Value.AdditionalProperties.Has
		if request := strings.HasSuffix(name, "Request"); schema.Value.Type.Is("object") && closed != request {
			t.Errorf("schema %s: closed is %t: request bodies must be closed, and responses open", name, closed)
		}
	}
	for id, operation := range operations(t) {
		for _, parameter := range operation.Parameters {
			if parameter.Value.Description == "" {
				t.Errorf("%s: parameter %s has no description", id, parameter.Value.Name)
			}
			if parameter.Value.In == "query" && !parameter.Value.Required && parameter.Value.Extensions["x-go-type-skip-optional-pointer"] != false {
				t.Errorf("%s: optional parameter %s lacks x-go-type-skip-optional-pointer: false, so it would be sent when unset", id, parameter.Value.Name)
			}
		}
	}
}

// Each operation needs a method of the client, a route of the simulator, and a documented sample.
func TestEveryOperationIsCarriedThrough(t *testing.T) {
	t.Parallel()
	client := reflect.TypeFor[*payreports.Client]()
	server := reflect.TypeFor[api.ServerInterface]()
	sampled := make(map[string]bool)
	for _, sample := range readIndex(t).Valid {
		sampled[sample.Operation] = true
	}
	for id := range operations(t) {
		method := strings.ToUpper(id[:1]) + id[1:]
		method = strings.ReplaceAll(method, "ById", "ByID")
		if _, ok := client.MethodByName(method); !ok {
			t.Errorf("operation %s: add the method %s to payreports.Client", id, method)
		}
		if _, ok := server.MethodByName(method); !ok {
			t.Errorf("operation %s: run make generate: api.ServerInterface has no method %s", id, method)
		}
		if !slices.Contains(simulator.Operations(), id) {
			t.Errorf("operation %s: add it to the simulator's operations", id)
		}
		if !sampled[id] && id != "cancelReportSchedule" { // whose answer has no body
			t.Errorf("operation %s: add its documented sample to samples/index.json", id)
		}
	}
}

func TestEnumsAreCarriedThrough(t *testing.T) {
	t.Parallel()
	doc := loadSpec(t)
	check := func(schema string, got []string) {
		t.Helper()
		var want []string
		for _, value := range doc.Components.Schemas[schema].Value.Enum {
			want = append(want, value.(string))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: enums.go differs from openapi.yaml (-spec +enums.go):\n%s", schema, diff)
		}
	}
	var types, statuses, frequencies []string
	for _, reportType := range payreports.ReportTypes() {
		types = append(types, string(reportType))
		if _, ok := payreports.RulesFor(reportType); !ok {
			t.Errorf("RulesFor doesn't know %s", reportType)
		}
	}
	for _, status := range payreports.ProcessingStatuses() {
		statuses = append(statuses, string(status))
	}
	for _, frequency := range payreports.ScheduleFrequencies() {
		frequencies = append(frequencies, string(frequency))
	}
	check("ReportTypes", types)
	check("ProcessingStatus", statuses)
	check("ScheduleFrequency", frequencies)
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, frequency := range frequencies {
		sim := simulator.StartInMemory(t, simulator.Config{Start: start})
		schedule, err := sim.Client().CreateReportSchedule(t.Context(), payreports.CreateReportScheduleRequest{
			Type: payreports.ReportTypeRefund, Frequency: payreports.ScheduleFrequency(frequency), NextCreation: start.Add(time.Minute),
		})
		if err != nil {
			t.Errorf("%s: add its interval to frequencies in simulator/state.go: %v", frequency, err)
			continue
		}
		sim.Advance(time.Minute)
		due, err := sim.Client().GetReportScheduleByID(t.Context(), schedule.ReportScheduleID)
		if err != nil || !due.NextReportCreationTime.Time().After(sim.Now()) {
			t.Errorf("%s: after a report, the next one is due at %v, %v", frequency, due, err)
		}
	}
	if _, ok := payreports.RulesFor("_GET_SOMETHING_ELSE_"); ok {
		t.Error("RulesFor knows a type that isn't documented")
	}
	sampled := make(map[string]bool)
	for _, sample := range readIndex(t).Valid {
		if _, value := readSample(t, sample.File); len(doc.Components.Schemas[sample.Schema].Value.Enum) > 0 {
			sampled[sample.Schema+" "+value.(string)] = true
		}
	}
	for name, schema := range doc.Components.Schemas {
		for _, value := range schema.Value.Enum {
			if !sampled[name+" "+value.(string)] {
				t.Errorf("%s: add a sample of %s", name, value)
			}
		}
	}
}

// The generated code is checked in, so it could become stale.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../api/oapi-codegen.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	output := filepath.Join(dir, "openapi.gen.go")
	changed := bytes.Replace(config, []byte("output: api/openapi.gen.go"), []byte("output: "+output), 1)
	if bytes.Equal(config, changed) {
		t.Fatal("api/oapi-codegen.yaml has another output than api/openapi.gen.go")
	}
	configFile := filepath.Join(dir, "oapi-codegen.yaml")
	if err := os.WriteFile(configFile, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-config", configFile, "openapi.yaml")
	command.Dir = ".."
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("oapi-codegen: %v\n%s", err, text)
	}
	want, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../api/openapi.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Error("api/openapi.gen.go is not what openapi.yaml gives: run make generate and commit it")
	}
}

func TestSpecIsEmbeddedAsItIs(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != payreports.Spec() {
		t.Error("payreports.Spec() is not openapi.yaml")
	}
}

type index struct {
	Valid []struct {
		File, Schema, Example, Operation, Source, Mend string
	}
	Invalid []struct {
		File, Schema, Pointer, Keyword, Why string
	}
	Queries struct {
		Valid []struct {
			File, Operation, Source, Mend string
		}
		Invalid []struct {
			File, Operation, Parameter, Why string
		}
	}
}

func readIndex(t *testing.T) index {
	t.Helper()
	text, err := os.ReadFile("samples/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var parsed index
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func readSample(t *testing.T, file string) ([]byte, any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("samples", file))
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return text, value
}
