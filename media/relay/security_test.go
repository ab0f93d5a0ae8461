package relay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/stun/v3"

	"offhook/media"
)

// clientHello is the beginning of a first DTLS flight.
var clientHello = append([]byte{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1}, make([]byte, 39)...)

// S11: whoever sprays the trunk's ports gets nothing, and nothing of his is heard.
func TestSecurityBleed(t *testing.T) {
	r := newRelay(t)
	sprayers := []*net.UDPConn{udp(t, netip.MustParseAddr("127.0.0.2")), udp(t, loopback)} // without and within the trunk's networks
	var calls []*call
	var pages []*browser
	for i := range 3 {
		c := newCall(t, r, policy())
		pages = append(pages, c.ring(1))
		c.accept(1)
		c.trunk.send(8, sound(byte(i))) // the trunk is locked
		c.wait(media.TrunkHeard)
		pages[i].receive(patience)
		calls = append(calls, c)
	}
	sent := 0
	for port := r.config.PortMin; port <= r.config.PortMax; port++ {
		to := netip.AddrPortFrom(loopback, port)
		for _, s := range sprayers {
			for i := range uint16(12) {
				for _, b := range [][]byte{rtpBytes(8, i, 0, 99, sound(255)), {0x80, 200, 0, 6, 0, 0, 0, 99, 0, 0, 0, 0}, {0x80, 203, 0, 1, 0, 0, 0, 99},
					{0x80}, {0x80, 8, 0}, {0x80, 8, 0, 1}, {}} {
					s.WriteToUDPAddrPort(b, to)
					sent++
				}
			}
		}
	}
	for i, c := range calls {
		c.trunk.send(8, sound(byte(10+i)))
		if p := pages[i].receive(patience); p == nil || p.Payload[0] != byte(10+i) {
			t.Errorf("call %d: the agent heard %v", i, p)
		}
		pages[i].send(sound(byte(20 + i)))
		if p := c.trunk.receive(patience); p == nil || p.Payload[0] != byte(20+i) {
			t.Errorf("call %d: the trunk heard %v", i, p)
		}
	}
	for _, s := range sprayers {
		if b := datagram(s, soon); b != nil {
			t.Errorf("the sprayer got %x", b)
		}
	}
	eventually(t, "the strangers are counted", func() bool { return r.Stats().Dropped["stranger"] >= 3*2*2*12 })
	t.Logf("%d packets sprayed, dropped: %v", sent, r.Stats().Dropped)
}

// S12: calls connect and sound passes under a spray of handshakes and of packets that only look like SRTP.
func TestSecurityMediaSpray(t *testing.T) {
	r := newRelay(t)
	stop := make(chan struct{})
	done := make(chan struct{})
	sprayer := udp(t, loopback)
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			sprayer.WriteToUDPAddrPort(clientHello, r.candidates[0])
			sprayer.WriteToUDPAddrPort(rtpBytes(8, uint16(i), 0, 99, sound(255)), r.candidates[0])
			if i%50 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	for i := range 5 {
		c := newCall(t, r, policy())
		page := c.ring(1)
		c.accept(1)
		page.send(sound(byte(i)))
		if p := c.trunk.receive(patience); p == nil || p.Payload[0] != byte(i) {
			t.Errorf("call %d: the trunk heard %v", i, p)
		}
	}
	close(stop)
	<-done
	sprayer.SetReadDeadline(time.Now().Add(soon))
	if n, err := sprayer.Read(make([]byte, 100)); err == nil {
		t.Errorf("the sprayer got %d octets", n)
	}
	if r.Stats().Dropped["stranger"] == 0 {
		t.Error("nothing sprayed was counted")
	}
}

// Bad SRTP from the browser's own address takes nothing from the good: not its place in the rate, nor in the window.
func TestSecurityBadSRTP(t *testing.T) {
	for _, profile := range profiles {
		w := wire(t, profile)
		w.s.rtpOut = nowhere{}
		k := w.from.socket
		var b [maxDatagram + tailroom]byte
		handle := func(p []byte) { k.handle(b[:], copy(b[:], p), w.from.addr) }
		k.now = time.Now()
		for i := range uint16(50) {
			good := w.seal(rtpBytes(8, i, 0, 1, sound(1)))
			k.now = k.now.Add(20 * time.Millisecond)
			for range 200 { // ten thousand a second
				bad := append([]byte(nil), good...)
				bad[len(bad)-1]++
				handle(bad)
			}
			handle(good)
			handle(good) // replayed
		}
		s := w.r.Stats()
		if s.ToTrunk != 50 || s.Dropped["srtp"] != 50*201 {
			t.Errorf("%s: %d of 50 relayed; dropped %v", profileNames[profile], s.ToTrunk, s.Dropped)
		}
	}
}

// An agent with good keys cannot make the relay remember SSRCs without end, nor flood the trunk.
func TestSecurityAgentFlood(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	w.s.rtpOut = nowhere{}
	k := w.from.socket
	var b [maxDatagram + tailroom]byte
	k.now = time.Now()
	for ssrc := range uint32(100) {
		k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, 1, 0, ssrc, sound(1)))), w.from.addr)
	}
	if known := w.leg.assoc.known; known != len(w.leg.assoc.ssrcs) {
		t.Errorf("%d SSRCs known", known)
	}
	if s := w.r.Stats(); s.Dropped["sources"] < 96 {
		t.Errorf("dropped %v", s.Dropped)
	}
	for i := range uint16(1000) {
		k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, i+2, 0, 0, sound(1)))), w.from.addr)
	}
	if s := w.r.Stats(); s.ToTrunk > 401 || s.Dropped["rate"] < 599 {
		t.Errorf("%d relayed at once; dropped %v", s.ToTrunk, s.Dropped)
	}
}

// Nor does a trunk flood a browser: a stream has four times its nominal rate, after a burst.
func TestSecurityTrunkFlood(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	w.from.socket.out = nowhere{}
	var b [maxDatagram + tailroom]byte
	now, from := time.Now(), netip.AddrPortFrom(loopback, portOf(w.trunk.rtp))
	for range 10 * 1000 { // ten seconds of a thousand packets a second
		now = now.Add(time.Millisecond)
		w.s.trunkPacket(b[:], copy(b[:], w.trunk.packet(8, sound(1))), from, now)
	}
	if s := w.r.Stats(); s.ToAgent > 2000+400 || s.ToAgent < 2000 || s.Dropped["rate"] != 10_000-s.ToAgent {
		t.Errorf("%d relayed, dropped %v", s.ToAgent, s.Dropped)
	}
}

// Sound of a page whose certificate is not that of its description never begins (S12).
func TestSecurityFingerprint(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := newBrowser(t)
	offer, err := c.s.OfferAgent(1)
	if err != nil {
		t.Fatal(err)
	}
	answer := string(page.answer(offer))
	at := strings.Index(answer, "a=fingerprint:sha-256 ") + len("a=fingerprint:sha-256 ")
	digit := "A"
	if answer[at] == 'A' {
		digit = "B"
	}
	answer = answer[:at] + digit + answer[at+1:]
	if err := c.s.AgentAnswer(1, []byte(answer)); err != nil {
		t.Fatal(err)
	}
	if e := c.wait(media.AgentFailed); !errors.Is(e.Err, errFingerprint) {
		t.Errorf("failed with %v", e.Err)
	}
	c.accept(1)
	if err := page.write(sound(1)); err != nil && !errors.Is(err, io.ErrClosedPipe) { // the alert may have closed it already
		t.Error(err)
	}
	c.trunk.send(8, sound(1))
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("the trunk heard %v", p)
	}
	if p := page.receive(soon); p != nil {
		t.Errorf("the page heard %v", p)
	}
	if a := c.association(1); a != nil {
		t.Error("there is an association still")
	}
}

// binding makes a STUN check of the wired leg's browser.
func (w *wired) binding(setters ...stun.Setter) []byte {
	base := []stun.Setter{stun.TransactionID, stun.BindingRequest}
	m, err := stun.Build(append(base, setters...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Raw
}

func (w *wired) user(theirs string) stun.Username {
	return stun.NewUsername(w.leg.ufrag + ":" + theirs)
}

func (w *wired) key() stun.MessageIntegrity { return stun.NewShortTermIntegrity(w.leg.local.Pwd) }

// kept keeps what is sent through it.
type kept struct {
	sent []byte
	to   netip.AddrPort
}

func (k *kept) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	k.sent, k.to = append([]byte(nil), b...), to
	return len(b), nil
}

var useCandidate = stun.RawAttribute{Type: stun.AttrUseCandidate}

// S10, S12: only a check that knows the password is answered, and only such a one binds its source.
func TestSecurityStunForgery(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	out := new(kept)
	k := w.from.socket
	k.out = out
	before := *w.leg.pair.Load()
	wrong := stun.NewShortTermIntegrity("0123456789abcdefghijklmn")
	tampered := w.binding(w.user("abcd"), useCandidate, w.key(), stun.Fingerprint)
	tampered[30]++
	whole := w.binding(w.user("abcd"), useCandidate, w.key(), stun.Fingerprint)
	for name, b := range map[string][]byte{
		"wrong password":   w.binding(w.user("abcd"), useCandidate, wrong, stun.Fingerprint),
		"no integrity":     w.binding(w.user("abcd"), useCandidate, stun.Fingerprint),
		"no fingerprint":   w.binding(w.user("abcd"), useCandidate, w.key()),
		"no user name":     w.binding(useCandidate, w.key(), stun.Fingerprint),
		"unknown user":     w.binding(stun.NewUsername("zzzz:abcd"), useCandidate, w.key(), stun.Fingerprint),
		"no colon":         w.binding(stun.NewUsername(w.leg.ufrag), useCandidate, w.key(), stun.Fingerprint),
		"another page":     w.binding(w.user("wxyz"), useCandidate, w.key(), stun.Fingerprint),
		"tampered":         tampered,
		"cut off":          whole[:len(whole)-4],
		"with a tail":      append(append([]byte(nil), whole...), 0, 0, 0, 0),
		"a response":       responseLike(whole),
		"an empty request": w.binding(),
	} {
		out.sent = nil
		from := netip.MustParseAddrPort("127.0.0.1:7777")
		k.now = time.Now()
		k.handle(append(b, make([]byte, tailroom)...), len(b), from)
		if out.sent != nil {
			t.Errorf("%s: answered", name)
		}
		if w.r.routes.source(source{k, from}) != nil || *w.leg.pair.Load() != before {
			t.Errorf("%s: has an effect", name)
		}
	}
	if got := w.r.Stats().Dropped["stun"]; got != 12 {
		t.Errorf("%d counted, want 12", got)
	}
}

func responseLike(request []byte) []byte {
	b := append([]byte(nil), request...)
	binary.BigEndian.PutUint16(b, 0x0101)
	return b
}

// A good check is answered to its source with that address, integrity and fingerprint (RFC 8445 §7.3, RFC 8489 §14).
func TestStunAnswers(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	out := new(kept)
	k := w.from.socket
	k.out = out
	from := netip.MustParseAddrPort("127.0.0.1:7777")
	role := func(a stun.AttrType) stun.RawAttribute { return stun.RawAttribute{Type: a, Value: make([]byte, 8)} }
	for _, row := range []struct {
		name  string
		extra []stun.Setter
		code  stun.ErrorCode
		moves bool
	}{
		{"plain", []stun.Setter{role(stun.AttrICEControlling)}, 0, false},
		{"role conflict", []stun.Setter{role(stun.AttrICEControlled), useCandidate}, stun.CodeRoleConflict, false},
		{"unknown attribute", []stun.Setter{role(0x7fff), useCandidate}, stun.CodeUnknownAttribute, false},
		{"nomination", []stun.Setter{role(stun.AttrICEControlling), useCandidate}, 0, true},
	} {
		b := w.binding(append(append([]stun.Setter{w.user("abcd")}, row.extra...), w.key(), stun.Fingerprint)...)
		k.now = time.Now()
		k.handle(append(b, make([]byte, tailroom)...), len(b), from)
		m := &stun.Message{Raw: out.sent}
		if err := m.Decode(); err != nil || out.to != from {
			t.Fatalf("%s: %v to %v", row.name, err, out.to)
		}
		if err := m.Check(w.key(), stun.Fingerprint); err != nil || string(m.TransactionID[:]) != string(b[8:20]) {
			t.Errorf("%s: %v, transaction %x", row.name, err, m.TransactionID)
		}
		var code stun.ErrorCodeAttribute
		if row.code != 0 {
			if err := code.GetFrom(m); err != nil || code.Code != row.code {
				t.Errorf("%s: error %v %v", row.name, code, err)
			}
		} else {
			var addr stun.XORMappedAddress
			if err := addr.GetFrom(m); err != nil || fmt.Sprint(addr) != from.String() || m.Type != stun.BindingSuccess {
				t.Errorf("%s: %v of %v, %v", row.name, addr, m.Type, err)
			}
		}
		if got := w.leg.pair.Load().addr == from; got != row.moves {
			t.Errorf("%s: the pair moved: %v", row.name, got)
		}
	}
}

// An agent with a good password of his own who forges the address of another's browser does not get its packets.
func TestSecurityTakenSource(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	out := new(kept)
	w.from.socket.out = out
	if _, err := w.s.OfferAgent(2); err != nil {
		t.Fatal(err)
	}
	if err := w.s.AgentAnswer(2, []byte(wiredAnswer)); err != nil {
		t.Fatal(err)
	}
	thief := w.s.legs[2]
	check := func() {
		b := w.binding(stun.NewUsername(thief.ufrag+":abcd"), useCandidate, stun.NewShortTermIntegrity(thief.local.Pwd), stun.Fingerprint)
		w.from.socket.now = time.Now()
		w.from.socket.handle(append(b, make([]byte, tailroom)...), len(b), w.from.addr)
	}
	w.leg.hear()
	check()
	if w.r.routes.source(w.from) != w.leg || out.sent != nil || w.r.Stats().Dropped["taken"] != 1 {
		t.Error("a live leg's source was taken")
	}
	w.leg.heard.Store(0) // long silent
	check()
	if w.r.routes.source(w.from) != thief || out.sent == nil {
		t.Error("the source of a silent leg is not given away")
	}
}

// A leg keeps a bounded number of sources, the newest.
func TestSecuritySourcesAreBounded(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	w.from.socket.out = nowhere{}
	for port := range uint16(100) {
		b := w.binding(w.user("abcd"), w.key(), stun.Fingerprint)
		w.from.socket.now = time.Now()
		w.from.socket.handle(append(b, make([]byte, tailroom)...), len(b), netip.AddrPortFrom(loopback, 1000+port))
	}
	if n := len(w.r.routes.bySource); n != maxSources {
		t.Errorf("%d sources, want %d", n, maxSources)
	}
	w.s.Drop(1)
	if len(w.r.routes.bySource) != 0 || len(w.r.routes.byUfrag) != 0 {
		t.Error("a dropped leg is still known")
	}
}

// F16: a browser behind another address goes on as soon as its check came from there.
func TestFaultRebind(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	k := w.from.socket
	moved := netip.MustParseAddrPort("127.0.0.1:7777")
	var b [maxDatagram + tailroom]byte
	k.now = time.Now()
	k.out, w.s.rtpOut = nowhere{}, nowhere{}
	k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, 1, 0, 1, sound(1)))), moved)
	if s := w.r.Stats(); s.ToTrunk != 0 || s.Dropped["stranger"] != 1 {
		t.Fatal("a packet was taken before the check")
	}
	check := w.binding(w.user("abcd"), useCandidate, w.key(), stun.Fingerprint)
	k.handle(b[:], copy(b[:], check), moved)
	k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, 2, 0, 1, sound(1)))), moved)
	out := new(kept)
	k.out = out
	w.s.trunkPacket(b[:], copy(b[:], w.trunk.packet(8, sound(1))), netip.AddrPortFrom(loopback, portOf(w.trunk.rtp)), k.now)
	if w.r.Stats().ToTrunk != 1 || out.to != moved {
		t.Errorf("relayed %d, sent to %v; dropped %v", w.r.Stats().ToTrunk, out.to, w.r.Stats().Dropped)
	}
}

// A nomination that overtakes the answer counts when the answer comes.
func TestCheckBeforeAnswer(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	if _, err := c.s.OfferAgent(1); err != nil {
		t.Fatal(err)
	}
	w := &wired{call: c, leg: c.s.legs[1]}
	k := c.r.sockets[0]
	out := new(kept)
	k.out = out
	from := netip.MustParseAddrPort("127.0.0.1:7777")
	check := w.binding(w.user("abcd"), useCandidate, w.key(), stun.Fingerprint)
	k.now = time.Now()
	k.handle(append(check, make([]byte, tailroom)...), len(check), from)
	if out.sent == nil || w.leg.pair.Load() != nil {
		t.Fatal("not answered, or chosen without an answer")
	}
	if err := c.s.AgentAnswer(1, []byte(wiredAnswer)); err != nil {
		t.Fatal(err)
	}
	if p := w.leg.pair.Load(); p == nil || p.addr != from || w.r.routes.source(source{k, from}) != w.leg {
		t.Errorf("pair %v", p)
	}
}

// recordedJoint is a trunk that is joined with another one and recorded, by nobody's goroutine.
func recordedJoint(t testing.TB, r *Relay) (*call, *recording) {
	t.Helper()
	one, two := newCall(t, r, policy()), newCall(t, r, policy())
	one.answer()
	two.answer()
	if err := one.s.Join(two.s); err != nil {
		t.Fatal(err)
	}
	two.s.rtpOut = nowhere{}
	rec := newRecording(one.s, "", time.Now())
	rec.file = new(memory)
	one.s.mu.Lock()
	one.s.recording = rec
	one.s.typesLocked()
	one.s.mu.Unlock()
	return one, rec
}

// FuzzRelayPacket: whatever comes to the port for browsers or to those of a trunk, plain, joined with another, recorded or to be secured by DTLS, from a bound
// source or not, never panics and makes nobody get a packet but those who may.
func FuzzRelayPacket(f *testing.F) {
	w := wire(f, dtls.SRTP_AEAD_AES_128_GCM)
	w.from.socket.out, w.s.rtpOut, w.s.rtcpOut = nowhere{}, nowhere{}, nowhere{}
	f.Add(clientHello, true)
	f.Add(w.seal(rtpBytes(8, 1, 0, 1, sound(1))), true)
	f.Add(w.binding(w.user("abcd"), useCandidate, w.key(), stun.Fingerprint), false)
	f.Add(rtpBytes(8, 1, 0, 1, sound(1)), true)
	f.Add(rtpBytes(96, 1, 0, 1, []byte{5, 0x80, 0, 160}), true)
	f.Add([]byte{0xbf, 0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xff}, true)
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, true)
	f.Add([]byte{0x81, 201, 0xff, 0xff, 0, 0, 0, 1}, false)
	trunk := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp))
	joined, rec := recordedJoint(f, w.r)
	secured := newSessionCall(f, w.r, dtlsPolicy())
	secured.s.rtpOut = nowhere{}
	offer := secured.trunk.offer("a=fingerprint:sha-256 " + w.r.fingerprint)
	if err := secured.s.TrunkOffer(bytes.Replace(offer, []byte("RTP/AVP"), []byte("UDP/TLS/RTP/SAVP"), 1)); err != nil {
		f.Fatal(err)
	}
	var b [maxDatagram + tailroom]byte
	others := func(t *testing.T, packet []byte, known bool) {
		now := time.Now()
		for _, c := range [...]*call{joined, secured} {
			c.s.mu.Lock()
			c.s.limit = newLimiter(20)
			c.s.mu.Unlock()
			from := stranger
			if known {
				from = netip.AddrPortFrom(loopback, portOf(c.trunk.rtp))
			}
			c.s.trunkPacket(b[:], copy(b[:], packet), from, now)
			c.s.trunkReport(b[:], copy(b[:], packet), from, now)
		}
		if err := rec.step(); err != nil {
			t.Error(err)
		}
	}
	f.Fuzz(func(t *testing.T, packet []byte, known bool) {
		packet = packet[:min(len(packet), maxDatagram)]
		w.s.mu.Lock()
		w.s.limit, w.leg.limit = newLimiter(20), newLimiter(20)
		w.s.mu.Unlock()
		untouched := w.r.Stats()
		others(t, packet, known)
		if got := w.r.Stats(); !known && got.ToTrunk != untouched.ToTrunk {
			t.Error("a stranger's packet was relayed from trunk to trunk")
		}
		src, from := stranger, stranger
		if known {
			src, from = w.from.addr, trunk
		}
		w.from.socket.now = time.Now()
		before := w.r.Stats()
		w.from.socket.handle(b[:], copy(b[:], packet), src)
		w.s.trunkPacket(b[:], copy(b[:], packet), from, time.Now())
		w.s.trunkReport(b[:], copy(b[:], packet), from, time.Now())
		after := w.r.Stats()
		if after.Panics != 0 {
			t.Fatal("a fault of ours")
		}
		if !known && (after.ToAgent != before.ToAgent || after.ToTrunk != before.ToTrunk) {
			t.Error("a stranger's packet was relayed")
		}
	})
}

// Events told are never told under a lock that a method of the session takes.
func TestNotifyWithoutLocks(t *testing.T) {
	r := newRelay(t)
	free := make(chan bool, 10)
	var s *Session
	got, err := r.NewSession(media.Params{Trunk: policy(), Notify: func(media.Event) {
		ok := s.mu.TryLock()
		if ok {
			s.mu.Unlock()
		}
		free <- ok
	}})
	if err != nil {
		t.Fatal(err)
	}
	s = got.(*Session)
	defer s.Close()
	trunk := newTrunkPeer(t, loopback)
	if err := s.TrunkOffer(trunk.offer()); err != nil {
		t.Fatal(err)
	}
	answer, err := s.TrunkAnswer()
	if err != nil {
		t.Fatal(err)
	}
	trunk.answered(answer)
	trunk.send(8, sound(1))
	select {
	case ok := <-free:
		if !ok {
			t.Error("the session is locked while events are told")
		}
	case <-time.After(patience):
		t.Fatal("no event")
	}
}
