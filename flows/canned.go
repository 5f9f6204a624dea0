package flows

import (
	"fmt"
	"unicode/utf8"

	"handoff/orchestrator"
)

// cannedPlaceholders are what a canned reply may leave open: the desk fills them in.
var cannedPlaceholders = []string{"{customer}", "{agent}"}

// readCanned reads the canned replies, each as {name, text}.
func readCanned(s *section) []orchestrator.CannedReply {
	var all []orchestrator.CannedReply
	for i, value := range s.list("canned_replies") {
		key := fmt.Sprintf("canned_replies[%d]", i)
		values, ok := value.(map[string]any)
		if !ok {
			s.wrong(key, "must be a reply as {name, text}")
			continue
		}
		one := s.r.section(under(s.path, key), values)
		name, _ := one.text("name")
		text, _ := one.text("text")
		one.done()
		all = append(all, orchestrator.CannedReply{Name: name, Text: text})
	}
	return all
}

func (p *Policy) checkCanned(c *checks) {
	if len(p.CannedReplies) > MaxCannedReplies {
		c.add("canned_replies", "has %d entries, at most %d are taken", len(p.CannedReplies), MaxCannedReplies)
	}
	seen := map[string]bool{}
	for i, reply := range p.CannedReplies {
		path := fmt.Sprintf("canned_replies[%d]", i)
		switch {
		case reply.Name == "":
			c.add(path+".name", "is missing")
		case utf8.RuneCountInString(reply.Name) > MaxName:
			c.add(path+".name", "has more than %d characters", MaxName)
		case seen[reply.Name]:
			c.add(path+".name", "names %q twice", reply.Name)
		}
		seen[reply.Name] = true
		switch {
		case reply.Text == "":
			c.add(path+".text", "is missing")
		case utf8.RuneCountInString(reply.Text) > MaxText:
			c.add(path+".text", "has more than %d characters", MaxText)
		default:
			c.placeholders(path+".text", reply.Text, cannedPlaceholders)
		}
	}
}
