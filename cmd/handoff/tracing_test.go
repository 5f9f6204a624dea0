package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"handoff/orchestrator"
)

// receiver is a collector of traces: it takes OTLP over HTTP.
type receiver struct {
	mu    sync.Mutex
	raw   bytes.Buffer
	spans []*traces.Span
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var export collector.ExportTraceServiceRequest
	if err != nil || req.URL.Path != "/v1/traces" || proto.Unmarshal(body, &export) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.Write(body)
	for _, resource := range export.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			r.spans = append(r.spans, scope.GetSpans()...)
		}
	}
}

// below answers the span of a name whose parent is given; "" if there is none.
func (r *receiver) below(parent, name string) string {
	for _, span := range r.spans {
		if span.GetName() == name && hex.EncodeToString(span.GetParentSpanId()) == parent {
			return hex.EncodeToString(span.GetSpanId())
		}
	}
	return ""
}

func (r *receiver) names() string {
	var names []string
	for _, span := range r.spans {
		names = append(names, fmt.Sprintf("%x below %x: %s", span.GetSpanId(), span.GetParentSpanId(), span.GetName()))
	}
	return strings.Join(names, "\n")
}

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	callersSpan  = "b7ad6b7169203331"
)

func TestTraceLeadsFromTheWebhookToTheCallback(t *testing.T) {
	heard := make(chan string, 8)
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Header.Get("Traceparent")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer bot.Close()
	took := &receiver{}
	collecting := httptest.NewServer(took)
	defer collecting.Close()
	a, base := startTraced(t, bot.URL, fmt.Sprintf("tracing: {endpoint: %q, sample: 0}", collecting.URL))

	postHandoff(t, base, "c-1", "00-"+callersTrace+"-"+callersSpan+"-01")
	called := within(t, heard)
	if err := a.stop(); err != nil { // sends what waits
		t.Fatal(err)
	}
	took.mu.Lock()
	defer took.mu.Unlock()
	request := took.below(callersSpan, "POST /v1/bots/:bot/events")
	received := took.below(request, "receive handoff_requested")
	commit := took.below(received, "commit handoff_requested")
	call := took.below(commit, "call shop notify")
	if request == "" || received == "" || commit == "" || call == "" {
		t.Fatalf("the trace is not whole:\n%s", took.names())
	}
	if want := "00-" + callersTrace + "-" + call + "-01"; called != want {
		t.Errorf("the callback came with %q, want %q", called, want)
	}
	for _, span := range took.spans {
		if got := hex.EncodeToString(span.GetTraceId()); got != callersTrace {
			t.Errorf("%s belongs to trace %s: nobody asked for that one", span.GetName(), got)
		}
	}
	for _, word := range []string{tracedSecret, tracedToken, tracedWords, bot.URL} {
		if bytes.Contains(took.raw.Bytes(), []byte(word)) {
			t.Errorf("the collector was told %q", word)
		}
	}
}

func TestNothingIsTracedThatNobodyAskedFor(t *testing.T) {
	heard := make(chan string, 8)
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Header.Get("Traceparent")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer bot.Close()
	took := &receiver{}
	collecting := httptest.NewServer(took)
	defer collecting.Close()
	a, base := startTraced(t, bot.URL, fmt.Sprintf("tracing: {endpoint: %q, sample: 0}", collecting.URL))
	postHandoff(t, base, "c-1", "")
	postHandoff(t, base, "c-2", "00-"+callersTrace+"-"+callersSpan+"-00") // the caller decided against it
	for range 2 {
		if got := within(t, heard); got != "" {
			t.Errorf("a callback came with the traceparent %q", got)
		}
	}
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	if len(took.spans) != 0 {
		t.Errorf("traced all the same:\n%s", took.names())
	}
}

func TestServiceRunsOnWithoutItsCollector(t *testing.T) {
	heard := make(chan string, 8)
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Header.Get("Traceparent")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer bot.Close()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest) // for good: the exporter does not try again
	}))
	defer refusing.Close()
	a, base := startTraced(t, bot.URL, fmt.Sprintf("tracing: {endpoint: %q, sample: 1}", refusing.URL))
	postHandoff(t, base, "c-1", "")
	if got := within(t, heard); got == "" {
		t.Error("the callback came without a traceparent, although everything is traced")
	}
	_ = a.stop() // says that the last spans were not taken
}

const (
	tracedSecret = "whsec_dHJhY2Utb25seS10cmFjZS1vbmx5LXRyYWNlLW9ubHk="
	tracedToken  = "trace-only-token-0123456789"
	tracedWords  = "the parcel of Mrs Smith"
)

func startTraced(t *testing.T, callback, more string) (*app, string) {
	t.Helper()
	cfg, err := parseConfig([]byte(fmt.Sprintf(`
bots: [{name: shop, flow: default, secrets: [%q], tokens: [%q], callback: %q, allow_private_callback: true}]
users: []
queues: [{name: general}]
flows: {default: {desk: house, queue: general}}
`, tracedSecret, tracedToken, callback)+more), nil)
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	clock := orchestrator.NewStepClock(time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC))
	a, err := start(t.Context(), cfg, parts{clock: clock, listener: listener}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a, "http://" + listener.Addr().String()
}

func postHandoff(t *testing.T, base, external, traceparent string) {
	t.Helper()
	body := fmt.Sprintf(`{"id":"evt-%s","type":"handoff.requested","timestamp":"2026-11-21T20:15:00Z","conversation_id":%q,`+
		`"data":{"reason":"user_requested","summary":%q,"user":{"id":"u-1"}}}`, external, external, tracedWords)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/bots/shop/events", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+tracedToken)
	if traceparent != "" {
		req.Header.Set("Traceparent", traceparent)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		answer, _ := io.ReadAll(res.Body)
		t.Fatalf("answered with %d: %s", res.StatusCode, answer)
	}
}

// within is what comes out of a channel.
func within[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second) // also used when a test cleans up
	defer cancel()
	select {
	case v := <-from:
		return v
	case <-ctx.Done():
		t.Fatal("nothing came")
	}
	var none T
	return none
}
