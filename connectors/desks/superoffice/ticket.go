package superoffice

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"

	"github.com/golang-jwt/jwt/v5"

	"handoff/connectors/internal/session"
)

// ticketClaim holds the ticket in the token that answers a system user's login.
const ticketClaim = "http://schemes.superoffice.net/identity/ticket"

// systemTicket signs the system user's token and exchanges it for a ticket.
func (b *base) systemTicket(ctx context.Context) (string, error) {
	signed, err := b.signedToken()
	if err != nil {
		return "", err
	}
	var answer struct {
		IsSuccessful bool
		Token        string
	}
	if err := b.login(ctx, http.MethodPost, "/Login/api/PartnerSystemUser/Authenticate", map[string]string{
		"SignedSystemToken": signed, "ApplicationToken": b.config.AppToken, "ContextIdentifier": b.config.Tenant,
		"ReturnTokenType": "JWT",
	}, &answer); err != nil {
		return "", err
	}
	if !answer.IsSuccessful || answer.Token == "" {
		return "", errors.Join(session.ErrRefused, errors.New("the system user's token or the application's is not accepted"))
	}
	return b.ticketOf(ctx, answer.Token)
}

// signedToken is token.yyyyMMddHHmm.signature: the vendor refuses a time that is too far from its own.
func (b *base) signedToken() (string, error) {
	key, err := parseKey(b.config.PrivateKey)
	if err != nil {
		return "", err
	}
	data := b.config.SystemToken + "." + b.Clock.Now().UTC().Format("200601021504")
	sum := sha256.Sum256([]byte(data))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("the private key cannot sign")
	}
	return data + "." + base64.StdEncoding.EncodeToString(signature), nil
}

// parseKey reads an RSA key in PEM, as PKCS #1 or PKCS #8.
func parseKey(text string) (*rsa.PrivateKey, error) {
	if len(text) > maxKey {
		return nil, fmt.Errorf("must have at most %d characters", maxKey)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("must be an RSA key in PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if key, ok := parsed.(*rsa.PrivateKey); ok {
			return key, nil
		}
	}
	return nil, errors.New("must be an RSA key in PEM")
}

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
