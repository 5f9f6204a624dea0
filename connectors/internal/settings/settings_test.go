package settings_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/settings"
	"handoff/orchestrator"
)

const planted = "planted-password"

// told is what is said of a configuration, one line for each fault.
func told(t *testing.T, check func(f *settings.Faults)) []string {
	t.Helper()
	var f settings.Faults
	check(&f)
	err := f.Err()
	if err == nil {
		return nil
	}
	if strings.Contains(err.Error(), planted) {
		t.Errorf("a secret is told: %v", err)
	}
	return strings.Split(err.Error(), "\n")
}

func TestEachFaultIsNamedByItsKeyInTheOrderOfTheChecks(t *testing.T) {
	queues := map[orchestrator.QueueName]string{"b": "", "a": "two\nlines", "c": "Support"}
	have := told(t, func(f *settings.Faults) {
		f.Name("Haus")
		f.Name("")
		f.Name("house-1_b")
		f.Seat("window")
		f.OneOf("listen", "hooks", "poll", "stream")
		settings.Between(f, "poll_every", time.Minute, time.Second, 10*time.Second)
		settings.Between(f, "max_chats", 0, 1, 9)
		f.AtMost("users", 3, 2)
		f.Lines(20, settings.Text{Key: "password", Value: planted + "\n"}, settings.Text{Key: "token", Value: strings.Repeat("x", 21)})
		f.Required(settings.Text{Key: "site"}, settings.Text{Key: "username", Value: "bot"})
		f.RequiredFor(settings.SeatAgent, settings.Text{Key: "bot"})
		f.OnlyFor(settings.SeatAgent, settings.Given{Key: "place", Is: true}, settings.Given{Key: "users"})
		f.Credentials("a:b", "")
		f.Targets(queues, func(_ orchestrator.QueueName, target string) error { return settings.VendorName(target, 100) })
		f.Check("private_key", errors.New("must be PEM"))
		f.Check("nickname", nil)
	})
	want := []string{
		`name: may hold a-z, 0-9, - and _ only, not 'H'`, "name: must have 1 to 64 characters",
		`seat: must be one of customer, agent, not "window"`, `listen: must be one of poll, stream, not "hooks"`,
		"poll_every: must lie between 1s and 10s, not 1m0s", "max_chats: must lie between 1 and 9, not 0",
		"users: has 3 entries, 2 is the limit", "password: must have at most 20 characters, in one line",
		"token: must have at most 20 characters, in one line", "site: is required", "bot: is required for the seat agent",
		"place: is for the seat agent", "password: username and password go together",
		"username: must not hold a colon: Basic authentication cuts there",
		"queues.a: must have at most 100 characters, in one line", "queues.b: is empty: it must be a name at the vendor's",
		"private_key: must be PEM",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnAddressIsHTTPSAndHasNothingThatCouldBeASecret(t *testing.T) {
	const must = "url: must be an https URL"
	for address, want := range map[string][]string{
		"https://cc.example.com:8090/api":     nil,
		"http://127.0.0.1:1":                  {"url: must be https (http is for private addresses, with allow_private_address)"},
		"":                                    {must},
		"cc.example.com":                      {must},
		"ftp://cc.example.com":                {must},
		"https://:8090":                       {must},
		"https://cc.example.com/%zz":          {"url: is not a URL"},
		"https://me:" + planted + "@cc":       {"url: must have neither user, query nor fragment"},
		"https://cc.example.com?k=" + planted: {"url: must have neither user, query nor fragment"},
		"https://cc.example.com#top":          {"url: must have neither user, query nor fragment"},
	} {
		have := told(t, func(f *settings.Faults) { f.Root("url", address, false) })
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
	if u, err := settings.Root("http://127.0.0.1:1", true); err != nil || u.Host != "127.0.0.1:1" {
		t.Errorf("http where private addresses are allowed: %v, %v", u, err)
	}
	if _, err := settings.Address("http://127.0.0.1", false, "allow_private_callback"); err == nil ||
		!strings.Contains(err.Error(), "with allow_private_callback") {
		t.Errorf("the key that allows it is not named: %v", err)
	}
}
