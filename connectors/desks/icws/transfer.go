package icws

import (
	"context"
	"net/http"
	"strings"
	"unicode"
)

// write puts the context into the chat's attributes.
func (s *agentSeat) write(ctx context.Context, id string, fields map[string]string) error {
	attributes := make(map[string]string, len(fields))
	for name, value := range fields {
		attributes[attributePrefix+attributeName(name)] = value
	}
	return s.inSession(ctx, func(in *session) *request {
		return &request{
			op: "open", method: http.MethodPost, path: in.path("/interactions/%s", id), repeats: true,
			body: map[string]any{"attributes": attributes},
		}
	})
}

// attributeName keeps what an attribute's name may surely hold.
func attributeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
}

type queueID struct {
	Type int    `json:"queueType"`
	Name string `json:"queueName"`
}

// transfer sends a chat to a workgroup. Servers before interactions 13 know a scoped name only, and some refuse the workgroup
// in the newer form, so that a 400 is answered with the older one.
func (s *agentSeat) transfer(ctx context.Context, id, workgroup string) error {
	old := false
	err := s.inSession(ctx, func(in *session) *request {
		if old = in.Interactions < levelQueueID; old {
			return transferByName(in, id, workgroup)
		}
		return &request{
			op: "open", method: http.MethodPost, path: in.path("/interactions/%s/blind-transfer", id),
			body: map[string]queueID{"queueID": {queueWorkgroup, workgroup}},
		}
	})
	if old || statusOf(err) != http.StatusBadRequest {
		return err
	}
	return s.inSession(ctx, func(in *session) *request { return transferByName(in, id, workgroup) })
}

func transferByName(in *session, id, workgroup string) *request {
	return &request{
		op: "open", method: http.MethodPost, path: in.path("/interactions/%s/blind-transfer", id),
		body: map[string]string{"target": "Workgroup Queue:" + workgroup},
	}
}
