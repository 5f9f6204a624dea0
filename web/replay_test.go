package web

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// signed are the headers of a body that the bot "shop" signs now, under an id.
func (r *rig) signed(id string, body any) []string {
	client := sim.Client{Secret: shopSecret, Clock: orchestrator.NewStepClock(r.clock.Now())}
	raw := []byte{}
	if body != nil {
		raw = must(json.Marshal(body))
	}
	var header []string
	for name, values := range must(client.Sign(id, "application/json", raw)) {
		header = append(header, name, values[0])
	}
	return header
}

func TestSignedRequestIsGoodAtOnePathOnly(t *testing.T) {
	r := newRig(t)
	first, second := r.byBot("c-1").want(t, 201).text("id"), r.byBot("c-2").want(t, 201).text("id")
	end := r.signed("evt_end", struct{}{})
	path := "/v1/conversations/" + first
	r.anybody().post(path+"/end", struct{}{}, end...).want(t, 200)
	r.anybody().post(path+"/end", struct{}{}, end...).want(t, 200)
	r.anybody().post("/v1/conversations/"+second+"/end", struct{}{}, end...).problem(t, 422, orchestrator.CodeKeyReuse)
	r.anybody().post("/v1/conversations/"+second+"/end", struct{}{}, append(end, "Authorization", "Bearer none")...).
		problem(t, 422, orchestrator.CodeKeyReuse)
	if state := r.bot().get("/v1/conversations/"+second).want(t, 200).text("state"); state != "bot" {
		t.Errorf("the second conversation is %s", state)
	}

	read := r.signed("evt_read", nil)
	r.anybody().get("/v1/conversations/"+second, read...).want(t, 200)
	r.anybody().get("/v1/conversations/"+second, read...).want(t, 200)
	r.anybody().get(path, read...).problem(t, 422, orchestrator.CodeKeyReuse)

	body := map[string]any{"bot": "shop", "conversation_id": "c-3", "user": map[string]any{"id": "u"}}
	begin := r.signed("evt_begin", body)
	r.anybody().post("/v1/conversations", body, begin...).want(t, 201)
	r.anybody().post("/v1/bots/shop/handoffs", body, begin...).problem(t, 422, orchestrator.CodeKeyReuse)
	r.bot().act(second, "end", "Idempotency-Key", "evt_end").want(t, 200) // a Bearer proves itself at each request
}

func TestAWebhooksLogLineNamesItsConversation(t *testing.T) {
	r := newRig(t)
	r.online("anna")
	lines := func() (found []map[string]any) {
		for line := range strings.Lines(r.log.String()) {
			var entry map[string]any
			if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == "request" && entry["level"] != "DEBUG" {
				found = append(found, entry)
			}
		}
		return found
	}
	began := r.handoff("whatsapp:+4712345678").text("id")
	r.bot().post("/v1/bots/shop/events", r.event("whatsapp:+4712345678", "message.created", customerSaid("m-1", "SECRET"))).want(t, 202)
	bot := customerSaid("m-2", "may I?")
	bot["author"] = map[string]any{"role": "bot"}
	r.bot().post("/v1/bots/shop/events", r.event("whatsapp:+4712345678", "message.created", bot)).problem(t, 409, orchestrator.CodeNotInControl)
	var got [][2]any
	for deadline := time.Now().Add(5 * time.Second); len(got) < 2 && time.Now().Before(deadline); {
		got = nil
		for _, line := range lines() {
			got = append(got, [2]any{line["status"], line["conversation"]})
		}
	}
	if len(got) != 2 || got[0] != [2]any{202.0, began} || got[1] != [2]any{409.0, began} {
		t.Errorf("lines at the default level: %v, want 202 and 409 of %s", got, began)
	}
	if log := r.log.String(); strings.Contains(log, "SECRET") || strings.Contains(log, "4712345678") {
		t.Errorf("the log holds what the customer said or her number:\n%s", log)
	}
}
