package strictjson_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/strictjson"
	"handoff/orchestrator"
)

type person struct {
	Name  string
	Age   int64
	Share float64
	Glad  bool
	Tags  []string
}

func readPerson(text string) (person, []orchestrator.FieldError, error) {
	r := strictjson.Open([]byte(text))
	defer r.Close()
	var p person
	if r.Object() {
		named := false
		for r.Present() {
			switch string(r.Name()) {
			case "name":
				p.Name, named = r.Text(1, 5), true
			case "age":
				p.Age, _ = r.Integer(0, 150)
			case "share":
				p.Share, _ = r.Number()
			case "glad":
				p.Glad, _ = r.Bool()
			case "tags":
				if r.Array() {
					for r.Element() {
						p.Tags = append(p.Tags, r.OneOf("a", "b/c"))
					}
				}
			default:
				r.Skip()
			}
		}
		if !named {
			r.Missing("name")
		}
	}
	err := r.End()
	return p, r.Problems(), err
}

func TestReadsWhatIsThere(t *testing.T) {
	got, problems, err := readPerson(" {\"x\":[{\"y\":[]},-1.5e3], \"name\":\"Bj\\u00f6\\ud83d\\ude00r\",\n\"age\":42,\"share\":0.5,\"glad\":true," +
		`"tags":["a","b\/c"],"unknown":{"name":7,"name":8}} `)
	if err != nil || len(problems) > 0 {
		t.Fatalf("err %v, problems %v", err, problems)
	}
	want := person{Name: "Bjö😀r", Age: 42, Share: 0.5, Glad: true, Tags: []string{"a", "b/c"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNullIsTheSameAsLeavingAMemberOut(t *testing.T) {
	_, problems, err := readPerson(`{"age":null,"name":null}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []orchestrator.FieldError{{Pointer: "/name", Detail: "is required"}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

func TestEveryProblemIsToldWithItsPlace(t *testing.T) {
	_, problems, err := readPerson(`{"name":"longer than five","age":1.0,"share":"x","glad":0,"tags":["a",{"z":1},"zz"]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []orchestrator.FieldError{
		{Pointer: "/name", Detail: "must have at most 5 characters"},
		{Pointer: "/age", Detail: "must be an integer"},
		{Pointer: "/share", Detail: "must be a number"},
		{Pointer: "/glad", Detail: "must be true or false"},
		{Pointer: "/tags/1", Detail: "must be a string"},
		{Pointer: "/tags/2", Detail: "must be one of a, b/c"},
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsAreTwentyAtMost(t *testing.T) {
	_, problems, err := readPerson(`{"name":"n","tags":[` + strings.Repeat(`1,`, 99) + `1]}`)
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) != strictjson.MaxProblems {
		t.Errorf("%d problems, want %d", len(problems), strictjson.MaxProblems)
	}
}

func TestAPointerEscapesNames(t *testing.T) {
	r := strictjson.Open([]byte(`{"a/b":{"c~d":1}}`))
	defer r.Close()
	for r.Object() && r.Member() && r.Object() && r.Member() {
		r.Problem("here")
		r.Skip()
		break
	}
	if got := r.Problems()[0].Pointer; got != "/a~1b/c~0d" {
		t.Errorf("pointer %q", got)
	}
}

func TestAMarkedValueIsReadLater(t *testing.T) {
	r := strictjson.Open([]byte(`{"data":{"n":"x"},"type":"t"}`))
	defer r.Close()
	var mark strictjson.Mark
	for r.Object(); r.Member(); {
		if string(r.Name()) == "data" {
			mark = r.Mark()
		}
		r.Skip()
	}
	r.Again(mark, func() {
		for r.Object(); r.Member(); {
			r.Integer(0, 1)
		}
	})
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	want := []orchestrator.FieldError{{Pointer: "/data/n", Detail: "must be an integer"}}
	if diff := cmp.Diff(want, r.Problems()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotJSONEndsTheReading(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{``, "at byte 1: the text ends too early"},
		{`{`, "at byte 2: expected a comma or '}'"},
		{`{"name":"a"`, "at byte 12: expected a comma or '}'"},
		{`{"name":"a",}`, "at byte 13: expected a comma or '}'"},
		{`{"name":"a"}x`, "at byte 13: something follows the JSON value"},
		{`{"name":"a"}{}`, "at byte 13: something follows the JSON value"},
		{`{'name':"a"}`, "at byte 2: expected the name of a member"},
		{`{"name" "a"}`, "at byte 9: expected a colon after the name of a member"},
		{`{"name":"a`, "at byte 9: a string is not closed"},
		{"{\"name\":\"a\nb\"}", "at byte 11: a control character in a string must be escaped"},
		{`{"name":"\x"}`, "at byte 10: an unknown escape in a string"},
		{`{"name":"\u12"}`, "at byte 10: an unknown escape in a string"},
		{"{\"name\":\"\xff\"}", "at byte 12: a string is not UTF-8"},
		{`{"name":"a","name":"b"}`, `at byte 19: member "name" is given twice`},
		{`{"name":"a","n\u0061me":"b"}`, `at byte 24: member "name" is given twice`},
		{`{"age":01}`, "at byte 10: a number must not begin with 0"},
		{`{"age":-}`, "at byte 9: expected a digit"},
		{`{"share":1.}`, "at byte 12: expected a digit"},
		{`{"share":1e}`, "at byte 12: expected a digit"},
		{`{"glad":tru}`, "at byte 9: expected true"},
		{`{"x":nul}`, "at byte 6: expected null"},
		{`{"x":NaN}`, "at byte 6: expected a value"},
		{`{"x":` + strings.Repeat(`[`, 40), "at byte 37: nested more than 32 deep"},
	} {
		if _, _, err := readPerson(tc.text); err == nil || err.Error() != tc.want {
			t.Errorf("%s: got %v, want %s", tc.text, err, tc.want)
		}
	}
}
