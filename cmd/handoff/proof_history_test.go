package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	historyRuns    = 5
	historyWriters = 8
	historyEach    = 60
	historyTimeout = 2 * time.Minute
	// historyPatience bounds the checker; what it cannot decide by then fails the proof.
	historyPatience = 30 * time.Second
)

// register is what the model keeps of a conversation: enough to say what each answer had to be.
type register struct {
	version, epoch uint64
	state, owner   string
}

// asked is one call, and got what was answered.
type asked struct {
	op    string // accept, say, return-to-bot, requeue, request, load, place
	who   string
	epoch uint64 // say: quoted
}

type got struct {
	status int
	register
}

const (
	inBot    = string(orchestrator.StateBot)
	inQueue  = string(orchestrator.StateQueued)
	inPerson = string(orchestrator.StateAgent)
)

// historyModel is the flow as far as the writers here go: one conversation between a bot, a queue and two agents. Every
// answer but 404 tells the version, so that nothing can hide between two of them.
var historyModel = porcupine.Model{
	Init: func() any { return register{version: 1, epoch: 1, state: inBot} },
	Step: func(state, input, output any) (bool, any) {
		return step(state.(register), input.(asked), output.(got))
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
	DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
}

func step(c register, in asked, out got) (bool, register) {
	switch {
	case in.op == "place": // the desk tells how far the conversation has come: an entry that nobody asked for
		c.version++
		return true, c
	case in.op == "load":
		return out.status == http.StatusOK && out.register == c, c
	case out.status == http.StatusNotFound: // not any business of this agent's now
		return !c.visibleTo(in), c
	}
	next, moves := c.after(in)
	switch {
	case out.status >= 200 && out.status < 300:
		return moves && out.register == next.shownBy(in), next
	case out.status != http.StatusConflict || moves:
		return false, c
	case in.op == "say": // what is refused is written down
		refused := out.version == c.version && out.epoch == c.epoch
		c.version++
		return refused, c
	default:
		return out.register == c, c
	}
}

// after is the register after an event, and whether it is taken at all.
func (c register) after(in asked) (next register, taken bool) {
	next = c
	next.version++
	switch in.op {
	case "request":
		if c.state != inBot { // asked again: answered with what stands
			return c, true
		}
		next.state, next.epoch = inQueue, c.epoch+1
		return next, true
	case "accept":
		next.state, next.owner, next.epoch = inPerson, in.who, c.epoch+1
		return next, c.state == inQueue // what the bot has is taken, and not accepted
	case "return-to-bot":
		next.state, next.owner, next.epoch = inBot, "", c.epoch+1
		return next, c.state == inPerson && c.owner == in.who
	case "requeue":
		if c.state == inQueue { // a supervisor may put it anywhere; nobody spoke before and nobody does now
			return next, true
		}
		next.state, next.owner, next.epoch = inQueue, "", c.epoch+1
		return next, c.state == inPerson
	case "say":
		speaks := c.state == inPerson && c.owner == in.who || c.state == inBot && in.who == demoBot
		return next, speaks && in.epoch == c.epoch
	}
	return c, false
}

// shownBy is what the answer to an event shows: a word's answer has only the version.
func (c register) shownBy(in asked) register {
	if in.op == "say" {
		return register{version: c.version}
	}
	return c
}

// visibleTo: agents see what waits in their queue or is theirs; who answers an accept is told who has it, also when it is
// another's.
func (c register) visibleTo(in asked) bool {
	if in.who == "sam" || in.who == demoBot {
		return true
	}
	return c.state == inQueue || c.state == inPerson && (c.owner == in.who || in.op == "accept")
}

// history collects what was asked and answered.
type history struct {
	began   time.Time
	parties *proofParties
	people  map[string]*caller // anna, ben, sam and the bot
	id      string
	newest  atomic.Uint64 // the newest epoch that anybody was told of

	mu  sync.Mutex
	ops []porcupine.Operation
}

func TestProofHistoryOfOneConversationIsLinearizable(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), historyTimeout)
	defer cancel()
	seed := proofSeed(t)
	server := redistest.Start(t)
	config := proofConfig(t, "", "anna", "ben")
	nodes := []*proofNode{startNode(t, config, server.URL()), startNode(t, config, server.URL())}
	parties := newParties(t, nodes...)
	parties.somebodyIsThere(ctx)
	people := map[string]*caller{demoBot: parties.bearer(proofToken)}
	for _, name := range []string{"anna", "ben", "sam"} {
		people[name] = parties.person(name)
	}
	for run := range historyRuns {
		h := &history{began: proofClock.Now(), parties: parties, people: people}
		if err := h.record(ctx, seed, run); err != nil {
			t.Fatalf("seed %d, run %d: %v", seed, run, err)
		}
		checked := proofClock.Now()
		if result := porcupine.CheckOperationsTimeout(historyModel, h.ops, historyPatience); result != porcupine.Ok {
			t.Fatalf("seed %d, run %d: the history of %d calls is %s", seed, run, len(h.ops), result)
		}
		t.Logf("run %d: %d calls of %d writers on 2 processes, %v; accepted in %v", run, len(h.ops), historyWriters, h.outcomes(),
			proofClock.Now().Sub(checked).Round(time.Millisecond))
		for name, planted := range h.plantings() {
			if planted == nil {
				t.Errorf("run %d: nothing was found into which %q could be planted", run, name)
				continue
			}
			if result := porcupine.CheckOperationsTimeout(historyModel, planted, historyPatience); result != porcupine.Illegal {
				t.Errorf("run %d: a history with %q is %s", run, name, result)
			}
		}
	}
}

// record lets everybody write to one new conversation at once.
func (h *history) record(ctx context.Context, seed uint64, run int) error {
	external := fmt.Sprintf("h-%d", run)
	var err error
	if h.id, _, err = h.parties.begin(ctx, h.parties.nodes[0], h.people[demoBot], external); err != nil {
		return err
	}
	h.newest.Store(1)
	all := newCrowd(ctx)
	for writer := range historyWriters {
		random := seeded(seed, run*historyWriters+writer)
		all.goes(func(ctx context.Context) error {
			for n := range historyEach {
				in := h.choose(random)
				if err := h.call(ctx, writer, in, external, fmt.Sprintf("%d.%d", writer, n), random.IntN(2)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.wait(); err != nil {
		return err
	}
	return h.addPlaces(ctx)
}

// choose draws the next call.
func (h *history) choose(random *rand.Rand) asked {
	agent := []string{"anna", "ben"}[random.IntN(2)]
	switch n := random.IntN(20); {
	case n < 4:
		return asked{op: "accept", who: agent}
	case n < 7:
		return asked{op: "request", who: demoBot}
	case n < 10:
		return asked{op: "return-to-bot", who: agent}
	case n < 12:
		return asked{op: "requeue", who: "sam"}
	case n < 17:
		epoch := h.newest.Load()
		if random.IntN(4) == 0 && epoch > 1 {
			epoch--
		}
		return asked{op: "say", who: []string{"anna", "ben", demoBot}[random.IntN(3)], epoch: epoch}
	default:
		return asked{op: "load", who: "sam"}
	}
}

// call makes one call and notes it with the times between which it took effect.
func (h *history) call(ctx context.Context, writer int, in asked, external, key string, which int) error {
	who, at, path := h.people[in.who], h.parties.nodes[which], "/v1/conversations/"+h.id
	op := porcupine.Operation{ClientId: writer, Input: in, Call: h.moment()}
	var a *answered
	var err error
	switch in.op {
	case "load":
		a, err = who.ask(ctx, at, http.MethodGet, path, "", nil)
	case "say":
		a, err = who.ask(ctx, at, http.MethodPost, path+"/messages", "", map[string]any{"id": key, "text": "word", "epoch": in.epoch})
	case "request":
		a, err = who.botEvent(ctx, at, sim.Outgoing{ID: "q" + key, Type: "handoff.requested", ConversationID: external})
	case "return-to-bot":
		a, err = who.ask(ctx, at, http.MethodPost, path+"/return-to-bot", key, map[string]any{"reason": "done"})
	default:
		a, err = who.ask(ctx, at, http.MethodPost, path+"/"+in.op, key, struct{}{})
	}
	if err != nil {
		return err
	}
	if a.again() || a.status >= 400 && a.status != http.StatusConflict && a.status != http.StatusNotFound {
		return fmt.Errorf("%+v: HTTP %d: %s", in, a.status, a.body)
	}
	op.Return, op.Output = h.moment(), gotOf(in, a)
	if a.said.Epoch > 0 {
		storeMaxEpoch(&h.newest, a.said.Epoch)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, op)
	return nil
}

func (h *history) moment() int64 { return proofClock.Now().Sub(h.began).Nanoseconds() }

func storeMaxEpoch(most *atomic.Uint64, n uint64) {
	for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
}

// gotOf reads an answer. A word's success tells the version in its ETag, a refusal everything in its problem document.
func gotOf(in asked, a *answered) got {
	out := got{status: a.status}
	switch {
	case a.status == http.StatusNotFound:
	case in.op == "say" && a.ok():
		out.version = a.version
	default:
		out.register = register{a.said.Version, a.said.Epoch, a.said.State, a.agent()}
		if !a.ok() {
			out.state = a.said.Current
		}
	}
	return out
}

// addPlaces adds what the desk wrote by itself, which may have happened at any time.
func (h *history) addPlaces(ctx context.Context) error {
	events, err := h.people["sam"].feedPages(ctx, h.parties.nodes[0], h.id)
	if err != nil {
		return err
	}
	end := h.moment()
	for _, e := range events {
		if e.Type == "handoff.position_changed" {
			client := historyWriters + int(e.Sequence) // each is a writer of its own
			h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: asked{op: "place"}, Output: got{}, Call: 0, Return: end})
		}
	}
	return nil
}

// outcomes counts the calls by what became of them.
func (h *history) outcomes() map[string]int {
	counts := map[string]int{}
	for _, op := range h.ops {
		in, out := op.Input.(asked), op.Output.(got)
		if in.op != "load" && in.op != "place" {
			counts[fmt.Sprintf("%s %d", in.op, out.status)]++
		}
	}
	return counts
}

// plantings are copies of the history with one lie each.
func (h *history) plantings() map[string][]porcupine.Operation {
	return map[string][]porcupine.Operation{
		"a second winner": h.plant(func(in asked, out got) (got, bool) {
			lies := in.op == "accept" && out.status == http.StatusConflict && out.state == inPerson && out.owner != in.who
			out.status, out.owner, out.version, out.epoch = http.StatusOK, in.who, out.version+1, out.epoch+1
			return out, lies
		}),
		"a stale word that was taken": h.plant(func(in asked, out got) (got, bool) {
			lies := in.op == "say" && out.status == http.StatusConflict && in.epoch < out.epoch
			return got{status: http.StatusAccepted, register: register{version: out.version + 1}}, lies
		}),
		"a load of what was long over": h.plantStaleLoad(),
	}
}

// plant changes the first answer that can be lied about.
func (h *history) plant(lie func(asked, got) (got, bool)) []porcupine.Operation {
	for i, op := range h.ops {
		if out, can := lie(op.Input.(asked), op.Output.(got)); can {
			planted := append([]porcupine.Operation(nil), h.ops...)
			planted[i].Output = out
			return planted
		}
	}
	return nil
}

// plantStaleLoad lets a load answer what another load had answered before a write that was over when it began.
func (h *history) plantStaleLoad() []porcupine.Operation {
	for i, late := range h.ops {
		for _, early := range h.ops {
			was, is := early.Output.(got), late.Output.(got)
			loads := early.Input.(asked).op == "load" && late.Input.(asked).op == "load"
			if loads && was.version < is.version && h.writtenBetween(early.Return, late.Call) {
				planted := append([]porcupine.Operation(nil), h.ops...)
				planted[i].Output = was
				return planted
			}
		}
	}
	return nil
}

// writtenBetween: a write began and was answered between two moments.
func (h *history) writtenBetween(from, to int64) bool {
	for _, op := range h.ops {
		out := op.Output.(got)
		if op.Input.(asked).op != "load" && out.status >= 200 && out.status < 300 && op.Call > from && op.Return < to {
			return true
		}
	}
	return false
}
