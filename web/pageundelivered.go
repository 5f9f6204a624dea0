package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// undeliveredView is what the page of undelivered commands says.
type undeliveredView struct {
	Items      []buriedView
	Connectors []orchestrator.ConnectorName // of the items, each once
	Stopped    []stoppedView
	Next       string
}

// stoppedView is a bot whose callback is stopped.
type stoppedView struct {
	Bot   orchestrator.ConnectorName
	Since orchestrator.Moment
}

// undeliveredPage answers GET /board/undelivered, oldest first.
func (s *Server) undeliveredPage(c *call) error {
	q := newQuery(c, "cursor", "part", "retried", "more", "started", "discarded")
	cursor, part := q.text("cursor"), q.text("part")
	if part != "" && part != "list" {
		q.fail("part", "must be list")
	}
	retried := q.number("retried", 0, MaxRetried, 0)
	if err := q.err(); err != nil {
		return err
	}
	f, err := s.undeliveredFrame(c, cursor)
	if err != nil {
		return err
	}
	if part != "" {
		return s.showPart(c, http.StatusOK, "undelivered", part, f)
	}
	switch {
	case retried > 0 && q.text("more") != "":
		f.Banner = &pages.Banner{Text: strconv.Itoa(retried) + " are tried again. There are more: do it again for those."}
	case retried > 0:
		f.Banner = &pages.Banner{Text: strconv.Itoa(retried) + " tried again, in order."}
	case q.text("started") != "":
		f.Banner = &pages.Banner{Text: "Started again. Nothing was undelivered."}
	case q.text("discarded") != "":
		f.Banner = &pages.Banner{Text: "Discarded. Who did it and why is in the conversation's timeline."}
	}
	return s.show(c, http.StatusOK, "undelivered", f)
}

func (s *Server) undeliveredFrame(c *call, cursor string) (*pages.Frame, error) {
	commands, next, err := s.store.Undelivered(c.ctx(), cursor, DefaultPage)
	if err != nil {
		return nil, cursorFault(err)
	}
	stopped, err := s.engine.Dispatcher().Stopped(c.ctx())
	if err != nil {
		return nil, err
	}
	v := &undeliveredView{}
	for _, bot := range slices.Sorted(maps.Keys(stopped)) {
		v.Stopped = append(v.Stopped, stoppedView{bot, stopped[bot].At})
	}
	seen := map[orchestrator.ConnectorName]bool{}
	for i := range commands {
		item := viewBuried(&commands[i])
		v.Items = append(v.Items, item)
		if !seen[item.Connector] {
			seen[item.Connector] = true
			v.Connectors = append(v.Connectors, item.Connector)
		}
	}
	if next != "" {
		v.Next = "/board/undelivered?cursor=" + url.QueryEscape(next)
	}
	f := s.frame(c, "undelivered", "Undelivered")
	f.Live, f.Body = true, v
	return f, nil
}

// postUndelivered answers POST /board/undelivered: retry one, retry all of a connector, or discard one with a reason.
func (s *Server) postUndelivered(c *call) error {
	done, err := s.undeliver(c)
	if err == nil {
		return s.leadTo(c, "/board/undelivered?"+done.Encode())
	}
	f, frameErr := s.undeliveredFrame(c, "")
	if frameErr != nil {
		return frameErr
	}
	f.Banner = s.bannerOf(c, err)
	return s.show(c, problemFor(err, c.Request()).Status, "undelivered", f)
}

func (s *Server) undeliver(c *call) (done url.Values, err error) {
	id, command := orchestrator.ConversationID(c.form.Get("id")), orchestrator.CommandID(c.form.Get("command"))
	switch c.form.Get("do") {
	case "retry":
		return url.Values{"retried": {"1"}}, s.retry(c, id, command)
	case "retry-all":
		v, err := s.retryAll(c, orchestrator.ConnectorName(c.form.Get("connector")))
		done = url.Values{"retried": {strconv.Itoa(v.Retried)}}
		if v.More {
			done.Set("more", "yes")
		}
		if v.Started {
			done.Set("started", "yes")
		}
		return done, err
	case "discard":
		body := discardBody{c.form.Get("reason")}
		if err := body.check(); err != nil {
			return nil, err
		}
		return url.Values{"discarded": {"yes"}}, s.discard(c, id, command, body.Reason)
	}
	return nil, orchestrator.Invalid("/do", "must be retry, retry-all or discard")
}
