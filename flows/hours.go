package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // business hours need time zones also where the machine has none
)

// Hours are business hours. The zero value is always open.
type Hours struct {
	// Zone is the IANA name of the time zone.
	Zone string

	location *time.Location
	week     [7][]span // by time.Weekday, in order
	closed   map[date]bool
}

// span is from a minute of the day to another, which is not in it.
type span struct{ from, until int }

type date struct {
	year  int
	month time.Month
	day   int
}

const minutesOfDay = 24 * 60

// Open reports whether it is open at t.
func (h *Hours) Open(t time.Time) bool {
	if h.location == nil {
		return true
	}
	local := t.In(h.location)
	if h.closed[dateOf(local)] {
		return false
	}
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(h.week[local.Weekday()], func(s span) bool {
		return s.from <= minute &&
			minute < s.until
	})
}

// lookAhead is how far the next opening is looked for: over a year's end with its holidays.
const lookAhead = 400 * 24 * time.Hour

// Next answers when it opens next after t; false if it is open, or does not open within 400 days.
func (h *Hours) Next(t time.Time) (time.Time, bool) {
	if h.Open(t) {
		return time.Time{}, false
	}
	local := t.In(h.location)
	year, month, day := local.Date()
	for i := range int(lookAhead / (24 * time.Hour)) {
		noon := time.Date(year, month, day+i, 12, 0, 0, 0, h.location)
		if h.closed[dateOf(noon)] {
			continue
		}
		for _, s := range h.week[noon.Weekday()] {
			if at, ok := h.begins(noon, s, t); ok {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// shift is more than any change of the clocks moves them.
const shift = 3 * time.Hour

// begins finds the first minute of a span on the day of noon that is after t, when it is closed. Where clocks are put
// forward over the beginning, that is the first minute after; where they are put back, a span begins twice.
func (h *Hours) begins(noon time.Time, s span, t time.Time) (time.Time, bool) {
	year, month, day := noon.Date()
	about := time.Date(year, month, day, 0, s.from, 0, 0, h.location)
	for at := about.Add(-shift); at.Before(about.Add(shift)); at = at.Add(time.Minute) {
		local := at.In(h.location)
		minute := local.Hour()*60 + local.Minute()
		if at.After(t) && dateOf(local) == dateOf(noon) && s.from <= minute && minute < s.until {
			return at, true
		}
	}
	return time.Time{}, false
}

func dateOf(t time.Time) date {
	year, month, day := t.Date()
	return date{year, month, day}
}

// weekdays are the days as a policy names them, in the order of a week.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// weekday turns a place in weekdays into Go's.
func weekday(i int) time.Weekday { return time.Weekday((i + 1) % 7) }

// readHours reads business hours; always open if they are not given.
func readHours(top *section) Hours {
	if _, given := top.values["hours"]; !given {
		top.known = append(top.known, "hours")
		return Hours{}
	}
	s := top.section("hours")
	if s.values == nil {
		return Hours{}
	}
	h := Hours{location: time.UTC, closed: map[date]bool{}}
	if zone, ok := s.text("zone"); ok {
		location, err := time.LoadLocation(zone)
		if err != nil || zone == "" || zone == "Local" {
			s.wrong("zone", "unknown time zone %q; it is a name such as Europe/Oslo", zone)
		} else {
			h.Zone, h.location = zone, location
		}
	} else if _, given := s.values["zone"]; !given {
		s.wrong("zone", "is missing")
	}
	open := s.section("open")
	if len(open.values) == 0 && len(s.r.found) == 0 {
		s.wrong("open", "is missing: leave hours out to be always open")
	}
	for _, days := range keys(open.values) {
		h.readDays(open, days)
	}
	h.readClosed(s)
	s.done()
	return h
}

// readDays reads the spans of some days: "mon-fri" or "sat,sun".
func (h *Hours) readDays(s *section, key string) {
	value, given := s.take(key)
	if !given {
		return
	}
	days, err := parseDays(key)
	if err != nil {
		s.wrong(key, "%s", err)
		return
	}
	spans, err := parseSpans(value)
	if err != nil {
		s.wrong(key, "%s", err)
		return
	}
	for _, day := range days {
		if h.week[day] != nil {
			s.wrong(key, "%s is given twice", strings.ToLower(day.String()[:3]))
			return
		}
		h.week[day] = spans
	}
}

func parseDays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			last = first
		}
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		if from < 0 || to < 0 {
			return nil, fmt.Errorf("unknown days; they are written as mon-fri or sat,sun")
		}
		for i := from; ; i = (i + 1) % 7 {
			days = append(days, weekday(i))
			if i == to {
				break
			}
		}
	}
	return days, nil
}

// parseSpans reads "08:00-12:00, 13:00-16:00" or a list of such; an empty list is a closed day.
func parseSpans(value any) ([]span, error) {
	var parts []string
	switch v := value.(type) {
	case string:
		parts = strings.Split(v, ",")
	case []string:
		parts = v
	case []any:
		for _, one := range v {
			text, ok := one.(string)
			if !ok {
				return nil, fmt.Errorf(`must be times such as "08:00-16:00", not %s`, kind(one))
			}
			parts = append(parts, text)
		}
	default:
		return nil, fmt.Errorf(`must be times such as "08:00-16:00", not %s`, kind(value))
	}
	spans := make([]span, 0, len(parts))
	for _, part := range parts {
		one, err := parseSpan(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		spans = append(spans, one)
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].until {
			return nil, fmt.Errorf("two of the times overlap")
		}
	}
	return spans, nil
}

func parseSpan(text string) (span, error) {
	first, last, ok := strings.Cut(text, "-")
	from, err1 := parseMinute(strings.TrimSpace(first))
	until, err2 := parseMinute(strings.TrimSpace(last))
	switch {
	case !ok || err1 != nil || err2 != nil:
		return span{}, fmt.Errorf(`%q is no time such as "08:00-16:00"`, text)
	case until <= from:
		return span{}, fmt.Errorf(
			"%q ends before it begins; a night is two spans, up to 24:00 and from 00:00 of the next day", text)
	}
	return span{from, until}, nil
}

func parseMinute(text string) (int, error) {
	if text == "24:00" {
		return minutesOfDay, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, err
	}
	return t.Hour()*60 + t.Minute(), nil
}

// maxClosed is how many dates may be named.
const maxClosed = 1000

// readClosed reads the dates on which it does not open.
func (h *Hours) readClosed(s *section) {
	dates := s.list("closed_on")
	if len(dates) > maxClosed {
		s.wrong("closed_on", "has %d dates, at most %d are taken", len(dates), maxClosed)
		return
	}
	for i, value := range dates {
		switch v := value.(type) {
		case time.Time: // a date without quotes
			h.closed[dateOf(v)] = true
		case string:
			t, err := time.Parse(time.DateOnly, v)
			if err != nil {
				s.wrong(fmt.Sprintf("closed_on[%d]", i), "%q is no date such as 2026-12-25", v)
				continue
			}
			h.closed[dateOf(t)] = true
		default:
			s.wrong(fmt.Sprintf("closed_on[%d]", i), "must be a date such as 2026-12-25, not %s", kind(value))
		}
	}
}

// words says the hours in a sentence.
func (h *Hours) words() string {
	if h.location == nil {
		return "Handoffs are taken at any time."
	}
	var days []string
	for i, name := range weekdays {
		var times []string
		for _, s := range h.week[weekday(i)] {
			times = append(times, clock(s.from)+"–"+clock(s.until))
		}
		if len(times) > 0 {
			days = append(days, name+" "+strings.Join(times, " and "))
		}
	}
	return fmt.Sprintf("Handoffs are taken %s (%s); at other times the bot is told when it opens.", strings.Join(days,
		", "), h.Zone)
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
