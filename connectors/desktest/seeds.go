package desktest

import (
	"os"
	"path/filepath"
	"strings"
)

// Seeds answers the vendor's recorded shapes in testdata whose file names match, by the names without their endings: for fuzz
// targets and for tests of decoders. Without any it fails the test.
func Seeds(t TB, pattern string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no shapes in testdata/%s: %v", pattern, err)
	}
	shapes := map[string][]byte{}
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v", err)
		}
		shapes[strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))] = body
	}
	return shapes
}
