package redisstore

import (
	"context"
	"crypto/sha1" //nolint:gosec // how Redis names scripts
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// script is a Lua script as Redis knows it: by the SHA-1 of its text.
type script struct {
	name   string
	source string
	sha    string
}

// newScript joins files of lua/ to one script; the first may hold functions that the last uses.
func newScript(files ...string) *script {
	s := &script{name: files[len(files)-1]}
	for _, file := range files {
		text, err := fs.ReadFile(luaFiles, "lua/"+file+".lua")
		if err != nil {
			panic("redisstore: " + err.Error()) // embedded at build
		}
		s.source += string(text)
	}
	sum := sha1.Sum([]byte(s.source)) //nolint:gosec // as above
	s.sha = hex.EncodeToString(sum[:])
	allScripts = append(allScripts, s)
	return s
}

// allScripts is filled while the package's variables are made and only read afterwards.
var allScripts []*script

// loadScripts teaches Redis every script; on a cluster each master.
func loadScripts(ctx context.Context, client redis.UniversalClient) error {
	if cluster, ok := client.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return teach(ctx, node) })
	}
	return teach(ctx, client)
}

func teach(ctx context.Context, node redis.Cmdable) error {
	pipe := node.Pipeline()
	loads := make([]*redis.StringCmd, len(allScripts))
	for i, s := range allScripts {
		loads[i] = pipe.ScriptLoad(ctx, s.source)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("redis: load scripts: %w", err)
	}
	for i, s := range allScripts {
		if sha := loads[i].Val(); sha != s.sha {
			return fmt.Errorf("redis: script %s was loaded as %s, not %s", s.name, sha, s.sha)
		}
	}
	return nil
}

// command is the EVALSHA of a script.
func (sc *script) command(ctx context.Context, keys []string, args []any) *redis.Cmd {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, "evalsha", &sc.sha, len(keys))
	for i := range keys {
		if i == 0 {
			all = append(all, keys[0]) // a cluster's client looks at it
			continue
		}
		all = append(all, &keys[i]) // go-redis follows it; a string would be copied to become an interface
	}
	cmd := redis.NewCmd(ctx, append(all, args...)...)
	cmd.SetFirstKeyPos(3)
	return cmd
}

// run runs a script, in company with whatever else waits. A server that does not know it (restarted, failed over,
// flushed) is given the text, in a call of its own. A script that answers false answers nil here.
func (s *Store) run(ctx context.Context, sc *script, keys []string, args ...any) (any, error) {
	cmd := sc.command(ctx, keys, args)
	err := s.batch.do(ctx, cmd)
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()
		cmd = s.client.Eval(ctx, sc.source, keys, slices.Clip(args)...)
		err = cmd.Err()
	}
	if err == redis.Nil { //nolint:errorlint // go-redis answers it bare
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("redis: %s: %w", sc.name, err)
	}
	return cmd.Val(), nil
}

// runEach runs a script once for each call, in one pipeline, and answers the answers in the same order. Calls are
// independent: one that fails leaves the others their answers, and its error is answered with them.
func (s *Store) runEach(ctx context.Context, sc *script, calls []*laneCall) ([]any, error) {
	if len(calls) == 0 {
		return nil, nil
	}
	pipe := s.client.Pipeline()
	cmds := make([]*redis.Cmd, len(calls))
	for i, call := range calls {
		cmds[i] = sc.command(ctx, call.keys, call.args)
		_ = pipe.Process(ctx, cmds[i]) // only queues
	}
	_, err := pipe.Exec(ctx)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		err = nil
	}
	answers := make([]any, len(calls))
	for i, cmd := range cmds {
		if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
			cmd = s.client.Eval(ctx, sc.source, calls[i].keys, calls[i].args...)
		}
		answers[i] = cmd.Val()
		if err == nil && cmd.Err() != redis.Nil { //nolint:errorlint // go-redis answers it bare
			err = cmd.Err()
		}
	}
	if err != nil && err != redis.Nil { //nolint:errorlint // as above
		return answers, fmt.Errorf("redis: %s: %w", sc.name, err)
	}
	return answers, nil
}
