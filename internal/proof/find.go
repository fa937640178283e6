package main

import (
	"fmt"
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

// find looks for the tests that call compared.With, or set its attribute themselves, in all test files below root.
func find(root string) ([]comparison, error) {
	var found []comparison
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != root):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		ofFile, err := findInFile(path)
		found = append(found, ofFile...)
		return err
	})
	slices.SortFunc(found, func(a, b comparison) int {
		return strings.Compare(a.dir+a.tag+a.test, b.dir+b.tag+b.test)
	})
	return slices.Compact(found), err
}

func findInFile(path string) ([]comparison, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var found []comparison
	for _, declared := range file.Decls {
		function, isFunction := declared.(*ast.FuncDecl)
		if !isFunction {
			continue
		}
		var misplaced error
		ast.Inspect(function, func(node ast.Node) bool {
			call, isCall := node.(*ast.CallExpr)
			if !isCall || !compares(call) {
				return true
			}
			if !strings.HasPrefix(function.Name.Name, "Test") || function.Recv != nil {
				misplaced = fmt.Errorf("%s: %s says that it compares something, and is no test", files.Position(call.Pos()), function.Name.Name)
			}
			found = append(found, comparison{filepath.Dir(path), function.Name.Name, literal(call), tagOf(file)})
			return true
		})
		if misplaced != nil {
			return nil, misplaced
		}
	}
	return found, nil
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
	if text, isText := call.Args[1].(*ast.BasicLit); isText && len(call.Args) == 4 {
		return strings.Trim(text.Value, `"`)
	}
	return ""
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
