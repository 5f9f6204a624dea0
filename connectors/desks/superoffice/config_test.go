package superoffice_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desks/superoffice"
	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

func TestMistakesAreNamedByTheirKeysWithoutSecrets(t *testing.T) {
	good := superoffice.Config{
		Name: "so", Seat: superoffice.SeatCustomer, URL: "https://crm.example.com/SuperOffice", Username: "handoff", Password: password,
	}
	for name, one := range map[string]struct {
		change func(c *superoffice.Config)
		want   []string
	}{
		"whole": {func(*superoffice.Config) {}, nil},
		"the bot's topics": {func(c *superoffice.Config) { c.Seat, c.Topics = superoffice.SeatAgent, []string{"x"} }, []string{
			"bot: is required for the seat agent", `topics[0]: must be the number of a chat topic, not "x"`,
		}},
		"two ways to log in": {func(c *superoffice.Config) { c.Token = "8A:secret" }, []string{
			"username: exactly one is needed: username and password, token, or system_token and private_key",
		}},
		"a system user without the rest": {func(c *superoffice.Config) {
			c.Username, c.Password, c.SystemToken, c.PrivateKey = "", "", systemToken, "no key"
		}, []string{
			"tenant: is required for a system user", "app_token: is required for a system user",
			"private_key: must be an RSA key in PEM",
		}},
		"addresses": {func(c *superoffice.Config) { c.URL, c.HookURL = "http://crm.example.com", "https://u:p@here" }, []string{
			"url: must be https (http is for private addresses, with allow_private_address)",
			"hook_url: must have neither user, query nor fragment",
			"hook_secret: is required with hook_url: without it no webhook is taken",
		}},
		"times": {func(c *superoffice.Config) { c.PollEvery, c.KeepFetched = time.Hour, time.Hour }, []string{
			"poll_every: must lie between 20ms and 10m0s, not 1h0m0s", "keep_fetched: must lie between 100ms and 10m0s, not 1h0m0s",
		}},
	} {
		c := good
		one.change(&c)
		var have []string
		if err := c.Validate(); err != nil {
			have = strings.Split(err.Error(), "\n")
			if strings.Contains(err.Error(), "secret\n") || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), systemToken) {
				t.Errorf("%s: the error shows a secret: %v", name, err)
			}
		}
		if diff := cmp.Diff(one.want, have); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	good.Queues = map[orchestrator.QueueName]string{"billing": "Billing"}
	clock := orchestrator.SystemClock{}
	_, err := good.Open(desktest.NewMemory(clock), clock, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), `queues.billing: must be the number of a chat topic, not "Billing"`) {
		t.Errorf("a queue without a topic: %v", err)
	}
}
