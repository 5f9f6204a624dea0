package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// Bounds by the machine's clock, also for one that is busy: of a proof, which takes some seconds, and of the time until the calls
// of the service have come to the bot.
const (
	slowTimeout = 3 * time.Minute
	slowWithin  = 60 * time.Second
)

// slowBot is a bot that is well and slow: it answers each callback after the same time, by the clock of the test. It knows what was
// said to it, so that it knows how many calls must be there.
type slowBot struct {
	clock *pacedClock
	takes time.Duration
	over  chan struct{} // closed with the test

	mu       sync.Mutex
	held     int                 // calls that it has and has not answered
	said     map[string]int      // words for it, by conversation
	answered map[string][]string // words that it has answered
	news     chan struct{}       // closed when the next call has come
}

// ServeHTTP takes one callback. What is no word is answered at once.
func (b *slowBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	var ev sim.Event
	if err != nil || json.Unmarshal(body, &ev) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if ev.Type == "message.created" {
		select {
		case <-b.holds(ev):
		case <-b.over: // the test has failed
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// holds begins to work on a word, and answers when it is done.
func (b *slowBot) holds(ev sim.Event) <-chan struct{} {
	done := make(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held++
	close(b.news)
	b.news = make(chan struct{})
	b.clock.AfterFunc(b.takes, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.held--
		b.answered[ev.ConversationID] = append(b.answered[ev.ConversationID], ev.Text())
		close(done)
	})
	return done
}

// busy waits until the bot has all calls that the service may make at a time: one for each conversation with words that it has not
// answered, and no more than there are slots. It answers how many.
func (b *slowBot) busy() int {
	b.clock.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.clock.t.Context()), slowWithin)
	defer cancel()
	for {
		b.mu.Lock()
		want := 0
		for conversation, n := range b.said {
			if n > len(b.answered[conversation]) {
				want++
			}
		}
		want = min(want, orchestrator.DefaultConcurrency)
		held, news := b.held, b.news
		b.mu.Unlock()
		if held == want {
			return held
		}
		select {
		case <-news:
		case <-ctx.Done():
			b.clock.t.Fatalf("the bot has %d calls, want %d", held, want)
		}
	}
}

// slowChat is a customer who speaks to the bot.
type slowChat struct {
	external, id string
	customer     *client
	words        []string
}

// slowProof is a service with a slow bot, and conversations that have begun.
type slowProof struct {
	*refused
	slow  *slowBot
	chats []*slowChat
}

func newSlowProof(t *testing.T, takes time.Duration, conversations int) *slowProof {
	t.Helper()
	clock := newPacedClock(t, time.Now())
	bot := &slowBot{
		clock: clock, takes: takes, over: make(chan struct{}), said: map[string]int{}, answered: map[string][]string{},
		news: make(chan struct{}),
	}
	callback := httptest.NewServer(bot)
	t.Cleanup(callback.Close)
	p := &slowProof{refused: newRefused(t, callback.URL+"/callback", clock), slow: bot}
	ctx, cancel := context.WithTimeout(context.Background(), slowTimeout)
	t.Cleanup(cancel)
	p.ctx = ctx
	t.Cleanup(func() { close(bot.over) }) // before the service stops, which waits for its calls
	transport := proofTransport(t)
	p.bot.http.Transport = transport
	for n := range conversations {
		chat := &slowChat{external: fmt.Sprintf("c-%d", n)}
		var begun shownConversation
		p.must(p.bot.call(p.ctx, http.MethodPost, "/v1/conversations",
			map[string]any{"bot": "shop", "conversation_id": chat.external, "user": map[string]any{"id": chat.external}}, &begun), "it begins")
		chat.id, chat.customer = begun.ID, p.bot.with(begun.Token)
		p.chats = append(p.chats, chat)
	}
	return p
}

// say lets customers speak at the same moment, each of them one word.
func (p *slowProof) say(chats []*slowChat) {
	p.t.Helper()
	const atOnce = 16
	all := newCrowd(p.ctx)
	for part := range atOnce {
		all.goes(func(ctx context.Context) error {
			for n := part; n < len(chats); n += atOnce {
				chat := chats[n]
				text := fmt.Sprintf("word %d of %s", len(chat.words), chat.external)
				chat.words = append(chat.words, text)
				err := chat.customer.call(ctx, http.MethodPost, "/v1/conversations/"+chat.id+"/messages", map[string]any{"text": text}, nil)
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.wait(); err != nil {
		p.t.Fatal(err)
	}
	p.slow.mu.Lock()
	defer p.slow.mu.Unlock()
	for _, chat := range chats {
		p.slow.said[chat.external]++
	}
}

// check looks whether every word was answered, once and in the order of its conversation, by its only call, and whether nothing
// is held against the bot.
func (p *slowProof) check(words int) {
	p.t.Helper()
	for _, chat := range p.chats {
		if got := p.slow.answered[chat.external]; !slices.Equal(got, chat.words) {
			p.t.Errorf("%s said %q, the bot answered %q", chat.external, chat.words, got)
		}
	}
	p.undelivered(0)
	p.botIsUp()
	for begins, want := range map[string]string{
		`handoff_deliveries_total{command="send"`:      `handoff_deliveries_total{command="send",how="done"} %d`,
		`handoff_connector_calls_total{command="send"`: `handoff_connector_calls_total{command="send",connector="shop",outcome="done"} %d`,
	} {
		if got := p.counted(begins, words); !slices.Equal(got, []string{fmt.Sprintf(want, words)}) {
			p.t.Errorf("counted %q, want %d that are done", got, words)
		}
	}
}

// counted waits until the metrics that begin like this add up to so many, because the last answers may still be on their way, and
// answers their lines.
func (p *slowProof) counted(begins string, total int) []string {
	p.t.Helper()
	for {
		res, err := p.bot.send(p.ctx, http.MethodGet, "/metrics", nil, "text/plain")
		p.must(err, "the metrics")
		text, err := io.ReadAll(res.Body)
		p.must(errors.Join(err, res.Body.Close()), "the metrics")
		var lines []string
		sum := 0
		for line := range strings.Lines(string(text)) {
			if labels, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && strings.HasPrefix(labels, begins) {
				n, err := strconv.Atoi(value)
				p.must(err, "%s", line)
				lines, sum = append(lines, strings.TrimSpace(line)), sum+n
			}
		}
		if sum >= total {
			return lines
		}
	}
}

// TestProofBurstToASlowBotIsDelivered: 600 words in one second, two in each of 300 conversations, to a bot that takes eight seconds
// for each call. A call may take ten.
func TestProofBurstToASlowBotIsDelivered(t *testing.T) {
	p := newSlowProof(t, 8*time.Second, 300)
	p.say(p.chats)
	p.say(p.chats)
	seconds := 0
	for p.slow.busy() > 0 {
		p.clock.second()
		seconds++
	}
	p.check(600)
	t.Logf("600 words were delivered in %d s", seconds)
}

// TestProofStreamToASlowBotIsDelivered: 120 words a second for 30 seconds, in 360 conversations in turn, to a bot that takes three
// seconds for each call. It cannot keep up with that in the slots of one process, so words wait.
func TestProofStreamToASlowBotIsDelivered(t *testing.T) {
	const perSecond, during = 120, 30
	p := newSlowProof(t, 3*time.Second, 3*perSecond)
	for second := range during {
		first := second % 3 * perSecond
		p.say(p.chats[first : first+perSecond])
		p.slow.busy()
		p.clock.second()
	}
	seconds := during
	for p.slow.busy() > 0 {
		p.clock.second()
		seconds++
	}
	p.check(perSecond * during)
	t.Logf("%d words were delivered in %d s", perSecond*during, seconds)
}
