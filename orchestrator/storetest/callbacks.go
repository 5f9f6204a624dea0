package storetest

import (
	"handoff/orchestrator"
)

var callbackTests = []behaviour{
	{"StoppedCallbackIsKnownUntilItIsStarted", stoppedCallback},
}

func stoppedCallback(f *fixture) {
	stopped := func(want map[orchestrator.ConnectorName]orchestrator.Stop) {
		f.Helper()
		all, err := f.store.StoppedCallbacks(f.ctx)
		f.ok(err)
		f.equal(all, want)
	}
	started := func(bot orchestrator.ConnectorName, want bool) {
		f.Helper()
		was, err := f.store.StartCallback(f.ctx, bot)
		f.ok(err)
		f.equal(was, want)
	}
	type stops = map[orchestrator.ConnectorName]orchestrator.Stop
	stopped(stops{})
	started("shop", false)
	first := orchestrator.Stop{At: f.now(), Address: "a1", Failure: "shop: send: HTTP 410: gone"}
	second := orchestrator.Stop{At: f.now() + 1, Address: "a2", Failure: "shop: notify: HTTP 410: gone"}
	f.ok(f.store.StopCallback(f.ctx, "shop", first))
	f.ok(f.store.StopCallback(f.ctx, "other", first))
	f.ok(f.store.StopCallback(f.ctx, "shop", second))
	stopped(stops{"shop": second, "other": first})
	started("shop", true)
	stopped(stops{"other": first})
}
