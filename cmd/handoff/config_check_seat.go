package main

// Seats at a vendor's desk (desks[].seat).
const (
	seatCustomer = "customer" // the default: we open the chat for the customer and relay
	seatAgent    = "agent"    // the chat begins at the vendor, our bot answers there and hands over by the vendor's own transfer
)

// checkSeat checks what every vendor's desk has: the seat, the bot of the agent seat, and where its server may be.
func checkSeat(l *loaded, d DeskConfig, at string, found *problems) {
	if d.Kind == defaultDeskKind {
		for key, given := range map[string]bool{
			"seat": d.Seat != "", "bot": d.Bot != "", "allow_private_address": d.AllowPrivateAddress,
		} {
			if given {
				found.add(at+"."+key, "is for a vendor's desk; the house desk has none")
			}
		}
		return
	}
	switch d.Seat {
	case "", seatCustomer:
		if d.Bot != "" {
			found.add(at+".bot", "is for the seat %s; in the seat %s the conversation's own bot counts", seatAgent, seatCustomer)
		}
	case seatAgent:
		if d.Bot == "" {
			found.add(at+".bot", "is required for the seat %s: whose conversations are those that begin here?", seatAgent)
		} else if _, ok := named(l.Bots, d.Bot); !ok {
			found.add(at+".bot", "bot %q is not configured%s", d.Bot, suggest(d.Bot, names(l.Bots)))
		}
	default:
		found.add(at+".seat", "must be %s or %s, not %q%s", seatCustomer, seatAgent, d.Seat,
			suggest(d.Seat, []string{seatCustomer, seatAgent}))
	}
}
