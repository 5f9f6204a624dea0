package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/session"
)

// resumeLease bounds how long a process that gets a new session keeps others from doing the same.
const resumeLease = 30 * time.Second

// errLost: the engagement of a session that Oracle does not know any more is over.
var errLost = errors.New("the engagement is over")

// resume gets a new session for an engagement whose session Oracle does not know any more, once however many calls found
// out. Errors: errLost when Oracle begins another engagement instead, which is ended at once.
func (s *customerSeat) resume(ctx context.Context, ref string, expired *customerNote) (*customerNote, error) {
	unlock, err := s.lock(ctx, ref)
	if err != nil {
		return nil, s.Broken("resume", err)
	}
	defer unlock()
	var next *customerNote
	held, err := s.Memory.Exclusive(ctx, "oracle:"+string(s.Name)+":"+ref, resumeLease, func(ctx context.Context) error {
		c, _, err := s.notes(ctx, ref)
		switch {
		case err != nil:
			return s.Broken("resume", err)
		case c == nil || c.ending || c.lost:
			return s.Permanent("resume", codeGone, errors.New("the engagement is over"))
		case c.Session != expired.Session:
			next = c
			return nil
		}
		got, err := s.request(ctx, c, true)
		switch {
		case frame.Refused(err) && !errors.Is(err, session.ErrRefused):
			return s.lost(ctx, ref, err)
		case err != nil:
			return err
		case got != ref:
			s.giveUp(ctx, got, c)
			return s.lost(ctx, ref, errors.New("another engagement was begun"))
		}
		next = c
		return s.Broken("resume", s.Keep(ctx, ref, noteChat, c))
	})
	if err == nil && !held {
		err = s.Broken("resume", errors.New("another process gets a new session for it"))
	}
	return next, err
}

// lost notes that an engagement cannot be resumed, so that no other call tries: each time another engagement might begin. It
// answers the failure of the call that found out. Whoever listens tells it.
func (s *customerSeat) lost(ctx context.Context, ref string, why error) error {
	s.Log.InfoContext(ctx, "an engagement cannot be resumed", "ref", ref, "why", why)
	if err := s.Memory.Keep(ctx, s.Name, ref, noteLost, []byte("1")); err != nil {
		return s.Broken("resume", err)
	}
	return s.Permanent("resume", codeGone, errLost)
}

// establish tells the site who the customer is and answers the token and the chat server for one engagement.
func (b *base) establish(ctx context.Context, who sessionInformation) (token string, at server, err error) {
	var answer established
	body := struct {
		Information sessionInformation `json:"sessionInformation"`
	}{who}
	if err := b.fromSite(ctx, "establishSessions", body, &answer); err != nil {
		return "", server{}, err
	}
	var s serviceSettings
	if err := json.Unmarshal([]byte(answer.Server), &s); err != nil {
		return "", server{}, b.unusable("establishSessions", fmt.Errorf("sessionServerResponse cannot be read"))
	}
	s.SiteName = answer.SiteName
	if at, err = b.serverOf(s); err == nil && answer.ChannelToken == "" {
		err = errors.New("the site gave no token")
	}
	if err != nil {
		return "", server{}, b.unusable("establishSessions", err)
	}
	return answer.ChannelToken, at, nil
}

// unusable is an answer with which nothing can be done; nothing has happened for anybody to see.
func (b *base) unusable(op string, why error) error {
	return b.Retry(op, frame.CodeUnclear, why)
}
