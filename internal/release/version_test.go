package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"client.go":                            "package payreports\n\n// Version is it.\nconst Version = \"0.2.0\"\n",
		"clients/typescript/package.json":      "{\n  \"name\": \"x\",\n  \"version\": \"0.2.0\",\n}",
		"clients/typescript/package-lock.json": "{\n  \"name\": \"x\",\n  \"version\": \"0.2.0\",\n  \"packages\": {\n    \"a\": {\n      \"version\": \"7.0.0\",\n",
		"clients/typescript/src/version.ts":    "export const version = '0.2.0';\n",
		"CHANGELOG.md":                         "# Changelog\n\n## [0.3.0] - unreleased\n\n## [0.2.0] - 2026-11-27\n\n### Added\n",
	}
	for name, test := range map[string]struct {
		version, file, content, want string
	}{
		"all say the same":               {version: "0.2.0"},
		"a commit without a tag":         {version: "0.2.1-0.20261127024800-6186742b5c3d", file: "client.go", content: "package payreports"},
		"changes after the tag":          {version: "0.2.0+dirty", file: "client.go", content: "package payreports"},
		"changed after a pre-release":    {version: "0.2.0-rc.1+dirty", file: "client.go", content: "package payreports"},
		"a commit after a pre-release":   {version: "0.2.0-rc.1.0.20261127024800-6186742b5c3d", file: "client.go", content: "package payreports"},
		"a commit before all tags":       {version: "0.0.0-20261127024800-6186742b5c3d", file: "client.go", content: "package payreports"},
		"a pre-release of another":       {"0.2.0-rc.1", "CHANGELOG.md", "## [0.2.0-rc.1] - 2026-11-27\n", `the tag says 0.2.0-rc.1, and client.go says "0.2.0"`},
		"a version that isn't named":     {"0.2.0", "client.go", "package payreports\n", "client.go names no version"},
		"another version in Go":          {"0.2.0", "client.go", "const Version = \"0.1.0\"\n", "client.go"},
		"no version in Go":               {"0.2.0", "client.go", "package payreports\n", "client.go"},
		"another one in npm":             {"0.2.0", "clients/typescript/package.json", "  \"version\": \"0.1.0\",\n", "package.json"},
		"another one in npm's lock file": {"0.2.0", "clients/typescript/package-lock.json", "{\n  \"version\": \"0.1.0\",\n    \"a\": {\n      \"version\": \"0.2.0\",\n", "package-lock.json"},
		"no version in npm":              {"0.2.0", "clients/typescript/package.json", `{`, "package.json"},
		"another one in a program":       {"0.2.0", "clients/typescript/src/version.ts", "export const version = '0.1.0';\n", "version.ts"},
		"no heading":                     {"0.2.0", "CHANGELOG.md", "## [0.1.0] - 2026-01-01\n", `no heading "## [0.2.0] - "`},
		"a heading without date":         {"0.2.0", "CHANGELOG.md", "## [0.2.0] - unreleased\n", `no heading "## [0.2.0] - "`},
		"a heading of a longer":          {"0.2.0", "CHANGELOG.md", "## [0.2.0.1] - 2026-01-01\n", `no heading "## [0.2.0] - "`},
		"a dot that is no letter":        {"0.2.0", "CHANGELOG.md", "## [0x2.0] - 2026-01-01\n", `no heading "## [0.2.0] - "`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for file, content := range good {
				if file == test.file {
					content = test.content
				}
				path := filepath.Join(root, filepath.FromSlash(file))
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := checkVersion(root, test.version)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// The next release is prepared: all places name it, and only the date is missing.
func TestNextVersion(t *testing.T) {
	t.Parallel()
	const root = "../.."
	source, err := os.ReadFile(filepath.Join(root, "client.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := statements[0].is.FindSubmatch(source)
	if found == nil {
		t.Fatal("client.go has no version")
	}
	changelog, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = checkVersion(root, string(found[1]))
	if unreleased := strings.Contains(string(changelog), "\n## ["+string(found[1])+"] - unreleased\n"); err != nil && (!unreleased || !strings.Contains(err.Error(), "CHANGELOG.md has no heading")) {
		t.Error(err)
	}
}
