package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// pollEvery is how often a condition on a page is looked at, inside the browser.
const pollEvery = 50 * time.Millisecond

//go:embed vendored/axe-core-4.14.1/axe.min.js
var axe string

// world is where axe-core runs: beside the page's own scripts, which neither see it nor are seen.
const world = "axe"

// audit names each rule that is broken and where.
const audit = `axe.run(document, {resultTypes: ['violations']}).then((r) =>
  r.violations.flatMap((v) => v.nodes.map((n) => v.id + ' at ' + n.target.join(' ') + ': ' + n.failureSummary)).join('\n'))`

// Fits fails the test unless everybody can use the page as it stands: axe-core finds nothing, and nothing is wider than the
// window.
func (t *Tab) Fits() {
	t.tb.Helper()
	if found := t.Audit(); found != "" {
		t.tb.Errorf("axe-core finds on %s:\n%s", t.at(), found)
	}
	if wide := t.TooWide(); wide != "" {
		t.tb.Errorf("wider than the window on %s: %s", t.at(), wide)
	}
}

// tooWide names the elements that make the page scroll sideways.
const tooWide = `(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return '';
  return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1)
    .slice(0, 8).map((e) => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right)).join(', ') || 'the page';
})()`

// TooWide names what makes the page scroll sideways; empty if nothing does.
func (t *Tab) TooWide() string {
	t.tb.Helper()
	return Ask[string](t, tooWide)
}

func (t *Tab) at() string { return Ask[string](t, `location.href`) }

// Audit answers what axe-core finds on the page, one line for each element; empty if nothing.
func (t *Tab) Audit() string {
	t.tb.Helper()
	var found string
	t.Do("auditing", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		tree, err := cdp.Call(ctx, target, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return err
		}
		beside, err := cdp.Call(ctx, target, page.CreateIsolatedWorld,
			page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: world})
		if err != nil {
			return err
		}
		for _, script := range []string{axe + ";0", audit} {
			yes := true
			answer, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{
				Expression: script, ContextID: beside.ExecutionContextID, AwaitPromise: &yes, ReturnByValue: &yes,
			})
			if err != nil {
				return err
			}
			if answer.ExceptionDetails != nil {
				return errors.New(thrown(answer.ExceptionDetails))
			}
			found = string(answer.Result.Value)
		}
		return json.Unmarshal([]byte(found), &found)
	}))
	return found
}
