package main

import (
	"fmt"
	"reflect"
	"strings"
)

// reloadable are the keys that a running process takes anew.
var reloadable = map[string]bool{"flows": true, "queues": true, "users": true}

// fixedKeys are the keys in which two configurations differ and that only a restart takes.
func fixedKeys(running, file *Config) []string {
	return changedKeys("", reflect.ValueOf(*running), reflect.ValueOf(*file))
}

// changedKeys are the paths of what differs below a path, as deep as both sides have the same shape.
func changedKeys(at string, a, b reflect.Value) []string {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return nil
	}
	switch {
	case a.Kind() == reflect.Struct:
		var all []string
		for f, value := range a.Fields() {
			key := f.Tag.Get("koanf")
			if at == "" && reloadable[key] {
				continue
			}
			path := at
			if name, _, _ := strings.Cut(key, ","); name != "" {
				path = strings.TrimPrefix(at+"."+name, ".")
			}
			all = append(all, changedKeys(path, value, b.FieldByIndex(f.Index))...)
		}
		return all
	case a.Kind() == reflect.Slice && a.Len() == b.Len():
		var all []string
		for i := range a.Len() {
			all = append(all, changedKeys(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i))...)
		}
		return all
	case a.Kind() == reflect.Map:
		var all []string
		for _, key := range sortedKeys(merged(a, b)) {
			name := reflect.ValueOf(key)
			was, is := a.MapIndex(name), b.MapIndex(name)
			if !was.IsValid() || !is.IsValid() || !reflect.DeepEqual(was.Interface(), is.Interface()) {
				all = append(all, at+"."+key)
			}
		}
		return all
	}
	return []string{at}
}

// merged holds the keys of both maps.
func merged(a, b reflect.Value) map[string]bool {
	keys := map[string]bool{}
	for _, m := range []reflect.Value{a, b} {
		for _, key := range m.MapKeys() {
			keys[key.String()] = true
		}
	}
	return keys
}
