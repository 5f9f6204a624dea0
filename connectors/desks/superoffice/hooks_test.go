package superoffice_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"testing"

	"handoff/connectors/desks/superoffice"
	"handoff/connectors/desks/superoffice/sim"
	"handoff/orchestrator"
)

// Vector of the vendor's signature: the secret, the body and what both give.
const (
	vectorSecret    = "Something Super Secret"
	vectorBody      = `{"EventId":"e87ac619-c864-4881-89eb-07ca5521ee2c","Event":"chatsession.message","PrimaryKey":178105}`
	vectorSignature = "dCQYP/ZYjVkjGoQq7qdBQHfezstU0JM4h1b73qKtwPY="
)

func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestOnlySignedWebhooksAreTaken(t *testing.T) {
	s := setUp(orchestrator.SystemClock{}, superoffice.SeatAgent, func(_ *sim.Options, c *superoffice.Config) {
		c.HookSecret, c.OldHookSecret = "the new one", vectorSecret
	})
	defer s.close()
	desk := s.open(t)
	const test = `{"Event":"test","PrimaryKey":0,"Entity":"test"}`
	for name, hook := range map[string]struct {
		signature, body string
		status          int
	}{
		"signed with the old secret":  {vectorSignature, vectorBody, 0},
		"signed with the new secret":  {sign("the new one", vectorBody), vectorBody, 0},
		"the vendor's test":           {sign("the new one", test), test, 0},
		"of another tenant":           {sign("the new one", `{"Event":"chatsession.created","PrimaryKey":1,"ContextIdentifier":"Cust9"}`), `{"Event":"chatsession.created","PrimaryKey":1,"ContextIdentifier":"Cust9"}`, 0},
		"changed on the way":          {vectorSignature, vectorBody + " ", http.StatusUnauthorized},
		"signed with another secret":  {sign("guessed", vectorBody), vectorBody, http.StatusUnauthorized},
		"signed with an empty secret": {sign("", vectorBody), vectorBody, http.StatusUnauthorized},
		"not signed":                  {"", vectorBody, http.StatusUnauthorized},
		"no JSON":                     {sign("the new one", "{"), "{", http.StatusBadRequest},
	} {
		events, err := desk.DecodeHook(http.Header{"X-Superoffice-Signature": {hook.signature}}, []byte(hook.body))
		status := 0
		if refused, ok := errors.AsType[*orchestrator.InputError](err); ok {
			status = refused.Status
		}
		if status != hook.status || len(events) != 0 {
			t.Errorf("%s: %d, %v, %d events; want %d", name, status, err, len(events), hook.status)
		}
	}
}

func TestAWebhookThatCannotBeNotedIsAskedForAgain(t *testing.T) {
	s := setUp(orchestrator.SystemClock{}, superoffice.SeatAgent, nil)
	defer s.close()
	desk := s.open(t)
	s.memory.broken.Store(true)
	_, err := desk.DecodeHook(http.Header{"X-Superoffice-Signature": {sign(hookSecret, vectorBody)}}, []byte(vectorBody))
	var refused *orchestrator.InputError
	if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable {
		t.Errorf("it is answered with %v", err)
	}
}
