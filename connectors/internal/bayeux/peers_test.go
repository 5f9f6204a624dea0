package bayeux_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/bayeux"
	"handoff/connectors/peertest"
	"handoff/orchestrator"
)

// peer is a node process that is driven by lines.
type peer struct {
	in  io.WriteCloser
	out *bufio.Scanner
}

func begin(t *testing.T, folder string, args ...string) *peer {
	t.Helper()
	node := exec.CommandContext(context.WithoutCancel(t.Context()), "node", args...) // it ends with its input
	node.Dir, node.Stderr = folder, os.Stderr
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
	t.Cleanup(func() {
		_ = in.Close()
		if err := node.Wait(); err != nil {
			t.Errorf("node %v: %v", args, err)
		}
	})
	return &peer{in: in, out: bufio.NewScanner(out)}
}

func (p *peer) tells(t *testing.T, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		t.Fatal(err)
	}
}

// says waits for a line that begins with a word and answers the rest.
func (p *peer) says(t *testing.T, word string) string {
	t.Helper()
	for p.out.Scan() {
		if rest, ok := strings.CutPrefix(p.out.Text(), word); ok {
			return strings.TrimSpace(rest)
		}
	}
	t.Fatalf("the peer never said %q: %v", word, p.out.Err())
	return ""
}

func TestOurClientListensToTheNodeServer(t *testing.T) {
	server := begin(t, peertest.Install(t, filepath.Join("testdata", "peers")), "server.js")
	address := "http://127.0.0.1:" + server.says(t, "listening")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	caller := &http.Client{Jar: jar}
	defer caller.CloseIdleConnections()
	heard, renewed := make(chan string, 16), make(chan struct{}, 16)
	client := bayeux.New(bayeux.Options{
		Exchange: func(ctx context.Context, batch []byte) ([]byte, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(batch))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Content-Type", "application/json;charset=UTF-8")
			res, err := caller.Do(req)
			if err != nil {
				return nil, err
			}
			defer res.Body.Close()
			return io.ReadAll(res.Body)
		},
		Clock: orchestrator.SystemClock{}, Channels: []string{"/v2/me/chats", "/v2/me/channels"},
		Hear:    func(ev bayeux.Event) { heard <- ev.Channel + " " + string(ev.Data) },
		Renewed: func(context.Context) error { renewed <- struct{}{}; return nil },
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- client.Run(ctx) }()
	<-renewed
	var got []string
	tell := func(text string) {
		server.tells(t, "tell /v2/me/chats %s", text)
		got = append(got, <-heard)
	}
	tell("one")
	tell("two")
	server.tells(t, "forget")
	<-renewed
	tell("three")
	want := []string{`/v2/me/chats {"text":"one"}`, `/v2/me/chats {"text":"two"}`, `/v2/me/chats {"text":"three"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	stop()
	<-ended
	if err := client.Disconnect(t.Context()); err != nil {
		t.Errorf("disconnecting: %v", err)
	}
}
