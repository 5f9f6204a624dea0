package oracle

// Limits of the configuration.
const (
	// MaxChats is how many engagements an automated agent may be told to have at a time.
	MaxChats = 1000
	// MinText is the least that LongestText may be.
	MinText = 100

	// maxSetting is how many characters every text may have.
	maxSetting = 256
)
