package web

import (
	"testing"

	"go.uber.org/goleak"
)

// No test leaves a goroutine behind: every feed, poll and listener has ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
