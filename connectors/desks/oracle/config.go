package oracle

import (
	"cmp"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = settings.SeatCustomer // Consumer API: we open the engagement for the customer
	SeatAgent    = settings.SeatAgent    // Agent API: our bot is an automated agent
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

	// maxSetting is how many characters every text may have.
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

// Open makes the desk. It makes no call and starts no goroutine until it is used.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (orchestrator.Desk, error) {
	f, err := frame.New("oracle", c.Name, c.Validate(), memory, clock, log)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	site, err := settings.Root(c.Site, c.AllowPrivate)
	if err != nil {
		return nil, err
	}
	b := &base{Frame: f, config: c, site: site}
	b.client, b.polls = b.newClient(callTimeout), b.newClient(pollTimeout)
	if c.Seat == SeatAgent {
		seat := newAgentSeat(b)
		f.Hold(seat)
		d := f.NewDesk(c.Seat, seat, b.isRef, b.client, b.polls)
		return &Desk{d, frame.TypingNotifier{In: d, Show: seat.typing}}, nil
	}
	seat := newCustomerSeat(b)
	f.Hold(seat)
	d := f.NewDesk(c.Seat, seat, b.isRef, b.client, b.polls)
	return &customerDesk{&Desk{d, frame.TypingNotifier{In: d, Show: seat.typing}}, seat}, nil
}

// Validate reports everything that is wrong with the configuration, each with the key's name, and shows no secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	f := &settings.Faults{}
	f.Name(c.Name)
	f.Seat(c.Seat)
	f.Root("site", c.Site, c.AllowPrivate)
	credentials := []settings.Text{{Key: "username", Value: c.Username}, {Key: "password", Value: c.Password}}
	f.Required(credentials...)
	f.Lines(maxSetting, credentials...)
	if strings.Contains(c.Username, ":") {
		f.Add("username", "must not hold a colon: Basic authentication cuts there")
	}
	settings.Between(f, "longest_text", c.LongestText, MinText, DefaultLongestText)
	if c.Seat == SeatAgent {
		c.checkAgent(f)
	} else {
		c.checkCustomer(f)
	}
	f.Targets(c.Queues, func(queue orchestrator.QueueName, target string) error {
		_, err := readTarget(c.Seat, queue, target)
		return err
	})
	return f.Err()
}

func (c Config) checkCustomer(f *settings.Faults) {
	f.OnlyFor(SeatAgent, []settings.Given{
		{Key: "bot", Is: c.Bot != ""}, {Key: "account_id", Is: c.AccountID != 0},
		{Key: "available_status", Is: c.AvailableStatus != 0}, {Key: "unavailable_status", Is: c.UnavailableStatus != 0},
		{Key: "ask_before_handoff", Is: c.AskBeforeHandoff},
	}...)
}

func (c Config) checkAgent(f *settings.Faults) {
	f.RequiredFor(SeatAgent, settings.Text{Key: "bot", Value: string(c.Bot)})
	for _, id := range []struct {
		key   string
		value int64
	}{
		{"account_id", c.AccountID}, {"available_status", c.AvailableStatus}, {"unavailable_status", c.UnavailableStatus},
	} {
		if id.value < 1 {
			f.Add(id.key, "is required for the seat %s, a number from 1", SeatAgent)
		}
	}
	settings.Between(f, "max_chats", c.MaxChats, 1, MaxChats)
}

func (c Config) withDefaults() Config {
	c.Seat = cmp.Or(c.Seat, SeatCustomer)
	c.LongestText = cmp.Or(c.LongestText, DefaultLongestText)
	c.MaxChats = cmp.Or(c.MaxChats, DefaultMaxChats)
	return c
}

// target is Oracle's side of a queue of ours.
type target struct {
	queue             int64  // seat customer
	product, category string // seat agent
}

// wantRules is what a target of the agent's seat must be.
const wantRules = `"product:12", "category:5" or both with a comma between`

// readTarget reads Oracle's side of a queue, for a seat.
func readTarget(seat string, queue orchestrator.QueueName, text string) (target, error) {
	var t target
	if seat != SeatAgent {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return t, fmt.Errorf("must be the id of a chat queue of Oracle's, a number from 1, not %q", text)
		}
		t.queue = id
		return t, nil
	}
	if text == "" || text == string(queue) {
		return t, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		what, id, _ := strings.Cut(strings.TrimSpace(part), ":")
		n, err := strconv.ParseInt(id, 10, 64)
		switch {
		case err == nil && n > 0 && what == "product" && t.product == "":
			t.product = id
		case err == nil && n > 0 && what == "category" && t.category == "":
			t.category = id
		default:
			return t, fmt.Errorf("must be %s, not %q", wantRules, text)
		}
	}
	return t, nil
}
