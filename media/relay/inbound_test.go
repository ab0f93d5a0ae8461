package relay

import (
	"math"
	"net/netip"
	"testing"
	"time"
	"unsafe"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
)

// A far side that counts anew under its old SSRC (RFC 3550 A.1) is heard at once, and those who hear it notice nothing but a marker.
func TestTrunkCountsAnew(t *testing.T) {
	for _, row := range []struct {
		name string
		seq  int
		ts   int64
		lost int // packets until it is believed
	}{
		{"numbers behind", -20000, 160, 1},
		{"numbers somewhat behind", -600, 160, 1},
		{"numbers ahead", 5000, 160, 1},
		{"numbers far ahead", 32000, 160, 1},
		{"timestamps behind", 1, -1 << 20, 0},
		{"timestamps ahead", 1, 1 << 30, 0},
		{"both", 12345, -1 << 30, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
			out := new(kept)
			w.from.socket.out = out
			src, now := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp)), time.Now()
			seq, ts := uint16(30000), uint32(1000)
			var b [maxDatagram + tailroom]byte
			hear := func() *rtp.Packet {
				out.sent = nil
				w.s.trunkPacket(b[:], copy(b[:], rtpBytes(8, seq, ts, 9, sound(1))), src, now)
				now, seq, ts = now.Add(frameTime), seq+1, ts+160
				if out.sent == nil {
					return nil
				}
				plain, err := w.in.DecryptRTP(nil, out.sent, nil)
				if err != nil {
					t.Fatal(err)
				}
				p := new(rtp.Packet)
				if err := p.Unmarshal(plain); err != nil {
					t.Fatal(err)
				}
				return p
			}
			var last *rtp.Packet
			for range 50 {
				last = hear()
			}
			seq, ts = uint16(int(seq)-1+row.seq), uint32(int64(ts)-160+row.ts)
			for i := range 50 {
				p := hear()
				if p == nil {
					if i >= row.lost {
						t.Fatalf("packet %d after the jump is not heard", i)
					}
					continue
				}
				step := 1
				if i == row.lost {
					step += row.lost
				}
				if p.SequenceNumber != last.SequenceNumber+1 || p.Timestamp != last.Timestamp+uint32(step)*160 || p.Marker != (i == row.lost) {
					t.Fatalf("packet %d after the jump: number +%d, time +%d, marker %v", i, p.SequenceNumber-last.SequenceNumber, p.Timestamp-last.Timestamp, p.Marker)
				}
				last = p
			}
			if in := w.s.Stats().Trunk.In; in.Packets != uint64(100-row.lost) || in.Lost != 0 || in.Jitter > time.Millisecond || in.MOS < 4.3 {
				t.Errorf("measured %+v", in)
			}
		})
	}
}

// One stray packet turns nothing over.
func TestSecurityStrayNumbers(t *testing.T) {
	i := inStream{clock: 8000}
	now := time.Now()
	taken := 0
	for n := range uint16(1000) {
		for _, p := range []rtpPacket{{ssrc: 1, seq: n, ts: uint32(n) * 160}, {ssrc: 1, seq: n*31 + 20000, ts: 5}} {
			if i.admit(p) {
				i.note(p)
				i.measure(now, p)
				taken++
			}
		}
		now = now.Add(frameTime)
	}
	if got := i.tally(); taken != 1000 || got.received != 1000 || got.expected != 1000 {
		t.Errorf("%d are taken, %+v", taken, got)
	}
}

// A far side that stops its clock while it is silent, as some do in a hold, has no jitter for that. Nor has one whose packets the network
// held back once.
func TestStatsOfSilence(t *testing.T) {
	i := inStream{clock: 8000}
	now := time.Now()
	for seq := range uint16(3000) {
		if seq == 1500 {
			now = now.Add(10 * time.Minute)
		}
		p := rtpPacket{ssrc: 1, seq: seq, ts: uint32(seq) * 160}
		i.admit(p)
		i.note(p)
		i.measure(now, p)
		now = now.Add(frameTime)
	}
	tally := i.tally()
	if got := units(tally.jitters/tally.received, 8000); got > time.Millisecond {
		t.Errorf("jitter %v", got)
	}
}

// set gives a time that the system's clock tells after it was set by d: the monotonic reading stays.
func set(now time.Time, d time.Duration) time.Time {
	type layout struct { // of a time.Time: the first word has a flag, 33 bits of seconds, and 30 of nanoseconds
		wall uint64
		ext  int64
		loc  *time.Location
	}
	other := now
	(*layout)(unsafe.Pointer(&other)).wall += uint64(d/time.Second) << 30
	if other.Sub(now) != 0 || other.Round(0).Sub(now.Round(0)) != d {
		panic("a time.Time is made otherwise now")
	}
	return other
}

// TestFaultClockIsSet (F18): what is measured does not follow the system's clock when that is set.
func TestFaultClockIsSet(t *testing.T) {
	i := inStream{clock: 8000}
	now, lost := time.Now(), time.Duration(0)
	for seq := range uint16(1000) {
		if seq == 500 {
			lost = 10 * time.Second
		}
		at := set(now, lost)
		p := rtpPacket{ssrc: 1, seq: seq, ts: uint32(seq) * 160}
		i.admit(p)
		i.note(p)
		i.measure(at, p)
		now = now.Add(frameTime)
	}
	tally := i.tally()
	if got := units(tally.jitters/tally.received, 8000); got > time.Millisecond {
		t.Errorf("jitter %v", got)
	}
	var r reports
	sent := uint32(ntp(now.Add(-100*time.Millisecond)) >> 16)
	block := make([]byte, reportBlock)
	for n := range 4 {
		block[16+n] = byte(sent >> (24 - 8*n))
	}
	r.take(set(now, 3*time.Second), block, 0)
	if got := r.roundTrip(); math.Abs(float64(got-100*time.Millisecond)) > float64(time.Millisecond) {
		t.Errorf("round trip %v", got)
	}
}
