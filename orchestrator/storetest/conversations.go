package storetest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"handoff/orchestrator"
)

var conversationTests = []behaviour{
	{"RecordIsReadAsItWasWritten", recordIsReadAsItWasWritten},
	{"TimelineIsGaplessAndPaged", timelineIsGaplessAndPaged},
	{"UnknownIdsAreNotFound", unknownIdsAreNotFound},
	{"RepeatedEventIsRecognised", repeatedEventIsRecognised},
	{"WordIsRecognisedByItsSecondName", wordIsRecognisedByItsSecondName},
	{"RepeatedEventIsRecognisedByANewerWriter", repeatedEventIsRecognisedByANewerWriter},
	{"StaleVersionConflictsAndWritesNothing", staleVersionConflictsAndWritesNothing},
	{"ConcurrentAcceptsHaveOneWinner", concurrentAcceptsHaveOneWinner},
	{"ConcurrentRepetitionsOfOneEventAreWrittenOnce", concurrentRepetitionsAreWrittenOnce},
	{"ConcurrentBeginningsHaveOneWinner", concurrentBeginningsHaveOneWinner},
	{"NextConversationMayBeginAfterTheEnd", nextConversationMayBeginAfterTheEnd},
	{"EndedConversationTakesLateWords", endedConversationTakesLateWords},
	{"EndedConversationStaysEnded", endedConversationStaysEnded},
	{"EndedConversationIsForgottenAfterRetention", endedConversationIsForgotten},
	{"IncompleteCommitIsRefused", incompleteCommitIsRefused},
}

func recordIsReadAsItWasWritten(f *fixture) {
	c := f.fresh("chat-1")
	written := f.must(f.step(c, "", func(n *orchestrator.Conversation) {
		n.Handoff, n.Returns, n.Language, n.OnEnd = 2, 1, "nb-NO", orchestrator.OnEndReturn
		n.Attributes = map[string]any{"tier": "gold", "orders": 3.5, "new": true, "whole": 4.0}
		n.Request = &orchestrator.Request{Reason: "angry", Summary: "wants money — «nå» 🙂", Skills: []string{"refund"},
			Priority: 7}
		n.ReplyContext = []byte(`{"a":1}`)
		n.Desk, n.DeskRef, n.Queue, n.Preferred = desk, "ref-9", "billing", "anna"
		n.Participants = []orchestrator.Participant{{Agent: orchestrator.Agent{ID: "anna", Name: "Anna"},
			Role: orchestrator.RoleOwner, Since: f.now()}}
		n.Offer = &orchestrator.Offer{Agent: orchestrator.Agent{ID: "bo", Name: "Bo"}, At: f.now()}
		n.Transfer = &orchestrator.Transfer{To: orchestrator.Agent{ID: "cy"}, By: orchestrator.Agent{ID: "anna"},
			Note: "n", At: f.now()}
		n.Declined = []orchestrator.AgentID{"dag"}
		n.LastError = "broken \xff text" // a vendor's bytes, not valid UTF-8
	}))
	f.equal(f.load(c.ID), written)
	found, err := f.store.Find(f.ctx, bot, "chat-1")
	f.ok(err)
	f.equal(found, c.ID)
}

func timelineIsGaplessAndPaged(f *fixture) {
	c := f.begin()
	for i := range 7 {
		step := f.step(c, "", nil)
		step.Next.Sequence++ // two entries
		derived := step.Entries[0]
		derived.Derived, derived.Event.ID = true, ""
		derived.Why = &orchestrator.Why{Cause: "message", Rule: "idle",
			LookedAt: map[string]any{"waiting": int64(i), "open": true}}
		step.Entries = append(step.Entries, derived)
		c = f.must(step)
	}
	all, err := f.store.Timeline(f.ctx, c.ID, 0, 1000)
	f.ok(err)
	if len(all) != 15 || c.Sequence != 15 {
		f.Fatalf("%d entries, sequence %d, want 15", len(all), c.Sequence)
	}
	var paged []orchestrator.Entry
	for after := uint64(0); ; {
		page, err := f.store.Timeline(f.ctx, c.ID, after, 4)
		f.ok(err)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
		after = page[len(page)-1].Sequence
	}
	f.equal(paged, all)
	for i, e := range all {
		if e.Sequence != uint64(i)+1 {
			f.Fatalf("entry %d has sequence %d", i, e.Sequence)
		}
	}
	if got := all[14].Why.LookedAt; got["waiting"] != int64(6) || got["open"] != true {
		f.Fatalf("looked at %v", got)
	}
}

func unknownIdsAreNotFound(f *fixture) {
	c := f.begin()
	other := f.store.Mint(bot, c.External)
	bad := []orchestrator.ConversationID{
		"", "cv_", "x", other, c.ID + "x", " " + c.ID, orchestrator.ConversationID(strings.ToLower(string(c.ID))),
		orchestrator.ConversationID("cv_zz" + string(c.ID[5:])), orchestrator.ConversationID("cv_ff" + string(c.ID[5:])),
		orchestrator.ConversationID(string(c.ID[:len(c.ID)-1]) + "U"), "cv_00_*", "cv_00_{p00}",
	}
	for _, id := range bad {
		_, err := f.store.Load(f.ctx, id)
		f.fails(err, orchestrator.ErrNotFound)
		_, err = f.store.Timeline(f.ctx, id, 0, 10)
		f.fails(err, orchestrator.ErrNotFound)
	}
	_, err := f.store.Find(f.ctx, bot, "never")
	f.fails(err, orchestrator.ErrNotFound)
	_, err = f.store.Find(f.ctx, "other", c.External)
	f.fails(err, orchestrator.ErrNotFound)
	seen, err := f.store.Seen(f.ctx, c.ID, "never")
	f.ok(err)
	if seen != nil {
		f.Fatalf("an unknown event was seen: %+v", seen)
	}
}

func wordIsRecognisedByItsSecondName(f *fixture) {
	c := f.begin()
	first := f.step(c, "", nil, send("one"))
	first.Said, first.SaidHash = "said/m-1", [8]byte{1, 2, 3}
	c = f.must(first)
	want := &orchestrator.Seen{Sequence: 2, BodyHash: first.SaidHash}

	again := f.step(c, "", nil, send("two"))
	again.Said, again.SaidHash = first.Said, [8]byte{4, 5, 6}
	done, err := f.store.Commit(f.ctx, again)
	f.ok(err)
	f.equal(done, orchestrator.Committed{Seen: want, Said: true})
	f.equal(f.load(c.ID), c)
	seen, err := f.store.Seen(f.ctx, c.ID, first.Said)
	f.ok(err)
	f.equal(seen, want)

	repeat := f.step(c, "", nil, send("three"))
	repeat.Event, repeat.Said, repeat.SaidHash = first.Event, first.Said, first.SaidHash
	done, err = f.store.Commit(f.ctx, repeat)
	f.ok(err)
	f.equal(done, orchestrator.Committed{Seen: &orchestrator.Seen{Sequence: 2, BodyHash: first.BodyHash}})

	begun := f.fresh(f.name("external"))
	creates := f.step(begun, "", nil)
	creates.Said = "said/m-1" // of another conversation
	f.must(creates)
}

func repeatedEventIsRecognised(f *fixture) {
	c := f.begin()
	first := f.step(c, orchestrator.StateQueued, nil, send("one"))
	first.BodyHash = [8]byte{9, 8, 7, 6, 5, 4, 3, 2}
	c = f.must(first)
	c = f.must(f.step(c, "", nil))
	want := orchestrator.Seen{Sequence: 2, BodyHash: first.BodyHash}

	repeat := f.step(c, orchestrator.StateBot, nil, send("two"))
	repeat.Event = first.Event
	done, err := f.store.Commit(f.ctx, repeat)
	f.ok(err)
	f.equal(done, orchestrator.Committed{Seen: &want})
	seen, err := f.store.Seen(f.ctx, c.ID, first.Event)
	f.ok(err)
	f.equal(seen, &want)
	f.equal(f.load(c.ID), c)
	pending, err := f.store.Pending(f.ctx, c.ID)
	f.ok(err)
	f.equal(pending, first.Commands)
}

func repeatedEventIsRecognisedByANewerWriter(f *fixture) {
	c := f.begin()
	one, two := f.step(c, orchestrator.StateQueued, nil), f.step(c, orchestrator.StateQueued, nil)
	two.Event, two.Node = one.Event, nodeB
	f.must(one)
	done, err := f.store.Commit(f.ctx, two) // decided on the same version, but the event is known: not a conflict
	f.ok(err)
	if done.Seen == nil || done.Seen.Sequence != 2 {
		f.Fatalf("got %+v, want the sequence of the first", done)
	}
}

func staleVersionConflictsAndWritesNothing(f *fixture) {
	c := f.begin()
	stale := f.step(c, orchestrator.StateQueued, nil, send("stale"))
	stands := f.must(f.step(c, "", nil))
	_, err := f.store.Commit(f.ctx, stale)
	f.fails(err, orchestrator.ErrConflict)
	f.equal(f.load(c.ID), stands)
	ahead := f.step(stands, "", nil)
	ahead.Want, ahead.Next.Version = 7, 8
	_, err = f.store.Commit(f.ctx, ahead)
	f.fails(err, orchestrator.ErrConflict)
	entries, err := f.store.Timeline(f.ctx, c.ID, 0, 10)
	f.ok(err)
	if len(entries) != 2 {
		f.Fatalf("%d entries, want 2", len(entries))
	}
	pending, err := f.store.Pending(f.ctx, c.ID)
	f.ok(err)
	f.equal(pending, []orchestrator.Command(nil))
	counts, err := f.store.Counts(f.ctx)
	f.ok(err)
	if counts[orchestrator.StateBot].Count != 1 || counts[orchestrator.StateQueued].Count != 0 {
		f.Fatalf("counts %v", counts)
	}
}

// race runs n functions at once and answers how many succeeded and how many met a conflict.
func (f *fixture) race(n int, do func(i int) error) (won, lost int64) {
	f.Helper()
	var wins, losses atomic.Int64
	var others sync.Map
	var racers sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		racers.Go(func() {
			<-start
			switch err := do(i); {
			case err == nil:
				wins.Add(1)
			case isConflict(err):
				losses.Add(1)
			default:
				others.Store(i, err)
			}
		})
	}
	close(start)
	racers.Wait()
	others.Range(func(_, err any) bool { f.Fatalf("unexpected error: %v", err); return false })
	return wins.Load(), losses.Load()
}

func concurrentAcceptsHaveOneWinner(f *fixture) {
	const agents = 1000
	c := f.moveTo(f.begin(), orchestrator.StateOffered)
	commits := make([]*orchestrator.Commit, agents)
	for i := range commits {
		commits[i] = f.step(c, orchestrator.StateAgent, func(n *orchestrator.Conversation) {
			n.Participants = []orchestrator.Participant{{Agent: orchestrator.Agent{ID: orchestrator.AgentID(fmt.Sprint(i))},
				Role: orchestrator.RoleOwner}}
		})
	}
	won, lost := f.race(agents, func(i int) error {
		_, err := f.store.Commit(f.ctx, commits[i])
		return err
	})
	if won != 1 || lost != agents-1 {
		f.Fatalf("%d won and %d lost, want one winner of %d", won, lost, agents)
	}
	stands := f.load(c.ID)
	if stands.Version != 3 || stands.Sequence != 3 || stands.State != orchestrator.StateAgent {
		f.Fatalf("stands at version %d, sequence %d, state %s", stands.Version, stands.Sequence, stands.State)
	}
	entries, err := f.store.Timeline(f.ctx, c.ID, 0, 10)
	f.ok(err)
	if len(entries) != 3 {
		f.Fatalf("%d entries, want 3", len(entries))
	}
}

func concurrentRepetitionsAreWrittenOnce(f *fixture) {
	const senders = 100
	c := f.begin()
	commits := make([]*orchestrator.Commit, senders)
	for i := range commits {
		commits[i] = f.step(c, orchestrator.StateQueued, nil)
		commits[i].Event = "the-same"
	}
	var firsts atomic.Int64
	won, _ := f.race(senders, func(i int) error {
		done, err := f.store.Commit(f.ctx, commits[i])
		if err == nil && done.Seen == nil {
			firsts.Add(1)
		}
		return err
	})
	if won != senders || firsts.Load() != 1 {
		f.Fatalf("%d answered, %d of them as the first; want %d and 1", won, firsts.Load(), senders)
	}
	if stands := f.load(c.ID); stands.Version != 2 {
		f.Fatalf("stands at version %d, want 2", stands.Version)
	}
}

func concurrentBeginningsHaveOneWinner(f *fixture) {
	const senders = 50
	commits := make([]*orchestrator.Commit, senders)
	for i := range commits {
		commits[i] = f.step(f.fresh("chat-1"), "", nil)
	}
	won, lost := f.race(senders, func(i int) error {
		_, err := f.store.Commit(f.ctx, commits[i])
		return err
	})
	if won != 1 || lost != senders-1 {
		f.Fatalf("%d began and %d met a conflict, want one beginning", won, lost)
	}
	counts, err := f.store.Counts(f.ctx)
	f.ok(err)
	if counts[orchestrator.StateBot].Count != 1 {
		f.Fatalf("counts %v", counts)
	}
}

func nextConversationMayBeginAfterTheEnd(f *fixture) {
	first := f.beginAs("chat-1")
	_, err := f.store.Commit(f.ctx, f.step(f.fresh("chat-1"), "", nil))
	f.fails(err, orchestrator.ErrConflict)
	f.moveTo(first, orchestrator.StateCompleted)
	found, err := f.store.Find(f.ctx, bot, "chat-1")
	f.ok(err)
	f.equal(found, first.ID)
	second := f.beginAs("chat-1")
	found, err = f.store.Find(f.ctx, bot, "chat-1")
	f.ok(err)
	f.equal(found, second.ID)
	if f.load(first.ID).State != orchestrator.StateCompleted {
		f.Fatal("the first conversation has changed")
	}
}

func endedConversationTakesLateWords(f *fixture) {
	c := f.moveTo(f.begin(), orchestrator.StateCompleted)
	rated := f.must(f.step(c, "", func(n *orchestrator.Conversation) { n.LastError = "" }, toBot("rated")))
	f.equal(f.load(c.ID), rated)
	if due := f.eachPartition(func(p int) ([]orchestrator.DueItem, error) {
		return f.store.Due(f.ctx, p, f.in(1000*time.Hour), 10)
	}); len(due) != 0 {
		f.Fatalf("an ended conversation is due: %v", due)
	}
}

func endedConversationStaysEnded(f *fixture) {
	c := f.moveTo(f.begin(), orchestrator.StateCompleted)
	if _, err := f.store.Commit(f.ctx, f.step(c, orchestrator.StateQueued, nil)); err == nil {
		f.Fatal("an ended conversation was queued")
	}
	f.equal(f.load(c.ID), c)
}

func endedConversationIsForgotten(f *fixture) {
	live := f.begin()
	c := f.moveTo(f.begin(), orchestrator.StateExpired)
	f.clock.Advance(Retention - time.Minute)
	f.equal(f.load(c.ID), c)
	f.clock.Advance(2 * time.Minute)
	_, err := f.store.Load(f.ctx, c.ID)
	f.fails(err, orchestrator.ErrNotFound)
	f.equal(f.load(live.ID), live)
}

func incompleteCommitIsRefused(f *fixture) {
	c := f.begin()
	for name, spoil := range map[string]func(*orchestrator.Commit){
		"no record":        func(c *orchestrator.Commit) { c.Next = nil },
		"no entry":         func(c *orchestrator.Commit) { c.Entries = nil },
		"no event id":      func(c *orchestrator.Commit) { c.Event = "" },
		"version":          func(c *orchestrator.Commit) { c.Next.Version += 2 },
		"sequence":         func(c *orchestrator.Commit) { c.Next.Sequence = 0 },
		"state":            func(c *orchestrator.Commit) { c.Next.State = "lost" },
		"state before":     func(c *orchestrator.Commit) { c.From = "" },
		"command, no node": func(c *orchestrator.Commit) { c.Node = "" },
		"command, no id":   func(c *orchestrator.Commit) { c.Commands[0].ID = "" },
		"unknown id":       func(c *orchestrator.Commit) { c.Next.ID = "cv_1" },
	} {
		commit := f.step(c, "", nil, send("x"))
		spoil(commit)
		if _, err := f.store.Commit(f.ctx, commit); err == nil {
			f.Errorf("%s: no error", name)
		}
	}
	f.equal(f.load(c.ID), c)
}
