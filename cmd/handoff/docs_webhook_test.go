package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
	"handoff/web"
	"handoff/web/contracttest"
)

// The catalogue of docs/webhook.md lies between these lines.
const (
	catalogueBegins = "<!-- the catalogue, by go test ./cmd/handoff -run WebhookDocument -update -->\n"
	catalogueEnds   = "<!-- end of the catalogue -->"
)

// TestWebhookDocumentHasTheCatalogue: the events and examples of docs/webhook.md are those of the OpenAPI document, which are sent
// and received by TestContractIsKeptBothWays.
func TestWebhookDocumentHasTheCatalogue(t *testing.T) {
	document, err := os.ReadFile(webhookDocument)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(document), catalogueBegins)
	shown, after, ends := strings.Cut(rest, catalogueEnds)
	if !begins || !ends {
		t.Fatalf("%s has no place for the catalogue between %q and %q", webhookDocument, catalogueBegins, catalogueEnds)
	}
	want := catalogue(t)
	if *update {
		if err := os.WriteFile(webhookDocument, []byte(before+catalogueBegins+want+catalogueEnds+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("-update writes it anew (-want +shown):\n%s", diff)
	}
}

// Where the types stand in the OpenAPI document, in the order in which a reader meets them.
var (
	pathOfEvents    = []string{"paths", "/v1/bots/{bot}/events", "post", "x-event-types"}
	pathOfCallbacks = []string{"paths", "/v1/bots/{bot}/events", "post", "callbacks"}
	pathOfExamples  = []string{"paths", "/v1/bots/{bot}/events", "post", "requestBody", "content", "application/json", "examples"}
)

// catalogue is one table of all types, and then an example of each.
func catalogue(t *testing.T) string {
	t.Helper()
	doc := theDocument(t)
	var table, examples strings.Builder
	table.WriteString("\nMembers of `data` with a `?` may be missing. Others may come: ignore what you do not know.\n\n")
	table.WriteString("| | type | what it says | `data` |\n|---|---|---|---|\n")
	examples.WriteString("\n### Examples of what you post\n\nA `POST` to `/v1/bots/{bot}/events`. `/v1/bots/{bot}/handoffs` takes `handoff.requested` as one\n" +
		"flat object, with `conversation_id` alone at the least.\n")
	for _, kind := range namesAt(t, pathOfEvents) {
		schema := doc.EventSchema(kind)
		fmt.Fprintf(&table, "| you post | `%s` | %s | %s |\n", kind, schema.Description, members(schema))
		example(t, &examples, kind, "", exampleOf(t, kind))
	}
	examples.WriteString("\n### Examples of what you are told\n\nAs they were received by a test; ids, times and durations differ.\n")
	for _, kind := range namesAt(t, pathOfCallbacks) {
		schema := doc.CallbackSchema(kind)
		fmt.Fprintf(&table, "| you are told | `%s` | %s | %s |\n", kind, schema.Description, members(schema))
		at := append(slices.Clone(pathOfCallbacks), kind, contracttest.CallbackAddress, "post", "requestBody", "content",
			"application/json", "examples")
		for _, name := range namesAt(t, at) {
			var summary string
			if err := json.Unmarshal(valueAt(t, append(slices.Clone(at), name, "summary")), &summary); err != nil {
				t.Fatal(err)
			}
			example(t, &examples, kind, ". "+summary+":", valueAt(t, append(slices.Clone(at), name, "value")))
		}
	}
	return table.String() + examples.String() + "\n"
}

// members lists what the data of a type has.
func members(envelope *openapi3.Schema) string {
	data := envelope.Properties["data"].Value
	var listed []string
	for name := range data.Properties {
		shown := "`" + name + "`"
		if !slices.Contains(data.Required, name) {
			shown += "?"
		}
		listed = append(listed, shown)
	}
	slices.SortFunc(listed, func(a, b string) int { // what is always there comes first
		if l, r := strings.HasSuffix(a, "?"), strings.HasSuffix(b, "?"); l != r {
			return cmpBool(l, r)
		}
		return strings.Compare(a, b)
	})
	return strings.Join(listed, " ")
}

func cmpBool(a, b bool) int {
	if a == b {
		return 0
	}
	if a {
		return 1
	}
	return -1
}

// exampleOf is the document's first example of a type that bots post.
func exampleOf(t *testing.T, kind string) []byte {
	t.Helper()
	for _, name := range namesAt(t, pathOfExamples) {
		value := valueAt(t, append(slices.Clone(pathOfExamples), name, "value"))
		if bytes.Contains(value, []byte(`"type": "`+kind+`"`)) {
			return value
		}
	}
	t.Fatalf("%s has no example", kind)
	return nil
}

func example(t *testing.T, to *strings.Builder, kind, about string, value []byte) {
	t.Helper()
	fmt.Fprintf(to, "\n`%s`%s\n\n```json\n%s\n```\n", kind, about, folded(t, value))
}

// folded lays a value out with one line for each member of the envelope and of its data.
func folded(t *testing.T, value []byte) string {
	t.Helper()
	var b strings.Builder
	fold(t, &b, value, 0)
	return b.String()
}

func fold(t *testing.T, to *strings.Builder, value []byte, depth int) {
	t.Helper()
	keys, err := contracttest.Names(value, nil)
	if depth == 2 || err != nil || value[0] != '{' {
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			t.Fatal(err)
		}
		to.Write(compact.Bytes())
		return
	}
	indent := strings.Repeat("  ", depth)
	to.WriteString("{")
	for i, key := range keys {
		if i > 0 {
			to.WriteString(",")
		}
		member, err := contracttest.At(value, []string{key})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(to, "\n%s  %q: ", indent, key)
		below := depth + 1
		if key != "data" {
			below = 2
		}
		fold(t, to, member, below)
	}
	if len(keys) > 0 {
		to.WriteString("\n" + indent)
	}
	to.WriteString("}")
}

func namesAt(t *testing.T, path []string) []string {
	t.Helper()
	found, err := contracttest.Names(web.OpenAPI(), path)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func valueAt(t *testing.T, path []string) []byte {
	t.Helper()
	value, err := contracttest.At(web.OpenAPI(), path)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestWebhookDocumentHasTheSchedules: the pauses in docs/webhook.md are those of the dispatcher.
func TestWebhookDocumentHasTheSchedules(t *testing.T) {
	document, err := os.ReadFile(webhookDocument)
	if err != nil {
		t.Fatal(err)
	}
	for name, cmd := range map[string]orchestrator.Command{
		"live":      {Type: orchestrator.CommandSend, Class: orchestrator.ClassLive},
		"lifecycle": {Type: orchestrator.CommandNotify, Class: orchestrator.ClassLifecycle},
	} {
		found := regexp.MustCompile("<!-- " + name + " -->(.*?)<!-- end -->").FindSubmatch(document)
		if found == nil || string(found[1]) != inTurn(cmd.Delays()) {
			t.Errorf("the schedule %s is %s; the document has %s", name, inTurn(cmd.Delays()), found)
		}
	}
}

// inTurn lists times as people do.
func inTurn(delays []time.Duration) string {
	var all []string
	for _, d := range delays {
		switch {
		case d < time.Minute:
			all = append(all, fmt.Sprintf("%d s", d/time.Second))
		case d < time.Hour:
			all = append(all, fmt.Sprintf("%d min", d/time.Minute))
		default:
			all = append(all, fmt.Sprintf("%d h", d/time.Hour))
		}
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
