package strictjson

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxInteger is the greatest integer that every JSON implementation keeps exactly (RFC 8259, part 6); its negative is the
// least.
const MaxInteger = 1<<53 - 1

// Text reads a string of a number of characters (Unicode code points) within bounds; empty, with a problem noted, if
// something else is here.
func (r *Reader) Text(shortest, longest int) string {
	b, ok := r.String()
	if !ok {
		return ""
	}
	n := len(b)
	if n > longest {
		n = utf8.RuneCount(b)
	}
	switch {
	case n > longest:
		r.Problem("must have at most %d characters", longest)
		return ""
	case n < shortest && shortest == 1:
		r.Problem("must not be empty")
		return ""
	case n < shortest:
		r.Problem("must have at least %d characters", shortest)
		return ""
	}
	return string(b)
}

// OneOf reads a string that must be one of those given; empty, with a problem noted, otherwise.
func (r *Reader) OneOf(allowed ...string) string {
	b, ok := r.String()
	if !ok {
		return ""
	}
	for _, a := range allowed {
		if string(b) == a {
			return a
		}
	}
	var list strings.Builder
	for i, a := range allowed {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(a)
	}
	r.Problem("must be one of %s", list.String())
	return ""
}

// String reads a string of any length; false, with a problem noted, if something else is here. The bytes are those of the
// text being read where it has no escapes: copy them to keep them.
func (r *Reader) String() ([]byte, bool) {
	if r.peek() != '"' {
		r.mismatch("must be a string")
		return nil, false
	}
	return r.quoted()
}

// Integer reads an integer within bounds, written without fraction and exponent; false, with a problem noted, otherwise.
func (r *Reader) Integer(least, greatest int64) (int64, bool) {
	if c := r.peek(); c != '-' && (c < '0' || c > '9') {
		r.mismatch("must be an integer")
		return 0, false
	}
	digits, whole := r.number()
	if r.syntax != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if !whole || err != nil && len(digits) < 19 {
		r.Problem("must be an integer")
		return 0, false
	}
	if err != nil || n < least || n > greatest {
		r.Problem("must be from %d to %d", least, greatest)
		return 0, false
	}
	return n, true
}

// Number reads a number; false, with a problem noted, if something else is here or it is too great for a double.
func (r *Reader) Number() (float64, bool) {
	if c := r.peek(); c != '-' && (c < '0' || c > '9') {
		r.mismatch("must be a number")
		return 0, false
	}
	digits, _ := r.number()
	if r.syntax != nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(digits), 64)
	if err != nil || math.IsInf(f, 0) {
		r.Problem("is too great a number")
		return 0, false
	}
	return f, true
}

// Bool reads true or false; the second answer is false, with a problem noted, if something else is here.
func (r *Reader) Bool() (value, ok bool) {
	switch r.peek() {
	case 't':
		r.word("true")
		return r.syntax == nil, r.syntax == nil
	case 'f':
		r.word("false")
		return false, r.syntax == nil
	}
	r.mismatch("must be true or false")
	return false, false
}

// Scalar reads a string, number, boolean or null, as string, float64, bool or nil; false, with a problem noted, otherwise.
func (r *Reader) Scalar() (any, bool) {
	switch c := r.peek(); {
	case c == '"':
		b, ok := r.quoted()
		return string(b), ok
	case c == 't' || c == 'f':
		return r.Bool()
	case c == 'n':
		return nil, r.Null()
	case c == '-' || c >= '0' && c <= '9':
		return r.Number()
	}
	r.mismatch("must be a string, a number or a boolean")
	return nil, false
}

// word steps over true, false or null.
func (r *Reader) word(w string) {
	if len(r.data)-r.at < len(w) || string(r.data[r.at:r.at+len(w)]) != w {
		r.fail("expected %s", w)
		return
	}
	r.at += len(w)
}

// number steps over a number and answers its bytes, and whether it has neither fraction nor exponent.
func (r *Reader) number() (digits []byte, whole bool) {
	from := r.at
	if r.data[r.at] == '-' {
		r.at++
	}
	switch n := r.digits(); {
	case n == 0:
		r.fail("expected a digit")
		return nil, false
	case n > 1 && r.data[r.at-n] == '0':
		r.fail("a number must not begin with 0")
		return nil, false
	}
	whole = true
	if r.at < len(r.data) && r.data[r.at] == '.' {
		whole = false
		r.at++
		if r.digits() == 0 {
			r.fail("expected a digit")
			return nil, false
		}
	}
	if r.at < len(r.data) && (r.data[r.at] == 'e' || r.data[r.at] == 'E') {
		whole = false
		r.at++
		if r.at < len(r.data) && (r.data[r.at] == '+' || r.data[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			r.fail("expected a digit")
			return nil, false
		}
	}
	return r.data[from:r.at], whole
}

func (r *Reader) digits() int {
	from := r.at
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' {
		r.at++
	}
	return r.at - from
}
