//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileLimit lets a write beyond the limit for the size of a file (RLIMIT_FSIZE) fail as one on a full disk does, in place of
// ending the process.
func ignoreFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
