package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

func TestMemoryLimitIsThatOfTheContainer(t *testing.T) {
	const v2, v1 = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"
	for name, c := range map[string]struct {
		files  map[string]string
		bytes  int64
		source string
	}{
		"nothing is known": {},
		"version 2, in the container's own name space": {
			map[string]string{"/proc/self/cgroup": "0::/\n", v2 + "/memory.max": "1000000\n"}, 1000000, v2 + "/memory.max",
		},
		"version 2, no limit": {map[string]string{"/proc/self/cgroup": "0::/\n", v2 + "/memory.max": "max\n"}, 0, ""},
		"version 2, the tightest counts": {
			map[string]string{
				"/proc/self/cgroup": "0::/a/b\n", v2 + "/a/b/memory.max": "3000000\n", v2 + "/a/memory.max": "2000000\n", v2 + "/memory.max": "max\n",
			}, 2000000, v2 + "/a/memory.max",
		},
		"version 1": {
			map[string]string{"/proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/x\n", v1 + "/x/memory.limit_in_bytes": "5000000\n"},
			5000000, v1 + "/x/memory.limit_in_bytes",
		},
		"version 1, seen from within": {
			map[string]string{"/proc/self/cgroup": "4:memory:/docker/0123\n", v1 + "/memory.limit_in_bytes": "5000000\n"},
			5000000, v1 + "/memory.limit_in_bytes",
		},
		"version 1, no limit": {
			map[string]string{"/proc/self/cgroup": "4:memory:/\n", v1 + "/memory.limit_in_bytes": "9223372036854771712\n"}, 0, "",
		},
		"both, and only version 1 has memory": {
			map[string]string{"/proc/self/cgroup": "4:memory:/\n0::/x\n", v1 + "/memory.limit_in_bytes": "7000000\n"},
			7000000, v1 + "/memory.limit_in_bytes",
		},
		"unreadable": {map[string]string{"/proc/self/cgroup": "nonsense", v2 + "/memory.max": "1e6"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range c.files {
				at := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if bytes, source := containerMemory(root); bytes != c.bytes || source != c.source {
				t.Errorf("the limit is %d from %q, want %d from %q", bytes, source, c.bytes, c.source)
			}
		})
	}
}

func TestMemoryLimitLeavesRoomAndGivesWayToTheOperators(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	root := t.TempDir()
	for file, text := range map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "2000000000\n"} {
		at := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if bytes, _ := limitMemory(root, func(string) string { return "" }); bytes != 1800000000 || debug.SetMemoryLimit(-1) != bytes {
		t.Errorf("the limit is %d, in force is %d", bytes, debug.SetMemoryLimit(-1))
	}
	debug.SetMemoryLimit(math.MaxInt64)
	given := func(string) string { return "off" }
	if bytes, source := limitMemory(root, given); bytes != 0 || source != "GOMEMLIMIT" || debug.SetMemoryLimit(-1) != math.MaxInt64 {
		t.Errorf("GOMEMLIMIT=off gives %d from %s", bytes, source)
	}
}
