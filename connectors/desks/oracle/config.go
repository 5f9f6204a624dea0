package oracle

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"handoff/connectors/internal/breaker"
	"handoff/connectors/internal/once"
	"handoff/connectors/internal/report"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = "customer" // Consumer API: we open the engagement for the customer
	SeatAgent    = "agent"    // Agent API: our bot is an automated agent
)

// Defaults.
const (
	DefaultMaxChats = 10
	// DefaultLongestText is what Oracle's own client refuses to exceed: 1 MB of transcript at 3 bytes a character.
	DefaultLongestText = 349_525
)

// Limits of the configuration.
const (
	// MaxChats is how many engagements an automated agent may be told to have at a time.
	MaxChats = 1000
	// MinText is the least that LongestText may be.
	MinText = 100

	maxName    = 64
	maxSetting = 256
)

// Config is what a desk at Oracle can be told. What is zero has its default.
type Config struct {
	// Name is the desk's name in policies and queues.
	Name orchestrator.ConnectorName
	// Seat is SeatCustomer or SeatAgent.
	Seat string
	// Bot is whose conversations those are that begin here; seat agent.
	Bot orchestrator.ConnectorName
	// Queues are Oracle's side of our queues. Seat customer: the queue's id. Seat agent, where Oracle's rules choose the queue:
	// what they look at, as "product:12", "category:5" or both with a comma between; the queue's own name for neither.
	Queues map[orchestrator.QueueName]string
	// Site is the root of the CX site, https unless AllowPrivate: "https://acme.custhelp.com". It names the chat server.
	Site string
	// AllowPrivate lets calls go to private addresses.
	AllowPrivate bool
	// Username and Password are the staff account's.
	Username, Password string
	// LongestText is how many characters a message may have before it is posted in several: the site's spam filter may want
	// less than Oracle does.
	LongestText int

	// Seat agent.

	// AccountID is the id of the staff account (X-AID). No call tells it.
	AccountID int64
	// AvailableStatus and UnavailableStatus are the ids of menu items of agent status, one of each type; a site numbers them.
	AvailableStatus, UnavailableStatus int64
	// MaxChats is how many engagements the bot takes at a time.
	MaxChats int
	// AskBeforeHandoff asks Oracle whether anybody is there before a handoff (rerouteAvailability), and lets the handoff fail
	// when it says that nobody is. It is a guess of Oracle's: product and category are all that it looks at.
	AskBeforeHandoff bool
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
	if err := c.checkSite(); err != nil {
		wrong("site", "%v", err)
	}
	for _, s := range []struct{ key, value string }{{"username", c.Username}, {"password", c.Password}} {
		switch {
		case s.value == "":
			wrong(s.key, "is required")
		case len(s.value) > maxSetting || strings.ContainsAny(s.value, "\r\n\x00"):
			wrong(s.key, "must have at most %d characters, in one line", maxSetting)
		}
	}
	if strings.Contains(c.Username, ":") {
		wrong("username", "must not hold a colon: Basic authentication cuts there")
	}
	if c.LongestText < MinText || c.LongestText > DefaultLongestText {
		wrong("longest_text", "must lie between %d and %d", MinText, DefaultLongestText)
	}
	for queue, target := range c.Queues {
		if _, err := readTarget(c.Seat, queue, target); err != nil {
			errs = append(errs, err)
		}
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

func (c Config) checkSite() error {
	u, err := url.Parse(c.Site)
	switch {
	case err != nil: // the error would show the URL
		return errors.New("is not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return errors.New("must be the https URL of the site's root")
	case u.Scheme == "http" && !c.AllowPrivate:
		return errors.New("must be https (http is for private addresses, with allow_private_address)")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("must have neither user, query nor fragment")
	}
	return nil
}

func (c Config) checkCustomer() error {
	var errs []error
	for key, given := range map[string]bool{
		"account_id": c.AccountID != 0, "available_status": c.AvailableStatus != 0, "unavailable_status": c.UnavailableStatus != 0,
		"ask_before_handoff": c.AskBeforeHandoff,
	} {
		if given {
			errs = append(errs, fmt.Errorf("%s: is for the seat %s", key, SeatAgent))
		}
	}
	return errors.Join(errs...)
}

func (c Config) checkAgent() error {
	var errs []error
	if c.Bot == "" {
		errs = append(errs, fmt.Errorf("bot: is required for the seat %s", SeatAgent))
	}
	for _, id := range []struct {
		key   string
		value int64
	}{
		{"account_id", c.AccountID}, {"available_status", c.AvailableStatus}, {"unavailable_status", c.UnavailableStatus},
	} {
		if id.value < 1 {
			errs = append(errs, fmt.Errorf("%s: is required for the seat %s, a number from 1", id.key, SeatAgent))
		}
	}
	if c.MaxChats < 1 || c.MaxChats > MaxChats {
		errs = append(errs, fmt.Errorf("max_chats: must lie between 1 and %d", MaxChats))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.LongestText == 0 {
		c.LongestText = DefaultLongestText
	}
	if c.MaxChats == 0 {
		c.MaxChats = DefaultMaxChats
	}
	return c
}

// target is Oracle's side of a queue of ours.
type target struct {
	queue             int64  // seat customer
	product, category string // seat agent
}

// wantRules is what a target of the agent's seat must be.
const wantRules = `"product:12", "category:5" or both with a comma between`

// readTarget reads a queue's target. Its error names the queue.
func readTarget(seat string, queue orchestrator.QueueName, text string) (target, error) {
	var t target
	wrong := func(want string) error {
		return fmt.Errorf("queues: target of %q: must be %s, not %q", queue, want, text)
	}
	if seat != SeatAgent {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return t, wrong("the id of a chat queue of Oracle's, a number from 1")
		}
		t.queue = id
		return t, nil
	}
	if text == "" || text == string(queue) {
		return t, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		what, id, _ := strings.Cut(strings.TrimSpace(part), ":")
		if n, err := strconv.ParseInt(id, 10, 64); err != nil || n < 1 {
			return t, wrong(wantRules)
		}
		switch {
		case what == "product" && t.product == "":
			t.product = id
		case what == "category" && t.category == "":
			t.category = id
		default:
			return t, wrong(wantRules)
		}
	}
	return t, nil
}

// Open makes the desk. It makes no call and starts no goroutine until it is used.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (orchestrator.Desk, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("oracle desk %q: %w", c.Name, err)
	}
	if memory == nil || clock == nil || log == nil {
		return nil, fmt.Errorf("oracle desk %q: memory, clock and log are required", c.Name)
	}
	c = c.withDefaults()
	site, err := url.Parse(c.Site)
	if err != nil {
		return nil, fmt.Errorf("oracle desk %q: site: is not a URL", c.Name)
	}
	log = log.With("desk", string(c.Name))
	b := &base{
		config: c, site: site, memory: memory, clock: clock, log: log, calls: breaker.NewGuard(c.Name, clock),
		poster: once.New(memory, c.Name), report: report.New(c.Name, clock, log),
	}
	b.client, b.polls = b.newClient(callTimeout), b.newClient(pollTimeout)
	if c.Seat == SeatAgent {
		seat := newAgentSeat(b)
		seat.keeper = session.New(seat, c.Name, memory, clock, log)
		return &Desk{base: b, seat: seat}, nil
	}
	seat := newCustomerSeat(b)
	seat.keeper = session.New(seat, c.Name, memory, clock, log)
	return &customerDesk{Desk: &Desk{base: b, seat: seat}, customers: seat}, nil
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
