package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"handoff/web"
)

func newHashPassword(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "hash-password",
		Short: "Make a password_hash for users[] from a password on standard input",
		Long: `hash-password reads one line from standard input and prints its argon2id hash for users[].password_hash.

At a terminal the password shows while it is typed. To keep it off the screen:
  read -rs PASSWORD && printf '%s' "$PASSWORD" | handoff hash-password`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if isTerminal(c.in) {
				c.note("Password (it will show):")
			}
			password, err := readLine(c.in)
			if err != nil {
				return err
			}
			hash, err := web.HashPassword(password, web.StandardCost)
			if err != nil {
				return err
			}
			c.say("%s", hash)
			return nil
		},
	}
}

// readLine reads the first line, without its end.
func readLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, web.MaxPassword+2)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("no password on standard input")
	}
	return line, nil
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
