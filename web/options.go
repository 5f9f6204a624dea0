package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// Options is what a server needs. Engine, Clock, Log and Node are required; an empty map means that there is none.
type Options struct {
	Engine *orchestrator.Engine
	Bots   map[orchestrator.ConnectorName]orchestrator.Bot
	Desks  map[orchestrator.ConnectorName]orchestrator.Desk
	Flows  map[string]orchestrator.Flow
	// Widgets are the bots whose customers may chat on the web channel, from a browser too.
	Widgets map[orchestrator.ConnectorName]Widget
	Queues  []Queue
	Users   []User
	Clock   orchestrator.Clock
	Log     *slog.Logger
	Node    orchestrator.NodeID
	// Metrics counts; the same value belongs into the engine's options. Nil: one of the server's own.
	Metrics *Metrics
	// Tracer writes a span for each request; the same value belongs into the engine's options. Nil: none are written.
	Tracer *Tracer
	// Reaper answers the newest sweep of this process; nil where no reaper runs.
	Reaper LastSweep
	// Eraser takes orders to erase a customer; nil: none are taken.
	Eraser Eraser
	// NextSweep answers when the first sweep after a moment begins; nil where no reaper runs.
	NextSweep func(after time.Time) time.Time
	// Checks are asked by /readyz, each for at most ReadyTimeout, and at most once a second.
	Checks []Check
	// Warnings answers what an operator should mend although the process can work; nil: nothing.
	Warnings func() []string
	// Store is the kind of store, for people: "redis", "embedded".
	Store string
	// Embedded: nothing survives the process, and the pages say so.
	Embedded bool
	// DemoPassword is everybody's, and shown with all names on the front page and the sign-in; empty: none of it.
	DemoPassword string
	// DemoTour is the part of a demo that its visitor plays, as the front page tells; nil: none.
	DemoTour *DemoTour
	Version  string
	// MetricsElsewhere: /metrics is not answered with the rest; ServeOperators has it, at an address of its own.
	MetricsElsewhere bool

	// BaseURL is where the installation is reached, as in https://example.com/handoff; empty: at a host of its own.
	BaseURL string
	// OIDC is the provider at which people may sign in beside Users' passwords; nil: none.
	OIDC *OIDC
	// InsecureCookies leaves the Secure attribute away, for http on loopback.
	InsecureCookies bool
	// TrustedProxies are the networks whose X-Forwarded-For is believed; empty: the peer's address counts.
	TrustedProxies []netip.Prefix
	// AgentGoneAfter is how long an agent counts as present after the last heartbeat; 45 s if zero.
	AgentGoneAfter time.Duration
	// DrainDelay is how long a stopping server still answers while /readyz tells load balancers to go elsewhere.
	DrainDelay time.Duration
	// DrainTimeout is how long a stopping server waits for the requests that run; 20 s if zero.
	DrainTimeout time.Duration
	Rates        Rates
	Bounds       Bounds

	timeouts timeouts // tests shorten them
}

// Widget is a bot's permission for browsers.
type Widget struct {
	// Origins may begin conversations and use conversation tokens from a browser: "https://shop.example".
	Origins []string
	// Flow decides for the bot's conversations.
	Flow string
}

// Queue is a waiting line as configured.
type Queue struct {
	Name     orchestrator.QueueName
	Desk     orchestrator.ConnectorName
	Target   string // the desk's own name for it; empty: the same
	Priority int
}

// LastSweep is the part of the reaper that is shown.
type LastSweep interface {
	Last() (orchestrator.Sweep, bool)
	Living() orchestrator.Living
}

// Check is one condition of readiness.
type Check struct {
	Name string
	Do   func(ctx context.Context) error
}

// Limits of the interface.
const (
	// MaxBody is the largest request body, in bytes; MaxHandoffBody that of a bot that may ask for a person.
	MaxBody        = 256 << 10
	MaxHandoffBody = 2 << 20
	// MaxDepth is how deep a JSON body may nest.
	MaxDepth = 16
	// MaxText is the longest message or note, in characters.
	MaxText = values.MaxText
	// MaxName is the longest name, reason, disposition or tag, in characters.
	MaxName = values.MaxName
	// MaxEmail is the longest e-mail address, in characters.
	MaxEmail = values.MaxEmail
	// MaxID is the longest id that a caller may choose, in characters.
	MaxID = values.MaxID
	// MaxTags is how many tags a completed conversation may carry.
	MaxTags = 20
	// MaxWait is the longest long poll.
	MaxWait = 25 * time.Second
	// MaxPrefer is the longest wait that Prefer: wait=N is given.
	MaxPrefer = 4 * time.Second
	// MaxPage and DefaultPage are how many items one page of a list holds.
	MaxPage     = 200
	DefaultPage = 50
	// Heartbeat is the pause between the comments that keep a stream open.
	Heartbeat = 15 * time.Second
	// ReadyTimeout is how long each check of /readyz may take.
	ReadyTimeout = 2 * time.Second
	// RequestTimeout is how long a request that is not a feed may take.
	RequestTimeout = 15 * time.Second
	// StallTimeout is how long one write to a stream may take before the client counts as gone.
	StallTimeout = 20 * time.Second
	// BodyTimeout is how long a request may take to arrive, with its body.
	BodyTimeout = 30 * time.Second
	// MaxHeaders is how many bytes the headers of a request may have.
	MaxHeaders = 64 << 10
	// SessionLength is how long a sign-in lasts.
	SessionLength = 12 * time.Hour
	// TokenLength is how long a conversation token is good for.
	TokenLength = 24 * time.Hour
)

// timeouts are those of the HTTP server, of which feeds lift the read and the write time-out for themselves, and that
// of a request that is not a feed.
type timeouts struct {
	header, read, write, idle, request time.Duration
}

var standardTimeouts = timeouts{header: 5 * time.Second, read: BodyTimeout, write: time.Minute,
	idle: 2 * time.Minute, request: RequestTimeout}

func (o *Options) complete() error {
	if o.Engine == nil || o.Clock == nil || o.Log == nil || o.Node == "" {
		return errors.New("web: Engine, Clock, Log and Node are required")
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.AgentGoneAfter == 0 {
		o.AgentGoneAfter = defaultAgentGoneAfter
	}
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 20 * time.Second
	}
	if o.timeouts == (timeouts{}) {
		o.timeouts = standardTimeouts
	}
	if o.timeouts.request == 0 {
		o.timeouts.request = RequestTimeout
	}
	o.Rates.complete()
	o.Bounds.complete()
	for bot := range o.Widgets {
		if _, ok := o.Bots[bot]; !ok {
			return fmt.Errorf("web: the widget of bot %q has no such bot", bot)
		}
	}
	return nil
}
