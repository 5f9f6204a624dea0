package lenient_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/lenient"
)

// all has a member of each kind.
type all struct {
	Number lenient.Number
	Any    lenient.AnyNumber
	Text   lenient.Text
	List   lenient.List[struct{ A lenient.Number }]
}

func TestAValueIsReadInEverySpelling(t *testing.T) {
	one := lenient.List[struct{ A lenient.Number }]{{A: 1}}
	for body, want := range map[string]all{
		`{"number":12,"any":12,"text":"a","list":[{"a":1}]}`:             {12, 12, "a", one},
		`{"number":"12","any":"12","text":7,"list":[{"a":1},{"a":"x"}]}`: {12, 12, "7", one},
		`{"number":null,"any":null,"text":null,"list":null}`:             {},
		`{"number":"","any":"","text":{"value":"a"},"list":[]}`:          {Text: "a", List: lenient.List[struct{ A lenient.Number }]{}},
		`{"number":-3,"any":"7.9","text":true,"list":{}}`:                {Number: -3, Any: 7, Text: "true"},
		`{"any":"x","text":[1],"list":7}`:                                {},
		`{"any":1e99,"text":{"value":7}}`:                                {},
	} {
		var have all
		if err := json.Unmarshal([]byte(body), &have); err != nil {
			t.Errorf("%s: %v", body, err)
		} else if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func TestANumberThatIsNoneIsAnError(t *testing.T) {
	for _, body := range []string{`"x"`, `1.5`, `true`, `{}`, `99999999999999999999`} {
		var n lenient.Number
		if err := json.Unmarshal([]byte(body), &n); err == nil {
			t.Errorf("%s is read as %s", body, n)
		}
	}
}
