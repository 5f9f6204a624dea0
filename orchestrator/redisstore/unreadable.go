package redisstore

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"handoff/orchestrator"
)

// unreadable begins the relative id of a command that was set aside because it could not be read. The lane and a hash follow,
// so that the same one has the same id.
const unreadable = "=unreadable."

func unreadableID(lane orchestrator.Lane, stored []byte) string {
	sum := sha256.Sum256(stored)
	return unreadable + string(lane) + "." + hex.EncodeToString(sum[:8])
}

// partyOf is whose lane it was, as far as the id of what was set aside tells.
func partyOf(id string) orchestrator.Party {
	lane, _ := strings.CutPrefix(id, unreadable)
	if i := strings.LastIndexByte(lane, '.'); i >= 0 {
		lane = lane[:i]
	}
	name, bot := strings.CutPrefix(strings.TrimSuffix(lane, "~"), "b:")
	if !bot {
		name = strings.TrimPrefix(name, "d:")
	}
	return orchestrator.Party{Connector: orchestrator.ConnectorName(name), Bot: bot}
}

// readBurial answers a buried command under the id by which it is found. One that this program cannot read is listed with
// what is known of it: it does not hide the others.
func readBurial(field, value string) orchestrator.Command {
	key, _ := parseLeaseMember(field) // the same form: conversation, bar, rest
	id := string(key.Lane)
	at, _ := strconv.ParseInt(value[:min(momentDigits, len(value))], 10, 64)
	cmd, err := decodeCommand(key.Conversation, []byte(value[min(momentDigits, len(value)):]))
	if err != nil {
		cmd = &orchestrator.Command{
			Conversation: key.Conversation, Type: orchestrator.CommandUnreadable, Class: orchestrator.ClassLifecycle,
			To: partyOf(id), At: orchestrator.Moment(at), Failure: err.Error(),
		}
	}
	cmd.ID = absoluteID(key.Conversation, id)
	return *cmd
}
