package superoffice

import (
	"time"
)

// Limits of the configuration.
const (
	// MinPoll is the least PollEvery.
	MinPoll = 20 * time.Millisecond
	// MaxPoll is the most.
	MaxPoll = 10 * time.Minute
	// MinKeepFetched is the least KeepFetched.
	MinKeepFetched = 100 * time.Millisecond
	// MaxKeepFetched is the most.
	MaxKeepFetched = 10 * time.Minute

	// maxSetting is how many characters a text may have; tokens of the vendor's are long.
	maxSetting = 4096
	// maxKey is how many characters the private key may have.
	maxKey = 16 << 10
	// maxTopics is how many chat topics the bot may answer in.
	maxTopics = 100
	// maxHookID is how much of a webhook's id is kept.
	maxHookID = 64
)

// LongestText is how many characters one message may have. The vendor stores a text without limit (chat_message.message is
// a Clob); this bound is ours.
const LongestText = 4096

// longestHistory is how many characters of what was said before are posted, in as many messages as that takes.
const longestHistory = 4 * LongestText
