package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// historyHead begins the table of what people read, in docs/connectors.md. Its lines are written from the simulators by the tests of
// the desks' own packages.
const historyHead = "| desk and seat | shown as | the person reads | of a long talk |\n|---|---|---|---|\n"

// saidBefore is what was said in each of the table's lines; the file is none of a seat in which the vendor has the chat.
var saidBefore = []string{"Hello, is anybody there?", "My order 4711 is broken", "I am sorry.", "Shall I fetch somebody?"}

// TestConnectorsDocumentHasWhatPeopleReadAtEveryDesk: each kind of desk has a line for each seat, and each line has every word, or says
// that the timeline names what could not be carried.
func TestConnectorsDocumentHasWhatPeopleReadAtEveryDesk(t *testing.T) {
	document, err := os.ReadFile(connectorsDocument)
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(document), historyHead)
	if !found {
		t.Fatalf("%s has no table that begins with %q", connectorsDocument, historyHead)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	lines := strings.Split(table, "\n")
	seats := []string{"`" + defaultDeskName + "`"}
	for _, kind := range sortedKeys(simulators) {
		for _, seat := range simSeats {
			seats = append(seats, "`"+kind+"` "+seat)
		}
	}
	for _, seat := range seats {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "| "+seat) }) {
			t.Errorf("there is no line for %s", seat)
		}
	}
	for _, line := range lines {
		words := saidBefore
		if !strings.Contains(strings.SplitN(line, "|", 3)[1], seatAgent) {
			words = append(slices.Clone(words), "photo.jpg")
		}
		for _, word := range words {
			if !strings.Contains(line, word) && !strings.Contains(line, "`history_not_carried`") {
				t.Errorf("%q is dropped silently: %s", word, line)
			}
		}
	}
}
