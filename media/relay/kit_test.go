package relay

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"offhook/media"
	"offhook/translator/sdp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = time.Minute

var loopback = netip.MustParseAddr("127.0.0.1")

// testConfig listens on loopback and has few ports.
func testConfig(t testing.TB) Config {
	min := freePorts(t)
	return Config{
		Listen: []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}, TrunkListen: loopback,
		PortMin: min, PortMax: min + 39,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

var (
	portsMu  sync.Mutex
	portNext uint16 = 21000
)

// freePorts gives each engine of the tests its own range.
func freePorts(testing.TB) uint16 {
	portsMu.Lock()
	defer portsMu.Unlock()
	portNext += 40
	return portNext
}

func newRelay(t testing.TB, change ...func(*Config)) *Relay {
	t.Helper()
	c := testConfig(t)
	for _, f := range change {
		f(&c)
	}
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.Close() != nil || r.Stats().Panics != 0 {
			t.Errorf("closing: %d faults of ours", r.Stats().Panics)
		}
	})
	return r
}

// call is a session with its trunk and what it told.
type call struct {
	t      testing.TB
	r      *Relay
	s      *Session
	trunk  *trunkPeer
	events chan media.Event
}

func policy() sdp.TrunkPolicy {
	return sdp.TrunkPolicy{TrunkAddr: loopback, MediaNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
}

// newCall makes a session that has the trunk's offer.
func newCall(t testing.TB, r *Relay, p sdp.TrunkPolicy) *call {
	t.Helper()
	c := newSessionCall(t, r, p)
	if err := c.s.TrunkOffer(c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	return c
}

// newSessionCall makes a session that knows nothing of its trunk yet.
func newSessionCall(t testing.TB, r *Relay, p sdp.TrunkPolicy) *call {
	t.Helper()
	c := &call{t: t, r: r, trunk: newTrunkPeer(t, r.config.TrunkListen), events: make(chan media.Event, 100)}
	s, err := r.NewSession(media.Params{Call: "c1", Trunk: p, Notify: func(e media.Event) { c.events <- e }})
	if err != nil {
		t.Fatal(err)
	}
	c.s = s.(*Session)
	t.Cleanup(s.Close)
	return c
}

// wait returns the next event, which must be of a kind.
func (c *call) wait(kind media.EventKind) media.Event {
	c.t.Helper()
	for {
		select {
		case e := <-c.events:
			if e.Kind == kind {
				return e
			}
			c.t.Fatalf("event %d (%v), want %d", e.Kind, e.Err, kind)
		case <-time.After(patience):
			c.t.Fatalf("no event %d; dropped: %v", kind, c.r.Stats().Dropped)
		}
	}
}

// await returns the next event of a kind and passes over others.
func (c *call) await(kind media.EventKind) media.Event {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-c.events:
			if e.Kind == kind {
				return e
			}
		case <-deadline:
			c.t.Fatalf("no event %d; dropped: %v", kind, c.r.Stats().Dropped)
		}
	}
}

// answer makes the trunk's answer and tells the peer.
func (c *call) answer() {
	c.t.Helper()
	answer, err := c.s.TrunkAnswer()
	if err != nil {
		c.t.Fatal(err)
	}
	c.trunk.answered(answer)
}

// ring offers the call to a new browser that answers at once, and waits until its media is up.
func (c *call) ring(leg media.LegID) *browser {
	c.t.Helper()
	b := newBrowser(c.t)
	offer, err := c.s.OfferAgent(leg)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.s.AgentAnswer(leg, b.answer(offer)); err != nil {
		c.t.Fatal(err)
	}
	c.wait(media.AgentUp)
	b.connected()
	return b
}

// accept joins a leg with the trunk.
func (c *call) accept(leg media.LegID) {
	c.t.Helper()
	if err := c.s.Connect(leg); err != nil {
		c.t.Fatal(err)
	}
	c.answer()
}

// association returns the one that a leg uses.
func (c *call) association(leg media.LegID) *association {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.s.legs[leg].assoc
}

// trunkPeer is the far side: RTP and RTCP over UDP.
type trunkPeer struct {
	t         testing.TB
	rtp, rtcp *net.UDPConn
	to        netip.AddrPort
	ssrc      uint32
	seq       uint16
	ts        uint32
	addr      netip.Addr
	keys      *trunkKeys // nil for plain RTP
}

func newTrunkPeer(t testing.TB, addr netip.Addr) *trunkPeer {
	t.Helper()
	p := &trunkPeer{t: t, ssrc: 0x7177, seq: 100, ts: 5000, addr: addr}
	p.rtp, p.rtcp = udp(t, addr), udp(t, addr)
	return p
}

func udp(t testing.TB, a netip.Addr) *net.UDPConn {
	t.Helper()
	c, err := listenUDP(netip.AddrPortFrom(a, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func portOf(c *net.UDPConn) uint16 { return c.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

func (p *trunkPeer) offer(lines ...string) []byte { return p.offerAt(portOf(p.rtp), lines...) }

func (p *trunkPeer) offerAt(port uint16, lines ...string) []byte {
	at := "IN IP4 " + p.addr.String()
	if p.addr.Is6() {
		at = "IN IP6 " + p.addr.String()
	}
	s := fmt.Sprintf("v=0\r\no=- 1 1 %s\r\ns=-\r\nc=%s\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=rtcp:%d\r\n", at, at, port, portOf(p.rtcp))
	for _, l := range lines {
		s += l + "\r\n"
	}
	return []byte(s)
}

// answered reads where to send from an answer.
func (p *trunkPeer) answered(answer []byte) {
	p.t.Helper()
	s, err := sdp.Parse(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	p.to = netip.AddrPortFrom(p.addr, uint16(s.Sections[0].Port))
}

// packet makes the next RTP packet of 20 ms.
func (p *trunkPeer) packet(pt uint8, payload []byte) []byte {
	b := rtpBytes(pt, p.seq, p.ts, p.ssrc, payload)
	p.seq, p.ts = p.seq+1, p.ts+160
	return b
}

func (p *trunkPeer) send(pt uint8, payload []byte) {
	p.t.Helper()
	b := p.packet(pt, payload)
	if p.keys != nil {
		b = p.keys.seal(p.t, b)
	}
	p.write(p.rtp, b)
}

func (p *trunkPeer) write(from *net.UDPConn, b []byte) {
	p.t.Helper()
	if _, err := from.WriteToUDPAddrPort(b, p.to); err != nil {
		p.t.Fatal(err)
	}
}

// receive returns the next RTP packet, or nil when none comes in a time.
func (p *trunkPeer) receive(within time.Duration) *rtp.Packet {
	p.t.Helper()
	b := datagram(p.rtp, within)
	if b == nil {
		return nil
	}
	if p.keys != nil {
		b = p.keys.open(p.t, b)
	}
	packet := new(rtp.Packet)
	if err := packet.Unmarshal(b); err != nil {
		p.t.Fatalf("the trunk got %x: %v", b, err)
	}
	return packet
}

// datagram is the next one that comes to a socket, or nil when none comes in a time.
func datagram(c *net.UDPConn, within time.Duration) []byte {
	b := make([]byte, 2000)
	c.SetReadDeadline(time.Now().Add(within))
	n, err := c.Read(b)
	if err != nil {
		return nil
	}
	return b[:n]
}

// drain throws away what came until now.
func (p *trunkPeer) drain() {
	for p.receive(30*time.Millisecond) != nil {
	}
}

func rtpBytes(pt uint8, seq uint16, ts, ssrc uint32, payload []byte) []byte {
	b := []byte{0x80, pt}
	b = binary.BigEndian.AppendUint16(b, seq)
	b = binary.BigEndian.AppendUint32(b, ts)
	b = binary.BigEndian.AppendUint32(b, ssrc)
	return append(b, payload...)
}

// sound is 20 ms of something that can be told apart by its number.
func sound(number byte) []byte {
	b := make([]byte, 160)
	for i := range b {
		b[i] = number
	}
	return b
}

// browser is an agent's page: a PeerConnection that speaks what the test tells it.
type browser struct {
	t     testing.TB
	pc    *webrtc.PeerConnection
	track *boundTrack
	heard chan *rtp.Packet
	seq   uint16
	ts    uint32
}

func newBrowser(t testing.TB, certificates ...webrtc.Certificate) *browser {
	t.Helper()
	return newBrowserOn(t, webrtc.NetworkTypeUDP4, certificates...)
}

func newBrowserOn(t testing.TB, network webrtc.NetworkType, certificates ...webrtc.Certificate) *browser {
	t.Helper()
	m := new(webrtc.MediaEngine)
	for _, c := range []webrtc.RTPCodecParameters{
		{PayloadType: 8, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000}},
		{PayloadType: 0, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}},
		{PayloadType: 126, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 8000}},
	} {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	var e webrtc.SettingEngine
	e.SetIncludeLoopbackCandidate(true)
	e.SetAnsweringDTLSRole(webrtc.DTLSRoleClient) // as browsers do; pion would answer a lite offerer with passive
	e.SetNetworkTypes([]webrtc.NetworkType{network})
	e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	if network == webrtc.NetworkTypeUDP6 { // pion gathers no ::1 by itself
		mux := webrtc.NewICEUDPMux(nil, udp(t, loopback6))
		t.Cleanup(func() { mux.Close() })
		e.SetICEUDPMux(mux)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(e), webrtc.WithInterceptorRegistry(new(interceptor.Registry)))
	pc, err := api.NewPeerConnection(webrtc.Configuration{Certificates: certificates})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, pc: pc, heard: make(chan *rtp.Packet, 1000), seq: 7000, ts: 90000}
	t.Cleanup(b.close)
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000}, "audio", "page")
	if err != nil {
		t.Fatal(err)
	}
	b.track = &boundTrack{TrackLocalStaticRTP: track, bound: make(chan struct{})}
	if _, err := pc.AddTransceiverFromTrack(b.track); err != nil {
		t.Fatal(err)
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			p, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			b.heard <- p
		}
	})
	return b
}

// boundTrack says when it is in use: what is written before is lost.
type boundTrack struct {
	*webrtc.TrackLocalStaticRTP
	bound chan struct{}
	once  sync.Once
}

func (b *boundTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	defer b.once.Do(func() { close(b.bound) })
	return b.TrackLocalStaticRTP.Bind(c)
}

func (b *browser) close() { b.pc.GracefulClose() }

// answer returns the answer to an offer of ours.
func (b *browser) answer(offer []byte) []byte {
	b.t.Helper()
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(offer)}); err != nil {
		b.t.Fatalf("%v\n%s", err, offer)
	}
	answer, err := b.pc.CreateAnswer(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(answer); err != nil {
		b.t.Fatal(err)
	}
	<-gathered
	return []byte(b.pc.LocalDescription().SDP)
}

// offer returns an offer, as for the protocol's restart.
func (b *browser) offer(o *webrtc.OfferOptions) []byte {
	b.t.Helper()
	offer, err := b.pc.CreateOffer(o)
	if err != nil {
		b.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(offer); err != nil {
		b.t.Fatal(err)
	}
	<-gathered
	return []byte(b.pc.LocalDescription().SDP)
}

func (b *browser) answered(answer []byte) {
	b.t.Helper()
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}); err != nil {
		b.t.Fatalf("%v\n%s", err, answer)
	}
}

// connected waits until the page too knows that its media is up.
func (b *browser) connected() {
	b.t.Helper()
	eventually(b.t, "the page is connected", func() bool { return b.pc.ConnectionState() == webrtc.PeerConnectionStateConnected })
	<-b.track.bound
}

// send sends the next packet of 20 ms.
func (b *browser) send(payload []byte) {
	b.t.Helper()
	if err := b.write(payload); err != nil {
		b.t.Fatal(err)
	}
}

// write is send for a page whose connection may be closed by now: it says so.
func (b *browser) write(payload []byte) error {
	p := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: b.seq, Timestamp: b.ts}, Payload: payload}
	b.seq, b.ts = b.seq+1, b.ts+160
	return b.track.WriteRTP(p)
}

// receive returns the next packet heard, or nil when none comes in a time.
func (b *browser) receive(within time.Duration) *rtp.Packet {
	select {
	case p := <-b.heard:
		return p
	case <-time.After(within):
		return nil
	}
}

// eventually tries until f is true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if f() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
