package conformance_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/amazonpay-go/payreports"
	"github.com/amazonpay-go/payreports/internal/openapispec"
)

// published returns the description in a form, read from its YAML, which must be the same as its JSON.
func published(t *testing.T, form openapispec.Form) map[string]any {
	t.Helper()
	text, err := openapispec.YAML(form)
	if err != nil {
		t.Fatal(err)
	}
	values, err := openapispec.Values(form)
	if err != nil {
		t.Fatal(err)
	}
	inJSON, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	var fromYAML, fromJSON map[string]any
	if err := yaml.Unmarshal(text, &fromYAML); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(fromYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(inJSON, &fromJSON); err != nil {
		t.Fatal(err)
	}
	fromYAML = nil
	if err := json.Unmarshal(again, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromYAML, fromJSON); diff != "" {
		t.Errorf("%+v: YAML and JSON differ (-YAML +JSON):\n%s", form, diff)
	}
	return fromJSON
}

// downgrade makes of a description in OpenAPI 3.1 what it was in 3.0, in the simplest way.
func downgrade(value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = downgrade(value[i])
		}
	case map[string]any:
		if types, ok := value["type"].([]any); ok && len(types) == 2 && types[1] == "null" {
			value["type"], value["nullable"] = types[0], true
		}
		if examples, ok := value["examples"].([]any); ok && len(examples) == 1 {
			value["example"] = examples[0]
			delete(value, "examples")
		}
		for name := range value {
			value[name] = downgrade(value[name])
		}
	}
	return value
}

// OpenAPI 3.1 says the same as 3.0, and kin-openapi reads all forms.
func TestPublishedFormsSayTheSame(t *testing.T) {
	t.Parallel()
	for _, dereferenced := range []bool{false, true} {
		older := published(t, openapispec.Form{Dereferenced: dereferenced})
		newer := published(t, openapispec.Form{Dereferenced: dereferenced, V31: true})
		if newer["openapi"] != "3.1.0" || older["openapi"] != "3.0.3" {
			t.Errorf("versions %v and %v", newer["openapi"], older["openapi"])
		}
		text, err := json.Marshal(newer)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"nullable"`) || !strings.Contains(string(text), `["string","null"]`) {
			t.Error("3.1 has the member nullable, or no type that may be null")
		}
		newer["openapi"] = "3.0.3"
		if diff := cmp.Diff(any(older), downgrade(newer)); diff != "" {
			t.Errorf("dereferenced %v (-3.0 +3.1):\n%s", dereferenced, diff)
		}
		for _, v31 := range []bool{false, true} {
			form := openapispec.Form{Dereferenced: dereferenced, V31: v31}
			text, err := openapispec.YAML(form)
			if err != nil {
				t.Fatal(err)
			}
			if references := strings.Contains(string(text), "$ref"); references == dereferenced {
				t.Errorf("%+v: it has references: %v", form, references)
			}
			doc, err := openapi3.NewLoader().LoadFromData(text)
			if err != nil {
				t.Fatalf("%+v: %v", form, err)
			}
			sameOperations(t, doc)
		}
	}
}

// sameOperations compares what a document resolves to with openapi.yaml.
func sameOperations(t *testing.T, doc *openapi3.T) {
	t.Helper()
	source := loadSpec(t)
	if diff := cmp.Diff(source.Paths.InMatchingOrder(), doc.Paths.InMatchingOrder()); diff != "" {
		t.Errorf("paths (-source +published):\n%s", diff)
	}
	for path, item := range source.Paths.Map() {
		for method, want := range item.Operations() {
			got := doc.Paths.Value(path).GetOperation(method)
			if diff := cmp.Diff(outline(want), outline(got)); diff != "" {
				t.Errorf("%s (-source +published):\n%s", want.OperationID, diff)
			}
		}
	}
}

// outline lists the parameters, statuses and members of an operation.
func outline(o *openapi3.Operation) []string {
	lines := []string{o.OperationID}
	for _, p := range o.Parameters {
		lines = append(lines, p.Value.In+" "+p.Value.Name)
		lines = append(lines, schemaMembers(p.Value.Name, p.Value.Schema)...)
	}
	if o.RequestBody != nil {
		for _, media := range o.RequestBody.Value.Content {
			lines = append(lines, schemaMembers("body", media.Schema)...)
		}
	}
	for status, response := range o.Responses.Map() {
		lines = append(lines, status)
		for _, media := range response.Value.Content {
			lines = append(lines, schemaMembers(status, media.Schema)...)
		}
	}
	slices.Sort(lines)
	return lines
}

func schemaMembers(path string, schema *openapi3.SchemaRef) []string {
	if schema == nil {
		return nil
	}
	s := schema.Value
	line := path + " " + s.Pattern + " " + s.Format
	for _, value := range s.Enum {
		line += " " + value.(string)
	}
	lines := []string{line}
	for name, property := range s.Properties {
		lines = append(lines, schemaMembers(path+"."+name, property)...)
	}
	lines = append(lines, schemaMembers(path+"[]", s.Items)...)
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf} {
		for _, part := range list {
			lines = append(lines, schemaMembers(path+"*", part)...)
		}
	}
	return lines
}

// EXTENSIONS.md describes the extensions that openapi.yaml has, and no others.
func TestExtensionsAreDescribed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../EXTENSIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	find := func(pattern, text string) []string {
		var names []string
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			names = append(names, match[1])
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	used := slices.DeleteFunc(find(`(?m)^ *(?:- )?(x-[a-z-]+):`, payreports.Spec()), func(name string) bool { return strings.HasPrefix(name, "x-amz-pay-") })
	if diff := cmp.Diff(used, find("(?m)^\\| `(x-[a-z-]+)`", string(page))); diff != "" {
		t.Errorf("extensions (-openapi.yaml +EXTENSIONS.md):\n%s", diff)
	}
}
