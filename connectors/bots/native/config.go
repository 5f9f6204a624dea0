package native

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"handoff/connectors/internal/breaker"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// Prefixes of secrets.
const (
	prefixSecret = "whsec_" // v1: 24 to 64 random bytes in base64; signs both ways
	prefixPublic = "whpk_"  // v1a: an ed25519 public key in base64; checks what comes in
)

// Lengths of keys.
const (
	leastSecret, mostSecret = 24, 64 // bytes
	leastToken, mostToken   = 16, 512
)

// Config is what a native bot can be told.
type Config struct {
	// Name is the bot's name in paths, policies and logs.
	Name orchestrator.ConnectorName
	// Secrets are one to three active keys, each "whsec_…" or "whpk_…". Any of them may have signed what comes in; what goes
	// out is signed with every whsec_ one, so that a secret can be changed without a gap. Required unless there are Tokens.
	Secrets []string
	// Tokens are up to three active Bearer keys for platforms that cannot sign.
	Tokens []string
	// Callback is where the bot is told what happens; https, or http with AllowPrivateCallback. Empty: it reads its feed.
	Callback string
	// CallbackToken is sent as Authorization: Bearer with each callback, beside the signatures.
	CallbackToken string
	// AllowPrivateCallback lets the callback go to loopback, private and link-local addresses.
	AllowPrivateCallback bool
	// CloudEvents sends callbacks as CloudEvents 1.0 in structured mode.
	CloudEvents bool
	// WithoutNotes keeps the internal notes of people from the bot, in callbacks and feed.
	WithoutNotes bool
	// Timeout of one callback; zero means 10 s.
	Timeout time.Duration
}

// Validate reports everything that is wrong, joined; each error begins with the key, as in "secrets[1]: …", and shows no secret.
func (c Config) Validate() error {
	f := &settings.Faults{}
	f.Name(c.Name)
	if len(c.Secrets) == 0 && len(c.Tokens) == 0 {
		f.Add("secrets", "a bot needs at least one of secrets or tokens")
	}
	f.AtMost("secrets", len(c.Secrets), MaxSecrets)
	f.AtMost("tokens", len(c.Tokens), MaxSecrets)
	for i, s := range c.Secrets {
		_, _, err := parseSecret(s)
		f.Check(fmt.Sprintf("secrets[%d]", i), err)
	}
	for i, t := range c.Tokens {
		f.Check(fmt.Sprintf("tokens[%d]", i), checkToken(t))
	}
	settings.Between(f, "timeout", c.Timeout, 0, maxTimeout)
	c.checkCallback(f)
	return f.Err()
}

// checkCallback: where the bot is told what happens, and with what a call shows that it is ours.
func (c Config) checkCallback(f *settings.Faults) {
	if c.CallbackToken != "" {
		f.Check("callback_token", checkToken(c.CallbackToken))
	}
	if c.Callback == "" {
		if c.CallbackToken != "" {
			f.Add("callback_token", "there is no callback")
		}
		return
	}
	u, err := settings.Address(c.Callback, c.AllowPrivateCallback, "allow_private_callback")
	signs := slices.ContainsFunc(c.Secrets, func(s string) bool { return strings.HasPrefix(s, prefixSecret) })
	switch {
	case err != nil:
		f.Check("callback", err)
	case u.Fragment != "":
		f.Add("callback", "must not have a fragment")
	case c.CallbackToken != "" && u.User != nil:
		f.Add("callback_token", "the callback has user and password already; a request can carry one of them")
	case c.CallbackToken == "" && !signs:
		f.Add("callback", "needs a whsec_ secret to sign with, or a callback_token")
	}
}

// Open makes the bot. It makes no call and starts no goroutine until it is told something.
func (c Config) Open(clock orchestrator.Clock) (*Bot, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("native bot %q: %w", c.Name, err)
	}
	keys, err := openKeys(c.Secrets, c.Tokens)
	if err != nil {
		return nil, fmt.Errorf("native bot %q: %w", c.Name, err)
	}
	b := &Bot{
		name: c.Name, keys: keys, clock: clock,
		callbackToken: c.CallbackToken, cloudEvents: c.CloudEvents, withoutNotes: c.WithoutNotes, source: "/bots/" + string(c.Name),
		calls: breaker.NewGuard(c.Name, clock),
		client: outbound.New(outbound.Options{
			Connector: c.Name, Clock: clock, AllowPrivate: c.AllowPrivateCallback, Rules: outbound.Webhooks, Timeout: c.Timeout,
			MaxRequest: MaxCallback,
			Secrets:    append(append([]string{c.CallbackToken}, c.Secrets...), c.Tokens...),
		}),
	}
	if c.Callback != "" {
		if b.callback, err = url.Parse(c.Callback); err != nil {
			return nil, fmt.Errorf("native bot %q: callback: is not a URL", c.Name)
		}
	}
	return b, nil
}

// parseSecret answers the secret of v1, or the public key of v1a.
func parseSecret(s string) ([]byte, ed25519.PublicKey, error) {
	kind := prefixSecret
	if strings.HasPrefix(s, prefixPublic) {
		kind = prefixPublic
	}
	encoded, ok := strings.CutPrefix(s, kind)
	if !ok {
		return nil, nil, errors.New("must begin with whsec_ or whpk_")
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case err != nil: // the error would show a part of it
		return nil, nil, fmt.Errorf("must be %s and base64", kind)
	case kind == prefixPublic && len(raw) != ed25519.PublicKeySize:
		return nil, nil, fmt.Errorf("a public key has %d bytes, not %d", ed25519.PublicKeySize, len(raw))
	case kind == prefixPublic:
		return nil, raw, nil
	case len(raw) < leastSecret || len(raw) > mostSecret:
		return nil, nil, fmt.Errorf("a secret has %d to %d bytes, not %d", leastSecret, mostSecret, len(raw))
	}
	return raw, nil, nil
}

func checkToken(t string) error {
	if len(t) < leastToken || len(t) > mostToken {
		return fmt.Errorf("must have %d to %d characters", leastToken, mostToken)
	}
	for _, r := range t {
		if r <= ' ' || r > unicode.MaxASCII || r == 0x7f {
			return errors.New("must hold visible ASCII characters only")
		}
	}
	return nil
}
