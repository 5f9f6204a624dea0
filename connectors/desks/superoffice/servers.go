package superoffice

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

// findTenant asks where the tenant of SuperOffice Online is now: the subdomain changes from time to time.
func (b *base) findTenant(ctx context.Context, s *login) error {
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
