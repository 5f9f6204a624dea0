package main

import (
	"net/http"

	"handoff/orchestrator"
)

// actor is a scripted agent in one scene. What it does goes through the same interface that a page of people would use.
type actor struct {
	scene  *scene
	name   string
	client *client
}

func (a *actor) does(action string, body map[string]any) {
	a.scene.pause()
	a.scene.must(a.client.call(a.scene.ctx, http.MethodPost, a.scene.path("/"+action), body, nil), a.name+": "+action)
}

func (a *actor) accepts() { a.does("accept", map[string]any{}) }

func (a *actor) declines(reason string) { a.does("decline", map[string]any{"reason": reason}) }

func (a *actor) says(text string) {
	a.does("messages", map[string]any{"text": text, "id": a.scene.newID()})
}

func (a *actor) ends() { a.does("end", map[string]any{}) }

func (a *actor) leaves() { a.does("leave", map[string]any{}) }

func (a *actor) completes(disposition string) {
	a.does("complete", map[string]any{"disposition": disposition})
}

func (a *actor) returnsToBot(reason string) {
	a.does("return-to-bot", map[string]any{"reason": reason, "disposition": "solved"})
}

// colleague is the other agent of the cast.
func (a *actor) colleague() *actor {
	for name, person := range a.scene.cast.agents {
		if name != a.name {
			return &actor{scene: a.scene, name: name, client: person}
		}
	}
	a.scene.must(errAlone, a.name)
	return nil
}

func (a *actor) transfersToColleague() *actor {
	other := a.colleague()
	a.does("transfer", map[string]any{"to": map[string]any{"agent": other.name}, "note": "knows it better"})
	a.scene.awaitState(orchestrator.StateTransferring)
	return other
}

func (a *actor) acceptsTransfer() { a.does("transfer/accept", map[string]any{}) }

func (a *actor) transfersToQueue(queue string) {
	a.does("transfer", map[string]any{"to": map[string]any{"queue": queue}})
}

func (a *actor) invitesColleague() *actor {
	other := a.colleague()
	a.does("invite", map[string]any{"agent": other.name})
	return other
}
