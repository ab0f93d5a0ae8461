package dialog

import (
	"crypto/md5" //nolint:gosec // RFC 2617 peers know nothing else; SHA-256 is taken where it is offered
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
)

// HTTP digest as SIP uses it (RFC 7616, RFC 8760, and RFC 2617 §3.2.2.1 for challenges without qop), as values in and values out.

// challenge is one Digest challenge of a WWW-Authenticate or Proxy-Authenticate header.
type challenge struct {
	realm     string
	nonce     string
	opaque    string
	algorithm string // as written; "" means MD5
	qop       bool   // auth is offered; false: the old form without cnonce and nc
	stale     bool
	sum       func() hash.Hash
}

// maxChallenge bounds a nonce, a realm and an opaque, in bytes: they are written into our own requests.
const maxChallenge = 512

// digestSums are the algorithms that we answer, the best first.
var digestSums = []struct {
	name string
	sum  func() hash.Hash
}{
	{"SHA-256", sha256.New},
	{"MD5", md5.New},
}

// parseChallenge reads one header value. ok is false for another scheme, an algorithm or a quality of protection that we do not speak, and
// for anything malformed.
func parseChallenge(v string) (c challenge, ok bool) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(v), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return c, false
	}
	ps, ok := listParams(rest)
	if !ok {
		return c, false
	}
	seen := map[string]bool{}
	qops, hasQop := "", false
	for _, p := range ps {
		if seen[p.name] {
			return c, false
		}
		seen[p.name] = true
		value := unquote(p.value)
		switch p.name {
		case "realm":
			c.realm = value
		case "nonce":
			c.nonce = value
		case "opaque":
			c.opaque = value
		case "algorithm":
			c.algorithm = value
		case "stale":
			c.stale = strings.EqualFold(value, "true")
		case "qop":
			qops, hasQop = value, true
		}
	}
	for _, s := range [...]string{c.realm, c.nonce, c.opaque} {
		if _, err := clean(s, maxChallenge); err != nil {
			return c, false
		}
	}
	for _, q := range strings.Split(qops, ",") {
		c.qop = c.qop || strings.EqualFold(strings.TrimSpace(q), "auth")
	}
	c.sum = sumOf(c.algorithm)
	return c, c.nonce != "" && c.sum != nil && seen["realm"] && hasQop == c.qop
}

// listParams reads a=b, c="d,e".
func listParams(s string) ([]param, bool) {
	var out []param
	for s != "" {
		one, rest, _, ok := cutOutside(s, ',')
		if !ok || len(out) > 32 {
			return nil, false
		}
		s = rest
		name, value, _ := strings.Cut(one, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		out = append(out, param{name, strings.TrimSpace(value)})
	}
	return out, true
}

func sumOf(algorithm string) func() hash.Hash {
	if algorithm == "" {
		return md5.New
	}
	for _, d := range digestSums {
		if strings.EqualFold(algorithm, d.name) {
			return d.sum
		}
	}
	return nil
}

// bestChallenge picks the strongest challenge of our realm (RFC 8760 §2.4: the server lists them by preference, but a list can be cut by
// someone in between; ours is fixed).
func bestChallenge(values []string, realm string) (challenge, bool) {
	var of = map[string]challenge{}
	for _, v := range values {
		c, ok := parseChallenge(v)
		if !ok || c.realm != realm {
			continue
		}
		name := strings.ToUpper(c.algorithm)
		if name == "" {
			name = "MD5"
		}
		if _, has := of[name]; !has {
			of[name] = c
		}
	}
	for _, d := range digestSums {
		if c, ok := of[d.name]; ok {
			return c, true
		}
	}
	return challenge{}, false
}

// answerer is what goes into one answer beside the challenge.
type answerer struct {
	user, password string
	method, uri    string
	cnonce         string
	nc             uint32
}

// authorization makes the value of an Authorization or Proxy-Authorization header.
func (c challenge) authorization(a answerer) string {
	ha1 := c.hex(a.user + ":" + c.realm + ":" + a.password)
	ha2 := c.hex(a.method + ":" + a.uri)
	nc := strconv.FormatUint(uint64(a.nc), 16)
	nc = strings.Repeat("0", 8-len(nc)) + nc
	middle := ":"
	if c.qop {
		middle = ":" + nc + ":" + a.cnonce + ":auth:"
	}
	var b strings.Builder
	b.WriteString("Digest username=" + quote(a.user) + ", realm=" + quote(c.realm) + ", nonce=" + quote(c.nonce) + ", uri=" + quote(a.uri))
	b.WriteString(`, response="` + c.hex(ha1+":"+c.nonce+middle+ha2) + `"`)
	if c.algorithm != "" {
		b.WriteString(", algorithm=" + c.algorithm)
	}
	if c.qop {
		b.WriteString(`, qop=auth, nc=` + nc + `, cnonce=` + quote(a.cnonce))
	}
	if c.opaque != "" {
		b.WriteString(", opaque=" + quote(c.opaque))
	}
	return b.String()
}

func (c challenge) hex(s string) string {
	h := c.sum()
	h.Write([]byte(s))
	return hex.EncodeToString(h.Sum(nil))
}
