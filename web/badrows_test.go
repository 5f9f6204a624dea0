package web

import (
	"strings"
	"time"
)

// ownBadRows are the bad requests of everything beside the envelope of bots.
func ownBadRows() []badRow {
	var rows []badRow
	for _, group := range []func() []badRow{
		badPaths, badCredentials401, badRights, badBodies, badStarts, badMessages, badConditions, badActions,
		badTransfers, badEndings, badPeople, badQueries, badOperations, badErasures, badBotRequests, badBatches,
	} {
		rows = append(rows, group()...)
	}
	return rows
}

func repeated(n int) string { return strings.Repeat("x", n) }

func badPaths() []badRow {
	return []badRow{
		{name: "path that is none", method: "GET", path: "/v1/nothing"},
		{name: "another version", method: "POST", path: "/v2/login", body: "{}"},
		{name: "path with a slash at its end", as: "sue", method: "GET", path: "/v1/conversations/"},
		{name: "conversation without an action", as: "sue", method: "POST", path: "/v1/conversations/{served}/nothing", body: "{}"},
		{name: "sign-out that is neither here nor everywhere", as: "anna", method: "DELETE", path: "/v1/login?everywhere=x"},
		{name: "problem that is none", method: "GET", path: "/problems/nosuch"},
		{name: "desk that is none", method: "POST", path: "/v1/desks/nosuch/hooks", body: "{}"},
		{name: "desk that takes no notifications", method: "POST", path: "/v1/desks/house/hooks", body: "{}"},
		{name: "GET of a bot's events", as: "shop", method: "GET", path: "/v1/bots/shop/events"},
		{name: "DELETE of a conversation", as: "sue", method: "DELETE", path: "/v1/conversations/{served}"},
		{name: "PUT of all conversations", as: "sue", method: "PUT", path: "/v1/conversations", body: "{}"},
		{name: "PATCH of presence", as: "anna", method: "PATCH", path: "/v1/me/presence", body: "{}"},
		{name: "GET of an action", as: "anna", method: "GET", path: "/v1/conversations/{served}/accept"},
		{name: "POST to health", method: "POST", path: "/healthz", body: "{}"},
		{name: "preflight of a foreign origin", method: "OPTIONS", path: "/v1/conversations",
			header: []string{"Origin", "https://evil.example", "Access-Control-Request-Method", "POST"}},
	}
}

func badCredentials401() []badRow {
	list := func(name string, header ...string) badRow {
		return badRow{name: name, method: "GET", path: "/v1/conversations", header: header}
	}
	feed := func(name, token string) badRow {
		return badRow{name: name, method: "GET", path: "/v1/conversations/{web}/events",
			header: []string{"Authorization", "Bearer " + token}}
	}
	now := time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC)
	post := func(name, bot string, header ...string) badRow {
		return badRow{name: name, method: "POST", path: "/v1/bots/" + bot + "/events", body: "{}", header: header}
	}
	login := func(name, user, password string) badRow {
		return badRow{name: name, method: "POST", path: "/v1/login", body: loginBody{user, password}}
	}
	return []badRow{
		list("nobody"),
		list("key that is none", "Authorization", "Bearer guessed-key-0123456789"),
		list("credentials of another kind", "Authorization", "Basic YW5uYTpwYXNzd29yZA=="),
		list("session that is over", "Cookie", "handoff=nosuch"),
		list("session under another name", "Cookie", "__Host-handoff=nosuch"),
		feed("expired conversation token", "{token-expired}"),
		feed("forged conversation token", "{token-forged}"),
		feed("conversation token of another issuer", "{token-issuer}"),
		feed("conversation token without a signature", "{token-unsigned}"),
		feed("conversation token that is cut", "a.b."),
		{name: "expired token of a stream", method: "GET", path: "/v1/conversations/{web}/events?token={token-expired}",
			header: []string{"Accept", "text/event-stream"}},
		post("bot without credentials", "shop"),
		post("unknown bot without credentials", "nosuch"),
		post("bot with another bot's key", "shop", "Authorization", "Bearer {key}"),
		post("unknown bot with a good key", "nosuch", "Authorization", "Bearer {key}"),
		post("unknown bot with a good signature", "nosuch", signedAs(shopSecret, now)...),
		post("signature with another secret", "shop", signedAs("whsec_YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=", now)...),
		post("signature of another body", "shop", append(signedAs(shopSecret, now), "Webhook-Id", "evt_2")...),
		post("signature without a time", "shop", append(signedAs(shopSecret, now), "Webhook-Timestamp", "")...),
		post("signature that is too old", "shop", signedAs(shopSecret, now.Add(-301*time.Second))...),
		post("signature from the future", "shop", signedAs(shopSecret, now.Add(301*time.Second))...),
		login("wrong password", "anna", "wrong"),
		login("user who is none", "nosuch", password),
		login("too many sign-ins", "cleo", password),
	}
}

func badRights() []badRow {
	return []badRow{
		{name: "no CSRF token", as: "anna", method: "POST", path: "/v1/conversations/{served}/notes", body: `{"text":"x"}`,
			header: []string{"X-CSRF-Token", ""}},
		{name: "wrong CSRF token", as: "anna", method: "POST", path: "/v1/conversations/{served}/notes", body: `{"text":"x"}`,
			header: []string{"X-CSRF-Token", "wrong"}},
		{name: "sign-out without CSRF token", as: "anna", method: "DELETE", path: "/v1/login", header: []string{"X-CSRF-Token", ""}},
		{name: "customer writes a note", as: "ann", method: "POST", path: "/v1/conversations/{web}/notes", body: `{"text":"x"}`},
		{name: "bot writes a note", as: "shop", method: "POST", path: "/v1/conversations/{served}/notes", body: `{"text":"x"}`},
		{name: "agent takes", as: "anna", method: "POST", path: "/v1/conversations/{served}/take", body: "{}"},
		{name: "agent requeues", as: "anna", method: "POST", path: "/v1/conversations/{served}/requeue", body: "{}"},
		{name: "agent rates", as: "anna", method: "POST", path: "/v1/conversations/{served}/rating", body: `{"rating":5}`},
		{name: "customer lists", as: "ann", method: "GET", path: "/v1/conversations"},
		{name: "customer's foreign conversation", as: "ann", method: "GET", path: "/v1/conversations/{foreign}"},
		{name: "customer speaks in a foreign conversation", as: "ann", method: "POST", path: "/v1/conversations/{foreign}/messages",
			body: `{"text":"x"}`},
		{name: "another bot's conversation", as: "other", method: "GET", path: "/v1/conversations/{served}"},
		{name: "another agent's conversation", as: "ben", method: "POST", path: "/v1/conversations/{served}/end", body: "{}"},
		{name: "conversation that is none", as: "sue", method: "GET", path: "/v1/conversations/cv_00_nosuch"},
		{name: "conversation id of another form", as: "sue", method: "GET", path: "/v1/conversations/..%2f..%2fsecret"},
		{name: "conversation id with a null byte", as: "sue", method: "POST", path: "/v1/conversations/cv_00_%00/end", body: "{}"},
		{name: "conversation id that is too long", as: "sue", method: "GET", path: "/v1/conversations/" + repeated(300)},
		{name: "conversation id in another partition", as: "sue", method: "GET", path: "/v1/conversations/cv_ff_01JD0000000000000000000000"},
	}
}

// badBodies are about the one decoder of all bodies, shown at the sign-in: what is not taken there signs nobody in.
func badBodies() []badRow {
	row := func(name, body string, header ...string) badRow {
		return badRow{name: "body: " + name, method: "POST", path: "/v1/login", body: body, header: header}
	}
	good := `{"name":"anna","password":"` + password + `"}`
	return []badRow{
		{name: "body: none at all", method: "POST", path: "/v1/login", header: []string{"Content-Type", "application/json"}},
		row("empty", ""),
		row("null", "null"),
		row("array", "["+good+"]"),
		row("text", `"anna"`),
		row("number", "17"),
		row("not JSON", "name=anna"),
		row("cut", good[:20]),
		row("trailing comma", `{"name":"anna",}`),
		row("garbage after it", good+"x"),
		row("two values", good+good),
		row("byte order mark", "\xef\xbb\xbf"+good),
		row("not UTF-8", `{"name":"ann`+"\xff"+`","password":"x"}`),
		row("member twice", `{"name":"ben","name":"anna","password":"`+password+`"}`),
		row("member in another case", `{"Name":"anna","password":"`+password+`"}`),
		row("unknown members", `{"name":"anna","password":"`+password+`","role":"admin","a/b":{"c":[1]}}`),
		row("wrong types", `{"name":7,"password":["x"]}`),
		row("too deep", `{"name":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+`}`),
		row("nothing given", "{}"),
		row("blank name", `{"name":"  ","password":"x"}`),
		row("name too long", `{"name":"`+repeated(MaxName+1)+`","password":"x"}`),
		row("password too long", `{"name":"anna","password":"`+repeated(MaxPassword+1)+`"}`),
		row("too large", `{"name":"`+repeated(MaxBody)+`"}`),
		row("no content type", good, "Content-Type", ""),
		row("form", "name=anna", "Content-Type", "application/x-www-form-urlencoded"),
		row("text/plain", good, "Content-Type", "text/plain"),
		row("latin-1", good, "Content-Type", "application/json; charset=iso-8859-1"),
		row("broken content type", good, "Content-Type", "application/json; charset"),
		row("CloudEvent", good, "Content-Type", "application/cloudevents+json"),
		row("compressed", good, "Content-Encoding", "gzip"),
	}
}
