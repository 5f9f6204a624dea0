package sim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"handoff/orchestrator"
)

// comet is the CometD of Web Services, with long polling, as cometd-java-server 3.1.12 does it: what is told while no session
// subscribes is lost.
type comet struct {
	clock   orchestrator.Clock
	pollFor time.Duration

	mu       sync.Mutex
	minted   int
	sessions map[string]*listener
	browsers map[string]string // cookie to client id: one session for each browser
}

// listener is one session.
type listener struct {
	id, user string
	topics   map[string]bool
	queue    []map[string]any
	wake     chan struct{} // holds a token when something is there
	ended    chan struct{} // closed when it is forgotten
	status   int           // with which a pending poll is answered then; 0: as 402
	poll     chan struct{} // closed to end the pending poll with 500; nil: none is pending
}

const browserCookie = "BAYEUX_BROWSER"

func newComet(clock orchestrator.Clock, pollFor time.Duration) *comet {
	return &comet{clock: clock, pollFor: pollFor, sessions: map[string]*listener{}, browsers: map[string]string{}}
}

// publish tells the sessions of a user that subscribe to a topic.
func (c *comet) publish(user, topic string, data any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.sessions {
		if l.user != user || !l.topics[topic] && !l.topics["/**"] && !l.topics["/v2/me/*"] {
			continue
		}
		l.queue = append(l.queue, map[string]any{"channel": topic, "data": data})
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// forget ends every session; a poll under way is answered with the status, or 402 in the manner of Bayeux.
func (c *comet) forget(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, l := range c.sessions {
		l.status = status
		close(l.ended)
		delete(c.sessions, id)
	}
	clear(c.browsers)
}

// serve answers one batch of a user's.
func (c *comet) serve(w http.ResponseWriter, r *http.Request, user string, body []byte) {
	var batch []map[string]any
	if json.Unmarshal(body, &batch) != nil {
		var one map[string]any
		if json.Unmarshal(body, &one) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		batch = []map[string]any{one}
	}
	replies := []map[string]any{}
	for _, m := range batch {
		reply, status := c.answer(w, r, user, m)
		if status != 0 {
			w.WriteHeader(status)
			return
		}
		replies = append(replies, reply...)
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_ = json.NewEncoder(w).Encode(replies)
}

// answer is what one message gets back: its reply, with the events that wait for the session before it. A status replaces the
// whole answer.
func (c *comet) answer(w http.ResponseWriter, r *http.Request, user string, m map[string]any) ([]map[string]any, int) {
	channel, _ := m["channel"].(string)
	reply := map[string]any{"channel": channel, "successful": true}
	if id, ok := m["id"]; ok {
		reply["id"] = id
	}
	if channel == "" {
		return nil, http.StatusBadRequest
	}
	if channel == "/meta/handshake" {
		c.handshake(w, user, reply)
		return []map[string]any{reply}, 0
	}
	id, _ := m["clientId"].(string)
	cookie, err := r.Cookie(browserCookie)
	known := err == nil && cookie.Value != ""
	c.mu.Lock()
	l := c.sessions[id]
	second := known && c.browsers[cookie.Value] != id
	c.mu.Unlock()
	if l == nil || l.user != user || !known {
		reply["successful"], reply["error"] = false, "402::Unknown client"
		if channel == "/meta/connect" {
			reply["advice"] = map[string]any{"reconnect": "handshake", "interval": 0}
		}
		return []map[string]any{reply}, 0
	}
	switch channel {
	case "/meta/subscribe", "/meta/unsubscribe":
		c.subscribe(l, m, reply, channel == "/meta/subscribe")
	case "/meta/disconnect":
		c.mu.Lock()
		if c.sessions[id] == l {
			delete(c.sessions, id)
			close(l.ended)
		}
		c.mu.Unlock()
	case "/meta/connect":
		return c.connect(r, l, m, reply, second)
	default:
		reply["successful"], reply["error"] = false, "403::publish_denied"
	}
	return append(c.drain(l), reply), 0
}

func (c *comet) handshake(w http.ResponseWriter, user string, reply map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.minted++
	id := UserID(user + "client" + strconv.Itoa(c.minted))
	cookie := UserID(user + "browser" + strconv.Itoa(c.minted))
	c.sessions[id] = &listener{
		id: id, user: user, topics: map[string]bool{}, wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	c.browsers[cookie] = id
	http.SetCookie(w, &http.Cookie{Name: browserCookie, Value: cookie, Path: "/", HttpOnly: true}) //nolint:gosec // as the vendor sets it
	reply["clientId"], reply["version"] = id, "1.0"
	reply["supportedConnectionTypes"], reply["advice"] = []string{"long-polling"}, c.advice()
}

func (c *comet) advice() map[string]any {
	return map[string]any{"reconnect": "retry", "timeout": c.pollFor.Milliseconds(), "interval": 0}
}

func (c *comet) subscribe(l *listener, m, reply map[string]any, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var topics []string
	switch t := m["subscription"].(type) {
	case string:
		topics = []string{t}
	case []any:
		for _, one := range t {
			name, _ := one.(string)
			topics = append(topics, name)
		}
	}
	reply["subscription"] = m["subscription"]
	if len(topics) == 0 || strings.Join(topics, "") == "" {
		reply["successful"], reply["error"] = false, "403::subscription_missing"
	}
	for _, t := range topics {
		if on {
			l.topics[t] = true
		} else {
			delete(l.topics, t)
		}
	}
}

// connect holds a poll until something is there. A second one ends the first with HTTP 500, as 3.1.12 does.
func (c *comet) connect(r *http.Request, l *listener, m, reply map[string]any, second bool) ([]map[string]any, int) {
	mine := make(chan struct{})
	c.mu.Lock()
	if l.poll != nil {
		close(l.poll)
	}
	l.poll = mine
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if l.poll == mine {
			l.poll = nil
		}
	}()
	reply["advice"] = c.advice()
	if second {
		reply["advice"] = map[string]any{"multiple-clients": true, "reconnect": "retry", "interval": 2000}
		return append(c.drain(l), reply), 0
	}
	hold := true
	if asked, ok := m["advice"].(map[string]any); ok && asked["timeout"] == float64(0) {
		hold = false
	}
	late := make(chan struct{})
	stop := c.clock.AfterFunc(c.pollFor, func() { close(late) })
	defer stop()
	for hold {
		if events := c.drain(l); len(events) > 0 {
			return append(events, reply), 0
		}
		select {
		case <-l.wake:
		case <-late:
			hold = false
		case <-l.ended:
			if l.status != 0 {
				return nil, l.status
			}
			reply["successful"], reply["error"] = false, "402::Unknown client"
			reply["advice"] = map[string]any{"reconnect": "handshake", "interval": 0}
			return []map[string]any{reply}, 0
		case <-mine:
			return nil, http.StatusInternalServerError
		case <-r.Context().Done():
			return nil, http.StatusInternalServerError
		}
	}
	return append(c.drain(l), reply), 0
}

func (c *comet) drain(l *listener) []map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := l.queue
	l.queue = nil
	return events
}
