package agenttest

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Issuer makes tokens as a CRM's back end does, with an Ed25519 key of its own.
type Issuer struct {
	Name   string
	KID    string
	public ed25519.PublicKey
	secret ed25519.PrivateKey
}

// NewIssuer makes an issuer with a new key.
func NewIssuer(t testing.TB, name string) *Issuer {
	t.Helper()
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Issuer{Name: name, KID: "test-1", public: public, secret: secret}
}

// Public is the key that checks the tokens.
func (i *Issuer) Public() crypto.PublicKey { return i.public }

// Token is a good token of one agent, for 15 minutes. Each of change may alter the claims before they are signed.
func (i *Issuer) Token(agent string, change ...func(claims map[string]any)) string {
	now := time.Now()
	claims := jwt.MapClaims{
		"iss": i.Name, "sub": agent, "aud": "offhook", "name": "Agent " + agent, "roles": []string{"agent"},
		"iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(),
	}
	for _, c := range change {
		c(claims)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"] = i.KID
	signed, err := token.SignedString(i.secret)
	if err != nil {
		panic(err) // an Ed25519 key signs whatever it is given
	}
	return signed
}
