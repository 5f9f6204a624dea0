package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"handoff/orchestrator"
)

// archiveReader reads the files of an archive, the oldest first, without what was erased.
type archiveReader struct {
	files []string
	// erased are the customers who were erased, and before when their conversations were opened.
	erased map[string]orchestrator.Moment
}

// readArchived looks through the files for customers who were erased: a line about them may come in any file, and after it still
// lines that were being written meanwhile.
func readArchived(files []string) (*archiveReader, error) {
	r := &archiveReader{files: files, erased: map[string]orchestrator.Moment{}}
	err := r.lines(func(line []byte) error {
		var e archiveErased
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		if e.Erased.Customer != "" {
			r.erased[e.Erased.Customer] = max(r.erased[e.Erased.Customer], e.Erased.Before)
		}
		return nil
	})
	return r, err
}

// each gives every line that may be read.
func (r *archiveReader) each(do func(line []byte) error) error {
	return r.lines(func(line []byte) error {
		var c struct {
			Bot      orchestrator.ConnectorName `json:"bot"`
			Customer orchestrator.Customer      `json:"customer"`
			OpenedAt orchestrator.Moment        `json:"opened_at"`
			archiveErased
		}
		if err := json.Unmarshal(line, &c); err != nil {
			return err
		}
		before, erased := r.erased[orchestrator.CustomerName(c.Bot, c.Customer.ID)]
		if c.Erased.Customer != "" || erased && c.OpenedAt <= before {
			return nil
		}
		return do(line)
	})
}

// lines gives every whole line of all files. A file that has aged out meanwhile is left out.
func (r *archiveReader) lines(do func(line []byte) error) error {
	for _, name := range r.files {
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = linesOf(file, do)
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func linesOf(file io.Reader, do func(line []byte) error) error {
	in := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // what is left is a line that is being written, or was broken off
			return nil
		}
		if err != nil {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := do(line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
}
