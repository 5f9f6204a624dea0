package main

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"handoff/orchestrator"
	"handoff/web"
)

func checkBots(l *loaded, found *problems) {
	if len(l.Bots) == 0 {
		found.add("bots", "at least one is needed: every conversation belongs to a bot")
	}
	checkNames(found, "bots", l.Bots, validConnectorName, nameRule)
	for i, b := range l.Bots {
		at := fmt.Sprintf("bots[%d]", i)
		checkKeys(found, at+".secrets", b.Secrets)
		checkKeys(found, at+".tokens", b.Tokens)
		if _, ok := l.Flows[b.Flow]; !ok {
			found.add(at+".flow", "flow %q is not configured%s", b.Flow, suggest(b.Flow, sortedKeys(l.Flows)))
		}
		if b.Callback == "" && b.AllowPrivateCallback {
			l.warn(at+".allow_private_callback", "has no effect without a callback")
		}
		if len(b.AllowedOrigins) > 0 && !b.Web {
			found.add(at+".allowed_origins", "has no effect without web: true")
		}
		for j, origin := range b.AllowedOrigins {
			if !validOrigin(origin) {
				found.add(fmt.Sprintf("%s.allowed_origins[%d]", at, j), "%q is not an origin as browsers name it, like https://shop.example", origin)
			}
		}
		checkRange(found, at+".concurrency", b.Concurrency, 1, maxConcurrency)
		checkBotKind(l, b, at, found)
	}
	checkOwnKeys(l.Bots, found)
}

// checkOwnKeys looks for secrets and tokens that two bots share: each would take the other's requests for its own.
func checkOwnKeys(bots []BotConfig, found *problems) {
	owners := map[string]int{} // by the bytes of the key
	look := func(i int, list string, keys []Secret) {
		for j, key := range keys {
			if owner, known := owners[keyBytes(key)]; known && owner != i {
				found.add(fmt.Sprintf("bots[%d].%s[%d]", i, list, j), "is a key of bots[%d] already: each would take the other's requests", owner)
				continue
			}
			owners[keyBytes(key)] = i
		}
	}
	for i, b := range bots {
		look(i, "secrets", b.Secrets)
		look(i, "tokens", b.Tokens)
	}
}

// keyBytes is what a key is, however its base64 is written.
func keyBytes(key Secret) string {
	kind, encoded, _ := strings.Cut(key.Reveal(), "_")
	if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil && encoded != "" {
		return kind + "_" + string(raw)
	}
	return key.Reveal()
}

// checkKeys looks for secrets or tokens that are there twice, without ever quoting one. The rest is up to the kind.
func checkKeys(found *problems, path string, keys []Secret) {
	for i, key := range keys {
		if slices.Index(keys, key) < i {
			found.add(fmt.Sprintf("%s[%d]", path, i), "is there twice")
		}
	}
}

// originHost is the host of an origin as browsers write it. It stands in a header beside other words, and has no wildcards:
// one would let any page show the chat in a frame, and begin no conversation there.
var originHost = regexp.MustCompile(`^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?$`)

// usualPorts are left out by browsers.
var usualPorts = map[string]string{"https": "443", "http": "80"}

func validOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && usualPorts[u.Scheme] != "" && u.Port() != usualPorts[u.Scheme] && originHost.MatchString(u.Host) &&
		origin == u.Scheme+"://"+u.Host
}

func checkUsers(l *loaded, found *problems) {
	checkNames(found, "users", l.Users, validUserName, userNameRule)
	for i, u := range l.Users {
		at := fmt.Sprintf("users[%d]", i)
		checkOneOf(found, at+".role", u.Role, userRoles())
		if u.PasswordHash == "" && l.OIDC.Issuer == "" {
			found.add(at+".password_hash", "is missing; make one with: handoff hash-password")
		} else if err := web.CheckHash(u.PasswordHash.Reveal()); err != nil && u.PasswordHash != "" {
			found.add(at+".password_hash", "%v; make one with: handoff hash-password", err)
		}
		checkRange(found, at+".capacity", u.Capacity, 1, maxCapacity)
		for j, q := range u.Queues {
			if _, ok := l.queue(q); !ok {
				found.add(fmt.Sprintf("%s.queues[%d]", at, j), "queue %q is not configured%s", q, suggest(q, names(l.Queues)))
			}
		}
		if len(u.Queues) == 0 && u.Role == string(web.RoleAgent) {
			l.warn(at+".queues", "%s serves no queue, and will be offered nothing", u.Name)
		}
	}
}

func checkQueues(cfg *Config, found *problems) {
	checkNames(found, "queues", cfg.Queues, validConnectorName, nameRule)
	for i, q := range cfg.Queues {
		at := fmt.Sprintf("queues[%d]", i)
		if _, ok := cfg.desk(q.Desk); !ok {
			found.add(at+".desk", "desk %q is not configured%s", q.Desk, suggest(q.Desk, names(cfg.Desks)))
		}
		checkRange(found, at+".priority", q.Priority, 0, maxPriority)
	}
}

func checkDesks(l *loaded, found *problems) {
	if len(l.Desks) == 0 {
		found.add("desks", "at least one is needed: people answer there")
	}
	checkNames(found, "desks", l.Desks, validConnectorName, nameRule)
	house := -1
	for i, d := range l.Desks {
		at := fmt.Sprintf("desks[%d]", i)
		switch { // the installation has one floor: two desks would offer each other's conversations and seats
		case d.Kind != defaultDeskKind:
		case house >= 0:
			found.add(at+".kind", "desks[%d] is the house desk already; its people, lines and seats are the installation's", house)
		default:
			house = i
		}
		if d.Name == orchestrator.ChannelBot || d.Name == orchestrator.ChannelWeb {
			found.add(at+".name", "%q is the name of a channel already", d.Name)
		}
		checkSeat(l, d, at, found)
		checkRange(found, at+".concurrency", d.Concurrency, 1, maxConcurrency)
		checkDeskKind(l, d, at, found)
	}
}
