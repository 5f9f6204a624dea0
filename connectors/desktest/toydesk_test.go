package desktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"handoff/orchestrator"
)

// fault is what is wrong on purpose with a toy desk; empty is a good one.
type fault string

// toyDesk is a connector for the toy vendor, as small as one that does everything right can be.
type toyDesk struct {
	fault  fault
	base   string
	client *http.Client
	log    *slog.Logger
	random atomic.Int64
	wg     sync.WaitGroup

	mu      sync.Mutex
	session string
	open    map[orchestrator.ConversationID]bool
}

var (
	_ orchestrator.Desk           = (*toyDesk)(nil)
	_ orchestrator.TypingNotifier = (*toyDesk)(nil)
)

func (d *toyDesk) Name() orchestrator.ConnectorName { return "toy" }

func (d *toyDesk) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "toy", TypingIn: true, TypingOut: d.fault != "denies an ability", LongestText: toyLimit,
		Conference: d.fault == "claims an ability",
	}
}

func (d *toyDesk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	d.mu.Lock()
	d.open[cmd.Conversation] = true
	d.mu.Unlock()
	_, err := d.call(ctx, "open", cmd.Conversation, nil)
	return string(cmd.Conversation), err
}

func (d *toyDesk) Send(ctx context.Context, cmd *orchestrator.Command) error {
	if d.fault == "answers before it sends" {
		d.wg.Go(func() { _ = d.send(context.WithoutCancel(ctx), cmd) })
		return nil
	}
	if d.fault == "sends twice" {
		again := *cmd
		again.ID += "again"
		if err := d.send(ctx, &again); err != nil {
			return err
		}
	}
	return d.send(ctx, cmd)
}

func (d *toyDesk) send(ctx context.Context, cmd *orchestrator.Command) error {
	for i, piece := range d.pieces(cmd.Message.Text) {
		key := fmt.Sprintf("%s#%d", cmd.ID, i)
		if d.fault == "forgets the key" {
			key = fmt.Sprint(d.random.Add(1))
		}
		if _, err := d.call(ctx, "send", cmd.Conversation, url.Values{"key": {key}, "text": {piece}}); err != nil {
			return err
		}
	}
	return nil
}

func (d *toyDesk) pieces(text string) []string {
	var pieces []string
	runes := []rune(text)
	for len(runes) > toyLimit {
		pieces = append(pieces, string(runes[:toyLimit]))
		runes = runes[toyLimit:]
		if d.fault == "cuts long texts" {
			return pieces
		}
	}
	return append(pieces, string(runes))
}

func (d *toyDesk) Typing(ctx context.Context, cmd *orchestrator.Command) error {
	if d.fault == "swallows typing" {
		return nil
	}
	_, err := d.call(ctx, "typing", cmd.Conversation, nil)
	return err
}

func (d *toyDesk) End(ctx context.Context, cmd *orchestrator.Command) error {
	d.mu.Lock()
	known := d.open[cmd.Conversation]
	delete(d.open, cmd.Conversation)
	d.mu.Unlock()
	if d.fault == "fails to end what has ended" && !known {
		return &orchestrator.ConnectorError{Connector: "toy", Op: "end", Outcome: orchestrator.OutcomePermanent}
	}
	_, err := d.call(ctx, "end", cmd.Conversation, nil)
	return err
}

// call calls the vendor, and once more after logging in where the session is lost.
func (d *toyDesk) call(
	ctx context.Context, op string, id orchestrator.ConversationID, more url.Values,
) (string, error) {
	if d.fault == "ignores the context" {
		ctx = context.WithoutCancel(ctx)
	}
	query := url.Values{"chat": {string(id)}}
	maps.Copy(query, more)
	body, err := d.once(ctx, op, query)
	var ce *orchestrator.ConnectorError
	if errors.As(err, &ce) && ce.Status == http.StatusUnauthorized && op != "session" {
		if err := d.login(ctx); err != nil {
			return "", err
		}
		return d.once(ctx, op, query)
	}
	return body, err
}

func (d *toyDesk) login(ctx context.Context) error {
	session, err := d.once(ctx, "session", nil)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.session = session
	d.mu.Unlock()
	return nil
}

func (d *toyDesk) once(ctx context.Context, op string, query url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+"/"+op+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return "", d.fail(op, 0, orchestrator.OutcomePermanent, errors.New("no such address"))
	}
	d.mu.Lock()
	req.Header.Set("X-Session", d.session)
	d.mu.Unlock()
	req.Header.Set("Authorization", "Bearer "+toyKey)
	resp, err := d.client.Do(req)
	if err != nil {
		outcome := orchestrator.OutcomeUnknown
		if d.fault == "takes a lost answer for a no" {
			outcome = orchestrator.OutcomePermanent
		}
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err // without the address and its query
		}
		return "", d.fail(op, 0, outcome, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case err != nil:
		return "", d.fail(op, resp.StatusCode, orchestrator.OutcomeUnknown, errors.New("the answer was cut short"))
	case resp.StatusCode >= http.StatusMultipleChoices:
		cause := errors.New("refused")
		if d.fault == "quotes the answer in its errors" {
			cause = errors.New(string(body))
		}
		if d.fault == "logs the answer" {
			d.log.Warn("refused", "body", string(body))
		}
		return "", d.fail(op, resp.StatusCode, d.outcome(resp.StatusCode), cause)
	}
	return string(body), nil
}

func (d *toyDesk) outcome(status int) orchestrator.Outcome {
	switch {
	case d.fault == "repeats a 400" && status == http.StatusBadRequest, status == http.StatusTooManyRequests,
		status == http.StatusServiceUnavailable, status == http.StatusTooEarly:
		return orchestrator.OutcomeRetry
	case status == http.StatusRequestTimeout, status >= 500 && status != http.StatusNotImplemented:
		return orchestrator.OutcomeUnknown
	default:
		return orchestrator.OutcomePermanent
	}
}

func (d *toyDesk) fail(op string, status int, outcome orchestrator.Outcome, err error) error {
	return &orchestrator.ConnectorError{Connector: "toy", Op: op, Status: status, Outcome: outcome, Err: err}
}

// Run polls for notifications, logs in where the session is lost, and then compares.
func (d *toyDesk) Run(ctx context.Context, sink orchestrator.Sink) error {
	if d.fault == "leaves a goroutine" {
		go func() { select {} }()
	}
	defer func() {
		if d.wg.Wait(); d.fault == "does not stop" {
			select {}
		}
	}()
	after, epoch := 0, 0
	for ctx.Err() == nil {
		body, err := d.once(ctx, "notes", url.Values{"after": {fmt.Sprint(after)}})
		var ce *orchestrator.ConnectorError
		if errors.As(err, &ce) && ce.Status == http.StatusUnauthorized {
			if d.login(ctx) == nil {
				epoch, after = epoch+1, 0
				d.reconcile(ctx, sink, epoch)
			}
			continue
		}
		if err != nil {
			continue // the context ended: the toy vendor never fails here
		}
		var notes []string
		if err := json.Unmarshal([]byte(body), &notes); err != nil {
			return err
		}
		after += len(notes)
		if !d.hear(ctx, sink, notes, epoch) {
			<-ctx.Done()
		}
	}
	return nil
}

// hear takes notifications in their order, each once; false when it cannot go on.
func (d *toyDesk) hear(ctx context.Context, sink orchestrator.Sink, raw []string, epoch int) bool {
	var notes []toyNote
	for _, r := range raw {
		var n toyNote
		if err := json.Unmarshal([]byte(r), &n); err != nil || n.Kind == "weather" {
			if d.fault == "chokes on the unknown" {
				return false
			}
			continue
		}
		notes = append(notes, n)
	}
	if d.fault != "believes the order of arrival" {
		slices.SortStableFunc(notes, func(a, b toyNote) int { return a.N - b.N })
	}
	for _, n := range notes {
		id := fmt.Sprintf("toy:%d:%d", epoch, n.N)
		if d.fault == "hears twice" {
			id = fmt.Sprintf("toy:%d", d.random.Add(1))
		}
		d.report(ctx, sink, n, orchestrator.EventID(id))
	}
	return true
}

func (d *toyDesk) report(ctx context.Context, sink orchestrator.Sink, n toyNote, id orchestrator.EventID) {
	agent := orchestrator.Agent{ID: orchestrator.AgentID(n.Agent), Name: n.Agent}
	ev := orchestrator.Event{
		ID: id, Conversation: n.Chat, Desk: "toy", Agent: &agent,
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: n.Agent},
	}
	message := &orchestrator.Message{ID: string(id), Text: n.Text}
	switch n.Kind {
	case "accepted":
		ev.Type = orchestrator.EventAccepted
	case "said":
		ev.Type, ev.Message = orchestrator.EventMessage, message
	case "customer":
		ev.Type, ev.Message, ev.Actor.Role = orchestrator.EventMessage, message, orchestrator.ActorCustomer
	case "typing":
		ev.ID, ev.Type, ev.Typing = "", orchestrator.EventTyping, n.On
		if d.fault == "deaf to typing" {
			return
		}
	case "left":
		ev.Type = orchestrator.EventChatEnded
	default:
		return
	}
	if _, err := sink.Receive(ctx, ev); err != nil {
		d.log.Info("not taken", "kind", n.Kind, "error", err)
	}
}

// reconcile names what changed at the vendor while nobody listened.
func (d *toyDesk) reconcile(ctx context.Context, sink orchestrator.Sink, epoch int) {
	if d.fault == "does not compare" {
		return
	}
	d.mu.Lock()
	open := make([]orchestrator.ConversationID, 0, len(d.open))
	for id := range d.open {
		open = append(open, id)
	}
	d.mu.Unlock()
	for _, id := range open {
		closed, err := d.call(ctx, "closed", id, nil)
		if err != nil || !strings.Contains(closed, "true") {
			continue
		}
		reason := "drift: the chat was closed at the desk while the session was lost"
		if d.fault == "does not name the drift" {
			reason = ""
		}
		if _, err := sink.Receive(ctx, orchestrator.Event{
			ID: orchestrator.EventID(fmt.Sprintf("toy:drift:%d", epoch)), Type: orchestrator.EventChatEnded,
			Conversation: id, Desk: "toy", Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "toy"}, Reason: reason,
		}); err != nil {
			d.log.Info("drift not taken", "error", err)
		}
	}
}
