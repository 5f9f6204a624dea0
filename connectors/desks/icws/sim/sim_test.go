package sim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"handoff/connectors/desks/icws/sim"
	"handoff/connectors/simkit"
)

// client is a caller of the simulator, with a session once it has logged in.
type client struct {
	t            *testing.T
	server       *httptest.Server
	sid          string
	token, cooky string
}

func open(t *testing.T, options sim.Options) (*sim.Server, *client) {
	t.Helper()
	vendor := sim.New(options)
	server := httptest.NewServer(vendor)
	t.Cleanup(server.Close)
	return vendor, &client{t: t, server: server}
}

// call answers the status, the body and the header of a call. The path of a session begins with "~".
func (c *client) call(method, path, body string, without ...string) (int, string, http.Header) {
	c.t.Helper()
	path = strings.Replace(path, "~", "/icws/"+c.sid, 1)
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "en-US")
	req.Header.Set("Cookie", c.cooky)
	req.Header.Set("ININ-ICWS-CSRF-Token", c.token)
	for _, name := range without {
		req.Header.Del(name)
	}
	res, err := c.server.Client().Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(got), res.Header
}

func (c *client) login() {
	c.t.Helper()
	status, body, header := c.call(http.MethodPost, "/icws/connection?include=features", credentials(sim.DefaultPassword))
	var said struct{ SessionID, CSRFToken string }
	if err := json.Unmarshal([]byte(body), &said); err != nil || status != http.StatusCreated {
		c.t.Fatalf("login: %d %s", status, body)
	}
	c.sid, c.token = said.SessionID, said.CSRFToken
	c.cooky, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
}

func credentials(password string) string {
	return `{"__type":"urn:inin.com:connection:icAuthConnectionRequestSettings","applicationName":"test","userID":"bot1","password":"` +
		password + `"}`
}

// ready makes the bot's user one at whom chats ring.
func (c *client) ready() {
	c.t.Helper()
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodPut, "~/messaging/subscriptions/queues/mine", `{"queueIds":[{"queueType":0,"queueName":"bot1"}],"attributeNames":["eic_state"]}`, 200},
		{http.MethodPut, "~/messaging/subscriptions/interaction-alerting", `{"attributeNames":[]}`, 204},
		{http.MethodPut, "~/messaging/subscriptions/status/user-statuses", `{"userIds":["bot1"]}`, 200},
		{http.MethodPost, "~/licenses", `{"licenseList":["I3_ACCESS_CLIENT"]}`, 200},
		{http.MethodPut, "~/connection/station", `{"__type":"urn:inin.com:connection:stationlessSettings","supportedMediaTypes":[2]}`, 200},
		{http.MethodPut, "~/activations/users/bot1", `{"activations":{"Bot":true}}`, 200},
		{http.MethodPut, "~/status/user-statuses/bot1", `{"statusId":"Available"}`, 202},
	} {
		c.expect(step.status, step.method, step.path, step.body)
	}
}

func (c *client) expect(status int, method, path, body string) string {
	c.t.Helper()
	have, said, _ := c.call(method, path, body)
	if have != status {
		c.t.Errorf("%s %s: %d %s, want %d", method, path, have, said, status)
	}
	return said
}

func TestRefusalsAreThoseOfTheFactSheet(t *testing.T) {
	_, c := open(t, sim.Options{})
	if said := c.expect(400, http.MethodPost, "/icws/connection", credentials("wrong")); !strings.Contains(said, "authenticationFailure") {
		t.Errorf("wrong credentials: %s", said)
	}
	c.login()
	status, _, header := c.call(http.MethodPut, "~/messaging/subscriptions/interaction-alerting", `{}`, "ININ-ICWS-CSRF-Token")
	if status != 401 || header.Get("WWW-Authenticate") != `ICWS realm="ICWS" location="/ICWS/connection"` {
		t.Errorf("without the token: %d, %v", status, header)
	}
	if status, _, _ := c.call(http.MethodGet, "~/messaging/messages", "", "ININ-ICWS-CSRF-Token"); status != 200 {
		t.Errorf("messages need the cookie only, not %d", status)
	}
	if status, _, _ := c.call(http.MethodGet, "~/messaging/messages", "", "Cookie"); status != 401 {
		t.Errorf("messages without the cookie: %d", status)
	}
	c.expect(404, http.MethodGet, "~/interactions/1", "")
	c.expect(404, http.MethodGet, "/icws/elsewhere", "")
	for _, what := range []string{"messages", "message-history"} {
		if said := c.expect(400, http.MethodGet, "/icws/web-chat/"+what+"/nobody", ""); !strings.Contains(said, "invalidParticipantId") {
			t.Errorf("an unknown participant: %s", said)
		}
	}
	if said := c.expect(400, http.MethodPost, "/icws/web-chat/reconnect", `{"chatId":"x","participantId":"y"}`); !strings.Contains(said, "invalidChatId") {
		t.Errorf("an unknown chat: %s", said)
	}
	first := c.sid
	c.login()
	c.sid = first
	if said := c.expect(200, http.MethodGet, "~/connection", ""); !strings.Contains(said, `"shouldReconnect":false`) {
		t.Errorf("a session that another login ended: %s", said)
	}
	c.expect(401, http.MethodGet, "~/messaging/messages", "")
}

func TestTheChatOfAnAgentIsSpelledAsICWSDoes(t *testing.T) {
	vendor, c := open(t, sim.Options{})
	c.login()
	c.ready()
	chat, err := vendor.Begin(simkit.Customer{Name: "Ann"}, "Bot")
	if err != nil {
		t.Fatal(err)
	}
	c.expect(200, http.MethodPost, "~/interactions/"+chat+"/pickup", "")
	c.expect(200, http.MethodPut, "~/messaging/subscriptions/interactions/"+chat+"/chat", "")
	c.expect(204, http.MethodPut, "~/messaging/subscriptions/interactions/"+chat, `{"attributeNames":["Eic_State"]}`)
	if said := c.expect(400, http.MethodPost, "~/interactions/"+chat+"/chat/messages", `{"text":"hello"}`); !strings.Contains(said, `"propertyName":"clearTypingIndicator"`) ||
		!strings.Contains(said, "missingPropertyError") {
		t.Errorf("without clearTypingIndicator: %s", said)
	}
	c.expect(200, http.MethodPut, "~/interactions/"+chat+"/chat/typing-indicator", `{"on":true}`)
	c.expect(200, http.MethodPost, "~/interactions/"+chat+"/chat/messages", `{"text":"hello","clearTypingIndicator":true}`)
	c.expect(400, http.MethodPost, "~/interactions/"+chat+"/blind-transfer", `{}`)
	c.expect(400, http.MethodPost, "~/interactions/"+chat+"/blind-transfer", `{"target":"Workgroup Queue:Support","queueID":{"queueType":2,"queueName":"Support"}}`)
	c.expect(200, http.MethodPost, "~/interactions/"+chat+"/blind-transfer", `{"queueID":{"queueType":2,"queueName":"Support"}}`)
	c.expect(403, http.MethodPost, "~/interactions/"+chat+"/chat/messages", `{"text":"late","clearTypingIndicator":true}`)

	said := c.expect(200, http.MethodGet, "~/messaging/messages", "")
	for kind, spelled := range map[string]string{
		"interactionChangedMessage":      `"interactionID":"` + chat + `"`,
		"chatMembersMessage":             `"interactionId":"` + chat + `"`,
		"chatContentsMessage":            `"interactionId":"` + chat + `"`,
		"interactionAlertingMessage":     `"interactionId":"` + chat + `"`,
		"queueContentsMessage":           `"subscriptionId":"mine"`,
		"asyncOperationCompletedMessage": `"error":null`,
		"userStatusMessage":              `"statusId":"Available"`,
	} {
		found := false
		for _, one := range messages(t, said) {
			found = found || strings.Contains(one, kind) && strings.Contains(one, spelled)
		}
		if !found {
			t.Errorf("no %s with %s in %s", kind, spelled, said)
		}
	}
	if again := c.expect(200, http.MethodGet, "~/messaging/messages", ""); strings.TrimSpace(again) != "[]" {
		t.Errorf("messages were given twice: %s", again)
	}
}

func messages(t *testing.T, body string) []string {
	t.Helper()
	var raw []json.RawMessage
	if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&raw); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, one := range raw {
		all = append(all, string(one))
	}
	return all
}

func TestAWebChatIsSpelledAsICWSDoes(t *testing.T) {
	vendor, c := open(t, sim.Options{})
	said := c.expect(200, http.MethodPost, "/icws/web-chat/start", `{"participantName":"Ann","targetName":"Support","targetType":"Workgroup"}`)
	var chat struct{ ChatID, ParticipantID, PollWaitSuggestion string }
	if err := json.Unmarshal([]byte(said), &chat); err != nil || chat.PollWaitSuggestion != "2000" {
		t.Fatalf("the suggested pause is a string of milliseconds: %s (%v)", said, err)
	}
	if err := vendor.Accept(chat.ChatID, "alice"); err != nil {
		t.Fatal(err)
	}
	c.expect(204, http.MethodPost, "/icws/web-chat/send-message/"+chat.ParticipantID, `{"message":"hello","contentType":"text/plain"}`)
	c.expect(204, http.MethodPost, "/icws/web-chat/typing-state/"+chat.ParticipantID, `{"typingIndicator":true}`)
	heard := c.expect(200, http.MethodGet, "/icws/web-chat/messages/"+chat.ParticipantID, "")
	for _, want := range []string{
		`"participantType":"Agent","sequenceNumber":2,"state":2`, `"value":"hello"`, `"sequenceNumber":1`, `"participantType":"WebUser"`,
	} {
		if !strings.Contains(heard, want) {
			t.Errorf("no %s in %s", want, heard)
		}
	}
	c.expect(204, http.MethodPost, "/icws/web-chat/exit/"+chat.ParticipantID, "")
	c.expect(400, http.MethodPost, "/icws/web-chat/exit/"+chat.ParticipantID, "")
}

func TestAStandbyServerNamesTheOther(t *testing.T) {
	vendor, c := open(t, sim.Options{})
	vendor.Standby("", "ic2")
	said := c.expect(503, http.MethodPost, "/icws/connection", credentials(sim.DefaultPassword))
	if !strings.Contains(said, `"alternateHostList":["ic2"]`) || !strings.Contains(said, "urn:inin.com:connection:alternateHosts") {
		t.Errorf("told %s", said)
	}
}

func TestRightsAndTypesAreChecked(t *testing.T) {
	vendor, c := open(t, sim.Options{MayHandle: []string{"Sales"}})
	c.login()
	c.ready()
	begin := func(queue string) string {
		t.Helper()
		chat, err := vendor.Begin(simkit.Customer{Name: "Ann"}, queue)
		if err != nil {
			t.Fatal(err)
		}
		return "~/interactions/" + chat
	}
	forbidden, granted, mine := begin("Support"), begin("Sales"), begin("Bot")
	for _, what := range []string{"/pickup", "/disconnect"} {
		c.expect(403, http.MethodPost, forbidden+what, "")
	}
	c.expect(403, http.MethodPost, forbidden, `{"attributes":{"Bot_Note":"x"}}`)
	c.expect(403, http.MethodPost, forbidden+"/chat/messages", `{"text":"x","clearTypingIndicator":true}`)
	c.expect(403, http.MethodPut, forbidden+"/chat/typing-indicator", `{"on":true}`)
	c.expect(200, http.MethodPost, granted+"/pickup", "")
	c.expect(200, http.MethodPost, mine+"/pickup", "")
	c.expect(400, http.MethodPost, mine, `{"attributes":{"Eic_State":"I"}}`)
	c.expect(400, http.MethodPost, mine, `{"attributes":{"Bot_Note":7}}`)
	c.expect(400, http.MethodPost, mine+"/chat/messages", `{"text":7,"clearTypingIndicator":true}`)
	c.expect(200, http.MethodPost, mine+"/disconnect", "")
	c.expect(400, http.MethodPut, mine+"/chat/typing-indicator", `{"on":true}`)
	for path, body := range map[string]string{
		"~/connection/station":                           `{"__type":"urn:inin.com:connection:sofa","supportedMediaTypes":[2]}`,
		"~/messaging/subscriptions/queues/q":             `{"queueIds":[{"queueType":"2","queueName":"Sales"}],"attributeNames":["Eic_State"]}`,
		"~/messaging/subscriptions/queues/r":             `{"queueIds":[{"queueType":2,"queueName":"Sales"}],"attributeNames":[1]}`,
		"~/messaging/subscriptions/status/user-statuses": `{"userIds":"bot1"}`,
		"~/messaging/subscriptions/" + mine[2:]:          `{}`,
	} {
		c.expect(400, http.MethodPut, path, body)
	}
}
