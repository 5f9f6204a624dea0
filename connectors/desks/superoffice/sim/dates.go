package sim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// zone is how times are written for one call: without SO-TimeZone in the installation's own zone, which they do not say.
type zone struct {
	at     *time.Location
	offset bool
}

// own is the installation's base time zone: an hour before UTC, as in Oslo in winter.
var own = time.FixedZone("base", 3600)

func zoneOf(r *http.Request) zone {
	name, option, _ := strings.Cut(r.Header.Get("SO-TimeZone"), ",")
	z := zone{at: own, offset: strings.EqualFold(strings.TrimSpace(option), "includeTZOffset")}
	if strings.EqualFold(strings.TrimSpace(name), "UTC") {
		z.at = time.UTC
	}
	return z
}

// write is the vendor's spelling: no fraction beyond what there is, an offset without a colon, the year 1 for no value.
func (z zone) write(t time.Time) string {
	if t.IsZero() {
		return "0001-01-01T00:00:00"
	}
	layout := "2006-01-02T15:04:05.9999999"
	if z.offset {
		layout += "-0700"
	}
	return t.In(z.at).Format(layout)
}

// readDate takes every spelling that the vendor's documents and client use; a time without a zone is in the base zone.
func readDate(raw json.RawMessage) (time.Time, error) {
	text := strings.Trim(string(raw), `"`)
	if text == "null" || text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, own); err == nil {
			if t.Year() <= 1 {
				t = time.Time{}
			}
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("is not a date")
}
