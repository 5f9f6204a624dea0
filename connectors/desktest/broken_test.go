package desktest_test

import (
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"handoff/connectors/desktest"
	"handoff/connectors/internal/report"
	"handoff/connectors/internal/session"
	"handoff/connectors/internal/testlog"
	"handoff/orchestrator"
)

// outOfSight is no fault: a desk that learns nothing after a handoff, and says so.
const outOfSight fault = "cannot see what follows"

// openToy makes a toy desk with its vendor, wrong in one way or right.
func openToy(seat string, wrong fault) desktest.Open {
	return func(desktest.TB) *desktest.Subject {
		vendor := newToyVendor()
		server, shut := desktest.Serve(vendor)
		log := &testlog.Buffer{}
		transport, polls := &http.Transport{MaxIdleConnsPerHost: 64}, &http.Transport{}
		clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
		memory := desktest.NewMemory(clock)
		open := func() *toyDesk {
			desk := &toyDesk{
				fault: wrong, seat: seat, base: server.URL, client: &http.Client{Transport: transport},
				polls: &http.Client{Transport: polls}, memory: memory, log: slog.New(slog.NewTextHandler(log, nil)), ended: map[string]bool{},
				drift: map[string]int64{}, placed: map[string]bool{}, unread: map[string]bool{}, left: map[string]bool{},
			}
			desk.reporter = report.New("toy", clock, desk.log)
			desk.keeper = session.New(desk, "toy", memory, clock, desk.log)
			return desk
		}
		script := desktest.StageScript(vendor, memory.Handle, toyQueue)
		script.SignIn, script.SignOff = nil, nil
		always := "its people are always there"
		s := &desktest.Subject{
			Desk: open(), Clock: clock, Seat: seat, Memory: memory, Queue: "billing",
			Twin: func(desktest.TB) orchestrator.Desk {
				desk := open()
				desk.second = true
				return desk
			},
			People: []orchestrator.Agent{{ID: "anna"}, {ID: "bob"}, {ID: "carol"}},
			Script: script, Faults: desktest.StageFaults(vendor), Logged: log.String, Secrets: []string{toyKey},
			Missing: map[desktest.Item]string{desktest.ItemSignIn: always, desktest.ItemSignOff: always},
			Close: func() {
				transport.CloseIdleConnections()
				polls.CloseIdleConnections()
				shut()
			},
		}
		switch wrong {
		case "hides what it has":
			s.Missing[desktest.ItemSeen] = "we would rather not say"
		case "hides what it has not":
			delete(s.Missing, desktest.ItemSignIn)
		case "has no twin":
			s.Twin = nil
		case "loses no poll":
			s.Faults.LosePoll = func() func() bool { return func() bool { return false } }
		case outOfSight, "lets go without a word":
			s.Script.AgentAccepts = nil
			s.Missing[desktest.ItemAccepts] = "nobody tells us"
		}
		if wrong != "" && wrong != outOfSight {
			s.Patience = 300 * time.Millisecond // it waits in vain
		}
		return s
	}
}

func TestGoodToyPassesInTheCustomersSeat(t *testing.T) {
	desktest.Run(t, openToy(desktest.SeatCustomer, ""))
}

func TestGoodToyPassesInTheAgentsSeat(t *testing.T) {
	desktest.Run(t, openToy(desktest.SeatAgent, ""))
}

// planted is a fault and the behaviour that is meant to find it, in each of the seats.
type planted struct {
	fault fault
	found string
	seats []string
}

var (
	both     = []string{desktest.SeatCustomer, desktest.SeatAgent}
	customer = both[:1]
	agent    = both[1:]
)

var plantedFaults = []planted{
	{"claims an ability", "ManifestAgreesWithMethods", both},
	{"denies an ability", "ManifestAgreesWithMethods", customer},
	{"has no twin", "ManifestAgreesWithMethods", both},
	{"hides what it has", "WhatIsDeclaredMissingIsMissing", both},
	{"hides what it has not", "WhatIsDeclaredMissingIsMissing", both},
	{"leaves a goroutine", "RunStopsOnCancelAndLeavesNothingBehind", both},
	{"does not stop", "RunStopsOnCancelAndLeavesNothingBehind", both},
	{"ignores the context", "CancelledContextReturnsPromptly", both},
	{"ignores the context", "HangingVendorDoesNotHoldACancelledCall", both},
	{"fails to end what has ended", "OpenAndEndMayBeRepeated", both},
	{"sends twice", "TheSameCommandTwiceReachesPeopleOnce", both},
	{"sends twice", "ParallelConversationsKeepTheirOrder", both},
	{"forgets the key", "TheSameCommandTwiceReachesPeopleOnce", both},
	{"forgets the key", "AnAnswerLostAfterTheVendorActedIsUnknown", both},
	{"answers before it sends", "ParallelConversationsKeepTheirOrder", both},
	{"cuts long texts", "LongTextArrivesWhole", both},
	{"believes every page", "APageInPlaceOfAnAnswerIsNoSuccess/open a chat", customer},
	{"takes a refusal for a maybe", "ARefusalOfOneCallIsReadAndEndsNothingElse/open a chat", customer},
	{"takes a refusal for a maybe", "ARefusalOfEveryCallEndsTheCommand/open a chat", customer},
	{"takes a lost answer for a no", "ALostAnswerOfEachCallIsLookedAfter/open a chat", customer},
	{"swallows typing", "APageInPlaceOfAnAnswerIsNoSuccess/typing", both},
	{"takes a refusal for a maybe", "ARefusalOfOneCallIsReadAndEndsNothingElse/typing", both},
	{"takes a refusal for a maybe", "ARefusalOfEveryCallEndsTheCommand/typing", both},
	{"takes a lost answer for a no", "ALostAnswerOfEachCallIsLookedAfter/typing", both},
	{"takes a refusal for a maybe", "ARefusalOfEveryCallEndsTheCommand/send", both},
	{"takes a lost answer for a no", "ALostAnswerOfEachCallIsLookedAfter/send", both},
	{"takes a refusal for a maybe", "ARefusalOfEveryCallEndsTheCommand/open", agent},
	{"takes a lost answer for a no", "ALostAnswerOfEachCallIsLookedAfter/open", agent},
	{"takes a refusal for a maybe", "ARefusalOfEveryCallEndsTheCommand/take back", agent},
	{"takes a lost answer for a no", "ALostAnswerOfEachCallIsLookedAfter/take back", agent},
	{"takes a refusal for a maybe", "ARefusalOfEveryCallEndsTheCommand/end", both},
	{"takes a lost answer for a no", "ALostAnswerOfEachCallIsLookedAfter/end", both},
	{"opens another chat when it is unsure", "ALostAnswerOfEachCallIsLookedAfter/open a chat", customer},
	{"says that it was told", "AWordInAChatThatHasJustEndedIsNotDelivered", agent},
	{"hears what cannot be shown", "WhatCannotBeShownIsNeitherKeptNorLostInSilence", both},
	{"leaves out what cannot be shown", "WhatCannotBeShownIsNeitherKeptNorLostInSilence", both},
	{"takes words for markup", "WhatLooksLikeMarkupArrivesAsItWasWritten", both},
	{"hears words as markup", "WhatLooksLikeMarkupArrivesAsItWasWritten", both},
	{"leaves files out", "FilesArriveWithTheirAddresses", both},
	{"swallows typing", "TypingOfOursIsShown", both},
	{"deaf to typing", "AgentsTypingIsHeard", customer},
	{"deaf to typing", "CustomersTypingReachesTheBot", agent},
	{"repeats a 400", "EachStatusHasItsOutcome", both},
	{"takes a lost answer for a no", "AnAnswerLostAfterTheVendorActedIsUnknown", both},
	{"quotes the answer in its errors", "NoSecretInAnyError", both},
	{"logs the answer", "NoSecretInAnyError", both},
	{"does not compare", "DriftDuringASessionLossIsNamed", both},
	{"does not name the drift", "DriftDuringASessionLossIsNamed", both},
	{"does not count the drift", "DriftDuringASessionLossIsNamed", both},
	{"does not compare", "DriftWhileNoProcessListensIsNamed", both},
	{"does not name the drift", "DriftWhileNoProcessListensIsNamed", both},
	{"does not count the drift", "DriftWhileNoProcessListensIsNamed", both},
	{"does not compare", "DriftRightAfterOpeningIsNamed", customer},
	{"does not name the drift", "DriftRightAfterOpeningIsNamed", customer},
	{"hears twice", "DuplicateNotificationsAreHeardOnce", both},
	{"believes the order of arrival", "ReorderedNotificationsAreHeardInOrder", both},
	{"chokes on the unknown", "UnknownNotificationsAreTolerated", both},

	{"says that it was told", "AWordInAChatThatHasJustEndedIsNotDelivered", customer},
	{"believes every page", "APageInPlaceOfAnAnswerIsNoSuccess/send", both},
	{"believes every page", "APageInPlaceOfAnAnswerIsNoSuccess/open", agent},
	{"believes every page", "APageInPlaceOfAnAnswerIsNoSuccess/end", both},
	{"believes every page", "APageInPlaceOfAnAnswerIsNoSuccess/take back", agent},
	{"takes a refusal for a maybe", "ARefusalOfOneCallIsReadAndEndsNothingElse/take back", agent},
	{"takes a refusal for a maybe", "ARefusalOfOneCallIsReadAndEndsNothingElse/send", both},
	{"takes a refusal for a maybe", "ARefusalOfOneCallIsReadAndEndsNothingElse/open", agent},
	{"logs in when it is refused", "ARefusalOfOneCallIsReadAndEndsNothingElse/send", both},
	{"takes a refusal for a maybe", "ARefusalOfOneCallIsReadAndEndsNothingElse/end", both},

	{"knows people by their names", "ACustomerWhoIsRenamedIsHeardOnce", agent},
	{"keeps the old id", "AChatThatIsGivenAnotherIDGoesOn", both},

	{"does not open", "StraightStory", customer},
	{"takes the same text for the same word", "WordsSaidAtTheDeskAreHeardOnceAndInOrder", both},
	{"deaf to ends", "WhoLeavesAtTheDeskIsNoticed", both},
	{"deaf to acceptance", "WhoTakesTheChatIsSeenBeforeTheirWords", customer},
	{"deaf to transfers", "TransferAtTheDeskIsSeen", customer},
	{"deaf to refusals", "ATransferThatIsDeclinedLeavesNobodyAlone", customer},
	{"deaf to places", "PlacesInLineAreToldAndTheirChanges", customer},
	{"tells the first place only", "PlacesInLineAreToldAndTheirChanges", customer},
	{"deaf to requeues", "RequeueAtTheDeskIsSeen", customer},
	{"deaf to requeues", "WhatIsDoneWhileItRingsAtAColleagueIsSeen", customer},
	{"deaf to ends", "WhatIsDoneWhileItRingsAtAColleagueIsSeen", customer},
	{"deaf to ends", "AnEndDuringAConferenceIsSeen", customer},
	{"deaf to colleagues", "ConferenceAtTheDeskIsSeen", customer},
	{"deaf to wrap-up", "AfterCallWorkIsSeen", customer},
	{"leaves the chat open", "TheCustomersLeavingEndsTheChatAtTheDesk", customer},
	{"does not open", "AChatIsOpenedInTheQueue", customer},

	{"keeps what was said before", "WhatWasSaidBeforeReachesThePerson", both},
	{"says aloud what was said before", "WhatWasSaidBeforeReachesThePerson", agent},
	{"cuts the newest words", "ALongHistoryIsCutFromTheOldest", both},
	{"cuts without a mark", "ALongHistoryIsCutFromTheOldest", both},

	{"hears twice", "AChatThatBeginsAtTheDeskReachesTheBotOnce", agent},
	{"does not compare", "AChatThatBeganUnheardReachesTheBot", agent},
	{"keeps the chat", "TheHandoffIsTheDesksOwnTransferAfterTheLastWords", agent},
	{"says goodbye after the transfer", "TheHandoffIsTheDesksOwnTransferAfterTheLastWords", agent},
	{"says goodbye after the transfer", "AfterTheHandoffTheBotIsSilent", agent},
	{"deaf to acceptance", "WhoTakesAChatOfTheBotIsSeen", agent},
	{"lets go without a word", "TheEndOfAChatThatWeCannotSeeIsSaid", agent},
	{"leaves it with the people", "AChatThatGoesBackToTheBotIsWithTheBotAtTheDesk", agent},
	{"cannot take back", "AChatThatGoesBackToTheBotIsWithTheBotAtTheDesk", agent},
	{"deaf to ends", "TheCustomerLeavesTheBot", agent},
	{"leaves the chat open", "TheBotEndsTheChat", agent},

	{"does not read what was said", "WordsSaidDuringASessionLossAreHeardOnce", both},
	{"goes on behind a lost answer", "ALostPollAnswerLosesNothing", both},
	{"loses no poll", "ALostPollAnswerLosesNothing", both},
	{"logs in when it is refused", "AChatOfWhichEverythingIsRefusedCostsNoOther", both},
	{"does not compare", "ALoginFindsChatsInAnyState", customer},
	{"does not read what was said", "ALoginFindsChatsInAnyState", customer},
	{"does not compare", "ALoginFindsChatsOfTheBotInAnyState", agent},
	{"does not read what was said", "ALoginFindsChatsOfTheBotInAnyState", agent},
	{"forgets what is being opened", "AChatThatIsReadWhileItIsOpenedIsNotForgotten", both},
	{"gives up at a 401", "ASessionThatEndsInMidCallIsRenewedOnce", both},
	{"logs in for each call", "ASessionThatEndsInMidCallIsRenewedOnce", both},
	{"does not wait its turn", "TwoProcessesHoldOneSession", both},
	{"leaves it to the first process", "AnotherProcessGoesOnWhenOneDies", both},
}

// blind are those faults that show only at a desk that cannot see what follows a handoff.
var blind = []fault{"lets go without a word"}

// TestSuiteFindsEachPlantedFault: each fault is found by the behaviour that is meant for it, on which a good desk
// passes.
func TestSuiteFindsEachPlantedFault(t *testing.T) {
	for _, row := range plantedFaults {
		for _, seat := range row.seats {
			t.Run(seat+"/"+string(row.fault)+"/"+row.found, func(t *testing.T) {
				good := fault("")
				if slices.Contains(blind, row.fault) {
					good = outOfSight
				}
				if wrong := desktest.Verdict(row.found, openToy(seat, good)); len(wrong) > 0 {
					t.Fatalf("a good desk fails: %v", wrong)
				}
				if wrong := desktest.Verdict(row.found, openToy(seat, row.fault)); len(wrong) == 0 {
					t.Errorf("a desk that %q passes", row.fault)
				} else {
					t.Logf("found: %s", wrong[0])
				}
			})
		}
	}
}

// TestEachBehaviourFindsAFault: what no planted fault is meant for would never be noticed to find nothing.
func TestEachBehaviourFindsAFault(t *testing.T) {
	for _, b := range desktest.Behaviours() {
		if slices.ContainsFunc(plantedFaults, func(p planted) bool { return p.found == b.Name }) {
			continue
		}
		if !slices.Contains(provenAtTheHouse, b.Name) {
			t.Errorf("no fault is planted for %s", b.Name)
		}
	}
}

// provenAtTheHouse are behaviours that concern only a desk that rings people itself; their faults are planted there.
var provenAtTheHouse = []string{
	"AConversationRingsAtOnePersonOnce", "NobodyGetsMoreThanTheyHaveRoomFor", "WhoDeclinedIsNotAskedNext",
	"AWithdrawnConversationRingsAtNobody", "SigningOffPutsConversationsBack", "AfterCallWorkKeepsTheSeatUntilComplete",
	"TransferReachesTheOtherPersonAndFreesTheFirst", "TransferToSomebodyAbsentFailsAndTheFirstStillHasIt",
	"ColleagueJoinsAndLeaves",
}
