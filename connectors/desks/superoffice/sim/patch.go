package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

var (
	errNoEntity = errors.New("there is no entity in the request's body")
	errTest     = errors.New("a test operation failed")
)

// operation is one step of a JSON Patch.
type operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

// patch changes single properties: by a JSON Patch (an array) or a merge patch (an object). It is all or nothing.
func (v *Vendor) patch(s *chatSession, body []byte) error {
	steps, err := stepsOf(body)
	if err != nil {
		return err
	}
	next := *s
	for _, step := range steps {
		name := strings.TrimPrefix(step.Path, "/")
		switch strings.ToLower(step.Op) {
		case "test":
			if err := v.same(&next, name, step.Value); err != nil {
				return err
			}
		case "add", "replace":
			if err := v.assign(&next, name, step.Value); err != nil {
				return err
			}
		case "remove":
			if err := v.assign(&next, name, json.RawMessage("null")); err != nil {
				return err
			}
		default:
			return fmt.Errorf("the operation %q is not supported", step.Op)
		}
	}
	v.patched++
	v.replace(s, &next, false)
	return nil
}

func stepsOf(body []byte) ([]operation, error) {
	var steps []operation
	if json.Unmarshal(body, &steps) == nil && steps != nil {
		return steps, nil
	}
	var merge map[string]json.RawMessage
	if err := json.Unmarshal(body, &merge); err != nil || merge == nil {
		return nil, errNoEntity
	}
	for name, value := range merge {
		steps = append(steps, operation{Op: "replace", Path: name, Value: value})
	}
	return steps, nil
}

// same is a test: enums are compared by name, whichever way they are written.
func (v *Vendor) same(s *chatSession, name string, raw json.RawMessage) error {
	have, err := v.value(s, name, zone{at: own})
	if err != nil {
		return err
	}
	var want any
	if err := json.Unmarshal(raw, &want); err != nil {
		return err
	}
	if name, ok := have.(string); ok && strings.EqualFold(fmt.Sprint(want), name) {
		return nil
	}
	if !reflect.DeepEqual(have, want) {
		return errTest
	}
	return nil
}
