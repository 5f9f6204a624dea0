package simkit

import "slices"

// arrangement is what happens to notifications on their way out.
type arrangement uint8

const (
	asTheyCome  arrangement = iota
	twice                   // each one twice, while a function runs
	backwards               // all together and in the wrong order, after a function has run
	nextTwice               // the next one, once
	nextTwoSwap             // the next two, once
)

// Notify lets one notification of the vendor's out: tell puts it where we will find it. Told twice it must be the same
// notification, with the same number. While notifications are reordered tell is called later, maybe by another goroutine, so
// it needs a lock of its own.
func (f *Faults) Notify(tell func()) {
	for _, one := range f.arrange(tell) {
		one()
	}
	f.Changed()
}

// arrange answers what is told now.
func (f *Faults) arrange(tell func()) []func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.telling {
	case twice:
		return []func(){tell, tell}
	case nextTwice:
		f.telling = asTheyCome
		return []func(){tell, tell}
	case backwards:
		f.waiting = append(f.waiting, tell)
		return nil
	case nextTwoSwap:
		if f.waiting = append(f.waiting, tell); len(f.waiting) < 2 {
			return nil
		}
		return f.turned()
	case asTheyCome:
	}
	return []func(){tell}
}

// turned answers what was held back, the last one first.
func (f *Faults) turned() []func() {
	all := make([]func(), 0, len(f.waiting))
	for _, held := range slices.Backward(f.waiting) {
		all = append(all, held)
	}
	f.waiting, f.telling = nil, asTheyCome
	return all
}

// Duplicate tells every notification that do causes twice.
func (f *Faults) Duplicate(do func()) {
	f.set(twice)
	defer f.set(asTheyCome)
	do()
}

// Reorder tells the notifications that do causes after it, in the wrong order.
func (f *Faults) Reorder(do func()) {
	f.set(backwards)
	do()
	f.mu.Lock()
	all := f.turned()
	f.mu.Unlock()
	for _, tell := range all {
		tell()
	}
	f.Changed()
}

// DuplicateNext tells the next notification twice.
func (f *Faults) DuplicateNext() { f.set(nextTwice) }

// ReorderNext lets the next two notifications change places: the first one waits for the second.
func (f *Faults) ReorderNext() { f.set(nextTwoSwap) }

func (f *Faults) set(a arrangement) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.telling = a
}
