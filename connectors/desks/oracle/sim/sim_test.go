package sim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desks/oracle/sim"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// site is a simulator and a caller who knows the paths of the reference.
type site struct {
	*sim.Sim
	t     *testing.T
	clock *orchestrator.StepClock
	pool  string
}

func newSite(t *testing.T) *site {
	t.Helper()
	clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	return &site{t: t, clock: clock, pool: sim.DefaultPool, Sim: sim.New(sim.Options{
		Username: "u", Password: "p", AccountID: 12, AvailableStatus: 1, UnavailableStatus: 2, Clock: clock,
		People: []string{"anna", "bob"}, Queues: []string{"1"},
	})}
}

// call makes one call and answers its status and its body.
func (s *site) call(method, path string, header map[string]string, body any) (int, map[string]any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		s.t.Fatalf("%s %s answered %d %q", method, path, w.Code, w.Body)
	}
	return w.Code, answer
}

func (s *site) ofSite(method, op, said string, body any) (int, map[string]any) {
	r := httptest.NewRequestWithContext(s.t.Context(), method, "/", nil)
	r.SetBasicAuth("u", "p")
	header := map[string]string{"Authorization": r.Header.Get("Authorization")}
	if said != "" {
		header["OSvC-CREST-Application-Context"] = said
	}
	return s.call(method, "/services/rest/crossChannelServices/latest/"+op, header, body)
}

func (s *site) chat(api, op string, header map[string]string, body any) (int, map[string]any) {
	return s.call(http.MethodPost, "/engagement/api/"+api+"/"+sim.DefaultSite+"/v1/"+op+"?pool="+url.QueryEscape(s.pool), header, body)
}

// bot logs the account in and makes it available.
func (s *site) bot() map[string]string {
	s.t.Helper()
	_, tokens := s.ofSite(http.MethodPost, "agentTokens", "test", struct{}{})
	bearer := map[string]string{"Authorization": "Bearer " + tokens["sessionToken"].(string)}
	status, session := s.chat("agent", "createAutomatedAgentSession", bearer, map[string]any{"logonOverride": true})
	if status != http.StatusOK {
		s.t.Fatalf("login answered %d %v", status, session)
	}
	header := map[string]string{"X-AID": "12", "X-JSESSIONID": session["sessionId"].(string)}
	s.want(http.StatusOK, "", header, "setActivityStatus", map[string]any{"status": "AVAILABLE", "subTypeId": 1})
	s.asks(header)
	return header
}

func (s *site) asks(header map[string]string) {
	s.want(http.StatusOK, "", header, "requestAssignment", map[string]any{
		"assignmentRequested": true, "idleSessionCount": 1, "maxSessionCount": 1,
	})
}

// want makes an agent call and compares its status and exception code.
func (s *site) want(status int, code string, header map[string]string, op string, body any) map[string]any {
	s.t.Helper()
	got, answer := s.chat("agent", op, header, body)
	said, _ := answer["exceptionCode"].(string)
	if got != status || said != code {
		s.t.Errorf("%s answered %d %q, want %d %q", op, got, said, status, code)
	}
	return answer
}

// names fetches what there is and answers the names of its types.
func (s *site) names(header map[string]string, number int) []string {
	s.t.Helper()
	var names []string
	for _, m := range s.want(http.StatusOK, "", header, "getMessages", map[string]any{"sequenceNumber": number})["getResponseTypes"].([]any) {
		for name := range m.(map[string]any) {
			names = append(names, name)
		}
	}
	return names
}

func TestTheSiteWantsItsHeadersAndNamesTheServerTwice(t *testing.T) {
	s := newSite(t)
	for said, want := range map[string]int{"": 400, "this comment has more than forty characters": 400, "test": 200} {
		if status, _ := s.ofSite(http.MethodGet, "serviceSettings/1", said, nil); status != want {
			t.Errorf("with the comment %q: %d, want %d", said, status, want)
		}
	}
	if status, _ := s.ofSite(http.MethodPost, "agentTokens", "test", map[string]int{"id": 1}); status != 400 {
		t.Errorf("a token with attributes was answered %d", status)
	}
	status, answer := s.ofSite(http.MethodPost, "establishSessions", "test", map[string]any{"sessionInformation": map[string]any{"queueId": 1}})
	var server map[string]any
	if err := json.Unmarshal([]byte(answer["sessionServerResponse"].(string)), &server); err != nil || status != 201 {
		t.Fatalf("%d %v: %v", status, answer, err)
	}
	if diff := cmp.Diff(map[string]any{"domain": "example.com", "pool": sim.DefaultPool, "port": ""}, server); diff != "" {
		t.Error(diff)
	}
}

func TestTheBotsDayIsThatOfTheReference(t *testing.T) {
	s := newSite(t)
	bot := s.bot()
	ref, err := s.Begin(simkit.Customer{Name: "Ann"}, "1")
	if err != nil {
		t.Fatal(err)
	}
	id := json.Number(ref)
	if diff := cmp.Diff([]string{"ChatEngagementAssignmentNotification"}, s.names(bot, 1)); diff != "" {
		t.Error(diff)
	}
	s.want(http.StatusConflict, "CONFLICT", bot, "postMessage", post(id, "too early"))
	s.want(http.StatusOK, "", bot, "assignmentAcknowledgement", map[string]any{
		"action": "ACCEPT", "actionType": "AUTO", "assignmentType": "LEAD", "engagementId": id,
	})
	s.want(http.StatusNotFound, "UNKNOWN_EXCEPTION", bot, "assignmentAcknowledgement", map[string]any{
		"action": "ACCEPT", "actionType": "AUTO", "assignmentType": "LEAD", "engagementId": id,
	})
	s.want(http.StatusBadRequest, "INVALID_FIELD", bot, "postMessage", map[string]any{"body": "x", "destinationId": id})
	first := s.want(http.StatusOK, "", bot, "postMessage", post(id, "hello"))["chatPostResult"]
	second := s.want(http.StatusOK, "", bot, "postMessage", post(id, "again"))["chatPostResult"]
	if diff := cmp.Diff([]any{map[string]any{"clientReset": "0"}, map[string]any{"clientReset": 0.0}}, []any{first, second}); diff != "" {
		t.Errorf("clientReset is a string and a number in turns:\n%s", diff)
	}
	s.clock.Advance(31 * time.Second)
	late := s.want(http.StatusOK, "", bot, "postMessage", post(id, "anybody?"))["chatPostResult"]
	if diff := cmp.Diff(map[string]any{"clientReset": "2"}, late); diff != "" {
		t.Errorf("nobody fetches:\n%s", diff)
	}
	s.want(http.StatusOK, "", bot, "rerouteEngagement", map[string]any{"engagementId": id})
	s.want(http.StatusConflict, "CONFLICT", bot, "rerouteEngagement", map[string]any{"engagementId": id})
	if diff := cmp.Diff([]string{"ChatEngagementParticipantAdded", "ChatDisconnectNotification"}, s.names(bot, 2)); diff != "" {
		t.Error(diff)
	}
	if err := s.Accept(ref, "anna"); err != nil {
		t.Error(err)
	}
}

func post(id json.Number, body string) map[string]any {
	return map[string]any{"body": body, "destinationId": id, "destinationType": "ENGAGEMENT", "messageType": "TEXT", "visibility": "ALL"}
}

func TestAConcludedChatKeepsItsSeatUntilItIsReleased(t *testing.T) {
	s := newSite(t)
	bot := s.bot()
	ref, _ := s.Begin(simkit.Customer{Name: "Ann"}, "1")
	s.names(bot, 1)
	s.want(http.StatusOK, "", bot, "assignmentAcknowledgement", map[string]any{
		"action": "ACCEPT", "actionType": "AUTO", "assignmentType": "LEAD", "engagementId": json.Number(ref),
	})
	s.want(http.StatusOK, "", bot, "concludeChat", map[string]any{"engagementId": json.Number(ref)})
	next, _ := s.Begin(simkit.Customer{Name: "Bea"}, "1")
	s.asks(bot)
	if got := s.state(next); got != simkit.ChatWaiting {
		t.Errorf("the next one is %s although there is no seat", got)
	}
	s.want(http.StatusOK, "", bot, "releaseChat", map[string]any{"engagementId": json.Number(ref)})
	if got := s.state(next); got != simkit.ChatRinging {
		t.Errorf("the next one is %s although there is a seat", got)
	}
	s.clock.Advance(60 * time.Second)
	if err := s.Accept(next, "anna"); err != nil {
		t.Errorf("an offer that was not answered within 60 s: %v", err)
	}
}

func (s *site) state(ref string) simkit.ChatState {
	for _, c := range s.Chats() {
		if c.ID == ref {
			return c.State
		}
	}
	return ""
}

func TestAnOldPoolAndAnOldSessionAreNotKnown(t *testing.T) {
	s := newSite(t)
	bot := s.bot()
	s.MovePool("9:9")
	s.want(http.StatusNotFound, "UNKNOWN_EXCEPTION", bot, "getMessages", map[string]any{})
	s.pool = "9:9"
	if diff := cmp.Diff([]string{"ChatConfigChangeNotification"}, s.names(bot, 1)); diff != "" {
		t.Error(diff)
	}
	s.bot() // overrides
	s.want(http.StatusForbidden, "ACCESS_DENIED", bot, "getMessages", map[string]any{})
	_, tokens := s.ofSite(http.MethodPost, "agentTokens", "test", struct{}{})
	bearer := map[string]string{"Authorization": "Bearer " + tokens["sessionToken"].(string)}
	s.want(http.StatusConflict, "CONFLICT", bearer, "createAutomatedAgentSession", map[string]any{})
}

func TestAMissedBotLosesItsChatsToPeople(t *testing.T) {
	s := newSite(t)
	bot := s.bot()
	ref, _ := s.Begin(simkit.Customer{Name: "Ann"}, "1")
	s.names(bot, 1)
	s.want(http.StatusOK, "", bot, "assignmentAcknowledgement", map[string]any{
		"action": "ACCEPT", "actionType": "AUTO", "assignmentType": "LEAD", "engagementId": json.Number(ref),
	})
	s.clock.Advance(60 * time.Second)
	s.want(http.StatusForbidden, "ACCESS_DENIED", bot, "postMessage", post(json.Number(ref), "hello"))
	if err := s.Accept(ref, "bob"); err != nil {
		t.Error(err)
	}
}
