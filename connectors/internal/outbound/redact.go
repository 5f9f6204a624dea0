package outbound

import (
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// hidden stands where a secret was.
const hidden = "[hidden]"

// shortestSecret is how long a text must be to be taken for a secret; shorter ones would hide words at random.
const shortestSecret = 6

// User names, passwords, queries and fragments of URLs.
var (
	urlUser  = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#"'@]*@`)
	urlQuery = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://[^\s?#"']*)[?#][^\s"']*`)
)

// redactor takes secrets out of texts.
type redactor struct{ secrets *strings.Replacer }

// newRedactor hides the given secrets: as written, without a prefix such as whsec_, decoded, and as they look in a URL.
func newRedactor(secrets []string) redactor {
	var pairs []string
	hide := func(s string) {
		if len(s) >= shortestSecret {
			pairs = append(pairs, s, hidden)
		}
	}
	for _, s := range secrets {
		hide(s)
		hide(url.QueryEscape(s))
		if _, bare, ok := strings.Cut(s, "_"); ok {
			hide(bare)
			if raw, err := base64.StdEncoding.DecodeString(bare); err == nil {
				hide(string(raw))
			}
		}
	}
	return redactor{secrets: strings.NewReplacer(pairs...)}
}

func (r redactor) text(s string) string {
	s = urlUser.ReplaceAllString(s, "${1}")
	s = urlQuery.ReplaceAllString(s, "${1}")
	return r.secrets.Replace(s)
}

// err is an error with a text free of secrets. errors.Is still finds what it was; the original cannot be unwrapped, so
// that no log prints it.
func (r redactor) err(err error) error {
	if err == nil {
		return nil
	}
	return &redactedError{text: r.text(err.Error()), cause: err}
}

type redactedError struct {
	text  string
	cause error
}

// Error is the text without secrets.
func (e *redactedError) Error() string { return e.text }

// Is looks into the original.
func (e *redactedError) Is(target error) bool { return errors.Is(e.cause, target) }

// GoString is what %#v prints; it would print the original otherwise.
func (e *redactedError) GoString() string { return e.text }
