package icws

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// look reads what a chat's attributes say; a chat that does not exist any more is over.
func (s *agentSeat) look(ctx context.Context, op, id string) (attributes, error) {
	var said struct {
		Attributes attributes `json:"attributes"`
	}
	err := s.inSession(ctx, func(in *session) *request { return lookAt(in, op, id, &said) })
	if statusOf(err) == http.StatusNotFound {
		return attributes{attrState: stateOurEnd}, nil
	}
	had := said.Attributes.folded()
	if _, told := had[attrState]; err == nil && !told {
		err = s.Unknown(op, "answer-unreadable", errors.New("the answer does not tell the chat's state"))
	}
	return had, err
}

func lookAt(in *session, op, id string, into any) *request {
	return &request{
		op: op, method: http.MethodGet, path: in.path("/interactions/%s", id) + "?select=" + strings.Join(watched, ","),
		into: into, repeats: true,
	}
}

// attributes of a chat, by names in small letters: ICWS does not tell them apart by case.
type attributes map[string]string

// Attributes that are watched, as ICWS spells them, and as they are looked up here.
var watched = []string{"Eic_State", "Eic_UserName", "Eic_WorkgroupName", "Eic_RemoteName", "Eic_ObjectType", attributeMark}

const (
	attrState     = "eic_state"
	attrUser      = "eic_username"
	attrWorkgroup = "eic_workgroupname"
	attrRemote    = "eic_remotename"
	attrObject    = "eic_objecttype"
	attrMark      = "handoff_mark"
)

// Characters of Eic_State that matter. It has a number and another numbering when a chat is made; neither comes over ICWS.
const (
	stateAlerting  = "A"
	stateConnected = "C"
	stateHeld      = "H"
	stateOurEnd    = "I" // ended from inside
	stateTheirEnd  = "E" // ended by the customer
)

func (a attributes) folded() attributes {
	folded := make(attributes, len(a))
	for name, value := range a {
		folded[strings.ToLower(name)] = value
	}
	return folded
}

func (a attributes) over() bool {
	return slices.Contains([]string{stateOurEnd, stateTheirEnd}, a[attrState])
}

func (a attributes) connected() bool {
	return slices.Contains([]string{stateConnected, stateHeld}, a[attrState])
}

// heldBy: somebody has picked the chat up, and it is this user.
func (a attributes) heldBy(user string) bool {
	return a.connected() && strings.EqualFold(a[attrUser], user)
}
