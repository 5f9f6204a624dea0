package redisstore

import (
	"fmt"
	"strconv"
	"strings"

	"handoff/orchestrator"
)

// defaultPrefix begins every key.
const defaultPrefix = "ho:"

// keys builds every key string of the program. What lies under each is told in the comments here and nowhere else.
type keys struct {
	prefix string
	// changes is the channel on which every commit is told.
	changes    string
	partitions []partitionKeys
	roster     rosterKeys
}

// partitionKeys are those of one partition; all bear its hash tag, for example {p2f}.
type partitionKeys struct {
	tag string // the prefix and the tag

	// due: zset of all live conversations by indexed deadline; +inf for one without.
	due string
	// leases: zset of all lanes that hold commands, member <conversation>|<lane>, by the end of the lease.
	leases string
	// states: one zset for each live state, by the moment by which conversations are listed (Conversation.ListedFrom). A
	// process of the version before has written the moment of entering it.
	states map[orchestrator.State]string
	// moved: zset of live conversations by the moment of entering their state.
	moved string
	// ended: zset of ended conversations by the moment of the end, for as long as they are readable.
	ended string
	// unretired: zset of ended conversations that were not marked as archived, by the moment of the end.
	unretired string
	// seen: zset of live conversations by the customer's last fetch.
	seen string
	// buried: zset, all scores 0, of undelivered commands; the member begins with the moment, so that lexical order is
	// the order of time (see buriedMember).
	buried string
	// standing: hash, how many of each flow stand in each live state, field <flow> and <state> joined by a unit separator.
	// Field "at": when they were last counted anew.
	standing string
	// burials: hash from <conversation>|<command> to the moment in 16 digits and the command.
	burials string
}

func newKeys(prefix string, partitions int) *keys {
	k := &keys{
		prefix: prefix, changes: prefix + "changes", partitions: make([]partitionKeys, partitions),
		roster: newRosterKeys(prefix),
	}
	for p := range k.partitions {
		tag := fmt.Sprintf("%s{p%02x}:", prefix, p)
		pk := partitionKeys{
			tag: tag, due: tag + "due", leases: tag + "leases", ended: tag + "ended", unretired: tag + "unretired",
			seen: tag + "seen", buried: tag + "u", burials: tag + "ub", standing: tag + "f", moved: tag + "mv",
			states: map[orchestrator.State]string{},
		}
		for _, state := range orchestrator.LiveStates() {
			pk.states[state] = tag + "s:" + string(state)
		}
		k.partitions[p] = pk
	}
	return k
}

// conversation: hash. Field "v": eight bytes that mark the commit, then the version in decimal. Field "d": the deadline
// as the due index has it. Field "r": the mark of the newest revival of a buried command. Field "l<lane>": "<end of
// lease>|<node>" for each lane that holds commands. Each field of twelve bytes: the beginning of the SHA-256 of an event id,
// with what is remembered of the event.
func (p *partitionKeys) conversation(id orchestrator.ConversationID) string {
	return p.tag + "c:" + string(id)
}

// record: string, the encoded conversation.
func (p *partitionKeys) record(id orchestrator.ConversationID) string {
	return p.tag + "r:" + string(id)
}

// timeline: list of encoded entries; the place is the sequence.
func (p *partitionKeys) timeline(id orchestrator.ConversationID) string {
	return p.tag + "t:" + string(id)
}

// lane: list of encoded commands, the first to be carried out in front.
func (p *partitionKeys) lane(id orchestrator.ConversationID, lane orchestrator.Lane) string {
	return p.tag + "l:" + string(id) + ":" + string(lane)
}

// external: string, the id of the newest conversation of a bot under the bot's own id; "!" follows once it has ended.
func (p *partitionKeys) external(bot orchestrator.ConnectorName, external string) string {
	return p.tag + "x:" + string(bot) + ":" + external
}

// hour: hash of counters, field <flow>, <event>, <from>, <to> joined by a unit separator.
func (p *partitionKeys) hour(at orchestrator.Moment) string {
	return p.tag + "k:" + strconv.FormatInt(int64(at)/hourMS, 10)
}

// recent: hash of the counters of steps within five minutes, with the fields of hour.
func (p *partitionKeys) recent(at orchestrator.Moment) string {
	return p.tag + "m:" + strconv.FormatInt(int64(at)/recentMS, 10)
}

// Spans of the counters in milliseconds.
const (
	hourMS   = 60 * 60 * 1000
	recentMS = 5 * 60 * 1000
)

// binding: string, the conversation behind a desk's handle. It bears no tag: it is known before the partition is.
func (k *keys) binding(desk orchestrator.ConnectorName, ref string) string {
	return k.prefix + "b:" + string(desk) + ":" + ref
}

// notes: hash of what a connector keeps under a desk's handle, by name. Like a binding it bears no tag.
func (k *keys) notes(desk orchestrator.ConnectorName, ref string) string {
	return k.prefix + "n:" + string(desk) + ":" + ref
}

// handles: zset of a desk's handles under which something is kept, by when that began.
func (k *keys) handles(desk orchestrator.ConnectorName) string {
	return k.prefix + "nh:" + string(desk)
}

// nodes: set of the processes that were heard of and have not stopped. It shares a slot with their signs of life.
func (k *keys) nodes() string { return k.prefix + "{nodes}:all" }

// alive: string, what the process has configured; there while it counts as alive.
func (k *keys) alive(node orchestrator.NodeID) string { return k.prefix + "{nodes}:" + string(node) }

// stopped: hash of the bots whose callbacks are stopped, from the name to an encoded Stop.
func (k *keys) stopped() string { return k.prefix + "stopped" }

// erasures: hash of the orders to erase a customer that are not done, by a hash of who it is.
func (k *keys) erasures() string { return k.prefix + "erasures" }

// partitionCount: string, the number of partitions.
func (k *keys) partitionCount() string { return k.prefix + "partitions" }

// ready: string that the readiness check writes; it expires.
func (k *keys) ready() string { return k.prefix + "ready" }

// secret: string of 32 random bytes.
func (k *keys) secret(name string) string { return k.prefix + "secret:" + name }

// use: string, the method and path for which a bot's signed request was used; under the hash of its webhook-id.
func (k *keys) use(bot orchestrator.ConnectorName, idHash string) string {
	return k.prefix + "o:" + string(bot) + ":" + idHash
}

// lock: string, held while Exclusive runs.
func (k *keys) lock(name string) string { return k.prefix + "lock:" + name }

// session: string, the encoded session under the hash of its token. All sessions and their index share one slot.
func (k *keys) session(tokenHash string) string { return k.prefix + "{people}:t:" + tokenHash }

// userSessions: zset of the token hashes of one user, by the moment at which the session runs out.
func (k *keys) userSessions(user string) string { return k.prefix + "{people}:u:" + user }

// rosterKeys are those of the house desk's floor, in a slot of their own.
type rosterKeys struct {
	// presence: hash from agent to "<state>|<capacity>|<until>|" and the encoded presence. States: 0 away, 1 online,
	// 2 noted provisionally, 3 signed off.
	presence string
	// idle: hash from agent to the moment since when no seat was taken or given back.
	idle string
	// load: hash from agent to the number of seats taken.
	load string
	// seats: hash from conversation to its seats; see lua/roster.lua for the form.
	seats string
	// rings: zset of reservations, member <conversation> unit separator <agent>, by the moment they run out.
	rings string
	// line: zset, all scores 0, of all waiting conversations in lexical order; see placeMember.
	line string
	// places: hash from waiting conversation to its member of line, a record separator, and the encoded Waiting.
	places string
	// kept: hash from conversation to the places value of a conversation that was reserved from the line.
	kept string
	// waiting: hash from queue to how many wait.
	waiting string
	// handle: hash from queue to the average milliseconds of a chat.
	handle string
	// chosen: hash from agent to "<since when>|<why>" of the state that they chose, or that was chosen for them.
	chosen string
	// held: hash from a conversation whose place in line is only held to "<until>|<token>".
	held string
	// seated: zset, all scores 0, of the seats by agent, member <agent> unit separator <conversation>. The version before does
	// not keep it: see lua/seats.lua.
	seated string
}

func newRosterKeys(prefix string) rosterKeys {
	tag := prefix + "{roster}:"
	return rosterKeys{
		presence: tag + "presence", idle: tag + "idle", load: tag + "load", seats: tag + "seats", rings: tag + "rings",
		line: tag + "line", places: tag + "places", kept: tag + "kept", waiting: tag + "waiting", handle: tag + "handle",
		chosen: tag + "chosen", held: tag + "held", seated: tag + "seated",
	}
}

// all is the order in which every script of the roster gets its keys.
func (r *rosterKeys) all() []string {
	return []string{
		r.presence, r.idle, r.load, r.seats, r.rings, r.line, r.places, r.kept, r.waiting, r.handle, r.chosen, r.held, r.seated,
	}
}

// CheckPrefix answers what is wrong with Options.Prefix, nil if it can be used. Braces would be taken for a hash tag.
func CheckPrefix(prefix string) error {
	if strings.ContainsAny(prefix, "{} \r\n") {
		return fmt.Errorf("%q contains a brace or a space", prefix)
	}
	return nil
}
