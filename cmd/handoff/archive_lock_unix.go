//go:build unix

package main

import (
	"os"
	"syscall"
)

// lockFile waits until no other process appends to the file. Closing the file gives the lock back too.
func lockFile(file *os.File) (unlock func(), err error) {
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	return func() { _ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }, nil
}
