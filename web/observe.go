package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

var errPanic = errors.New("a handler panicked")

// requestIDs are the process's own random prefix and a count: cheap, and unique among all processes.
var (
	requestPrefix = "req_" + rand.Text()[:10] + "-"
	requestCount  atomic.Uint64
)

const requestIDHeader = "X-Request-Id"

func requestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

// chooseRequestID keeps the id of a proxy in front if it is harmless.
func chooseRequestID(r *http.Request) string {
	if given := r.Header.Get(requestIDHeader); given != "" && len(given) <= 64 && values.Key(given) == "" {
		return given
	}
	return requestPrefix + strconv.FormatUint(requestCount.Add(1), 36)
}

// observe is around everything: request id, security headers, CORS, a panic's end, the problem document, log and
// metrics.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := s.clock.Now()
		h := c.Response().Header()
		h.Set(requestIDHeader, chooseRequestID(c.Request()))
		setSecurityHeaders(h)
		s.allowOrigin(c)
		end := s.options.Tracer.request(c)
		code := ""
		if err := s.recovered(next, c); err != nil {
			code = s.answerError(err, c)
		}
		end(c.Response().Status, code)
		s.account(c, code, s.clock.Now().Sub(began))
		return nil
	}
}

func (s *Server) recovered(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("a handler panicked", "route", c.Path(), "request_id", requestID(c), "panic", fmt.Sprint(r),
				"stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return next(c)
}

// answerError writes the problem document, unless the answer has begun, and answers its code.
func (s *Server) answerError(err error, c echo.Context) string {
	p := problemFor(err, c.Request())
	if c.Response().Committed {
		return p.Code
	}
	if p.Status >= 500 && p.Code != codeShuttingDown {
		s.log.Error("request failed", "route", c.Path(), "request_id", requestID(c), "error", err.Error())
	}
	p.Type, p.Instance, p.RequestID = s.base.at(p.Type), s.base.at(c.Request().URL.Path), requestID(c)
	write := func() error { return p.write(c.Response()) }
	if s.wantsPage(&p, c) {
		write = func() error { return s.pageProblem(p, c) }
	}
	if werr := write(); werr != nil {
		s.log.Debug("answer not written", "request_id", requestID(c), "error", werr.Error())
	}
	return p.Code
}

// conversationKey is under which a handler notes the conversation for the log, where the path does not name it.
const conversationKey = "conversation"

// account counts and logs a request: the route's pattern, never the query, a body or a header.
func (s *Server) account(c echo.Context, code string, took time.Duration) {
	status := c.Response().Status
	operation := s.operations[c.Path()][c.Request().Method]
	s.metrics.request(operation, status, took)
	level := slog.LevelDebug
	noted, told := c.Get(conversationKey).(orchestrator.ConversationID)
	switch {
	case status >= 500:
		level = slog.LevelWarn
	case status >= 400 && status != statusClientGone:
		level = slog.LevelInfo
	case told: // something began or moved: one line for each handoff, none for each word
		level = slog.LevelInfo
	}
	ctx := c.Request().Context()
	if !s.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.String("operation", operation),
		slog.Int("status", status), slog.Duration("took", took), slog.Int64("bytes", c.Response().Size),
		slog.String("address", c.RealIP()), slog.String("request_id", requestID(c)),
	}
	if id := c.Param("id"); values.Key(id) == "" {
		attrs = append(attrs, slog.String("conversation", id))
	} else if told {
		attrs = append(attrs, slog.String("conversation", string(noted)))
	}
	if code != "" {
		attrs = append(attrs, slog.String("code", code))
	}
	s.log.LogAttrs(ctx, level, "request", attrs...)
}

// securityHeaders go with every answer. The values are made once: this is on the way of every event.
var securityHeaders = map[string][]string{
	"Cache-Control":           {"no-store"},
	"X-Content-Type-Options":  {"nosniff"},
	"X-Frame-Options":         {"DENY"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
}

// pageHeaders go with what a browser shows, in place of or beside the others; they mean nothing to JSON.
var pageHeaders = map[string][]string{
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
	"Content-Security-Policy": {"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
}

func setSecurityHeaders(h http.Header) { maps.Copy(h, securityHeaders) }
