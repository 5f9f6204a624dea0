package superoffice

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// held is the session as it is kept for all processes: where the tenant is, and the ticket of a system user. Other ways to
// log in take their credentials from the configuration; Since tells one session from the next.
type held struct {
	API    string              `json:"api"` // "https://online2.superoffice.com/Cust12345/api"
	Ticket string              `json:"ticket,omitempty"`
	Since  orchestrator.Moment `json:"since"`
	Number int64               `json:"number"`
	// Until is when the tenant's address has to be asked again; 0: it is configured.
	Until orchestrator.Moment `json:"until,omitzero"`
}

func decodeSession(b []byte) (*held, error) {
	var s held
	if err := json.Unmarshal(b, &s); err != nil || s.API == "" {
		return nil, errors.New("the session that is kept cannot be read")
	}
	return &s, nil
}

// authorization is the header of that name.
func (b *base) authorization(s *held) string {
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
	s := &held{API: strings.TrimRight(b.config.URL, "/") + "/api", Since: b.Now(), Number: b.logins}
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

// Logout has nothing to do: a ticket is not given back, it runs out.
func (account) Logout(context.Context, []byte) error { return nil }

// whoAmI asks whether configured credentials are accepted.
func (b *base) whoAmI(ctx context.Context, s *held) error {
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

// findTenant asks where the tenant of SuperOffice Online is now: the subdomain changes from time to time.
func (b *base) findTenant(ctx context.Context, s *held) error {
	var state struct {
		API        string `json:"Api"`
		State      string
		IsRunning  bool
		ValidUntil when
	}
	if err := b.login(ctx, http.MethodGet, "/api/state/"+b.config.Tenant, nil, &state); err != nil {
		return err
	}
	if !state.IsRunning {
		return fmt.Errorf("the tenant is not running: %.40q", state.State)
	}
	if err := b.checkMove(state.API); err != nil {
		return err
	}
	s.API, s.Until = strings.TrimRight(state.API, "/"), orchestrator.Moment(state.ValidUntil)
	return nil
}

// checkMove lets an address that the vendor tells be used only below the domain that is configured: "online2.superoffice.com"
// beside "online.superoffice.com". Our credentials go there.
func (b *base) checkMove(address string) error {
	next, err := settings.Root(address, b.config.AllowPrivate)
	if err != nil {
		return fmt.Errorf("the tenant's address %w", err)
	}
	known, err := settings.Root(b.config.LoginURL, b.config.AllowPrivate)
	if err != nil {
		return fmt.Errorf("login_url %w", err)
	}
	if next.Hostname() == known.Hostname() {
		return nil
	}
	_, domain, ok := strings.Cut(known.Hostname(), ".")
	if !ok || !strings.Contains(domain, ".") || !strings.HasSuffix(next.Hostname(), "."+domain) {
		return errors.New("the tenant's address is not below the domain of login_url")
	}
	return nil
}

// systemTicket signs the system user's token and exchanges it for a ticket.
func (b *base) systemTicket(ctx context.Context) (string, error) {
	signed, err := b.signedToken()
	if err != nil {
		return "", err
	}
	var answer struct {
		IsSuccessful bool
		Token        string
	}
	if err := b.login(ctx, http.MethodPost, "/Login/api/PartnerSystemUser/Authenticate", map[string]string{
		"SignedSystemToken": signed, "ApplicationToken": b.config.AppToken, "ContextIdentifier": b.config.Tenant,
		"ReturnTokenType": "JWT",
	}, &answer); err != nil {
		return "", err
	}
	if !answer.IsSuccessful || answer.Token == "" {
		return "", errors.Join(session.ErrRefused, errors.New("the system user's token or the application's is not accepted"))
	}
	return b.ticketOf(ctx, answer.Token)
}

// signedToken is token.yyyyMMddHHmm.signature: the vendor refuses a time that is too far from its own.
func (b *base) signedToken() (string, error) {
	key, err := parseKey(b.config.PrivateKey)
	if err != nil {
		return "", err
	}
	data := b.config.SystemToken + "." + b.Clock.Now().UTC().Format("200601021504")
	sum := sha256.Sum256([]byte(data))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("the private key cannot sign")
	}
	return data + "." + base64.StdEncoding.EncodeToString(signature), nil
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
		return fmt.Errorf("login: %w", errUnclear)
	}
	return nil
}

// parseKey reads an RSA key in PEM, as PKCS #1 or PKCS #8.
func parseKey(text string) (*rsa.PrivateKey, error) {
	if len(text) > maxKey {
		return nil, fmt.Errorf("must have at most %d characters", maxKey)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("must be an RSA key in PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if key, ok := parsed.(*rsa.PrivateKey); ok {
			return key, nil
		}
	}
	return nil, errors.New("must be an RSA key in PEM")
}
