package pages

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var inBraces = regexp.MustCompile(`\{\w+\}`)

func TestChatSpeaksEachLanguageInFull(t *testing.T) {
	if got := slices.Sorted(maps.Keys(chatWords)); !slices.Equal(got, []string{"de", "en", "fr", "nb"}) {
		t.Errorf("the languages are %v", got)
	}
	original := chatWords[fallbackLanguage]
	for lang, words := range chatWords {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(original)), slices.Sorted(maps.Keys(words))); diff != "" {
			t.Errorf("keys of %s (-en +%s):\n%s", lang, lang, diff)
		}
		for key, text := range words {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s.%s is empty", lang, key)
			}
			if want, got := inBraces.FindAllString(original[key], -1), inBraces.FindAllString(text, -1); !slices.Equal(want, got) {
				t.Errorf("%s.%s puts in %v, not %v", lang, key, got, want)
			}
		}
	}
}

// TestChatHasTheWordsThatItSays: a key that a script or the template asks for is there, and none is there for nobody.
func TestChatHasTheWordsThatItSays(t *testing.T) {
	asked := map[string]bool{"title": true} // by the server
	patterns := map[string]string{"html/chat.html": `\.Words\.(\w+)`}
	for _, path := range []string{"js/chat.js", "js/chatask.js", "js/chatlog.js", "js/chatrating.js", "js/chatstand.js"} {
		patterns[path] = `\bsay\('(\w+)'`
	}
	for path, pattern := range patterns {
		text, err := files.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s says nothing", path)
		}
		for _, match := range found {
			asked[match[1]] = true
		}
	}
	want := slices.Sorted(maps.Keys(chatWords[fallbackLanguage]))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(asked))); diff != "" {
		t.Errorf("words (-there +asked for):\n%s", diff)
	}
}

func TestChatSpeaksTheFirstLanguageThatIsAskedForAndThere(t *testing.T) {
	for wishes, want := range map[string][2]string{
		"":                               {"en", "en"},
		"de-AT":                          {"de", "de-AT"},
		"it, fr;q=0.5, de;q=0.8":         {"de", "de"},
		"nn-NO,nn;q=0.9":                 {"nb", "nn-NO"},
		"no":                             {"nb", "no"},
		"ja,zh;q=0.8":                    {"en", "ja"},
		"de;q=0,fr;q=x, FR-ca ;q=0.1":    {"fr", "FR-ca"},
		"<script>, de\";, ä, *":          {"en", "en"},
		strings.Repeat("x", 1<<16):       {"en", "en"},
		strings.Repeat("ja,", 20) + "de": {"en", "ja"},
	} {
		got := ChatLanguageFor(wishes)
		if got.Lang != want[0] || got.Asked != want[1] || got.Words["send"] != chatWords[want[0]]["send"] {
			t.Errorf("%.40q is answered in %s for %s, not in %s for %s", wishes, got.Lang, got.Asked, want[0], want[1])
		}
	}
}
