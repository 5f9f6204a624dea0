package main

import "handoff/web"

type namedRate struct {
	name string
	rate *RateConfig
	to   func(*web.Rates) *web.Rate
}

// named pairs each limit with its key and with the server's.
func (r *RateLimitsConfig) named() []namedRate {
	return []namedRate{
		{"bot", &r.Bot, func(w *web.Rates) *web.Rate { return &w.Bot }},
		{"user", &r.User, func(w *web.Rates) *web.Rate { return &w.User }},
		{"customer", &r.Customer, func(w *web.Rates) *web.Rate { return &w.Customer }},
		{"start", &r.Start, func(w *web.Rates) *web.Rate { return &w.Start }},
		{"ask", &r.Ask, func(w *web.Rates) *web.Rate { return &w.Ask }},
		{"refused", &r.Refused, func(w *web.Rates) *web.Rate { return &w.Refused }},
		{"login", &r.Login, func(w *web.Rates) *web.Rate { return &w.Login }},
		{"login_address", &r.LoginAddress, func(w *web.Rates) *web.Rate { return &w.LoginIP }},
		{"hook", &r.Hook, func(w *web.Rates) *web.Rate { return &w.Hook }},
	}
}

// rates are the limits as the server takes them; a zero one stands for its default.
func (r *RateLimitsConfig) rates() web.Rates {
	var rates web.Rates
	for _, one := range r.named() {
		*one.to(&rates) = web.Rate{PerSecond: one.rate.PerSecond, Burst: one.rate.Burst}
	}
	return rates
}
