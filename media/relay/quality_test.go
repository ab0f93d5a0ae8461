package relay

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"

	"offhook/media"
)

// reported makes a receiver report about our stream, of someone who got our sender report sent ago before, and held it for a time.
func reported(t *testing.T, ours uint32, lost uint32, jitter uint32, now time.Time, sent, held time.Duration) []byte {
	t.Helper()
	b, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: 5, Reports: []rtcp.ReceptionReport{
			{SSRC: 77, TotalLost: 999},
			{SSRC: ours, TotalLost: lost, Jitter: jitter, LastSenderReport: uint32(ntp(now.Add(-sent)) >> 16), Delay: uint32(held * 65536 / time.Second)},
		}},
		&rtcp.SourceDescription{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func near(got, want, slack time.Duration) bool { return got >= want-slack && got <= want+slack }

// What came in is measured, what went out is told by the other side, on both legs; and a leg that is gone is remembered.
func TestStatsOfACall(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	w.s.rtpOut, w.from.socket.out = nowhere{}, nowhere{}
	src, k, now := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp)), w.from.socket, time.Now()
	var b [maxDatagram + tailroom]byte
	for i := range 500 {
		late := time.Duration(i%2) * 16 * time.Millisecond // packets of the trunk come in pairs
		if i%10 != 3 {                                     // a tenth of them does not
			w.s.trunkPacket(b[:], copy(b[:], w.trunk.packet(8, sound(1))), src, now.Add(late))
		} else {
			w.trunk.packet(8, nil)
		}
		k.now = now
		k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, uint16(i), uint32(i*160), 3, sound(2)))), w.from.addr)
		now = now.Add(20 * time.Millisecond)
	}
	at := now
	w.s.trunkReport(b[:], copy(b[:], reported(t, w.s.toTrunk.ssrc, 25, 40, at, 140*time.Millisecond, 40*time.Millisecond)), netip.AddrPortFrom(loopback, portOf(w.trunk.rtcp)), at)
	sealed, err := w.out.EncryptRTCP(nil, reported(t, w.leg.toAgent.ssrc, 0, 8, at, 50*time.Millisecond, 30*time.Millisecond), nil)
	if err != nil {
		t.Fatal(err)
	}
	k.now = at
	k.handle(b[:], copy(b[:], sealed), w.from.addr)

	check := func(s media.Stats, what string) {
		t.Helper()
		if len(s.Agents) != 1 {
			t.Fatalf("%s: %d agents", what, len(s.Agents))
		}
		in, out, agent := s.Trunk.In, s.Trunk.Out, s.Agents[0]
		if s.Trunk.Codec != "PCMA" || in.Packets != 450 || in.Lost != 50 || !near(in.Jitter, 16*time.Millisecond, 5*time.Millisecond) {
			t.Errorf("%s: from the trunk %+v", what, in)
		}
		if out.Packets != 475 || out.Lost != 25 || out.Jitter != 5*time.Millisecond || !near(s.Trunk.RTT, 100*time.Millisecond, time.Millisecond) {
			t.Errorf("%s: to the trunk %+v, round trip %v", what, out, s.Trunk.RTT)
		}
		if agent.Leg != 1 || agent.In.Packets != 500 || agent.In.Lost != 0 || agent.In.Jitter > time.Millisecond || !near(agent.RTT, 20*time.Millisecond, time.Millisecond) ||
			agent.Out.Packets != 450 || agent.Out.Jitter != time.Millisecond {
			t.Errorf("%s: the agent %+v", what, agent)
		}
		if want := media.MOS(0.1, in.Jitter, s.Trunk.RTT); math.Abs(in.MOS-want) > 1e-9 || agent.In.MOS < 4.3 || agent.In.MOS < in.MOS || agent.Out.MOS < 4.3 {
			t.Errorf("%s: MOS %.2f, %.2f, %.2f, %.2f", what, in.MOS, out.MOS, agent.In.MOS, agent.Out.MOS)
		}
	}
	check(w.s.Stats(), "in the call")
	w.s.Drop(1)
	check(w.s.Stats(), "without the agent")
	w.s.Close()
	check(w.s.Stats(), "after the end")
}

// A leg counts on through new sources and new associations.
func TestStatsGoOn(t *testing.T) {
	i := inStream{clock: 8000}
	now := time.Now()
	for _, ssrc := range []uint32{1, 2} {
		for seq := range uint16(12) {
			if seq == 5 {
				continue // lost
			}
			p := rtpPacket{ssrc: ssrc, seq: seq, ts: uint32(seq) * 160}
			if i.admit(p) {
				i.note(p)
				i.measure(now, p)
			}
			now = now.Add(20 * time.Millisecond)
		}
	}
	i.restart()
	if got := i.tally(); got.received != 11+10 || got.expected-got.received != 2 { // the first of the second source is not believed yet
		t.Errorf("%+v", got)
	}
	var r reports
	for _, lost := range []uint32{10, 40, 40, 3, 5, 0xffffff} { // a page was reloaded; then one that got packets doubled
		block := make([]byte, reportBlock)
		block[5], block[6], block[7] = byte(lost>>16), byte(lost>>8), byte(lost)
		r.take(now, block, 0)
	}
	if got := r.lost(); got != 40 {
		t.Errorf("%d lost, want 40", got)
	}
	if r.roundTrip() != 0 {
		t.Error("a round trip without a sender report")
	}
}

// Keys do not count as jitter.
func TestStatsOfKeys(t *testing.T) {
	i := inStream{clock: 8000}
	now := time.Now()
	for seq := range uint16(100) {
		p := rtpPacket{ssrc: 1, seq: seq, ts: uint32(seq) * 160}
		if seq >= 40 && seq < 60 {
			p.ts = 40 * 160
		}
		i.admit(p)
		i.note(p)
		i.measure(now, p)
		now = now.Add(20 * time.Millisecond)
	}
	if got := units(uint64(i.jitter>>4), 8000); got > time.Millisecond {
		t.Errorf("jitter %v", got)
	}
}

// TestSecurityReports: reports of any size and content are read within their bounds, and what they cannot mean is not believed.
func TestSecurityReports(t *testing.T) {
	now := time.Now()
	whole := reported(t, 9, 3, 8, now, time.Second, 0)
	for _, kind := range []byte{200, 201} {
		for n := range len(whole) + 1 {
			for words := range 20 {
				b := append([]byte(nil), whole[:n]...)
				if len(b) >= 4 {
					b[0], b[1], b[3] = 0x9f, kind, byte(words)
				}
				i := inStream{clock: 8000, ssrc: 5}
				i.report(now, b, &outStream{ssrc: 9})
			}
		}
	}
	i := inStream{clock: 8000}
	i.report(now, reported(t, 9, 0, 0, now, time.Second, 2*time.Second), &outStream{ssrc: 9}) // held for longer than it was away
	i.report(now, reported(t, 9, 0, 0, now, time.Hour, 0), &outStream{ssrc: 9})
	if i.reported.count != 2 || i.reported.rounds != 0 {
		t.Errorf("%+v", i.reported)
	}
}
