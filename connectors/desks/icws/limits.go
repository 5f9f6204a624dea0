package icws

import (
	"time"
)

// Limits of the connector. The vendor documents none of the first group.
const (
	// LongestText is how many characters of a word are sent at once; longer ones are split. ICWS names no limit; this is what
	// the vendor's own chat clients let people write.
	LongestText = 4000
	// longestNotes is how many characters the notes of a web chat may have.
	longestNotes = 8000

	// maxHosts is how many servers are tried for one session.
	maxHosts = 16
	// maxWorkgroups and maxLicenses are how many of each may be configured, and maxVendorName is how many characters the name
	// of one may have, of a queue's workgroup and of the user.
	maxWorkgroups, maxLicenses, maxVendorName = 64, 32, 128
	// maxTold is how much of a name of the vendor's is quoted in logs and errors.
	maxTold = 64
	// maxTimeout is the most that Timeout may be.
	maxTimeout = time.Minute

	// maxMessages bounds the answer of a poll, in bytes; it carries the whole list of words after a subscription.
	maxMessages = 8 << 20
)

// Times.
const (
	// minPollEvery and maxPollEvery bound PollEvery.
	minPollEvery, maxPollEvery = 10 * time.Millisecond, 10 * time.Second
	// silence is how long a stream may carry nothing, also no ping, before it is opened anew.
	silence = time.Minute
	// maxFailures is how many polls in a row may fail before another session, perhaps at another host, is begun.
	maxFailures = 3
	// mostRefused is how many polls for one web chat in a row a server may refuse before it is taken for lost there.
	mostRefused = 20
	// shortestWait and longestWait bound what a server may suggest as the pause between polls of a web chat.
	shortestWait, longestWait = 10 * time.Millisecond, 30 * time.Second
	// defaultWait is the pause where it suggests nothing that can be read.
	defaultWait = 2 * time.Second
	// recountLook is how often a process that does not hear the chat's list of words looks whether it was counted.
	recountLook = 200 * time.Millisecond
	// morphWait is how long a call waits for the id that a chat may have been given in place of one that is not known.
	morphWait = 2 * time.Second
	// recountWait is how long a call waits for that list.
	recountWait = 5 * time.Second
)
