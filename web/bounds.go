package web

import "time"

// Bounds limit what callers send and keep open, each counted in every process by itself. A zero one is the default named with it.
type Bounds struct {
	AddressBytes  int // of bodies a minute, per address, from customers and from whoever gives no credentials: 1 MiB
	CustomerBytes int // of bodies a minute, per conversation: 256 KiB
	BotBytes      int // of bodies a minute, per bot: 64 MiB
	AnswerBytes   int // of one answer of a feed, which holds at least one event: 256 KiB

	// Open streams and polls.
	CustomerStreams int // per conversation: 4
	PersonStreams   int // per session of somebody signed in: 16
	BotStreams      int // per bot: 64
	AddressStreams  int // per address, of customers: 256
}

// DefaultBounds are those of a server that is told nothing else.
var DefaultBounds = Bounds{
	AddressBytes: 1 << 20, CustomerBytes: 256 << 10, BotBytes: 64 << 20, AnswerBytes: 256 << 10,
	CustomerStreams: 4, PersonStreams: 16, BotStreams: 64, AddressStreams: 256,
}

func (b *Bounds) complete() {
	for _, d := range []struct{ value, standby *int }{
		{&b.AddressBytes, &DefaultBounds.AddressBytes}, {&b.CustomerBytes, &DefaultBounds.CustomerBytes},
		{&b.BotBytes, &DefaultBounds.BotBytes}, {&b.AnswerBytes, &DefaultBounds.AnswerBytes},
		{&b.CustomerStreams, &DefaultBounds.CustomerStreams}, {&b.PersonStreams, &DefaultBounds.PersonStreams},
		{&b.BotStreams, &DefaultBounds.BotStreams}, {&b.AddressStreams, &DefaultBounds.AddressStreams},
	} {
		if *d.value == 0 {
			*d.value = *d.standby
		}
	}
}

// LeastBody is as how many bytes a body counts that has fewer: what is stored of a short word is longer than the word.
const LeastBody = 512

// withinBytes counts what a bot or a customer sends, before anything of it is stored. The bytes of a customer, and of whoever gives
// no credentials, count for the address as well.
func (s *Server) withinBytes(c *call) error {
	if !changes(c.Request().Method) {
		return nil
	}
	n := float64(max(c.size, LeastBody))
	switch c.who.role {
	case RoleBot:
		return s.limits.botBytes.takeSome(c.who.key(), n)
	case RoleCustomer:
		if err := s.limits.customerBytes.takeSome(c.who.key(), n); err != nil {
			return err
		}
		err := s.limits.addressBytes.takeSome(c.address(), n)
		if err != nil {
			s.limits.customerBytes.giveSome(c.who.key(), n)
		}
		return err
	case RoleAgent, RoleSupervisor, RoleAdmin:
		return nil
	}
	return s.limits.addressBytes.takeSome(c.address(), n)
}

// retryStream is when it is worth trying to open a stream again: a client that takes nothing is given up after StallTimeout.
const retryStream = 5 * time.Second
