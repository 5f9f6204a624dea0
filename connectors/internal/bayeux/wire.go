package bayeux

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The meta channels.
const (
	metaHandshake  = "/meta/handshake"
	metaSubscribe  = "/meta/subscribe"
	metaConnect    = "/meta/connect"
	metaDisconnect = "/meta/disconnect"
)

// longPolling is the only connection type that is spoken here.
const longPolling = "long-polling"

// What advice may say about coming back.
const (
	reconnectHandshake = "handshake"
	reconnectNone      = "none"
)

// message is one message of a batch, in either direction. Event messages carry no id when the server publishes.
type message struct {
	ID             string          `json:"id,omitempty"`
	Channel        string          `json:"channel"`
	ClientID       string          `json:"clientId,omitempty"`
	Version        string          `json:"version,omitempty"`
	MinimumVersion string          `json:"minimumVersion,omitempty"`
	Types          []string        `json:"supportedConnectionTypes,omitempty"`
	Type           string          `json:"connectionType,omitempty"`
	Subscription   string          `json:"subscription,omitempty"`
	Advice         *advice         `json:"advice,omitempty"`
	Data           json.RawMessage `json:"data,omitempty"`
}

// advice is how the server wants to be asked. Absent members keep what was said last.
type advice struct {
	Reconnect string  `json:"reconnect,omitempty"`
	Interval  *uint32 `json:"interval,omitempty"` // milliseconds between two connects
	Timeout   *uint32 `json:"timeout,omitempty"`  // milliseconds for which a connect is held
}

// reply is what is read of a message that came back. Its id and subscription may be of any type and are not read: there is
// never more than one batch under way.
type reply struct {
	Channel    string          `json:"channel"`
	ClientID   string          `json:"clientId"`
	Successful *bool           `json:"successful"`
	Error      string          `json:"error"`
	Advice     *advice         `json:"advice"`
	Data       json.RawMessage `json:"data"`
}

func (r *reply) meta() bool { return strings.HasPrefix(r.Channel, "/meta/") }

// fault answers why a message was refused, nil if it was not. An error is "code:args:text"; texts differ by version, so
// that only the code is believed.
func (r *reply) fault() error {
	if r.Successful != nil && *r.Successful {
		return nil
	}
	code, _, _ := strings.Cut(r.Error, ":")
	switch {
	case r.Advice != nil && r.Advice.Reconnect == reconnectNone:
		return fmt.Errorf("%w: %s: code %q", ErrRefused, r.Channel, code)
	case code == "402":
		return fmt.Errorf("%w: %s", errForgotten, r.Channel)
	case code == "403":
		return fmt.Errorf("%w: %s: code 403", ErrRefused, r.Channel)
	}
	return fmt.Errorf("%s failed: code %q", r.Channel, code)
}

// ErrRefused means that the server wants no session with us, or does not let us subscribe. Coming back with the same credentials does
// not help.
var ErrRefused = errors.New("refused by the notification server")

// errForgotten: the server does not know our session any more.
var errForgotten = errors.New("the notification server does not know the session")

// decode reads a batch. A server may answer one message without the array around it.
func decode(body []byte) ([]reply, error) {
	var batch []reply
	if err := json.Unmarshal(body, &batch); err != nil {
		var one reply
		if json.Unmarshal(body, &one) != nil || one.Channel == "" {
			return nil, errors.New("the answer is no batch of messages")
		}
		batch = []reply{one}
	}
	return batch, nil
}

// manner is the advice that counts now.
type manner struct {
	reconnect string
	interval  time.Duration
	timeout   time.Duration
}

// Bounds of what a server can advise.
const (
	defaultTimeout  = 30 * time.Second // CometD's own default
	longestTimeout  = 2 * time.Minute
	longestInterval = time.Minute
	// slack is how much longer than it is held a connect may take before it counts as lost.
	slack = 15 * time.Second
)

func (m *manner) take(a *advice) {
	if a == nil {
		return
	}
	if a.Reconnect != "" {
		m.reconnect = a.Reconnect
	}
	if a.Interval != nil {
		m.interval = min(time.Duration(*a.Interval)*time.Millisecond, longestInterval)
	}
	if a.Timeout != nil {
		m.timeout = min(time.Duration(*a.Timeout)*time.Millisecond, longestTimeout)
	}
}
