package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"handoff/web/contracttest"
)

type document struct {
	*contracttest.Document
	router routers.Router
}

// theDocument is read and checked once.
var theDocument = sync.OnceValue(func() document {
	for _, plain := range []string{"text/html", "text/css", "image/svg+xml", mermaidType, graphvizType} {
		openapi3filter.RegisterBodyDecoder(plain, openapi3filter.PlainBodyDecoder)
	}
	openapi3filter.RegisterBodyDecoder("application/cloudevents+json", openapi3filter.JSONBodyDecoder)
	openapi3filter.RegisterBodyDecoder(BatchType, openapi3filter.JSONBodyDecoder)
	doc := must(contracttest.Read(OpenAPI()))
	return document{doc, must(legacy.NewRouter(doc.T))}
})

// checkDocument holds a request that was taken, and every answer, against the document.
func checkDocument(tb testing.TB, req *http.Request, a *answer) {
	tb.Helper()
	route, params, err := theDocument().router.FindRoute(req)
	if err != nil {
		if a.status != 404 && a.status != 405 && req.Method != http.MethodOptions {
			tb.Errorf("%s %s is answered %d and not in the document: %v", req.Method, req.URL.Path, a.status, err)
		}
		return
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true}
	input := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: options}
	if a.status < 400 && (a.status != http.StatusMultiStatus || !contains(a.body, `"problem":`)) {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			tb.Errorf("%s %s was taken and the document refuses it: %v", req.Method, req.URL.Path, err)
		}
		checkBotEvent(tb, route, req)
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header, Options: options,
		Body: io.NopCloser(bytes.NewReader(a.body)),
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		return
	}
	if strings.Contains(a.header.Get("Preference-Applied"), minimalReturn) {
		checkMinimal(tb, route, a)
		return
	}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		tb.Errorf("the answer to %s %s is not as the document says: %v", req.Method, req.URL.Path, err)
	}
}

// checkMinimal holds a short answer, or those in the results of a batch, against the component that the operation names.
func checkMinimal(tb testing.TB, route *routers.Route, a *answer) {
	tb.Helper()
	if route.Operation.Extensions["x-minimal-answer"] == nil {
		tb.Errorf("%s gave a short answer, and the document does not say so", route.Operation.OperationID)
	}
	answers := []any{a.at()}
	if a.status == http.StatusMultiStatus {
		answers = nil
		results, _ := a.at("results").([]any)
		for i := range results {
			answers = append(answers, a.at("results", i, "conversation"))
		}
	}
	for _, one := range answers {
		if err := theDocument().Components.Schemas["MinimalAnswer"].Value.VisitJSON(one); err != nil {
			tb.Errorf("a short answer is not as the document says: %v", err)
		}
	}
}

// checkBotEvent holds an event of a bot that was taken against the component of its type.
func checkBotEvent(tb testing.TB, route *routers.Route, req *http.Request) {
	tb.Helper()
	if route.Operation.OperationID != "postBotEvent" {
		return
	}
	body := must(io.ReadAll(req.Body)) // the filter has read it, and put it back
	var err error
	switch {
	case strings.HasPrefix(req.Header.Get("Content-Type"), "application/json"):
		err = theDocument().CheckEvent(body)
	case isBatch(req.Header):
		var batch struct{ Events []json.RawMessage }
		if err = json.Unmarshal(body, &batch); err == nil {
			for _, event := range batch.Events {
				err = errors.Join(err, theDocument().CheckEvent(event))
			}
		}
	default:
		var event struct {
			Type string `json:"type"`
			Data any    `json:"data"`
		}
		if err = json.Unmarshal(body, &event); err == nil {
			err = theDocument().CheckData(event.Type, event.Data)
		}
	}
	if err != nil {
		tb.Errorf("an event was taken and the document refuses it: %v\n%s", err, body)
	}
}

func TestDocumentAndRoutesAreEqual(t *testing.T) {
	var routed, documented []string
	for i := range table {
		routed = append(routed, table[i].method+" "+table[i].path+" "+table[i].operation)
	}
	for path, item := range theDocument().Paths.Map() {
		for method, op := range item.Operations() {
			documented = append(documented, method+" "+path+" "+op.OperationID)
		}
	}
	slices.Sort(routed)
	slices.Sort(documented)
	if diff := cmp.Diff(routed, documented); diff != "" {
		t.Errorf("routes (-) and document (+) differ:\n%s", diff)
	}
}

func TestDocumentSaysWhoMayCall(t *testing.T) {
	for i := range table {
		r := &table[i]
		if r.roles == open {
			continue
		}
		op := theDocument().Paths.Value(r.path).GetOperation(r.method)
		schemes := map[string]bool{}
		for _, need := range *op.Security {
			for name := range need {
				schemes[name] = true
			}
		}
		want := map[string]bool{}
		if r.roles.has(RoleBot) {
			want["signature"], want["bearer"] = true, true
		}
		if r.roles.has(RoleCustomer) {
			want["bearer"] = true
		}
		if r.roles&people != 0 {
			want["cookie"] = true
		}
		if diff := cmp.Diff(want, schemes); diff != "" {
			t.Errorf("%s: credentials of the roles (-) and of the document (+) differ:\n%s", r.operation, diff)
		}
	}
}

func TestDocumentIsPlainOpenAPI3(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["openapi"] != "3.0.3" {
		t.Errorf("openapi is %v, want 3.0.3", doc["openapi"])
	}
	for _, word := range []string{`"oneOf"`, `"anyOf"`, `"allOf"`, `"not"`} {
		if bytes.Contains(OpenAPI(), []byte(word)) {
			t.Errorf("the document uses %s, which low-code importers cannot read", word)
		}
	}
}

func TestDocumentIsServed(t *testing.T) {
	r := newRig(t)
	a := r.anybody().get("/openapi.json").want(t, 200)
	if !bytes.Equal(a.body, OpenAPI()) {
		t.Error("what is served is not the document")
	}
}
