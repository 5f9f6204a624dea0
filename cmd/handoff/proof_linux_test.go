package main

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startBound starts a process that the kernel ends when this one ends, for example because a test ran out of time. The
// goroutine that starts it keeps its thread until the process has ended, because the kernel watches the thread.
func startBound(cmd *exec.Cmd, ended func()) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // killed: how it ended is known
		}
		ended()
	}()
	return <-started
}
