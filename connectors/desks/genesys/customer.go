package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/once"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// customerSeat opens chats of GMS for customers and relays.
type customerSeat struct {
	*base
	wake chan string // handles of chats that were opened here
}

// wakeBacklog is how many chats opened at once are told to the watch at once; the others it finds at its next look.
const wakeBacklog = 256

func (s *customerSeat) manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "genesys", Seats: []string{SeatCustomer}, TypingIn: true, TypingOut: true, Liveness: true, LongestText: LongestText,
		History: orchestrator.HistoryData,
	}
}

// chat is what is kept of a chat that we opened: its credentials, and for what it was opened.
type chat struct {
	User    string                 `json:"user"`
	Key     string                 `json:"key"`
	Alias   string                 `json:"alias"`
	Service string                 `json:"service"`
	Command orchestrator.CommandID `json:"command"`
}

// Names of notes under a handle.
const (
	noteChat = "chat" // of GMS: see chat
	noteAt   = "at"   // of GMS: see place
)

// openedBy is the handle under which lies what a command has opened, so that the same command opens one chat only.
const openedBy = "open:"

// open requests a chat in the queue's service. A chat that waits there already is left in its place; one that waits in
// another service is ended first, because a customer cannot be moved.
func (s *customerSeat) open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	service, err := s.target("open", cmd.Waiting)
	if err != nil {
		return "", err
	}
	if cmd.To.Ref != "" {
		switch known, err := s.chat(ctx, "open", cmd.To.Ref); {
		case err != nil:
			return "", err
		case known != nil && known.Service == service:
			return cmd.To.Ref, nil
		case known != nil:
			if err := s.end(ctx, cmd); err != nil {
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
		return "", s.Unknown("open", "not-understood", errors.New("the vendor gave the chat no id or no key"))
	}
	note := chat{User: string(t.User), Key: string(t.Key), Alias: string(t.Alias), Service: service, Command: cmd.ID}
	if err := s.Keep(ctx, ref, noteChat, note); err != nil {
		return "", s.Broken("open", err)
	}
	if err := s.Memory.Keep(ctx, s.Name, openedBy+string(cmd.ID), noteChat, []byte(ref)); err != nil {
		return "", s.Broken("open", err)
	}
	select {
	case s.wake <- ref:
	default:
	}
	return ref, nil
}

// send gives the people the customer's word, cut where it is too long.
func (s *customerSeat) send(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	known, err := s.chat(ctx, "send", ref)
	if err != nil {
		return err
	}
	if known == nil {
		return s.Over("send")
	}
	pieces := textsplit.Split(wording.Text(cmd.Message), LongestText, textsplit.Characters)
	return s.Poster.Send(ctx, ref, cmd.ID, pieces, once.Chat{
		Post: func(ctx context.Context, piece string) error {
			form := known.form()
			form.Set("message", piece)
			t, err := s.about(ctx, "send", ref, known, form)
			if gone(err) || err == nil && t.Ended { // status 0 does not say that people read it
				return s.Over("send")
			}
			return err
		},
		Posted: func(ctx context.Context) (int, error) { return s.posted(ctx, ref, known) },
	})
}

// posted counts the customer's words that the vendor has, from the beginning of the chat.
func (s *customerSeat) posted(ctx context.Context, ref string, known *chat) (int, error) {
	form := known.form()
	form.Set("transcriptPosition", "1")
	t, err := s.about(ctx, "refresh", ref, known, form)
	if err != nil {
		return 0, err
	}
	count := 0
	for i := range t.Messages {
		if e := &t.Messages[i]; e.From.customer() && (e.Type == entryMessage || e.Type == entryText) {
			count++
		}
	}
	return count, nil
}

// end leaves the chat for the customer. What the vendor does not know any more has ended.
func (s *customerSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	if ref == "" {
		return nil
	}
	known, err := s.chat(ctx, "end", ref)
	if err != nil || known == nil {
		return err
	}
	if _, err := s.about(ctx, "disconnect", ref, known, known.form()); err != nil && !gone(err) {
		return err
	}
	if err := s.forget(ctx, ref, known); err != nil {
		return s.Broken("end", err)
	}
	return nil
}

// typing shows that the customer writes. A chat that is over shows nothing.
func (s *customerSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	known, err := s.chat(ctx, "typing", cmd.To.Ref)
	if err != nil || known == nil {
		return err
	}
	what := "stopTyping"
	if cmd.Typing {
		what = "startTyping"
	}
	_, err = s.about(ctx, what, cmd.To.Ref, known, known.form())
	return err
}

// alive asks whether the vendor has the chat open.
func (s *customerSeat) alive(ctx context.Context, c *orchestrator.Conversation) (bool, error) {
	known, err := s.chat(ctx, "probe", c.DeskRef)
	if err != nil || known == nil {
		return false, err
	}
	t, err := s.about(ctx, "refresh", c.DeskRef, known, known.form())
	if gone(err) {
		return false, nil
	}
	return err == nil && !t.Ended, err
}

// chat answers what is kept of a chat; nil if it is over or was never opened.
func (s *customerSeat) chat(ctx context.Context, op, ref string) (*chat, error) {
	if ref == "" {
		return nil, nil //nolint:nilnil // no chat is an answer
	}
	kept, err := s.Memory.Kept(ctx, s.Name, ref)
	if err != nil {
		return nil, s.Broken(op, err)
	}
	if len(kept[noteChat]) == 0 {
		return nil, nil //nolint:nilnil // no chat is an answer
	}
	var known chat
	if err := json.Unmarshal(kept[noteChat], &known); err != nil {
		return nil, s.Permanent(op, frame.CodeMemory, errors.New("what is kept of the chat cannot be read"))
	}
	return &known, nil
}

// forget takes away what is kept of a chat that is over.
func (s *customerSeat) forget(ctx context.Context, ref string, known *chat) error {
	return errors.Join(
		s.Memory.Forget(ctx, s.Name, openedBy+string(known.Command)),
		s.Memory.Forget(ctx, s.Name, ref),
	)
}

// about makes one call for a chat that is there. Any answer may tell that the chat has moved to another node of the chat server:
// from then on only that node's alias is taken, by whoever calls next.
func (s *customerSeat) about(ctx context.Context, what, ref string, known *chat, form url.Values) (*transcript, error) {
	t, err := s.post(ctx, what, chatPath(known.Service, ref, what), form)
	if gone(err) { // or another call has learned meanwhile that the chat has moved
		now, failure := s.chat(ctx, what, ref)
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
			return &orchestrator.ConnectorError{
				Connector: s.Name, Op: op, Status: res.Status, Code: "not-understood", Outcome: orchestrator.OutcomeUnknown,
				Err: err,
			}
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

// gone reports whether a call failed because the vendor has the chat no more.
func gone(err error) bool {
	ce, ok := errors.AsType[*orchestrator.ConnectorError](err)
	return ok && (ce.Code == codeName(gmsNever) || ce.Status == 404)
}

// form is what every call for a chat carries.
func (c *chat) form() url.Values {
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
