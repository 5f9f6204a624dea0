package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// scriptedBot is the bot platform of the demo: it hears at a callback of its own, over HTTP, and checks every signature.
// What it heard is kept for each conversation by itself, and forgotten when its scene is over.
type scriptedBot struct {
	listener net.Listener
	server   *http.Server
	served   chan error

	mu    sync.Mutex
	stage map[string]*sim.Platform // by the bot's own id of the conversation
	// Who hears of conversations that no scene plays, those that began at a desk and those of the tour's visitors; nil: nobody.
	walkIn, visitor http.Handler
}

// demoSecret is the secret of the scripted bot in demo.yaml, tourSecret that of the other.
const (
	demoSecret = "whsec_ZGVtby1vbmx5LWRlbW8tb25seS1kZW1vLW9ubHktMDE="
	tourSecret = "whsec_ZGVtby1vbmx5LXRvdXItb25seS1kZW1vLW9ubHktMDI="
)

// maxCallback is more than the service ever sends.
const maxCallback = 128 << 10

// newScriptedBot listens on a free port of the loopback.
func newScriptedBot(ctx context.Context) (*scriptedBot, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the scripted bot's callback: %w", err)
	}
	b := &scriptedBot{listener: listener, served: make(chan error, 1), stage: map[string]*sim.Platform{}}
	b.server = &http.Server{Handler: b, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	go func() { b.served <- b.server.Serve(listener) }()
	return b, nil
}

// url is the callback of a bot.
func (b *scriptedBot) url(bot string) string {
	return "http://" + b.listener.Addr().String() + "/" + bot
}

// receive lets somebody hear of the conversations that no scene plays.
func (b *scriptedBot) receive(walkIn, visitor http.Handler) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.walkIn, b.visitor = walkIn, visitor
}

// close ends the callback.
func (b *scriptedBot) close() error {
	err := b.server.Close()
	if served := <-b.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// enter makes ready to hear of a conversation.
func (b *scriptedBot) enter(external string) (*sim.Platform, error) {
	p, err := sim.New(sim.Options{Clock: orchestrator.SystemClock{}, Secrets: []string{demoSecret}})
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stage[external] = p
	return p, nil
}

// leave forgets a conversation.
func (b *scriptedBot) leave(external string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.stage[external]; p != nil {
		p.Close()
		delete(b.stage, external)
	}
}

// ServeHTTP takes one callback. One about a conversation whose scene is over is welcome too, and forgotten.
func (b *scriptedBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	var envelope struct {
		ConversationID string `json:"conversation_id"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if hears := b.hears(strings.TrimPrefix(r.URL.Path, "/"), envelope.ConversationID); hears != nil {
		hears.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// hears is who hears of a bot's conversation; nil if nobody does.
func (b *scriptedBot) hears(bot, external string) http.Handler {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch p := b.stage[external]; {
	case bot == tourBot && strings.HasPrefix(external, byVisitor):
		return b.visitor
	case p != nil:
		return p
	case strings.Contains(external, ":"): // it began at a desk
		return b.walkIn
	}
	return nil
}

// botPosts sends one signed event.
func (s *scene) botPosts(what string, ev sim.Outgoing) {
	s.pause()
	ev.ConversationID = s.external
	sender := sim.Client{URL: s.cast.bot.base, Bot: demoBot, Secret: demoSecret, Clock: s.cast.clock, HTTP: s.cast.bot.http}
	answer, err := sender.Post(s.ctx, ev)
	if err == nil && answer.Status >= http.StatusMultipleChoices {
		err = &apiError{Status: answer.Status, Code: answer.Problem.Code, Detail: answer.Problem.Detail}
	}
	s.must(err, "the bot "+what)
}

// botHears waits until the customer's newest word has come to the bot, and answers the epoch that came with it; 0 if there
// was none to hear.
func (s *scene) botHears() (epoch uint64) {
	if s.toHear == "" {
		return 0
	}
	ctx, cancel := context.WithTimeout(s.ctx, demoCallTimeout)
	defer cancel()
	err := s.platform.Wait(ctx, func(calls []sim.Call) bool {
		for _, call := range calls {
			if call.Acted && call.Event.Text() == s.toHear {
				epoch = call.Event.Epoch
				return true
			}
		}
		return false
	})
	s.must(err, "the bot hears "+s.toHear)
	s.toHear = ""
	return epoch
}

// botSays speaks as the bot, at the epoch at which it last heard that it is in control.
func (s *scene) botSays(text string) {
	epoch := s.botHears()
	if epoch == 0 {
		var c shownConversation
		s.must(s.cast.bot.call(s.ctx, http.MethodGet, s.path(""), nil, &c), "the bot looks")
		epoch = c.Epoch
	}
	s.botPosts("says", sim.Outgoing{Type: "message.created", Epoch: epoch, Data: sim.Said("bot", text)})
}

func (s *scene) botAsksForHandoff(queue, summary string) {
	s.botAsksForHandoffWithin(queue, summary, 0)
}

// botAsksForHandoffWithin gives the queue a time of its own; zero leaves it to the policy.
func (s *scene) botAsksForHandoffWithin(queue, summary string, timeout time.Duration) {
	s.botHears()
	s.botPosts("asks for a person", sim.Outgoing{Type: "handoff.requested", Data: s.request(queue, summary, timeout)})
}

func (s *scene) request(queue, summary string, timeout time.Duration) map[string]any {
	data := map[string]any{
		"reason": "user_requested", "target": map[string]any{"queue": queue}, "summary": summary, "language": "en",
		"user": map[string]any{"id": s.external, "name": s.name},
	}
	if timeout > 0 {
		data["limits"] = map[string]any{"queue_timeout_seconds": int(timeout.Seconds())}
	}
	return data
}

func (s *scene) botCancels(reason string) {
	s.botPosts("cancels", sim.Outgoing{Type: "handoff.cancelled", Data: map[string]any{"reason": reason}})
}

func (s *scene) botEnds() {
	s.botPosts("ends", sim.Outgoing{Type: "conversation.ended", Data: map[string]any{"reason": "bot_resolved"}})
}

// botAsksUntilTaken asks for a person again and again until one takes it: with nobody online a request is refused, and with
// nobody accepting it comes back from the queue.
func (s *scene) botAsksUntilTaken(queue, summary string) {
	for {
		s.botAsksForHandoffWithin(queue, summary, demoPatience)
		for {
			state := orchestrator.State(s.conversation().State)
			if state.Served() {
				return
			}
			if state == orchestrator.StateBot || state.Ended() {
				break
			}
			s.awaitNews()
		}
		s.rest(demoAskAgain)
	}
}
