package pages

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// Diagram is the state table as a picture, with the current state, the travelled path or numbers put in.
type Diagram struct {
	Current  orchestrator.State
	Standing map[orchestrator.State]int64 // how many stand in each state; nil: not shown
	Counted  bool                         // the numbers of the arrows are shown, also zero
	arrows   []*Arrow
}

// Arrow leads from one state to another, for one or more events.
type Arrow struct {
	From, To orchestrator.State
	On       []orchestrator.EventType
	Passed   int64 // how often it was gone
}

// Connect adds a row of the state table.
func (d *Diagram) Connect(from, to orchestrator.State, on orchestrator.EventType) {
	a := d.arrow(from, to)
	if a == nil {
		a = &Arrow{From: from, To: to}
		d.arrows = append(d.arrows, a)
	}
	a.On = append(a.On, on)
}

// Pass notes that a conversation went along an arrow so often. A move that the table does not have is drawn nowhere.
func (d *Diagram) Pass(from, to orchestrator.State, times int64) {
	if a := d.arrow(from, to); a != nil {
		a.Passed += times
	}
}

func (d *Diagram) arrow(from, to orchestrator.State) *Arrow {
	at := slices.IndexFunc(d.arrows, func(a *Arrow) bool { return a.From == from && a.To == to })
	if at < 0 {
		return nil
	}
	return d.arrows[at]
}

// Arrows are all arrows, for the table beside the picture.
func (d *Diagram) Arrows() []*Arrow { return d.arrows }

// point is a place in the picture.
type point struct{ x, y float64 }

// Where the states stand, and how large they are drawn.
const (
	pictureTop, pictureWidth, pictureHeight = -40, 1000, 590
	boxWidth, boxHeight                     = 124, 46
)

var places = map[orchestrator.State]point{
	orchestrator.StateBot: {80, 250}, orchestrator.StateQueued: {290, 250}, orchestrator.StateOffered: {480, 160},
	orchestrator.StateAgent: {680, 250}, orchestrator.StateTransferring: {700, 110}, orchestrator.StateConference: {640, 380},
	orchestrator.StateWrapUp: {920, 250}, orchestrator.StateCompleted: {920, 430}, orchestrator.StateAbandoned: {400, 410},
	orchestrator.StateExpired: {80, 430},
}

// bends say how far the middle of an arrow lies beside the straight line: for one that leads to the left, above it; for one
// that leads to the right, below it. The others have a small one.
var bends = map[[2]orchestrator.State]float64{
	{orchestrator.StateAgent, orchestrator.StateBot}:              -62,
	{orchestrator.StateAgent, orchestrator.StateQueued}:           -26,
	{orchestrator.StateQueued, orchestrator.StateAgent}:           0,
	{orchestrator.StateOffered, orchestrator.StateBot}:            36,
	{orchestrator.StateTransferring, orchestrator.StateBot}:       72,
	{orchestrator.StateTransferring, orchestrator.StateQueued}:    52,
	{orchestrator.StateConference, orchestrator.StateBot}:         -34,
	{orchestrator.StateConference, orchestrator.StateQueued}:      -12,
	{orchestrator.StateWrapUp, orchestrator.StateBot}:             272,
	{orchestrator.StateWrapUp, orchestrator.StateQueued}:          236,
	{orchestrator.StateBot, orchestrator.StateCompleted}:          138,
	{orchestrator.StateTransferring, orchestrator.StateCompleted}: -70,
	{orchestrator.StateAgent, orchestrator.StateCompleted}:        -10,
}

const usualBend = 14

// Draw draws the picture. Every arrow and state says in words what it is.
func (d *Diagram) Draw() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="diagram" viewBox="0 %d %d %d" role="img" aria-label="%s">`, pictureTop, pictureWidth, pictureHeight, d.words())
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">` +
		`<path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>`)
	drawn := slices.Clone(d.arrows)
	slices.SortStableFunc(drawn, func(a, b *Arrow) int { return int(min(a.Passed, 1) - min(b.Passed, 1)) }) // gone ones on top
	for _, a := range drawn {
		d.drawArrow(&b, a)
	}
	for _, s := range orchestrator.States() {
		d.drawState(&b, s)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers, and names of the state table
}

func (d *Diagram) words() string {
	if d.Current != "" {
		return "The flow of a conversation, which stands in state " + label(d.Current)
	}
	return "The flow of a conversation; the table below says the same in words"
}

func (d *Diagram) drawState(b *strings.Builder, s orchestrator.State) {
	at := places[s]
	class := "node"
	if s == d.Current {
		class += " current"
	}
	fmt.Fprintf(b, `<g class="%s" data-state="%s"><rect x="%.0f" y="%.0f" width="%d" height="%d" rx="8"/>`, class, s,
		at.x-boxWidth/2, at.y-boxHeight/2, boxWidth, boxHeight)
	if d.Standing == nil || s.Ended() {
		fmt.Fprintf(b, `<text x="%.0f" y="%.0f">%s</text></g>`, at.x, at.y+5, label(s))
		return
	}
	fmt.Fprintf(b, `<text x="%.0f" y="%.0f">%s</text><text class="number" x="%.0f" y="%.0f">%s</text></g>`,
		at.x, at.y-3, label(s), at.x, at.y+15, count(d.Standing[s]))
}

func (d *Diagram) drawArrow(b *strings.Builder, a *Arrow) {
	class := "arrow"
	if a.Passed > 0 {
		class += " gone"
	}
	var names []string
	for _, on := range a.On {
		names = append(names, label(on))
	}
	path, middle := curve(a.From, a.To)
	fmt.Fprintf(b, `<g class="%s"><title>%s to %s: %s</title><path d="%s" marker-end="url(#tip)"/>`, class, label(a.From), label(a.To),
		strings.Join(names, ", "), path)
	if d.Counted && a.Passed > 0 {
		text := count(a.Passed)
		width := float64(12 + 7*len([]rune(text)))
		fmt.Fprintf(b, `<rect class="tag" x="%.1f" y="%.1f" width="%.1f" height="18" rx="9"/><text x="%.1f" y="%.1f">%s</text>`,
			middle.x-width/2, middle.y-9, width, middle.x, middle.y+4, text)
	}
	b.WriteString("</g>")
}

// curve is the path of an arrow from the edge of one box to that of another, and its middle.
func curve(from, to orchestrator.State) (path string, middle point) {
	p, q := places[from], places[to]
	if from == to {
		top := p.y - boxHeight/2
		return fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", p.x-22, top, p.x-34, top-46, p.x+34, top-46, p.x+22, top),
			point{p.x, top - 34}
	}
	dx, dy := q.x-p.x, q.y-p.y
	length := math.Hypot(dx, dy)
	bend, set := bends[[2]orchestrator.State{from, to}]
	if !set {
		bend = usualBend
	}
	control := point{(p.x+q.x)/2 - 2*bend*dy/length, (p.y+q.y)/2 + 2*bend*dx/length}
	begin, end := edge(p, control), edge(q, control)
	return fmt.Sprintf("M%.1f %.1fQ%.1f %.1f %.1f %.1f", begin.x, begin.y, control.x, control.y, end.x, end.y),
		point{(begin.x + 2*control.x + end.x) / 4, (begin.y + 2*control.y + end.y) / 4}
}

// edge is where the line from the middle of a box towards a point leaves the box, a little outside.
func edge(box, towards point) point {
	const gap = 3
	dx, dy := towards.x-box.x, towards.y-box.y
	scale := math.Min((boxWidth/2+gap)/math.Max(math.Abs(dx), 1e-9), (boxHeight/2+gap)/math.Max(math.Abs(dy), 1e-9))
	return point{box.x + dx*scale, box.y + dy*scale}
}
