package bayeux_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"handoff/connectors/internal/bayeux"
	"handoff/orchestrator"
)

// server is a CometD server of which each answer can be replaced.
type server struct {
	mu      sync.Mutex
	asked   []string // channels of the messages that came, in order
	handed  int      // handshakes
	instead map[string][]any
	poll    chan any // the answers to connects; an error is a failure of the exchange
}

func newServer() *server { return &server{instead: map[string][]any{}, poll: make(chan any, 16)} }

// next replaces the next answers to batches that begin with a message on a channel.
func (s *server) next(channel string, answers ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instead[channel] = append(s.instead[channel], answers...)
}

func (s *server) exchange(ctx context.Context, body []byte) ([]byte, error) {
	var batch []map[string]any
	if err := json.Unmarshal(body, &batch); err != nil {
		return nil, err
	}
	channel := batch[0]["channel"].(string)
	first := batch[0]["advice"] != nil
	s.mu.Lock()
	for _, m := range batch {
		s.asked = append(s.asked, m["channel"].(string))
	}
	if channel == "/meta/handshake" {
		s.handed++
	}
	handed := s.handed
	var answer any
	if all := s.instead[channel]; len(all) > 0 {
		answer, s.instead[channel] = all[0], all[1:]
	}
	s.mu.Unlock()
	switch {
	case answer != nil:
	case channel == "/meta/handshake":
		answer = fmt.Sprintf(`[{"channel":"/meta/handshake","successful":true,"clientId":"c%d"}]`, handed)
	case channel == "/meta/connect" && !first:
		select {
		case answer = <-s.poll:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	default:
		var replies []string
		for _, m := range batch {
			replies = append(replies, fmt.Sprintf(`{"channel":%q,"successful":true,"id":%q}`, m["channel"], m["id"]))
		}
		answer = "[" + strings.Join(replies, ",") + "]"
	}
	if err, failed := answer.(error); failed {
		return nil, err
	}
	return []byte(answer.(string)), nil
}

// polled is the answer to a connect with events before it.
func polled(events ...string) string {
	parts := append(slices.Clone(events), `{"channel":"/meta/connect","successful":true}`)
	return "[" + strings.Join(parts, ",") + "]"
}

func event(text string) string { return fmt.Sprintf(`{"channel":"/chats","data":%q}`, text) }

// run is a client at work.
type run struct {
	heard   chan string
	renewed chan struct{}
	ended   chan error
	client  *bayeux.Client
	stop    context.CancelFunc
}

func start(t *testing.T, s *server, renewed func(context.Context) error) *run {
	t.Helper()
	return startWith(t, s, orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), renewed)
}

func startWith(t *testing.T, s *server, clock orchestrator.Clock, renewed func(context.Context) error) *run {
	t.Helper()
	r := &run{heard: make(chan string, 64), renewed: make(chan struct{}, 64), ended: make(chan error, 1)}
	r.client = bayeux.New(bayeux.Options{
		Exchange: s.exchange, Clock: clock, Channels: []string{"/chats", "/channels"},
		Hear: func(ev bayeux.Event) { r.heard <- ev.Channel + " " + string(ev.Data) },
		Renewed: func(ctx context.Context) error {
			r.renewed <- struct{}{}
			if renewed != nil {
				return renewed(ctx)
			}
			return nil
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	over := make(chan struct{})
	go func() {
		defer close(over)
		r.ended <- r.client.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-over
		goleak.VerifyNone(t)
	})
	return r
}

func (r *run) hears(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := <-r.heard; got != fmt.Sprintf("/chats %q", w) {
			t.Fatalf("heard %s, want %q", got, w)
		}
	}
}

func TestSubscriptionsComeBeforeTheFirstPollAndEventsInOrder(t *testing.T) {
	s := newServer()
	r := start(t, s, nil)
	<-r.renewed
	s.poll <- polled(event("one"), event("two"))
	s.poll <- polled()
	s.poll <- polled(event("three"))
	r.hears(t, "one", "two", "three")
	s.mu.Lock()
	asked := slices.Clone(s.asked[:4])
	s.mu.Unlock()
	want := []string{"/meta/handshake", "/meta/subscribe", "/meta/subscribe", "/meta/connect"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	r.stop()
	if err := <-r.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if err := r.client.Disconnect(t.Context()); err != nil {
		t.Errorf("disconnecting: %v", err)
	}
}

func TestEventsThatRideOnOtherAnswersAreHeard(t *testing.T) {
	s := newServer()
	s.next("/meta/subscribe", `[`+event("early")+`,{"channel":"/meta/subscribe","successful":true},{"channel":"/meta/subscribe","successful":true}]`)
	r := start(t, s, nil)
	r.hears(t, "early")
	<-r.renewed
}

func TestAForgottenSessionIsMadeAnewAndWhatWasMissedIsRead(t *testing.T) {
	s := newServer()
	r := start(t, s, nil)
	<-r.renewed
	s.poll <- `[{"channel":"/meta/connect","successful":false,"error":"402::Unknown client","advice":{"reconnect":"handshake","interval":0}}]`
	<-r.renewed
	s.poll <- polled(event("again"))
	r.hears(t, "again")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handed != 2 {
		t.Errorf("%d handshakes, want 2", s.handed)
	}
}

func TestAdviceToShakeHandsAgainIsFollowed(t *testing.T) {
	s := newServer()
	r := start(t, s, nil)
	<-r.renewed
	s.poll <- `[{"channel":"/meta/connect","successful":true,"advice":{"reconnect":"handshake"}}]`
	<-r.renewed
}

func TestALostAnswerIsReadElsewhere(t *testing.T) {
	for name, lost := range map[string]any{
		"no answer": errors.New("connection reset"), "a page": "<html>", "half of it": `[{"channel":"/chats","da`,
		"no reply": `[]`,
	} {
		s := newServer()
		r := start(t, s, nil)
		<-r.renewed
		s.poll <- lost
		<-r.renewed // although nothing is said that would end a poll
		s.poll <- polled(event(name))
		r.hears(t, name)
		r.stop()
		<-r.ended
	}
}

// rests is a clock on which the pauses of a test pass at once, and are told; nothing else passes.
type rests struct {
	orchestrator.SystemClock
	pauses []time.Duration
	told   chan time.Duration
}

func (c *rests) AfterFunc(d time.Duration, f func()) func() {
	if slices.Contains(c.pauses, d) {
		c.told <- d
		go f()
	}
	return func() {}
}

// startOn is start on a clock on which only those pauses pass.
func startOn(t *testing.T, s *server, pauses ...time.Duration) (*run, *rests) {
	t.Helper()
	clock := &rests{pauses: pauses, told: make(chan time.Duration, 16)}
	return startWith(t, s, clock, nil), clock
}

func TestRepeatedFailuresAreAnsweredWithLongerPauses(t *testing.T) {
	s := newServer()
	s.next("/meta/handshake", errors.New("down"), errors.New("down"), errors.New("down"))
	r, clock := startOn(t, s, time.Second, 2*time.Second)
	<-r.renewed
	if diff := cmp.Diff([]time.Duration{time.Second, 2 * time.Second}, []time.Duration{<-clock.told, <-clock.told}); diff != "" {
		t.Errorf("pauses after the first one, which comes back at once (-want +got):\n%s", diff)
	}
}

func TestTheAdvisedIntervalIsKept(t *testing.T) {
	s := newServer()
	r, clock := startOn(t, s, 2*time.Second)
	s.poll <- `[{"channel":"/meta/connect","successful":true,"advice":{"multiple-clients":true,"reconnect":"retry","interval":2000}}]`
	<-clock.told
	s.poll <- polled(event("later"))
	r.hears(t, "later")
	<-clock.told // the advice stands until there is another
}

func TestWhatComingBackCannotMendEndsIt(t *testing.T) {
	permanent := &orchestrator.ConnectorError{Outcome: orchestrator.OutcomePermanent, Status: 401}
	for name, row := range map[string]struct {
		channel string
		answer  any
		is      func(error) bool
	}{
		"a denied handshake": {"/meta/handshake", `[{"channel":"/meta/handshake","successful":false,"error":"403::handshake_denied","advice":{"reconnect":"none"}}]`,
			func(err error) bool { return errors.Is(err, bayeux.ErrRefused) }},
		"a denied subscription": {"/meta/subscribe", `[{"channel":"/meta/subscribe","successful":false,"error":"403:x:subscribe_denied"}]`,
			func(err error) bool { return errors.Is(err, bayeux.ErrRefused) }},
		"an expired session": {"/meta/handshake", permanent, func(err error) bool { return errors.Is(err, permanent) }},
	} {
		s := newServer()
		s.next(row.channel, row.answer)
		r := start(t, s, nil)
		if err := <-r.ended; !row.is(err) {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

func TestAFailureToReadWhatWasMissedEndsIt(t *testing.T) {
	broken := errors.New("cannot read")
	r := start(t, newServer(), func(context.Context) error { return broken })
	if err := <-r.ended; !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
}

func FuzzAnswersNeverBreakTheClient(f *testing.F) {
	f.Add(polled(event("x")))
	f.Add(`[{"channel":"/meta/connect","successful":false,"error":"402::session_unknown","advice":{"reconnect":"handshake","interval":0}}]`)
	f.Add(`{"channel":"/meta/connect","successful":true}`)
	f.Add(`[{"channel":"/chats","data":null},{"advice":{"interval":-1,"timeout":1e9}}]`)
	f.Fuzz(func(t *testing.T, body string) {
		s := newServer()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		c := bayeux.New(bayeux.Options{
			Exchange: func(ctx context.Context, batch []byte) ([]byte, error) {
				if strings.Contains(string(batch), "/meta/connect") && !strings.Contains(string(batch), "advice") {
					stop()
					return []byte(body), nil
				}
				return s.exchange(ctx, batch)
			},
			Clock: orchestrator.NewStepClock(time.Unix(0, 0)), Channels: []string{"/chats"},
			Hear: func(ev bayeux.Event) {
				if len(ev.Data) == 0 {
					t.Error("an event without data")
				}
			},
			Renewed: func(context.Context) error { return nil },
		})
		if err := c.Run(ctx); err == nil {
			t.Error("Run ended without a reason")
		}
	})
}
