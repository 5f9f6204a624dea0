package main

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// envPrefix begins the name of every environment variable of this program. HANDOFF_REDIS_URL is redis.url, and
// HANDOFF_BOTS_0_SECRETS_0 the first secret of the first bot. Flows are set in the file only.
const envPrefix = "HANDOFF_"

// maxEnvIndex bounds the numbers in names of environment variables.
const maxEnvIndex = 99

// envNotKeys are variables that are no keys of the configuration.
func envNotKeys() []string { return []string{configEnv} }

// envKey is a key that can be set from the environment: its steps, where "#" stands for an index, and its type.
type envKey struct {
	steps []string
	kind  reflect.Type
}

// name is the variable's name, with # for an index.
func (k envKey) name() string { return envPrefix + strings.ToUpper(strings.Join(k.steps, "_")) }

// envKeys lists every key of the configuration that is a single value, from the tags of Config.
func envKeys() []envKey { return leaves(reflect.TypeFor[Config](), nil) }

func leaves(t reflect.Type, at []string) []envKey {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return []envKey{{slices.Clone(at), t}}
	case t.Kind() == reflect.Struct:
		var all []envKey
		for f := range t.Fields() {
			if key := f.Tag.Get("koanf"); !strings.HasPrefix(key, ",") {
				all = append(all, leaves(f.Type, append(slices.Clone(at), key))...)
			}
		}
		return all
	case t.Kind() == reflect.Slice:
		return leaves(t.Elem(), append(slices.Clone(at), "#"))
	case t.Kind() == reflect.Map:
		return nil
	default:
		return []envKey{{slices.Clone(at), t}}
	}
}

// envValue is one variable that names a key.
type envValue struct {
	path  []any // string keys and int indexes
	value any
}

// envOverlay reads variables and lays them over the file's values.
type envOverlay struct{ found *problems }

// name is koanf's transform: it leaves out what names no key, and notes it as a problem.
func (o *envOverlay) name(name, value string) (string, any) {
	if slices.Contains(envNotKeys(), name) {
		return "", nil
	}
	for _, key := range envKeys() {
		path, ok := key.match(name)
		if !ok {
			continue
		}
		typed, err := typedValue(key.kind, value)
		if err != nil {
			o.found.add(name, "%v", err)
			return "", nil
		}
		return name, envValue{path, typed}
	}
	o.found.add(name, "no key of the configuration has this name%s", suggestEnv(name))
	return "", nil
}

// match answers the path that a variable's name stands for. Keys contain underscores themselves, so that the name is
// compared with each key rather than split.
func (k envKey) match(name string) ([]any, bool) {
	rest, _ := strings.CutPrefix(name, envPrefix)
	var path []any
	for i, step := range k.steps {
		if i > 0 {
			var ok bool
			if rest, ok = strings.CutPrefix(rest, "_"); !ok {
				return nil, false
			}
		}
		if step != "#" {
			var ok bool
			if rest, ok = strings.CutPrefix(rest, strings.ToUpper(step)); !ok {
				return nil, false
			}
			path = append(path, step)
			continue
		}
		digits, _, _ := strings.Cut(rest, "_")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || n > maxEnvIndex || digits != strconv.Itoa(n) {
			return nil, false
		}
		path, rest = append(path, n), rest[len(digits):]
	}
	return path, rest == ""
}

// typedValue reads a variable as its key's type. Durations stay text: they are text in the file too.
func typedValue(t reflect.Type, value string) (any, error) {
	switch t.Kind() { //nolint:exhaustive // Config has no other kinds; a test walks all keys
	case reflect.Int:
		n, err := strconv.Atoi(value)
		if err != nil {
			return nil, fmt.Errorf("must be a whole number, not %q", value)
		}
		return n, nil
	case reflect.Float64:
		f, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("must be a number, not %q", value)
		}
		return f, nil
	case reflect.Bool:
		switch value {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, fmt.Errorf("must be true or false, not %q", value)
	default:
		return value, nil
	}
}

// merge is koanf's merge function: src maps names to envValues, dest is the file's tree.
func (o *envOverlay) merge(src, dest map[string]any) error {
	names := make([]string, 0, len(src))
	for name := range src {
		names = append(names, name)
	}
	slices.SortFunc(names, compareNatural)
	for _, name := range names {
		v, ok := src[name].(envValue)
		if !ok {
			return fmt.Errorf("%s: not read by this program", name)
		}
		if _, err := put(dest, v.path, v.value); err != nil {
			o.found.add(name, "%v", err)
			continue
		}
		if o.found.from == nil {
			o.found.from = map[string]string{}
		}
		o.found.from[pathOf(v.path)] = name
	}
	return nil
}

// suggestEnv is suggest for names of variables: indexes count as written.
func suggestEnv(name string) string {
	if strings.HasPrefix(name, envPrefix+"FLOWS_") {
		return "; flows are set in the file"
	}
	known := envNotKeys()
	index := "0"
	for part := range strings.SplitSeq(name, "_") {
		if _, err := strconv.Atoi(part); err == nil {
			index = part
			break
		}
	}
	for _, key := range envKeys() {
		known = append(known, strings.ReplaceAll(key.name(), "#", index))
	}
	return suggest(name, known)
}
