// Package bottest says what any bot connector must do. A connector's own test makes a fresh [Subject] with its simulated
// platform for each behaviour and calls [Run]. The suite itself is proven on bots that are broken on purpose.
package bottest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handoff/orchestrator"
)

// Behaviour is one thing that a bot must do.
type Behaviour struct {
	Name  string
	Check func(t TB, p *Play)
}

// Behaviours lists everything that Run checks.
func Behaviours() []Behaviour {
	return slices.Concat(declarations(), words(), outcomes(), interruptions(), arrivals())
}

// Run checks every behaviour. With a *testing.T each has a subtest of its own.
func Run(t TB, open Open) {
	t.Helper()
	for _, b := range Behaviours() {
		if tt, ok := t.(*testing.T); ok {
			tt.Run(b.Name, func(tt *testing.T) { One(tt, b, open) })
			continue
		}
		One(t, b, open)
	}
}

// One checks one behaviour on a fresh subject. Each also checks that no secret is in an error or in the log, and that
// nothing goes on after Run.
func One(t TB, b Behaviour, open Open) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	s := open(t)
	closing := sync.OnceFunc(func() {
		if s.Close != nil {
			s.Close()
		}
	})
	defer closing() // also when a check gives up half-way
	if s.Patience == 0 {
		s.Patience = patience
	}
	p := &Play{Subject: s}
	func() {
		defer p.start(t)()
		b.Check(t, p)
	}()
	p.noSecrets(t, "log", s.Logged())
	closing()
	if err := leftovers(before, p.Patience); err != nil {
		t.Errorf("%s: goroutines are left after Run: %v", b.Name, err)
	}
}

// patience is how long something that should happen may take.
const patience = 5 * time.Second

// leftovers are the goroutines beside those before. On a busy machine the last ones of a closed connection take their time.
func leftovers(before goleak.Option, patience time.Duration) error {
	late, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for {
		if err := goleak.Find(before); err == nil || late.Err() != nil { // which waits a little itself
			return err
		}
	}
}

// Play is a subject in action.
type Play struct {
	*Subject
	mu sync.Mutex
	n  int // commands so far
}

// start runs the bot; stop ends it and waits.
func (p *Play) start(t TB) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Bot.Run(ctx, nobody{}) }()
	return func() {
		cancel()
		late := time.NewTimer(p.Patience)
		defer late.Stop()
		select {
		case err := <-ended:
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Run ended with an error: %v", err)
			}
		case <-late.C:
			t.Errorf("Run goes on %s after its context ended", p.Patience)
		}
	}
}

// nobody takes facts and does nothing with them.
type nobody struct{}

// Receive forgets.
func (nobody) Receive(context.Context, orchestrator.Event) (orchestrator.Receipt, error) {
	return orchestrator.Receipt{}, nil
}

// noSecrets fails the test where a text holds one of the subject's secrets.
func (p *Play) noSecrets(t TB, where, text string) {
	t.Helper()
	for i, secret := range p.Secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("secret %d of the subject is in the %s", i, where)
		}
	}
}

// command is a fresh one for the bot, with what every command has.
func (p *Play) command(kind orchestrator.CommandType, conversation string) *orchestrator.Command {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	id := orchestrator.ConversationID("cv_01_" + conversation)
	return &orchestrator.Command{
		ID: orchestrator.CommandID(fmt.Sprintf("%s.%d.0", id, p.n)), Type: kind, Class: orchestrator.ClassLive, Conversation: id,
		To: orchestrator.Party{Connector: p.Bot.Name(), Bot: true}, Sequence: uint64(p.n), Epoch: 2, Handoff: 1, //nolint:gosec // small
		At: orchestrator.MomentOf(p.Clock.Now()), External: conversation, ReplyContext: []byte(`{"flow":7}`),
	}
}

// word is a command that tells an agent's word.
func (p *Play) word(conversation, text string) *orchestrator.Command {
	cmd := p.command(orchestrator.CommandSend, conversation)
	cmd.Message = &orchestrator.Message{ID: "m-" + string(cmd.ID), Text: text}
	cmd.Author = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"}
	return cmd
}

// deliver delivers a command and checks the form of its failure.
func (p *Play) deliver(ctx context.Context, t TB, d *orchestrator.Delivery) error {
	t.Helper()
	err := p.Bot.Deliver(ctx, d)
	if err == nil {
		return nil
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		p.noSecrets(t, "error", fmt.Sprintf(verb, err))
	}
	var ce *orchestrator.ConnectorError
	if !errors.As(err, &ce) {
		t.Errorf("a failure is %T and not a connector error: %v", err, err)
		return err
	}
	if ce.Connector != p.Bot.Name() || ce.Op == "" {
		t.Errorf("a failure names connector %q and call %q", ce.Connector, ce.Op)
	}
	for inner := error(ce); inner != nil; inner = errors.Unwrap(inner) {
		p.noSecrets(t, "cause of an error", fmt.Sprintf("%+v", inner))
	}
	return err
}

// send delivers one command that needs nothing else.
func (p *Play) send(t TB, cmd *orchestrator.Command) error {
	t.Helper()
	return p.deliver(context.Background(), t, &orchestrator.Delivery{Command: cmd})
}

// arrived waits until n calls have arrived, and answers all of them.
func (p *Play) arrived(t TB, n int) []Call {
	t.Helper()
	late := time.NewTimer(p.Patience)
	defer late.Stop()
	for {
		changed := p.Platform.Changed()
		calls := p.Platform.Calls()
		if len(calls) >= n {
			return calls
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("%d calls arrived, want %d", len(calls), n)
			return nil
		}
	}
}

// ends waits for something that should come to its end soon.
func (p *Play) ends(t TB, what string, done <-chan error) error {
	t.Helper()
	late := time.NewTimer(p.Patience)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		t.Fatalf("%s goes on after %s", what, p.Patience)
		return nil
	}
}
