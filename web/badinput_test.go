package web

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/nativetest"
	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator/redisstore"
	"handoff/orchestrator/redisstore/redistest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	goldenFile = "testdata/badinput.json"
	// leastBad and leastOwn are how many bad requests there are in all, and how many beside those of the bots' envelope.
	leastBad, leastOwn = 60, 40
)

// badRow is a request that must be refused. The names of conversations in path, body and headers stand in braces.
type badRow struct {
	name   string
	as     string // who asks; empty: nobody
	method string
	path   string
	body   any // a string goes as it is
	header []string
	native *nativetest.BadRequest // what the connector says of it
}

// goldenRow is what a request must be answered with.
type goldenRow struct {
	Name    string            `json:"name"`
	Request string            `json:"request"`
	Status  int               `json:"status"`
	Header  map[string]string `json:"header,omitempty"`
	Problem map[string]any    `json:"problem"`
}

// goldenHeaders are those of an answer that say something about the refusal.
var goldenHeaders = []string{"Allow", "Retry-After", "WWW-Authenticate", "ETag", "Location", "Set-Cookie", "Connection"}

func TestEveryBadRequestHasItsExactAnswerAndLeavesNothing(t *testing.T) {
	url := redistest.StartMini(t)
	s := newBadScene(newRigOn(t, redisstore.Open, url, withAdmin))
	own := ownBadRows()
	rows := append(nativeBadRows(s), own...)
	if len(own) < leastOwn || len(rows) < leastBad {
		t.Fatalf("%d rows, %d of them beside the envelope's; want %d and %d", len(rows), len(own), leastBad, leastOwn)
	}
	golden := readGolden(t)
	var answers []goldenRow
	before := must(redistest.Contents(t.Context(), url))
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := s.send(&row)
			after := must(redistest.Contents(t.Context(), url))
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("something was stored (-before +after):\n%s", diff)
			}
			before = after
			checkProblem(t, a)
			if row.native != nil {
				checkNative(t, row.native, a)
			}
			got := s.record(t, &row, a)
			answers = append(answers, got)
			want, known := golden[row.name]
			if *update {
				return
			}
			if !known {
				t.Fatalf("the golden file does not know this row; answered %+v", got)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
	s.wouldNoticeAChange(t, url, before)
	if *update {
		writeGolden(t, answers)
		return
	}
	if len(golden) != len(rows) {
		t.Errorf("the golden file has %d rows, the table %d", len(golden), len(rows))
	}
}

// wouldNoticeAChange proves that the comparison can fail: one good request is told apart.
func (s *badScene) wouldNoticeAChange(t *testing.T, url string, before map[string]string) {
	t.Helper()
	s.callers["anna"].post(s.names.Replace("/v1/conversations/{served}/notes"), noteBody{"good"}).want(t, 200)
	if cmp.Equal(before, must(redistest.Contents(context.Background(), url))) {
		t.Error("a note was stored, and the contents of the store do not show it")
	}
}

// send makes the request of a row.
func (s *badScene) send(row *badRow) *answer {
	s.r.t.Helper()
	body := row.body
	if text, ok := body.(string); ok {
		body = s.names.Replace(text)
	}
	header := make([]string, len(row.header))
	for i := range row.header {
		header[i] = s.names.Replace(row.header[i])
	}
	return s.caller(row.as).do(row.method, s.names.Replace(row.path), body, header...)
}

// record writes an answer down without what differs from run to run.
func (s *badScene) record(t *testing.T, row *badRow, a *answer) goldenRow {
	t.Helper()
	got := goldenRow{Name: row.name, Request: row.method + " " + row.path, Status: a.status, Header: map[string]string{}}
	for _, name := range goldenHeaders {
		if value := a.header.Get(name); value != "" {
			got.Header[name] = value
		}
	}
	if err := json.Unmarshal([]byte(s.hide.Replace(string(a.body))), &got.Problem); err != nil {
		t.Fatalf("status %d with a body that is not JSON: %s", a.status, a.body)
	}
	got.Problem["request_id"] = "{request}"
	return got
}

// checkProblem holds an answer against the rules of every problem document.
func checkProblem(t *testing.T, a *answer) {
	t.Helper()
	code := a.text("code")
	kind, known := problemKinds[code]
	if !known {
		t.Fatalf("code %q is in no table: %s", code, a.body)
	}
	for name, ok := range map[string]bool{
		"Content-Type":     a.header.Get("Content-Type") == problemType,
		"type":             a.text("type") == "/problems/"+code,
		"title":            a.text("title") == kind.title,
		"status":           int(a.number("status")) == a.status && a.status == kind.status,
		"detail":           a.text("detail") != "",
		"instance":         strings.HasPrefix(a.text("instance"), "/"),
		"request_id":       a.text("request_id") != "" && a.text("request_id") == a.header.Get(requestIDHeader),
		"WWW-Authenticate": (a.status == 401) == (a.header.Get("WWW-Authenticate") != ""),
		"Allow":            (a.status == 405) == (a.header.Get("Allow") != ""),
		"Retry-After":      (a.status == 429 || a.status == 503) == (a.header.Get("Retry-After") != ""),
		"Cache-Control":    a.header.Get("Cache-Control") == "no-store",
	} {
		if !ok {
			t.Errorf("%s is not as in every problem document: %d %v %s", name, a.status, a.header, a.body)
		}
	}
}

// checkNative holds an answer against what the connector says of the request.
func checkNative(t *testing.T, want *nativetest.BadRequest, a *answer) {
	t.Helper()
	a.problem(t, want.Status, want.Code)
	if len(want.Errors) == 0 {
		return
	}
	var got problem
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Errors, got.Errors); diff != "" {
		t.Errorf("errors (-connector +answer):\n%s", diff)
	}
}

// nativeBadRows are the bots' bad requests, signed or with a key as each wants it.
func nativeBadRows(s *badScene) []badRow {
	var rows []badRow
	for _, bad := range nativetest.BadRequests() {
		client := sim.Client{Secret: shopSecret, Clock: s.r.clock}
		if bad.Bearer {
			client = sim.Client{Token: shopKey, Clock: s.r.clock}
		}
		row := badRow{name: "native: " + bad.Name, method: "POST", path: "/v1/bots/" + nativetest.Bot + "/events",
			body: bad.Body, native: &bad}
		if bad.Flat {
			row.path = "/v1/bots/" + nativetest.Bot + "/handoffs"
		}
		for name, values := range must(client.Sign("evt_1", "application/json", []byte(bad.Body))) {
			row.header = append(row.header, name, values[0])
		}
		for name, value := range bad.Header {
			row.header = append(row.header, name, value)
		}
		rows = append(rows, row)
	}
	return rows
}

func readGolden(t *testing.T) map[string]goldenRow {
	t.Helper()
	golden := map[string]goldenRow{}
	raw, err := os.ReadFile(goldenFile)
	if err != nil {
		if *update {
			return golden
		}
		t.Fatal(err)
	}
	var rows []goldenRow
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Header == nil {
			row.Header = map[string]string{}
		}
		if _, twice := golden[row.Name]; twice {
			t.Errorf("two rows are named %q", row.Name)
		}
		golden[row.Name] = row
	}
	return golden
}

// writeGolden writes one row on one line, so that a change of the file reads like a change of the table.
func writeGolden(t *testing.T, rows []goldenRow) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	for i, row := range rows {
		b.WriteString(map[bool]string{true: "[\n", false: ","}[i == 0])
		if err := encoder.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString("]\n")
	if err := os.MkdirAll(filepath.Dir(goldenFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
