package bottest_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"

	"handoff/orchestrator"
)

// toyBot is a small bot that does everything right, but for the one thing it was asked to do wrong.
type toyBot struct {
	wrong  string
	url    string
	client *http.Client
	clock  *orchestrator.StepClock
	log    *slog.Logger
	random atomic.Int64
	// refused counts the answers 4xx, for one that counts them.
	refused atomic.Int64
	leaked  chan struct{} // ends what a leaking bot left running, when its test is over
	first   string        // the first signature
}

func (b *toyBot) Name() orchestrator.ConnectorName { return "toy" }
func (b *toyBot) Hears() bool                      { return true }

func (b *toyBot) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{Kind: "toy", TypingOut: true, Complete: b.wrong == "claims what it cannot"}
}

func (b *toyBot) Run(ctx context.Context, _ orchestrator.Sink) error {
	switch b.wrong {
	case "does not stop":
		<-b.leaked
	case "leaves a goroutine":
		go func() { <-b.leaked }()
	}
	<-ctx.Done()
	b.client.CloseIdleConnections()
	return nil
}

func (b *toyBot) Deliver(ctx context.Context, d *orchestrator.Delivery) error {
	cmd := d.Command
	switch cmd.Type { //nolint:exhaustive // the rest is for desks
	case orchestrator.CommandSend:
		if b.wrong == "changes the command" {
			cmd.Attempt++
		}
		return b.post(ctx, cmd, string(cmd.ID), "word", cmd.Message.Text)
	case orchestrator.CommandFlush:
		return b.flush(ctx, d)
	case orchestrator.CommandTyping:
		if b.wrong == "swallows typing" {
			return nil
		}
		return b.post(ctx, cmd, fmt.Sprint("typing-", cmd.At), "typing", "")
	case orchestrator.CommandNotify:
		if b.wrong == "swallows notices" {
			return nil
		}
		return b.post(ctx, cmd, string(cmd.ID), cmd.Notice.Type, "")
	default:
		if b.wrong == "takes what is for desks" {
			return nil
		}
		return b.failed(cmd, 0, orchestrator.OutcomePermanent, errors.New("not for bots"))
	}
}

func (b *toyBot) flush(ctx context.Context, d *orchestrator.Delivery) error {
	cmd := d.Command
	for i := range d.Words {
		word := &d.Words[i]
		if word.Sequence < cmd.From {
			continue
		}
		id := fmt.Sprintf("%s.%d", cmd.ID, word.Sequence)
		if b.wrong == "gives all held words one id" {
			id = string(cmd.ID)
		}
		err := b.post(ctx, cmd, id, "word", word.Message.Text)
		if err != nil && b.wrong != "goes on behind a failure" {
			return err
		}
		cmd.From = word.Sequence + 1
	}
	return nil
}

func (b *toyBot) failed(cmd *orchestrator.Command, status int, outcome orchestrator.Outcome, err error) error {
	switch b.wrong {
	case "shows its key in errors":
		err = fmt.Errorf("%w with key %s", err, toyKey)
	case "fails without a connector error":
		return err
	}
	return &orchestrator.ConnectorError{Connector: "toy", Op: string(cmd.Type), Status: status, Outcome: outcome, Err: err}
}

func (b *toyBot) post(ctx context.Context, cmd *orchestrator.Command, id, kind, text string) error {
	switch b.wrong {
	case "makes a new id each time":
		id = fmt.Sprint("random-", b.random.Add(1))
	case "uses one id for all":
		id = "always"
	case "escapes texts":
		text = fmt.Sprintf("%q", text)
	case "logs its key":
		b.log.Info("posting", "key", toyKey)
	case "forgets the context":
		ctx = context.WithoutCancel(ctx)
	case "delivers later":
		ctx = context.WithoutCancel(ctx)
		go func() { _ = b.call(ctx, cmd, id, kind, text) }()
		return nil
	}
	return b.call(ctx, cmd, id, kind, text)
}

func (b *toyBot) call(ctx context.Context, cmd *orchestrator.Command, id, kind, text string) error {
	if err := ctx.Err(); err != nil {
		return b.failed(cmd, 0, orchestrator.OutcomeRetry, err)
	}
	if b.refused.Load() >= 5 {
		return b.failed(cmd, 0, orchestrator.OutcomeRetry, errors.New("not called"))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if b.wrong != "never times out" {
		defer b.clock.AfterFunc(attempt, cancel)()
	}
	at := b.clock.Now().UnixMilli()
	body, err := json.Marshal(toyWord{ID: id, At: at, Kind: kind, Conversation: cmd.External, Text: text})
	if err != nil {
		return b.failed(cmd, 0, orchestrator.OutcomePermanent, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, bytes.NewReader(body))
	if err != nil {
		return b.failed(cmd, 0, orchestrator.OutcomePermanent, err)
	}
	req.Header.Set("Toy-Id", id)
	req.Header.Set("Toy-Signature", b.signature(id, body))
	res, err := b.client.Do(req)
	if err != nil {
		return b.lost(cmd, err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 1<<16)
	return b.judge(cmd, res)
}

// refusals counts those in a row.
func (b *toyBot) refusals(status int) {
	if status/100 == 4 && b.wrong == "counts a no as a failure" {
		b.refused.Add(1)
	}
}

func (b *toyBot) signature(id string, body []byte) string {
	s := toySign(id, body)
	switch {
	case b.wrong == "does not sign":
		return ""
	case b.wrong == "signs once" && b.first != "":
		return b.first
	}
	b.firstSignature(s)
	return s
}

func (b *toyBot) firstSignature(s string) {
	if b.wrong == "signs once" {
		b.first = s
	}
}

// lost: a dial that failed did not happen, anything else may have.
func (b *toyBot) lost(cmd *orchestrator.Command, err error) error {
	outcome := orchestrator.OutcomeUnknown
	if isDial(err) || b.wrong == "takes a cut for not arrived" {
		outcome = orchestrator.OutcomeRetry
	}
	if b.wrong == "gives up when nobody is there" {
		outcome = orchestrator.OutcomePermanent
	}
	return b.failed(cmd, 0, outcome, errors.New("no answer"))
}

func (b *toyBot) judge(cmd *orchestrator.Command, res *http.Response) error {
	status := res.StatusCode
	outcome := orchestrator.OutcomeRetry
	switch {
	case status < 300, status == 500 && b.wrong == "calls 500 a success":
		return nil
	case status == 410, status == 400 && b.wrong == "gives up at a 400":
		outcome = orchestrator.OutcomePermanent
	case status == 502, status == 504:
		outcome = orchestrator.OutcomeUnknown
	}
	b.refusals(status)
	err := b.failed(cmd, status, outcome, nil)
	var ce *orchestrator.ConnectorError
	if !errors.As(err, &ce) {
		return err
	}
	if b.wrong != "ignores Retry-After" {
		ce.RetryAfter = wait(res.Header.Get("Retry-After"), b.clock.Now())
	}
	if status == 410 && b.wrong != "keeps a 410 to itself" {
		ce.Code = orchestrator.CallbackGone
	}
	return err
}

func (b *toyBot) Authenticate(h http.Header, body []byte, _ orchestrator.Moment) error {
	if b.wrong == "believes anybody" || hmac.Equal([]byte(h.Get("Toy-Signature")), []byte(toySign(h.Get("Toy-Id"), body))) {
		return nil
	}
	return &orchestrator.InputError{Status: http.StatusUnauthorized, Code: "invalid-signature"}
}

func (b *toyBot) Decode(h http.Header, body []byte, _ orchestrator.Moment) (orchestrator.Event, error) {
	var word toyWord
	dec := json.NewDecoder(bytes.NewReader(body))
	if b.wrong == "refuses what it does not know" {
		dec.DisallowUnknownFields()
	}
	err := dec.Decode(&word)
	if b.wrong == "takes nonsense" {
		err = nil
	} else if err != nil || word.Text == "" {
		return orchestrator.Event{}, &orchestrator.InputError{Status: http.StatusBadRequest, Code: "malformed-json"}
	}
	return orchestrator.Event{
		ID: orchestrator.EventID(h.Get("Toy-Id")), Type: orchestrator.EventMessage, Bot: "toy", External: word.Conversation,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer}, Message: &orchestrator.Message{ID: word.ID, Text: word.Text},
	}, err
}

func (b *toyBot) DecodeHandoff(h http.Header, body []byte, now orchestrator.Moment) (orchestrator.Event, error) {
	return b.Decode(h, body, now)
}
