package browsertest

import (
	"github.com/chromedp/cdproto/emulation"
)

// View is what a page is looked at with.
type View struct {
	Width, Height int64
	Dark          bool
	Touch         bool // a phone
}

// Views that pages must fit.
var (
	Desktop = View{Width: 1280, Height: 800}
	Phone   = View{Width: 360, Height: 740, Touch: true}
	Wall    = View{Width: 2560, Height: 1300} // a screen on the wall
)

// InDark is the same view for somebody who prefers dark pages.
func (v View) InDark() View {
	v.Dark = true
	return v
}

// Look looks at the page in another way from now on.
func (t *Tab) Look(v View) {
	t.tb.Helper()
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	t.Do("looking at it in this way",
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: v.Width, Height: v.Height, DeviceScaleFactor: 1, Mobile: v.Touch,
		}),
		command(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: v.Touch}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}}))
}

// WithoutScript lets no script run in the pages that are opened from now on. What waits by script (Until, Shows, Fits) cannot
// be asked of them; Finds can.
func (t *Tab) WithoutScript() {
	t.tb.Helper()
	t.Do("switching script off", command(emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}))
}
