package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"handoff/connectors/bots/native/sim"
)

// BenchmarkBotEvent is the way of one signed message through the interface, without the network, on the embedded store.
// What the interface itself adds is the difference to the engine's own benchmark; the profile tells where it goes.
func BenchmarkBotEvent(b *testing.B) {
	r := newBenchRig(b)
	client := &sim.Client{URL: r.url, Bot: "shop", Secret: shopSecret, Clock: r.clock}
	handler := r.server.Handler()
	requests := make([]*http.Request, b.N)
	for i := range requests {
		header, body, err := client.Request(sim.Outgoing{
			ID: fmt.Sprintf("evt_%d", i), Type: "message.created", ConversationID: fmt.Sprintf("c-%d", i%100),
			Data: map[string]any{"message": map[string]any{"id": fmt.Sprintf("m%d", i),
				"text": strings.Repeat("word ", 20)}, "author": map[string]any{"role": "user"}},
		})
		if err != nil {
			b.Fatal(err)
		}
		requests[i] = httptest.NewRequest("POST", "/v1/bots/shop/events", bytes.NewReader(body))
		requests[i].Header = header
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, req := range requests {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		if w.Code != http.StatusAccepted {
			b.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
}

// BenchmarkAnswer is the encoding of what every event is answered with.
func BenchmarkAnswer(b *testing.B) {
	r := newBenchRig(b)
	_, id := r.served("c-1")
	v := shown{Conversation: must(r.store.Load(b.Context(), conversationID(id))), inner: true}
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = r.server.tokens.appendToken(b.Context(), appendConversation(buf[:0], &v), v.Conversation); err != nil {
			b.Fatal(err)
		}
	}
}

// newBenchRig is a rig without limits and without a log.
func newBenchRig(b *testing.B) *rig {
	b.Helper()
	return newRig(b, func(o *Options) {
		o.Rates.Bot = Rate{1e9, 1e9}
		o.Log = slog.New(slog.DiscardHandler)
	})
}
