package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// bindToParent ends the child when the thread that started it ends: nothing is left behind by a test binary that was
// killed.
func bindToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// residentMemory is how many bytes of a process are in memory now.
func residentMemory(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kibibytes int64
		if n, err := fmt.Sscanf(line, "VmRSS: %d kB", &kibibytes); err == nil && n == 1 {
			return kibibytes << 10, nil
		}
	}
	return 0, fmt.Errorf("the status of process %d has no VmRSS", pid)
}
