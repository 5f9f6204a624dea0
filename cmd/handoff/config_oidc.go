package main

import (
	"net"
	"net/url"
	"strings"

	"handoff/web"
)

// oidcCallback is the path to which a provider sends browsers back.
const oidcCallback = "/login/oidc/callback"

func checkOIDC(service *Config, found *problems) {
	cfg := &service.OIDC
	if cfg.Issuer == "" {
		if cfg.ClientID != "" || cfg.ClientSecret != "" || cfg.RedirectURL != "" || len(cfg.Roles) > 0 {
			found.add("oidc.issuer", "is missing")
		}
		return
	}
	if u, err := url.Parse(cfg.Issuer); err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || !encrypted(u) {
		found.add("oidc.issuer", "%q is not an address like https://login.example/realm; http is taken on loopback only", cfg.Issuer)
	}
	callback := service.callbackPath()
	u, err := url.Parse(service.redirectURL())
	if err != nil || u.Host == "" || u.Path != callback || u.RawQuery != "" || !encrypted(u) {
		found.add("oidc.redirect_url", "must be this service's address with the path %s, as in https://handoff.example%s", callback, callback)
	}
	for path, value := range map[string]string{
		"oidc.client_id": cfg.ClientID, "oidc.role_claim": cfg.RoleClaim, "oidc.name_claim": cfg.NameClaim,
	} {
		if value == "" {
			found.add(path, "is missing")
		}
	}
	if len(cfg.Roles) == 0 {
		found.add("oidc.roles", "is missing: nobody could sign in")
	}
	if _, empty := cfg.Roles[""]; empty {
		found.add("oidc.roles", "has an empty value, which a provider may give to anybody")
	}
	for _, value := range sortedKeys(cfg.Roles) {
		checkOneOf(found, "oidc.roles."+value, cfg.Roles[value], userRoles())
	}
}

// callbackPath is the path of the redirect URL.
func (c *Config) callbackPath() string {
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return oidcCallback
	}
	return strings.TrimSuffix(u.Path, "/") + oidcCallback
}

// redirectURL is where a provider sends browsers back.
func (c *Config) redirectURL() string {
	if c.OIDC.RedirectURL == "" && c.BaseURL != "" {
		return strings.TrimSuffix(c.BaseURL, "/") + oidcCallback
	}
	return c.OIDC.RedirectURL
}

// encrypted: a secret may go there.
func encrypted(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || (u.Scheme == "http" && (u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())))
}

// userRoles are the roles that people may have.
func userRoles() []string {
	return []string{string(web.RoleAgent), string(web.RoleSupervisor), string(web.RoleAdmin)}
}

// webOIDC is the provider as the HTTP interface takes it; nil: none.
func (l *loaded) webOIDC() *web.OIDC {
	cfg := l.OIDC
	if cfg.Issuer == "" {
		return nil
	}
	o := web.OIDC{
		Issuer: cfg.Issuer, ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret.Reveal(), RedirectURL: l.redirectURL(),
		RoleClaim: cfg.RoleClaim, NameClaim: cfg.NameClaim, Roles: map[string]web.Role{},
	}
	for value, role := range cfg.Roles {
		o.Roles[value] = web.Role(role)
	}
	return &o
}
