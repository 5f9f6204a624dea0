package desktest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"handoff/connectors/desktest"
	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/plaintext"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// What the toy desk hears.

// Run holds the session.
func (d *toyDesk) Run(ctx context.Context, sink orchestrator.Sink) error {
	if d.fault == "leaves a goroutine" {
		go func() { select {} }()
	}
	defer func() {
		if d.wg.Wait(); d.fault == "does not stop" {
			select {}
		}
	}()
	d.sink = sink
	d.reporter.SetSink(sink)
	if d.fault == "forgets what is being opened" {
		d.wg.Go(func() { d.forgetStrangers(ctx) })
	}
	if d.fault == "leaves it to the first process" && d.second {
		<-ctx.Done()
		return nil
	}
	if d.fault == "does not wait its turn" {
		for ctx.Err() == nil {
			if under, err := d.Login(ctx); err == nil {
				_ = d.memory.Keep(ctx, "toy", "", "session", under)
				_ = d.Serve(ctx, under, func() {})
			}
		}
		return nil
	}
	return d.keeper.Run(ctx)
}

// Login implements session.Vendor.
func (d *toyDesk) Login(ctx context.Context) ([]byte, error) {
	number, err := d.once(ctx, "session", nil, nil)
	return []byte(number), err
}

// Logout implements session.Vendor: the vendor forgets a session by itself.
func (d *toyDesk) Logout(context.Context, []byte) error { return nil }

// Serve implements session.Vendor: it compares, then polls for notifications.
func (d *toyDesk) Serve(ctx context.Context, under []byte, ready func()) error {
	if _, isDeaf := deaf[d.fault]; d.fault != "does not compare" && !isDeaf { // comparing would make up for what it does not hear
		d.reconcile(ctx, string(under))
	}
	ready()
	after := 0
	line := &line{next: 1, early: map[int]toyNote{}}
	for ctx.Err() == nil {
		body, err := d.once(ctx, "notes", under, url.Values{"after": {fmt.Sprint(after)}})
		if orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown && err != nil {
			if d.fault == "goes on behind a lost answer" {
				after = -1
			}
			continue
		}
		if err != nil {
			return err
		}
		var notes []string
		if err := json.Unmarshal([]byte(body), &notes); err != nil {
			return err
		}
		if after >= 0 { // else it asks for those to come, and for no others any more
			after += len(notes)
		}
		if !d.hear(ctx, notes, line, string(under)) {
			<-ctx.Done()
		}
	}
	return nil
}

// line puts notifications into the order of their numbers, each once.
type line struct {
	next  int
	early map[int]toyNote
}

// take answers what can be heard now that one more has come.
func (l *line) take(n toyNote) (ready []toyNote) {
	if n.N >= l.next {
		l.early[n.N] = n
	}
	for {
		n, here := l.early[l.next]
		if !here {
			return ready
		}
		delete(l.early, l.next)
		ready = append(ready, n)
		l.next++
	}
}

// hear takes notifications in their order, each once; false when it cannot go on.
func (d *toyDesk) hear(ctx context.Context, raw []string, line *line, under string) bool {
	var notes []toyNote
	for _, r := range raw {
		var n toyNote
		if err := json.Unmarshal([]byte(r), &n); err != nil || n.Kind == "weather" {
			if d.fault == "chokes on the unknown" {
				return false
			}
			continue
		}
		switch {
		case kinds[n.Kind] == "": // it has a number of its own, which says nothing
		case d.fault == "believes the order of arrival", d.fault == "hears twice":
			notes = append(notes, n)
		default:
			notes = append(notes, line.take(n)...)
		}
	}
	for _, n := range notes {
		id := fmt.Sprintf("toy:%s:%s:%d", n.Chat, under, n.N)
		switch {
		case n.Kind == "began":
			id = fmt.Sprintf("toy:%s:began", n.Chat)
		case n.Word != 0:
			id = fmt.Sprintf("toy:%s:word:%d", n.Chat, n.Word)
		}
		if d.fault == "takes the same text for the same word" && n.Word != 0 {
			id = fmt.Sprintf("toy:%s:%s", n.Chat, n.Text)
		}
		if d.fault == "hears twice" {
			id = fmt.Sprintf("toy:%d", d.random.Add(1))
		}
		d.report(ctx, n, orchestrator.EventID(id))
	}
	return true
}

// address says whose fact it is.
func (d *toyDesk) address(ev *orchestrator.Event, chat string) {
	ev.Desk = "toy"
	if d.seat == desktest.SeatAgent {
		ev.Bot, ev.External, ev.Channel, ev.Ref = "shop", "toy:"+chat, "toy", chat
		return
	}
	ev.Conversation = orchestrator.ConversationID(chat)
}

// kinds are what the vendor calls what we know.
var kinds = map[string]orchestrator.EventType{
	"began": orchestrator.EventStarted, "accepted": orchestrator.EventAccepted, "agent": orchestrator.EventMessage,
	"customer": orchestrator.EventMessage, "typing": orchestrator.EventTyping, "customer_typing": orchestrator.EventTyping,
	"rings": orchestrator.EventTransferRequested, "transferred": orchestrator.EventTransferAccepted,
	"requeued": orchestrator.EventRequeued, "invited": orchestrator.EventInvited, "joined": orchestrator.EventAgentJoined,
	"parted": orchestrator.EventAgentLeft, "left": orchestrator.EventChatEnded, "customer_left": orchestrator.EventCustomerLeft,
	"completed": orchestrator.EventCompleted, "refused": orchestrator.EventTransferFailed,
	"place": orchestrator.EventPositionChanged,
}

// deaf are the kinds that a faulty desk does not hear.
var deaf = map[fault][]string{
	"deaf to typing": {"typing", "customer_typing"}, "deaf to transfers": {"rings", "transferred"},
	"deaf to refusals": {"refused"}, "deaf to places": {"place"},
	"deaf to requeues": {"requeued"}, "deaf to colleagues": {"invited", "joined", "parted"}, "deaf to wrap-up": {"completed"},
	"deaf to ends": {"left", "customer_left"}, "deaf to acceptance": {"accepted"},
}

func (d *toyDesk) report(ctx context.Context, n toyNote, id orchestrator.EventID) {
	kind, known := kinds[n.Kind]
	d.mu.Lock()
	unread := d.unread[n.Chat]
	d.mu.Unlock()
	if !known || unread || slices.Contains(deaf[d.fault], n.Kind) {
		return
	}
	ev := orchestrator.Event{
		ID: id, Type: kind, Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "toy"}, Typing: n.On,
	}
	d.address(&ev, n.Chat)
	switch {
	case n.Kind == "agent", n.Kind == "typing":
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: n.Agent}
	case n.Kind == "began":
		ev.Customer = &orchestrator.Customer{ID: n.Chat, Name: n.Text}
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: n.Chat}
	case n.Agent == "":
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: n.Chat}
	}
	if n.Agent != "" && ev.Actor.Role == orchestrator.ActorDesk {
		ev.Agent = &orchestrator.Agent{ID: orchestrator.AgentID(n.Agent), Name: n.Agent}
	}
	if kind == orchestrator.EventMessage {
		ev.Message = &orchestrator.Message{ID: string(id), Text: n.Text}
		if d.fault == "hears words as markup" {
			ev.Message.Text = plaintext.FromHTML(n.Text)
		}
	}
	if kind == orchestrator.EventTyping {
		ev.ID = ""
	}
	if ev.Position = n.Place; d.fault == "tells the first place only" && n.Place != 0 {
		d.mu.Lock()
		told := d.placed[n.Chat]
		d.placed[n.Chat] = true
		d.mu.Unlock()
		if told {
			return
		}
	}
	d.tell(ctx, ev)
}

// forgetStrangers goes through the chats again and again and takes one that is opened half-way for a stranger's.
func (d *toyDesk) forgetStrangers(ctx context.Context) {
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for ctx.Err() == nil {
		handles, _ := d.memory.Handles(ctx, "toy", 0, 100)
		for _, h := range handles {
			kept, _ := d.memory.Kept(ctx, "toy", h.Ref)
			if kept["opening"] != nil && kept["chat"] == nil {
				_ = d.memory.Forget(ctx, "toy", h.Ref)
				d.mu.Lock()
				d.unread[h.Ref] = true
				d.mu.Unlock()
			}
		}
		<-again.C
	}
}

func (d *toyDesk) tell(ctx context.Context, ev orchestrator.Event) {
	said := ev.Type == orchestrator.EventMessage
	if said && d.fault == "leaves out what cannot be shown" && !values.Shows(ev.Message.Text) {
		return
	}
	err := error(nil)
	if said && d.fault == "hears what cannot be shown" {
		_, err = d.sink.Receive(ctx, ev)
	} else {
		_, err = d.reporter.Tell(ctx, ev)
	}
	if err != nil {
		d.log.Info("not taken", "event", ev.Type, "error", err)
	}
}

// reconcile reads what was said and names what changed at the vendor while nobody listened.
func (d *toyDesk) reconcile(ctx context.Context, under string) {
	var chats []string
	body, err := d.once(ctx, "list", []byte(under), url.Values{"chat": {""}})
	if err != nil || json.Unmarshal([]byte(body), &chats) != nil {
		return
	}
	for _, chat := range chats {
		record := d.record(ctx, chat) // before the truth, so that an older truth is not held against it
		var truth toyTruth
		body, err := d.once(ctx, "truth", []byte(under), url.Values{"chat": {chat}})
		if err != nil || json.Unmarshal([]byte(body), &truth) != nil {
			continue
		}
		d.compare(ctx, chat, record, truth)
	}
}

func (d *toyDesk) compare(ctx context.Context, chat string, record *orchestrator.Conversation, truth toyTruth) {
	if truth.Begun != (d.seat == desktest.SeatAgent) {
		return
	}
	if truth.Begun && truth.State == simkit.ChatWithBot {
		d.report(ctx, toyNote{Kind: "began", Chat: chat, Text: truth.Customer}, orchestrator.EventID("toy:"+chat+":began"))
	}
	stands := map[simkit.ChatState]drift.Stand{
		simkit.ChatWithBot: drift.WithBot, simkit.ChatWaiting: drift.Waiting, simkit.ChatServed: drift.Served,
		simkit.ChatWrapUp: drift.Over, simkit.ChatEnded: drift.Over,
	}
	seen := drift.Truth{Stand: stands[truth.State]}
	for _, agent := range truth.Agents {
		seen.Agents = append(seen.Agents, orchestrator.Agent{ID: orchestrator.AgentID(agent)})
	}
	found := drift.Compare(record, "toy", seen)
	comes := func(f drift.Found) bool { return f.Kind == drift.Accepted || f.Kind == drift.Joined }
	for _, f := range found { // who came is told before what they said, and who went behind it
		if comes(f) {
			d.mend(ctx, chat, f)
		}
	}
	if d.fault != "does not read what was said" {
		for _, word := range truth.Words {
			who := chat
			if d.fault == "knows people by their names" {
				who += truth.Customer
			}
			d.report(ctx, word, orchestrator.EventID(fmt.Sprintf("toy:%s:word:%d", who, word.Word)))
		}
	}
	for _, f := range found {
		if !comes(f) {
			d.mend(ctx, chat, f)
		}
	}
}

func (d *toyDesk) mend(ctx context.Context, chat string, found drift.Found) {
	ev := found.Event
	d.address(&ev, chat)
	if d.fault == "does not name the drift" {
		ev.Reason = ""
	}
	d.tell(ctx, ev)
	if d.fault == "does not count the drift" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drift[found.Kind]++
}

// record is what we know of a chat; an ended one if there is nothing.
func (d *toyDesk) record(ctx context.Context, chat string) *orchestrator.Conversation {
	id := orchestrator.ConversationID(chat)
	if d.seat == desktest.SeatAgent {
		ev := orchestrator.Event{Type: orchestrator.EventCustomerSeen, ID: "toy:look:" + orchestrator.EventID(fmt.Sprint(d.random.Add(1)))}
		d.address(&ev, chat)
		receipt, err := d.sink.Receive(ctx, ev)
		if err == nil {
			return receipt.Conversation
		}
		return &orchestrator.Conversation{State: orchestrator.StateCompleted}
	}
	c, err := d.memory.Load(ctx, id)
	if err != nil {
		return &orchestrator.Conversation{State: orchestrator.StateCompleted}
	}
	return c
}
