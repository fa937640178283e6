package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sbom checks the bill of materials with the schema of CycloneDX, and compares its modules with those that go finds in the binary.
func sbom(t *testing.T, dist, program string) {
	text, err := os.ReadFile(one(t, dist, "payreports_*_linux_amd64.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := bomSchema(t).Validate(document); err != nil {
		t.Errorf("%v", err)
	}
	var bom cyclonedx.BOM
	if err := json.Unmarshal(text, &bom); err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, component := range *bom.Components {
		if component.Name != "std" {
			listed = append(listed, component.Name+" "+component.Version)
		}
	}
	version, linked := modulesOf(t, program)
	slices.Sort(listed)
	if !slices.Equal(listed, linked) {
		t.Errorf("it lists\n%q\nand the binary links\n%q", listed, linked)
	}
	if bom.Metadata.Component.Version != version {
		t.Errorf("it is of version %s, and the binary of %s", bom.Metadata.Component.Version, version)
	}
	sum, _, _ := strings.Cut(runs(t, "sha256sum", program), " ")
	if !slices.Contains(*bom.Metadata.Properties, cyclonedx.Property{Name: "cdx:gomod:binary:hash:SHA-256", Value: sum}) {
		t.Errorf("it has another binary's checksum than %s", sum)
	}
}

// modulesOf returns the version of a binary, and the modules that go finds in it.
func modulesOf(t *testing.T, program string) (version string, linked []string) {
	t.Helper()
	for line := range strings.Lines(runs(t, "go", "version", "-m", program)) {
		switch fields := strings.Fields(line); fields[0] {
		case "dep":
			linked = append(linked, fields[1]+" "+fields[2])
		case "mod":
			version = fields[2]
		}
	}
	if version == "" || len(linked) < 50 {
		t.Fatalf("%s has version %q and %d modules", program, version, len(linked))
	}
	slices.Sort(linked)
	return version, linked
}

// A document that doesn't follow the schema is noticed.
func TestBOMSchema(t *testing.T) {
	t.Parallel()
	schema := bomSchema(t)
	for text, valid := range map[string]bool{
		`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a"}]}`:                                 true,
		`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "module", "name": "a"}]}`:                                  false,
		`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library"}]}`:                                              false,
		`{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"timestamp": "yesterday"}}`:                                           false,
		`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a", "licenses": [{"license": {}}]}]}`:  false,
		`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a", "hashes": [{"alg": "SHA-256"}]}]}`: false,
		`{"bomFormat": "SPDX", "specVersion": "1.6"}`:                                                                                        false,
	} {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); (err == nil) != valid {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// bomSchema is the schema of CycloneDX, which the module that writes the bill of materials has in its tests.
func bomSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := output(".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go")
	if err != nil {
		t.Fatal(err)
	}
	const base = "http://cyclonedx.org/schema/"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for name, file := range map[string]string{
		"bom-1.6.schema.json": "bom-1.6.schema.json", "spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		opened, err := os.Open(filepath.Join(dir, "schema", file))
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		document, err := jsonschema.UnmarshalJSON(opened)
		if err == nil {
			err = compiler.AddResource(base+name, document)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile(base + "bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
