package nativetest

import (
	"strings"

	"handoff/orchestrator"
)

func handoffs() []BadRequest {
	asked := func(data string) string { return event("handoff.requested", data) }
	skills := strings.TrimSuffix(strings.Repeat(`"s",`, 21), ",")
	return filled([]BadRequest{
		{Name: "unknown reason", Body: asked(`{"reason":"bored"}`),
			Errors: field("/data/reason", "must be one of user_requested, rule, max_attempts, sentiment, policy, autonomous, other")},
		{Name: "target is a text", Body: asked(`{"target":"billing"}`), Errors: field("/data/target", "must be an object")},
		{Name: "empty queue", Body: asked(`{"target":{"queue":""}}`), Errors: field("/data/target/queue", "must not be empty")},
		{Name: "queue too long", Body: asked(`{"target":{"queue":"` + long(65) + `"}}`),
			Errors: field("/data/target/queue", "must have at most 64 characters")},
		{Name: "skills are a text", Body: asked(`{"target":{"skills":"de"}}`),
			Errors: field("/data/target/skills", "must be an array")},
		{Name: "skill is a number", Body: asked(`{"target":{"skills":["de",1]}}`),
			Errors: field("/data/target/skills/1", "must be a string")},
		{Name: "too many skills", Body: asked(`{"target":{"skills":[` + skills + `]}}`),
			Errors: field("/data/target/skills", "must have at most 20 elements")},
		{Name: "priority too great", Body: asked(`{"target":{"priority":10}}`),
			Errors: field("/data/target/priority", "must be from 0 to 9")},
		{Name: "priority beyond any integer", Body: asked(`{"target":{"priority":100000000000000000000}}`),
			Errors: field("/data/target/priority", "must be from 0 to 9")},
		{Name: "language that is none", Body: asked(`{"language":"german!"}`),
			Errors: field("/data/language", "must be a BCP 47 tag such as de-DE")},
		{Name: "user without id", Body: asked(`{"user":{"name":"Ann"}}`), Errors: field("/data/user/id", "is required")},
		{Name: "user's address", Body: asked(`{"user":{"id":"u-1","email":"ann"}}`),
			Errors: field("/data/user/email", "must be an e-mail address")},
		{Name: "authenticated is a text", Body: asked(`{"user":{"id":"u-1","authenticated":"yes"}}`),
			Errors: field("/data/user/authenticated", "must be true or false")},
		{Name: "nested attribute", Body: asked(`{"attributes":{"order":{"id":1}}}`),
			Errors: field("/data/attributes/order", wantScalar)},
		{Name: "attribute is a list", Body: asked(`{"attributes":{"orders":[1]}}`),
			Errors: field("/data/attributes/orders", wantScalar)},
		{Name: "attribute is null at a request", Body: asked(`{"attributes":{"order":null}}`),
			Errors: field("/data/attributes/order", wantScalar)},
		{Name: "attribute too long", Body: asked(`{"attributes":{"order":"` + long(1025) + `"}}`),
			Errors: field("/data/attributes/order", "must have at most 1024 characters")},
		{Name: "attribute too great", Body: asked(`{"attributes":{"order":1e999}}`),
			Errors: field("/data/attributes/order", "is too great a number")},
		{Name: "attribute's name too long", Body: asked(`{"attributes":{"` + long(65) + `":1}}`),
			Errors: field("/data/attributes/"+long(65), "the name must have 1 to 64 characters")},
		{Name: "attribute without a name", Body: asked(`{"attributes":{"":1}}`),
			Errors: field("/data/attributes/", "the name must have 1 to 64 characters")},
		{Name: "attribute's name is escaped in the pointer", Body: asked(`{"attributes":{"a/b~c":[]}}`),
			Errors: field("/data/attributes/a~1b~0c", wantScalar)},
		{Name: "user's nested attribute", Body: asked(`{"user":{"id":"u","attributes":{"t":{}}}}`),
			Errors: field("/data/user/attributes/t", wantScalar)},
		{Name: "unknown reply mode", Body: asked(`{"reply":{"mode":"push"}}`),
			Errors: field("/data/reply/mode", "must be one of callback, poll, sync")},
		{Name: "reply context too large", Body: asked(`{"reply":{"context":"` + long(4<<10) + `"}}`),
			Errors: field("/data/reply/context", "must have at most 4096 bytes")},
		{Name: "queue timeout 0", Body: asked(`{"limits":{"queue_timeout_seconds":0}}`),
			Errors: field("/data/limits/queue_timeout_seconds", "must be from 1 to 86400")},
		{Name: "queue timeout as a text", Body: asked(`{"limits":{"queue_timeout_seconds":"300"}}`),
			Errors: field("/data/limits/queue_timeout_seconds", "must be an integer")},
		{Name: "unknown on_end", Body: asked(`{"on_end":"sleep"}`),
			Errors: field("/data/on_end", "must be one of return_to_bot, end_conversation")},
		{Name: "several at once", Body: asked(`{"reason":1,"target":{"priority":-1,"skills":[2]},"language":3}`),
			Errors: []orchestrator.FieldError{
				{Pointer: "/data/reason", Detail: "must be a string"}, {Pointer: "/data/target/priority", Detail: "must be from 0 to 9"},
				{Pointer: "/data/target/skills/0", Detail: "must be a string"}, {Pointer: "/data/language", Detail: "must be a string"}}},
		{Name: "too many attributes", Body: asked(`{"attributes":` + attributes(65) + `}`), Errors: append(
			field("/data/attributes/k"+strings.Repeat("i", 64), "the name must have 1 to 64 characters"),
			field("/data/attributes", "must have at most 64 attributes")...)},
	})
}

func transcripts() []BadRequest {
	turn := func(t string) string {
		return event("handoff.requested", `{"transcript":[{"role":"user","text":"x"},`+t+`]}`)
	}
	return filled([]BadRequest{
		{Name: "transcript is a text", Body: event("handoff.requested", `{"transcript":"x"}`),
			Errors: field("/data/transcript", "must be an array")},
		{Name: "turn is a text", Body: turn(`"x"`), Errors: field("/data/transcript/1", "must be an object")},
		{Name: "turn without role and text", Body: turn(`{}`), Errors: []orchestrator.FieldError{
			{Pointer: "/data/transcript/1/role", Detail: "is required"}, {Pointer: "/data/transcript/1/text", Detail: "is required"}}},
		{Name: "turn of a supervisor", Body: turn(`{"role":"supervisor","text":"x"}`),
			Errors: field("/data/transcript/1/role", "must be one of user, bot, agent, system")},
		{Name: "turn's time", Body: turn(`{"role":"bot","text":"x","timestamp":"yesterday"}`),
			Errors: field("/data/transcript/1/timestamp", wantTime)},
	})
}

func others() []BadRequest {
	return filled([]BadRequest{
		{Name: "typing without author", Body: event("typing.started", `{}`), Errors: field("/data/author", "is required")},
		{Name: "an agent types", Body: event("typing.stopped", `{"author":{"role":"agent"}}`),
			Errors: field("/data/author/role", "must be one of user, bot")},
		{Name: "read up to nothing", Body: event("message.read", `{}`), Errors: field("/data/up_to_message_id", "is required")},
		{Name: "read up to a number", Body: event("message.read", `{"up_to_message_id":5}`),
			Errors: field("/data/up_to_message_id", "must be a string")},
		{Name: "context without attributes", Body: event("context.updated", `{}`), Errors: field("/data/attributes", "is required")},
		{Name: "context with a nested attribute", Body: event("context.updated", `{"attributes":{"a":[]}}`),
			Errors: field("/data/attributes/a", wantScalar)},
		{Name: "cancelled without reason", Body: event("handoff.cancelled", `{}`), Errors: field("/data/reason", "is required")},
		{Name: "cancelled for an unknown reason", Body: event("handoff.cancelled", `{"reason":"bored"}`),
			Errors: field("/data/reason", "must be one of user_left, bot_resolved, user_changed_mind, timeout")},
		{Name: "ended without reason", Body: event("conversation.ended", `{}`), Errors: field("/data/reason", "is required")},
		{Name: "ended for too long a reason", Body: event("conversation.ended", `{"reason":"`+long(65)+`"}`),
			Errors: field("/data/reason", "must have at most 64 characters")},
	})
}

func cloudEvents() []BadRequest {
	kind := map[string]string{"Content-Type": structured}
	const good = `{"specversion":"1.0","id":"evt_1","source":"/bots/shop","type":"message.created","subject":"c-789","time":"2026-11-21T20:15:00Z"`
	binary := func(name, value string) map[string]string {
		h := map[string]string{"ce-specversion": "1.0", "ce-id": "evt_1", "ce-source": "/bots/shop", "ce-type": "message.created", "ce-subject": "c-789"}
		h[name] = value
		return h
	}
	return filled([]BadRequest{
		{Name: "empty CloudEvent", Header: kind, Body: `{}`, Errors: []orchestrator.FieldError{
			{Pointer: "/specversion", Detail: "is required"}, {Pointer: "/id", Detail: "is required"}, {Pointer: "/source", Detail: "is required"},
			{Pointer: "/type", Detail: "is required"}, {Pointer: "/subject", Detail: "is required"}, {Pointer: "/data", Detail: "is required"}}},
		{Name: "version 0.3", Header: kind, Body: strings.Replace(good, "1.0", "0.3", 1) + `,"data":` + said + `}`,
			Errors: field("/specversion", "must be one of 1.0")},
		{Name: "another bot's source", Header: kind, Body: strings.Replace(good, "/bots/shop", "/bots/bank", 1) + `,"data":` + said + `}`,
			Errors: field("/source", "must be one of /bots/shop")},
		{Name: "data in base64", Header: kind, Body: good + `,"data_base64":"e30="}`, Errors: []orchestrator.FieldError{
			{Pointer: "/data_base64", Detail: "is not taken: give data as JSON"}, {Pointer: "/data", Detail: "is required"}}},
		{Name: "data in XML", Header: kind, Body: good + `,"datacontenttype":"text/xml","data":` + said + `}`,
			Errors: field("/datacontenttype", "must be application/json")},
		{Name: "sequence that does not count", Header: kind, Body: good + `,"sequence":"a","data":` + said + `}`,
			Errors: field("/sequence", "must be a whole number")},
		{Name: "CloudEvent's data", Header: kind, Body: good + `,"data":{"message":{"id":"m1","text":2},"author":{"role":"user"}}}`,
			Errors: field("/data/message/text", "must be a string")},
		{Name: "CloudEvent of an unknown type", Header: kind,
			Body: strings.Replace(good, "message.created", "com.example.thing", 1) + `,"data":{}}`, Code: unknownType, Errors: field("/type", notTaken)},
		{Name: "binary mode under a signature", Header: binary("", ""), Body: said, Status: 415, Code: mediaType},
		{Name: "binary mode without subject", Bearer: true, Header: binary("ce-subject", ""), Body: said,
			Errors: field("ce-subject", "is required")},
		{Name: "binary mode with an unknown type", Bearer: true, Header: binary("ce-type", "x"), Body: said, Code: unknownType,
			Errors: field("ce-type", notTaken)},
		{Name: "binary mode with a broken time", Bearer: true, Header: binary("ce-time", "now"), Body: said,
			Errors: field("ce-time", wantTime)},
		{Name: "binary mode, not percent-encoded", Bearer: true, Header: binary("ce-subject", "%zz"), Body: said,
			Errors: field("ce-subject", "must be percent-encoded UTF-8")},
		{Name: "binary mode, data", Bearer: true, Header: binary("ce-epoch", "2"), Body: `{"author":{"role":"user"}}`,
			Errors: field("/message", "is required")},
	})
}

func flat() []BadRequest {
	rows := filled([]BadRequest{
		{Name: "flat: nothing given", Body: `{}`, Errors: field("/conversation_id", "is required")},
		{Name: "flat: array", Body: `[]`, Errors: field("", "must be an object")},
		{Name: "flat: priority as a text", Body: `{"conversation_id":"c","priority":"high"}`,
			Errors: field("/priority", "must be an integer")},
		{Name: "flat: skills as a text", Body: `{"conversation_id":"c","skills":"de,fr"}`,
			Errors: field("/skills", "must be an array")},
		{Name: "flat: address", Body: `{"conversation_id":"c","user_email":"@"}`,
			Errors: field("/user_email", "must be an e-mail address")},
		{Name: "flat: nested attribute", Body: `{"conversation_id":"c","attributes":{"a":{}}}`,
			Errors: field("/attributes/a", wantScalar)},
		{Name: "flat: transcript is a list", Body: `{"conversation_id":"c","transcript_text":[]}`,
			Errors: field("/transcript_text", "must be a string")},
		{Name: "flat: unknown on_end", Body: `{"conversation_id":"c","on_end":"x"}`,
			Errors: field("/on_end", "must be one of return_to_bot, end_conversation")},
		{Name: "flat: id is not webhook-id", Body: `{"conversation_id":"c","id":"other"}`,
			Errors: field("/id", "must be the same as webhook-id")},
		{Name: "flat: an event that asks for nobody", Body: `{"conversation_id":"c","type":"typing.started","data":{"author":{"role":"user"}}}`,
			Errors: field("/type", "is an event: post it to /events")},
		{Name: "flat: a CloudEvent", Header: map[string]string{"Content-Type": structured}, Body: `{"conversation_id":"c"}`,
			Status: 415, Code: mediaType},
		{Name: "flat: not JSON", Body: `conversation_id=c`, Status: 400, Code: malformed},
	})
	for i := range rows {
		rows[i].Flat = true
	}
	return rows
}
