package icws

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"handoff/orchestrator"
)

// listen hears messages until the session is over.
func (l *listener) listen(ctx context.Context) error {
	if l.config.Listen == ListenStream || l.config.Listen == ListenAuto && l.login.Messaging >= levelStream {
		return l.stream(ctx)
	}
	return l.poll(ctx)
}

// poll fetches messages at the configured pace. What is fetched is taken off the server's list, so after an answer that was
// lost everything is subscribed to anew.
func (l *listener) poll(ctx context.Context) error {
	for failures := 0; ; {
		var raw json.RawMessage
		err := l.client.do(ctx, &request{
			op: "poll", method: http.MethodGet, path: l.login.path("/messaging/messages"), session: l.login, withoutToken: true, into: &raw,
			repeats: true, takesOff: true,
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case isUnauthorized(err):
			return err
		case err != nil:
			if failures++; failures >= maxFailures {
				return err
			}
			if orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown {
				if err := l.resubscribe(ctx); err != nil {
					return err
				}
			}
			continue // the first repetitions come at once
		}
		failures = 0
		messages, unread, err := decodeMessages(raw)
		if err != nil || unread > 0 {
			l.Log.InfoContext(ctx, "messages that cannot be read", "count", unread, "error", err)
		}
		for i := range messages {
			if err := l.hear(ctx, &messages[i]); err != nil {
				return err
			}
		}
		l.Rest(ctx, l.config.PollEvery, nil)
	}
}

// resubscribe brings back what was lost: every subscription tells anew how things stand.
func (l *listener) resubscribe(ctx context.Context) error {
	if err := l.subscribe(ctx); err != nil {
		return err
	}
	for _, c := range l.chats {
		if err := l.follow(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// maxEvent bounds one event of the stream, in bytes: the whole list of a chat's words comes as one.
const maxEvent = maxMessages

// stream hears messages as server-sent events. When it breaks it is opened anew, and everything is subscribed to anew, because
// no source says that a server repeats what was sent meanwhile.
func (l *listener) stream(ctx context.Context) error {
	for failures := 0; ; {
		heard, err := l.streamOnce(ctx)
		var lost *sessionLost
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &lost):
			return lost.err
		case isUnauthorized(err):
			return err
		case heard:
			failures = 0
		default:
			if failures++; failures >= maxFailures {
				return err
			}
		}
		l.Log.InfoContext(ctx, "the stream of messages broke and is opened anew", "error", err)
		if err := l.resubscribe(ctx); err != nil {
			return err
		}
	}
}

// sessionLost is an end of the session that a message told.
type sessionLost struct{ err error }

// Error is why it was lost.
func (l *sessionLost) Error() string { return l.err.Error() }

// streamOnce reads one stream until it ends; heard says that something came through it.
func (l *listener) streamOnce(ctx context.Context) (heard bool, err error) {
	r := &request{op: "stream", method: http.MethodGet, path: l.login.path("/messaging/messages"), session: l.login, withoutToken: true}
	call, err := l.client.call(r)
	if err != nil {
		return false, err
	}
	call.Header.Set("Accept", "text/event-stream")
	body, err := l.client.polls.Stream(ctx, call, silence)
	if err != nil {
		return false, l.client.refused(r, nil, err)
	}
	defer body.Close() //nolint:errcheck // nothing was written
	err = readEvents(body, func(data []byte) error {
		m, err := decodeMessage(data)
		if err != nil {
			l.Log.InfoContext(ctx, "a message that cannot be read", "error", errors.New("not the JSON that was expected"))
			return nil //nolint:nilerr // one message that cannot be read does not end the stream
		}
		heard = true
		if err := l.hear(ctx, &m); err != nil {
			return &sessionLost{err}
		}
		return nil
	})
	return heard, err
}

// readEvents gives the data of each event; comments, which keep the connection alive, and names of events are nothing to us. It
// ends with what ended the body, io.EOF included, or with what take answers.
func readEvents(body io.Reader, take func(data []byte) error) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		switch {
		case len(line) == 0:
			if len(data) > 0 {
				if err := take(data); err != nil {
					return err
				}
			}
			data = data[:0]
		case bytes.HasPrefix(line, []byte("data:")):
			data = append(data, bytes.TrimPrefix(line[len("data:"):], []byte(" "))...)
			data = append(data, '\n')
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}
