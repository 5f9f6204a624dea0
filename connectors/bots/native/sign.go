package native

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// Codes of refused credentials.
const (
	codeMissingHeader    = "missing-header"
	codeInvalidSignature = "invalid-signature"
	codeStaleTimestamp   = "stale-timestamp"
	codeInvalidToken     = "invalid-token"
)

// Headers of Standard Webhooks, as Go writes them.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// keys are what a bot may identify itself with.
type keys struct {
	secrets []*secretKey        // v1
	publics []ed25519.PublicKey // v1a
	tokens  [][sha256.Size]byte // hashes, so that comparing takes the same time for every length
}

func openKeys(secrets, tokens []string) (keys, error) {
	var k keys
	for _, s := range secrets {
		secret, public, err := parseSecret(s)
		if err != nil {
			return keys{}, err
		}
		if public != nil {
			k.publics = append(k.publics, public)
			continue
		}
		key, err := newSecretKey(secret)
		if err != nil {
			return keys{}, err
		}
		k.secrets = append(k.secrets, key)
	}
	for _, t := range tokens {
		k.tokens = append(k.tokens, sha256.Sum256([]byte(t)))
	}
	return k, nil
}

// Authenticate checks who sent a request, before anything in its body is looked at: the signature if there is one, else the
// Bearer token. The answers are the same whether or not the bot has keys of that kind. Errors: *orchestrator.InputError.
func (b *Bot) Authenticate(header http.Header, body []byte, now orchestrator.Moment) error {
	authorization := first(header, "Authorization")
	switch {
	case signed(header):
		return b.keys.verify(header, body, now)
	case authorization != "":
		return b.keys.bearer(authorization)
	}
	return missingHeader("webhook-id, webhook-timestamp and webhook-signature, or Authorization: Bearer, are required")
}

// signed reports whether the request claims to be signed.
func signed(header http.Header) bool { return first(header, headerSignature) != "" }

// first is http.Header.Get for a name that is written as Go writes it, without looking at how it is written.
func first(header http.Header, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// verify checks a signature, and only then its time: what is stale is told to none but those who have the secret.
func (k *keys) verify(header http.Header, body []byte, now orchestrator.Moment) error {
	id, stamp, signatures := first(header, headerID), first(header, headerTimestamp), first(header, headerSignature)
	if id == "" || stamp == "" {
		return missingHeader("webhook-id and webhook-timestamp are required with webhook-signature")
	}
	seconds, err := strconv.ParseUint(stamp, 10, 63) // also one in milliseconds is told what is wrong with it
	if err != nil || strings.Count(signatures, ",") > MaxSignatures || !k.match(id, stamp, signatures, body) {
		return unauthorized(codeInvalidSignature, "the signature does not match")
	}
	const tolerance = int64(Tolerance / time.Second)
	if age := now.Time().Unix() - int64(seconds); age > tolerance || age < -tolerance {
		return unauthorized(codeStaleTimestamp, "webhook-timestamp is more than 300 seconds from our clock")
	}
	return nil
}

func (k *keys) match(id, stamp, signatures string, body []byte) bool {
	for _, secret := range k.secrets {
		if secret.matches(id, stamp, signatures, body) {
			return true
		}
	}
	return len(k.publics) > 0 && k.matchPublic(id, stamp, signatures, body)
}

// matchPublic checks the signatures of scheme v1a.
func (k *keys) matchPublic(id, stamp, signatures string, body []byte) bool {
	text := append([]byte(id+"."+stamp+"."), body...)
	for one := range strings.SplitSeq(signatures, " ") {
		encoded, ok := strings.CutPrefix(one, "v1a,")
		if !ok {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		for _, public := range k.publics {
			if ed25519.Verify(public, text, signature) {
				return true
			}
		}
	}
	return false
}

// bearer checks an Authorization header against every token, always all of them.
func (k *keys) bearer(authorization string) error {
	scheme, token, _ := strings.Cut(authorization, " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	same := 0
	for i := range k.tokens {
		same |= subtle.ConstantTimeCompare(given[:], k.tokens[i][:])
	}
	if same != 1 || !strings.EqualFold(scheme, "Bearer") {
		return unauthorized(codeInvalidToken, "the token is not valid")
	}
	return nil
}

// sign answers the webhook-signature header: one signature for each active secret.
func (k *keys) sign(id string, at time.Time, body []byte) (string, error) {
	var all strings.Builder
	for i, secret := range k.secrets {
		signature, err := secret.hook.Sign(id, at, body)
		if err != nil {
			return "", err
		}
		if i > 0 {
			all.WriteByte(' ')
		}
		all.WriteString(signature)
	}
	return all.String(), nil
}

func missingHeader(detail string) error {
	return &orchestrator.InputError{Status: http.StatusBadRequest, Code: codeMissingHeader, Detail: detail}
}

func unauthorized(code, detail string) error {
	return &orchestrator.InputError{Status: http.StatusUnauthorized, Code: code, Detail: detail}
}
