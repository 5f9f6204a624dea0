package simkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// remoteTimeout bounds a call of a Remote that does not wait.
const remoteTimeout = 10 * time.Second

// Remote is a simulator in another process, reached through its Control. It is a Stage.
type Remote struct {
	base   string
	client *http.Client
}

var _ Stage = (*Remote)(nil)

// NewRemote reaches the simulator at a base URL, such as http://127.0.0.1:9080.
func NewRemote(base string) *Remote {
	return &Remote{base: strings.TrimSuffix(base, "/"), client: &http.Client{Transport: &http.Transport{}}}
}

// Close ends idle connections.
func (r *Remote) Close() { r.client.CloseIdleConnections() }

// Await waits until the chats are as they should be, looking at each change, or ctx ends; then its error says how they were.
func (r *Remote) Await(ctx context.Context, so func([]Chat) bool) ([]Chat, error) {
	seen, err := r.board(ctx, "chats")
	for err == nil {
		if so(seen.Chats) {
			return seen.Chats, nil
		}
		var next board
		if next, err = r.board(ctx, "wait?after="+strconv.FormatUint(seen.Revision, 10)); err == nil {
			seen = next
		}
	}
	return seen.Chats, fmt.Errorf("waited in vain (%w); the chats are %+v", err, seen.Chats)
}

// Fault switches a fault on; status counts for FaultStatus, delay for FaultDelay.
func (r *Remote) Fault(kind string, status int, delay time.Duration) error {
	return r.do("fault", ask{Fault: kind, Status: status, Milliseconds: delay.Milliseconds()}, nil)
}

// Chats lists every chat; none when the simulator cannot be reached.
func (r *Remote) Chats() []Chat {
	ctx, cancel := context.WithTimeout(context.Background(), remoteTimeout)
	defer cancel()
	seen, err := r.board(ctx, "chats")
	if err != nil {
		return nil
	}
	return seen.Chats
}

func (r *Remote) board(ctx context.Context, what string) (b board, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+ControlPath+what, http.NoBody)
	if err != nil {
		return b, err
	}
	return b, r.send(req, &b)
}

// Begin lets a customer begin a chat at the vendor's own channel.
func (r *Remote) Begin(c Customer, queue string) (string, error) {
	var answer struct{ Chat string }
	err := r.do("begin", ask{Customer: c, Queue: queue}, &answer)
	return answer.Chat, err
}

// CustomerSays is a word of the customer's.
func (r *Remote) CustomerSays(chat, text string) error {
	return r.do("customer-says", ask{Chat: chat, Text: text}, nil)
}

// CustomerTypes shows that the customer types.
func (r *Remote) CustomerTypes(chat string, on bool) error {
	return r.do("customer-types", ask{Chat: chat, On: on}, nil)
}

// CustomerLeaves ends the customer's side.
func (r *Remote) CustomerLeaves(chat string) error {
	return r.do("customer-leaves", ask{Chat: chat}, nil)
}

// SetPresence makes a person ready, or not.
func (r *Remote) SetPresence(agent string, ready bool) error {
	return r.do("presence", ask{Agent: agent, Ready: ready}, nil)
}

// Accept lets a person take a chat.
func (r *Remote) Accept(chat, agent string) error {
	return r.do("accept", ask{Chat: chat, Agent: agent}, nil)
}

// Decline lets a person turn a chat down.
func (r *Remote) Decline(chat, agent string) error {
	return r.do("decline", ask{Chat: chat, Agent: agent}, nil)
}

// Says is a word of a person's.
func (r *Remote) Says(chat, agent, text string) error {
	return r.do("says", ask{Chat: chat, Agent: agent, Text: text}, nil)
}

// Types shows that a person types.
func (r *Remote) Types(chat, agent string, on bool) error {
	return r.do("types", ask{Chat: chat, Agent: agent, On: on}, nil)
}

// Transfer sends a chat on.
func (r *Remote) Transfer(chat, agent string, to Destination) error {
	return r.do("transfer", ask{Chat: chat, Agent: agent, To: to}, nil)
}

// Invite asks a colleague in.
func (r *Remote) Invite(chat, agent, colleague string) error {
	return r.do("invite", ask{Chat: chat, Agent: agent, Colleague: colleague}, nil)
}

// Leave takes one of several out of a chat.
func (r *Remote) Leave(chat, agent string) error {
	return r.do("leave", ask{Chat: chat, Agent: agent}, nil)
}

// End ends a chat for the customer.
func (r *Remote) End(chat, agent string) error {
	return r.do("end", ask{Chat: chat, Agent: agent}, nil)
}

// Complete ends the after-call work.
func (r *Remote) Complete(chat, agent string) error {
	return r.do("complete", ask{Chat: chat, Agent: agent}, nil)
}

func (r *Remote) do(what string, a ask, into any) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), remoteTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+ControlPath+what, bytes.NewReader(body))
	if err != nil {
		return err
	}
	return r.send(req, into)
}

func (r *Remote) send(req *http.Request, into any) error {
	res, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode == http.StatusOK {
		if into == nil {
			return nil
		}
		return json.Unmarshal(body, into)
	}
	var problem struct{ Error string }
	if err := json.Unmarshal(body, &problem); err != nil {
		return fmt.Errorf("the simulator answered HTTP %d", res.StatusCode)
	}
	switch res.StatusCode {
	case http.StatusNotFound:
		return fmt.Errorf("%w (%s)", ErrUnknownChat, problem.Error)
	case http.StatusNotImplemented:
		return fmt.Errorf("%w (%s)", ErrNoSuchThing, problem.Error)
	}
	return errors.New(problem.Error)
}
