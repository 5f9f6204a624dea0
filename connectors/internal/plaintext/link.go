package plaintext

import (
	"net/url"
	"strings"
	"unicode"
)

// longestAddress is how many bytes an address may have to be shown; people can do nothing with a longer one.
const longestAddress = 2000

// link is the one that is open: where it leads, and where its text began. An empty address is none.
type link struct {
	address string
	from    int
}

// linkTo begins a link.
func (w *writer) linkTo(address string) link {
	return link{address: shown(address), from: w.b.Len()}
}

// endLink writes the address behind the text, unless the text says it already.
func (p *page) endLink() {
	address := p.link.address
	if address == "" {
		return
	}
	text, space := strings.TrimSpace(p.out.String()[p.link.from:]), p.out.space
	p.link = link{}
	switch {
	case text == "":
		p.out.text(" " + address)
	case text != address && text != strings.TrimPrefix(address, "mailto:"):
		p.out.text(" (" + address + ")")
	}
	p.out.space = p.out.space || space
}

// shown answers an address that people may be shown: http, https or mailto, in one word. Empty for any other.
func shown(address string) string {
	address = strings.TrimSpace(address)
	if len(address) > longestAddress || strings.ContainsFunc(address, odd) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	switch {
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil, u.Scheme == "mailto" && u.Opaque != "":
		return address
	default:
		return ""
	}
}

// odd: no part of an address, or something that makes it look like another one.
func odd(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r)
}
