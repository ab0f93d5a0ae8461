package agent

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"maps"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"offhook/agent/protocol"
)

// Signer makes tokens as a CRM's backend does; for the demo, for trying out and for tests.
type Signer struct {
	Issuer, KeyID, Audience string
	// Key is a shared secret ([]byte, HS256) or a private key: ed25519 (EdDSA), ecdsa P-256 (ES256), RSA (RS256).
	Key any
}

// Sign makes a token for who that is good until who.Expires.
func (s Signer) Sign(who protocol.Identity, now time.Time) (string, error) {
	method, err := s.method()
	if err != nil {
		return "", err
	}
	claims := jwt.MapClaims{"iss": s.Issuer, "sub": who.ID, "aud": s.Audience, "iat": now.Unix(), "exp": who.Expires.Unix()}
	maps.Copy(claims, optional(who))
	token := jwt.NewWithClaims(method, claims)
	if s.KeyID != "" {
		token.Header["kid"] = s.KeyID
	}
	text, err := token.SignedString(s.Key)
	if err != nil {
		return "", fmt.Errorf("agent: signing a token: %w", err)
	}
	return text, nil
}

func (s Signer) method() (jwt.SigningMethod, error) {
	switch k := s.Key.(type) {
	case []byte:
		return jwt.SigningMethodHS256, nil
	case ed25519.PrivateKey:
		return jwt.SigningMethodEdDSA, nil
	case *ecdsa.PrivateKey:
		return jwt.SigningMethodES256, nil
	case *rsa.PrivateKey:
		return jwt.SigningMethodRS256, nil
	case crypto.Signer:
		return nil, fmt.Errorf("agent: cannot sign with a key of type %T", k)
	}
	return nil, fmt.Errorf("agent: a key to sign with is a shared secret or a private key, not %T", s.Key)
}

// optional are the claims that stand in a token only where there is something to say.
func optional(who protocol.Identity) jwt.MapClaims {
	claims := jwt.MapClaims{}
	add := func(name string, empty bool, value any) {
		if !empty {
			claims[name] = value
		}
	}
	add("name", who.Name == "", who.Name)
	add("roles", len(who.Roles) == 0, who.Roles)
	add("dial", len(who.Dial) == 0, who.Dial)
	add("queues", len(who.Queues) == 0, who.Queues)
	add("skills", len(who.Skills) == 0, who.Skills)
	return claims
}
