package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitKilled = 130
)

// errReported ends the program with exitFailed without another line: the command has said what is wrong.
var errReported = errors.New("reported")

// console is the world around one command: what it may read, and where it may write. Results go to out, everything else to
// err.
type console struct {
	environ []string
	in      io.Reader
	out     io.Writer
	err     io.Writer
}

// run is the whole program with its world as arguments. It returns the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(&console{environ: environ, in: stdin, out: stdout, err: stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errReported) {
		for line := range strings.Lines(err.Error()) {
			_, _ = fmt.Fprintln(stderr, "handoff: "+strings.TrimRight(line, "\n")) // nowhere left to report to
		}
	}
	return exitFailed
}

func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "handoff",
		Short: "Moves live chats from a bot to a person and back",
		Long: `handoff moves a live chat from a bot to a person and back, without losing a word.

Begin with "handoff demo": everything in one process, with scripted customers, a bot and agents.`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.AddCommand(
		newServe(c), newDemo(c), newFlow(c), newSim(c), newSweep(c), newArchive(c), newDoctor(c), newCheckConfig(c), newHashPassword(c),
		newHealthcheck(c), newVersion(c),
	)
	return root
}

// configFlag adds --config to a command. The environment variable stands in for it.
func (c *console) configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", c.getenv(configEnv), "configuration file (YAML); default: $"+configEnv)
}

func (c *console) getenv(name string) string {
	for _, pair := range c.environ {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// say writes one line of a command's result.
func (c *console) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, format+"\n", args...) // a reader that went away is no failure of the command
}

// note writes one line that is no result: a warning, a prompt.
func (c *console) note(format string, args ...any) {
	_, _ = fmt.Fprintf(c.err, format+"\n", args...)
}
