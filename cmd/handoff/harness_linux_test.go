package main

import (
	"os/exec"
	"syscall"
)

// bindToParent ends the child when the thread that started it ends: nothing is left behind by a test binary that was
// killed.
func bindToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
