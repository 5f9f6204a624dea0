package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// Server answers HTTP.
type Server struct {
	options Options
	base    base
	site    *pages.Site
	// document is what /openapi.json says.
	document []byte
	engine   *orchestrator.Engine
	store    orchestrator.Store
	hub      *orchestrator.Hub
	clock    orchestrator.Clock
	log      *slog.Logger
	metrics  *Metrics
	echo     *echo.Echo
	// operations by path and method, for log and counters.
	operations  map[string]map[string]string
	routeGroups []routeGroup
	pagePaths   map[string]bool // as echo names them

	receivers  []botReceiver // in the order of their names
	configured atomic.Pointer[reloaded]
	origins    map[string]bool         // of all widgets
	attendance orchestrator.Attendance // the house desk's; nil: none

	tokens    tokens
	touches   touches
	sightings sightings
	checkup   checkup
	running   running
	limits    limiters
	crew      crew // for batches
	open      openAnswers
	passwords *passwords

	crossOrigin *http.CrossOriginProtection
	provider    *identityProvider // nil: none

	stopping chan struct{} // closed when feeds are to end
	drain    atomic.Bool
}

// botReceiver is a bot that posts to us.
type botReceiver struct {
	name     orchestrator.ConnectorName
	receiver orchestrator.BotReceiver
	who      principal // the bot as a caller
}

// New wires a server; nothing listens yet. It fails on options that contradict each other.
func New(o Options) (*Server, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	home, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("BaseURL: %w", err)
	}
	s := &Server{
		options: o, base: home, site: pages.At(home.path), document: home.describe(openAPI), engine: o.Engine, store: o.Engine.Store(), hub: o.Engine.Hub(),
		clock: o.Clock, log: o.Log, metrics: o.Metrics,
		operations: operationsOf(table, pageTable), routeGroups: groupRoutes(table), pagePaths: map[string]bool{},
		crossOrigin: http.NewCrossOriginProtection(), provider: newIdentityProvider(o.OIDC, o.Clock),
		origins: map[string]bool{}, attendance: attendanceOf(o.Desks),
		limits: newLimiters(o.Clock, o.Rates, o.Bounds), passwords: &passwords{},
		stopping: make(chan struct{}),
	}
	if err := s.Reload(Reloadable{o.Flows, o.Queues, o.Users, o.AgentGoneAfter}); err != nil {
		return nil, err
	}
	s.tokens = tokens{keys: tokenKeys{store: s.store, clock: o.Clock}, now: o.Clock.Now}
	s.crew = newCrew(s.stopping)
	s.metrics.watch(s.store)
	for _, name := range slices.Sorted(maps.Keys(o.Bots)) {
		if receiver, ok := o.Bots[name].(orchestrator.BotReceiver); ok {
			s.receivers = append(s.receivers, botReceiver{name, receiver, botPrincipal(name)})
		}
	}
	for _, widget := range o.Widgets {
		for _, origin := range widget.Origins {
			s.origins[origin] = true
		}
	}
	if home.origin != "" { // a proxy may name another host to us than the browser asked
		if err := s.crossOrigin.AddTrustedOrigin(home.origin); err != nil {
			return nil, fmt.Errorf("BaseURL: %w", err)
		}
	}
	s.echo = s.newEcho()
	return s, nil
}

// attendanceOf finds the desk whose people sign in here: the first by name.
func attendanceOf(desks map[orchestrator.ConnectorName]orchestrator.Desk) orchestrator.Attendance {
	for _, name := range slices.Sorted(maps.Keys(desks)) {
		if a, ok := desks[name].(orchestrator.Attendance); ok {
			return a
		}
	}
	return nil
}

func (s *Server) newEcho() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	s.forwarded(e)
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.answerError(err, c) }
	e.Use(s.observe)
	for i := range table {
		r := &table[i]
		e.Add(r.method, r.echoPath(), s.guard(r))
	}
	for i := range pageTable {
		r := &pageTable[i]
		e.Add(r.method, r.echoPath(), s.pageGuard(r))
		s.pagePaths[r.echoPath()] = true
	}
	for _, path := range corsPaths() {
		e.Add(http.MethodOptions, path, s.preflight)
	}
	return e
}

// Handler is the whole interface.
func (s *Server) Handler() http.Handler { return s.base.stripped(s.echo) }

// Serve answers requests on l until ctx ends, then stops in good order: new writes get 503 shutting-down, /readyz says
// so, feeds end, running requests finish, the listener closes. What has not ended after DrainTimeout is cut off: it got no
// answer, so that its sender tries again. It answers nil after a stop.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := s.listener(s.Handler())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.log.Info("stopping", "drain_delay", s.options.DrainDelay, "drain_timeout", s.options.DrainTimeout)
	s.Drain()
	if s.options.DrainDelay > 0 {
		gone, stop := after(s.clock, s.options.DrainDelay)
		<-gone
		stop()
	}
	stopped, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.DrainTimeout)
	defer cancel()
	err := server.Shutdown(stopped)
	if errors.Is(err, context.DeadlineExceeded) {
		// A client that does not send its body to the end, or does not read its answer, is no failure of this process.
		s.log.Warn("requests that had not ended were cut off", "drain_timeout", s.options.DrainTimeout)
		return server.Close()
	}
	return err
}

// listener is the HTTP server around a handler.
func (s *Server) listener(h http.Handler) *http.Server {
	limits := s.options.timeouts
	return &http.Server{
		Handler: h, ReadHeaderTimeout: limits.header, ReadTimeout: limits.read, WriteTimeout: limits.write,
		IdleTimeout: limits.idle, MaxHeaderBytes: MaxHeaders,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Drain refuses new writes from now on and ends every feed. Serve calls it; a second call does nothing.
func (s *Server) Drain() {
	if s.drain.CompareAndSwap(false, true) {
		close(s.stopping)
	}
}

func (s *Server) draining() bool { return s.drain.Load() }

func (s *Server) now() orchestrator.Moment { return orchestrator.MomentOf(s.clock.Now()) }

// after answers a channel that is closed once d has passed.
func after(clock orchestrator.Clock, d time.Duration) (passed <-chan struct{}, stop func()) {
	c := make(chan struct{})
	return c, clock.AfterFunc(d, func() { close(c) })
}
