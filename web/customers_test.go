package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
)

// withAdmin adds ada, who may do everything.
func withAdmin(o *Options) {
	o.Users = append(o.Users, User{Name: "ada", DisplayName: "Ada", Role: RoleAdmin, PasswordHash: cheapHash()})
}

// erase works on the orders until none is open.
func (r *rig) erase() {
	r.t.Helper()
	x := orchestrator.NewEraser(r.engine, nil)
	for limit := time.Now().Add(20 * time.Second); ; {
		must(x.Work(r.t.Context()))
		if len(must(r.store.Erasures(r.t.Context()))) == 0 {
			return
		}
		if time.Now().After(limit) {
			r.t.Fatal("the orders are never done")
		}
		r.clock.Advance(time.Second)
	}
}

func TestErasedCustomerIsNowhereAndBeginsAnew(t *testing.T) {
	r := newRig(t, withAdmin)
	anna, ann, id := r.servedOnWeb()
	ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "my secret words"}).want(t, 202)
	stream := ann.listen("/v1/conversations/" + id + "/events")
	ada := r.person("ada")
	a := ada.do("DELETE", "/v1/customers/shop/u-1", nil).want(t, 202)
	if a.number("conversations") != 1 {
		t.Errorf("answered %s", a.body)
	}
	r.erase()
	for _, who := range []*caller{ann, anna, ada, r.bot()} {
		who.get("/v1/conversations/"+id).problem(t, 404, codeUnknownConv)
		who.get("/v1/conversations/"+id+"/events").problem(t, 404, codeUnknownConv)
	}
	ada.get("/v1/conversations/"+id+"/history").problem(t, 404, codeUnknownConv)
	anna.act(id, "complete").problem(t, 404, codeUnknownConv)
	ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "hello?"}).problem(t, 404, codeUnknownConv)
	if a := anna.get("/v1/me/conversations").want(t, 200); strings.Contains(string(a.body), id) {
		t.Errorf("anna still has it: %s", a.body)
	}
	if a := anna.get("/v1/me/presence").want(t, 200); a.number("busy") != 0 {
		t.Errorf("anna's seat is taken: %s", a.body)
	}
	for _, more := stream.next(); more; _, more = stream.next() {
	}
	if _, waits := <-stream.lines; waits {
		t.Error("the customer's stream goes on")
	}
	ada.do("DELETE", "/v1/customers/shop/u-1", nil).problem(t, 404, codeNotFound)
	if again, _, _ := r.begin(); again == id {
		t.Error("the customer goes on with what was erased")
	}
	for line := range strings.Lines(r.log.String()) {
		if strings.Contains(line, `"a customer is`) && (strings.Contains(line, "u-1") || strings.Contains(line, "Ann")) {
			t.Errorf("the log names the customer: %s", line)
		}
	}
	for _, secret := range []string{"/customers/shop/u-1", "my secret words"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
	if !strings.Contains(r.log.String(), `"msg":"a customer is to be erased","erasure":"`+orchestrator.CustomerName("shop", "u-1")+`"`) {
		t.Error("the log does not tell that somebody was erased")
	}
}

func TestCustomersWithOddIDsAreErased(t *testing.T) {
	r := newRig(t, withAdmin)
	ada := r.person("ada")
	for _, user := range []string{"a/b", "100%", "+47 22 33", "é?x=1&y", "%2f", "u;v"} {
		r.bot().post("/v1/conversations", map[string]any{"bot": "shop", "user": map[string]any{"id": user}}).want(t, 201)
		path := "/v1/customers/shop/" + url.PathEscape(user)
		// Unlike do, browse does not hold the path against the document: its reader takes an escaped slash for one.
		if a := ada.browse("DELETE", path, nil).want(t, 202); a.number("conversations") != 1 {
			t.Errorf("%q: %s", user, a.body)
		}
		r.erase()
		ada.browse("DELETE", path, nil).problem(t, 404, codeNotFound)
	}
}
