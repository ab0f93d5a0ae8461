package config

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// fits says why a public key file is not one for algorithm. The file must say the same as the configuration: a key is bound to
// one algorithm, and nobody shall be surprised which.
func fits(file []byte, algorithm string) error {
	block, _ := pem.Decode(file)
	if block == nil {
		return errors.New("it is no PEM file")
	}
	if block.Type != "PUBLIC KEY" {
		return fmt.Errorf("it holds a %s, not a PUBLIC KEY", block.Type)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	if has := algorithmOf(key); has != algorithm {
		return fmt.Errorf("its key is for %s, not for %s", has, algorithm)
	}
	return nil
}

// algorithmOf names the one algorithm that a key is for here (RFC 7518 §3.1, RFC 8037 §3.1).
func algorithmOf(key any) string {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return "EdDSA"
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return "ES256"
		}
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return "RS256"
		}
	}
	return "nothing that is used here"
}
