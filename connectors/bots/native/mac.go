package native

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"
	"sync"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// secretKey is one v1 secret. Signing is the library's. Checking is done for every event that comes in, and here, because
// the library's copies the body, makes the hash anew each time and reads the machine's clock; a test holds both together.
type secretKey struct {
	hook *webhooks.Webhook
	macs sync.Pool // of *mac
}

// mac is a keyed hash and room for what goes through it.
type mac struct {
	hash    hash.Hash
	prefix  []byte
	sum     [sha256.Size]byte
	encoded [44]byte // base64 of sum
}

func newSecretKey(secret []byte) (*secretKey, error) {
	hook, err := webhooks.NewWebhookRaw(secret)
	if err != nil {
		return nil, err
	}
	return &secretKey{hook: hook, macs: sync.Pool{New: func() any { return &mac{hash: hmac.New(sha256.New, secret)} }}}, nil
}

// matches reports whether one of the signatures is this secret's for "{id}.{timestamp}.{body}".
func (k *secretKey) matches(id, stamp, signatures string, body []byte) bool {
	m, _ := k.macs.Get().(*mac)
	defer k.macs.Put(m)
	m.prefix = append(append(append(append(m.prefix[:0], id...), '.'), stamp...), '.')
	m.hash.Reset()
	m.hash.Write(m.prefix)
	m.hash.Write(body)
	base64.StdEncoding.Encode(m.encoded[:], m.hash.Sum(m.sum[:0]))
	for one := range strings.SplitSeq(signatures, " ") {
		if encoded, ok := strings.CutPrefix(one, "v1,"); ok && hmac.Equal([]byte(encoded), m.encoded[:]) {
			return true
		}
	}
	return false
}
