package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"handoff/connectors/desks/genesys/sim"
	"handoff/connectors/simkit"
)

// agent is the bot's agent, logged in.
type agent struct {
	t      *testing.T
	server *httptest.Server
	header http.Header
}

func open(t *testing.T, dialect string) (*sim.Simulator, *agent) {
	t.Helper()
	centre := sim.New(sim.Options{Dialect: dialect})
	server := httptest.NewServer(centre)
	t.Cleanup(server.Close)
	a := &agent{t: t, server: server, header: http.Header{}}
	_, header := a.call(http.MethodGet, "/api/v2/me", "")
	a.header.Set(header.Get("X-CSRF-HEADER"), header.Get("X-CSRF-TOKEN"))
	a.header.Set("Cookie", strings.Split(header.Get("Set-Cookie"), ";")[0])
	a.posts("/api/v2/me", `{"operationName":"StartContactCenterSession","channels":["chat"]}`, 0)
	a.posts("/api/v2/me/channels/chat", `{"operationName":"Ready"}`, 0)
	return centre, a
}

func (a *agent) call(method, path, body string) (answer string, header http.Header) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.server.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header = a.header.Clone()
	req.SetBasicAuth("bot01", "bot-password")
	res, err := a.server.Client().Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(raw), res.Header
}

// posts does an operation and looks at how it is answered: a status code, or -1 for {"status":"error"}.
func (a *agent) posts(path, body string, want int) {
	a.t.Helper()
	said, _ := a.call(http.MethodPost, path, body)
	var answer struct {
		StatusCode json.Number
		Status     any
	}
	if said != "" {
		if err := json.Unmarshal([]byte(said), &answer); err != nil {
			a.t.Fatalf("%s: %s", body, said)
		}
	}
	have := 0
	if code, err := answer.StatusCode.Int64(); err == nil {
		have = int(code)
	}
	if answer.Status == "error" {
		have = -1
	}
	if have != want {
		a.t.Errorf("%s is answered %s, want %d", body, said, want)
	}
}

func TestOperationsAreCheckedAsTheVendorSays(t *testing.T) {
	anna := sim.UserID("anna")
	for dialect, path := range map[string]string{sim.Dialect851: "/api/v2/me/interactions/", sim.Dialect852: "/api/v2/me/chats/"} {
		t.Run(dialect, func(t *testing.T) {
			centre, a := open(t, dialect)
			chat, err := centre.Begin(simkit.Customer{Name: "Ann"}, "support")
			if err != nil {
				t.Fatal(err)
			}
			at := path + chat
			for _, row := range []struct {
				body string
				want map[string]int
			}{
				{`{"operationName":"SendMessage","text":"too early"}`, both(3)},
				{`{"operationName":"Accept","nickname":"Bot"}`, both(0)},
				{`{"operationName":"Accept","nickname":"Bot"}`, both(3)},
				{`{"operationName":"Reject"}`, both(3)},
				{`[]`, both(10)},
				{`{"text":"x"}`, both(1)},
				{`{"operationName":"Dance"}`, both(3)},
				{`{"operationName":"SendMessage"}`, both(1)},
				{`{"operationName":"SendMessage","text":7}`, both(1)},
				{`{"operationName":"Send","text":"x"}`, map[string]int{sim.Dialect851: 0, sim.Dialect852: 3}},
				{`{"operationName":"InviteUser","targetUri":"https://g/users/` + anna + `"}`, map[string]int{sim.Dialect851: -1, sim.Dialect852: 3}},
				{`{"operationName":"Invite","agentId":"` + anna + `"}`, map[string]int{sim.Dialect851: 3, sim.Dialect852: 1}},
				{`{"operationName":"InviteUser","agentId":"nobody"}`, map[string]int{sim.Dialect851: -1, sim.Dialect852: 3}},
				{`{"operationName":"LeaveConference","agentId":"` + anna + `"}`, map[string]int{sim.Dialect851: -1, sim.Dialect852: 3}},
				{`{"operationName":"Transfer"}`, map[string]int{sim.Dialect851: 3, sim.Dialect852: 1}},
				{`{"operationName":"Transfer","queueName":"nosuch"}`, map[string]int{sim.Dialect851: 3, sim.Dialect852: 6}},
				{`{"operationName":"SingleStepTransfer"}`, map[string]int{sim.Dialect851: 1, sim.Dialect852: 3}},
				{`{"operationName":"AttachUserData","userData":{"k":1}}`, map[string]int{sim.Dialect851: 3, sim.Dialect852: 10}},
				{`{"operationName":"SetDisposition"}`, map[string]int{sim.Dialect851: 3, sim.Dialect852: 1}},
				{`{"operationName":"Complete"}`, both(0)},
				{`{"operationName":"Complete"}`, both(6)},
			} {
				a.posts(at, row.body, row.want[dialect])
			}
			a.posts("/api/v2/me", `{"operationName":"StartContactCenterSession"}`, 1)
			a.posts("/api/v2/me/channels/chat", `{"operationName":"Dance"}`, 3)
		})
	}
}

func both(code int) map[string]int { return map[string]int{sim.Dialect851: code, sim.Dialect852: code} }
