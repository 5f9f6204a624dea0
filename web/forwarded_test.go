package web

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestCallersAddressIsReadAsProxiesWriteIt(t *testing.T) {
	proxies := trustedProxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	for _, row := range []struct {
		name, peer string
		header     []string
		want       string
	}{
		{"no header", "10.0.0.1:443", nil, "10.0.0.1"},
		{"empty header", "10.0.0.1:443", []string{""}, "10.0.0.1"},
		{"address", "10.0.0.1:443", []string{"203.0.113.7"}, "203.0.113.7"},
		{"address and port", "10.0.0.1:443", []string{"203.0.113.7:51234"}, "203.0.113.7"},
		{"IPv6", "10.0.0.1:443", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 written long", "10.0.0.1:443", []string{"2001:0db8:0:0::0007"}, "2001:db8::7"},
		{"IPv6 in brackets", "10.0.0.1:443", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 in brackets and port", "10.0.0.1:443", []string{"[2001:db8::7]:51234"}, "2001:db8::7"},
		{"IPv6 in brackets, port and quotes", "10.0.0.1:443", []string{`"[2001:db8::7]:51234"`}, "2001:db8::7"},
		{"IPv6 with a zone", "10.0.0.1:443", []string{"[fe80::1%eth0]:1"}, "fe80::1"},
		{"IPv4 written as IPv6", "10.0.0.1:443", []string{"[::ffff:203.0.113.7]:1"}, "203.0.113.7"},
		{"peer over IPv6", "[2001:db8:ffff::1]:443", []string{"203.0.113.7:1"}, "203.0.113.7"},
		{"peer that is not trusted", "192.0.2.1:443", []string{"203.0.113.7"}, "192.0.2.1"},
		{"forged first entry", "10.0.0.1:443", []string{"198.51.100.1, 203.0.113.7:9"}, "203.0.113.7"},
		{"two trusted proxies", "10.0.0.1:443", []string{"203.0.113.7:9, 10.9.9.9:80"}, "203.0.113.7"},
		{"two lines", "10.0.0.1:443", []string{"203.0.113.7:9", "[2001:db8:ffff::2]:80"}, "203.0.113.7"},
		{"trusted proxies only", "10.0.0.1:443", []string{"10.9.9.9:80,10.8.8.8"}, "10.9.9.9"},
		{"word of a trusted proxy", "10.0.0.1:443", []string{"203.0.113.7, unknown"}, "10.0.0.1"},
		{"word of a proxy further out", "10.0.0.1:443", []string{"unknown, 10.9.9.9:80"}, "10.9.9.9"},
		{"port that is none", "10.0.0.1:443", []string{"203.0.113.7:x"}, "10.0.0.1"},
		{"port that is too great", "10.0.0.1:443", []string{"203.0.113.7:65536"}, "10.0.0.1"},
		{"bracket that is not closed", "10.0.0.1:443", []string{"[2001:db8::7"}, "10.0.0.1"},
		{"IPv4 in brackets", "10.0.0.1:443", []string{"[203.0.113.7]"}, "10.0.0.1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: row.peer, Header: http.Header{}}
			if row.header != nil {
				r.Header["X-Forwarded-For"] = row.header
			}
			if got := proxies.caller(r); got != row.want {
				t.Errorf("caller %q, want %q", got, row.want)
			}
			if got := (trustedProxies{}).caller(r); row.header != nil && got == row.want && row.want != "10.0.0.1" && row.want != "192.0.2.1" {
				t.Errorf("without a trusted proxy the header is believed: %q", got)
			}
		})
	}
}

func TestEachAddressBehindAProxyHasOneBucketWhateverItsPort(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Rates.Start = Rate{0.001, 2}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	begin := func(from string) int {
		return r.anybody().post("/v1/conversations", map[string]any{"bot": "shop", "user": map[string]any{"id": "u"}},
			"Origin", shopOrigin, "X-Forwarded-For", from).status
	}
	for _, from := range []string{"203.0.113.1:4001", "203.0.113.2:4001", "203.0.113.3:4001", "[2001:db8:0:1::1]:4001", "[2001:db8:0:2::1]:4001"} {
		if got := begin(from); got != 201 {
			t.Errorf("the first customer at %s: %d", from, got)
		}
	}
	for _, again := range []struct {
		from string
		want int
	}{{"203.0.113.1:4002", 201}, {"203.0.113.1:4003", 429}, {"203.0.113.1", 429}, {"[2001:db8:0:1::2]:9", 201}, {"2001:db8:0:1::3", 429}} {
		if got := begin(again.from); got != again.want {
			t.Errorf("once more from %s: %d, want %d", again.from, got, again.want)
		}
	}
}

func FuzzHopAddressNeverTakesPartOfAnEntry(f *testing.F) {
	for _, seed := range []string{"203.0.113.7:1", "[2001:db8::7]:1", "[::1]", `"_hidden"`, "unknown", "", "::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		ip, ok := hopAddress(entry)
		if !ok {
			return
		}
		if again, ok := hopAddress(ip.String()); !ok || again != ip {
			t.Errorf("%q is read as %s, and that as %s", entry, ip, again)
		}
		if again, ok := hopAddress(netip.AddrPortFrom(ip, 4711).String()); !ok || again != ip {
			t.Errorf("%s with a port is read as %s", ip, again)
		}
	})
}
