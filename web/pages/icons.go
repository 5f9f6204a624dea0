package pages

import (
	"fmt"
	"html/template"
)

// icons are drawn in a square of 16, with strokes in the colour of the text. A state has a shape of its own, so that
// nobody has to tell colours apart.
var icons = map[string]string{
	"bot":     `<rect x="2.5" y="5" width="11" height="8" rx="2"/><path d="M8 5V2.5M6 9h.01M10 9h.01"/>`,
	"queued":  `<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3l2 1.5"/>`,
	"offered": `<path d="M4 11V7.5a4 4 0 0 1 8 0V11l1.25 1.25H2.75zM6.75 14h2.5"/>`,
	"agent":   `<circle cx="8" cy="5.5" r="2.75"/><path d="M2.75 13.5c.6-2.6 2.6-4 5.25-4s4.65 1.4 5.25 4"/>`,
	"conference": `<circle cx="5.5" cy="6" r="2.25"/><circle cx="11.25" cy="6.75" r="1.75"/>` +
		`<path d="M1.5 13c.4-2.4 2-3.5 4-3.5s3.6 1.1 4 3.5M11 10.25c1.9 0 3.2.8 3.5 2.75"/>`,
	"transferring": `<path d="M2 5.5h10M9.5 3 12 5.5 9.5 8M14 10.5H4M6.5 8 4 10.5 6.5 13"/>`,
	"wrap_up":      `<path d="M4 2.5h8v11H4zM6.25 6h3.5M6.25 8.5h3.5M6.25 11h2"/>`,
	"completed":    `<circle cx="8" cy="8" r="5.5"/><path d="m5.5 8 1.75 1.75L10.75 6.25"/>`,
	"abandoned":    `<circle cx="8" cy="8" r="5.5"/><path d="m6 6 4 4M10 6l-4 4"/>`,
	"expired":      `<circle cx="8" cy="8" r="5.5"/><path d="M5.5 8h5"/>`,
	"warning":      `<path d="M8 2.5 14.25 13.5H1.75zM8 6.5v3M8 11.5h.01"/>`,
	"search":       `<circle cx="7" cy="7" r="4.25"/><path d="m10.25 10.25 3.25 3.25"/>`,
	"desk":         `<path d="M2 10.5h12M3.5 10.5V4h9v6.5M6 13.5h4"/>`,
	"up":           `<path d="m4 8.5 2.75 2.75L12 5.5"/>`,
	"down":         `<path d="m4.5 4.5 7 7M11.5 4.5l-7 7"/>`,
	"user":         `<circle cx="8" cy="5.5" r="2.75"/><path d="M2.75 13.5c.6-2.6 2.6-4 5.25-4s4.65 1.4 5.25 4"/>`,
	"system": `<circle cx="8" cy="8" r="2"/>` +
		`<path d="M8 2.5v2M8 11.5v2M2.5 8h2M11.5 8h2M4.1 4.1l1.4 1.4M10.5 10.5l1.4 1.4M11.9 4.1l-1.4 1.4M5.5 10.5l-1.4 1.4"/>`,
	"supervisor": `<path d="M1.75 8S4 3.75 8 3.75 14.25 8 14.25 8 12 12.25 8 12.25 1.75 8 1.75 8z"/>` +
		`<circle cx="8" cy="8" r="1.75"/>`,
	"note":  `<path d="M3 2.5h10v7.5l-3.5 3.5H3zM9.5 13.5V10H13"/>`,
	"arrow": `<path d="M3 8h10M9.5 4.5 13 8l-3.5 3.5"/>`,
	"brand": `<path d="M2 6h8M7.5 3.25 10.25 6 7.5 8.75M14 10H6M8.5 7.25 5.75 10l2.75 2.75"/>`,
}

// icon draws one of the icons; it says nothing to screen readers, since words stand beside it.
func icon(name any) template.HTML {
	drawing, ok := icons[fmt.Sprint(name)] // a state, a role, or a text
	if !ok {
		return ""
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">` + drawing + `</svg>`) //nolint:gosec // drawn above
}
