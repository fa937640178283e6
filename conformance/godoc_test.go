package conformance_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amazonpay-go/payreports"
)

// aliasedModels are the aliases of structs. For an alias go doc shows neither the fields nor their comments, so its own comment lists them.
var aliasedModels = map[string]reflect.Type{
	"Report":                       reflect.TypeFor[payreports.Report](),
	"ReportDocument":               reflect.TypeFor[payreports.ReportDocument](),
	"ReportSchedule":               reflect.TypeFor[payreports.ReportSchedule](),
	"Disbursement":                 reflect.TypeFor[payreports.Disbursement](),
	"GetReportsResponse":           reflect.TypeFor[payreports.GetReportsResponse](),
	"CreateReportResponse":         reflect.TypeFor[payreports.CreateReportResponse](),
	"GetReportSchedulesResponse":   reflect.TypeFor[payreports.GetReportSchedulesResponse](),
	"CreateReportScheduleResponse": reflect.TypeFor[payreports.CreateReportScheduleResponse](),
	"GetDisbursementsResponse":     reflect.TypeFor[payreports.GetDisbursementsResponse](),
}

// enums are the aliases of string types with constants, by the name of their schema.
var enums = map[string]string{"ReportTypes": "ReportType", "ProcessingStatus": "ProcessingStatus", "ScheduleFrequency": "ScheduleFrequency"}

// parsePackage returns the documentation of a package of this module.
func parsePackage(t *testing.T, dir string) *doc.Package {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "tools.go" {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	documented, err := doc.NewFromFiles(fset, files, module+"/"+dir)
	if err != nil {
		t.Fatal(err)
	}
	return documented
}

var fieldLine = regexp.MustCompile(`(?m)^\t(\w+) +(\S+) +// \S.*$`)

func TestGoDocListsTheFieldsOfModels(t *testing.T) {
	t.Parallel()
	schemas := loadSpec(t).Components.Schemas
	shown := make(map[string]bool)
	for _, documented := range parsePackage(t, "").Types {
		spec := documented.Decl.Specs[0].(*ast.TypeSpec)
		if !spec.Assign.IsValid() {
			continue
		}
		model, ok := aliasedModels[documented.Name]
		if !ok {
			if !strings.HasSuffix(documented.Name, "ID") && enums[schemaOf(documented.Name)] == "" {
				t.Errorf("%s is an alias that this test doesn't know", documented.Name)
			}
			continue
		}
		shown[documented.Name] = true
		schema := schemas[documented.Name].Value
		required, optional, _ := strings.Cut(documented.Doc, "Optional field")
		got := make(map[string]string)
		for group, text := range map[string]string{"required": required, "optional": optional} {
			for _, match := range fieldLine.FindAllStringSubmatch(text, -1) {
				got[match[1]] = match[2] + ", " + group
			}
		}
		want := make(map[string]string)
		var properties []string
		for field := range model.Fields() {
			property, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			properties = append(properties, property)
			group := "optional"
			if slices.Contains(schema.Required, property) {
				group = "required"
			}
			want[field.Name] = rootName(field.Type) + ", " + group
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the comment of %s differs from the model (-model +comment):\n%s", documented.Name, diff)
		}
		for property := range schema.Properties {
			if !slices.Contains(properties, property) {
				t.Errorf("%s has no field for the property %s of openapi.yaml", documented.Name, property)
			}
		}
	}
	for name := range aliasedModels {
		if !shown[name] {
			t.Errorf("%s is no longer an alias: remove it from this test", name)
		}
	}
}

func schemaOf(name string) string {
	for schema, enum := range enums {
		if enum == name {
			return schema
		}
	}
	return ""
}

var ofRoot = regexp.MustCompile(`\bapi\.|\bwire\.(\w+ID)\b`)

// rootName returns the name of a model's field type as package payreports has it.
func rootName(fieldType reflect.Type) string {
	return ofRoot.ReplaceAllString(fieldType.String(), "$1")
}

func TestGoDocShowsTheValuesOfConstants(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t)
	types := make(map[string]*doc.Type)
	for _, documented := range parsePackage(t, "").Types {
		types[documented.Name] = documented
	}
	for schemaName, enum := range enums {
		schema := spec.Components.Schemas[schemaName].Value
		want := make(map[string]string)
		for i, name := range schema.Extensions["x-enum-varnames"].([]any) {
			want[enum+name.(string)] = schema.Enum[i].(string)
		}
		declared, listed := make(map[string]string), make(map[string]string)
		for _, group := range types[enum].Consts {
			for _, constant := range group.Decl.Specs {
				constant := constant.(*ast.ValueSpec)
				if literal, ok := constant.Values[0].(*ast.BasicLit); ok {
					declared[constant.Names[0].Name], _ = strconv.Unquote(literal.Value)
				}
			}
		}
		for line := range strings.Lines(types[enum].Doc) {
			if fields := strings.Fields(line); strings.HasPrefix(line, "\t") && len(fields) == 2 {
				listed[fields[0]] = fields[1]
			}
		}
		if diff := cmp.Diff(want, declared); diff != "" {
			t.Errorf("the constants of %s differ from openapi.yaml, or don't show their values (-spec +constants):\n%s", enum, diff)
		}
		if diff := cmp.Diff(want, listed); diff != "" {
			t.Errorf("the comment of %s differs from openapi.yaml (-spec +comment):\n%s", enum, diff)
		}
	}
}

// The code in the comment of package api compiles.
func TestAPIDocCompiles(t *testing.T) {
	t.Parallel()
	var code strings.Builder
	for line := range strings.Lines(parsePackage(t, "api").Doc) {
		if strings.HasPrefix(line, "\t") {
			code.WriteString(line)
		}
	}
	program := fmt.Sprintf(`package program

import (
	"context"
	"crypto/rsa"
	"fmt"

	"%[1]s/api"
	"%[1]s/signing"
)

func get(ctx context.Context, key *rsa.PrivateKey) error {
%[2]s
	fmt.Println(report.ReportID)
	return nil
}
`, module, code.String())
	file := filepath.Join(t.TempDir(), "program.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", "vet", file)
	command.Dir = ".."
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, output, program)
	}
}

// The tests above read the source. This one runs the command that people type.
func TestGoDocShowsWhatPeopleLookUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{".", "Report"}, []string{"ReportDocumentID     ReportDocumentID  // "}},
		{[]string{".", "ReportType"}, []string{fmt.Sprintf("ReportTypeRefund             %s\n", payreports.ReportTypeRefund)}},
		{[]string{".", "ProcessingStatusCompleted"}, []string{`ProcessingStatusCompleted ProcessingStatus = "COMPLETED"`}},
		{[]string{".", "Error"}, []string{"StatusCode int", "func (e *Error) Unwrap() error"}},
		{[]string{"./api"}, []string{"\n\nPackage api holds ", "api.WithRequestEditorFn(signer.SignRequest)", "# Compatibility"}},
	} {
		command := exec.CommandContext(t.Context(), "go", append([]string{"doc"}, test.args...)...)
		command.Dir = ".."
		output, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("go doc %v: %v\n%s", test.args, err, output)
		}
		for _, want := range test.want {
			if !strings.Contains(string(output), want) {
				t.Errorf("go doc %v doesn't show %q:\n%s", test.args, want, output)
			}
		}
	}
}
