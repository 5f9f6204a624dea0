package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Answer is what a person has told the browser about notifications of a page.
type Answer = browser.PermissionSetting

// What a person may have told it.
const (
	Allowed Answer = browser.PermissionSettingGranted
	Refused Answer = browser.PermissionSettingDenied
)

// Notifications answers for the person whether pages of an origin may notify. Without an answer a Chromium that has no window
// refuses when it is asked.
func (t *Tab) Notifications(origin string, answer Answer) {
	t.tb.Helper()
	t.Do("answering about notifications", ofBrowser(browser.SetPermission, func(id cdp.BrowserContextID) browser.SetPermissionParams {
		return browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: string(browser.PermissionTypeNotifications)},
			Setting:    answer, Origin: origin, BrowserContextID: id,
		}
	}))
}

// LooksElsewhere opens another tab of the same browser in front of this one.
func (t *Tab) LooksElsewhere() {
	t.tb.Helper()
	t.Do("opening another tab", ofBrowser(target.CreateTarget, func(id cdp.BrowserContextID) target.CreateTargetParams {
		return target.CreateTargetParams{URL: "about:blank", BrowserContextID: id}
	}))
	t.Until("the page is in the background", `document.hidden`)
}

// LooksHere brings the tab to the front again.
func (t *Tab) LooksHere() {
	t.tb.Helper()
	t.Do("coming back", command(page.BringToFront, cdp.Empty{}))
	t.Until("the page is in front", `!document.hidden`)
}

// Close closes the tab.
func (t *Tab) Close() {
	t.tb.Helper()
	id := chromedp.FromContext(t.ctx).Target.TargetID
	t.Do("closing the tab", ofBrowser(target.CloseTarget, func(cdp.BrowserContextID) target.CloseTargetParams {
		return target.CloseTargetParams{TargetID: id}
	}))
}

// Suspend stops all that runs in the page, as browsers do with pages in the background.
func (t *Tab) Suspend() {
	t.tb.Helper()
	t.Do("suspending the page", command(page.SetWebLifecycleState,
		page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateFrozen}))
}

// Prepare lets a script run in every page of the tab before the page's own.
func (t *Tab) Prepare(script string) {
	t.tb.Helper()
	t.Do("preparing the page", command(page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}

// ofBrowser is a command to the browser, not to the page, about the cookies and permissions that the tab lives with.
func ofBrowser[P, R any](cmd cdp.Command[P, R], params func(cdp.BrowserContextID) P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		c := chromedp.FromContext(ctx)
		_, err := cdp.Call(ctx, c.Browser, cmd, params(c.BrowserContextID))
		return err
	})
}
