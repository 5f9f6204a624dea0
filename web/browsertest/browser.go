// Package browsertest drives a real Chromium for tests of pages. Each tab has cookies of its own, and holds its page to
// what every page promises: no error on the console, no violation of the Content-Security-Policy, nothing that axe-core
// finds wrong.
package browsertest

import (
	"context"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Patience is how long a test waits for something on a page: many times what an idle machine needs, so that a busy one fails
// nothing.
const Patience = time.Minute

// program is Debian's Chromium; make test installs it.
const program = "chromium"

// Browser is one running Chromium.
type Browser struct {
	ctx context.Context
}

// Open starts a Chromium that ends with the test. Its profile is fresh and it talks to loopback only.
func Open(tb testing.TB) *Browser {
	tb.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		tb.Fatalf("%s is needed: %v", program, err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.UserDataDir(tb.TempDir()), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	allocated, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocated)
	if err := chromedp.Do(ctx); err != nil {
		release()
		tb.Fatalf("starting %s: %v", program, err)
	}
	tb.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			tb.Errorf("%s did not end well: %v", program, err)
		}
		end()
		release()
	})
	return &Browser{ctx: ctx}
}

// Tab opens a tab with cookies of its own, as another person at another machine has them. What went wrong in it fails the
// test at its end.
func (b *Browser) Tab(tb testing.TB, v View) *Tab {
	tb.Helper()
	t := &Tab{tb: tb, browser: b}
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.hear))
	t.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // without a bound: the tab would be closed at its end
		tb.Fatalf("opening a tab: %v", err)
	}
	t.prepare(v)
	t.watched(end)
	return t
}

// Beside opens another tab of the same browser, with the same cookies and storage. It goes on when the first one is closed.
func (t *Tab) Beside(v View) *Tab {
	t.tb.Helper()
	other := &Tab{tb: t.tb, browser: t.browser}
	ctx, end := chromedp.NewContext(t.browser.ctx, chromedp.WithListener(other.hear),
		chromedp.WithExistingBrowserContext(chromedp.FromContext(t.ctx).BrowserContextID))
	other.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // without a bound, as in Tab
		t.tb.Fatalf("opening another tab: %v", err)
	}
	other.prepare(v)
	other.watched(end)
	return other
}

// watched lets what went wrong in the tab fail the test at its end.
func (t *Tab) watched(end context.CancelFunc) {
	t.tb.Cleanup(func() {
		for _, fault := range t.Faults() {
			t.tb.Errorf("the page: %s", fault)
		}
		end()
	})
}
