package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestCustomersAreSlowedDown(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Customer = Rate{1, 3} })
	id, ann, _ := r.begin()
	for range 3 {
		ann.get("/v1/conversations/"+id).want(t, 200)
	}
	if a := ann.get("/v1/conversations/"+id).problem(t, 429, codeRateLimited); a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	r.clock.Advance(time.Second)
	ann.get("/v1/conversations/"+id).want(t, 200)
}

func TestBotsPeopleAndBrowsersHaveLimitsOfTheirOwn(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Rates.Bot, o.Rates.User, o.Rates.Start = Rate{1, 1}, Rate{1, 1}, Rate{1, 1}
	})
	r.begin()
	r.anybody().post("/v1/conversations", map[string]any{"bot": "shop", "user": map[string]any{"id": "u"}}, "Origin",
		shopOrigin).problem(t, 429, codeRateLimited)
	r.bot().get("/v1/conversations").want(t, 200)
	r.bot().post("/v1/bots/shop/events", r.event("c-1", "context.updated", map[string]any{})).problem(t, 429,
		codeRateLimited)
	r.bearer(otherKey).get("/v1/conversations").want(t, 200)
	anna := r.person("anna")
	anna.get("/v1/queues").want(t, 200)
	anna.get("/v1/queues").problem(t, 429, codeRateLimited)
	r.person("ben").get("/v1/queues").want(t, 200)
}

func TestGuessingKeysIsSlowedDownAndOthersAreNot(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Rates.Refused = Rate{1, 3}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	guess := r.bearer("guessed-key-0123456789")
	for range 3 {
		guess.get("/v1/conversations", "X-Forwarded-For", "203.0.113.7").problem(t, 401, codeInvalidToken)
	}
	guess.get("/v1/conversations", "X-Forwarded-For", "203.0.113.7").problem(t, 429, codeRateLimited)
	guess.post("/v1/bots/shop/events", struct{}{}, "X-Forwarded-For", "203.0.113.7").problem(t, 429, codeRateLimited)
	r.bot().get("/v1/conversations", "X-Forwarded-For", "203.0.113.8").want(t, 200)
}

func TestForwardedAddressCountsOnlyFromATrustedProxy(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Refused = Rate{1, 1} })
	guess := r.bearer("guessed-key-0123456789")
	guess.get("/v1/conversations", "X-Forwarded-For", "203.0.113.7").problem(t, 401, codeInvalidToken)
	guess.get("/v1/conversations", "X-Forwarded-For", "203.0.113.8").problem(t, 429, codeRateLimited)
}

// behindAProxy believes the forwarded addresses of what calls from this machine.
func behindAProxy(o *Options) {
	o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

func TestAddressesOfOneIPv6NetworkShareItsLimit(t *testing.T) {
	r := newRig(t, behindAProxy, func(o *Options) { o.Rates.Refused, o.Rates.LoginIP, o.Rates.Start = Rate{1, 1}, Rate{1, 1}, Rate{1, 1} })
	start := map[string]any{"bot": "shop", "user": map[string]any{"id": "u"}}
	for i, from := range []string{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1", "198.51.100.7", "198.51.100.8"} {
		guess := r.bearer("guessed-key-0123456789").get("/v1/conversations", "X-Forwarded-For", from)
		login := r.anybody().post("/v1/login", login("name-"+from[len(from)-1:], "wrong"), "X-Forwarded-For", from)
		begun := r.anybody().post("/v1/conversations", start, "Origin", shopOrigin, "X-Forwarded-For", from)
		want := [3]int{401, 401, 201}
		if i == 1 {
			want = [3]int{429, 429, 429}
		}
		if got := [3]int{guess.status, login.status, begun.status}; got != want {
			t.Errorf("from %s: a guessed key, a sign-in and a beginning are answered %v, want %v", from, got, want)
		}
	}
}

func TestStrangersUseUpNothingOfWhatAVendorMaySend(t *testing.T) {
	desk := &hookDesk{decode: func(h http.Header, _ []byte) ([]orchestrator.Event, error) {
		if h.Get("X-Signature") != "good" {
			return nil, refusal(codeInvalidSignature, "the signature does not match")
		}
		return nil, nil
	}}
	r := newRig(t, behindAProxy, func(o *Options) {
		o.Desks["vendor"] = desk
		o.Rates.Hook, o.Rates.Refused = Rate{1, 1}, Rate{1, 3}
	})
	notify := func(from, signature string) *answer {
		return r.anybody().post("/v1/desks/vendor/hooks", struct{}{}, "X-Forwarded-For", from, "X-Signature", signature)
	}
	for range 3 {
		notify("203.0.113.7", "forged").problem(t, 401, codeInvalidSignature)
	}
	notify("203.0.113.7", "forged").problem(t, 429, codeRateLimited)
	notify("203.0.113.8", "good").want(t, 200)
	notify("203.0.113.8", "good").problem(t, 429, codeRateLimited)
}

func TestBodiesHaveALimit(t *testing.T) {
	r := newRig(t)
	big := `{"name":"` + strings.Repeat("x", MaxBody) + `"}`
	r.anybody().post("/v1/login", big).problem(t, 413, codeTooLarge)
	r.bot().post("/v1/bots/shop/events", big).problem(t, 413, codeTooLarge)

	conn := must(net.Dial("tcp", strings.TrimPrefix(r.url, "http://")))
	defer conn.Close()
	_, err := conn.Write([]byte("POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"))
	for i := 0; err == nil && i <= MaxBody/1024; i++ {
		_, err = conn.Write([]byte("400\r\n" + strings.Repeat("x", 1024) + "\r\n"))
	}
	if err == nil {
		_, err = conn.Write([]byte("0\r\n\r\n"))
	}
	if err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 12)
	if _, err := conn.Read(answer); err != nil || string(answer) != "HTTP/1.1 413" {
		t.Errorf("a body without a length is answered %q, %v", answer, err)
	}
}

func TestLimiterForgetsWhoIsQuiet(t *testing.T) {
	clock := orchestrator.NewStepClock(time.Unix(1e9, 0))
	l := newLimiter(clock, "rate_limits.customer", Rate{1, 2})
	for i := range maxBuckets {
		l.take(string(rune(i)))
	}
	clock.Advance(time.Second)
	l.take("one more")
	if len(l.buckets) != 1 {
		t.Errorf("%d buckets are remembered", len(l.buckets))
	}
}

func TestHeadersHaveALimit(t *testing.T) {
	r := newRig(t)
	req := must(http.NewRequest("GET", r.url+"/healthz", nil))
	req.Header.Set("X-Long", strings.Repeat("x", 2*MaxHeaders))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return // the server hung up before it was all sent
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", res.StatusCode)
	}
}
