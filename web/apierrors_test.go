package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// codeSources are the packages whose refusals reach a caller of the interface.
var codeSources = []string{"../orchestrator", ".", "../flows", "../connectors/bots/native"}

func TestEveryCodeIsDocumentedAndEveryDocumentedCodeIsUsed(t *testing.T) {
	documented := documentedCodes(t)
	statuses := map[string]int{}
	for code, kind := range problemKinds {
		statuses[code] = kind.status
	}
	if diff := cmp.Diff(statuses, documented); diff != "" {
		t.Errorf("the interface's table (-) and docs/api-errors.md (+) differ:\n%s", diff)
	}
	used := usedCodes(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(documented))); diff != "" {
		t.Errorf("codes in the source (-) and in docs/api-errors.md (+) differ:\n%s\nplaces: %v", diff, used)
	}
}

// documentedCodes reads the rows of the table: | `code` | status | when | retry |.
func documentedCodes(t *testing.T) map[string]int {
	t.Helper()
	codes := map[string]int{}
	_, list, found := strings.Cut(string(must(os.ReadFile("../docs/api-errors.md"))), "\n## Codes\n")
	if !found {
		t.Fatal("the document has no part about codes")
	}
	for line := range strings.Lines(list) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		code := strings.Trim(cells[1], " `")
		if _, twice := codes[code]; twice || strings.TrimSpace(cells[3]) == "" || strings.TrimSpace(cells[4]) == "" {
			t.Errorf("the row of %s is there twice or says too little", code)
		}
		codes[code] = must(strconv.Atoi(strings.TrimSpace(cells[2])))
	}
	return codes
}

// usedCodes finds every code in the source, with a file where it is used: constants named code… or Code… wherever they stand
// but in their own declarations and in the interface's table, and what is written into a Code.
func usedCodes(t *testing.T) map[string]string {
	t.Helper()
	var files []*ast.File
	var names []string
	for _, dir := range codeSources {
		for _, name := range must(filepath.Glob(dir + "/*.go")) {
			if !strings.HasSuffix(name, "_test.go") {
				files = append(files, must(parser.ParseFile(token.NewFileSet(), name, nil, 0)))
				names = append(names, name)
			}
		}
	}
	constants := map[string]string{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			addConstants(constants, declaration)
		}
	}
	used := map[string]string{}
	for i, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, code := range codesOf(n, constants) {
				used[code] = names[i]
			}
			return !declares(n)
		})
	}
	return used
}

// declares reports whether a node only tells what codes there are.
func declares(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.CONST
	case *ast.ValueSpec:
		return n.Names[0].Name == "problemKinds"
	}
	return false
}

func addConstants(constants map[string]string, d ast.Decl) {
	declaration, ok := d.(*ast.GenDecl)
	if !ok || declaration.Tok != token.CONST {
		return
	}
	for _, spec := range declaration.Specs {
		value := spec.(*ast.ValueSpec)
		for i, name := range value.Names {
			if i < len(value.Values) && (strings.HasPrefix(name.Name, "code") || strings.HasPrefix(name.Name, "Code")) {
				constants[name.Name] = text(value.Values[i])
			}
		}
	}
}

func codesOf(n ast.Node, constants map[string]string) []string {
	var found []string
	add := func(code string) {
		if code != "" {
			found = append(found, code)
		}
	}
	switch n := n.(type) {
	case *ast.Ident:
		add(constants[n.Name])
	case *ast.CompositeLit:
		if name := nameOf(n.Type); name == "InputError" || name == "Rejection" {
			add(literalCode(n))
		}
	case *ast.AssignStmt:
		if target, ok := n.Lhs[0].(*ast.SelectorExpr); ok && target.Sel.Name == "Code" {
			add(text(n.Rhs[0]))
		}
	}
	return found
}

func literalCode(lit *ast.CompositeLit) string {
	for _, element := range lit.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok && nameOf(pair.Key) == "Code" {
			return text(pair.Value)
		}
	}
	return ""
}

// text is a string literal's text; empty for any other expression.
func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	return must(strconv.Unquote(lit.Value))
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
