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

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

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
	secrets []*webhooks.Webhook // v1
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
		hook, err := webhooks.NewWebhookRaw(secret)
		if err != nil {
			return keys{}, err
		}
		k.secrets = append(k.secrets, hook)
	}
	for _, t := range tokens {
		k.tokens = append(k.tokens, sha256.Sum256([]byte(t)))
	}
	return k, nil
}

// Authenticate checks who sent a request, before anything in its body is looked at: the signature if there is one, else the
// Bearer token. The answers are the same whether or not the bot has keys of that kind. Errors: *orchestrator.InputError.
func (b *Bot) Authenticate(header http.Header, body []byte, now orchestrator.Moment) error {
	switch {
	case signed(header):
		return b.keys.verify(header, body, now)
	case header.Get("Authorization") != "":
		return b.keys.bearer(header.Get("Authorization"))
	}
	return missingHeader("webhook-id, webhook-timestamp and webhook-signature, or Authorization: Bearer, are required")
}

// signed reports whether the request claims to be signed.
func signed(header http.Header) bool { return header.Get(headerSignature) != "" }

// verify checks a signature. The library's own tolerance is not used: it reads the machine's clock.
func (k *keys) verify(header http.Header, body []byte, now orchestrator.Moment) error {
	id, stamp, signatures := header.Get(headerID), header.Get(headerTimestamp), header.Get(headerSignature)
	if id == "" || stamp == "" {
		return missingHeader("webhook-id and webhook-timestamp are required with webhook-signature")
	}
	seconds, err := strconv.ParseUint(stamp, 10, 40)
	if err != nil || strings.Count(signatures, ",") > MaxSignatures || !k.match(header, body, seconds) {
		return unauthorized(codeInvalidSignature, "the signature does not match")
	}
	const tolerance = int64(Tolerance / time.Second)
	if age := now.Time().Unix() - int64(seconds); age > tolerance || age < -tolerance { //nolint:gosec // 40 bits
		return unauthorized(codeStaleTimestamp, "webhook-timestamp is more than 300 seconds from our clock")
	}
	return nil
}

func (k *keys) match(header http.Header, body []byte, seconds uint64) bool {
	for _, secret := range k.secrets {
		if secret.VerifyIgnoringTimestamp(body, header) == nil {
			return true
		}
	}
	return len(k.publics) > 0 && k.matchPublic(header, body, seconds)
}

// matchPublic checks the signatures of scheme v1a.
func (k *keys) matchPublic(header http.Header, body []byte, seconds uint64) bool {
	signedText := append([]byte(header.Get(headerID)+"."+strconv.FormatUint(seconds, 10)+"."), body...)
	for one := range strings.FieldsSeq(header.Get(headerSignature)) {
		encoded, ok := strings.CutPrefix(one, "v1a,")
		if !ok {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		for _, public := range k.publics {
			if ed25519.Verify(public, signedText, signature) {
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
		signature, err := secret.Sign(id, at, body)
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
