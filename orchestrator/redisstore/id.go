package redisstore

import (
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/oklog/ulid/v2"

	"handoff/orchestrator"
)

// idPrefix begins every conversation id: cv_2f_01JD0QXK6V3W5Z8Y7T2R4N9M1P.
const idPrefix = "cv_"

// idLength is that of every id: the prefix, two digits of the partition, "_" and a ULID.
const idLength = len(idPrefix) + 2 + 1 + ulid.EncodedSize

// Mint makes the id of a new conversation in the partition that follows from the bot and its own id.
func (s *Store) Mint(bot orchestrator.ConnectorName, external string) orchestrator.ConversationID {
	id := ulid.MustNew(ulid.Timestamp(s.clock.Now()), rand.Reader)
	return orchestrator.ConversationID(fmt.Sprintf("%s%02x_%s", idPrefix, s.keys.partitionOf(bot, external), id))
}

// partitionOf is the FNV-1a hash of the bot and the bot's id, modulo the number of partitions. It must never change.
func (k *keys) partitionOf(bot orchestrator.ConnectorName, external string) int {
	h := fnv.New64a()
	// A hash never answers an error.
	_, _ = h.Write([]byte(bot))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(external))
	return int(h.Sum64() % uint64(len(k.partitions))) //nolint:gosec // below the number of partitions
}

// locate answers the keys of the partition that an id names. Anything but an id in exactly the minted form is
// ErrNotFound.
func (k *keys) locate(id orchestrator.ConversationID) (*partitionKeys, error) {
	p, ok := parsePartition(id)
	if !ok || p >= len(k.partitions) {
		return nil, fmt.Errorf("conversation %.64q: %w", string(id), orchestrator.ErrNotFound)
	}
	return &k.partitions[p], nil
}

// parsePartition reads the partition out of an id, strictly: one id has one spelling.
func parsePartition(id orchestrator.ConversationID) (int, bool) {
	s := string(id)
	if len(s) != idLength || !strings.HasPrefix(s, idPrefix) || s[5] != '_' {
		return 0, false
	}
	high, low := hexDigit(s[3]), hexDigit(s[4])
	if high < 0 || low < 0 {
		return 0, false
	}
	u, err := ulid.ParseStrict(s[6:])
	if err != nil || u.String() != s[6:] {
		return 0, false
	}
	return high<<4 | low, true
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
