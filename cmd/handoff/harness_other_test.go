//go:build !linux

package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// bindToParent does nothing where a process cannot be bound to its parent.
func bindToParent(*exec.Cmd) {}

// residentMemory is how many bytes of a process are in memory now.
func residentMemory(pid int) (int64, error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, err
	}
	kibibytes, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kibibytes << 10, err
}

// peakMemory is what a process has in memory now: the most that it has had is not known here.
func peakMemory(pid int) (int64, error) { return residentMemory(pid) }

func forgetPeak(int) error { return nil }

// processorTime is how long a process has worked.
func processorTime(pid int) (time.Duration, error) {
	out, err := exec.Command("ps", "-o", "time=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, err
	}
	var minutes int
	var seconds float64
	if _, err := fmt.Sscanf(strings.TrimSpace(string(out)), "%d:%f", &minutes, &seconds); err != nil {
		return 0, err
	}
	return time.Duration(minutes)*time.Minute + time.Duration(seconds*float64(time.Second)), nil
}
