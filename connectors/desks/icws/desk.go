package icws

import (
	"fmt"
	"slices"
	"sync"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/textsplit"
	"handoff/orchestrator"
)

// Desk is a desk at PureConnect, in one seat. People accept at PureConnect itself, so nobody accepts here.
type Desk struct {
	*frame.Desk
	frame.TypingNotifier
	frame.Reclaimer
}

// base is what both seats have.
type base struct {
	*frame.Frame
	config Config
	client *client

	mu      sync.Mutex
	failing string // the host that did not serve although it took us
}

// isRef: ICWS says nothing of how its ids look.
func isRef(ref string) bool { return ref != "" }

// workgroup is the workgroup behind a queue of ours.
func (b *base) workgroup(queue orchestrator.QueueName) (string, error) {
	if name, ok := b.config.Queues[queue]; ok {
		return name, nil
	}
	return "", b.Permanent("open", "unknown-queue", fmt.Errorf("queue %q has no workgroup at this desk", queue))
}

// queueOf is our queue behind which a workgroup stands: the present one if it does, else the first by name.
func (l *listener) queueOf(workgroup string, present orchestrator.QueueName) (orchestrator.QueueName, bool) {
	if l.config.Queues[present] == workgroup {
		return present, true
	}
	var names []orchestrator.QueueName
	for name, group := range l.config.Queues {
		if group == workgroup {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "", false
	}
	return slices.Min(names), true
}

// pieces are a text's parts, each of which can be sent.
func pieces(text string) []string {
	return textsplit.Split(text, LongestText, textsplit.Characters)
}
