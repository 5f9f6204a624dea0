package flows

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func TestOnlyDeskAndQueueHaveNoDefault(t *testing.T) {
	p, err := ParsePolicy("flows.default", map[string]any{"desk": "house", "queue": "general"})
	if err != nil {
		t.Fatal(err)
	}
	want := Policy{
		Desk: "house", Queue: "general",
		Deadlines: Deadlines{
			Bot: 30 * time.Minute, Queued: 5 * time.Minute, Offered: time.Minute, Agent: 10 * time.Minute,
			Conference: 10 * time.Minute, Transferring: time.Minute, WrapUp: 2 * time.Minute,
		},
		Warnings:          Warnings{Agent: 8 * time.Minute, Conference: 8 * time.Minute},
		CustomerDeadAfter: 90 * time.Second, AgentGoneAfter: 45 * time.Second, OfferAgainAfter: 30 * time.Second,
		CustomerMayAsk: true, Limits: Limits{Handoffs: 3, CoolDown: 30 * time.Second}, OnWordAfterEnd: afterEndKeep,
	}
	if diff := cmp.Diff(want, p, cmp.AllowUnexported(Hours{})); diff != "" {
		t.Error(diff)
	}
}

func TestAPolicyIsReadFromAnyDecoder(t *testing.T) {
	p, err := ParsePolicy("flows.default", map[string]any{
		"desk": "house", "queue": "general",
		"deadlines":        map[string]any{"agent": 20 * time.Minute, "queued": "90s"},
		"warnings":         map[string]any{"agent": "0s", "bot": "25m"},
		"on_queue_timeout": "abandon",
		"on_desk_failed":   map[string]any{"queue": "backup"},
		"overflow": []any{map[string]any{"after": "60s", "to": map[string]any{"queue": "chat",
			"desk": "vendor"}}},
		"limits":  map[string]any{"handoffs": "5", "cool_down": "0s"}, // as the environment has it
		"wrap_up": map[string]any{"required": "true", "dispositions": []string{"done"}},
		"texts":   map[string]any{"de-AT": map[string]any{"queued": "Platz {position}, {wait} min"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "deadlines", Deadlines{
		Bot: 30 * time.Minute, Queued: 90 * time.Second, Offered: time.Minute, Agent: 20 * time.Minute,
		Conference: 10 * time.Minute, Transferring: time.Minute, WrapUp: 2 * time.Minute,
	}, p.Deadlines)
	same(t, "warnings", Warnings{Bot: 25 * time.Minute, Conference: 8 * time.Minute}, p.Warnings)
	same(t, "fallbacks", []Fallback{{Abandon: true}, {To: &Destination{"house", "backup"}}},
		[]Fallback{p.OnQueueTimeout, p.OnDeskFailed})
	same(t, "overflow", []Overflow{{After: time.Minute, To: Destination{"vendor", "chat"}}}, p.Overflow)
	same(t, "limits", Limits{Handoffs: 5}, p.Limits)
	same(t, "wrap-up", WrapUp{Required: true, Dispositions: []string{"done"}}, p.WrapUp)
	same(t, "text", "Platz 4, 2 min", p.text("de-at", textQueued, values{position: 4, wait: 61 * time.Second}))
	for _, n := range []any{5, int64(5), uint64(5), 5.0, "5"} {
		p, err := ParsePolicy("", map[string]any{"desk": "d", "queue": "q", "limits": map[string]any{"handoffs": n}})
		if err != nil || p.Limits.Handoffs != 5 {
			t.Errorf("%T: %d, %v", n, p.Limits.Handoffs, err)
		}
	}
}

// badPolicies are one mistake each, with the whole error. Desk and queue are given unless the policy begins with "!".
var badPolicies = []struct{ name, policy, want string }{
	{"nothing", "!", "f.desk: is missing\nf.queue: is missing"},
	{"no queue", "!desk: house", "f.queue: is missing"},
	{"no desk", "!queue: general", "f.desk: is missing"},
	{"empty desk", "!desk: ''\nqueue: general", "f.desk: is missing"},
	{"desk without value", "!desk:\nqueue: general", "f.desk: has no value; leave the key out to get its default"},
	{"desk as number", "!desk: 7\nqueue: general", "f.desk: must be text, not a number"},
	{"desk as list", "!desk: [house]\nqueue: general", "f.desk: must be text, not a list"},
	{"long queue", "!desk: house\nqueue: " + strings.Repeat("q", 65), "f.queue: has more than 64 characters"},
	{"unknown key", "deadline: {bot: 5m}", "f.deadline: unknown key; did you mean deadlines?"},
	{"unknown far key", "colour: blue", "f.colour: unknown key; there is " +
		"agent_gone_after, agents_may_take, bot_silent_after, canned_replies, customer_dead_after, customer_may_ask, deadlines, desk, hours, " +
		"limits, offer_again_after, on_bot_failed, on_desk_failed, on_queue_timeout, on_word_after_end, overflow, queue, texts, warnings or wrap_up"},
	{"unknown deadline", "deadlines: {offerd: 5s}", "f.deadlines.offerd: unknown key; did you mean offered?"},
	{"deadline zero", "deadlines: {queued: 0s}", "f.deadlines.queued: must be more than zero"},
	{"deadline none", "deadlines: {queued: }",
		"f.deadlines.queued: has no value; leave the key out to get its default"},
	{"deadline none in words", "deadlines: {queued: none}",
		`f.deadlines.queued: "none" is no duration such as 90s, 5m or 1h30m`},
	{"deadline negative", "deadlines: {bot: -5m}", "f.deadlines.bot: must be at least 1ms"},
	{"deadline too short", "deadlines: {bot: 5us}", "f.deadlines.bot: must be at least 1ms"},
	{"deadline too long", "deadlines: {bot: 721h}", "f.deadlines.bot: must be at most 720h"},
	{"deadline without unit", "deadlines: {bot: 30}",
		"f.deadlines.bot: must be a duration with a unit such as 90s or 5m, not a number"},
	{"deadline as text without unit", "deadlines: {bot: '30'}",
		`f.deadlines.bot: "30" is no duration such as 90s, 5m or 1h30m`},
	{"deadlines as a duration", "deadlines: 5m", "f.deadlines: must be keys with values, not text"},
	{"warning too late", "warnings: {agent: 10m}", "f.warnings.agent: must be earlier than deadlines.agent (10m)"},
	{"warning later than a short deadline", "deadlines: {conference: 5m}\nwarnings: {conference: 8m}",
		"f.warnings.conference: must be earlier than deadlines.conference (5m)"},
	{"warning negative", "warnings: {agent: -1s}", "f.warnings.agent: must be at least 1ms"},
	{"warning of a state without", "warnings: {queued: 1m}",
		"f.warnings.queued: unknown key; there is agent, bot or conference"},
	{"dead after zero", "customer_dead_after: 0s", "f.customer_dead_after: must be more than zero"},
	{"gone after zero", "agent_gone_after: 0s", "f.agent_gone_after: must be more than zero"},
	{"fallback unknown", "on_queue_timeout: bots",
		"f.on_queue_timeout: must be bot, abandon, or a queue as {desk, queue}"},
	{"fallback list", "on_desk_failed: [bot]", "f.on_desk_failed: must be bot, abandon, or a queue as {desk, queue}"},
	{"fallback without queue", "on_desk_failed: {desk: house}", "f.on_desk_failed.queue: is missing"},
	{"fallback with more", "on_desk_failed: {queue: backup, que: x}",
		"f.on_desk_failed.que: unknown key; did you mean queue?"},
	{"overflow no list", "overflow: {after: 1m}", "f.overflow: must be a list, not keys with values"},
	{"overflow step no map", "overflow: [backup]", "f.overflow[0]: must be a step as {after, to: {desk, queue}}"},
	{"overflow without after", "overflow: [{to: {queue: backup}}]", "f.overflow[0].after: must be more than zero"},
	{"overflow without to", "overflow: [{after: 1m}]", "f.overflow[0].to.queue: is missing"},
	{"overflow to text", "overflow: [{after: 1m, to: backup}]", "f.overflow[0].to: must be keys with values, not text"},
	{"overflow too late", "overflow: [{after: 5m, to: {queue: backup}}]",
		"f.overflow[0].after: must be earlier than deadlines.queued (5m), or it never happens"},
	{"overflow out of order", "overflow: [{after: 2m, to: {queue: a}}, {after: 1m, to: {queue: b}}]",
		"f.overflow[1].after: must be later than the step before (2m)"},
	{"overflow unknown key", "overflow: [{after: 1m, too: 1, to: {queue: a}}]",
		"f.overflow[0].too: unknown key; did you mean to?"},
	{"limits as number", "limits: 3", "f.limits: must be keys with values, not a number"},
	{"limit as word", "limits: {handoffs: three}", `f.limits.handoffs: must be a whole number, not "three"`},
	{"limit in parts", "limits: {handoffs: 1.5}", "f.limits.handoffs: must be a whole number, not 1.5"},
	{"limit negative", "limits: {handoffs: -1}", "f.limits.handoffs: must lie between 0 (no limit) and 100"},
	{"limit too high", "limits: {handoffs: 101}", "f.limits.handoffs: must lie between 0 (no limit) and 100"},
	{"cool-down negative", "limits: {cool_down: -1s}", "f.limits.cool_down: must lie between 0s and 720h"},
	{"required as word", "wrap_up: {required: maybe}", `f.wrap_up.required: must be true or false, not "maybe"`},
	{"required of nothing", "wrap_up: {required: true}", "f.wrap_up.dispositions: is missing: one of them is required"},
	{"disposition twice", "wrap_up: {dispositions: [a, b, a]}", `f.wrap_up.dispositions[2]: names "a" twice`},
	{"disposition empty", "wrap_up: {dispositions: ['']}", "f.wrap_up.dispositions[0]: is empty"},
	{"disposition number", "wrap_up: {dispositions: [1]}", "f.wrap_up.dispositions[0]: must be text, not a number"},
	{"disposition long", "wrap_up: {dispositions: [" + strings.Repeat("d", 65) + "]}",
		"f.wrap_up.dispositions[0]: has more than 64 characters"},
	{"canned reply as text", "canned_replies: [hello]", "f.canned_replies[0]: must be a reply as {name, text}"},
	{"canned reply without text", "canned_replies: [{name: hello}]", "f.canned_replies[0].text: is missing"},
	{"canned reply without name", "canned_replies: [{text: Hello}]", "f.canned_replies[0].name: is missing"},
	{"canned reply twice", "canned_replies: [{name: a, text: A}, {name: a, text: B}]",
		`f.canned_replies[1].name: names "a" twice`},
	{"canned reply with more", "canned_replies: [{name: a, text: A, txt: B}]",
		"f.canned_replies[0].txt: unknown key; did you mean text?"},
	{"canned reply placeholder", "canned_replies: [{name: a, text: 'Hello {custmer}'}]",
		"f.canned_replies[0].text: unknown placeholder {custmer}; this text takes {customer} or {agent}"},
	{"canned reply long", "canned_replies: [{name: a, text: " + strings.Repeat("x", 1001) + "}]",
		"f.canned_replies[0].text: has more than 1000 characters"},
	{"text unknown", "texts: {en: {queue: hi}}", "f.texts.en.queue: unknown key; did you mean queued?"},
	{"text placeholder", "texts: {en: {queued: 'No. {positon}'}}",
		"f.texts.en.queued: unknown placeholder {positon}; this text takes {position} or {wait}"},
	{"text placeholder elsewhere", "texts: {en: {ended: 'Bye {agent}'}}",
		"f.texts.en.ended: unknown placeholder {agent}; this text takes none"},
	{"text open brace", "texts: {en: {queued: 'No. {position'}}", "f.texts.en.queued: has a { without a }"},
	{"text too long", "texts: {en: {queued: " + strings.Repeat("x", 1001) + "}}",
		"f.texts.en.queued: has more than 1000 characters"},
	{"text no text", "texts: {en: {queued: [a]}}", "f.texts.en.queued: must be text, not a list"},
	{"language", "texts: {english_gb: {queued: a}}", "f.texts.english_gb: is no language tag such as en or de-AT"},
	{"language twice", "texts: {de: {queued: a}, DE: {queued: b}}", "f.texts.de: is given twice"},
	{"texts as text", "texts: {en: hello}", "f.texts.en: must be keys with values, not text"},
	{"hours without zone", "hours: {open: {mon: '08:00-16:00'}}", "f.hours.zone: is missing"},
	{"hours with unknown zone", "hours: {zone: Europe/Olso, open: {mon: '08:00-16:00'}}",
		`f.hours.zone: unknown time zone "Europe/Olso"; it is a name such as Europe/Oslo`},
	{"hours in the machine's zone", "hours: {zone: Local, open: {mon: '08:00-16:00'}}",
		`f.hours.zone: unknown time zone "Local"; it is a name such as Europe/Oslo`},
	{"hours never open", "hours: {zone: UTC}", "f.hours.open: is missing: leave hours out to be always open"},
	{"hours of unknown days", "hours: {zone: UTC, open: {mo-fr: '08:00-16:00'}}",
		"f.hours.open.mo-fr: unknown days; they are written as mon-fri or sat,sun"},
	{"hours of a day twice", "hours: {zone: UTC, open: {mon-fri: '08:00-16:00', fri: '08:00-12:00'}}",
		"f.hours.open.mon-fri: fri is given twice"},
	{"hours backwards", "hours: {zone: UTC, open: {mon: '22:00-06:00'}}",
		`f.hours.open.mon: "22:00-06:00" ends before it begins; ` +
			`a night is two spans, up to 24:00 and from 00:00 of the next day`},
	{"hours that are none", "hours: {zone: UTC, open: {mon: '8-16'}}",
		`f.hours.open.mon: "8-16" is no time such as "08:00-16:00"`},
	{"hours after 24", "hours: {zone: UTC, open: {mon: '08:00-25:00'}}",
		`f.hours.open.mon: "08:00-25:00" is no time such as "08:00-16:00"`},
	{"hours that overlap", "hours: {zone: UTC, open: {mon: ['08:00-12:00', '11:00-16:00']}}",
		"f.hours.open.mon: two of the times overlap"},
	{"hours as number", "hours: {zone: UTC, open: {mon: 8}}",
		`f.hours.open.mon: must be times such as "08:00-16:00", not a number`},
	{"closed on a word", "hours: {zone: UTC, open: {mon: '08:00-16:00'}, closed_on: [christmas]}",
		`f.hours.closed_on[0]: "christmas" is no date such as 2026-12-25`},
	{"closed on no date", "hours: {zone: UTC, open: {mon: '08:00-16:00'}, closed_on: ['2026-02-30']}",
		`f.hours.closed_on[0]: "2026-02-30" is no date such as 2026-12-25`},
	{"no map", "![a, b]", "f: is not YAML of keys and values: unmarshal errors: " +
		"line 1: cannot unmarshal !!seq into map[string]interface {}"},
	{"two documents", "warnings: {agent: 8m}\n---\ndesk: x", "f: holds more than one document"},
	{"a key twice", "limits: {handoffs: 1, handoffs: 2}",
		`f: is not YAML of keys and values: unmarshal errors: line 3: mapping key "handoffs" already defined at line 3`},
	{"too large", "x: " + strings.Repeat("y", MaxPolicyBytes), "f: has more than 262144 bytes"},
	{"several", "limits: 3\ndeadlines: {bot: 0s, agent: x}\ncolor: 1", strings.Join([]string{
		"f.color: unknown key; there is agent_gone_after, agents_may_take, bot_silent_after, canned_replies, customer_dead_after, customer_may_ask, deadlines, desk, hours, " +
			"limits, offer_again_after, on_bot_failed, on_desk_failed, on_queue_timeout, on_word_after_end, overflow, queue, texts, warnings or wrap_up",
		`f.deadlines.agent: "x" is no duration such as 90s, 5m or 1h30m`,
		"f.deadlines.bot: must be more than zero",
		"f.limits: must be keys with values, not a number",
	}, "\n")},
}

func TestABadPolicyIsRefusedWithThePathOfEachMistake(t *testing.T) {
	for _, c := range badPolicies {
		t.Run(c.name, func(t *testing.T) {
			text, bare := strings.CutPrefix(c.policy, "!")
			if !bare {
				text = "desk: house\nqueue: general\n" + text
			}
			p, err := ParsePolicyYAML("f", []byte(text))
			if _, ok := errors.AsType[*PolicyError](err); !ok {
				t.Fatalf("got %+v, %v", p, err)
			}
			same(t, "error", c.want, err.Error())
			if p.Desk != "" {
				t.Error("a bad policy was answered")
			}
		})
	}
	if len(badPolicies) < 40 {
		t.Errorf("%d bad policies", len(badPolicies))
	}
}

func TestAPolicyThatNamesStrangersIsRefused(t *testing.T) {
	p, err := ParsePolicyYAML("", []byte(`
desk: hause
queue: general
on_queue_timeout: {desk: house, queue: odd}
on_desk_failed: {desk: house, queue: chat}
overflow: [{after: 1m, to: {desk: vendor, queue: chat}}, {after: 2m, to: {desk: odd, queue: chat}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = New("default", p, testWorld)
	same(t, "error", strings.Join([]string{
		`flows.default.desk: unknown desk "hause"; there is house, relay or vendor`,
		`flows.default.on_desk_failed.queue: queue "chat" is at desk "vendor", not at "house"`,
		`flows.default.on_queue_timeout.queue: unknown queue "odd"; there is backup, billing, chat, general or line`,
		`flows.default.overflow[1].to.desk: unknown desk "odd"; there is house, relay or vendor`,
		`flows.default.overflow[1].to.queue: queue "chat" is at desk "vendor", not at "odd"`,
		`flows.default.queue: queue "general" is at desk "house", not at "hause"`,
	}, "\n"), err.Error())
}

func TestAPolicyMadeByHandIsCheckedToo(t *testing.T) {
	p := defaults()
	p.Desk, p.Queue = "house", "general"
	p.Deadlines.Offered = 0
	p.OnDeskFailed = Fallback{Abandon: true, To: &Destination{"house", "backup"}}
	for range MaxOverflow + 1 {
		p.Overflow = append(p.Overflow, Overflow{After: time.Duration(len(p.Overflow)+1) * time.Second,
			To: Destination{"house", "backup"}})
	}
	for range MaxDispositions + 1 {
		p.WrapUp.Dispositions = append(p.WrapUp.Dispositions, strings.Repeat("x",
			len(p.WrapUp.Dispositions)%60+1)+string(rune('a'+len(p.WrapUp.Dispositions)/60)))
	}
	_, err := New("default", p, testWorld)
	same(t, "error", strings.Join([]string{
		"flows.default.deadlines.offered: must be more than zero",
		"flows.default.on_desk_failed: is either abandon or a queue",
		"flows.default.overflow: has 17 steps, at most 16 are taken",
		"flows.default.wrap_up.dispositions: has 101 entries, at most 100 are taken",
	}, "\n"), err.Error())
}

func TestThePolicyViewSaysWhatTheRulesAre(t *testing.T) {
	f := testFlow(t, fullPolicy+`
hours: {zone: Europe/Oslo, open: {mon-wed: "08:00-12:00,13:00-16:00", sat: "10:00-12:00"}}
`)
	view := f.Policy()
	same(t, "rules", []string{
		"A handoff that names no queue goes to queue general at desk house.",
		"Handoffs are taken mon 08:00–12:00 and 13:00–16:00, tue 08:00–12:00 and 13:00–16:00, " +
			"wed 08:00–12:00 and 13:00–16:00, " +
			"sat 10:00–12:00 (Europe/Oslo); at other times the bot is told when it opens.",
		"Once people have given it back 3 times, no further handoff is taken, " +
			"and the bot keeps it for at least 30s after people gave it back.",
		"An offer rings at one person for 1m; who declines or lets it ring is offered everything else first, and the same chat again after 30s.",
		"After 2m of waiting it goes on to queue backup at desk house (step 1 of 1).",
		"Whoever waits longer than 5m goes back to the bot with an apology.",
		"When the desk fails, the conversation goes back to the bot with an apology.",
		"A transfer to a person rings for 1m; until it is accepted the first person keeps the chat.",
		"With the bot, 30m of silence end the chat.",
		"With a person, 10m of silence end the chat; the customer is warned after 8m.",
		"In a conference, 10m of silence end the chat; the customer is warned after 8m.",
		"A customer on the web channel who has not fetched for 1m30s is gone.",
		"An agent who has not been heard of for 45s is gone, and their chats are queued again.",
		"Customers may ask for a person themselves.",
		"After-call work ends after 2m.",
		"Completing needs a disposition: solved, follow_up or spam.",
	}, view.Rules)
	same(t, "name", []string{"default", "house", "general"}, []string{view.Name, string(view.Desk), string(view.Queue)})
	same(t, "dispositions", []string{"solved", "follow_up", "spam"}, view.Dispositions)
	same(t, "transitions", len(Transitions()), len(view.Transitions))
	same(t, "diagram", Mermaid(orchestrator.StateAgent), view.Mermaid(orchestrator.StateAgent))

	canned := testFlow(t, abandonPolicy+"canned_replies: [{name: hello, text: 'Hello {customer}!'}]\n").Policy()
	same(t, "canned replies", []orchestrator.CannedReply{{Name: "hello", Text: "Hello {customer}!"}}, canned.CannedReplies)
	same(t, "required", []bool{true, false}, []bool{view.DispositionRequired, canned.DispositionRequired})

	other := testFlow(t, abandonPolicy+"wrap_up: {dispositions: [a, b]}\n").Policy().Rules
	same(t, "abandon", "Whoever waits longer than 5m is let go with a farewell.", other[4])
	same(t, "optional", "A disposition is optional: a or b.", other[len(other)-1])
	same(t, "another queue", "When the desk fails, the conversation goes on to queue backup at desk house, "+
		"and from there back to the bot "+
		"with an apology.", testFlow(t, vendorPolicy).Policy().Rules[7])
	free := testFlow(t, "desk: house\nqueue: general\nlimits: {handoffs: 0, cool_down: 0s}\n").Policy().Rules
	same(t, "no limits", "Handoffs are not limited.", free[2])
}

func TestExplain(t *testing.T) {
	f := testFlow(t, fullPolicy)
	for _, c := range []struct {
		state orchestrator.State
		event orchestrator.EventType
		want  string
	}{
		{queued, "queue_timed_out", "queue_timed_out in state queued: " +
			"the situation or the policy chooses what it becomes; the timeline keeps both. " +
			"After 5m it goes back to the bot with an apology."},
		{agent, "queue_timed_out", "queue_timed_out in state agent: " +
			"refused with state-conflict. It is taken in queued or offered."},
		{bot, "handoff_requested", "handoff_requested in state bot: the conversation goes to queued. " +
			"Refused with a notice, and kept by the bot, when closed, over the limits, or nobody is online. " +
			"Once people have given it back 3 times, no further handoff is taken, and the bot keeps it for at least 30s " +
			"after people gave it back."},
		{agent, "handoff_requested", "handoff_requested in state agent: " +
			"it is taken and the conversation stays where it is. The answer is what stands already."},
		{conference, "agent_left", "agent_left in state conference: " +
			"the conversation goes to agent, or stays in conference. When one person remains, that one owns it."},
		{bot, "handoff_refused", `There is no event "handoff_refused". There is ` + listedEvents() + "."},
		{"lost", "accepted", `There is no state "lost". There is bot, queued, offered, agent, ` +
			`conference, transferring, wrap_up, completed, abandoned or expired.`},
	} {
		same(t, string(c.event), c.want, f.Explain(c.state, c.event))
	}
	for _, state := range orchestrator.States() {
		for event := range rules {
			if text := f.Explain(state, event); !strings.HasPrefix(text,
				string(event)+" in state "+string(state)+": ") || !strings.HasSuffix(text, ".") {
				t.Errorf("%s in %s: %q", event, state, text)
			}
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(fullPolicy))
	f.Add([]byte(vendorPolicy))
	for _, c := range badPolicies {
		if len(c.policy) < 1000 {
			f.Add([]byte("desk: house\nqueue: general\n" + strings.TrimPrefix(c.policy, "!")))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicyYAML("flows.x", data)
		if err != nil {
			var bad *PolicyError
			if !errors.As(err, &bad) || len(bad.Fields) == 0 {
				t.Fatalf("got %v", err)
			}
			for _, field := range bad.Fields {
				if !strings.HasPrefix(field.Pointer, "flows.x") || field.Detail == "" {
					t.Fatalf("got %+v", field)
				}
			}
			return
		}
		if problems := p.problems(); len(problems) > 0 {
			t.Fatalf("a policy with problems was taken: %v", problems)
		}
		for _, rule := range p.rules() {
			if rule == "" {
				t.Fatal("an empty rule")
			}
		}
		p.Hours.Open(noon.Time())
		p.Hours.Next(noon.Time())
	})
}

func TestEveryTextThatIsSaidCanBeWrittenAnew(t *testing.T) {
	for key, said := range builtIn {
		policy, err := ParsePolicyYAML("f", []byte("desk: house\nqueue: general\ntexts: {en: {"+key+": Good day.}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, key+": what is wrong", 0, len(policy.problems()))
		same(t, "in place of "+said, "Good day.", policy.text("en", key, values{}))
	}
	same(t, "how many", len(builtIn), len(textKeys))
}
