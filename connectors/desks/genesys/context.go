package genesys

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// Keys of what people read beside a chat (attached data, at GMS userData). Those of the conversation's attributes begin
// with attributePrefix, so that no attribute can pass for one that steers the vendor's routing.
const (
	dataPrefix      = "Handoff"
	attributePrefix = "Handoff_"
)

// Limits of that data, in characters.
const (
	maxDataKey = 64
	maxHistory = 8000 // the vendor gives no limit
)

// background is what people are to know about a conversation that is handed to them: the summary, the reason, who it is,
// what was said before, and the attributes.
func (b *base) background(ctx context.Context, cmd *orchestrator.Command) (map[string]string, error) {
	c, err := b.Record(ctx, cmd.Conversation)
	if err != nil {
		return nil, b.Broken("open", err)
	}
	language := ""
	if c != nil {
		language = c.Language
	}
	data := map[string]string{}
	for _, one := range wording.Items([]wording.Item{
		{Name: "Conversation", Value: string(cmd.Conversation)}, {Name: "Reason", Value: cmd.Reason},
		{Name: "Summary", Value: cmd.Note}, {Name: "Customer", Value: cmd.Customer.ID}, {Name: "Language", Value: language},
	}...) {
		data[dataPrefix+one.Name] = one.Value
	}
	if before := wording.History(cmd.History, maxHistory); before != "" {
		data[dataPrefix+"History"] = before
	}
	for _, one := range wording.Attributes(c) {
		data[attributePrefix+wording.Clip(one.Name, maxDataKey)] = one.Value
	}
	return data, nil
}

// introduction is the form that requests a chat.
func (s *customerSeat) introduction(ctx context.Context, cmd *orchestrator.Command) (url.Values, error) {
	data, err := s.background(ctx, cmd)
	if err != nil {
		return nil, err
	}
	name := cmp.Or(strings.TrimSpace(cmd.Customer.Name), "Customer")
	form := url.Values{"nickname": {wording.Clip(name, maxDataKey)}}
	if cmd.Customer.Email != "" {
		form.Set("emailAddress", cmd.Customer.Email)
	}
	if cmd.Reason != "" {
		form.Set("subject", wording.Clip(cmd.Reason, maxDataKey))
	}
	for key, value := range data {
		form.Set("userData["+key+"]", value)
	}
	return form, nil
}
