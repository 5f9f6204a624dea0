package desktest

import (
	"context"
	"os"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// Operation is one thing that a vendor can be asked: the call, with {…} for what differs, the file from which it is sent, and when.
type Operation struct{ Call, File, When string }

// document is where people read which operations are used, as seen from a vendor's folder.
const document = "../../../docs/connectors.md"

// onTheWire are behaviours of the suite that bring a desk to make each of its calls.
var onTheWire = []string{
	"StraightStory", "TypingOfOursIsShown", "TheCustomersLeavingEndsTheChatAtTheDesk", "TheCustomerLeavesTheBot",
	"DriftDuringASessionLossIsNamed", "DriftWhileNoProcessListensIsNamed", "AnAnswerLostAfterTheVendorActedIsUnknown",
	"ALostAnswerOfEachCallIsLookedAfter/open a chat", "ALostAnswerOfEachCallIsLookedAfter/open", "ALostAnswerOfEachCallIsLookedAfter/take back",
	"ALostAnswerOfEachCallIsLookedAfter/end", "AChatThatIsGivenAnotherIDGoesOn", "WhatWasSaidBeforeReachesThePerson",
	"TheBotEndsTheChat", "TheHandoffIsTheDesksOwnTransferAfterTheLastWords", "AChatThatGoesBackToTheBotIsWithTheBotAtTheDesk",
	"RunStopsOnCancelAndLeavesNothingBehind", "WordsSaidDuringASessionLossAreHeardOnce",
}

// LookAround asks who is there, and how the customer's chat stands, where the desk can be asked. The suite's stories need neither.
func LookAround(t TB, p *Play) {
	p.Begins(t, "c-1")
	if desk, ok := p.Desk.(orchestrator.Availability); ok {
		if _, err := desk.Look(context.Background(), p.Queue, nil); err != nil {
			t.Errorf("who is there: %v", err)
		}
	}
	if desk, ok := p.Desk.(orchestrator.LivenessProbe); ok {
		c := p.Conversation("c-1")
		if _, err := desk.LastSeen(context.Background(), &c); err != nil {
			t.Errorf("how it stands: %v", err)
		}
	}
}

// Operations fails the test unless the behaviours onTheWire, and own, played on the subjects, ask the vendor for each operation of a
// table and for nothing else, and the document has a line for each.
func Operations(t TB, table []Operation, own func(t TB, p *Play), opens ...Open) {
	t.Helper()
	asked := map[string]bool{}
	played := slices.DeleteFunc(Behaviours(), func(b Behaviour) bool { return !slices.Contains(onTheWire, b.Name) })
	if len(played) != len(onTheWire) {
		t.Fatalf("the suite has %d of the %d behaviours that are to be played", len(played), len(onTheWire))
	}
	played = append(played, Behaviour{Name: "what is asked beside the suite", Check: own})
	for _, open := range opens {
		for _, b := range played {
			var s *Subject
			One(t, b, func(tb TB) *Subject {
				s = open(tb)
				return s
			})
			for _, call := range s.Calls() {
				asked[call] = true
			}
		}
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatalf("%v", err)
	}
	met := map[string]bool{}
	for call := range asked {
		at := slices.IndexFunc(table, func(o Operation) bool { return o.is(call) })
		if at < 0 {
			t.Errorf("%s was asked for, and the table does not have it", call)
			continue
		}
		met[table[at].Call] = true
	}
	for _, o := range table {
		if !met[o.Call] {
			t.Errorf("%s was never asked for", o.Call)
		}
		if source, err := os.ReadFile(o.File); err != nil || !strings.Contains(string(source), o.name()) {
			t.Errorf("%s is not sent from %s", o.Call, o.File)
		}
		if line := "| `" + o.Call + "` | `" + o.File + "` | " + o.When + " |\n"; !strings.Contains(string(text), line) {
			t.Errorf("docs/connectors.md lacks the line %s", line)
		}
	}
}

// is reports whether a call is the operation's.
func (o Operation) is(call string) bool {
	want, have := strings.Split(o.Call, "/"), strings.Split(call, "/")
	if len(want) != len(have) {
		return false
	}
	for i, part := range want {
		if !strings.HasPrefix(part, "{") && part != have[i] {
			return false
		}
	}
	return true
}

// name is the last part of the call that is always the same.
func (o Operation) name() string {
	for _, part := range slices.Backward(strings.Split(o.Call, "/")) {
		if !strings.HasPrefix(part, "{") {
			return part
		}
	}
	return o.Call
}
