package flows

import (
	"fmt"
	"strings"

	"handoff/orchestrator"
)

// edge is an arrow between two states, with all events that lead along it.
type edge struct {
	from, to orchestrator.State
	on       []string
}

// edges are the table as arrows, in the order of a conversation's life.
func edges() []edge {
	between := map[[2]orchestrator.State][]string{}
	for _, t := range Transitions() {
		pair := [2]orchestrator.State{t.From, t.To}
		between[pair] = append(between[pair], string(t.On))
	}
	var all []edge
	for _, from := range orchestrator.States() {
		for _, to := range orchestrator.States() {
			if on := between[[2]orchestrator.State{from, to}]; len(on) > 0 {
				all = append(all, edge{from, to, on})
			}
		}
	}
	return all
}

// Mermaid draws the table as a Mermaid state diagram, with the current state marked if there is one.
func Mermaid(current orchestrator.State) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> bot\n")
	for _, e := range edges() {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", e.from, e.to, strings.Join(e.on, "<br>"))
	}
	for _, s := range orchestrator.States() {
		if s.Ended() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	if current.Valid() {
		fmt.Fprintf(&b, "    classDef current fill:#00aa00,color:#ffffff\n    class %s current\n", current)
	}
	return b.String()
}

// Graphviz draws the table in the DOT language, with the current state marked if there is one.
func Graphviz(current orchestrator.State) string {
	var b strings.Builder
	b.WriteString("digraph handoff {\n    rankdir=LR;\n    node [shape=box, style=rounded];\n")
	for _, s := range orchestrator.States() {
		var look []string
		if s.Ended() {
			look = append(look, "peripheries=2")
		}
		if s == current {
			look = append(look, `style="rounded,filled"`, `fillcolor="#00aa00"`, `fontcolor="#ffffff"`)
		}
		fmt.Fprintf(&b, "    %q", string(s))
		if len(look) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(look, ", "))
		}
		b.WriteString(";\n")
	}
	for _, e := range edges() {
		fmt.Fprintf(&b, "    %q -> %q [label=\"%s\"];\n", string(e.from), string(e.to), strings.Join(e.on, `\n`))
	}
	b.WriteString("}\n")
	return b.String()
}
