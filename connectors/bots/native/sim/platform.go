// Package sim is a bot platform that speaks the native webhook, for tests, demos and stories: a [Platform] that is told what
// happens and can misbehave in every way that real ones do, and a [Client] that signs and posts events as a bot would.
// Signatures are checked and made by the library of the Standard Webhooks project, not by the code under test.
package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"handoff/orchestrator"
)

// maxBody is how much of a callback is read.
const maxBody = 1 << 20

// maxDelayed is how many delayed calls Delayed can tell of.
const maxDelayed = 64

// tolerance is how far webhook-timestamp may be from the platform's clock.
const tolerance = 5 * time.Minute

// Platform is the receiving side of a bot: an http.Handler for its callback. Its zero value is not ready: see New.
type Platform struct {
	clock  orchestrator.Clock
	hooks  []*webhooks.Webhook
	token  string
	mu     sync.Mutex
	change chan struct{} // closed and made anew whenever something arrives
	calls  []Call
	heard  map[string]bool
	next   []Fault // for the next calls, one each
	always *Fault
	closed chan struct{}
	once   sync.Once
	// delayed holds one token for each of the newest calls that began to wait for the clock.
	delayed chan struct{}
}

// Options of a platform. At least one of Secrets and Token is required.
type Options struct {
	Clock   orchestrator.Clock
	Secrets []string // "whsec_…": any of them must have signed
	Token   string   // must come as Authorization: Bearer
}

// New is a platform that behaves.
func New(o Options) (*Platform, error) {
	if len(o.Secrets) == 0 && o.Token == "" {
		return nil, errors.New("a platform needs a secret or a token")
	}
	p := &Platform{
		clock: o.Clock, token: o.Token, change: make(chan struct{}), heard: map[string]bool{}, closed: make(chan struct{}),
		delayed: make(chan struct{}, maxDelayed),
	}
	for _, s := range o.Secrets {
		hook, err := webhooks.NewWebhook(s)
		if err != nil {
			return nil, err
		}
		p.hooks = append(p.hooks, hook)
	}
	return p, nil
}

// Close lets go of every call that hangs.
func (p *Platform) Close() { p.once.Do(func() { close(p.closed) }) }

// Call is one callback that arrived, in the order of arrival.
type Call struct {
	ID       string
	Header   http.Header
	Body     []byte
	Event    Event
	Refused  string // why the platform does not trust it; empty if it does
	Repeated bool   // the same id was acted on before
	Acted    bool   // the platform took it, whatever it answered
	Status   int    // what it answered; 0: nothing
}

// ServeHTTP takes one callback.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the caller went away
	}
	call := Call{ID: r.Header.Get(webhooks.HeaderWebhookID), Header: r.Header.Clone(), Body: body}
	if err := p.trust(r, body); err != nil {
		call.Refused = err.Error()
	} else if call.Event, err = parse(r.Header.Get("Content-Type"), body); err != nil {
		call.Refused = err.Error()
	} else if call.Event.ID != call.ID {
		call.Refused = fmt.Sprintf("id %q is not webhook-id %q", call.Event.ID, call.ID)
	}
	p.answer(w, r, p.take(&call))
}

// take records a call and answers how to behave.
func (p *Platform) take(call *Call) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var fault Fault
	switch {
	case call.Refused != "":
		fault = Fault{Status: http.StatusUnauthorized}
	case len(p.next) > 0:
		fault, p.next = p.next[0], p.next[1:]
	case p.always != nil:
		fault = *p.always
	}
	call.Status = fault.status()
	call.Acted = call.Refused == "" && (fault.Acts || call.Status == 0 || call.Status < 300)
	call.Repeated = p.heard[call.ID]
	if call.Acted {
		p.heard[call.ID] = true
	}
	p.calls = append(p.calls, *call)
	close(p.change)
	p.change = make(chan struct{})
	return fault
}

// trust checks signature, time and token.
func (p *Platform) trust(r *http.Request, body []byte) error {
	if p.token != "" && r.Header.Get("Authorization") != "Bearer "+p.token {
		return errors.New("the token is wrong or missing")
	}
	if len(p.hooks) == 0 {
		return nil
	}
	seconds, err := strconv.ParseInt(r.Header.Get(webhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return errors.New("webhook-timestamp is no number")
	}
	if age := p.clock.Now().Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return fmt.Errorf("webhook-timestamp is %v old", age)
	}
	for _, hook := range p.hooks {
		if hook.VerifyIgnoringTimestamp(body, r.Header) == nil {
			return nil
		}
	}
	return errors.New("no signature matches")
}

// Calls are all callbacks so far, in the order of arrival.
func (p *Platform) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Call(nil), p.calls...)
}

// Heard are the callbacks that were acted on, each id once.
func (p *Platform) Heard() []Call {
	var heard []Call
	for _, c := range p.Calls() {
		if c.Acted && !c.Repeated {
			heard = append(heard, c)
		}
	}
	return heard
}

// Changed is closed when the next callback has arrived.
func (p *Platform) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.change
}

// Wait returns when what arrived so far is enough, or with the error of ctx.
func (p *Platform) Wait(ctx context.Context, enough func([]Call) bool) error {
	for {
		change, calls := p.Changed(), p.Calls()
		if enough(calls) {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return fmt.Errorf("after %d callbacks: %w", len(calls), ctx.Err())
		}
	}
}

// Event is the envelope as the platform reads it, from either form.
type Event struct {
	ID             string          `json:"id"`
	Type           string          `json:"type"`
	Timestamp      time.Time       `json:"timestamp"`
	ConversationID string          `json:"conversation_id"`
	HandoffID      string          `json:"handoff_id"`
	Handoff        int             `json:"handoff"`
	Epoch          uint64          `json:"epoch"`
	Sequence       uint64          `json:"sequence"`
	ReplyContext   json.RawMessage `json:"reply_context"`
	Data           json.RawMessage `json:"data"`
}

// Text is what was said, if the event is message.created.
func (e Event) Text() string {
	var data struct {
		Message struct {
			Text string `json:"text"`
		} `json:"message"`
	}
	if e.Type != "message.created" || json.Unmarshal(e.Data, &data) != nil {
		return ""
	}
	return data.Message.Text
}

// parse reads the envelope. Members that it does not know do not matter to it.
func parse(contentType string, body []byte) (Event, error) {
	var ev Event
	if !strings.HasPrefix(contentType, "application/cloudevents+json") {
		err := json.Unmarshal(body, &ev)
		return ev, err
	}
	var ce struct {
		SpecVersion  string          `json:"specversion"`
		ID           string          `json:"id"`
		Type         string          `json:"type"`
		Time         time.Time       `json:"time"`
		Subject      string          `json:"subject"`
		HandoffID    string          `json:"handoffid"`
		Handoff      int             `json:"handoff"`
		Epoch        uint64          `json:"epoch,string"`
		Sequence     uint64          `json:"sequence,string"`
		ReplyContext string          `json:"replycontext"`
		Data         json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &ce); err != nil {
		return ev, err
	}
	if ce.SpecVersion != "1.0" {
		return ev, fmt.Errorf("specversion %q", ce.SpecVersion)
	}
	return Event{
		ID: ce.ID, Type: ce.Type, Timestamp: ce.Time, ConversationID: ce.Subject, HandoffID: ce.HandoffID, Handoff: ce.Handoff,
		Epoch: ce.Epoch, Sequence: ce.Sequence, ReplyContext: json.RawMessage(ce.ReplyContext), Data: ce.Data,
	}, nil
}
