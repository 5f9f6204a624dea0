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

// receptionist is the part of a scripted bot that answers customers whom no scene plays. What it says is its reply's business.
type receptionist struct {
	platform *sim.Platform // checks signatures
	sender   sim.Client
	reply    func(heard) sim.Outgoing
	log      *slog.Logger

	ctx     context.Context //nolint:containedctx // ends with close; answers are sent behind the callback
	stop    context.CancelFunc
	answers sync.WaitGroup
}

// receptionTimeout bounds one answer.
const receptionTimeout = 10 * time.Second

func newReceptionist(base, bot, secret string, reply func(heard) sim.Outgoing, log *slog.Logger) (*receptionist, error) {
	platform, err := sim.New(sim.Options{Clock: orchestrator.SystemClock{}, Secrets: []string{secret}})
	if err != nil {
		return nil, err
	}
	r := &receptionist{platform: platform, reply: reply, log: log, sender: sim.Client{
		URL: base, Bot: bot, Secret: secret, Clock: orchestrator.SystemClock{}, HTTP: &http.Client{Transport: &http.Transport{}},
	}}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r, nil
}

// close stops answering and waits for answers under way.
func (r *receptionist) close() {
	r.stop()
	r.answers.Wait()
	r.platform.Close()
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

// answer sends the reply. Its id follows from what it answers, so that hearing a word twice answers it once. Coming too late is
// no failure: somebody else controls then.
func (r *receptionist) answer(said heard) {
	ctx, cancel := context.WithTimeout(r.ctx, receptionTimeout)
	defer cancel()
	ev := r.reply(said)
	ev.ID, ev.ConversationID, ev.Epoch = "answer-"+said.ID, said.ConversationID, said.Epoch
	answer, err := r.sender.Post(ctx, ev)
	if r.ctx.Err() == nil && (err != nil || answer.Status >= http.StatusInternalServerError) {
		r.log.Warn("a customer whom no scene plays got no answer", "conversation", said.ConversationID, "error", err)
	}
}

// answerAtDesk is what the bot "shop" says to customers who come to a vendor's own channel: something, until they ask for a
// person.
func answerAtDesk(said heard) sim.Outgoing {
	if !strings.Contains(said.Data.Message.Text, "person") {
		return sim.Outgoing{Type: "message.created", Data: sim.Said("bot", "I am the bot of this shop. What is it about?")}
	}
	desk, _, _ := strings.Cut(said.ConversationID, ":")
	return sim.Outgoing{Type: "handoff.requested", Data: map[string]any{
		"reason": "user_requested", "target": map[string]any{"queue": desk}, "summary": "Wants a person: " + said.Data.Message.Text,
	}}
}
