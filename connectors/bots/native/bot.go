package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"

	"handoff/connectors/internal/breaker"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

var (
	_ orchestrator.Bot            = (*Bot)(nil)
	_ orchestrator.BotReceiver    = (*Bot)(nil)
	_ orchestrator.HealthReporter = (*Bot)(nil)
	_ orchestrator.NoteHearer     = (*Bot)(nil)
	_ orchestrator.BatchReceiver  = (*Bot)(nil)
	_ orchestrator.MemberNamer    = (*Bot)(nil)
	_ orchestrator.Addressee      = (*Bot)(nil)
)

// Bot is one platform that speaks our own webhook. It is safe for concurrent use.
type Bot struct {
	name          orchestrator.ConnectorName
	keys          keys
	clock         orchestrator.Clock
	callback      *url.URL // nil: the bot reads its feed
	callbackToken string
	cloudEvents   bool
	withoutNotes  bool   // people's notes are not for it
	source        string // of CloudEvents, both ways
	client        *outbound.Client
	calls         *breaker.Guard
}

// Name is the bot's configured name.
func (b *Bot) Name() orchestrator.ConnectorName { return b.name }

// Manifest says that typing goes both ways. A message has no limit but that of a callback's body.
func (b *Bot) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{Kind: "native", TypingIn: true, TypingOut: b.callback != nil}
}

// Hears reports whether a callback is configured.
func (b *Bot) Hears() bool { return b.callback != nil }

// HearsNotes reports whether the bot is told people's notes.
func (b *Bot) HearsNotes() bool { return !b.withoutNotes }

// Run waits for the end of ctx: the bot calls us, and is called by Deliver. Then it closes idle connections.
func (b *Bot) Run(ctx context.Context, _ orchestrator.Sink) error {
	<-ctx.Done()
	b.client.Close()
	return nil
}

// Health tells how callbacks go.
func (b *Bot) Health() orchestrator.Health { return b.calls.Health() }

// Address tells one callback from another without showing it: it may hold a password.
func (b *Bot) Address() string {
	if b.callback == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(b.callback.String()))
	return hex.EncodeToString(sum[:8])
}
