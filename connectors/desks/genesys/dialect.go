package genesys

// dialect is one generation of GWS: the same operations under other paths and names. The switch was in April 2014: the
// page ChatAccept says /me/interactions/{id} before and /me/chats/{id} after.
type dialect struct {
	topic      string // of notifications; without /api
	list       string // the agent's chats
	history    bool   // a chat's log can be read by GET; else it is asked for and comes as a notification
	attach     bool   // data can be attached to a chat
	leaves     string // leaves a conference
	ends       string // ends the chat for the customer
	invites    string // asks a colleague in
	transfers  string // transfers to a queue
	to         func(root, user string) map[string]string
	leaverData func(user string) map[string]string
}

// Operations that both generations have under one name.
const (
	opAccept      = "Accept"
	opReject      = "Reject"
	opSay         = "SendMessage" // the heading of the 8.5.1 page says Send; its JSON, and every client, say SendMessage
	opTypes       = "SendStartTypingNotification"
	opTypesNoMore = "SendStopTypingNotification"
	opComplete    = "Complete"
	opHistory     = "RequestChatHistory" // 8.5.1
	opAttach      = "AttachUserData"     // 8.5.2: adds keys
	opUpdate      = "UpdateUserData"     // 8.5.2: changes keys
	opDisposition = "SetDisposition"     // 8.5.2
)

// dialects by their configured name. The body of SingleStepTransfer to a queue was not found in the pages of 8.5.1; it is
// inferred from 8.5.2.
var dialects = map[string]*dialect{
	Dialect851: {
		topic: "/v2/me/interactions", list: "/api/v2/me/interactions",
		leaves: "LeaveConference", ends: "EndChatSession", invites: "InviteUser", transfers: "SingleStepTransfer",
		to:         func(_, user string) map[string]string { return map[string]string{"agentId": user} },
		leaverData: func(user string) map[string]string { return map[string]string{"agentId": user} },
	},
	Dialect852: {
		topic: "/v2/me/chats", list: "/api/v2/me/chats", history: true, attach: true,
		leaves: "Leave", ends: "Leave", invites: "Invite", transfers: "Transfer",
		to: func(root, user string) map[string]string {
			return map[string]string{"targetUri": root + "/api/v2/users/" + user} // absolute in every sample
		},
		leaverData: func(string) map[string]string { return nil },
	},
}

// topicChannels tells how the agent's channels stand.
const topicChannels = "/v2/me/channels"

// operation is a body with an operation's name and more.
func operation(name string, more map[string]string) map[string]any {
	body := map[string]any{"operationName": name}
	for key, value := range more {
		body[key] = value
	}
	return body
}
