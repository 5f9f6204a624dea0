package sim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// displayed are the statuses as lists show them: what a list says of a status is a text for people.
var displayed = []string{
	"Invalid", "Pre-chat form", "FAQ link", "Offline form", "Waiting", "Waiting for agent", "Waiting for customer", "Finished",
	"Deleted", "Closed", "Request posted", "Closed in queue",
}

// pageSize is how many rows a list has where it is not told.
const pageSize = 100

// list answers the archive of sessions: rows with other names than the entity's, a text for the key, and no column for most
// of what an entity has. A topic of 0 is any.
func (v *Vendor) list(c *call, topicID int) {
	want, err := filterOf(c.query("$filter"))
	if err != nil {
		answerError(c.w, http.StatusBadRequest, "ArgumentException", err.Error())
		return
	}
	ids := v.ids()
	if strings.HasSuffix(strings.ToLower(strings.TrimSpace(c.query("$orderby"))), " desc") {
		slices.Reverse(ids)
	}
	top, ok := c.whole("$top", pageSize)
	if !ok {
		return
	}
	skip, ok := c.whole("$skip", 0)
	if !ok {
		return
	}
	rows := []map[string]any{}
	for _, id := range ids {
		s := v.sessions[id]
		if topicID != 0 && s.topic != topicID || !want.takes(s) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(rows) == top {
			break
		}
		rows = append(rows, row(s, c))
	}
	c.ok(map[string]any{
		"odata.metadata": "http://" + c.r.Host + "/" + Tenant + "/api/v1/Archive//$metadata", "odata.nextLink": nil, "value": rows,
	})
}

func row(s *chatSession, c *call) map[string]any {
	all := map[string]any{
		"chatSessionId": s.id, "firstMessage": s.first, "lastMessage": s.last, "whenRequested": c.zone.write(s.requested),
		"whenStarted": c.zone.write(s.started), "whenEnded": c.zone.write(s.ended), "rating": s.rating, "status": displayed[s.status],
		"chatTopic/chatTopicId": s.topic,
	}
	out := map[string]any{"PrimaryKey": strconv.Itoa(s.id), "EntityName": "chat"}
	for name, value := range all {
		if selected := c.selected(); len(selected) == 0 || has(selected, name) {
			out[name] = value
		}
	}
	return out
}

// filter is what the simulator understands of the vendor's filters: status and topic, as lists of numbers.
type filter struct{ statuses, topics []int }

func filterOf(text string) (filter, error) {
	var f filter
	if strings.TrimSpace(text) == "" {
		return f, nil
	}
	for part := range strings.SplitSeq(text, " and ") {
		column, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
		operator, list, _ := strings.Cut(strings.TrimSpace(rest), " ")
		var numbers []int
		for n := range strings.SplitSeq(strings.Trim(strings.TrimSpace(list), "()"), ",") {
			value, err := strconv.Atoi(strings.TrimSpace(n))
			if err != nil {
				return f, fmt.Errorf("the filter %q cannot be read", part)
			}
			numbers = append(numbers, value)
		}
		switch {
		case strings.EqualFold(column, "status") && strings.EqualFold(operator, "oneOf"):
			f.statuses = numbers
		case strings.EqualFold(column, "chatTopic/chatTopicId"):
			f.topics = numbers
		default:
			return f, fmt.Errorf("no such column: %q", column)
		}
	}
	return f, nil
}

func (f filter) takes(s *chatSession) bool {
	return (f.statuses == nil || slices.Contains(f.statuses, int(s.status))) && (f.topics == nil || slices.Contains(f.topics, s.topic))
}

// presence lists who is there.
func (v *Vendor) presence() []map[string]any {
	list := []map[string]any{}
	for _, u := range v.users {
		topics := []int{}
		for _, id := range v.options.Topics {
			if slices.Contains(v.topics[id].served, u.login) {
				topics = append(topics, id)
			}
		}
		ongoing := 0
		for _, s := range v.sessions {
			if s.user == u && s.status.live() {
				ongoing++
			}
		}
		list = append(list, map[string]any{
			"UserId": u.ejuser, "DisplayName": u.name, "OngoingChats": ongoing, "Present": u.present, "ChatTopics": topics,
			"TableRight": nil, "FieldProperties": map[string]any{},
		})
	}
	return list
}

func (v *Vendor) savePresence(c *call, body []byte) {
	var list []struct {
		UserId  int
		Present bool
	}
	if err := decodeAny(body, &list); err != nil {
		c.failed(err)
		return
	}
	for _, p := range list {
		for _, u := range v.users {
			if u.ejuser == p.UserId {
				u.present = p.Present
			}
		}
	}
	c.w.WriteHeader(http.StatusNoContent)
}
