package main

import (
	"regexp"
	"strconv"
	"testing"
)

// TestDemoMovesConversationsAtEveryDesk: with all desks each vendor's people take what the bot hands over, and customers who come
// to a vendor's own channel meet the bot and are handed over there.
func TestDemoMovesConversationsAtEveryDesk(t *testing.T) {
	n := len(vendorStories())
	p := launch(t, nil, "demo", "--desks", "all", "--listen", "127.0.0.1:0", "--stories", strconv.Itoa(n), "--customers", "4", "--pace", "20ms")
	p.until(`^` + strconv.Itoa(n) + ` stories played, 0 not as they should$`)
	p.ends(exitOK)
	for _, kind := range sortedKeys(simulators) {
		for _, seat := range simSeats {
			taken := regexp.MustCompile(`queued +→ agent +accepted.* by ` + deskName(kind, seat) + `\n`)
			if !taken.MatchString(p.said.String()) {
				t.Errorf("nobody took a chat at %s:\n%s", deskName(kind, seat), p.said.String())
			}
		}
	}
}
