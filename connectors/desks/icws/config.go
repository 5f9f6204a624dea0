package icws

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = settings.SeatCustomer // a web chat that we open for the customer
	SeatAgent    = settings.SeatAgent    // our bot is a user of PureConnect
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

// Defaults.
const (
	DefaultStatus   = "Available"
	DefaultLanguage = "en-US"
	// DefaultPollEvery is the pace of the vendor's own clients.
	DefaultPollEvery = time.Second
)

// DefaultLicenses are what a user needs for the client; a licence for chats is assigned beside it.
var DefaultLicenses = []string{"I3_ACCESS_CLIENT"}

// Limits of the connector. The vendor documents none of the first group.
const (
	// LongestText is how many characters of a word are sent at once; longer ones are split. ICWS names no limit; this is what
	// the vendor's own chat clients let people write.
	LongestText = 4000
	// longestNotes is how many characters the notes of a web chat may have.
	longestNotes = 8000

	// maxHosts is how many servers are tried for one session.
	maxHosts = 16
	// maxWorkgroups and maxLicenses are how many of each may be configured, and maxVendorName is how many characters the name
	// of one may have, of a queue's workgroup and of the user.
	maxWorkgroups, maxLicenses, maxVendorName = 64, 32, 128
	// maxTold is how much of a name of the vendor's is quoted in logs and errors.
	maxTold = 64
	// maxTimeout is the most that Timeout may be.
	maxTimeout = time.Minute

	// maxMessages bounds the answer of a poll, in bytes; it carries the whole list of words after a subscription.
	maxMessages = 8 << 20
)

// Times.
const (
	// minPollEvery and maxPollEvery bound PollEvery.
	minPollEvery, maxPollEvery = 10 * time.Millisecond, 10 * time.Second
	// silence is how long a stream may carry nothing, also no ping, before it is opened anew.
	silence = time.Minute
	// maxFailures is how many polls in a row may fail before another session, perhaps at another host, is begun.
	maxFailures = 3
	// mostRefused is how many polls for one web chat in a row a server may refuse before it is taken for lost there.
	mostRefused = 20
	// shortestWait and longestWait bound what a server may suggest as the pause between polls of a web chat.
	shortestWait, longestWait = 10 * time.Millisecond, 30 * time.Second
	// defaultWait is the pause where it suggests nothing that can be read.
	defaultWait = 2 * time.Second
	// recountLook is how often a process that does not hear the chat's list of words looks whether it was counted.
	recountLook = 200 * time.Millisecond
	// morphWait is how long a call waits for the id that a chat may have been given in place of one that is not known.
	morphWait = 2 * time.Second
	// recountWait is how long a call waits for that list.
	recountWait = 5 * time.Second
)

// Config is what a desk at PureConnect can be told. What is zero has its default.
type Config struct {
	// Name is the desk's name in policies and queues.
	Name orchestrator.ConnectorName
	// Seat is SeatCustomer or SeatAgent.
	Seat string
	// Bot is whose conversations those are that begin here; seat agent.
	Bot orchestrator.ConnectorName
	// Queues are the workgroups behind our queues.
	Queues map[orchestrator.QueueName]string
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
	// Context says where people read the context (seat customer).
	Context string
	// Language is that of the session and of web chats whose customer's is not known, such as "en-US".
	Language string
	// Timeout of one call; zero means 10 s.
	Timeout time.Duration
}

// Open makes the desk. It makes no call and starts no goroutine until it is used.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	f, err := frame.New("icws", c.Name, c.Validate(), memory, clock, log)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	client, err := newClient(c, f)
	if err != nil {
		return nil, err
	}
	b := &base{Frame: f, config: c, client: client}
	if c.Seat == SeatAgent {
		seat := &agentSeat{base: b}
		f.Hold(seat)
		d := f.NewDesk(c.Seat, seat, isRef, client.http, client.polls)
		return &Desk{d, frame.TypingNotifier{In: d, Show: seat.typing}, frame.Reclaimer{In: d, Take: seat.takeBack}}, nil
	}
	seat := &customerSeat{base: b, chats: f.NewChats(isChat)}
	f.Hold(seat)
	d := f.NewDesk(c.Seat, seat, isRef, client.http, client.polls)
	return &Desk{d, frame.TypingNotifier{In: d, Show: seat.typing}, frame.Reclaimer{In: d}}, nil
}

// Validate reports everything that is wrong with the configuration, each with the key's name, and shows no secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	f := &settings.Faults{}
	f.Name(c.Name)
	f.Seat(c.Seat)
	_, err := newServers(c.URL, c.Hosts, c.AllowPrivate)
	f.Join(err)
	f.Lines(maxVendorName, []settings.Text{
		{Key: "username", Value: c.Username}, {Key: "password", Value: c.Password}, {Key: "status", Value: c.Status},
		{Key: "language", Value: c.Language},
	}...)
	f.OneOf("listen", c.Listen, ListenAuto, ListenStream, ListenPoll)
	f.OneOf("context", c.Context, ContextNotes, ContextMessage)
	settings.Between(f, "poll_every", c.PollEvery, minPollEvery, maxPollEvery)
	settings.Between(f, "timeout", c.Timeout, 0, maxTimeout)
	if c.Seat == SeatAgent {
		c.checkAgent(f)
	} else {
		c.checkCustomer(f)
	}
	f.Targets(c.Queues, func(_ orchestrator.QueueName, target string) error { return settings.VendorName(target, maxVendorName) })
	return f.Err()
}

// checkCustomer: a web chat needs no user.
func (c Config) checkCustomer(f *settings.Faults) {
	f.OnlyFor(SeatAgent, []settings.Given{
		{Key: "bot", Is: c.Bot != ""}, {Key: "username", Is: c.Username != ""}, {Key: "password", Is: c.Password != ""},
		{Key: "workgroups", Is: len(c.Workgroups) > 0},
	}...)
}

func (c Config) checkAgent(f *settings.Faults) {
	f.RequiredFor(SeatAgent, []settings.Text{
		{Key: "bot", Value: string(c.Bot)}, {Key: "username", Value: c.Username}, {Key: "password", Value: c.Password},
	}...)
	f.AtMost("workgroups", len(c.Workgroups), maxWorkgroups)
	f.AtMost("licenses", len(c.Licenses), maxLicenses)
	for i, name := range c.Workgroups {
		f.Check(fmt.Sprintf("workgroups[%d]", i), settings.VendorName(name, maxVendorName))
	}
	for i, name := range c.Licenses {
		f.Check(fmt.Sprintf("licenses[%d]", i), settings.VendorName(name, maxVendorName))
	}
}

func (c Config) withDefaults() Config {
	c.Seat = cmp.Or(c.Seat, SeatCustomer)
	c.Listen = cmp.Or(c.Listen, ListenAuto)
	c.PollEvery = cmp.Or(c.PollEvery, DefaultPollEvery)
	c.Context = cmp.Or(c.Context, ContextNotes)
	c.Status = cmp.Or(c.Status, DefaultStatus)
	c.Language = cmp.Or(c.Language, DefaultLanguage)
	if c.Licenses == nil {
		c.Licenses = DefaultLicenses
	}
	return c
}
