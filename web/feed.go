package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"handoff/orchestrator"
)

// feedPage is how many entries are read at a time, smallPage how many where they may be long: what is read takes memory before
// it is known how much of it fits into an answer.
const (
	feedPage  = 200
	smallPage = 16
)

// reader is one caller on one timeline.
type reader struct {
	s     *Server
	c     *call
	id    orchestrator.ConversationID
	lens  *lens
	after uint64 // the last sequence that was read, shown or not
	watch *orchestrator.Watch
	page  int // entries to read at a time
	buf   []byte
	shown int // entries in buf

	// Of a customer's reader alone.
	waits bool // she waited when that was looked at last
	told  wait // what she was told last
	moved bool // a poll: her wait goes on otherwise since it began
}

// readFeed answers GET /v1/conversations/{id}/events: a long poll, or a stream of the same events. It subscribes to
// changes before it reads the timeline, so that nothing falls in between.
func (s *Server) readFeed(c *call) error {
	q := newQuery(c, "after", "wait", "token")
	after, wait := q.sequence("after"), q.number("wait", 0, int(MaxWait/time.Second), 0)
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		n, err := strconv.ParseUint(last, 10, 63)
		if err != nil {
			return refusal(codeMalformedHeader, "Last-Event-ID must be a sequence")
		}
		after = max(after, n)
	}
	if err := q.err(); err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	if err := s.touch(c, conversation.ID); err != nil {
		return err
	}
	s.seen(c, conversation)
	r := &reader{s: s, c: c, id: conversation.ID, lens: lensOf(&c.who, conversation), after: after,
		watch: s.hub.Watch(conversation.ID), page: s.pageOf(conversation)}
	defer r.watch.Close()
	r.lens.handback = func(n *orchestrator.Notice) (*orchestrator.Handback, error) {
		return orchestrator.ReadHandback(c.ctx(), s.store, conversation.ID, n)
	}
	r.lens.notes = orchestrator.HearsNotes(s.options.Bots[conversation.Bot])
	if wantsStream(c.Request().Header) {
		return r.stream()
	}
	return r.poll(time.Duration(wait) * time.Second)
}

// pageOf is how many entries of a conversation may be read at a time. One that an earlier version of the program has begun does
// not say how long its timeline is.
func (s *Server) pageOf(c *orchestrator.Conversation) int {
	if c.Bytes > 0 && c.Bytes <= int64(s.options.Bounds.AnswerBytes) {
		return feedPage
	}
	return smallPage
}

// errAnswerFull ends the reading of a page: what comes next belongs into another answer.
var errAnswerFull = errors.New("the answer is full")

// read reads one page and reports whether there may be more; each is given what the reader sees of it. The reader's place is behind
// what each has taken.
func (r *reader) read(each func(sequence uint64, entry *orchestrator.Entry) error) (more bool, err error) {
	entries, err := r.s.store.Timeline(r.c.ctx(), r.id, r.after, r.page)
	if err != nil {
		return false, err
	}
	for i := range entries {
		if r.lens.shows(&entries[i]) {
			if err := each(entries[i].Sequence, &entries[i]); err != nil {
				return false, err
			}
		}
		r.after = entries[i].Sequence
	}
	return len(entries) == r.page, nil
}

// poll answers what there is, or waits for it.
func (r *reader) poll(wait time.Duration) error {
	st := &stream{s: r.s, c: r.c} // only for its time-outs: a long poll outlasts the server's
	if err := st.lift(); err != nil {
		return err
	}
	over, stop := after(r.s.clock, wait)
	defer stop()
	r.buf = append(r.buf, `{"events":[`...)
	for {
		more, err := r.read(r.collect)
		if err != nil && !errors.Is(err, errAnswerFull) {
			return err
		}
		if more && r.shown < feedPage {
			continue
		}
		if r.shown == 0 && r.moved {
			if err := r.collectWait(); err != nil {
				return err
			}
		}
		if r.shown > 0 || wait == 0 || !r.await(over) {
			return r.answer(st)
		}
	}
}

// collect adds an entry to a poll's answer, as long as that stays within its bound. The first is taken however long it is.
func (r *reader) collect(_ uint64, e *orchestrator.Entry) error {
	before, shown := len(r.buf), r.shown
	r.separate()
	b, err := r.lens.appendEnvelope(r.buf, e)
	if err != nil {
		return err
	}
	if r.buf = b; shown > 0 && len(b)+answerTail > r.s.options.Bounds.AnswerBytes {
		r.buf, r.shown = b[:before], shown
		return errAnswerFull
	}
	return nil
}

// answerTail is room for what ends a poll's answer.
const answerTail = 32

func (r *reader) separate() {
	if r.shown > 0 {
		r.buf = append(r.buf, ',')
	}
	r.shown++
}

// await waits for a reason to read again; false when the poll is over, because of the time or because of typing, which
// is an event by itself.
func (r *reader) await(over <-chan struct{}) bool {
	for {
		select {
		case change := <-r.watch.C:
			if change.Typing != nil {
				if r.typed(&change) {
					return false
				}
				continue
			}
			if change.Resync || change.Erased || change.Sequence > r.after {
				r.moved = r.moved || r.movesWait(&change)
				return true
			}
		case <-over:
			return false
		case <-r.s.stopping:
			return false
		case <-r.c.ctx().Done():
			return false
		}
	}
}

func (r *reader) typed(change *orchestrator.Change) bool {
	mark := len(r.buf)
	b, shows, err := r.lens.appendTyping(r.buf, change, r.s.now())
	if err != nil || !shows {
		r.buf = b[:mark]
		return false
	}
	r.buf = b
	r.shown++
	return true
}

// answer writes what was read and sends it, within the time that a stream gives a client to take something.
func (r *reader) answer(st *stream) error {
	if err := r.c.ctx().Err(); err != nil {
		return err // nobody is there to be answered
	}
	r.buf = append(r.buf, `],"next":`...)
	r.buf = strconv.AppendUint(r.buf, r.after, 10)
	r.buf = append(r.buf, '}')
	r.c.Response().Header().Set("Content-Length", strconv.Itoa(len(r.buf)))
	defer st.bound()()
	if err := writeJSON(r.c, http.StatusOK, r.buf); err != nil {
		return err
	}
	return st.control.Flush()
}
