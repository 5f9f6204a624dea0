package desktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

const (
	toyKey   = "toy-key-3f9a"
	toyLimit = 100 // characters of one message
)

// toyVendor is a contact centre with an HTTP interface that is as small as one can be and still go wrong in every way
// that the suite knows. Chats are found by our id; notifications are numbered from 1 within a session.
type toyVendor struct {
	mu      sync.Mutex
	changed chan struct{}
	session int
	chats   map[orchestrator.ConversationID]*toyChat
	notes   []string // each one JSON, or not

	status     int // of the next word, as the two below
	loseAnswer bool
	hang       bool
	held       bool // notifications are collected and told later
	collected  []string
	number     int
}

type toyChat struct {
	seen   []string
	keys   map[string]bool
	typing int
	closed bool
}

// toyNote is what the vendor tells.
type toyNote struct {
	N     int                         `json:"n"`
	Kind  string                      `json:"kind"`
	Chat  orchestrator.ConversationID `json:"chat"`
	Agent string                      `json:"agent"`
	Text  string                      `json:"text,omitempty"`
	On    bool                        `json:"on,omitempty"`
}

func newToyVendor() *toyVendor {
	return &toyVendor{changed: make(chan struct{}), chats: map[orchestrator.ConversationID]*toyChat{}}
}

// ServeHTTP answers one call.
func (v *toyVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+toyKey {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if r.URL.Path == "/notes" {
		v.poll(w, r)
		return
	}
	var status int
	var lose, hang bool
	if r.URL.Path == "/send" {
		v.mu.Lock()
		status, lose, hang = v.status, v.loseAnswer, v.hang
		v.status, v.loseAnswer, v.hang = 0, false, false
		v.mu.Unlock()
	}
	switch {
	case hang:
		<-r.Context().Done()
		return
	case status != 0:
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html>cannot serve %s</html>", r.Header.Get("Authorization"))
		return
	}
	v.act(w, r, lose)
}

func (v *toyVendor) act(w http.ResponseWriter, r *http.Request, lose bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.URL.Path == "/session" {
		v.session++
		v.notes, v.number = nil, 0
		fmt.Fprint(w, v.session)
		return
	}
	if r.Header.Get("X-Session") != strconv.Itoa(v.session) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	id := orchestrator.ConversationID(r.URL.Query().Get("chat"))
	chat := v.chats[id]
	if chat == nil {
		chat = &toyChat{keys: map[string]bool{}}
		v.chats[id] = chat
	}
	switch r.URL.Path {
	case "/open":
		chat.closed = false
	case "/send":
		if key := r.URL.Query().Get("key"); !chat.keys[key] {
			chat.keys[key] = true
			chat.seen = append(chat.seen, r.URL.Query().Get("text"))
		}
	case "/typing":
		chat.typing++
	case "/end":
		chat.closed = true
	case "/closed":
		fmt.Fprint(w, chat.closed)
	}
	if lose {
		panic(http.ErrAbortHandler)
	}
}

// poll answers the notifications after a number, and waits for one if there is none.
func (v *toyVendor) poll(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	for {
		v.mu.Lock()
		lost := r.Header.Get("X-Session") != strconv.Itoa(v.session)
		var notes []string
		if len(v.notes) > after {
			notes = v.notes[after:]
		}
		changed := v.changed
		v.mu.Unlock()
		switch {
		case lost:
			w.WriteHeader(http.StatusUnauthorized)
			return
		case len(notes) > 0:
			if err := json.NewEncoder(w).Encode(notes); err != nil {
				panic(http.ErrAbortHandler)
			}
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// tell numbers a notification and gives it out.
func (v *toyVendor) tell(n toyNote) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.number++
	n.N = v.number
	b, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	if v.held {
		v.collected = append(v.collected, string(b))
		return
	}
	v.give(string(b))
}

func (v *toyVendor) give(notes ...string) {
	v.notes = append(v.notes, notes...)
	close(v.changed)
	v.changed = make(chan struct{})
}

// holding does f and then gives out what was told meanwhile, arranged.
func (v *toyVendor) holding(f func(), arrange func([]string) []string) {
	v.mu.Lock()
	v.held = true
	v.mu.Unlock()
	f()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.held = false
	v.give(arrange(v.collected)...)
	v.collected = nil
}

func (v *toyVendor) chat(id orchestrator.ConversationID) *toyChat {
	if c := v.chats[id]; c != nil {
		return c
	}
	return &toyChat{}
}

func (v *toyVendor) script() desktest.Script {
	says := func(kind string) func(desktest.TB, orchestrator.ConversationID, orchestrator.Agent, string) {
		return func(_ desktest.TB, id orchestrator.ConversationID, who orchestrator.Agent, text string) {
			v.tell(toyNote{Kind: kind, Chat: id, Agent: string(who.ID), Text: text})
		}
	}
	return desktest.Script{
		AgentAccepts: func(t desktest.TB, id orchestrator.ConversationID, who orchestrator.Agent) {
			says("accepted")(t, id, who, "")
		},
		AgentSays: says("said"),
		AgentTypes: func(_ desktest.TB, id orchestrator.ConversationID, who orchestrator.Agent, on bool) {
			v.tell(toyNote{Kind: "typing", Chat: id, Agent: string(who.ID), On: on})
		},
		AgentLeaves: func(t desktest.TB, id orchestrator.ConversationID, who orchestrator.Agent) {
			v.mu.Lock()
			v.chat(id).closed = true
			v.mu.Unlock()
			says("left")(t, id, who, "")
		},
		CustomerSays: func(t desktest.TB, id orchestrator.ConversationID, text string) {
			says("customer")(t, id, orchestrator.Agent{}, text)
		},
		Seen: func(id orchestrator.ConversationID) []string {
			v.mu.Lock()
			defer v.mu.Unlock()
			return append([]string(nil), v.chat(id).seen...)
		},
		SeenTyping: func(id orchestrator.ConversationID) int {
			v.mu.Lock()
			defer v.mu.Unlock()
			return v.chat(id).typing
		},
	}
}

func (v *toyVendor) faults() desktest.Faults {
	set := func(f func()) {
		v.mu.Lock()
		defer v.mu.Unlock()
		f()
	}
	return desktest.Faults{
		Status:     func(code int) { set(func() { v.status = code }) },
		LoseAnswer: func() { set(func() { v.loseAnswer = true }) },
		Hang:       func() { set(func() { v.hang = true }) },
		Duplicate: func(f func()) {
			v.holding(f, func(notes []string) []string { return append(notes, notes...) })
		},
		Reorder: func(f func()) {
			v.holding(f, func(notes []string) []string { return []string{notes[1], notes[0]} })
		},
		Unknown: func() {
			set(func() { v.give(`{"n":900,"kind":"mood","chat":{"id":7}}`, `{"kind":"weather","x":[1]}`, `{"n":3,"ki`) })
		},
		LoseSession: func(f func()) {
			set(func() { v.session = -1 })
			f()
			set(func() { v.session, v.notes, v.number = 100, nil, 0; v.give() })
		},
	}
}

var _ http.Handler = (*toyVendor)(nil)
