package main

import (
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// print is the configuration with every default, as YAML that could be loaded again but for its secrets.
func (l *loaded) print() (string, error) {
	var out strings.Builder
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(yamlOf(reflect.ValueOf(l.Config))); err != nil {
		return "", err
	}
	return out.String(), e.Close()
}

// yamlOf is a value as YAML, with keys in the order of the struct's fields.
func yamlOf(v reflect.Value) *yaml.Node {
	switch value := v.Interface().(type) {
	case Secret:
		return scalar(value.String())
	case time.Duration:
		return scalar(plainDuration(value))
	}
	switch v.Kind() { //nolint:exhaustive // all others are plain values
	case reflect.Struct:
		return structNode(v)
	case reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			list.Content = append(list.Content, yamlOf(v.Index(i)))
		}
		return list
	}
	var n yaml.Node
	if err := n.Encode(v.Interface()); err != nil {
		return scalar(err.Error())
	}
	return &n
}

func structNode(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for f, value := range v.Fields() {
		key := f.Tag.Get("koanf")
		if settings, ok := reflect.TypeAssert[map[string]any](value); ok && key == ",remain" {
			for _, name := range sortedKeys(settings) {
				if hiddenSettings(name) {
					settings[name] = redacted
				}
				n.Content = append(n.Content, scalar(name), yamlOf(reflect.ValueOf(settings[name])))
			}
			continue
		}
		n.Content = append(n.Content, scalar(key), yamlOf(value))
	}
	return n
}

func scalar(text string) *yaml.Node {
	var n yaml.Node
	n.SetString(text)
	return &n
}

// plainDuration writes 24h instead of 24h0m0s.
func plainDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
