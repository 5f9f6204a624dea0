package redistest

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// StartMini starts a miniredis in this process that ends with the test, for tests that look at what a store wrote and
// need no server of their own. Its time stands still: nothing in it expires.
func StartMini(t testing.TB) (url string) {
	t.Helper()
	mini := miniredis.NewMiniRedis()
	if err := mini.Start(); err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(mini.Close)
	return "redis://" + mini.Addr()
}
