package desktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"handoff/connectors/simkit"
)

const (
	toyKey   = "toy-key-3f9a"
	toyLimit = 100 // characters of one message
	toyQueue = "line-7"
)

// toyVendor is a contact centre with an HTTP interface that is as small as one can be and still go wrong in every way
// that the suite knows. A chat that we open has the name that we give it. Notifications are numbered from 1 within a session,
// and there is one session.
type toyVendor struct {
	simkit.Faults
	calls http.Handler

	mu    sync.Mutex
	chats map[string]*toyChat
	moved map[string]string // the id that a chat has now
	order []string

	out     sync.Mutex // of what is told, so that notifications can be told later
	changed chan struct{}
	session int
	notes   []string // each one JSON, or not
	number  int
}

type toyChat struct {
	simkit.Chat
	keys map[string]bool
	said int // numbered words of the other side

	place int // in line, as it was last told
}

// toyNote is what the vendor tells.
type toyNote struct {
	N     int    `json:"n"`
	Kind  string `json:"kind"`
	Chat  string `json:"chat"`
	Agent string `json:"agent,omitempty"`
	Text  string `json:"text,omitempty"`
	Word  int    `json:"word,omitempty"` // its number among the words of the other side
	On    bool   `json:"on,omitempty"`
	Place int    `json:"place,omitempty"` // in line
}

// toyTruth is what the vendor answers about a chat.
type toyTruth struct {
	State    simkit.ChatState `json:"state"`
	Agents   []string         `json:"agents"`
	Customer string           `json:"customer"`
	Begun    bool             `json:"begun"` // by a customer at its own channel
	Words    []toyNote        `json:"words"` // of the other side
}

func newToyVendor() *toyVendor {
	v := &toyVendor{changed: make(chan struct{}), chats: map[string]*toyChat{}, moved: map[string]string{}}
	v.Polls = func(r *http.Request) bool { return r.URL.Path == "/notes" }
	v.About = v.about
	v.calls = v.Wrap(http.HandlerFunc(v.serve), func(r *http.Request) bool { return r.URL.Path == "/send" })
	return v
}

// about: a call that makes a chat is about none yet.
func (v *toyVendor) about(r *http.Request) string {
	id := r.URL.Query().Get("chat")
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.URL.Path == "/open" && v.chats[id] == nil {
		return simkit.Opening
	}
	return id
}

var _ simkit.Simulator = (*toyVendor)(nil)

// ServeHTTP answers one call.
func (v *toyVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) { v.calls.ServeHTTP(w, r) }

func (v *toyVendor) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer "+toyKey:
		w.WriteHeader(http.StatusForbidden)
	case r.URL.Path == "/session":
		fmt.Fprint(w, v.renew())
	case !v.knows(r):
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/notes":
		v.poll(w, r)
	default:
		v.act(w, r)
	}
}

func (v *toyVendor) renew() int {
	v.out.Lock()
	defer v.out.Unlock()
	v.session++
	v.notes, v.number = nil, 0
	v.stir()
	return v.session
}

func (v *toyVendor) knows(r *http.Request) bool {
	v.out.Lock()
	defer v.out.Unlock()
	return r.Header.Get("X-Session") == strconv.Itoa(v.session)
}

func (v *toyVendor) act(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.line()
	if r.URL.Path == "/list" {
		answer(w, v.order)
		return
	}
	query := r.URL.Query()
	id := query.Get("chat")
	if now := v.moved[id]; now != "" {
		w.Header().Set("X-Now", now)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	id = strings.TrimSuffix(id, "-moved")
	chat := v.chats[id]
	if chat == nil && r.URL.Path == "/open" {
		chat = v.add(simkit.Chat{ID: id, State: simkit.ChatWaiting, Queue: query.Get("queue"), ByUs: true})
	}
	if chat == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	switch r.URL.Path {
	case "/open":
		if note := query.Get("note"); note != "" {
			chat.Context = []string{note}
		}
		if chat.State == simkit.ChatWithBot {
			chat.State, chat.Queue = simkit.ChatWaiting, query.Get("queue")
		}
	case "/send":
		if chat.State == simkit.ChatEnded || chat.State == simkit.ChatWrapUp {
			w.WriteHeader(http.StatusGone)
			return
		}
		if key := query.Get("key"); !chat.keys[key] {
			chat.keys[key] = true
			chat.Words = append(chat.Words, simkit.Word{Role: query.Get("role"), Text: query.Get("text")})
		}
	case "/typing":
		chat.Typing++
	case "/end":
		chat.State = simkit.ChatEnded
	case "/take-back":
		if chat.State != simkit.ChatEnded {
			chat.State, chat.Agents = simkit.ChatWithBot, nil
		}
	case "/truth":
		truth := toyTruth{State: chat.State, Agents: chat.Agents, Customer: chat.Customer.Name, Begun: !chat.ByUs}
		for _, word := range chat.Words {
			if word.Role == "agent" || word.Role == "customer" && !chat.ByUs {
				truth.Words = append(truth.Words, toyNote{
					Kind: word.Role, Chat: id, Agent: word.Name, Text: word.Text, Word: len(truth.Words) + 1,
				})
			}
		}
		answer(w, truth)
	}
}

// RenameCustomer gives a chat's customer another name.
func (v *toyVendor) RenameCustomer(id, name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.chats[id].Customer.Name = name
	return nil
}

// MoveChat gives a chat another id, under which alone it can be called.
func (v *toyVendor) MoveChat(id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.moved[id] = id + "-moved"
	return nil
}

// line tells those whom we let wait which place they have, where it has changed. The lock is held.
func (v *toyVendor) line() {
	place := 0
	for _, id := range v.order {
		c := v.chats[id]
		if c.State != simkit.ChatWaiting || !c.ByUs {
			continue
		}
		if place++; c.place != place {
			c.place = place
			v.tell(toyNote{Kind: "place", Chat: id, Place: place})
		}
	}
}

func answer(w http.ResponseWriter, with any) {
	if err := json.NewEncoder(w).Encode(with); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (v *toyVendor) add(c simkit.Chat) *toyChat {
	chat := &toyChat{Chat: c, keys: map[string]bool{}}
	v.chats[c.ID] = chat
	v.order = append(v.order, c.ID)
	return chat
}

// poll answers the notifications after a number, and waits for one if there is none. After -1 are those to come.
func (v *toyVendor) poll(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	for {
		v.out.Lock()
		if after < 0 {
			after = len(v.notes)
		}
		lost := r.Header.Get("X-Session") != strconv.Itoa(v.session)
		var notes []string
		if len(v.notes) > after {
			notes = slices.Clone(v.notes[after:])
		}
		changed := v.changed
		v.out.Unlock()
		switch {
		case lost:
			w.WriteHeader(http.StatusUnauthorized)
			return
		case len(notes) > 0:
			answer(w, notes)
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// tell numbers a notification and gives it out, as the faults have it.
func (v *toyVendor) tell(n toyNote) {
	v.out.Lock()
	v.number++
	n.N = v.number
	v.out.Unlock()
	b, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	v.Notify(func() { v.give(string(b)) })
}

func (v *toyVendor) give(notes ...string) {
	v.out.Lock()
	defer v.out.Unlock()
	v.notes = append(v.notes, notes...)
	v.stir()
}

func (v *toyVendor) stir() {
	close(v.changed)
	v.changed = make(chan struct{})
}

// LoseSessions implements simkit.Simulator.
func (v *toyVendor) LoseSessions() {
	v.out.Lock()
	defer v.out.Unlock()
	v.session++
	v.notes, v.number = nil, 0
	v.stir()
}

// TellUnknown implements simkit.Simulator.
func (v *toyVendor) TellUnknown() {
	v.give(`{"n":900,"kind":"mood","chat":"7"}`, `{"kind":"weather","x":[1]}`, `{"n":3,"ki`)
}
