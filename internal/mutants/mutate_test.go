package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const source = `package p

func (t *T[K]) f(a, b int) (int, error) {
	if a < b && a != 0 || !t.ok {
		t.n = a + b
		g()
		return 1, errTooFew
	}
	return a, nil
}
`

func TestMutants(t *testing.T) {
	t.Parallel()
	found, err := mutants("p", "p/p.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		got = append(got, strings.TrimPrefix(m.id(), "p/p.go T.f: "))
		if _, err := parser.ParseFile(token.NewFileSet(), "p.go", m.apply([]byte(source)), 0); err != nil {
			t.Errorf("%s: %v", m.id(), err)
		}
	}
	for _, want := range []string{
		"`a < b` -> `a <= b`", "`a < b` -> `a >= b`", "`a != 0` -> `a == 0`", "`a < b && a != 0` -> `(a < b || a != 0)`", "`a < b && a != 0` -> `a < b`",
		"`!t.ok` -> `t.ok`", "`0` -> `1`", "remove `t.n = a + b`", "`a + b` -> `a - b`", "remove `g()`", "`return 1, errTooFew` -> `return 1, nil`", "`1` -> `2`",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no mutant %s among\n%s", want, strings.Join(got, "\n"))
		}
	}
	first := sample(found, "1")
	slices.Reverse(found)
	if !slices.Equal(first, sample(found, "1")) {
		t.Error("the sample depends on the order of the code")
	}
}

func TestReadEquivalents(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"# head\na.go f: x\n  why\n  it is\n": "",
		"a.go f: x\n":                         "has no reason",
		"  why\n":                             "without a mutant",
		"a.go f: x\n  y\na.go f: x\n  y\n":    "listed twice",
	} {
		file := filepath.Join(t.TempDir(), "list.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := readEquivalents(file)
		if want == "" && (err != nil || list["a.go f: x"] != "why it is") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %v", text, list, err)
		}
		if want == "" && list.check(nil, []string{"."}) == nil {
			t.Error("a listed mutant that isn't there is not told")
		}
	}
}
