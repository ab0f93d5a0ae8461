package agent

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// Key checks the tokens of one issuer. It is bound to one algorithm, so no header of a token can choose another; the zero Key checks nothing.
type Key struct {
	name      keyName
	algorithm string // HS256, EdDSA, ES256 or RS256
	material  any    // as golang-jwt wants it for that algorithm
}

// keyName says which key a token asks for. The same kid at two issuers is two keys.
type keyName struct{ issuer, kid string }

// String names the key and says nothing of what is in it.
func (k Key) String() string {
	return fmt.Sprintf("%s key %q of %s", k.algorithm, k.name.kid, k.name.issuer)
}

// GoString is String, so that no %#v shows a secret.
func (k Key) GoString() string { return k.String() }

// minSecret is the least length of a shared secret in bytes: the size of the hash, RFC 7518 §3.2.
const minSecret = 32

// SecretKey is a shared secret for HS256. kid is "" for tokens without one.
func SecretKey(issuer, kid string, secret []byte) (Key, error) {
	if len(secret) < minSecret {
		return Key{}, fmt.Errorf("token key %q of %q: the secret is shorter than %d bytes", kid, issuer, minSecret)
	}
	return newKey(issuer, kid, "HS256", append([]byte(nil), secret...))
}

// PublicKey is an Ed25519 key (EdDSA), an ECDSA key on P-256 (ES256) or an RSA key of at least 2048 bits (RS256).
func PublicKey(issuer, kid string, public crypto.PublicKey) (Key, error) {
	switch p := public.(type) {
	case ed25519.PublicKey:
		if len(p) == ed25519.PublicKeySize {
			return newKey(issuer, kid, "EdDSA", p)
		}
	case *ecdsa.PublicKey:
		if p.Curve == elliptic.P256() {
			return newKey(issuer, kid, "ES256", p)
		}
	case *rsa.PublicKey:
		if p.N.BitLen() >= 2048 {
			return newKey(issuer, kid, "RS256", p)
		}
	}
	return Key{}, fmt.Errorf("token key %q of %q: it has to be Ed25519, P-256 or RSA of at least 2048 bits", kid, issuer)
}

func newKey(issuer, kid, algorithm string, material any) (Key, error) {
	if issuer == "" {
		return Key{}, errors.New("token key: it has no issuer")
	}
	return Key{keyName{issuer, kid}, algorithm, material}, nil
}

// ParsePEM reads one public key from a PEM file (SubjectPublicKeyInfo).
func ParsePEM(issuer, kid string, file []byte) (Key, error) {
	block, _ := pem.Decode(file)
	if block == nil {
		return Key{}, fmt.Errorf("token key %q of %q: no PEM block", kid, issuer)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("token key %q of %q: %w", kid, issuer, err)
	}
	return PublicKey(issuer, kid, public)
}

// jwk is one key of a JWK set, RFC 7517 §4.
type jwk struct {
	Kty, Kid, Use, Crv, X, Y, N, E string
}

// ParseJWKS reads the public keys of one issuer from a JWK set (RFC 7517). Keys for encryption are passed over; one that cannot be used is an error.
func ParseJWKS(issuer string, file []byte) ([]Key, error) {
	var set struct{ Keys []jwk }
	if err := json.Unmarshal(file, &set); err != nil {
		return nil, fmt.Errorf("JWK set of %q: %w", issuer, err)
	}
	var keys []Key
	for _, j := range set.Keys {
		if j.Use == "enc" {
			continue
		}
		public, err := j.public()
		if err != nil {
			return nil, fmt.Errorf("JWK set of %q: key %q: %w", issuer, j.Kid, err)
		}
		key, err := PublicKey(issuer, j.Kid, public)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("JWK set of %q: no key for signatures", issuer)
	}
	return keys, nil
}

func (j jwk) public() (crypto.PublicKey, error) {
	switch {
	case j.Kty == "OKP" && j.Crv == "Ed25519": // RFC 8037 §2
		x, err := base64.RawURLEncoding.DecodeString(j.X)
		return ed25519.PublicKey(x), err
	case j.Kty == "EC" && j.Crv == "P-256": // RFC 7518 §6.2
		x, errX := base64.RawURLEncoding.DecodeString(j.X)
		y, errY := base64.RawURLEncoding.DecodeString(j.Y)
		if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
			return nil, errors.New("bad coordinates")
		}
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	case j.Kty == "RSA": // RFC 7518 §6.3
		n, errN := base64.RawURLEncoding.DecodeString(j.N)
		e, errE := base64.RawURLEncoding.DecodeString(j.E)
		if errN != nil || errE != nil || len(e) == 0 || len(e) > 4 {
			return nil, errors.New("bad modulus or exponent")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
	}
	return nil, fmt.Errorf("type %q is none of OKP/Ed25519, EC/P-256 and RSA", j.Kty)
}
