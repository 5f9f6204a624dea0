package native_test

import (
	"testing"

	"handoff/connectors/bots/native"
	"handoff/connectors/bots/native/sim"
)

func request(b *testing.B, client sim.Client) (bot *native.Bot, run func()) {
	b.Helper()
	bot = open(b, nil)
	body := read(b, "message_created.json")
	h, err := client.Sign("evt_01JD8ZK3V6W8QH2M5R9T0XB4CE", "application/json", body)
	if err != nil {
		b.Fatal(err)
	}
	return bot, func() {
		if err := bot.Authenticate(h, body, now); err != nil {
			b.Fatal(err)
		}
		if _, err := bot.Decode(h, body, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignedMessage is the hot path: one signed message.created of a customer, from bytes to event.
func BenchmarkSignedMessage(b *testing.B) {
	_, run := request(b, sim.Client{Secret: secret, Clock: clock})
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

// BenchmarkBearerMessage is the same with a token.
func BenchmarkBearerMessage(b *testing.B) {
	_, run := request(b, sim.Client{Token: token, Clock: clock})
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

// BenchmarkDecode leaves the credentials out.
func BenchmarkDecode(b *testing.B) {
	bot := open(b, nil)
	for _, file := range []string{"message_created.json", "handoff_requested.json"} {
		b.Run(file, func(b *testing.B) {
			body, h := read(b, file), header("application/json")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bot.Decode(h, body, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
