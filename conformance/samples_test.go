package conformance_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports/api"
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
	"Error":                        reflect.TypeFor[api.Error](),
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
	for _, sample := range readIndex(t).Valid {
		t.Run(strings.TrimSuffix(sample.File, ".json"), func(t *testing.T) {
			t.Parallel()
			text, value := readSample(t, sample.File)
			if err := visit(t, sample.Schema, value); err != nil {
				t.Errorf("it doesn't validate: %v", err)
			}
			// What the client reads and writes again must say the same.
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
			if diff := cmp.Diff(value, got); diff != "" && !documentedLoss[sample.File] {
				t.Errorf("written again it differs (-read +written):\n%s", diff)
			}
		})
	}
}

// documentedLoss names samples that aren't written as they were read: unknown members are dropped, null is absent, and times are
// written in UTC with milliseconds.
var documentedLoss = map[string]bool{
	"GetReportsResponse/valid/last-page.json":      true,
	"GetReportsResponse/valid/unknown-member.json": true,
	"Error/valid/unknown-member.json":              true,
	"DateTime/valid/offset.json":                   true,
}

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
			t.Errorf("schema %s has no Go type in this test", schema)
		}
	}
}

func TestIndexListsEverySample(t *testing.T) {
	t.Parallel()
	listed := make(map[string]bool)
	parsed := readIndex(t)
	for _, sample := range parsed.Valid {
		listed[sample.File] = true
	}
	for _, sample := range parsed.Invalid {
		listed[sample.File] = true
	}
	err := fs.WalkDir(os.DirFS("samples"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Dir(path) != "." && !listed[path] {
			t.Errorf("samples/%s is not in index.json", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
