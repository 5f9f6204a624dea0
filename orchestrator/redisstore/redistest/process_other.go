//go:build !linux

package redistest

import (
	"os"
	"os/exec"
)

// bindToParent does nothing where the system cannot do it: a test that is killed leaves its server behind.
func bindToParent(*exec.Cmd) {}

func interrupt(p *process) error { return p.cmd.Process.Signal(os.Interrupt) }
