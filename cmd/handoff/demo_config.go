package main

import (
	_ "embed"
	"fmt"

	"handoff/web"
)

//go:embed demo.yaml
var demoYAML []byte

// demoCost is cheap, so that a demo starts at once: its password is printed anyway.
var demoCost = web.Cost{Memory: 1 << 10, Time: 1, Threads: 1}

// demoConfig is the built-in configuration, with the address, the scripted bots' callbacks, everybody's password and the desks
// at simulators put in.
func demoConfig(listen string, callback func(bot string) string, vendors demoVendors) (*loaded, error) {
	hash, err := web.HashPassword(demoPassword, demoCost)
	if err != nil {
		return nil, err
	}
	environ := []string{
		"HANDOFF_LISTEN=" + listen, "HANDOFF_BOTS_0_CALLBACK=" + callback(demoBot), "HANDOFF_BOTS_1_CALLBACK=" + callback(tourBot),
	}
	for i := range demoUsers {
		environ = append(environ, fmt.Sprintf("HANDOFF_USERS_%d_PASSWORD_HASH=%s", i, hash))
	}
	l, err := parseConfig(vendors.configure(demoYAML), environ)
	if err != nil {
		return nil, err
	}
	l.demoPassword = demoPassword
	return l, nil
}

// demoUsers is how many people demo.yaml has.
const demoUsers = 5

// greet tells a newcomer where everything is, and how to join in.
func greet(c *console, base string, o demoOptions) {
	c.say(`handoff demo: everything in one process, on an embedded Redis. Nothing survives it. Stop it with Ctrl-C.

  HTTP       %[1]s   (API: %[1]s/openapi.json)
  pages      %[1]s/ leads to all of them
  people     anna, ben (agents), sam (supervisor), admin, you; everybody's password is %[2]q
  bots       shop (key %[3]q, scripted), tour (key %[4]q, answers at /chat/tour, else yours)
  try it     go online at %[1]s/desk as you, write to %[1]s/chat/tour, ask for a person

  curl -s %[1]s/readyz
  curl -s -H 'Authorization: Bearer %[3]s' '%[1]s/v1/conversations?bot=%[5]s'
  curl -s -c jar -H 'Content-Type: application/json' -d '{"name":"sam","password":"%[2]s"}' %[1]s/v1/login \
    && curl -s -b jar '%[1]s/v1/queues'
`, base, demoPassword, demoToken, tourToken, demoBot)
	switch {
	case o.customers == 0:
		c.say("No script plays. The README's tour is the next thing to try.")
	case !o.agents:
		c.say("Customers come and ask for a person: sign in as anna, go online, and accept what rings.")
	default:
		c.say("Scripts play all parts. Each line below is one step: when, which, whose, from where to where, why.")
	}
	c.say("")
}
