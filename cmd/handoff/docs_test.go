package main_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Between these two lines of the README stands the diagram of the states.
const (
	diagramBegins = "<!-- diagram: begin, from flows/testdata/handoff.mmd -->"
	diagramEnds   = "<!-- diagram: end -->"
)

var (
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading   = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	fenced    = regexp.MustCompile("(?ms)^```.*?^```$")
	keyTag    = regexp.MustCompile("`koanf:\"([a-z_]+)\"`")
	policyKey = regexp.MustCompile(`\b(?:top|s|step|limits|wrap)\.(?:name|duration|section|integer|boolean|texts?|list|take)\("([a-z_]+)"`)
	adrName   = regexp.MustCompile(`^\d{4}-[a-z0-9-]+\.md$`)
)

func TestReadmeShowsTheDiagramOfTheStates(t *testing.T) {
	golden, err := os.ReadFile(filepath.Join(root, "flows/testdata/handoff.mmd"))
	if err != nil {
		t.Fatal(err)
	}
	readme := readDoc(t, "README.md")
	_, rest, begins := strings.Cut(readme, diagramBegins)
	shown, _, ends := strings.Cut(rest, diagramEnds)
	if !begins || !ends {
		t.Fatalf("README.md has not both markers %q and %q", diagramBegins, diagramEnds)
	}
	want := "```mermaid\n" + strings.TrimSpace(string(golden)) + "\n```"
	if diff := cmp.Diff(want, strings.TrimSpace(shown)); diff != "" {
		t.Errorf("README.md between the markers (-golden +README):\n%s", diff)
	}
}

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	checked := 0
	for from, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			checked++
			if complaint := deadLink(t, from, found[1]); complaint != "" {
				t.Errorf("%s: %s", from, complaint)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d links were checked", checked)
	}
}

func TestLinkCheckFindsDeadLinks(t *testing.T) {
	for target, dead := range map[string]bool{
		"https://example.org/x": false, "mailto:a@example.org": false,
		"../README.md": false, "nowhere.md": true, "../README.md#no-such-heading": true, "#no-such-heading": true,
	} {
		if got := deadLink(t, "docs/architecture.md", target) != ""; got != dead {
			t.Errorf("%s: dead is %t, want %t", target, got, dead)
		}
	}
}

func TestArchitectureShowsTheTableOfImports(t *testing.T) {
	text := readDoc(t, "docs/architecture.md")
	for name := range rows {
		if !strings.Contains(text, "| `"+name+"` |") {
			t.Errorf("docs/architecture.md has no row for %s", name)
		}
	}
}

func TestEveryConfigurationKeyIsDocumented(t *testing.T) {
	text := readDoc(t, "docs/operations.md")
	found := map[string]int{}
	for name, source := range textFiles(t) {
		pattern, read := map[string]*regexp.Regexp{"cmd/handoff": keyTag, "flows": policyKey}[path.Dir(name)]
		if !read || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, key := range pattern.FindAllStringSubmatch(source, -1) {
			found[path.Dir(name)]++
			if !regexp.MustCompile("`[a-z_.<>{},: \\[\\]]*\\b" + key[1] + "\\b[^`]*`").MatchString(text) {
				t.Errorf("docs/operations.md does not explain the key %s of %s", key[1], name)
			}
		}
	}
	if found["cmd/handoff"] < 40 || found["flows"] < 20 {
		t.Errorf("only these keys were found: %v", found)
	}
}

func TestDecisionRecordsAreNumberedAndListed(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(root, "docs/adr"))
	if err != nil {
		t.Fatal(err)
	}
	list := readDoc(t, "docs/adr/README.md")
	var numbers []string
	for _, entry := range entries {
		name := entry.Name()
		if name == "README.md" {
			continue
		}
		if !adrName.MatchString(name) || !strings.Contains(list, "]("+name+")") {
			t.Errorf("docs/adr/%s has an odd name or is not in docs/adr/README.md", name)
			continue
		}
		numbers = append(numbers, name[:4])
		text := readDoc(t, "docs/adr/"+name)
		for _, part := range []string{"# " + name[:4] + ": ", "## Context", "## Decision", "## Consequences"} {
			if !strings.Contains(text, part) {
				t.Errorf("docs/adr/%s lacks %q", name, part)
			}
		}
	}
	if len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
		t.Errorf("two decisions share a number: %v", numbers)
	}
}

// deadLink says what is wrong with a link, or nothing. Links to other places on the web are not followed.
func deadLink(t *testing.T, from, target string) string {
	t.Helper()
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return ""
	}
	file, anchor, anchored := strings.Cut(target, "#")
	at := from
	if file != "" {
		at = path.Join(path.Dir(from), file)
	}
	if _, err := os.Stat(filepath.Join(root, at)); err != nil {
		return "the link to " + target + " leads nowhere"
	}
	if !anchored || path.Ext(at) != ".md" {
		return ""
	}
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(readDoc(t, at), ""), -1) {
		if slug(h[1]) == anchor {
			return ""
		}
	}
	return "the link to " + target + " names a heading that is not there"
}

// slug is the anchor that code hosts give a heading.
func slug(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, strings.ToLower(title))
}

func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := textFiles(t)
	for name := range docs {
		if path.Ext(name) != ".md" {
			delete(docs, name)
		}
	}
	return docs
}

func readDoc(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
