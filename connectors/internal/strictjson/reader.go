package strictjson

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"handoff/orchestrator"
)

// Limits of what is read.
const (
	// MaxDepth is how deeply objects and arrays may nest.
	MaxDepth = 32
	// MaxMembers is how many members an object that is walked through, with those around it, may have.
	MaxMembers = 512
	// MaxProblems is how many problems are collected; more are not told.
	MaxProblems = 20
)

// Reader stands somewhere in one JSON text. It is for one goroutine.
type Reader struct {
	data  []byte
	at    int
	first bool // the container that was just entered has not been looked into yet
	steps [MaxDepth]step
	depth int
	// names of the members so far of every object the reader is in, innermost last; each step knows where its own begin.
	names    [][]byte
	syntax   error
	problems []orchestrator.FieldError
}

// step is one level: a member of an object or an element of an array.
type step struct {
	name  []byte
	index int // -1 in an object
	base  int // the first of this object's names
}

var readers = sync.Pool{New: func() any { return new(Reader) }}

// Open begins to read data, which must not change until Close. The reader comes from a pool: Close gives it back.
func Open(data []byte) *Reader {
	r, _ := readers.Get().(*Reader)
	r.data = data
	return r
}

// Close gives the reader back; it must not be used afterwards. Names and raw values that it gave stay valid.
func (r *Reader) Close() {
	clear(r.names[:cap(r.names)])
	*r = Reader{names: r.names[:0]}
	readers.Put(r)
}

// Mark is a place to come back to.
type Mark struct {
	at, depth, names int
	name             []byte
}

// Mark remembers that the reader stands before the value of a member.
func (r *Reader) Mark() Mark {
	return Mark{at: r.at, depth: r.depth, names: len(r.names), name: r.Name()}
}

// Again runs read at a marked value, as if it had been read in its place, and comes back.
func (r *Reader) Again(m Mark, read func()) {
	if r.syntax != nil {
		return
	}
	at, depth, names := r.at, r.depth, len(r.names)
	r.at, r.depth = m.at, m.depth
	r.steps[m.depth-1] = step{name: m.name, index: -1, base: m.names}
	read()
	r.at, r.depth, r.names = at, depth, r.names[:min(names, len(r.names))]
}

// Pointer is the JSON pointer of the value at which the reader stands.
func (r *Reader) Pointer() string {
	var b strings.Builder
	for _, s := range r.steps[:r.depth] {
		b.WriteByte('/')
		if s.index >= 0 {
			b.WriteString(strconv.Itoa(s.index))
		} else {
			b.WriteString(escapePointer.Replace(string(s.name)))
		}
	}
	return b.String()
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// Problem notes what is wrong with the value at which the reader stands.
func (r *Reader) Problem(format string, args ...any) { r.problem(r.Pointer(), format, args...) }

// Missing notes that a member of the object that was read last is required.
func (r *Reader) Missing(member string) { r.problem(r.Pointer()+"/"+member, "is required") }

// ProblemAt notes what is wrong at another place.
func (r *Reader) ProblemAt(pointer, format string, args ...any) { r.problem(pointer, format, args...) }

func (r *Reader) problem(pointer, format string, args ...any) {
	if r.syntax != nil || len(r.problems) >= MaxProblems {
		return
	}
	r.problems = append(r.problems, orchestrator.FieldError{Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
}

// Problems are what was found wrong so far, at most MaxProblems.
func (r *Reader) Problems() []orchestrator.FieldError { return r.problems }

// TakeProblems answers the problems so far and forgets them: what comes next is judged by itself.
func (r *Reader) TakeProblems() []orchestrator.FieldError {
	taken := r.problems
	r.problems = nil
	return taken
}

// From is the text between a mark and where the reader stands, without white space around it. It is valid until Close.
func (r *Reader) From(m Mark) []byte { return bytes.TrimSpace(r.data[m.at:r.at]) }

// End checks that nothing follows and answers why the text is not acceptable JSON, or nil.
func (r *Reader) End() error {
	if r.syntax == nil {
		if r.space(); r.at < len(r.data) {
			r.fail("something follows the JSON value")
		}
	}
	return r.syntax
}

// fail ends the reading: from now on nothing is found.
func (r *Reader) fail(format string, args ...any) {
	if r.syntax == nil {
		r.syntax = fmt.Errorf("at byte %d: %s", r.at+1, fmt.Sprintf(format, args...))
	}
	r.at = len(r.data)
}

// space steps over white space.
func (r *Reader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\n', '\r', '\t':
			r.at++
		default:
			return
		}
	}
}

// peek answers the next byte that is not white space, 0 at the end.
func (r *Reader) peek() byte {
	r.space()
	if r.at >= len(r.data) {
		return 0
	}
	return r.data[r.at]
}
