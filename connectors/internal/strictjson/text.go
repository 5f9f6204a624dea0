package strictjson

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads the string whose opening quote is next. Without escapes the answer lies in the text being read.
func (r *Reader) quoted() ([]byte, bool) {
	from := r.at + 1
	ascii := true
	for i := from; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.at = i + 1
			return r.checked(r.data[from:i], ascii)
		case c == '\\':
			return r.escaped(from, i)
		case c < ' ':
			r.at = i
			r.fail("a control character in a string must be escaped")
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.fail("a string is not closed")
	return nil, false
}

func (r *Reader) checked(b []byte, ascii bool) ([]byte, bool) {
	if !ascii && !utf8.Valid(b) {
		r.fail("a string is not UTF-8")
		return nil, false
	}
	return b, true
}

// escaped reads on from the first escape of a string, into bytes of its own.
func (r *Reader) escaped(from, i int) ([]byte, bool) {
	out := append(make([]byte, 0, 2*(i-from)+32), r.data[from:i]...)
	for i < len(r.data) {
		switch c := r.data[i]; {
		case c == '"':
			r.at = i + 1
			return r.checked(out, false)
		case c == '\\':
			var n int
			if out, n = unescape(out, r.data[i:]); n == 0 {
				r.at = i
				r.fail("an unknown escape in a string")
				return nil, false
			}
			i += n
		case c < ' ':
			r.at = i
			r.fail("a control character in a string must be escaped")
			return nil, false
		default:
			out = append(out, c)
			i++
		}
	}
	r.fail("a string is not closed")
	return nil, false
}

// unescape adds what the escape at the beginning of b stands for, and answers its length, 0 if it is none. Half of a
// surrogate pair becomes U+FFFD: platforms in JavaScript send it when they cut a text in the middle of an emoji.
func unescape(out, b []byte) ([]byte, int) {
	if len(b) < 2 {
		return out, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return append(out, b[1]), 2
	case 'b':
		return append(out, '\b'), 2
	case 'f':
		return append(out, '\f'), 2
	case 'n':
		return append(out, '\n'), 2
	case 'r':
		return append(out, '\r'), 2
	case 't':
		return append(out, '\t'), 2
	case 'u':
		unit, ok := codeUnit(b)
		if !ok {
			return out, 0
		}
		if utf16.IsSurrogate(unit) {
			if low, ok := codeUnit(b[6:]); ok {
				if pair := utf16.DecodeRune(unit, low); pair != utf8.RuneError {
					return utf8.AppendRune(out, pair), 12
				}
			}
			unit = utf8.RuneError
		}
		return utf8.AppendRune(out, unit), 6
	}
	return out, 0
}

// codeUnit reads \uXXXX.
func codeUnit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
