package web

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// badScene is what bad requests meet: one conversation of each kind, and nothing that works on its own any more.
type badScene struct {
	r       *rig
	callers map[string]*caller
	names   *strings.Replacer // {served} to the id
	hide    *strings.Replacer // and back
}

// newBadScene plays what goes before, then stops the lanes and the desk, so that whatever is stored from now on was
// stored by a request.
func newBadScene(r *rig) *badScene {
	s := &badScene{r: r, callers: map[string]*caller{}}
	anna, served := r.served("c-served")
	s.callers["anna"], s.callers["ben"], s.callers["sue"] = anna, r.person("ben"), r.person("sue")
	s.callers["ada"] = r.person("ada")
	s.callers["shop"], s.callers["other"] = r.bot(), r.bearer(otherKey)
	offered := r.handoff("c-offered").text("id")
	r.reach(offered, orchestrator.StateOffered)
	web, ann, begun := r.begin()
	foreign, _, _ := r.begin()
	ended, gone, _ := r.begin()
	gone.act(ended, "end").want(r.t, 200)
	buried := string(r.bury(foreign))
	s.callers["ann"], s.callers["gone"] = ann, gone
	anna.post("/v1/conversations/"+served+"/notes", noteBody{"seen"}, "Idempotency-Key", "k1").want(r.t, 200)
	used := r.event("c-served", "context.updated", map[string]any{"attributes": map[string]any{"a": "b"}})
	used["id"] = "evt_used"
	r.bot().post("/v1/bots/shop/events", used).want(r.t, 202)
	for range 5 {
		r.anybody().post("/v1/login", loginBody{"cleo", "wrong"}).want(r.t, 401)
	}
	r.anybody().post("/v1/conversations", `{"bot":"shop","conversation_id":"taken","user":{"id":"u-8"}}`, "Origin", shopOrigin).want(r.t, 201)
	r.pause()

	names := []string{
		"{served}", served, "{offered}", offered, "{web}", web, "{foreign}", foreign, "{ended}", ended,
		"{external}", begun.text("conversation_id"), "{command}", buried, "{key}", otherKey,
		"{token-expired}", r.token(web, tokenIssuer, -time.Second, nil),
		"{token-forged}", r.token(web, tokenIssuer, time.Hour, []byte("a key of somebody else, 32 bytes")),
		"{token-issuer}", r.token(web, "somebody", time.Hour, nil),
		"{token-unsigned}", unsigned(web),
	}
	s.names = strings.NewReplacer(names...)
	back := []string{"{command}"} // holds another id, so it comes first
	back = append([]string{buried}, back...)
	for i := 0; i < 10; i += 2 {
		back = append(back, names[i+1], names[i])
	}
	s.hide = strings.NewReplacer(back...)
	return s
}

func (s *badScene) caller(name string) *caller {
	if name == "" {
		return s.r.anybody()
	}
	return s.callers[name]
}

// token is a conversation token as somebody might make one; the installation's own secret signs it if key is nil.
func (r *rig) token(id, issuer string, left time.Duration, key []byte) string {
	if key == nil {
		key = must(r.store.Secret(context.Background(), tokenSecret))
	}
	return must(jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: issuer, Subject: id, ExpiresAt: jwt.NewNumericDate(r.clock.Now().Add(left)),
	}).SignedString(key))
}

// unsigned is a token that says of itself that it needs no signature.
func unsigned(id string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." +
		encode([]byte(`{"iss":"handoff","sub":"`+id+`","exp":9999999999}`)) + "."
}

// signedAs are the headers of an empty object, signed with a secret at a time.
func signedAs(secret string, at time.Time) []string {
	client := sim.Client{Secret: secret, Clock: orchestrator.NewStepClock(at)}
	var header []string
	for name, values := range must(client.Sign("evt_1", "application/json", []byte("{}"))) {
		header = append(header, name, values[0])
	}
	return header
}
