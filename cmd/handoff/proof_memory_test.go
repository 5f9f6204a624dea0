package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"handoff/web"
)

// signInMemory is what a process may have in memory after 20 sign-ins in a row.
const signInMemory = 120 << 20

// standardConfig is a service with one person, whose password costs as much to check as those that hash-password makes.
func standardConfig(t testing.TB, redis string) string {
	t.Helper()
	hash, err := web.HashPassword(demoPassword, web.StandardCost)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "handoff.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\nredis: {url: %q}\ncookies: {insecure: true}\nlog: {level: error}\n"+
		"bots: [{name: shop, tokens: [%s]}]\nqueues: [{name: general}]\nflows: {default: {desk: house, queue: general}}\n"+
		"users: [{name: sam, role: supervisor, password_hash: '%s'}]\n", redis, proofToken, hash)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

// TestProofSignInsDoNotPileUpMemory: each check of a password takes 64 MiB, and gives them back.
func TestProofSignInsDoNotPileUpMemory(t *testing.T) {
	node := startNode(t, standardConfig(t, ""), "")
	resident := func() int64 {
		bytes, err := residentMemory(node.cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	before := resident()
	for range 20 {
		newParties(t, node).person("sam")
	}
	if after := resident(); after > signInMemory {
		t.Errorf("%d MiB before 20 sign-ins, %d MiB after, want at most %d", before>>20, after>>20, signInMemory>>20)
	} else {
		t.Logf("%d MiB before 20 sign-ins, %d MiB after", before>>20, after>>20)
	}
}
