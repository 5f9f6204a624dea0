package desktest_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// openToy makes a toy desk with its vendor, wrong in one way or right.
func openToy(wrong fault) desktest.Open {
	return func(desktest.TB) *desktest.Subject {
		vendor := newToyVendor()
		server := httptest.NewUnstartedServer(vendor)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		server.Start()
		log := &logBuffer{}
		transport := &http.Transport{MaxIdleConnsPerHost: 64}
		desk := &toyDesk{
			fault: wrong, base: server.URL, client: &http.Client{Transport: transport},
			log: slog.New(slog.NewTextHandler(log, nil)), open: map[orchestrator.ConversationID]bool{}, session: "0",
		}
		always := "its people are always there"
		s := &desktest.Subject{
			Desk: desk, Clock: orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), Queue: "billing",
			People: []orchestrator.Agent{{ID: "anna"}, {ID: "bob"}, {ID: "carol"}},
			Script: vendor.script(), Faults: vendor.faults(), Logged: log.String, Secrets: []string{toyKey},
			Missing: map[desktest.Item]string{desktest.ItemSignIn: always, desktest.ItemSignOff: always},
			Close: func() {
				transport.CloseIdleConnections()
				server.CloseClientConnections()
				server.Close()
			},
		}
		switch wrong {
		case "hides what it has":
			s.Missing[desktest.ItemSeen] = "we would rather not say"
		case "hides what it has not":
			delete(s.Missing, desktest.ItemSignIn)
		}
		if wrong != "" {
			s.Patience = 300 * time.Millisecond // it waits in vain
		}
		return s
	}
}

func TestGoodToyPasses(t *testing.T) {
	desktest.Run(t, openToy(""))
}

// TestSuiteFindsEachPlantedFault: each fault is found by the behaviour that is meant for it, on which a good desk
// passes.
func TestSuiteFindsEachPlantedFault(t *testing.T) {
	for _, row := range []struct {
		planted fault
		found   string
	}{
		{"claims an ability", "ManifestAgreesWithMethods"},
		{"denies an ability", "ManifestAgreesWithMethods"},
		{"hides what it has", "WhatIsDeclaredMissingIsMissing"},
		{"hides what it has not", "WhatIsDeclaredMissingIsMissing"},
		{"leaves a goroutine", "RunStopsOnCancelAndLeavesNothingBehind"},
		{"does not stop", "RunStopsOnCancelAndLeavesNothingBehind"},
		{"ignores the context", "CancelledContextReturnsPromptly"},
		{"ignores the context", "HangingVendorDoesNotHoldACancelledCall"},
		{"fails to end what has ended", "OpenAndEndMayBeRepeated"},
		{"sends twice", "TheSameCommandTwiceReachesPeopleOnce"},
		{"sends twice", "ParallelConversationsKeepTheirOrder"},
		{"forgets the key", "TheSameCommandTwiceReachesPeopleOnce"},
		{"forgets the key", "AnAnswerLostAfterTheVendorActedIsUnknown"},
		{"answers before it sends", "ParallelConversationsKeepTheirOrder"},
		{"cuts long texts", "LongTextArrivesWhole"},
		{"swallows typing", "CustomersTypingIsShown"},
		{"deaf to typing", "AgentsTypingIsHeard"},
		{"repeats a 400", "EachStatusHasItsOutcome"},
		{"takes a lost answer for a no", "AnAnswerLostAfterTheVendorActedIsUnknown"},
		{"quotes the answer in its errors", "NoSecretInAnyError"},
		{"logs the answer", "NoSecretInAnyError"},
		{"does not compare", "DriftDuringASessionLossIsNamed"},
		{"does not name the drift", "DriftDuringASessionLossIsNamed"},
		{"hears twice", "DuplicateNotificationsAreHeardOnce"},
		{"believes the order of arrival", "ReorderedNotificationsAreHeardInOrder"},
		{"chokes on the unknown", "UnknownNotificationsAreTolerated"},
	} {
		t.Run(string(row.planted)+"/"+row.found, func(t *testing.T) {
			if wrong := desktest.Verdict(row.found, openToy("")); len(wrong) > 0 {
				t.Fatalf("a good desk fails: %v", wrong)
			}
			if wrong := desktest.Verdict(row.found, openToy(row.planted)); len(wrong) == 0 {
				t.Errorf("a desk that %q passes", row.planted)
			} else {
				t.Logf("found: %s", wrong[0])
			}
		})
	}
}
