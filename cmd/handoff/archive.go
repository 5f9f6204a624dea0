package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"handoff/orchestrator"
)

// archiveMode: the archive holds what customers wrote, so that only the service's own user reads it.
const archiveMode fs.FileMode = 0o600

// rotatedLayout is the time in the name of a rotated file; names sort by age.
const rotatedLayout = "20060102T150405.000"

// fileArchive appends one JSON line for each ended conversation. A line is on the disk before Archive returns. When the
// file has reached its size it is renamed, with the time in its name, and the oldest renamed files are removed. Another
// process may rotate the same file: before each line the name is looked at again.
type fileArchive struct {
	path     string
	maxBytes int64
	keep     int
	maxAge   time.Duration // 0: any
	clock    orchestrator.Clock
	log      *slog.Logger

	mu      sync.Mutex // guards what follows and the order of lines
	file    *os.File
	size    int64
	written uint64 // lines

	nextLook time.Time // at the age of the files

	syncing sync.Mutex // one fsync at a time serves all lines before it
	synced  uint64
}

// openArchive opens or creates the file, so that a path that cannot be written shows at start.
func openArchive(cfg ArchiveConfig, clock orchestrator.Clock, log *slog.Logger) (*fileArchive, error) {
	a := &fileArchive{path: cfg.Path, maxBytes: int64(cfg.MaxMegabytes) << 20, keep: cfg.Keep, maxAge: cfg.MaxAge, clock: clock, log: log}
	if err := a.open(); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return a, nil
}

// Archive writes one conversation with its whole timeline.
func (a *fileArchive) Archive(_ context.Context, c *orchestrator.Conversation, entries []orchestrator.Entry) error {
	line, err := json.Marshal(archived(c, entries))
	if err != nil {
		return fmt.Errorf("archive %s: %w", c.ID, err)
	}
	return a.keepLine(line)
}

// keepLine puts one line on the disk. Whatever fails here would fail for every line.
func (a *fileArchive) keepLine(line []byte) error {
	number, err := a.write(append(line, '\n'))
	if err == nil {
		err = a.sync(number)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", orchestrator.ErrArchiveDown, err)
	}
	return nil
}

// write puts one line into the file and answers its number. The file is locked meanwhile, because a line that
// another process is writing must not be taken for one that was broken off.
func (a *fileArchive) write(line []byte) (uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.current(); err != nil {
		return 0, err
	}
	if a.size > 0 && a.size+int64(len(line)) > a.maxBytes {
		if err := a.rotate(); err != nil {
			return 0, err
		}
	}
	unlock, err := lockFile(a.file)
	if err != nil {
		return 0, err
	}
	defer unlock()
	size, err := appendWhole(a.file, line)
	if a.size = size; err != nil {
		return 0, err
	}
	a.written++
	return a.written, nil
}

// sync waits until the line of a number is on the disk. Lines that were written meanwhile are served by the same call.
func (a *fileArchive) sync(number uint64) error {
	a.syncing.Lock()
	defer a.syncing.Unlock()
	if a.synced >= number {
		return nil
	}
	a.mu.Lock()
	file, upTo := a.file, a.written
	a.mu.Unlock()
	if err := syncFile(file); err != nil {
		if errors.Is(err, os.ErrClosed) { // rotated away meanwhile, and synced by that
			return nil
		}
		return err
	}
	a.synced = upTo
	return nil
}

// Close gives the file back.
func (a *fileArchive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.release()
}

// release leaves the open file as it is on the disk; the caller holds the lock. A file that could not be opened again is
// closed already. One that cannot be synced stays open, so that those who wait for their lines hear of it too.
func (a *fileArchive) release() error {
	if err := syncFile(a.file); err != nil {
		if errors.Is(err, os.ErrClosed) {
			return nil
		}
		return err
	}
	return a.file.Close()
}

// syncFile waits until a file is on its disk. What is no file on a disk, a pipe or a device, has none.
func syncFile(file *os.File) error {
	err := file.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// open opens the file at the path; the caller holds the lock or is the only one who has the archive.
func (a *fileArchive) open() error {
	file, err := os.OpenFile(a.path, os.O_APPEND|os.O_CREATE|os.O_RDWR, archiveMode)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	a.file, a.size = file, info.Size()
	return nil
}

// current makes sure that the open file is the one at the path; the caller holds the lock.
func (a *fileArchive) current() error {
	at, err := os.Stat(a.path)
	if err == nil {
		var mine os.FileInfo
		if mine, err = a.file.Stat(); err == nil && os.SameFile(at, mine) {
			a.size = at.Size() // another process may have written
			return nil
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return a.reopen()
}

// reopen leaves the file as it is on the disk and opens the one at the path.
func (a *fileArchive) reopen() error {
	if err := a.release(); err != nil {
		return err
	}
	return a.open()
}

// rotate renames the file, opens a new one and removes the oldest; the caller holds the lock.
func (a *fileArchive) rotate() error {
	rotated := a.path + "." + a.clock.Now().UTC().Format(rotatedLayout)
	for n := 1; ; n++ { // two rotations in a millisecond
		if _, err := os.Lstat(rotated); errors.Is(err, fs.ErrNotExist) {
			break
		}
		rotated = fmt.Sprintf("%s.%s-%d", a.path, a.clock.Now().UTC().Format(rotatedLayout), n)
	}
	if err := os.Rename(a.path, rotated); err != nil {
		return err
	}
	if err := a.reopen(); err != nil {
		return err
	}
	a.prune()
	return nil
}

// prune removes the oldest rotated files. What cannot be removed is logged: it costs space, and no line.
func (a *fileArchive) prune() {
	rotated := a.renamed()
	for len(rotated) > a.keep {
		if err := os.Remove(rotated[0]); err != nil {
			a.log.Warn("an old archive file cannot be removed", "file", rotated[0], "error", err)
		}
		rotated = rotated[1:]
	}
}

// renamed are the files that were renamed, the oldest first. None are found where the folder cannot be read.
func (a *fileArchive) renamed() []string {
	files, err := os.ReadDir(filepath.Dir(a.path))
	if err != nil {
		a.log.Warn("renamed archive files cannot be listed", "error", err)
		return nil
	}
	var all []string
	for _, f := range files {
		if a.rotated(f.Name()) {
			all = append(all, filepath.Join(filepath.Dir(a.path), f.Name()))
		}
	}
	slices.Sort(all)
	return all
}

// rotated reports whether a file is one that rotate has renamed, by its name: others lie there too, and are not ours.
func (a *fileArchive) rotated(name string) bool {
	rest, ok := strings.CutPrefix(name, filepath.Base(a.path)+".")
	if !ok || len(rest) < len(rotatedLayout) {
		return false
	}
	stamp, number := rest[:len(rotatedLayout)], rest[len(rotatedLayout):]
	if _, err := time.Parse(rotatedLayout, stamp); err != nil {
		return false
	}
	digits, numbered := strings.CutPrefix(number, "-")
	_, err := strconv.ParseUint(digits, 10, 32)
	return number == "" || (numbered && err == nil)
}
