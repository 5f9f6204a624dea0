package simkit

import "net/http"

// Simulator is a simulated contact centre as a whole: the vendor's own paths, its people and customers, and what can go wrong.
type Simulator interface {
	http.Handler
	Stage
	// People are those in its list, by their ids; Queues are the vendor's names of the queues in which a customer may wait.
	People() []string
	Queues() []string
	// Switches is the embedded Faults.
	Switches() *Faults
	// LoseSessions forgets every session of ours: the next call under one is refused as the vendor refuses it, and what waits
	// for notifications under one ends. At a vendor without sessions it does nothing.
	LoseSessions()
	// TellUnknown sends notifications of a kind nobody has heard of, known ones with unknown fields, and one that is cut short,
	// as far as the vendor's way of telling allows.
	TellUnknown()
}
