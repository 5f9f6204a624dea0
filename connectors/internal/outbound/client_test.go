package outbound_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

var start = time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC)

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func open(t *testing.T, o outbound.Options) (*outbound.Client, *orchestrator.StepClock) {
	t.Helper()
	clock := orchestrator.NewStepClock(start)
	o.Connector, o.Clock = "shop", clock
	c := outbound.New(o)
	t.Cleanup(c.Close)
	return c, clock
}

func to(t *testing.T, address string) *outbound.Call {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return &outbound.Call{Op: "send", URL: u, Body: []byte(`{}`), StatusOnly: true}
}

func failure(t *testing.T, err error) *orchestrator.ConnectorError {
	t.Helper()
	var ce *orchestrator.ConnectorError
	if !errors.As(err, &ce) {
		t.Fatalf("%v is no connector error", err)
	}
	return ce
}

func TestCallCarriesTheTraceItBelongsTo(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Came-With", r.Header.Get("Traceparent"))
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	for _, traceparent := range []string{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""} {
		ctx := t.Context()
		if traceparent != "" {
			ctx = orchestrator.WithTraceparent(ctx, traceparent)
		}
		res, err := client.Do(ctx, to(t, server.URL))
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Came-With"); got != traceparent {
			t.Errorf("the call came with %q, want %q", got, traceparent)
		}
	}
}

func TestRetryAfterIsHonouredInBothForms(t *testing.T) {
	var after atomic.Value
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", after.Load().(string))
		if r.URL.Path == "/slow-down" {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	for value, want := range map[string]time.Duration{
		"17": 17 * time.Second, " 3 ": 3 * time.Second, "0": 0, "-1": 0, "soon": 0, "": 0, "99999999": outbound.MaxRetryAfter,
		start.Add(2 * time.Minute).Format(http.TimeFormat): 2 * time.Minute,
		start.Add(-time.Minute).Format(http.TimeFormat):    0,
		start.Add(900 * time.Hour).Format(http.TimeFormat): outbound.MaxRetryAfter,
	} {
		for _, path := range []string{"/slow-down", "/busy"} {
			after.Store(value)
			_, err := client.Do(t.Context(), to(t, server.URL+path))
			if got := failure(t, err).RetryAfter; got != want {
				t.Errorf("%s %q: %v, want %v", path, value, got, want)
			}
		}
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var calls atomic.Int32
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "/again", http.StatusPermanentRedirect)
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	_, err := client.Do(t.Context(), to(t, server.URL))
	if ce := failure(t, err); ce.Code != "redirect" || calls.Load() != 1 {
		t.Errorf("%v after %d calls", ce, calls.Load())
	}
}

func TestATimeOutAfterTheRequestWasWrittenIsUnknown(t *testing.T) {
	acted, release := make(chan struct{}), make(chan struct{})
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(acted)
		<-release
	})
	defer close(release)
	client, clock := open(t, outbound.Options{AllowPrivate: true})
	go func() {
		<-acted
		clock.Advance(outbound.DefaultTimeout)
	}()
	_, err := client.Do(t.Context(), to(t, server.URL))
	if ce := failure(t, err); ce.Outcome != orchestrator.OutcomeUnknown || ce.Code != "timeout" {
		t.Errorf("%v (%v)", ce, ce.Outcome)
	}
}

func TestACutAfterTheRequestWasWrittenIsUnknown(t *testing.T) {
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	_, err := client.Do(t.Context(), to(t, server.URL))
	if ce := failure(t, err); ce.Outcome != orchestrator.OutcomeUnknown || ce.Status != 0 {
		t.Errorf("%v (%v)", ce, ce.Outcome)
	}
}

func TestAnAnswerThatIsCutIsUnknownUnlessItsStatusIsAllThatCounts(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	call := to(t, server.URL)
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Errorf("the status was 200: %v", err)
	}
	call.StatusOnly = false
	_, err := client.Do(t.Context(), call)
	if ce := failure(t, err); ce.Outcome != orchestrator.OutcomeUnknown || ce.Code != "answer-cut" {
		t.Errorf("%v (%v)", ce, ce.Outcome)
	}
}

func TestWhatNeverLeftCanBeTriedAgain(t *testing.T) {
	gone := serve(t, func(http.ResponseWriter, *http.Request) {})
	gone.Close()
	noTLS := serve(t, func(http.ResponseWriter, *http.Request) {})
	private := httptest.NewUnstartedServer(http.NotFoundHandler())
	private.Config.ErrorLog = log.New(io.Discard, "", 0)
	private.StartTLS()
	t.Cleanup(private.Close)
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	for name, tc := range map[string]struct{ url, code string }{
		"refused":                 {gone.URL, "connection"},
		"no such host":            {"http://nobody.invalid/", "dns"},
		"no TLS":                  {strings.Replace(noTLS.URL, "http:", "https:", 1), "tls"},
		"untrusted certificate":   {private.URL, "tls"},
		"not a port that listens": {"http://127.0.0.1:1/", "connection"},
	} {
		_, err := client.Do(t.Context(), to(t, tc.url))
		if ce := failure(t, err); ce.Outcome != orchestrator.OutcomeRetry || ce.Code != tc.code {
			t.Errorf("%s: %v (%v), want %s", name, ce, ce.Outcome, tc.code)
		}
	}
}

func TestACancelledCallReturnsAtOnce(t *testing.T) {
	acted, release := make(chan struct{}), make(chan struct{})
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(acted)
		<-release
	})
	defer close(release)
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-acted
		cancel()
	}()
	_, err := client.Do(ctx, to(t, server.URL))
	if ce := failure(t, err); ce.Outcome != orchestrator.OutcomeUnknown || ce.Code != "cancelled" || !errors.Is(err, context.Canceled) {
		t.Errorf("%v (%v)", ce, ce.Outcome)
	}
	_, err = client.Do(ctx, to(t, server.URL))
	if ce := failure(t, err); ce.Outcome != orchestrator.OutcomeRetry || ce.Code != "cancelled" {
		t.Errorf("cancelled before: %v (%v)", ce, ce.Outcome)
	}
}

func TestPrivateAddressesAreRefusedUnlessAllowed(t *testing.T) {
	var calls atomic.Int32
	server := serve(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client, _ := open(t, outbound.Options{})
	webhooks, _ := open(t, outbound.Options{Rules: outbound.Webhooks})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fe80::1]",
		"0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"} {
		_, err := client.Do(t.Context(), to(t, "http://"+net.JoinHostPort(strings.Trim(host, "[]"), port)+"/"))
		ce := failure(t, err)
		if ce.Outcome != orchestrator.OutcomePermanent && ce.Code != "dns" {
			t.Errorf("%s: %v (%v)", host, ce, ce.Outcome)
		}
		_, err = webhooks.Do(t.Context(), to(t, "http://"+net.JoinHostPort(strings.Trim(host, "[]"), port)+"/"))
		if ce := failure(t, err); ce.Outcome != orchestrator.OutcomeRetry {
			t.Errorf("a webhook to %s: %v (%v), want another try", host, ce, ce.Outcome)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("%d calls arrived", calls.Load())
	}
}

func TestSizesAreBounded(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/failing" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 300))
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true, MaxRequest: 10, MaxResponse: 100})
	call := to(t, server.URL)
	call.Body = []byte("eleven byte")
	_, err := client.Do(t.Context(), call)
	if ce := failure(t, err); ce.Code != "too-large" || ce.Outcome != orchestrator.OutcomePermanent {
		t.Errorf("request: %v", ce)
	}
	call = to(t, server.URL)
	call.StatusOnly = false
	_, err = client.Do(t.Context(), call)
	if ce := failure(t, err); ce.Code != "answer-too-large" || ce.Outcome != orchestrator.OutcomeUnknown {
		t.Errorf("answer: %v", ce)
	}
	call = to(t, server.URL+"/failing")
	res, err := client.Do(t.Context(), call)
	if ce := failure(t, err); ce.Status != http.StatusTeapot || len(res.Body) != 100 {
		t.Errorf("failing answer: %v with %d bytes", ce, len(res.Body))
	}
}

func TestNoSecretIsInAnyError(t *testing.T) {
	client, _ := open(t, outbound.Options{AllowPrivate: true, Secrets: []string{secret, "bearer-key-1"}})
	for _, address := range []string{
		"http://ann:hunter22@nobody.invalid/in?key=bearer-key-1#x",
		"http://bearer-key-1.invalid/",
		"http://MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=.invalid/",
		"gopher://ann:hunter22@nobody.invalid/in?key=bearer-key-1",
	} {
		_, err := client.Do(t.Context(), to(t, address))
		ce := failure(t, err)
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", ce), fmt.Sprintf("%#v", ce.Err)} {
			for _, s := range []string{"hunter22", "bearer-key-1", "MDEyMzQ1", "0123456789abcdef"} {
				if strings.Contains(text, s) {
					t.Errorf("%q is in %q", s, text)
				}
			}
		}
	}
}

func TestUserAndPasswordOfTheURLAreBasicAuthentication(t *testing.T) {
	var user, password string
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { user, password, _ = r.BasicAuth() })
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	if _, err := client.Do(t.Context(), to(t, strings.Replace(server.URL, "http://", "http://ann:hunter22@", 1))); err != nil {
		t.Fatal(err)
	}
	if user != "ann" || password != "hunter22" {
		t.Errorf("user %q, password %q", user, password)
	}
}

func TestManyConversationsShareConnections(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>not read</html>")
	}))
	var connections atomic.Int32
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.EnableHTTP2 = false
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	client, _ := open(t, outbound.Options{AllowPrivate: true, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}})
	const conversations, words = 16, 25
	var wg sync.WaitGroup
	for range conversations {
		wg.Go(func() {
			for range words {
				if _, err := client.Do(t.Context(), to(t, server.URL)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// The transport may dial a little ahead of need; without pooling there would be 400.
	if n := connections.Load(); n > 4*conversations {
		t.Errorf("%d connections for %d calls", n, conversations*words)
	}
}

func TestACallThatTakesSomethingOffIsMadeOnce(t *testing.T) {
	var made atomic.Int32
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			t.Errorf("a GET without a body has one of %d bytes", r.ContentLength)
		}
		if made.Add(1) == 2 { // the connection has been used before, so net/http would try again
			panic(http.ErrAbortHandler)
		}
	})
	client, _ := open(t, outbound.Options{AllowPrivate: true})
	poll := func() error {
		call := to(t, server.URL)
		call.Method, call.Body, call.Once = http.MethodGet, nil, true
		_, err := client.Do(t.Context(), call)
		return err
	}
	if err := poll(); err != nil {
		t.Fatal(err)
	}
	if err := poll(); orchestrator.OutcomeOf(err) != orchestrator.OutcomeUnknown || made.Load() != 2 {
		t.Errorf("the lost answer is %v after %d calls, want unknown after 2", err, made.Load())
	}
}

func TestAPathReachesTheWireWithItsSlash(t *testing.T) {
	got := make(chan string, 1)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { got <- r.RequestURI })
	c, _ := open(t, outbound.Options{AllowPrivate: true})
	call := to(t, s.URL)
	call.URL.Path, call.URL.RawPath, call.URL.RawQuery = "api/v2/a/b", "api/v2/a%2Fb", "fields=*"
	if _, err := c.Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if uri := <-got; uri != "/api/v2/a%2Fb?fields=*" {
		t.Errorf("asked for %q", uri)
	}
}
