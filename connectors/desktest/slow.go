package desktest

import "time"

// A slow memory: it brings whoever opens a chat and whoever reads chats to the points at which each has done half of its work.

// byCommand marks the context of a command that the ledger carries out. Everybody else is a reader.
type byCommand struct{}

// Bounds of waiting: for a desk that lists no handles, and for a command that waits for a reader.
const (
	aLook    = 100 * time.Millisecond
	aCommand = 10 * aLook
)

// slowly lets each thing that a command keeps be followed by a pause, in which readers list the handles and go through them,
// and lets what a reader keeps or forgets wait until the command is carried out; or not any more.
func (m *Memory) slowly(is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slow = is
	m.stepped()
}

// stepped wakes those who wait. The lock is held.
func (m *Memory) stepped() {
	close(m.step)
	m.step = make(chan struct{})
}

// awaitReader is the pause of a command that has kept something: the handles are listed twice, so whoever listed them has gone
// through them once.
func (m *Memory) awaitReader() {
	m.mu.Lock()
	enough := m.looks + 2
	m.mu.Unlock()
	m.await(aLook, func() bool { return m.looks >= enough })
}

// awaitCommand is the pause of a reader before it keeps or forgets something.
func (m *Memory) awaitCommand() {
	m.await(aCommand, func() bool { return m.works == 0 })
}

// carry counts a command until it is carried out.
func (m *Memory) carry() (done func()) {
	if m == nil {
		return func() {}
	}
	add := func(n int) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.works += n
		m.stepped()
	}
	add(1)
	return func() { add(-1) }
}

// await waits until something is so, or for so long, if the memory is slow.
func (m *Memory) await(longest time.Duration, so func() bool) {
	var late <-chan time.Time
	for {
		m.mu.Lock()
		done, step := !m.slow || so(), m.step
		m.mu.Unlock()
		if done {
			return
		}
		if late == nil {
			timer := time.NewTimer(longest)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-step:
		case <-late:
			return
		}
	}
}
