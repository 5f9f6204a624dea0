package web

import (
	"strconv"
	"strings"

	"handoff/orchestrator/values"
)

func badStarts() []badRow {
	row := func(name, as, body string, header ...string) badRow {
		return badRow{name: "start: " + name, as: as, method: "POST", path: "/v1/conversations", body: body, header: header}
	}
	const good = `{"bot":"shop","user":{"id":"u-9"}}`
	return []badRow{
		row("nobody", "", good),
		row("foreign origin", "", good, "Origin", "https://evil.example"),
		row("origin of no bot like that", "", `{"bot":"nosuch","user":{"id":"u-9"}}`, "Origin", shopOrigin),
		row("bot without a web channel", "other", `{"bot":"other","user":{"id":"u-9"}}`),
		row("for another bot", "other", good),
		row("customer", "ann", good),
		row("nothing given", "shop", "{}"),
		row("user of the wrong type", "shop", `{"bot":"shop","user":"u-9"}`),
		row("user's id too long", "shop", `{"bot":"shop","user":{"id":"`+repeated(MaxID+1)+`"}}`),
		row("user's name and address too long", "shop",
			`{"bot":"shop","user":{"id":"u-9","name":"`+repeated(MaxName+1)+`","email":"`+repeated(MaxName+1)+`"}}`),
		row("unknown member inside", "shop", `{"bot":"shop","user":{"id":"u-9","vip":true}}`),
		row("conversation_id with a control character", "shop", `{"bot":"shop","conversation_id":"c\u00001","user":{"id":"u-9"}}`),
		row("conversation_id that shows nothing", "shop", `{"bot":"shop","conversation_id":"\u200b","user":{"id":"u-9"}}`),
		row("conversation_id of a browser", "shop", `{"bot":"shop","conversation_id":"{external}","user":{"id":"u-9"}}`),
		row("conversation_id too long for a browser", "", `{"bot":"shop","conversation_id":"`+repeated(121)+`","user":{"id":"u-9"}}`,
			"Origin", shopOrigin),
		row("conversation_id that is taken", "", `{"bot":"shop","conversation_id":"taken","user":{"id":"u-9"}}`,
			"Origin", shopOrigin),
		row("Idempotency-Key with a space", "shop", good, "Idempotency-Key", "a b"),
	}
}

func badMessages() []badRow {
	say := func(name, body string, header ...string) badRow {
		return badRow{name: "message: " + name, as: "anna", method: "POST", path: "/v1/conversations/{served}/messages",
			body: body, header: header}
	}
	typing := func(name, as, id, body string) badRow {
		return badRow{name: "typing: " + name, as: as, method: "POST", path: "/v1/conversations/" + id + "/typing", body: body}
	}
	rate := func(name, body string) badRow {
		return badRow{name: "rating: " + name, as: "ann", method: "POST", path: "/v1/conversations/{web}/rating", body: body}
	}
	note := func(name, body string, header ...string) badRow {
		return badRow{name: "note: " + name, as: "anna", method: "POST", path: "/v1/conversations/{served}/notes", body: body,
			header: header}
	}
	return []badRow{
		say("nothing given", "{}"),
		say("blank", `{"text":" \n "}`),
		say("too long", `{"text":"`+repeated(MaxText+1)+`"}`),
		say("text is a number", `{"text":1}`),
		say("id with a bell", `{"text":"x","id":"a\u0007b"}`),
		say("id too long", `{"text":"x","id":"`+repeated(MaxID+1)+`"}`),
		say("negative epoch", `{"text":"x","epoch":-1}`),
		say("epoch as a text", `{"text":"x","epoch":"3"}`),
		say("unknown member", `{"text":"x","author":{"role":"bot"}}`),
		say("Idempotency-Key too long", `{"text":"x"}`, "Idempotency-Key", repeated(MaxID+1)),
		{name: "message: in an ended conversation", as: "gone", method: "POST", path: "/v1/conversations/{ended}/messages",
			body: `{"text":"x"}`},
		typing("nothing given", "anna", "{served}", "{}"),
		typing("null", "anna", "{served}", `{"typing":null}`),
		typing("as a text", "anna", "{served}", `{"typing":"true"}`),
		typing("without control", "anna", "{offered}", `{"typing":true}`),
		rate("nothing given", "{}"),
		rate("0", `{"rating":0}`),
		rate("6", `{"rating":6}`),
		rate("with a fraction", `{"rating":4.5}`),
		rate("comment too long", `{"rating":5,"comment":"`+repeated(MaxText+1)+`"}`),
		note("nothing given", "{}"),
		note("too long", `{"text":"`+repeated(MaxText+1)+`"}`),
		note("text is an object", `{"text":{"html":"x"}}`),
		note("key used for another note", `{"text":"another"}`, "Idempotency-Key", `"k1"`),
	}
}

func badConditions() []badRow {
	end := func(name string, header ...string) badRow {
		return badRow{name: "condition: " + name, as: "anna", method: "POST", path: "/v1/conversations/{served}/end", body: "{}",
			header: header}
	}
	return []badRow{
		end("If-Match without quotes", "If-Match", "3"),
		end("If-Match that is no number", "If-Match", `"three"`),
		end("weak If-Match", "If-Match", `W/"3"`),
		end("If-Match with two versions", "If-Match", `"3", "4"`),
		end("If-Match 0", "If-Match", `"0"`),
		end("If-Match beyond any number", "If-Match", `"99999999999999999999"`),
		end("If-Match of another version", "If-Match", `"1"`),
		end("Idempotency-Key with a slash", "Idempotency-Key", "a/b"),
		end("Idempotency-Key of quotes alone", "Idempotency-Key", `"`),
	}
}

// action is a row about POST /v1/conversations/{…}/….
func action(name, as, id, what, body string) badRow {
	return badRow{name: what + ": " + name, as: as, method: "POST", path: "/v1/conversations/{" + id + "}/" + what, body: body}
}

func badActions() []badRow {
	return []badRow{
		action("body is missing", "anna", "served", "accept", ""),
		action("unknown member", "anna", "served", "accept", `{"agent":"ben"}`),
		action("what is served already", "anna", "served", "accept", "{}"),
		action("what rings at somebody else", "ben", "offered", "accept", "{}"),
		action("what does not ring", "anna", "served", "decline", "{}"),
		action("reason too long", "anna", "offered", "decline", `{"reason":"`+repeated(MaxName+1)+`"}`),
		action("reason of the wrong type", "anna", "offered", "decline", `{"reason":null,"reason":1}`),
		action("nobody", "anna", "served", "invite", "{}"),
		action("a person and a queue", "anna", "served", "invite", `{"agent":"ben","queue":"billing"}`),
		action("oneself", "anna", "served", "invite", `{"agent":"anna"}`),
		action("person who is none", "anna", "served", "invite", `{"agent":"nosuch"}`),
		action("queue that is none", "anna", "served", "invite", `{"queue":"nosuch"}`),
		action("name too long", "anna", "served", "invite", `{"agent":"`+repeated(MaxName+1)+`"}`),
		action("who is not in it", "anna", "offered", "leave", "{}"),
		action("reason too long", "sue", "served", "requeue", `{"reason":"`+repeated(MaxName+1)+`"}`),
		action("queue that is none", "sue", "served", "requeue", `{"queue":"nosuch"}`),
		action("queue of the wrong type", "sue", "served", "requeue", `{"queue":["general"]}`),
		action("what is over", "sue", "ended", "requeue", "{}"),
		action("body is missing", "ann", "web", "handoff", ""),
		action("queue of a customer", "ann", "web", "handoff", `{"queue":"billing"}`),
		action("summary of a customer", "ann", "web", "handoff", `{"summary":"x"}`),
		action("reason too long", "ann", "web", "handoff", `{"reason":"`+repeated(MaxAskReason+1)+`"}`),
		action("reason of the wrong type", "ann", "web", "handoff", `{"reason":["x"]}`),
		action("before a word was said", "ann", "web", "handoff", "{}"),
		action("another customer's", "ann", "served", "handoff", "{}"),
		action("what is over", "gone", "ended", "handoff", "{}"),
		action("queue that is none", "sue", "web", "handoff", `{"queue":"nosuch"}`),
		action("summary too long", "sue", "web", "handoff", `{"summary":"`+repeated(values.MaxSummary+1)+`"}`),
		action("a colleague's reason too long", "sue", "web", "handoff", `{"reason":"`+repeated(MaxAskReason+1)+`"}`),
		action("unknown member", "sue", "served", "take", `{"force":true}`),
		action("what is over", "sue", "ended", "take", "{}"),
	}
}

func badTransfers() []badRow {
	return []badRow{
		action("nothing given", "anna", "served", "transfer", "{}"),
		action("to nobody", "anna", "served", "transfer", `{"to":{}}`),
		action("to a person and a queue", "anna", "served", "transfer", `{"to":{"agent":"ben","queue":"billing"}}`),
		action("to oneself", "anna", "served", "transfer", `{"to":{"agent":"anna"}}`),
		action("to is a text", "anna", "served", "transfer", `{"to":"ben"}`),
		action("to somewhere unknown", "anna", "served", "transfer", `{"to":{"desk":"house"}}`),
		action("to a person who is none", "anna", "served", "transfer", `{"to":{"agent":"nosuch"}}`),
		action("to a queue that is none", "anna", "served", "transfer", `{"to":{"queue":"nosuch"}}`),
		action("note too long", "anna", "served", "transfer", `{"to":{"agent":"ben"},"note":"`+repeated(MaxText+1)+`"}`),
		action("what is not served", "sue", "offered", "transfer", `{"to":{"agent":"ben"}}`),
		action("none under way", "anna", "served", "transfer/accept", "{}"),
		action("none under way", "anna", "served", "transfer/decline", "{}"),
	}
}

func badEndings() []badRow {
	many := strings.TrimSuffix(strings.Repeat(`"t",`, MaxTags+1), ",")
	return []badRow{
		action("unknown member", "anna", "served", "end", `{"reason":"x"}`),
		action("array", "anna", "served", "end", "[]"),
		action("what is over", "gone", "ended", "end", "{}"),
		action("disposition missing", "anna", "served", "complete", "{}"),
		action("disposition that is none", "anna", "served", "complete", `{"disposition":"nosuch"}`),
		action("disposition of the wrong type", "anna", "served", "complete", `{"disposition":1}`),
		action("too many tags", "anna", "served", "complete", `{"disposition":"solved","tags":[`+many+`]}`),
		action("blank and wrong tags", "anna", "served", "complete",
			`{"disposition":"solved","tags":["a",""," ","`+repeated(MaxName+1)+`"]}`),
		action("tag of the wrong type", "anna", "served", "complete", `{"disposition":"solved","tags":["a",1]}`),
		action("notes too long", "anna", "served", "complete", `{"disposition":"solved","notes":"`+repeated(MaxText+1)+`"}`),
		action("what is over", "sue", "ended", "complete", `{"disposition":"solved"}`),
		action("reason missing", "anna", "served", "return-to-bot", "{}"),
		action("reason too long", "anna", "served", "return-to-bot", `{"reason":"`+repeated(MaxName+1)+`"}`),
		action("disposition that is none", "anna", "served", "return-to-bot", `{"reason":"done","disposition":"nosuch"}`),
		action("what is with the bot", "sue", "web", "return-to-bot", `{"reason":"done"}`),
	}
}

func badPeople() []badRow {
	row := func(name, body string) badRow {
		return badRow{name: "presence: " + name, as: "ben", method: "PUT", path: "/v1/me/presence", body: body}
	}
	return []badRow{
		row("nothing given", "{}"),
		row("state that is none", `{"state":"busy"}`),
		row("somebody else's queues", `{"state":"online","queues":["general","billing","nosuch"]}`),
		row("queues are a text", `{"state":"online","queues":"general"}`),
		row("capacity 0", `{"state":"online","capacity":0}`),
		row("capacity beyond what is configured", `{"state":"online","capacity":4}`),
		row("capacity with a fraction", `{"state":"online","capacity":1.5}`),
		row("skills cannot be chosen", `{"state":"online","skills":["de"]}`),
		row("all at once", `{"state":"x","queues":["nosuch"],"capacity":-1}`),
	}
}

func badQueries() []badRow {
	get := func(name, as, path string, header ...string) badRow {
		return badRow{name: "query: " + name, as: as, method: "GET", path: path, header: header}
	}
	const feed = "/v1/conversations/{web}/events"
	return []badRow{
		get("after is negative", "ann", feed+"?after=-1"),
		get("after is no number", "ann", feed+"?after=x"),
		get("after twice", "ann", feed+"?after=1&after=2"),
		get("wait too long", "ann", feed+"?wait=26"),
		get("wait is negative", "ann", feed+"?wait=-1"),
		get("wait with a fraction", "ann", feed+"?wait=1.5"),
		get("unknown parameter of the feed", "ann", feed+"?from=1"),
		get("several at once", "ann", feed+"?after=x&wait=x"),
		get("Last-Event-ID of the feed", "ann", feed, "Last-Event-ID", "evt_1"),
		get("Last-Event-ID of the changes", "sue", "/v1/changes", "Last-Event-ID", "x"),
		get("negative Last-Event-ID of the changes", "sue", "/v1/changes", "Last-Event-ID", "-1"),
		get("unknown parameter of the changes", "sue", "/v1/changes?since=1"),
		get("state that is none", "sue", "/v1/conversations?state=nosuch"),
		get("limit 0", "sue", "/v1/conversations?limit=0"),
		get("limit too great", "sue", "/v1/conversations?limit="+strconv.Itoa(MaxPage+1)),
		get("limit is no number", "sue", "/v1/conversations?limit=ten"),
		get("queue twice", "sue", "/v1/conversations?queue=a&queue=b"),
		get("unknown filter", "sue", "/v1/conversations?customer=u-1"),
		get("cursor that is none", "sue", "/v1/conversations?cursor=nosuch"),
		get("parameter of my conversations", "sue", "/v1/me/conversations?agent=anna"),
		get("flow that is none", "sue", "/v1/flows/nosuch"),
		get("diagram in another format", "sue", "/v1/flows/default?format=svg"),
		get("diagram of another state", "sue", "/v1/flows/default?state=nosuch"),
		get("undelivered limit", "sue", "/v1/undelivered?limit=1000"),
		get("undelivered cursor that is none", "sue", "/v1/undelivered?cursor=nosuch"),
	}
}

func badErasures() []badRow {
	row := func(name, as, who string) badRow {
		return badRow{name: "erasure: " + name, as: as, method: "DELETE", path: "/v1/customers/" + who}
	}
	return []badRow{
		row("by nobody", "", "shop/u-1"),
		row("by a customer", "ann", "shop/u-1"),
		row("by a bot", "shop", "shop/u-1"),
		row("by an agent", "anna", "shop/u-1"),
		row("by a supervisor", "sue", "shop/u-1"),
		row("customer who is unknown", "ada", "shop/nosuch"),
		row("customer of another bot", "ada", "other/u-1"),
		row("bot that is none", "ada", "nosuch/u-1"),
		row("customer's id that is too long", "ada", "shop/"+repeated(300)),
		row("customer's id with a control character", "ada", "shop/u%0a1"),
		row("customer's id that shows nothing", "ada", "shop/%20"),
		row("bot with a control character", "ada", "sh%00op/u-1"),
		row("both wrong", "ada", "%09/%09"),
		row("no customer", "ada", "shop/"),
		row("no customer and no bot", "ada", ""),
		row("with a query", "ada", "shop/u-1?all=true"),
		{name: "erasure: without CSRF token", as: "ada", method: "DELETE", path: "/v1/customers/shop/u-1", header: []string{"X-CSRF-Token", ""}},
		{name: "erasure: GET", as: "ada", method: "GET", path: "/v1/customers/shop/u-1"},
	}
}

func badOperations() []badRow {
	row := func(name, as, what, body string) badRow {
		return badRow{name: "undelivered: " + name, as: as, method: "POST", path: "/v1/undelivered/{foreign}/" + what, body: body}
	}
	all := func(name, as, body string, header ...string) badRow {
		return badRow{name: "undelivered: " + name, as: as, method: "POST", path: "/v1/undelivered/retry", body: body, header: header}
	}
	return []badRow{
		all("retry of all without a body", "sue", ""),
		all("retry of all of no connector", "sue", "{}"),
		all("retry of all of a connector that is none", "sue", `{"connector":"nosuch"}`),
		all("retry of all of a connector without a name", "sue", `{"connector":""}`),
		all("retry of all of several", "sue", `{"connector":["house","shop"]}`),
		all("retry of all with the connector twice", "sue", `{"connector":"house","connector":"shop"}`),
		all("retry of all with a limit", "sue", `{"connector":"house","limit":5}`),
		all("retry of all as a form", "sue", `connector=house`, "Content-Type", "application/x-www-form-urlencoded"),
		all("retry of all by an agent", "anna", `{"connector":"house"}`),
		all("retry of all by a bot", "shop", `{"connector":"house"}`),
		all("retry of all by nobody", "", `{"connector":"house"}`),
		row("retry without a body", "sue", "{command}/retry", ""),
		row("retry with a reason", "sue", "{command}/retry", `{"reason":"x"}`),
		row("retry of what was not buried", "sue", "{foreign}.1.0/retry", "{}"),
		row("retry of an id that is none", "sue", "..%2fx/retry", "{}"),
		row("retry by an agent", "anna", "{command}/retry", "{}"),
		row("retry by a bot", "shop", "{command}/retry", "{}"),
		row("retry that is a list", "sue", "{command}/retry", "[]"),
		row("discard without a body", "sue", "{command}/discard", ""),
		row("discard without a reason", "sue", "{command}/discard", "{}"),
		row("discard for an empty reason", "sue", "{command}/discard", `{"reason":""}`),
		row("discard for a reason of spaces", "sue", "{command}/discard", `{"reason":"  "}`),
		row("discard for a number", "sue", "{command}/discard", `{"reason":5}`),
		row("discard with more than a reason", "sue", "{command}/discard", `{"reason":"x","connector":"house"}`),
		row("discard of an id that is none", "sue", "..%2fx/discard", `{"reason":"x"}`),
		row("discard by an agent", "anna", "{command}/discard", `{"reason":"x"}`),
		row("discard for too long a reason", "sue", "{command}/discard", `{"reason":"`+repeated(MaxName+1)+`"}`),
		row("discard of what was not buried", "sue", "{foreign}.1.0/discard", `{"reason":"x"}`),
	}
}

func badBotRequests() []badRow {
	post := func(name, as, body string, header ...string) badRow {
		return badRow{name: "bot: " + name, as: as, method: "POST", path: "/v1/bots/shop/events", body: body, header: header}
	}
	event := func(kind, rest string) string {
		return `{"type":"` + kind + `","timestamp":"2026-11-21T20:15:00.123Z",` + rest + `}`
	}
	const attributes = `"data":{"attributes":{"a":"c"}}`
	return []badRow{
		post("id used for another event", "shop", event("context.updated", `"id":"evt_used","conversation_id":"c-served",`+attributes)),
		post("Prefer that cannot be read", "shop", event("context.updated", `"conversation_id":"c-new",`+attributes),
			"Prefer", "wait=soon"),
		post("another conversation's handoff_id", "shop",
			event("context.updated", `"conversation_id":"c-other","handoff_id":"{served}",`+attributes)),
		post("handoff_id that is none", "shop",
			event("context.updated", `"conversation_id":"c-served","handoff_id":"cv_00_nosuch",`+attributes)),
		post("queue that is none", "shop",
			event("handoff.requested", `"conversation_id":"c-new","data":{"reason":"rule","target":{"queue":"nosuch"}}`)),
		post("cancels what never was", "shop",
			event("handoff.cancelled", `"conversation_id":"c-new","data":{"reason":"bot_resolved"}`)),
	}
}
