package redisstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// secretLength is that of an installation's secrets, in bytes.
const secretLength = 32

// storedSession is a session with the moment at which it runs out by our clock; Redis removes it by its own.
type storedSession struct {
	Session orchestrator.Session `cbor:"1,keyasint"`
	Until   orchestrator.Moment  `cbor:"2,keyasint"`
}

// Secret answers the installation's random secret of 32 bytes under a name, made at first use, the same in all
// processes.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	key := s.keys.secret(name)
	secret, err := s.client.Get(ctx, key).Bytes()
	if errors.Is(err, redis.Nil) {
		fresh := make([]byte, secretLength)
		if _, err := rand.Read(fresh); err != nil {
			return nil, fmt.Errorf("secret %s: random number: %w", name, err)
		}
		if err := s.client.SetNX(ctx, key, fresh, 0).Err(); err != nil {
			return nil, fmt.Errorf("redis: secret %s: %w", name, err)
		}
		secret, err = s.client.Get(ctx, key).Bytes() // another process may have been first
	}
	if err != nil {
		return nil, fmt.Errorf("redis: secret %s: %w", name, err)
	}
	if len(secret) != secretLength {
		return nil, fmt.Errorf("secret %s: stored are %d bytes, not %d", name, len(secret), secretLength)
	}
	return secret, nil
}

// tokenHash is what is stored of a token: who reads Redis cannot sign in.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// PutSession keeps a sign-in for ttl.
func (s *Store) PutSession(ctx context.Context, session orchestrator.Session, ttl time.Duration) error {
	if session.Token == "" || session.User == "" || ttl <= 0 {
		return errors.New("session: a token, a user and a lifetime are needed")
	}
	until := s.now().Add(ttl)
	b, err := encode(&storedSession{Session: session, Until: until})
	if err != nil {
		return err
	}
	hash := tokenHash(session.Token)
	index := s.keys.userSessions(session.User)
	pipe := s.client.TxPipeline() // one slot holds all of it
	pipe.Set(ctx, s.keys.session(hash), b, ttl)
	pipe.ZRemRangeByScore(ctx, index, "-inf", before(s.now()))
	pipe.ZAdd(ctx, index, redis.Z{Score: float64(until), Member: hash})
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("redis: keep a session: %w", err)
	}
	return nil
}

// Session answers ErrNotFound for an unknown or expired token.
func (s *Store) Session(ctx context.Context, token string) (orchestrator.Session, error) {
	b, err := s.get(ctx, s.keys.session(tokenHash(token)))
	if err != nil {
		return orchestrator.Session{}, fmt.Errorf("session: %w", err)
	}
	var stored storedSession
	if err := decode([]byte(b), &stored); err != nil {
		return orchestrator.Session{}, err
	}
	if stored.Until < s.now() {
		return orchestrator.Session{}, fmt.Errorf("session: %w", orchestrator.ErrNotFound)
	}
	stored.Session.Token = token
	return stored.Session, nil
}

// DeleteSession signs out; an unknown token is not an error.
func (s *Store) DeleteSession(ctx context.Context, token string) error {
	session, err := s.Session(ctx, token)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	hash := tokenHash(token)
	pipe := s.client.TxPipeline()
	pipe.Del(ctx, s.keys.session(hash))
	pipe.ZRem(ctx, s.keys.userSessions(session.User), hash)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("redis: delete a session: %w", err)
	}
	return nil
}

// CountSessions answers how many sign-ins of a user there are.
func (s *Store) CountSessions(ctx context.Context, user string) (int, error) {
	n, err := s.client.ZCount(ctx, s.keys.userSessions(user), momentArg(s.now()), "+inf").Result()
	if err != nil {
		return 0, fmt.Errorf("redis: count the sessions of a user: %w", err)
	}
	return int(n), nil
}

// DeleteSessions signs a user out everywhere. A sign-in at the very same moment may come after it.
func (s *Store) DeleteSessions(ctx context.Context, user string) error {
	index := s.keys.userSessions(user)
	hashes, err := s.client.ZRange(ctx, index, 0, -1).Result()
	if err != nil {
		return fmt.Errorf("redis: sessions of a user: %w", err)
	}
	if len(hashes) == 0 {
		return nil
	}
	pipe := s.client.TxPipeline()
	for _, hash := range hashes {
		pipe.Del(ctx, s.keys.session(hash))
		pipe.ZRem(ctx, index, hash)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("redis: delete the sessions of a user: %w", err)
	}
	return nil
}
