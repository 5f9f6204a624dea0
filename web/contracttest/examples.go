package contracttest

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Example is one example of a body in the document.
type Example struct {
	Name      string // of the example; for a callback its type
	Operation string // the operation's id; for a callback its type
	Method    string
	Path      string
	MediaType string
	Schema    string // the component of the body, where it is one
	Body      json.RawMessage
}

// Requests are the examples of what is sent to the service, by operation and name.
func (d *Document) Requests() (all []Example, err error) {
	for path, item := range d.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			found, err := examplesOf(op.RequestBody.Value.Content, Example{Operation: op.OperationID, Method: method, Path: path})
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	slices.SortFunc(all, byName)
	return all, nil
}

// Callbacks are the examples of what the service sends, by type and name.
func (d *Document) Callbacks() (all []Example, err error) {
	for _, kind := range d.CallbackTypes() {
		op := d.callbacks[kind]
		found, err := examplesOf(op.RequestBody.Value.Content, Example{Operation: kind, Method: "POST", Path: CallbackAddress})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, byName)
	return all, nil
}

// Answers are the examples of what the service answers, by operation, status and name.
func (d *Document) Answers() (all []Example, err error) {
	for path, item := range d.Paths.Map() {
		for method, op := range item.Operations() {
			for status, answer := range op.Responses.Map() {
				like := Example{Operation: op.OperationID + " " + status, Method: method, Path: path}
				found, err := examplesOf(answer.Value.Content, like)
				if err != nil {
					return nil, err
				}
				all = append(all, found...)
			}
		}
	}
	slices.SortFunc(all, byName)
	return all, nil
}

func byName(a, b Example) int {
	return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.MediaType, b.MediaType), cmp.Compare(a.Name, b.Name))
}

func examplesOf(content openapi3.Content, like Example) (all []Example, err error) {
	for kind, media := range content {
		for name, example := range media.Examples {
			one := like
			one.Name, one.MediaType = name, kind
			if media.Schema != nil {
				one.Schema = media.Schema.Ref
			}
			if one.Body, err = json.Marshal(example.Value.Value); err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	return all, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
