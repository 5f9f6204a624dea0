package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"handoff/web/browsertest"
)

// play is an installation on which customers and people meet in browsers, with a bot that does what the test says.
type play struct {
	*installation
	browser *browsertest.Browser
	bot     *client
}

func newPlay(t *testing.T, changes policy) *play {
	t.Helper()
	return playAt(t, install(t, changes))
}

// playAt is a play at an installation.
func playAt(t *testing.T, in *installation) *play {
	t.Helper()
	nobody, err := newClient(in.base)
	if err != nil {
		t.Fatal(err)
	}
	return &play{in, browsertest.Open(t), nobody.with(storyToken)}
}

// must fails the test when a call has failed.
func (s *play) must(err error, what string) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// customer opens the chat of the bot on the web.
func (s *play) customer(v browsertest.View) *viewer {
	s.t.Helper()
	c := s.looks(s.browser, v)
	c.Goto(s.base + "/chat/" + storyBot)
	c.Until("the page is ready", `!document.getElementById('chat').hidden`)
	return c
}

// agent opens the desk and goes online.
func (s *play) agent(name string, v browsertest.View) *viewer {
	s.t.Helper()
	a := s.looks(s.browser, v)
	a.goesOnline(name)
	return a
}

// goesOnline opens the desk and goes online there.
func (v *viewer) goesOnline(name string) {
	v.at.t.Helper()
	v.opens("/desk", name)
	v.setsOnline(name)
}

// setsOnline goes online at a desk that is open.
func (v *viewer) setsOnline(name string) {
	v.at.t.Helper()
	v.Until("the desk is there", `document.getElementById('desk')?.dataset.link === 'up'`)
	v.Click(".presence input[value=online] + span")
	v.Until(name+" is online", `document.getElementById('desk').dataset.presence === 'online'`)
}

// says writes a word and sends it with the Enter key.
func (v *viewer) says(text string) {
	v.at.t.Helper()
	v.Type(v.field(), text)
	v.Enter()
}

// field is where the page's person writes: at the desk in the chat that is current.
func (v *viewer) field() string {
	return `:is(.chatbox, .chat[data-current]) .composer .field textarea`
}

// reads waits until a word is in the log, sent.
func (v *viewer) reads(text string) {
	v.at.t.Helper()
	v.Until("it reads "+text, fmt.Sprintf(
		`[...document.querySelectorAll('.say:not([data-unsent]) p')].some((p) => p.textContent === %s)`, quotedJS(text)))
}

// words are all words of the log, in order, as they were said; unsent ones are marked.
func (v *viewer) words() []string {
	v.at.t.Helper()
	return browsertest.Ask[[]string](v.Tab, `[...document.querySelectorAll(
		':is(.chatbox, .chat[data-current]) .log .say')].filter((s) => s.dataset.from !== 'system')
		.map((s) => (s.dataset.unsent ? 'unsent: ' : '') + s.querySelector('p').textContent)`)
}

// conversations are those of the bot that are live.
func (s *play) conversations() []shownConversation {
	s.t.Helper()
	var list struct {
		Items []shownConversation `json:"items"`
	}
	s.must(s.bot.call(s.t.Context(), http.MethodGet, "/v1/conversations?bot="+storyBot, nil, &list), "the bot lists")
	return list.Items
}

// conversation is the newest of them.
func (s *play) conversation() shownConversation {
	s.t.Helper()
	newest := shownConversation{}
	for _, c := range s.conversations() {
		if began(c.ID) > began(newest.ID) {
			newest = c
		}
	}
	if newest.ID == "" {
		s.t.Fatal("there is no conversation")
	}
	return newest
}

// began is the part of an id that grows with time.
func began(id string) string { return id[strings.LastIndexByte(id, '_')+1:] }

// handsOver lets the bot ask for a person in the newest conversation.
func (s *play) handsOver(more map[string]any) shownConversation {
	s.t.Helper()
	c := s.conversation()
	body := map[string]any{"conversation_id": c.External, "reason": "user_requested", "summary": "Her parcel is late."}
	maps.Copy(body, more)
	s.must(s.bot.call(s.t.Context(), http.MethodPost, "/v1/bots/"+storyBot+"/handoffs", body, nil), "the bot hands over")
	return c
}

// quotedJS writes a text as JavaScript does.
func quotedJS(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// saidIn are the words of a conversation that people and the bot have said, as a supervisor reads its timeline.
func (s *play) saidIn(id string) []string {
	s.t.Helper()
	sam, err := signedIn(s.t.Context(), s.base, "sam")
	s.must(err, "sam signs in")
	page, err := sam.events(s.t.Context(), id, 0, 0)
	s.must(err, "sam reads the timeline")
	var said []string
	for _, e := range page.Events {
		about := aboutOf(e)
		if e.Type == "message.created" && about.Author.Role != "system" {
			said = append(said, about.Message.Text)
		}
	}
	return said
}
