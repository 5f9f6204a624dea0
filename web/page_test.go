package web

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// browse asks for a page or posts a form as a browser does; where the answer leads is not followed.
func (c *caller) browse(method, path string, form url.Values, headers ...string) *answer {
	c.r.t.Helper()
	req := must(http.NewRequestWithContext(c.r.t.Context(), method, c.r.url+path, strings.NewReader(form.Encode())))
	maps.Copy(req.Header, c.header)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := *c.http
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		c.r.t.Fatal(err)
	}
	defer res.Body.Close()
	return &answer{res.StatusCode, res.Header, must(io.ReadAll(res.Body))}
}

func (c *caller) page(path string) *answer {
	c.r.t.Helper()
	return c.browse("GET", path, nil)
}

// leads fails unless the answer leads to a page.
func (a *answer) leads(t *testing.T, to string) {
	t.Helper()
	a.want(t, http.StatusSeeOther)
	if got := a.header.Get("Location"); got != to {
		t.Fatalf("it leads to %q, want %q", got, to)
	}
}

// csrf is the token of somebody's session, as their forms carry it.
func (c *caller) csrf() string { return c.header.Get("X-CSRF-Token") }

func TestFrontPageNamesVersionAndCountsToItsPeopleOnly(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Version = "v-4711" })
	facts := []string{"v-4711", "<dt>version", "<dt>store", "<dt>bots", "<dt>desks"}
	for _, fact := range facts {
		if page := r.anybody().page("/").want(t, 200); strings.Contains(string(page.body), fact) {
			t.Errorf("everybody is told %s", fact)
		}
		if page := r.person("anna").page("/").want(t, 200); !strings.Contains(string(page.body), fact) {
			t.Errorf("anna is not told %s", fact)
		}
	}
}

func TestFrontPageSaysWhatRunsHere(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DemoPassword = password })
	page := string(r.anybody().page("/").want(t, 200).body)
	for _, want := range []string{"handoff", embeddedWarning, `href="/openapi.json"`, `href="/healthz"`,
		"/v1/conversations/{id}/events", password, "<code>anna</code>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(string(newRig(t).anybody().page("/").body), password) {
		t.Error("the password is shown without a demo")
	}
}

func TestPagesHoldNothingThatTheirPolicyForbids(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/", "/login", "/nowhere"} {
		a := r.anybody().page(path)
		page := string(a.body)
		for _, forbidden := range []string{"<script>", " style=", "http://", "https://", " onclick="} {
			if strings.Contains(page, forbidden) {
				t.Errorf("%s holds %q", path, forbidden)
			}
		}
	}
	h := r.anybody().page("/login").header
	want := map[string]string{
		"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
	}
	for name, value := range want {
		if h.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, h.Get(name), value)
		}
	}
	policy := strings.Split(h.Get("Content-Security-Policy"), "; ")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
		"form-action 'self'", "base-uri 'none'"} {
		if !slices.Contains(policy, part) {
			t.Errorf("the policy %q lacks %q", policy, part)
		}
	}
}

func TestErrorPagesKeepTheMenuOfWhoeverIsSignedIn(t *testing.T) {
	r := newRig(t)
	const html = "text/html,application/xhtml+xml,*/*;q=0.8"
	sue, anna := r.person("sue"), r.person("anna")
	for _, one := range []struct {
		who    *caller
		path   string
		status int
		has    []string
		lacks  string
	}{
		{sue, "/board/c/cv_00_none", 404, []string{`href="/board"`, "Sign out", "There is no such conversation"}, `href="/login"`},
		{sue, "/board?state=nosuch", 422, []string{`href="/board"`, "Sign out"}, `href="/login"`},
		{anna, "/board", 403, []string{`href="/desk"`, "Sign out", "You don’t have access", "a supervisor’s sign-in"}, `href="/board"`},
		{sue, "/nowhere", 404, []string{`href="/board"`, "Sign out", "There is no such page"}, `href="/login"`},
		{anna, "/nowhere/at/all", 404, []string{`href="/desk"`, "There is no such page"}, `href="/board"`},
		{r.anybody(), "/nowhere", 404, []string{`href="/login"`, "There is no such page"}, "Sign out"},
	} {
		a := one.who.browse("GET", one.path, nil, "Accept", html)
		if a.status != one.status || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") ||
			!strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s is answered with %d %v", one.path, a.status, a.header)
		}
		for _, want := range one.has {
			if !contains(a.body, want) {
				t.Errorf("%s lacks %q", one.path, want)
			}
		}
		if contains(a.body, one.lacks) {
			t.Errorf("%s holds %q", one.path, one.lacks)
		}
	}
	if a := sue.browse("POST", "/board/c/cv_00_x/note", url.Values{"csrf": {"wrong"}}); a.status != 403 ||
		!contains(a.body, "Sign out") || !contains(a.body, "Nothing was done") {
		t.Errorf("a form of another session is answered %d %s", a.status, a.body)
	}
}

func TestUnknownPathsAnswerBrowsersWithAPageAndProgramsWithAProblem(t *testing.T) {
	r := newRig(t)
	for _, one := range []struct {
		method, path, accept string
		page                 bool
	}{
		{"GET", "/nowhere", "text/html", true}, {"HEAD", "/nowhere", "text/html", true},
		{"GET", "/nowhere", "application/json", false}, {"GET", "/nowhere", "*/*", false}, {"GET", "/nowhere", "", false},
		{"POST", "/nowhere", "text/html", false},
		{"GET", "/v1/nowhere", "text/html", false}, {"GET", "/v1", "text/html", false}, {"GET", "/v1/", "text/html", false},
		{"GET", "/v1/conversations/cv_00_none", "text/html", false}, {"GET", "/problems/none", "text/html", false},
	} {
		a := r.person("sue").browse(one.method, one.path, nil, "Accept", one.accept)
		kind := a.header.Get("Content-Type")
		if a.status != 404 || strings.HasPrefix(kind, "text/html") != one.page || (!one.page && kind != problemType) {
			t.Errorf("%s %s for %q is answered with %d %s", one.method, one.path, one.accept, a.status, kind)
		}
	}
}

func TestFilesOfPagesAreKeptUnderTheirVersion(t *testing.T) {
	r := newRig(t)
	page := string(r.anybody().page("/login").body)
	_, rest, _ := strings.Cut(page, `href="/page/style.css`)
	query, _, _ := strings.Cut(rest, `"`)
	a := r.anybody().page("/page/style.css"+query).want(t, 200)
	if a.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s is answered as %v", query, a.header)
	}
	if a := r.anybody().page("/page/style.css?v=old").want(t, 200); a.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("another version is answered as %v", a.header)
	}
	for _, path := range []string{"/page/login.html", "/page/nosuch.css", "/page/..%2f..%2fserver.go", "/page/"} {
		r.anybody().page(path).want(t, 404)
	}
}

func TestNoBotAndNoCustomerOpensAPage(t *testing.T) {
	r := newRig(t)
	_, ann, _ := r.begin()
	for i := range pageTable {
		row := &pageTable[i]
		if row.roles == open || row.method != http.MethodGet {
			continue
		}
		path := filled(row.path, "cv_00_x")
		for name, c := range map[string]*caller{"a bot": r.bot(), "a customer": ann, "nobody": r.anybody()} {
			if a := c.page(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
				t.Errorf("%s opens %s: %d", name, path, a.status)
			}
		}
	}
}

func TestEveryFormNeedsTheCSRFToken(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	for i := range pageTable {
		row := &pageTable[i]
		if row.roles == open || !changes(row.method) {
			continue
		}
		path := filled(row.path, "cv_00_x")
		for _, token := range []string{"", "wrong"} {
			if a := sue.browse("POST", path, url.Values{"csrf": {token}}); a.status != 403 {
				t.Errorf("%s is taken with the token %q: %d", path, token, a.status)
			}
		}
		if a := sue.browse("POST", path, url.Values{"csrf": {sue.csrf()}}, "Sec-Fetch-Site", "cross-site"); a.status != 403 {
			t.Errorf("%s is taken from another site: %d", path, a.status)
		}
	}
	sue.page("/login").leads(t, "/")
}

func TestSignInFormLeadsOnAndNeverElsewhere(t *testing.T) {
	r := newRig(t)
	form := url.Values{"name": {"sue"}, "password": {password}}
	for next, to := range map[string]string{
		"/?a=b": "/?a=b", "": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/",
		"javascript:alert(1)": "/", "/\t/evil.example": "/",
	} {
		form.Set("next", next)
		r.anybody().browse("POST", "/login", form).leads(t, to)
	}
	form.Set("password", "wrong")
	a := r.anybody().browse("POST", "/login", form).want(t, 401)
	if !contains(a.body, "The name or the password is wrong.") || a.header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong password is answered %s", a.body)
	}
	r.anybody().browse("POST", "/login", form, "Sec-Fetch-Site", "cross-site").want(t, 403)
	r.anybody().browse("POST", "/login", url.Values{}).want(t, 422)
	r.anybody().browse("POST", "/login", nil).want(t, 415)
}

func TestSignInFormIsLimited(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Login = Rate{1.0 / 60, 2} })
	form := url.Values{"name": {"sue"}, "password": {"wrong"}}
	for range 2 {
		r.anybody().browse("POST", "/login", form).want(t, 401)
	}
	form.Set("password", password)
	a := r.anybody().browse("POST", "/login", form).want(t, 429)
	if a.header.Get("Retry-After") == "" || !contains(a.body, "Too many tries") {
		t.Errorf("the third try is answered %s", a.body)
	}
}

// Session fixation: whoever plants a session in somebody's browser gains nothing by their sign-in.
func TestSignInTakesNoSessionThatWasPlanted(t *testing.T) {
	r := newRig(t)
	planted := r.person("ben")
	victim := r.anybody()
	victim.header.Set("Cookie", planted.header.Get("Cookie"))
	a := victim.browse("POST", "/login", url.Values{"name": {"sue"}, "password": {password}}).want(t, 303)
	fresh, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if fresh == "" || fresh == planted.header.Get("Cookie") {
		t.Fatalf("the sign-in keeps the session %q", fresh)
	}
	planted.get("/v1/login").problem(t, 401, codeNotSignedIn)
	invented := r.anybody()
	invented.header.Set("Cookie", insecureCookie+"=chosen-by-the-attacker")
	a = invented.browse("POST", "/login", url.Values{"name": {"sue"}, "password": {password}}).want(t, 303)
	if strings.Contains(a.header.Get("Set-Cookie"), "chosen-by-the-attacker") {
		t.Error("a chosen session becomes a real one")
	}
}

func TestSignOutEverywhereEndsEverySession(t *testing.T) {
	r := newRig(t)
	here, there, other := r.person("sue"), r.person("sue"), r.person("anna")
	here.browse("POST", "/logout", url.Values{"csrf": {here.csrf()}, "everywhere": {"yes"}}).leads(t, "/login")
	here.get("/v1/login").problem(t, 401, codeNotSignedIn)
	there.get("/v1/login").problem(t, 401, codeNotSignedIn)
	other.get("/v1/login").want(t, 200)
	again, more := r.person("sue"), r.person("sue")
	again.do("DELETE", "/v1/login?everywhere=perhaps", nil).problem(t, 422, codeValidation)
	again.browse("POST", "/logout", url.Values{"csrf": {again.csrf()}}).leads(t, "/login")
	more.do("DELETE", "/v1/login?everywhere=true", nil).want(t, 204)
}
