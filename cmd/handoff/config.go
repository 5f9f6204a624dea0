package main

import (
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// Config is everything that an operator decides. The tags are the keys of the YAML file; handoff.example.yaml explains
// each. Defaults stand in defaultConfig and itemDefaults.
type Config struct {
	Listen         string                    `koanf:"listen"`
	BaseURL        string                    `koanf:"base_url"` // where browsers and bots find the service; empty: at a host of its own
	Redis          RedisConfig               `koanf:"redis"`
	Partitions     int                       `koanf:"partitions"`
	Retention      time.Duration             `koanf:"retention"`
	Archive        ArchiveConfig             `koanf:"archive"`
	Bots           []BotConfig               `koanf:"bots"`
	Users          []UserConfig              `koanf:"users"`
	Queues         []QueueConfig             `koanf:"queues"`
	Desks          []DeskConfig              `koanf:"desks"`
	Flows          map[string]map[string]any `koanf:"flows"`
	Sweep          SweepConfig               `koanf:"sweep"`
	TrustedProxies []string                  `koanf:"trusted_proxies"`
	DrainDelay     time.Duration             `koanf:"drain_delay"` // from "not ready" to a closed listener
	Cookies        CookiesConfig             `koanf:"cookies"`
	OIDC           OIDCConfig                `koanf:"oidc"`
	RateLimits     RateLimitsConfig          `koanf:"rate_limits"`
	Bounds         BoundsConfig              `koanf:"bounds"`
	Metrics        MetricsConfig             `koanf:"metrics"`
	Log            LogConfig                 `koanf:"log"`
	Tracing        TracingConfig             `koanf:"tracing"`
}

// RateLimitsConfig bounds callers, each counted by every process for itself.
type RateLimitsConfig struct {
	Bot          RateConfig `koanf:"bot"`
	User         RateConfig `koanf:"user"`
	Customer     RateConfig `koanf:"customer"`
	Start        RateConfig `koanf:"start"`
	Ask          RateConfig `koanf:"ask"`
	Refused      RateConfig `koanf:"refused"`
	Login        RateConfig `koanf:"login"`
	LoginAddress RateConfig `koanf:"login_address"`
	Hook         RateConfig `koanf:"hook"`
}

// RateConfig is a token bucket: so many requests a second on average, and so many at once. Both zero: the default.
type RateConfig struct {
	PerSecond float64 `koanf:"per_second"`
	Burst     float64 `koanf:"burst"`
}

// RedisConfig says where state is kept.
type RedisConfig struct {
	// URL is redis:// or rediss://host:port/db, with several hosts, separated by commas, for a cluster; or redis+sentinel://.
	// Empty: the embedded Redis, which forgets everything with the process.
	URL Secret `koanf:"url"`
	// Prefix begins every key, so that several installations can share a server.
	Prefix string `koanf:"prefix"`
}

// ArchiveConfig says where ended conversations are written before Redis forgets them.
type ArchiveConfig struct {
	Path         string        `koanf:"path"`          // of a JSON lines file; empty: nowhere
	MaxMegabytes int           `koanf:"max_megabytes"` // size at which the file is rotated
	Keep         int           `koanf:"keep"`          // rotated files that are kept
	MaxAge       time.Duration `koanf:"max_age"`       // of a line, about; 0: any
}

// BotConfig is one bot platform. Settings holds the keys that only its kind knows.
type BotConfig struct {
	Name                 string         `koanf:"name"`
	Kind                 string         `koanf:"kind"`
	Flow                 string         `koanf:"flow"`
	Secrets              []Secret       `koanf:"secrets"` // Standard Webhooks, "whsec_…"; two may be active
	Tokens               []Secret       `koanf:"tokens"`  // Bearer; two may be active
	Callback             string         `koanf:"callback"`
	AllowPrivateCallback bool           `koanf:"allow_private_callback"`
	Concurrency          int            `koanf:"concurrency"`     // calls at a time, in each process
	Web                  bool           `koanf:"web"`             // browsers may begin conversations with this bot
	AllowedOrigins       []string       `koanf:"allowed_origins"` // from these origins
	Settings             map[string]any `koanf:",remain"`
}

// UserConfig is a person who signs in.
type UserConfig struct {
	Name         string   `koanf:"name"`
	DisplayName  string   `koanf:"display_name"`
	Role         string   `koanf:"role"`
	PasswordHash Secret   `koanf:"password_hash"` // argon2id, from "handoff hash-password"
	Queues       []string `koanf:"queues"`
	Skills       []string `koanf:"skills"`
	Capacity     int      `koanf:"capacity"` // conversations at a time
}

// QueueConfig is a waiting line.
type QueueConfig struct {
	Name     string `koanf:"name"`
	Desk     string `koanf:"desk"`
	Target   string `koanf:"target"`   // the desk's own name for it; empty: the same
	Priority int    `koanf:"priority"` // 0 (last) to 9 (first), for requests that give none
}

// DeskConfig is a contact centre. Settings holds the keys that only its kind knows.
type DeskConfig struct {
	Name string `koanf:"name"`
	Kind string `koanf:"kind"`
	// Seat is the role that we take at a vendor's: customer or agent. Bot is whose conversations those are that begin at
	// the desk, in the agent seat.
	Seat                string         `koanf:"seat"`
	Bot                 string         `koanf:"bot"`
	AllowPrivateAddress bool           `koanf:"allow_private_address"` // of the vendor's server
	Concurrency         int            `koanf:"concurrency"`           // calls at a time, in each process
	Settings            map[string]any `koanf:",remain"`
}

// SweepConfig says when the reaper runs.
type SweepConfig struct {
	Schedule string `koanf:"schedule"`
}

// OIDCConfig is a provider of OpenID Connect at which people may sign in, beside the passwords of users.
type OIDCConfig struct {
	Issuer       string            `koanf:"issuer"` // empty: none
	ClientID     string            `koanf:"client_id"`
	ClientSecret Secret            `koanf:"client_secret"` // empty: a public client
	RedirectURL  string            `koanf:"redirect_url"`
	RoleClaim    string            `koanf:"role_claim"`
	NameClaim    string            `koanf:"name_claim"`
	Roles        map[string]string `koanf:"roles"` // values of the claim, and the role that each gives
}

// CookiesConfig is about the cookie of people who sign in.
type CookiesConfig struct {
	Insecure bool `koanf:"insecure"` // sent over plain HTTP too
}

// MetricsConfig says where /metrics is.
type MetricsConfig struct {
	Listen string `koanf:"listen"` // an address of its own; empty: with the rest
}

// LogConfig says what is logged, and how.
type LogConfig struct {
	Level  string `koanf:"level"`
	Format string `koanf:"format"`
}

// TracingConfig says where spans are sent, and of how many requests.
type TracingConfig struct {
	Endpoint string  `koanf:"endpoint"` // of a collector, OTLP over HTTP; empty: nothing is traced
	Sample   float64 `koanf:"sample"`   // from 0 to 1, of what does not come with a decision of its caller
}

// Defaults and bounds.
const (
	defaultListen        = "127.0.0.1:8080"
	defaultPrefix        = "ho:"
	defaultPartitions    = redisstore.DefaultPartitions
	maxPartitions        = redisstore.MaxPartitions
	defaultRetention     = redisstore.DefaultRetention
	minRetention         = time.Minute
	maxRetention         = 30 * 24 * time.Hour
	maxDrainDelay        = time.Minute
	defaultArchiveSize   = 64 // megabytes
	defaultArchiveKeep   = 10
	defaultSweepSchedule = "@every 1s"
	defaultSample        = 0.1
	defaultRoleClaim     = "roles"
	defaultNameClaim     = "preferred_username"
	defaultFlow          = orchestrator.DefaultFlow
	defaultBotKind       = "native"
	defaultDeskKind      = "house"
	defaultDeskName      = "house"
	defaultCapacity      = 3
	maxCapacity          = 100
	defaultConcurrency   = orchestrator.DefaultConcurrency
	maxConcurrency       = 4096
	defaultPriority      = 5
	maxPriority          = 9
	maxRate              = 1e6
)

// defaultConfig is what stands where the operator says nothing.
func defaultConfig() Config {
	return Config{
		Listen:     defaultListen,
		Redis:      RedisConfig{Prefix: defaultPrefix},
		Partitions: defaultPartitions,
		Retention:  defaultRetention,
		Archive:    ArchiveConfig{MaxMegabytes: defaultArchiveSize, Keep: defaultArchiveKeep},
		Sweep:      SweepConfig{Schedule: defaultSweepSchedule},
		OIDC:       OIDCConfig{RoleClaim: defaultRoleClaim, NameClaim: defaultNameClaim},
		Bounds:     defaultBounds(),
		Log:        LogConfig{Level: "info", Format: "json"},
		Tracing:    TracingConfig{Sample: defaultSample},
	}
}

// itemDefaults are the defaults of the members of lists. They are filled in before decoding, because a zero may be meant.
func itemDefaults() map[string]map[string]any {
	return map[string]map[string]any{
		"bots":   {"kind": defaultBotKind, "flow": defaultFlow, "concurrency": defaultConcurrency},
		"users":  {"capacity": defaultCapacity},
		"queues": {"desk": defaultDeskName, "priority": defaultPriority},
		"desks":  {"kind": defaultDeskKind, "concurrency": defaultConcurrency},
	}
}

// target is the desk's own name for the queue.
func (q QueueConfig) target() string {
	if q.Target == "" {
		return q.Name
	}
	return q.Target
}

// targets are a desk's own names for its queues.
func (c *Config) targets(desk string) map[orchestrator.QueueName]string {
	targets := map[orchestrator.QueueName]string{}
	for _, q := range c.Queues {
		if q.Desk == desk {
			targets[orchestrator.QueueName(q.Name)] = q.target()
		}
	}
	return targets
}

// concurrency is how many calls run at a time, by the lane of a party.
func (c *Config) concurrency() map[orchestrator.Lane]int {
	of := map[orchestrator.Lane]int{}
	for _, b := range c.Bots {
		of[orchestrator.Party{Connector: orchestrator.ConnectorName(b.Name), Bot: true}.Lane(false)] = b.Concurrency
	}
	for _, d := range c.Desks {
		of[orchestrator.Party{Connector: orchestrator.ConnectorName(d.Name)}.Lane(false)] = d.Concurrency
	}
	return of
}

// desk finds a desk by name.
func (c *Config) desk(name string) (DeskConfig, bool) { return named(c.Desks, name) }

// queue finds a queue by name.
func (c *Config) queue(name string) (QueueConfig, bool) { return named(c.Queues, name) }

func named[T interface{ itemName() string }](items []T, name string) (found T, ok bool) {
	for _, item := range items {
		if item.itemName() == name {
			return item, true
		}
	}
	return found, false
}

func (b BotConfig) itemName() string   { return b.Name }
func (u UserConfig) itemName() string  { return u.Name }
func (q QueueConfig) itemName() string { return q.Name }
func (d DeskConfig) itemName() string  { return d.Name }
