package native_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"handoff/connectors/bots/native"
	"handoff/orchestrator"
)

func vector(signature string) http.Header {
	return header("application/json", "webhook-id", vectorID, "webhook-timestamp", vectorTime, "webhook-signature", signature)
}

// code is what a refusal is called, with its status.
func code(t *testing.T, err error) (string, int) {
	t.Helper()
	if err == nil {
		return "", 0
	}
	var refused *orchestrator.InputError
	if !errors.As(err, &refused) {
		t.Fatalf("%v is no input error", err)
	}
	return refused.Code, refused.Status
}

func TestTheStandardVectorsAreAccepted(t *testing.T) {
	for name, secrets := range map[string][]string{"v1": {secret}, "v1a": {public}, "both": {other, public, secret}} {
		bot := open(t, func(c *native.Config) { c.Secrets = secrets })
		for _, signature := range []string{vectorV1, vectorV1a, "v1,bm90aGluZw== " + vectorV1 + " " + vectorV1a, vectorV1a + " v2,xx " + vectorV1} {
			err := bot.Authenticate(vector(signature), []byte(vectorBody), now)
			wants := name == "both" || name == "v1" && strings.Contains(signature, vectorV1) || name == "v1a" && strings.Contains(signature, vectorV1a)
			if (err == nil) != wants {
				t.Errorf("%s, %s: %v", name, signature, err)
			}
		}
	}
}

func TestASignatureCoversIDTimeAndBody(t *testing.T) {
	bot := open(t, func(c *native.Config) { c.Secrets = []string{secret, public} })
	for name, change := range map[string]func(http.Header, *string){
		"id":        func(h http.Header, _ *string) { h.Set("webhook-id", vectorID+"2") },
		"time":      func(h http.Header, _ *string) { h.Set("webhook-timestamp", "1795292101") },
		"body":      func(_ http.Header, b *string) { *b += " " },
		"signature": func(h http.Header, _ *string) { h.Set("webhook-signature", strings.ToLower(vectorV1)) },
		"version":   func(h http.Header, _ *string) { h.Set("webhook-signature", "v2"+vectorV1[2:]) },
		"no base64": func(h http.Header, _ *string) { h.Set("webhook-signature", "v1a,!!! v1,!!!") },
		"wrong way": func(h http.Header, _ *string) { h.Set("webhook-signature", "v1a"+vectorV1[2:]) },
		"words":     func(h http.Header, _ *string) { h.Set("webhook-timestamp", "now") },
		"fraction":  func(h http.Header, _ *string) { h.Set("webhook-timestamp", vectorTime+".0") },
		"too many":  func(h http.Header, _ *string) { h.Set("webhook-signature", strings.Repeat("v1,eA== ", 16)+vectorV1) },
	} {
		h, body := vector(vectorV1), vectorBody
		change(h, &body)
		if got, status := code(t, bot.Authenticate(h, []byte(body), now)); got != "invalid-signature" || status != 401 {
			t.Errorf("%s: %d %s", name, status, got)
		}
	}
}

func TestASignatureHoldsForFiveMinutesEitherWay(t *testing.T) {
	bot := open(t, nil)
	for offset, want := range map[time.Duration]string{
		0: "", 300 * time.Second: "", -300 * time.Second: "", 301 * time.Second: "stale-timestamp", -301 * time.Second: "stale-timestamp",
		24 * time.Hour: "stale-timestamp",
	} {
		if got, _ := code(t, bot.Authenticate(vector(vectorV1), []byte(vectorBody), now.Add(offset))); got != want {
			t.Errorf("%v: %q, want %q", offset, got, want)
		}
	}
}

func TestATimeInMillisecondsIsToldToBeFarAway(t *testing.T) {
	hook, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	inMilliseconds := time.Unix(start.UnixMilli(), 0) // the library writes seconds
	signature, err := hook.Sign(vectorID, inMilliseconds, []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	h := vector(signature)
	h.Set("webhook-timestamp", strconv.FormatInt(start.UnixMilli(), 10))
	if got, _ := code(t, open(t, nil).Authenticate(h, []byte(vectorBody), now)); got != "stale-timestamp" {
		t.Errorf("a signature over milliseconds is answered %q", got)
	}
}

func TestEveryActiveSecretOpensAndSigns(t *testing.T) {
	for _, s := range []string{secret, other} {
		hook, err := webhooks.NewWebhook(s)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := hook.Sign(vectorID, start, []byte(vectorBody))
		if err != nil {
			t.Fatal(err)
		}
		bot := open(t, func(c *native.Config) { c.Secrets = []string{other, secret} })
		if err := bot.Authenticate(vector(signature), []byte(vectorBody), now); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		alone := open(t, func(c *native.Config) { c.Secrets = []string{secret} })
		if err := alone.Authenticate(vector(signature), []byte(vectorBody), now); (err == nil) != (s == secret) {
			t.Errorf("%s with one secret: %v", s, err)
		}
	}
}

func TestCredentialsThatAreMissingOrWrong(t *testing.T) {
	tokens := func(c *native.Config) { c.Secrets, c.Tokens = nil, []string{token, secondToken} }
	secrets := func(c *native.Config) { c.Tokens = nil }
	for _, tc := range []struct {
		name   string
		change func(*native.Config)
		header http.Header
		code   string
		status int
	}{
		{"nothing, secrets", secrets, header(""), "missing-header", 400},
		{"nothing, tokens", tokens, header(""), "missing-header", 400},
		{"no id", nil, header("", "webhook-timestamp", vectorTime, "webhook-signature", vectorV1), "missing-header", 400},
		{"no time", nil, header("", "webhook-id", vectorID, "webhook-signature", vectorV1), "missing-header", 400},
		{"no signature", nil, header("", "webhook-id", vectorID, "webhook-timestamp", vectorTime), "missing-header", 400},
		{"signed, but the bot has tokens only", tokens, vector(vectorV1), "invalid-signature", 401},
		{"token, but the bot has secrets only", secrets, header("", "Authorization", "Bearer "+token), "invalid-token", 401},
		{"first token", tokens, header("", "Authorization", "Bearer "+token), "", 0},
		{"second token", tokens, header("", "Authorization", "bearer  "+secondToken), "", 0},
		{"wrong token", tokens, header("", "Authorization", "Bearer "+token+"x"), "invalid-token", 401},
		{"empty token", tokens, header("", "Authorization", "Bearer "), "invalid-token", 401},
		{"basic", tokens, header("", "Authorization", "Basic "+token), "invalid-token", 401},
		{"a bad signature beside a good token", nil, header("", "Authorization", "Bearer "+token, "webhook-id", vectorID,
			"webhook-timestamp", vectorTime, "webhook-signature", "v1,eA=="), "invalid-signature", 401},
	} {
		err := open(t, tc.change).Authenticate(tc.header, []byte(vectorBody), now)
		if got, status := code(t, err); got != tc.code || status != tc.status {
			t.Errorf("%s: %d %s, want %d %s", tc.name, status, got, tc.status, tc.code)
		}
	}
}

func TestTheLibraryAndTheCheckAgree(t *testing.T) {
	hook, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	bot := open(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[A-Za-z0-9._:~-]{1,40}`).Draw(t, "id")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		signature, err := hook.Sign(id, start, body)
		if err != nil {
			t.Fatal(err)
		}
		flipped := rapid.IntRange(-1, len(signature)-1).Draw(t, "flipped")
		if flipped >= 0 {
			signature = signature[:flipped] + string(signature[flipped]^1) + signature[flipped+1:]
		}
		h := header("application/json", "webhook-id", id, "webhook-timestamp", vectorTime, "webhook-signature", signature)
		ours, theirs := bot.Authenticate(h, body, now), hook.VerifyIgnoringTimestamp(body, h)
		if (ours == nil) != (theirs == nil) {
			t.Fatalf("we say %v, the library says %v", ours, theirs)
		}
	})
}
