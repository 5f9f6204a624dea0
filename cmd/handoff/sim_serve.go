package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// servedSim is a simulator that listens, with its control and, if asked for, its cast.
type servedSim struct {
	sim    simkit.Simulator
	server *http.Server
	url    string
	ended  chan error
	cast   func() // stops the cast and waits for it
}

// serveSim lets a simulator listen. Its streams and long polls have no time-out of their own: they are the vendor's.
func serveSim(ctx context.Context, sim simkit.Simulator, listen string, log *slog.Logger) (*servedSim, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, err
	}
	s := &servedSim{
		sim: sim, url: "http://" + reachable(listener.Addr().String()), ended: make(chan error, 1), cast: func() {},
		server: &http.Server{
			Handler: simkit.Control(sim), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}
	go func() { s.ended <- s.server.Serve(listener) }()
	return s, nil
}

// play lets a cast work there until close.
func (s *servedSim) play(cast *simkit.Cast) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		cast.Run(ctx)
	}()
	s.cast = func() { cancel(); <-done }
}

// close ends everything, also calls under way.
func (s *servedSim) close() error {
	s.cast()
	err := s.server.Close()
	if served := <-s.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if c, ok := s.sim.(io.Closer); ok {
		return errors.Join(err, c.Close())
	}
	if c, ok := s.sim.(interface{ Close() }); ok {
		c.Close()
	}
	return err
}

// castFor is the cast of a simulator; with walkIns customers come to the bot's queue as well.
func castFor(kind string, sim simkit.Simulator, pace time.Duration, seed uint64, walkIns int, log *slog.Logger) *simkit.Cast {
	return &simkit.Cast{
		Simulator: sim, Clock: orchestrator.SystemClock{}, Log: log.With("simulator", kind), Pace: pace, Seed: seed, Customers: walkIns,
		Queue: simulators[kind].walkIn,
	}
}

// simHelp says how to use a simulator that listens.
func simHelp(kind string, with simulated, s *servedSim) string {
	return fmt.Sprintf(`handoff sim: %[1]s at %[2]s, and a hand on its people at %[2]s%[3]s

  what stands there    curl -s %[2]s%[3]schats
  a person takes it    curl -s %[2]s%[3]saccept -d '{"chat":"<id>","agent":%[4]q}'
  and says something   curl -s %[2]s%[3]ssays -d '{"chat":"<id>","agent":%[4]q,"text":"Good day"}'
  a customer comes     curl -s %[2]s%[3]sbegin -d '{"customer":{"name":"Ada"},"queue":%[5]q}'
  something goes wrong curl -s %[2]s%[3]sfault -d '{"fault":"lose_session"}'

For handoff.yaml, one seat or both; the bot "shop" is yours:

queues:
%[6]s%[7]s
desks:
%[8]s%[9]s`, kind, s.url, simkit.ControlPath, s.sim.People()[0], with.walkIn,
		with.queueLine(kind, seatCustomer), with.queueLine(kind, seatAgent),
		with.deskLine(kind, seatCustomer, s.url), with.deskLine(kind, seatAgent, s.url))
}
