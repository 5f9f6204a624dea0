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
	rate  Rate

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(clock orchestrator.Clock, rate Rate) *limiter {
	return &limiter{clock: clock, rate: rate, buckets: map[string]*bucket{}}
}

// take takes one token, or answers how long it will be until there is one.
func (l *limiter) take(key string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.fill(key)
	if b.tokens >= 1 {
		b.tokens--
		return 0, true
	}
	return l.until(b), false
}

// give puts a token back that was taken for nothing.
func (l *limiter) give(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[key]; b != nil {
		b.tokens = min(l.rate.Burst, b.tokens+1)
	}
}

// spent reports whether there is no token, without taking one.
func (l *limiter) spent(key string) (wait time.Duration, spent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets[key] == nil {
		return 0, false
	}
	b := l.fill(key)
	return l.until(b), b.tokens < 1
}

func (l *limiter) until(b *bucket) time.Duration {
	return time.Duration((1 - b.tokens) / l.rate.PerSecond * float64(time.Second))
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
}

func newLimiters(clock orchestrator.Clock, r Rates) limiters {
	return limiters{
		bot: newLimiter(clock, r.Bot), user: newLimiter(clock, r.User), customer: newLimiter(clock, r.Customer),
		start: newLimiter(clock, r.Start), ask: newLimiter(clock, r.Ask), refused: newLimiter(clock, r.Refused), login: newLimiter(clock, r.Login),
		loginIP: newLimiter(clock, r.LoginIP), hook: newLimiter(clock, r.Hook),
	}
}
