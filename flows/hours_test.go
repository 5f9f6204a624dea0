package flows

import (
	"testing"
	"time"
)

func hoursOf(t *testing.T, text string) Hours {
	t.Helper()
	p, err := ParsePolicyYAML("", []byte("desk: house\nqueue: general\nhours: "+text))
	if err != nil {
		t.Fatal(err)
	}
	return p.Hours
}

func TestOpeningHours(t *testing.T) {
	h := hoursOf(t, `
  zone: Europe/Oslo
  open: {mon-fri: "08:00-12:00, 13:00-16:00", sat: ["10:00-24:00"], sun: []}
  closed_on: [2026-12-25, "2026-12-26"]
`)
	for _, c := range []struct {
		at   string // in Oslo
		open bool
		next string // "" if open
	}{
		{"2026-11-23 07:59:59", false, "2026-11-23 08:00"}, // a Monday
		{"2026-11-23 08:00:00", true, ""},
		{"2026-11-23 11:59:59", true, ""},
		{"2026-11-23 12:00:00", false, "2026-11-23 13:00"},
		{"2026-11-23 16:00:00", false, "2026-11-24 08:00"},
		{"2026-11-27 18:00:00", false, "2026-11-28 10:00"},
		{"2026-11-28 23:59:59", true, ""},
		{"2026-11-29 00:00:00", false, "2026-11-30 08:00"}, // a Sunday
		{"2026-12-24 17:00:00", false, "2026-12-28 08:00"}, // Christmas: Friday and Saturday closed, then Sunday
		{"2026-12-25 09:00:00", false, "2026-12-28 08:00"},
	} {
		at := oslo(t, c.at)
		if got := h.Open(at); got != c.open {
			t.Errorf("%s: open %v", c.at, got)
		}
		next, ok := h.Next(at)
		if ok != (c.next != "") || ok && !next.Equal(oslo(t, c.next+":00")) {
			t.Errorf("%s: opens %s, want %s", c.at, next, c.next)
		}
	}
}

func oslo(t *testing.T, text string) time.Time {
	t.Helper()
	location, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation(time.DateTime, text, location)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// In Oslo clocks go from 02:00 to 03:00 on 29 March 2026 and from 03:00 to 02:00 on 25 October 2026, both Sundays.
func TestHoursOverTheChangeOfClocks(t *testing.T) {
	night := hoursOf(t, `{zone: Europe/Oslo, open: {sun: "02:30-04:00"}}`)
	for _, c := range []struct {
		name, at string
		open     bool
		next     string
	}{
		{"spring: the hour does not exist", "2026-03-29T00:30:00Z", false,
			"2026-03-29T01:00:00Z"}, // 03:00 in summer time
		{"spring: right after", "2026-03-29T01:00:00Z", true, ""},
		{"spring: the end", "2026-03-29T02:00:00Z", false, "2026-04-05T00:30:00Z"},
		{"autumn: before the first 02:30", "2026-10-25T00:29:59Z", false, "2026-10-25T00:30:00Z"},
		{"autumn: the first 02:30", "2026-10-25T00:30:00Z", true, ""},
		{"autumn: the second 02:00", "2026-10-25T01:00:00Z", false, "2026-10-25T01:30:00Z"},
		{"autumn: the second 02:30", "2026-10-25T01:30:00Z", true, ""},
		{"autumn: 03:30", "2026-10-25T02:30:00Z", true, ""},
		{"autumn: the end", "2026-10-25T03:00:00Z", false, "2026-11-01T01:30:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := night.Open(at); got != c.open {
			t.Errorf("%s: open %v", c.name, got)
		}
		got := ""
		if next, ok := night.Next(at); ok {
			got = next.UTC().Format(time.RFC3339)
		}
		if got != c.next {
			t.Errorf("%s: opens %q, want %q", c.name, got, c.next)
		}
	}
	day := hoursOf(t, `{zone: Europe/Oslo, open: {mon-sun: "08:00-16:00"}}`)
	for from, want := range map[string]time.Duration{
		"2026-03-28 20:00:00": 11 * time.Hour, "2026-10-24 20:00:00": 13 * time.Hour, "2026-06-01 20:00:00": 12 * time.Hour,
	} {
		at := oslo(t, from)
		next, ok := day.Next(at)
		if !ok || next.Sub(at) != want {
			t.Errorf("after %s it opens in %s, want %s", from, next.Sub(at), want)
		}
	}
}

func TestHoursThatNeverOpen(t *testing.T) {
	h := hoursOf(t, `{zone: UTC, open: {mon: []}}`)
	if h.Open(noon.Time()) {
		t.Error("it is open")
	}
	if next, ok := h.Next(noon.Time()); ok {
		t.Errorf("it opens %s", next)
	}
}

func TestWithoutHoursItIsAlwaysOpen(t *testing.T) {
	var h Hours
	if !h.Open(noon.Time()) {
		t.Error("it is closed")
	}
	if _, ok := h.Next(noon.Time()); ok {
		t.Error("it opens although it is open")
	}
}

func TestWhatIsSaidToBeNextIsOpen(t *testing.T) {
	for _, text := range []string{
		`{zone: Europe/Oslo, open: {mon-fri: "08:00-16:00"}}`,
		`{zone: America/New_York, open: {sun: "00:00-24:00"}}`,
		`{zone: Australia/Lord_Howe, open: {sun: "01:45-02:15"}}`,
		`{zone: Asia/Kathmandu, open: {fri-mon: "23:30-24:00"}}`,
	} {
		h := hoursOf(t, text)
		for hour := range 24 * 366 {
			at := noon.Time().Add(time.Duration(hour) * time.Hour)
			next, ok := h.Next(at)
			if h.Open(at) == ok {
				t.Fatalf("%s at %s: open %v and opens later %v", text, at, h.Open(at), ok)
			}
			if ok && (!h.Open(next) || h.Open(next.Add(-time.Minute)) || !next.After(at)) {
				t.Fatalf("%s at %s: opens %s", text, at, next)
			}
		}
	}
}
