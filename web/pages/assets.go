package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
)

// Asset is one file that pages load.
type Asset struct {
	Content []byte
	Type    string // media type
	Version string // changes with the content: what a browser has under it need never be asked for again
}

// vendored maps the names under which vendored files are served to where they lie.
var vendored = map[string]string{
	"htmx.js":   "vendored/htmx-2.0.11/htmx.min.js",
	"sse.js":    "vendored/htmx-ext-sse-2.2.4/sse.min.js",
	"uplot.js":  "vendored/uplot-1.6.32/uPlot.iife.min.js",
	"uplot.css": "vendored/uplot-1.6.32/uPlot.min.css",
}

// stylesheet is the name of the one stylesheet of our own.
const stylesheet = "style.css"

var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// assets are all files that pages load, by name.
var assets = gather()

func gather() map[string]Asset {
	all := map[string]Asset{}
	add := func(name string, content []byte) {
		sum := sha256.Sum256(content)
		all[name] = Asset{content, assetTypes[path.Ext(name)], hex.EncodeToString(sum[:6])}
	}
	for name, at := range vendored {
		add(name, read(at))
	}
	for _, pattern := range []string{"js/*.js", "img/*.svg"} {
		for _, at := range glob(pattern) {
			add(path.Base(at), read(at))
		}
	}
	var style bytes.Buffer
	for _, at := range glob("css/*.css") { // in the order of their names
		style.Write(read(at))
	}
	add(stylesheet, style.Bytes())
	return all
}

// glob and read panic: the files are in the program, so a failure is a mistake in it and shows at once.
func glob(pattern string) []string {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		panic(err)
	}
	return names
}

func read(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return content
}

// Find answers the file of a name; false if there is none.
func Find(name string) (Asset, bool) {
	a, ok := assets[name]
	return a, ok
}

// assetURL is where a page finds a file, below the base: the version makes every change of the file another address.
func assetURL(name string) string { return "/page/" + name + "?v=" + assets[name].Version }
