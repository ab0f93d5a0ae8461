package relay

import (
	"net/netip"
	"sync"
	"time"
)

// source is where a datagram of a browser came from: an address, seen at one of our sockets.
type source struct {
	socket *agentSocket
	addr   netip.AddrPort
}

// maxSources is how many addresses a leg can have at once: the pairs that its browser checks (RFC 8445 §6.1.2).
const maxSources = 16

// routes knows which leg a datagram belongs to: by the user name of a STUN check, and then by its source. The table of sources is
// only written after a check with valid integrity.
type routes struct {
	mu       sync.RWMutex
	byUfrag  map[string]*agentLeg
	bySource map[source]*agentLeg
}

func newRoutes() *routes {
	return &routes{byUfrag: make(map[string]*agentLeg), bySource: make(map[source]*agentLeg)}
}

// ufrag returns the leg of our ICE user name fragment, or nil.
func (t *routes) ufrag(name []byte) *agentLeg {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byUfrag[string(name)]
}

// source returns the leg of an address, or nil.
func (t *routes) source(from source) *agentLeg {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.bySource[from]
}

// expect makes a leg known by its user name fragment, in place of the one it had.
func (t *routes) expect(leg *agentLeg, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byUfrag, leg.ufrag)
	leg.ufrag = name
	t.byUfrag[name] = leg
}

// bind gives a source to a leg that proved itself there. A source of another leg that was heard within the time given stays with that one,
// so that an agent who forges addresses cannot take another's; then bind returns false. The leg's oldest source makes room.
func (t *routes) bind(leg *agentLeg, from source, alive time.Duration) bool {
	if t.source(from) == leg {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byUfrag[leg.ufrag] != leg {
		return false // dropped meanwhile
	}
	if owner := t.bySource[from]; owner != nil && owner != leg {
		if owner.heardWithin(alive) {
			return false
		}
		owner.forget(from)
	}
	if len(leg.sources) >= maxSources {
		delete(t.bySource, leg.sources[0])
		leg.sources = leg.sources[1:]
	}
	leg.sources = append(leg.sources, from)
	t.bySource[from] = leg
	return true
}

// unbind takes all sources from a leg.
func (t *routes) unbind(leg *agentLeg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unbindLocked(leg)
}

// remove makes a leg unknown.
func (t *routes) remove(leg *agentLeg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unbindLocked(leg)
	delete(t.byUfrag, leg.ufrag)
}

func (t *routes) unbindLocked(leg *agentLeg) {
	for _, from := range leg.sources {
		delete(t.bySource, from)
	}
	leg.sources = nil
}
