package main

import (
	"net/netip"
	"time"

	"handoff/orchestrator"
	"handoff/web"
)

// webOptions are the configuration as the HTTP interface takes it.
func (l *loaded) webOptions(
	a *app, bots map[orchestrator.ConnectorName]orchestrator.Bot, desks map[orchestrator.ConnectorName]orchestrator.Desk,
	metrics *web.Metrics, clock orchestrator.Clock,
) web.Options {
	store := "redis"
	if a.store.Embedded() {
		store = "embedded"
	}
	return web.Options{
		Engine: a.engine, Bots: bots, Desks: desks, Flows: l.flows.byName(), Widgets: l.widgets(), Queues: l.webQueues(),
		Users: l.webUsers(), Clock: clock, Log: a.log, Node: a.node, Metrics: metrics, Tracer: a.tracer, Reaper: a.reaper,
		Eraser: a.reaper.Eraser(), NextSweep: l.nextSweep(), BaseURL: l.BaseURL, MetricsElsewhere: l.Metrics.Listen != "", OIDC: l.webOIDC(),
		Checks: []web.Check{{Name: "redis", Do: a.store.Ready}}, Warnings: a.warnings, Store: store, Embedded: a.store.Embedded(),
		DemoPassword: l.demoPassword, DemoTour: l.demoTour(),
		Version: versionString(), InsecureCookies: l.Cookies.Insecure, TrustedProxies: l.trustedProxies(),
		AgentGoneAfter: l.agentGoneAfter(), DrainDelay: l.DrainDelay, DrainTimeout: drainFor, Rates: l.RateLimits.rates(),
		Bounds: l.Bounds.web(),
	}
}

// demoTour is the part of a demo that its visitor plays; nil elsewhere.
func (l *loaded) demoTour() *web.DemoTour {
	if l.demoPassword == "" {
		return nil
	}
	return &web.DemoTour{Agent: tourAgent, Bot: tourBot}
}

// nextSweep tells when the reaper runs next. The schedule has passed the check.
func (l *loaded) nextSweep() func(time.Time) time.Time {
	schedule, err := parseSchedule(l.Sweep.Schedule)
	if err != nil {
		return nil
	}
	return func(after time.Time) time.Time { return schedule.Next(after.UTC()) }
}

// widgets are the bots whose customers may chat on the web channel.
func (l *loaded) widgets() map[orchestrator.ConnectorName]web.Widget {
	all := map[orchestrator.ConnectorName]web.Widget{}
	for _, b := range l.Bots {
		if b.Web {
			all[orchestrator.ConnectorName(b.Name)] = web.Widget{Origins: b.AllowedOrigins, Flow: b.Flow}
		}
	}
	return all
}

func (l *loaded) webQueues() []web.Queue {
	all := make([]web.Queue, 0, len(l.Queues))
	for _, q := range l.Queues {
		all = append(all, web.Queue{
			Name: orchestrator.QueueName(q.Name), Desk: orchestrator.ConnectorName(q.Desk), Target: q.Target, Priority: q.Priority,
		})
	}
	return all
}

func (l *loaded) webUsers() []web.User {
	all := make([]web.User, 0, len(l.Users))
	for _, u := range l.Users {
		queues := make([]orchestrator.QueueName, 0, len(u.Queues))
		for _, q := range u.Queues {
			queues = append(queues, orchestrator.QueueName(q))
		}
		all = append(all, web.User{
			Name: u.Name, DisplayName: u.DisplayName, Role: web.Role(u.Role), PasswordHash: u.PasswordHash.Reveal(),
			Queues: queues, Skills: u.Skills, Capacity: u.Capacity,
		})
	}
	return all
}

// trustedProxies have passed the check.
func (l *loaded) trustedProxies() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range l.TrustedProxies {
		if p, err := parsePrefix(s); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// agentGoneAfter is the shortest that any policy wants: presence is of a person, not of a conversation.
func (l *loaded) agentGoneAfter() time.Duration {
	var shortest time.Duration
	for _, p := range l.policies {
		if after := p.AgentGoneAfter; shortest == 0 || (after > 0 && after < shortest) {
			shortest = after
		}
	}
	return shortest
}
