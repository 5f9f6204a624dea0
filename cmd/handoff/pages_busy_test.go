package main

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"handoff/orchestrator"
)

// busyDesk brings conversations into every state, and answers one of which there is much to see.
func (s *scenery) busyDesk() (shown string) {
	s.t.Helper()
	s.present("anna", "ben", "cleo")
	shown = s.served("Ann Lindqvist", "anna", "Where is my parcel? It should have come on Monday.", "Is anybody there?")
	say := func(who, id, text string) { s.does(who, id, "messages", map[string]any{"text": text}) }
	say("anna", shown, "Good day, Ann! Let me look that up.")
	s.does("anna", shown, "notes", map[string]any{"text": "Second parcel this month that the depot has lost."})
	say("anna", shown, "It is on the van and comes today before five.")
	late := s.bot.call(s.ctx, http.MethodPost, s.path(shown, "messages"), map[string]any{"text": "Our opening hours are nine to five."}, nil)
	if !isCode(late, orchestrator.CodeNotInControl) {
		s.t.Fatalf("the bot's late word: %v", late)
	}
	together := s.served("Bo Tran", "anna", "My invoice is wrong.")
	s.does("anna", together, "invite", map[string]any{"agent": "ben"})
	s.does("ben", together, "accept", map[string]any{})
	moving := s.served("Cem Aydin", "ben", "I want to speak to the one from yesterday.")
	s.does("ben", moving, "transfer", map[string]any{"to": map[string]any{"agent": "cleo"}})
	done := s.served("Dora Weiss", "cleo", "Thank you, that was all.")
	s.does("cleo", done, "end", map[string]any{})
	for name, seats := range map[string]int{"anna": 2, "ben": 3, "cleo": 2} {
		s.puts(name, map[string]any{"state": "online", "capacity": seats})
	}
	s.awaits(s.asks("Eva Roth", "billing", "She was charged twice.", "I was charged twice."), orchestrator.StateOffered)
	for _, name := range []string{"Finn Olsen", "Gül Demir", "Hugo Blanc"} {
		s.asks(name, "general", "He asks for a person.", "A person, please.")
	}
	for _, name := range []string{"Ida Berg", "Jon Park", "Kim Novak", "Lea Marti"} {
		s.begins(name, "Hello?")
	}
	s.buries(s.begins("Max Stein", "Is this the shop?"), 1)
	s.buries(s.begins("Nora Falk", "I have a question."), 1)
	return shown
}

// history writes what happened in the last day into the hourly counters, as commits of those hours would have.
func (s *scenery) history() {
	s.t.Helper()
	store := s.store()
	now := orchestrator.MomentOf(orchestrator.SystemClock{}.Now())
	for hour := 1; hour < 24; hour++ {
		at := now.Add(-time.Duration(hour) * time.Hour)
		many := 3 + int(5*math.Pow(math.Sin(float64(hour)/7.5), 2)) // a day has its rush hours
		for n := range many {
			s.must(s.lived(store, fmt.Sprintf("past-%d-%d", hour, n), at, time.Duration(5+7*n*many)*time.Second, n))
		}
	}
}

// lived commits a whole life at once: served after a wait, or let go, or contained by the bot.
func (s *scenery) lived(store orchestrator.Store, external string, at orchestrator.Moment, waited time.Duration, number int) error {
	c := &orchestrator.Conversation{
		ID: store.Mint(storyBot, external), Bot: storyBot, External: external, Flow: "default", Channel: orchestrator.ChannelBot,
		State: orchestrator.StateCompleted, Version: 1, Epoch: 1, OpenedAt: at, EnteredAt: at, EndedAt: at, QueuedAt: at, Handoff: 1,
	}
	var entries []orchestrator.Entry
	step := func(on orchestrator.EventType, from, to orchestrator.State, after time.Duration) {
		entries = append(entries, orchestrator.Entry{At: at.Add(after), Version: 1, Epoch: 1, From: from, To: to,
			Event: orchestrator.Event{ID: orchestrator.EventID(fmt.Sprint("e", len(entries))), Type: on}})
	}
	switch {
	case number%4 == 3:
		c.Handoff = 0
		step(orchestrator.EventCompleted, orchestrator.StateBot, orchestrator.StateCompleted, waited)
	case number%7 == 5:
		c.State = orchestrator.StateAbandoned
		step(orchestrator.EventHandoffRequested, orchestrator.StateBot, orchestrator.StateQueued, 0)
		step(orchestrator.EventCustomerLeft, orchestrator.StateQueued, orchestrator.StateAbandoned, waited)
	default:
		c.Started = at.Add(waited)
		step(orchestrator.EventHandoffRequested, orchestrator.StateBot, orchestrator.StateQueued, 0)
		step(orchestrator.EventOffered, orchestrator.StateQueued, orchestrator.StateOffered, waited/2)
		step(orchestrator.EventAccepted, orchestrator.StateOffered, orchestrator.StateAgent, waited)
		step(orchestrator.EventChatEnded, orchestrator.StateAgent, orchestrator.StateWrapUp, 4*waited+2*time.Minute)
		step(orchestrator.EventCompleted, orchestrator.StateWrapUp, orchestrator.StateCompleted, 4*waited+3*time.Minute)
	}
	c.Sequence = uint64(len(entries))
	_, err := store.Commit(s.ctx, &orchestrator.Commit{Next: c, Event: entries[0].Event.ID, Entries: entries, Now: at, Node: "nobody",
		Lease: orchestrator.DispatchLease})
	return err
}
