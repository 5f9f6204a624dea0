package sim

import (
	"maps"
	"slices"
	"strings"
)

// publish tells every session what differs from what it was last told.
func (s *Server) publish() {
	s.route()
	for _, in := range s.sessions {
		if !in.dead {
			s.publishTo(in)
		}
	}
}

func (s *Server) publishTo(in *session) {
	for _, id := range slices.Sorted(maps.Keys(in.queues)) {
		s.publishQueue(in, id, in.queues[id])
	}
	for _, c := range s.chats {
		s.publishInteraction(in, c)
		s.publishTalk(in, c)
		s.publishAlert(in, c)
	}
	s.publishStatuses(in)
}

func (s *Server) publishQueue(in *session, id string, sub *queueSub) {
	if s.options.Blind && slices.ContainsFunc(sub.queues, func(q queueName) bool { return q.kind == queueWorkgroup }) {
		if sub.told == nil {
			sub.told = map[string]map[string]string{}
			s.tell(in, "queue:"+id, object{
				"__type": "urn:inin.com:queues:queueContentsMessage", "isDelta": false, "subscriptionId": id, "interactionsAdded": []object{},
			})
		}
		return
	}
	message := object{"__type": "urn:inin.com:queues:queueContentsMessage", "isDelta": sub.told != nil, "subscriptionId": id}
	first := sub.told == nil
	if first {
		sub.told = map[string]map[string]string{}
	}
	var added, changed []object
	var removed []string
	for _, c := range s.chats {
		told, was := sub.told[c.id]
		is := slices.ContainsFunc(sub.queues, func(q queueName) bool { return s.inQueue(c, q, in) })
		now := c.shown(sub.names)
		switch {
		case is && !was:
			added = append(added, object{"interactionId": c.id, "attributes": now})
		case is && len(differences(told, now)) > 0, was && !is && c.over() && told["Eic_State"] != now["Eic_State"]:
			changed = append(changed, object{"interactionId": c.id, "attributes": differences(told, now)})
		}
		if was && !is {
			removed = append(removed, c.id)
			delete(sub.told, c.id)
		}
		if is {
			sub.told[c.id] = now
		}
	}
	for name, list := range map[string][]object{"interactionsAdded": added, "interactionsChanged": changed} {
		if len(list) > 0 {
			message[name] = list
		}
	}
	if len(removed) > 0 {
		message["interactionsRemoved"] = removed
	}
	if first || len(added)+len(changed)+len(removed) > 0 {
		s.tell(in, "queue:"+id, message)
	}
}

// inQueue: an item stays in its workgroup's queue while a member of it has it.
func (s *Server) inQueue(c *chat, q queueName, in *session) bool {
	if c.gone || c.over() {
		return false
	}
	switch q.kind {
	case queueSystem:
		return c.user == in.user.ID
	case queueUser:
		return c.user == q.name
	case queueWorkgroup:
		return c.workgroup == q.name
	}
	return false
}

func differences(told, now map[string]string) map[string]string {
	different := map[string]string{}
	for name, value := range now {
		if old, was := told[name]; !was || old != value {
			different[name] = value
		}
	}
	return different
}

// publishInteraction: these messages spell interactionID with a capital D.
func (s *Server) publishInteraction(in *session, c *chat) {
	sub := in.interactions[c.id]
	if sub == nil {
		return
	}
	if c.gone {
		delete(in.interactions, c.id)
		s.tell(in, "interaction:"+c.id, object{
			"__type": "urn:inin.com:interactions:interactionDeallocatedMessage", "isDelta": true, "interactionID": c.id,
		})
		return
	}
	if c.lost[in.user.ID] {
		delete(in.interactions, c.id)
		delete(in.talks, c.id)
		s.tell(in, "interaction:"+c.id, object{
			"__type": "urn:inin.com:interactions:interactionLostRightsMessage", "isDelta": true, "interactionID": c.id,
		})
		return
	}
	now := c.shown(sub.names)
	if change := differences(sub.told, now); len(change) > 0 || sub.told == nil {
		s.tell(in, "interaction:"+c.id, object{
			"__type": "urn:inin.com:interactions:interactionChangedMessage", "isDelta": sub.told != nil, "interactionID": c.id,
			"attributes": change,
		})
		sub.told = now
	}
}

// publishTalk: these messages spell interactionId with a small d.
func (s *Server) publishTalk(in *session, c *chat) {
	sub := in.talks[c.id]
	if sub == nil {
		return
	}
	now := s.seenMembers(c, in)
	added, changed, removed := compareMembers(sub.members, now)
	if len(added)+len(changed)+len(removed) > 0 {
		s.tell(in, "chat:"+c.id, s.membersMessage(c, true, added, changed, removed))
		sub.members = now
	}
	if len(c.words) > sub.words {
		s.tell(in, "chat:"+c.id, s.contentsMessage(c, in, true, c.words[sub.words:]))
		sub.words = len(c.words)
	}
}

func compareMembers(told, now []seenMember) (added, changed, removed []seenMember) {
	find := func(list []seenMember, m seenMember) *seenMember {
		for i := range list {
			if list[i].User == m.User && list[i].ID == m.ID {
				return &list[i]
			}
		}
		return nil
	}
	for _, m := range now {
		if old := find(told, m); old == nil || old.Name != m.Name {
			added = append(added, m) // also a member whose name is another now
		} else if *old != m {
			changed = append(changed, m)
		}
	}
	for _, m := range told {
		if find(now, m) == nil {
			removed = append(removed, m)
		}
	}
	return added, changed, removed
}

// see shows a member to a session: one's own user is another kind than others.
func (s *Server) see(by *party, in *session) seenMember {
	m := seenMember{Type: "urn:inin.com:interactions.chat:fullChatMember", Kind: 3, Name: by.name, ID: by.id, User: by.user, Typing: by.typing}
	switch by.user {
	case "":
		m.Kind = 4
	case in.user.ID:
		m.Kind = 2
	}
	return m
}

func (s *Server) seenMembers(c *chat, in *session) []seenMember {
	seen := []seenMember{}
	for _, p := range c.members {
		seen = append(seen, s.see(p, in))
	}
	return seen
}

func (s *Server) membersMessage(c *chat, delta bool, added, changed, removed []seenMember) object {
	message := object{"__type": "urn:inin.com:interactions.chat:chatMembersMessage", "isDelta": delta, "interactionId": c.id}
	for name, list := range map[string][]seenMember{"membersAdded": added, "membersChanged": changed, "membersRemoved": removed} {
		message[name] = slices.Concat([]seenMember{}, list)
	}
	return message
}

func (s *Server) contentsMessage(c *chat, in *session, delta bool, words []word) object {
	list := []object{}
	for _, one := range words {
		by := s.see(one.by, in)
		if one.system {
			by.Kind = 1
		}
		list = append(list, object{
			"chatMember": object{"chatMemberType": by.Kind, "displayName": by.Name, "interactionId": by.ID, "userId": by.User},
			"text":       one.text, "timestamp": stamp(one.at), "messageType": 0,
		})
	}
	return object{
		"__type": "urn:inin.com:interactions.chat:chatContentsMessage", "isDelta": delta, "interactionId": c.id, "messagesAdded": list,
	}
}

func (s *Server) publishAlert(in *session, c *chat) {
	if in.alerts == nil {
		return
	}
	rings := c.state == "A" && c.user == in.user.ID
	if rings == in.alerts[c.id] {
		return
	}
	in.alerts[c.id] = rings
	action := 2
	if rings {
		action = 1
	}
	s.tell(in, "alerting", object{
		"__type": "urn:inin.com:interactions:interactionAlertingMessage", "isDelta": true,
		"alertingInteractionDetails": []object{{
			"interactionId": c.id, "interactionType": "2", "name": c.customer.Name, "address": "", "alertType": 5, "alertAction": action,
			"autoAnswer": false, "attributes": c.shown([]string{"Eic_State", "Eic_ObjectType", "Eic_RemoteName", "Eic_UserName"}),
		}},
	})
}

func (s *Server) publishStatuses(in *session) {
	if len(in.statusUsers) == 0 {
		return
	}
	first := in.statuses == nil
	if first {
		in.statuses = map[string]string{}
	}
	var list []object
	for _, id := range in.statusUsers {
		u := s.users[id]
		if told, was := in.statuses[id]; was && told == u.status {
			continue
		}
		in.statuses[id] = u.status
		list = append(list, object{
			"userId": id, "statusId": strings.ToUpper(u.status[:1]) + u.status[1:], "statusChanged": stamp(u.statusSince), "loggedIn": true,
		})
	}
	if first || len(list) > 0 {
		s.tell(in, "statuses", object{"__type": "urn:inin.com:status:userStatusMessage", "isDelta": !first, "userStatusList": list})
	}
}
