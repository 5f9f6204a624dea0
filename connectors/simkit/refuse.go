package simkit

import (
	"net/http"
	"slices"
	"sync"
)

// refusal is a status with which the calls about one chat are answered.
type refusal struct {
	chat   string
	status int
	left   int // calls still to be refused; below 0: all of them
	met    int
}

// Refuse answers the next calls that concern one chat with a status and an error page, and does nothing else: so many of them,
// or all where times is 0, until it ends. Calls about other chats, and those about none, go on. Met is how many were refused.
func (f *Faults) Refuse(chat string, status, times int) (met func() int, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := &refusal{chat: chat, status: status, left: times}
	if times == 0 {
		one.left = -1
	}
	f.refusals = append(f.refusals, one)
	met = func() int {
		f.mu.Lock()
		defer f.mu.Unlock()
		return one.met
	}
	return met, sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.refusals = slices.DeleteFunc(f.refusals, func(r *refusal) bool { return r == one })
	})
}

// refused answers the status with which a call is refused because of the chat that it concerns; 0: it is not.
func (f *Faults) refused(r *http.Request) int {
	f.mu.Lock()
	none := len(f.refusals) == 0 || f.About == nil
	f.mu.Unlock()
	if none {
		return 0
	}
	chat := f.About(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.refusals {
		if one.chat == chat && chat != "" && one.left != 0 {
			one.left--
			one.met++
			return one.status
		}
	}
	return 0
}
