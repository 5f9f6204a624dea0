package main

import (
	"fmt"
	"net"
	"net/http"
	"testing"
)

// storyOrigin is a page that may show the bot's chat.
const storyOrigin = "https://shop.example"

// visitor is a browser at an address of its own, which begins a conversation without anybody's key.
type visitor struct {
	life   *life
	client *client
	id     string
}

// visits begins a conversation from an address of this machine and says a word in it.
func (l *life) visits(address string) *visitor {
	l.t.Helper()
	nobody, err := newClient(l.at.base)
	l.must(err, "a visitor comes")
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	nobody.http.Transport = fromOrigin{&http.Transport{DialContext: dialer.DialContext}}
	l.t.Cleanup(nobody.http.CloseIdleConnections)
	var begun shownConversation
	l.must(nobody.call(l.ctx, http.MethodPost, "/v1/conversations", map[string]any{
		"bot": storyBot, "user": map[string]any{"id": "u-" + address},
	}, &begun), "a visitor from %s begins", address)
	v := &visitor{life: l, client: nobody.with(begun.Token), id: begun.ID}
	v.says("Is anybody there?")
	return v
}

// fromOrigin is what a browser sends along.
type fromOrigin struct{ http.RoundTripper }

func (o fromOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Origin", storyOrigin)
	return o.RoundTripper.RoundTrip(r)
}

func (o fromOrigin) CloseIdleConnections() { o.RoundTripper.(*http.Transport).CloseIdleConnections() }

func (v *visitor) says(text string) {
	v.life.t.Helper()
	v.life.must(v.client.call(v.life.ctx, http.MethodPost, "/v1/conversations/"+v.id+"/messages", map[string]any{"text": text}, nil), "a visitor says")
}

// isTold waits until so many failures of the bot stand on the conversation's timeline, and answers how often a person was asked for.
func (v *visitor) isTold(failures int) (handoffs int) {
	v.life.t.Helper()
	for after := uint64(0); failures > 0; {
		page, err := v.life.sam.client.events(v.life.ctx, v.id, after, lifePoll)
		v.life.must(err, "waiting until the bot has failed for %s", v.id)
		after = page.Next
		for _, e := range page.Events {
			if e.Type == "conversation.bot_failed" {
				failures--
			}
		}
	}
	var now lastState
	v.life.must(v.life.sam.client.call(v.life.ctx, http.MethodGet, "/v1/conversations/"+v.id, nil, &now), "looking at %s", v.id)
	return now.Handoff
}

// TestStoryFloodWhileTheBotIsDead: many customers of a bot that died wait for a person
// once each; one address with many chats puts no more of them into the queue than it may ask persons for.
func TestStoryFloodWhileTheBotIsDead(t *testing.T) {
	const many, mayAsk = 12, 3
	toCallbacks(t,
		part{"many customers wait once each, one address no more often than it may ask", policy{allowedOrigins: []string{storyOrigin}}, func(s *life) {
			s.isGone()
			s.agent("anna")
			var others []*visitor
			for i := range many {
				others = append(others, s.visits(fmt.Sprintf("127.0.1.%d", i+1)))
			}
			flood := make([]*visitor, many)
			for i := range flood {
				flood[i] = s.visits("127.0.2.1")
			}
			waiting := 0
			for i, v := range flood {
				handoffs := v.isTold(1)
				waiting += handoffs
				if handoffs == 0 { // whatever else is said in it
					v.says("Hello?")
					if more := v.isTold(3); more != 0 {
						s.t.Errorf("chat %d of the address was asked for a person %d times", i, more)
					}
				}
			}
			if waiting != mayAsk {
				s.t.Errorf("one address has put %d chats into the queue, it may ask for %d", waiting, mayAsk)
			}
			for i, v := range others {
				v.says("Hello?")
				if handoffs := v.isTold(1); handoffs != 1 {
					s.t.Errorf("customer %d was put into the queue %d times", i, handoffs)
				}
			}
			s.over = true
		}},
		part{"what people gave back waits for as long as the limits say", policy{"limits.cool_down": "1h"}, func(s *life) {
			anna := s.agent("anna")
			s.talks()
			s.isGone()
			s.customer.says("My parcel has not come.")
			anna.rung()
			anna.accepts()
			anna.returnsToBot("the bot knows")
			s.customer.says("Hello?")
			s.customer.reads("Not again.")
			if now := s.now(); now.State != "bot" || now.Handoff != 1 {
				s.t.Errorf("after the limit it is %+v", now)
			}
			s.over = true
		}},
	)
}
