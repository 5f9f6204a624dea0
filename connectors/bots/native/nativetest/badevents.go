package nativetest

import (
	"strings"

	"handoff/orchestrator"
)

func envelope() []BadRequest {
	const head = `{"id":"evt_1","type":"message.created","timestamp":"2026-11-21T20:15:00.123Z","conversation_id":"c-789",`
	rows := []BadRequest{
		{Name: "array", Body: `[]`, Errors: field("", "must be an object")},
		{Name: "null", Body: `null`, Errors: field("", "must be an object")},
		{Name: "nothing given", Body: `{}`, Errors: []orchestrator.FieldError{
			{Pointer: "/type", Detail: "is required"}, {Pointer: "/timestamp", Detail: "is required"},
			{Pointer: "/conversation_id", Detail: "is required"}, {Pointer: "/data", Detail: "is required"},
		}},
		{Name: "everything of the wrong type",
			Body: `{"id":1,"type":2,"timestamp":3,"conversation_id":4,"handoff_id":5,"sequence":"6","epoch":"7","handoff":true,"data":8}`,
			Errors: []orchestrator.FieldError{
				{Pointer: "/id", Detail: "must be a string"}, {Pointer: "/type", Detail: "must be a string"},
				{Pointer: "/timestamp", Detail: "must be a string"}, {Pointer: "/conversation_id", Detail: "must be a string"},
				{Pointer: "/handoff_id", Detail: "must be a string"}, {Pointer: "/sequence", Detail: "must be an integer"},
				{Pointer: "/epoch", Detail: "must be an integer"}, {Pointer: "/handoff", Detail: "must be an integer"},
			}},
		{Name: "id is not webhook-id", Body: `{"id":"evt_2",` + head[14:] + `"data":` + said + `}`,
			Errors: field("/id", "must be the same as webhook-id")},
		{Name: "id with a slash", Body: `{"id":"evt/1",` + head[14:] + `"data":` + said + `}`, Errors: field("/id", wantID)},
		{Name: "empty id", Body: `{"id":"",` + head[14:] + `"data":` + said + `}`, Errors: field("/id", wantID)},
		{Name: "type too long", Body: strings.Replace(event("message.created", said), "message.created", long(65), 1),
			Errors: field("/type", "must have at most 64 characters")},
		{Name: "unknown type", Body: event("message.deleted", said), Code: unknownType, Errors: field("/type", notTaken)},
		{Name: "outbound type", Body: event("handoff.accepted", `{}`), Code: unknownType, Errors: field("/type", notTaken)},
		{Name: "empty type", Body: event("", said), Code: unknownType, Errors: field("/type", notTaken)},
		{Name: "time without a zone", Body: strings.Replace(event("message.created", said), ".123Z", "", 1),
			Errors: field("/timestamp", wantTime)},
		{Name: "day that is none", Body: strings.Replace(event("message.created", said), "11-21", "02-30", 1),
			Errors: field("/timestamp", wantTime)},
		{Name: "time before 1970", Body: strings.Replace(event("message.created", said), "2026", "1969", 1),
			Errors: field("/timestamp", wantTime)},
		{Name: "empty conversation_id", Body: strings.Replace(event("message.created", said), "c-789", "", 1),
			Errors: field("/conversation_id", "must not be empty")},
		{Name: "conversation_id too long", Body: strings.Replace(event("message.created", said), "c-789", long(129), 1),
			Errors: field("/conversation_id", "must have at most 128 characters")},
		{Name: "conversation_id with a line break", Body: strings.Replace(event("message.created", said), "c-789", `c\n1`, 1),
			Errors: field("/conversation_id", noControl)},
		{Name: "negative sequence", Body: head + `"sequence":-1,"data":` + said + `}`,
			Errors: field("/sequence", "must be from 0 to 9007199254740991")},
		{Name: "sequence with a fraction", Body: head + `"sequence":1.5,"data":` + said + `}`,
			Errors: field("/sequence", "must be an integer")},
		{Name: "sequence too great", Body: head + `"sequence":9007199254740992,"data":` + said + `}`,
			Errors: field("/sequence", "must be from 0 to 9007199254740991")},
		{Name: "epoch 0", Body: head + `"epoch":0,"data":` + said + `}`, Errors: field("/epoch", "must be from 1 to 9007199254740991")},
		{Name: "handoff 0", Body: head + `"handoff":0,"data":` + said + `}`, Errors: field("/handoff", "must be from 1 to 1073741824")},
		{Name: "handoff_id with a slash", Body: head + `"handoff_id":"../x","data":` + said + `}`,
			Errors: field("/handoff_id", wantID)},
		{Name: "data is an array", Body: event("message.created", `[]`), Errors: field("/data", "must be an object")},
		{Name: "data is null", Body: event("message.created", `null`), Errors: field("/data", "is required")},
		{Name: "data before type",
			Body:   `{"data":{"message":{"id":7,"text":"x"},"author":{"role":"user"}},` + head[1:len(head)-1] + `}`,
			Errors: field("/data/message/id", "must be a string")},
	}
	return filled(rows)
}

// filled gives rows that do not say otherwise the answer of invalid fields.
func filled(rows []BadRequest) []BadRequest {
	for i := range rows {
		if rows[i].Status == 0 {
			rows[i].Status = 422
		}
		if rows[i].Code == "" {
			rows[i].Code = validation
		}
	}
	return rows
}

// message is message.created with a message.
func message(m string) string {
	return event("message.created", `{"message":`+m+`,"author":{"role":"user"}}`)
}

func messages() []BadRequest {
	attached := func(a string) string { return message(`{"id":"m1","attachments":[` + a + `]}`) }
	many := strings.TrimSuffix(strings.Repeat(`{"url":"https://files.example/a"},`, 11), ",")
	return filled([]BadRequest{
		{Name: "empty data", Body: event("message.created", `{}`), Errors: []orchestrator.FieldError{
			{Pointer: "/data/message", Detail: "is required"}, {Pointer: "/data/author", Detail: "is required"}}},
		{Name: "empty message and author", Body: event("message.created", `{"message":{},"author":{}}`),
			Errors: []orchestrator.FieldError{
				{Pointer: "/data/message/id", Detail: "is required"}, {Pointer: "/data/message/text", Detail: "is required"},
				{Pointer: "/data/author/role", Detail: "is required"}}},
		{Name: "message is a text", Body: message(`"hello"`), Errors: field("/data/message", "must be an object")},
		{Name: "text is a number", Body: message(`{"id":"m1","text":1}`), Errors: field("/data/message/text", "must be a string")},
		{Name: "text too long", Body: message(`{"id":"m1","text":"` + long(8001) + `"}`),
			Errors: field("/data/message/text", "must have at most 8000 characters")},
		{Name: "empty text", Body: message(`{"id":"m1","text":""}`),
			Errors: field("/data/message/text", "must not be empty without attachments")},
		{Name: "message id too long", Body: message(`{"id":"` + long(129) + `","text":"x"}`),
			Errors: field("/data/message/id", "must have at most 128 characters")},
		{Name: "unknown format", Body: message(`{"id":"m1","text":"x","format":"html"}`),
			Errors: field("/data/message/format", "must be one of text, markdown")},
		{Name: "metadata is a list", Body: message(`{"id":"m1","text":"x","metadata":[]}`),
			Errors: field("/data/message/metadata", "must be an object")},
		{Name: "attachments are an object", Body: message(`{"id":"m1","text":"x","attachments":{}}`),
			Errors: field("/data/message/attachments", "must be an array")},
		{Name: "attachment is a text", Body: message(`{"id":"m1","text":"x","attachments":["https://files.example/a"]}`),
			Errors: field("/data/message/attachments/0", "must be an object")},
		{Name: "attachment without url", Body: attached(`{"name":"a"}`),
			Errors: field("/data/message/attachments/0/url", "is required")},
		{Name: "attachment over http", Body: attached(`{"url":"http://files.example/a"}`),
			Errors: field("/data/message/attachments/0/url", wantURL)},
		{Name: "attachment with a script", Body: attached(`{"url":"javascript:alert(1)"}`),
			Errors: field("/data/message/attachments/0/url", wantURL)},
		{Name: "attachment as bytes", Body: attached(`{"url":"data:text/plain,x"}`),
			Errors: field("/data/message/attachments/0/url", wantURL)},
		{Name: "attachment with a password", Body: attached(`{"url":"https://a:b@files.example/a"}`),
			Errors: field("/data/message/attachments/0/url", wantURL)},
		{Name: "attachment url too long", Body: attached(`{"url":"https://files.example/` + long(2048) + `"}`),
			Errors: field("/data/message/attachments/0/url", "must have at most 2048 characters")},
		{Name: "second attachment's size is negative",
			Body:   attached(`{"url":"https://files.example/a"},{"url":"https://files.example/b","size":-1}`),
			Errors: field("/data/message/attachments/1/size", "must be from 0 to 1125899906842624")},
		{Name: "too many attachments", Body: attached(many),
			Errors: field("/data/message/attachments", "must have at most 10 elements")},
		{Name: "an agent's word", Body: event("message.created", `{"message":{"id":"m1","text":"x"},"author":{"role":"agent"}}`),
			Errors: field("/data/author/role", "must be one of user, bot, system")},
		{Name: "author is a text", Body: event("message.created", `{"message":{"id":"m1","text":"x"},"author":"user"}`),
			Errors: field("/data/author", "must be an object")},
		{Name: "author's name with a bell",
			Body: event("message.created", `{"message":{"id":"m1","text":"x"},"author":{"role":"user","name":"\u0007"}}`), Errors: field("/data/author/name", noControl)},
	})
}
