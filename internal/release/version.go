package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var (
	isRelease     = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	sourceVersion = regexp.MustCompile(`(?m)^const Version = "(.*)"$`)
)

// checkVersion compares the version of a tag with the places that name the version. Builds of other commits aren't published, so they are
// only told.
func checkVersion(root, version string) error {
	if !isRelease.MatchString(version) {
		fmt.Printf("%s is not a tagged commit: these files are for trying out.\n", version)
		return nil
	}
	source, err := os.ReadFile(filepath.Join(root, "client.go"))
	if err != nil {
		return err
	}
	if found := sourceVersion.FindStringSubmatch(string(source)); found == nil || found[1] != version {
		return fmt.Errorf("the tag says %s, and client.go doesn't: %q", version, found)
	}
	manifest, err := os.ReadFile(filepath.Join(root, "clients/typescript/package.json"))
	if err != nil {
		return err
	}
	var typescript struct{ Version string }
	if err := json.Unmarshal(manifest, &typescript); err != nil || typescript.Version != version {
		return fmt.Errorf("the tag says %s, and clients/typescript/package.json doesn't: %q, %v", version, typescript.Version, err)
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
