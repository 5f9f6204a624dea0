package main

import (
	"handoff/orchestrator"
	"handoff/web"
)

// BoundsConfig bounds what callers send and keep open, each counted by every process for itself, and how much one timeline holds.
type BoundsConfig struct {
	TimelineBytes   int `koanf:"timeline_bytes"`
	AddressBytes    int `koanf:"address_bytes"`  // a minute
	CustomerBytes   int `koanf:"customer_bytes"` // a minute
	BotBytes        int `koanf:"bot_bytes"`      // a minute
	AnswerBytes     int `koanf:"answer_bytes"`   // of a feed
	CustomerStreams int `koanf:"customer_streams"`
	PersonStreams   int `koanf:"person_streams"`
	BotStreams      int `koanf:"bot_streams"`
	AddressStreams  int `koanf:"address_streams"`
}

// Bounds of bounds.
const (
	minBytes, maxBytes = 4 << 10, 1 << 36
	maxStreams         = 1 << 20
)

func defaultBounds() BoundsConfig {
	d := web.DefaultBounds
	return BoundsConfig{
		TimelineBytes: orchestrator.DefaultTimelineBytes, AddressBytes: d.AddressBytes, CustomerBytes: d.CustomerBytes,
		BotBytes: d.BotBytes, AnswerBytes: d.AnswerBytes, CustomerStreams: d.CustomerStreams, PersonStreams: d.PersonStreams,
		BotStreams: d.BotStreams, AddressStreams: d.AddressStreams,
	}
}

// web are the bounds as the server takes them.
func (b *BoundsConfig) web() web.Bounds {
	return web.Bounds{
		AddressBytes: b.AddressBytes, CustomerBytes: b.CustomerBytes, BotBytes: b.BotBytes, AnswerBytes: b.AnswerBytes,
		CustomerStreams: b.CustomerStreams, PersonStreams: b.PersonStreams, BotStreams: b.BotStreams, AddressStreams: b.AddressStreams,
	}
}

func checkBounds(b *BoundsConfig, found *problems) {
	for _, bytes := range []struct {
		name string
		n    int
	}{
		{"timeline_bytes", b.TimelineBytes}, {"address_bytes", b.AddressBytes}, {"customer_bytes", b.CustomerBytes},
		{"bot_bytes", b.BotBytes}, {"answer_bytes", b.AnswerBytes},
	} {
		checkRange(found, "bounds."+bytes.name, bytes.n, minBytes, maxBytes)
	}
	for _, streams := range []struct {
		name string
		n    int
	}{
		{"customer_streams", b.CustomerStreams}, {"person_streams", b.PersonStreams}, {"bot_streams", b.BotStreams},
		{"address_streams", b.AddressStreams},
	} {
		checkRange(found, "bounds."+streams.name, streams.n, 1, maxStreams)
	}
}
