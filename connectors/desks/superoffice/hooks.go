package superoffice

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// hookTimeout bounds what is done before a webhook is acknowledged: the vendor waits, and asks again when we fail.
const hookTimeout = 3 * time.Second

// DecodeHook takes a webhook: after checking its signature it writes down that something happened in the session, which is
// all that a webhook says, and lets the session be read. So it is answered at once and nothing is lost with this process. It
// answers no events.
func (d *Desk) DecodeHook(header http.Header, body []byte) ([]orchestrator.Event, error) {
	if !d.base.signed(header.Get("X-Superoffice-Signature"), body) {
		return nil, &orchestrator.InputError{
			Status: http.StatusUnauthorized, Code: "invalid-signature", Detail: "the signature does not match",
		}
	}
	h, err := decodeHook(body)
	if err != nil {
		return nil, &orchestrator.InputError{Status: http.StatusBadRequest, Code: "malformed-json", Detail: err.Error()}
	}
	foreign := d.base.config.Tenant != "" && h.Tenant != "" && !strings.EqualFold(h.Tenant, d.base.config.Tenant)
	if foreign || h.Key <= 0 || !strings.HasPrefix(h.Event, "chatsession.") {
		return nil, nil // the test event, or what we have not asked for
	}
	ctx, cancel := context.WithTimeout(context.Background(), hookTimeout)
	defer cancel()
	if err := d.base.noteHook(ctx, h, header.Get("X-Superoffice-Eventid")); err != nil {
		return nil, &orchestrator.InputError{
			Status: http.StatusServiceUnavailable, Code: orchestrator.CodeUnavailable, Detail: "it cannot be noted now; try again",
		}
	}
	return nil, nil
}

// noteHook marks the session: whoever reads it now reads it again.
func (b *base) noteHook(ctx context.Context, h *hook, id string) error {
	ref := h.Key.String()
	concerned, err := b.seat.concerns(ctx, ref, h)
	if err != nil || !concerned {
		return err
	}
	if err := b.keep(ctx, "hook", ref, noteHook, wording.Clip(id, maxHookID)+"."+number(b.hooksNoted.Add(1)).String()); err != nil {
		return err
	}
	b.pending.add(ref)
	return nil
}

// signed compares the signature, base64 of the HMAC-SHA256 of the raw body under the text of the secret (Webhook security),
// with that of the present secret and that of the old one.
func (b *base) signed(signature string, body []byte) bool {
	given, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(given) == 0 {
		return false
	}
	good := false
	for _, secret := range []string{b.config.HookSecret, b.config.OldHookSecret} {
		if secret == "" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if hmac.Equal(given, mac.Sum(nil)) {
			good = true
		}
	}
	return good
}

// checkHook registers our webhook, and switches it on again when the vendor has given it up: it does after nine failures in a
// row. The vendor calls us while it saves one, so this fails until we can be reached.
func (b *base) checkHook(ctx context.Context) error {
	if b.config.HookURL == "" {
		return nil
	}
	name := "handoff-" + string(b.Name)
	var all []webhook
	r := request{op: "webhook", method: http.MethodGet, path: "Webhook", query: map[string][]string{"nameFilter": {name}}}
	if err := b.decodeInto(ctx, r, &all); err != nil {
		return err
	}
	want := webhook{
		Name: name, Events: []string{"chatsession.created", "chatsession.changed", "chatsession.message"},
		Target: b.config.HookURL, Secret: b.config.HookSecret, State: "Active", Type: "webhook",
	}
	for _, one := range all {
		if one.Name != name {
			continue
		}
		if one.State == want.State && one.Target == want.Target {
			return nil
		}
		want.ID = one.ID
		_, err := b.call(ctx, request{op: "webhook", method: http.MethodPut, path: "Webhook/" + one.ID.String(), body: want})
		return err
	}
	_, err := b.call(ctx, request{op: "webhook", method: http.MethodPost, path: "Webhook", body: want})
	return err
}
