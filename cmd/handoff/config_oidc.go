package main

import (
	"net"
	"net/url"

	"handoff/web"
)

// oidcCallback is the path to which a provider sends browsers back.
const oidcCallback = "/login/oidc/callback"

func checkOIDC(cfg *OIDCConfig, found *problems) {
	if cfg.Issuer == "" {
		if cfg.ClientID != "" || cfg.ClientSecret != "" || cfg.RedirectURL != "" || len(cfg.Roles) > 0 {
			found.add("oidc.issuer", "is missing")
		}
		return
	}
	if u, err := url.Parse(cfg.Issuer); err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || !encrypted(u) {
		found.add("oidc.issuer", "%q is not an address like https://login.example/realm; http is taken on loopback only", cfg.Issuer)
	}
	u, err := url.Parse(cfg.RedirectURL)
	if err != nil || u.Host == "" || u.Path != oidcCallback || u.RawQuery != "" || !encrypted(u) {
		found.add("oidc.redirect_url", "must be this service's address with the path %s, as in https://handoff.example%s", oidcCallback, oidcCallback)
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
		Issuer: cfg.Issuer, ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret.Reveal(), RedirectURL: cfg.RedirectURL,
		RoleClaim: cfg.RoleClaim, NameClaim: cfg.NameClaim, Roles: map[string]web.Role{},
	}
	for value, role := range cfg.Roles {
		o.Roles[value] = web.Role(role)
	}
	return &o
}
