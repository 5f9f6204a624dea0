package flows

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// reader reads decoded configuration and collects what is wrong with it.
type reader struct{ found checks }

// merged adds the problems of what was read, but not about keys that could not be read at all.
func (r *reader) merged(problems []orchestrator.FieldError) []orchestrator.FieldError {
	all := slices.Clone(r.found)
	for _, p := range problems {
		about := func(f orchestrator.FieldError) bool {
			return f.Pointer == p.Pointer || strings.HasPrefix(p.Pointer, f.Pointer+".")
		}
		if !slices.ContainsFunc(r.found, about) {
			all = append(all, p)
		}
	}
	return all
}

// section is a map of keys, with the path that leads to it. Keys that were not asked for are unknown.
type section struct {
	r      *reader
	path   string
	values map[string]any
	known  []string
}

func (r *reader) section(path string, values map[string]any) *section {
	return &section{r: r, path: path, values: values}
}

// wrong notes what is wrong with a key.
func (s *section) wrong(key, format string, args ...any) {
	s.r.found.add(under(s.path, key), format, args...)
}

// take answers a key's value, false if it is not given. A key without a value is wrong: a default is taken by leaving
// the key out.
func (s *section) take(key string) (any, bool) {
	s.known = append(s.known, key)
	value, given := s.values[key]
	if given && value == nil {
		s.wrong(key, "has no value; leave the key out to get its default")
		return nil, false
	}
	return value, given
}

// done notes the keys that nobody asked for.
func (s *section) done() {
	for _, key := range keys(s.values) {
		if !slices.Contains(s.known, key) {
			s.wrong(key, "unknown key%s", suggestion(key, s.known))
		}
	}
}

// section answers the section below a key; an empty one if it is not given.
func (s *section) section(key string) *section {
	below := s.r.section(under(s.path, key), nil)
	value, given := s.take(key)
	if !given {
		return below
	}
	values, ok := value.(map[string]any)
	if !ok {
		s.wrong(key, "must be keys with values, not %s", kind(value))
		return below
	}
	below.values = values
	return below
}

// name reads the name of a desk or queue; empty if it is not given.
func (s *section) name(key string) string {
	text, ok := s.text(key)
	if ok && len(text) > MaxName {
		s.wrong(key, "has more than %d characters", MaxName)
	}
	return text
}

func (s *section) text(key string) (string, bool) {
	value, given := s.take(key)
	if !given {
		return "", false
	}
	text, ok := value.(string)
	if !ok {
		s.wrong(key, "must be text, not %s", kind(value))
	}
	return text, ok
}

// duration reads a duration with its unit into d, which keeps its value if the key is not given.
func (s *section) duration(key string, d *time.Duration) {
	value, given := s.take(key)
	if !given {
		return
	}
	switch v := value.(type) {
	case time.Duration:
		*d = v
		return
	case string:
		parsed, err := time.ParseDuration(v)
		if err == nil {
			*d = parsed
			return
		}
		s.wrong(key, "%q is no duration such as 90s, 5m or 1h30m", v)
	default:
		s.wrong(key, "must be a duration with a unit such as 90s or 5m, not %s", kind(value))
	}
}

// integer reads a whole number; from the environment it comes as text.
func (s *section) integer(key string, n *int) {
	value, given := s.take(key)
	if !given {
		return
	}
	switch v := value.(type) {
	case int:
		*n = v
		return
	case int64:
		*n = int(v)
		return
	case uint64:
		*n = int(min(v, math.MaxInt32))
		return
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < math.MaxInt32 {
			*n = int(v)
			return
		}
	case string:
		if parsed, err := strconv.Atoi(v); err == nil {
			*n = parsed
			return
		}
	}
	s.wrong(key, "must be a whole number, not %s", shownValue(value))
}

func (s *section) boolean(key string, b *bool) {
	value, given := s.take(key)
	if !given {
		return
	}
	switch v := value.(type) {
	case bool:
		*b = v
		return
	case string:
		if v == "true" || v == "false" {
			*b = v == "true"
			return
		}
	}
	s.wrong(key, "must be true or false, not %s", shownValue(value))
}

// list reads a list; nil if it is not given.
func (s *section) list(key string) []any {
	value, given := s.take(key)
	if !given {
		return nil
	}
	switch v := value.(type) {
	case []any:
		return v
	case []string:
		all := make([]any, len(v))
		for i := range v {
			all[i] = v[i]
		}
		return all
	}
	s.wrong(key, "must be a list, not %s", kind(value))
	return nil
}

// texts reads a list of texts.
func (s *section) texts(key string) []string {
	var all []string
	for i, value := range s.list(key) {
		text, ok := value.(string)
		if !ok {
			s.wrong(fmt.Sprintf("%s[%d]", key, i), "must be text, not %s", kind(value))
			continue
		}
		all = append(all, text)
	}
	return all
}

// kind names what a value is, in the words of a configuration file.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "nothing"
	case string:
		return "text"
	case bool:
		return "true or false"
	case int, int64, uint64, float64:
		return "a number"
	case []any, []string:
		return "a list"
	case map[string]any, map[any]any:
		return "keys with values"
	case time.Time:
		return "a date"
	case time.Duration:
		return "a duration"
	}
	return fmt.Sprintf("%T", value)
}

// shownValue is a simple value as it was written, any other by its kind.
func shownValue(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case int, int64, uint64, float64, bool:
		return fmt.Sprint(v)
	}
	return kind(value)
}

// keys answers the keys of a map in order.
func keys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for key := range m {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

// inWords joins names: "a, b or c".
func inWords(names []string) string {
	switch n := len(names); n {
	case 0:
		return "none"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
}

// shown is a duration without its idle zeros: 5m, not 5m0s.
func shown(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// suggestion is "; did you mean …?" for a key that is nearly one of the known, else the list of them.
func suggestion(key string, known []string) string {
	best, distance := "", len(key)/2+2
	for _, k := range known {
		if d := edits(key, k); d < distance || d == distance && k < best {
			best, distance = k, d
		}
	}
	if best != "" && distance <= 3 {
		return "; did you mean " + best + "?"
	}
	sorted := slices.Clone(known)
	slices.Sort(sorted)
	return "; there is " + inWords(sorted)
}

// edits is how many letters must be changed, put in or left out to make one word of the other.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
