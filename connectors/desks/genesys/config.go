package genesys

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = settings.SeatCustomer // GMS: we open the chat for the customer
	SeatAgent    = settings.SeatAgent    // GWS: our bot is an agent
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

	// maxUsers is how many people may be known by a user id, and maxUser how many characters that may have.
	maxUsers, maxUser = 1000, 64
	// maxSetting is how many characters every other text may have, and the vendor's name of a queue.
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

// Open makes the desk. It makes no call and starts no goroutine until it is used.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	f, err := frame.New("genesys", c.Name, c.Validate(), memory, clock, log)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	root, err := settings.Root(c.URL, c.AllowPrivate)
	if err != nil {
		return nil, err
	}
	b := &base{Frame: f, config: c, root: root}
	b.client, b.polls = b.newClient(outbound.DefaultTimeout), b.newClient(pollTimeout)
	if c.Seat == SeatAgent {
		seat := &agentSeat{base: b, dialect: dialects[c.Dialect], chats: map[string]*agentChat{}}
		f.Hold(seat)
		d := f.NewDesk(c.Seat, seat, validID, b.client, b.polls)
		return &Desk{d, frame.TypingNotifier{In: d, Show: seat.typing}}, nil
	}
	seat := &customerSeat{base: b, chats: f.NewChats(isChat), room: make(chan struct{}, refreshesAtOnce)}
	f.Hold(session.Lease(func(ctx context.Context, ready func()) error { return seat.chats.Follow(ctx, seat.follow, ready) }))
	d := f.NewDesk(c.Seat, seat, validID, b.client, b.polls)
	return &Desk{d, frame.TypingNotifier{In: d, Show: seat.typing}}, nil
}

// Validate reports everything that is wrong with the configuration, each with the key's name, and shows no secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	f := &settings.Faults{}
	f.Name(c.Name)
	f.Seat(c.Seat)
	f.Root("url", c.URL, c.AllowPrivate)
	f.Credentials(c.Username, c.Password)
	f.Lines(maxSetting, []settings.Text{
		{Key: "username", Value: c.Username}, {Key: "password", Value: c.Password}, {Key: "api_key", Value: c.APIKey},
		{Key: "contact_center", Value: c.ContactCenter}, {Key: "place", Value: c.Place}, {Key: "nickname", Value: c.Nickname},
		{Key: "disposition", Value: c.Disposition},
	}...)
	if c.Seat == SeatAgent {
		c.checkAgent(f)
	} else {
		c.checkCustomer(f)
	}
	f.Targets(c.Queues, func(_ orchestrator.QueueName, target string) error { return settings.VendorName(target, maxSetting) })
	return f.Err()
}

func (c Config) checkCustomer(f *settings.Faults) {
	settings.Between(f, "refresh_every", c.RefreshEvery, MinRefresh, MaxRefresh)
	f.OnlyFor(SeatAgent, []settings.Given{
		{Key: "bot", Is: c.Bot != ""}, {Key: "place", Is: c.Place != ""}, {Key: "disposition", Is: c.Disposition != ""},
		{Key: "users", Is: len(c.Users) > 0},
	}...)
}

func (c Config) checkAgent(f *settings.Faults) {
	f.OnlyFor(SeatCustomer, settings.Given{Key: "api_key", Is: c.APIKey != ""})
	f.RequiredFor(SeatAgent, settings.Text{Key: "bot", Value: string(c.Bot)}, settings.Text{Key: "username", Value: c.Username})
	f.OneOf("dialect", c.Dialect, Dialect851, Dialect852)
	if !strings.HasPrefix(c.Notifications, "/") || strings.ContainsAny(c.Notifications, "?# ") {
		f.Add("notifications", "must be a path that begins with /")
	}
	settings.Between(f, "join_within", c.JoinWithin, MinJoin, MaxJoin)
	if c.Disposition != "" && c.Dialect == Dialect851 {
		f.Add("disposition", "the dialect %s has no operation for it", Dialect851)
	}
	f.AtMost("users", len(c.Users), maxUsers)
	for _, id := range slices.Sorted(maps.Keys(c.Users)) {
		if user := c.Users[id]; id == "" || user == "" || len(user) > maxUser || strings.ContainsAny(user, "/?# ") {
			f.Add("users."+string(id), "must be a user id of 1 to %d characters, without slashes", maxUser)
		}
	}
}

func (c Config) withDefaults() Config {
	c.Seat = cmp.Or(c.Seat, SeatCustomer)
	c.RefreshEvery = cmp.Or(c.RefreshEvery, DefaultRefreshEvery)
	c.Dialect = cmp.Or(c.Dialect, DefaultDialect)
	c.Notifications = cmp.Or(c.Notifications, DefaultNotifications)
	c.Nickname = cmp.Or(c.Nickname, DefaultNickname)
	c.JoinWithin = cmp.Or(c.JoinWithin, DefaultJoinWithin)
	return c
}
