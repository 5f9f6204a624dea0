package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"handoff/orchestrator"
	"handoff/web"
)

// tracesPath is where a collector takes traces over OTLP/HTTP, unless tracing.endpoint has a path.
const tracesPath = "/v1/traces"

// openTracing answers what writes spans, and how it is stopped: what waits is sent. Without an endpoint both are nil.
func openTracing(
	ctx context.Context, cfg TracingConfig, node orchestrator.NodeID, log *slog.Logger,
) (*web.Tracer, func(context.Context) error, error) {
	if cfg.Endpoint == "" {
		return nil, nil, nil
	}
	endpoint, err := tracingEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, nil, fmt.Errorf("tracing.endpoint: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, nil, fmt.Errorf("tracing.endpoint: %w", err)
	}
	// OpenTelemetry knows one handler for the whole process. It hears when the collector does not answer.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces are not sent", "error", err) }))
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(cfg.Sample))),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "handoff"), attribute.String("service.version", versionString()),
			attribute.String("service.instance.id", string(node)))),
	)
	return web.NewTracer(provider), provider.Shutdown, nil
}

// tracingEndpoint is the address with its path. It has no user: credentials go into OTEL_EXPORTER_OTLP_HEADERS, which is not
// shown.
func tracingEndpoint(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", fmt.Errorf("must be an address as in http://127.0.0.1:4318")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("must have neither a user nor a query; credentials go into OTEL_EXPORTER_OTLP_HEADERS")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = tracesPath
	}
	return u.String(), nil
}
