package web

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"handoff/orchestrator"
)

// User is a person who may sign in, as configured.
type User struct {
	Name         string // the login, and the agent's id
	DisplayName  string // what others see; empty: Name
	Role         Role   // agent, supervisor or admin
	PasswordHash string // PHC, by HashPassword; empty: signs in at the provider of OpenID Connect
	Queues       []orchestrator.QueueName
	Skills       []string
	Capacity     int // how many conversations at once; 0: 1
}

// ID is the user as an agent.
func (u *User) ID() orchestrator.AgentID { return orchestrator.AgentID(u.Name) }

// Agent is the user as others see them.
func (u *User) Agent() orchestrator.Agent { return orchestrator.Agent{ID: u.ID(), Name: u.shown()} }

func (u *User) shown() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.Name
}

// proof is a fingerprint of the password hash.
func (u *User) proof() string {
	sum := sha256.Sum256([]byte(u.PasswordHash))
	return base64.RawStdEncoding.EncodeToString(sum[:12])
}

func (u *User) seats() int { return max(u.Capacity, 1) }

// usersByName checks the users. Only with a provider of OpenID Connect may somebody have no password.
func usersByName(list []User, provider bool) (map[string]*User, error) {
	byName := make(map[string]*User, len(list))
	for i := range list {
		u := &list[i]
		if u.Name == "" || len([]rune(u.Name)) > MaxID {
			return nil, fmt.Errorf("users[%d].name: 1 to %d characters are needed", i, MaxID)
		}
		if byName[u.Name] != nil {
			return nil, fmt.Errorf("users[%d].name: %q is there twice", i, u.Name)
		}
		if u.Role != RoleAgent && u.Role != RoleSupervisor && u.Role != RoleAdmin {
			return nil, fmt.Errorf("users[%d].role: %q is not agent, supervisor or admin", i, u.Role)
		}
		if err := CheckHash(u.PasswordHash); err != nil && (u.PasswordHash != "" || !provider) {
			return nil, fmt.Errorf("users[%d].password_hash: %w", i, err)
		}
		byName[u.Name] = u
	}
	return byName, nil
}
