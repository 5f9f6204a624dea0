package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handoff/connectors/peertest"
)

// refusingServer is a callback that nobody here wrote the parts of; it runs with the packages of the quick start.
const refusingServer = "testdata/refusing/server.mjs"

// refusingLine is what it tells of one call.
type refusingLine struct {
	Listening int    `json:"listening"`
	Untrusted string `json:"untrusted"`
	ID        string `json:"id"`
	Type      string `json:"type"`
	Status    int    `json:"status"`
}

// startRefusing starts the server, which refuses with these statuses in turn, until the test is over.
func startRefusing(t *testing.T, statuses []int) (lines <-chan refusingLine, port int) {
	t.Helper()
	program, err := os.ReadFile(refusingServer)
	if err != nil {
		t.Fatal(err)
	}
	dir := peertest.Install(t, quickStartFolder)
	if err := os.WriteFile(filepath.Join(dir, "server.mjs"), program, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), lifeTimeout)
	node := exec.CommandContext(ctx, "node", "server.mjs")
	node.Dir, node.Stderr, node.WaitDelay = dir, t.Output(), 10*time.Second
	node.Env = append(os.Environ(), "SECRET="+refusedSecret, "STATUSES="+strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", ","), "[]"))
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	told := make(chan refusingLine, 256)
	go func() {
		defer close(told)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			var line refusingLine
			if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
				line.Untrusted = err.Error() + ": " + scan.Text()
			}
			told <- line
		}
	}()
	t.Cleanup(func() {
		stop()
		for range told { // its output is read to the end before it is waited for
		}
		_ = node.Wait() // it was killed
	})
	return told, within(t, told).Listening
}

// TestForeignReceiverThatRefusesOnceIsTold: a callback of Express and the library "standardwebhooks", which refuses each event once
// with a status of its own, takes everything at the second call, in order.
func TestForeignReceiverThatRefusesOnceIsTold(t *testing.T) {
	half := len(refusedStatuses) / 2 // a story has as many events
	for name, statuses := range map[string][]int{"redirects and refusals": refusedStatuses[:half], "conflicts and failures": refusedStatuses[half:]} {
		t.Run(name, func(t *testing.T) {
			lines, port := startRefusing(t, statuses)
			clock := newPacedClock(t, time.Now()) // the library looks at the machine's clock; a story is over within five minutes
			r := newRefused(t, fmt.Sprintf("http://127.0.0.1:%d/callback", port), clock)
			r.tells()
			for n, kind := range storyOfCallbacks {
				first := within(t, lines)
				clock.restsOut()
				again := within(t, lines)
				if first.Type != kind || first.Status != statuses[n%len(statuses)] || first.ID == "" ||
					again != (refusingLine{ID: first.ID, Type: kind, Status: http.StatusNoContent}) {
					t.Fatalf("%s came as %+v and then as %+v", kind, first, again)
				}
			}
			r.undelivered(0)
			r.botIsUp()
		})
	}
}
