package outbound_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

const (
	retry     = orchestrator.OutcomeRetry
	unknown   = orchestrator.OutcomeUnknown
	permanent = orchestrator.OutcomePermanent
)

// span is a range of statuses, both ends included, that mean the same.
type span struct {
	from, to int
	outcome  orchestrator.Outcome
	refused  bool // the receiver is well
}

// What each status from 300 to 599 means, for each kind of call.
var spans = map[string]struct {
	rules *outbound.Rules
	table []span
}{
	"a vendor": {outbound.Vendors, []span{
		{300, 407, permanent, true}, {408, 408, retry, false}, {409, 424, permanent, true}, {425, 425, retry, false},
		{426, 428, permanent, true}, {429, 429, retry, false}, {430, 499, permanent, true}, {500, 500, retry, false},
		{501, 501, permanent, true}, {502, 502, unknown, false}, {503, 503, retry, false}, {504, 504, unknown, false},
		{505, 599, retry, false},
	}},
	"a webhook": {outbound.Webhooks, []span{
		{300, 399, retry, false}, {400, 407, retry, true}, {408, 408, retry, false}, {409, 409, retry, true},
		{410, 410, permanent, true}, {411, 424, retry, true}, {425, 425, retry, false}, {426, 428, retry, true},
		{429, 429, retry, false}, {430, 499, retry, true}, {500, 501, retry, false}, {502, 502, unknown, false},
		{503, 503, retry, false}, {504, 504, unknown, false}, {505, 599, retry, false},
	}},
}

func TestEveryStatusHasItsVerdict(t *testing.T) {
	var status atomic.Int32
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(int(status.Load()))
	})
	for kind, row := range spans {
		client, _ := open(t, outbound.Options{AllowPrivate: true, Rules: row.rules})
		for _, code := range []int{200, 201, 202, 204, 299} {
			status.Store(int32(code))
			if _, err := client.Do(t.Context(), to(t, server.URL)); err != nil {
				t.Errorf("%s: %d: %v", kind, code, err)
			}
		}
		next := 300
		for _, s := range row.table {
			if s.from != next {
				t.Fatalf("%s: the table has no row for %d", kind, next)
			}
			for ; next <= s.to; next++ {
				status.Store(int32(next))
				_, err := client.Do(t.Context(), to(t, server.URL))
				ce := failure(t, err)
				if ce.Outcome != s.outcome || ce.Refused != s.refused || ce.Status != next || ce.Connector != "shop" || ce.Op != "send" {
					t.Errorf("%s: %d: %+v (%v), want %v, refused %v", kind, next, ce, ce.Outcome, s.outcome, s.refused)
				}
			}
		}
		if next != 600 {
			t.Errorf("%s: the table ends before %d", kind, next)
		}
	}
}

func TestACallWithoutRulesIsAVendors(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	_, err := client.Do(t.Context(), to(t, server.URL))
	if ce := failure(t, err); ce.Outcome != permanent {
		t.Errorf("%v (%v)", ce, ce.Outcome)
	}
}

// A slow receiver holds more calls than any pool has connections: each has its own time, from its own beginning on.
func TestNoCallWaitsForAConnection(t *testing.T) {
	const calls = 300
	var arrived atomic.Int32
	all, release := make(chan struct{}), make(chan struct{})
	server := serve(t, func(http.ResponseWriter, *http.Request) {
		if arrived.Add(1) == calls {
			close(all)
		}
		<-release
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	done := make(chan error, calls)
	for range calls {
		go func() {
			_, err := client.Do(t.Context(), to(t, server.URL))
			done <- err
		}()
	}
	<-all
	close(release)
	for range calls {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
