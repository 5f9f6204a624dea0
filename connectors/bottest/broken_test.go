package bottest_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/connectors/bottest"
	"handoff/connectors/internal/testlog"
	"handoff/orchestrator"
)

// attempt is the toy's time-out of one call.
const attempt = 10 * time.Second

// openToy makes a toy bot with its platform, wrong in one way or right.
func openToy(wrong string) bottest.Open {
	return func(bottest.TB) *bottest.Subject {
		platform, log := newToyPlatform(), &testlog.Buffer{}
		clock := orchestrator.NewStepClock(time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC))
		transport := &http.Transport{MaxIdleConnsPerHost: 64}
		bot := &toyBot{
			wrong: wrong, url: platform.server.URL, clock: clock, leaked: make(chan struct{}), log: slog.New(slog.NewTextHandler(log, nil)),
			client: &http.Client{Transport: transport},
		}
		if wrong != "follows redirects" {
			bot.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		}
		s := &bottest.Subject{
			Bot: bot, Platform: platform, Clock: clock, Attempt: attempt, Secrets: []string{toyKey}, Logged: log.String, Post: platform.post,
			Close: func() {
				platform.close()
				transport.CloseIdleConnections()
			},
		}
		if wrong != "" {
			s.Patience = 300 * time.Millisecond
		}
		return s
	}
}

func TestABotThatIsRightPasses(t *testing.T) {
	bottest.Run(t, openToy(""))
}

// planted are the faults and the behaviour that must notice each.
var planted = map[string]string{
	"claims what it cannot":           "its manifest agrees with its methods",
	"does not stop":                   "it has a name and a kind",
	"leaves a goroutine":              "it has a name and a kind",
	"changes the command":             "a command is not changed but for where a flush goes on",
	"swallows typing":                 "typing reaches the platform if it says so",
	"swallows notices":                "every notice arrives",
	"takes what is for desks":         "what is for desks is refused for good",
	"gives all held words one id":     "held words arrive in order, and once each after a failure",
	"goes on behind a failure":        "held words arrive in order, and once each after a failure",
	"shows its key in errors":         "each failing status has its outcome",
	"fails without a connector error": "each failing status has its outcome",
	"makes a new id each time":        "the same command carries the same id, another another",
	"uses one id for all":             "the same command carries the same id, another another",
	"signs once":                      "the same command carries the same id, another another",
	"does not sign":                   "a word arrives once, whole and trusted",
	"escapes texts":                   "a word arrives once, whole and trusted",
	"logs its key":                    "a word arrives once, whole and trusted",
	"forgets the context":             "a cancelled call returns at once",
	"delivers later":                  "many conversations at a time keep each one's order",
	"never times out":                 "a time-out after the receiver acted leaves it unknown",
	"takes a cut for not arrived":     "a cut after the receiver acted leaves it unknown",
	"gives up when nobody is there":   "nobody there can be tried again",
	"calls 500 a success":             "each failing status has its outcome",
	"gives up at a 400":               "each failing status has its outcome",
	"keeps a 410 to itself":           "each failing status has its outcome",
	"counts a no as a failure":        "a receiver that refuses goes on being called",
	"follows redirects":               "a redirect is not followed",
	"ignores Retry-After":             "the receiver's wait is passed on",
	"believes anybody":                "a request that was changed on its way is refused",
	"refuses what it does not know":   "a customer's word is read, with members that nobody knows",
	"takes nonsense":                  "what cannot be read is refused by name",
}

func TestEachBrokenBotIsNoticed(t *testing.T) {
	behaviours := map[string]bottest.Behaviour{}
	for _, b := range bottest.Behaviours() {
		behaviours[b.Name] = b
	}
	for wrong, name := range planted {
		t.Run(wrong, func(t *testing.T) {
			b, ok := behaviours[name]
			if !ok {
				t.Fatalf("there is no behaviour %q", name)
			}
			if said := complaints(b, openToy(wrong)); len(said) == 0 {
				t.Errorf("%q did not notice", name)
			}
			if said := complaints(b, openToy("")); len(said) > 0 {
				t.Errorf("%q complains of a good bot: %v", name, said)
			}
		})
	}
}

// notebook is a test that writes down what it is told.
type notebook struct {
	mu   sync.Mutex
	said []string
}

func (n *notebook) Helper()             {}
func (n *notebook) Logf(string, ...any) {}

func (n *notebook) Errorf(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = append(n.said, fmt.Sprintf(format, args...))
}

func (n *notebook) Fatalf(format string, args ...any) {
	n.Errorf(format, args...)
	runtime.Goexit()
}

// complaints runs one behaviour and answers what it found. What a broken bot left running is let go afterwards.
func complaints(b bottest.Behaviour, open bottest.Open) []string {
	n, done := &notebook{}, make(chan struct{})
	var made *bottest.Subject
	go func() {
		defer close(done)
		bottest.One(n, b, func(t bottest.TB) *bottest.Subject {
			made = open(t)
			return made
		})
	}()
	<-done
	if bot, ok := made.Bot.(*toyBot); ok {
		close(bot.leaked)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.said
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func wait(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(now)
	}
	return 0
}
