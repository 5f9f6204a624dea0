package redistest

import (
	"os/exec"
	"syscall"
)

// bindToParent has the kernel end the server when this process ends without having done so, for example when a test ran
// out of time.
func bindToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

func interrupt(p *process) error { return p.cmd.Process.Signal(syscall.SIGTERM) }
