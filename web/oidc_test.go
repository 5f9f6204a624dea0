package web

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// oidcRig is a rig at which people sign in at a provider.
func oidcRig(t *testing.T) (*rig, *testProvider) {
	t.Helper()
	var r *rig
	p := newTestProvider(t, func() time.Time { return r.clock.Now() })
	o := &OIDC{Issuer: p.URL, ClientID: oidcClient, ClientSecret: oidcSecret, RedirectURL: "https://handoff.example/login/oidc/callback",
		RoleClaim: "groups", NameClaim: "preferred_username", Roles: map[string]Role{"chat": RoleAgent, "leads": RoleSupervisor}}
	p.redo = o.RedirectURL
	r = newRig(t, func(options *Options) {
		options.OIDC = o
		options.Users = append(options.Users, User{Name: "dora", Role: RoleAgent, Queues: options.Users[0].Queues[1:2], Capacity: 7})
	})
	return r, p
}

// viaProvider goes to the provider and answers the address with which the browser comes back, and its cookie.
func (r *rig) viaProvider(p *testProvider, next string) (back, cookie string) {
	r.t.Helper()
	a := r.anybody().page("/login/oidc?next="+url.QueryEscape(next)).want(r.t, http.StatusSeeOther)
	cookie, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
	if target := a.header.Get("Location"); !strings.HasPrefix(target, p.URL+"/authorize?") {
		r.t.Fatalf("the browser is sent to %s", target)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(a.header.Get("Location"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	return strings.TrimPrefix(res.Header.Get("Location"), "https://handoff.example"), cookie
}

// comesBack follows the provider's answer.
func (r *rig) comesBack(back, cookie string) *answer {
	c := r.anybody()
	c.header.Set("Cookie", cookie)
	return c.page(back)
}

// session is the cookie of a sign-in that went well.
func (a *answer) session(t *testing.T) string {
	t.Helper()
	for _, cookie := range a.header.Values("Set-Cookie") {
		if value, _, _ := strings.Cut(cookie, ";"); strings.HasPrefix(value, insecureCookie+"=") {
			return value
		}
	}
	t.Fatalf("no session: %d %v %s", a.status, a.header, a.body)
	return ""
}

func TestProviderSignsPeopleInWithTheRolesOfItsClaim(t *testing.T) {
	r, p := oidcRig(t)
	if page := r.anybody().page("/login"); !contains(page.body, "/login/oidc?next=%2f") {
		t.Errorf("the sign-in offers no provider: %s", page.body)
	}
	for _, test := range []struct {
		claims         map[string]any
		name, display  string
		role           Role
		queues         int
		seats          float64
		opensTheBoards bool
	}{
		{map[string]any{"preferred_username": "eve", "name": "Eve", "groups": []string{"x", "chat", "leads"}}, "eve", "Eve", RoleSupervisor, 2, 3, true},
		{map[string]any{"preferred_username": "dora", "groups": "chat"}, "dora", "dora", RoleAgent, 1, 7, false},
		{map[string]any{"preferred_username": "fay", "groups": []string{"chat"}}, "fay", "fay", RoleAgent, 2, 3, false},
	} {
		p.says(test.claims)
		a := r.comesBack(r.viaProvider(p, "/board"))
		a.leads(t, "/board")
		who := r.anybody()
		who.header.Set("Cookie", a.session(t))
		me := who.get("/v1/login").want(t, 200)
		if me.text("user", "name") != test.name || me.text("user", "display_name") != test.display || me.text("user", "role") != string(test.role) ||
			len(me.at("user", "queues").([]any)) != test.queues || me.number("user", "capacity") != test.seats {
			t.Errorf("%v is %s", test.claims, me.body)
		}
		if board := who.page("/board"); (board.status == 200) != test.opensTheBoards {
			t.Errorf("%s and the board: %d", test.name, board.status)
		}
	}
}

func TestSignInAtTheProviderIsRefusedUnlessAllOfItHolds(t *testing.T) {
	r, p := oidcRig(t)
	good := map[string]any{"preferred_username": "eve", "groups": "leads"}
	stranger := must(rsa.GenerateKey(rand.Reader, 2048))
	for name, test := range map[string]struct {
		claims map[string]any
		spoil  func(jwt.MapClaims)
		signer *rsa.PrivateKey
		status int
	}{
		"no role of ours":        {claims: map[string]any{"preferred_username": "eve", "groups": []string{"guests"}}},
		"no roles at all":        {claims: map[string]any{"preferred_username": "eve"}},
		"no name":                {claims: map[string]any{"groups": "leads"}},
		"a name without an end":  {claims: map[string]any{"preferred_username": strings.Repeat("x", MaxID+1), "groups": "leads"}},
		"a name that is no text": {claims: map[string]any{"preferred_username": "eve\x1f", "groups": "leads"}},
		"another's signature":    {claims: good, signer: stranger},
		"for somebody else":      {claims: good, spoil: func(c jwt.MapClaims) { c["aud"] = "other" }},
		"by somebody else":       {claims: good, spoil: func(c jwt.MapClaims) { c["iss"] = "https://evil.example" }},
		"of another sign-in":     {claims: good, spoil: func(c jwt.MapClaims) { c["nonce"] = "another" }},
		"too old":                {claims: good, spoil: func(c jwt.MapClaims) { c["exp"] = r.clock.Now().Add(-time.Hour).Unix() }},
	} {
		p.claims, p.spoil, p.signer = test.claims, test.spoil, test.signer
		a := r.comesBack(r.viaProvider(p, "/"))
		if a.status != http.StatusForbidden || strings.Contains(strings.Join(a.header.Values("Set-Cookie"), " "), insecureCookie+"=") {
			t.Errorf("%s: %d %v", name, a.status, a.header.Values("Set-Cookie"))
		}
	}
	p.claims, p.spoil, p.signer = good, nil, nil
	back, cookie := r.viaProvider(p, "/")
	r.anybody().page(back).want(t, http.StatusBadRequest)                                          // another browser's answer
	r.comesBack("/login/oidc/callback?code=x&state=forged", cookie).want(t, http.StatusBadRequest) // a forged one
	r.comesBack(back+"&error=access_denied", cookie).want(t, http.StatusForbidden)                 // the provider says no
	r.comesBack(strings.Replace(back, "code=", "code=x", 1), cookie).want(t, http.StatusForbidden) // a code that is none
	_, other := r.viaProvider(p, "/")                                                              //
	r.comesBack(back, other).want(t, http.StatusBadRequest)                                        // of another attempt
	r.comesBack(back, cookie).leads(t, "/")                                                        // and the good one
	r.comesBack(back, cookie).want(t, http.StatusForbidden)                                        // the code is used up
	r.comesBack(r.viaProvider(p, "//evil.example")).leads(t, "/")                                  // never elsewhere
}

func TestUserOfTheProviderHasNoPassword(t *testing.T) {
	r, _ := oidcRig(t)
	for _, tried := range []string{"", "x", password} {
		a := r.anybody().browse("POST", "/login", url.Values{"name": {"dora"}, "password": {tried}})
		if a.status == http.StatusSeeOther {
			t.Errorf("dora signs in with %q", tried)
		}
	}
	if _, err := New(Options{Engine: r.engine, Clock: r.clock, Log: r.server.log, Node: "n", Users: []User{{Name: "x", Role: RoleAgent}}}); err == nil {
		t.Error("a user without a password is taken without a provider")
	}
}

func TestProviderThatIsAwayIsSaidAndKeepsNobodyElseOut(t *testing.T) {
	r, p := oidcRig(t)
	p.Close()
	a := r.anybody().page("/login/oidc").want(t, http.StatusServiceUnavailable)
	if !contains(a.body, "the provider cannot be reached") || contains(a.body, "refused") {
		t.Errorf("it is said as %s", a.body)
	}
	r.person("sue").get("/v1/login").want(t, 200)
	newRig(t).anybody().page("/login/oidc").want(t, 404)
	newRig(t).anybody().page("/login/oidc/callback?code=a&state=b").want(t, 404)
}

func TestComingBackFromTheProviderCountsAsATry(t *testing.T) {
	r, _ := oidcRig(t)
	for range 30 {
		r.comesBack("/login/oidc/callback?code=guessed&state=s", "handoff-oidc=s.n.v.Lw").want(t, http.StatusForbidden)
	}
	r.comesBack("/login/oidc/callback?code=guessed&state=s", "handoff-oidc=s.n.v.Lw").want(t, http.StatusTooManyRequests)
}

func TestAddressThatIsNotConfirmedNamesNobody(t *testing.T) {
	p := &identityProvider{options: OIDC{NameClaim: "email", RoleClaim: "groups", Roles: map[string]Role{"leads": RoleSupervisor}}}
	claims := map[string]any{"email": "sue@shop.example", "email_verified": false, "groups": "leads"}
	if who, err := p.identityOf(claims); !errors.Is(err, errNoName) {
		t.Errorf("it names %+v, %v", who, err)
	}
	claims["email_verified"] = true
	if who, err := p.identityOf(claims); err != nil || who.name != "sue@shop.example" {
		t.Errorf("a confirmed one names %+v, %v", who, err)
	}
}

func TestSessionEndsWithTheRoleThatTheProviderGaveIt(t *testing.T) {
	r, p := oidcRig(t)
	p.says(map[string]any{"preferred_username": "eve", "groups": "leads"})
	eve := r.anybody()
	eve.header.Set("Cookie", r.comesBack(r.viaProvider(p, "/")).session(t))
	eve.get("/v1/queues").want(t, 200)
	delete(r.server.provider.options.Roles, "leads")
	eve.get("/v1/queues").problem(t, 401, codeNotSignedIn)
}

func TestSignInWaitsForASilentProviderNoLongerThanItsRequest(t *testing.T) {
	asked, release := make(chan struct{}, 2), make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	}))
	defer silent.Close()
	defer close(release)
	p := newIdentityProvider(&OIDC{Issuer: silent.URL}, newSpyClock(time.Unix(1e9, 0)))
	discover := func() (giveUp context.CancelFunc, ended <-chan error) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := p.discover(ctx)
			done <- err
		}()
		return cancel, done
	}
	stopFirst, first := discover()
	<-asked
	stopSecond, second := discover()
	for _, one := range []struct {
		stop  func()
		ended <-chan error
	}{{stopSecond, second}, {stopFirst, first}} {
		one.stop()
		select {
		case err := <-one.ended:
			if err == nil {
				t.Error("a provider that says nothing is known")
			}
		case <-time.After(guard):
			t.Fatal("somebody who gave up still waits")
		}
	}
}
