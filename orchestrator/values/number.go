package values

import "strconv"

// MaxNumber is the greatest whole number that every JSON implementation keeps exactly (RFC 8259, part 6).
const MaxNumber = 1<<53 - 1

// WantEpoch is the fault of what is no Epoch.
var WantEpoch = "must be from 1 to " + strconv.FormatInt(MaxNumber, 10)

// Epoch is the number that a sender quotes with what it says. Whoever quotes none leaves it out: 0 is none that was ever told.
func Epoch(n int64) (fault string) {
	if n < 1 || n > MaxNumber {
		return WantEpoch
	}
	return ""
}
