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

// demoTokens are where the page gets tokens: /demo/token for the first agent, /demo/token/ID for each.
func demoTokens(s agent.Signer) map[string]func() (string, error) {
	at := map[string]func() (string, error){"/demo/token": func() (string, error) { return demoToken(s, demoAgents[0]) }}
	for _, who := range demoAgents {
		at["/demo/token/"+who.ID] = func() (string, error) { return demoToken(s, who) }
	}
	return at
}

func demoToken(s agent.Signer, who protocol.Identity) (string, error) {
	now := time.Now()
	who.Roles, who.Dial, who.Expires = []string{"agent"}, []string{"+49*"}, now.Add(15*time.Minute)
	return s.Sign(who, now)
}
