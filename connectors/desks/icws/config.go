package icws

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = "customer"
	SeatAgent    = "agent"
)

// How the session hears what happens (Config.Listen).
const (
	ListenAuto   = "auto"   // stream where the server has it (messaging 2), else poll
	ListenStream = "stream" // server-sent events
	ListenPoll   = "poll"   // the short poll that every server has
)

// Where the people read the context of a chat that we open (Config.Context).
const (
	ContextNotes   = "notes"   // the chat's notes
	ContextMessage = "message" // its first message, for servers that know no notes
)

// Config is what an ICWS desk can be told.
type Config struct {
	// Name is the desk's name in policies and queues.
	Name orchestrator.ConnectorName
	// Seat is the role we take; Bot is whose conversations those are that begin here (seat agent).
	Seat string
	Bot  orchestrator.ConnectorName
	// URL is the server without /icws, such as "https://ic1.example.com:8019", or one with "{host}" in it for a proxy
	// (".../api/{host}"). Hosts are further servers that are tried, beside those that the server names itself; with {host}
	// they are all there is to try. The credentials go to each of them.
	URL   string
	Hosts []string
	// AllowPrivate lets calls go to loopback and private addresses, and over http.
	AllowPrivate bool
	// Username and Password are the credentials of the bot's own user (seat agent).
	Username, Password string
	// Workgroups are those in which the user is activated: chats come from them.
	Workgroups []string
	// Licenses are acquired when a session begins; each must be available.
	Licenses []string
	// Status is the status id that makes the user ready.
	Status string
	// Listen says how the session hears what happens; PollEvery is the pause between polls.
	Listen    string
	PollEvery time.Duration
	// Queues are our queues and the workgroups behind them.
	Queues map[orchestrator.QueueName]string
	// Context says where people read the context (seat customer).
	Context string
	// Language is that of the session and of web chats whose customer's is not known, such as "en-US".
	Language string
	// Timeout of one call; zero means 10 s.
	Timeout time.Duration
}

// DefaultLicenses are what a user needs for the client; a licence for chats is assigned beside it.
var DefaultLicenses = []string{"I3_ACCESS_CLIENT"}

// Defaults of what is left empty.
const (
	DefaultStatus   = "Available"
	DefaultLanguage = "en-US"
)

func (c Config) withDefaults() Config {
	c.Seat = orElse(c.Seat, SeatCustomer)
	c.Listen = orElse(c.Listen, ListenAuto)
	c.Context = orElse(c.Context, ContextNotes)
	c.Status = orElse(c.Status, DefaultStatus)
	c.Language = orElse(c.Language, DefaultLanguage)
	if c.PollEvery == 0 {
		c.PollEvery = DefaultPollEvery
	}
	if c.Licenses == nil {
		c.Licenses = DefaultLicenses
	}
	return c
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Validate reports everything that is wrong, joined; each error begins with the key and shows no secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if err := checkName(c.Name); err != nil {
		wrong("name", "%v", err)
	}
	if _, err := newServers(c.URL, c.Hosts, c.AllowPrivate); err != nil {
		errs = append(errs, err)
	}
	oneOf := func(key, value string, of ...string) {
		if !slices.Contains(of, value) {
			wrong(key, "must be one of %s, not %q", strings.Join(of, ", "), value)
		}
	}
	oneOf("seat", c.Seat, SeatCustomer, SeatAgent)
	oneOf("listen", c.Listen, ListenAuto, ListenStream, ListenPoll)
	oneOf("context", c.Context, ContextNotes, ContextMessage)
	if c.PollEvery < minPollEvery || c.PollEvery > maxPollEvery {
		wrong("poll_every", "must lie between %s and %s, not %s", minPollEvery, maxPollEvery, c.PollEvery)
	}
	if c.Timeout < 0 || c.Timeout > time.Minute {
		wrong("timeout", "must lie between 0 and 1m")
	}
	if len(c.Queues) > maxQueues {
		wrong("queues", "at most %d", maxQueues)
	}
	for _, queue := range slices.Sorted(maps.Keys(c.Queues)) {
		if err := checkVendorName(c.Queues[queue]); err != nil {
			wrong("queues."+string(queue), "the workgroup %v", err)
		}
	}
	return errors.Join(append(errs, c.checkSeat()...)...)
}

// checkSeat checks what only one of the seats has.
func (c Config) checkSeat() []error {
	var errs []error
	if c.Seat != SeatAgent {
		for key, given := range map[string]bool{
			"username": c.Username != "", "password": c.Password != "", "workgroups": len(c.Workgroups) > 0, "bot": c.Bot != "",
		} {
			if given {
				errs = append(errs, fmt.Errorf("%s: is for the seat agent; a web chat needs no user", key))
			}
		}
		slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return errs
	}
	for _, row := range []struct{ key, value string }{
		{"username", c.Username}, {"password", c.Password}, {"bot", string(c.Bot)}, {"status", c.Status},
	} {
		if row.value == "" || len(row.value) > maxVendorName {
			errs = append(errs, fmt.Errorf("%s: must have 1 to %d characters in the seat agent", row.key, maxVendorName))
		}
	}
	if len(c.Workgroups) > maxWorkgroups {
		errs = append(errs, fmt.Errorf("workgroups: at most %d", maxWorkgroups))
	}
	for key, names := range map[string][]string{"workgroups": c.Workgroups, "licenses": c.Licenses} {
		for i, name := range names {
			if err := checkVendorName(name); err != nil {
				errs = append(errs, fmt.Errorf("%s[%d]: %w", key, i, err))
			}
		}
	}
	return errs
}

// Open makes the desk. It makes no call and starts no goroutine until Run, or until it is told something.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("icws desk %q: %w", c.Name, err)
	}
	if memory == nil || clock == nil || log == nil {
		return nil, fmt.Errorf("icws desk %q: memory, clock and log are required", c.Name)
	}
	return newDesk(c.withDefaults(), memory, clock, log.With("desk", string(c.Name)))
}

func checkVendorName(name string) error {
	if n := len([]rune(name)); n == 0 || n > maxVendorName {
		return fmt.Errorf("must have 1 to %d characters", maxVendorName)
	}
	return nil
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
