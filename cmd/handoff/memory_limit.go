package main

import (
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// memoryShare is how much of a container's memory Go may take before it collects garbage harder: the rest is for what Go does not
// count, such as the buffers of connections.
const memoryShare = 0.9

// limitMemory gives the process a soft memory limit from that of its container, unless GOMEMLIMIT gives one. It answers the limit
// that is in force, 0 for none, and where it comes from.
func limitMemory(root string, getenv func(string) string) (bytes int64, source string) {
	if getenv("GOMEMLIMIT") != "" {
		if bytes = debug.SetMemoryLimit(-1); bytes == math.MaxInt64 {
			bytes = 0
		}
		return bytes, "GOMEMLIMIT"
	}
	container, source := containerMemory(root)
	if container == 0 {
		return 0, "none"
	}
	bytes = int64(float64(container) * memoryShare)
	debug.SetMemoryLimit(bytes)
	return bytes, source
}

// containerMemory is the least limit of the process's control group and of those above it, 0 if there is none: version 2 of
// control groups, else version 1. What a file does not say counts as no limit.
func containerMemory(root string) (bytes int64, source string) {
	read := func(name string) string {
		b, err := os.ReadFile(path.Join(root, name)) //nolint:gosec // a path of the kernel's
		if err != nil {
			return ""
		}
		return string(b)
	}
	groups := read("/proc/self/cgroup")
	for _, hierarchy := range []struct{ controller, mount, file string }{
		{"", "/sys/fs/cgroup", "memory.max"}, {"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
	} {
		group, ok := groupOf(groups, hierarchy.controller)
		if !ok {
			continue
		}
		for ; ; group = path.Dir(group) {
			name := path.Join(hierarchy.mount, group, hierarchy.file)
			if n := memoryLimit(read(name)); n != 0 && (bytes == 0 || n < bytes) {
				bytes, source = n, name
			}
			if group == "/" || group == "." {
				break
			}
		}
		if bytes != 0 {
			return bytes, source
		}
	}
	return 0, ""
}

// groupOf finds the group of a controller in /proc/self/cgroup; version 2 names none.
func groupOf(groups, controller string) (group string, ok bool) {
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for name := range strings.SplitSeq(parts[1], ",") {
			if name == controller {
				return path.Clean("/" + parts[2]), true
			}
		}
	}
	return "", false
}

// noMemoryLimit: version 1 writes a number near the largest for no limit.
const noMemoryLimit = 1 << 60

func memoryLimit(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 || n >= noMemoryLimit {
		return 0
	}
	return n
}
