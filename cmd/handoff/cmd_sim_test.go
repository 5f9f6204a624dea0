package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"handoff/connectors/simkit"
)

// TestSimulatorsServePeopleWhoCanBeMovedOverHTTP: each vendor as a process, moved by hand through its control.
func TestSimulatorsServePeopleWhoCanBeMovedOverHTTP(t *testing.T) {
	for _, kind := range sortedKeys(simulators) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := launch(t, nil, "sim", kind, "--listen", "127.0.0.1:0")
			vendor := simkit.NewRemote(p.until(`handoff sim: ` + kind + ` at (\S+?),`)[1])
			defer vendor.Close()
			chat, err := vendor.Begin(simkit.Customer{Name: "Ada"}, simulators[kind].walkIn)
			if err != nil {
				t.Fatal(err)
			}
			if err := vendor.CustomerSays(chat, "Is anybody there?"); err != nil && !errors.Is(err, simkit.ErrNoSuchThing) {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err = vendor.Await(ctx, func(chats []simkit.Chat) bool { return len(chats) == 1 && chats[0].ID == chat })
			if err != nil {
				t.Error(err)
			}
			if err := vendor.Says("nosuch", "anna", "hello"); !errors.Is(err, simkit.ErrUnknownChat) {
				t.Errorf("an unknown chat: %v", err)
			}
			if err := vendor.Fault("rain", 0, 0); err == nil || !strings.Contains(err.Error(), `"rain" is not known`) {
				t.Errorf("an unknown fault: %v", err)
			}
			for _, known := range []string{simkit.FaultLosePoll, simkit.FaultLoseSession} {
				if err := vendor.Fault(known, 0, 0); err != nil {
					t.Errorf("%s: %v", known, err)
				}
			}
		})
	}
}

// TestSimSpeaksTheDialectThatIsAskedFor: the server has the paths of that generation and no others, and what is printed to
// configure goes with it.
func TestSimSpeaksTheDialectThatIsAskedFor(t *testing.T) {
	paths := map[string]string{"8.5.1": "/api/v2/me/interactions", "8.5.2": "/api/v2/me/chats"}
	for dialect, want := range map[string]string{"": "8.5.2", "8.5.2": "8.5.2", "8.5.1": "8.5.1"} {
		p := launch(t, nil, "sim", "genesys", "--listen", "127.0.0.1:0", "--dialect", dialect)
		base := p.until(`handoff sim: genesys at (\S+?),`)[1]
		if spoken := p.until(`dialect: '(\S+)'`)[1]; spoken != want {
			t.Errorf("--dialect %q prints dialect %s", dialect, spoken)
		}
		for generation, path := range paths {
			if has := get(t, base+path) != http.StatusNotFound; has != (generation == want) {
				t.Errorf("--dialect %q: %s is there: %t", dialect, path, has)
			}
		}
	}
}

func TestSimRefusesWhatItCannotServe(t *testing.T) {
	for vendor, want := range map[string]string{
		"icws":    "--dialect: icws has one only",
		"genesys": `--dialect: "8.5.9" is not spoken by genesys; there is 8.5.2, 8.5.1`,
	} {
		p := launch(t, nil, "sim", vendor, "--dialect", "8.5.9")
		p.ends(exitFailed)
		if !strings.Contains(p.err.String(), want) {
			t.Errorf("it does not say %s:\n%s", want, p.err.String())
		}
	}
	p := launch(t, nil, "sim", "genesis", "--customers", "3")
	p.ends(exitFailed)
	for _, want := range []string{`"genesis" cannot be simulated`, `did you mean "genesys"`, "--customers: needs --cast"} {
		if !strings.Contains(p.err.String(), want) {
			t.Errorf("it does not say %s:\n%s", want, p.err.String())
		}
	}
}
