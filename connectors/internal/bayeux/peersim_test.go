package bayeux_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"handoff/connectors/desks/genesys/sim"
	"handoff/connectors/peertest"
	"handoff/connectors/simkit"
)

func TestTheNodeClientListensToTheSimulator(t *testing.T) {
	folder := peertest.Install(t, filepath.Join("testdata", "peers"))
	for _, dialect := range []string{sim.Dialect851, sim.Dialect852} {
		t.Run(dialect, func(t *testing.T) {
			centre := sim.New(sim.Options{Dialect: dialect})
			server := httptest.NewServer(centre)
			defer server.Close()
			agent := login(t, server.URL)
			headers, err := json.Marshal(agent)
			if err != nil {
				t.Fatal(err)
			}
			topic := map[string]string{sim.Dialect851: "/v2/me/interactions", sim.Dialect852: "/v2/me/chats"}[dialect]
			client := begin(t, folder, "client.js", server.URL+"/api/v2/notifications", topic, string(headers))
			client.says(t, "ready")
			post(t, server.URL+"/api/v2/me", agent, `{"operationName":"StartContactCenterSession","channels":["chat"]}`)
			post(t, server.URL+"/api/v2/me/channels/chat", agent, `{"operationName":"Ready"}`)
			if _, err := centre.Begin(simkit.Customer{Name: "Ann"}, "support"); err != nil {
				t.Fatal(err)
			}
			if event := client.says(t, "event"); !strings.Contains(event, `"state":"Invited"`) {
				t.Errorf("heard %s", event)
			}
			centre.ForgetListeners()
			client.says(t, "again")
			if _, err := centre.Begin(simkit.Customer{Name: "Bea"}, "support"); err != nil {
				t.Fatal(err)
			}
			if event := client.says(t, "event"); !strings.Contains(event, "Bea") {
				t.Errorf("heard %s", event)
			}
			_ = client.in.Close()
			server.CloseClientConnections()
		})
	}
}

// login answers the headers of the bot's agent.
func login(t *testing.T, root string) map[string]string {
	t.Helper()
	headers := map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("bot01:bot-password"))}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, root+"/api/v2/me?subresources=*", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", headers["Authorization"])
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	headers[res.Header.Get("X-CSRF-HEADER")] = res.Header.Get("X-CSRF-TOKEN")
	for _, c := range res.Cookies() {
		headers["Cookie"] = c.Name + "=" + c.Value
	}
	return headers
}

func post(t *testing.T, address string, headers map[string]string, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d", address, res.StatusCode)
	}
}
