package orchestrator

import "time"

// Metrics is what the engine counts. Implementations must be quick and safe for concurrent use.
type Metrics interface {
	// Received: one call of Receive with its result and duration.
	Received(event EventType, err error, took time.Duration)
	// Conflict: a commit lost against another process.
	Conflict()
	// Step: an entry was committed.
	Step(flow string, entry *Entry)
	// Called: one call of a connector; outcome is "done" or that of the error.
	Called(connector ConnectorName, command CommandType, outcome string, took time.Duration)
	// Waited: a call waited for one of our own slots before it began, or until the process stopped.
	Waited(connector ConnectorName, took time.Duration)
	// BotFailed: a bot has failed for one conversation.
	BotFailed(bot ConnectorName, why BotFailure)
	// Delivered: a command is off its lane; how is "done", "permanent", "buried", "dropped", "exhausted", and waited is how long it took in all.
	Delivered(command CommandType, how string, waited time.Duration)
	// Swept: one sweep of the reaper.
	Swept(s Sweep)
}

// NoMetrics counts nothing.
type NoMetrics struct{}

// Received does nothing.
func (NoMetrics) Received(EventType, error, time.Duration) {}

// Conflict does nothing.
func (NoMetrics) Conflict() {}

// Step does nothing.
func (NoMetrics) Step(string, *Entry) {}

// Called does nothing.
func (NoMetrics) Called(ConnectorName, CommandType, string, time.Duration) {}

// Waited does nothing.
func (NoMetrics) Waited(ConnectorName, time.Duration) {}

// BotFailed does nothing.
func (NoMetrics) BotFailed(ConnectorName, BotFailure) {}

// Delivered does nothing.
func (NoMetrics) Delivered(CommandType, string, time.Duration) {}

// Swept does nothing.
func (NoMetrics) Swept(Sweep) {}
