package relay

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"

	"offhook/translator/sdp"
)

// secureWire is wire, with keys on the trunk's side too.
func secureWire(t testing.TB, suite sdp.Suite) (w *wired, far *srtp.Context) {
	t.Helper()
	w = wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	key := farKey(suite, 1)
	w.s.mu.Lock()
	w.s.secure.agree(w.s.local, key)
	w.s.mu.Unlock()
	far, err := newContext(key)
	if err != nil {
		t.Fatal(err)
	}
	return w, far
}

// Relaying between two sides with keys allocates nothing, nor do keys and music.
func TestNoAllocationPerSecuredPacket(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	for _, suite := range suites {
		t.Run(suite.String(), func(t *testing.T) {
			w, far := secureWire(t, suite)
			w.from.socket.out, w.s.rtpOut = nowhere{}, nowhere{}
			src := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp))
			const runs = 200
			var fromAgent, fromTrunk [runs + 2][]byte
			for i := range fromAgent {
				fromAgent[i] = w.seal(rtpBytes(8, uint16(i), uint32(i*160), 3, sound(2)))
				fromTrunk[i] = must(far.EncryptRTP(nil, w.trunk.packet(8, sound(1)), nil))
			}
			var in, out [maxDatagram + tailroom]byte
			i, now, k := 0, time.Now(), w.from.socket
			pass := func() {
				now = now.Add(20 * time.Millisecond)
				k.now = now
				k.handle(in[:], copy(in[:], fromAgent[i]), w.from.addr)
				w.s.trunkPacket(out[:], copy(out[:], fromTrunk[i]), src, now)
				i++
			}
			pass() // the first packet makes the streams
			if got := testing.AllocsPerRun(runs, pass); got > 0 {
				t.Errorf("%v allocations for a packet each way", got)
			}
			if s := w.r.Stats(); s.ToAgent != uint64(i) || s.ToTrunk != uint64(i) {
				t.Errorf("%d and %d of %d relayed: %v", s.ToAgent, s.ToTrunk, i, s.Dropped)
			}
			ask(t, w.s, "12345678901234567890")
			if got := testing.AllocsPerRun(runs, func() {
				now = now.Add(frameTime)
				w.s.frame(now, out[:])
			}); got > 0 {
				t.Errorf("%v allocations for a packet of a key", got)
			}
		})
	}
}

func BenchmarkSecuredTrunk(b *testing.B) {
	for _, suite := range suites {
		b.Run("ToAgent/"+suite.String(), func(b *testing.B) { benchmarkFromSecured(b, suite) })
		b.Run("ToTrunk/"+suite.String(), func(b *testing.B) { benchmarkToSecured(b, suite) })
	}
}

func benchmarkFromSecured(b *testing.B, suite sdp.Suite) {
	w, far := secureWire(b, suite)
	w.from.socket.out = nowhere{}
	src := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp))
	next := batches(b, func() []byte { return must(far.EncryptRTP(nil, w.trunk.packet(8, sound(1)), nil)) })
	var buf [maxDatagram + tailroom]byte
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(20 * time.Millisecond)
		w.s.trunkPacket(buf[:], copy(buf[:], next()), src, now)
	}
	if s := w.r.Stats(); s.ToAgent == 0 || s.Dropped["srtp"] != 0 {
		b.Fatalf("%d relayed: %v", s.ToAgent, s.Dropped)
	}
}

func benchmarkToSecured(b *testing.B, suite sdp.Suite) {
	w, _ := secureWire(b, suite)
	w.s.rtpOut = nowhere{}
	k := w.from.socket
	k.now = time.Now()
	next := batches(b, func() []byte { return w.seal(w.trunk.packet(8, sound(1))) })
	var buf [maxDatagram + tailroom]byte
	b.ReportAllocs()
	for b.Loop() {
		k.now = k.now.Add(20 * time.Millisecond)
		k.handle(buf[:], copy(buf[:], next()), w.from.addr)
	}
	if s := w.r.Stats(); s.ToTrunk == 0 || s.Dropped["srtp"] != 0 {
		b.Fatalf("%d relayed: %v", s.ToTrunk, s.Dropped)
	}
}

// batches makes packets ahead, while the benchmark's clock stands.
func batches(b *testing.B, packet func() []byte) func() []byte {
	ahead, taken := make([][]byte, 4096), 4096
	return func() []byte {
		if taken == len(ahead) {
			b.StopTimer()
			for i := range ahead {
				ahead[i] = packet()
			}
			taken = 0
			b.StartTimer()
		}
		taken++
		return ahead[taken-1]
	}
}

// FuzzSecureTrunk: whatever comes to the ports of a trunk with keys, nothing but what is under its key goes further.
func FuzzSecureTrunk(f *testing.F) {
	w, far := secureWire(f, sdp.AESCM32)
	w.from.socket.out = nowhere{}
	f.Add(must(far.EncryptRTP(nil, rtpBytes(8, 1, 0, 1, sound(1)), nil))[:100])
	f.Add(rtpBytes(8, 1, 0, 1, sound(1)))
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0xbf, 0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xff})
	src := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp))
	var b [maxDatagram + tailroom]byte
	f.Fuzz(func(t *testing.T, packet []byte) {
		packet = packet[:min(len(packet), maxDatagram)]
		w.s.trunkPacket(b[:], copy(b[:], packet), src, time.Now())
		w.s.trunkReport(b[:], copy(b[:], packet), src, time.Now())
		if s := w.r.Stats(); s.Panics != 0 || s.ToAgent != 0 {
			t.Fatalf("%d faults of ours, %d packets passed", s.Panics, s.ToAgent)
		}
	})
}
