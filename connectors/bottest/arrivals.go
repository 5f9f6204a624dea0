package bottest

import (
	"errors"
	"net/http"

	"handoff/orchestrator"
)

func arrivals() []Behaviour {
	return []Behaviour{
		{"a customer's word is read, with members that nobody knows", wordIsRead},
		{"a request that was changed on its way is refused", changedIsRefused},
		{"what cannot be read is refused by name", nonsenseIsRefused},
	}
}

// receiver answers the bot's receiving side, if its platform posts.
func (p *Play) receiver() (orchestrator.BotReceiver, bool) {
	r, ok := p.Bot.(orchestrator.BotReceiver)
	return r, ok && p.Post != nil
}

func (p *Play) now() orchestrator.Moment { return orchestrator.MomentOf(p.Clock.Now()) }

func wordIsRead(t TB, p *Play) {
	bot, ok := p.receiver()
	if !ok {
		return
	}
	for _, extra := range []string{``, `"zz_unknown":{"a":[1,null,{"b":true}]},"zz_other":"x"`} {
		header, body := p.Post(t, "c-789", "hello", extra)
		if err := bot.Authenticate(header, body, p.now()); err != nil {
			t.Errorf("with %q: %v", extra, err)
		}
		ev, err := bot.Decode(header, body, p.now())
		if err != nil {
			t.Errorf("with %q: %v", extra, err)
			continue
		}
		if ev.Type != orchestrator.EventMessage || ev.Bot != p.Bot.Name() || ev.External != "c-789" || ev.ID == "" ||
			ev.Actor.Role != orchestrator.ActorCustomer || ev.Message == nil || ev.Message.Text != "hello" {
			t.Errorf("with %q: read as %+v", extra, ev)
		}
	}
}

func changedIsRefused(t TB, p *Play) {
	bot, ok := p.receiver()
	if !ok {
		return
	}
	header, body := p.Post(t, "c-789", "hello", "")
	refused := func(what string, h http.Header, b []byte, now orchestrator.Moment) {
		var input *orchestrator.InputError
		err := bot.Authenticate(h, b, now)
		if !errors.As(err, &input) || input.Status != http.StatusUnauthorized && input.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", what, err)
			return
		}
		p.noSecrets(t, "refusal", err.Error())
	}
	refused("without credentials", http.Header{"Content-Type": header["Content-Type"]}, body, p.now())
	for name, values := range header {
		if name == "Content-Type" {
			continue
		}
		h := header.Clone()
		h.Set(name, values[0]+"x")
		refused("with another "+name, h, body, p.now())
	}
}

func nonsenseIsRefused(t TB, p *Play) {
	bot, ok := p.receiver()
	if !ok {
		return
	}
	header, body := p.Post(t, "c-789", "hello", "")
	for _, bad := range [][]byte{nil, []byte("hello"), []byte("[]"), []byte("{}"), body[:len(body)/2], append([]byte("x"), body...)} {
		ev, err := bot.Decode(header, bad, p.now())
		var input *orchestrator.InputError
		if !errors.As(err, &input) || input.Code == "" || input.Status < 400 || input.Status > 499 {
			t.Errorf("%.20q: taken as %+v (%v)", bad, ev, err)
		}
	}
}
