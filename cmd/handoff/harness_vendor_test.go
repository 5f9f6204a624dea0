package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"handoff/connectors/simkit"
)

// vendor is a simulated contact centre in a process of its own, at which both seats of ours are configured.
type vendor struct {
	kind  string
	sim   simulated
	base  string         // where the service finds it
	stage *simkit.Remote // its people and customers
}

// newVendor starts a simulator.
func newVendor(t *testing.T, kind string) vendor {
	t.Helper()
	return newVendorIn(t, kind, "")
}

// newVendorIn starts a simulator that speaks one of its dialects.
func newVendorIn(t *testing.T, kind, dialect string) vendor {
	t.Helper()
	base := useFloor(t).simulate(t, kind, dialect)
	v := vendor{kind: kind, sim: simulators[kind].in(dialect), base: base, stage: simkit.NewRemote(base)}
	t.Cleanup(v.stage.Close)
	return v
}

func (v vendor) queueLines() (lines string) {
	for _, seat := range simSeats {
		lines += v.sim.queueLine(v.kind, seat)
	}
	return lines
}

func (v vendor) deskLines() (lines string) {
	for _, seat := range simSeats {
		lines += v.sim.deskLine(v.kind, seat, v.base)
	}
	return lines
}

// vendorPolicy hands over to the vendor, does not wait long for after-call work that nobody can see, and lets the house desk
// take over where a request does not want to wait.
func vendorPolicy(kind string) policy {
	return policy{
		"desk": kind, "queue": kind, "deadlines.wrap_up": "1s", "wrap_up.required": false,
		"on_queue_timeout": map[string]any{"desk": "house", "queue": "general"},
	}
}

// vendorLife is the life of one chat, of which a part is played at a vendor.
type vendorLife struct {
	*life
	vendor vendor
	chat   string   // the vendor's handle
	known  []string // the handles of what was there before
}

// begins lets the customer of a story come: to us, or to the vendor's own channel in the seat of the bot.
func (v vendor) begins(t *testing.T, at *installation, story vendorStory) *vendorLife {
	t.Helper()
	if story.seat == seatAgent {
		return v.comesTheirWay(t, at)
	}
	return v.comesOurWay(t, at, strings.ReplaceAll(story.name, " ", "-"))
}

// comesOurWay begins a chat on the web channel, which is handed to the vendor's people later.
func (v vendor) comesOurWay(t *testing.T, at *installation, external string) *vendorLife {
	t.Helper()
	l := &vendorLife{life: lifeAt(t, at, external), vendor: v}
	for _, c := range v.stage.Chats() {
		l.known = append(l.known, c.ID)
	}
	l.customer = newStoryCustomer(l.life)
	l.bot.isTold("conversation.started")
	return l
}

// comesTheirWay begins a chat at the vendor's own channel, where our bot is the first to answer.
func (v vendor) comesTheirWay(t *testing.T, at *installation) *vendorLife {
	t.Helper()
	chat, err := v.stage.Begin(simkit.Customer{Name: "Ann"}, v.sim.walkIn)
	if err != nil {
		t.Fatal(err)
	}
	l := &vendorLife{life: lifeAt(t, at, deskName(v.kind, seatAgent)+":"+chat), vendor: v, chat: chat}
	l.bot.isTold("conversation.started")
	return l
}

// reachesPeople waits until the chat that we handed over can be seen at the vendor, and remembers which it is.
func (l *vendorLife) reachesPeople() {
	l.t.Helper()
	l.standsSo("a chat that waits for people", func(c simkit.Chat) bool {
		mine := c.ID == l.chat || (l.chat == "" && c.ByUs && !slices.Contains(l.known, c.ID))
		if mine && (c.State == simkit.ChatWaiting || c.State == simkit.ChatRinging) {
			l.chat = c.ID
			return true
		}
		return false
	})
}

// standsSo waits until one of the vendor's chats is as it should be.
func (l *vendorLife) standsSo(what string, so func(simkit.Chat) bool) {
	l.t.Helper()
	_, err := l.vendor.stage.Await(l.ctx, func(chats []simkit.Chat) bool { return slices.ContainsFunc(chats, so) })
	l.must(err, "waiting at the vendor for %s", what)
}

// is waits until the chat is in a state at the vendor.
func (l *vendorLife) is(state simkit.ChatState) {
	l.t.Helper()
	l.standsSo("state "+string(state), func(c simkit.Chat) bool { return c.ID == l.chat && c.State == state })
}

// vendorPerson is one of a simulator's people: how the vendor calls them, and who they are to us.
type vendorPerson struct{ login, id, name string }

// vendorPeople are who serves, and a colleague.
var vendorPeople = map[string][2]vendorPerson{
	"genesys":     {{"anna", "anna", "anna"}, {"bob", "bob", "bob"}},
	"icws":        {{"alice", "Alice Archer", "Alice Archer"}, {"bob", "Bob Brook", "Bob Brook"}},
	"oracle":      {{"anna", "anna", "anna"}, {"bob", "bob", "bob"}},
	"superoffice": {{"anna", "anna", "Anna"}, {"bob", "bob", "Bob"}},
}

// people are who serves, and a colleague.
func (l *vendorLife) staff() (serves, colleague vendorPerson) {
	pair := vendorPeople[l.vendor.kind]
	return pair[0], pair[1]
}

// isTakenBy lets a person of the vendor take what waits.
func (l *vendorLife) isTakenBy(p vendorPerson) {
	l.t.Helper()
	l.reachesPeople()
	l.must(l.vendor.stage.Accept(l.chat, p.login), "%s takes the chat", p.login)
}

// isHandedTo takes the straight way from the bot to a person of the vendor.
func (l *vendorLife) isHandedTo(p vendorPerson) {
	l.t.Helper()
	l.bot.asksForHandoff()
	l.isTakenBy(p)
	l.bot.isTold("handoff.accepted")
}

// theySay is a word of a person at the vendor, which comes to the customer.
func (l *vendorLife) theySay(p vendorPerson, text string) {
	l.t.Helper()
	l.must(l.vendor.stage.Says(l.chat, p.login, text), "%s says %q", p.login, text)
	l.customer.reads(text)
}

// customerSays is a word of our customer, which comes to the vendor's people.
func (l *vendorLife) customerSays(text string) {
	l.t.Helper()
	l.customer.says(text)
	l.stands("customer: " + text)
}

// theyEnd lets a person of the vendor end the chat.
func (l *vendorLife) theyEnd(p vendorPerson) {
	l.t.Helper()
	l.must(l.vendor.stage.End(l.chat, p.login), "%s ends the chat", p.login)
}

// stands waits until a word stands in the vendor's chat.
func (l *vendorLife) stands(word string) {
	l.t.Helper()
	l.standsSo("the word "+word, func(c simkit.Chat) bool { return c.ID == l.chat && slices.Contains(saidThere(c), word) })
}

// saidThere are the words in a chat of the vendor's with whose they are, as its customer sees them.
func saidThere(c simkit.Chat) (words []string) {
	for _, w := range c.Words {
		if w.Role != "system" && !w.Hidden {
			words = append(words, w.Role+": "+w.Text)
		}
	}
	return words
}

// endsWith looks at everything that the chat left behind, as ends does, and at what was said at the vendor.
func (l *vendorLife) endsWith(want ending, there ...string) {
	l.t.Helper()
	l.comesTo(want.state)
	looked := l.looksIntoRedis()
	for l.readOn("reading the rest", 0) {
	}
	l.checkRecord(want)
	l.checkTimeline(want.steps)
	if l.customer != nil {
		l.checkCustomer(want.reads)
	}
	l.bot.check(want.told)
	l.checkDelivered()
	looked.checkReplay()
	l.checkVendor(there)
	l.over = true
	if l.t.Failed() {
		l.t.Logf("the timeline:\n%s", l.told())
	}
}

// checkVendor looks at what was said at the vendor: every word once and in order.
func (l *vendorLife) checkVendor(want []string) {
	l.t.Helper()
	chats := l.vendor.stage.Chats()
	at := slices.IndexFunc(chats, func(c simkit.Chat) bool { return c.ID == l.chat })
	if at < 0 {
		if l.chat != "" || len(want) > 0 {
			l.t.Errorf("the vendor has no chat %q among %+v", l.chat, chats)
		}
		return
	}
	if diff := gocmp.Diff(want, saidThere(chats[at])); diff != "" {
		l.t.Errorf("what was said at the vendor (-want +got):\n%s", diff)
	}
}

// hasNothingOpen waits until every chat is over for its customer.
func (v vendor) hasNothingOpen(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lifeTimeout)
	defer cancel()
	_, err := v.stage.Await(ctx, func(chats []simkit.Chat) bool {
		return !slices.ContainsFunc(chats, func(c simkit.Chat) bool { return c.State != simkit.ChatWrapUp && c.State != simkit.ChatEnded })
	})
	if err != nil {
		t.Error(err)
	}
}
