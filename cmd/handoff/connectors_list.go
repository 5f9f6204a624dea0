package main

import (
	"errors"
	"log/slog"
	"strings"

	"handoff/orchestrator"
)

// The kinds of connectors. A new vendor is one line here and one file beside this one.
var (
	botKinds  = map[string]botKind{"native": nativeBot}
	deskKinds = map[string]deskKind{
		"house": houseDesk, "genesys": genesysDesk, "icws": icwsDesk, "oracle": oracleDesk, "superoffice": superofficeDesk,
	}
)

// botKind reads the settings of a bot of one kind and answers how it is opened, or nil when something is wrong with them.
// What is wrong goes to found, with paths below at.
type botKind func(b BotConfig, at string, found *problems) botOpener

// deskKind is the same for desks.
type deskKind func(d DeskConfig, at string, found *problems) deskOpener

// A botOpener makes the bot. Making does nothing by itself, no call and no goroutine, until Run.
type botOpener func(world connectorWorld) (orchestrator.Bot, error)

// A deskOpener makes the desk, likewise.
type deskOpener func(world connectorWorld) (orchestrator.Desk, error)

// connectorWorld is what connectors are given.
type connectorWorld struct {
	roster orchestrator.Roster
	memory orchestrator.Memory
	// targets answers, for the queues of a desk, the desk's own names for them.
	targets func(desk string) map[orchestrator.QueueName]string
	clock   orchestrator.Clock
	log     *slog.Logger
	// ringFor is the longest time for which any flow lets a conversation ring at one person.
	ringFor ringTimes
}

// checkingWorld is good enough to open a connector that is only asked what it can do.
func checkingWorld() connectorWorld {
	return connectorWorld{
		roster: struct{ orchestrator.Roster }{}, memory: struct{ orchestrator.Memory }{},
		targets: func(string) map[orchestrator.QueueName]string { return nil },
		clock:   orchestrator.SystemClock{}, log: slog.New(slog.DiscardHandler),
	}
}

func checkBotKind(l *loaded, b BotConfig, at string, found *problems) {
	kind, ok := botKinds[b.Kind]
	if !ok {
		found.add(at+".kind", "%q is not known; kinds are %s%s", b.Kind, strings.Join(sortedKeys(botKinds), ", "),
			suggest(b.Kind, sortedKeys(botKinds)))
		return
	}
	if open := kind(b, at, found); open != nil {
		l.bots[orchestrator.ConnectorName(b.Name)] = open
	}
}

func checkDeskKind(l *loaded, d DeskConfig, at string, found *problems) {
	kind, ok := deskKinds[d.Kind]
	if !ok {
		found.add(at+".kind", "%q is not known; kinds are %s%s", d.Kind, strings.Join(sortedKeys(deskKinds), ", "),
			suggest(d.Kind, sortedKeys(deskKinds)))
		return
	}
	if open := kind(d, at, found); open != nil {
		l.desks[orchestrator.ConnectorName(d.Name)] = open
	}
}

// addEach notes the errors that a connector's own check joined. Each begins with the key, as in "callback: must be https".
func addEach(found *problems, at string, err error) {
	for _, one := range flatten(err) {
		key, detail, ok := strings.Cut(one.Error(), ": ")
		if key == "name" {
			continue // names are checked for all connectors alike
		}
		if !ok || strings.ContainsRune(key, ' ') {
			found.add(at, "%v", one)
			continue
		}
		found.add(below(at, key), "%s", detail)
	}
}

// flatten answers the errors that were joined, in order.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil && inner.Error() == err.Error() {
		return flatten(inner)
	}
	return []error{err}
}
