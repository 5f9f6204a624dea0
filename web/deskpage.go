package web

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"handoff/web/pages"
)

// deskBeat is how often the desk's page says that its person is there.
const deskBeat = 15 * time.Second

// deskView is what the desk's page is given; the rest it reads from the interface.
type deskView struct {
	Me, Name  string
	BeatEvery int64 // milliseconds
	MaxText   int
	Icons     []string
}

// deskIcons are what the page's scripts draw with.
var deskIcons = []string{"bot", "queued", "offered", "agent", "conference", "transferring", "wrap_up", "completed", "note",
	"warning", "up", "down", "user", "arrow", "system"}

// deskPage answers GET /desk. All that is on it is read and done by scripts through the interface.
func (s *Server) deskPage(c *call) error {
	if s.attendance == nil {
		return errNoAttendance()
	}
	f := s.frame(c, "desk", "Desk")
	f.Wide, f.Modules = true, []string{"desk.js"}
	f.Body = deskView{Me: c.who.user.Name, Name: c.who.user.shown(),
		BeatEvery: min(deskBeat, s.present().AgentGoneAfter/3).Milliseconds(), MaxText: MaxText, Icons: deskIcons}
	return s.show(c, http.StatusOK, "desk", f)
}

// deskDoors are the pages for agents and customers, as the front page leads to them.
func (s *Server) deskDoors(p *pages.Person) []door {
	var all []door
	if s.attendance != nil && (p == nil || p.Answers) {
		all = append(all, door{"/desk", "desk", "Desk", "chats ring here, for agents"})
	}
	for _, bot := range slices.Sorted(maps.Keys(s.options.Widgets)) {
		all = append(all, door{"/chat/" + string(bot), "user", "Chat with " + string(bot), "what a customer sees"})
	}
	return all
}
