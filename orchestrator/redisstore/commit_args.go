package redisstore

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"handoff/orchestrator"
)

// lanesOf groups commands by lane in the order of their first command, each lane in the order given.
func lanesOf(commands []orchestrator.Command) ([]lane, error) {
	var lanes []lane
	for i := range commands {
		cmd := &commands[i]
		b, err := encodeCommand(cmd)
		if err != nil {
			return nil, err
		}
		name := cmd.To.Lane(cmd.Late)
		at := slices.IndexFunc(lanes, func(l lane) bool { return l.name == name })
		if at < 0 {
			at = len(lanes)
			lanes = append(lanes, lane{name: name})
		}
		lanes[at].commands = append(lanes[at].commands, b)
	}
	return lanes, nil
}

func (call *commitCall) addLanes(p *partitionKeys, c *orchestrator.Commit) {
	if len(call.lanes) == 0 {
		return
	}
	call.args = append(call.args, string(c.Node), momentArg(c.Now), momentArg(c.Now.Add(c.Lease)))
	for _, l := range call.lanes {
		call.keys = append(call.keys, p.lane(c.Next.ID, l.name))
		call.args = append(call.args, string(l.name), len(l.commands))
		call.args = append(call.args, l.commands...)
	}
	call.keys = append(call.keys, p.leases)
}

func (s *Store) addIndexes(call *commitCall, p *partitionKeys, c *orchestrator.Commit) {
	next := c.Next
	from, to := p.states[c.From], p.states[next.State]
	at := next.EnteredAt
	if next.State.Ended() {
		to = p.ended
		at = next.EndedAt
		if at == 0 {
			at = c.Now
		}
	}
	if from == "" {
		from = to
	}
	keep := "0"
	if !s.archive {
		keep = millis(s.retention)
	}
	cut := momentArg(max(0, c.Now.Add(-s.retention)))
	call.keys = append(call.keys, p.external(next.Bot, next.External), from, to, p.ended, p.unretired, p.seen,
		p.hour(c.Now), p.recent(c.Now), p.standing, p.moved)
	call.args = append(call.args, momentArg(at), keep, millis(s.seenFor()), cut, millis(CountersFor),
		millis(recentFor), standingField(cmp.Or(c.FromFlow, next.Flow), c.From), standingField(next.Flow, next.State),
		momentArg(next.ListedFrom()))
	call.addCounters(c)
}

// addCounters adds what the commit counts: the steps, and then the durations, which are counted by the hour alone.
func (call *commitCall) addCounters(c *orchestrator.Commit) {
	head := len(call.args)
	call.args = append(call.args, 0, 0)
	for i := range c.Entries {
		if e := &c.Entries[i]; e.Moved() {
			call.args = append(call.args, counterField(orchestrator.StepCount{
				Flow: c.Next.Flow, Event: e.Event.Type, From: e.From, To: e.To,
			}))
		}
	}
	call.args[head] = len(call.args) - head - 2
	for _, d := range c.Durations() {
		call.args = append(call.args, durationField(d))
	}
	call.args[head+1] = len(call.args) - head - 2
}

// seenFor is how long an ended conversation's version and event ids are kept: as long as its record at least, so that a late
// rating or note finds the version that it is to follow.
func (s *Store) seenFor() time.Duration { return max(SeenFor, s.retention) }

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
