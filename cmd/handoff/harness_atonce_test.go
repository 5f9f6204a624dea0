package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
)

// another starts one more process of the same service, and answers its address.
func (in *installation) another() (base string) {
	in.t.Helper()
	_, base = useFloor(in.t).serve(in.t, in.path)
	return base
}

// at is the same person, signed in once, at another process.
func (p *storyPerson) at(base string) *storyPerson {
	there, client := *p, *p.client
	client.base = base
	there.client = &client
	return &there
}

// attempt is how an action of a race went.
type attempt struct {
	who    *storyPerson
	status int
	told   struct {
		Code  string `json:"code"`
		Agent struct {
			ID string `json:"id"`
		} `json:"agent"`
	}
}

func (p *storyPerson) tries(action string) (a attempt, err error) {
	a.who = p
	res, err := p.client.send(p.life.ctx, http.MethodPost, p.life.path("/"+action), map[string]any{}, "application/json")
	if err != nil {
		return a, err
	}
	a.status = res.StatusCode
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return a, err
	}
	return a, json.Unmarshal(body, &a.told)
}

// oneWins lets people do the same at once. One of them has it then, and all others are told who that is.
func (l *life) oneWins(action string, people ...*storyPerson) (winner *storyPerson) {
	l.t.Helper()
	attempts, failed := make([]attempt, len(people)), make([]error, len(people))
	gate := make(chan struct{})
	var all sync.WaitGroup
	for i, p := range people {
		all.Go(func() {
			<-gate
			attempts[i], failed[i] = p.tries(action)
		})
	}
	close(gate)
	all.Wait()
	l.must(errors.Join(failed...), "all at once: %s", action)
	for _, a := range attempts {
		if a.status == http.StatusOK && winner != nil {
			l.t.Fatalf("%s and %s have both won", winner.name, a.who.name)
		}
		if a.status == http.StatusOK {
			winner = a.who
		}
	}
	if winner == nil {
		l.t.Fatalf("nobody has won: %+v", attempts)
	}
	for _, a := range attempts {
		if a.told.Agent.ID != winner.name || (a.who != winner) != (a.status == http.StatusConflict) {
			l.t.Errorf("%s has won; %s was answered HTTP %d %+v", winner.name, a.who.name, a.status, a.told)
		}
	}
	return winner
}
