package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// field is one property of a ChatSessionEntity: how it is written and, where the vendor takes it, how it is set.
type field struct {
	name string
	get  func(v *Vendor, s *chatSession, z zone) any
	set  func(v *Vendor, s *chatSession, raw json.RawMessage) error
}

// fields are the properties in the order in which they are written.
var fields = []field{
	{"ChatSessionId", func(_ *Vendor, s *chatSession, _ zone) any { return s.id }, nil},
	{"TopicId", func(_ *Vendor, s *chatSession, _ zone) any { return s.topic }, setInt(func(s *chatSession) *int { return &s.topic })},
	{"User", func(_ *Vendor, s *chatSession, _ zone) any { return s.user.entity() }, setUser(func(s *chatSession) **user { return &s.user })},
	{"Person", func(_ *Vendor, s *chatSession, _ zone) any { return s.person }, setAny(func(s *chatSession) *any { return &s.person })},
	text("CustomerAlias", 64, func(s *chatSession) *string { return &s.alias }),
	text("CustomerHost", 255, func(s *chatSession) *string { return &s.host }),
	text("CustomerName", 255, func(s *chatSession) *string { return &s.name }),
	text("CustomerEmail", 255, func(s *chatSession) *string { return &s.email }),
	text("CustomerPhone", 32, func(s *chatSession) *string { return &s.phone }),
	{"CustomerConsented", func(_ *Vendor, s *chatSession, _ zone) any { return s.consented },
		setBool(func(s *chatSession) *bool { return &s.consented })},
	text("CustomerCompanyName", 255, func(s *chatSession) *string { return &s.company }),
	{"Status", func(_ *Vendor, s *chatSession, _ zone) any { return s.status }, setStatus},
	text("FirstMessage", 1024, func(s *chatSession) *string { return &s.first }),
	text("LastMessage", 1024, func(s *chatSession) *string { return &s.last }),
	date("WhenRequested", func(s *chatSession) *time.Time { return &s.requested }),
	date("WhenStarted", func(s *chatSession) *time.Time { return &s.started }),
	date("WhenEnded", func(s *chatSession) *time.Time { return &s.ended }),
	date("WhenIdle", func(s *chatSession) *time.Time { return &s.idle }),
	date("WhenFetched", func(s *chatSession) *time.Time { return &s.fetched }),
	text("SessionKey", 255, func(s *chatSession) *string { return &s.key }),
	whole("InitialQueuePos", func(s *chatSession) *int { return &s.queuePos }),
	whole("AlertLevel", func(s *chatSession) *int { return &s.alert }),
	whole("Rank", func(s *chatSession) *int { return &s.rank }),
	{"Flags", func(_ *Vendor, s *chatSession, _ zone) any { return flagNames(s.flags) }, setFlags},
	{"Contact", func(_ *Vendor, s *chatSession, _ zone) any { return s.contact }, setAny(func(s *chatSession) *any { return &s.contact })},
	{"Project", func(_ *Vendor, s *chatSession, _ zone) any { return s.project }, setAny(func(s *chatSession) *any { return &s.project })},
	{"Sale", func(_ *Vendor, s *chatSession, _ zone) any { return s.sale }, setAny(func(s *chatSession) *any { return &s.sale })},
	{"Ticket", func(_ *Vendor, s *chatSession, _ zone) any { return s.ticketRef },
		setAny(func(s *chatSession) *any { return &s.ticketRef })},
	{"TransferTo", func(_ *Vendor, s *chatSession, _ zone) any { return s.transferTo.entity() },
		setUser(func(s *chatSession) **user { return &s.transferTo })},
	{"ChatbotIsActive", func(_ *Vendor, s *chatSession, _ zone) any { return s.bot }, setBool(func(s *chatSession) *bool { return &s.bot })},
	whole("Rating", func(s *chatSession) *int { return &s.rating }),
	{"TableRight", func(*Vendor, *chatSession, zone) any { return nil }, nil},
	{"FieldProperties", func(*Vendor, *chatSession, zone) any { return map[string]any{} }, nil},
}

func text(name string, longest int, at func(s *chatSession) *string) field {
	return field{name, func(_ *Vendor, s *chatSession, _ zone) any { return *at(s) },
		func(_ *Vendor, s *chatSession, raw json.RawMessage) error {
			*at(s) = ""
			if err := json.Unmarshal(raw, at(s)); err != nil {
				return err
			}
			*at(s) = cut(*at(s), longest)
			return nil
		}}
}

func whole(name string, at func(s *chatSession) *int) field {
	return field{name, func(_ *Vendor, s *chatSession, _ zone) any { return *at(s) }, setInt(at)}
}

func date(name string, at func(s *chatSession) *time.Time) field {
	return field{name, func(_ *Vendor, s *chatSession, z zone) any { return z.write(*at(s)) },
		func(_ *Vendor, s *chatSession, raw json.RawMessage) error {
			t, err := readDate(raw)
			*at(s) = t
			return err
		}}
}

func setInt(at func(s *chatSession) *int) func(*Vendor, *chatSession, json.RawMessage) error {
	return func(_ *Vendor, s *chatSession, raw json.RawMessage) error {
		*at(s) = 0
		return json.Unmarshal(raw, at(s))
	}
}

func setBool(at func(s *chatSession) *bool) func(*Vendor, *chatSession, json.RawMessage) error {
	return func(_ *Vendor, s *chatSession, raw json.RawMessage) error {
		*at(s) = false
		return json.Unmarshal(raw, at(s))
	}
}

func setAny(at func(s *chatSession) *any) func(*Vendor, *chatSession, json.RawMessage) error {
	return func(_ *Vendor, s *chatSession, raw json.RawMessage) error {
		*at(s) = nil
		return json.Unmarshal(raw, at(s))
	}
}

func setUser(at func(s *chatSession) **user) func(*Vendor, *chatSession, json.RawMessage) error {
	return func(v *Vendor, s *chatSession, raw json.RawMessage) error {
		var who *struct {
			AssociateId int
			Name        string
		}
		if err := json.Unmarshal(raw, &who); err != nil {
			return err
		}
		*at(s) = nil
		if who != nil {
			if *at(s) = v.user(strconv.Itoa(who.AssociateId)); *at(s) == nil {
				*at(s) = v.user(who.Name)
			}
		}
		return nil
	}
}

func setStatus(_ *Vendor, s *chatSession, raw json.RawMessage) error {
	return json.Unmarshal(raw, &s.status)
}

// flagNames is what the vendor writes: nothing set is the name of the value 0.
func flagNames(flags int) string {
	if flags&1 != 0 {
		return "UserIsTyping"
	}
	return "CustomerIsTyping"
}

func setFlags(_ *Vendor, s *chatSession, raw json.RawMessage) error {
	name := strings.Trim(string(raw), `"`)
	s.flags = 0
	if strings.Contains(name, "UserIsTyping") || name == "1" {
		s.flags = 1
	}
	return nil
}

// entity is a user as an Associate; nil for nobody.
func (u *user) entity() any {
	if u == nil {
		return nil
	}
	return struct {
		AssociateId                int
		Name                       string
		PersonId, Rank             int
		Tooltip, Type              string
		GroupIdx                   int
		FullName, FormalName       string
		Deleted                    bool
		EjUserId                   int
		UserName                   string
		ExtraFields, CustomFields  map[string]any
		TableRight, FieldPropertes any
	}{
		AssociateId: u.id, Name: u.login, PersonId: u.id + 100, Rank: u.id, Type: "InternalAssociate", FullName: u.name,
		FormalName: u.name, EjUserId: u.ejuser, UserName: u.login, ExtraFields: map[string]any{}, CustomFields: map[string]any{},
	}
}

// render writes a session; select keeps the named properties and makes the others null, and links adds those of REST.
func (v *Vendor) render(s *chatSession, z zone, selected []string, links string) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			out.WriteByte(',')
		}
		value := []byte("null")
		if len(selected) == 0 || has(selected, f.name) {
			if written, err := json.Marshal(f.get(v, s, z)); err == nil {
				value = written
			}
		}
		fmt.Fprintf(&out, "%q:%s", f.name, value)
	}
	if links != "" {
		fmt.Fprintf(&out, `,"_Links":{"Self":"%s/%d","Archive":"%s"}`, links, s.id, links)
	}
	out.WriteByte('}')
	return out.Bytes()
}

func has(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(strings.TrimSpace(n), name) {
			return true
		}
	}
	return false
}

var errNoProperty = errors.New("there is no such property")

// assign sets a property, whose name is read in any case.
func (v *Vendor) assign(s *chatSession, name string, raw json.RawMessage) error {
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			if f.set == nil {
				return nil // the server's own: read over
			}
			if err := f.set(v, s, raw); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			return nil
		}
	}
	return fmt.Errorf("%w: %s", errNoProperty, name)
}

// value is a property as it is written.
func (v *Vendor) value(s *chatSession, name string, z zone) (any, error) {
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			written, err := json.Marshal(f.get(v, s, z))
			if err != nil {
				return nil, err
			}
			var plain any
			return plain, json.Unmarshal(written, &plain)
		}
	}
	return nil, fmt.Errorf("%w: %s", errNoProperty, name)
}

// save takes an entity as a whole: what is not in it is emptied. A new one has the id 0.
func (v *Vendor) save(s *chatSession, body []byte) (*chatSession, error) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(body, &given); err != nil || given == nil {
		return nil, errNoEntity
	}
	var id int
	for name, raw := range given {
		if strings.EqualFold(name, "ChatSessionId") {
			if err := json.Unmarshal(raw, &id); err != nil {
				return nil, fmt.Errorf("ChatSessionId: %w", err)
			}
		}
	}
	if s == nil {
		s = v.sessions[id]
	}
	fresh := s == nil
	if fresh {
		s = v.insert(0)
		s.byAPI = true
	}
	next := &chatSession{id: s.id, messages: s.messages, byAPI: s.byAPI}
	if fresh {
		next.key, next.queuePos, next.requested, next.idle, next.fetched = s.key, s.queuePos, s.requested, s.idle, s.fetched
	}
	for name, raw := range given {
		if err := v.assign(next, name, raw); err != nil && !errors.Is(err, errNoProperty) {
			if fresh {
				delete(v.sessions, s.id)
			}
			return nil, err
		}
	}
	if fresh {
		next.queuePos = v.queued(next.topic) + 1
	}
	v.replace(s, next, fresh)
	return s, nil
}

// replace writes a changed copy of a session back, and tells.
func (v *Vendor) replace(s, next *chatSession, fresh bool) {
	was, to := s.status, next.status
	if fresh && to == invalid {
		to = offlineForm
		if t := v.topics[next.topic]; t != nil {
			to = v.firstStatus(t, next.bot)
		}
	}
	*s = *next
	s.status = was
	if fresh {
		s.status = to
		v.fire("chatsession.created", s)
		return
	}
	v.move(s, to)
}
