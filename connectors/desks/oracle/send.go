package oracle

import (
	"encoding/json"
	"errors"
	"strconv"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/once"
	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// posts are the requests for a message's pieces. Each carries an id of its own, the same whenever it is repeated.
func (b *base) posts(cmd *orchestrator.Command, body func(piece, id string) any) ([]string, error) {
	pieces := textsplit.Split(wording.Text(cmd.Message), b.config.LongestText, textsplit.Characters)
	for i, piece := range pieces {
		raw, err := json.Marshal(body(piece, messageID(cmd.ID, i)))
		if err != nil {
			return nil, b.Permanent("send", frame.CodeInvalid, errors.New("the message cannot be written as JSON"))
		}
		pieces[i] = string(raw)
	}
	return pieces, nil
}

// answerOf is what came of a post. CONFLICT says that nobody leads the engagement any more, or that Oracle has ended it.
func answerOf(err error) once.Answer {
	if hasCode(err, conflict, codeGone) || unknownToOracle(err) {
		return once.ChatOver(err)
	}
	return once.Read(err)
}

// messageID is the id under which a piece of a command is posted.
func messageID(id orchestrator.CommandID, piece int) string {
	if piece == 0 {
		return string(id)
	}
	return string(id) + "-" + strconv.Itoa(piece)
}

// activity is the body of the consumer's typing call.
func activity(on bool) map[string]string {
	if on {
		return map[string]string{"mode": modeResponding}
	}
	return map[string]string{"mode": "LISTENING"}
}

// interaction is the body of the agent's typing call.
func interaction(client, engagement string, on bool) map[string]any {
	return map[string]any{
		"clientId": json.Number(client), "engagementId": json.Number(engagement), "mode": activity(on)["mode"], "visibility": "ALL",
	}
}
