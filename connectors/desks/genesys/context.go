package genesys

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// Keys of what people read beside a chat (attached data, at GMS userData). Those of the conversation's attributes begin
// with attributePrefix, so that no attribute can pass for one that steers the vendor's routing.
const (
	dataReason       = "HandoffReason"
	dataSummary      = "HandoffSummary"
	dataConversation = "HandoffConversation"
	dataCustomer     = "HandoffCustomer"
	dataLanguage     = "HandoffLanguage"
	dataHistory      = "HandoffHistory"
	attributePrefix  = "Handoff_"
)

// Limits of that data; a value that is longer is cut, and says so.
const (
	maxAttached  = 32
	maxDataValue = 2000 // characters
	maxDataKey   = 64
	maxHistory   = 8000 // characters; the vendor gives no limit
)

// background is what people are to know about a conversation that is handed to them: the summary, the reason, who it is,
// what was said before, and the attributes.
func (b *base) background(ctx context.Context, cmd *orchestrator.Command) (map[string]string, error) {
	data := map[string]string{dataConversation: string(cmd.Conversation)}
	put := func(key, value string) {
		if value = strings.TrimSpace(value); value != "" {
			data[key] = wording.Cut(value, maxDataValue)
		}
	}
	put(dataReason, cmd.Reason)
	put(dataSummary, cmd.Note)
	put(dataCustomer, cmd.Customer.ID)
	if before := wording.History(cmd.History, maxHistory); before != "" {
		data[dataHistory] = before
	}
	c, err := b.Record(ctx, cmd.Conversation)
	if err != nil || c == nil {
		return data, b.Broken("open", err)
	}
	put(dataLanguage, c.Language)
	keys := make([]string, 0, len(c.Attributes))
	for key := range c.Attributes {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys[:min(len(keys), maxAttached)] {
		put(attributePrefix+cut(key, maxDataKey), fmt.Sprint(c.Attributes[key]))
	}
	return data, nil
}

// introduction is the form that requests a chat.
func (s *customerSeat) introduction(ctx context.Context, cmd *orchestrator.Command) (url.Values, error) {
	data, err := s.background(ctx, cmd)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSpace(cmd.Customer.Name)
	if name == "" {
		name = "Customer"
	}
	form := url.Values{"nickname": {cut(name, maxDataKey)}}
	if cmd.Customer.Email != "" {
		form.Set("emailAddress", cmd.Customer.Email)
	}
	if cmd.Reason != "" {
		form.Set("subject", cut(cmd.Reason, maxDataKey))
	}
	for key, value := range data {
		form.Set("userData["+key+"]", value)
	}
	return form, nil
}

// cut shortens a text to a number of characters.
func cut(s string, longest int) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	return string([]rune(s)[:longest])
}
