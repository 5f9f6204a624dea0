package sim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ticketLength is how many random bytes are in a ticket.
const ticketLength = 24

// tolerance is how far a signed system token may be from the vendor's clock.
const tolerance = 15 * time.Minute

// signer is the key with which tokens are signed, one for all simulators of a process: making one takes long.
var signer = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the machine has no randomness
	}
	return key
})

// caller is who makes a call; nil: nobody, so it is answered 401. Schemes are read in any case.
func (v *Vendor) caller(r *http.Request) *user {
	v.mu.Lock()
	defer v.mu.Unlock()
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "basic":
		login, password, ok := r.BasicAuth()
		if u := v.user(login); ok && u != nil && v.options.Password != "" && password == v.options.Password {
			return u
		}
	case "bearer":
		if v.options.Token != "" && value == v.options.Token {
			return v.user(SystemUser)
		}
	case "soticket": // worth nothing without the application's own token
		if v.tickets[value] && r.Header.Get("SO-AppToken") == v.options.AppToken {
			return v.user(SystemUser)
		}
	}
	return nil
}

// authenticate exchanges the signed token of the system user for a ticket in a token.
func (v *Vendor) authenticate(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SignedSystemToken, ApplicationToken, ContextIdentifier, ReturnTokenType string
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || !v.trusts(in.SignedSystemToken) ||
		in.ApplicationToken != v.options.AppToken || in.ContextIdentifier != Tenant {
		answerJSON(w, http.StatusOK, map[string]any{"IsSuccessful": false, "Token": nil, "ErrorMessage": "InvalidSignature"})
		return
	}
	ticket := v.issue()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"http://schemes.superoffice.net/identity/ticket": ticket, "exp": v.now().Add(time.Hour).Unix(), "iat": v.now().Unix(),
	})
	token.Header["kid"] = "sim"
	signed, err := token.SignedString(v.signer)
	if err != nil {
		answerError(w, http.StatusInternalServerError, "Exception", "cannot sign")
		return
	}
	answerJSON(w, http.StatusOK, map[string]any{"IsSuccessful": true, "Token": signed, "ErrorMessage": nil})
}

func (v *Vendor) issue() string {
	raw := make([]byte, ticketLength)
	_, _ = rand.Read(raw) // it never fails
	ticket := "7T:" + base64.StdEncoding.EncodeToString(raw)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tickets[ticket] = true
	v.logins++
	return ticket
}

// trusts checks token.yyyyMMddHHmm.signature.
func (v *Vendor) trusts(signed string) bool {
	last := strings.LastIndex(signed, ".")
	if last < 0 || v.options.Key == nil {
		return false
	}
	data := signed[:last]
	token, at, _ := strings.Cut(data, ".")
	when, err := time.Parse("200601021504", at)
	signature, sigErr := base64.StdEncoding.DecodeString(signed[last+1:])
	if err != nil || sigErr != nil || token != v.options.SystemToken || v.now().Sub(when).Abs() > tolerance {
		return false
	}
	sum := sha256.Sum256([]byte(data))
	return rsa.VerifyPKCS1v15(v.options.Key, crypto.SHA256, sum[:], signature) == nil
}

// keys publishes the key of the tokens.
func (v *Vendor) keys(w http.ResponseWriter) {
	pub := v.signer.PublicKey
	answerJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "sim", "n": base64.RawURLEncoding.EncodeToString(pub.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(pub.E)).Bytes()),
	}}})
}

// state tells where the tenant is.
func (v *Vendor) state(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	host := v.host
	v.mu.Unlock()
	if host == "" {
		host = r.Host
	}
	endpoint := "http://" + host + "/" + Tenant
	answerJSON(w, http.StatusOK, map[string]any{
		"ContextIdentifier": Tenant, "Endpoint": endpoint, "State": "Running", "IsRunning": true,
		"ValidUntil": v.now().Add(time.Hour).Format("2006-01-02T15:04:05.9999999Z"), "Api": endpoint + "/api",
		"Version": "Release_11.10_2026.02.24-02",
	})
}
