package redisstore

import (
	"encoding/base64"

	"handoff/orchestrator"
)

// encodeCursor makes the place after which a list goes on opaque.
func encodeCursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

// decodeCursor answers an *orchestrator.InputError for what encodeCursor did not write.
func decodeCursor(cursor string) (string, error) {
	place, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return "", badCursor()
	}
	return string(place), nil
}

func badCursor() error { return orchestrator.Invalid("/cursor", "not a cursor of this list") }
