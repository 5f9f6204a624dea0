package simkit_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// counter answers how often it was called, and does nothing else.
type counter struct {
	mu    sync.Mutex
	calls int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, "call number %d", c.calls)
}

func (c *counter) made() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// door is a server behind faults that concern calls of /words.
type door struct {
	faults simkit.Faults
	vendor counter
	server *httptest.Server
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{}
	d.server = httptest.NewServer(d.faults.Wrap(&d.vendor, func(r *http.Request) bool { return r.URL.Path == "/words" }))
	t.Cleanup(d.server.Close)
	return d
}

// call posts to a path and answers status and body; status 0 and the beginning of the body where the connection broke.
func (d *door) call(ctx context.Context, t *testing.T, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.server.URL+path, strings.NewReader("password=planted-1"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer planted-2")
	resp, err := d.server.Client().Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, string(body)
	}
	return resp.StatusCode, string(body)
}

func TestAFaultConcernsTheNextCallThatIsConcernedAndNoneAfter(t *testing.T) {
	for _, row := range []struct {
		name    string
		set     func(f *simkit.Faults)
		status  int
		body    string
		carried int // calls carried out after the concerned one and two others
	}{
		{"status", func(f *simkit.Faults) { f.Status(http.StatusConflict) }, http.StatusConflict, "<html>", 2},
		{"lost answer", (*simkit.Faults).LoseAnswer, 0, "", 3},
		{"half an answer", (*simkit.Faults).DropMidBody, 0, "call n", 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDoor(t)
			row.set(&d.faults)
			if status, body := d.call(t.Context(), t, "/other"); status != http.StatusAccepted || body != "call number 1" {
				t.Errorf("another call: %d %q", status, body)
			}
			if status, body := d.call(t.Context(), t, "/words"); status != row.status || !strings.HasPrefix(body, row.body) {
				t.Errorf("the concerned call: %d %q", status, body)
			}
			if d.faults.Pending() != 0 {
				t.Error("the fault waits for another call")
			}
			if status, _ := d.call(t.Context(), t, "/words"); status != http.StatusAccepted || d.vendor.made() != row.carried {
				t.Errorf("the call after it: %d, and %d calls were carried out, want %d", status, d.vendor.made(), row.carried)
			}
		})
	}
}

func TestTheErrorPageEchoesTheRequest(t *testing.T) {
	d := newDoor(t)
	d.faults.Status(http.StatusBadGateway)
	_, body := d.call(t.Context(), t, "/words?ticket=planted-3")
	for _, planted := range []string{"502 Bad Gateway", "password=planted-1", "Bearer planted-2", "ticket=planted-3"} {
		if !strings.Contains(body, planted) {
			t.Errorf("%q is not in the page:\n%s", planted, body)
		}
	}
}

func TestAHangingCallEndsWithItsCaller(t *testing.T) {
	d := newDoor(t)
	d.faults.Hang()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if status, _ := d.call(ctx, t, "/words"); status != 0 || d.vendor.made() != 0 {
		t.Errorf("status %d, %d calls were carried out", status, d.vendor.made())
	}
}

func TestADelayedCallIsCarriedOutByTheClock(t *testing.T) {
	clock := orchestrator.NewStepClock(time.Unix(0, 0))
	d := newDoor(t)
	d.faults.Clock = clock
	d.faults.Delay(time.Minute)
	answered := make(chan int, 1)
	go func() {
		status, _ := d.call(t.Context(), t, "/words")
		answered <- status
	}()
	clock.AwaitTimers(1)
	if d.vendor.made() != 0 {
		t.Error("it was carried out at once")
	}
	clock.Advance(time.Minute)
	if status := <-answered; status != http.StatusAccepted {
		t.Errorf("status %d", status)
	}
}

func TestAVendorThatIsDownAnswersNothingUntilItIsUp(t *testing.T) {
	d := newDoor(t)
	d.faults.Down()
	for _, path := range []string{"/other", "/words"} {
		if status, _ := d.call(t.Context(), t, path); status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", path, status)
		}
	}
	d.faults.Up()
	if status, _ := d.call(t.Context(), t, "/other"); status != http.StatusAccepted || d.vendor.made() != 1 {
		t.Errorf("status %d, %d calls were carried out", status, d.vendor.made())
	}
}

func TestHeldCallsWaitAtTheDoor(t *testing.T) {
	d := newDoor(t)
	release := d.faults.Hold()
	answered := make(chan int, 2)
	for range 2 {
		go func() {
			status, _ := d.call(t.Context(), t, "/words")
			answered <- status
		}()
	}
	d.until(t, "two calls wait", func() bool { return d.faults.Held() == 2 })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if status, _ := d.call(ctx, t, "/other"); status != 0 || d.vendor.made() != 0 {
		t.Errorf("status %d, %d calls were carried out", status, d.vendor.made())
	}
	release()
	for range 2 {
		if status := <-answered; status != http.StatusAccepted {
			t.Errorf("status %d after the release", status)
		}
	}
	d.until(t, "nobody waits any more", func() bool { return d.faults.Held() == 0 })
}

// until waits until something is so, looking after each change.
func (d *door) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	late, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	for {
		_, changed := d.faults.Watch()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-late.Done():
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestEachCallIsAChange(t *testing.T) {
	d := newDoor(t)
	before, changed := d.faults.Watch()
	d.faults.LoseAnswer()
	d.call(t.Context(), t, "/words")
	<-changed
	if after, _ := d.faults.Watch(); after <= before {
		t.Errorf("revision %d, before it was %d", after, before)
	}
}

func TestNotificationsAreRearranged(t *testing.T) {
	var f simkit.Faults
	var told []string
	tell := func(names ...string) func() {
		return func() {
			for _, name := range names {
				f.Notify(func() { told = append(told, name) })
			}
		}
	}
	tell("a", "b")()
	f.Duplicate(tell("c", "d"))
	f.Reorder(tell("e", "f", "g"))
	f.DuplicateNext()
	tell("h", "i")()
	f.ReorderNext()
	tell("j", "k", "l")()
	want := []string{"a", "b", "c", "c", "d", "d", "g", "f", "e", "h", "h", "i", "k", "j", "l"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestABodyThatWasLookedIntoIsStillThere(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("whole"))
	looked := string(simkit.Body(r))
	rest, err := io.ReadAll(r.Body)
	if err != nil || looked != "whole" || string(rest) != "whole" {
		t.Errorf("looked at %q, then read %q, %v", looked, rest, err)
	}
}
