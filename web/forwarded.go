package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// forwarded lets the trusted proxies say who calls, and over what. Without any, the peer is who calls; the scheme, of which
// nothing but the address of a frame is made, is believed of peers on this machine and in private networks.
func (s *Server) forwarded(e *echo.Echo) {
	trusted := trustedProxies(s.options.TrustedProxies)
	e.IPExtractor = trusted.caller
	if len(trusted) == 0 {
		return
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{
			IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		}))
	}
	e.SchemeExtractor = echo.ExtractSchemeFromHeaders(trust...)
}

// trustedProxies are the networks whose X-Forwarded-For is believed.
type trustedProxies []netip.Prefix

func (t trustedProxies) contain(ip netip.Addr) bool {
	for _, prefix := range t {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// caller is the address of whoever called the outermost trusted proxy. Each proxy appends its own peer, so the header is read
// from its end, for as long as the one who wrote an entry is trusted. An entry that is no address ends the way: who stands
// before it is not known, and the proxy that wrote it answers for the request.
func (t trustedProxies) caller(r *http.Request) string {
	at, ok := hopAddress(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	if !t.contain(at) {
		return at.String()
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0 && t.contain(at); i-- {
		before, ok := hopAddress(hops[i])
		if !ok {
			break
		}
		at = before
	}
	return at.String()
}

// hopAddress reads one entry as proxies write it: an address, with or without a port, an IPv6 one in brackets where a port
// may follow, and any of these in quotes (RFC 7239). The port says nothing about who calls.
func hopAddress(entry string) (netip.Addr, bool) {
	entry = strings.Trim(strings.TrimSpace(entry), `"`)
	if withPort, err := netip.ParseAddrPort(entry); err == nil {
		return plainAddress(withPort.Addr()), true
	}
	if inner, ok := strings.CutPrefix(entry, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); !ok || !strings.Contains(inner, ":") {
			return netip.Addr{}, false
		}
		entry = inner
	}
	ip, err := netip.ParseAddr(entry)
	return plainAddress(ip), err == nil
}

// plainAddress is one and the same for each way to write it: without a zone, and IPv4 as such.
func plainAddress(ip netip.Addr) netip.Addr { return ip.Unmap().WithZone("") }
