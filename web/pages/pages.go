// Package pages is what people see in a browser: templates, one stylesheet, small scripts, vendored libraries and
// drawing. It knows no HTTP and asks nobody: package web gathers what a page says, and gives it here to be rendered.
//
// A page is one file in html/ that defines "main", and what stands around it is html/layout.html. The stylesheet is made
// of the files in css/, in the order of their names. A script is one file in js/ with one subject. Nothing is inline and
// nothing comes from elsewhere, so that the Content-Security-Policy can be strict.
package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"handoff/orchestrator"
)

//go:embed html css js img vendored
var files embed.FS

// Frame is what stands around every page, and the page's own part.
type Frame struct {
	Title   string // of the browser's tab, and the heading for screen readers
	Section string // the entry of the menu that is current: home, board, undelivered, flow, desk
	Person  *Person
	CSRF    string // goes into every form that changes something
	Warning string // what everybody should know of the installation
	Now     orchestrator.Moment
	Live    bool     // the page listens to /v1/changes
	Wide    bool     // uses the whole width of large screens
	Scripts []string // of this page alone, by file name: charts.js
	Modules []string // the same, as modules that import others
	Styles  []string // the same
	Banner  *Banner
	Body    any // what the page's own template shows
}

// Person is who is signed in.
type Person struct {
	ID, Name, Role string
	// Watches: may open the board. Answers: has a desk.
	Watches, Answers bool
}

// Banner is one line about what was just done or refused.
type Banner struct {
	Bad    bool
	Text   string
	Fields []orchestrator.FieldError
}

// Site is the pages as they stand below a path of their host.
type Site struct{ set map[string]*template.Template }

// sites are those that were asked for, by their path.
var sites sync.Map

// At answers the pages below a path: "" for those that have their host for themselves, else as in "/handoff".
func At(base string) *Site {
	if known, ok := sites.Load(base); ok {
		return known.(*Site) //nolint:forcetypeassert // nothing else is in it
	}
	site := &Site{parse(base)}
	sites.Store(base, site)
	return site
}

// parse makes one set of templates for each page: the layout and the parts are the same in all.
func parse(base string) map[string]*template.Template {
	common := template.New("").Funcs(functions).Funcs(template.FuncMap{
		"base":  func() string { return base },
		"asset": func(name string) string { return base + assetURL(name) },
	})
	template.Must(common.ParseFS(files, "html/layout.html", "html/parts.html"))
	names, err := fs.Glob(files, "html/*.html")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	all := map[string]*template.Template{}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if page == "layout" || page == "parts" {
			continue
		}
		all[page] = template.Must(template.Must(common.Clone()).ParseFS(files, name))
	}
	return all
}

// Render answers a whole page. It fails for a page that does not exist or whose template does not fit what it is given.
func (s *Site) Render(page string, f *Frame) ([]byte, error) { return s.RenderPart(page, "layout", f) }

// RenderPart answers one template of a page's file: what a live part of the page is replaced with.
func (s *Site) RenderPart(page, part string, f *Frame) ([]byte, error) {
	templates, ok := s.set[page]
	if !ok {
		return nil, fmt.Errorf("there is no page %q", page)
	}
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, part, f); err != nil {
		return nil, fmt.Errorf("page %s: %w", page, err)
	}
	return b.Bytes(), nil
}
