package superoffice

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = settings.SeatCustomer // we create the session for the customer
	SeatAgent    = settings.SeatAgent    // our bot is the chatbot of some topics
)

// Defaults.
const (
	DefaultLoginURL = "https://online.superoffice.com"
	DefaultNickname = "Assistant"
	// DefaultPollEvery is how often all sessions are read, besides webhooks.
	DefaultPollEvery = 20 * time.Second
	// DefaultKeepFetched is how old WhenFetched may become before it is set anew, in the seat customer. The vendor tells
	// nothing of its own limit.
	DefaultKeepFetched = 30 * time.Second
)

// Limits of the configuration.
const (
	// MinPoll is the least PollEvery.
	MinPoll = 20 * time.Millisecond
	// MaxPoll is the most.
	MaxPoll = 10 * time.Minute
	// MinKeepFetched is the least KeepFetched.
	MinKeepFetched = 100 * time.Millisecond
	// MaxKeepFetched is the most.
	MaxKeepFetched = 10 * time.Minute

	// maxSetting is how many characters a text may have; tokens of the vendor's are long.
	maxSetting = 4096
	// maxKey is how many characters the private key may have.
	maxKey = 16 << 10
	// maxTopics is how many chat topics the bot may answer in.
	maxTopics = 100
	// maxHookID is how much of a webhook's id is kept.
	maxHookID = 64
)

// LongestText is how many characters one message may have. The vendor stores a text without limit (chat_message.message is
// a Clob); this bound is ours.
const LongestText = 4096

// longestHistory is how many characters of what was said before are posted, in as many messages as that takes.
const longestHistory = 4 * LongestText

// Config is what a desk at SuperOffice can be told. What is zero has its default.
type Config struct {
	// Name is the desk's name in policies and queues.
	Name orchestrator.ConnectorName
	// Seat is SeatCustomer or SeatAgent.
	Seat string
	// Bot is whose conversations those are that begin here; seat agent.
	Bot orchestrator.ConnectorName
	// Queues are the ids of the chat topics behind our queues.
	Queues map[orchestrator.QueueName]string

	// URL is the root of the installation or tenant: "https://crm.example.com/SuperOffice". It may be left out where Tenant
	// is given; then the vendor is asked for it.
	URL string
	// Tenant is the customer id of SuperOffice Online, "Cust12345".
	Tenant string
	// LoginURL is the environment of SuperOffice Online, without a number.
	LoginURL string
	// AllowPrivate lets calls go to private addresses.
	AllowPrivate bool

	// Exactly one way to log in: Username and Password (Basic, onsite only), Token (Bearer), or SystemToken and PrivateKey
	// (system user, Online).
	Username, Password string
	Token              string
	SystemToken        string
	// PrivateKey is the application's RSA key in PEM.
	PrivateKey string
	// AppToken is the application's client secret, sent as SO-AppToken; required for a system user.
	AppToken string

	// HookSecret signs webhooks; without it none are taken. OldHookSecret is accepted beside it.
	HookSecret, OldHookSecret string
	// HookURL is where the vendor reaches our hooks; if given, the webhook is registered there and kept active.
	HookURL string
	// PollEvery is how often every session is read, besides webhooks.
	PollEvery time.Duration

	// Nickname is the bot's name in sessions.
	Nickname string
	// Topics are the ids of the chat topics where the bot answers; seat agent. Without any, those of Queues.
	Topics []string
	// KeepFetched is how old WhenFetched may become; seat customer.
	KeepFetched time.Duration
}

// Open makes the desk. It makes no call and starts no goroutine until it is used.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	f, err := frame.New("superoffice", c.Name, c.Validate(), memory, clock, log)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	b := &base{
		Frame: f, config: c, client: newClient(c, clock), pending: newPending(),
		notOurs: map[string]bool{}, places: map[string]int{}, readSinceStart: map[string]bool{},
	}
	f.Hold(account{b})
	if c.Seat == SeatAgent {
		b.seat = &agentSeat{base: b, topics: c.topics()}
	} else {
		b.seat = &customerSeat{base: b}
	}
	d := f.NewDesk(c.Seat, b.seat, isID, b.client)
	d.Beside(slices.Repeat([]func(context.Context){b.readPending}, readers)...)
	desk := &Desk{d, frame.Reclaimer{In: d}, b}
	if c.Seat == SeatAgent {
		desk.Take = b.reclaim
	}
	return desk, nil
}

// Validate reports everything that is wrong with the configuration, each with the key's name, and shows no secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	f := &settings.Faults{}
	f.Name(c.Name)
	f.Seat(c.Seat)
	c.checkAddresses(f)
	c.checkLogin(f)
	f.Lines(maxSetting, []settings.Text{
		{Key: "username", Value: c.Username}, {Key: "password", Value: c.Password}, {Key: "token", Value: c.Token},
		{Key: "system_token", Value: c.SystemToken}, {Key: "app_token", Value: c.AppToken},
		{Key: "hook_secret", Value: c.HookSecret}, {Key: "old_hook_secret", Value: c.OldHookSecret},
		{Key: "nickname", Value: c.Nickname},
	}...)
	settings.Between(f, "poll_every", c.PollEvery, MinPoll, MaxPoll)
	if c.Seat == SeatAgent {
		c.checkAgent(f)
	} else {
		c.checkCustomer(f)
	}
	f.Targets(c.Queues, func(_ orchestrator.QueueName, target string) error { return checkTopic(target) })
	return f.Err()
}

func (c Config) checkCustomer(f *settings.Faults) {
	settings.Between(f, "keep_fetched", c.KeepFetched, MinKeepFetched, MaxKeepFetched)
	f.OnlyFor(SeatAgent, settings.Given{Key: "bot", Is: c.Bot != ""}, settings.Given{Key: "topics", Is: len(c.Topics) > 0})
}

func (c Config) checkAgent(f *settings.Faults) {
	f.RequiredFor(SeatAgent, settings.Text{Key: "bot", Value: string(c.Bot)})
	f.AtMost("topics", len(c.Topics), maxTopics)
	for i, topic := range c.Topics {
		f.Check(fmt.Sprintf("topics[%d]", i), checkTopic(topic))
	}
}

// checkAddresses: where the installation lies, and where the vendor finds us.
func (c Config) checkAddresses(f *settings.Faults) {
	if c.URL == "" && c.Tenant == "" {
		f.Add("url", "is required, unless the tenant of SuperOffice Online is given")
	}
	for _, one := range []settings.Text{{Key: "url", Value: c.URL}, {Key: "login_url", Value: c.LoginURL}, {Key: "hook_url", Value: c.HookURL}} {
		if one.Value != "" {
			f.Root(one.Key, one.Value, c.AllowPrivate)
		}
	}
	if c.Tenant != "" && strings.ContainsFunc(c.Tenant, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		f.Add("tenant", "is a customer id such as Cust12345")
	}
	if c.HookURL != "" && c.HookSecret == "" {
		f.Add("hook_secret", "is required with hook_url: without it no webhook is taken")
	}
}

// checkLogin: exactly one way to log in.
func (c Config) checkLogin(f *settings.Faults) {
	basic, bearer, system := c.Username != "" || c.Password != "", c.Token != "", c.SystemToken != "" || c.PrivateKey != ""
	switch {
	case basic && !bearer && !system:
		f.Credentials(c.Username, c.Password)
	case bearer && !basic && !system:
	case system && !basic && !bearer:
		for _, needed := range []settings.Text{
			{Key: "tenant", Value: c.Tenant}, {Key: "app_token", Value: c.AppToken}, {Key: "system_token", Value: c.SystemToken},
		} {
			if needed.Value == "" {
				f.Add(needed.Key, "is required for a system user")
			}
		}
		_, err := parseKey(c.PrivateKey)
		f.Check("private_key", err)
	default:
		f.Add("username", "exactly one is needed: username and password, token, or system_token and private_key")
	}
}

// checkTopic: a queue's target, and a topic of the bot's.
func checkTopic(topic string) error {
	if !isID(topic) {
		return fmt.Errorf("must be the number of a chat topic, not %q", topic)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Seat = cmp.Or(c.Seat, SeatCustomer)
	c.LoginURL = cmp.Or(c.LoginURL, DefaultLoginURL)
	c.Nickname = cmp.Or(c.Nickname, DefaultNickname)
	c.PollEvery = cmp.Or(c.PollEvery, DefaultPollEvery)
	c.KeepFetched = cmp.Or(c.KeepFetched, DefaultKeepFetched)
	return c
}

// topics are those where the bot answers.
func (c Config) topics() map[number]bool {
	topics := map[number]bool{}
	for _, topic := range c.Topics {
		topics[idOf(topic)] = true
	}
	if len(topics) == 0 {
		for _, topic := range c.Queues {
			topics[idOf(topic)] = true
		}
	}
	return topics
}

// isID reports whether a text is an id of the vendor's: a positive 32-bit number.
func isID(text string) bool {
	n, err := strconv.ParseInt(text, 10, 32)
	return err == nil && n > 0
}

func idOf(text string) number {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return number(n)
}
