package main

import (
	"io"
	"net/http"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"handoff/connectors/simkit"
)

// TestNoSecretOfAVendorIsShown: both seats at every vendor, with refusals whose error pages repeat what was sent, lost answers and
// lost sessions. What went over the wire as a credential stands in no log, no timeline, no answer for a supervisor, no page.
func TestNoSecretOfAVendorIsShown(t *testing.T) {
	alone(t)
	// ways is how each vendor's credentials are sent at least, so that the wiretap cannot have missed them.
	ways := map[string][]string{
		"genesys": {"Authorization", "cookie", "password", "secureKey"}, "icws": {"Inin-Icws-Csrf-Token", "cookie", "participantId", "password"},
		"oracle": {"Authorization", "password", "sessionToken"}, "superoffice": {"Authorization", "password"},
	}
	var vendors []vendor
	taps := map[string]*wiretap{}
	for _, kind := range sortedKeys(simulators) {
		v := newVendor(t, kind)
		taps[kind] = &wiretap{}
		v.base = taps[kind].taps(t, v.base)
		vendors = append(vendors, v)
	}
	changes := vendorPolicy(vendors[0].kind)
	changes[logLevel] = "debug"
	at := install(t, changes, vendors...)
	var shown []string
	for _, v := range vendors {
		shown = append(shown, v.livesThroughTrouble(t, at)...)
	}
	shown = append(shown, at.shows(t, "/v1/conversations", "/v1/queues", "/v1/agents", "/v1/connectors", "/v1/undelivered", "/v1/reaper",
		"/v1/flows/default", "/v1/me/conversations", "/healthz", "/readyz", "/metrics", "/board", "/board/flow")...)
	shown = append(shown, at.service.log.String())
	for _, kind := range sortedKeys(taps) {
		for _, way := range ways[kind] {
			if !slices.Contains(taps[kind].kinds(), way) {
				t.Errorf("the wiretap has seen no %s at %s, but %v", way, kind, taps[kind].kinds())
			}
		}
		if taps[kind].shows(simulators[kind].settings[seatAgent]) == nil {
			t.Errorf("the password of %s is not found where it stands", kind)
		}
		for _, text := range shown {
			if diff := gocmp.Diff([]string(nil), taps[kind].shows(text)); diff != "" {
				t.Errorf("shown of %s:\n%s", kind, diff)
			}
		}
	}
}

// troubles are what goes wrong in a chat, one after the other.
var troubles = []string{
	simkit.FaultStatus, simkit.FaultLoseAnswer, simkit.FaultDuplicate, simkit.FaultLoseSession,
}

// livesThroughTrouble tells a chat in each seat, with words both ways at each trouble: every one comes once and in order. It
// answers what is shown of them.
func (v vendor) livesThroughTrouble(t *testing.T, at *installation) (shown []string) {
	t.Helper()
	for _, l := range []*vendorLife{v.troublesOurs(t, at), v.troublesTheirs(t, at)} {
		shown = append(shown, at.shows(t, l.path(""), l.path("/events"), "/board/c/"+l.id)...)
	}
	return shown
}

func (v vendor) troublesOurs(t *testing.T, at *installation) *vendorLife {
	t.Helper()
	anna := vendorPeople[v.kind][0]
	s := v.comesOurWay(t, at, "secrets-"+v.kind)
	s.bot.asksForHandoff(map[string]any{"target": map[string]any{"queue": v.kind}})
	s.isTakenBy(anna)
	s.bot.isTold("handoff.accepted")
	var there []string
	reads := []string{"system: One moment, please.", "system: " + anna.name + " is here."}
	for _, trouble := range troubles {
		s.must(v.stage.Fault(trouble, http.StatusInternalServerError, 0), "%s", trouble)
		s.customerSays("Is it " + trouble + "?")
		s.theySay(anna, "It is "+trouble+".")
		there = append(there, "customer: Is it "+trouble+"?", "agent: It is "+trouble+".")
		reads = append(reads, "user: Is it "+trouble+"?", anna.id+": It is "+trouble+".")
	}
	for s.readOn("reading the rest", 0) {
	}
	s.checkVendor(there)
	s.checkCustomer(reads)
	s.over = true
	return s
}

func (v vendor) troublesTheirs(t *testing.T, at *installation) *vendorLife {
	t.Helper()
	s := v.comesTheirWay(t, at)
	var there []string
	told := []string{"conversation.started"}
	for _, trouble := range troubles {
		s.must(v.stage.Fault(trouble, http.StatusInternalServerError, 0), "%s", trouble)
		s.must(v.stage.CustomerSays(s.chat, "Is it "+trouble+"?"), "the customer says")
		s.bot.hears("Is it " + trouble + "?")
		s.bot.says("It is " + trouble + ".")
		s.stands("bot: It is " + trouble + ".")
		there = append(there, "customer: Is it "+trouble+"?", "bot: It is "+trouble+".")
		told = append(told, "user: Is it "+trouble+"?")
	}
	s.checkVendor(there)
	s.bot.check(told)
	s.over = true
	return s
}

// shows is what a supervisor reads at these paths.
func (in *installation) shows(t *testing.T, paths ...string) (bodies []string) {
	t.Helper()
	sam, err := signedIn(t.Context(), in.base, "sam")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		res, err := sam.send(t.Context(), http.MethodGet, path, nil, "*/*")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if closed := res.Body.Close(); err != nil || closed != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: HTTP %d, %v, %v\n%s", path, res.StatusCode, err, closed, body)
		}
		bodies = append(bodies, string(body))
	}
	return bodies
}
