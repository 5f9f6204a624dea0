package native_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"handoff/connectors/bots/native"
)

func TestEachBadSettingIsNamedWithoutShowingASecret(t *testing.T) {
	short := base64.StdEncoding.EncodeToString([]byte("too short a secret"))
	for _, tc := range []struct {
		change func(*native.Config)
		want   string
	}{
		{func(c *native.Config) { c.Name = "" }, "name: must have 1 to 64 characters"},
		{func(c *native.Config) { c.Name = "My Shop" }, "name: may hold a-z, 0-9, - and _ only, not 'M'"},
		{func(c *native.Config) { c.Secrets = nil }, "secrets: a bot needs at least one of secrets or tokens"},
		{func(c *native.Config) { c.Secrets = []string{secret, secret, secret, other} }, "secrets: has 4 entries, 3 is the limit"},
		{func(c *native.Config) { c.Secrets = []string{secret, secret[6:]} }, "secrets[1]: must begin with whsec_ or whpk_"},
		{func(c *native.Config) { c.Secrets = []string{"whsec_" + short} }, "secrets[0]: a secret has 24 to 64 bytes, not 18"},
		{func(c *native.Config) { c.Secrets = []string{"whsec_not base64"} }, "secrets[0]: must be whsec_ and base64"},
		{func(c *native.Config) { c.Secrets = []string{"whpk_" + short} }, "secrets[0]: a public key has 32 bytes, not 18"},
		{func(c *native.Config) { c.Tokens = []string{token, "short"} }, "tokens[1]: must have 16 to 512 characters"},
		{func(c *native.Config) { c.Tokens = []string{strings.Repeat("ü", 16)} }, "tokens[0]: must hold visible ASCII characters only"},
		{func(c *native.Config) { c.Tokens = []string{token, token, token, token} }, "tokens: has 4 entries, 3 is the limit"},
		{func(c *native.Config) { c.Callback = "shop.example/in" }, "callback: must be an https URL"},
		{func(c *native.Config) { c.Callback = "http://shop.example/in" }, "callback: must be https (http is for private addresses, with allow_private_callback)"},
		{func(c *native.Config) { c.Callback = "https://ann:hunter22@shop.example:x/in" }, "callback: is not a URL"},
		{func(c *native.Config) { c.Callback = "https://shop.example/in#top" }, "callback: must not have a fragment"},
		{func(c *native.Config) { c.Callback, c.Secrets = "https://shop.example/in", []string{public} },
			"callback: needs a whsec_ secret to sign with, or a callback_token"},
		{func(c *native.Config) { c.CallbackToken = token }, "callback_token: there is no callback"},
		{func(c *native.Config) { c.Callback, c.CallbackToken = "https://shop.example/in", "short" }, "callback_token: must have 16 to 512 characters"},
		{func(c *native.Config) { c.Callback, c.CallbackToken = "https://ann:hunter22@shop.example/in", token },
			"callback_token: the callback has user and password already; a request can carry one of them"},
		{func(c *native.Config) { c.Timeout = time.Hour }, "timeout: must lie between 0s and 1m0s, not 1h0m0s"},
	} {
		c := native.Config{Name: "shop", Secrets: []string{secret}}
		tc.change(&c)
		err := c.Validate()
		if err == nil || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
		if _, err := c.Open(clock); err == nil {
			t.Errorf("opened although %s", tc.want)
		}
		for _, s := range []string{"hunter22", secret[6:], short} {
			if strings.Contains(fmt.Sprint(err), s) {
				t.Errorf("%v shows %s", err, s)
			}
		}
	}
}

func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	err := native.Config{Name: "?", Secrets: []string{"a", "b"}, Tokens: []string{"c"}, Callback: "d"}.Validate()
	if got := len(strings.Split(err.Error(), "\n")); got != 5 {
		t.Errorf("%d lines: %v", got, err)
	}
}

func TestGoodSettingsOpen(t *testing.T) {
	for _, c := range []native.Config{
		{Name: "shop", Secrets: []string{secret}},
		{Name: "shop", Tokens: []string{token}},
		{Name: "shop-2_x", Secrets: []string{secret, other, public}, Tokens: []string{token, secondToken}, Callback: "https://shop.example/in?k=v"},
		{Name: "shop", Tokens: []string{token}, Callback: "http://127.0.0.1:8080/in", CallbackToken: secondToken, AllowPrivateCallback: true},
	} {
		bot, err := c.Open(clock)
		if err != nil {
			t.Error(err)
			continue
		}
		if bot.Hears() != (c.Callback != "") || bot.Manifest().TypingOut != bot.Hears() {
			t.Errorf("%+v hears: %v", c.Callback, bot.Hears())
		}
	}
}
