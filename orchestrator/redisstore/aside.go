package redisstore

import "sync"

// maxAsides is how many different values are said to be set aside before they are forgotten and may be said again.
const maxAsides = 1000

// asides are the values of the roster of which was said that they cannot be read. They are read again and again.
type asides struct {
	mu   sync.Mutex
	said map[string]bool
}

// first reports whether it was not said before.
func (a *asides) first(what string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.said[what] {
		return false
	}
	if a.said == nil || len(a.said) >= maxAsides {
		a.said = map[string]bool{}
	}
	a.said[what] = true
	return true
}

// setAside says once that a value of the roster cannot be read, and is left as it is.
func (s *Store) setAside(what string, err error) {
	if s.asides.first(what) {
		s.log.Warn("a value of the house desk's floor cannot be read and is set aside", "value", what, "error", err)
	}
}
