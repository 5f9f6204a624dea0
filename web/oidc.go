package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"handoff/orchestrator"
)

// OIDC is a provider of OpenID Connect at which people sign in, by the code flow with PKCE.
type OIDC struct {
	Issuer       string
	ClientID     string
	ClientSecret string // empty: a public client
	RedirectURL  string // of our path /login/oidc/callback, as browsers reach it
	RoleClaim    string // the claim whose values Roles knows: a text or a list of texts
	NameClaim    string // the claim that names a person, in the name space of Options.Users
	Roles        map[string]Role
}

// providerTimeout bounds each call of the provider.
const providerTimeout = 10 * time.Second

// maxProviderAnswer is how many bytes of an answer of the provider are read.
const maxProviderAnswer = 1 << 20

// identityProvider is an OIDC with what it says of itself, which is read when somebody first signs in: that the provider is
// away must not keep the service from starting.
type identityProvider struct {
	options OIDC
	clock   orchestrator.Clock
	http    *http.Client

	turn     chan struct{} // is full while somebody looks at provider, or asks for it
	provider *oidc.Provider
}

func newIdentityProvider(o *OIDC, clock orchestrator.Clock) *identityProvider {
	if o == nil {
		return nil
	}
	return &identityProvider{options: *o, clock: clock, turn: make(chan struct{}, 1), http: &http.Client{
		Timeout: providerTimeout, Transport: limitedTransport{&http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}},
	}}
}

// limitedTransport cuts answers that are too long.
type limitedTransport struct{ next http.RoundTripper }

// RoundTrip is one call whose answer is read up to maxProviderAnswer.
func (t limitedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxProviderAnswer)
	}
	return res, err
}

// discover reads the provider's own description, once. Of the context the provider keeps the client alone, so that whoever
// asks waits no longer than their own call.
func (p *identityProvider) discover(ctx context.Context) (*oidc.Provider, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.provider != nil {
		return p.provider, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.http), p.options.Issuer)
	if err != nil {
		return nil, err
	}
	p.provider = provider
	return provider, nil
}

func (p *identityProvider) client(provider *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret, RedirectURL: p.options.RedirectURL,
		Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
}

// attempt is one sign-in that is under way; the browser keeps it in a cookie until it comes back.
type attempt struct {
	state, nonce, verifier string
}

// begin answers where the browser goes to sign in.
func (p *identityProvider) begin(ctx context.Context, a attempt) (string, error) {
	provider, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.client(provider).AuthCodeURL(a.state, oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier)), nil
}

// identity is whom the provider says somebody is.
type identity struct {
	name, shown string
	role        Role
}

var (
	errNoRole = errors.New("none of the roles that the provider gives is one here")
	errNoName = errors.New("the provider gives no name that can be used here")
)

// finish redeems the code and checks the token: signature, issuer, audience, time and nonce.
func (p *identityProvider) finish(ctx context.Context, a attempt, code string) (identity, error) {
	provider, err := p.discover(ctx)
	if err != nil {
		return identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	token, err := p.client(provider).Exchange(ctx, code, oauth2.VerifierOption(a.verifier))
	if err != nil {
		return identity{}, fmt.Errorf("redeeming the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return identity{}, errors.New("the provider's answer holds no id_token")
	}
	checked, err := provider.Verifier(&oidc.Config{ClientID: p.options.ClientID, Now: p.clock.Now}).Verify(ctx, raw)
	if err != nil {
		return identity{}, err
	}
	if !sameToken(checked.Nonce, a.nonce) {
		return identity{}, errors.New("the id_token is of another sign-in")
	}
	claims := map[string]any{}
	if err := checked.Claims(&claims); err != nil {
		return identity{}, err
	}
	return p.identityOf(claims)
}

// gives reports whether the provider gives a role to anybody.
func (p *identityProvider) gives(role Role) bool {
	return slices.Contains(slices.Collect(maps.Values(p.options.Roles)), role)
}

func (p *identityProvider) identityOf(claims map[string]any) (identity, error) {
	var who identity
	who.name, _ = claims[p.options.NameClaim].(string)
	if who.name == "" || len([]rune(who.name)) > MaxID || strings.ContainsFunc(who.name, unicode.IsControl) {
		return who, errNoName
	}
	if confirmed, told := claims["email_verified"].(bool); p.options.NameClaim == "email" && told && !confirmed {
		return identity{}, errNoName // anybody could have entered it
	}
	shown, _ := claims["name"].(string)
	if who.shown = cmp.Or(shown, who.name); len([]rune(who.shown)) > MaxName {
		who.shown = who.name
	}
	given := textsOf(claims[p.options.RoleClaim])
	for _, role := range []Role{RoleAdmin, RoleSupervisor, RoleAgent} { // the highest counts
		if slices.ContainsFunc(given, func(value string) bool { return p.options.Roles[value] == role }) {
			who.role = role
			return who, nil
		}
	}
	return who, errNoRole
}

// textsOf reads a claim that is a text or a list of texts.
func textsOf(claim any) []string {
	if text, ok := claim.(string); ok {
		return []string{text}
	}
	var texts []string
	list, _ := claim.([]any)
	for _, item := range list {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
