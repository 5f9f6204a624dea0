package web

import (
	"net/http"
	"strings"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// homeView is what the front page says.
type homeView struct {
	Draining bool
	Runs     *runsView // for people who are signed in
	Doors    []door
	Groups   []routeGroup
	Demo     *demoView
}

// runsView is which build runs, and with what: nobody's business but that of its people.
type runsView struct {
	Version     string
	Store       string
	Bots, Desks int
}

// door is a page that the front page leads to.
type door struct {
	Path, Icon, Name, About string
}

// DemoTour names whom a visitor of a demo plays and whose chat page they open: a chat that the bot hands over rings at the agent.
type DemoTour struct {
	Agent string
	Bot   orchestrator.ConnectorName
}

// demoView shows who can sign in, and how: in a demo it is no secret.
type demoView struct {
	Password string
	Tour     *DemoTour
	People   []demoPerson
}

type demoPerson struct {
	Name, Shown string
	Role        Role
}

type routeGroup struct {
	Name   string
	Routes []routeView
}

type routeView struct {
	Method, Path string
	Linked       bool // can be opened by clicking
}

// homePage answers GET /: what runs here, and where to go.
func (s *Server) homePage(c *call) error {
	f := s.frame(c, "home", "What runs here")
	view := homeView{Draining: s.draining(), Doors: s.doors(f.Person), Groups: s.routeGroups, Demo: s.demoView()}
	if f.Person != nil {
		view.Runs = &runsView{s.options.Version, s.options.Store, len(s.options.Bots), len(s.options.Desks)}
	}
	f.Body = view
	return s.show(c, http.StatusOK, "home", f)
}

// doors are the pages for somebody; who has not signed in is shown all.
func (s *Server) doors(p *pages.Person) []door {
	var all []door
	if p == nil {
		all = append(all, door{"/login", "user", "Sign in", "for agents and supervisors"})
	}
	if p == nil || p.Watches {
		all = append(all, door{"/board", "supervisor", "Board", "every conversation, live, for supervisors"})
	}
	return append(all, s.deskDoors(p)...)
}

func (s *Server) demoView() *demoView {
	if s.options.DemoPassword == "" {
		return nil
	}
	v := &demoView{Password: s.options.DemoPassword, Tour: s.options.DemoTour}
	people := s.present().Users
	for i := range people {
		u := &people[i]
		v.People = append(v.People, demoPerson{u.Name, u.shown(), u.Role})
	}
	return v
}

// groupRoutes sorts the table for the page: by the first part of the path that says what it is about.
func groupRoutes(table []route) []routeGroup {
	var groups []routeGroup
	at := map[string]int{}
	for i := range table {
		r := &table[i]
		name := groupName(r.path)
		if _, ok := at[name]; !ok {
			at[name] = len(groups)
			groups = append(groups, routeGroup{Name: name})
		}
		g := &groups[at[name]]
		g.Routes = append(g.Routes, routeView{r.method, r.path, r.method == http.MethodGet && r.roles == open &&
			!strings.Contains(r.path, "{")})
	}
	return groups
}

func groupName(p string) string {
	if rest, ok := strings.CutPrefix(p, "/v1/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	return "service"
}
