package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator/redisstore"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	// floodSeconds is how long one address floods, floodGrowth by how many bytes a second Redis may grow meanwhile.
	floodSeconds = 120
	floodGrowth  = 100_000
)

// TestOneAddressFillsRedisSlowly: customers without number at one address begin conversations and say words, long ones or as many
// as they can, always until they are refused.
func TestOneAddressFillsRedisSlowly(t *testing.T) {
	for name, text := range map[string]string{"long": strings.Repeat("\U0001F600", MaxText), "short": "x"} {
		t.Run(name+" words", func(t *testing.T) {
			server := redistest.Start(t)
			r := newRigOn(t, redisstore.Open, server.URL())
			f := &flood{r: r, caller: r.anybody(), text: text}
			f.caller.http.Transport = &http.Transport{}
			f.begin()
			before := must(redistest.Memory(t.Context(), server.URL()))
			for range floodSeconds {
				f.begin()
				f.talk()
				r.clock.Advance(time.Second)
			}
			growth := (must(redistest.Memory(t.Context(), server.URL())) - before) / floodSeconds
			t.Logf("%d conversations, %d words: Redis grows by %d bytes a second", len(f.ids), f.said, growth)
			if f.said == 0 || growth > floodGrowth {
				t.Errorf("%d words let Redis grow by %d bytes a second, want at most %d", f.said, growth, floodGrowth)
			}
		})
	}
}

// flood is one address that sends what it can.
type flood struct {
	r           *rig
	caller      *caller
	text        string
	ids, tokens []string
	said        int
}

// begin begins conversations until that is refused; of more than it can use, only some.
func (f *flood) begin() {
	for range 5 {
		a := f.caller.post("/v1/conversations", map[string]any{"bot": "shop", "user": map[string]any{"id": "u"}}, "Origin", shopOrigin)
		if a.status != http.StatusCreated {
			a.problem(f.r.t, http.StatusTooManyRequests, codeRateLimited)
			return
		}
		f.ids, f.tokens = append(f.ids, a.text("id")), append(f.tokens, a.text("conversation_token"))
	}
}

// talk lets each customer speak, the newest first, until she or the address is refused.
func (f *flood) talk() {
	for i := len(f.ids) - 1; i >= 0; i-- {
		for {
			a := f.caller.post("/v1/conversations/"+f.ids[i]+"/messages", map[string]any{"text": f.text}, "Authorization", "Bearer "+f.tokens[i])
			if a.status == http.StatusAccepted {
				f.said++
				continue
			}
			if a.text("bound") == "bounds.address_bytes" {
				return
			}
			if a.status != http.StatusTooManyRequests && a.status != http.StatusRequestEntityTooLarge {
				f.r.t.Fatal(fmt.Sprint("a word is answered ", a.status, ": ", string(a.body)))
			}
			break
		}
	}
}
