package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is the work of one password hash.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// StandardCost is the second choice of RFC 9106, with two lanes: 64 MiB, three passes.
var StandardCost = Cost{Memory: 64 << 10, Time: 3, Threads: 2}

// What a configured hash may ask of this machine.
const (
	maxMemory  = 1 << 20 // KiB
	maxTime    = 16
	maxThreads = 16
	saltLength = 16
	keyLength  = 32
	maxKey     = 64
	// MaxPassword is the longest password, in bytes.
	MaxPassword = 1024
)

// HashPassword answers an argon2id hash in PHC form: $argon2id$v=19$m=65536,t=3,p=2$salt$hash.
func HashPassword(password string, cost Cost) (string, error) {
	if password == "" || len(password) > MaxPassword {
		return "", fmt.Errorf("a password has 1 to %d bytes", MaxPassword)
	}
	salt := make([]byte, saltLength)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key := argon2.IDKey([]byte(password), salt, cost.Time, cost.Memory, cost.Threads, keyLength)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.Memory, cost.Time, cost.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// VerifyPassword reports whether a hash is that of the password. The comparison takes the same time for every password;
// an error means that the hash itself is not usable.
func VerifyPassword(hash, password string) (bool, error) {
	h, err := parseHash(hash)
	if err != nil {
		return false, err
	}
	return h.is(password), nil
}

// is reports whether the hash is that of the password.
func (h *parsedHash) is(password string) bool {
	key := argon2.IDKey([]byte(password), h.salt, h.cost.Time, h.cost.Memory, h.cost.Threads,
		uint32(len(h.key))) //nolint:gosec // at most maxKey
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// CheckHash answers what is wrong with a configured hash, nil if it can be used.
func CheckHash(hash string) error {
	_, err := parseHash(hash)
	return err
}

type parsedHash struct {
	cost Cost
	salt []byte
	key  []byte
}

var errHashForm = errors.New("not of the form $argon2id$v=19$m=…,t=…,p=…$salt$hash")

func parseHash(hash string) (parsedHash, error) {
	var h parsedHash
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errHashForm
	}
	n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.Memory, &h.cost.Time, &h.cost.Threads)
	if err != nil || n != 3 || parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", h.cost.Memory, h.cost.Time, h.cost.Threads) {
		return h, errHashForm
	}
	c := h.cost
	if c.Threads < 1 || c.Threads > maxThreads || c.Time < 1 || c.Time > maxTime ||
		c.Memory < 8*uint32(c.Threads) || c.Memory > maxMemory {
		return h, fmt.Errorf("the cost is out of bounds: m up to %d, t 1 to %d, p 1 to %d", maxMemory, maxTime,
			maxThreads)
	}
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < 8 ||
		len(h.salt) > maxKey {
		return h, errHashForm
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.key) < 16 ||
		len(h.key) > maxKey {
		return h, errHashForm
	}
	return h, nil
}
