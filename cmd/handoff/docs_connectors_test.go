package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

var update = flag.Bool("update", false, "write the generated parts of documents anew")

// The matrix of docs/connectors.md lies between these lines.
const (
	connectorsDocument = "../../docs/connectors.md"
	matrixBegins       = "<!-- the manifests, by go test ./cmd/handoff -run ConnectorsDocument -update -->\n\n"
	matrixEnds         = "\n<!-- end of the manifests -->"
)

// TestConnectorsDocumentShowsTheManifests: what the document says of each kind of desk, in each seat, is what its manifest
// declares.
func TestConnectorsDocumentShowsTheManifests(t *testing.T) {
	document, err := os.ReadFile(connectorsDocument)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(document), matrixBegins)
	shown, after, ends := strings.Cut(rest, matrixEnds)
	if !begins || !ends {
		t.Fatalf("%s has no place for the matrix between %q and %q", connectorsDocument, matrixBegins, matrixEnds)
	}
	want := matrix(t)
	if *update {
		if err := os.WriteFile(connectorsDocument, []byte(before+matrixBegins+want+matrixEnds+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("-update writes it anew (-want +shown):\n%s", diff)
	}
}

// matrix is the table of abilities: a column for the house desk and for each vendor's desk in each seat.
func matrix(t *testing.T) string {
	t.Helper()
	manifests := manifestsOfDesks(t)
	columns := []string{defaultDeskName}
	for _, kind := range sortedKeys(simulators) {
		for _, seat := range simSeats {
			columns = append(columns, deskName(kind, seat))
		}
	}
	var b strings.Builder
	b.WriteString("| ability |")
	for _, name := range columns {
		kind, seat, _ := strings.Cut(name, "-")
		if seat == "bot" {
			seat = seatAgent
		} else if kind != defaultDeskName {
			seat = seatCustomer
		}
		fmt.Fprintf(&b, " %s |", strings.TrimSpace("`"+kind+"` "+seat))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, ability := range matrixRows {
		b.WriteString("| " + ability.name + " |")
		for _, name := range columns {
			b.WriteString(" " + ability.shows(manifests[orchestrator.ConnectorName(name)]) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// matrixRows are the rows, in the order of the fields of a manifest.
var matrixRows = []struct {
	name  string
	shows func(m orchestrator.Manifest) string
}{
	{"people read our own feed", yes(func(m orchestrator.Manifest) bool { return m.ReadsTimeline })},
	{"we learn that people type", yes(func(m orchestrator.Manifest) bool { return m.TypingIn })},
	{"our side's typing is shown", yes(func(m orchestrator.Manifest) bool { return m.TypingOut })},
	{"people accept through our API", yes(func(m orchestrator.Manifest) bool { return m.Accept })},
	{"transfer to a person, by us", yes(func(m orchestrator.Manifest) bool { return m.TransferAgent })},
	{"transfer to a queue, by us", yes(func(m orchestrator.Manifest) bool { return m.TransferQueue })},
	{"a chat that began there is taken back from people", yes(func(m orchestrator.Manifest) bool { return m.TakeBack })},
	{"conference, by us", yes(func(m orchestrator.Manifest) bool { return m.Conference })},
	{"after-call work is seen", yes(func(m orchestrator.Manifest) bool { return m.WrapUpSeen })},
	{"is told when after-call work is done", yes(func(m orchestrator.Manifest) bool { return m.Complete })},
	{"receipts", yes(func(m orchestrator.Manifest) bool { return m.Receipts })},
	{"can be asked whether a chat is alive", yes(func(m orchestrator.Manifest) bool { return m.Liveness })},
	{"tells who is available", yes(func(m orchestrator.Manifest) bool { return m.Availability })},
	{"who waits is told their place in line", yes(func(m orchestrator.Manifest) bool { return m.Positions })},
	{"one session per account, under a lease", yes(func(m orchestrator.Manifest) bool { return m.OneSession })},
	{"longest text, in characters; longer ones are split", func(m orchestrator.Manifest) string {
		if m.LongestText == 0 {
			return "any"
		}
		return fmt.Sprint(m.LongestText)
	}},
	{"what was said before reaches people as", func(m orchestrator.Manifest) string {
		if m.History == "" {
			return "–"
		}
		return m.History
	}},
}

func yes(has func(m orchestrator.Manifest) bool) func(m orchestrator.Manifest) string {
	return func(m orchestrator.Manifest) string {
		if has(m) {
			return "yes"
		}
		return "–"
	}
}

// manifestsOfDesks opens a desk of each kind in each seat, by the configuration with which its simulator is used.
func manifestsOfDesks(t *testing.T) map[orchestrator.ConnectorName]orchestrator.Manifest {
	t.Helper()
	desks, queues := "desks:\n  - {name: house, kind: house}\n", "queues:\n  - {name: general, desk: house}\n"
	for _, kind := range sortedKeys(simulators) {
		for _, seat := range simSeats {
			desks += simulators[kind].deskLine(kind, seat, "https://vendor.example")
			queues += simulators[kind].queueLine(kind, seat)
		}
	}
	l, err := parseConfig([]byte("bots:\n  - {name: shop, kind: native, tokens: [a-token-of-sixteen]}\n"+desks+queues+
		"flows:\n  default: {desk: house, queue: general}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	world := checkingWorld()
	world.targets = l.targets
	_, opened, err := openConnectors(l, world)
	if err != nil {
		t.Fatal(err)
	}
	manifests := map[orchestrator.ConnectorName]orchestrator.Manifest{}
	for name, desk := range opened {
		manifests[name] = desk.Manifest()
	}
	return manifests
}
