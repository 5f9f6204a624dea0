package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"handoff/orchestrator"
)

var _ orchestrator.Metrics = (*Metrics)(nil)

// Metrics counts what the engine and the interface do, for Prometheus.
type Metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	store    atomic.Pointer[orchestrator.Store]

	events, steps, calls, delivered, swept, requests, botFailures *prometheus.CounterVec
	eventTime, callTime, slotTime, deliveryTime, requestTime      *prometheus.HistogramVec
	conflicts, refusedSends                                       prometheus.Counter
	sweepLag, sweepTook, archiveDown                              prometheus.Gauge
	streams                                                       *prometheus.GaugeVec
}

// namespace begins every name.
const namespace = "handoff"

// Buckets in seconds: what stays in the house, and what waits for others.
var (
	quick = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}
	slow  = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
)

// NewMetrics makes the counters, registered with a registry of their own together with those of Go and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		events:      counter("events_total", "Events received, by type and result.", "event", "result"),
		steps:       counter("steps_total", "Entries committed to timelines.", "flow", "event", "from", "to"),
		calls:       counter("connector_calls_total", "Calls to bots and desks.", "connector", "command", "outcome"),
		delivered:   counter("deliveries_total", "Commands off their lanes, by how.", "command", "how"),
		swept:       counter("sweep_items_total", "What the sweeps of this process did.", "what"),
		botFailures: counter("bot_failures_total", "Conversations for which a bot has failed, by why.", "bot", "reason"),
		requests:    counter("http_requests_total", "Requests answered.", "operation", "status"),

		eventTime:    histogram("event_seconds", "Time to take an event.", quick, "event"),
		callTime:     histogram("connector_call_seconds", "Time of one call to a bot or desk.", slow, "connector", "command"),
		slotTime:     histogram("connector_slot_seconds", "Time for which calls waited for one of our slots.", slow, "connector"),
		deliveryTime: histogram("delivery_seconds", "Time from a command's decision to its end.", slow, "command"),
		requestTime:  histogram("http_request_seconds", "Time to answer; a feed counts until it ends.", quick, "operation"),

		conflicts:    prometheus.NewCounter(opts("commit_conflicts_total", "Commits lost against another process.")),
		refusedSends: prometheus.NewCounter(opts("refused_sends_total", "Words of speakers who did not control.")),
		sweepLag:     gauge("sweep_lag_seconds", "Age of the oldest deadline that the last sweep found overdue."),
		sweepTook:    gauge("sweep_seconds", "Duration of the last sweep."),
		archiveDown:  gauge("archive_down", "1 while the archive takes nothing, as on a full disk."),
		streams: prometheus.NewGaugeVec(
			prometheus.GaugeOpts{Namespace: namespace, Name: "streams", Help: "Open streams."}, []string{"kind"}),
	}
	m.registry.MustRegister(m.events, m.steps, m.calls, m.delivered, m.swept, m.requests, m.botFailures, m.eventTime, m.callTime,
		m.slotTime, m.deliveryTime, m.requestTime, m.conflicts, m.refusedSends, m.sweepLag, m.sweepTook, m.archiveDown, m.streams,
		(*population)(m), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return m
}

func opts(name, help string) prometheus.CounterOpts {
	return prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(opts(name, help), labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(
		prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}

// Received counts one call of Receive.
func (m *Metrics) Received(event orchestrator.EventType, err error, took time.Duration) {
	m.events.WithLabelValues(string(event), resultOf(err)).Inc()
	m.eventTime.WithLabelValues(string(event)).Observe(took.Seconds())
}

// resultOf is "ok" or the class of an error: a code, never a text.
func resultOf(err error) string {
	if err == nil {
		return "ok" // without the two allocations below
	}
	var rejection *orchestrator.Rejection
	var input *orchestrator.InputError
	switch {
	case errors.As(err, &rejection):
		return rejection.Code
	case errors.As(err, &input):
		return input.Code
	case errors.Is(err, orchestrator.ErrNotFound):
		return "not-found"
	case errors.Is(err, context.Canceled):
		return codeClientGone
	}
	return "error"
}

// Conflict counts a commit that another process won.
func (m *Metrics) Conflict() { m.conflicts.Inc() }

// Step counts an entry.
func (m *Metrics) Step(flow string, e *orchestrator.Entry) {
	m.steps.WithLabelValues(flow, string(e.Event.Type), string(e.From), string(e.To)).Inc()
	if e.Event.Type == orchestrator.EventMessageRefused {
		m.refusedSends.Inc()
	}
}

// Called counts one call of a connector.
func (m *Metrics) Called(connector orchestrator.ConnectorName, command orchestrator.CommandType, outcome string,
	took time.Duration) {
	m.calls.WithLabelValues(string(connector), string(command), outcome).Inc()
	m.callTime.WithLabelValues(string(connector), string(command)).Observe(took.Seconds())
}

// Waited counts a call that waited for a slot.
func (m *Metrics) Waited(connector orchestrator.ConnectorName, took time.Duration) {
	m.slotTime.WithLabelValues(string(connector)).Observe(took.Seconds())
}

// BotFailed counts a conversation for which a bot has failed.
func (m *Metrics) BotFailed(bot orchestrator.ConnectorName, why orchestrator.BotFailure) {
	m.botFailures.WithLabelValues(string(bot), string(why)).Inc()
}

// Delivered counts a command that is off its lane.
func (m *Metrics) Delivered(command orchestrator.CommandType, how string, waited time.Duration) {
	m.delivered.WithLabelValues(string(command), how).Inc()
	m.deliveryTime.WithLabelValues(string(command)).Observe(waited.Seconds())
}

// Swept counts what a sweep did.
func (m *Metrics) Swept(s orchestrator.Sweep) {
	for what, n := range map[string]int{
		"checked": s.Checked, "fired": s.Fired, "reaped": s.Reaped, "repaired": s.Repaired, "rearmed": s.Rearmed,
		"tidied": s.Tidied, "claimed": s.Claimed, "retired": s.Retired, "erased": s.Erased, "recounted": s.Recounted, "moved": s.Moved, "lost": s.Lost,
		"failed": s.Failed,
	} {
		m.swept.WithLabelValues(what).Add(float64(n))
	}
	m.sweepLag.Set(s.Lag.Seconds())
	m.sweepTook.Set(s.Took.Seconds())
	down := 0.0
	if s.ArchiveDown {
		down = 1
	}
	m.archiveDown.Set(down)
}

func (m *Metrics) request(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(operation, statusText(status)).Inc()
	m.requestTime.WithLabelValues(operation).Observe(took.Seconds())
}

// statusTexts are the statuses as labels, written down once: a request writes none.
var statusTexts = func() (texts [600]string) {
	for status := range texts {
		texts[status] = strconv.Itoa(status)
	}
	return texts
}()

func statusText(status int) string {
	if status < 0 || status >= len(statusTexts) {
		return "0"
	}
	return statusTexts[status]
}

func (m *Metrics) streamOpened(kind string) { m.streams.WithLabelValues(kind).Inc() }
func (m *Metrics) streamClosed(kind string) { m.streams.WithLabelValues(kind).Dec() }

// watch lets the exporter ask the store how many conversations stand where.
func (m *Metrics) watch(store orchestrator.Store) { m.store.Store(&store) }

// population collects the conversations by state at each scrape.
type population Metrics

var populationDesc = prometheus.NewDesc("handoff_conversations", "Live conversations, by state.", []string{"state"},
	nil)

// Describe implements prometheus.Collector.
func (p *population) Describe(ch chan<- *prometheus.Desc) { ch <- populationDesc }

// Collect implements prometheus.Collector.
func (p *population) Collect(ch chan<- prometheus.Metric) {
	store := p.store.Load()
	if store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), ReadyTimeout)
	defer cancel()
	counts, err := (*store).Counts(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(populationDesc, err)
		return
	}
	for _, state := range orchestrator.LiveStates() {
		ch <- prometheus.MustNewConstMetric(populationDesc, prometheus.GaugeValue, float64(counts[state].Count),
			string(state))
	}
}

// getMetrics answers GET /metrics.
func (s *Server) getMetrics(c *call) error {
	if s.options.MetricsElsewhere {
		return refusal(codeNotFound, "the metrics are at an address of their own")
	}
	s.metrics.handler.ServeHTTP(c.Response(), c.Request())
	return nil
}
