package superoffice_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desks/superoffice"
	"handoff/connectors/desks/superoffice/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/peertest"
	"handoff/orchestrator"
)

// peer is a user of the vendor's who works through the vendor's own client, as a process of its own.
type peer struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
}

// startPeer installs the client into a folder of its own, as the lock file has it, and starts it.
func startPeer(t *testing.T, url string) *peer {
	t.Helper()
	dir := peertest.Install(t, filepath.Join("testdata", "peer"))
	node := exec.CommandContext(context.WithoutCancel(t.Context()), "node", "peer.js") // it ends when it is told nothing more
	node.Dir, node.Stderr = dir, t.Output()
	node.Env = append(os.Environ(), "PEER_URL="+url, "PEER_PASSWORD="+password)
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
			t.Errorf("the peer ended with %v", err)
		}
	})
	return &peer{t: t, in: in, out: bufio.NewReader(out)}
}

// call lets a user call a method and answers what the client made of the answer.
func (p *peer) call(as, method string, args ...any) any {
	p.t.Helper()
	line, err := json.Marshal(map[string]any{"as": as, "call": method, "with": args})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.out.ReadBytes('\n')
	if err != nil {
		p.t.Fatalf("the peer says nothing: %v", err)
	}
	var got struct {
		Answered any
		Refused  string
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		p.t.Fatalf("the peer says %s", answer)
	}
	if got.Refused != "" {
		p.t.Fatalf("%s by %s is refused: %s", method, as, got.Refused)
	}
	return got.Answered
}

// session calls a method that answers a session, and picks what is looked at.
func (p *peer) session(as, method string, args ...any) map[string]any {
	p.t.Helper()
	entity, ok := p.call(as, method, args...).(map[string]any)
	if !ok || entity["chatSessionId"] == nil {
		return nil
	}
	seen := map[string]any{}
	for _, name := range []string{"chatSessionId", "status", "chatbotIsActive", "customerName"} {
		seen[name] = entity[name]
	}
	for name, as := range map[string]string{"user": "user", "transferTo": "transferTo"} {
		if who, ok := entity[name].(map[string]any); ok {
			seen[as] = who["name"]
		}
	}
	return seen
}

// TestTheVendorsOwnClientWorksWithTheSimulatorAndMeetsOurDesk: a user of the vendor's serves a conversation of ours through
// the vendor's own client. So the simulator speaks as that client expects, and our desk hears what that client does.
func TestTheVendorsOwnClientWorksWithTheSimulatorAndMeetsOurDesk(t *testing.T) {
	s := setUp(orchestrator.SystemClock{}, superoffice.SeatCustomer, nil)
	client := startPeer(t, s.server.URL+"/"+sim.Tenant)
	desktest.One(t, desktest.Behaviour{Name: t.Name(), Check: func(tb desktest.TB, p *desktest.Play) {
		ref := wait(tb, s, p, "c-1")
		id, err := strconv.Atoi(ref)
		must(tb, err)
		want := func(what string, have map[string]any, status string, more ...string) {
			t.Helper()
			expected := map[string]any{
				"chatSessionId": float64(id), "status": status, "chatbotIsActive": false, "customerName": "Ann",
			}
			for i := 0; i < len(more); i += 2 {
				expected[more[i]] = more[i+1]
			}
			if diff := cmp.Diff(expected, have); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		want("read", client.session("anna", "getChatSessionEntityAsync", id), "InQueue")
		want("picked up", client.session("anna", "pickUpChatSessionAsync", id), "CustomerLast", "user", "anna")
		if again := client.session("bob", "pickUpChatSessionAsync", id); again != nil {
			t.Errorf("picked up twice: %v", again)
		}
		told(tb, p, "c-1", orchestrator.EventAccepted)
		said := client.call("anna", "addChatMessageAsync", id, map[string]any{
			"type": "ToCustomer", "message": "Good <b>morning</b>", "author": "Anna",
		})
		if m, ok := said.(map[string]any); !ok || m["type"] != "ToCustomer" || m["specialType"] != "None" {
			t.Errorf("the message is answered as %v", said)
		}
		if ev := told(tb, p, "c-1", orchestrator.EventMessage); ev.Message.Text != "Good morning" || ev.Actor.ID != "anna" {
			t.Errorf("%s said %q", ev.Actor.ID, ev.Message.Text)
		}
		want("offered", client.session("anna", "transferChatSessionAsync", id, "bob"), "UserLast", "user", "anna", "transferTo", "bob")
		p.AwaitState(tb, "c-1", orchestrator.StateTransferring)
		want("declined", client.session("bob", "rejectChatSessionTransferAsync", id), "UserLast", "user", "anna")
		p.AwaitState(tb, "c-1", orchestrator.StateAgent)
		client.session("anna", "transferChatSessionAsync", id, "bob")
		p.AwaitState(tb, "c-1", orchestrator.StateTransferring)
		want("taken over", client.session("bob", "acceptChatSessionTransferAsync", id), "UserLast", "user", "bob")
		p.Await(tb, "bob serves", func() bool {
			c := p.Conversation("c-1")
			return c.Owner().ID == "bob"
		})
		want("back in line", client.session("bob", "resetChatSessionAsync", id), "InQueue")
		p.AwaitState(tb, "c-1", orchestrator.StateQueued)
		restOfTheClient(t, client, id)
	}}, func(t desktest.TB) *desktest.Subject { return s.subject(t) })
}

// restOfTheClient calls what our desk has no part in.
func restOfTheClient(t *testing.T, client *peer, id int) {
	t.Helper()
	if messages, ok := client.call("anna", "getChatMessagesAsync", id, 0).([]any); !ok || len(messages) == 0 {
		t.Errorf("messages: %v", messages)
	}
	if text, ok := client.call("anna", "getChatTranscriptAsync", id, false).(string); !ok || text == "" {
		t.Errorf("transcript: %q", text)
	}
	if missing := client.session("anna", "getChatSessionEntityAsync", 7); missing != nil {
		t.Errorf("a session that is not there: %v", missing)
	}
	if open := client.call("anna", "isWithinOpeningHoursAsync", 2); open != true {
		t.Errorf("open: %v", open)
	}
	entity, ok := client.call("anna", "createDefaultChatSessionEntityAsync").(map[string]any)
	if !ok {
		t.Fatalf("no default session: %v", entity)
	}
	entity["topicId"], entity["status"], entity["customerName"] = 3, "InQueue", "Eve"
	saved := client.session("anna", "saveChatSessionEntityAsync", entity)
	first := client.session("carol", "pickUpFirstChatSessionAsync")
	if saved == nil || first == nil || first["chatSessionId"] != float64(id) {
		t.Errorf("saved %v, first in line %v", saved, first)
	}
	client.call("anna", "deleteChatSessionEntityAsync", saved["chatSessionId"])
	for _, list := range []string{"chatSessionsForUserAsync", "chatTopicsForUserAsync", "getChatPresenceAsync"} {
		if all, ok := client.call("anna", list).([]any); !ok || len(all) == 0 {
			t.Errorf("%s: %v", list, all)
		}
	}
	if all, ok := client.call("anna", "getUserAgentListAsync", true, true).([]any); !ok || len(all) != len(people) {
		t.Errorf("users: %v", all)
	}
}
