package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"handoff/orchestrator"
)

// PolicyError is everything that is wrong with a policy.
type PolicyError struct {
	// Fields are sorted by path; each pointer is the full path of a key: "flows.default.deadlines.queued".
	Fields []orchestrator.FieldError
}

// Error is one line for each field.
func (e *PolicyError) Error() string {
	lines := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		lines[i] = f.Pointer + ": " + f.Detail
	}
	return strings.Join(lines, "\n")
}

// joined makes an error of problems with paths below path; nil if there are none.
func joined(path string, problems []orchestrator.FieldError) error {
	if len(problems) == 0 {
		return nil
	}
	fields := slices.Clone(problems)
	for i := range fields {
		fields[i].Pointer = under(path, fields[i].Pointer)
	}
	slices.SortStableFunc(fields, func(a, b orchestrator.FieldError) int {
		return strings.Compare(a.Pointer,
			b.Pointer)
	})
	return &PolicyError{Fields: slices.Compact(fields)}
}

// under joins the parts of a path that are not empty.
func under(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

// checks collects what is wrong.
type checks []orchestrator.FieldError

func (c *checks) add(path, format string, args ...any) {
	*c = append(*c, orchestrator.FieldError{Pointer: path, Detail: fmt.Sprintf(format, args...)})
}

// problems are what is wrong with a policy by itself.
func (p *Policy) problems() []orchestrator.FieldError {
	var c checks
	if p.Desk == "" {
		c.add("desk", "is missing")
	}
	if p.Queue == "" {
		c.add("queue", "is missing")
	}
	for _, s := range live {
		c.duration("deadlines."+string(s), p.Deadlines.of(s))
	}
	c.duration("customer_dead_after", p.CustomerDeadAfter)
	c.duration("agent_gone_after", p.AgentGoneAfter)
	c.optional("offer_again_after", p.OfferAgainAfter)
	c.optional("bot_silent_after", p.BotSilentAfter)
	p.checkWarnings(&c)
	p.checkOverflow(&c)
	c.fallback("on_queue_timeout", p.OnQueueTimeout)
	c.fallback("on_desk_failed", p.OnDeskFailed)
	c.rescue("on_bot_failed", p.OnBotFailed)
	switch p.OnWordAfterEnd {
	case "", afterEndKeep, afterEndBot, afterEndQueue:
	default:
		c.add("on_word_after_end", "is %s, %s or %s", afterEndKeep, afterEndBot, afterEndQueue)
	}
	p.checkLimits(&c)
	p.checkWrapUp(&c)
	p.checkTexts(&c)
	p.checkCanned(&c)
	return c
}

// optional is a duration that may be zero.
func (c *checks) optional(path string, d time.Duration) {
	if d < 0 || d > MaxDuration {
		c.add(path, "must lie between 0s and %s", shown(MaxDuration))
	}
}

// duration must be given and within bounds.
func (c *checks) duration(path string, d time.Duration) {
	switch {
	case d == 0:
		c.add(path, "must be more than zero")
	case d < minDuration:
		c.add(path, "must be at least %s", minDuration)
	case d > MaxDuration:
		c.add(path, "must be at most %s", shown(MaxDuration))
	}
}

func (p *Policy) checkWarnings(c *checks) {
	for _, s := range live {
		warning, deadline := p.Warnings.of(s), p.Deadlines.of(s)
		if warning == 0 {
			continue
		}
		path := "warnings." + string(s)
		if warning < minDuration {
			c.add(path, "must be at least %s", minDuration)
		} else if deadline > 0 && warning >= deadline {
			c.add(path, "must be earlier than deadlines.%s (%s)", s, shown(deadline))
		}
	}
}

func (p *Policy) checkOverflow(c *checks) {
	if len(p.Overflow) > MaxOverflow {
		c.add("overflow", "has %d steps, at most %d are taken", len(p.Overflow), MaxOverflow)
	}
	before := time.Duration(0)
	for i, step := range p.Overflow {
		path := fmt.Sprintf("overflow[%d]", i)
		switch {
		case step.After < minDuration:
			c.add(path+".after", "must be more than zero")
		case step.After <= before:
			c.add(path+".after", "must be later than the step before (%s)", shown(before))
		case p.Deadlines.Queued > 0 && step.After >= p.Deadlines.Queued:
			c.add(path+".after", "must be earlier than deadlines.queued (%s), or it never happens",
				shown(p.Deadlines.Queued))
		}
		before = max(before, step.After)
		c.destination(path+".to", step.To)
	}
}

func (c *checks) destination(path string, to Destination) {
	if to.Queue == "" {
		c.add(path+".queue", "is missing")
	}
	if to.Desk == "" {
		c.add(path+".desk", "is missing")
	}
}

func (c *checks) fallback(path string, f Fallback) {
	if f.To == nil {
		return
	}
	if f.Abandon {
		c.add(path, "is either abandon or a queue")
	}
	c.destination(path, *f.To)
}

func (c *checks) rescue(path string, r Rescue) {
	if r.To == nil {
		return
	}
	if r.Tell {
		c.add(path, "is either tell or a queue")
	}
	c.destination(path, *r.To)
}

func (p *Policy) checkLimits(c *checks) {
	if n := p.Limits.Handoffs; n < 0 || n > MaxHandoffs {
		c.add("limits.handoffs", "must lie between 0 (no limit) and %d", MaxHandoffs)
	}
	if d := p.Limits.CoolDown; d < 0 || d > MaxDuration {
		c.add("limits.cool_down", "must lie between 0s and %s", shown(MaxDuration))
	}
}

func (p *Policy) checkWrapUp(c *checks) {
	names := p.WrapUp.Dispositions
	if p.WrapUp.Required && len(names) == 0 {
		c.add("wrap_up.dispositions", "is missing: one of them is required")
	}
	if len(names) > MaxDispositions {
		c.add("wrap_up.dispositions", "has %d entries, at most %d are taken", len(names), MaxDispositions)
	}
	for i, name := range names {
		path := fmt.Sprintf("wrap_up.dispositions[%d]", i)
		switch {
		case name == "":
			c.add(path, "is empty")
		case utf8.RuneCountInString(name) > MaxName:
			c.add(path, "has more than %d characters", MaxName)
		case slices.Contains(names[:i], name):
			c.add(path, "names %q twice", name)
		}
	}
}

// textKeys are the keys of texts, each with the placeholders that can be known when it is said.
var textKeys = map[string][]string{
	textQueued: {"{position}", "{wait}"}, textRequeued: {"{position}", "{wait}"}, textAccepted: {"{agent}"},
	textWarning: nil, textEnded: nil, textApology: nil, textFarewell: nil,
	textClosed: nil, textNobody: nil, textNotAgain: nil, textBotFailed: nil, textAssistant: nil,
}

func (p *Policy) checkTexts(c *checks) {
	for tag, texts := range p.Texts {
		path := "texts." + tag
		if !validTag(tag) {
			c.add(path, "is no language tag such as en or de-AT")
		}
		for key, text := range texts {
			allowed, known := textKeys[key]
			switch {
			case !known:
				c.add(path+"."+key, "unknown key%s", suggestion(key, keys(textKeys)))
			case utf8.RuneCountInString(text) > MaxText:
				c.add(path+"."+key, "has more than %d characters", MaxText)
			default:
				c.placeholders(path+"."+key, text, allowed)
			}
		}
	}
}

// placeholders finds what stands in braces and will not be known.
func (c *checks) placeholders(path, text string, allowed []string) {
	for rest := text; ; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			return
		}
		length := strings.IndexByte(rest[open:], '}')
		if length < 0 {
			c.add(path, "has a { without a }")
			return
		}
		name := rest[open : open+length+1]
		if !slices.Contains(allowed, name) {
			c.add(path, "unknown placeholder %s; %s", name, placeholderHelp(allowed))
		}
		rest = rest[open+length+1:]
	}
}

func placeholderHelp(allowed []string) string {
	if len(allowed) == 0 {
		return "this text takes none"
	}
	return "this text takes " + inWords(allowed)
}

// validTag: letters first, then letters and digits, in parts of at most eight.
func validTag(tag string) bool {
	for i, part := range strings.Split(tag, "-") {
		if part == "" || len(part) > 8 || i == 0 && len(part) < 2 {
			return false
		}
		for _, r := range part {
			letter := r >= 'a' && r <= 'z'
			if !letter && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
	}
	return true
}

// strangers are the desks and queues that a policy names and nobody has configured.
func (p *Policy) strangers(w World) []orchestrator.FieldError {
	var c checks
	check := func(deskPath, queuePath string, to Destination) {
		if to.Desk == "" || to.Queue == "" {
			return // said by problems
		}
		if _, ok := w.Desks[to.Desk]; !ok {
			c.add(deskPath, "unknown desk %q; there is %s", to.Desk, listed(w.Desks))
		}
		queue, ok := w.Queues[to.Queue]
		switch {
		case !ok:
			c.add(queuePath, "unknown queue %q; there is %s", to.Queue, listed(w.Queues))
		case queue.Desk != to.Desk:
			c.add(queuePath, "queue %q is at desk %q, not at %q", to.Queue, queue.Desk, to.Desk)
		}
	}
	check("desk", "queue", Destination{p.Desk, p.Queue})
	for i, step := range p.Overflow {
		path := fmt.Sprintf("overflow[%d].to", i)
		check(path+".desk", path+".queue", step.To)
	}
	if to := p.OnQueueTimeout.To; to != nil {
		check("on_queue_timeout.desk", "on_queue_timeout.queue", *to)
	}
	if to := p.OnBotFailed.To; to != nil {
		check("on_bot_failed.desk", "on_bot_failed.queue", *to)
	}
	if to := p.OnDeskFailed.To; to != nil {
		check("on_desk_failed.desk", "on_desk_failed.queue", *to)
	}
	return c
}
