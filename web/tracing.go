package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"handoff/orchestrator"
)

var _ orchestrator.Tracer = (*Tracer)(nil)

// Tracer writes spans with OpenTelemetry: one for each request, and below it what the engine and the dispatcher do with it.
// They name routes, conversations, connectors, commands and results, and contain nobody's words.
type Tracer struct {
	tracer trace.Tracer
}

// NewTracer writes to a provider.
func NewTracer(provider trace.TracerProvider) *Tracer {
	return &Tracer{tracer: provider.Tracer("handoff")}
}

// Names of attributes beside those of OpenTelemetry's conventions.
const (
	keyConversation = attribute.Key("handoff.conversation")
	keyEvent        = attribute.Key("handoff.event")
	keyConnector    = attribute.Key("handoff.connector")
	keyCommand      = attribute.Key("handoff.command")
	keyCommandID    = attribute.Key("handoff.command_id")
	keyAttempt      = attribute.Key("handoff.attempt")
	keyResult       = attribute.Key("handoff.result")
)

// Start begins a span below the one in ctx. What a call sends on carries it.
func (t *Tracer) Start(ctx context.Context, what orchestrator.Traced) (context.Context, orchestrator.EndSpan) {
	kind := trace.SpanKindInternal
	if what.Command != "" {
		kind = trace.SpanKindClient
	}
	ctx, span := t.tracer.Start(ctx, spanName(&what), trace.WithSpanKind(kind))
	if !span.IsRecording() {
		return ctx, func(orchestrator.ConversationID, error) { span.End() }
	}
	if what.Event != "" {
		span.SetAttributes(keyEvent.String(string(what.Event)))
	}
	if what.Command != "" {
		span.SetAttributes(keyConnector.String(string(what.Connector)), keyCommand.String(string(what.Command)),
			keyCommandID.String(string(what.ID)), keyAttempt.Int(what.Attempt))
		ctx = orchestrator.WithTraceparent(ctx, t.Mark(ctx))
	}
	return ctx, func(id orchestrator.ConversationID, err error) {
		result, failed := tracedResult(err)
		span.SetAttributes(keyConversation.String(string(id)), keyResult.String(result))
		if failed {
			span.SetStatus(codes.Error, result) // never the text: it may quote what others sent
		}
		span.End()
	}
}

func spanName(what *orchestrator.Traced) string {
	if what.Command != "" {
		return what.Name + " " + string(what.Connector) + " " + string(what.Command)
	}
	return what.Name + " " + string(what.Event)
}

// tracedResult is the class of an error, and whether it is a fault and not an answer.
func tracedResult(err error) (result string, failed bool) {
	if call, ok := errors.AsType[*orchestrator.ConnectorError](err); ok {
		return call.Outcome.String(), true
	}
	if errors.Is(err, orchestrator.ErrConflict) {
		return "conflict", false
	}
	result = resultOf(err)
	return result, result == "error"
}

// Mark is the traceparent of the span in ctx, if it is written down.
func (t *Tracer) Mark(ctx context.Context) string {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsSampled() {
		return ""
	}
	return "00-" + span.TraceID().String() + "-" + span.SpanID().String() + "-" + span.TraceFlags().String()
}

// traceparent is the W3C's: no baggage is taken from anybody or given to anybody.
var traceparent = propagation.TraceContext{}

// Under is ctx below the span of a mark.
func (t *Tracer) Under(ctx context.Context, mark string) context.Context {
	if mark == "" {
		return ctx
	}
	return traceparent.Extract(ctx, propagation.MapCarrier{"traceparent": mark})
}

// tracedPaths begin the paths whose requests are traced: not the probes, the metrics and the files of pages.
const tracedPaths = "/v1/"

// request begins the span of a request, below that of its caller if it names one. It is safe on a nil Tracer.
func (t *Tracer) request(c echo.Context) (end func(status int, code string)) {
	if t == nil || !strings.HasPrefix(c.Path(), tracedPaths) {
		return endNothing
	}
	r := c.Request()
	ctx, span := t.tracer.Start(traceparent.Extract(r.Context(), propagation.HeaderCarrier(r.Header)),
		r.Method+" "+c.Path(), trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.request.method", r.Method), attribute.String("http.route", c.Path())))
	c.SetRequest(r.WithContext(ctx))
	return func(status int, code string) {
		span.SetAttributes(attribute.Int("http.response.status_code", status),
			attribute.String("handoff.request_id", requestID(c)))
		if code != "" {
			span.SetAttributes(keyResult.String(code))
		}
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, code)
		}
		span.End()
	}
}

func endNothing(int, string) {}
