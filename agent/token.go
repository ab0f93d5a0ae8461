package agent

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"offhook/agent/protocol"
)

// The bounds of what a token may carry. Its issuer is trusted with rights, not with memory.
const (
	maxAgentID   = 128 // bytes
	maxName      = 128 // characters
	maxListItems = 256
	maxListItem  = 256 // bytes
)

// refusal is why a token was not taken: a word for the counter and the log. It never has a part of the token in it.
type refusal string

func (r refusal) Error() string { return "token refused: " + string(r) }

const (
	tooLong       refusal = "size"
	malformed     refusal = "malformed"
	unknownIssuer refusal = "issuer"
	unknownKey    refusal = "key"
	badAlgorithm  refusal = "algorithm"
	badSignature  refusal = "signature"
	expired       refusal = "expired"
	tooFarAhead   refusal = "too_far_ahead"
	badAudience   refusal = "audience"
	badClaims     refusal = "claims"
	usedTwice     refusal = "jti"
	noRoles       refusal = "roles"
	otherAgent    refusal = "agent" // a fresh token of somebody else
	wasRevoked    refusal = "revoked"
	tooOften      refusal = "rate" // good, and too many of them
)

// claims is what a good token says.
type claims struct {
	protocol.Identity
	issuer string
	jti    string    // "" where it has none
	issued time.Time // its iat, zero where it has none
}

// verifier checks tokens. It is safe for concurrent use.
type verifier struct {
	keys   atomic.Pointer[keySet]
	parser *jwt.Parser
	leeway time.Duration
	maxAge time.Duration
}

func newVerifier(cfg *Config) (*verifier, error) {
	v := &verifier{
		parser: jwt.NewParser(jwt.WithAudience(cfg.Audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
			jwt.WithLeeway(cfg.Leeway), jwt.WithStrictDecoding(), jwt.WithTimeFunc(time.Now)),
		leeway: cfg.Leeway,
		maxAge: cfg.MaxTokenAge,
	}
	return v, v.setKeys(cfg.Keys)
}

// keySet is every key by its name.
type keySet map[keyName]Key

// knows reports whether any key is the issuer's.
func (k keySet) knows(issuer string) bool {
	for name := range k {
		if name.issuer == issuer {
			return true
		}
	}
	return false
}

// setKeys puts keys in the place of those before.
func (v *verifier) setKeys(keys []Key) error {
	if len(keys) == 0 {
		return errors.New("no token key: nobody could log in")
	}
	byName := make(keySet, len(keys))
	for _, k := range keys {
		if k.material == nil {
			return errors.New("a token key is empty")
		}
		if _, twice := byName[k.name]; twice {
			return fmt.Errorf("%v: there are two with that name", k)
		}
		byName[k.name] = k
	}
	v.keys.Store(&byName)
	return nil
}

// verify checks a token, from the cheapest check to the dearest: its size, its shape, its key, the key's own algorithm, the signature, the claims.
func (v *verifier) verify(token string) (claims, error) {
	if len(token) > protocol.MaxToken {
		return claims{}, tooLong
	}
	set := jwt.MapClaims{} // a map keeps keys as they are written; a struct would fold their case
	if _, err := v.parser.ParseWithClaims(token, set, v.key); err != nil {
		return claims{}, why(err)
	}
	expires, err := set.GetExpirationTime()
	if err != nil || expires == nil {
		return claims{}, badClaims
	}
	if time.Until(expires.Time) > v.maxAge+v.leeway {
		return claims{}, tooFarAhead
	}
	c, ok := read(set)
	if !ok {
		return claims{}, badClaims
	}
	c.Expires = expires.Time
	if issued, err := set.GetIssuedAt(); err == nil && issued != nil {
		c.issued = issued.Time
	}
	return c, nil
}

// key finds the one key that the token's issuer and kid name, and refuses the token if it wants to be checked with another algorithm than the key's.
func (v *verifier) key(t *jwt.Token) (any, error) {
	for _, name := range []string{"crit", "b64", "jku", "jwk", "x5u", "x5c"} {
		if _, there := t.Header[name]; there {
			return nil, malformed // nothing in a token says where its key is (RFC 8725 §3.10)
		}
	}
	kid, isString := t.Header["kid"].(string)
	if _, there := t.Header["kid"]; there && !isString {
		return nil, malformed
	}
	issuer, err := t.Claims.GetIssuer()
	if err != nil {
		return nil, malformed
	}
	keys := *v.keys.Load()
	k, known := keys[keyName{issuer, kid}]
	switch {
	case !known && !keys.knows(issuer):
		return nil, unknownIssuer
	case !known:
		return nil, unknownKey
	case t.Method.Alg() != k.algorithm:
		return nil, badAlgorithm
	}
	return k.material, nil
}

// why finds the word for an error of the parser. The parser's own text is dropped: it may quote what the token says.
func why(err error) refusal {
	var ours refusal
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, jwt.ErrTokenMalformed), errors.Is(err, jwt.ErrTokenUnverifiable):
		return malformed
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return badSignature
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return expired
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return badAudience
	}
	return badClaims
}

// read takes the claims into types. A claim of the wrong type is refused, not ignored: it was meant to limit something.
func read(set jwt.MapClaims) (c claims, ok bool) {
	texts := []struct {
		name string
		into *string
		max  int
	}{{"sub", &c.ID, maxAgentID}, {"iss", &c.issuer, maxListItem}, {"jti", &c.jti, maxListItem}}
	for _, text := range texts {
		if *text.into, ok = line(set[text.name], text.max); !ok {
			return c, false
		}
	}
	name, _ := set["name"].(string) // whatever it is, it is only shown
	c.Name = CleanName(name)
	lists := []struct {
		name string
		into *[]string
	}{{"roles", &c.Roles}, {"dial", &c.Dial}}
	for _, list := range lists {
		if *list.into, ok = lines(set[list.name]); !ok {
			return c, false
		}
	}
	levels := []struct {
		name string
		into *map[string]int
	}{{"queues", &c.Queues}, {"skills", &c.Skills}}
	for _, level := range levels {
		if *level.into, ok = numbers(set[level.name]); !ok {
			return c, false
		}
	}
	return c, c.ID != ""
}

// line is a claim that is text without control characters, "" where it is absent.
func line(claim any, max int) (string, bool) {
	if claim == nil {
		return "", true
	}
	s, ok := claim.(string)
	return s, ok && len(s) <= max && utf8.ValidString(s) && !strings.ContainsFunc(s, isControl)
}

func lines(claim any) ([]string, bool) {
	if claim == nil {
		return nil, true
	}
	list, ok := claim.([]any)
	if !ok || len(list) > maxListItems {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		s, ok := line(item, maxListItem)
		if !ok || s == "" {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

func numbers(claim any) (map[string]int, bool) {
	if claim == nil {
		return nil, true
	}
	set, ok := claim.(map[string]any)
	if !ok || len(set) > maxListItems {
		return nil, false
	}
	out := make(map[string]int, len(set))
	for name, value := range set {
		n, isNumber := value.(float64)
		if _, ok := line(name, maxListItem); !ok || !isNumber || n < 0 || n > 1000 || n != float64(int(n)) {
			return nil, false
		}
		out[name] = int(n)
	}
	return out, true
}

// mayLogIn: roles are a list, and a list that is missing means nobody.
func (c *claims) mayLogIn() bool {
	return slices.Contains(c.Roles, "agent") || slices.Contains(c.Roles, "supervisor")
}

// CleanName is a name as it may be shown: without control characters and without the marks that turn the direction of writing, at most 128
// characters.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if isControl(r) || isBidi(r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return name
}

func isControl(r rune) bool {
	return r < ' ' || 0x7f <= r && r < 0xa0 || r == '\u2028' || r == '\u2029'
}

// isBidi: the directional marks, embeddings, overrides and isolates of Unicode's annex 9.
func isBidi(r rune) bool {
	return r == 0x061c || r == 0x200e || r == 0x200f || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}
