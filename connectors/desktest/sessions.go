package desktest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"handoff/orchestrator"
)

// sessions: one session for each account, renewed after a loss and moved when a process dies; and nothing is lost meanwhile.
func sessions() []Behaviour {
	relays := func(m orchestrator.Manifest) bool { return !m.ReadsTimeline }
	one := func(m orchestrator.Manifest) bool { return m.OneSession }
	return []Behaviour{
		{Name: "WordsSaidDuringASessionLossAreHeardOnce", Needs: []Item{ItemLoseSession}, When: relays, Check: missedWords},
		{Name: "ALostPollAnswerLosesNothing", Needs: []Item{ItemLosePoll}, When: relays, Check: lostPoll},
		{Name: "ASessionThatEndsInMidCallIsRenewedOnce", Needs: []Item{ItemKillSession}, When: one, Check: renewedOnce},
		{Name: "TwoProcessesHoldOneSession", When: one, Check: oneSession},
		{Name: "AnotherProcessGoesOnWhenOneDies", When: one, Check: failover},
	}
}

func missedWords(t TB, p *Play) {
	who := p.ready(t, "c-1")
	p.theySay(t, "c-1", who, "before")
	p.heard(t, "c-1", p.they(), []string{"before"})
	p.Faults.LoseSession(func() { p.theySay(t, "c-1", who, "during") })
	p.heard(t, "c-1", p.they(), []string{"before", "during"})
	p.theySay(t, "c-1", who, "after")
	p.heard(t, "c-1", p.they(), []string{"before", "during", "after"})
}

func lostPoll(t TB, p *Play) {
	who := p.ready(t, "c-1")
	met := p.Faults.LosePoll()
	defer p.letTimePass()() // after a failure a desk waits before it asks again
	want := []string{"one", "two", "three"}
	for _, text := range want { // one may still be told by the poll under way
		p.theySay(t, "c-1", who, text)
		p.Await(t, fmt.Sprintf("%q is heard", text), func() bool { return slices.Contains(p.texts("c-1", p.they()), text) })
	}
	p.heard(t, "c-1", p.they(), want)
	if !met() {
		t.Errorf("no poll was lost: the desk has asked for no notifications, or the switch does not know its polls")
	}
}

// logins is how often a desk has logged in, as it says.
func logins(d orchestrator.Desk) int64 {
	if reporter, ok := d.(orchestrator.HealthReporter); ok {
		if h := reporter.Health(); h.Session != nil {
			return h.Session.Logins
		}
	}
	return 0
}

func renewedOnce(t TB, p *Play) {
	for i := range parallel {
		p.ready(t, parallelID(i))
	}
	p.Settle(t)
	before := logins(p.Desk)
	var wg sync.WaitGroup
	errs := make(chan error, parallel)
	p.Faults.KillSession(t, func() {
		for i := range parallel {
			wg.Go(func() {
				if err := p.send(parallelID(i), "still there?"); err != nil {
					errs <- err
				}
			})
		}
	})
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Errorf("send: %v", err)
	}
	if n := logins(p.Desk) - before; n != 1 {
		t.Errorf("it logged in %d times, want once", n)
	}
	for i := range parallel {
		if have := p.seen(parallelID(i)); !slices.Equal(have, []string{"still there?"}) {
			t.Errorf("conversation %d: they saw %v, want the word once", i, have)
		}
	}
}

// twin runs another process's desk on the same ledger.
func (p *Play) twin(t TB) (desk orchestrator.Desk, stop func()) {
	desk = p.Twin(t)
	return desk, running(t, desk, p.Ledger, p.patience)
}

func oneSession(t TB, p *Play) {
	desk, stop := p.twin(t)
	defer stop()
	who := p.ready(t, "c-1")
	for n := range perChat {
		p.theySay(t, "c-1", who, fmt.Sprint("their ", n))
		cmd := p.word("c-1", fmt.Sprint("our ", n))
		with := []orchestrator.Desk{p.Desk, desk}[n%2]
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		if _, err := Call(ctx, with, cmd); err != nil {
			t.Errorf("send by process %d: %v", n%2, err)
		}
		cancel()
	}
	var theirs, ours []string
	for n := range perChat {
		theirs, ours = append(theirs, fmt.Sprint("their ", n)), append(ours, fmt.Sprint("our ", n))
	}
	p.heard(t, "c-1", p.they(), theirs)
	if have := p.seen("c-1"); !slices.Equal(have, ours) {
		t.Errorf("they saw %v, want %v", have, ours)
	}
	if n := logins(p.Desk) + logins(desk); n != 1 {
		t.Errorf("the two logged in %d times, want once", n)
	}
}

// Restart stops the desk, lets something happen while no process listens, and runs another process's desk in its place until the
// play ends.
func (p *Play) Restart(t TB, meanwhile func()) orchestrator.Desk {
	t.Helper()
	p.stop()
	p.later()
	meanwhile()
	desk, stop := p.twin(t)
	p.stop = sync.OnceFunc(stop)
	return desk
}

// later lets a second pass by the subject's clock.
func (p *Play) later() {
	if clock, ok := p.Clock.(*orchestrator.StepClock); ok {
		clock.Advance(oneStep)
	}
}

func failover(t TB, p *Play) {
	desk, stop := p.twin(t)
	defer stop()
	who := p.ready(t, "c-1")
	p.theySay(t, "c-1", who, "before")
	p.heard(t, "c-1", p.they(), []string{"before"})
	p.stop()
	p.theySay(t, "c-1", who, "meanwhile")
	enough := p.letTimePass()
	p.heard(t, "c-1", p.they(), []string{"before", "meanwhile"})
	enough()
	p.theySay(t, "c-1", who, "after")
	p.heard(t, "c-1", p.they(), []string{"before", "meanwhile", "after"})
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	if _, err := Call(ctx, desk, p.word("c-1", "we go on")); err != nil {
		t.Errorf("send by the other process: %v", err)
	}
	if have := p.seen("c-1"); !slices.Equal(have, []string{"we go on"}) {
		t.Errorf("they saw %v", have)
	}
}

// Bounds of letTimePass.
const (
	oneTick   = 5 * time.Millisecond
	oneStep   = time.Second
	mostSteps = 120
)

// letTimePass lets the subject's clock run fast until it is stopped: a second passes with each tick of the machine's, so that
// calls under way have the time that they need. A clock that runs by itself needs no help.
func (p *Play) letTimePass() (stop func()) {
	clock, ok := p.Clock.(*orchestrator.StepClock)
	if !ok {
		return func() {}
	}
	over, passed := make(chan struct{}), make(chan struct{})
	tick := time.NewTicker(oneTick)
	go func() {
		defer close(passed)
		defer tick.Stop()
		for range mostSteps {
			select {
			case <-tick.C:
				clock.Advance(oneStep)
			case <-over:
				return
			}
		}
	}()
	return func() {
		close(over)
		<-passed
	}
}
