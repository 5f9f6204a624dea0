package outbound_test

import (
	"bufio"
	"fmt"
	"net/http"
	"testing"
	"time"

	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

func TestAStreamIsReadAsItComesAndASilenceEndsIt(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 2 {
			_, _ = fmt.Fprintf(w, "data: %d\n", i)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	})
	c, clock := open(t, outbound.Options{AllowPrivate: true})
	body, err := c.Stream(t.Context(), to(t, s.URL), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	for i := range 2 {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) {
			t.Fatalf("line %d is %q (%v)", i, lines.Text(), lines.Err())
		}
	}
	ended := make(chan error, 1)
	go func() {
		lines.Scan()
		ended <- lines.Err()
	}()
	clock.AwaitTimers(1)
	clock.Advance(time.Minute)
	if ce := failure(t, <-ended); ce.Outcome != orchestrator.OutcomeUnknown || ce.Code != "answer-cut" {
		t.Errorf("the silence was answered with %v (%s)", ce, ce.Outcome)
	}
}

func TestAStreamThatIsRefusedIsAFailedCall(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	c, _ := open(t, outbound.Options{AllowPrivate: true})
	_, err := c.Stream(t.Context(), to(t, s.URL), time.Minute)
	if ce := failure(t, err); ce.Status != http.StatusUnauthorized || ce.Outcome != orchestrator.OutcomePermanent {
		t.Errorf("401 was answered with %v (%s)", ce, ce.Outcome)
	}
}
