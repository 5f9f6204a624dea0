package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"handoff/orchestrator"
)

const (
	// archiveFileAge is how old the oldest line of a file may become before the file is renamed, where lines age out.
	archiveFileAge = 24 * time.Hour
	// maxArchiveAge is the longest age that can be set: ten years.
	maxArchiveAge = 87600 * time.Hour
	// archiveLook is the pause between two looks at the age of the files.
	archiveLook = time.Hour
)

// age renames the file when its oldest line is a day old, and removes renamed files whose lines are all older than they may be.
// So a line is kept for at most a day longer.
func (a *fileArchive) age() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	if a.maxAge == 0 || now.Before(a.nextLook) {
		return nil
	}
	a.nextLook = now.Add(archiveLook)
	if err := a.current(); err != nil {
		return err
	}
	oldest, err := oldestLine(a.path)
	if err != nil {
		return err
	}
	if oldest != 0 && now.Sub(oldest.Time()) > archiveFileAge {
		if err := a.rotate(); err != nil {
			return err
		}
	}
	a.removeOlder(now.Add(-a.maxAge))
	return nil
}

// removeOlder removes renamed files that were renamed before a moment: nothing was written to them since.
func (a *fileArchive) removeOlder(before time.Time) {
	for _, file := range a.renamed() {
		stamp := strings.TrimPrefix(filepath.Base(file), filepath.Base(a.path)+".")[:len(rotatedLayout)]
		at, err := time.Parse(rotatedLayout, stamp)
		if err != nil || !at.Before(before) {
			continue
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) { // another process may have removed it
			a.log.Warn("an old archive file cannot be removed", "file", file, "error", err)
			continue
		}
		a.log.Info("an archive file has aged out", "file", file)
	}
}

// oldestLine is when what the first line of a file tells was over; 0 where the file has no line.
func oldestLine(path string) (orchestrator.Moment, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	var line struct {
		WhenEnded orchestrator.Moment `json:"when_ended"`
		archiveErased
	}
	switch err := json.NewDecoder(file).Decode(&line); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // nothing, or a part of a line
		return 0, nil
	case err != nil:
		return 0, err
	}
	return max(line.WhenEnded, line.Erased.Before), nil
}
