package web

import (
	"net/http"
	"slices"
	"strconv"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

type presenceBody struct {
	State    string   `json:"state"`
	Reason   string   `json:"reason"`
	Queues   []string `json:"queues"`
	Capacity *int     `json:"capacity"`
}

// presenceView is how a person stands on the floor.
type presenceView struct {
	State    string                   `json:"state"` // online, away or offline
	Since    orchestrator.Moment      `json:"since"` // of the choice; null: not known
	Reason   *string                  `json:"reason"`
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

// MaxPresenceReason is how many characters the reason of a presence may have.
const MaxPresenceReason = 200

// putPresence answers PUT /v1/me/presence: a choice of the person's own. Repeating what stands only renews it.
func (s *Server) putPresence(c *call) error {
	var body presenceBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if s.attendance == nil {
		return errNoAttendance()
	}
	presence, err := s.presenceOf(c.who.user, &body, "is not one of your queues")
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

// presenceOf checks what is said about a person against what they are configured for.
func (s *Server) presenceOf(u *User, body *presenceBody, notTheirs string) (orchestrator.Presence, error) {
	var f checks
	if body.State != presentOnline && body.State != presentAway {
		f.fail("/state", "must be online or away")
	}
	queues := u.Queues
	if body.Queues != nil {
		queues = make([]orchestrator.QueueName, 0, len(body.Queues))
		for i, name := range body.Queues {
			if !slices.Contains(u.Queues, orchestrator.QueueName(name)) {
				f.fail("/queues/"+strconv.Itoa(i), notTheirs)
				continue
			}
			queues = append(queues, orchestrator.QueueName(name))
		}
	}
	if body.Reason != "" {
		f.need("/reason", values.Line(body.Reason, MaxPresenceReason))
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
		Until: s.now().Add(s.present().AgentGoneAfter), Reason: body.Reason,
	}, f.err()
}

// said is a reason, nil where none was given.
func said(reason string) *string {
	if reason == "" {
		return nil
	}
	return &reason
}

// heartbeatView is how the server has the person's state.
type heartbeatView struct {
	State  string              `json:"state"`
	Since  orchestrator.Moment `json:"since"`
	Reason *string             `json:"reason"`
}

// postHeartbeat answers POST /v1/me/heartbeat: the person is there, in whatever state they chose last. It chooses nothing.
func (s *Server) postHeartbeat(c *call) error {
	if err := decode(c, &struct{}{}); err != nil {
		return err
	}
	if s.attendance == nil {
		return errNoAttendance()
	}
	if err := s.attendance.Heard(c.ctx(), c.who.user.ID(), s.now().Add(s.present().AgentGoneAfter)); err != nil {
		return err
	}
	floor, err := s.attendance.Floor(c.ctx())
	if err != nil {
		return err
	}
	v := s.presenceIn(floor, c.who.user)
	return c.JSON(http.StatusOK, heartbeatView{v.State, v.Since, v.Reason})
}

// putAgentPresence answers PUT /v1/agents/{id}/presence: a supervisor chooses for somebody else. Who is signed off so stays
// off until they choose anew; their chats are queued again.
func (s *Server) putAgentPresence(c *call) error {
	var body struct {
		State  string   `json:"state"`
		Reason string   `json:"reason"`
		Queues []string `json:"queues"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	if s.attendance == nil {
		return errNoAttendance()
	}
	user := s.present().users[c.Param("id")]
	if user == nil {
		return refusal(codeNotFound, "there is nobody of this name")
	}
	var f checks
	f.need("/reason", values.Line(body.Reason, MaxPresenceReason))
	if err := f.err(); err != nil {
		return err
	}
	if body.State == presentNot {
		if err := s.attendance.Absent(c.ctx(), user.ID(), body.Reason); err != nil {
			return err
		}
		return s.answerAgent(c, user)
	}
	presence, err := s.presenceOf(user, &presenceBody{State: body.State, Reason: body.Reason, Queues: body.Queues},
		"is not one of their queues")
	if err != nil {
		return err
	}
	signedIn, err := s.store.CountSessions(c.ctx(), user.Name)
	if err != nil {
		return err
	}
	if signedIn == 0 {
		return refusal(orchestrator.CodeStateConflict, user.shown()+" is not signed in")
	}
	if err := s.attendance.Present(c.ctx(), presence); err != nil {
		return err
	}
	return s.answerAgent(c, user)
}

func (s *Server) answerAgent(c *call, user *User) error {
	floor, err := s.attendance.Floor(c.ctx())
	if err != nil {
		return err
	}
	seats, err := s.seatsFor(c, orchestrator.SeatFilter{Agent: user.ID()})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.viewAgent(floor, user, seats[user.ID()]))
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
		if p.Agent.ID != u.ID() {
			continue
		}
		if p.Until <= s.now() { // missed, or signed off by somebody else
			v.Since = p.Until
			if p.Offline {
				v.Since, v.Reason = p.Since, said(p.Reason)
			}
			continue
		}
		v.Since, v.Reason = p.Since, said(p.Reason)
		v.State, v.Queues, v.Skills, v.Capacity, v.Until = presentAway, orEmpty(p.Queues), orEmpty(p.Skills),
			p.Capacity, p.Until
		if p.Online {
			v.State = presentOnline
		}
	}
	v.Busy = floor.Taken[u.ID()]
	return v
}
