package native_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/nativetest"
	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
)

// leastRows is how many bad requests the table has at least.
const leastRows = 60

func TestEveryBadRequestHasItsExactRefusal(t *testing.T) {
	bot := open(t, nil)
	rows := nativetest.BadRequests()
	if len(rows) < leastRows {
		t.Fatalf("only %d rows", len(rows))
	}
	names := map[string]bool{}
	for _, row := range rows {
		if names[row.Name] {
			t.Errorf("two rows are named %q", row.Name)
		}
		names[row.Name] = true
		t.Run(row.Name, func(t *testing.T) {
			client := sim.Client{Secret: secret, Clock: clock}
			if row.Bearer {
				client = sim.Client{Token: token, Clock: clock}
			}
			header, err := client.Sign("evt_1", "application/json", []byte(row.Body))
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range row.Header {
				if header.Del(name); value != "" {
					header.Set(name, value)
				}
			}
			if err := bot.Authenticate(header, []byte(row.Body), now); err != nil {
				t.Fatal(err)
			}
			decode := bot.Decode
			if row.Flat {
				decode = bot.DecodeHandoff
			}
			ev, err := decode(header, []byte(row.Body), now)
			var refused *orchestrator.InputError
			if !errors.As(err, &refused) {
				t.Fatalf("taken as %+v (%v)", ev, err)
			}
			if refused.Status != row.Status || refused.Code != row.Code || refused.Detail == "" {
				t.Errorf("%d %s (%s), want %d %s", refused.Status, refused.Code, refused.Detail, row.Status, row.Code)
			}
			if diff := cmp.Diff(row.Errors, refused.Fields); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(orchestrator.Event{}, ev); diff != "" {
				t.Errorf("a refused request gave an event:\n%s", diff)
			}
		})
	}
}
