package main

import "testing"

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
		t.Run(kind, func(t *testing.T) {
			alone(t)
			v := newVendor(t, kind)
			at := install(t, vendorPolicy(kind), v)
			for _, story := range vendorLives {
				t.Run(story.name, func(t *testing.T) { story.tell(v.begins(t, at, story)) })
			}
			v.goesOnWithoutUs(t, at)
			v.hasNothingOpen(t)
		})
	}
}
