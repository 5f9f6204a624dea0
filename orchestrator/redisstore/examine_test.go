package redisstore

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// findings names what was found: "name" if it is well, "name!" if not. Names are cut before " at ".
func findings(t *testing.T, o Options) (map[string]Finding, error) {
	t.Helper()
	all, err := Examine(context.Background(), quiet(o))
	named := map[string]Finding{}
	for _, f := range all {
		name, _, _ := strings.Cut(f.Name, " at ")
		if f.OK != (f.Advice == "") {
			t.Errorf("%+v: advice goes with what is not well", f)
		}
		named[name] = f
	}
	return named, err
}

func TestDoctorIsContentWithAGoodServer(t *testing.T) {
	server := redistest.Start(t, redistest.AppendOnly("everysec"))
	found, err := findings(t, Options{URL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"connection", "version", "role", "persistence", "eviction policy", "memory", "clock", "scripts", "latency",
		"partitions",
	} {
		f, ok := found[name]
		if !ok || (!f.OK && name != "latency") { // this machine may be busy
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	server := redistest.Start(t, redistest.Config("maxmemory-policy", "allkeys-lru"))
	s := mustOpen(t, server.URL(), Options{Partitions: 16})
	memory, err := s.client.InfoMap(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	used, err := strconv.Atoi(memory["Memory"]["used_memory"])
	if err != nil {
		t.Fatal(err)
	}
	almostFull := strconv.Itoa(used + used/5) // with room to connect: a full server would drop what is looked at
	if err := s.client.ConfigSet(t.Context(), "maxmemory", almostFull).Err(); err != nil {
		t.Fatal(err)
	}
	clock := orchestrator.NewStepClock(testStart) // far from the server's
	found, err := findings(t, Options{URL: server.URL(), Partitions: 8, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"persistence", "eviction policy", "memory", "clock", "partitions"} {
		if f, ok := found[name]; !ok || f.OK {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if got := found["partitions"]; got.Detail != "16, configured are 8" || got.Advice != "set partitions to 16" {
		t.Errorf("partitions: %+v", got)
	}
}

func TestDoctorLooksAtEveryNodeOfACluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	all, err := Examine(context.Background(), quiet(Options{URL: cluster.URL()}))
	if err != nil {
		t.Fatal(err)
	}
	policies, slots := 0, ""
	for _, f := range all {
		if strings.HasPrefix(f.Name, "eviction policy at ") && f.OK {
			policies++
		}
		if f.Name == "cluster slots" {
			slots = f.Detail
		}
	}
	if policies != len(cluster.Nodes) || slots != "16384 of 16384 are covered" {
		t.Errorf("%d policies, slots: %q", policies, slots)
	}
}

func TestDoctorSaysThatNobodyAnswers(t *testing.T) {
	server := redistest.Start(t)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	all, err := Examine(ctx, quiet(Options{URL: server.URL()}))
	if err == nil || len(all) != 1 || all[0].OK {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestVersionsAreCompared(t *testing.T) {
	for version, want := range map[string]bool{"7.0.15": true, "6.2.0": true, "6.0.16": false, "5.0.7": false,
		"10.1": true, "": false, "x.y": false} {
		if newEnough(version) != want {
			t.Errorf("%q: got %v", version, !want)
		}
	}
}
