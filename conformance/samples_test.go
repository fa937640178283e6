package conformance_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/api"
	"github.com/amazonpay-go/payreports/internal/compared"
	"github.com/amazonpay-go/payreports/internal/openapispec"
)

// models are the Go types of the schemas.
var models = map[string]reflect.Type{
	"GetReportsResponse":           reflect.TypeFor[api.GetReportsResponse](),
	"Report":                       reflect.TypeFor[api.Report](),
	"CreateReportRequest":          reflect.TypeFor[api.CreateReportRequest](),
	"CreateReportResponse":         reflect.TypeFor[api.CreateReportResponse](),
	"ReportDocument":               reflect.TypeFor[api.ReportDocument](),
	"GetReportSchedulesResponse":   reflect.TypeFor[api.GetReportSchedulesResponse](),
	"ReportSchedule":               reflect.TypeFor[api.ReportSchedule](),
	"CreateReportScheduleRequest":  reflect.TypeFor[api.CreateReportScheduleRequest](),
	"CreateReportScheduleResponse": reflect.TypeFor[api.CreateReportScheduleResponse](),
	"ExistingReportSchedules":      reflect.TypeFor[api.ExistingReportSchedules](),
	"CreateReportScheduleResult":   reflect.TypeFor[api.CreateReportScheduleResult](),
	"GetDisbursementsResponse":     reflect.TypeFor[api.GetDisbursementsResponse](),
	"Disbursement":                 reflect.TypeFor[api.Disbursement](),
	"ErrorResponse":                reflect.TypeFor[api.ErrorResponse](),
	"Timestamp":                    reflect.TypeFor[api.Timestamp](),
	"DateTime":                     reflect.TypeFor[api.DateTime](),
	"ReportId":                     reflect.TypeFor[api.ReportID](),
	"ReportDocumentId":             reflect.TypeFor[api.ReportDocumentID](),
	"ReportScheduleId":             reflect.TypeFor[api.ReportScheduleID](),
	"ProcessingStatus":             reflect.TypeFor[api.ProcessingStatus](),
	"ReportTypes":                  reflect.TypeFor[api.ReportType](),
	"ScheduleFrequency":            reflect.TypeFor[api.ScheduleFrequency](),
}

func visit(t *testing.T, schema string, value any) error {
	t.Helper()
	ref := loadSpec(t).Components.Schemas[schema]
	if ref == nil {
		t.Fatalf("openapi.yaml has no schema %s", schema)
	}
	return ref.Value.VisitJSON(value, openapi3.EnableFormatValidation())
}

func TestValidSamples(t *testing.T) {
	t.Parallel()
	compares := compared.With(t, "samples of the documentation's objects are those of openapi.yaml", "kin-openapi", compared.VersionOfModule(t, "..", kinOpenAPI))
	for _, sample := range readIndex(t).Valid {
		t.Run(strings.TrimSuffix(sample.File, ".json"), func(t *testing.T) {
			t.Parallel()
			text, value := readSample(t, sample.File)
			if err := visit(t, sample.Schema, value); err != nil {
				t.Errorf("it doesn't validate: %v", err)
			}
			compares.Count(1, "samples")
			// What the client reads and writes again must say the same.
			if models[sample.Schema] == nil {
				t.Fatalf("add the Go type of schema %s to models in samples_test.go", sample.Schema)
			}
			model := reflect.New(models[sample.Schema])
			if err := json.Unmarshal(text, model.Interface()); err != nil {
				t.Fatalf("it doesn't decode: %v", err)
			}
			again, err := json.Marshal(model.Interface())
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := json.Unmarshal(again, &got); err != nil {
				t.Fatal(err)
			}
			want := value
			if text, ok := rewritten[sample.File]; ok {
				if err := json.Unmarshal([]byte(text), &want); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("it differs after decoding and encoding (-want +encoded):\n%s", diff)
			}
		})
	}
	listed := make(map[string]bool)
	sampled := make(map[string]bool)
	for _, sample := range readIndex(t).Valid {
		listed[sample.File] = true
		sampled[sample.Schema] = true
	}
	for file := range rewritten {
		if !listed[file] {
			t.Errorf("this test lists %s, which is not a valid sample", file)
		}
	}
	present := make(map[string]map[string]bool) // members by schema
	for _, sample := range readIndex(t).Valid {
		if _, value := readSample(t, sample.File); present[sample.Schema] == nil {
			present[sample.Schema] = members(value)
		} else {
			maps.Copy(present[sample.Schema], members(value))
		}
	}
	for schema, ref := range loadSpec(t).Components.Schemas {
		if !sampled[schema] {
			t.Errorf("schema %s has no valid sample", schema)
		}
		for member := range ref.Value.Properties {
			if !present[schema][member] {
				t.Errorf("no valid sample of schema %s has the member %s: add one to samples", schema, member)
			}
		}
	}
}

func members(value any) map[string]bool {
	names := make(map[string]bool)
	if object, ok := value.(map[string]any); ok {
		for name := range object {
			names[name] = true
		}
	}
	return names
}

// rewritten holds the samples that aren't written as they were read: unknown members are dropped, an empty or null token is absent, and times
// are written in UTC with milliseconds.
var rewritten = map[string]string{
	"GetReportsResponse/valid/last-page.json":      `{"reports":[]}`,
	"GetReportsResponse/valid/empty-token.json":    `{"reports":[` + documentedReport + `]}`,
	"GetReportsResponse/valid/unknown-member.json": `{"reports":[` + documentedReport + `]}`,
	"GetDisbursementsResponse/valid/last-page.json": `{"disbursements":[{"sellerId":"A084390EXAMPLE","settlementId":"68973459224",` +
		`"amazonDisbursementReferenceId":"The Identifier used on your bank statement","amount":"1000.50","currencyCode":"USD","transactionTime":"2022-12-07T17:08:26.717Z"}]}`,
	"ErrorResponse/valid/unknown-member.json": `{"reasonCode":"X","message":"y"}`,
	"DateTime/valid/offset.json":              `"2022-12-07T08:08:26.000Z"`,
	"DateTime/valid/no-fraction.json":         `"2022-12-07T17:08:26.000Z"`,
}

const documentedReport = `{"reportId":"A08439021T39K6DTX4JS8","reportType":"_GET_FLAT_FILE_OFFAMAZONPAYMENTS_SETTLEMENT_DATA_",` +
	`"startTime":"20221118T150630Z","endTime":"20221202T150350Z","createdTime":"20221207T170826Z","processingStatus":"COMPLETED",` +
	`"processingStartTime":"20221207T170826Z","processingEndTime":"20221207T170826Z",` +
	`"reportDocumentId":"amzn1.tortuga.3.45ee712dc-3512-6cbd-ad71-ab3cb4cffef7.T3FKJJI01Y1E32"}`

func TestInvalidSamples(t *testing.T) {
	t.Parallel()
	perSchema := make(map[string]int)
	for _, sample := range readIndex(t).Invalid {
		perSchema[sample.Schema]++
		t.Run(strings.TrimSuffix(sample.File, ".json"), func(t *testing.T) {
			t.Parallel()
			_, value := readSample(t, sample.File)
			err := visit(t, sample.Schema, value)
			violation, found := openapispec.ViolationOf(err)
			if !found {
				t.Fatalf("error %v, want a violation of the schema: %s", err, sample.Why)
			}
			if violation.Pointer() != sample.Pointer || violation.Keyword != sample.Keyword {
				t.Errorf("it fails at %q for %q (%s), want %q for %q: %s", violation.Pointer(), violation.Keyword, violation.Reason, sample.Pointer, sample.Keyword, sample.Why)
			}
		})
	}
	for schema := range loadSpec(t).Components.Schemas {
		if perSchema[schema] < 3 {
			t.Errorf("schema %s has %d invalid samples, want at least 3", schema, perSchema[schema])
		}
		if models[schema] == nil {
			t.Errorf("add the Go type of schema %s to models in samples_test.go", schema)
		}
	}
}

// querying returns a request of an operation with the query of a sample.
func querying(t *testing.T, operation, file string) *http.Request {
	t.Helper()
	text, _ := readSample(t, file)
	var parameters map[string]string
	if err := json.Unmarshal(text, &parameters); err != nil {
		t.Fatal(err)
	}
	query := make(url.Values)
	for name, value := range parameters {
		query.Set(name, value)
	}
	for path, item := range loadSpec(t).Paths.Map() {
		for method, declared := range item.Operations() {
			if declared.OperationID != operation {
				continue
			}
			var body io.Reader
			if declared.RequestBody != nil {
				example, err := json.Marshal(declared.RequestBody.Value.Content["application/json"].Example)
				if err != nil {
					t.Fatal(err)
				}
				body = bytes.NewReader(example)
			}
			req := httptest.NewRequest(method, "https://pay-api.amazon.eu/v2"+path+"?"+query.Encode(), body)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "x")
			req.Header.Set("x-amz-pay-date", "20220804T000000Z")
			req.Header.Set("x-amz-pay-host", "pay-api.amazon.eu")
			req.Header.Set("x-amz-pay-region", "eu")
			return req
		}
	}
	t.Fatalf("openapi.yaml has no operation %s", operation)
	return nil
}

// requestFindings holds a request alone against the spec: its transport fails, so that there is no answer.
func requestFindings(t *testing.T, req *http.Request) []finding {
	t.Helper()
	unanswered := errors.New("not answered")
	validator, err := newValidator(answering(func(*http.Request) (*http.Response, error) { return nil, unanswered }), "/v2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := validator.RoundTrip(req); !errors.Is(err, unanswered) {
		t.Fatal(err)
	}
	return validator.Findings()
}

func TestQuerySamples(t *testing.T) {
	t.Parallel()
	queries := readIndex(t).Queries
	valid, invalid := make(map[string]int), make(map[string]int)
	for _, sample := range queries.Valid {
		valid[sample.Operation]++
		t.Run(strings.TrimSuffix(sample.File, ".json"), func(t *testing.T) {
			t.Parallel()
			for _, finding := range requestFindings(t, querying(t, sample.Operation, sample.File)) {
				t.Error(finding)
			}
		})
	}
	for _, sample := range queries.Invalid {
		invalid[sample.Operation]++
		t.Run(strings.TrimSuffix(sample.File, ".json"), func(t *testing.T) {
			t.Parallel()
			findings := requestFindings(t, querying(t, sample.Operation, sample.File))
			if len(findings) != 1 || !strings.Contains(findings[0].Problem, fmt.Sprintf("parameter %q", sample.Parameter)) {
				t.Errorf("findings %v, want one about the parameter %s: %s", findings, sample.Parameter, sample.Why)
			}
		})
	}
	for id, operation := range operations(t) {
		queried := slices.ContainsFunc(operation.Parameters, func(parameter *openapi3.ParameterRef) bool { return parameter.Value.In == "query" })
		if queried && (valid[id] == 0 || invalid[id] < 3) {
			t.Errorf("operation %s has %d valid and %d invalid queries among the samples, want at least 1 and 3", id, valid[id], invalid[id])
		}
	}
}

func TestIndexIsThatOfItsSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("samples/index.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema openapi3.Schema
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	_, value := readSample(t, "index.json")
	if err := schema.VisitJSON(value); err != nil {
		t.Error(err)
	}
	value.(map[string]any)["valid"].([]any)[0].(map[string]any)["scheme"] = "Report"
	if schema.VisitJSON(value) == nil {
		t.Error("the schema takes a member that it doesn't have")
	}
}

func TestIndexListsEverySampleOnce(t *testing.T) {
	t.Parallel()
	listed := make(map[string]int)
	parsed := readIndex(t)
	for _, sample := range parsed.Valid {
		listed[sample.File]++
		if !strings.HasPrefix(sample.File, sample.Schema+"/") {
			t.Errorf("%s is not a sample of schema %s", sample.File, sample.Schema)
		}
		if sample.Mend != "" && sample.Source == "" || sample.Source != "" && sample.Operation == "" {
			t.Errorf("%s has a mend but no source, or a source but no operation", sample.File)
		}
	}
	for _, sample := range parsed.Invalid {
		listed[sample.File]++
		if !strings.HasPrefix(sample.File, sample.Schema+"/") {
			t.Errorf("%s is not a sample of schema %s", sample.File, sample.Schema)
		}
	}
	for _, sample := range parsed.Queries.Valid {
		listed[sample.File]++
	}
	for _, sample := range parsed.Queries.Invalid {
		listed[sample.File]++
	}
	err := fs.WalkDir(os.DirFS("samples"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Dir(path) != "." && listed[path] != 1 {
			t.Errorf("index.json lists samples/%s %d times, want once", path, listed[path])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
