package plaintext_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/plaintext"
)

func TestHTMLReadsAsThePageWould(t *testing.T) {
	for _, row := range []struct{ name, html, want string }{
		{"plain", "Hello", "Hello"},
		{"nothing", " \n ", ""},
		{"entities", "a &lt; b &amp;&nbsp;c &#39;d&#39; &euro;", "a < b & c 'd' €"},
		{"an entity that is none", "fish &chips; &", "fish &chips; &"},
		{"a sign that begins no tag", "1 < 2", "1 < 2"},
		{"white space", "  one\n\ttwo  <b>three</b> ", "one two three"},
		{"paragraphs", "<p>one</p><p>two</p>", "one\n\ntwo"},
		{"line breaks", "one<br>two<br/>\nthree<br><br><br>four", "one\ntwo\nthree\n\nfour"},
		{"blocks", "<div>one<div>two</div></div>three", "one\ntwo\nthree"},
		{"lists", "See:<ul><li>one<li>two</ul><ol><li>first</li><li>second<ul><li>inner</li></ul></li></ol>end",
			"See:\n- one\n- two\n1. first\n2. second\n  - inner\nend"},
		{"a table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"kept white space", "<pre>a\n  b\n\n\n\nc</pre>d", "a\n  b\n\nc\n\nd"},
		{"a link", `see <a href="https://example.com/a?b=1&amp;c=2">our page</a>.`, "see our page (https://example.com/a?b=1&c=2)."},
		{"a link that says it", `<a href="https://example.com/">https://example.com/</a>`, "https://example.com/"},
		{"a mail address", `<a href="mailto:ann@example.com">ann@example.com</a> or <a href='mailto:bob@example.com'>Bob</a>`,
			"ann@example.com or Bob (mailto:bob@example.com)"},
		{"a link without text", `<a href="http://example.com"></a>!`, "http://example.com!"},
		{"a link that does something", `<a href="javascript:alert(1)">here</a><a href="data:text/html,x"> there</a>`, "here there"},
		{"a link in disguise", "<a href=\"ja&#10;vascript:x\">a</a> <a href=\"https://good.example@evil.example/\">b</a> <a href=\"/c\">c</a>", "a b c"},
		{"a link that is not closed", `<a href="https://example.com/1">one <a href="https://example.com/2">two`,
			"one (https://example.com/1) two (https://example.com/2)"},
		{"an image", `see<img src="https://example.com/x.png" alt="a cat">here`, "see a cat here"},
		{"what is not shown", "a<script>alert('<p>x')</script><style>p{}</style><!-- c --><title>t</title><noscript>n</noscript>b", "ab"},
		{"a script that is not closed", "a<script>alert(1) and more", "a"},
		{"an end without a beginning", "a</ul></script></pre></a>b", "a\n\nb"},
		{"control characters", "a\x00b\x07c\u0085d", "abc d"},
		{"not valid", "a\xffb", "a\uFFFDb"},
		{"a handler", `<p onclick="x()">say</p>`, "say"},
		{"an emoji", "<b>👩‍👧</b>", "👩‍👧"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, plaintext.FromHTML(row.html)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDepthAndSizeAreBounded(t *testing.T) {
	deep := plaintext.FromHTML(strings.Repeat("<ul><li>x", 20_000))
	for line := range strings.Lines(deep) {
		if len(line) > 40 {
			t.Fatalf("a line of %d bytes", len(line))
		}
	}
	long := plaintext.FromHTML(strings.Repeat("x", 2*plaintext.MaxHTML))
	if len(long) != plaintext.MaxHTML {
		t.Errorf("%d bytes were read, want %d", len(long), plaintext.MaxHTML)
	}
	var tag strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&tag, "x%d=y ", n)
	}
	many := plaintext.FromHTML("<a " + tag.String() + "href=https://example.com>text</a>")
	if many != "text" {
		t.Errorf("a tag beyond the limit: %q", many)
	}
}

func TestEscapedTextShowsAsItIs(t *testing.T) {
	const text = "<script>alert(\"1\")</script> & 'more'\r\nnext"
	const want = "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; &amp; &#39;more&#39;<br>next"
	if diff := cmp.Diff(want, plaintext.Escape(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// tidy is how a text comes back after it was HTML: without control characters, double spaces and empty lines in a row.
func tidy(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && !unicode.IsSpace(r) {
				return -1
			}
			return r
		}, line)
		line = strings.Join(strings.Fields(line), " ")
		if line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func FuzzFromHTML(f *testing.F) {
	for _, source := range []string{
		"<p>Hello <b>Ann</b></p>", `<a href="https://example.com">x</a>`, "<ul><li>a<ol><li>b", "<pre>\n\n x</pre>", "<script>", "&#0;&lt;",
		"<![CDATA[x]]>", "<a href='java\tscript:x'>", "</p></p><td>", "<textarea><p>x</textarea>", "<plaintext>x</plaintext>",
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		text := plaintext.FromHTML(source)
		if !utf8.ValidString(text) || strings.Contains(text, "\n\n\n") || strings.TrimLeft(text, "\n") != text {
			t.Fatalf("%q became %q", source, text)
		}
		for _, r := range text {
			if unicode.IsControl(r) && r != '\n' {
				t.Fatalf("%q became %q, with a control character", source, text)
			}
		}
		if len(source) > plaintext.MaxHTML/8 {
			return
		}
		if diff := cmp.Diff(tidy(source), plaintext.FromHTML(plaintext.Escape(source))); diff != "" {
			t.Fatalf("%q came back as another text (-want +got):\n%s", source, diff)
		}
	})
}

func TestWhatMayBeHTMLKeepsWhatHTMLDoesNotKnow(t *testing.T) {
	for source, want := range map[string]string{
		"": "", "it says <error>": "it says <error>", "1 < 2": "1 < 2", "AT&amp;T": "AT&T", "one\n  two": "one\n  two",
		"<b>bold</b> and <error>": "bold and <error>", "&lt;b&gt;": "<b>", "a&nbsp;b": "a b", "<P>one<P>two": "one\n\ntwo",
	} {
		if got := plaintext.FromMixed(source); got != want {
			t.Errorf("%q became %q, want %q", source, got, want)
		}
	}
}
