package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

func decodeAny(body []byte, into any) error { return json.Unmarshal(body, into) }

// chatTopics answers /ChatTopic.
func (v *Vendor) chatTopics(c *call) {
	switch {
	case c.is(http.MethodGet, "chattopic", "default"):
		c.ok(v.topicEntity(&topic{}))
	case c.is(http.MethodGet, "chattopic", "forcurrentuser"):
		c.ok(v.topicsOf(c.by))
	case c.is(http.MethodGet, "chattopic", "useragents"):
		c.ok(v.userAgents(c.query("onlyPresent") == "true"))
	case c.is(http.MethodPost, "chattopic"):
		v.saveTopic(c, nil, c.body)
	case len(c.path) >= 2:
		t := v.topics[c.id(1)]
		if t == nil {
			c.notFound("ChatTopic id " + c.raw[1])
			return
		}
		v.oneTopic(c, t)
	default:
		c.notFound("resource")
	}
}

func (v *Vendor) oneTopic(c *call, t *topic) {
	switch {
	case c.is(http.MethodGet, "chattopic", "*"):
		c.ok(v.topicEntity(t))
	case c.is(http.MethodPut, "chattopic", "*"):
		v.saveTopic(c, t, c.body)
	case c.is(http.MethodDelete, "chattopic", "*"):
		delete(v.topics, t.id)
		c.nothing()
	case c.is(http.MethodGet, "chattopic", "*", "isopen"):
		c.ok(!t.closed)
	case c.is(http.MethodGet, "chattopic", "*", "sessions"):
		v.list(c, t.id)
	case c.is(http.MethodPost, "chattopic", "*", "sessions"):
		s := v.create(t)
		s.byAPI = true
		v.answerSession(c, s, nil, "")
	case c.is(http.MethodGet, "chattopic", "*", "useragent"):
		c.ok(v.topicAgents(t))
	case c.is(http.MethodGet, "chattopic", "*", "useragent", "*"):
		c.ok(v.topicAgent(t, v.user(c.raw[3])))
	case c.is(http.MethodDelete, "chattopic", "*", "useragent", "*"):
		v.removeAgent(t, c.raw[3])
		c.nothing()
	default:
		c.notFound("resource")
	}
}

// topicEntity is a ChatTopicEntity: what was saved, with what the simulator itself goes by.
func (v *Vendor) topicEntity(t *topic) map[string]any {
	e := map[string]any{
		"Description": "", "Language": nil, "LastAccept": "0001-01-01T00:00:00", "SecondsPrAccept": t.secondsAccept,
		"AlertRecipient": "", "AlertTemplate": nil, "CollectConsent": false, "BadgeHeader": "", "CustomQueueTextEnabled": false,
		"CustomQueueText": "", "WarnNewChatMinutes": 0, "WarnManagerNewChatMinutes": 0, "TicketEnabled": false, "TicketCategory": nil,
		"TicketPriority": nil, "OpeningHoursEnabled": t.closed, "OpeningHours": nil, "BotSettings": nil, "OfflineCollectConsent": false,
		"WarnChatMessageMinutes": 0, "WarnManagerChatMessageMinutes": 0, "UseQueueOfflineForm": false, "OfflineFormTimeLimit": 0,
		"OfflineFormQueueLength": 0, "WidgetEnableRating": false, "WidgetRatingText": "", "TableRight": nil,
		"FieldProperties": map[string]any{}, "Widget": map[string]any{"PreFormEnabled": t.form, "RequiredFields": "None"},
	}
	for name, value := range t.entity {
		for known := range e {
			if strings.EqualFold(known, name) {
				name = known
			}
		}
		e[name] = value
	}
	e["ChatTopicId"], e["Name"], e["BotEnabled"], e["WelcomeMessage"] = t.id, t.name, t.bot, t.welcome
	return e
}

func (v *Vendor) saveTopic(c *call, t *topic, body []byte) {
	var in struct {
		ChatTopicId    int
		Name           string
		WelcomeMessage string
		BotEnabled     bool
	}
	saved := map[string]any{}
	if decodeAny(body, &in) != nil || decodeAny(body, &saved) != nil || saved == nil {
		c.failed(errNoEntity)
		return
	}
	if t == nil {
		t = v.topics[in.ChatTopicId]
	}
	if t == nil {
		t = &topic{id: 1 + slices.Max(append(v.topicIDs(), 0)), served: v.options.People}
		v.topics[t.id] = t
		v.options.Topics = append(slices.Clip(v.options.Topics), t.id)
	}
	for name := range saved { // written under their own spelling
		switch strings.ToLower(name) {
		case "chattopicid", "name", "welcomemessage", "botenabled", "widget", "fieldproperties", "tableright", "_links":
			delete(saved, name)
		}
	}
	t.name, t.welcome, t.bot, t.entity = in.Name, in.WelcomeMessage, in.BotEnabled, saved
	c.ok(v.topicEntity(t))
}

func (v *Vendor) topicIDs() []int {
	var ids []int
	for id := range v.topics {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (v *Vendor) topicsOf(u *user) []map[string]any {
	list := []map[string]any{}
	for _, id := range v.topicIDs() {
		if t := v.topics[id]; slices.Contains(t.served, u.login) {
			list = append(list, v.topicEntity(t))
		}
	}
	return list
}

// userAgents are the users with chat licences, as a list of the vendor's.
func (v *Vendor) userAgents(onlyPresent bool) []map[string]any {
	list := []map[string]any{}
	for _, u := range v.users {
		if u.login == SystemUser || onlyPresent && !u.present {
			continue
		}
		list = append(list, map[string]any{
			"Id": u.ejuser, "Name": u.name, "ToolTip": "", "Deleted": false, "Rank": u.id, "Type": "", "ChildItems": []any{}, "IconHint": "",
			"ColorBlock": 0, "ExtraInfo": "", "StyleHint": "", "FullName": u.name, "TableRight": nil, "FieldProperties": map[string]any{},
		})
	}
	return list
}

func (v *Vendor) topicAgents(t *topic) []map[string]any {
	list := []map[string]any{}
	for _, login := range t.served {
		list = append(list, v.topicAgent(t, v.user(login)))
	}
	return list
}

func (v *Vendor) topicAgent(t *topic, u *user) map[string]any {
	serves := u != nil && slices.Contains(t.served, u.login)
	return map[string]any{
		"TopicId": t.id, "User": u.entity(), "CanListen": serves, "CanRespond": serves, "CanManage": false, "CanNotify": serves,
	}
}

func (v *Vendor) addAgent(t *topic, login string) {
	if !slices.Contains(t.served, login) {
		t.served = append(slices.Clip(t.served), login)
	}
}

func (v *Vendor) removeAgent(t *topic, login string) {
	t.served = slices.DeleteFunc(slices.Clone(t.served), func(l string) bool { return l == login })
}
