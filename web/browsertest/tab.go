package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is one page in a browser. Its methods fail the test when the page does not do what they wait for.
type Tab struct {
	tb      testing.TB
	ctx     context.Context
	browser *Browser

	mu       sync.Mutex
	faults   []string
	expected []string
}

// hear notes what the page does wrong.
func (t *Tab) hear(ev any) {
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		t.fault("exception: " + thrown(ev.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeAssert {
			t.fault("console: " + consoleText(ev.Args))
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError || ev.Entry.Source == log.EntrySourceSecurity {
			t.fault(string(ev.Entry.Source) + ": " + ev.Entry.Text + " " + ev.Entry.URL)
		}
	}
}

func thrown(e *runtime.ExceptionDetails) string {
	if e.Exception != nil {
		return e.Text + " " + e.Exception.Description
	}
	return e.Text
}

func consoleText(args []*runtime.RemoteObject) string {
	var parts []string
	for _, arg := range args {
		if len(arg.Value) > 0 {
			parts = append(parts, string(arg.Value))
		} else {
			parts = append(parts, arg.Description)
		}
	}
	return strings.Join(parts, " ")
}

func (t *Tab) fault(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, text)
}

// Expects lets the console say something with this text: a test refuses a form, or cuts the network.
func (t *Tab) Expects(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected = append(t.expected, text)
}

// Faults are what the page did wrong so far and was not expected to.
func (t *Tab) Faults() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, fault := range t.faults {
		if !containsAny(fault, t.expected) {
			all = append(all, fault)
		}
	}
	return all
}

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// prepare lets the page tell what goes wrong in it, and sets how it is looked at.
func (t *Tab) prepare(v View) {
	t.tb.Helper()
	t.Do("listening to it", command(log.Enable, cdp.Empty{}), command(network.Enable, network.EnableParams{}))
	t.Look(v)
}

// command is a command of the protocol as an action.
func command[P, R any](cmd cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

// Do runs actions of chromedp within Patience.
func (t *Tab) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, Patience)
	defer cancel()
	err := chromedp.Do(ctx, actions...)
	for replaced(err) && ctx.Err() == nil {
		err = chromedp.Do(ctx, actions...)
	}
	if err != nil {
		t.tb.Fatalf("%s: %v\n%s", what, err, t.state())
	}
}

// replaced: the page put another element in the place of the one that was found, before anything was done with it.
func replaced(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Could not find node with given id")
}

// state is what the page shows, for a test that failed.
func (t *Tab) state() string {
	ctx, cancel := context.WithTimeout(t.ctx, Patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location + '\n' + document.body.innerText.slice(0, 3000)`))
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("%s %v\n%s", text, err, strings.Join(t.faults, "\n"))
}

// Goto opens an address.
func (t *Tab) Goto(url string) {
	t.tb.Helper()
	t.Do("opening "+url, chromedp.Navigate(url))
}

// Click clicks the first element that a CSS selector finds, once it can be seen.
func (t *Tab) Click(selector string) {
	t.tb.Helper()
	t.Do("clicking "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Fill puts a text into a field in place of what is there.
func (t *Tab) Fill(selector, text string) {
	t.tb.Helper()
	t.Do("filling "+selector, chromedp.WaitVisible(chromedp.CSS(selector)),
		chromedp.SetValue(chromedp.CSS(selector), text))
}

// Type types a text, or keys of chromedp's kb, into a field as somebody at the keyboard does.
func (t *Tab) Type(selector, text string) {
	t.tb.Helper()
	t.Do("typing into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// Focus moves the focus to an element.
func (t *Tab) Focus(selector string) {
	t.tb.Helper()
	t.Do("going to "+selector, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Press presses a key of chromedp's kb wherever the focus is.
func (t *Tab) Press(key string) {
	t.tb.Helper()
	t.Do("pressing a key", chromedp.KeyEvent(key))
}

// Enter presses the Enter key wherever the focus is, for a page that handles it. Unlike Press it sends no character: real
// browsers send none either once the page has handled the key.
func (t *Tab) Enter() {
	t.tb.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		t.Do("pressing Enter", command(input.DispatchKeyEvent, input.DispatchKeyEventParams{
			Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: '\r',
		}))
	}
}

// until looks at a condition again and again, with timers: a page in the background draws no frames. A condition that fails
// because what it looks at is not there yet is not true yet.
const until = `new Promise((done) => {
  const look = () => {
    let is = false;
    try { is = (%s); } catch { /* not yet */ }
    if (is) done(true);
    else setTimeout(look, %d);
  };
  look();
})`

// Until waits until an expression of JavaScript is true, also across navigations.
func (t *Tab) Until(what, expression string) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, Patience)
	defer cancel()
	poll := chromedp.Evaluate[bool](fmt.Sprintf(until, expression, pollEvery.Milliseconds()), chromedp.EvalAwaitPromise)
	for {
		_, err := chromedp.Run(ctx, poll)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.tb.Fatalf("waiting until %s: %v\n%s", what, err, t.state())
		}
	}
}

// Shows waits until the element of a selector contains a text.
func (t *Tab) Shows(selector, text string) {
	t.tb.Helper()
	t.Until(fmt.Sprintf("%s shows %q", selector, text), fmt.Sprintf(
		`[...document.querySelectorAll(%s)].some((e) => (e.innerText ?? e.textContent).includes(%s))`, quoted(selector), quoted(text)))
}

// Finds waits until a text can be seen on the page. It needs no script in the page.
func (t *Tab) Finds(text string) {
	t.tb.Helper()
	t.Do("looking for "+text, chromedp.WaitVisible(chromedp.Search(
		"//body//*[not(ancestor::*[local-name() = 'svg'])][text()[contains(., "+quoted(text)+")]]")))
}

// Ask evaluates an expression of JavaScript, and waits for it if it is a promise.
func Ask[T any](t *Tab, expression string) T {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.tb.Fatalf("asking the page %s: %v\n%s", expression, err, t.state())
	}
	return value
}

// Offline lets every request of the tab fail that begins from now on, or none any more. Streams that are open go on: a Wire
// breaks those as well.
func (t *Tab) Offline(cut bool) {
	t.tb.Helper()
	t.Do("cutting the network", command(network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: cut, DownloadThroughput: -1, UploadThroughput: -1,
	}), command(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}},
	}))
}

// Photograph writes a picture of what can be seen.
func (t *Tab) Photograph(path string) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, Patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.tb.Fatalf("taking a picture: %v", err)
	}
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		t.tb.Fatal(err)
	}
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(b)
}
