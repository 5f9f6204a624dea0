package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of a history. Whatever is older is left out, and the history says so.
const (
	MaxHistory      = 200      // messages
	MaxHistoryBytes = 64 << 10 // of their texts and attachments
	// historyReach is how many entries before the request are read.
	historyReach = 1000
)

// sameWordWithin is how far apart two messages without a common id may be told to have been said and be one word.
const sameWordWithin = 2 * time.Minute

// History is what the customer and the bot said before people were asked, oldest first.
type History struct {
	Said      []Said
	Truncated bool // there was more
}

// Said is one word of a history.
type Said struct {
	Role    ActorRole // ActorCustomer or ActorBot
	Name    string
	At      Moment // zero: not known
	Message Message
	// Sequence is that of its entry; 0 for a word that the bot only told of, with its request.
	Sequence uint64
}

// Told is the part of a history that the bot only told of: words that did not go through here, and so not through a chat that
// began at a desk.
func (h *History) Told() *History {
	if h == nil {
		return nil
	}
	told := &History{Truncated: h.Truncated}
	for i := range h.Said {
		if h.Said[i].Sequence == 0 {
			told.Said = append(told.Said, h.Said[i])
		}
	}
	return told
}

// ReadHistory reads what the customer and the bot said before the newest request; everything so far where nobody was asked yet.
// The transcripts of requests and the timeline become one list, in which no word stands twice.
func ReadHistory(ctx context.Context, timeline TimelineReader, c *Conversation) (*History, error) {
	until := c.HandoffSequence
	if until == 0 {
		until = c.Sequence
	}
	if until == 0 {
		return &History{}, nil
	}
	from := max(until, historyReach) - historyReach + 1
	entries, err := readEntries(ctx, timeline, c.ID, from, until)
	if errors.Is(err, ErrNotFound) {
		return &History{Truncated: true}, nil
	}
	if err != nil {
		return nil, err
	}
	h := &History{Truncated: from > 1}
	for i := range entries {
		h.add(&entries[i])
	}
	h.cut()
	return h, nil
}

// add takes the words of an entry: the one that was said, or those that a request told of.
func (h *History) add(entry *Entry) {
	ev := &entry.Event
	if ev.Type == EventMessage && ev.Message != nil && inHistory(ev.Actor.Role) {
		at := ev.At
		if at == 0 {
			at = entry.At
		}
		h.Said = append(h.Said, Said{
			Role: ev.Actor.Role, Name: ev.Actor.Name, At: at, Message: *ev.Message, Sequence: entry.Sequence,
		})
	}
	if len(ev.Transcript) == 0 {
		return
	}
	told := make([]Said, 0, len(ev.Transcript))
	for _, turn := range ev.Transcript {
		if !inHistory(turn.Role) {
			continue
		}
		one := Said{Role: turn.Role, At: turn.At, Message: Message{ID: turn.ID, Text: turn.Text}}
		if ev.Type == EventStarted { // the chat began at a desk, which has these words itself
			one.Sequence = entry.Sequence
		}
		told = append(told, one)
	}
	h.Said = merged(told, h.Said)
}

// inHistory reports whether a role's words belong to a history: only those of the customer and of the bot.
func inHistory(role ActorRole) bool { return role == ActorCustomer || role == ActorBot }

// cut leaves the oldest words out that are too many or too long.
func (h *History) cut() {
	first, room := len(h.Said), MaxHistoryBytes
	for first > 0 && len(h.Said)-first < MaxHistory {
		if room -= h.Said[first-1].size(); room < 0 {
			break
		}
		first--
	}
	if first > 0 {
		h.Said, h.Truncated = slices.Clone(h.Said[first:]), true
	}
}

func (s *Said) size() int {
	n := len(s.Message.Text)
	for _, file := range s.Message.Attachments {
		n += len(file.Name) + len(file.URL)
	}
	return n
}

// same reports whether two records are of one word: ids decide where both have one.
func (s *Said) same(other *Said) bool {
	switch {
	case s.Role != other.Role:
		return false
	case s.Message.ID != "" && other.Message.ID != "":
		return s.Message.ID == other.Message.ID
	case strings.TrimSpace(s.Message.Text) != strings.TrimSpace(other.Message.Text):
		return false
	}
	return s.At == 0 || other.At == 0 || s.At.Sub(other.At).Abs() <= sameWordWithin
}

// merged makes one list of what the bot told of and what is known already. Words that are in both, in the same order, hold the
// two together; between them the times decide, and a word without a time comes before what is known.
func merged(told, known []Said) []Said {
	common := commonWords(told, known)
	all := make([]Said, 0, len(told)+len(known))
	i, j := 0, 0
	for i < len(told) || j < len(known) {
		switch {
		case i == len(told):
			all, j = append(all, known[j]), j+1
		case j == len(known):
			all, i = append(all, told[i]), i+1
		case common[i][j] == common[i+1][j+1]+1 && told[i].same(&known[j]):
			all, i, j = append(all, known[j]), i+1, j+1
		case common[i+1][j] < common[i][j]: // told[i] is among what is known, further on
			all, j = append(all, known[j]), j+1
		case common[i][j+1] < common[i][j]: // known[j] is among what was told, further on
			all, i = append(all, told[i]), i+1
		case told[i].At <= known[j].At:
			all, i = append(all, told[i]), i+1
		default:
			all, j = append(all, known[j]), j+1
		}
	}
	return all
}

// commonWords counts, for each pair of places, how many words the lists have in common from there on.
func commonWords(told, known []Said) [][]int {
	common := make([][]int, len(told)+1)
	for i := range common {
		common[i] = make([]int, len(known)+1)
	}
	for i := len(told) - 1; i >= 0; i-- {
		for j := len(known) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if told[i].same(&known[j]) {
				common[i][j] = max(common[i][j], common[i+1][j+1]+1)
			}
		}
	}
	return common
}

// tellHistory gives an open command what people at the desk are to know. The customer's words that are held go to them as words
// and are not part of it. It answers the conversation, nil where it is gone or people read our own timeline.
func (d *Dispatcher) tellHistory(ctx context.Context, desk Desk, cmd *Command) (*Conversation, error) {
	if desk.Manifest().ReadsTimeline {
		return nil, nil //nolint:nilnil // nothing is to be told
	}
	c, err := d.store.Load(ctx, cmd.Conversation)
	if errors.Is(err, ErrNotFound) {
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, err
	}
	h, err := ReadHistory(ctx, d.store, c)
	if err != nil {
		return nil, err
	}
	h.Said = slices.DeleteFunc(h.Said, func(s Said) bool {
		return c.HeldFrom != 0 && s.Role == ActorCustomer && s.Sequence >= c.HeldFrom
	})
	cmd.History = h
	return c, nil
}

// notCarried writes down, once, that people at a desk are not shown what was said before. Words of a chat that began at that very
// desk are in the chat, where they read them.
func (d *Dispatcher) notCarried(desk Desk, c *Conversation, cmd *Command) error {
	if cmd.History == nil || desk.Manifest().History != "" {
		return nil
	}
	missing := 0
	for i := range cmd.History.Said {
		if said := &cmd.History.Said[i]; said.Sequence == 0 || c.Channel != string(desk.Name()) {
			missing++
		}
	}
	if missing == 0 {
		return nil
	}
	return d.report(Event{
		ID: "history:" + EventID(cmd.ID), Type: EventDelivery, Command: cmd.ID, Reason: ReasonHistoryNotCarried,
		Note: fmt.Sprintf("words from before this chat that the desk has no place for: %d", missing),
	}, cmd)
}

// ReasonHistoryNotCarried is the reason of a delivery entry: the people of a desk are not shown what was said before.
const ReasonHistoryNotCarried = "history_not_carried"
