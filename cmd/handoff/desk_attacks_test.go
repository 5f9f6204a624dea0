package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"handoff/web/browsertest"
)

// evil is markup that sets a mark when it is taken for more than text.
const evil = `<img src=x onerror="window.owned=1"><script>window.owned=1</script>`

func TestScriptInWordsNamesAndAttributesIsShownAsText(t *testing.T) {
	alone(t)
	s := newPlay(t, policy{"canned_replies": []map[string]string{{"name": "<script>", "text": evil}}})
	anna := s.agent("anna", browsertest.Desktop)
	ann := s.customer(browsertest.Phone)
	ann.Fill("[name=name]", evil)
	ann.says(evil)
	ann.reads(evil)
	s.handsOver(map[string]any{"summary": evil, "attributes": map[string]any{"plan": evil},
		"transcript": []map[string]any{{"role": "user", "text": evil}}})
	anna.Shows(".ring p", evil)
	anna.takes(evil)
	anna.reads(evil)
	anna.Shows(".facts-of", evil)
	anna.Type(anna.field(), "/")
	anna.Shows(".picker", evil)
	anna.Enter()
	anna.Enter()
	ann.Until("both words are there", `document.querySelectorAll('.say:is([data-from=me], [data-from=agent])').length === 2`)
	anna.Click(".chat[data-current] .switch")
	anna.says(evil)
	anna.Until("the note is there", fmt.Sprintf(`[...document.querySelectorAll('.note p')].some((p) => p.textContent === %s)`, quotedJS(evil)))
	for who, v := range map[string]*viewer{"Anna": anna, "Ann": ann} {
		if browsertest.Ask[bool](v.Tab, `window.owned === 1 || !!document.querySelector('img')`) {
			t.Errorf("markup ran or was drawn on %s's page", who)
		}
	}
}

// shop is a page of another origin that loads the bot's script.
func shop(script *string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head>
<body><main><h1>A shop</h1></main><script src=%q data-label="Talk to us"></script></body></html>`, *script)
	}))
}

func TestWidgetOpensTheChatOnAllowedOriginsOnly(t *testing.T) {
	alone(t)
	var script string // known once the service listens
	allowed := shop(&script)
	t.Cleanup(allowed.Close)
	s := newPlay(t, policy{allowedOrigins: []string{allowed.URL}})
	script = s.base + "/chat/" + storyBot + ".js"
	foreign := shop(&script)
	t.Cleanup(foreign.Close)

	visitor := s.looks(s.browser, browsertest.Desktop)
	visitor.Goto(allowed.URL)
	const root = `document.querySelector('[data-handoff-chat]').shadowRoot`
	visitor.Until("the button is there", `!!document.querySelector('[data-handoff-chat]')`)
	visitor.Fits()
	browsertest.Ask[int](visitor.Tab, `(`+root+`.querySelector('button').click(), 1)`)
	visitor.Until("the frame was opened", root+`.querySelector('iframe')?.contentWindow !== null && `+root+`.querySelector('button').getAttribute('aria-expanded') === 'true'`)
	visitor.Until("the chat has said that it runs", `document.querySelector('[data-handoff-chat]').hasAttribute('data-ready')`)

	stranger := s.looks(s.browser, browsertest.Desktop)
	stranger.Expects("frame-ancestors")
	stranger.Expects("ERR_BLOCKED_BY_RESPONSE")
	stranger.Goto(foreign.URL)
	stranger.Until("the page is loaded", `document.readyState === 'complete'`)
	if browsertest.Ask[bool](stranger.Tab, `!!document.querySelector('[data-handoff-chat]')`) {
		t.Error("the button is drawn on a foreign origin")
	}
	browsertest.Ask[int](stranger.Tab, `new Promise((done) => {
		const frame = document.createElement('iframe');
		frame.src = `+quotedJS(s.base+"/chat/"+storyBot)+`;
		frame.addEventListener('load', () => done(1));
		document.body.append(frame);
	})`)
	stranger.Until("the frame is refused", `window.frames.length === 1`)
	if len(s.conversations()) != 0 {
		t.Error("somebody has begun a conversation")
	}
}
