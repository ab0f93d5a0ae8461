package agent

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// The faults of a set-up that end before a login. A page shows little of them to its user and nothing to who set offhook up, so each makes a WARN line
// that names what to change.

const (
	// warnEvery is the time between two lines of one reason about one client's address.
	warnEvery = time.Minute
	// maxWarned is how many of them are remembered. While that many are, nothing else is said: strangers do not fill the log. The counters go on.
	maxWarned = 256
	// maxOrigin is how much of an Origin header is shown, in bytes.
	maxOrigin = 128
)

// advice is what to change, by the reason of a refusal. A reason without it is nobody's fault and makes no line.
var advice = map[string]string{
	"origin":              "if the page is yours, add its origin to origins",
	"no_origin":           "send one Origin header that stands in origins, as a browser does",
	"upgrade":             "this is a WebSocket; a proxy in front has to pass Upgrade and Connection on",
	"protocol":            "offer the subprotocol offhook.v1",
	"full":                "there are as many sockets as one server takes",
	"waiting":             "too many sockets without a hello from there; if it is your proxy, add it to trusted_proxies",
	"no_hello":            "send hello as soon as the socket is open: fetch the token before",
	string(tooLong):       "the token is longer than 8192 bytes",
	string(malformed):     "it is no signed JWT, or its header has crit, b64, jku, jwk, x5u or x5c",
	string(unknownIssuer): "no key in agents.tokens has its iss as issuer",
	string(unknownKey):    "no key of its iss in agents.tokens has its kid; without a kid in the token the key may have none",
	string(badAlgorithm):  "its alg is not the one of its key in agents.tokens",
	string(badSignature):  "it was signed with another key than the one in agents.tokens",
	string(expired):       "its exp has passed, or its nbf or iat is still to come: fetch one for each login, compare the clocks",
	string(tooFarAhead):   "its exp is further ahead than agents.max_token_age",
	string(badAudience):   "its aud does not have agents.audience",
	string(badClaims):     "sub, aud or exp is missing, or a claim has the wrong type or is too long",
	string(usedTwice):     "its jti has logged in before: fetch a new token for each login",
	string(noRoles):       "its roles have neither agent nor supervisor",
	string(otherAgent):    "its sub is another agent than the one who is logged in",
	string(wasRevoked):    "the HTTP API has revoked the agent's tokens: only one with a later iat logs in",
	string(tooOften):      "its agent logs in more than once a second: does a page open its socket again and again?",
}

// warned are the warnings of the last minute. The zero warned has none.
type warned struct {
	mu sync.Mutex
	at map[warning]time.Time // guarded by mu
}

type warning struct{ reason, address string }

// isDue reports whether w is to be said now, and remembers that it was.
func (l *warned) isDue(w warning, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last, said := l.at[w]; said && now.Sub(last) < warnEvery {
		return false
	}
	if len(l.at) >= maxWarned {
		for old, last := range l.at {
			if now.Sub(last) >= warnEvery {
				delete(l.at, old)
			}
		}
	}
	if _, said := l.at[w]; !said && len(l.at) >= maxWarned {
		return false
	}
	if l.at == nil {
		l.at = make(map[warning]time.Time)
	}
	l.at[w] = now
	return true
}

// warn says that something from address was refused, and what to change, unless that was said in the last minute.
func (h *Hub) warn(what, reason, address string, more ...slog.Attr) {
	todo, isFault := advice[reason]
	if !isFault || !h.warned.isDue(warning{reason, address}, time.Now()) {
		return
	}
	about := append([]slog.Attr{slog.String("reason", reason), slog.String("address", address)}, more...)
	h.cfg.Log.LogAttrs(context.Background(), slog.LevelWarn, what, append(about, slog.String("advice", todo))...)
}

// refuseToken counts and warns of a token that s brought. more says who, where the token is to be believed in that.
func (h *Hub) refuseToken(s *socket, why refusal, more ...slog.Attr) {
	h.count(CountedToken, string(why))
	h.warn("token refused", string(why), s.from.address, more...)
}

// shown is as much of a stranger's text as a line of the log has room for.
func shown(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxOrigin)], "?")
}
