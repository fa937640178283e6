package main

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// comparison is a test that says that it compares something.
type comparison struct {
	dir, test, what string
	tag             string // the build tag that the test's file needs, or ""
}

// function is one of a test file, with the calls in it.
type function struct {
	comparison // of the file, and of the function if it is a test
	name       string
	isTest     bool
	calls      []*ast.CallExpr
}

// find looks for the tests in all test files below root that call compared.With, or set its attribute themselves, or call a function of
// their package that does.
func find(root string) ([]comparison, error) {
	var found []comparison
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if entry.Name() == "node_modules" || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != root {
			return fs.SkipDir
		}
		functions, err := functionsOf(path)
		found = append(found, comparisonsOf(functions)...)
		return err
	})
	slices.SortFunc(found, func(a, b comparison) int {
		return strings.Compare(a.dir+a.tag+a.test, b.dir+b.tag+b.test)
	})
	return slices.Compact(found), err
}

// functionsOf reads the test files of a directory.
func functionsOf(dir string) ([]function, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	var functions []function
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, declared := range file.Decls {
			declaration, isFunction := declared.(*ast.FuncDecl)
			if !isFunction {
				continue
			}
			f := function{comparison: comparison{dir: dir, tag: tagOf(file), test: declaration.Name.Name}, name: declaration.Name.Name}
			f.isTest = strings.HasPrefix(f.name, "Test") && declaration.Recv == nil
			ast.Inspect(declaration, func(node ast.Node) bool {
				if call, isCall := node.(*ast.CallExpr); isCall {
					f.calls = append(f.calls, call)
				}
				return true
			})
			functions = append(functions, f)
		}
	}
	return functions, nil
}

// comparisonsOf returns the tests among the functions of a package that compare something, by themselves or through others.
func comparisonsOf(functions []function) []comparison {
	var found []comparison
	comparing := make(map[string]bool) // functions that aren't tests
	for grew := true; grew; {
		grew = false
		for _, f := range functions {
			for _, call := range f.calls {
				if !compares(call) && !callsOne(call, comparing) {
					continue
				}
				if f.isTest {
					f.what = literal(call)
					found = append(found, f.comparison)
				} else if !comparing[f.name] {
					comparing[f.name], grew = true, true
				}
				break
			}
		}
	}
	return found
}

func callsOne(call *ast.CallExpr, names map[string]bool) bool {
	name, isName := call.Fun.(*ast.Ident)
	return isName && names[name.Name]
}

func compares(call *ast.CallExpr) bool {
	selector, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector || len(call.Args) < 2 {
		return false
	}
	from, _ := selector.X.(*ast.Ident)
	key, _ := call.Args[0].(*ast.BasicLit)
	return selector.Sel.Name == "With" && from != nil && from.Name == "compared" ||
		selector.Sel.Name == "Attr" && key != nil && key.Value == `"compared-with"`
}

// literal returns what a call says that it compares, if that stands there.
func literal(call *ast.CallExpr) string {
	if compares(call) && len(call.Args) != 4 || len(call.Args) < 2 {
		return ""
	}
	text, isText := call.Args[1].(*ast.BasicLit)
	if !isText {
		return ""
	}
	return strings.Trim(text.Value, `"`)
}

// tagOf returns the build tag that a file needs. Systems are no tags.
func tagOf(file *ast.File) string {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if expression, err := constraint.Parse(comment.Text); err == nil && group.Pos() < file.Package {
				if tag, isTag := expression.(*constraint.TagExpr); isTag && !slices.Contains([]string{"unix", "linux", "windows", "darwin"}, tag.Tag) {
					return tag.Tag
				}
			}
		}
	}
	return ""
}
