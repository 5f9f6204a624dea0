package main

import (
	"fmt"
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
