package web

import "sync"

// openAnswers counts the streams and polls that are open.
type openAnswers struct {
	mu  sync.Mutex
	now map[string]int // by caller and by address
}

// place is one open answer: of whom, and how many they may have.
type place struct {
	of   string
	key  string // of the bound
	most int
}

// open takes each of the places, or none and answers the bound that is hit.
func (o *openAnswers) open(places []place) (bound string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range places {
		if o.now[p.of] >= p.most {
			return p.key, false
		}
	}
	if o.now == nil {
		o.now = map[string]int{}
	}
	for _, p := range places {
		o.now[p.of]++
	}
	return "", true
}

func (o *openAnswers) close(places []place) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range places {
		if o.now[p.of]--; o.now[p.of] <= 0 {
			delete(o.now, p.of)
		}
	}
}

// openAnswer lets a caller have one more stream or poll, until done is called.
func (s *Server) openAnswer(c *call) (done func(), err error) {
	places := s.placesOf(c)
	if bound, ok := s.open.open(places); !ok {
		return nil, tooMany(bound, retryStream)
	}
	return func() { s.open.close(places) }, nil
}

func (s *Server) placesOf(c *call) []place {
	b := &s.options.Bounds
	switch c.who.role {
	case RoleBot:
		return []place{{c.who.key(), "bounds.bot_streams", b.BotStreams}}
	case RoleCustomer:
		return []place{{c.who.key(), "bounds.customer_streams", b.CustomerStreams},
			{"address:" + c.address(), "bounds.address_streams", b.AddressStreams}}
	case RoleAgent, RoleSupervisor, RoleAdmin:
		return []place{{"session:" + c.who.session.Token, "bounds.person_streams", b.PersonStreams}}
	}
	return nil
}
