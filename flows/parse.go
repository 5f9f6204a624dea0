package flows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"handoff/orchestrator"
)

// MaxPolicyBytes is how large a policy file may be.
const MaxPolicyBytes = 256 << 10

// ParsePolicyYAML reads a policy from YAML. Errors are as those of ParsePolicy.
func ParsePolicyYAML(path string, data []byte) (Policy, error) {
	if len(data) > MaxPolicyBytes {
		return Policy{}, joined(path, checks{{Detail: fmt.Sprintf("has more than %d bytes", MaxPolicyBytes)}})
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var values map[string]any
	if err := decoder.Decode(&values); err != nil && !errors.Is(err, io.EOF) {
		return Policy{}, joined(path, checks{{Detail: "is not YAML of keys and values: " + yamlMessage(err)}})
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Policy{}, joined(path, checks{{Detail: "holds more than one document"}})
	}
	return ParsePolicy(path, values)
}

// yamlMessage is an error of the parser on one line.
func yamlMessage(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	return strings.Join(strings.Fields(text), " ")
}

// ParsePolicy reads a policy out of decoded configuration, such as YAML below flows.<name>; path is where that is,
// for errors. What is left out gets its default; what is unknown, of the wrong kind or out of bounds is refused. The
// error is a *PolicyError with all of it.
func ParsePolicy(path string, values map[string]any) (Policy, error) {
	p := defaults()
	var r reader
	top := r.section("", values)
	p.Desk = orchestrator.ConnectorName(top.name("desk"))
	p.Queue = orchestrator.QueueName(top.name("queue"))
	readDeadlines(top.section("deadlines"), &p.Deadlines)
	readWarnings(top.section("warnings"), &p)
	top.duration("customer_dead_after", &p.CustomerDeadAfter)
	top.duration("agent_gone_after", &p.AgentGoneAfter)
	top.duration("offer_again_after", &p.OfferAgainAfter)
	p.OnQueueTimeout = readFallback(top, "on_queue_timeout", p.Desk)
	p.OnDeskFailed = readFallback(top, "on_desk_failed", p.Desk)
	top.duration("bot_silent_after", &p.BotSilentAfter)
	p.OnBotFailed = readRescue(top, "on_bot_failed", p.Desk)
	p.OnWordAfterEnd = readChoice(top, "on_word_after_end", p.OnWordAfterEnd)
	top.boolean("agents_may_take", &p.AgentsMayTake)
	top.boolean("customer_may_ask", &p.CustomerMayAsk)
	p.Overflow = readOverflow(top, p.Desk)
	p.Hours = readHours(top)
	limits := top.section("limits")
	limits.integer("handoffs", &p.Limits.Handoffs)
	limits.duration("cool_down", &p.Limits.CoolDown)
	limits.done()
	wrap := top.section("wrap_up")
	wrap.boolean("required", &p.WrapUp.Required)
	p.WrapUp.Dispositions = wrap.texts("dispositions")
	wrap.done()
	p.Texts = readTexts(top.section("texts"))
	p.CannedReplies = readCanned(top)
	top.done()
	if err := joined(path, r.merged(p.problems())); err != nil {
		return Policy{}, err
	}
	return p, nil
}

func readDeadlines(s *section, d *Deadlines) {
	s.duration("bot", &d.Bot)
	s.duration("queued", &d.Queued)
	s.duration("offered", &d.Offered)
	s.duration("agent", &d.Agent)
	s.duration("conference", &d.Conference)
	s.duration("transferring", &d.Transferring)
	s.duration("wrap_up", &d.WrapUp)
	s.done()
}

// readWarnings reads warnings; those of the people's states have a default that follows from the deadline. "0s" is
// none.
func readWarnings(s *section, p *Policy) {
	p.Warnings.Agent = warningShare(p.Deadlines.Agent)
	p.Warnings.Conference = warningShare(p.Deadlines.Conference)
	s.duration("bot", &p.Warnings.Bot)
	s.duration("agent", &p.Warnings.Agent)
	s.duration("conference", &p.Warnings.Conference)
	s.done()
}

// readFallback reads "bot", "abandon" or a queue.
func readFallback(s *section, key string, desk orchestrator.ConnectorName) Fallback {
	value, given := s.take(key)
	if !given {
		return Fallback{}
	}
	switch v := value.(type) {
	case string:
		switch v {
		case "bot":
			return Fallback{}
		case "abandon":
			return Fallback{Abandon: true}
		}
	case map[string]any:
		to := readDestination(s.r.section(under(s.path, key), v), desk)
		return Fallback{To: &to}
	}
	s.wrong(key, "must be bot, abandon, or a queue as {desk, queue}")
	return Fallback{}
}

// readRescue reads what happens when the bot has failed.
func readRescue(s *section, key string, desk orchestrator.ConnectorName) Rescue {
	value, given := s.take(key)
	if !given {
		return Rescue{}
	}
	switch v := value.(type) {
	case string:
		switch v {
		case "queue":
			return Rescue{}
		case "tell":
			return Rescue{Tell: true}
		}
	case map[string]any:
		to := readDestination(s.r.section(under(s.path, key), v), desk)
		return Rescue{To: &to}
	}
	s.wrong(key, "must be queue, tell, or a queue as {desk, queue}")
	return Rescue{}
}

// readChoice reads one word; which ones there are the check knows.
func readChoice(s *section, key, otherwise string) string {
	if text, ok := s.text(key); ok {
		return text
	}
	return otherwise
}

// readDestination reads a queue; its desk is the policy's unless it says another.
func readDestination(s *section, desk orchestrator.ConnectorName) Destination {
	to := Destination{Desk: desk, Queue: orchestrator.QueueName(s.name("queue"))}
	if other := s.name("desk"); other != "" {
		to.Desk = orchestrator.ConnectorName(other)
	}
	s.done()
	return to
}

func readOverflow(s *section, desk orchestrator.ConnectorName) []Overflow {
	var chain []Overflow
	for i, value := range s.list("overflow") {
		key := fmt.Sprintf("overflow[%d]", i)
		values, ok := value.(map[string]any)
		if !ok {
			s.wrong(key, "must be a step as {after, to: {desk, queue}}")
			continue
		}
		step := s.r.section(under(s.path, key), values)
		var one Overflow
		step.duration("after", &one.After)
		one.To = readDestination(step.section("to"), desk)
		step.done()
		chain = append(chain, one)
	}
	return chain
}

// readTexts reads texts by language; tags are kept in lower case.
func readTexts(s *section) map[string]Texts {
	if len(s.values) == 0 {
		return nil
	}
	all := make(map[string]Texts, len(s.values))
	for _, tag := range keys(s.values) {
		one := s.section(tag)
		texts := make(Texts, len(one.values))
		for _, key := range keys(one.values) {
			if text, ok := one.text(key); ok {
				texts[key] = text
			}
		}
		lower := strings.ToLower(tag)
		if _, twice := all[lower]; twice {
			s.wrong(tag, "is given twice")
		}
		all[lower] = texts
	}
	return all
}
