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
	"strings"
	"sync"
	"sync/atomic"

	"handoff/connectors/desktest"
	"handoff/connectors/internal/plaintext"
	"handoff/connectors/internal/report"
	"handoff/connectors/internal/session"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// fault is what is wrong on purpose with a toy desk; empty is a good one.
type fault string

// toyDesk is a connector for the toy vendor, as small as one that does everything right can be.
type toyDesk struct {
	fault  fault
	seat   string
	second bool // of two processes
	base   string
	client *http.Client
	// polls has connections of its own: net/http may break the call that follows a poll which is cancelled as it is answered.
	polls  *http.Client
	log    *slog.Logger
	memory *desktest.Memory
	keeper *session.Keeper
	random atomic.Int64
	// reporter tells what is heard.
	reporter *report.Reporter
	wg       sync.WaitGroup

	mu     sync.Mutex
	sink   orchestrator.Sink
	ended  map[string]bool
	logins int64
	drift  map[string]int64
	placed map[string]bool // whom a place was told
	left   map[string]bool // what it has handed over and does not see any more
	unread map[string]bool // whom it has forgotten
}

var (
	_ orchestrator.Desk           = (*toyDesk)(nil)
	_ orchestrator.TypingNotifier = (*toyDesk)(nil)
	_ orchestrator.HealthReporter = (*toyDesk)(nil)
	_ orchestrator.Reclaimer      = (*toyDesk)(nil)
	_ session.Vendor              = (*toyDesk)(nil)
)

func (d *toyDesk) Name() orchestrator.ConnectorName { return "toy" }

func (d *toyDesk) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "toy", Seats: []string{desktest.SeatCustomer, desktest.SeatAgent}, TypingIn: true,
		TypingOut: d.fault != "denies an ability", LongestText: toyLimit, Conference: d.fault == "claims an ability",
		OneSession: true, WrapUpSeen: true, Positions: true, History: orchestrator.HistoryNote,
		TakeBack: d.seat == desktest.SeatAgent && d.fault != "cannot take back",
	}
}

// Health implements orchestrator.HealthReporter.
func (d *toyDesk) Health() orchestrator.Health {
	h := d.keeper.Health()
	d.mu.Lock()
	defer d.mu.Unlock()
	h.Logins += d.logins
	return orchestrator.Health{Session: &h, Drift: maps.Clone(d.drift)}
}

func (d *toyDesk) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	if ref == "" {
		ref = string(cmd.Conversation)
		if d.fault == "opens another chat when it is unsure" && cmd.Unsure {
			ref += "-again"
		}
	}
	for _, note := range []string{"opening", "chat"} {
		if err := d.memory.Keep(ctx, "toy", ref, note, []byte("open")); err != nil {
			return "", d.fail("open", 0, orchestrator.OutcomeRetry, err)
		}
	}
	if d.fault == "says goodbye after the transfer" && d.seat == desktest.SeatAgent {
		defer func() {
			_, _ = d.call(ctx, "send", ref, url.Values{"key": {string(cmd.ID)}, "text": {"bye"}, "role": {"bot"}})
		}()
	}
	if d.fault == "keeps the chat" && d.seat == desktest.SeatAgent {
		return ref, nil
	}
	if d.fault == "does not open" {
		return ref, nil
	}
	if d.fault == "says aloud what was said before" {
		role := map[string]string{desktest.SeatAgent: "bot"}[d.seat]
		more := url.Values{"key": {string(cmd.ID)}, "text": {wording.History(cmd.History, toyHistory)}, "role": {role}}
		_, _ = d.call(ctx, "send", ref, more)
	}
	if _, err := d.call(ctx, "open", ref, url.Values{"queue": {toyQueue}, "note": {d.note(cmd)}}); err != nil {
		return "", err
	}
	if d.fault == outOfSight {
		d.letGo(ctx, cmd)
	}
	return ref, nil
}

// toyHistory is how many characters a note of the toy vendor's may have.
const toyHistory = 4000

// note is what people read beside the chat.
func (d *toyDesk) note(cmd *orchestrator.Command) string {
	switch d.fault { //nolint:exhaustive // the other faults are elsewhere
	case "keeps what was said before":
		return cmd.Note
	case "cuts the newest words":
		return wording.Cut(cmd.Note+"\n\n"+wording.History(cmd.History, 1<<20), toyHistory)
	case "cuts without a mark":
		return strings.ReplaceAll(wording.WithHistory(cmd.Note, cmd.History, toyHistory), wording.HistoryCut, "")
	}
	return wording.WithHistory(cmd.Note, cmd.History, toyHistory)
}

// letGo says that our part is over, where nobody tells us what follows.
func (d *toyDesk) letGo(ctx context.Context, cmd *orchestrator.Command) {
	d.mu.Lock()
	d.left[cmd.To.Ref] = true
	d.mu.Unlock()
	for _, of := range []orchestrator.EventType{orchestrator.EventAccepted, orchestrator.EventCompleted} {
		ev := orchestrator.Event{
			ID: orchestrator.EventID(string(cmd.ID) + ":" + string(of)), Type: of, Reason: "handed over: not visible from here",
			Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "toy"}, Agent: &orchestrator.Agent{ID: "toy"},
		}
		d.address(&ev, cmd.To.Ref)
		d.tell(ctx, ev)
	}
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
	role := "customer"
	if d.seat == desktest.SeatAgent {
		role = "bot"
	}
	text := wording.Text(cmd.Message)
	switch d.fault { //nolint:exhaustive // the other faults are elsewhere
	case "leaves files out":
		text = cmd.Message.Text
	case "takes words for markup":
		text = plaintext.FromHTML(text)
	}
	for i, piece := range d.pieces(text) {
		key := fmt.Sprintf("%s#%d", cmd.ID, i)
		if d.fault == "forgets the key" {
			key = fmt.Sprint(d.random.Add(1))
		}
		more := url.Values{"key": {key}, "text": {piece}, "role": {role}}
		if _, err := d.call(ctx, "send", cmd.To.Ref, more); err != nil {
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

func (d *toyDesk) TakeBack(ctx context.Context, cmd *orchestrator.Command) error {
	if d.fault == "leaves it with the people" {
		return nil
	}
	_, err := d.call(ctx, "take-back", cmd.To.Ref, nil)
	return err
}

func (d *toyDesk) Typing(ctx context.Context, cmd *orchestrator.Command) error {
	if d.fault == "swallows typing" {
		return nil
	}
	_, err := d.call(ctx, "typing", cmd.To.Ref, nil)
	return err
}

func (d *toyDesk) End(ctx context.Context, cmd *orchestrator.Command) error {
	d.mu.Lock()
	again, left := d.ended[cmd.To.Ref], d.left[cmd.To.Ref]
	d.ended[cmd.To.Ref] = true
	d.mu.Unlock()
	if left {
		return ctx.Err() // people have it
	}
	if d.fault == "fails to end what has ended" && again {
		return &orchestrator.ConnectorError{Connector: "toy", Op: "end", Outcome: orchestrator.OutcomePermanent}
	}
	if d.fault == "leaves the chat open" {
		return nil
	}
	_, err := d.call(ctx, "end", cmd.To.Ref, nil)
	return err
}

// call calls the vendor, and once more after logging in where the session is lost.
func (d *toyDesk) call(ctx context.Context, op, chat string, more url.Values) (string, error) {
	if d.fault == "ignores the context" {
		ctx = context.WithoutCancel(ctx)
	}
	query := url.Values{"chat": {chat}}
	maps.Copy(query, more)
	under, number, err := d.keeper.Current(ctx)
	if err != nil {
		return "", err
	}
	body, err := d.once(ctx, op, under, query)
	var ce *orchestrator.ConnectorError
	if !errors.As(err, &ce) || ce.Status != http.StatusUnauthorized || d.fault == "gives up at a 401" {
		return body, err
	}
	if d.fault == "logs in for each call" {
		d.mu.Lock()
		d.logins++
		d.mu.Unlock()
		if under, err = d.Login(ctx); err != nil {
			return "", err
		}
		return d.once(ctx, op, under, query)
	}
	if under, _, err = d.keeper.Renewed(ctx, under, number); err != nil {
		return "", err
	}
	return d.once(ctx, op, under, query)
}

func (d *toyDesk) once(ctx context.Context, op string, under []byte, query url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+"/"+op+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return "", d.fail(op, 0, orchestrator.OutcomePermanent, errors.New("no such address"))
	}
	req.Header.Set("X-Session", string(under))
	req.Header.Set("Authorization", "Bearer "+toyKey)
	client := d.client
	if op == "notes" {
		client = d.polls
	}
	resp, err := client.Do(req)
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
	case resp.StatusCode == http.StatusOK && len(body) > 0 && !json.Valid(body) && d.fault != "believes every page":
		return "", d.fail(op, resp.StatusCode, orchestrator.OutcomeUnknown, errors.New("the answer is a page"))
	case resp.Header.Get("X-Now") != "" && d.fault != "keeps the old id":
		query.Set("chat", resp.Header.Get("X-Now"))
		return d.once(ctx, op, under, query)
	case resp.StatusCode == http.StatusGone && d.fault == "says that it was told":
		return "", nil
	case resp.StatusCode == http.StatusForbidden && d.fault == "logs in when it is refused":
		d.mu.Lock()
		d.logins++
		d.mu.Unlock()
		return "", d.fail(op, resp.StatusCode, orchestrator.OutcomePermanent, errors.New("refused"))
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
	case d.fault == "takes a refusal for a maybe" && status < 500:
		return orchestrator.OutcomeUnknown
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
