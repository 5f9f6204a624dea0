package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bindToParent ends the child when the thread that started it ends: nothing is left behind by a test binary that was
// killed.
func bindToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// residentMemory is how many bytes of a process are in memory now.
func residentMemory(pid int) (int64, error) { return memoryOf(pid, "VmRSS") }

func memoryOf(pid int, name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kibibytes int64
		if n, err := fmt.Sscanf(line, name+": %d kB", &kibibytes); err == nil && n == 1 {
			return kibibytes << 10, nil
		}
	}
	return 0, fmt.Errorf("the status of process %d has no %s", pid, name)
}

// peakMemory is the most that a process has had in memory since forgetPeak.
func peakMemory(pid int) (int64, error) { return memoryOf(pid, "VmHWM") }

// forgetPeak lets peakMemory begin anew.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// processorTime is how long a process has worked.
func processorTime(pid int) (time.Duration, error) {
	const tick = time.Second / 100 // of the system's accounts, on every platform that Go knows
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // from the third on
	var total time.Duration
	for _, place := range []int{14, 15} { // in user code and in the system
		ticks, err := strconv.ParseInt(fields[place-3], 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(ticks) * tick
	}
	return total, nil
}
