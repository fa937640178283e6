package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/module"
)

// isTag is whether a version comes from a tag, and nothing was changed since then.
func isTag(version string) bool {
	return !strings.Contains(version, "+") && !module.IsPseudoVersion("v"+version)
}

// statements are the files that name the version, and how.
var statements = []struct {
	file string
	is   *regexp.Regexp
}{
	{"client.go", regexp.MustCompile(`(?m)^const Version = "(.*)"$`)},
	{"clients/typescript/package.json", regexp.MustCompile(`(?m)^  "version": "(.*)",$`)},
	{"clients/typescript/package-lock.json", regexp.MustCompile(`(?m)^  "version": "(.*)",$`)},
	{"clients/typescript/src/version.ts", regexp.MustCompile(`(?m)^export const version = '(.*)';$`)},
}

// checkVersion compares the version of a tag with the files that name the version. What is built from another commit isn't published, so
// there it only says so.
func checkVersion(root, version string) error {
	if !isTag(version) {
		fmt.Printf("%s is not the version of a tag: these files are for trying out.\n", version)
		return nil
	}
	for _, statement := range statements {
		text, err := os.ReadFile(filepath.Join(root, statement.file))
		if err != nil {
			return err
		}
		found := statement.is.FindStringSubmatch(string(text))
		if found == nil {
			return fmt.Errorf("the tag says %s, and %s names no version", version, statement.file)
		}
		if found[1] != version {
			return fmt.Errorf("the tag says %s, and %s says %q", version, statement.file, found[1])
		}
	}
	changelog, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	heading := regexp.MustCompile(`(?m)^## \[` + regexp.QuoteMeta(version) + `\] - \d{4}-\d\d-\d\d$`)
	if !heading.Match(changelog) {
		return fmt.Errorf("CHANGELOG.md has no heading \"## [%s] - \" with the date of the release", version)
	}
	return nil
}
