package wording

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// Limits of what people are told of a conversation.
const (
	// MaxAttributes is how many attributes of a conversation people are told.
	MaxAttributes = 32
	// LongestValue is how many characters each value may have; a longer one is cut, with a mark.
	LongestValue = 2000
)

// Item is one thing that people should know of a conversation before they read it.
type Item struct{ Name, Value string }

// About are summary, reason and attributes, as far as there are any.
func About(cmd *orchestrator.Command, record *orchestrator.Conversation) []Item {
	return append(Items(Item{"Summary", cmd.Note}, Item{"Reason", cmd.Reason}), Attributes(record)...)
}

// Attributes are those of a conversation, in the order of their names.
func Attributes(record *orchestrator.Conversation) []Item {
	if record == nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(record.Attributes))
	all := make([]Item, 0, len(names))
	for _, name := range names[:min(len(names), MaxAttributes)] {
		text, is := record.Attributes[name].(string)
		if raw, err := json.Marshal(record.Attributes[name]); !is && err == nil {
			text = string(raw)
		}
		all = append(all, Item{name, text})
	}
	return Items(all...)
}

// Items are those that say something, each cut where it is too long.
func Items(all ...Item) []Item {
	said := all[:0]
	for _, one := range all {
		if one.Value = Cut(strings.TrimSpace(one.Value), LongestValue); one.Value != "" {
			said = append(said, one)
		}
	}
	return said
}

// Lines are items as people read them.
func Lines(items []Item) string {
	lines := make([]string, len(items))
	for i, one := range items {
		lines[i] = one.Name + ": " + one.Value
	}
	return strings.Join(lines, "\n")
}

// Clip shortens a name to so many characters, without a mark.
func Clip(name string, limit int) string {
	if runes := []rune(name); len(runes) > limit {
		return string(runes[:limit])
	}
	return name
}
