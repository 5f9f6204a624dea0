package oracle

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/lenient"
	"handoff/orchestrator"
)

// Every id has a twin of the other type, and the reference's own examples put strings where its schema says int32
// (chatPostResult.clientReset). In the older protocol a text may be an object with a value.
type (
	number = lenient.Number
	text   = lenient.Text
)

// moment is milliseconds since 1970 (agent side), or a time in ISO 8601 (consumer side). What cannot be read is zero.
type moment orchestrator.Moment

// UnmarshalJSON reads either form.
func (m *moment) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		*m = moment(orchestrator.MomentOf(time.UnixMilli(ms)))
	} else if at, err := time.Parse(time.RFC3339, s); err == nil {
		*m = moment(orchestrator.MomentOf(at))
	}
	return nil
}

// flag is a boolean, or a string that holds one.
type flag bool

// UnmarshalJSON reads either form.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag(strings.EqualFold(strings.Trim(string(b), `"`), "true"))
	return nil
}

// maxNotes is how many messages of one answer are read; maxField how long a name or an id may be.
const (
	maxNotes = 2000
	maxField = 200
)

// idText is an id as text, from whichever of the two forms is there.
func idText(n number, s text) string {
	if s != "" {
		return string(s)
	}
	if n != 0 {
		return strconv.FormatInt(int64(n), 10)
	}
	return ""
}

// decodeAgent reads getResponseTypes: objects with one member, the type's name, or, in the older protocol, flat objects with
// a chatMessageType. It answers how many elements could not be read; they are skipped.
func decodeAgent(body []byte) (notes []note, skipped int) {
	var answer struct {
		Messages []json.RawMessage `json:"getResponseTypes"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil, 1
	}
	for _, raw := range bounded(answer.Messages, &skipped) {
		var n note
		var flat struct {
			Type text `json:"chatMessageType"`
		}
		var named map[string]json.RawMessage
		switch {
		case json.Unmarshal(raw, &flat) == nil && flat.Type != "":
			skipped += n.read(raw, string(flat.Type), &notes)
		case json.Unmarshal(raw, &named) == nil && len(named) == 1:
			for name, inner := range named {
				skipped += n.read(inner, name, &notes)
			}
		default:
			skipped++
		}
	}
	return inOrder(notes), skipped
}

// decodeConsumer reads systemMessages: flat objects with a messageName. Messages of errorMessages come as broken.
func decodeConsumer(body []byte) (notes []note, skipped int) {
	var answer struct {
		Messages []json.RawMessage `json:"systemMessages"`
		Errors   []json.RawMessage `json:"errorMessages"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil, 1
	}
	for _, raw := range bounded(answer.Messages, &skipped) {
		var n note
		var flat struct {
			Name text `json:"messageName"`
		}
		if json.Unmarshal(raw, &flat) != nil || flat.Name == "" {
			skipped++
			continue
		}
		skipped += n.read(raw, string(flat.Name), &notes)
	}
	notes = inOrder(notes)
	if len(answer.Errors) > 0 {
		notes = append(notes, note{kind: broken, name: "errorMessages"})
	}
	return notes, skipped
}

// read adds a message to notes, or answers 1.
func (n *note) read(raw json.RawMessage, name string, notes *[]note) (skipped int) {
	if json.Unmarshal(raw, n) != nil {
		return 1
	}
	n.settle(clip(name))
	*notes = append(*notes, *n)
	return 0
}

// settle says what the message is. What is not known by name and holds an engagement and an assignment type is an offer.
func (n *note) settle(name string) {
	n.name = name
	n.kind = kinds[name]
	if n.kind == unheard && n.engagement() != "" && n.AssignmentType != "" {
		n.kind = offered
	}
}

func bounded(raw []json.RawMessage, skipped *int) []json.RawMessage {
	if len(raw) > maxNotes {
		*skipped += len(raw) - maxNotes
		return raw[:maxNotes]
	}
	return raw
}

// inOrder sorts by the server's numbers, as far as there are any; what has none stays behind what came before it.
func inOrder(notes []note) []note {
	before := make([]int64, len(notes))
	places := make([]int, len(notes))
	newest := int64(0)
	for i := range notes {
		places[i] = i
		if seq, err := strconv.ParseInt(notes[i].sequence(), 10, 64); err == nil {
			newest = seq
		}
		before[i] = newest
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(before[a], before[b]) })
	sorted := make([]note, len(notes))
	for i, place := range places {
		sorted[i] = notes[place]
	}
	return sorted
}

// clip bounds a name or an id that others gave.
func clip(s string) string {
	if len(s) > maxField {
		s = s[:maxField]
	}
	return strings.ToValidUTF8(s, "")
}
