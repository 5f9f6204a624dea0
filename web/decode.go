package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"handoff/orchestrator"
)

// readBody reads the raw body of at most so many bytes. Nothing is decoded: a signature covers these very bytes. What a
// sender only says that it will send costs no more memory than an ordinary body.
func readBody(r *http.Request, most int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refusal(codeMediaType, "a Content-Encoding is not taken")
	}
	if r.ContentLength > most {
		return nil, tooLarge(r, most)
	}
	if r.ContentLength >= 0 && r.ContentLength <= MaxBody {
		return readWhole(r.Body, int(r.ContentLength))
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil {
		return nil, refusal(codeMalformedJSON, "the body ended early")
	}
	if int64(len(body)) > most {
		return nil, tooLarge(r, most)
	}
	return body, nil
}

// promised is how much memory the mere length of a body gets. The rest follows as the body arrives: whoever announces much and
// sends nothing holds little.
const promised = 4 << 10

// readWhole reads a body of so many bytes.
func readWhole(from io.Reader, length int) ([]byte, error) {
	body := make([]byte, min(length, promised))
	for read := 0; ; {
		n, err := io.ReadFull(from, body[read:])
		if err != nil {
			return nil, refusal(codeMalformedJSON, "the body ended early")
		}
		if read += n; read == length {
			return body, nil
		}
		longer := make([]byte, min(length, 4*len(body)))
		copy(longer, body)
		body = longer
	}
}

// lingering is how much beyond the limit of a body that is too large is read and thrown away, so that a sender who is not far
// beyond it sees the answer and not a broken connection. The read time-out bounds how long that takes.
const lingering = 4 * MaxBody

func tooLarge(r *http.Request, most int64) error {
	// The answer is the same however the rest of the body ends.
	_, _ = io.CopyN(io.Discard, r.Body, most+lingering)
	e := refusal(codeTooLarge, fmt.Sprintf("a body has at most %d bytes", most))
	if e.Bound = orchestrator.BoundBody; most > MaxBody {
		e.Bound = orchestrator.BoundHandoffBody
	}
	return e
}

// wantJSON checks the media type; more are the types beside application/json that the route takes.
func wantJSON(h http.Header, more ...string) error {
	v := h.Get("Content-Type")
	if v == "application/json" { // the common case costs nothing
		return nil
	}
	taken := append([]string{"application/json"}, more...)
	kind, params, err := mime.ParseMediaType(v)
	charset := params["charset"]
	if err != nil || (charset != "" && !strings.EqualFold(charset, "utf-8")) || !slices.Contains(taken, kind) {
		return refusal(codeMediaType, "the Content-Type must be "+strings.Join(taken, " or ")+", in UTF-8")
	}
	return nil
}

// decode reads a JSON object into dst, a pointer to a struct, and takes nothing that the struct does not name: unknown
// and doubled members, wrong types and anything after the object are refused with the place where they are.
func decode(c *call, dst any) error {
	if err := wantJSON(c.Request().Header); err != nil {
		return err
	}
	if len(c.body) == 0 {
		return refusal(codeMalformedJSON, "the body is empty; {} is the least")
	}
	return decodeStrict(c.body, dst)
}

func decodeStrict(body []byte, dst any) error {
	if !utf8.Valid(body) {
		return refusal(codeMalformedJSON, "the body is not UTF-8")
	}
	w := walker{dec: json.NewDecoder(bytes.NewReader(body))}
	w.dec.UseNumber()
	if err := w.value(reflect.TypeOf(dst).Elem(), "", 0); err != nil {
		return err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return refusal(codeMalformedJSON, "something follows the JSON value")
	}
	if len(w.fields) > 0 {
		return invalid(w.fields...)
	}
	if err := json.Unmarshal(body, dst); err != nil {
		return refusal(codeMalformedJSON, "the body is not JSON")
	}
	return nil
}

func invalid(fields ...orchestrator.FieldError) error {
	return &orchestrator.InputError{Status: 422, Code: codeValidation, Detail: "the request is not valid",
		Fields: fields}
}

// misfit answers what a token should be to fill a type, nothing if it can. The type nil takes anything, and null leaves
// any value as it is.
func misfit(t reflect.Type, token json.Token) string {
	if t == nil || token == nil {
		return ""
	}
	var fits bool
	var want string
	switch t.Kind() { //nolint:exhaustive // the kinds that bodies have
	case reflect.String:
		_, fits = token.(string)
		want = "must be a string"
	case reflect.Bool:
		_, fits = token.(bool)
		want = "must be true or false"
	case reflect.Slice:
		fits, want = token == json.Delim('['), "must be an array"
	case reflect.Struct:
		fits, want = token == json.Delim('{'), "must be an object"
	case reflect.Int64:
		n, isNumber := token.(json.Number)
		_, err := strconv.ParseInt(string(n), 10, 64)
		fits, want = isNumber && err == nil, "must be an integer"
	default:
		n, isNumber := token.(json.Number)
		_, err := strconv.ParseInt(string(n), 10, 32)
		fits, want = isNumber && err == nil, "must be an integer"
	}
	if fits {
		return ""
	}
	return want
}

// walker goes over the tokens of a body beside the type that it is to fill, and notes what the type does not know.
type walker struct {
	dec    *json.Decoder
	fields []orchestrator.FieldError
}

func (w *walker) value(t reflect.Type, at string, depth int) error {
	if depth > MaxDepth {
		return refusal(codeMalformedJSON, "the body nests deeper than "+strconv.Itoa(MaxDepth))
	}
	token, err := w.dec.Token()
	if err != nil {
		return refusal(codeMalformedJSON, "the body is not JSON")
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if depth == 0 && token != json.Delim('{') {
		return orchestrator.Invalid("", "must be an object")
	}
	if fault := misfit(t, token); fault != "" {
		w.note(at, fault)
		t = nil
	}
	switch token {
	case json.Delim('{'):
		return w.object(t, at, depth)
	case json.Delim('['):
		return w.array(t, at, depth)
	}
	return nil
}

func (w *walker) object(t reflect.Type, at string, depth int) error {
	members := membersOf(t)
	seen := map[string]bool{}
	for w.dec.More() {
		token, err := w.dec.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return refusal(codeMalformedJSON, "the body is not JSON")
		}
		pointer := at + "/" + escapePointer(name)
		if seen[name] {
			w.note(pointer, "is there twice")
		}
		seen[name] = true
		inner, known := members[name]
		if members != nil && !known {
			w.note(pointer, "is not known here")
		}
		if err := w.value(inner, pointer, depth+1); err != nil {
			return err
		}
	}
	return w.closing()
}

func (w *walker) array(t reflect.Type, at string, depth int) error {
	var inner reflect.Type
	if t != nil && t.Kind() == reflect.Slice {
		inner = t.Elem()
	}
	for i := 0; w.dec.More(); i++ {
		if err := w.value(inner, at+"/"+strconv.Itoa(i), depth+1); err != nil {
			return err
		}
	}
	return w.closing()
}

func (w *walker) closing() error {
	if _, err := w.dec.Token(); err != nil {
		return refusal(codeMalformedJSON, "the body is not JSON")
	}
	return nil
}

// maxNoted is how many faults one answer names.
const maxNoted = 16

func (w *walker) note(pointer, detail string) {
	if len(w.fields) < maxNoted {
		w.fields = append(w.fields, orchestrator.FieldError{Pointer: pointer, Detail: detail})
	}
}

// membersOf answers the JSON members of a struct type; nil for a type that takes any.
func membersOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	members := make(map[string]reflect.Type, t.NumField())
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" {
			members[name] = field.Type
		}
	}
	return members
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func escapePointer(name string) string { return pointerEscapes.Replace(name) }
