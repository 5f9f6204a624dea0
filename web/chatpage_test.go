package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxWidget is how large the script may be that other sites load, in bytes.
const maxWidget = 20 << 10

func TestChatMayBeFramedByItsOriginsAndNoOtherPageByAnybody(t *testing.T) {
	r := newRig(t)
	chat := r.anybody().page("/chat/shop").want(t, 200)
	if got := chat.header.Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors "+shopOrigin) {
		t.Errorf("the chat may be framed by %q", got)
	}
	if got := chat.header.Get("X-Frame-Options"); got != "" {
		t.Errorf("X-Frame-Options is %q", got)
	}
	for path, caller := range map[string]*caller{"/": r.anybody(), "/login": r.anybody(), "/desk": r.person("anna"), "/chat/other": r.anybody()} {
		h := caller.page(path).header
		if !strings.HasSuffix(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s may be framed: %v", path, h)
		}
	}
}

func TestChatIsThereForBotsOnTheWebOnly(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/chat/other", "/chat/nosuch", "/chat/other.js", "/chat/nosuch.js"} {
		r.anybody().page(path).want(t, 404)
	}
}

func TestWidgetIsSmallAndKnowsItsOrigins(t *testing.T) {
	r := newRig(t)
	script := r.anybody().browse("GET", "/chat/shop.js", nil, "X-Forwarded-Proto", "https://evil.example/?", "X-Forwarded-Host", "evil.example").want(t, 200)
	if n := len(script.body); n == 0 || n >= maxWidget {
		t.Errorf("the script has %d bytes", n)
	}
	if strings.Contains(string(script.body), "evil") {
		t.Error("what a request says of its way stands in a script that others may be given")
	}
	want := `({"bot":"shop","origins":["` + shopOrigin + `"]});`
	if !strings.HasSuffix(strings.TrimSpace(string(script.body)), want) {
		t.Errorf("the script does not end with %s", want)
	}
	if got := script.header.Get("Cross-Origin-Resource-Policy"); got != "cross-origin" {
		t.Errorf("other sites may not load it: %q", got)
	}
}

func TestCustomersTokenAndBotsKeyOpenNoPageOfPeople(t *testing.T) {
	r := newRig(t)
	_, ann, _ := r.servedOnWeb()
	for _, caller := range []*caller{ann, r.bot(), r.anybody()} {
		caller.page("/desk").leads(t, "/login?next=%2Fdesk")
	}
	r.person("anna").page("/desk").want(t, http.StatusOK)
}

// hidden reads a hidden field of the page's form.
func hidden(t *testing.T, page []byte, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindSubmatch(page)
	if found == nil {
		t.Fatalf("the form has no %s", name)
	}
	return string(found[1])
}

func TestChatWithoutScriptIsAFormAndSaysEachWordOnce(t *testing.T) {
	r := newRig(t)
	page := r.anybody().page("/chat/shop").want(t, 200)
	form := url.Values{"token": {""}, "message": {hidden(t, page.body, "message")}, "text": {"hello <b>there</b>"}}
	page = r.anybody().browse("POST", "/chat/shop", form).want(t, 200)
	token := hidden(t, page.body, "token")
	form.Set("token", token)
	page = r.anybody().browse("POST", "/chat/shop", form).want(t, 200) // sent again by an impatient finger
	if n := strings.Count(string(page.body), "<p dir=\"auto\">hello &lt;b&gt;there&lt;/b&gt;</p>"); n != 1 {
		t.Errorf("the word is shown %d times:\n%s", n, page.body)
	}
	form.Set("text", "")
	if page = r.anybody().browse("POST", "/chat/shop", form).want(t, 200); !strings.Contains(string(page.body), "chatting with our AI assistant") {
		t.Errorf("looking for answers shows\n%s", page.body)
	}
	form.Set("text", strings.Repeat("x", MaxText+1))
	r.anybody().browse("POST", "/chat/shop", form).want(t, 422)
	form.Set("token", token+"x")
	page = r.anybody().browse("POST", "/chat/shop", form).want(t, 401) // and not led to the sign-in of people
	if !strings.Contains(string(page.body), "This chat is over") || hidden(t, page.body, "token") != "" {
		t.Errorf("whose token is over sees\n%s", page.body)
	}
	form.Set("token", token)
	r.anybody().browse("POST", "/chat/other", form).want(t, 404)
	r.anybody().browse("POST", "/chat/shop", form, "Sec-Fetch-Site", "cross-site").want(t, 403)
}

func TestChatSpeaksTheLanguageOfTheBrowserOrOfTheSiteThatShowsIt(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct{ path, accepts, lang, says string }{
		{"/chat/shop", "", "en", "We are glad to help"},
		{"/chat/shop", "de-CH,de;q=0.9,en;q=0.5", "de", "Wir helfen gern"},
		{"/chat/shop?lang=nb", "de", "nb", "Vi hjelper deg gjerne"},
		{"/chat/shop?lang=%22x", "fr", "fr", "Nous sommes là pour vous aider"},
	} {
		page := r.anybody().browse("GET", c.path, nil, "Accept-Language", c.accepts).want(t, 200)
		body := string(page.body)
		if !strings.Contains(body, `<html lang="`+c.lang+`">`) || strings.Count(body, c.says) < 2 {
			t.Errorf("%s for %q is not in %s", c.path, c.accepts, c.lang)
		}
		if !slices.Contains(page.header.Values("Vary"), "Accept-Language") {
			t.Errorf("caches are not told that it depends on the language: %v", page.header.Values("Vary"))
		}
	}
}

func TestLanguageIsKeptFromTheBeginningAndMustBeATag(t *testing.T) {
	r := newRig(t)
	start := map[string]any{"bot": "shop", "user": map[string]any{"id": "u-1"}, "language": "de-AT"}
	id := r.anybody().post("/v1/conversations", start, "Origin", shopOrigin).want(t, 201).text("id")
	if got := must(r.store.Load(t.Context(), conversationID(id))).Language; got != "de-AT" {
		t.Errorf("the conversation's language is %q", got)
	}
	start["language"] = "<b>"
	r.anybody().post("/v1/conversations", start, "Origin", shopOrigin).problem(t, 422, codeValidation)
}
