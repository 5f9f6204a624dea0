package redisstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"handoff/orchestrator"
)

// codecVersion begins every stored value. Another number is another form, and is refused rather than guessed at.
const codecVersion = 1

// encMode and decMode are the two directions of the stored form: CBOR in the core deterministic encoding of RFC 8949.
var encMode, decMode = codecModes()

func codecModes() (cbor.UserBufferEncMode, cbor.DecMode) {
	enc, err := cbor.CoreDetEncOptions().UserBufferEncMode()
	if err != nil {
		panic("redisstore: encoding options: " + err.Error()) // a constant of this file
	}
	dec, err := cbor.DecOptions{
		// Numbers come back as int64 and objects as map[string]any, whatever their size.
		IntDec:         cbor.IntDecConvertSignedOrFail,
		DefaultMapType: reflect.TypeFor[map[string]any](),
		DupMapKey:      cbor.DupMapKeyEnforcedAPF,
		// A vendor's broken text must not make a conversation unreadable.
		UTF8:             cbor.UTF8DecodeInvalid,
		MaxNestedLevels:  32,
		MaxArrayElements: 1 << 20,
	}.DecMode()
	if err != nil {
		panic("redisstore: decoding options: " + err.Error())
	}
	return enc, dec
}

// encode writes v after the version byte.
func encode(v any) (string, error) { return encodeAfter([]byte{codecVersion}, v) }

// encodeAfter writes v after what head says.
func encodeAfter(head []byte, v any) (string, error) {
	buf := buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is ever put in
	defer buffers.Put(buf)
	buf.Reset()
	buf.Write(head)
	if err := encMode.MarshalToBuffer(v, buf); err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return buf.String(), nil
}

// buffers are written into before the length is known.
var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 2048)) }}

// decode reads what encode wrote.
func decode(b []byte, v any) error {
	if len(b) == 0 {
		return fmt.Errorf("decode %T: nothing stored", v)
	}
	if b[0] != codecVersion {
		return fmt.Errorf("decode %T: stored in form %d, this program reads form %d", v, b[0], codecVersion)
	}
	if err := decMode.Unmarshal(b[1:], v); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	return nil
}

// What an entry says twice is stored once: these bits of its first byte, beside the version, say what was left out.
const (
	entryVersionBits = 0x0f
	// entryAtIsEvents: Event.At is the entry's At.
	entryAtIsEvents = 0x10
	// entryIDEndsEvents: Event.Message.ID is the end of Event.ID, as long as the second byte says.
	entryIDEndsEvents = 0x20
	// entryCauseIsEvents: Why.Cause is the event's type.
	entryCauseIsEvents = 0x40
	// entryEpochIsEvents: Event.Epoch is the entry's Epoch.
	entryEpochIsEvents = 0x80
)

// entryScratch holds the shortened copy of an entry while it is encoded.
type entryScratch struct {
	entry   orchestrator.Entry
	why     orchestrator.Why
	message orchestrator.Message
}

var entryScratches = sync.Pool{New: func() any { return new(entryScratch) }}

// encodeEntry writes an entry without what it says twice. The entry is not changed.
func encodeEntry(entry *orchestrator.Entry) (string, error) {
	scratch := entryScratches.Get().(*entryScratch) //nolint:forcetypeassert // nothing else is ever put in
	defer func() {
		*scratch = entryScratch{} // keep nobody's words
		entryScratches.Put(scratch)
	}()
	e := &scratch.entry
	*e = *entry
	head := append(make([]byte, 0, 2), codecVersion)
	if e.Event.At == e.At {
		e.Event.At = 0
		head[0] |= entryAtIsEvents
	}
	if e.Event.Epoch == e.Epoch {
		e.Event.Epoch = 0
		head[0] |= entryEpochIsEvents
	}
	if w := e.Why; w != nil && w.Cause == string(e.Event.Type) {
		scratch.why = *w
		scratch.why.Cause = ""
		e.Why = &scratch.why
		head[0] |= entryCauseIsEvents
	}
	if m := e.Event.Message; m != nil && endsWithMessageID(e) {
		scratch.message = *m
		scratch.message.ID = ""
		e.Event.Message = &scratch.message
		head[0] |= entryIDEndsEvents
		head = append(head, byte(len(m.ID))) //nolint:gosec // endsWithMessageID keeps it below 256
	}
	return encodeAfter(head, e)
}

func endsWithMessageID(e *orchestrator.Entry) bool {
	id := e.Event.Message.ID
	return id != "" && len(id) <= math.MaxUint8 && strings.HasSuffix(string(e.Event.ID), id)
}

// decodeEntry reads what encodeEntry wrote, but for the sequence, which is the entry's place.
func decodeEntry(b []byte, e *orchestrator.Entry) error {
	if len(b) < 2 || b[0]&entryVersionBits != codecVersion {
		return fmt.Errorf("decode entry: %d bytes, not in form %d", len(b), codecVersion)
	}
	flags, body := b[0]&^entryVersionBits, b[1:]
	length := 0
	if flags&entryIDEndsEvents != 0 {
		length, body = int(b[1]), b[2:]
	}
	if err := decMode.Unmarshal(body, e); err != nil {
		return fmt.Errorf("decode entry: %w", err)
	}
	if flags&entryAtIsEvents != 0 {
		e.Event.At = e.At
	}
	if flags&entryEpochIsEvents != 0 {
		e.Event.Epoch = e.Epoch
	}
	if flags&entryCauseIsEvents != 0 && e.Why != nil {
		e.Why.Cause = string(e.Event.Type)
	}
	if flags&entryIDEndsEvents != 0 {
		if e.Event.Message == nil || length > len(e.Event.ID) {
			return errors.New("decode entry: the message's id is not the end of the event's")
		}
		e.Event.Message.ID = string(e.Event.ID[len(e.Event.ID)-length:])
	}
	return nil
}

// eventField is the field of the conversation's hash under which an event is remembered.
func eventField(event orchestrator.EventID) string {
	sum := sha256.Sum256(append(make([]byte, 0, 256), event...)) // most need no more room
	return string(sum[:eventFieldLength])
}

// eventFieldLength: 96 bits. The sender of an event chooses its id, but only within its own conversation.
const eventFieldLength = 12

// encodeSeen is the hash of the event's body and the sequence of its entry.
func encodeSeen(seen orchestrator.Seen) string {
	b := make([]byte, 0, len(seen.BodyHash)+binary.MaxVarintLen64)
	return string(binary.AppendUvarint(append(b, seen.BodyHash[:]...), seen.Sequence))
}

func decodeSeen(b string) (*orchestrator.Seen, error) {
	var seen orchestrator.Seen
	if len(b) <= len(seen.BodyHash) {
		return nil, errors.New("decode seen event: too short")
	}
	copy(seen.BodyHash[:], b)
	sequence, n := binary.Uvarint([]byte(b[len(seen.BodyHash):]))
	if n != len(b)-len(seen.BodyHash) {
		return nil, errors.New("decode seen event: not a sequence")
	}
	seen.Sequence = sequence
	return &seen, nil
}

// maxCommandID is the longest relative command id: its length is stored in one byte.
const maxCommandID = 255

// relativeID is a command's id within its conversation: ids that begin with the conversation's are cut to the rest,
// which begins with a dot, others get "=" in front.
func relativeID(conversation orchestrator.ConversationID, id orchestrator.CommandID) string {
	if rest, ok := strings.CutPrefix(string(id), string(conversation)); ok && strings.HasPrefix(rest, ".") {
		return rest
	}
	return "=" + string(id)
}

func absoluteID(conversation orchestrator.ConversationID, relative string) orchestrator.CommandID {
	if rest, ok := strings.CutPrefix(relative, "="); ok {
		return orchestrator.CommandID(rest)
	}
	return orchestrator.CommandID(string(conversation) + relative)
}

// encodeCommand writes the version byte, the length of the relative id, the relative id, and the command without its id
// and conversation. So a script can tell commands apart without reading CBOR.
func encodeCommand(cmd *orchestrator.Command) (string, error) {
	id := relativeID(cmd.Conversation, cmd.ID)
	if cmd.ID == "" || len(id) > maxCommandID {
		return "", fmt.Errorf("encode command: id %.64q is empty or longer than %d bytes", id, maxCommandID)
	}
	short := *cmd
	short.ID, short.Conversation = "", ""
	return encodeAfter(append([]byte{codecVersion, byte(len(id))}, id...), &short) //nolint:gosec // at most maxCommandID
}

func decodeCommand(conversation orchestrator.ConversationID, b []byte) (*orchestrator.Command, error) {
	if len(b) < 2 || b[0] != codecVersion || len(b) < 2+int(b[1]) || b[1] == 0 {
		return nil, fmt.Errorf("decode command of %s: not in the stored form", conversation)
	}
	end := 2 + int(b[1])
	id := string(b[2:end])
	if id[0] != '.' && id[0] != '=' {
		return nil, fmt.Errorf("decode command of %s: id %q is not in the stored form", conversation, id)
	}
	var cmd orchestrator.Command
	if err := decMode.Unmarshal(b[end:], &cmd); err != nil {
		return nil, fmt.Errorf("decode command of %s: %w", conversation, err)
	}
	cmd.ID, cmd.Conversation = absoluteID(conversation, id), conversation
	return &cmd, nil
}
