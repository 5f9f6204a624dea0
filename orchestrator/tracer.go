package orchestrator

import "context"

// Tracer follows an event from where it comes in to the calls that it causes, which may be made later and by another
// process. Implementations must be quick and safe for concurrent use. What they write down must contain no words of
// customers and no secrets.
type Tracer interface {
	// Start begins a span below the one in ctx, or a trace of its own, and answers a context that carries it. The function
	// that it answers must be called once.
	Start(ctx context.Context, what Traced) (context.Context, EndSpan)
	// Mark is what a command keeps of the span in ctx: a W3C traceparent, or nothing if the span is not written down.
	Mark(ctx context.Context) string
	// Under is ctx below the span of a mark. An empty mark changes nothing.
	Under(ctx context.Context, mark string) context.Context
}

// EndSpan ends a span: whose it was, and how it went.
type EndSpan func(id ConversationID, err error)

// Traced is what a span is about; what does not apply is empty.
type Traced struct {
	Name      string // "receive", "commit", "call"
	Event     EventType
	Connector ConnectorName
	Command   CommandType
	ID        CommandID
	Attempt   int // calls made before
}

// NoTracer follows nothing, and costs nothing.
type NoTracer struct{}

// Start begins nothing.
func (NoTracer) Start(ctx context.Context, _ Traced) (context.Context, EndSpan) {
	return ctx, endNothing
}

func endNothing(ConversationID, error) {}

// Mark is empty.
func (NoTracer) Mark(context.Context) string { return "" }

// Under changes nothing.
func (NoTracer) Under(ctx context.Context, _ string) context.Context { return ctx }

type traceparentKey struct{}

// WithTraceparent is ctx with the W3C traceparent that calls to others are to carry.
func WithTraceparent(ctx context.Context, traceparent string) context.Context {
	return context.WithValue(ctx, traceparentKey{}, traceparent)
}

// Traceparent is what a call to others carries as its traceparent header; empty for none.
func Traceparent(ctx context.Context) string {
	traceparent, _ := ctx.Value(traceparentKey{}).(string)
	return traceparent
}
