package main

import (
	"context"
	"encoding/json"
	"fmt"

	"handoff/orchestrator"
)

// archiveErased is a line that tells readers of the archive, of this file and of all others, to pass over what they find of a
// customer. It does not say who that is: whoever has the lines has the ids, and can tell.
type archiveErased struct {
	Erased struct {
		// Customer is orchestrator.CustomerName of the bot and the customer's id.
		Customer string              `json:"customer"`
		Before   orchestrator.Moment `json:"before"` // when the conversation was opened
	} `json:"erased"`
}

// Erased notes that a customer is to be erased.
func (a *fileArchive) Erased(_ context.Context, order orchestrator.Erasure) error {
	var line archiveErased
	line.Erased.Customer, line.Erased.Before = order.Name(), order.At
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return a.keepLine(b)
}
