package main

import (
	"fmt"
	"html/template"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"handoff/web/browsertest"
)

// shopFiles are the page of a shop, its style and its script.
const shopFiles = "testdata/shop"

// shopPolicy is what a shop's Content-Security-Policy has to allow for the widget, as docs/operations.md says, and nothing else
// beside the shop's own files.
const shopPolicy = "default-src 'none'; style-src 'self'; img-src data:; script-src 'self' %[1]s; frame-src %[1]s"

// shop is the page of another site that loads the bot's script: in browsers at localhost, and not at 127.0.0.1 as we are.
type shop struct {
	origin string
	server *httptest.Server
}

// newShop rents an address, which the bot may be told before the shop opens.
func newShop(t *testing.T) *shop {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return &shop{"http://localhost:" + port, server}
}

// opens lets people visit the shop, all of whose pages look alike, with the chat of the service at a base address.
func (s *shop) opens(t *testing.T, base string) {
	t.Helper()
	service, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	origin := service.Scheme + "://" + service.Host
	page, err := template.ParseFiles(shopFiles + "/index.html")
	if err != nil {
		t.Fatal(err)
	}
	files := http.FileServer(http.Dir(shopFiles))
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Ext(r.URL.Path) != "" {
			files.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", fmt.Sprintf(shopPolicy, origin))
		if err := page.Execute(w, base+"/chat/"+storyBot+".js"); err != nil {
			t.Errorf("the shop's page: %v", err)
		}
	})
	s.server.Start()
}

// Parts of the widget in the shop's page.
const (
	widgetHost   = `document.querySelector('[data-handoff-chat]')`
	widgetButton = widgetHost + `.shadowRoot.querySelector('button')`
	widgetCount  = widgetHost + `.shadowRoot.querySelector('.count')`
)

// newShopPlay is a play with a shop that may show the chat.
func newShopPlay(t *testing.T, changes policy) (*play, *shop) {
	t.Helper()
	sells := newShop(t)
	all := policy{allowedOrigins: []string{sells.origin}}
	maps.Copy(all, changes)
	s := newPlay(t, all)
	sells.opens(t, s.base)
	return s, sells
}

// visits opens the shop's page.
func (s *play) visits(at *shop, v browsertest.View) *viewer {
	s.t.Helper()
	visitor := s.looks(s.browser, v)
	visitor.Goto(at.origin)
	visitor.Until("the button is there", `!!`+widgetHost)
	return visitor
}

// opensChat presses the button of the widget by keyboard, and answers what is in the frame once it can be written to.
func (v *viewer) opensChat() (inside *viewer) {
	v.at.t.Helper()
	v.tabTo("[data-handoff-chat]")
	v.Press(kb.Enter)
	inside = v.inside()
	inside.canWrite()
	return inside
}

// inside is the chat that runs in the widget's frame.
func (v *viewer) inside() *viewer {
	v.at.t.Helper()
	v.Until("the chat runs", widgetHost+`.hasAttribute('data-ready')`)
	return &viewer{v.Frame(v.at.base), v.at}
}

// turnsTo follows a link of the shop to another of its pages.
func (v *viewer) turnsTo(page string) {
	v.at.t.Helper()
	v.Click(`nav a[href="` + page + `"]`)
	v.Until("it is the page "+page, `location.pathname === `+quotedJS(page)+` && document.readyState === 'complete' && !!`+widgetHost)
}

// canWrite waits until the field has the focus.
func (v *viewer) canWrite() {
	v.at.t.Helper()
	v.Until("the field has the focus", `document.hasFocus() && document.activeElement.matches('.composer .field textarea')`)
}
