package icws

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// agentChat is one chat that is or was our bot's, as it was heard of in this session.
type agentChat struct {
	ref, id string // the handle, and the present id at the desk
	note    agentNote
	attrs   attributes
	members []member // the longest first

	inOwn, inPeople bool // in our user's queue; in a workgroup's that is watched
	gone            bool // it does not exist any more
	unseen          bool // our user may not see it any more, but for the queues
	picked          bool // we have tried to pick it up since it began to ring
	missed          bool // what differs from our record happened while nobody listened
	listing         bool // its words were asked for, and nothing is told before they come
	begins          bool // a new conversation begins with the list of its words
	back            bool // people have given it back to our user, who picked it up

	heard     map[string]int // how often each word was heard
	total     int            // how many words there are
	ours      int            // of these, our user's
	relisting bool           // the list of all words was asked for
	marked    string         // the mark up to which ours was kept
	// followed: its attributes are subscribed to, and what the queues tell of them waits: the order among several
	// subscriptions is not specified, and an older state must not follow a newer one.
	followed bool
	queued   map[string]string

	agent    orchestrator.AgentID // who serves, or did
	wrapping bool                 // over for the customer; the agent may have work to do
	working  bool                 // the agent has been seen in after-call work since
}

// chat finds or makes the chat with a present id.
func (l *listener) chat(id string) *agentChat {
	c := l.chats[id]
	if c == nil {
		c = &agentChat{ref: id, id: id, attrs: attributes{}, heard: map[string]int{}}
		l.chats[id] = c
	}
	return c
}

func (c *agentChat) merge(changed map[string]string) {
	for name, value := range changed {
		c.attrs[strings.ToLower(name)] = value
	}
}

// mergeQueued takes what a queue tells of a chat.
func (c *agentChat) mergeQueued(changed map[string]string) {
	if !c.followed {
		c.merge(changed)
		return
	}
	if c.queued == nil {
		c.queued = map[string]string{}
	}
	maps.Copy(c.queued, changed)
}

// unfollow: from now on what the queues tell is all there is.
func (c *agentChat) unfollow() {
	c.followed = false
	c.merge(c.queued)
	c.queued = nil
}

// isChat: other kinds of interactions are not for a bot that writes.
func (c *agentChat) isChat() bool {
	kind := c.attrs[attrObject]
	return kind == "" || strings.EqualFold(kind, "Chat")
}

func (c *agentChat) over() bool { return c.gone || c.attrs.over() }

// agents are the people who are in it, the one whom it is assigned to first.
func (c *agentChat) agents(us string) []orchestrator.Agent {
	var people []orchestrator.Agent
	add := func(id, name string) {
		known := func(a orchestrator.Agent) bool { return strings.EqualFold(string(a.ID), id) }
		if id != "" && !strings.EqualFold(id, us) && !slices.ContainsFunc(people, known) {
			people = append(people, orchestrator.Agent{ID: orchestrator.AgentID(id), Name: cmp.Or(name, id)})
		}
	}
	if user := c.attrs[attrUser]; c.attrs.connected() {
		name := ""
		for _, m := range c.members {
			if strings.EqualFold(m.User, user) {
				name = m.Name
			}
		}
		add(user, name)
	}
	for _, m := range c.members {
		if m.Kind == memberInternal {
			add(m.person(), m.Name)
		}
	}
	return people
}

// truth is where the chat stands; false where what was heard so far does not say, because the messages of different
// subscriptions come in any order. Our user's own queue is the sure sign that the bot has it.
func (l *listener) truth(c *agentChat) (drift.Truth, bool) {
	people := c.agents(l.login.User)
	switch {
	case c.over():
		return drift.Truth{Stand: drift.Over, CustomerGone: c.attrs[attrState] == stateTheirEnd}, true
	case c.inOwn:
		return drift.Truth{Stand: drift.WithBot}, c.attrs.connected()
	case len(people) > 0:
		return drift.Truth{Stand: drift.Served, Agents: people}, true
	case c.attrs.connected() || c.attrs[attrState] == "":
		return drift.Truth{}, false
	}
	return drift.Truth{Stand: drift.Waiting}, true
}

// lookAgain asks for a chat that is in no queue that is watched.
func (l *listener) lookAgain(ctx context.Context, c *agentChat) error {
	var said struct {
		Attributes attributes `json:"attributes"`
	}
	r := lookAt(l.login, "look", c.id, &said)
	r.session = l.login
	err := l.client.do(ctx, r)
	switch frame.StatusOf(err) {
	case http.StatusNotFound:
		c.gone = true
		return nil
	case http.StatusForbidden:
		return l.loseSight(ctx, c)
	}
	if aboutOne(err) {
		l.Log.WarnContext(ctx, "how a chat stands cannot be read", "chat", c.ref, "error", err)
		return nil
	}
	c.merge(said.Attributes)
	return err
}

// follow subscribes to a chat's words and attributes. What our user may not see, or is gone, is seen in the queues at most.
func (l *listener) follow(ctx context.Context, c *agentChat) error {
	for _, path := range []string{"/chat", ""} {
		var body any
		if path == "" {
			body = map[string]any{"attributeNames": watched}
		}
		err := l.put(ctx, "/messaging/subscriptions/interactions/"+escape(c.id)+path, body)
		if aboutOne(err) {
			c.listing = false
			c.unfollow()
			l.Log.InfoContext(ctx, "a chat cannot be followed", "chat", c.ref, "error", err)
			return nil
		}
		if err != nil {
			return err
		}
		c.relisting = true
		c.listing = c.listing || c.missed
	}
	c.followed = true
	return nil
}

// sorted are the ids of all chats, in an order that does not change.
func (l *listener) sorted() []string { return slices.Sorted(maps.Keys(l.chats)) }

// drop forgets a chat that is over, or never became ours.
func (l *listener) drop(ctx context.Context, c *agentChat) error {
	delete(l.chats, c.id)
	l.forget(ctx, c.ref)
	return ctx.Err()
}
