package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"handoff/web/browsertest"
)

var screenshots = flag.Bool("screenshots", false, "write docs/img anew")

const (
	pictures = "../../docs/img"
	// largestPicture is how many bytes a picture of the documents may have.
	largestPicture = 120 << 10
)

// pictureView is a way to look at pages. One without a name is looked at, and no picture is taken.
type pictureView struct {
	name string
	browsertest.View
}

var (
	wideViews = []pictureView{
		{"desktop-light", browsertest.Desktop}, {"desktop-dark", browsertest.Desktop.InDark()}, {"", browsertest.Wall},
	}
	phoneViews = []pictureView{{"phone-light", browsertest.Phone}, {"phone-dark", browsertest.Phone.InDark()}}
	everyView  = slices.Concat(wideViews, phoneViews)
)

// in looks at what the page shows in each view: it fits, and it is as in the picture. ready brings about what should be seen.
func (v *viewer) in(views []pictureView, name string, ready func()) {
	v.at.t.Helper()
	for _, view := range views {
		v.Look(view.View)
		ready()
		if view.name != "" {
			v.photograph(name + "-" + view.name)
		}
		v.Fits()
	}
}

// TestEveryPageFitsEveryView looks at each page in light and dark, on a wall, on a desktop and on a phone. make screenshots
// writes what it sees to docs/img.
func TestEveryPageFitsEveryView(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.history()
	shown := s.busyDesk()
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.in(everyView, "login", func() { sam.Goto(in.base + "/login") })
	sam.signsIn("sam")
	for _, page := range []struct{ name, path, ready string }{
		{"home", "/", ".doors"}, {"board", "/board", ".card"}, {"conversation", "/board/c/" + shown + "?at=7", "#then dl"},
		{"flow", "/board/flow/default", ".uplot canvas"}, {"undelivered", "/board/undelivered", ".burial"},
	} {
		sam.in(everyView, page.name, func() {
			sam.Goto(in.base + page.path)
			sam.Until("it is all there", fmt.Sprintf("document.querySelector(%q) !== null && document.fonts.status === 'loaded'", page.ready))
		})
	}
}

// photograph holds the picture of the documents to its size, and takes it anew if that is asked for.
func (v *viewer) photograph(name string) {
	v.at.t.Helper()
	file := filepath.Join(pictures, name+".png")
	if *screenshots {
		raw := filepath.Join(v.at.t.TempDir(), name+".png")
		v.Photograph(raw)
		content, err := os.ReadFile(raw)
		if err != nil {
			v.at.t.Fatal(err)
		}
		if err := os.MkdirAll(pictures, 0o755); err != nil {
			v.at.t.Fatal(err)
		}
		if err := os.WriteFile(file, fewerColours(v.at.t, content), 0o644); err != nil {
			v.at.t.Fatal(err)
		}
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		v.at.t.Errorf("%v: make screenshots takes it", err)
	case info.Size() > largestPicture:
		v.at.t.Errorf("%s has %d bytes, at most %d are allowed", file, info.Size(), largestPicture)
	}
}

// fewerColours writes a picture with the 256 colours that it uses most, which is a third of the bytes.
func fewerColours(t *testing.T, content []byte) []byte {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	bounds, used := picture.Bounds(), map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			used[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(used), func(a, b color.RGBA) int { return cmp.Compare(used[b], used[a]) })
	palette, nearest := color.Palette{}, map[color.RGBA]uint8{}
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	small := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			if _, known := nearest[c]; !known {
				nearest[c] = uint8(palette.Index(c))
			}
			small.SetColorIndex(x, y, nearest[c])
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, small); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
