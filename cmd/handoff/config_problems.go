package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// problem is one thing wrong with the configuration, at the path of a key ("bots[0].callback") or the name of an
// environment variable.
type problem struct {
	path   string
	detail string
}

// String is the path with the detail.
func (p problem) String() string {
	if p.path == "" {
		return p.detail
	}
	return p.path + ": " + p.detail
}

// problems gathers everything that is wrong, so that an operator mends it in one go.
type problems struct {
	list []problem
	// from says which environment variable gave a key its value.
	from map[string]string
}

func (p *problems) add(path, format string, args ...any) {
	detail := fmt.Sprintf(format, args...)
	if name, ok := p.from[path]; ok {
		detail += " (from " + name + ")"
	}
	p.list = append(p.list, problem{path, detail})
}

// err is nil when nothing is wrong. Problems are in the order of their paths.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b problem) int { return cmp.Compare(a.path, b.path) })
	return &configError{p.list}
}

// configError is a configuration with problems.
type configError struct{ problems []problem }

// Error has one line for each problem.
func (e *configError) Error() string {
	lines := make([]string, 0, len(e.problems))
	for _, p := range e.problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func isProblems(err error) bool {
	var ce *configError
	return errors.As(err, &ce)
}
