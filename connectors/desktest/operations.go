package desktest

import (
	"os"
	"slices"
	"strings"
)

// Operation is one thing that a vendor can be asked: the call, with {…} for what differs, the file from which it is sent, and when.
type Operation struct{ Call, File, When string }

// document is where people read which operations are used, as seen from a vendor's folder.
const document = "../../../docs/connectors.md"

// Operations fails the test unless the behaviours of these names, and own, played on the subjects, ask the vendor for each operation of
// a table and for nothing else, and the document has a line for each.
func Operations(t TB, table []Operation, names []string, own Behaviour, opens ...Open) {
	t.Helper()
	asked := map[string]bool{}
	played := slices.DeleteFunc(Behaviours(), func(b Behaviour) bool { return !slices.Contains(names, b.Name) })
	for _, open := range opens {
		for _, b := range append(played, own) {
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
