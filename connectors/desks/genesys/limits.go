package genesys

import (
	"time"
)

// Limits of the configuration.
const (
	// MinRefresh is the least RefreshEvery.
	MinRefresh = 50 * time.Millisecond
	// MaxRefresh is the greatest: the vendor throws a customer out of whom it has not heard for 45 s
	// (flex-disconnect-timeout), and a refresh may be lost.
	MaxRefresh = 20 * time.Second
	// MinJoin is the least JoinWithin.
	MinJoin = time.Second
	// MaxJoin is the greatest.
	MaxJoin = 10 * time.Minute

	// maxUsers is how many people may be known by a user id, and maxUser how many characters that may have.
	maxUsers, maxUser = 1000, 64
	// maxSetting is how many characters every other text may have, and the vendor's name of a queue.
	maxSetting = 256
)

// LongestText is how many characters one message may have. The vendor gives no limit; this one is ours.
const LongestText = 4096
