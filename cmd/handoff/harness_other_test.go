//go:build !linux

package main

import (
	"os/exec"
	"strconv"
	"strings"
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
