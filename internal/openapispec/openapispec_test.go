package openapispec

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/amazonpay-go/payreports"
)

func TestLoadFindsTheSpecValid(t *testing.T) {
	t.Parallel()
	if _, err := Load(); err != nil {
		t.Fatal(err)
	}
}

// What Load finds nothing wrong with is only worth something if it finds these.
func TestLoadIsStrict(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ old, broken string }{
		"no YAML":                        {"openapi: 3.0.3", "openapi: ["},
		"example against its pattern":    {"example: 20221118T150630Z", "example: 2022-11-18"},
		"example that is no day":         {"example: 20221118T150630Z", "example: 20220230T150630Z"},
		"example against its enum":       {"example: P1D", "example: P1W"},
		"example of a response":          {"currencyCode: USD", "currencyCode: usd"},
		"example of an amount":           {"amount: '1000.50'", "amount: '1,000.50'"},
		"default of another type":        {"        type: boolean\n", "        type: boolean\n            default: 'no'\n"},
		"default out of range":           {"            maximum: 100\n", "            maximum: 100\n            default: 1000\n"},
		"unknown format":                 {"format: decimal", "format: money"},
		"pattern that doesn't compile":   {"pattern: '^[A-Z]{3}$'", "pattern: '^[A-Z{3}$'"},
		"reference that leads nowhere":   {"'#/components/schemas/Timestamp'", "'#/components/schemas/Time'"},
		"path parameter not declared":    {"/reports/{reportId}:", "/reports/{id}:"},
		"operation id twice":             {"      operationId: getReportById\n      tags", "      operationId: getReports\n      tags"},
		"extension beside a reference":   {"            $ref: '#/components/schemas/Timestamp'", "            $ref: '#/components/schemas/Timestamp'\n            x-a: b"},
		"response without a description": {"description: The schedule was cancelled.\n", "x-description: The schedule was cancelled.\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(payreports.Spec(), test.old) {
				t.Fatalf("the spec has no %q to break", test.old)
			}
			if _, err := load(strings.Replace(payreports.Spec(), test.old, test.broken, 1)); err == nil {
				t.Errorf("no error with %q in the place of %q", test.broken, test.old)
			}
		})
	}
}

func TestRouter(t *testing.T) {
	t.Parallel()
	doc, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	servers := len(doc.Servers)
	for _, base := range []string{"", "/v2", "/sandbox/v2"} {
		router, err := Router(doc, base)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{
			"/reports": "getReports", "/reports/A1": "getReportById", "/reports/a%2Fb": "getReportById", "/reports/A1/x": "", "/": "",
		} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://anywhere.example"+base+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			route, parameters, err := router.FindRoute(req)
			var got string
			if err == nil {
				got = route.Operation.OperationID
			}
			if got != want {
				t.Errorf("%s%s is operation %q, want %q", base, path, got, want)
			}
			if path == "/reports/A1" && parameters["reportId"] != "A1" {
				t.Errorf("%s%s has the parameters %v, want reportId A1", base, path, parameters)
			}
		}
	}
	if len(doc.Servers) != servers {
		t.Error("Router changed the document")
	}
}

func TestViolationOf(t *testing.T) {
	t.Parallel()
	doc, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	closed := openapi3.NewObjectSchema().WithProperty("a", openapi3.NewStringSchema()).WithoutAdditionalProperties()
	tests := map[string]struct {
		schema                 *openapi3.Schema
		value                  any
		pointer, keyword, name string
	}{
		"the whole":       {doc.Components.Schemas["Timestamp"].Value, "tomorrow", "", "pattern", "body"},
		"no such day":     {doc.Components.Schemas["Timestamp"].Value, "20220230T000000Z", "", "pattern", "body"},
		"format":          {openapi3.NewStringSchema().WithFormat("iso8601-basic"), "20220230T000000Z", "", "format", "body"},
		"within an allOf": {doc.Components.Schemas["CreateReportRequest"].Value, map[string]any{"reportType": "_GET_FLAT_FILE_OFFAMAZONPAYMENTS_REFUND_DATA_", "startTime": "x", "endTime": "20220804T000000Z"}, "/startTime", "pattern", "startTime"},
		"element":         {doc.Components.Schemas["ExistingReportSchedules"].Value, []any{"x"}, "/0", "type", "0"},
		"missing":         {doc.Components.Schemas["ReportDocument"].Value, map[string]any{"reportDocumentId": "x"}, "/url", "required", "url"},
		"unknown member":  {closed, map[string]any{"b": "x"}, "/b", "properties", "b"},
		"escaped pointer": {closed, map[string]any{"a/b~c": "x"}, "/a~1b~0c", "properties", "a/b~c"},
		"decimal":         {openapi3.NewStringSchema().WithFormat("decimal"), "1,5", "", "format", "body"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			violation, found := ViolationOf(test.schema.VisitJSON(test.value, openapi3.EnableFormatValidation()))
			if !found || violation.Pointer() != test.pointer || violation.Keyword != test.keyword || violation.Name() != test.name || violation.Reason == "" {
				t.Errorf("%t, %q, %q, %q, %q, want %q, %q, %q", found, violation.Pointer(), violation.Keyword, violation.Name(), violation.Reason, test.pointer, test.keyword, test.name)
			}
		})
	}
	if _, found := ViolationOf(http.ErrBodyNotAllowed); found {
		t.Error("an error of another kind is a violation")
	}
}
