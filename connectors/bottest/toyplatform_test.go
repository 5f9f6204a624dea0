package bottest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"handoff/connectors/bottest"
)

// toyKey is the secret that the toy bot and its platform share.
const toyKey = "toy-secret-key-0123456789"

// toyWord is what goes over the toy's wire, both ways.
type toyWord struct {
	ID           string `json:"id"`
	At           int64  `json:"at"`
	Kind         string `json:"kind"`
	Conversation string `json:"conversation"`
	Text         string `json:"text"`
}

func toySign(id string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(toyKey))
	mac.Write([]byte(id + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// toyPlatform is the smallest platform that can misbehave in every way the suite asks for.
type toyPlatform struct {
	server  *httptest.Server
	mu      sync.Mutex
	faults  []bottest.Fault
	calls   []bottest.Call
	changed chan struct{}
	closed  chan struct{}
}

func newToyPlatform() *toyPlatform {
	p := &toyPlatform{changed: make(chan struct{}), closed: make(chan struct{})}
	p.server = httptest.NewServer(p)
	return p
}

func (p *toyPlatform) Next(faults ...bottest.Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, faults...)
}

func (p *toyPlatform) Calls() []bottest.Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]bottest.Call(nil), p.calls...)
}

func (p *toyPlatform) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

func (p *toyPlatform) Down() { p.server.Close() }

func (p *toyPlatform) close() {
	close(p.closed)
	p.server.CloseClientConnections()
	p.server.Close()
}

func (p *toyPlatform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var word toyWord
	call := bottest.Call{ID: r.Header.Get("Toy-Id"), Signature: r.Header.Get("Toy-Signature")}
	if err := json.Unmarshal(body, &word); err != nil || call.Signature != toySign(call.ID, body) {
		call.Refused = "the signature does not match"
	}
	call.Conversation, call.Text, call.Kind = word.Conversation, word.Text, word.Kind
	p.answer(w, r, p.take(call))
}

func (p *toyPlatform) take(call bottest.Call) (f bottest.Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) > 0 {
		f, p.faults = p.faults[0], p.faults[1:]
	}
	p.calls = append(p.calls, call)
	close(p.changed)
	p.changed = make(chan struct{})
	return f
}

func (p *toyPlatform) answer(w http.ResponseWriter, r *http.Request, f bottest.Fault) {
	switch {
	case f.Hang:
		select {
		case <-r.Context().Done():
		case <-p.closed:
		}
		panic(http.ErrAbortHandler)
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.DropInBody:
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for name, value := range map[string]string{"Retry-After": f.RetryAfter, "Location": f.Location} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	if f.Status != 0 {
		w.WriteHeader(f.Status)
	}
	_, _ = io.WriteString(w, f.Body)
}

// post is a customer's word as the toy platform sends it.
func (p *toyPlatform) post(_ bottest.TB, external, text, extra string) (http.Header, []byte) {
	body, err := json.Marshal(toyWord{ID: "w-1", Conversation: external, Text: text})
	if err != nil {
		panic(err) // a struct of strings always marshals
	}
	if extra != "" {
		body = append(append(body[:len(body)-1], ','), extra+"}"...)
	}
	return http.Header{"Content-Type": {"application/json"}, "Toy-Id": {"w-1"}, "Toy-Signature": {toySign("w-1", body)}}, body
}
