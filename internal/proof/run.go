package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"github.com/amazonpay-go/payreports/internal/compared"
)

// The results of a row.
const (
	passed  = "passed"
	skipped = "skipped"
	failed  = "failed"
	notRun  = "not run"
)

// row is a line of the table.
type row struct {
	compared.Partners
	dir, test     string
	count         string
	result, notes string
}

func (r row) ok() bool { return r.result == passed || r.result == skipped }

// event is what go test -json prints.
type event struct {
	Action, Test, Key, Value, Output string
}

// run runs the tests of one directory and tag, and returns a row for each comparison that they said they made, or should have made.
func run(ctx context.Context, log io.Writer, dir, tag string, tests []comparison) []row {
	var names []string
	for _, test := range tests {
		names = append(names, test.test)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	command := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout", "40m", "-tags", tag, "-run", "^("+strings.Join(names, "|")+")$", ".")
	command.Dir, command.Stderr = dir, log
	fmt.Fprintf(log, "proof: %s: go test -tags '%s' -run '%s'\n", dir, tag, strings.Join(names, "|"))
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return lost(tests, nil, err.Error())
	}
	results := collect(output, log)
	err = command.Wait()
	rows := results.rows(dir)
	rows = append(rows, lost(tests, results, "see the output of make proof")...)
	if err != nil && !slices.ContainsFunc(rows, func(r row) bool { return !r.ok() }) {
		rows = append(rows, row{dir: dir, test: strings.Join(names, ", "), result: failed, notes: err.Error()})
	}
	return rows
}

// outcome is what is known of a test.
type outcome struct {
	action   string // of the end
	partners *compared.Partners
	count    string
	output   strings.Builder
}

type outcomes map[string]*outcome

func collect(output io.Reader, log io.Writer) outcomes {
	results := make(outcomes)
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && e.Action != "" {
			results.add(e, log)
		} else if len(line) > 0 {
			fmt.Fprintf(log, "%s", line)
		}
		if err != nil {
			return results
		}
	}
}

func (o outcomes) add(e event, log io.Writer) {
	if e.Test == "" { // of the package, or of its build
		if e.Action == "build-output" || e.Action == "output" && strings.Contains(e.Output, "panic") {
			io.WriteString(log, e.Output)
		}
		return
	}
	result := o[e.Test]
	if result == nil {
		result = new(outcome)
		o[e.Test] = result
	}
	switch e.Action {
	case "output":
		result.output.WriteString(e.Output)
	case "attr":
		switch e.Key {
		case compared.KeyWith:
			partners := new(compared.Partners)
			if json.Unmarshal([]byte(e.Value), partners) == nil {
				result.partners = partners
			}
		case compared.KeyCount:
			result.count = e.Value
		}
	case "pass", "fail", "skip":
		result.action = e.Action
		if e.Action == "fail" {
			io.WriteString(log, result.output.String())
		}
	}
}

// rows has one for each test that said that it compares something.
func (o outcomes) rows(dir string) []row {
	var rows []row
	for _, test := range slices.Sorted(maps.Keys(o)) {
		result := o[test]
		if result.partners == nil {
			continue
		}
		r := row{Partners: *result.partners, dir: dir, test: test, count: result.count}
		switch result.action {
		case "pass":
			if r.result = passed; r.count == "" || strings.Contains(", "+r.count, ", 0 ") {
				r.result, r.notes = failed, "it compared nothing"
			} else if r.Version == "" {
				r.result, r.notes = failed, "it doesn't say with which version"
			}
		case "skip":
			r.result, r.notes = skipped, reason(result.output.String())
		case "":
			r.result, r.notes = failed, "it didn't end"
		default:
			r.result, r.notes = failed, "see the output of make proof"
		}
		rows = append(rows, r)
	}
	return rows
}

// lost has a row for each test that should have said that it compares something, and didn't, and for each that failed outside the
// comparisons that it names.
func lost(tests []comparison, o outcomes, why string) []row {
	var rows []row
	for _, test := range tests {
		named, failing := false, false
		for name, result := range o {
			if (name == test.test || strings.HasPrefix(name, test.test+"/")) && result.partners != nil {
				named = true
				failing = failing || result.action == "fail"
			}
		}
		result := o[test.test]
		r := row{Partners: compared.Partners{What: test.what}, dir: test.dir, test: test.test}
		switch {
		case named && (failing || result == nil || result.action != "fail"):
			continue
		case result == nil:
			r.result, r.notes = notRun, why
		case result.action == "skip":
			r.result, r.notes = skipped, reason(result.output.String())
		case result.action == "pass":
			r.result, r.notes = notRun, "it didn't say what it compares"
		default:
			r.result, r.notes = failed, "see the output of make proof"
		}
		rows = append(rows, r)
	}
	return rows
}

// reason is the last line that a skipped test has logged.
func reason(output string) string {
	last := ""
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "    ") {
			last = strings.TrimSpace(line)
		}
	}
	if _, after, found := strings.Cut(last, ": "); found {
		return after
	}
	return last
}
