package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"handoff/orchestrator"
)

// beatEvery is how often the client of somebody who must be heard of says that they are there.
const beatEvery = 250 * time.Millisecond

// storyPerson is somebody of the desk, signed in with a cookie and a CSRF token.
type storyPerson struct {
	life   *life
	name   string
	client *client
	side   string // the chat that keeps them busy
	sides  []orchestrator.ConversationID
	words  int // for ids
}

// person signs somebody in.
func (l *life) person(name string) *storyPerson {
	l.t.Helper()
	signed, err := signedIn(l.ctx, l.at.base, name)
	l.must(err, "%s signs in", name)
	p := &storyPerson{life: l, name: name, client: signed}
	l.people = append(l.people, p)
	return p
}

// agent signs somebody in and puts them at the desk, for these queues or all of theirs.
func (l *life) agent(name string, queues ...string) *storyPerson {
	l.t.Helper()
	p := l.person(name)
	p.isThere(queues...)
	return p
}

func (p *storyPerson) isThere(queues ...string) {
	p.life.t.Helper()
	body := map[string]any{"state": "online"}
	if len(queues) > 0 {
		body["queues"] = queues
	}
	p.life.must(p.present(p.life.ctx, body), "%s comes to the desk", p.name)
}

func (p *storyPerson) present(ctx context.Context, body map[string]any) error {
	return p.client.call(ctx, http.MethodPut, "/v1/me/presence", body, nil)
}

// keepsBeating says again and again that the person is there, until the answer stops it.
func (p *storyPerson) keepsBeating() (stop func()) {
	ctx, cancel := context.WithCancel(p.life.ctx)
	var beating sync.WaitGroup
	beating.Go(func() {
		beat := supervisor{clock: orchestrator.SystemClock{}, pause: beatEvery}
		for beat.rest(ctx) {
			if err := p.present(ctx, map[string]any{"state": "online"}); err != nil && ctx.Err() == nil {
				p.life.t.Errorf("%s cannot say that they are there: %v", p.name, err)
				return
			}
		}
	})
	stop = sync.OnceFunc(func() { cancel(); beating.Wait() })
	p.life.t.Cleanup(stop)
	return stop
}

// isBusy gives the person a chat of another customer, and no seat for more, so that this one has to wait.
func (p *storyPerson) isBusy() {
	p.life.t.Helper()
	l := p.life
	l.must(p.present(l.ctx, map[string]any{"state": "online", "capacity": 1}), "%s has one seat", p.name)
	p.side = l.somebodyElseAsks("chat-of-somebody-else")
	p.sides = append(p.sides, orchestrator.ConversationID(p.side))
	l.ringsElsewhere(p.side)
	l.must(p.posts("/v1/conversations/"+p.side+"/accept", map[string]any{}), "%s takes somebody else's chat", p.name)
}

// somebodyElseAsks lets another customer ask for a person, and answers the id of that conversation.
func (l *life) somebodyElseAsks(external string) (id string) {
	l.t.Helper()
	answer, err := l.bot.client.RequestHandoff(l.ctx, external, nil)
	if err == nil && answer.Status != http.StatusAccepted {
		err = fmt.Errorf("HTTP %d %s", answer.Status, answer.Body)
	}
	l.must(err, "%s asks for a person", external)
	return answer.Conversation.ID
}

// ringsElsewhere waits until a chat of another customer has rung, and answers that event.
func (l *life) ringsElsewhere(id string) feedEvent {
	l.t.Helper()
	for after := uint64(0); ; {
		page, err := l.sam.client.events(l.ctx, id, after, lifePoll)
		l.must(err, "waiting until %s rings", id)
		after = page.Next
		for _, e := range page.Events {
			if e.Type == "conversation.offered" {
				return e
			}
		}
	}
}

// isFree ends the other customer's chat.
func (p *storyPerson) isFree() {
	p.life.t.Helper()
	if p.side != "" {
		err := p.posts("/v1/conversations/"+p.side+"/complete", map[string]any{"disposition": "solved"})
		p.life.must(err, "%s is free again", p.name)
		p.side = ""
	}
}

func (p *storyPerson) posts(path string, body map[string]any) error {
	return p.client.call(p.life.ctx, http.MethodPost, path, body, nil)
}

func (p *storyPerson) does(action string, body map[string]any) {
	p.life.t.Helper()
	p.life.must(p.posts(p.life.path("/"+action), body), "%s: %s", p.name, action)
}

// mayNot tries something that must be refused with a code.
func (p *storyPerson) mayNot(action string, body map[string]any, code string) {
	p.life.t.Helper()
	if err := p.posts(p.life.path("/"+action), body); !isCode(err, code) {
		p.life.must(errors.Join(errors.New("should be refused with "+code+", was"), err), "%s: %s", p.name, action)
	}
}

// rung waits until something rings at the person: an offer, a transfer or an invitation.
func (p *storyPerson) rung() {
	p.life.t.Helper()
	p.life.awaits("a ring at "+p.name, func(e feedEvent, about eventAbout) bool {
		switch e.Type {
		case "conversation.offered", "conversation.transfer_requested", "conversation.invited":
			return about.Agent.ID == p.name
		}
		return false
	})
}

func (p *storyPerson) accepts() { p.life.t.Helper(); p.does("accept", map[string]any{}) }

func (p *storyPerson) declines() {
	p.life.t.Helper()
	p.does("decline", map[string]any{"reason": "at lunch"})
}

func (p *storyPerson) acceptsTransfer() {
	p.life.t.Helper()
	p.does("transfer/accept", map[string]any{})
}

func (p *storyPerson) declinesTransfer() {
	p.life.t.Helper()
	p.does("transfer/decline", map[string]any{})
}

func (p *storyPerson) says(text string) {
	p.life.t.Helper()
	p.words++
	p.does("messages", map[string]any{"text": text, "id": fmt.Sprintf("%s-%d", p.name, p.words)})
}

func (p *storyPerson) notes(text string) {
	p.life.t.Helper()
	p.does("notes", map[string]any{"text": text})
}

func (p *storyPerson) transfersTo(who *storyPerson) {
	p.life.t.Helper()
	p.does("transfer", map[string]any{"to": map[string]any{"agent": who.name}})
}

func (p *storyPerson) transfersToQueue(name string) {
	p.life.t.Helper()
	p.does("transfer", map[string]any{"to": map[string]any{"queue": name}})
}

func (p *storyPerson) invites(who *storyPerson) {
	p.life.t.Helper()
	p.does("invite", map[string]any{"agent": who.name})
}

func (p *storyPerson) leaves() { p.life.t.Helper(); p.does("leave", map[string]any{}) }

func (p *storyPerson) ends() { p.life.t.Helper(); p.does("end", map[string]any{}) }

func (p *storyPerson) completes(disposition string) {
	p.life.t.Helper()
	p.does("complete", map[string]any{"disposition": disposition})
}

func (p *storyPerson) returnsToBot(reason string) {
	p.life.t.Helper()
	p.does("return-to-bot", map[string]any{"reason": reason, "disposition": "solved"})
}
