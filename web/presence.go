package web

import (
	"net/http"
	"slices"
	"strconv"

	"handoff/orchestrator"
)

type presenceBody struct {
	State    string   `json:"state"`
	Queues   []string `json:"queues"`
	Capacity *int     `json:"capacity"`
}

// presenceView is how a person stands on the floor.
type presenceView struct {
	State    string                   `json:"state"` // online, away or offline
	Queues   []orchestrator.QueueName `json:"queues"`
	Skills   []string                 `json:"skills"`
	Capacity int                      `json:"capacity"`
	Busy     int                      `json:"busy"` // seats taken
	Until    orchestrator.Moment      `json:"until"`
}

// What a person is on the floor.
const (
	presentOnline = "online"
	presentAway   = "away"
	presentNot    = "offline"
)

// putPresence answers PUT /v1/me/presence, which is also the heartbeat.
func (s *Server) putPresence(c *call) error {
	var body presenceBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if s.attendance == nil {
		return errNoAttendance()
	}
	presence, err := s.presenceOf(c.who.user, &body)
	if err != nil {
		return err
	}
	if err := s.attendance.Present(c.ctx(), presence); err != nil {
		return err
	}
	return s.answerPresence(c)
}

func errNoAttendance() error {
	return refusal(orchestrator.CodeNotSupported, "no desk of this installation has people who sign in here")
}

// presenceOf checks what the person says against what they are configured for.
func (s *Server) presenceOf(u *User, body *presenceBody) (orchestrator.Presence, error) {
	var f checks
	if body.State != presentOnline && body.State != presentAway {
		f.fail("/state", "must be online or away")
	}
	queues := u.Queues
	if body.Queues != nil {
		queues = make([]orchestrator.QueueName, 0, len(body.Queues))
		for i, name := range body.Queues {
			if !slices.Contains(u.Queues, orchestrator.QueueName(name)) {
				f.fail("/queues/"+strconv.Itoa(i), "is not one of your queues")
				continue
			}
			queues = append(queues, orchestrator.QueueName(name))
		}
	}
	capacity := u.seats()
	if body.Capacity != nil {
		capacity = *body.Capacity
		if capacity < 1 || capacity > u.seats() {
			f.fail("/capacity", "must be 1 to "+strconv.Itoa(u.seats()))
		}
	}
	return orchestrator.Presence{
		Agent: u.Agent(), Online: body.State == presentOnline, Queues: queues, Skills: u.Skills, Capacity: capacity,
		Until: s.now().Add(s.options.AgentGoneAfter),
	}, f.err()
}

// getPresence answers GET /v1/me/presence.
func (s *Server) getPresence(c *call) error {
	if s.attendance == nil {
		return errNoAttendance()
	}
	return s.answerPresence(c)
}

func (s *Server) answerPresence(c *call) error {
	floor, err := s.attendance.Floor(c.ctx())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.presenceIn(floor, c.who.user))
}

// presenceIn finds a person on the floor; who is not there is offline.
func (s *Server) presenceIn(floor *orchestrator.Floor, u *User) presenceView {
	v := presenceView{State: presentNot, Queues: orEmpty(u.Queues), Skills: orEmpty(u.Skills), Capacity: u.seats()}
	for i := range floor.Agents {
		p := &floor.Agents[i]
		if p.Agent.ID != u.ID() || p.Until <= s.now() {
			continue
		}
		v.State, v.Queues, v.Skills, v.Capacity, v.Until = presentAway, orEmpty(p.Queues), orEmpty(p.Skills),
			p.Capacity, p.Until
		if p.Online {
			v.State = presentOnline
		}
	}
	for i := range floor.Seats {
		if floor.Seats[i].Agent == u.ID() {
			v.Busy++
		}
	}
	return v
}
