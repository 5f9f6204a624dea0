package superoffice

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"

	"github.com/golang-jwt/jwt/v5"

	"handoff/connectors/internal/session"
)

// ticketClaim holds the ticket in the token that answers a system user's login.
const ticketClaim = "http://schemes.superoffice.net/identity/ticket"

// ticketOf verifies the token by the vendor's published keys and answers the ticket in it.
func (b *base) ticketOf(ctx context.Context, token string) (string, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := b.login(ctx, http.MethodGet, "/login/.well-known/jwks", nil, &set); err != nil {
		return "", err
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(b.Clock.Now))
	if _, err := parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		return keyOf(set.Keys, id)
	}); err != nil { // the library's error may quote the token
		return "", errors.Join(session.ErrRefused, errors.New("the vendor's token is not signed by its own keys, or has run out"))
	}
	ticket, _ := claims[ticketClaim].(string)
	if ticket == "" {
		return "", errors.New("the vendor's token holds no ticket")
	}
	return ticket, nil
}

// jwk is a public RSA key (RFC 7517).
type jwk struct {
	ID       string `json:"kid"`
	Type     string `json:"kty"`
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
}

// keyOf finds a key by its id; a token without one is checked by the only key there is.
func keyOf(keys []jwk, id string) (*rsa.PublicKey, error) {
	for _, k := range keys {
		if k.Type == "RSA" && (k.ID == id || id == "" && len(keys) == 1) {
			return k.public()
		}
	}
	return nil, fmt.Errorf("there is no such key among %d", len(keys))
}

func (k jwk) public() (*rsa.PublicKey, error) {
	n, err := base64.RawURLEncoding.DecodeString(k.Modulus)
	e, expErr := base64.RawURLEncoding.DecodeString(k.Exponent)
	exponent := new(big.Int).SetBytes(e)
	if err != nil || expErr != nil || len(n) == 0 || !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 {
		return nil, errors.New("the key cannot be read")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
}
