package sim

import (
	"maps"
	"time"
)

// What agents are told: the shapes of 8.5.2 (ChatMessageType), and for 8.5.1 the same inside "interaction".

// tellState tells an agent how a chat stands.
func (s *Simulator) tellState(u *user, c *chat, what string, reference int) {
	data := map[string]any{"notificationType": what}
	if s.options.Dialect == Dialect851 {
		data["messageType"], data["interaction"] = "InteractionStateMessage", s.resource(c, u)
	} else {
		data["messageType"], data["chat"] = "ChatStateChangeMessage", s.resource(c, u)
	}
	if reference != 0 {
		data["referenceId"] = reference
	}
	s.publish(u, s.dialect.topic, data)
}

// tellLog tells an agent entries of a chat's log. The chat is named by its address only.
func (s *Simulator) tellLog(u *user, c *chat, entries ...entry) {
	data := map[string]any{
		"messageType": "MessageLogUpdated", "notificationType": "NewMessages", "messages": agentLog(entries...),
		"chatUri": "https://gws.example" + s.dialect.list + "/" + c.id, "chatPath": "/chats/" + c.id,
	}
	if s.options.Dialect == Dialect851 {
		data = logOf851(s.options.Logs, c, data)
	}
	s.publish(u, s.dialect.topic, data)
}

// logOf851 are the places in which a log may lie.
func logOf851(where string, c *chat, data map[string]any) map[string]any {
	switch where {
	case LogsInside:
		return map[string]any{
			"messageType": "InteractionStateMessage", "notificationType": data["notificationType"],
			"interaction": map[string]any{"id": c.id, "messages": data["messages"]},
		}
	case LogsBare:
		return map[string]any{"messageTypeName": "InteractionStateMessage", "id": c.id, "messages": data["messages"]}
	}
	data["interaction"] = map[string]any{"id": c.id}
	return data
}

// capabilities are what an agent may do in a state (8.5.2); the authority on it.
var capabilities = map[string][]string{
	stateInvited:    {"Accept", "Reject"},
	stateChatting:   {"Transfer", "Leave", "Invite", "Consult", "SetInFocus", "SetDisposition", "AttachUserData", "UpdateUserData", "Complete", "SendMessage"},
	stateLeft:       {"Transfer", "Complete", "Leave", "InFocus"},
	stateJoinFailed: {"SetInFocus", "Complete", "SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData"},
}

// resource is a chat as it stands for an agent.
func (s *Simulator) resource(c *chat, u *user) map[string]any {
	state := stateCompleted
	if leg := c.legs[u.id]; leg != nil {
		state = leg.state
	}
	participants := []any{}
	if state == stateChatting || state == stateLeft {
		for _, p := range c.parties {
			participants = append(participants, shownParty(p))
		}
	}
	able := capabilities[state]
	if able == nil {
		able = []string{}
	}
	return map[string]any{
		"id": c.id, "state": state, "chatType": "Inbound", "participants": participants, "capabilities": able, "userData": maps.Clone(c.data),
		"uri": "https://gws.example" + s.dialect.list + "/" + c.id, "path": "/chats/" + c.id,
		"suggestedQueueUris": []any{}, "revelantResponseTemplateGroups": []any{},
	}
}

func shownParty(p *party) map[string]any {
	shown := map[string]any{"nickname": p.nickname, "type": p.kind, "participantId": hexNumber(p.number), "visibility": forAll}
	if p.user != nil {
		shown["id"], shown["path"] = p.user.id, "/users/"+p.user.id
		shown["uri"] = "https://gws.example/api/v2/users/" + p.user.id
	}
	return shown
}

// agentLog are entries as agents see them. timestampSeconds are milliseconds.
func agentLog(entries ...entry) []any {
	log := []any{}
	for _, e := range entries {
		if e.visibility == forSupervisor {
			continue
		}
		shown := map[string]any{
			"index": e.index, "type": e.kind, "from": shownParty(e.from), "visibility": e.visibility, "timestampSeconds": e.at,
			"timestamp": time.UnixMilli(e.at).UTC().Format("2006-01-02 15:04:05.000-0700"),
		}
		if e.text != "" {
			shown["text"] = e.text
		}
		log = append(log, shown)
	}
	return log
}
