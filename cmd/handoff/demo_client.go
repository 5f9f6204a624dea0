package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"time"
)

// Bounds of the demo's calls.
const (
	demoCallTimeout = 40 * time.Second // longer than the longest poll
	demoMaxAnswer   = 4 << 20
	demoPoll        = 2 // seconds of one long poll: well below the customers' customer_dead_after
)

// client calls the public HTTP interface as one party: with a Bearer token (a bot's key, a customer's token) or with a
// person's session.
type client struct {
	base  string
	http  *http.Client
	token string
	csrf  string
}

// newClient has no credentials.
func newClient(base string) (*client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &client{base: base, http: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}, nil
}

// with is a client of the same connections with a Bearer token.
func (c *client) with(token string) *client {
	return &client{base: c.base, http: &http.Client{Transport: c.http.Transport}, token: token}
}

// apiError is an answer that is no success.
type apiError struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error names the code and the detail.
func (e *apiError) Error() string { return fmt.Sprintf("HTTP %d %s: %s", e.Status, e.Code, e.Detail) }

// call sends body as JSON and reads the answer into answer; either may be nil.
func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, demoCallTimeout)
	defer cancel()
	res, err := c.send(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, demoMaxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		refused := &apiError{Status: res.StatusCode, Detail: strings.TrimSpace(string(data))}
		if json.Unmarshal(data, refused) != nil {
			refused.Code = "no-problem-document"
		}
		return fmt.Errorf("%s %s: %w", method, path, refused)
	}
	if answer == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fmt.Errorf("%s %s: the answer is not what was expected: %w", method, path, err)
	}
	return nil
}

func (c *client) send(ctx context.Context, method, path string, body any, accept string) (*http.Response, error) {
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, payload)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.csrf != "" {
		req.Header.Set("X-CSRF-Token", c.csrf)
	}
	return c.http.Do(req)
}

// login begins a person's session.
func (c *client) login(ctx context.Context, name, password string) error {
	var answer struct {
		CSRF string `json:"csrf_token"`
	}
	if err := c.call(ctx, http.MethodPost, "/v1/login", map[string]any{"name": name, "password": password}, &answer); err != nil {
		return fmt.Errorf("signing %s in: %w", name, err)
	}
	c.csrf = answer.CSRF
	return nil
}

// shownConversation is what the demo reads of a conversation.
type shownConversation struct {
	ID         string `json:"id"`
	External   string `json:"conversation_id"`
	Bot        string `json:"bot"`
	State      string `json:"state"`
	Epoch      uint64 `json:"epoch"`
	Controller string `json:"controller"`
	Token      string `json:"conversation_token"`
	Customer   struct {
		Name string `json:"name"`
	} `json:"customer"`
}

// feedEvent is one step of a timeline, as the feed tells it.
type feedEvent struct {
	Sequence  uint64          `json:"sequence"`
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Epoch     uint64          `json:"epoch"`
	Data      json.RawMessage `json:"data"`
	Why       *feedWhy        `json:"why"`
}

type feedWhy struct {
	Cause string `json:"cause"`
	Actor struct {
		Role string `json:"role"`
		ID   string `json:"id"`
	} `json:"actor"`
	Rule string `json:"rule"`
}

// feed is one page of a timeline.
type feed struct {
	Events []feedEvent `json:"events"`
	Next   uint64      `json:"next"`
}

// events reads what came after a sequence, and waits at most the given seconds if nothing did.
func (c *client) events(ctx context.Context, id string, after uint64, seconds int) (feed, error) {
	var page feed
	path := fmt.Sprintf("/v1/conversations/%s/events?after=%d&wait=%d", id, after, seconds)
	err := c.call(ctx, http.MethodGet, path, nil, &page)
	return page, err
}

// stream reads server-sent events from a path and gives the data of each to take, until ctx ends or the stream breaks.
func (c *client) stream(ctx context.Context, path string, take func(data []byte) error) error {
	res, err := c.send(ctx, http.MethodGet, path, nil, "text/event-stream")
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read to its end or broken, and the error is that of the scanner
	if res.StatusCode != http.StatusOK {
		return &apiError{Status: res.StatusCode, Code: "no-stream", Detail: path}
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(make([]byte, 64<<10), demoMaxAnswer)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue
		}
		if err := take(bytes.TrimSpace(data)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// isCode reports whether an error is the API's refusal with one of these codes.
func isCode(err error, codes ...string) bool {
	refused, ok := errors.AsType[*apiError](err)
	return ok && slices.Contains(codes, refused.Code)
}
