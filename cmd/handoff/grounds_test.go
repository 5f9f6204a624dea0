package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readsGrounds are the files that may read Why.LookedAt: two show it to people as it is, and one reads the timelines of the version
// before, until it is deleted.
var readsGrounds = []string{"orchestrator/wire/before.go", "web/envelope.go", "web/pagetimeline.go"}

// TestFilesDoNotComputeWithGrounds: what a decision looked at is for people. Code that reads it breaks when a rule looks at
// something else; what is told outside is the notice.
func TestFilesDoNotComputeWithGrounds(t *testing.T) {
	for path, text := range textFiles(t) {
		if slices.Contains(readsGrounds, path) {
			if !strings.Contains(text, ".LookedAt") {
				t.Errorf("%s does not read the grounds: take it off the list", path)
			}
			continue
		}
		for _, complaint := range groundsReadIn(path, text) {
			t.Error(complaint)
		}
	}
}

func TestFileCheckFindsWhoReadsGrounds(t *testing.T) {
	text := "package p\n\nfunc f(e *Entry) any { return e.Why.LookedAt[\"waiting\"] }\n\nvar w = Why{LookedAt: nil}\n"
	want := []string{"a/b.go:3 reads what a decision looked at: the notice says what is told"}
	if diff := cmp.Diff(want, groundsReadIn("a/b.go", text)); diff != "" {
		t.Error(diff)
	}
	if got := groundsReadIn("a/b_test.go", text); got != nil {
		t.Errorf("a test may look: %v", got)
	}
}

// groundsReadIn names the places of a file of Go, but for tests, that read the field.
func groundsReadIn(path, text string) []string {
	if !strings.HasSuffix(path, ".go") || ofTests(path) {
		return nil
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, 0)
	if err != nil {
		return []string{err.Error()}
	}
	var complaints []string
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "LookedAt" {
			complaints = append(complaints, fmt.Sprintf("%s:%d reads what a decision looked at: the notice says what is told", path,
				files.Position(sel.Pos()).Line))
		}
		return true
	})
	return complaints
}
