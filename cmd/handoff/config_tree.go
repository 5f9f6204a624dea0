package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// put sets a value in a tree of maps and lists and answers the changed tree. A list grows by one at most, so that no gap
// can arise.
func put(tree any, path []any, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch step := path[0].(type) {
	case string:
		fields, ok := tree.(map[string]any)
		if !ok && tree != nil {
			return nil, fmt.Errorf("the file has no map above %q", step)
		}
		if fields == nil {
			fields = map[string]any{}
		}
		below, err := put(fields[step], path[1:], value)
		if err != nil {
			return nil, err
		}
		fields[step] = below
		return fields, nil
	case int:
		items, ok := tree.([]any)
		if !ok && tree != nil {
			return nil, fmt.Errorf("the file has no list above index %d", step)
		}
		if step > len(items) {
			return nil, fmt.Errorf("index %d leaves a gap: the list has %d items", step, len(items))
		}
		var old any
		if step < len(items) {
			old = items[step]
		}
		below, err := put(old, path[1:], value)
		if err != nil {
			return nil, err
		}
		if step == len(items) {
			return append(slices.Clone(items), below), nil
		}
		items[step] = below
		return items, nil
	}
	return nil, fmt.Errorf("a path has names and numbers only, not %T", path[0])
}

// pathOf writes a path as problems show it: bots[0].secrets[1].
func pathOf(path []any) string {
	var b strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// compareNatural orders names so that index 9 comes before 10.
func compareNatural(a, b string) int {
	as, bs := strings.Split(a, "_"), strings.Split(b, "_")
	return slices.CompareFunc(as, bs, func(x, y string) int {
		n, errN := strconv.Atoi(x)
		m, errM := strconv.Atoi(y)
		if errN == nil && errM == nil {
			return n - m
		}
		return strings.Compare(x, y)
	})
}
