package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// mutant is one small change of one file that a test should notice.
type mutant struct {
	pkg      string // the directory, as in reportfile
	file     string
	function string
	line     int
	from, to int // what is replaced, in bytes
	old, new string
	nth      int // of those that read the same in this function, from 1
}

// id names the mutant without its line, so that it stays the same when other lines change.
func (m mutant) id() string {
	id := fmt.Sprintf("%s %s: %s", m.file, m.function, m.change())
	if m.nth > 1 {
		id += fmt.Sprintf(" (%d)", m.nth)
	}
	return id
}

func (m mutant) change() string {
	short := func(text string) string {
		text = strings.Join(strings.Fields(text), " ")
		if runes := []rune(text); len(runes) > 100 {
			text = string(runes[:100]) + "…"
		}
		return text
	}
	if m.new == "" {
		return "remove `" + short(m.old) + "`"
	}
	return "`" + short(m.old) + "` -> `" + short(m.new) + "`"
}

func (m mutant) apply(source []byte) []byte {
	return slices.Concat(source[:m.from], []byte(m.new), source[m.to:])
}

var operators = map[token.Token][]token.Token{
	token.LSS:     {token.LEQ, token.GEQ},
	token.LEQ:     {token.LSS, token.GTR},
	token.GTR:     {token.GEQ, token.LEQ},
	token.GEQ:     {token.GTR, token.LSS},
	token.EQL:     {token.NEQ},
	token.NEQ:     {token.EQL},
	token.LAND:    {token.LOR},
	token.LOR:     {token.LAND},
	token.ADD:     {token.SUB},
	token.SUB:     {token.ADD},
	token.MUL:     {token.QUO},
	token.QUO:     {token.MUL},
	token.REM:     {token.MUL},
	token.AND:     {token.OR},
	token.OR:      {token.AND},
	token.SHL:     {token.SHR},
	token.SHR:     {token.SHL},
	token.AND_NOT: {token.AND},
}

// mutants returns all mutants of a file. Some don't compile, because the types aren't known here.
func mutants(pkg, file string, source []byte) ([]mutant, error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	v := &visitor{pkg: pkg, file: file, source: source, fset: fset}
	for _, declaration := range parsed.Decls {
		v.function, v.results = "-", nil
		if f, ok := declaration.(*ast.FuncDecl); ok {
			v.function, v.results = functionName(f), f.Type.Results
		}
		v.walk(declaration)
	}
	seen := make(map[string]int)
	for i := range v.found {
		m := &v.found[i]
		seen[m.id()]++
		m.nth = seen[m.id()]
	}
	return v.found, nil
}

func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + f.Name.Name
	}
	return f.Name.Name
}

type visitor struct {
	pkg, file, function string
	source              []byte
	fset                *token.FileSet
	results             *ast.FieldList // of the function that is walked through
	found               []mutant
}

func (v *visitor) offset(pos token.Pos) int { return v.fset.Position(pos).Offset }

func (v *visitor) text(n ast.Node) string {
	return string(v.source[v.offset(n.Pos()):v.offset(n.End())])
}

func (v *visitor) replace(n ast.Node, text string) {
	v.found = append(v.found, mutant{
		pkg: v.pkg, file: v.file, function: v.function, line: v.fset.Position(n.Pos()).Line,
		from: v.offset(n.Pos()), to: v.offset(n.End()), old: v.text(n), new: text,
	})
}

func (v *visitor) walk(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			inner := *v
			inner.results, inner.found = n.Type.Results, nil
			inner.walk(n.Body)
			v.found = append(v.found, inner.found...)
			return false
		case *ast.BinaryExpr:
			v.binary(n)
		case *ast.IfStmt:
			v.negate(n.Cond)
		case *ast.ForStmt:
			v.negate(n.Cond)
		case *ast.BasicLit:
			v.literal(n)
		case *ast.Ident:
			if other := map[string]string{"true": "false", "false": "true"}[n.Name]; other != "" {
				v.replace(n, other)
			}
		case *ast.UnaryExpr:
			if n.Op == token.NOT || n.Op == token.SUB {
				v.replace(n, v.text(n.X))
			}
		case *ast.ExprStmt, *ast.DeferStmt, *ast.GoStmt, *ast.IncDecStmt, *ast.SendStmt:
			v.replace(n, "")
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				v.replace(n, "")
			}
		case *ast.BranchStmt:
			if other := map[token.Token]string{token.BREAK: "continue", token.CONTINUE: "break"}[n.Tok]; other != "" {
				v.replace(n, strings.Replace(v.text(n), n.Tok.String(), other, 1))
			}
		case *ast.ReturnStmt:
			v.returns(n)
		case *ast.ImportSpec:
			return false
		}
		return true
	})
}

func (v *visitor) binary(n *ast.BinaryExpr) {
	left, right := v.text(n.X), v.text(n.Y)
	if isText(n.X) || isText(n.Y) {
		if n.Op == token.ADD {
			return // words that are put together
		}
	}
	for _, other := range operators[n.Op] {
		changed := left + " " + other.String() + " " + right
		if other.Precedence() < n.Op.Precedence() { // or it would take in what stands beside it
			changed = "(" + changed + ")"
		}
		v.replace(n, changed)
	}
	if n.Op == token.LAND || n.Op == token.LOR {
		v.replace(n, left)
		v.replace(n, right)
	}
}

func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (isText(e.X) || isText(e.Y))
	}
	return false
}

// negate turns a condition round that has no operator of its own to change.
func (v *visitor) negate(condition ast.Expr) {
	switch condition.(type) {
	case *ast.CallExpr, *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		v.replace(condition, "!"+v.text(condition))
	}
}

func (v *visitor) literal(n *ast.BasicLit) {
	if n.Kind != token.INT {
		return
	}
	if value, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
		v.replace(n, strconv.FormatInt(value+1, 10))
	}
}

// returns drops an error that is returned.
func (v *visitor) returns(n *ast.ReturnStmt) {
	if v.results == nil || len(v.results.List) == 0 || len(n.Results) == 0 || len(n.Results) != v.results.NumFields() {
		return
	}
	last, ok := v.results.List[len(v.results.List)-1].Type.(*ast.Ident)
	if !ok || last.Name != "error" {
		return
	}
	returned := n.Results[len(n.Results)-1]
	if name, ok := returned.(*ast.Ident); ok && name.Name == "nil" {
		return
	}
	text := v.text(n)
	v.replace(n, text[:v.offset(returned.Pos())-v.offset(n.Pos())]+"nil")
}

// sample puts mutants in an order that depends on the seed and on their ids only, so that a change elsewhere leaves a sample as it was.
func sample(all []mutant, seed string) []mutant {
	key := func(m mutant) string {
		sum := sha256.Sum256([]byte(seed + "\x00" + m.id()))
		return string(sum[:])
	}
	return slices.SortedFunc(slices.Values(all), func(a, b mutant) int { return cmp.Compare(key(a), key(b)) })
}
