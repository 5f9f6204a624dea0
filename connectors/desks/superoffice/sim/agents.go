package sim

import (
	"encoding/json"
	"net/http"
)

// arguments are the parameters of all methods of the agent service; each method reads its own.
type arguments struct {
	ChatSessionId int
	ToAssociate   string
	Html          bool
	After         int
	Message       json.RawMessage
	ChatTopicId   int
	OnlyPresent   bool
	Username      string
	Useragent     *struct {
		User *struct{ Name string }
	}
	Useragents   []struct{ User *struct{ Name string } }
	ChatPresence json.RawMessage
}

// agent answers /Agents/Chat/{Method}. A GET describes the call; what is missing is 200 and null.
func (v *Vendor) agent(c *call) {
	method := c.path[2]
	if c.r.Method != http.MethodPost {
		c.ok("Chat." + c.raw[2])
		return
	}
	var in arguments
	if len(c.body) > 0 && string(c.body) != "null" {
		if err := decodeAny(c.body, &in); err != nil {
			answerJSON(c.w, http.StatusBadRequest, map[string]string{
				"Message": "The request is invalid.", "MessageDetail": "The parameters dictionary contains an entry that cannot be read.",
			})
			return
		}
	}
	if v.agentOfTopics(c, method, &in) {
		return
	}
	switch method {
	case "createdefaultchatsessionentity":
		c.ok(v.render(&chatSession{}, c.zone, nil, ""))
	case "savechatsessionentity":
		s, err := v.save(nil, c.body)
		v.answerSession(c, s, err, "")
	case "chatsessionsforuser":
		c.ok(v.forUser(c))
	case "pickupfirstchatsession":
		v.answerSession(c, v.pickupFirst(c.by), nil, "")
	case "getchatsessionentity":
		if id, ok := c.whole("chatSessionEntityId", -1); ok {
			v.answerSession(c, v.sessions[id], nil, "")
		}
	case "deletechatsessionentity":
		if id, ok := c.whole("chatSessionEntityId", -1); ok {
			delete(v.sessions, id)
			c.nothing()
		}
	default:
		v.agentOfSession(c, method, &in)
	}
}

// agentOfSession answers the methods that name a session.
func (v *Vendor) agentOfSession(c *call, method string, in *arguments) {
	s := v.sessions[in.ChatSessionId]
	if s == nil {
		c.ok(nil)
		return
	}
	switch method {
	case "transferchatsession":
		v.transfer(s, c.by, v.user(in.ToAssociate))
		v.answerSession(c, s, nil, "")
	case "acceptchatsessiontransfer":
		v.action(c, s, "accepttransfer")
	case "rejectchatsessiontransfer":
		v.action(c, s, "rejecttransfer")
	case "pickupchatsession":
		v.action(c, s, "pickup")
	case "resetchatsession":
		v.action(c, s, "reset")
	case "getchattranscript":
		c.ok(v.transcript(s, in.Html))
	case "getchatmessages":
		c.ok(v.behind(s, in.After, c.zone))
	case "addchatmessage":
		v.addMessage(c, s, in.Message)
	default:
		c.notFound("method")
	}
}

// agentOfTopics answers the methods about topics and presence, and reports whether it was one.
func (v *Vendor) agentOfTopics(c *call, method string, in *arguments) bool {
	t := v.topics[in.ChatTopicId]
	switch method {
	case "createdefaultchattopicentity":
		c.ok(v.topicEntity(&topic{}))
	case "createdefaultchattopicagent":
		c.ok(v.topicAgent(&topic{}, nil))
	case "savechattopicentity":
		v.saveTopic(c, nil, c.body)
	case "getchattopicentity", "deletechattopicentity":
		id, ok := c.whole("chatTopicEntityId", -1)
		found := v.topics[id]
		switch {
		case !ok:
		case method == "deletechattopicentity":
			delete(v.topics, id)
			c.nothing()
		case found == nil:
			c.ok(nil)
		default:
			c.ok(v.topicEntity(found))
		}
	case "chattopicsforuser":
		c.ok(v.topicsOf(c.by))
	case "getuseragentlist":
		c.ok(v.userAgents(in.OnlyPresent))
	case "getchatpresence":
		c.ok(v.presence())
	case "savechatpresence":
		v.savePresence(c, in.ChatPresence)
	case "iswithinopeninghours", "createchatsessionfortopic", "getchattopicuseragentlist", "getchattopicuseragent",
		"addchattopicuseragent", "updatechattopicuseragent", "updatechattopicuseragents", "deletechattopicuseragent":
		if t == nil {
			c.ok(nil)
			return true
		}
		v.agentOfTopic(c, method, in, t)
	default:
		return false
	}
	return true
}

// agentOfTopic answers the methods that name a topic.
func (v *Vendor) agentOfTopic(c *call, method string, in *arguments, t *topic) {
	login := in.Username
	if login == "" && in.Useragent != nil && in.Useragent.User != nil {
		login = in.Useragent.User.Name
	}
	switch method {
	case "iswithinopeninghours":
		c.ok(!t.closed)
	case "createchatsessionfortopic":
		s := v.create(t)
		s.byAPI = true
		v.answerSession(c, s, nil, "")
	case "getchattopicuseragentlist":
		c.ok(v.topicAgents(t))
	case "deletechattopicuseragent":
		v.removeAgent(t, login)
		c.nothing()
	case "updatechattopicuseragents":
		t.served = nil
		for _, one := range in.Useragents {
			if one.User != nil {
				v.addAgent(t, one.User.Name)
			}
		}
		c.ok(v.topicAgents(t))
	case "addchattopicuseragent":
		v.addAgent(t, login)
		c.ok(v.topicAgent(t, v.user(login)))
	default: // get and update answer the one
		c.ok(v.topicAgent(t, v.user(login)))
	}
}
