package main

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/v2"
)

// decodeInto fills a struct with koanf tags from a tree of values, strictly: no conversions between types, no unknown
// keys. Problems are named below the path at; also are further keys that may have been meant.
func decodeInto(target any, tree map[string]any, at string, found *problems, also ...string) {
	k := koanf.New("\x00") // keys may contain dots
	if err := k.Load(treeProvider(tree), nil); err != nil {
		found.add(at, "%v", err)
		return
	}
	var meta mapstructure.Metadata
	err := k.UnmarshalWithConf("", target, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Metadata: &meta, MatchName: func(key, field string) bool { return key == field }, DecodeHook: strictValues,
	}})
	for _, e := range decodeErrors(err) {
		found.add(below(at, e.Name()), "%s", explain(e.Unwrap()))
	}
	if err != nil && len(decodeErrors(err)) == 0 {
		found.add(at, "%v", err)
	}
	for _, key := range meta.Unused {
		parent, name := splitPath(key)
		found.add(below(at, key), "unknown key%s", suggest(name, append(keysAt(reflect.TypeOf(target), parent), also...)))
	}
}

// treeProvider gives koanf a tree that is already in memory.
type treeProvider map[string]any

// ReadBytes is not what this provider is for.
func (treeProvider) ReadBytes() ([]byte, error) { return nil, errors.New("a tree has no bytes") }

// Read answers the tree.
func (t treeProvider) Read() (map[string]any, error) { return t, nil }

var errDuration = errors.New(`must be a duration with its unit, as in "30s", "5m" or "24h"`)

// strictValues is a decode hook: durations are text with a unit, and a number with a fraction is not cut.
func strictValues(from, to reflect.Value) (any, error) {
	if to.Type() == reflect.TypeFor[time.Duration]() {
		text, ok := reflect.TypeAssert[string](from)
		if !ok {
			return nil, errDuration
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, errDuration
		}
		return d, nil
	}
	if number, ok := reflect.TypeAssert[float64](from); ok && to.Kind() == reflect.Int && number != math.Trunc(number) {
		return nil, errors.New("must be a whole number")
	}
	return from.Interface(), nil
}

// decodeErrors flattens the decoder's nested error into those that name a key.
func decodeErrors(err error) []*mapstructure.DecodeError {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*mapstructure.DecodeError
		for _, e := range joined.Unwrap() {
			all = append(all, decodeErrors(e)...)
		}
		return all
	}
	if named, ok := err.(*mapstructure.DecodeError); ok { //nolint:errorlint // walking the tree itself
		return []*mapstructure.DecodeError{named}
	}
	return decodeErrors(errors.Unwrap(err))
}

// explain says in plain words what the decoder found.
func explain(err error) string {
	if kind, ok := errors.AsType[*mapstructure.UnconvertibleTypeError](err); ok {
		return fmt.Sprintf("must be %s, not %s", plainKind(kind.Expected.Type()), plainKind(reflect.TypeOf(kind.Value)))
	}
	if got, ok := strings.CutPrefix(err.Error(), "source data must be an array or slice, got "); ok {
		return "must be a list, not " + plainKindName(got)
	}
	if got, ok := strings.CutPrefix(err.Error(), "expected a map or struct, got "); ok {
		return "must be a map of keys, not " + plainKindName(strings.Trim(got, `"`))
	}
	return err.Error()
}

func plainKind(t reflect.Type) string {
	if t == nil {
		return "nothing"
	}
	return plainKindName(t.Kind().String())
}

func plainKindName(kind string) string {
	switch {
	case kind == "string":
		return "text"
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "slice":
		return "a list"
	case kind == "map", kind == "struct":
		return "a map of keys"
	}
	return kind
}

// below joins two paths.
func below(at, path string) string {
	switch {
	case at == "":
		return path
	case path == "":
		return at
	default:
		return at + "." + path
	}
}

// splitPath cuts the last key off a path.
func splitPath(path string) (parent, name string) {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// keysAt lists the keys of the struct at a path below t.
func keysAt(t reflect.Type, path string) []string {
	for step := range strings.SplitSeq(path, ".") {
		t = elem(t)
		name, _, _ := strings.Cut(step, "[")
		if name == "" {
			continue
		}
		if t.Kind() != reflect.Struct {
			return nil
		}
		for f := range t.Fields() {
			if f.Tag.Get("koanf") == name {
				t = f.Type
				break
			}
		}
	}
	var keys []string
	if t = elem(t); t.Kind() == reflect.Struct {
		for f := range t.Fields() {
			if key := f.Tag.Get("koanf"); !strings.HasPrefix(key, ",") {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

func elem(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}
