package house

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"handoff/orchestrator"
)

const noon orchestrator.Moment = 1_000_000

// there1 is a person who is online for billing with one seat.
func there1(id orchestrator.AgentID, more ...func(*orchestrator.Presence)) orchestrator.Presence {
	p := orchestrator.Presence{
		Agent: orchestrator.Agent{ID: id}, Online: true, Queues: []orchestrator.QueueName{"billing"}, Capacity: 1,
		Until: noon + 1000,
	}
	for _, m := range more {
		m(&p)
	}
	return p
}

func wait1(id orchestrator.ConversationID, more ...func(*orchestrator.Waiting)) orchestrator.Place {
	w := orchestrator.Waiting{Queue: "billing", Since: noon - 1000}
	for _, m := range more {
		m(&w)
	}
	return orchestrator.Place{Conversation: id, Waiting: w}
}

func floorOf(
	agents []orchestrator.Presence, seats []orchestrator.Seat, places ...orchestrator.Place,
) *orchestrator.Floor {
	f := &orchestrator.Floor{
		Agents: agents, Taken: map[orchestrator.AgentID]int{}, Lines: map[orchestrator.QueueName]orchestrator.Line{},
	}
	occupy(f, seats...)
	for _, p := range places {
		line := f.Lines[p.Waiting.Queue]
		line.Waiting++
		line.First = append(line.First, p)
		f.Lines[p.Waiting.Queue] = line
	}
	return f
}

func pairsOf(f *orchestrator.Floor) []string { return shownPairs(match(f, noon)) }

func shownPairs(pairs []pair) []string {
	var s []string
	for _, p := range pairs {
		s = append(s, fmt.Sprintf("%s>%s", p.place.Conversation, p.agent.ID))
	}
	return s
}

func TestMatchFollowsTheRules(t *testing.T) {
	type presence = orchestrator.Presence
	type waiting = orchestrator.Waiting
	skills := func(s ...string) func(*presence) { return func(p *presence) { p.Skills = s } }
	idle := func(m orchestrator.Moment) func(*presence) { return func(p *presence) { p.IdleSince = m } }
	both := func(p *presence) { p.Queues = []orchestrator.QueueName{"billing", "sales"} }
	for name, row := range map[string]struct {
		floor *orchestrator.Floor
		want  []string
	}{
		"longest idle first": {
			floorOf([]presence{there1("anna", idle(20)), there1("bob", idle(10))}, nil, wait1("c1")),
			[]string{"c1>bob"},
		},
		"higher priority of another queue first": {
			floorOf([]presence{there1("anna", both)}, nil,
				wait1("c1"), wait1("c2", func(w *waiting) { w.Queue, w.Priority, w.Since = "sales", 5, noon })),
			[]string{"c2>anna"},
		},
		"among equal priorities the first wait counts across queues": {
			floorOf([]presence{there1("anna", both)}, nil,
				wait1("c1"), wait1("c2", func(w *waiting) { w.Queue, w.Since = "sales", 5 })),
			[]string{"c2>anna"},
		},
		"one whom nobody can take does not hold up the others": {
			floorOf([]presence{there1("anna")}, nil,
				wait1("c1", func(w *waiting) { w.Skills = []string{"danish"} }), wait1("c2")),
			[]string{"c2>anna"},
		},
		"all skills are needed": {
			floorOf([]presence{there1("anna", skills("danish")), there1("bob", skills("danish", "visa"))}, nil,
				wait1("c1", func(w *waiting) { w.Skills = []string{"visa", "danish"} })),
			[]string{"c1>bob"},
		},
		"preferred person first, even if idle for less long": {
			floorOf([]presence{there1("anna", idle(1)), there1("bob", idle(9))}, nil,
				wait1("c1", func(w *waiting) { w.Prefer = "bob" })),
			[]string{"c1>bob"},
		},
		"a busy preferred person is not waited for": {
			floorOf([]presence{there1("anna"), there1("bob")},
				[]orchestrator.Seat{{Agent: "bob", Conversation: "x", Kind: orchestrator.SeatOwner}},
				wait1("c1", func(w *waiting) { w.Prefer = "bob" })),
			[]string{"c1>anna"},
		},
		"only that person": {
			floorOf([]presence{there1("anna"), there1("bob", func(p *presence) { p.Queues = nil })}, nil,
				wait1("c1", func(w *waiting) { w.Only = "bob" })),
			[]string{"c1>bob"},
		},
		"only that person, who is away": {
			floorOf([]presence{there1("anna"), there1("bob", func(p *presence) { p.Online = false })}, nil,
				wait1("c1", func(w *waiting) { w.Only = "bob" })),
			nil,
		},
		"who vanished is not rung at": {
			floorOf([]presence{there1("anna", func(p *presence) { p.Until = noon })}, nil, wait1("c1")),
			nil,
		},
		"after-call work takes a seat": {
			floorOf([]presence{there1("anna")},
				[]orchestrator.Seat{{Agent: "anna", Conversation: "x", Kind: orchestrator.SeatWrapUp}}, wait1("c1")),
			nil,
		},
		"nothing rings beside another ringing": {
			floorOf([]presence{there1("anna", func(p *presence) { p.Capacity = 5 })},
				[]orchestrator.Seat{{Agent: "anna", Conversation: "x", Kind: orchestrator.SeatRinging}}, wait1("c1")),
			nil,
		},
		"one at a time, although there is room for more": {
			floorOf([]presence{there1("anna", func(p *presence) { p.Capacity = 5 })}, nil, wait1("c1"), wait1("c2")),
			[]string{"c1>anna"},
		},
		"who is excluded is not asked while something else waits for them": {
			floorOf([]presence{there1("anna")}, nil,
				wait1("c1", func(w *waiting) { w.Exclude = []orchestrator.AgentID{"anna"} }), wait1("c2")),
			[]string{"c2>anna"},
		},
		"who is excluded is not asked in place of somebody who is busy": {
			floorOf([]presence{there1("anna"), there1("bob")},
				[]orchestrator.Seat{{Agent: "bob", Conversation: "x", Kind: orchestrator.SeatOwner}},
				wait1("c1", func(w *waiting) { w.Exclude = []orchestrator.AgentID{"anna"} })),
			nil,
		},
		"what went back to the front comes before the first wait": {
			floorOf([]presence{there1("anna", both)}, nil,
				wait1("c1", func(w *waiting) { w.Front = true }),
				wait1("c2", func(w *waiting) { w.Queue, w.Since = "sales", 1 })),
			[]string{"c1>anna"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, pairsOf(row.floor)); diff != "" {
				t.Errorf("pairs (-want +have):\n%s", diff)
			}
		})
	}
}

var (
	someQueues = []orchestrator.QueueName{"billing", "sales", "tech"}
	someSkills = []string{"danish", "visa"}
	someAgents = []orchestrator.AgentID{"a1", "a2", "a3", "a4", "a5", "a6"}
)

// occupy takes seats on a floor.
func occupy(f *orchestrator.Floor, seats ...orchestrator.Seat) {
	for _, s := range seats {
		f.Taken[s.Agent]++
		if s.Kind == orchestrator.SeatRinging {
			f.Ringing = append(f.Ringing, s)
		}
	}
}

// drawFloor makes any floor.
func drawFloor(t *rapid.T) *orchestrator.Floor {
	f := floorOf(nil, nil)
	for _, id := range someAgents[:rapid.IntRange(0, len(someAgents)).Draw(t, "agents")] {
		f.Agents = append(f.Agents, orchestrator.Presence{
			Agent: orchestrator.Agent{ID: id}, Online: rapid.IntRange(0, 4).Draw(t, "online") > 0,
			Queues:   rapid.SliceOfDistinct(rapid.SampledFrom(someQueues), rapid.ID).Draw(t, "queues"),
			Skills:   rapid.SliceOfDistinct(rapid.SampledFrom(someSkills), rapid.ID).Draw(t, "skills"),
			Capacity: rapid.IntRange(0, 3).Draw(t, "capacity"),
			Until:    noon + orchestrator.Moment(rapid.IntRange(-1, 5).Draw(t, "until")),
			// Few values, so that ties are common.
			IdleSince: orchestrator.Moment(rapid.IntRange(1, 3).Draw(t, "idle")),
		})
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "seats") {
		occupy(f, orchestrator.Seat{
			Agent:        rapid.SampledFrom(someAgents).Draw(t, "seat of"),
			Conversation: orchestrator.ConversationID(fmt.Sprintf("old%d", i)),
			Kind: rapid.SampledFrom([]orchestrator.SeatKind{
				orchestrator.SeatRinging, orchestrator.SeatOwner, orchestrator.SeatGuest, orchestrator.SeatWrapUp,
			}).Draw(t, "kind"),
		})
	}
	maybe := rapid.OneOf(rapid.Just(orchestrator.AgentID("")), rapid.SampledFrom(someAgents))
	for i := range rapid.IntRange(0, 12).Draw(t, "waiting") {
		w := orchestrator.Waiting{
			Queue:    rapid.SampledFrom(someQueues).Draw(t, "queue"),
			Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
			Since:    orchestrator.Moment(rapid.IntRange(1, 5).Draw(t, "since")),
			Front:    rapid.Bool().Draw(t, "front"),
			Skills:   rapid.SliceOfDistinct(rapid.SampledFrom(someSkills), rapid.ID).Draw(t, "needs"),
			Prefer:   maybe.Draw(t, "prefer"),
			Only:     maybe.Draw(t, "only"),
			Exclude:  rapid.SliceOfDistinct(rapid.SampledFrom(someAgents), rapid.ID).Draw(t, "exclude"),
		}
		line := f.Lines[w.Queue]
		id := orchestrator.ConversationID(fmt.Sprintf("c%02d", i))
		line.First = append(line.First, orchestrator.Place{Conversation: id, Waiting: w})
		line.Waiting++
		f.Lines[w.Queue] = line
	}
	for _, line := range f.Lines {
		slices.SortStableFunc(line.First, func(a, b orchestrator.Place) int {
			switch {
			case comesFirst(&a.Waiting, &b.Waiting):
				return -1
			case comesFirst(&b.Waiting, &a.Waiting):
				return 1
			default:
				return 0
			}
		})
	}
	return f
}

func TestWhoDidNotTakeItIsAskedAgainWhenNothingElseWaitsForThem(t *testing.T) {
	type presence = orchestrator.Presence
	declined := func(by orchestrator.AgentID, again orchestrator.Moment) func(*orchestrator.Waiting) {
		return func(w *orchestrator.Waiting) {
			w.Exclude, w.AskAgain = append(w.Exclude, by), append(w.AskAgain, again)
		}
	}
	for name, row := range map[string]struct {
		floor *orchestrator.Floor
		want  []string
	}{
		"once the pause is over": {
			floorOf([]presence{there1("anna")}, nil, wait1("c1", declined("anna", noon))), []string{"c1>anna"},
		},
		"not during the pause": {
			floorOf([]presence{there1("anna")}, nil, wait1("c1", declined("anna", noon+1))), nil,
		},
		"of several the one that was declined first": {
			floorOf([]presence{there1("anna")}, nil,
				wait1("c1", declined("anna", noon-1)), wait1("c2", declined("anna", noon-2))), []string{"c2>anna"},
		},
		"the version before wrote no pause": {
			floorOf([]presence{there1("anna")}, nil,
				wait1("c1", func(w *orchestrator.Waiting) { w.Exclude = []orchestrator.AgentID{"anna"} })),
			[]string{"c1>anna"},
		},
		"each has a pause of their own": {
			floorOf([]presence{there1("anna"), there1("bob")}, nil,
				wait1("c1", declined("anna", noon+1), declined("bob", noon-1))), []string{"c1>bob"},
		},
		"one conversation rings at one of them": {
			floorOf([]presence{there1("anna"), there1("bob")}, nil,
				wait1("c1", declined("anna", noon-1), declined("bob", noon-1))), []string{"c1>anna"},
		},
		"only those who can take it": {
			floorOf([]presence{there1("anna", func(p *presence) { p.Online = false }),
				there1("bob", func(p *presence) { p.Queues = nil })}, nil,
				wait1("c1", declined("anna", noon-1), declined("bob", noon-1))), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if pairs := match(row.floor, noon); len(pairs) > 0 {
				t.Errorf("match gives %v although all are excluded", pairs)
			}
			if diff := cmp.Diff(row.want, shownPairs(matchAgain(row.floor, noon))); diff != "" {
				t.Errorf("pairs (-want +have):\n%s", diff)
			}
		})
	}
}

func TestMatchNeverViolatesTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFloor(t)
		pairs := match(f, noon)
		checkPairs(t, f, pairs)
		shuffled := *f
		shuffled.Agents, shuffled.Ringing = slices.Clone(f.Agents), slices.Clone(f.Ringing)
		rand.Shuffle(len(shuffled.Agents), func(i, j int) {
			shuffled.Agents[i], shuffled.Agents[j] = shuffled.Agents[j], shuffled.Agents[i]
		})
		rand.Shuffle(len(shuffled.Ringing), func(i, j int) {
			shuffled.Ringing[i], shuffled.Ringing[j] = shuffled.Ringing[j], shuffled.Ringing[i]
		})
		if diff := cmp.Diff(pairs, match(&shuffled, noon), cmp.AllowUnexported(pair{})); diff != "" {
			t.Fatalf("the order in which people and seats are listed matters:\n%s", diff)
		}
	})
}

// checkPairs states the rules anew, conversation by conversation, without the code under test.
func checkPairs(t *rapid.T, f *orchestrator.Floor, pairs []pair) {
	given := map[orchestrator.ConversationID]orchestrator.AgentID{}
	for _, p := range pairs {
		if _, twice := given[p.place.Conversation]; twice {
			t.Fatalf("%s rings twice", p.place.Conversation)
		}
		given[p.place.Conversation] = p.agent.ID
	}
	room := map[orchestrator.AgentID]bool{} // who can be rung at
	online := map[orchestrator.AgentID]orchestrator.Presence{}
	for _, p := range f.Agents {
		if !p.Online || p.Until <= noon {
			continue
		}
		online[p.Agent.ID] = p
		ringing := slices.ContainsFunc(f.Ringing, func(s orchestrator.Seat) bool { return s.Agent == p.Agent.ID })
		room[p.Agent.ID] = f.Taken[p.Agent.ID] < p.Capacity && !ringing
	}
	for _, place := range inOrder(f) {
		w := place.Waiting
		var candidates []orchestrator.AgentID // who could take it, were they free
		for id, p := range online {
			if w.Only == id || (w.Only == "" && slices.Contains(p.Queues, w.Queue) && hasAll(p.Skills, w.Skills)) {
				candidates = append(candidates, id)
			}
		}
		candidates = slices.DeleteFunc(candidates, func(id orchestrator.AgentID) bool {
			return !room[id] || slices.Contains(w.Exclude, id)
		})
		who, rings := given[place.Conversation]
		if rings != (len(candidates) > 0) {
			t.Fatalf("%s rings: %t, candidates %v", place.Conversation, rings, candidates)
		}
		if !rings {
			continue
		}
		if !slices.Contains(candidates, who) {
			t.Fatalf("%s rings at %s, candidates %v", place.Conversation, who, candidates)
		}
		if slices.Contains(candidates, w.Prefer) && who != w.Prefer {
			t.Fatalf("%s rings at %s, preferred %s", place.Conversation, who, w.Prefer)
		}
		for _, other := range candidates {
			if who != w.Prefer && online[other].IdleSince < online[who].IdleSince {
				t.Fatalf("%s rings at %s, %s is idle for longer", place.Conversation, who, other)
			}
		}
		room[who] = false
	}
}

func hasAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}

// inOrder lists all who wait: priority, front, first wait, name of the queue.
func inOrder(f *orchestrator.Floor) []orchestrator.Place {
	var all []orchestrator.Place
	for _, queue := range someQueues { // sorted by name
		all = append(all, f.Lines[queue].First...)
	}
	key := func(w orchestrator.Waiting) int {
		k := -w.Priority*1000 + int(w.Since)
		if w.Front {
			k -= 100
		}
		return k
	}
	slices.SortStableFunc(all, func(a, b orchestrator.Place) int { return key(a.Waiting) - key(b.Waiting) })
	return all
}
