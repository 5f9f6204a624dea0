package sim

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Enums are written by name and read by name or number: the vendor's client sends some of them as numbers.
type (
	status int // ChatSessionStatus
	kind   int // ChatMessageType
	extra  int // ChatMessageSpecialType
)

const (
	invalid status = iota
	preChatForm
	faq
	offlineForm
	inQueue
	customerLast
	userLast
	finished
	deleted
	closed
	requestPosted
	closedFromQueue
)

const (
	toCustomer kind = iota + 1
	toUser
	special
)

const (
	specialNone         extra = 0
	specialWelcome      extra = 1
	specialTransfered   extra = 6
	closedByUser        extra = 10
	closedByCustomer    extra = 11
	closedByIdle        extra = 12
	transferRejected    extra = 13
	reopenedByCustomer  extra = 14
	specialBotMessage   extra = 16
	highestSpecialKnown extra = 18
)

var (
	statusNames = []string{
		"Invalid", "PreChatForm", "Faq", "OfflineForm", "InQueue", "CustomerLast", "UserLast", "Finished", "Deleted", "Closed",
		"RequestPosted", "ClosedFromQueue",
	}
	kindNames  = []string{"Invalid", "ToCustomer", "ToUser", "Special"}
	extraNames = []string{
		"None", "Welcome", "Url", "Block", "", "NewSession", "TransferedSession", "Error", "SessionDeleted", "FaqSuccessQuestion",
		"ClosedByUser", "ClosedByCustomer", "ClosedByIdle", "TransferRejected", "ReopenedByCustomer", "ClickedOption", "BotMessage",
		"Options", "IllegalFileType",
	}
)

var errEnum = errors.New("there is no such name or number")

func read(b []byte, names []string) (int, error) {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return 0, nil
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(names) {
		return n, nil
	}
	for n, name := range names {
		if strings.EqualFold(name, text) {
			return n, nil
		}
	}
	return 0, errEnum
}

// UnmarshalJSON reads a name or a number.
func (s *status) UnmarshalJSON(b []byte) error {
	n, err := read(b, statusNames)
	*s = status(n)
	return err
}

// MarshalJSON writes the name.
func (s status) MarshalJSON() ([]byte, error) { return json.Marshal(statusNames[s]) }

// UnmarshalJSON reads a name or a number.
func (k *kind) UnmarshalJSON(b []byte) error {
	n, err := read(b, kindNames)
	*k = kind(n)
	return err
}

// MarshalJSON writes the name.
func (k kind) MarshalJSON() ([]byte, error) { return json.Marshal(kindNames[k]) }

// UnmarshalJSON reads a name or a number.
func (e *extra) UnmarshalJSON(b []byte) error {
	n, err := read(b, extraNames)
	*e = extra(n)
	return err
}

// MarshalJSON writes the name.
func (e extra) MarshalJSON() ([]byte, error) { return json.Marshal(extraNames[e]) }

func (s status) live() bool { return s >= preChatForm && s <= userLast }
