package web

import (
	"sync"
	"time"

	"handoff/orchestrator"
)

// Rate is a token bucket: so many a second on average, so many at once.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// Rates are the limits of callers, each counted in every process by itself. A zero Rate is the default named with it.
type Rates struct {
	Bot      Rate // per bot: 20,000 a second
	User     Rate // per signed-in person: 500 a second, 2,000 at once
	Customer Rate // per conversation token: 10 a second, 40 at once
	Start    Rate // conversations begun by browsers, per address: 5 a second, 100 at once
	Ask      Rate // persons asked for by customers, per address: one a minute, 3 at once
	Refused  Rate // requests with wrong credentials, per address: 5 a second, 100 at once
	Login    Rate // sign-ins, per user and address: one in 12 s, 5 at once
	LoginIP  Rate // sign-ins, per address: one in 2 s, 30 at once
	Hook     Rate // vendor notifications, per desk: 2,000 a second
}

// DefaultRates are those of a server that is told nothing else.
func DefaultRates() Rates {
	var r Rates
	r.complete()
	return r
}

func (r *Rates) complete() {
	for _, d := range []struct {
		rate    *Rate
		standby Rate
	}{
		{&r.Bot, Rate{20000, 40000}}, {&r.User, Rate{500, 2000}}, {&r.Customer, Rate{10, 40}}, {&r.Start, Rate{5, 100}},
		{&r.Ask, Rate{1.0 / 60, 3}},
		{&r.Refused, Rate{5, 100}}, {&r.Login, Rate{1.0 / 12, 5}}, {&r.LoginIP, Rate{0.5, 30}},
		{&r.Hook, Rate{2000, 4000}},
	} {
		if *d.rate == (Rate{}) {
			*d.rate = d.standby
		}
	}
}

// maxBuckets is how many callers one limiter remembers; full buckets are forgotten first.
const maxBuckets = 50000

// limiter keeps one bucket for each caller.
type limiter struct {
	clock orchestrator.Clock
	key   string // of the configuration; a refusal names it
	rate  Rate

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(clock orchestrator.Clock, key string, rate Rate) *limiter {
	return &limiter{clock: clock, key: key, rate: rate, buckets: map[string]*bucket{}}
}

// newByteLimiter counts bytes: so many a minute, and as many at once.
func newByteLimiter(clock orchestrator.Clock, key string, minute int) *limiter {
	return newLimiter(clock, key, Rate{PerSecond: float64(minute) / 60, Burst: float64(minute)})
}

// take takes one token of a caller's, or refuses.
func (l *limiter) take(caller string) error { return l.takeSome(caller, 1) }

// takeSome takes so many tokens of a caller's, or none and refuses. More than there can ever be count as all that there can be.
func (l *limiter) takeSome(caller string, n float64) error {
	n = min(n, l.rate.Burst)
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.fill(caller)
	if b.tokens < n {
		return l.refuse(b, n)
	}
	b.tokens -= n
	return nil
}

// give puts a token back that was taken for nothing.
func (l *limiter) give(caller string) { l.giveSome(caller, 1) }

// giveSome puts back what takeSome took for nothing.
func (l *limiter) giveSome(caller string, n float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[caller]; b != nil {
		b.tokens = min(l.rate.Burst, b.tokens+n)
	}
}

// spent refuses if there is no token, without taking one.
func (l *limiter) spent(caller string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets[caller] == nil {
		return nil
	}
	if b := l.fill(caller); b.tokens < 1 {
		return l.refuse(b, 1)
	}
	return nil
}

// refuse says when there will be as many tokens.
func (l *limiter) refuse(b *bucket, n float64) error {
	return tooMany(l.key, time.Duration((n-b.tokens)/l.rate.PerSecond*float64(time.Second)))
}

func (l *limiter) fill(key string) *bucket {
	now := l.clock.Now()
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.forget(now)
		}
		b = &bucket{tokens: l.rate.Burst, at: now}
		l.buckets[key] = b
		return b
	}
	b.tokens = min(l.rate.Burst, b.tokens+now.Sub(b.at).Seconds()*l.rate.PerSecond)
	b.at = now
	return b
}

// forget drops the buckets that are full by now; if that is not enough, all: a flood of callers is limited elsewhere.
func (l *limiter) forget(now time.Time) {
	for key, b := range l.buckets {
		if b.tokens+now.Sub(b.at).Seconds()*l.rate.PerSecond >= l.rate.Burst {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// limiters are those of one server.
type limiters struct {
	bot, user, customer, start, ask, refused, login, loginIP, hook *limiter

	rescue *limiter // conversations begun by browsers for which a person is fetched if their bot fails, per address: as many as ask

	addressBytes, customerBytes, botBytes *limiter
}

func newLimiters(clock orchestrator.Clock, r Rates, b Bounds) limiters {
	rate := func(name string, rate Rate) *limiter { return newLimiter(clock, "rate_limits."+name, rate) }
	return limiters{
		bot: rate("bot", r.Bot), user: rate("user", r.User), customer: rate("customer", r.Customer), start: rate("start", r.Start),
		ask: rate("ask", r.Ask), rescue: rate("ask", r.Ask), refused: rate("refused", r.Refused), login: rate("login", r.Login),
		loginIP: rate("login_address", r.LoginIP), hook: rate("hook", r.Hook),
		addressBytes:  newByteLimiter(clock, "bounds.address_bytes", b.AddressBytes),
		customerBytes: newByteLimiter(clock, "bounds.customer_bytes", b.CustomerBytes),
		botBytes:      newByteLimiter(clock, "bounds.bot_bytes", b.BotBytes),
	}
}
