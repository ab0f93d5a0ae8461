package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"offhook/agent"
)

// Scope is what a token is for.
type Scope string

// The scopes. Write includes read.
const (
	Read  Scope = "read"
	Write Scope = "write"
)

// reaches reports whether a token for s may do what needs need.
func (s Scope) reaches(need Scope) bool { return s == need || s == Write && need == Read }

// Token lets one program use the API.
type Token struct {
	// Name stands for it in the log.
	Name   string
	Scope  Scope
	Secret []byte
}

// The rate of requests with one token.
const (
	requestsPerSecond = 20
	requestsAtOnce    = 40
)

// warnEvery is how often the log is told of wrong tokens.
const warnEvery = time.Minute

// access knows who may use the API. Of secrets it keeps hashes; all of them are compared, each in constant time, whatever is shown.
type access struct {
	// Fixed after newAccess.
	keys    *Keyring
	log     *slog.Logger
	count   func(reason string)
	proxies []netip.Prefix

	mu     sync.Mutex // guards the fields below, and the buckets of tokens
	warned time.Time
	wrong  int // tokens refused since
}

type knownToken struct {
	name  string
	scope Scope
	hash  [sha256.Size]byte

	left float64 // requests, at the time seen
	seen time.Time
}

func newAccess(keys *Keyring, log *slog.Logger, count func(string)) *access {
	return &access{keys: keys, log: log, count: count}
}

// Keyring holds the tokens that are good now. It may be changed at any time, by any goroutine; the zero Keyring holds none.
type Keyring struct {
	now atomic.Pointer[[]*knownToken]
}

// NewKeyring makes a keyring of these tokens.
func NewKeyring(tokens []Token) *Keyring {
	k := &Keyring{}
	k.Set(tokens)
	return k
}

// Set replaces the tokens, from the next request on. The requests of a token that stays count on.
func (k *Keyring) Set(tokens []Token) {
	before := k.tokens()
	list := make([]*knownToken, len(tokens))
	for i, t := range tokens {
		list[i] = &knownToken{name: t.Name, scope: t.Scope, hash: sha256.Sum256(t.Secret), left: requestsAtOnce}
		for _, b := range before {
			if b.name == t.Name && b.scope == t.Scope && b.hash == list[i].hash {
				list[i] = b
			}
		}
	}
	k.now.Store(&list)
}

func (k *Keyring) tokens() []*knownToken {
	if list := k.now.Load(); list != nil {
		return *list
	}
	return nil
}

// needs lets those through whose token reaches so far.
func (a *access) needs(scope Scope) fiber.Handler {
	return func(c *fiber.Ctx) error {
		t := a.find(bearer(c.Get(fiber.HeaderAuthorization)))
		if t == nil {
			a.refused(agent.Address(c, a.proxies))
			c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="offhook"`)
			return problem(http.StatusUnauthorized, "unauthorized", "a token is needed: Authorization: Bearer …")
		}
		if wait := a.pace(t, time.Now()); wait > 0 { // before the scope: what is refused makes a line in the log
			a.count("api_rate")
			c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			return problem(http.StatusTooManyRequests, "too_many_requests", "slow down")
		}
		if !t.scope.reaches(scope) {
			a.count("api_scope")
			a.log.Warn("api request beyond the token's scope", "token", t.name, "needs", string(scope))
			return problem(http.StatusForbidden, "forbidden", "this token is not for that")
		}
		c.Locals(scopeKey{}, t.scope)
		if scope != Write {
			return c.Next()
		}
		err := c.Next()
		a.noteChange(c, t, err)
		return err
	}
}

// noteChange writes who changed what, and whether it was done: what the parts log of it does not say who asked.
func (a *access) noteChange(c *fiber.Ctx, t *knownToken, err error) {
	status := c.Response().StatusCode()
	if err != nil {
		status = faultOf(err).status
	}
	a.log.Info("api change", "token", t.name, "method", c.Method(), "path", strings.ToValidUTF8(c.Path(), "?"), "status", status)
}

// scopeKey is where a request keeps the scope of its token.
type scopeKey struct{}

// scopeOf is the scope of the request's token, "" if it has none.
func scopeOf(c *fiber.Ctx) Scope {
	s, _ := c.Locals(scopeKey{}).(Scope)
	return s
}

// bearer is the token of an Authorization header (RFC 6750 §2.1), "" if it has none.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return token
}

// find is the token that was shown, nil if it is none of ours.
func (a *access) find(shown string) (found *knownToken) {
	if shown == "" {
		return nil
	}
	hash := sha256.Sum256([]byte(shown))
	for _, t := range a.keys.tokens() {
		if subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1 {
			found = t
		}
	}
	return found
}

// pace takes one request from the token's bucket; it says how long to wait where that is empty.
func (a *access) pace(t *knownToken, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !t.seen.IsZero() {
		t.left = min(requestsAtOnce, t.left+now.Sub(t.seen).Seconds()*requestsPerSecond)
	}
	t.seen = now
	if t.left < 1 {
		return time.Duration((1 - t.left) / requestsPerSecond * float64(time.Second))
	}
	t.left--
	return 0
}

// refused counts a wrong token, and tells the log of the first and then, once a minute, of how many there were.
func (a *access) refused(from string) {
	a.count("api_token")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wrong++
	if now := time.Now(); now.Sub(a.warned) >= warnEvery {
		a.log.Warn("api requests without a good token", "requests", a.wrong, "address", from)
		a.warned, a.wrong = now, 0
	}
}
