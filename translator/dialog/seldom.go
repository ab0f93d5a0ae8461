package dialog

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// seldom counts what strangers, broken peers and closed ports can bring about as often as they like. The log is told of the first one at once, and then once a minute of
// how many there were. Its zero value is ready.
type seldom struct {
	mu   sync.Mutex
	next time.Time
	n    int
}

// tellEvery is how often the log is told.
const tellEvery = time.Minute

// due counts one more, and says whether the log is to be told now, and of how many.
func (s *seldom) due(now time.Time) (n int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if now.Before(s.next) {
		return 0, false
	}
	n, s.n, s.next = s.n, 0, now.Add(tellEvery)
	return n, true
}

// seldoms are what is told so.
type seldoms struct{ strangers, insecure, unsent seldom }

// stranger counts a message or a connection from an address of no trunk. What it says is not looked at.
func (c *core) stranger(from netip.Addr, now time.Time) {
	c.stats.strangers.Add(1)
	if n, ok := c.seldom.strangers.due(now); ok {
		c.log.Warn("SIP from an address of no trunk", "address", from, "times", n)
	}
}

// insecure counts a TLS connection of a trunk that was refused.
func (c *core) insecure(trunk string, from netip.AddrPort, err error) {
	c.stats.insecure.Add(1)
	if n, ok := c.seldom.insecure.due(time.Now()); ok {
		c.log.Warn("TLS connection refused", "trunk", trunk, "address", from, "error", cutBytes(tidy(err.Error(), 200), 200), "times", n)
	}
}

// unsent tells of a message that could not be sent.
func (c *core) unsent(err error, more ...any) {
	if n, ok := c.seldom.unsent.due(time.Now()); ok {
		c.log.With(more...).Warn("SIP message not sent", "error", err, slog.Int("times", n))
	}
}
