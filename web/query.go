package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"handoff/orchestrator"
)

// query reads the parameters of a request, each at most once, and refuses those that the path does not know.
type query struct {
	values url.Values
	checks checks
}

func newQuery(c *call, known ...string) *query {
	q := &query{values: c.QueryParams()}
	for name, values := range q.values {
		switch {
		case !slices.Contains(known, name):
			q.fail(name, "is not known here")
		case len(values) > 1:
			q.fail(name, "is there twice")
		}
	}
	return q
}

func (q *query) fail(name, detail string) { q.checks.fail("?"+name, detail) }

func (q *query) text(name string) string { return q.values.Get(name) }

// number is a whole number within bounds.
func (q *query) number(name string, least, most, standby int) int {
	value := q.values.Get(name)
	if value == "" {
		return standby
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		q.fail(name, "must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
		return standby
	}
	return n
}

// sequence is a number of the timeline.
func (q *query) sequence(name string) uint64 {
	value := q.values.Get(name)
	if value == "" {
		return 0
	}
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		q.fail(name, "must be a sequence")
	}
	return n
}

func (q *query) err() error { return q.checks.err() }

// cursorFault is an error of a list that was asked for. The store names a bad cursor by the pointer /cursor; here it is a
// parameter.
func cursorFault(err error) error {
	input, ok := errors.AsType[*orchestrator.InputError](err)
	if !ok || len(input.Fields) != 1 || input.Fields[0].Pointer != "/cursor" {
		return err
	}
	named := *input
	named.Fields = []orchestrator.FieldError{{Pointer: "?cursor", Detail: input.Fields[0].Detail}}
	return &named
}
