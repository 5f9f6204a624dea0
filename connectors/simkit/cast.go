package simkit

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"handoff/orchestrator"
)

// Cast is a few people who work at a simulator by themselves: they take what waits, answer what is said, now and then send a
// chat on, and end it when they have said enough. Customers come to the vendor's own channel if it is asked for them.
type Cast struct {
	Simulator Simulator
	Clock     orchestrator.Clock
	Log       *slog.Logger
	// Pace is how long somebody thinks before they act, on average.
	Pace time.Duration
	// Seed is that of the small choices.
	Seed uint64
	// Customers is how many customers at a time come to the vendor's own channel, for a bot that answers there.
	Customers int
	// Queue is where those customers begin; empty: the first of the simulator's.
	Queue string
}

// lines are what people say, in order; after the last they end the chat.
var lines = []string{
	"Good day, you have reached a person now.",
	"I see what you have told the bot. Let me have a look.",
	"That is put right. Is there anything else?",
}

// questions are what customers at the vendor's own channel say, in order; then they wait for the end.
var questions = []string{"Hello, is anybody there?", "Where is my order?", "I would like to talk to a person, please."}

// Run plays until ctx ends.
func (c *Cast) Run(ctx context.Context) {
	random := rand.New(rand.NewPCG(c.Seed, c.Seed)) //nolint:gosec // no secret depends on it
	p := &play{Cast: c, random: random, people: map[string]int{}, said: map[string]int{}, mine: map[string]int{}}
	for ctx.Err() == nil {
		_, changed := c.Simulator.Switches().Watch()
		if p.act() {
			p.rest(ctx, nil, p.think())
			continue
		}
		p.rest(ctx, changed, 4*c.Pace)
	}
}

// play is one performance. It belongs to one goroutine.
type play struct {
	*Cast
	random *rand.Rand
	people map[string]int // by person: chats taken, so that they take turns
	said   map[string]int // by chat: lines that its people have said
	mine   map[string]int // by chat of our customers: questions asked
}

// think is how long the next one thinks: about Pace.
func (p *play) think() time.Duration {
	return p.Pace/2 + time.Duration(p.random.Int64N(int64(p.Pace)+1))
}

// rest waits for a change, or for so long.
func (p *play) rest(ctx context.Context, changed <-chan struct{}, d time.Duration) {
	over := make(chan struct{})
	defer p.Clock.AfterFunc(d, func() { close(over) })()
	select {
	case <-changed:
	case <-over:
	case <-ctx.Done():
	}
}

// act lets one person do one thing, and reports whether anybody did.
func (p *play) act() bool {
	chats := p.Simulator.Chats()
	p.random.Shuffle(len(chats), func(i, j int) { chats[i], chats[j] = chats[j], chats[i] })
	for i := range chats {
		if did, err := p.move(&chats[i]); did {
			if err != nil && !errors.Is(err, ErrNoSuchThing) {
				p.Log.Debug("the cast could not", "chat", chats[i].ID, "why", err)
			}
			p.Simulator.Switches().Changed()
			return true
		}
	}
	return p.arrive(chats)
}

// arrive lets another customer come.
func (p *play) arrive(chats []Chat) bool {
	there := 0
	for i := range chats {
		if _, ours := p.mine[chats[i].ID]; ours && chats[i].State != ChatEnded && chats[i].State != ChatWrapUp {
			there++
		}
	}
	if there >= p.Customers {
		return false
	}
	queue := p.Queue
	if queue == "" {
		queue = p.Simulator.Queues()[0]
	}
	names := []string{"Ada", "Bo", "Cleo", "Dag", "Esi", "Finn"}
	chat, err := p.Simulator.Begin(Customer{Name: names[len(p.mine)%len(names)]}, queue)
	if err != nil {
		p.Log.Debug("no customer could come", "why", err)
		return false
	}
	p.mine[chat] = 0
	p.Simulator.Switches().Changed()
	return true
}

// move does the next thing in a chat, if there is one.
func (p *play) move(c *Chat) (bool, error) {
	switch c.State {
	case ChatWithBot:
		asked, ours := p.mine[c.ID]
		if !ours || asked >= len(questions) || lastRole(c) == "customer" {
			return false, nil
		}
		p.mine[c.ID]++
		return true, p.Simulator.CustomerSays(c.ID, questions[asked])
	case ChatWaiting:
		return p.take(c, p.next())
	case ChatRinging:
		if len(c.Ringing) == 0 {
			return false, nil
		}
		return p.take(c, c.Ringing[0])
	case ChatServed:
		return p.serve(c)
	case ChatWrapUp:
		if len(c.Agents) == 0 {
			return false, nil
		}
		return true, p.Simulator.Complete(c.ID, c.Agents[0])
	case ChatEnded:
	}
	return false, nil
}

func (p *play) take(c *Chat, who string) (bool, error) {
	err := p.Simulator.Accept(c.ID, who)
	if err != nil {
		return false, err // somebody else, or not yet
	}
	p.people[who]++
	return true, nil
}

// next is who has taken the fewest chats so far.
func (p *play) next() string {
	people := slices.Clone(p.Simulator.People())
	slices.SortStableFunc(people, func(a, b string) int { return p.people[a] - p.people[b] })
	return people[0]
}

// serve says the next line, sends the chat on now and then, or ends it.
func (p *play) serve(c *Chat) (bool, error) {
	if len(c.Agents) == 0 {
		return false, nil
	}
	who, said := c.Agents[0], p.said[c.ID]
	switch {
	case said >= len(lines):
		return true, p.Simulator.End(c.ID, who)
	case said == 2 && p.random.IntN(3) == 0:
		p.said[c.ID]++
		return true, p.Simulator.Transfer(c.ID, who, Destination{Agent: p.next()})
	case said%2 == 0 && p.random.IntN(2) == 0:
		if err := p.Simulator.Types(c.ID, who, true); err != nil && !errors.Is(err, ErrNoSuchThing) {
			return true, err
		}
	}
	p.said[c.ID]++
	return true, p.Simulator.Says(c.ID, who, lines[said])
}

// lastRole is who spoke last; empty if nobody did.
func lastRole(c *Chat) string {
	if len(c.Words) == 0 {
		return ""
	}
	return c.Words[len(c.Words)-1].Role
}
