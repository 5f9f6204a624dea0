package simkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// ControlPath begins the paths of Control; everything else is the vendor's own.
const ControlPath = "/_sim/"

// Bounds of the control interface.
const (
	maxControlBody = 64 << 10
	// longestWait is how long a call of wait is kept open.
	longestWait = 30 * time.Second
	// longestDelay bounds FaultDelay.
	longestDelay = time.Minute
)

// ask is the body of every call that does something; which fields count depends on the call.
type ask struct {
	Chat      string      `json:"chat,omitempty"`
	Agent     string      `json:"agent,omitempty"`
	Colleague string      `json:"colleague,omitempty"`
	Text      string      `json:"text,omitempty"`
	On        bool        `json:"on,omitempty"`
	Ready     bool        `json:"ready,omitempty"`
	Queue     string      `json:"queue,omitempty"`
	Customer  Customer    `json:"customer,omitzero"`
	To        Destination `json:"to,omitzero"`
	// Of a fault.
	Fault        string `json:"fault,omitempty"`
	Status       int    `json:"status,omitempty"`
	Milliseconds int64  `json:"milliseconds,omitempty"`
}

// moves are the calls that move people and customers.
var moves = map[string]func(s Stage, a *ask) (answer any, err error){
	"begin": func(s Stage, a *ask) (any, error) {
		chat, err := s.Begin(a.Customer, a.Queue)
		return map[string]string{"chat": chat}, err
	},
	"customer-says":   func(s Stage, a *ask) (any, error) { return nil, s.CustomerSays(a.Chat, a.Text) },
	"customer-types":  func(s Stage, a *ask) (any, error) { return nil, s.CustomerTypes(a.Chat, a.On) },
	"customer-leaves": func(s Stage, a *ask) (any, error) { return nil, s.CustomerLeaves(a.Chat) },
	"presence":        func(s Stage, a *ask) (any, error) { return nil, s.SetPresence(a.Agent, a.Ready) },
	"accept":          func(s Stage, a *ask) (any, error) { return nil, s.Accept(a.Chat, a.Agent) },
	"decline":         func(s Stage, a *ask) (any, error) { return nil, s.Decline(a.Chat, a.Agent) },
	"says":            func(s Stage, a *ask) (any, error) { return nil, s.Says(a.Chat, a.Agent, a.Text) },
	"types":           func(s Stage, a *ask) (any, error) { return nil, s.Types(a.Chat, a.Agent, a.On) },
	"transfer":        func(s Stage, a *ask) (any, error) { return nil, s.Transfer(a.Chat, a.Agent, a.To) },
	"invite":          func(s Stage, a *ask) (any, error) { return nil, s.Invite(a.Chat, a.Agent, a.Colleague) },
	"leave":           func(s Stage, a *ask) (any, error) { return nil, s.Leave(a.Chat, a.Agent) },
	"end":             func(s Stage, a *ask) (any, error) { return nil, s.End(a.Chat, a.Agent) },
	"complete":        func(s Stage, a *ask) (any, error) { return nil, s.Complete(a.Chat, a.Agent) },
}

// Control gives a whole simulator to whoever can reach it: its stage and its faults under ControlPath, the vendor's own paths
// beside them. It is for loopback; it asks for no credentials.
//
//	GET  /_sim/chats            every chat, with the revision of what is shown
//	GET  /_sim/wait?after=N     the same, as soon as the revision is above N, or after half a minute
//	POST /_sim/begin, accept, says, …   one call for each method of Stage, with its arguments by name
//	POST /_sim/fault            {"fault":"status","status":503}, and the other kinds of Faults
func Control(s Simulator) http.Handler {
	c := &control{sim: s}
	mux := http.NewServeMux()
	mux.Handle("/", s)
	mux.HandleFunc("GET "+ControlPath+"chats", c.chats)
	mux.HandleFunc("GET "+ControlPath+"wait", c.wait)
	mux.HandleFunc("POST "+ControlPath+"fault", c.acting(c.fault))
	for name, move := range moves {
		mux.HandleFunc("POST "+ControlPath+name, c.acting(func(a *ask) (any, error) { return move(s, a) }))
	}
	mux.HandleFunc(ControlPath, func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusMethodNotAllowed, map[string]string{"error": "there is no " + r.Method + " " + r.URL.Path})
	})
	return mux
}

type control struct{ sim Simulator }

// board is what stands at the vendor.
type board struct {
	Revision uint64   `json:"revision"`
	People   []string `json:"people"`
	Queues   []string `json:"queues"`
	Chats    []Chat   `json:"chats"`
}

func (c *control) board() board {
	revision, _ := c.sim.Switches().Watch() // before the chats: what changes meanwhile has a later one
	chats := c.sim.Chats()
	if chats == nil {
		chats = []Chat{}
	}
	return board{Revision: revision, People: c.sim.People(), Queues: c.sim.Queues(), Chats: chats}
}

func (c *control) chats(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, c.board()) }

// wait answers as soon as something is newer than what the caller has.
func (c *control) wait(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		reply(w, http.StatusBadRequest, map[string]string{"error": "after: must be a revision, as chats answers it"})
		return
	}
	faults := c.sim.Switches()
	over := make(chan struct{})
	defer faults.clock().AfterFunc(longestWait, func() { close(over) })()
	for {
		revision, changed := faults.Watch()
		if revision > after {
			break
		}
		select {
		case <-changed:
			continue
		case <-over:
		case <-r.Context().Done():
		}
		break
	}
	c.chats(w, r)
}

// acting reads a body, does something and says that something has changed.
func (c *control) acting(do func(*ask) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var a ask
		in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
		in.DisallowUnknownFields()
		if err := in.Decode(&a); err != nil {
			reply(w, http.StatusBadRequest, map[string]string{"error": "the body: " + err.Error()})
			return
		}
		answer, err := do(&a)
		switch {
		case errors.Is(err, ErrUnknownChat):
			reply(w, http.StatusNotFound, map[string]string{"error": err.Error()})
		case errors.Is(err, ErrNoSuchThing):
			reply(w, http.StatusNotImplemented, map[string]string{"error": err.Error()})
		case err != nil:
			reply(w, http.StatusConflict, map[string]string{"error": err.Error()})
		case answer == nil:
			answer = struct{}{}
			fallthrough
		default:
			c.sim.Switches().Changed()
			reply(w, http.StatusOK, answer)
		}
	}
}

// fault switches a fault on.
func (c *control) fault(a *ask) (any, error) {
	f := c.sim.Switches()
	switch a.Fault {
	case FaultStatus:
		if a.Status < 400 || a.Status > 599 {
			return nil, fmt.Errorf("status: must be 400 to 599, not %d", a.Status)
		}
		f.Status(a.Status)
	case FaultDelay:
		d := time.Duration(a.Milliseconds) * time.Millisecond
		if d <= 0 || d > longestDelay {
			return nil, fmt.Errorf("milliseconds: must be 1 to %d", longestDelay.Milliseconds())
		}
		f.Delay(d)
	case FaultHang:
		f.Hang()
	case FaultDropMidBody:
		f.DropMidBody()
	case FaultLoseAnswer:
		f.LoseAnswer()
	case FaultLosePoll:
		f.LosePoll()
	case FaultDuplicate:
		f.DuplicateNext()
	case FaultReorder:
		f.ReorderNext()
	case FaultUnknown:
		c.sim.TellUnknown()
	case FaultLoseSession:
		c.sim.LoseSessions()
	case FaultDown:
		f.Down()
	case FaultUp:
		f.Up()
	default:
		return nil, fmt.Errorf("fault: %q is not known", a.Fault)
	}
	return nil, nil
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // a caller who has gone hears nothing
}
