package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// customerSeat opens chats of GMS for customers and relays.
type customerSeat struct {
	*base
	chats *frame.Chats
	room  chan struct{} // for the refreshes that run at a time
}

func (s *customerSeat) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "genesys", Seats: []string{SeatCustomer}, TypingIn: true, TypingOut: true, Liveness: true, LongestText: LongestText,
		History: orchestrator.HistoryData,
	}
}

// Open requests a chat in the queue's service. A chat that waits there already is left in its place; one that waits in
// another service is ended first, because a customer cannot be moved.
func (s *customerSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	service := s.target(cmd.Waiting.Queue)
	if cmd.To.Ref != "" {
		switch known, err := s.note(ctx, "open", cmd.To.Ref); {
		case err != nil:
			return "", err
		case known != nil && known.Service == service:
			return cmd.To.Ref, nil
		case known != nil:
			if err := s.End(ctx, cmd); err != nil {
				return "", err
			}
		}
	}
	mine, err := s.Memory.Kept(ctx, s.Name, openedBy+string(cmd.ID))
	if err != nil {
		return "", s.Broken("open", err)
	}
	if ref := string(mine[noteChat]); ref != "" {
		return ref, nil
	}
	return s.request(ctx, cmd, service)
}

// request asks for a chat and keeps its credentials. A chat whose answer is lost stays with nobody and is ended by the
// vendor after its flex-disconnect-timeout.
func (s *customerSeat) request(ctx context.Context, cmd *orchestrator.Command, service string) (string, error) {
	form, err := s.introduction(ctx, cmd)
	if err != nil {
		return "", err
	}
	t, err := s.post(ctx, "open", servicePath(service), form)
	if err != nil {
		return "", err
	}
	ref := string(t.Chat)
	if !validID(ref) || t.Key == "" {
		return "", s.Unclear("open", errors.New("the vendor gave the chat no id or no key"))
	}
	note := customerNote{User: string(t.User), Key: string(t.Key), Alias: string(t.Alias), Service: service, Command: cmd.ID}
	if err := s.Keep(ctx, ref, noteChat, note); err != nil {
		return "", s.Broken("open", err)
	}
	if err := s.Memory.Keep(ctx, s.Name, openedBy+string(cmd.ID), noteChat, []byte(ref)); err != nil {
		return "", s.Broken("open", err)
	}
	s.chats.Opened(ref)
	return ref, nil
}

// callChat makes one call for a chat that is there. Any answer may tell that the chat has moved to another node of the chat
// server: from then on only that node's alias is taken, by whoever calls next.
func (s *customerSeat) callChat(ctx context.Context, what, ref string, known *customerNote, form url.Values) (*transcript, error) {
	t, err := s.post(ctx, what, chatPath(known.Service, ref, what), form)
	if gone(err) { // or another call has learned meanwhile that the chat has moved
		now, failure := s.note(ctx, what, ref)
		switch {
		case failure != nil:
			return nil, failure
		case now == nil || now.Alias == known.Alias:
			return nil, err
		}
		known.Alias = now.Alias
		form.Set("alias", now.Alias)
		t, err = s.post(ctx, what, chatPath(known.Service, ref, what), form)
	}
	if err != nil || t.Alias == "" || string(t.Alias) == known.Alias {
		return t, err
	}
	known.Alias = string(t.Alias)
	if err := s.Keep(ctx, ref, noteChat, known); err != nil {
		s.Log.WarnContext(ctx, "the node to which a chat has moved is not noted yet", "chat", ref, "error", err)
	}
	return t, nil
}

// post makes one call of GMS. Its answer says in the body whether it worked; the HTTP status is 200 all the same.
func (s *customerSeat) post(ctx context.Context, op, path string, form url.Values) (*transcript, error) {
	var t *transcript
	err := s.Calls.Do(ctx, op, func() error {
		res, err := s.client.Do(ctx, &outbound.Call{
			Op: op, URL: s.at(path), Header: s.header("application/x-www-form-urlencoded"), Body: []byte(form.Encode()),
		})
		if err != nil {
			return err
		}
		if t, err = decodeTranscript(res.Body); err != nil {
			return s.Unclear(op, err)
		}
		switch *t.Code {
		case gmsFine:
			return nil
		case gmsLater:
			return s.Retry(op, codeName(gmsLater), errors.New("the vendor asks to repeat it later"))
		}
		return s.Permanent(op, codeName(gmsNever), errors.New("the chat cannot be used any more"))
	})
	return t, err
}

// form is what every call for a chat carries.
func (c *customerNote) form() url.Values {
	return url.Values{"userId": {c.User}, "secureKey": {c.Key}, "alias": {c.Alias}}
}

func servicePath(service string) string { return "/genesys/2/chat/" + service }

func chatPath(service, ref, what string) string {
	return fmt.Sprintf("/genesys/2/chat/%s/%s/%s", service, ref, what)
}

// maxID is how long a vendor's id of a chat may be; it becomes a part of paths and keys.
const maxID = 64

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~"

func validID(id string) bool {
	return id != "" && len(id) <= maxID && strings.Trim(id, idLetters) == ""
}
