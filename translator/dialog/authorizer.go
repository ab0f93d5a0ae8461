package dialog

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Secret is a password. It prints as "***" wherever it is formatted or logged.
type Secret string

// String hides the value.
func (Secret) String() string { return "***" }

// GoString hides the value.
func (Secret) GoString() string { return "***" }

// Format hides the value under every verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "***") }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText hides the value.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// Credentials answer a trunk's digest challenges (RFC 7616, RFC 8760). All three fields are needed: a challenge of another realm is never
// answered, so that no peer can have our hash by naming a realm of its own choice (security rule S14).
type Credentials struct {
	Realm    string
	User     string
	Password Secret
}

// Authorizer answers the challenges that the requests of one dialog, or of one registration, meet. It belongs to the one who sends them and
// is not safe for concurrent use. A nil Authorizer answers nothing; that is the one of a dialog which the peer began.
type Authorizer struct {
	trunk *Trunk
	ids   ids
	held  [2]held // by where: WWW-Authenticate, Proxy-Authenticate
}

// held is a challenge that we have answered and may use again (RFC 7616 §3.3).
type held struct {
	challenge
	set    bool
	nc     uint32
	reused bool // the request was sent with it unasked, so the challenge that follows is the first of its exchange
	last   bool // it came with stale=true after an answer: there is no other answer in this exchange
}

// spots are the two places where a challenge may stand and its answer goes.
var spots = [2]struct {
	status     int
	ask, reply string
}{
	{401, "www-authenticate", "Authorization"},
	{407, "proxy-authenticate", "Proxy-Authorization"},
}

// newAuthorizer makes one for a dialog that we begin with a trunk; nil if the trunk has no credentials.
func newAuthorizer(us *local, t *Trunk) *Authorizer {
	if t == nil || t.Credentials.User == "" || t.Credentials.Realm == "" {
		return nil
	}
	return &Authorizer{trunk: t, ids: us.ids}
}

// Challenged takes a 401 or 407 to req, that came from the address from, and returns the credentials headers that the request is to be sent
// again with (with CSeq+1 and a new branch). ok is false if there is nothing to be said: another realm, no algorithm that we speak, an
// address that is not the trunk's, or a second challenge after our answer that does not say stale=true (translation.md O08 to O11).
func (a *Authorizer) Challenged(req *sip.Request, res *sip.Response, from netip.AddrPort) (headers []sip.Header, ok bool) {
	if a == nil || !a.trunk.has(from.Addr()) || req.Method == sip.CANCEL || req.Method == sip.ACK {
		return nil, false
	}
	for i, at := range spots {
		if at.status != res.StatusCode {
			continue
		}
		c, found := bestChallenge(challengesOf(res.GetHeaders(at.ask)), a.trunk.Credentials.Realm)
		if !found || !a.mayAnswer(i, req, c) {
			return nil, false
		}
		a.held[i] = held{challenge: c, set: true, last: c.stale && answeredBefore(req, at.reply)}
		return a.headers(req), true
	}
	return nil, false
}

// challengesOf lists the challenges. A header may hold one per line or, against RFC 3261 §20.44, several: they are cut where a scheme begins.
func challengesOf(hs []sip.Header) []string {
	var out []string
	for _, h := range hs {
		for _, v := range listValues(h.Value(), 64) {
			scheme, _, spaced := strings.Cut(v, " ")
			if begins := spaced && isToken(scheme) && !strings.Contains(scheme, "="); begins || len(out) == 0 {
				if len(out) == 8 {
					return out
				}
				out = append(out, v)
				continue
			}
			out[len(out)-1] += ", " + v
		}
	}
	return out
}

func answeredBefore(req *sip.Request, name string) bool { return req.GetHeader(name) != nil }

// mayAnswer says whether one more answer is allowed: to a request that had none, to a nonce that grew old, and once to stale=true.
func (a *Authorizer) mayAnswer(i int, req *sip.Request, c challenge) bool {
	h := a.held[i]
	if !answeredBefore(req, spots[i].reply) {
		return true
	}
	switch {
	case !h.set || h.nonce == c.nonce:
		return false // one answer per nonce
	case h.reused:
		return true // it has run out, whatever the server calls that
	}
	return c.stale && !h.last
}

// Headers returns the credentials for a later request of the same dialog, with the nonces that are known and nc one higher; none before the
// first challenge. The ACK to a 2xx carries the INVITE's own (RFC 3261 §22.1) and does not ask here.
func (a *Authorizer) Headers(req *sip.Request) []sip.Header {
	if a == nil || req.Method == sip.CANCEL || req.Method == sip.ACK {
		return nil
	}
	for i := range a.held {
		a.held[i].reused, a.held[i].last = true, false
	}
	return a.headers(req)
}

func (a *Authorizer) headers(req *sip.Request) []sip.Header {
	var out []sip.Header
	for i := range a.held {
		h := &a.held[i]
		if !h.set {
			continue
		}
		h.nc++
		out = append(out, sip.NewHeader(spots[i].reply, h.authorization(answerer{
			user: a.trunk.Credentials.User, password: string(a.trunk.Credentials.Password),
			method: string(req.Method), uri: req.Recipient.String(), cnonce: a.ids.token(), nc: h.nc,
		})))
	}
	return out
}

// copyCredentials puts an INVITE's credentials into the ACK to its 2xx (RFC 3261 §22.1).
func copyCredentials(from, to *sip.Request) {
	for _, at := range spots {
		for _, h := range from.GetHeaders(at.reply) {
			to.AppendHeader(sip.NewHeader(at.reply, h.Value()))
		}
	}
}
