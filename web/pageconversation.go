package web

import (
	"errors"
	"net/http"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// timelineShown is how many entries of the timeline the page shows at a time.
const timelineShown = 300

// conversationView is what the page of one conversation says.
type conversationView struct {
	*orchestrator.Conversation
	Who      string
	Position int
	Deadline orchestrator.Moment
	Rule     string
	Pressure pressure
	Actions  []pageAction
	Choices  boardChoices
	// Dispositions are those of the policy; none: any text.
	Dispositions []string
	Words        []word
	Steps        []stepView
	Pending      []buriedView
	Buried       []buriedView
	Diagram      *pages.Diagram
	Then         *thenView
	Window       timelineWindow
}

// timelineWindow is the part of the timeline that is shown: the last entries up to Until.
type timelineWindow struct {
	Until   uint64 // 0: to the end
	From    uint64 // the first shown
	Earlier uint64 // Until of the part before; 0: there is none
}

// thenView is the conversation as it was after a step.
type thenView struct {
	At      uint64
	Record  *orchestrator.Conversation // nil where it cannot be replayed
	Step    *stepView
	Refusal string // the step was refused
	Why     string // it cannot be replayed
}

// conversationPage answers GET /board/c/{id}: ?at= replays the timeline up to a step, ?until= shows an earlier part of it,
// and ?part= answers one part of the page.
func (s *Server) conversationPage(c *call) error {
	q := newQuery(c, "at", "until", "part", "done")
	at, until, part := q.sequence("at"), q.sequence("until"), q.text("part")
	if part != "" && part != "live" && part != "then" {
		q.fail("part", "must be live or then")
	}
	if err := q.err(); err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	f, err := s.conversationFrame(c, conversation, timelineWindow{Until: until})
	if err != nil {
		return err
	}
	if at != 0 || part == "then" {
		v, _ := f.Body.(*conversationView)
		if v.Then, err = s.then(c, conversation, at); err != nil {
			return err
		}
	}
	for i := range pageActions {
		if pageActions[i].Name == q.text("done") && part == "" {
			f.Banner = &pages.Banner{Text: pageActions[i].Done}
		}
	}
	if part != "" {
		return s.showPart(c, http.StatusOK, "conversation", part, f)
	}
	return s.show(c, http.StatusOK, "conversation", f)
}

// conversationFrame gathers the page of a conversation.
func (s *Server) conversationFrame(c *call, conversation *orchestrator.Conversation, w timelineWindow) (*pages.Frame, error) {
	flow, err := s.engine.Flow(conversation)
	if err != nil {
		return nil, err
	}
	fetched, err := s.store.Fetched(c.ctx(), conversation.ID)
	if err != nil {
		return nil, err
	}
	conversation = conversation.Clone()
	conversation.Fetched = max(conversation.Fetched, fetched)
	policy, now := flow.Policy(), s.now()
	shown := s.view(c.ctx(), conversation, c.who.role)
	short := s.cardOf(conversation, now)
	v := &conversationView{
		Conversation: conversation, Who: short.Who, Position: shown.position, Deadline: conversation.Deadline,
		Rule: conversation.DeadlineRule, Pressure: short.Pressure, Actions: actionsFor(conversation, policy.Transitions),
		Choices: s.choices(), Dispositions: policy.Dispositions, Window: w,
	}
	if err := s.readTimeline(c, v); err != nil {
		return nil, err
	}
	if err := s.readCommands(c, v); err != nil {
		return nil, err
	}
	v.Diagram = diagramOf(policy.Transitions)
	v.Diagram.Current = conversation.State
	for _, st := range v.Steps {
		if st.To != "" && st.From != "" {
			v.Diagram.Pass(st.From, st.To, 1)
		}
	}
	f := s.frame(c, "board", v.Who)
	f.Live, f.Wide, f.Body = !conversation.State.Ended(), true, v
	f.Scripts = []string{"replay.js"}
	return f, nil
}

// readTimeline reads the part of the timeline that is shown.
func (s *Server) readTimeline(c *call, v *conversationView) error {
	w := &v.Window
	last := v.Sequence
	if w.Until != 0 {
		last = min(last, w.Until)
	}
	after := uint64(0)
	if last > timelineShown {
		after = last - timelineShown
		w.Earlier = after
	}
	w.From = after + 1
	entries, err := s.store.Timeline(c.ctx(), v.ID, after, int(min(last-after, timelineShown)))
	if err != nil {
		return err
	}
	for i := range entries {
		v.Words = append(v.Words, wordsOf(&entries[i])...)
		v.Steps = append(v.Steps, stepOf(&entries[i]))
	}
	return nil
}

// readCommands reads what waits to be delivered, and what was given up.
func (s *Server) readCommands(c *call, v *conversationView) error {
	pending, err := s.store.Pending(c.ctx(), v.ID)
	if err != nil {
		return err
	}
	for i := range pending {
		v.Pending = append(v.Pending, viewBuried(&pending[i]))
	}
	buried, err := s.store.UndeliveredOf(c.ctx(), v.ID)
	if err != nil {
		return err
	}
	for i := range buried {
		v.Buried = append(v.Buried, viewBuried(&buried[i]))
	}
	return nil
}

// then replays the timeline up to a step. A timeline that was decided under another policy cannot be replayed.
func (s *Server) then(c *call, conversation *orchestrator.Conversation, at uint64) (*thenView, error) {
	if at == 0 || at > conversation.Sequence {
		at = conversation.Sequence
	}
	v := &thenView{At: at}
	entries, err := s.store.Timeline(c.ctx(), conversation.ID, at-1, 1)
	if err != nil || len(entries) == 0 {
		return v, err
	}
	shown := stepOf(&entries[0])
	v.Step = &shown
	record, refusal, err := s.engine.At(c.ctx(), conversation, at)
	if replay, ok := errors.AsType[*orchestrator.ReplayError](err); ok {
		v.Why = replay.Error()
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.Record = record
	if refusal != nil {
		v.Refusal = refusal.Detail
	}
	return v, nil
}

// diagramOf draws the state table.
func diagramOf(table []orchestrator.Transition) *pages.Diagram {
	d := &pages.Diagram{}
	for _, t := range table {
		d.Connect(t.From, t.To, t.On)
	}
	return d
}
