package strictjson_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"handoff/connectors/internal/strictjson"
)

// tree reads any JSON into the shapes of encoding/json.
func tree(r *strictjson.Reader) any {
	raw := r.Mark()
	var v any
	kind := r.Raw()
	if len(kind) == 0 {
		return nil
	}
	r.Again(raw, func() { v = value(r, kind[0]) })
	return v
}

func value(r *strictjson.Reader, first byte) any {
	switch first {
	case '{':
		m := map[string]any{}
		for r.Object(); r.Member(); {
			name := string(r.Name())
			m[name] = tree(r)
		}
		return m
	case '[':
		r.Skip()
		return "array"
	default:
		v, _ := r.Scalar()
		return v
	}
}

// FuzzReader: whatever the reader takes, encoding/json takes and reads the same; what encoding/json refuses, it refuses.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		`{"a":1}`, `{"a":{"b":"\u00e9\ud83d\ude00\ud800"}}`, `{"a":[1,2,{"c":null}],"b":true}`, `{"a":-0.5e+10,"b":""}`, `{}`,
		`{"a":"\"\\\/\b\f\n\r\t"}`, `{"a":1e999}`, ` { "a" : 1 } `, `{"a":1,}`, `[]`, `{"a":01}`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := strictjson.Open(data)
		defer r.Close()
		got := map[string]any{}
		object := r.Object()
		if object {
			for r.Member() {
				name := string(r.Name())
				got[name] = tree(r)
			}
		}
		err := r.End()
		if err == nil != json.Valid(data) && (err == nil || utf8.Valid(data) && shallow(data)) && !twice(err) {
			t.Fatalf("reader says %v, encoding/json says %v", err, json.Valid(data))
		}
		if err != nil || !object || len(r.Problems()) > 0 {
			return
		}
		var want map[string]any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		if a, b := flat(t, got), flat(t, want); !bytes.Equal(a, b) {
			t.Fatalf("reader read %s, encoding/json %s", a, b)
		}
	})
}

func shallow(data []byte) bool {
	return bytes.Count(data, []byte("{"))+bytes.Count(data, []byte("[")) < strictjson.MaxDepth && len(data) < 1000
}

func twice(err error) bool { return err != nil && bytes.Contains([]byte(err.Error()), []byte("twice")) }

// flat writes a tree with every array as the same word, because the test's reader does not look into them.
func flat(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(withoutArrays(v))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func withoutArrays(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = withoutArrays(v[k])
		}
	case []any:
		return "array"
	}
	return v
}
