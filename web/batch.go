package web

import (
	"encoding/json"
	"fmt"
	"math"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"handoff/orchestrator"
)

// BatchType is the media type of many events in one request.
const BatchType = "application/vnd.handoff.events+json"

func isBatch(header http.Header) bool {
	value := header.Get("Content-Type")
	if value == "application/json" { // the common case costs nothing
		return false
	}
	kind, params, err := mime.ParseMediaType(value)
	charset := params["charset"]
	return err == nil && kind == BatchType && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// batch is the events of one request and what became of them. Goroutines share it, and must not use the answer of the call.
type batch struct {
	*Server
	call    *call
	request string // its id
	bot     botReceiver
	events  []orchestrator.BatchedEvent
	results []batchResult
}

// batchResult is what became of one event of a batch.
type batchResult struct {
	id      string
	answer  botAnswer // where there is no problem
	problem *problem
}

// receiveBatch takes the events of one signed request. Those of one conversation are taken one after the other, and none after one
// that was refused; different conversations do not wait for each other, so that their commits share a flush.
func (s *Server) receiveBatch(c *call) error {
	b, err := s.admitBot(c)
	if err != nil {
		return err
	}
	decoder, ok := b.receiver.(orchestrator.BatchReceiver)
	if !ok {
		return refusal(codeMediaType, "this bot sends no batches: send each event by itself")
	}
	events, err := decoder.DecodeBatch(c.Request().Header, c.body, s.now())
	if err != nil {
		return err
	}
	run := &batch{Server: s, call: c, request: requestID(c), bot: b, events: events, results: make([]batchResult, len(events))}
	for i := range events {
		run.results[i].id = events[i].ID
		if i == 0 {
			continue // the request itself was counted for it
		}
		if err := s.limits.bot.take(c.who.key()); err != nil && events[i].Err == nil {
			events[i].Err = err
		}
	}
	var working sync.WaitGroup
	groups := byConversation(events)
	working.Add(len(groups) - 1)
	for _, places := range groups[1:] {
		s.crew.run(func() {
			defer working.Done()
			run.inOrder(places)
		})
	}
	run.inOrder(groups[0])
	working.Wait()
	return run.answer()
}

// byConversation answers the places of the events of each conversation. One that names no conversation stands for itself.
func byConversation(events []orchestrator.BatchedEvent) [][]int {
	groups := make([][]int, 0, len(events))
	at := make(map[string]int, len(events))
	for i := range events {
		external := events[i].Event.External
		group, known := at[external]
		if external == "" || !known {
			group = len(groups)
			groups = append(groups, nil)
			at[external] = group
		}
		groups[group] = append(groups[group], i)
	}
	return groups
}

// inOrder takes the events of one conversation until one of them is refused.
func (b *batch) inOrder(places []int) {
	failed := ""
	for _, i := range places {
		ev, result := &b.events[i], &b.results[i]
		err := ev.Err
		if failed != "" {
			err = refusal(codeEarlierFailed, "the event "+failed+" of this conversation was refused: send this one again after it")
		}
		if err == nil {
			result.answer, err = b.receive(&ev.Event)
		}
		if err == nil {
			continue
		}
		result.problem = b.problem(i, err)
		b.log.Info("event of a batch", "request_id", b.request, "event", ev.ID,
			"conversation", b.conversationOf(b.call, &ev.Event), "code", result.problem.Code)
		if failed == "" {
			failed = strconv.Quote(ev.ID)
		}
	}
}

// receive takes one event as if it had come alone. A fault of ours in it ends this event, and not the process.
func (b *batch) receive(ev *orchestrator.Event) (answer botAnswer, err error) {
	defer func() {
		if r := recover(); r != nil {
			b.log.Error("a handler panicked", "route", b.call.Path(), "request_id", b.request, "panic", fmt.Sprint(r),
				"stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	receipt, err := b.receiveOnce(b.call, ev)
	if err != nil {
		header := b.call.Request().Header
		return answer, orchestrator.Placed(err, func(f orchestrator.Field) string { return b.bot.member(header, false, f) })
	}
	answer, err = b.answerOf(b.call.ctx(), ev, receipt, receipt.Conversation, false)
	if err == nil && (receipt.Created || receipt.Moved) { // as the line of a request: none for each word
		b.log.Info("event of a batch", "request_id", b.request, "event", ev.ID, "conversation", receipt.Conversation.ID)
	}
	return answer, err
}

// problem is the document about one event, with pointers into the whole body.
func (b *batch) problem(place int, err error) *problem {
	p := problemFor(err, b.call.Request())
	if p.Status >= http.StatusInternalServerError {
		b.log.Error("an event of a batch failed", "request_id", b.request, "error", err.Error())
	}
	p.Instance, p.RequestID = b.call.Request().URL.Path, b.request
	p.Errors = slices.Clone(p.Errors)
	for i := range p.Errors {
		if at := &p.Errors[i].Pointer; !strings.HasPrefix(*at, "/events/") { // found after decoding
			*at = fmt.Sprintf("/events/%d%s", place, *at)
		}
	}
	return &p
}

// answer answers with the results in the order of the events.
func (b *batch) answer() error {
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in it
	defer putBuffer(buf)
	minimal := b.call.minimal()
	out := append((*buf)[:0], `{"results":[`...)
	var wait time.Duration
	for i := range b.results {
		result := &b.results[i]
		if i > 0 {
			out = append(out, ',')
		}
		if result.problem != nil {
			wait = max(wait, result.problem.retryAfter)
		}
		var err error
		if out, err = b.appendResult(out, result, minimal); err != nil {
			return err
		}
	}
	out = append(out, "]}"...)
	*buf = out
	if minimal {
		b.call.applied(minimalReturn)
	}
	h := b.call.Response().Header()
	if wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	h.Set("Content-Length", strconv.Itoa(len(out)))
	return writeJSON(b.call, http.StatusMultiStatus, out)
}

func (b *batch) appendResult(out []byte, r *batchResult, minimal bool) ([]byte, error) {
	out = appendText(append(out, `{"id":`...), r.id)
	if r.problem != nil {
		out = strconv.AppendInt(appendMember(out, "status"), int64(r.problem.Status), 10)
		document, err := json.Marshal(r.problem)
		return append(append(appendMember(out, "problem"), document...), '}'), err
	}
	out = strconv.AppendInt(appendMember(out, "status"), int64(r.answer.status), 10)
	out, err := b.appendBotAnswer(b.call.ctx(), appendMember(out, "conversation"), &r.answer, b.placeOf(r.answer.Conversation), minimal)
	return append(out, '}'), err
}
