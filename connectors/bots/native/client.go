package native

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

// Deliver posts a command to the callback. The held words of a flush are posted one by one, each under an id of its own;
// those that arrived are not posted again, because Command.From moves behind them.
func (b *Bot) Deliver(ctx context.Context, d *orchestrator.Delivery) error {
	cmd := d.Command
	if cmd.Type == orchestrator.CommandFlush {
		return b.flush(ctx, d)
	}
	said, err := b.compose(d)
	if err != nil {
		return err
	}
	return b.post(ctx, cmd, said)
}

func (b *Bot) flush(ctx context.Context, d *orchestrator.Delivery) error {
	cmd := d.Command
	for i := range d.Words {
		word := &d.Words[i]
		if word.Sequence < cmd.From {
			continue
		}
		if err := b.post(ctx, cmd, wordOf(cmd, word)); err != nil {
			return err
		}
		cmd.From = word.Sequence + 1
	}
	return nil
}

// post makes one attempt to deliver one event.
func (b *Bot) post(ctx context.Context, cmd *orchestrator.Command, ev event) error {
	if b.callback == nil {
		return b.failed(cmd, "no-callback", errors.New("no callback is configured"))
	}
	body, err := b.encode(ev)
	if err != nil {
		return b.failed(cmd, "encoding", err)
	}
	if len(body) > MaxCallback {
		return b.failed(cmd, "too-large", fmt.Errorf("the callback would have %d bytes, the limit is %d", len(body), MaxCallback))
	}
	return b.calls.Do(ctx, string(cmd.Type), func() error { return b.call(ctx, cmd, ev.ID, body) })
}

func (b *Bot) call(ctx context.Context, cmd *orchestrator.Command, id string, body []byte) error {
	header, err := b.header(id, body)
	if err != nil {
		return b.failed(cmd, "signing", err)
	}
	_, err = b.client.Do(ctx, &outbound.Call{Op: string(cmd.Type), URL: b.callback, Header: header, Body: body, StatusOnly: true})
	return err
}

// header signs a body for this attempt.
func (b *Bot) header(id string, body []byte) (http.Header, error) {
	kind := "application/json"
	if b.cloudEvents {
		kind = "application/cloudevents+json"
	}
	now := b.clock.Now()
	header := http.Header{
		"Content-Type": {kind}, headerID: {id}, headerTimestamp: {strconv.FormatInt(now.Unix(), 10)},
	}
	if len(b.keys.secrets) > 0 {
		signatures, err := b.keys.sign(id, now, body)
		if err != nil {
			return nil, err
		}
		header[headerSignature] = []string{signatures}
	}
	if b.callbackToken != "" {
		header["Authorization"] = []string{"Bearer " + b.callbackToken}
	}
	return header, nil
}

// failed is a failure that no further attempt can change.
func (b *Bot) failed(cmd *orchestrator.Command, code string, err error) error {
	return &orchestrator.ConnectorError{
		Connector: b.name, Op: string(cmd.Type), Code: code, Outcome: orchestrator.OutcomePermanent, Err: err,
	}
}
