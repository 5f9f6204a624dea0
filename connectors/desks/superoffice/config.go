package superoffice

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/breaker"
	"handoff/connectors/internal/once"
	"handoff/connectors/internal/report"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// Seats.
const (
	SeatCustomer = "customer" // we create the session for the customer
	SeatAgent    = "agent"    // our bot is the chatbot of some topics
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

	maxName    = 64
	maxSetting = 4096
	maxKey     = 16 << 10
	maxTopics  = 100
)

// LongestText is how many characters one message may have. The vendor stores a text without limit (chat_message.message is
// a Clob); this bound is ours.
const LongestText = 4096

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

// Validate reports everything that is wrong with the configuration, each with the key's name, and shows no secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	p := &problems{}
	p.check("name", checkName(c.Name))
	switch c.Seat {
	case SeatCustomer:
		if len(c.Topics) > 0 {
			p.add("topics", "is for the seat %s", SeatAgent)
		}
		if c.KeepFetched < MinKeepFetched || c.KeepFetched > MaxKeepFetched {
			p.add("keep_fetched", "must lie between %s and %s", MinKeepFetched, MaxKeepFetched)
		}
	case SeatAgent:
		if c.Bot == "" {
			p.add("bot", "is required for the seat %s", SeatAgent)
		}
	default:
		p.add("seat", "must be %s or %s", SeatCustomer, SeatAgent)
	}
	if c.PollEvery < MinPoll || c.PollEvery > MaxPoll {
		p.add("poll_every", "must lie between %s and %s", MinPoll, MaxPoll)
	}
	if len(c.Topics) > maxTopics {
		p.add("topics", "at most %d can be named", maxTopics)
	}
	for _, topic := range c.Topics {
		if !isID(topic) {
			p.add("topics", "%q: must be the number of a chat topic", topic)
		}
	}
	c.checkAddresses(p)
	c.checkLogin(p)
	return errors.Join(p.errs...)
}

// problems collects what is wrong, under the keys.
type problems struct{ errs []error }

func (p *problems) add(key, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

func (p *problems) check(key string, err error) {
	if err != nil {
		p.add(key, "%v", err)
	}
}

func (c Config) checkAddresses(p *problems) {
	if c.URL == "" && c.Tenant == "" {
		p.add("url", "is required, unless the tenant of SuperOffice Online is given")
	}
	for _, one := range []struct{ key, value string }{{"url", c.URL}, {"login_url", c.LoginURL}, {"hook_url", c.HookURL}} {
		if one.value != "" {
			p.check(one.key, c.checkURL(one.value))
		}
	}
	if c.Tenant != "" && strings.ContainsFunc(c.Tenant, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		p.add("tenant", "is a customer id such as Cust12345")
	}
	if c.HookURL != "" && c.HookSecret == "" {
		p.add("hook_secret", "is required with hook_url: without it no webhook is taken")
	}
}

func (c Config) checkURL(value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil: // the error would show the URL
		return errors.New("is not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return errors.New("must be an https URL")
	case u.Scheme == "http" && !c.AllowPrivate:
		return errors.New("must be https (http is for private addresses, with allow_private_address)")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("must have neither user, query nor fragment")
	}
	return nil
}

// checkLogin: exactly one way to log in.
func (c Config) checkLogin(p *problems) {
	ways := 0
	for _, given := range []bool{c.Username != "" || c.Password != "", c.Token != "", c.SystemToken != "" || c.PrivateKey != ""} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		p.add("username", "exactly one is needed: username and password, token, or system_token and private_key")
		return
	}
	for _, s := range []struct{ key, value string }{
		{"username", c.Username}, {"password", c.Password}, {"token", c.Token}, {"system_token", c.SystemToken},
		{"app_token", c.AppToken}, {"hook_secret", c.HookSecret}, {"old_hook_secret", c.OldHookSecret}, {"nickname", c.Nickname},
	} {
		if len(s.value) > maxSetting || strings.ContainsAny(s.value, "\r\n\x00") {
			p.add(s.key, "must have at most %d characters, in one line", maxSetting)
		}
	}
	switch {
	case c.Token != "":
	case c.SystemToken == "" && c.PrivateKey == "":
		if c.Username == "" || c.Password == "" {
			p.add("password", "username and password go together")
		}
		if strings.Contains(c.Username, ":") {
			p.add("username", "must not hold a colon: Basic authentication cuts there")
		}
	default:
		if c.Tenant == "" {
			p.add("tenant", "is required for a system user")
		}
		if c.AppToken == "" {
			p.add("app_token", "is required for a system user")
		}
		if c.SystemToken == "" {
			p.add("system_token", "is required with private_key")
		}
		_, err := parseKey(c.PrivateKey)
		p.check("private_key", err)
	}
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		have  *string
		value string
	}{{&c.LoginURL, DefaultLoginURL}, {&c.Nickname, DefaultNickname}, {&c.Seat, SeatCustomer}} {
		if *d.have == "" {
			*d.have = d.value
		}
	}
	if c.PollEvery == 0 {
		c.PollEvery = DefaultPollEvery
	}
	if c.KeepFetched == 0 {
		c.KeepFetched = DefaultKeepFetched
	}
	return c
}

// Open makes the desk. It makes no call and starts no goroutine until it is used. Queues without a topic's number are
// reported here, because which queues there are is known only now.
func (c Config) Open(memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) (*Desk, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("superoffice desk %q: %w", c.Name, err)
	}
	if memory == nil || clock == nil || log == nil {
		return nil, fmt.Errorf("superoffice desk %q: memory, clock and log are required", c.Name)
	}
	c = c.withDefaults()
	for queue, topic := range c.Queues {
		if !isID(topic) {
			return nil, fmt.Errorf("superoffice desk %q: the target of queue %q must be the number of a chat topic, not %q",
				c.Name, queue, topic)
		}
	}
	log = log.With("desk", string(c.Name))
	b := &base{
		config: c, memory: memory, clock: clock, log: log, client: newClient(c, clock), calls: breaker.NewGuard(c.Name, clock),
		poster: once.New(memory, c.Name), report: report.New(c.Name, clock, log), pending: newPending(),
		strangers: map[string]bool{}, places: map[string]int{},
	}
	b.keeper = session.New(account{b}, c.Name, memory, clock, log)
	d := &Desk{base: b}
	if c.Seat == SeatAgent {
		b.seat = &agentSeat{base: b, topics: c.topics()}
	} else {
		b.seat = &customerSeat{base: b}
	}
	return d, nil
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

func checkName(name orchestrator.ConnectorName) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("must have 1 to %d characters", maxName)
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
			return fmt.Errorf("may hold a-z, 0-9, dot, - and _ only, not %q", r)
		}
	}
	return nil
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
