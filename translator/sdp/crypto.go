package sdp

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Suite is an SRTP crypto suite of SDES (RFC 4568 §6.2, RFC 7714 §14). The zero Suite means plain RTP.
type Suite uint8

// The suites.
const (
	SuiteNone Suite = iota
	AESCM80
	AESCM32
	GCM128
	GCM256
)

var suites = [...]struct {
	name   string
	octets int // of key and salt
}{
	{},
	{"AES_CM_128_HMAC_SHA1_80", 30},
	{"AES_CM_128_HMAC_SHA1_32", 30},
	{"AEAD_AES_128_GCM", 28},
	{"AEAD_AES_256_GCM", 44},
}

// offeredSuites are what we offer, in our order. The one with the short tag is taken but not offered.
var offeredSuites = [...]Suite{AESCM80, GCM128, GCM256}

// String gives the registered name, "" for SuiteNone.
func (s Suite) String() string { return suites[s].name }

// Octets gives how many octets a key with its salt has: 30, 30, 28, 44.
func (s Suite) Octets() int { return suites[s].octets }

func suiteOf(name string) Suite {
	for s := AESCM80; s <= GCM256; s++ {
		if strings.EqualFold(suites[s].name, name) {
			return s
		}
	}
	return SuiteNone
}

// maxOctets is the longest key with salt.
const maxOctets = 44

// Master is a master key followed by its master salt, of [Suite.Octets] octets. No way to print it shows it.
type Master [maxOctets]byte

// Format hides the key, whatever the verb.
func (Master) Format(w fmt.State, _ rune) { fmt.Fprint(w, "(key)") }

// MarshalText hides the key from JSON and structured logs.
func (Master) MarshalText() ([]byte, error) { return []byte("(key)"), nil }

// Key is what one side sends with (RFC 4568 §4).
type Key struct {
	Suite  Suite
	Tag    int
	Master Master
}

// Octets gives key and salt as the suite wants them, nil for SuiteNone.
func (k Key) Octets() []byte { return k.Master[:k.Suite.Octets()] }

// Secret is the random material of one dialog's keys of ours, each suite having its own part of it. No way to print it shows it.
type Secret [132]byte

// Format hides the secret, whatever the verb.
func (Secret) Format(w fmt.State, _ rune) { fmt.Fprint(w, "(secret)") }

// MarshalText hides the secret from JSON and structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// Key gives our key for a suite: the same one for the life of the dialog (RFC 4568 §7.1.4).
func (l TrunkLocal) Key(s Suite) Key {
	k := Key{Suite: s}
	from := 0
	for before := AESCM80; before < s; before++ {
		from += before.Octets()
	}
	copy(k.Master[:s.Octets()], l.Secret[from:])
	return k
}

// maxKeys bounds the usable crypto lines that are kept of a section.
const maxKeys = 16

// readCrypto takes one a=crypto line. A line that cannot be used is passed over, and so is one that repeats a tag.
func (s *Section) readCrypto(v string) {
	s.Crypto++
	k, ok := parseCrypto(v)
	if !ok || len(s.Keys) == maxKeys {
		return
	}
	for _, had := range s.Keys {
		if had.Tag == k.Tag {
			return
		}
	}
	s.Keys = append(s.Keys, k)
}

// parseCrypto reads "1 AES_CM_128_HMAC_SHA1_80 inline:<key||salt>|2^20 KDR=0" (RFC 4568 §9.1). It gives false for what we
// cannot do: unknown suites, several keys, MKI, and session parameters that switch protection off.
func parseCrypto(v string) (k Key, ok bool) {
	f := strings.Fields(v)
	if len(f) < 3 {
		return k, false
	}
	k.Tag = number(f[0], 999_999_999, -1)
	k.Suite = suiteOf(f[1])
	if k.Tag < 0 || k.Suite == SuiteNone || !k.inline(f[2]) {
		return k, false
	}
	for _, p := range f[3:] {
		if !harmless(p) {
			return k, false
		}
	}
	return k, true
}

// inline reads "inline:<base64>[|lifetime]". A field with a colon is an MKI (RFC 4568 §6.1).
func (k *Key) inline(v string) bool {
	method, v, ok := strings.Cut(v, ":")
	if !ok || !strings.EqualFold(method, "inline") || strings.ContainsAny(v, ";:") {
		return false
	}
	text, _, _ := strings.Cut(v, "|")
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(raw) != k.Suite.Octets() {
		return false
	}
	copy(k.Master[:], raw)
	return true
}

// harmless reports whether a session parameter can be read past (RFC 4568 §6.3); unknown ones only if they say so by a hyphen.
func harmless(p string) bool {
	name, _, _ := strings.Cut(strings.ToUpper(p), "=")
	switch name {
	case "KDR", "WSH", "FEC_ORDER", "FEC_KEY":
		return true
	}
	return strings.HasPrefix(p, "-")
}

// crypto writes an a=crypto line.
func (m media) crypto(k Key) {
	m.add("crypto", strconv.Itoa(k.Tag)+" "+k.Suite.String()+" inline:"+base64.StdEncoding.EncodeToString(k.Octets()))
}

// secure reports whether a transport of RTP is secured by keys told in the description.
func secure(proto string) bool { return proto == "RTP/SAVP" || proto == "RTP/SAVPF" }

// SRTPMode says whether a trunk's media is secured by SDES. Its signalling must then be TLS.
type SRTPMode uint8

// The modes.
const (
	SRTPOff      SRTPMode = iota // plain RTP; RTP/SAVP is refused, crypto lines beside RTP/AVP are passed over
	SRTPOptional                 // secured where the far side offers or takes it (RFC 8643), else plain
	SRTPRequired                 // secured, or the call is refused
)

// key chooses the key of a section that offers, or the lack of one (RFC 4568 §5.1.2).
func (p *TrunkPolicy) key(s *Section) (Key, *Error) {
	switch {
	case p.sdes() == SRTPOff:
		return Key{}, nil
	case len(s.Keys) > 0:
		return s.Keys[0], nil
	case secure(s.Proto):
		return Key{}, unacceptable(warnMisc, "m=audio: no a=crypto that can be used")
	case p.sdes() == SRTPRequired:
		return Key{}, unacceptable(warnMisc, "m=audio: this trunk needs SRTP")
	}
	return Key{}, nil
}

// answeredKey finds the key of a section that answers ours: its tag and suite must be of one line that we offered (RFC 4568 §5.1.3).
func (p *TrunkPolicy) answeredKey(s *Section, offered []Key) (Key, *Error) {
	if p.DTLS {
		return Key{}, nil
	}
	for _, k := range s.Keys {
		for _, o := range offered {
			if k.Tag == o.Tag && k.Suite == o.Suite {
				return k, nil
			}
		}
	}
	switch {
	case secure(s.Proto) || s.Crypto > 0 && len(offered) > 0:
		return Key{}, unacceptable(warnMisc, "m=audio: no a=crypto that answers ours")
	case p.sdes() == SRTPRequired:
		return Key{}, unacceptable(warnMisc, "m=audio: this trunk needs SRTP")
	}
	return Key{}, nil
}
