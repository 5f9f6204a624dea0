package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"sync"

	"github.com/golang-jwt/jwt/v5"

	"handoff/orchestrator"
)

// tokens signs and reads conversation tokens: HS256 JWTs whose subject is the one conversation they open. The secret is
// the installation's, so every process reads what another signed.
type tokens struct {
	store orchestrator.Sessions
	clock orchestrator.Clock

	mu     sync.Mutex
	secret []byte
	macs   sync.Pool // of hash.Hash, keyed with secret: setting one up costs more than a signature
}

const (
	tokenSecret = "conversation-token"
	tokenIssuer = "handoff"
)

// tokenHeader is the first part of every token: {"alg":"HS256","typ":"JWT"}.
const tokenHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."

func (t *tokens) key(ctx context.Context) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.secret != nil {
		return t.secret, nil
	}
	secret, err := t.store.Secret(ctx, tokenSecret)
	if err != nil {
		return nil, err
	}
	if len(secret) < 32 {
		return nil, fmt.Errorf("the secret %q has %d bytes, 32 are needed", tokenSecret, len(secret))
	}
	t.secret = secret
	return secret, nil
}

// issue answers the token of a conversation. It is made of nothing but the record, so that a repeated answer carries
// the same token as the first.
func (t *tokens) issue(ctx context.Context, c *orchestrator.Conversation) (string, error) {
	key, err := t.key(ctx)
	if err != nil {
		return "", err
	}
	issued := int64(stands(c)) / 1000
	claims := make([]byte, 0, 160)
	claims = append(claims, `{"iss":"`+tokenIssuer+`","sub":`...)
	claims = appendString(claims, string(c.ID))
	claims = append(claims, `,"iat":`...)
	claims = strconv.AppendInt(claims, issued, 10)
	claims = append(claims, `,"exp":`...)
	claims = strconv.AppendInt(claims, issued+int64(TokenLength.Seconds()), 10)
	claims = append(claims, '}')

	signing := make([]byte, 0, len(tokenHeader)+base64.RawURLEncoding.EncodedLen(len(claims))+44)
	signing = append(signing, tokenHeader...)
	signing = base64.RawURLEncoding.AppendEncode(signing, claims)
	mac, pooled := t.macs.Get().(hash.Hash)
	if !pooled {
		mac = hmac.New(sha256.New, key)
	}
	mac.Reset()
	_, _ = mac.Write(signing) // a hash takes everything
	var sum [sha256.Size]byte
	signature := mac.Sum(sum[:0])
	t.macs.Put(mac)
	signing = append(signing, '.')
	return string(base64.RawURLEncoding.AppendEncode(signing, signature)), nil
}

// stands answers the newest moment that a record tells of.
func stands(c *orchestrator.Conversation) orchestrator.Moment {
	return max(c.OpenedAt, c.EnteredAt, c.Requested, c.Started, c.LastMessage, c.ReturnedAt, c.ServedUntil, c.EndedAt)
}

// read answers the conversation of a token and until when it is good.
func (t *tokens) read(ctx context.Context, token string) (orchestrator.ConversationID, orchestrator.Moment, error) {
	key, err := t.key(ctx)
	if err != nil {
		return "", 0, err
	}
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(tokenIssuer),
		jwt.WithTimeFunc(t.clock.Now))
	_, err = parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil })
	if err != nil || claims.Subject == "" {
		return "", 0, refusal(codeInvalidToken, badCredentials)
	}
	return orchestrator.ConversationID(claims.Subject), orchestrator.MomentOf(claims.ExpiresAt.Time), nil
}
