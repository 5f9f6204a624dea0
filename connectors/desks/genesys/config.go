package genesys

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"handoff/connectors/internal/breaker"
	"handoff/connectors/internal/once"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/report"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = "customer" // GMS: we open the chat for the customer
	SeatAgent    = "agent"    // GWS: our bot is an agent
)

// Dialects of GWS.
const (
	Dialect851 = "8.5.1" // /me/interactions/{id}, SingleStepTransfer, EndChatSession
	Dialect852 = "8.5.2" // /me/chats/{id}, Transfer, Leave
)

// Defaults.
const (
	DefaultDialect       = Dialect852
	DefaultNotifications = "/api/v2/notifications"
	DefaultNickname      = "Assistant"
	DefaultRefreshEvery  = 3 * time.Second
	DefaultJoinWithin    = 45 * time.Second
)

// Limits of the configuration.
const (
	// MinRefresh is the least RefreshEvery.
	MinRefresh = 50 * time.Millisecond
	// MaxRefresh is the greatest: the vendor throws a customer out of whom it has not heard for 45 s
	// (flex-disconnect-timeout), and a refresh may be lost.
	MaxRefresh = 20 * time.Second
	// MinJoin is the least JoinWithin.
	MinJoin = time.Second
	// MaxJoin is the greatest.
	MaxJoin = 10 * time.Minute

	maxName    = 64
	maxUsers   = 1000
	maxSetting = 256
)

// LongestText is how many characters one message may have. The vendor gives no limit; this one is ours.
const LongestText = 4096

// Config is what a desk at Genesys can be told. What is zero has its default.
type Config struct {
	// Name is the desk's name in policies and queues.
	Name orchestrator.ConnectorName
	// Seat is SeatCustomer or SeatAgent.
	Seat string
	// Bot is whose conversations those are that begin here; seat agent.
	Bot orchestrator.ConnectorName
	// Queues are the vendor's names of our queues: chat services of GMS, or interaction queues of GWS.
	Queues map[orchestrator.QueueName]string
	// URL is the root of GMS or GWS, https unless AllowPrivate: "https://gws.example.com:8090".
	URL string
	// AllowPrivate lets calls go to private addresses.
	AllowPrivate bool
	// Username and Password are the agent's; at GMS they are optional.
	Username, Password string

	// Seat customer.

	// APIKey is sent as x-api-key, where a gateway wants one; ContactCenter as ContactCenterId.
	APIKey, ContactCenter string
	// RefreshEvery is how often each chat is refreshed, and so the longest delay of what people say.
	RefreshEvery time.Duration

	// Seat agent.

	// Dialect is Dialect851 or Dialect852.
	Dialect string
	// Notifications is the path of CometD.
	Notifications string
	// Place is the agent's place; needed where the agent has no default place.
	Place string
	// Nickname is the bot's name in chats.
	Nickname string
	// Users are the user ids at GWS of people whom our side knows by other ids. A handoff that prefers one of them invites
	// that person; everybody else is known by the user id itself.
	Users map[orchestrator.AgentID]string
	// JoinWithin is how long an invited person has to join.
	JoinWithin time.Duration
	// Disposition is set before a chat is completed or transferred, where the site wants one (8.5.2 only).
	Disposition string
}

// Validate reports everything that is wrong with the configuration, each with the key's name, and shows no secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if err := checkName(c.Name); err != nil {
		wrong("name", "%v", err)
	}
	if err := c.checkURL(); err != nil {
		wrong("url", "%v", err)
	}
	for _, s := range []struct{ key, value string }{
		{"username", c.Username}, {"password", c.Password}, {"api_key", c.APIKey}, {"contact_center", c.ContactCenter},
		{"place", c.Place}, {"nickname", c.Nickname}, {"disposition", c.Disposition},
	} {
		if len(s.value) > maxSetting || strings.ContainsAny(s.value, "\r\n\x00") {
			wrong(s.key, "must have at most %d characters, in one line", maxSetting)
		}
	}
	if (c.Username == "") != (c.Password == "") {
		wrong("password", "username and password go together")
	}
	if strings.Contains(c.Username, ":") {
		wrong("username", "must not hold a colon: Basic authentication cuts there")
	}
	switch c.Seat {
	case SeatCustomer:
		errs = append(errs, c.checkCustomer())
	case SeatAgent:
		errs = append(errs, c.checkAgent())
	default:
		wrong("seat", "must be %s or %s", SeatCustomer, SeatAgent)
	}
	return errors.Join(errs...)
}

func (c Config) checkURL() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil: // the error would show the URL
		return errors.New("is not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return errors.New("must be the https URL of the server's root")
	case u.Scheme == "http" && !c.AllowPrivate:
		return errors.New("must be https (http is for private addresses, with allow_private_address)")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("must have neither user, query nor fragment")
	}
	return nil
}

func (c Config) checkCustomer() error {
	var errs []error
	if c.RefreshEvery < MinRefresh || c.RefreshEvery > MaxRefresh {
		errs = append(errs, fmt.Errorf("refresh_every: must lie between %s and %s", MinRefresh, MaxRefresh))
	}
	for key, given := range map[string]bool{
		"place": c.Place != "", "disposition": c.Disposition != "", "users": len(c.Users) > 0,
	} {
		if given {
			errs = append(errs, fmt.Errorf("%s: is for the seat %s", key, SeatAgent))
		}
	}
	return errors.Join(errs...)
}

func (c Config) checkAgent() error {
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if c.Bot == "" {
		wrong("bot", "is required for the seat %s", SeatAgent)
	}
	if c.Username == "" {
		wrong("username", "is required for the seat %s: as which agent does the bot log in?", SeatAgent)
	}
	if c.Dialect != Dialect851 && c.Dialect != Dialect852 {
		wrong("dialect", "must be %q or %q", Dialect851, Dialect852)
	}
	if !strings.HasPrefix(c.Notifications, "/") || strings.ContainsAny(c.Notifications, "?# ") {
		wrong("notifications", "must be a path that begins with /")
	}
	if c.JoinWithin < MinJoin || c.JoinWithin > MaxJoin {
		wrong("join_within", "must lie between %s and %s", MinJoin, MaxJoin)
	}
	if c.Disposition != "" && c.Dialect == Dialect851 {
		wrong("disposition", "the dialect %s has no operation for it", Dialect851)
	}
	if c.APIKey != "" {
		wrong("api_key", "is for the seat %s", SeatCustomer)
	}
	if len(c.Users) > maxUsers {
		wrong("users", "at most %d can be named", maxUsers)
	}
	for id, user := range c.Users {
		if id == "" || user == "" || len(user) > maxName || strings.ContainsAny(user, "/?# ") {
			wrong("users", "%q: must be a user id, without slashes", id)
		}
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		have  *string
		value string
	}{{&c.Dialect, DefaultDialect}, {&c.Notifications, DefaultNotifications}, {&c.Nickname, DefaultNickname}} {
		if *d.have == "" {
			*d.have = d.value
		}
	}
	if c.RefreshEvery == 0 {
		c.RefreshEvery = DefaultRefreshEvery
	}
	if c.JoinWithin == 0 {
		c.JoinWithin = DefaultJoinWithin
	}
	return c
}

// Open makes the desk. It makes no call and starts no goroutine until it is used.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("genesys desk %q: %w", c.Name, err)
	}
	if memory == nil || clock == nil || log == nil {
		return nil, fmt.Errorf("genesys desk %q: memory, clock and log are required", c.Name)
	}
	c = c.withDefaults()
	root, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("genesys desk %q: url: is not a URL", c.Name)
	}
	b := &base{
		config: c, root: root, memory: memory, clock: clock, log: log.With("desk", string(c.Name)),
		calls: breaker.NewGuard(c.Name, clock), poster: once.New(memory, c.Name),
	}
	b.report = report.New(c.Name, clock, b.log)
	b.client = b.newClient(outbound.DefaultTimeout)
	d := &Desk{base: b}
	if c.Seat == SeatCustomer {
		seat := &customerSeat{base: b, wake: make(chan string, wakeBacklog)}
		seat.keeper = session.New(seat, c.Name, memory, clock, b.log)
		d.seat = seat
		return d, nil
	}
	seat := &agentSeat{base: b, dialect: dialects[c.Dialect], lanes: map[string]*lane{}, polls: b.newClient(pollTimeout)}
	seat.keeper = session.New(seat, c.Name, memory, clock, b.log)
	d.seat = seat
	return d, nil
}

func checkName(name orchestrator.ConnectorName) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("must have 1 to %d characters", maxName)
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return fmt.Errorf("may hold a-z, 0-9, - and _ only, not %q", r)
		}
	}
	return nil
}
