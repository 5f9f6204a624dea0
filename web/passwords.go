package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"runtime/debug"
	"slices"
	"sync/atomic"
)

// largeCheck is the memory from which on a check's is given back at once, in KiB. What is smaller waits for the garbage collector.
const largeCheck = 4 << 10

// passwords checks the passwords of users, one at a time in a process. Each check takes the memory that its hash asks for,
// 64 MiB with StandardCost, and the next one begins when that has been given back.
type passwords struct {
	turns turns
	costs atomic.Pointer[[]Cost] // of all users' hashes, each once; that of the most memory is the last
}

func newPasswords(users map[string]*User) (*passwords, error) {
	p := &passwords{}
	return p, p.adopt(users)
}

// adopt takes the users whose passwords are checked from now on, in place of those before.
func (p *passwords) adopt(users map[string]*User) error {
	var costs []Cost
	for _, u := range users {
		if u.PasswordHash == "" {
			continue
		}
		h, err := parseHash(u.PasswordHash)
		if err != nil {
			return err
		}
		if !slices.Contains(costs, h.cost) {
			costs = append(costs, h.cost)
		}
	}
	if len(costs) == 0 {
		costs = []Cost{StandardCost}
	}
	slices.SortFunc(costs, func(a, b Cost) int {
		return cmp.Or(cmp.Compare(a.Memory, b.Memory), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Threads, b.Threads))
	})
	p.costs.Store(&costs)
	return nil
}

// check reports whether a password that comes from a source belongs to a hash; with no hash it never does. A refusal costs one
// computation at each cost that any user's hash has, whatever the hash is, so that its time does not tell whether there is such
// a user.
func (p *passwords) check(ctx context.Context, source, hash, password string) (bool, error) {
	if err := p.turns.take(ctx, source); err != nil {
		return false, err
	}
	defer p.end()
	own := Cost{}
	if hash != "" {
		h, err := parseHash(hash)
		if err != nil {
			return false, err
		}
		if own = h.cost; h.is(password) {
			return true, nil
		}
	}
	computed := own != Cost{}
	for _, cost := range *p.costs.Load() {
		if cost == own {
			continue
		}
		if computed {
			p.collect()
		}
		nobodys(cost).is(password)
		computed = true
	}
	return false, nil
}

// end lets the next check begin, once the memory of this one has been given back. Who asked does not wait for that.
func (p *passwords) end() {
	go func() {
		p.collect()
		p.turns.end()
	}()
}

// collect gives back to the machine what large checks have left. The collector would wait until there are several times as much of it,
// and keep the pages for longer.
func (p *passwords) collect() {
	if costs := *p.costs.Load(); costs[len(costs)-1].Memory >= largeCheck {
		debug.FreeOSMemory()
	}
}

// nobodys is a hash that no password has, to be compared with at a cost.
func nobodys(cost Cost) *parsedHash {
	h := &parsedHash{cost: cost, salt: make([]byte, saltLength), key: make([]byte, keyLength)}
	_, _ = rand.Read(h.salt) // it never fails
	return h
}
