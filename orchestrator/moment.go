package orchestrator

import (
	"fmt"
	"strconv"
	"time"
)

// Moment is a point in time in whole milliseconds since 1970-01-01 UTC; zero means "not yet" or "never". It has exactly
// the precision of the API and of Redis scores, so that a stored conversation equals the decided one to the bit. It has no
// method IsZero: encoders would call that through reflection for every field, where comparing with 0 is enough.
type Moment int64

// MomentOf cuts t to milliseconds. The zero time becomes the zero moment.
func MomentOf(t time.Time) Moment {
	if t.IsZero() {
		return 0
	}
	return Moment(t.UnixMilli())
}

// Time is the moment as a UTC time; the zero moment is the zero time.
func (m Moment) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// Add is the moment d later; parts of a millisecond are cut.
func (m Moment) Add(d time.Duration) Moment { return m + Moment(d.Milliseconds()) }

// Sub is the time from n to m.
func (m Moment) Sub(n Moment) time.Duration { return time.Duration(m-n) * time.Millisecond }

// momentLayout is RFC 3339 in UTC with milliseconds, as the API writes every time.
const momentLayout = "2006-01-02T15:04:05.000Z07:00"

// String is RFC 3339 UTC with milliseconds, or "-" for the zero moment.
func (m Moment) String() string {
	if m == 0 {
		return "-"
	}
	return m.Time().Format(momentLayout)
}

// MarshalJSON writes RFC 3339 UTC with milliseconds; the zero moment is null.
func (m Moment) MarshalJSON() ([]byte, error) {
	if m == 0 {
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(momentLayout)+2)
	b = append(b, '"')
	b = m.Time().AppendFormat(b, momentLayout)
	return append(b, '"'), nil
}

// UnmarshalJSON reads what MarshalJSON writes, with any offset and any number of fraction digits.
func (m *Moment) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*m = 0
		return nil
	}
	s, err := strconv.Unquote(string(b))
	if err != nil {
		return fmt.Errorf("a time is an RFC 3339 string: %w", err)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("a time is RFC 3339: %w", err)
	}
	*m = MomentOf(t)
	return nil
}
