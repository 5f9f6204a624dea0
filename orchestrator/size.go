package orchestrator

// Bounds of a timeline in bytes, as Entry.Size counts them.
const (
	// DefaultTimelineBytes is how much a timeline holds before words are refused.
	DefaultTimelineBytes = 1 << 20
	// PeopleBytes is how much more the words of people may take, so that they can end a chat in good order.
	PeopleBytes = 128 << 10
	// StepBytes is what a step may carry when nothing else fits: accepting, transferring, returning and ending always work.
	StepBytes = 8 << 10
)

// entryOverhead is what an entry takes beside what its fields hold: times, numbers and the keys of the stored form.
const entryOverhead = 64

// sizeOfGrounds is what the numbers and names take that a decision looked at: few, and none of them a caller's words.
const sizeOfGrounds = 64

// sizeOfNumber is what a number or a truth value takes at most.
const sizeOfNumber = 9

// Size is about how many bytes the entry takes in the store. It is counted from the fields, so that a decision knows it before
// anything is encoded, and comes out the same when a timeline is decided anew.
func (e *Entry) Size() int64 {
	n := entryOverhead + e.Event.size()
	if e.Why != nil {
		n += len(e.Why.Cause) + len(e.Why.Rule) + sizeOfGrounds
	}
	if e.Notice != nil {
		n += e.Notice.size()
	}
	return int64(n)
}

// size is about how many bytes the event's fields take.
func (ev *Event) size() int {
	n := len(ev.ID) + len(ev.Type) + ev.Actor.size() + len(ev.Channel) + len(ev.Language) + len(ev.Reply) + len(ev.OnEnd) +
		len(ev.Reason) + len(ev.Note) + len(ev.Disposition) + len(ev.Ref) + len(ev.Command) + len(ev.Desk) +
		sizeOfMap(ev.Attributes) + sizeOfAll(ev.Tags)
	if m := ev.Message; m != nil {
		n += len(m.ID) + len(m.Text) + len(m.Format)
		for i := range m.Attachments {
			a := &m.Attachments[i]
			n += len(a.URL) + len(a.Name) + len(a.ContentType) + sizeOfNumber
		}
	}
	if r := ev.Request; r != nil {
		n += len(r.Reason) + len(r.Summary) + len(r.Queue) + len(r.Agent) + sizeOfAll(r.Skills) + sizeOfNumber
	}
	if c := ev.Customer; c != nil {
		n += len(c.ID) + len(c.Name) + len(c.Email) + sizeOfMap(c.Attributes)
	}
	if ev.Agent != nil {
		n += len(ev.Agent.ID) + len(ev.Agent.Name)
	}
	if ev.Target != nil {
		n += ev.Target.size()
	}
	for i := range ev.Elsewhere {
		n += len(ev.Elsewhere[i].Desk) + len(ev.Elsewhere[i].Queue) + 5*sizeOfNumber
	}
	return n + sizeOfTurns(ev.Transcript)
}

func sizeOfTurns(turns []Turn) int {
	n := 0
	for i := range turns {
		n += len(turns[i].ID) + len(turns[i].Role) + len(turns[i].Text) + sizeOfNumber
	}
	return n
}

func (a *Actor) size() int { return len(a.Role) + len(a.ID) + len(a.Name) }

func (t *Target) size() int { return len(t.Desk) + len(t.Queue) + len(t.Agent) }

func (n *Notice) size() int {
	size := entryOverhead + len(n.Type) + len(n.Queue) + len(n.Reason) + len(n.EndedBy) + len(n.Resume) + len(n.Disposition) +
		sizeOfAll(n.Tags) + sizeOfAll(n.Notes) + len(n.MessageID) + len(n.HandbackReason) + len(n.FromState) +
		len(n.ToState) + len(n.Controller)
	if n.Agent != nil {
		size += len(n.Agent.ID) + len(n.Agent.Name)
	}
	if n.Author != nil {
		size += n.Author.size()
	}
	for _, t := range []*Target{n.From, n.To} {
		if t != nil {
			size += t.size()
		}
	}
	return size
}

func sizeOfAll(texts []string) int {
	n := 0
	for _, text := range texts {
		n += 2 + len(text)
	}
	return n
}

func sizeOfMap(values map[string]any) int {
	n := 0
	for name, value := range values {
		n += 2 + len(name)
		if text, is := value.(string); is {
			n += 2 + len(text)
		} else {
			n += sizeOfNumber
		}
	}
	return n
}
