package sdp

import (
	"encoding/hex"
	"strings"
)

// hashOctets holds the lengths of the hashes of RFC 8122 §5. Others are passed over.
var hashOctets = map[string]int{"sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64}

// readFingerprint takes one a=fingerprint value, "sha-256 AB:CD:…". The hash name and the digits compare without case.
func (s *Section) readFingerprint(v string) {
	hash, digits, _ := strings.Cut(v, " ")
	hash = strings.ToLower(hash)
	octets, known := hashOctets[hash]
	if !known {
		return
	}
	value := make([]byte, octets)
	digits = strings.TrimSpace(digits)
	if len(digits) != 3*octets-1 {
		s.BadFingerprint = true
		return
	}
	for i := range octets {
		if i > 0 && digits[3*i-1] != ':' {
			s.BadFingerprint = true
			return
		}
		if _, err := hex.Decode(value[i:i+1], []byte(digits[3*i:3*i+2])); err != nil {
			s.BadFingerprint = true
			return
		}
	}
	if len(s.Fingerprints) < 8 {
		s.Fingerprints = append(s.Fingerprints, Fingerprint{Hash: hash, Value: value})
	}
}

// strong reports whether one of them is better than SHA-1, which may only stand beside another (RFC 8122 §5).
func strong(list []Fingerprint) bool {
	for _, f := range list {
		if f.Hash != "sha-1" {
			return true
		}
	}
	return false
}
