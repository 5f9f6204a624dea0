package main

import (
	"reflect"
	"time"

	"handoff/connectors/desks/superoffice"
	"handoff/orchestrator"
)

// superofficeSettings are the keys of a desk of kind superoffice beside those that every vendor's desk has.
type superofficeSettings struct {
	URL           string        `koanf:"url"`
	Tenant        string        `koanf:"tenant"`
	LoginURL      string        `koanf:"login_url"`
	Username      string        `koanf:"username"`
	Password      Secret        `koanf:"password"`
	Token         Secret        `koanf:"token"`
	SystemToken   Secret        `koanf:"system_token"`
	PrivateKey    Secret        `koanf:"private_key"`
	AppToken      Secret        `koanf:"app_token"`
	HookSecret    Secret        `koanf:"hook_secret"`
	OldHookSecret Secret        `koanf:"old_hook_secret"`
	HookURL       string        `koanf:"hook_url"`
	PollEvery     time.Duration `koanf:"poll_every"`
	Nickname      string        `koanf:"nickname"`
	Topics        []string      `koanf:"topics"`
	KeepFetched   time.Duration `koanf:"keep_fetched"`
}

func superofficeDesk(d DeskConfig, at string, found *problems) deskOpener {
	var s superofficeSettings
	before := len(found.list)
	decodeInto(&s, d.Settings, at, found, keysAt(reflect.TypeFor[DeskConfig](), "")...)
	for _, secret := range []struct {
		key   string
		value *Secret
	}{
		{"password", &s.Password}, {"token", &s.Token}, {"system_token", &s.SystemToken}, {"private_key", &s.PrivateKey},
		{"app_token", &s.AppToken}, {"hook_secret", &s.HookSecret}, {"old_hook_secret", &s.OldHookSecret},
	} {
		readSecret(secret.value, below(at, secret.key), found)
	}
	if len(found.list) > before {
		return nil
	}
	cfg := superoffice.Config{
		Name: orchestrator.ConnectorName(d.Name), Seat: d.Seat, Bot: orchestrator.ConnectorName(d.Bot),
		AllowPrivate: d.AllowPrivateAddress, URL: s.URL, Tenant: s.Tenant, LoginURL: s.LoginURL, Username: s.Username,
		Password: s.Password.Reveal(), Token: s.Token.Reveal(), SystemToken: s.SystemToken.Reveal(),
		PrivateKey: s.PrivateKey.Reveal(), AppToken: s.AppToken.Reveal(), HookSecret: s.HookSecret.Reveal(),
		OldHookSecret: s.OldHookSecret.Reveal(), HookURL: s.HookURL, PollEvery: s.PollEvery, Nickname: s.Nickname,
		Topics: s.Topics, KeepFetched: s.KeepFetched,
	}
	if err := cfg.Validate(); err != nil {
		addEach(found, at, err)
		return nil
	}
	return func(w connectorWorld) (orchestrator.Desk, error) {
		cfg := cfg
		cfg.Queues = w.targets(d.Name)
		return cfg.Open(w.memory, w.clock, w.log)
	}
}
