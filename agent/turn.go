package agent

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"time"

	"offhook/agent/protocol"
)

// TURN makes the ice_servers entry of a TURN server that shares a secret with us (coturn's use-auth-secret; draft-uberti-behave-turn-rest-00 §2.2):
// the user name is the time at which the credential ends and the agent, the password is its HMAC.
type TURN struct {
	URLs   []string
	Secret []byte
	TTL    time.Duration // how long a credential is good for; 12 h where it is 0
}

// Servers is the entry for one agent, with credentials made now.
func (t TURN) Servers(agent string) []protocol.ICEServer {
	ttl := t.TTL
	if ttl <= 0 {
		ttl = 12 * time.Hour
	}
	name, password := TURNCredentials(t.Secret, agent, time.Now().Add(ttl))
	return []protocol.ICEServer{{URLs: t.URLs, Username: name, Credential: password}}
}

// TURNCredentials makes the timed credentials of one agent.
func TURNCredentials(secret []byte, agent string, expires time.Time) (username, credential string) {
	username = strconv.FormatInt(expires.Unix(), 10) + ":" + agent
	mac := hmac.New(sha1.New, secret)
	mac.Write([]byte(username))
	return username, base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
