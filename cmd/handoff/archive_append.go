package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// archiveFile is what appending needs of the archive's file.
type archiveFile interface {
	io.Writer
	io.ReaderAt
	io.Seeker
	Truncate(size int64) error
}

// lookBack is how much of the end of a file is read at a time, to find where its last whole line ends.
const lookBack = 64 << 10

// appendWhole appends a line, or leaves the file as it was, and answers its size. What a process left of a line when it died or
// the disk was full is cut off first: else the line would begin in the middle of another. The file is cut only if nobody else has
// written behind it.
func appendWhole(file archiveFile, line []byte) (size int64, err error) {
	size, err = file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	whole, err := wholeLines(file, size)
	if err != nil {
		return size, err
	}
	if whole < size {
		if err := cut(file, size, whole); err != nil {
			return size, err
		}
		size = whole
	}
	n, err := file.Write(line)
	if err != nil && n > 0 {
		if undo := cut(file, size+int64(n), size); undo != nil {
			return size + int64(n), errors.Join(err, undo)
		}
		return size, err
	}
	return size + int64(n), err
}

// wholeLines is where the last whole line of a file of this size ends.
func wholeLines(file io.ReaderAt, size int64) (int64, error) {
	for end := size; end > 0; {
		begin := max(0, end-lookBack)
		if end == size { // mostly the last byte is all that has to be read
			begin = end - 1
		}
		part := make([]byte, end-begin)
		if _, err := file.ReadAt(part, begin); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if at := bytes.LastIndexByte(part, '\n'); at >= 0 {
			return begin + int64(at) + 1, nil
		}
		end = begin
	}
	return 0, nil
}

// cut shortens a file from one size to another.
func cut(file archiveFile, from, to int64) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size != from {
		return fmt.Errorf("a part of a line stays at %d: another process has written behind it", to)
	}
	return file.Truncate(to)
}
