package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"handoff/connectors/peertest"
	"handoff/orchestrator"
)

const (
	webhookDocument     = "../../docs/webhook.md"
	quickStartFolder    = "testdata/quickstart"
	quickStartPassword  = "try-it-out"
	quickStartCallbacks = "3000" // the port at which the quick starts listen
)

// TestQuickStartsWorkWhenPasted: each of the three, as the document has it, asks for a person, is told what happens, and speaks
// again when it may.
func TestQuickStartsWorkWhenPasted(t *testing.T) {
	for language, q := range map[string]quickStart{
		"bash":   {file: "bot.sh", run: []string{"bash", "bot.sh"}, told: `"type":"%s"`, spoke: `"message_id"`},
		"js":     {file: "bot.mjs", run: []string{"node", "bot.mjs"}, told: "told %s ", spoke: "posted message.created 202", packages: true},
		"python": {file: "bot.py", run: []string{"python3", "bot.py"}, told: "told %s ", spoke: "posted message.created 202"},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			q.program = quickStartBlock(t, language)
			q.play(t)
		})
	}
}

// quickStart is one of the programs, and how it shows what it was told.
type quickStart struct {
	program, file string
	run           []string
	told, spoke   string
	packages      bool // of npm
}

// play starts the service with the configuration of the document, and the program beside it; Anna plays her part.
func (q quickStart) play(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), lifeTimeout)
	t.Cleanup(cancel)
	port := freePort(t)
	base := q.serves(t, port)
	anna, err := newClient(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := anna.login(ctx, "anna", quickStartPassword); err != nil {
		t.Fatal(err)
	}
	does := func(method, path string, body map[string]any) {
		t.Helper()
		if err := anna.call(ctx, method, path, body, nil); err != nil {
			t.Fatal(err)
		}
	}
	does(http.MethodPut, "/v1/me/presence", map[string]any{"state": "online"})
	said := q.starts(t, base, port)
	said.until(fmt.Sprintf(q.told, "handoff.queued"))
	at := "/v1/conversations/" + rings(t, anna)
	does(http.MethodPost, at+"/accept", map[string]any{})
	does(http.MethodPost, at+"/messages", map[string]any{"text": "Good day, Ann!"})
	said.until("Good day, Ann!")
	does(http.MethodPost, at+"/end", map[string]any{})
	said.until(`"resume":\s*"bot"`)
	said.until(q.spoke)
}

// serves starts the service of the document on ports that are free.
func (q quickStart) serves(t *testing.T, port string) string {
	t.Helper()
	yaml := strings.ReplaceAll(quickStartBlock(t, "yaml"), ":"+quickStartCallbacks+"/", ":"+port+"/")
	return serveInside(t, []byte(yaml), orchestrator.SystemClock{})
}

// starts runs the program until the test is over.
func (q quickStart) starts(t *testing.T, base, port string) *quickStartOutput {
	t.Helper()
	dir := t.TempDir()
	if q.packages {
		dir = peertest.Install(t, quickStartFolder)
	}
	program := strings.ReplaceAll(q.program, "http://"+defaultListen, base)
	program = strings.ReplaceAll(program, "127.0.0.1\", "+quickStartCallbacks, "127.0.0.1\", "+port) // Python
	program = strings.ReplaceAll(program, "listen("+quickStartCallbacks, "listen("+port)             // Node
	if err := os.WriteFile(filepath.Join(dir, q.file), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), lifeTimeout)
	cmd := exec.CommandContext(ctx, q.run[0], q.run[1:]...)
	cmd.Dir, cmd.WaitDelay = dir, 10*time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed, or has come to its end
	})
	return &quickStartOutput{t: t, lines: bufio.NewScanner(out)}
}

// quickStartOutput is what a program prints.
type quickStartOutput struct {
	t     *testing.T
	lines *bufio.Scanner
	seen  []string
}

// until reads on until a line matches; what was read before counts too.
func (o *quickStartOutput) until(pattern string) {
	o.t.Helper()
	want := regexp.MustCompile(pattern)
	if slices.ContainsFunc(o.seen, want.MatchString) {
		return
	}
	for o.lines.Scan() {
		o.seen = append(o.seen, o.lines.Text())
		if want.MatchString(o.lines.Text()) {
			return
		}
	}
	o.t.Fatalf("the program never printed %s (%v):\n%s", pattern, o.lines.Err(), strings.Join(o.seen, "\n"))
}

// rings waits until a chat rings at somebody.
func rings(t *testing.T, who *client) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), lifeTimeout)
	defer cancel()
	for ctx.Err() == nil {
		var list struct {
			Items []shownConversation `json:"items"`
		}
		if err := who.call(ctx, http.MethodGet, "/v1/me/conversations", nil, &list); err != nil && !isCode(err, "rate-limited") {
			t.Fatal(err)
		}
		if len(list.Items) > 0 && list.Items[0].State == string(orchestrator.StateOffered) {
			return list.Items[0].ID
		}
	}
	t.Fatal("nothing rings")
	return ""
}

// quickStartBlock is the one block of a language between the markers of the document.
func quickStartBlock(t *testing.T, language string) string {
	t.Helper()
	document, err := os.ReadFile(webhookDocument)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(document), "<!-- quick starts: begin -->")
	starts, _, ends := strings.Cut(rest, "<!-- quick starts: end -->")
	blocks := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(starts, -1)
	if !begins || !ends || len(blocks) != 1 {
		t.Fatalf("%s has %d blocks of %s between its markers", webhookDocument, len(blocks), language)
	}
	return blocks[0][1]
}

// freePort is a port at which nobody listens now.
func freePort(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	listener, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}
