package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"handoff/orchestrator"
)

type connectorView struct {
	Name     orchestrator.ConnectorName `json:"name"`
	Side     string                     `json:"side"` // bot or desk
	Manifest orchestrator.Manifest      `json:"manifest"`
	Hears    *bool                      `json:"hears"`  // a bot has a callback; null for desks
	Health   *orchestrator.Health       `json:"health"` // of its calls, as this process sees it; null: not told
	Load     orchestrator.Load          `json:"load"`   // of this process with calls to it
}

// listConnectors answers GET /v1/connectors.
func (s *Server) listConnectors(c *call) error {
	items, err := s.connectors(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(items, ""))
}

// connectors are all bots, then all desks.
func (s *Server) connectors(c *call) ([]connectorView, error) {
	stopped, err := s.engine.Dispatcher().Stopped(c.ctx())
	if err != nil {
		return nil, err
	}
	var items []connectorView
	for name, b := range s.options.Bots {
		hears := b.Hears()
		health := healthOf(b)
		if stop, ok := stopped[name]; ok {
			health = stoppedHealth(health, stop)
		}
		load := s.engine.Dispatcher().Load(orchestrator.Party{Connector: name, Bot: true})
		items = append(items, connectorView{name, "bot", b.Manifest(), &hears, health, load})
	}
	for name, d := range s.options.Desks {
		load := s.engine.Dispatcher().Load(orchestrator.Party{Connector: name})
		items = append(items, connectorView{name, "desk", d.Manifest(), nil, healthOf(d), load})
	}
	slices.SortFunc(items, func(a, b connectorView) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Name, b.Name))
	})
	return items, nil
}

// stoppedHealth is the health of a bot whose callback is stopped.
func stoppedHealth(h *orchestrator.Health, stop orchestrator.Stop) *orchestrator.Health {
	if h == nil {
		h = &orchestrator.Health{Calls: "closed"}
	}
	h.Stopped = "the callback answered 410 Gone; a retry of what is undelivered starts it again, and so does another callback in the configuration"
	h.StoppedAt = stop.At
	return h
}

func healthOf(c orchestrator.Connector) *orchestrator.Health {
	reporter, ok := c.(orchestrator.HealthReporter)
	if !ok {
		return nil
	}
	h := reporter.Health()
	return &h
}

type flowView struct {
	Name         string                     `json:"name"`
	Desk         orchestrator.ConnectorName `json:"desk"`
	Queue        orchestrator.QueueName     `json:"queue"`
	Rules        []string                   `json:"rules"`
	Dispositions []string                   `json:"dispositions"`
	Required     bool                       `json:"disposition_required"`
	Canned       []orchestrator.CannedReply `json:"canned_replies"`
	Transitions  []orchestrator.Transition  `json:"transitions"`
}

// Media types of diagrams.
const (
	mermaidType  = "text/vnd.mermaid"
	graphvizType = "text/vnd.graphviz"
)

// getFlow answers GET /v1/flows/{name}: the policy in plain words and the table, or the diagram by ?format= or Accept.
func (s *Server) getFlow(c *call) error {
	q := newQuery(c, "format", "state")
	format, state := q.text("format"), orchestrator.State(q.text("state"))
	if state != "" && !state.Valid() {
		q.fail("state", "is not a state")
	}
	if format != "" && format != "json" && format != "mermaid" && format != "graphviz" {
		q.fail("format", "must be json, mermaid or graphviz")
	}
	if err := q.err(); err != nil {
		return err
	}
	flow, ok := s.present().Flows[c.Param("name")]
	if !ok {
		return refusal(codeNotFound, "there is no such flow")
	}
	policy, accept := flow.Policy(), c.Request().Header.Get("Accept")
	switch {
	case format == "mermaid" || (format == "" && strings.Contains(accept, mermaidType)):
		return c.Blob(http.StatusOK, mermaidType+"; charset=utf-8", []byte(policy.Mermaid(state)))
	case format == "graphviz" || (format == "" && strings.Contains(accept, graphvizType)):
		return c.Blob(http.StatusOK, graphvizType+"; charset=utf-8", []byte(policy.Graphviz(state)))
	}
	return c.JSON(http.StatusOK, flowView{
		policy.Name, policy.Desk, policy.Queue, orEmpty(policy.Rules), orEmpty(policy.Dispositions),
		policy.DispositionRequired, orEmpty(policy.CannedReplies), orEmpty(policy.Transitions),
	})
}

type sweepView struct {
	At        orchestrator.Moment `json:"at"`
	Took      float64             `json:"took_seconds"`
	Lag       float64             `json:"lag_seconds"`
	Checked   int                 `json:"checked"`
	Fired     int                 `json:"fired"`
	Reaped    int                 `json:"reaped"`
	Repaired  int                 `json:"repaired"`
	Rearmed   int                 `json:"rearmed"`
	Tidied    int                 `json:"tidied"`
	Claimed   int                 `json:"claimed"`
	Retired   int                 `json:"retired"`
	Erased    int                 `json:"erased"`
	Recounted int                 `json:"recounted"`
	Moved     int                 `json:"moved"`
	Failed    int                 `json:"failed"`
}

// getReaper answers GET /v1/reaper: the newest sweep of this process, null before the first.
func (s *Server) getReaper(c *call) error {
	return c.JSON(http.StatusOK, s.reaper())
}

// reaperView is how the sweeps of this process go.
type reaperView struct {
	Last *sweepView          `json:"last"` // null before the first
	Next orchestrator.Moment `json:"next"` // null where no reaper runs
	// Unconfigured are live conversations that need what is configured nowhere, and for which nothing could be done.
	Unconfigured []unconfiguredView `json:"unconfigured"`
	// Unreadable are live conversations whose records this version cannot read.
	Unreadable []unreadableView `json:"unreadable"`
}

type unconfiguredView struct {
	Conversation orchestrator.ConversationID `json:"conversation"`
	State        orchestrator.State          `json:"state"`
	Missing      orchestrator.Missing        `json:"missing"`
}

type unreadableView struct {
	Conversation orchestrator.ConversationID `json:"conversation"`
	Error        string                      `json:"error"`
}

func (s *Server) reaper() reaperView {
	v := reaperView{Unconfigured: []unconfiguredView{}, Unreadable: []unreadableView{}}
	if s.options.Reaper != nil {
		if sweep, ok := s.options.Reaper.Last(); ok {
			v.Last = viewSweep(&sweep)
		}
		living := s.options.Reaper.Living()
		for _, u := range living.Unconfigured {
			v.Unconfigured = append(v.Unconfigured, unconfiguredView{u.ID, u.State, u.Missing})
		}
		for _, wrong := range living.Unreadable {
			v.Unreadable = append(v.Unreadable, unreadableView{wrong.ID, wrong.Err.Error()})
		}
	}
	if s.options.NextSweep != nil {
		v.Next = orchestrator.MomentOf(s.options.NextSweep(s.clock.Now()))
	}
	return v
}

func viewSweep(s *orchestrator.Sweep) *sweepView {
	return &sweepView{
		At: s.At, Took: seconds(s.Took), Lag: seconds(s.Lag), Checked: s.Checked, Fired: s.Fired, Reaped: s.Reaped,
		Repaired: s.Repaired, Rearmed: s.Rearmed, Tidied: s.Tidied, Claimed: s.Claimed, Retired: s.Retired,
		Erased: s.Erased, Recounted: s.Recounted, Moved: s.Moved, Failed: s.Failed,
	}
}

func seconds(d time.Duration) float64 { return d.Seconds() }
