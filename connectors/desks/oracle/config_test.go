package oracle_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desks/oracle"
	"handoff/orchestrator"
)

// What the desk is configured with, planted to be looked for in errors and logs.
const (
	username = "handoff-bot"
	password = "planted-password-7c1"
	account  = 12
	queueID  = "1"
	billing  = orchestrator.QueueName("billing")
	deskName = orchestrator.ConnectorName("b2c")
	longest  = 500
)

func customerConfig() oracle.Config {
	return oracle.Config{
		Name: deskName, Seat: oracle.SeatCustomer, Site: "https://acme.custhelp.com", Username: username, Password: password,
	}
}

func agentConfig() oracle.Config {
	c := customerConfig()
	c.Seat, c.Bot, c.AccountID, c.AvailableStatus, c.UnavailableStatus = oracle.SeatAgent, "shop", account, 1, 2
	return c
}

func TestBadConfigurationIsNamedByItsKeys(t *testing.T) {
	for name, row := range map[string]struct {
		config oracle.Config
		change func(c *oracle.Config)
		want   []string
	}{
		"a customer's seat is right":     {customerConfig(), func(*oracle.Config) {}, nil},
		"an agent's seat is right":       {agentConfig(), func(*oracle.Config) {}, nil},
		"nothing":                        {oracle.Config{}, func(*oracle.Config) {}, []string{"name", "password", "site", "username"}},
		"plain http":                     {customerConfig(), func(c *oracle.Config) { c.Site = "http://acme.custhelp.com" }, []string{"site"}},
		"http where private is allowed":  {customerConfig(), func(c *oracle.Config) { c.Site, c.AllowPrivate = "http://127.0.0.1:1", true }, nil},
		"a password in the address":      {customerConfig(), func(c *oracle.Config) { c.Site = "https://a:b@acme.custhelp.com" }, []string{"site"}},
		"a colon in the name":            {customerConfig(), func(c *oracle.Config) { c.Username = "a:b" }, []string{"username"}},
		"two lines":                      {customerConfig(), func(c *oracle.Config) { c.Password = "a\nb" }, []string{"password"}},
		"texts too short":                {customerConfig(), func(c *oracle.Config) { c.LongestText = 99 }, []string{"longest_text"}},
		"texts too long":                 {customerConfig(), func(c *oracle.Config) { c.LongestText = 349_526 }, []string{"longest_text"}},
		"an agent's keys for a customer": {agentConfig(), func(c *oracle.Config) { c.Seat = oracle.SeatCustomer }, []string{"account_id", "available_status", "bot", "unavailable_status"}},
		"an agent without an account":    {agentConfig(), func(c *oracle.Config) { c.AccountID = 0 }, []string{"account_id"}},
		"an agent without a bot":         {agentConfig(), func(c *oracle.Config) { c.Bot = "" }, []string{"bot"}},
		"too many chats":                 {agentConfig(), func(c *oracle.Config) { c.MaxChats = 1001 }, []string{"max_chats"}},
		"a queue without a number":       {customerConfig(), func(c *oracle.Config) { c.Queues = targets("support") }, []string{"queues.billing"}},
		"a queue with a number":          {customerConfig(), func(c *oracle.Config) { c.Queues = targets("3") }, nil},
		"rules look at a product":        {agentConfig(), func(c *oracle.Config) { c.Queues = targets("product:12, category:5") }, nil},
		"rules look at nothing":          {agentConfig(), func(c *oracle.Config) { c.Queues = targets(string(billing)) }, nil},
		"rules look at two products":     {agentConfig(), func(c *oracle.Config) { c.Queues = targets("product:12,product:13") }, []string{"queues.billing"}},
		"rules look at a name":           {agentConfig(), func(c *oracle.Config) { c.Queues = targets("product:shoes") }, []string{"queues.billing"}},
	} {
		c := row.config
		row.change(&c)
		err := c.Validate()
		if diff := cmp.Diff(row.want, keysOf(err)); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("%s: the password is in the error", name)
		}
	}
}

func targets(text string) map[orchestrator.QueueName]string {
	return map[orchestrator.QueueName]string{billing: text}
}

// keysOf answers the keys that an error names, in order.
func keysOf(err error) []string {
	var keys []string
	var walk func(error)
	walk = func(err error) {
		var joined interface{ Unwrap() []error }
		if errors.As(err, &joined) {
			for _, one := range joined.Unwrap() {
				walk(one)
			}
			return
		}
		if err != nil {
			key, _, _ := strings.Cut(err.Error(), ":")
			keys = append(keys, key)
		}
	}
	walk(err)
	slices.Sort(keys)
	return keys
}

func TestADeskIsNotOpenedWithoutWhatItNeeds(t *testing.T) {
	clock := orchestrator.NewStepClock(orchestrator.SystemClock{}.Now())
	memory, log := struct{ orchestrator.Memory }{}, slog.New(slog.DiscardHandler)
	if _, err := customerConfig().Open(nil, clock, log); err == nil {
		t.Error("opened without a memory")
	}
	if _, err := (oracle.Config{Name: "b2c"}).Open(memory, clock, log); err == nil || !strings.Contains(err.Error(), `"b2c"`) {
		t.Errorf("opened without a site: %v", err)
	}
	if _, err := agentConfig().Open(memory, clock, log); err != nil {
		t.Error(err)
	}
}
