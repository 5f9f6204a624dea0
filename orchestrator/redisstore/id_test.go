package redisstore

import (
	"errors"
	"strings"
	"testing"

	"handoff/orchestrator"
)

func TestMintedIDNamesThePartition(t *testing.T) {
	s := mustEmbed(t, Options{Partitions: 200, Clock: orchestrator.NewStepClock(testStart)})
	used := map[int]bool{}
	for i := range 2000 {
		external := strings.Repeat("x", i%50) + string(rune('a'+i%26))
		id := s.Mint("shop", external)
		p, ok := parsePartition(id)
		if !ok || p != s.keys.partitionOf("shop", external) {
			t.Fatalf("id %s names partition %d (%v), not %d", id, p, ok, s.keys.partitionOf("shop", external))
		}
		used[p] = true
	}
	if len(used) < 100 {
		t.Errorf("only %d of 200 partitions are used", len(used))
	}
}

// TestPartitionNeverChanges holds the hash: another one would look for stored conversations where they are not.
func TestPartitionNeverChanges(t *testing.T) {
	k := newKeys(defaultPrefix, DefaultPartitions)
	for external, want := range map[string]int{"": 11, "c-789": 43, "session/42": 52, "ærlig": 24} {
		if got := k.partitionOf("shop", external); got != want {
			t.Errorf("%q lies in partition %d, want %d", external, got, want)
		}
	}
}

func FuzzConversationID(f *testing.F) {
	for _, id := range []string{
		"cv_2f_01JD0QXK6V3W5Z8Y7T2R4N9M1P", "cv_2F_01JD0QXK6V3W5Z8Y7T2R4N9M1P", "cv_2f_01jd0qxk6v3w5z8y7t2r4n9m1p",
		"cv_2f_81JD0QXK6V3W5Z8Y7T2R4N9M1P", "cv_ff_01JD0QXK6V3W5Z8Y7T2R4N9M1U", "", "cv_", "cv_2f_", "{p2f}",
		"cv_2f_01JD0QXK6V3W5Z8Y7T2R4N9M1P\n",
	} {
		f.Add(id)
	}
	k := newKeys(defaultPrefix, DefaultPartitions)
	f.Fuzz(func(t *testing.T, text string) {
		id := orchestrator.ConversationID(text)
		p, err := k.locate(id)
		if err != nil {
			if !errors.Is(err, orchestrator.ErrNotFound) || len(err.Error()) > 600 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		// What is taken for an id has one spelling, and nothing in it can change the slot of a key.
		if len(text) != idLength || strings.ContainsAny(text, "{}|: \r\n") || strings.ToUpper(text[6:]) != text[6:] {
			t.Fatalf("%q is taken for an id", text)
		}
		if tag := "{p" + text[3:5] + "}"; !strings.Contains(p.record(id), tag) {
			t.Fatalf("%q lies under %q", text, p.record(id))
		}
	})
}
