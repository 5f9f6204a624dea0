package orchestrator

// answeredNumbers remembers the sender's numbers of events that were answered and changed nothing, so that no entry has them: the
// next number is neither waited for nor missed. It lies in this process only; another one waits and notes a gap.
type answeredNumbers struct{ newestOf *lru[ConversationID, int64] }

func newAnsweredNumbers() answeredNumbers {
	return answeredNumbers{newLRU[ConversationID, int64](recordCacheSize)}
}

// note keeps the number of an event that follows what the record has.
func (a answeredNumbers) note(c *Conversation, ev *Event) {
	if ev.BotSequence != 0 && c.BotSequence != 0 && ev.BotSequence == a.newest(c)+1 {
		a.newestOf.put(c.ID, ev.BotSequence)
	}
}

// newest is 1 + the highest number of the sender's that was taken or answered.
func (a answeredNumbers) newest(c *Conversation) int64 {
	answered, _ := a.newestOf.get(c.ID)
	return max(c.BotSequence, answered)
}

// before is what is to be written down with an event whose number follows answered ones (Event.AnsweredTo).
func (a answeredNumbers) before(c *Conversation, ev *Event) int64 {
	if ev.BotSequence == 0 {
		return 0
	}
	if newest := a.newest(c); newest > c.BotSequence && ev.BotSequence > newest {
		return newest
	}
	return 0
}
