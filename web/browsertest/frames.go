package browsertest

import (
	"context"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Frame answers the frame in the page whose address begins like this, as a tab of its own. The frame must be there, and from
// another site than the page: Chromium gives each site a process, and so a target, of its own.
func (t *Tab) Frame(address string) *Tab {
	t.tb.Helper()
	all, err := chromedp.Targets(t.ctx)
	if err != nil {
		t.tb.Fatalf("looking for the frame %s: %v", address, err)
	}
	page := chromedp.FromContext(t.ctx).Target.TargetID
	for _, one := range all { // also those of other tabs
		if one.Type != "iframe" || one.ParentID != page || !strings.HasPrefix(one.URL, address) {
			continue
		}
		frame := &Tab{tb: t.tb, browser: t.browser}
		ctx, end := chromedp.NewContext(t.ctx, chromedp.WithTargetID(one.TargetID), chromedp.WithDetachOnCancel(),
			chromedp.WithListener(frame.hear))
		frame.ctx = ctx
		if err := chromedp.Do(ctx); err != nil { // without a bound, as in Browser.Tab
			t.tb.Fatalf("attaching to the frame %s: %v", address, err)
		}
		frame.watched(end)
		frame.Do("listening to the frame", command(log.Enable, cdp.Empty{}), command(network.Enable, network.EnableParams{}))
		return frame
	}
	t.tb.Fatalf("there is no frame %s in %v\n%s", address, all, t.state())
	return nil
}

// Framed is a frame of the page's own site.
type Framed struct {
	Address string // what was asked for
	Refused bool   // it must not be shown here, and the browser shows an error of its own in its place
}

// Frames are the frames in the page, in order, of which those of other sites are not told.
func (t *Tab) Frames() []Framed {
	t.tb.Helper()
	var all []Framed
	t.Do("looking for frames", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		tree, err := cdp.Call(ctx, target, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, child := range tree.FrameTree.ChildFrames {
			framed := Framed{Address: child.Frame.URL}
			if child.Frame.UnreachableURL != "" {
				framed = Framed{Address: child.Frame.UnreachableURL, Refused: true}
			}
			all = append(all, framed)
		}
		return nil
	}))
	return all
}
