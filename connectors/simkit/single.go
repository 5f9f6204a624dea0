package simkit

import "net/http"

// Opening is what About answers for a call that makes a chat, which has no name before.
const Opening = "*"

// single is the status with which one call is answered that changes something about one chat.
type single struct {
	chat   string
	skip   int // such calls that go on before
	status int
	met    bool
}

// RefuseOne answers one call that would change something about a chat with a status and a page, and does nothing else: the one
// behind so many that go on. Calls that only read go on, and so do all calls when it has ended. Met reports whether it came.
func (f *Faults) RefuseOne(chat string, skip, status int) (met func() bool, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := &single{chat: chat, skip: skip, status: status}
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

// refusedOnce answers the status with which a call is refused because it is the one; 0: it is not.
func (f *Faults) refusedOnce(r *http.Request) int {
	f.mu.Lock()
	waits := f.single != nil && !f.single.met
	f.mu.Unlock()
	if !waits || f.About == nil || r.Method == http.MethodGet || f.Polls != nil && f.Polls(r) {
		return 0
	}
	chat := f.About(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.single
	if one == nil || one.met || one.chat != chat {
		return 0
	}
	if one.skip > 0 {
		one.skip--
		return 0
	}
	one.met = true
	return one.status
}
