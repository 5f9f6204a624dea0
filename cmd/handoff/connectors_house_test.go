package main

import (
	"testing"
)

func TestShortDeadlinesOfAFlowAreNoMistakeOfTheDesk(t *testing.T) {
	l, err := parseConfig([]byte(`
bots:
  - {name: shop, tokens: [a-token-of-sixteen]}
queues:
  - {name: general}
flows:
  default: {desk: house, queue: general, deadlines: {offered: 2s, transferring: 1s}}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	world := checkingWorld()
	world.ringFor = l.ringTimes() // as the service does when it starts
	if _, _, err := openConnectors(l, world); err != nil {
		t.Fatal(err)
	}
}
