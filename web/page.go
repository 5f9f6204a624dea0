package web

import (
	"bytes"
	"embed"
	"html/template"
	"maps"
	"net/http"
	"path"
	"strings"
)

//go:embed page
var pageFiles embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFiles, "page/index.html"))

// pageView is what the front page says.
type pageView struct {
	Version  string
	Store    string
	Warning  string
	Draining bool
	Bots     int
	Desks    int
	Groups   []pageGroup
}

type pageGroup struct {
	Name   string
	Routes []pageRoute
}

type pageRoute struct {
	Method, Path string
	Linked       bool // can be opened by clicking
}

// getPage answers GET /: what runs here.
func (s *Server) getPage(c *call) error {
	v := pageView{
		Version: s.options.Version, Store: s.options.Store, Draining: s.draining(), Bots: len(s.options.Bots),
		Desks: len(s.options.Desks), Groups: s.pageGroups,
	}
	if s.options.Embedded {
		v.Warning = embeddedWarning
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		return err
	}
	maps.Copy(c.Response().Header(), pageHeaders)
	return c.Blob(http.StatusOK, "text/html; charset=utf-8", b.Bytes())
}

// groupRoutes sorts the table for the page: by the first part of the path that says what it is about.
func groupRoutes(table []route) []pageGroup {
	var groups []pageGroup
	at := map[string]int{}
	for i := range table {
		r := &table[i]
		name := groupName(r.path)
		if _, ok := at[name]; !ok {
			at[name] = len(groups)
			groups = append(groups, pageGroup{Name: name})
		}
		g := &groups[at[name]]
		g.Routes = append(g.Routes, pageRoute{r.method, r.path, r.method == http.MethodGet && r.roles == open &&
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

var pageTypes = map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// getPageFile answers GET /page/{file}: what the page needs.
func (s *Server) getPageFile(c *call) error {
	name := path.Base(c.Param("file"))
	kind, ok := pageTypes[path.Ext(name)]
	if !ok {
		return refusal(codeNotFound, "there is no such file")
	}
	content, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		return refusal(codeNotFound, "there is no such file")
	}
	h := c.Response().Header()
	maps.Copy(h, pageHeaders)
	h.Set("Cache-Control", "max-age=3600")
	return c.Blob(http.StatusOK, kind, content)
}
