package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"handoff/orchestrator"
)

// tokens signs and reads conversation tokens: HS256 JWTs whose subject is the one conversation they open. The secret is
// the installation's, so every process reads what another signed.
type tokens struct {
	keys tokenKeys
	now  func() time.Time
}

// tokenIssuer is who signs.
const tokenIssuer = "handoff"

// tokenHeader is the first part of every token: {"alg":"HS256","typ":"JWT"}.
const tokenHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."

// appendToken appends the token of a conversation in quotes. It is made of nothing but the record, so that a repeated
// answer carries the same token as the first.
func (t *tokens) appendToken(ctx context.Context, b []byte, c *orchestrator.Conversation) ([]byte, error) {
	key, err := t.keys.current(ctx)
	if err != nil {
		return b, err
	}
	signer := key.signer()
	defer key.signers.Put(signer)
	issued := int64(stands(c)) / 1000
	claims := append(signer.claims[:0], `{"iss":"`+tokenIssuer+`","sub":`...)
	claims = appendString(claims, string(c.ID))
	claims = append(claims, `,"iat":`...)
	claims = strconv.AppendInt(claims, issued, 10)
	claims = append(claims, `,"exp":`...)
	claims = strconv.AppendInt(claims, issued+int64(TokenLength.Seconds()), 10)
	signer.claims = append(claims, '}')

	b = append(b, '"')
	begin := len(b)
	b = append(b, tokenHeader...)
	b = base64.RawURLEncoding.AppendEncode(b, signer.claims)
	signature := signer.sign(b[begin:])
	b = append(b, '.')
	b = base64.RawURLEncoding.AppendEncode(b, signature)
	return append(b, '"'), nil
}

// signer is what one signature at a time needs: setting up a keyed hash costs more than a signature.
type signer struct {
	mac    hash.Hash
	claims []byte
	sum    []byte
}

func newSigner(key []byte) *signer { return &signer{mac: hmac.New(sha256.New, key)} }

// sign answers the signature of a text; it is good until the next one.
func (s *signer) sign(text []byte) []byte {
	s.mac.Reset()
	_, _ = s.mac.Write(text) // a hash takes everything
	s.sum = s.mac.Sum(s.sum[:0])
	return s.sum
}

// stands answers the newest moment that a record tells of.
func stands(c *orchestrator.Conversation) orchestrator.Moment {
	return max(c.OpenedAt, c.EnteredAt, c.Requested, c.Started, c.LastMessage, c.ReturnedAt, c.ServedUntil, c.EndedAt)
}

// read answers the conversation of a token and until when it is good. A token that the secret did not sign may have been signed
// with a newer one.
func (t *tokens) read(ctx context.Context, token string) (orchestrator.ConversationID, orchestrator.Moment, error) {
	key, err := t.keys.current(ctx)
	if err != nil {
		return "", 0, err
	}
	claims, err := t.parse(token, key)
	if errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		newer, failed := t.keys.newest(ctx)
		if failed != nil {
			return "", 0, failed
		}
		if newer != key {
			claims, err = t.parse(token, newer)
		}
	}
	if err != nil || claims.Subject == "" {
		return "", 0, refusal(codeInvalidToken, badCredentials)
	}
	return orchestrator.ConversationID(claims.Subject), orchestrator.MomentOf(claims.ExpiresAt.Time), nil
}

func (t *tokens) parse(token string, key *tokenKey) (*jwt.RegisteredClaims, error) {
	claims := &jwt.RegisteredClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(tokenIssuer), jwt.WithTimeFunc(t.now))
	_, err := parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key.secret, nil })
	return claims, err
}
