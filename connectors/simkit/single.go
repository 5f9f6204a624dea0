package simkit

import "net/http"

// Opening is what About answers for a call that makes a chat, which has no name before.
const Opening = "*"

// single is what happens to one call that changes something about one chat.
type single struct {
	chat string
	skip int // such calls that go on before
	fault
	met bool
}

// RefuseOne answers one call that would change something about a chat with a status and a page, and does nothing else: the one
// behind so many that go on. Calls that only read go on, and so do all calls when it has ended. Met reports whether it came.
func (f *Faults) RefuseOne(chat string, skip, status int) (met func() bool, end func()) {
	return f.setSingle(&single{chat: chat, skip: skip, fault: fault{kind: FaultStatus, status: status}})
}

// LoseOne is RefuseOne for a call that is carried out and whose connection breaks before the answer.
func (f *Faults) LoseOne(chat string, skip int) (met func() bool, end func()) {
	return f.setSingle(&single{chat: chat, skip: skip, fault: fault{kind: FaultLoseAnswer}})
}

func (f *Faults) setSingle(one *single) (met func() bool, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.single = one
	met = func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return one.met
	}
	return met, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.single == one {
			f.single = nil
		}
	}
}

// takeSingle answers what happens to a call because it is the one.
func (f *Faults) takeSingle(r *http.Request) (one fault, is bool) {
	f.mu.Lock()
	waits := f.single != nil && !f.single.met
	f.mu.Unlock()
	if !waits || f.About == nil || r.Method == http.MethodGet || f.Polls != nil && f.Polls(r) {
		return fault{}, false
	}
	chat := f.About(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.single
	if s == nil || s.met || s.chat != chat {
		return fault{}, false
	}
	if s.skip > 0 {
		s.skip--
		return fault{}, false
	}
	s.met = true
	return s.fault, true
}
