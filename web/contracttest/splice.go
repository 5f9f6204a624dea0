package contracttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Splice puts a value in the place of the one at a path of member names, and leaves every other byte of the document as it is.
func Splice(document []byte, path []string, value []byte) ([]byte, error) {
	from, to, err := find(document, path)
	if err != nil {
		return nil, err
	}
	var laid bytes.Buffer
	if err := json.Indent(&laid, value, strings.Repeat(" ", len(path)), " "); err != nil {
		return nil, err
	}
	return append(append(append([]byte(nil), document[:from]...), laid.Bytes()...), document[to:]...), nil
}

// At is the value at a path of member names.
func At(document []byte, path []string) ([]byte, error) {
	from, to, err := find(document, path)
	if err != nil {
		return nil, err
	}
	return document[from:to], nil
}

// Names are the names of an object's members at a path, in the order of the document.
func Names(document []byte, path []string) (names []string, err error) {
	object, err := At(document, path)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return nil, err
		}
		names = append(names, fmt.Sprint(name))
	}
	return names, nil
}

// find answers where the value at a path begins and ends.
func find(document []byte, path []string) (from, to int64, err error) {
	dec := json.NewDecoder(bytes.NewReader(document))
	for _, name := range path {
		if _, err := dec.Token(); err != nil { // the object's brace
			return 0, 0, err
		}
		for {
			key, err := dec.Token()
			if err != nil {
				return 0, 0, err
			}
			if key == name {
				break
			}
			if key == json.Delim('}') {
				return 0, 0, fmt.Errorf("there is no member %s of %s", name, strings.Join(path, " › "))
			}
			var skipped json.RawMessage
			if err := dec.Decode(&skipped); err != nil {
				return 0, 0, err
			}
		}
	}
	var value json.RawMessage
	if err := dec.Decode(&value); err != nil {
		return 0, 0, err
	}
	to = dec.InputOffset()
	return to - int64(len(value)), to, nil
}
