package desktest

import "slices"

// Item names one thing that a subject can play.
type Item string

// The items: a function of Script or Faults each.
const (
	ItemSignIn          Item = "sign_in"
	ItemSignOff         Item = "sign_off"
	ItemAccepts         Item = "agent_accepts"
	ItemAgentSays       Item = "agent_says"
	ItemAgentTypes      Item = "agent_types"
	ItemAgentLeaves     Item = "agent_leaves"
	ItemTransfers       Item = "agent_transfers"
	ItemTransfersQueue  Item = "agent_transfers_to_queue"
	ItemRings           Item = "agent_rings"
	ItemDeclines        Item = "agent_declines"
	ItemInvites         Item = "agent_invites"
	ItemCompletes       Item = "agent_completes"
	ItemCustomerBegins  Item = "customer_begins"
	ItemCustomerSays    Item = "customer_says"
	ItemCustomerTypes   Item = "customer_types"
	ItemCustomerLeaves  Item = "customer_leaves"
	ItemCustomerRenamed Item = "customer_renamed"
	ItemChatMoves       Item = "chat_moves"
	ItemSeen            Item = "seen"
	ItemSeenByCustomer  Item = "seen_by_customer"
	ItemSeenTyping      Item = "seen_typing"
	ItemChat            Item = "chat"
	ItemStatus          Item = "status"
	ItemLoseAnswer      Item = "lose_answer"
	ItemHang            Item = "hang"
	ItemDuplicate       Item = "duplicate"
	ItemReorder         Item = "reorder"
	ItemUnknown         Item = "unknown"
	ItemLoseSession     Item = "lose_session"
	ItemKillSession     Item = "kill_session"
	ItemLosePoll        Item = "lose_poll"
	ItemUnheard         Item = "unheard"
	ItemRefuseOne       Item = "refuse_one"
	ItemLoseOne         Item = "lose_one"
	ItemRefuse          Item = "refuse"
)

// items answers what the subject has of each item.
func (s *Subject) items() map[Item]bool {
	return map[Item]bool{
		ItemSignIn:          s.Script.SignIn != nil,
		ItemSignOff:         s.Script.SignOff != nil,
		ItemAccepts:         s.Script.AgentAccepts != nil,
		ItemAgentSays:       s.Script.AgentSays != nil,
		ItemAgentTypes:      s.Script.AgentTypes != nil,
		ItemAgentLeaves:     s.Script.AgentLeaves != nil,
		ItemTransfers:       s.Script.AgentTransfers != nil,
		ItemTransfersQueue:  s.Script.AgentTransfersToQueue != nil,
		ItemRings:           s.Script.AgentRings != nil,
		ItemDeclines:        s.Script.AgentDeclines != nil,
		ItemInvites:         s.Script.AgentInvites != nil,
		ItemCompletes:       s.Script.AgentCompletes != nil,
		ItemCustomerBegins:  s.Script.CustomerBegins != nil,
		ItemCustomerSays:    s.Script.CustomerSays != nil,
		ItemCustomerTypes:   s.Script.CustomerTypes != nil,
		ItemCustomerLeaves:  s.Script.CustomerLeaves != nil,
		ItemCustomerRenamed: s.Script.CustomerRenamed != nil,
		ItemChatMoves:       s.Script.ChatMoves != nil,
		ItemSeen:            s.Script.Seen != nil,
		ItemSeenByCustomer:  s.Script.SeenByCustomer != nil,
		ItemSeenTyping:      s.Script.SeenTyping != nil,
		ItemChat:            s.Script.Chat != nil,
		ItemStatus:          s.Faults.Status != nil,
		ItemLoseAnswer:      s.Faults.LoseAnswer != nil,
		ItemHang:            s.Faults.Hang != nil,
		ItemDuplicate:       s.Faults.Duplicate != nil,
		ItemReorder:         s.Faults.Reorder != nil,
		ItemUnknown:         s.Faults.Unknown != nil,
		ItemLoseSession:     s.Faults.LoseSession != nil,
		ItemKillSession:     s.Faults.KillSession != nil,
		ItemLosePoll:        s.Faults.LosePoll != nil,
		ItemUnheard:         s.Faults.Unheard != nil,
		ItemRefuseOne:       s.Faults.RefuseOne != nil,
		ItemLoseOne:         s.Faults.LoseOne != nil,
		ItemRefuse:          s.Faults.Refuse != nil,
	}
}

// can reports whether the subject has all of the items.
func (s *Subject) can(items ...Item) bool {
	have := s.items()
	return !slices.ContainsFunc(items, func(i Item) bool { return !have[i] })
}

// ofAgentSeat are the items of the customer at the desk's own channel: in the customer's seat nobody asks for them.
var ofAgentSeat = []Item{ItemCustomerBegins, ItemCustomerSays, ItemCustomerTypes, ItemCustomerLeaves, ItemSeenByCustomer}

// ofSomeVendors are items of which most vendors have nothing: nobody asks for them.
var ofSomeVendors = []Item{ItemRings, ItemCustomerRenamed, ItemChatMoves}

// required are the items without which next to nothing can be told of a desk, by what it says of itself.
func (s *Subject) required() map[Item]string {
	m := s.Desk.Manifest()
	if m.ReadsTimeline {
		return nil
	}
	items := map[Item]string{ItemChat: "no reads_timeline: nothing shows how a chat stands"}
	items[ItemUnheard] = "no reads_timeline: nothing shows that drift is named"
	if m.TypingOut {
		items[ItemSeenTyping] = "typing_out: nothing shows that"
	}
	if m.OneSession {
		items[ItemKillSession] = "one_session: nothing shows that it is renewed"
	}
	if s.Seat == SeatAgent {
		const begins = "the seat agent: chats begin here"
		items[ItemCustomerBegins], items[ItemCustomerSays], items[ItemCustomerLeaves] = begins, begins, begins
		items[ItemSeenByCustomer] = "the seat agent: nothing shows what the customer sees"
		return items
	}
	items[ItemSeen] = "no reads_timeline: nothing shows what its people see"
	items[ItemAgentSays] = "no reads_timeline: its people write at the desk"
	items[ItemAgentLeaves] = items[ItemAgentSays]
	if !m.Accept {
		items[ItemAccepts] = "accept: its people accept nowhere else"
	}
	if m.TypingIn {
		items[ItemAgentTypes] = "typing_in: nothing shows that"
	}
	if m.WrapUpSeen {
		items[ItemCompletes] = "wrap_up_seen: nothing shows that"
	}
	return items
}
