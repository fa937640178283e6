package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// linked is a package of a binary, as go list prints it.
type linked struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// licensesOf are the licenses of Go and of all that a binary links: those of each module, and those beside its packages, because a module can have
// code of others.
func licensesOf(root string, b binary) ([]byte, error) {
	for _, dependency := range b.info.Deps {
		if dependency.Replace != nil {
			return nil, fmt.Errorf("%s is replaced by %s: a release has no replaced modules", dependency.Path, dependency.Replace.Path)
		}
	}
	listed, err := outputOf(b.goCommand("list", "-deps", "-json=Dir,Module", "./cmd/payreports"), root)
	if err != nil {
		return nil, err
	}
	roots := make(map[string]string)            // by module
	folders := make(map[string]map[string]bool) // of each module, from its root to its packages
	for decoder := json.NewDecoder(strings.NewReader(listed)); decoder.More(); {
		var p linked
		if err := decoder.Decode(&p); err != nil {
			return nil, err
		}
		if p.Module == nil || p.Module.Main { // of the standard library, or our own
			continue
		}
		name := p.Module.Path + " " + p.Module.Version
		if roots[name] == "" {
			roots[name], folders[name] = p.Module.Dir, map[string]bool{p.Module.Dir: true}
		}
		for dir := p.Dir; len(dir) > len(p.Module.Dir); dir = filepath.Dir(dir) {
			folders[name][dir] = true
		}
	}
	if len(roots) != len(b.info.Deps) {
		return nil, fmt.Errorf("go list names %d modules, and the binary links %d", len(roots), len(b.info.Deps))
	}
	goroot, err := output(root, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	if err := appendLicenses(&all, "Go, "+b.info.GoVersion, goroot, []string{goroot}); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(roots)) {
		if err := appendLicenses(&all, name, roots[name], slices.Sorted(maps.Keys(folders[name]))); err != nil {
			return nil, err
		}
	}
	return all.Bytes(), nil
}

// appendLicenses appends the licenses in folders of a module. Its root must have one.
func appendLicenses(all *bytes.Buffer, module, root string, folders []string) error {
	for _, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		before := all.Len()
		for _, file := range files {
			if file.IsDir() || !licenseName.MatchString(file.Name()) || strings.HasSuffix(file.Name(), ".go") {
				continue
			}
			text, err := os.ReadFile(filepath.Join(folder, file.Name()))
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, filepath.Join(folder, file.Name()))
			if err != nil {
				return err
			}
			fmt.Fprintf(all, "==== %s: %s\n\n%s\n\n", module, filepath.ToSlash(name), bytes.TrimSpace(text))
		}
		if folder == root && all.Len() == before {
			return fmt.Errorf("%s has no license file", module)
		}
	}
	return nil
}
