package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// equivalents are mutants that do the same as the code they are made of, by id, with the reason.
type equivalents map[string]string

// readEquivalents reads a list in which the lines below a mutant, set in, say why it is equivalent.
func readEquivalents(file string) (equivalents, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	list := make(equivalents)
	id := ""
	for i, line := range strings.Split(string(text), "\n") {
		reason := strings.TrimSpace(line)
		switch {
		case reason == "" || strings.HasPrefix(line, "#"):
		case reason != strings.TrimRight(line, " \r"): // set in
			if id == "" {
				return nil, fmt.Errorf("%s:%d: a reason without a mutant above it", file, i+1)
			}
			list[id] = strings.TrimSpace(list[id] + " " + reason)
		default:
			id = reason
			if _, twice := list[id]; twice {
				return nil, fmt.Errorf("%s:%d: %s is listed twice", file, i+1, id)
			}
			list[id] = ""
		}
	}
	for id, reason := range list {
		if reason == "" {
			return nil, fmt.Errorf("%s: %s has no reason", file, id)
		}
	}
	return list, nil
}

// check refuses a list that names what isn't there any more, in the packages that are looked at.
func (e equivalents) check(all []mutant, packages []string) error {
	left := make(map[string]bool)
	for id := range e {
		file, _, _ := strings.Cut(id, " ")
		if slices.ContainsFunc(packages, func(pkg string) bool { return path.Dir(file) == path.Clean(filepath.ToSlash(pkg)) }) {
			left[id] = true
		}
	}
	for _, m := range all {
		delete(left, m.id())
	}
	for id := range left {
		return fmt.Errorf("there is no such mutant any more, so take it off the list of equivalent ones: %s", id)
	}
	return nil
}
