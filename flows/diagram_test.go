package flows

import (
	"flag"
	"os"
	"strings"
	"testing"

	"handoff/orchestrator"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The README shows the golden diagram; so it cannot differ from the table.
func TestTheDiagramIsTheTable(t *testing.T) {
	for file, got := range map[string]string{
		"testdata/handoff.mmd": Mermaid(""), "testdata/handoff.dot": Graphviz(""),
	} {
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		same(t, file, string(want), got)
	}
}

func TestEveryPairIsInTheDiagrams(t *testing.T) {
	mermaid, dot := Mermaid(""), Graphviz("")
	for _, row := range Transitions() {
		from, to, on := string(row.From), string(row.To), string(row.On)
		if !hasArrow(mermaid, from+" --> "+to+": ", on, "<br>") || !hasArrow(dot, `"`+from+`" -> "`+to+`" [label="`,
			on, `\n`) {
			t.Errorf("%s from %s to %s is missing", on, from, to)
		}
	}
}

func hasArrow(diagram, head, event, between string) bool {
	for line := range strings.Lines(diagram) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), head); ok {
			rest = strings.TrimSuffix(rest, `"];`)
			return strings.Contains(between+rest+between, between+event+between)
		}
	}
	return false
}

func TestTheCurrentStateIsMarked(t *testing.T) {
	for _, s := range orchestrator.States() {
		if got := Mermaid(s); !strings.HasPrefix(got, Mermaid("")) || !strings.Contains(got,
			"class "+string(s)+" current\n") {
			t.Errorf("%s is not marked: %s", s, got)
		}
		if strings.Count(Graphviz(s), "fillcolor") != 1 {
			t.Errorf("%s is not marked in %s", s, Graphviz(s))
		}
	}
	if strings.Contains(Mermaid("nowhere"), "classDef") || strings.Contains(Graphviz(""), "fillcolor") {
		t.Error("a state is marked that there is not")
	}
}
