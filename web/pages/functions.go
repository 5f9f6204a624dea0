package pages

import (
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// functions are what templates may call, beside base, the path below which all addresses of ours stand, and asset, the address
// of a file.
var functions = template.FuncMap{
	"icon":  icon,
	"label": label,
	"since": since,
	"until": until,
	"soon":  soon,
	"clock": clock,
	"span":  Span,
	"count": count,
	"choice": func(name, none string, all []string, chosen any) any {
		return struct {
			Name, None, Chosen string
			All                []string
		}{name, none, fmt.Sprint(chosen), all}
	},
	"with_now": func(now orchestrator.Moment, card any) any {
		return struct {
			Now  orchestrator.Moment
			Card any
		}{now, card}
	},
	"last": func(list any) any {
		v := reflect.ValueOf(list)
		return v.Index(v.Len() - 1).Interface()
	},
	"thousand": func(n float64) float64 { return 1000 * n },
	"lines":    func(s string) []string { return strings.Split(s, "\n") },
	"ms":       func(m orchestrator.Moment) int64 { return int64(m) },
}

// label writes a name of the state table as people read it: wrap_up is wrap-up, handoff_requested is handoff requested.
func label(name any) string {
	s := fmt.Sprint(name)
	if s == string(orchestrator.StateWrapUp) {
		return "wrap-up"
	}
	return strings.ReplaceAll(s, "_", " ")
}

// Span writes a duration in the two largest units that matter: 8 s, 3 min 05 s, 2 h 10 min, 3 d 4 h.
func Span(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s < 0 {
		return "−" + Span(-d)
	}
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	case s < 24*3600:
		return fmt.Sprintf("%d h %02d min", s/3600, s/60%60)
	}
	return fmt.Sprintf("%d d %d h", s/86400, s/3600%24)
}

// since is how long ago a moment was; a script lets it go on (clock.js).
func since(now, m orchestrator.Moment) template.HTML {
	return moving("since", m, Span(now.Sub(m)))
}

// until is how long it takes until a moment; past it, it is negative.
func until(now, m orchestrator.Moment) template.HTML {
	return moving("until", m, Span(m.Sub(now)))
}

// soon is how long it takes until something that happens again and again; past it, that is now.
func soon(now, m orchestrator.Moment) template.HTML {
	if m <= now {
		return moving("soon", m, "now")
	}
	return moving("soon", m, "in "+Span(m.Sub(now)))
}

// moving is a time that clock.js writes anew each second. Its parts are numbers and words of our own.
func moving(kind string, m orchestrator.Moment, text string) template.HTML {
	if m == 0 {
		return "–"
	}
	return template.HTML(fmt.Sprintf( //nolint:gosec // a number, a time and words of ours
		`<time class="num" datetime="%s" data-%s="%d">%s</time>`, m, kind, int64(m), text))
}

// clock is a moment of the day; a script writes it in the reader's own time zone.
func clock(m orchestrator.Moment) template.HTML {
	if m == 0 {
		return "–"
	}
	return template.HTML(fmt.Sprintf( //nolint:gosec // a number and a time
		`<time class="num" datetime="%s" data-clock="%d">%s</time>`, m, int64(m), m.Time().Format("15:04:05")))
}

// count writes a number with thin gaps between the thousands: 20 000.
func count(n any) string {
	s := fmt.Sprint(n)
	if _, err := strconv.ParseInt(s, 10, 64); err != nil {
		return s
	}
	var b strings.Builder
	for i, digit := range s {
		if left := len(s) - i; i > 0 && left%3 == 0 && s[i-1] != '-' {
			b.WriteRune('\u202f')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
