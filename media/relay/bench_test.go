package relay

import (
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
)

func BenchmarkRelayTrunkToAgent(b *testing.B) {
	for _, profile := range profiles {
		b.Run(profileNames[profile], func(b *testing.B) {
			w := wire(b, profile)
			w.from.socket.out = nowhere{}
			src := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp))
			var buf [maxDatagram + tailroom]byte
			now, packet := time.Now(), w.trunk.packet(8, sound(1))
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(20 * time.Millisecond)
				packet[3]++
				if packet[3] == 0 {
					packet[2]++
				}
				w.s.trunkPacket(buf[:], copy(buf[:], packet), src, now)
			}
			if s := w.r.Stats(); s.ToAgent != uint64(b.N) {
				b.Fatalf("%d of %d relayed: %v", s.ToAgent, b.N, s.Dropped)
			}
		})
	}
}

func BenchmarkRelayAgentToTrunk(b *testing.B) {
	for _, profile := range profiles {
		b.Run(profileNames[profile], func(b *testing.B) {
			w := wire(b, profile)
			w.s.rtpOut = nowhere{}
			sealed := make([][]byte, 4096)
			sent, k := 0, w.from.socket
			var buf [maxDatagram + tailroom]byte
			k.now = time.Now()
			b.ReportAllocs()
			for b.Loop() {
				if sent%len(sealed) == 0 {
					b.StopTimer()
					for i := range sealed {
						sealed[i] = w.seal(w.trunk.packet(8, sound(1)))
					}
					b.StartTimer()
				}
				k.now = k.now.Add(20 * time.Millisecond)
				k.handle(buf[:], copy(buf[:], sealed[sent%len(sealed)]), w.from.addr)
				sent++
			}
			if s := w.r.Stats(); s.ToTrunk != uint64(sent) {
				b.Fatalf("%d of %d relayed: %v", s.ToTrunk, sent, s.Dropped)
			}
		})
	}
}

// Steady relaying allocates nothing, in either direction.
func TestNoAllocationPerPacket(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	for _, profile := range profiles {
		t.Run(profileNames[profile], func(t *testing.T) {
			w := wire(t, profile)
			w.from.socket.out, w.s.rtpOut = nowhere{}, nowhere{}
			src := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp))
			const runs = 200
			var sealed, plain [runs + 2][]byte
			for i := range sealed {
				plain[i] = w.trunk.packet(8, sound(1))
				sealed[i] = w.seal(rtpBytes(8, uint16(i), uint32(i*160), 3, sound(2)))
			}
			var in, out [maxDatagram + tailroom]byte
			i, now, k := 0, time.Now(), w.from.socket
			pass := func() {
				now = now.Add(20 * time.Millisecond)
				k.now = now
				k.handle(in[:], copy(in[:], sealed[i]), w.from.addr)
				w.s.trunkPacket(out[:], copy(out[:], plain[i]), src, now)
				i++
			}
			pass() // the first packet makes the streams
			got := testing.AllocsPerRun(runs, pass)
			if got > 0 {
				t.Errorf("%v allocations for a packet each way", got)
			}
			if s := w.r.Stats(); s.ToAgent != uint64(i) || s.ToTrunk != uint64(i) {
				t.Errorf("%d and %d of %d relayed: %v", s.ToAgent, s.ToTrunk, i, s.Dropped)
			}
		})
	}
}

// BenchmarkRelayLoopback measures what the process spends, in CPU time, on taking a packet in and sending it out by loopback sockets: in bursts
// that wake the reader once (a busy machine), and one by one, each waking it (an idle one). It is the difference between
// sending to ourselves by way of the relay and directly.
func BenchmarkRelayLoopback(b *testing.B) {
	for _, way := range []struct {
		name  string
		burst int
	}{{"busy", 32}, {"idle", 1}} {
		b.Run(way.name, func(b *testing.B) { benchmarkLoopback(b, way.burst) })
	}
}

func benchmarkLoopback(b *testing.B, burst int) {
	w := wire(b, dtls.SRTP_AEAD_AES_128_GCM)
	sink := udp(b, loopback)
	w.from.addr = netip.AddrPortFrom(loopback, portOf(sink))
	w.leg.pair.Store(&w.from)
	packet := w.trunk.packet(8, sound(1))
	var got [maxDatagram]byte
	pass := func(to netip.AddrPort, bursts int) time.Duration {
		start := cpu()
		for range bursts {
			w.s.mu.Lock()
			w.s.limit = newLimiter(20)
			w.s.mu.Unlock()
			for range burst {
				if packet[3]++; packet[3] == 0 {
					packet[2]++
				}
				if _, err := w.trunk.rtp.WriteToUDPAddrPort(packet, to); err != nil {
					b.Fatal(err)
				}
			}
			for range burst {
				if _, _, err := sink.ReadFromUDPAddrPort(got[:]); err != nil {
					b.Fatal(err)
				}
			}
		}
		return cpu() - start
	}
	bursts := b.N/burst + 1
	direct := pass(w.from.addr, bursts)
	b.ResetTimer()
	relayed := pass(w.trunk.to, bursts)
	b.ReportMetric(float64((relayed-direct).Nanoseconds())/1e3/float64(bursts*burst), "cpu-µs/packet")
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRelayRecorded is BenchmarkRelayAgentToTrunk of a call that is recorded, without the writer.
func BenchmarkRelayRecorded(b *testing.B) {
	w := wire(b, dtls.SRTP_AEAD_AES_128_GCM)
	w.s.rtpOut = nowhere{}
	rec := newRecording(w.s, "", time.Now())
	w.s.mu.Lock()
	w.s.recording = rec
	w.s.typesLocked()
	w.s.mu.Unlock()
	k := w.from.socket
	k.now = time.Now()
	next := batches(b, func() []byte { return w.seal(w.trunk.packet(8, sound(1))) })
	var buf [maxDatagram + tailroom]byte
	b.ReportAllocs()
	for b.Loop() {
		if len(rec.notes) > notesSize/2 { // as the writer takes them
			rec.notes = rec.notes[:0]
		}
		k.now = k.now.Add(20 * time.Millisecond)
		k.handle(buf[:], copy(buf[:], next()), w.from.addr)
	}
	if rec.lost.Load() != 0 || len(rec.notes) == 0 {
		b.Fatalf("%d packets had no room, %d octets are noted", rec.lost.Load(), len(rec.notes))
	}
}

// BenchmarkRecord is what the writer does for a second of both channels.
func BenchmarkRecord(b *testing.B) {
	start := time.Unix(1e9, 0)
	rec := newRecording(recordedSession(nil), "", start)
	rec.file = new(listening)
	second := 0
	b.ReportAllocs()
	for b.Loop() {
		speak(rec, time.Duration(second)*time.Second, time.Duration(second+1)*time.Second)
		second++
		if err := rec.step(); err != nil {
			b.Fatal(err)
		}
	}
}
