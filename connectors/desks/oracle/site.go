package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// Calls of the site, which knows the staff account and hands out tokens for the chat server.

// sitePath is where the site's part of the chat API lies.
const sitePath = "services/rest/crossChannelServices/latest"

// fromSite makes one call of the site and reads its answer. Every 2xx is a success: the reference names no single one.
func (b *base) fromSite(ctx context.Context, op string, body, into any) error {
	call := outbound.Call{Op: op, Method: http.MethodGet, URL: below(b.site, sitePath, op), Header: http.Header{
		"Authorization": {"Basic " + b.basic()}, "Osvc-Crest-Application-Context": {applicationContext}, "Accept": {"application/json"},
	}}
	if body != nil {
		var err error
		call.Method = http.MethodPost
		call.Header.Set("Content-Type", "application/json; charset=utf-8")
		if call.Body, err = json.Marshal(body); err != nil {
			return b.Permanent(op, codeInvalid, errors.New("the request cannot be written as JSON"))
		}
	}
	return b.Calls.Do(ctx, op, func() error {
		res, err := b.client.Do(ctx, &call)
		if res != nil && (res.Status == http.StatusUnauthorized || res.Status == http.StatusForbidden) {
			return &orchestrator.ConnectorError{Connector: b.Name, Op: op, Status: res.Status, Code: "credentials",
				Outcome: orchestrator.OutcomePermanent, Err: session.ErrRefused}
		}
		if err != nil {
			return err
		}
		if json.Unmarshal(res.Body, into) != nil {
			return &orchestrator.ConnectorError{Connector: b.Name, Op: op, Status: res.Status, Code: "not-understood",
				Outcome: orchestrator.OutcomeRetry, Err: errors.New("the site's answer is not what it documents")}
		}
		return nil
	})
}

// findServer asks the site for its chat server (serviceSettings), whose siteName is the one that paths need.
func (b *base) findServer(ctx context.Context) (route, error) {
	var s serviceSettings
	if err := b.fromSite(ctx, "serviceSettings/1", nil, &s); err != nil {
		return route{}, err
	}
	return b.routeOf(s)
}

// agentToken asks the site for a token with which the bot's account logs in.
func (b *base) agentToken(ctx context.Context) (string, error) {
	var answer struct {
		SessionToken string `json:"sessionToken"`
	}
	err := b.fromSite(ctx, "agentTokens", struct{}{}, &answer)
	if err == nil && answer.SessionToken == "" {
		err = errors.New("the site gave no token")
	}
	return answer.SessionToken, err
}

// establish tells the site who the customer is and answers the token and the chat server for one engagement.
func (b *base) establish(ctx context.Context, who sessionInformation) (token string, at route, err error) {
	var answer established
	body := struct {
		Information sessionInformation `json:"sessionInformation"`
	}{who}
	if err := b.fromSite(ctx, "establishSessions", body, &answer); err != nil {
		return "", route{}, err
	}
	var s serviceSettings
	if err := json.Unmarshal([]byte(answer.Server), &s); err != nil {
		return "", route{}, b.unusable("establishSessions", fmt.Errorf("sessionServerResponse cannot be read"))
	}
	s.SiteName = answer.SiteName
	if at, err = b.routeOf(s); err == nil && answer.ChannelToken == "" {
		err = errors.New("the site gave no token")
	}
	if err != nil {
		return "", route{}, b.unusable("establishSessions", err)
	}
	return answer.ChannelToken, at, nil
}

// unusable is an answer with which nothing can be done; nothing has happened for anybody to see.
func (b *base) unusable(op string, why error) error {
	return b.Retry(op, "not-understood", why)
}
