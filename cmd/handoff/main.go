// Command handoff moves live chats from a bot to a person and back: the service itself, a demo, and an operator's tools.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// collectAt is the garbage collector's pace unless GOGC sets one: an event leaves much that is short-lived and little that
// stays, so that collecting a quarter as often costs little memory and spares about a tenth of the processor.
const collectAt = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	ignoreFileLimit()
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		cancel() // the first asks for a graceful stop
		<-signals
		os.Exit(exitKilled) // the second does not wait for it
	}()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
