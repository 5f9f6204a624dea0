package main

import (
	"net/http"
	"testing"

	"handoff/web/browsertest"
)

// TestVisitorOfTheDemoMeetsAPersonByClickingAlone follows the line on the demo's front page.
func TestVisitorOfTheDemoMeetsAPersonByClickingAlone(t *testing.T) {
	p := launch(t, nil, "demo", "--listen", "127.0.0.1:0", "--customers", "0", "--quiet")
	t.Cleanup(func() { // once the pages are closed
		p.stop()
		p.ends(exitOK)
	})
	base := baseOf(p)
	config, err := demoConfig(defaultListen, func(string) string { return base }, demoVendors{})
	if err != nil {
		t.Fatal(err)
	}
	s := &play{installation: &installation{t: t, base: base, config: config}, browser: browsertest.Open(t)}

	you, visitor := s.looks(s.browser, browsertest.Desktop), s.looks(s.browser, browsertest.Phone)
	for _, v := range []*viewer{you, visitor} {
		v.Goto(base)
		v.Shows(".hint", "Try it: go online at the desk as you")
		v.Fits()
	}
	you.Click(`.hint a[href="/desk"]`)
	you.signsIn(tourAgent)
	you.setsOnline(tourAgent)
	visitor.Click(`.hint a[href="/chat/tour"]`)
	visitor.Until("the page is ready", `document.getElementById('chat')?.hidden === false`)
	visitor.Fill("[name=name]", "Vera")
	visitor.says("Hello")
	visitor.Shows(".say[data-from=bot]", "I am the bot of this tour")
	visitor.says("Where is my parcel?")
	visitor.Shows(".say[data-from=bot]", "between 2 and 4")
	visitor.says("I want a person, please")
	you.Shows(".ring", "Asked about a parcel, then for a person: I want a person, please")
	visitor.Shows("[data-part=queue]", "rings at a colleague")
	you.takes("Vera")
	you.Shows(".facts-of", "4711")
	you.reads("Where is my parcel?")
	visitor.Shows("[data-part=state]", "You talk to Robin")
	you.says("Good day!")
	visitor.reads("Good day!")
	visitor.says("Thank you")
	you.reads("Thank you")
}

func TestGuideLeavesConversationsAloneThatTheBotsKeyHasBegun(t *testing.T) {
	visitors, desks := http.NewServeMux(), http.NewServeMux()
	b := &scriptedBot{}
	b.receive(desks, visitors)
	for _, c := range []struct {
		bot, external string
		want          http.Handler
	}{
		{tourBot, "browser~1", visitors}, {tourBot, "tour-1", nil}, {demoBot, "browser~1", nil}, {tourBot, "web-1", nil}, {demoBot, "icws:7", desks},
	} {
		if got := b.hears(c.bot, c.external); got != c.want {
			t.Errorf("of %s at %s hears %v", c.external, c.bot, got)
		}
	}
}
