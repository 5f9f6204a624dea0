package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// receptionist is the part of the scripted bot that answers customers who come to a vendor's own channel: it says something,
// and asks for a person when the customer does.
type receptionist struct {
	platform *sim.Platform // checks signatures
	sender   sim.Client
	bot      *scriptedBot
	log      *slog.Logger

	ctx     context.Context //nolint:containedctx // ends with close; answers are sent behind the callback
	stop    context.CancelFunc
	answers sync.WaitGroup
}

// receptionTimeout bounds one answer.
const receptionTimeout = 10 * time.Second

func newReceptionist(base string, bot *scriptedBot, log *slog.Logger) *receptionist {
	ctx, stop := context.WithCancel(context.Background())
	r := &receptionist{
		bot: bot, log: log, ctx: ctx, stop: stop,
		sender: sim.Client{
			URL: base, Bot: demoBot, Secret: demoSecret, Clock: orchestrator.SystemClock{}, HTTP: &http.Client{Transport: &http.Transport{}},
		},
	}
	var err error
	if r.platform, err = sim.New(sim.Options{Clock: orchestrator.SystemClock{}, Secrets: []string{demoSecret}}); err != nil {
		log.Error("nobody answers customers at simulators", "error", err)
		return r
	}
	bot.mu.Lock()
	defer bot.mu.Unlock()
	bot.walkIn = r
	return r
}

// close stops answering and waits for answers under way.
func (r *receptionist) close() {
	r.bot.mu.Lock()
	r.bot.walkIn = nil
	r.bot.mu.Unlock()
	r.stop()
	r.answers.Wait()
	if r.platform != nil {
		r.platform.Close()
	}
	r.sender.HTTP.CloseIdleConnections()
}

// heard is a callback as far as the receptionist reads it.
type heard struct {
	ID             string `json:"id"`
	Type           string `json:"type"`
	ConversationID string `json:"conversation_id"`
	Epoch          uint64 `json:"epoch"`
	Data           struct {
		Message struct {
			Text string `json:"text"`
		} `json:"message"`
		Author struct {
			Role string `json:"role"`
		} `json:"author"`
	} `json:"data"`
}

// ServeHTTP takes a callback: the signature is checked as for everything else, the answer is sent behind it.
func (r *receptionist) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	taken := &statusKeeper{ResponseWriter: w, status: http.StatusOK}
	r.platform.ServeHTTP(taken, req)
	var said heard
	if taken.status >= http.StatusMultipleChoices || json.Unmarshal(body, &said) != nil {
		return
	}
	if said.Type == "message.created" && said.Data.Author.Role == string(orchestrator.ActorCustomer) {
		r.answers.Go(func() { r.answer(said) })
	}
}

// statusKeeper remembers what was answered.
type statusKeeper struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (s *statusKeeper) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// answer says something, or asks for a person at the desk where the customer is. Its ids follow from what it answers, so that
// hearing a word twice answers it once. Coming too late is no failure: somebody else controls then.
func (r *receptionist) answer(said heard) {
	ctx, cancel := context.WithTimeout(r.ctx, receptionTimeout)
	defer cancel()
	ev := sim.Outgoing{
		ID: "answer-" + said.ID, ConversationID: said.ConversationID, Type: "message.created", Epoch: said.Epoch,
		Data: sim.Said("bot", "I am the bot of this shop. What is it about?"),
	}
	if strings.Contains(said.Data.Message.Text, "person") {
		desk, _, _ := strings.Cut(said.ConversationID, ":")
		ev.Type = "handoff.requested"
		ev.Data = map[string]any{
			"reason": "user_requested", "target": map[string]any{"queue": desk}, "summary": "Wants a person: " + said.Data.Message.Text,
		}
	}
	answer, err := r.sender.Post(ctx, ev)
	if r.ctx.Err() == nil && (err != nil || answer.Status >= http.StatusInternalServerError) {
		r.log.Warn("a customer at a simulator got no answer", "conversation", said.ConversationID, "error", err)
	}
}
