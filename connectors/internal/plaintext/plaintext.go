// Package plaintext makes plain text of the HTML that some contact centres write, and HTML of plain text for those that read
// nothing else. What comes out of it is text: whoever shows it on a page escapes it like any other text.
package plaintext

import (
	stdhtml "html"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits of what is read. Whatever lies beyond is left out.
const (
	// MaxHTML is how many bytes of HTML are read.
	MaxHTML = 256 << 10
	// maxTag is how many bytes one tag may have, with its attributes.
	maxTag = 16 << 10
	// deepest is how many lists within lists are indented; deeper ones are written like that one.
	deepest = 8
)

// FromHTML answers the words of a piece of HTML, as a reader of the page would see them. Paragraphs and lists stay apart,
// entities become characters, an image is its alternative text. A link is its text with the address behind it in brackets,
// if that is an http, https or mailto address; other addresses are left out. Scripts, styles and comments are dropped.
func FromHTML(source string) string {
	if len(source) > MaxHTML {
		source = source[:MaxHTML]
	}
	z := html.NewTokenizer(strings.NewReader(source))
	p := &page{}
	for {
		switch z.Next() {
		case html.ErrorToken:
			p.endLink()
			return p.out.String()
		case html.TextToken:
			p.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			p.start(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			p.end(atom.Lookup(name))
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

// Escape makes HTML of plain text: it shows as it is, with its line breaks.
func Escape(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, string(utf8.RuneError)), "\r\n", "\n")
	return strings.ReplaceAll(stdhtml.EscapeString(text), "\n", "<br>")
}

// page is HTML on its way to text.
type page struct {
	out     writer
	dropped atom.Atom // the element whose text is not shown, until its end
	lists   []int     // of each open list: the number of its next item, 0 where items have none
	link    link
}

func (p *page) text(words string) {
	if p.dropped == 0 {
		p.out.text(words)
	}
}

// start is a start tag. The elements dropped are those whose content the tokenizer does not read as HTML, so that the text
// up to their end is one token, and there are no elements in it.
func (p *page) start(z *html.Tokenizer) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	attribute := attributes(z, more)
	switch tag { //nolint:exhaustive // HTML has many elements; these have a meaning here
	case atom.Script, atom.Style, atom.Title, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript:
		p.dropped = tag
	case atom.A:
		p.endLink()
		p.link = p.out.linkTo(attribute["href"])
	case atom.Img:
		p.text(" " + attribute["alt"] + " ")
	case atom.Br:
		p.out.newline()
	case atom.Pre:
		p.out.lines(2)
		p.out.kept++
	case atom.Ol:
		p.list(1)
	case atom.Ul:
		p.list(0)
	case atom.Li:
		p.item()
	case atom.Td, atom.Th:
		p.out.text(" ")
	default:
		p.out.lines(apart(tag))
	}
}

func (p *page) end(tag atom.Atom) {
	if p.dropped != 0 {
		if tag == p.dropped {
			p.dropped = 0
		}
		return
	}
	switch tag { //nolint:exhaustive // as above
	case atom.A:
		p.endLink()
	case atom.Pre:
		p.out.kept = max(p.out.kept-1, 0)
		p.out.lines(2)
	case atom.Ol, atom.Ul:
		p.lists = p.lists[:max(len(p.lists)-1, 0)]
		p.out.lines(apart(tag))
	case atom.Td, atom.Th:
		p.out.text(" ")
	default:
		p.out.lines(apart(tag))
	}
}

// apart is how many line ends are before and behind an element.
func apart(tag atom.Atom) int {
	switch tag { //nolint:exhaustive // all others are within a line
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Blockquote, atom.Hr:
		return 2
	case atom.Div, atom.Ul, atom.Ol, atom.Li, atom.Tr, atom.Dl, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header,
		atom.Footer, atom.Body, atom.Form, atom.Caption, atom.Figure, atom.Figcaption, atom.Address:
		return 1
	default:
		return 0
	}
}

// list begins one. Numbers of lists that lie deeper than anybody reads are not kept.
func (p *page) list(first int) {
	p.out.lines(1)
	if len(p.lists) < deepest {
		p.lists = append(p.lists, first)
	}
}

func (p *page) item() {
	p.out.lines(1)
	depth := len(p.lists)
	if depth == 0 {
		p.out.mark(0, "- ")
		return
	}
	mark := "- "
	if n := p.lists[depth-1]; n > 0 {
		mark = numbered(n)
		p.lists[depth-1]++
	}
	p.out.mark(depth-1, mark)
}

// attributes reads those of a tag.
func attributes(z *html.Tokenizer, more bool) map[string]string {
	values := map[string]string{}
	for read := 0; more && read < maxTag; {
		var key, value []byte
		key, value, more = z.TagAttr()
		values[string(key)] = string(value)
		read += len(key) + len(value)
	}
	return values
}
