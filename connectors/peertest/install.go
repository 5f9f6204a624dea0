// Package peertest installs the programs of others that tests of this project meet: packages of npm at the versions of a lock
// file.
package peertest

import (
	"context"
	"os"
	"os/exec"
)

// TB is what installing needs of a test.
type TB interface {
	Helper()
	Context() context.Context
	TempDir() string
	Fatalf(format string, args ...any)
}

// Install copies a folder with package.json and package-lock.json into one of the test's own, and its packages with it, and
// answers where that is. No script of a package is run.
func Install(t TB, folder string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatalf("%v", err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci (needs node and npm, and once the network): %v\n%s", err, out)
	}
	return dir
}
