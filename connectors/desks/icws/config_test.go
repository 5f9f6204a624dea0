package icws

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// good is a configuration with which nothing is wrong.
func good() Config {
	return Config{
		Name: "pure", Seat: SeatAgent, Bot: "shop", URL: "https://ic1.example.com:8019", Username: "bot1", Password: "quite secret",
	}
}

func TestEachMistakeIsNamedByItsKey(t *testing.T) {
	for want, spoil := range map[string]func(c *Config){
		"name: must have 1 to 64 characters": func(c *Config) { c.Name = "" },
		"url: must be an https URL":          func(c *Config) { c.URL = "ic1" },
		"url: must be https (http is for private addresses, with allow_private_address)": func(c *Config) { c.URL = "http://ic1" },
		"url: must have neither user, query nor fragment":                                func(c *Config) { c.URL = "https://a:b@ic1" },
		"hosts: are required where url has {host}":                                       func(c *Config) { c.URL = "https://cc.example.com/api/{host}" },
		"hosts[1]: must be a host name, with :port where that differs":                   func(c *Config) { c.Hosts = []string{"ic2", "ic 3"} },
		`seat: must be one of customer, agent, not "guest"`:                              func(c *Config) { c.Seat = "guest"; c.Username, c.Password, c.Bot = "", "", "" },
		`listen: must be one of auto, stream, poll, not "hooks"`:                         func(c *Config) { c.Listen = "hooks" },
		`context: must be one of notes, message, not "letter"`:                           func(c *Config) { c.Context = "letter" },
		"poll_every: must lie between 10ms and 10s, not 1m0s":                            func(c *Config) { c.PollEvery = time.Minute },
		"timeout: must lie between 0s and 1m0s, not 1h0m0s":                              func(c *Config) { c.Timeout = time.Hour },
		"queues.help: is empty: it must be a name at the vendor's":                       func(c *Config) { c.Queues = map[orchestrator.QueueName]string{"help": ""} },
		"username: is required for the seat agent":                                       func(c *Config) { c.Username = "" },
		"password: is required for the seat agent":                                       func(c *Config) { c.Password = "" },
		"bot: is required for the seat agent":                                            func(c *Config) { c.Bot = "" },
		"workgroups[0]: is empty: it must be a name at the vendor's":                     func(c *Config) { c.Workgroups = []string{""} },
		"username: is for the seat agent":                                                func(c *Config) { c.Seat, c.Bot, c.Password = SeatCustomer, "", "" },
	} {
		c := good()
		spoil(&c)
		err := c.Validate()
		if err == nil || err.Error() != want {
			t.Errorf("told %v, want %s", err, want)
		}
		if err != nil && strings.Contains(err.Error(), "quite secret") {
			t.Errorf("a secret is told: %v", err)
		}
	}
	if err := good().Validate(); err != nil {
		t.Errorf("a good configuration is refused: %v", err)
	}
	if _, err := good().Open(nil, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a desk without a memory was opened")
	}
}

func TestServersShareSchemePortAndPath(t *testing.T) {
	for _, row := range []struct{ url, host, want string }{
		{"https://ic1.example.com:8019", "ic2.example.com", "https://ic2.example.com:8019/icws/connection"},
		{"https://ic1.example.com:8019/", "ic2:9000", "https://ic2:9000/icws/connection"},
		{"https://ic1.example.com", "ic2", "https://ic2/icws/connection"},
		{"https://cc.example.com/api/{host}", "ic2", "https://cc.example.com/api/ic2/icws/connection"},
	} {
		s, err := newServers(row.url, []string{"ic9"}, false)
		if err != nil {
			t.Fatal(err)
		}
		at, err := s.at(row.host, "/icws/connection")
		if err != nil || at.String() != row.want {
			t.Errorf("%s at %s: %v, %v, want %s", row.url, row.host, at, err, row.want)
		}
	}
}

func TestHostsAreTriedLastGoodFirst(t *testing.T) {
	s, err := newServers("https://ic1:8019", []string{"ic3", "ic2"}, false)
	if err != nil {
		t.Fatal(err)
	}
	have := s.order("ic2", []string{"ic4", "not a host", "ic3"})
	if diff := cmp.Diff([]string{"ic2", "ic4", "ic3", "ic1"}, have); diff != "" {
		t.Error(diff)
	}
	if _, err := s.at("evil.example.com/path?", "/icws"); err == nil {
		t.Error("what is no host was called")
	}
}

func TestEventsOfAStreamAreReadWhole(t *testing.T) {
	var have []string
	err := readEvents(strings.NewReader(":ping\nretry: 1\n\nid: 1\nevent: message\ndata: {\"a\":\ndata: 1}\n\ndata:{}\n\ndata: {\"cut"), func(data []byte) error {
		have = append(have, string(data))
		return nil
	})
	if diff := cmp.Diff([]string{"{\"a\":\n1}\n", "{}\n"}, have); diff != "" {
		t.Error(diff)
	}
	if err == nil {
		t.Error("an event that is cut short ends it well")
	}
	errStop := errors.New("enough")
	err = readEvents(strings.NewReader("data: 1\n\n"), func([]byte) error { return errStop })
	if !errors.Is(err, errStop) {
		t.Errorf("ended with %v", err)
	}
}
