package main

import (
	"crypto/rand"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
)

// demoKey draws the secret that the demo's tokens are signed with; nobody else ever has it.
func demoKey() (agent.Signer, agent.Key, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return agent.Signer{}, agent.Key{}, err
	}
	key, err := agent.SecretKey("offhook demo", "demo", secret)
	return agent.Signer{Issuer: "offhook demo", KeyID: "demo", Audience: "offhook", Key: secret}, key, err
}

func demoToken(s agent.Signer) (string, error) {
	now := time.Now()
	return s.Sign(protocol.Identity{ID: "jonas", Name: "Jonas Weber", Roles: []string{"agent"}, Expires: now.Add(15 * time.Minute)}, now)
}
