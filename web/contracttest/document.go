// Package contracttest reads the OpenAPI document as tests need it: what it says of each event that travels, in and out,
// and its examples.
package contracttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// CallbackAddress stands in the document for the address that a bot is configured with.
const CallbackAddress = "https://your.callback/"

// eventTypes is the extension of an operation that names the component of each type of event that it takes.
const eventTypes = "x-event-types"

// schemas is where components lie.
const schemas = "#/components/schemas/"

// Document is the OpenAPI document.
type Document struct {
	*openapi3.T
	events    map[string]*openapi3.SchemaRef
	callbacks map[string]*openapi3.Operation
}

// Read reads a document and checks it, its examples too.
func Read(document []byte) (*Document, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	d := &Document{T: doc, events: map[string]*openapi3.SchemaRef{}, callbacks: map[string]*openapi3.Operation{}}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if err := d.index(op); err != nil {
				return nil, fmt.Errorf("%s: %w", op.OperationID, err)
			}
		}
	}
	return d, nil
}

// index finds the events that an operation takes, and those that it makes the service send.
func (d *Document) index(op *openapi3.Operation) error {
	named, err := json.Marshal(op.Extensions[eventTypes])
	if err != nil {
		return err
	}
	var components map[string]struct {
		Ref string `json:"$ref"`
	}
	if err := json.Unmarshal(named, &components); err != nil {
		return fmt.Errorf("%s: %w", eventTypes, err)
	}
	for kind, component := range components {
		schema := d.Components.Schemas[strings.TrimPrefix(component.Ref, schemas)]
		if schema == nil {
			return fmt.Errorf("%s: %s has no component %s", eventTypes, kind, component.Ref)
		}
		d.events[kind] = openapi3.NewSchemaRef(component.Ref, schema.Value)
	}
	for kind, callback := range op.Callbacks {
		item := callback.Value.Value(CallbackAddress)
		if item == nil || item.Post == nil || callback.Value.Len() != 1 {
			return fmt.Errorf("the callback %s is not one POST to %s", kind, CallbackAddress)
		}
		d.callbacks[kind] = item.Post
	}
	return nil
}

// EventTypes are the types of events that a bot sends.
func (d *Document) EventTypes() []string { return sortedKeys(d.events) }

// CallbackTypes are the types of events that a bot gets.
func (d *Document) CallbackTypes() []string { return sortedKeys(d.callbacks) }

// EventSchema is the component of a type of event that a bot sends.
func (d *Document) EventSchema(kind string) *openapi3.Schema { return d.events[kind].Value }

// CallbackSchema is the component of a type of event that a bot gets.
func (d *Document) CallbackSchema(kind string) *openapi3.Schema {
	return d.callbacks[kind].RequestBody.Value.Content["application/json"].Schema.Value
}

// CheckEvent holds the plain form of an event that a bot sends against the component of its type.
func (d *Document) CheckEvent(body []byte) error {
	kind, value, err := typed(body)
	if err != nil {
		return err
	}
	schema := d.events[kind]
	if schema == nil {
		return fmt.Errorf("the document has no component for an event of type %q", kind)
	}
	return check(schema.Value, value)
}

// EventComponent names the component of an event that a bot sends.
func (d *Document) EventComponent(body []byte) string {
	kind, _, err := typed(body)
	if err != nil || d.events[kind] == nil {
		return ""
	}
	return strings.TrimPrefix(d.events[kind].Ref, schemas)
}

// CheckData holds the data of an event in another form, a CloudEvent, against the component of its type.
func (d *Document) CheckData(kind string, data any) error {
	schema := d.events[kind]
	if schema == nil {
		return fmt.Errorf("the document has no component for an event of type %q", kind)
	}
	return check(schema.Value.Properties["data"].Value, data)
}

// CheckCallback holds a call that a bot got against the callback of its type.
func (d *Document) CheckCallback(contentType string, body []byte) error {
	kind, value, err := typed(body)
	if err != nil {
		return err
	}
	op := d.callbacks[kind]
	if op == nil {
		return fmt.Errorf("the document has no callback of type %q", kind)
	}
	media := op.RequestBody.Value.Content[contentType]
	if media == nil {
		return fmt.Errorf("the callback %s is not described as %s", kind, contentType)
	}
	return check(media.Schema.Value, value)
}

// typed reads an event and the type that it gives itself.
func typed(body []byte) (kind string, value map[string]any, err error) {
	if err := json.Unmarshal(body, &value); err != nil {
		return "", nil, err
	}
	kind, ok := value["type"].(string)
	if !ok {
		return "", nil, errors.New("it has no type")
	}
	return kind, value, nil
}

func check(schema *openapi3.Schema, value any) error {
	return schema.VisitJSON(value, openapi3.MultiErrors())
}
