//go:build !linux

package main

import "os/exec"

// startBound starts a process. Where the system cannot end it with this one, a test that is killed leaves it behind.
func startBound(cmd *exec.Cmd, ended func()) error {
	started := make(chan error, 1)
	go func() {
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // killed: how it ended is known
		}
		ended()
	}()
	return <-started
}
