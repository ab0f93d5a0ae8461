package relay

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// Session is the media of one call; it implements [media.Session].
type Session struct {
	// fixed

	r               *Relay
	number          uint64 // differs among all sessions of a relay
	call            string
	notify          func(media.Event)
	ports           pair
	rtpOut, rtcpOut packetWriter // the sockets of ports
	cname           string

	told   sync.Mutex  // held while events are told, so that they keep their order; taken before mu
	untold atomic.Bool // there are events

	pacing sync.Mutex // held while a packet of the player is made and sent, and by the steps that end what is played; taken before mu

	mu     sync.Mutex // guards all that follows, and the legs
	closed bool
	events []media.Event
	bridge *sdp.Bridge
	local  sdp.TrunkLocal // of the trunk's present dialog
	legs   map[media.LegID]*agentLeg

	connected *agentLeg      // the leg that is joined with the trunk, and
	numbers   sdp.PayloadMap // how
	talk      *pairing       // two legs that are joined without the trunk
	joint     *joint         // with the trunk of another session; not beside connected
	types     *sdp.Numbers   // of the trunk, nil when nobody asks or there is none; replaced as a whole
	offered   bool           // the far side may know our port
	answered  bool           // and we know its
	remote    sdp.TrunkRemote
	held      bool // by anybody, as descriptions tell
	watched   bool // silence is told

	latch     latch
	secure    trunkSRTP
	toTrunk   outStream
	fromTrunk inStream
	limit     limiter
	rescale   rescaler // of events towards the trunk
	keys      keypad   // of the far side
	heard     bool     // TrunkHeard was told
	silent    bool     // TrunkSilent was told
	aliveAt   time.Time
	reporting reporting

	player *player
	music  place  // of the trunk's
	plays  uint32 // how many players there were
	tones  dialpad

	heardOf []media.LegStats // legs that are gone

	recording    *recording
	recordPaused time.Time // nothing is recorded before
}

var _ media.Session = (*Session)(nil)

func newSession(r *Relay, p media.Params, ports pair) *Session {
	s := &Session{
		r: r, number: r.numbered.Add(1), call: p.Call, notify: p.Notify, ports: ports, rtpOut: ports.rtp, rtcpOut: ports.rtcp, cname: token(12),
		bridge:    sdp.NewBridge(p.Trunk),
		legs:      make(map[media.LegID]*agentLeg),
		toTrunk:   newOutStream(),
		fromTrunk: inStream{clock: 8000},
		limit:     newLimiter(20),
	}
	s.newDialogLocked(p.Trunk)
	return s
}

// TrunkOffer implements [media.Session].
func (s *Session) TrunkOffer(offer []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if err := s.bridge.TrunkOffer(offer); err != nil {
		return err
	}
	s.offered = true
	s.aliveAt, s.silent = time.Now(), false
	return s.refreshLocked()
}

// remoteLocked takes over what is known of the far side.
func (s *Session) remoteLocked() {
	before := s.remote.PTime
	s.remote = s.bridge.TrunkRemote()
	s.held = s.bridge.HeldBy() != 0
	s.latch.signalled(s.remote.RTP, s.remote.RTCP)
	s.secure.agree(s.local, s.remote.Key)
	s.secure.dtls.agreeLocked(s.remote.Fingerprints)
	if clock := uint32(s.remote.Codec.Clock); clock != 0 {
		s.toTrunk.clock, s.fromTrunk.clock = clock, clock
	}
	if s.remote.PTime != before {
		s.limit = newLimiter(s.remote.PTime)
	}
	s.typesLocked()
}

// rejoinLocked asks again how packets are numbered, after a description changed.
func (s *Session) rejoinLocked() error {
	if t := s.talk; t != nil {
		numbers, err := s.bridge.Talk(t.one.desc, t.two.desc)
		if err != nil {
			s.hushLocked()
			return err
		}
		t.numbers = numbers
	}
	if s.connected == nil {
		return nil
	}
	numbers, err := s.bridge.Connect(s.connected.desc)
	if err != nil {
		s.partLocked()
		return err
	}
	s.numbers = numbers
	s.remoteLocked()
	return nil
}

// TrunkAnswer implements [media.Session].
func (s *Session) TrunkAnswer() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, media.ErrClosed
	}
	answer, err := s.bridge.TrunkAnswer(s.local)
	if err != nil {
		s.refreshLocked() // an offer within the call is rolled back
		return nil, err
	}
	s.agreedLocked()
	if !s.watched {
		s.watchTrunkLocked()
	}
	s.remoteLocked()
	s.prepareTrunkLocked()
	return answer, nil
}

// OfferAgent implements [media.Session].
func (s *Session) OfferAgent(id media.LegID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, media.ErrClosed
	}
	leg, err := s.newLegLocked(id)
	if err != nil {
		return nil, err
	}
	desc, offer, err := s.bridge.OfferAgent(leg.local)
	if err != nil {
		return nil, err
	}
	leg.desc = desc
	s.addLegLocked(leg)
	return offer, nil
}

// newLegLocked makes a leg that has no description yet.
func (s *Session) newLegLocked(id media.LegID) (*agentLeg, error) {
	if s.legs[id] != nil {
		return nil, fmt.Errorf("media: leg %d exists", id)
	}
	leg := &agentLeg{r: s.r, id: id, toAgent: newOutStream(), fromAgent: inStream{clock: 8000}, limit: newLimiter(20)}
	leg.owner.Store(s)
	leg.local = s.r.agentLocal(leg.toAgent.ssrc, s.cname)
	return leg, nil
}

// addLegLocked lets a leg's browser come.
func (s *Session) addLegLocked(leg *agentLeg) {
	leg.trustLocked()
	s.legs[leg.id] = leg
	s.r.routes.expect(leg, leg.local.Ufrag)
}

// AgentAnswer implements [media.Session].
func (s *Session) AgentAnswer(id media.LegID, answer []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	leg, err := s.legLocked(id)
	if leg == nil {
		return err
	}
	remote, err := leg.desc.Answer(answer)
	if err != nil {
		return err
	}
	leg.describedLocked(remote, remote.Ufrag != leg.remote.Ufrag)
	return s.redescribedLocked(leg)
}

// redescribedLocked follows a new description of a browser: in how its packets are numbered, and in what is played to it.
func (s *Session) redescribedLocked(leg *agentLeg) error {
	if p := leg.player; p != nil && p.codec != leg.remote.Codec.Name {
		p.again()
	}
	s.prepareLocked(leg.player, leg.remote.Codec.Name)
	if leg == s.connected || s.talk.has(leg) {
		return s.rejoinLocked()
	}
	return nil
}

// AgentOffer implements [media.Session].
func (s *Session) AgentOffer(id media.LegID, offer []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	leg, err := s.legLocked(id)
	if leg == nil {
		return nil, err
	}
	local := leg.local
	local.Ufrag, local.Pwd = token(8), token(24)
	remote, answer, err := leg.desc.Offer(offer, local)
	if err != nil {
		return nil, err
	}
	fresh := remote.Ufrag != leg.remote.Ufrag || remote.Pwd != leg.remote.Pwd
	if !fresh {
		// No ICE restart: then our credentials stay too (RFC 8839 §4.4.1.1.1).
		if remote, answer, err = leg.desc.Offer(offer, leg.local); err != nil {
			return nil, err
		}
	} else {
		leg.local = local
		s.r.routes.expect(leg, local.Ufrag)
	}
	leg.describedLocked(remote, fresh)
	if err := s.redescribedLocked(leg); err != nil {
		return nil, err
	}
	return answer, nil
}

// Drop implements [media.Session].
func (s *Session) Drop(id media.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if leg := s.legs[id]; leg != nil {
		s.dropLocked(leg)
	}
}

func (s *Session) dropLocked(leg *agentLeg) {
	s.separateLocked(leg)
	s.rememberLocked(leg)
	leg.player = leg.player.stop()
	s.r.routes.remove(leg)
	leg.closeLocked()
	s.bridge.Drop(leg.desc)
	delete(s.legs, leg.id)
}

// Close implements [media.Session].
func (s *Session) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	for _, leg := range s.legs {
		s.dropLocked(leg)
	}
	s.stopLocked()
	s.recording.end(time.Now())
	s.closed = true
	s.events, s.tones.queue = nil, nil
	goodbye, out, to := s.goodbyeLocked(time.Now())
	farewells := s.secure.dtls.stopLocked()
	s.mu.Unlock()
	s.r.remove(s)
	if goodbye != nil {
		s.r.send(out, goodbye, to)
	}
	if len(farewells) == 0 {
		s.r.ports.give(s.ports)
		return
	}
	s.r.farewells.Go(func() {
		for _, farewell := range farewells {
			farewell()
		}
		s.r.ports.give(s.ports)
	})
}

// legLocked finds a leg. It returns neither leg nor error after Close.
func (s *Session) legLocked(id media.LegID) (*agentLeg, error) {
	if s.closed {
		return nil, nil
	}
	if leg := s.legs[id]; leg != nil {
		return leg, nil
	}
	return nil, media.ErrNoLeg
}
