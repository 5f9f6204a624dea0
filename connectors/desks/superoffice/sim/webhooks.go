package sim

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// States of a webhook.
const (
	hookActive    = "Active"
	hookTooMany   = "TooManyErrors"
	maxHookErrors = 9
)

// hookPauses are the waits before the attempts of one delivery. After the last one it is given up, as one page of the
// documents says.
var hookPauses = []time.Duration{0, time.Second, 4 * time.Second}

// webhook is a subscription.
type webhook struct {
	WebhookId         int
	Name              string
	Events            []string
	TargetUrl         string
	Secret            string `json:"-"`
	State             string
	Type              string
	Headers           map[string]string
	Properties        map[string]string
	TotalCalls        int
	TotalErrors       int
	ConsecutiveErrors int
}

// webhooks answers /Webhook. Saving one calls its target first, and fails unless that answers 200.
func (v *Vendor) webhooks(c *call) {
	switch {
	case c.is(http.MethodGet, "webhook"):
		list := []webhook{}
		for id := 1; id <= v.newestHk; id++ {
			if h := v.hooks[id]; h != nil && strings.Contains(h.Name, c.query("nameFilter")) {
				list = append(list, *h)
			}
		}
		c.ok(list)
	case c.is(http.MethodPost, "webhook"):
		v.saveHook(c, nil)
	case len(c.path) == 2 && v.hooks[c.id(1)] != nil:
		h := v.hooks[c.id(1)]
		switch c.r.Method {
		case http.MethodGet:
			c.ok(h)
		case http.MethodPut:
			v.saveHook(c, h)
		case http.MethodDelete:
			delete(v.hooks, h.WebhookId)
			c.nothing()
		default:
			c.notFound("resource")
		}
	case c.r.Method == http.MethodPost && len(c.path) == 3 && v.sessions[c.id(2)] != nil:
		v.fire(c.path[1], v.sessions[c.id(2)])
		c.nothing()
	default:
		c.notFound("resource")
	}
}

func (v *Vendor) saveHook(c *call, h *webhook) {
	in := struct {
		webhook
		Secret string
	}{}
	if h != nil {
		in.webhook, in.Secret = *h, h.Secret
	}
	if err := decodeAny(c.body, &in); err != nil {
		c.failed(err)
		return
	}
	next := in.webhook
	next.Secret, next.ConsecutiveErrors = in.Secret, 0
	test := v.envelope(&next, "test", "test", 0, nil)
	v.mu.Unlock() // the target may call us meanwhile
	status := v.post(&next, test, "test", http.Header{"X-Hook-Test": {"true"}})
	v.mu.Lock()
	if status != http.StatusOK {
		answerError(c.w, http.StatusInternalServerError, "SoException", "the target did not answer the test with 200")
		return
	}
	if next.State == "" {
		next.State = hookActive
	}
	if h == nil {
		v.newestHk++
		next.WebhookId = v.newestHk
	}
	v.hooks[next.WebhookId] = &next
	c.ok(next)
}

// Subscribe registers a webhook without asking anybody.
func (v *Vendor) Subscribe(target, secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.newestHk++
	v.hooks[v.newestHk] = &webhook{
		WebhookId: v.newestHk, Name: "by hand", Events: []string{"chatsession.created", "chatsession.changed", "chatsession.message"},
		TargetUrl: target, Secret: secret, State: hookActive, Type: "webhook",
	}
}

// HookState answers the state of the newest webhook; empty where there is none.
func (v *Vendor) HookState() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if h := v.hooks[v.newestHk]; h != nil {
		return h.State
	}
	return ""
}

// StopHooks makes every webhook one that was given up after too many errors. What is on its way arrives first.
func (v *Vendor) StopHooks() {
	v.mu.Lock()
	for _, h := range v.hooks {
		h.State = hookTooMany
	}
	v.mu.Unlock()
	v.deliveries.Wait()
}

// fire tells every subscriber of an event; the lock is held. Deliveries run beside each other: no order is promised.
func (v *Vendor) fire(event string, s *chatSession) {
	var values map[string]any
	if event == "chatsession.created" { // the page shows numbers where names are texts, and texts where ids are numbers
		values = map[string]any{
			"AlertLevel": s.alert, "ChatbotIsactive": s.bot, "Consented": s.consented, "ContactId": "0", "CustomerAlias": s.alias,
			"CustomerId": -1, "Rating": s.rating, "Status": int(s.status), "TopicId": s.topic, "UserId": 0,
		}
	}
	for id := 1; id <= v.newestHk; id++ {
		h := v.hooks[id]
		if h == nil || h.State != hookActive || !slices.Contains(h.Events, event) {
			continue
		}
		body := v.envelope(h, event, "chatsession", s.id, values)
		v.Notify(func() { v.deliver(h, body, event) })
	}
	v.Changed()
}

// envelope is the body of a delivery. There are neither words nor message ids in it.
func (v *Vendor) envelope(h *webhook, event, entity string, key int, values map[string]any) []byte {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	e := map[string]any{
		"EventId": hex.EncodeToString(id), "Timestamp": v.now().Format("2006-01-02T15:04:05.999999Z"), "Changes": []string{},
		"Event": event, "PrimaryKey": key, "Entity": entity, "ContextIdentifier": Tenant, "ChangedByAssociateId": 316, "WebhookName": h.Name,
	}
	if event == "chatsession.message" {
		e["Changes"] = []string{"chatSession.topicId", "chatMessage.id", "chatMessage.message", "chatMessage.type"}
	}
	if values != nil {
		e["FieldValues"] = values
	}
	for name, value := range h.Properties {
		e[name] = value
	}
	body, err := json.Marshal(e)
	if err != nil {
		return []byte("{}")
	}
	return body
}

// deliver posts one event in the background, at most three times.
func (v *Vendor) deliver(h *webhook, body []byte, event string) {
	if v.delivering.Err() != nil {
		return
	}
	v.deliveries.Go(func() {
		for n, pause := range hookPauses {
			if !v.wait(pause) {
				return
			}
			status := v.post(h, body, event, http.Header{"X-SuperOffice-Retry": {strconv.Itoa(n)}})
			if v.delivering.Err() != nil || v.counted(h, status) {
				return
			}
		}
	})
}

func (v *Vendor) wait(pause time.Duration) bool {
	if pause == 0 {
		return v.delivering.Err() == nil
	}
	over := make(chan struct{})
	stop := v.options.Clock.AfterFunc(pause, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return true
	case <-v.delivering.Done():
		return false
	}
}

// counted notes how a call of a webhook went, and reports whether there is nothing left to try.
func (v *Vendor) counted(h *webhook, status int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	h.TotalCalls++
	if status == http.StatusOK { // only this one is success
		h.ConsecutiveErrors = 0
		return true
	}
	h.TotalErrors++
	h.ConsecutiveErrors++
	if h.ConsecutiveErrors >= maxHookErrors {
		h.State = hookTooMany
	}
	return status == http.StatusGone || h.State != hookActive
}

// post calls a target, signed where there is a secret, and answers the status; 0: there was none.
func (v *Vendor) post(h *webhook, body []byte, event string, header http.Header) int {
	req, err := http.NewRequestWithContext(v.delivering, http.MethodPost, h.TargetUrl, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "NetServer-Webhook/8.8.6684.1719")
	req.Header.Set("X-Superoffice-Event", event)
	var e struct{ EventId string }
	if json.Unmarshal(body, &e) == nil {
		req.Header.Set("X-Superoffice-Eventid", e.EventId)
	}
	for name, value := range h.Headers {
		req.Header.Set(name, value)
	}
	if h.Secret != "" {
		mac := hmac.New(sha256.New, []byte(h.Secret))
		mac.Write(body)
		req.Header.Set("X-Superoffice-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	res, err := v.options.HookClient.Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close() // nothing was read
	return res.StatusCode
}

// TellUnknown sends an event that nobody has heard of, a known one with fields that nobody knows, and one that is cut short.
func (v *Vendor) TellUnknown() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := 1; id <= v.newestHk; id++ {
		h := v.hooks[id]
		if h == nil || h.State != hookActive {
			continue
		}
		for _, body := range [][]byte{
			v.envelope(h, "chatsession.teleported", "chatsession", v.newest, nil),
			v.envelope(h, "chatsession.changed", "chatsession", v.newest, map[string]any{"Mood": []int{1}, "TopicId": map[string]any{}}),
			v.envelope(h, "chatsession.message", "chatsession", v.newest, nil)[:40],
		} {
			v.deliver(h, body, "chatsession.changed")
		}
	}
}
