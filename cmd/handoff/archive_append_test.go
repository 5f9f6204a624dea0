package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fullDisk takes a part of a line.
type fullDisk struct {
	*os.File
	room int
}

var errFull = errors.New("no space left")

func (f *fullDisk) Write(line []byte) (int, error) {
	if len(line) <= f.room {
		return f.File.Write(line)
	}
	n, err := f.File.Write(line[:f.room])
	return n, errors.Join(err, errFull)
}

func TestAnAppendToTheArchiveIsWholeOrUndone(t *testing.T) {
	long := strings.Repeat("x", 3*lookBack)
	for name, c := range map[string]struct {
		before, line string
		room         int
		want         string
		fails        bool
	}{
		"all of it":                          {"one\n", "two\n", 100, "one\ntwo\n", false},
		"the disk is full in the middle":     {"one\n", "two\n", 2, "one\n", true},
		"the disk was full before":           {"one\n", "two\n", 0, "one\n", true},
		"the first line does not fit":        {"", "two\n", 2, "", true},
		"behind a line that was broken off":  {"one\ntw", "three\n", 100, "one\nthree\n", false},
		"the only line was broken off":       {"on", "two\n", 100, "two\n", false},
		"behind a long one that was":         {"one\n" + long, "two\n", 100, "one\ntwo\n", false},
		"the only one is long and broken":    {long, "two\n", 100, "two\n", false},
		"into an empty file":                 {"", "one\n", 100, "one\n", false},
		"behind a broken one, the disk full": {"one\ntw", "three\n", 2, "one\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "archive.jsonl")
			if err := os.WriteFile(path, []byte(c.before), archiveMode); err != nil {
				t.Fatal(err)
			}
			file, err := os.OpenFile(path, os.O_APPEND|os.O_RDWR, archiveMode)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close() //nolint:errcheck // nothing is lost
			size, err := appendWhole(&fullDisk{file, c.room}, []byte(c.line))
			if c.fails != errors.Is(err, errFull) {
				t.Errorf("the append answered %v", err)
			}
			got, err := os.ReadFile(path)
			if err != nil || string(got) != c.want || size != int64(len(got)) {
				t.Errorf("there are %d bytes, told %d: %.40q, %v", len(got), size, got, err)
			}
		})
	}
}
