package main

import (
	"reflect"
	"strings"
	"time"

	"handoff/connectors/bots/native"
	"handoff/orchestrator"
)

// nativeSettings are the keys of a bot of kind native beside those that every bot has.
type nativeSettings struct {
	CallbackToken Secret        `koanf:"callback_token"`
	CloudEvents   bool          `koanf:"cloud_events"`
	NotesToBot    bool          `koanf:"notes_to_bot"`
	Timeout       time.Duration `koanf:"timeout"`
}

func nativeBot(b BotConfig, at string, found *problems) botOpener {
	s := nativeSettings{NotesToBot: true}
	before := len(found.list)
	decodeInto(&s, b.Settings, at, found, keysAt(reflect.TypeFor[BotConfig](), "")...)
	readSecret(&s.CallbackToken, below(at, "callback_token"), found)
	if len(found.list) > before {
		return nil
	}
	cfg := native.Config{
		Name: orchestrator.ConnectorName(b.Name), Secrets: reveal(b.Secrets), Tokens: reveal(b.Tokens), Callback: b.Callback,
		CallbackToken: s.CallbackToken.Reveal(), AllowPrivateCallback: b.AllowPrivateCallback, CloudEvents: s.CloudEvents,
		WithoutNotes: !s.NotesToBot,
		Timeout:      s.Timeout,
	}
	if err := cfg.Validate(); err != nil {
		addEach(found, at, err)
		return nil
	}
	return func(w connectorWorld) (orchestrator.Bot, error) { return cfg.Open(w.clock) }
}

// hiddenSettings are the keys of any kind whose values are secrets, so that printing hides them.
func hiddenSettings(key string) bool {
	return key == "token" || strings.HasSuffix(key, "_token") || strings.HasSuffix(key, "_secret") ||
		strings.HasSuffix(key, "password") || strings.HasSuffix(key, "_key")
}
