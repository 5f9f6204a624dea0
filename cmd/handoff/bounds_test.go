package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native"
	"handoff/orchestrator"
	"handoff/web"
)

// grouped writes a number as people read it: 1,048,576.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func rateText(r web.Rate) string {
	often := grouped(int(r.PerSecond)) + " a second"
	if r.PerSecond < 1 {
		often = fmt.Sprintf("1 in %.0f s", 1/r.PerSecond)
	}
	return often + ", " + grouped(int(r.Burst)) + " at once"
}

// boundsInCode are the defaults of all bounds, as the table of docs/operations.md has them.
func boundsInCode() map[string]string {
	all := map[string]string{}
	rates := web.DefaultRates()
	for _, one := range (&RateLimitsConfig{}).named() {
		all["`rate_limits."+one.name+"`"] = rateText(*one.to(&rates))
	}
	for field, value := range reflect.ValueOf(defaultBounds()).Fields() {
		all["`bounds."+field.Tag.Get("koanf")+"`"] = grouped(int(value.Int()))
	}
	for name, n := range map[string]int{
		"`timeline_entries`": orchestrator.MaxTimeline, "`batch`": native.MaxBatch, "`body`": web.MaxBody, "`handoff_body`": web.MaxHandoffBody,
		"headers": web.MaxHeaders, "nesting": web.MaxDepth, "text": web.MaxText, "turn": native.MaxText,
		"transcript": native.MaxTranscript, "transcript bytes": native.MaxTranscriptBytes, "summary": native.MaxSummary,
		"id": web.MaxID, "name": web.MaxName, "e-mail": web.MaxEmail, "tags": web.MaxTags, "attributes": native.MaxAttributes,
		"attribute name": native.MaxKey, "attribute": native.MaxValue, "attachments": native.MaxAttachments,
		"URL": native.MaxURL, "reply context": native.MaxReplyContext, "page": web.MaxPage, "poll": int(web.MaxWait.Seconds()),
		"request": int(web.RequestTimeout.Seconds()), "body time": int(web.BodyTimeout.Seconds()),
		"stalled reader": int(web.StallTimeout.Seconds()),
	} {
		all[name] = grouped(n)
	}
	return all
}

// boundsInDocs reads the table: bound, default, and what the caller gets.
func boundsInDocs(t *testing.T) (defaults, answers map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), "\n### Bounds\n")
	part, _, _ = strings.Cut(part, "\n### ")
	defaults, answers = map[string]string{}, map[string]string{}
	for line := range strings.Lines(part) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "bound" {
			continue
		}
		name := strings.TrimSpace(cells[1])
		if defaults[name] != "" {
			t.Errorf("%s is there twice", name)
		}
		defaults[name], answers[name] = strings.TrimSpace(cells[3]), strings.TrimSpace(cells[4])
	}
	return defaults, answers
}

func TestEveryBoundIsInOneTableAsConfigurationAndCodeHaveIt(t *testing.T) {
	defaults, _ := boundsInDocs(t)
	if diff := cmp.Diff(boundsInCode(), defaults); diff != "" {
		t.Errorf("configuration and code (-) and docs/operations.md (+) differ:\n%s", diff)
	}
	for _, key := range envKeys() {
		if name := "`" + strings.Join(key.steps[:min(2, len(key.steps))], ".") + "`"; key.steps[0] == "bounds" || key.steps[0] == "rate_limits" {
			if defaults[name] == "" {
				t.Errorf("the table does not have %s", name)
			}
		}
	}
}

// The test of the interface that hits each bound once names it, and the status.
func TestEveryBoundThatRefusesIsHitOverHTTP(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("../../web", "bounds_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	hit := map[string]bool{}
	for _, found := range regexp.MustCompile(`\{bound: "([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1) {
		hit["`"+found[1]+"`"] = true
	}
	_, answers := boundsInDocs(t)
	for name, answer := range answers {
		refused := strings.HasPrefix(answer, "413") || strings.HasPrefix(answer, "429")
		if refused != hit[name] {
			t.Errorf("%s is answered %q, and hit over HTTP: %t", name, answer, hit[name])
		}
		delete(hit, name)
	}
	if len(hit) > 0 {
		t.Errorf("the table does not have %v", hit)
	}
}
