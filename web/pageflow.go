package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// flowHistory is how many hours back the charts go, this one included.
const flowHistory = 24

// flowPageView is what the page of a flow says.
type flowPageView struct {
	Name    string
	Names   []string // of all flows
	Desk    orchestrator.ConnectorName
	Queue   orchestrator.QueueName
	Rules   []string
	Diagram *pages.Diagram
	Since   orchestrator.Moment // of the arrows' numbers
	Hours   []hourView
}

// hourView is one hour of the history.
type hourView struct {
	At        orchestrator.Moment
	Arrivals  int64
	Abandoned int64
	Wait50    *float64 // seconds; nil: nobody waited
	Wait90    *float64
	Handle50  *float64
	Contained *float64 // percent; nil: nothing ended
	Lost      *float64 // percent of the arrivals that were abandoned
}

// flowsPage answers GET /board/flow: the first flow by name.
func (s *Server) flowsPage(c *call) error {
	names := named(s.present().Flows)
	if len(names) == 0 {
		return refusal(codeNotFound, "no flow is configured")
	}
	return s.leadTo(c, "/board/flow/"+url.PathEscape(names[0]))
}

// flowPage answers GET /board/flow/{name}: the diagram with its numbers, the policy and the history.
func (s *Server) flowPage(c *call) error {
	q := newQuery(c, "part")
	part := q.text("part")
	if part != "" && part != "picture" {
		q.fail("part", "must be picture")
	}
	if err := q.err(); err != nil {
		return err
	}
	flow, ok := s.present().Flows[c.Param("name")]
	if !ok {
		return refusal(codeNotFound, "there is no such flow")
	}
	policy, now := flow.Policy(), s.now()
	v := &flowPageView{Name: policy.Name, Names: named(s.present().Flows), Desk: policy.Desk, Queue: policy.Queue, Rules: policy.Rules,
		Diagram: diagramOf(policy.Transitions)}
	if err := s.readPicture(c, v, now); err != nil {
		return err
	}
	if part == "" {
		hours, err := s.store.Hours(c.ctx(), now.Add(-(flowHistory-1)*time.Hour), now)
		if err != nil {
			return err
		}
		v.fill(hours, now)
	}
	f := s.frame(c, "flow", "Flow "+v.Name)
	f.Live, f.Body = true, v
	f.Scripts, f.Styles = []string{"uplot.js", "charts.js"}, []string{"uplot.css"}
	if part != "" {
		return s.showPart(c, http.StatusOK, "flow", part, f)
	}
	return s.show(c, http.StatusOK, "flow", f)
}

// readPicture puts into the diagram how many of this flow stand in each state, and how many passed each arrow of late.
func (s *Server) readPicture(c *call, v *flowPageView, now orchestrator.Moment) error {
	standing, err := s.store.Standing(c.ctx(), v.Name)
	if err != nil {
		return err
	}
	v.Diagram.Counted, v.Diagram.Standing = true, standing
	recent, err := s.store.Recent(c.ctx(), now)
	if err != nil {
		return err
	}
	v.Since = recent.Since
	for step, n := range recent.Steps {
		if step.Flow == v.Name {
			v.Diagram.Pass(step.From, step.To, n)
		}
	}
	return nil
}

// fill puts the counters of the hours into the history.
func (v *flowPageView) fill(hours map[orchestrator.Moment]orchestrator.HourCounts, now orchestrator.Moment) {
	const hour = orchestrator.Moment(time.Hour / time.Millisecond)
	this := now - now%hour
	for at := this - (flowHistory-1)*hour; at <= this; at += hour {
		counts := hours[at]
		row := hourView{At: at}
		for step, n := range counts.Steps {
			if step.Flow != v.Name {
				continue
			}
			switch {
			case step.Event == orchestrator.EventHandoffRequested:
				row.Arrivals += n
			case step.To == orchestrator.StateAbandoned:
				row.Abandoned += n
			}
		}
		row.measure(&counts, v.Name)
		v.Hours = append(v.Hours, row)
	}
}

func (h *hourView) measure(counts *orchestrator.HourCounts, flow string) {
	seconds := func(kind orchestrator.DurationKind, share float64) *float64 {
		d, ok := counts.Percentile(flow, kind, share)
		if !ok {
			return nil
		}
		n := d.Seconds()
		return &n
	}
	h.Wait50, h.Wait90 = seconds(orchestrator.DurationWait, .5), seconds(orchestrator.DurationWait, .9)
	h.Handle50 = seconds(orchestrator.DurationHandle, .5)
	contained := counts.Count(flow, orchestrator.DurationContained)
	h.Contained = percent(contained, contained+h.Arrivals)
	h.Lost = percent(h.Abandoned, h.Arrivals)
}

// percent is nil where there is nothing to take a share of. What arrived in one hour may be lost in the next, hence the bound.
func percent(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	p := min(100*float64(part)/float64(whole), 100)
	return &p
}

// Shown writes a number of the history for people; "–" where there is none.
func (h hourView) Shown(n *float64, unit string) string {
	if n == nil {
		return "–"
	}
	if unit == "s" {
		return pages.Span(time.Duration(*n * float64(time.Second)))
	}
	return fmt.Sprintf("%.0f %s", *n, unit)
}

// Value writes a number of the history for charts; empty where there is none.
func (h hourView) Value(n *float64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("%.2f", *n)
}
