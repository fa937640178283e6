package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var (
	uses   = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(.*)$`)
	pinned = regexp.MustCompile(`^(\./\S+|[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
)

// Every action is named by a commit, with its version as a comment, and every workflow says what it may do.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	versions := map[string]string{}
	for _, file := range workflowFiles(t) {
		text, err := os.ReadFile(filepath.Join("../../.github/workflows", file))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^permissions:( \{\}|\n  contents: read)\n[a-z]`).Match(text) {
			t.Errorf("%s: the permissions of the workflow aren't read-only", file)
		}
		found := uses.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s uses no actions", file)
		}
		for _, used := range found {
			if !pinned.MatchString(used[1]) {
				t.Errorf("%s: %q isn't a commit with the version as a comment", file, used[1])
			}
			action, version, _ := strings.Cut(used[1], "@")
			if other, ok := versions[action]; ok && other != version {
				t.Errorf("%s: %s is %s here and %s elsewhere", file, action, version, other)
			}
			versions[action] = version
		}
	}
}

// workflow is the part of a workflow that the tests below read.
type workflow struct {
	Jobs map[string]struct {
		TimeoutMinutes int               `yaml:"timeout-minutes"`
		Permissions    map[string]string // only those of this job
		Uses           string
		Steps          []struct {
			Uses, Run        string
			WorkingDirectory string `yaml:"working-directory"`
			With             map[string]string
		}
	}
}

func workflowFiles(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return names
}

func readWorkflow(t *testing.T, name string) (w workflow) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../.github/workflows", name))
	if err == nil {
		err = yaml.Unmarshal(text, &w)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Whatever runs code of the repository, or of a pull request, can only read. Every job ends by itself.
func TestWorkflowsOnlyRead(t *testing.T) {
	t.Parallel()
	writers := 0
	for _, name := range workflowFiles(t) {
		text, err := os.ReadFile(filepath.Join("../../.github/workflows", name))
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`\bsecrets\b|pull_request_target|workflow_run|github\.(?:event\.pull_request|head_ref)`).Find(text); found != nil {
			t.Errorf("%s has %s", name, found)
		}
		for id, job := range readWorkflow(t, name).Jobs {
			writes := false
			for _, permission := range job.Permissions {
				writes = writes || permission != "read"
			}
			if writes {
				writers++
			}
			if job.Uses == "" && job.TimeoutMinutes == 0 {
				t.Errorf("%s: %s has no timeout", name, id)
			}
			for _, step := range job.Steps {
				checksOut := strings.HasPrefix(step.Uses, "actions/checkout@")
				if writes && checksOut {
					t.Errorf("%s: %s may write, and has the repository's files", name, id)
				}
				if checksOut && step.With["persist-credentials"] != "false" {
					t.Errorf("%s: %s leaves its token beside the repository's files", name, id)
				}
			}
		}
	}
	if writers != 1 {
		t.Errorf("%d jobs may write", writers)
	}
}

// npm runs no script of a package that it installs, and installs what the lock file has.
func TestInstallScripts(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^.*\bnpm (?:ci|i|install|exec)\b.*$|^.*\bnpx\b.*$`).FindAllString(string(makefile), -1)
	if len(lines) < 3 {
		t.Errorf("%q", lines)
	}
	for _, line := range lines {
		if !strings.Contains(line, "npm ci --silent --ignore-scripts") {
			t.Errorf("%s", line)
		}
	}
}

// A release is built with the version of Go whose vulnerabilities are looked for, every day.
func TestWorkflowsGo(t *testing.T) {
	t.Parallel()
	versions := make(map[string]string)
	for _, name := range []string{"release.yml", "vulnerabilities.yml"} {
		for _, job := range readWorkflow(t, name).Jobs {
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "actions/setup-go@") {
					versions[name] = step.With["go-version"]
				}
			}
		}
	}
	if v := versions["release.yml"]; !regexp.MustCompile(`^1\.\d+\.\d+$`).MatchString(v) || versions["vulnerabilities.yml"] != v {
		t.Errorf("versions of Go: %q", versions)
	}
}

// What the workflow does before it publishes: it stops if the machines built different files, if a checksum is wrong, or if the files don't have the
// version of the tag.
func TestPublish(t *testing.T) {
	t.Parallel()
	var steps []string // up to the one that publishes
	for _, step := range readWorkflow(t, "release.yml").Jobs["publish"].Steps {
		if strings.Contains(step.Run, "gh release create") {
			break
		}
		if step.Run != "" {
			steps = append(steps, `( cd "./`+step.WorkingDirectory+`" && `+step.Run+"\n)\n")
		}
	}
	if len(steps) < 3 {
		t.Fatalf("%q", steps)
	}
	for name, test := range map[string]struct {
		tag    string
		change map[string]string
		ok     bool
	}{
		"a release":                 {tag: "v1.2.3", ok: true},
		"another tag":               {tag: "v1.2.4"},
		"a pre-release of it":       {tag: "v1.2.3-rc.1"},
		"a commit without a tag":    {tag: "v0.0.0-20261127024800-6186742b5c3d"},
		"another file":              {tag: "v1.2.3", change: map[string]string{"second/openapi.yaml": "other"}},
		"a file more":               {tag: "v1.2.3", change: map[string]string{"second/more": "more"}},
		"wrong on both machines":    {tag: "v1.2.3", change: map[string]string{"first/openapi.yaml": "other", "second/openapi.yaml": "other"}},
		"no checksums":              {tag: "v1.2.3", change: map[string]string{"first/SHA256SUMS": "", "second/SHA256SUMS": ""}},
		"a checksum of a lost file": {tag: "v1.2.3", change: map[string]string{"first/SHA256SUMS": strings.Repeat("0", 64) + "  lost\n", "second/SHA256SUMS": strings.Repeat("0", 64) + "  lost\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, machine := range []string{"first", "second"} {
				built := filepath.Join(dir, machine)
				writeFiles(t, built, map[string]string{"openapi.yaml": "openapi: 3.0.3\n", "payreports_1.2.3_linux_amd64.tar.gz": "archive"})
				if err := writeSums(built); err != nil {
					t.Fatal(err)
				}
			}
			writeFiles(t, dir, test.change)
			command := exec.CommandContext(t.Context(), "bash", "-e", "-c", strings.Join(steps, ""))
			command.Dir, command.Env = dir, append(os.Environ(), "GITHUB_REF_NAME="+test.tag)
			if printed, err := command.CombinedOutput(); (err == nil) != test.ok {
				t.Errorf("%v\n%s", err, printed)
			}
		})
	}
}
