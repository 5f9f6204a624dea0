package main

import (
	"strings"
	"testing"

	"handoff/connectors/bots/native/sim"
)

// vendorStory is told at every vendor, in one seat of ours.
type vendorStory struct {
	name string
	seat string
	tell func(s *vendorLife)
}

// vendorLives are told one after the other at each vendor, in one installation.
var vendorLives = []vendorStory{
	{"straight", seatCustomer, vendorServes},
	{"the customer leaves while waiting", seatCustomer, vendorIsLeftWaiting},
	{"the customer leaves while served", seatCustomer, vendorIsLeftServing},
	{"handed to a colleague", seatCustomer, vendorTransfers},
	{"handed back to the bot", seatCustomer, vendorIsRelieved},
	{"begun there and handed over there", seatAgent, botHandsOverThere},
	{"the customer leaves the bot there", seatAgent, botIsLeftThere},
	{"the vendor is down in mid-chat", seatCustomer, vendorIsDownForAWhile},
	{"notifications come twice and in another order", seatCustomer, vendorStutters},
	{"notifications to the bot come twice and in another order", seatAgent, botIsStutteredTo},
	{"the house helps while the vendor is down", seatCustomer, houseHelpsOut},
}

func TestStoryAtAVendor(t *testing.T) {
	for _, kind := range sortedKeys(simulators) {
		for _, dialect := range append([]string{""}, simulators[kind].others()...) {
			t.Run(strings.TrimSpace(kind+" "+dialect), func(t *testing.T) {
				alone(t)
				toEitherBot(t, func(t *testing.T, by hearsBy) []sim.Mind { return tellsAtVendor(t, by, newVendorIn(t, kind, dialect)) })
			})
		}
	}
}

// tellsAtVendor tells all stories at one vendor, and answers what the bot knows after each.
func tellsAtVendor(t *testing.T, by hearsBy, v vendor) (known []sim.Mind) {
	t.Helper()
	at := installFor(t, by, vendorPolicy(v.kind), v)
	for _, story := range vendorLives {
		t.Run(story.name, func(t *testing.T) {
			s := v.begins(t, at, story)
			story.tell(s)
			known = append(known, s.bot.knows())
		})
	}
	known = append(known, v.goesOnWithoutUs(t, at))
	v.hasNothingOpen(t)
	return known
}

// others are the dialects beside the usual one.
func (s simulated) others() []string { return s.dialects[min(1, len(s.dialects)):] }
