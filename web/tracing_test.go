package web

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"handoff/orchestrator"
)

// recorded is a tracer and what it has written.
func recorded(sampler sdk.Sampler) (*Tracer, *tracetest.InMemoryExporter) {
	spans := tracetest.NewInMemoryExporter()
	return NewTracer(sdk.NewTracerProvider(sdk.WithSyncer(spans), sdk.WithSampler(sampler))), spans
}

// attributesOf are a span's attributes by name.
func attributesOf(span tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, a := range span.Attributes {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

func TestSpanOfACallNamesWhatItIsAboutAndHowItWent(t *testing.T) {
	tracer, spans := recorded(sdk.AlwaysSample())
	ctx, end := tracer.Start(t.Context(), orchestrator.Traced{
		Name: "call", Connector: "vendor", Command: orchestrator.CommandSend, ID: "cv_1.2.0", Attempt: 1,
	})
	mark := tracer.Mark(ctx)
	if orchestrator.Traceparent(ctx) != mark || mark == "" {
		t.Errorf("the call sends %q on, the span is %q", orchestrator.Traceparent(ctx), mark)
	}
	end("cv_1", &orchestrator.ConnectorError{Connector: "vendor", Op: "send", Outcome: orchestrator.OutcomeRetry,
		Err: errors.New("the customer's words")})
	got := spans.GetSpans()[0]
	if got.Name != "call vendor send" || got.SpanKind != trace.SpanKindClient ||
		got.Status != (sdk.Status{Code: codes.Error, Description: "retry"}) || len(got.Events) != 0 {
		t.Errorf("got %s, %s, %+v with %d events", got.Name, got.SpanKind, got.Status, len(got.Events))
	}
	if diff := cmp.Diff(map[string]string{
		"handoff.connector": "vendor", "handoff.command": "send", "handoff.command_id": "cv_1.2.0", "handoff.attempt": "1",
		"handoff.conversation": "cv_1", "handoff.result": "retry",
	}, attributesOf(got)); diff != "" {
		t.Errorf("attributes, got (+), want (-):\n%s", diff)
	}
}

func TestRefusalIsAnAnswerAndNotAFault(t *testing.T) {
	tracer, spans := recorded(sdk.AlwaysSample())
	for _, err := range []error{
		nil, orchestrator.ErrConflict, orchestrator.ErrNotFound, &orchestrator.Rejection{Code: orchestrator.CodeNotInControl},
	} {
		_, end := tracer.Start(t.Context(), orchestrator.Traced{Name: "receive", Event: orchestrator.EventMessage})
		end("cv_1", err)
	}
	var results []string
	for _, span := range spans.GetSpans() {
		results = append(results, attributesOf(span)["handoff.result"])
		if span.Status.Code == codes.Error {
			t.Errorf("%s is told as a fault", results[len(results)-1])
		}
	}
	if diff := cmp.Diff([]string{"ok", "conflict", "not-found", orchestrator.CodeNotInControl}, results); diff != "" {
		t.Errorf("results, got (+), want (-):\n%s", diff)
	}
}

func TestMarkLeadsOnToTheSameTrace(t *testing.T) {
	tracer, spans := recorded(sdk.AlwaysSample())
	ctx, end := tracer.Start(t.Context(), orchestrator.Traced{Name: "commit"})
	mark := tracer.Mark(ctx)
	end("cv_1", nil)
	_, end = tracer.Start(tracer.Under(context.Background(), mark), orchestrator.Traced{Name: "call", Command: "open"})
	end("cv_1", nil)
	first, second := spans.GetSpans()[0], spans.GetSpans()[1]
	if second.Parent.SpanID() != first.SpanContext.SpanID() || second.Parent.TraceID() != first.SpanContext.TraceID() {
		t.Errorf("the call is below %v, want %v", second.Parent, first.SpanContext)
	}
	silent, _ := recorded(sdk.NeverSample())
	ctx, end = silent.Start(t.Context(), orchestrator.Traced{Name: "commit"})
	end("cv_1", nil)
	if mark := silent.Mark(ctx); mark != "" || silent.Under(ctx, mark) != ctx {
		t.Errorf("a span that nobody writes down leaves the mark %q", mark)
	}
}

func TestRequestsAreTracedByRouteAndProbesAreNot(t *testing.T) {
	tracer, spans := recorded(sdk.AlwaysSample())
	r := newRig(t, func(o *Options) { o.Tracer = tracer })
	r.bot().get("/v1/conversations/cv_00_nosuch?secret=word").problem(t, 404, codeUnknownConv)
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/openapi.json"} {
		r.anybody().get(path)
	}
	r.stop() // the span ends behind the answer
	all := spans.GetSpans()
	if len(all) != 1 {
		t.Fatalf("%d spans, want one: %+v", len(all), all)
	}
	got := attributesOf(all[0])
	delete(got, "handoff.request_id")
	if diff := cmp.Diff(map[string]string{
		"http.request.method": "GET", "http.route": "/v1/conversations/:id",
		"http.response.status_code": "404", "handoff.result": codeUnknownConv,
	}, got); diff != "" {
		t.Errorf("attributes, got (+), want (-):\n%s", diff)
	}
}
