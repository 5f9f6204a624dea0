package outbound

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"code.dny.dev/ssrf"
)

// Bounds of the phases of a call, and of the pool. Many conversations talk to one host, so as many connections as calls run
// at a time are kept: Go's default of two would open and close one for nearly every call. How many are open at a time is not
// bounded here: a call that waited for a connection would lose its own time with that. Whoever makes calls bounds them before
// they begin.
const (
	dialTimeout      = 3 * time.Second
	tlsTimeout       = 5 * time.Second
	idleTimeout      = 90 * time.Second
	keepAlive        = 30 * time.Second
	maxIdlePerHost   = 256
	maxIdle          = 512
	maxHeaderAnswer  = 64 << 10
	writeBufferBytes = 16 << 10
)

// newTransport never asks a proxy: with one between, the address that is dialled would not be the receiver's.
func newTransport(allowPrivate bool, roots *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}
	if !allowPrivate {
		dialer.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        roots,
		TLSHandshakeTimeout:    tlsTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderAnswer,
		WriteBufferSize:        writeBufferBytes,
	}
}
