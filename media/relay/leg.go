package relay

import (
	"sync/atomic"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// agentLeg is one browser's side of a session.
type agentLeg struct {
	r     *Relay                  // fixed
	owner atomic.Pointer[Session] // changes with the mutexes of the old and the new one held

	cred  atomic.Pointer[credentials] // what STUN checks are measured by
	pair  atomic.Pointer[source]      // where we send: the pair that ICE chose, nil before
	heard atomic.Int64                // when something valid came last, in ns since the relay's start

	// guarded by the routes' mutex

	ufrag   string // ours
	sources []source

	// guarded by the session's mutex

	id     media.LegID   // in the session that owns it
	desc   *sdp.AgentLeg // its descriptions
	local  sdp.AgentLocal
	remote sdp.AgentRemote // zero before the first answer
	early  struct {        // a nomination that overtook the answer
		remote string
		from   source
	}
	nominated bool         // ICE has chosen a pair since the last description
	assoc     *association // in use; nil before the browser's first DTLS packet
	next      *association // replaces it when its handshake is done
	renewed   bool         // ICE began anew under assoc: a ClientHello may ask for another one
	muted     bool         // its sound is kept from the trunk
	failed    bool         // the association broke; only a new description helps
	fault     error        // why, the last time

	toldUp, toldHeard, silent bool
	reporting                 reporting

	toAgent   outStream
	fromAgent inStream
	limit     limiter
	rescale   rescaler // of events towards the browser
	player    *player  // what is played to the browser, nil for nothing
	music     place
}

// lock returns the session that the leg belongs to, its mutex held.
func (l *agentLeg) lock() *Session {
	for {
		s := l.owner.Load()
		s.mu.Lock()
		if l.owner.Load() == s {
			return s
		}
		s.mu.Unlock() // the leg changed its session meanwhile
	}
}

// heardWithin reports whether something valid came in the last time d.
func (l *agentLeg) heardWithin(d time.Duration) bool {
	at := l.heard.Load()
	return at != 0 && l.r.since()-at < int64(d)
}

// hear notes that something valid came.
func (l *agentLeg) hear() { l.heard.Store(l.r.since()) }

// forget takes one source from the leg. It needs the routes' lock.
func (l *agentLeg) forget(from source) {
	for i, f := range l.sources {
		if f == from {
			l.sources = append(l.sources[:i], l.sources[i+1:]...)
			return
		}
	}
}

// describedLocked takes what a browser's description told. fresh says that ICE began anew.
func (l *agentLeg) describedLocked(remote sdp.AgentRemote, fresh bool) {
	samePeer := samePrints(remote.Fingerprints, l.remote.Fingerprints) && !l.failed
	l.remote = remote
	l.toldUp, l.toldHeard, l.silent = false, false, false
	l.toAgent.clock = uint32(remote.Codec.Clock)
	l.fromAgent.clock = l.toAgent.clock
	if !samePeer {
		l.dropPeerLocked()
	}
	if fresh {
		l.nominated = false
		l.renewed = samePeer
	}
	l.failed = false
	l.trustLocked()
	if from := l.early.from; l.early.remote == remote.Ufrag && from.socket != nil && l.r.routes.bind(l, from, l.r.config.AgentSilence) {
		l.pair.Store(&from)
		l.nominated = true
	}
	l.early.remote, l.early.from = "", source{}
}

// dropPeerLocked forgets a browser whose place another one takes.
func (l *agentLeg) dropPeerLocked() {
	l.closeLocked()
	l.pair.Store(nil)
	l.r.routes.unbind(l)
	l.nominated = false
}

// trustLocked makes the present credentials those that checks are measured by.
func (l *agentLeg) trustLocked() {
	l.cred.Store(&credentials{key: []byte(l.local.Pwd), remote: l.remote.Ufrag})
}

// closeLocked ends the leg's associations.
func (l *agentLeg) closeLocked() {
	for _, a := range []*association{l.assoc, l.next} {
		if a != nil {
			a.closeLocked()
		}
	}
	l.assoc, l.next = nil, nil
}

// readyLocked returns the association with keys, or nil.
func (l *agentLeg) readyLocked() *association {
	if l.assoc != nil && l.assoc.ready {
		return l.assoc
	}
	return nil
}
