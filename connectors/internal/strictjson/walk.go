package strictjson

import (
	"bytes"
)

// Object enters an object; false, with a problem noted and the value skipped, if something else is here.
func (r *Reader) Object() bool {
	if !r.enter('{', "must be an object") {
		return false
	}
	r.steps[r.depth-1] = step{index: -1, base: len(r.names)}
	return true
}

// Array enters an array; false, with a problem noted and the value skipped, if something else is here.
func (r *Reader) Array() bool {
	if !r.enter('[', "must be an array") {
		return false
	}
	r.steps[r.depth-1] = step{index: -1}
	return true
}

func (r *Reader) enter(open byte, otherwise string) bool {
	if r.peek() != open {
		r.mismatch(otherwise)
		return false
	}
	if r.depth >= MaxDepth {
		r.fail("nested more than %d deep", MaxDepth)
		return false
	}
	r.at++
	r.depth++
	r.first = true
	return true
}

// Member steps to the next member of the object that was entered; false after the last. Its value must be read or skipped
// before the next call.
func (r *Reader) Member() bool {
	if !r.more('}') {
		if r.syntax == nil {
			r.names = r.names[:r.steps[r.depth-1].base]
			r.depth--
		}
		return false
	}
	if r.peek() != '"' {
		r.fail("expected the name of a member")
		return false
	}
	name, ok := r.quoted()
	if !ok {
		return false
	}
	level := &r.steps[r.depth-1]
	for _, earlier := range r.names[level.base:] {
		if bytes.Equal(earlier, name) {
			r.fail("member %.40q is given twice", name)
			return false
		}
	}
	if len(r.names) >= MaxMembers {
		r.fail("more than %d members", MaxMembers)
		return false
	}
	r.names = append(r.names, name)
	level.name = name
	if r.peek() != ':' {
		r.fail("expected a colon after the name of a member")
		return false
	}
	r.at++
	return true
}

// Present is Member, but steps over members that are null: null is the same as leaving the member out.
func (r *Reader) Present() bool {
	for r.Member() {
		if r.peek() != 'n' {
			return true
		}
		r.word("null")
	}
	return false
}

// Name is the name of the present member.
func (r *Reader) Name() []byte { return r.steps[r.depth-1].name }

// Element steps to the next element of the array that was entered; false after the last. Its value must be read or skipped
// before the next call.
func (r *Reader) Element() bool {
	if !r.more(']') {
		if r.syntax == nil {
			r.depth--
		}
		return false
	}
	r.steps[r.depth-1].index++
	return true
}

// more steps over the comma before the next value of a container, or out of the container.
func (r *Reader) more(end byte) bool {
	first := r.first
	r.first = false
	switch c := r.peek(); {
	case c == end:
		r.at++
		return false
	case first && c != 0:
		return true
	case c == ',':
		r.at++
		if r.peek() != end {
			return true
		}
	}
	r.fail("expected a comma or %q", end)
	return false
}

// Null steps over a null and answers whether there was one.
func (r *Reader) Null() bool {
	if r.peek() != 'n' {
		return false
	}
	r.word("null")
	return r.syntax == nil
}

// Raw steps over a value and answers its bytes.
func (r *Reader) Raw() []byte {
	r.space()
	from := r.at
	r.Skip()
	if r.syntax != nil {
		return nil
	}
	return r.data[from:r.at]
}

// Skip steps over a value of any kind.
func (r *Reader) Skip() { r.skip(r.depth) }

func (r *Reader) skip(depth int) {
	switch c := r.peek(); {
	case c == '{' || c == '[':
		r.skipContainer(c, depth+1)
	case c == '"':
		r.quoted()
	case c == 't':
		r.word("true")
	case c == 'f':
		r.word("false")
	case c == 'n':
		r.word("null")
	case c == '-' || c >= '0' && c <= '9':
		r.number()
	case c == 0 && r.at >= len(r.data):
		r.fail("the text ends too early")
	default:
		r.fail("expected a value")
	}
}

func (r *Reader) skipContainer(open byte, depth int) {
	if depth > MaxDepth {
		r.fail("nested more than %d deep", MaxDepth)
		return
	}
	end := open + 2 // '{' and '}', '[' and ']' lie two apart
	r.at++
	r.first = true
	for r.more(end) {
		if open == '{' {
			if r.peek() != '"' {
				r.fail("expected the name of a member")
				return
			}
			r.quoted()
			if r.peek() != ':' {
				r.fail("expected a colon after the name of a member")
				return
			}
			r.at++
		}
		r.skip(depth)
	}
}

// mismatch notes that a value has the wrong type and steps over it.
func (r *Reader) mismatch(expected string) {
	if r.syntax != nil {
		return
	}
	r.Problem("%s", expected)
	r.Skip()
}
