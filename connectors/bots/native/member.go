package native

import (
	"net/http"

	"handoff/orchestrator"
)

// members says where each field stands: below data in an event, and in the flat form.
var members = map[orchestrator.Field]struct{ nested, flat string }{
	orchestrator.FieldQueue:        {"/target/queue", "/queue"},
	orchestrator.FieldAgent:        {"/target/agent_id", "/agent_id"},
	orchestrator.FieldPriority:     {"/target/priority", "/priority"},
	orchestrator.FieldQueueTimeout: {"/limits/queue_timeout_seconds", "/queue_timeout_seconds"},
	orchestrator.FieldOnEnd:        {"/on_end", "/on_end"},
	orchestrator.FieldAttributes:   {"/attributes", "/attributes"},
	orchestrator.FieldMessageID:    {"/message/id", ""},
}

// Member is the pointer of a field in a request that was decoded. In the binary mode of CloudEvents the body is the data.
func (b *Bot) Member(header http.Header, flat bool, field orchestrator.Field) string {
	at := members[field]
	if flat {
		return at.flat
	}
	if form, err := formOf(header, nil); err == nil && form == formBinary {
		return at.nested
	}
	return "/data" + at.nested
}
