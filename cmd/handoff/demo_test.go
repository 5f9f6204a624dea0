package main

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func TestDemoPlaysEveryStoryToItsEnd(t *testing.T) {
	n := len(stories())
	p := launch(t, nil, "demo", "--listen", "127.0.0.1:0", "--stories", strconv.Itoa(n), "--customers", "4", "--pace", "10ms")
	p.until(`^` + strconv.Itoa(n) + ` stories played, 0 not as they should$`)
	p.ends(exitOK)
	var played []string
	for _, found := range regexp.MustCompile(`(?m)^played +(.+?) +(\w+)$`).FindAllStringSubmatch(p.err.String(), -1) {
		played = append(played, found[1]+": "+found[2])
	}
	var want []string
	for _, st := range stories() {
		want = append(want, st.name+": "+string(st.end))
	}
	slices.Sort(played)
	slices.Sort(want)
	if diff := cmp.Diff(want, played); diff != "" {
		t.Errorf("stories (-want +played):\n%s\n%s", diff, p.err.String())
	}
	for _, step := range []string{
		`bot +→ queued .*handoff requested`, `offered +→ agent .*accepted.* by (anna|ben)`, `agent +→ transferring`, `agent +→ conference`,
		`offered +→ queued +declined`, `wrap_up +→ queued .*customer is back`,
	} {
		if !regexp.MustCompile(step).MatchString(p.said.String()) {
			t.Errorf("no line like %q:\n%s", step, p.said.String())
		}
	}
}

func TestDemoLeavesTheAgentsPartToTheTerminal(t *testing.T) {
	p := launch(t, nil, "demo", "--listen", "127.0.0.1:0", "--agents=false", "--customers", "1", "--stories", "1", "--pace", "10ms")
	anna, err := signedIn(t.Context(), baseOf(p), "anna")
	if err != nil {
		t.Fatal(err)
	}
	if err := anna.call(t.Context(), http.MethodPut, "/v1/me/presence", map[string]any{"state": "online"}, nil); err != nil {
		t.Fatal(err)
	}
	id := p.until(`(…\w+) .* queued +→ offered`)[1]
	at := "/v1/conversations/" + ringing(t, anna, strings.TrimPrefix(id, "…"))
	post := func(action string, body map[string]any) {
		t.Helper()
		if err := anna.call(t.Context(), http.MethodPost, at+action, body, nil); err != nil {
			t.Fatal(err)
		}
	}
	post("/accept", map[string]any{})
	customerWrites(t, anna, at, "How long may I take to pay?")
	post("/messages", map[string]any{"text": "Thirty days."})
	customerWrites(t, anna, at, "I see.")
	post("/end", map[string]any{})
	post("/complete", map[string]any{"disposition": "solved"})
	p.until("^1 stories played, 0 not as they should$")
	p.ends(exitOK)
}

// customerWrites waits until the scripted customer has written something.
func customerWrites(t *testing.T, person *client, at, text string) {
	t.Helper()
	var after uint64
	for {
		page, err := person.events(t.Context(), strings.TrimPrefix(at, "/v1/conversations/"), after, demoPoll)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if strings.Contains(string(e.Data), text) {
				return
			}
		}
		after = page.Next
	}
}

// ringing is the conversation that rings at somebody, by the end of its id.
func ringing(t *testing.T, person *client, end string) string {
	t.Helper()
	var list struct {
		Items []shownConversation `json:"items"`
	}
	if err := person.call(t.Context(), http.MethodGet, "/v1/me/conversations", nil, &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list.Items {
		if strings.HasSuffix(c.ID, end) {
			return c.ID
		}
	}
	t.Fatalf("nothing that ends in %s rings: %+v", end, list.Items)
	return ""
}

func TestDemoStopsByItself(t *testing.T) {
	p := launch(t, nil, "demo", "--listen", "127.0.0.1:0", "--customers", "0", "--for", "200ms", "--quiet")
	p.until("No script plays")
	p.ends(exitOK)
}

func TestDemoThatIsStoppedBeforeItBeginsEndsInGoodOrder(t *testing.T) {
	p := launch(t, nil, "demo", "--listen", "127.0.0.1:0", "--for", "1ms")
	p.ends(exitOK)
}

func TestSceneThatGoesWrongIsReported(t *testing.T) {
	r := result{story: story{name: "a", end: orchestrator.StateCompleted}, id: "cv_00_X", end: orchestrator.StateExpired}
	if want := "wrong   a: ended expired, should be completed (cv_00_X)"; !r.bad() || r.String() != want {
		t.Errorf("got %q, bad %t", r, r.bad())
	}
}

// tourBlock matches one block of the tour that is meant to be pasted.
var tourBlock = regexp.MustCompile("(?s)```bash\n(.*?)```")

func TestTourOfTheReadmeWorksWhenPasted(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tour, begins := strings.Cut(string(readme), "<!-- tour: begin -->")
	tour, _, ends := strings.Cut(tour, "<!-- tour: end -->")
	if !begins || !ends {
		t.Fatal("README.md has no tour between its two markers")
	}
	p := launch(t, nil, "demo", "--listen", "127.0.0.1:0", "--customers", "1", "--pace", "300ms")
	base := baseOf(p)
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	blocks := tourBlock.FindAllStringSubmatch(tour, -1)
	for _, block := range blocks {
		script.WriteString(strings.ReplaceAll(block[1], "http://"+defaultListen, base))
	}
	if len(blocks) < 6 || !strings.Contains(script.String(), base) {
		t.Fatalf("the tour has %d blocks, or does not call %s", len(blocks), defaultListen)
	}
	script.WriteString("echo chat is $chat\n")
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, want := range []string{
		`"code":"not-in-control"`, "refused, as it should be", `"to_state":"agent"`, `"text":"Good day, Ann! It is on the van."`,
		`"to_state":"wrap_up"`, `"to_state":"completed"`, `"type":"message.refused"`, `"cause":"accepted"`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tour does not show %s:\n%s", want, out)
		}
	}
	sam, err := signedIn(t.Context(), base, "sam")
	if err != nil {
		t.Fatal(err)
	}
	var c shownConversation
	chat := strings.TrimPrefix(regexp.MustCompile(`(?m)^chat is (.+)$`).FindStringSubmatch(string(out))[1], base)
	if err := sam.call(t.Context(), http.MethodGet, chat, nil, &c); err != nil {
		t.Fatal(err)
	}
	if c.External != "tour-1" || c.State != string(orchestrator.StateCompleted) || c.Bot != "tour" {
		t.Errorf("after the tour the conversation is %+v", c)
	}
	p.stop()
	p.ends(exitOK)
}
