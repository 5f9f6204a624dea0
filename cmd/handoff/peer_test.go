package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"handoff/connectors/peertest"
	"handoff/orchestrator"
)

const (
	peerFolder = "../../connectors/bots/native/testdata/peer"
	peerSecret = "whsec_cGVlci1vbmx5LXBlZXItb25seS1wZWVyLW9ubHktcGVlcg=="
)

// peer is a bot platform in JavaScript that signs and checks with the library "standardwebhooks" of npm: see peer.js.
type peer struct {
	t     *testing.T
	in    io.WriteCloser
	lines <-chan peerLine
}

// peerLine is what the peer tells.
type peerLine struct {
	Listening int    `json:"listening"`
	Answered  int    `json:"answered"`
	ID        string `json:"id"`
	Refused   string `json:"refused"`
	Body      struct {
		ID    string `json:"id"`
		State string `json:"state"`
		Code  string `json:"code"`
	} `json:"body"`
	Heard struct {
		Type           string `json:"type"`
		ConversationID string `json:"conversation_id"`
		Data           struct {
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
		} `json:"data"`
	} `json:"heard"`
}

// startPeer installs the peer's packages into a folder of its own, as the lock file has them, and starts it.
func startPeer(t *testing.T) (*peer, int) {
	t.Helper()
	dir := peertest.Install(t, peerFolder)
	node := exec.CommandContext(context.WithoutCancel(t.Context()), "node", "peer.js") // it ends when it is told nothing more
	node.Dir, node.Stderr = dir, t.Output()
	node.Env = append(os.Environ(), "PEER_SECRET="+peerSecret)
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan peerLine, 64)
	ended := make(chan error, 1)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			var line peerLine
			if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
				line.Refused = err.Error() + ": " + scan.Text()
			}
			lines <- line
		}
		ended <- node.Wait()
	}()
	p := &peer{t: t, in: in, lines: lines}
	t.Cleanup(func() {
		_ = in.Close()
		if err := within(t, ended); err != nil {
			t.Errorf("the peer ended with %v", err)
		}
	})
	return p, p.next().Listening
}

// next is the next that the peer tells; a refusal of ours fails the test.
func (p *peer) next() peerLine {
	p.t.Helper()
	line := within(p.t, p.lines)
	if line.Refused != "" {
		p.t.Fatalf("the peer refuses what we sent: %s", line.Refused)
	}
	return line
}

// posts lets the peer sign a body and post it. Until the answer comes it may hear of other things.
func (p *peer) posts(url, id, body string, more map[string]any) (answer peerLine, heard []peerLine) {
	p.t.Helper()
	order := map[string]any{"post": url, "id": id, "body": body}
	maps.Copy(order, more)
	line, err := json.Marshal(order)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.t.Fatal(err)
	}
	for answer = p.next(); answer.Answered == 0; answer = p.next() {
		heard = append(heard, answer)
	}
	return answer, heard
}

func TestForeignImplementationOfStandardWebhooksUnderstandsUsAndWeIt(t *testing.T) {
	p, port := startPeer(t)
	base := startForPeer(t, port)
	url := base + "/v1/bots/shop/events"
	ask := peerEvent("evt-1", "handoff.requested", `{"reason":"user_requested","summary":"Grüße – 😀","user":{"id":"u-1"}}`)
	first, heard := p.posts(url, "evt-1", ask, nil)
	if first.Answered != 202 || first.Body.State != "bot" { // nobody is there
		t.Fatalf("the request is answered with %+v", first)
	}
	for len(heard) == 0 {
		heard = append(heard, p.next())
	}
	if heard[0].Heard.Type != "handoff.failed" || heard[0].Heard.ConversationID != "peer-1" || heard[0].ID == "" {
		t.Errorf("the peer has heard %+v", heard[0])
	}
	if again, _ := p.posts(url, "evt-1", ask, nil); again.Answered != 200 || again.Body.ID != first.Body.ID {
		t.Errorf("the repetition is answered with %+v", again)
	}
	for what, more := range map[string]map[string]any{
		"invalid-signature": {"sent": strings.Replace(ask, "u-1", "u-2", 1)},
		"stale-timestamp":   {"age": 400},
	} {
		if got, _ := p.posts(url, "evt-2", ask, more); got.Answered != 401 || got.Body.Code != what {
			t.Errorf("want %s, got %+v", what, got)
		}
	}
	word := peerEvent("evt-3", "message.created",
		`{"message":{"id":"m-1","text":"„Schon da?“ \u2028 😀"},"author":{"role":"user","id":"u-1"}}`)
	if got, _ := p.posts(url, "evt-3", word, nil); got.Answered != 202 {
		t.Errorf("a word is answered with %+v", got)
	}
}

func peerEvent(id, kind, data string) string {
	return fmt.Sprintf(`{"id":%q,"type":%q,"timestamp":"2026-11-21T20:15:00Z","conversation_id":"peer-1","data":%s}`, id, kind, data)
}

// startForPeer starts a service whose callback is the peer. It has two secrets, of which the peer knows the second.
func startForPeer(t *testing.T, port int) string {
	t.Helper()
	// The machine's clock: the peer's library looks at it.
	return serveInside(t, fmt.Appendf(nil, `
bots: [{name: shop, flow: default, secrets: [%q, %q], callback: "http://127.0.0.1:%d/", allow_private_callback: true}]
users: []
queues: [{name: general}]
flows: {default: {desk: house, queue: general}}
`, tracedSecret, peerSecret, port), orchestrator.SystemClock{})
}
