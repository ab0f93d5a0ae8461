package relay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"offhook/translator/sdp"
)

// newCertificate makes the certificate of one engine's life: ECDSA over P-256, self-signed (RFC 8827 §6.5). Its fingerprint is
// what browsers and trunks trust, by our description.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("relay: certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("relay: certificate: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "WebRTC"},
		NotBefore:    now.Add(-24 * time.Hour),
		NotAfter:     now.AddDate(10, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("relay: certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// fingerprint writes a certificate's SHA-256 as in a=fingerprint (RFC 8122 §5).
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// errFingerprint ends a handshake whose certificate is not the one of the description (RFC 5763 §5).
var errFingerprint = errors.New("relay: the certificate is not the one of the description")

// pinned returns the check of a peer's certificate against the fingerprints of its description: one must match.
func pinned(prints []sdp.Fingerprint) func(raw [][]byte, _ [][]*x509.Certificate) error {
	return func(raw [][]byte, _ [][]*x509.Certificate) error {
		if len(raw) == 0 {
			return errFingerprint
		}
		for _, p := range prints {
			if sum := digest(p.Hash, raw[0]); sum != nil && string(sum) == string(p.Value) {
				return nil
			}
		}
		return errFingerprint
	}
}

func digest(hash string, der []byte) []byte {
	switch hash {
	case "sha-256":
		sum := sha256.Sum256(der)
		return sum[:]
	case "sha-384":
		sum := sha512.Sum384(der)
		return sum[:]
	case "sha-512":
		sum := sha512.Sum512(der)
		return sum[:]
	}
	return nil
}

// samePrints reports whether two descriptions name the same certificates, in any order.
func samePrints(a, b []sdp.Fingerprint) bool {
	if len(a) != len(b) {
		return false
	}
	seen := make(map[string]bool, len(a))
	for _, p := range a {
		seen[p.Hash+string(p.Value)] = true
	}
	for _, p := range b {
		if !seen[p.Hash+string(p.Value)] {
			return false
		}
	}
	return true
}
