package superoffice

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// login is the session as it is kept for all processes: where the tenant is, and the ticket of a system user. Other ways to
// log in take their credentials from the configuration; Since tells one session from the next.
type login struct {
	API    string              `json:"api"` // "https://online2.superoffice.com/Cust12345/api"
	Ticket string              `json:"ticket,omitempty"`
	Since  orchestrator.Moment `json:"since"`
	Number int64               `json:"number"`
	// Until is when the tenant's address has to be asked again; 0: it is configured.
	Until orchestrator.Moment `json:"until,omitzero"`
}

func readLogin(b []byte) (*login, error) {
	var s login
	if err := json.Unmarshal(b, &s); err != nil || s.API == "" {
		return nil, errors.New("the session that is kept cannot be read")
	}
	return &s, nil
}

// authorization is the header of that name.
func (b *base) authorization(s *login) string {
	switch {
	case b.config.SystemToken != "":
		return "SOTicket " + s.Ticket
	case b.config.Token != "":
		return "Bearer " + b.config.Token
	}
	return "Basic " + b.config.basic()
}

// account is how the keeper logs in and what it does meanwhile.
type account struct{ *base }

// Login finds the tenant and gets a ticket, or looks whether the configured credentials are accepted.
func (b account) Login(ctx context.Context) ([]byte, error) {
	b.mu.Lock()
	b.logins++
	s := &login{API: strings.TrimRight(b.config.URL, "/") + "/api", Since: b.Now(), Number: b.logins}
	b.mu.Unlock()
	if b.config.Tenant != "" && b.config.URL == "" {
		if err := b.findTenant(ctx, s); err != nil {
			return nil, err
		}
	}
	var err error
	if b.config.SystemToken != "" {
		s.Ticket, err = b.systemTicket(ctx)
	} else {
		err = b.whoAmI(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

// Serve subscribes, and reconciles every session that we know with the vendor's truth, then reads them all on a timer, because
// webhooks can be lost. It ends when a call finds the session expired, or the tenant may have moved.
func (b account) Serve(ctx context.Context, session []byte, ready func()) error {
	s, err := readLogin(session)
	if err != nil {
		return err
	}
	checked := b.Clock.Now()
	b.tryHook(ctx)
	b.listens(false)
	if err := b.reconcile(ctx); err != nil {
		return err
	}
	b.listens(true)
	ready()
	for {
		if err := b.Report.Rest(ctx, b.config.PollEvery); err != nil {
			return err
		}
		if s.Until != 0 && b.Now() >= s.Until {
			return errMoved
		}
		if now := b.Clock.Now(); now.Sub(checked) >= hookCheck {
			checked = now
			b.tryHook(ctx)
		}
		if err := b.round(ctx, false); err != nil && ctx.Err() == nil {
			b.Log.WarnContext(ctx, "not every session could be read", "error", err)
		}
	}
}

// tryHook looks at the registration of our webhook. Without it everything is heard by the timer.
func (b *base) tryHook(ctx context.Context) {
	if err := b.checkHook(ctx); err != nil && ctx.Err() == nil {
		b.Log.WarnContext(ctx, "the webhook is not registered", "error", err)
	}
}

// whoAmI asks whether configured credentials are accepted.
func (b *base) whoAmI(ctx context.Context, s *login) error {
	at, err := url.Parse(s.API + "/v1/User/currentPrincipal")
	if err != nil {
		return errors.New("url: is not a URL")
	}
	res, err := b.client.Do(ctx, &outbound.Call{Op: "login", Method: http.MethodGet, URL: at, Header: b.header(s)})
	if err != nil && res != nil && (res.Status == http.StatusUnauthorized || res.Status == http.StatusForbidden) {
		return errors.Join(session.ErrRefused, err)
	}
	return err
}

// login makes a call to the environment's own host, without a session.
func (b *base) login(ctx context.Context, method, path string, body, into any) error {
	at, err := url.Parse(strings.TrimRight(b.config.LoginURL, "/") + path)
	if err != nil {
		return errors.New("login_url: is not a URL")
	}
	call := &outbound.Call{Op: "login", Method: method, URL: at, Header: http.Header{"Accept": {"application/json"}}}
	if body != nil {
		call.Header.Set("Content-Type", "application/json")
		if call.Body, err = json.Marshal(body); err != nil {
			return err
		}
	}
	res, err := b.client.Do(ctx, call)
	if err != nil {
		if res != nil && (res.Status == http.StatusUnauthorized || res.Status == http.StatusForbidden) {
			return errors.Join(session.ErrRefused, err)
		}
		return err
	}
	if err := json.Unmarshal(res.Body, into); err != nil {
		return b.Unclear("login", err)
	}
	return nil
}
