package relay

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

var (
	told     = netip.MustParseAddrPort("192.0.2.1:4000")
	toldRTCP = netip.MustParseAddrPort("192.0.2.1:4001")
	other    = netip.MustParseAddrPort("192.0.2.9:5000")
	stranger = netip.MustParseAddrPort("198.51.100.1:5000")
)

func testLatch(nat bool) *latch {
	l := newLatch(sdp.TrunkPolicy{NAT: nat, MediaNetworks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	l.signalled(told, toldRTCP)
	return &l
}

func TestLatchTakesTheDescription(t *testing.T) {
	l := testLatch(false)
	if l.sendTo() != told || l.reportTo() != toldRTCP {
		t.Errorf("sends to %v and %v before any packet", l.sendTo(), l.reportTo())
	}
	if !l.accept(told, 1) || !l.accept(told, 2) {
		t.Error("the address of the description is refused")
	}
	for range 20 {
		if l.accept(other, 1) {
			t.Fatal("another address of the trunk's networks is believed after the lock")
		}
	}
}

func TestLatchLearnsAfterFivePackets(t *testing.T) {
	for _, nat := range []bool{false, true} {
		l := testLatch(nat)
		for i := 1; i <= 7; i++ {
			if got := l.accept(other, 1); got != (i >= 5) {
				t.Errorf("NAT %v: packet %d accepted: %v", nat, i, got)
			}
		}
		if l.accept(told, 1) {
			t.Errorf("NAT %v: the lock moved without signalling", nat)
		}
		want := told // who sends from another port than he listens on
		if nat {
			want = other
		}
		if l.sendTo() != want {
			t.Errorf("NAT %v: sends to %v, want %v", nat, l.sendTo(), want)
		}
		l.signalled(netip.MustParseAddrPort("192.0.2.2:4000"), toldRTCP)
		if !l.accept(netip.MustParseAddrPort("192.0.2.2:4000"), 1) {
			t.Errorf("NAT %v: signalling did not open the lock", nat)
		}
	}
}

func TestLatchCountsOneSSRC(t *testing.T) {
	l := testLatch(true)
	for ssrc := range uint32(20) {
		if l.accept(other, ssrc) {
			t.Fatal("packets of many SSRCs were believed")
		}
	}
}

func TestSecurityLatchNetworks(t *testing.T) {
	l := testLatch(true)
	for range 20 {
		if l.accept(stranger, 1) || l.acceptReport(stranger) {
			t.Fatal("a stranger is believed")
		}
	}
	only := newLatch(sdp.TrunkPolicy{NAT: true, TrunkAddr: other.Addr()})
	for range 20 {
		if only.accept(told, 1) {
			t.Fatal("without networks only the signalling's address counts")
		}
	}
	none := newLatch(sdp.TrunkPolicy{NAT: true})
	for range 20 {
		if none.accept(told, 1) {
			t.Fatal("with neither networks nor address somebody is believed")
		}
	}
}

// One who sends from within the networks cannot keep the real one from being learned.
func TestLatchKeepsCandidatesApart(t *testing.T) {
	l := testLatch(true)
	noise := netip.MustParseAddrPort("192.0.2.66:6666")
	for i := range 5 {
		l.accept(noise, uint32(i))
		if got := l.accept(other, 7); got != (i == 4) {
			t.Errorf("packet %d: %v", i+1, got)
		}
	}
}

func TestLatchReports(t *testing.T) {
	l := testLatch(true)
	if !l.acceptReport(toldRTCP) || l.acceptReport(other) {
		t.Error("before the lock only the description's address counts")
	}
	for range believed {
		l.accept(other, 1)
	}
	if l.reportTo().Port() != other.Port()+1 {
		t.Errorf("reports go to %v", l.reportTo())
	}
	mapped := netip.AddrPortFrom(other.Addr(), 9999)
	if !l.acceptReport(mapped) || l.reportTo() != mapped {
		t.Errorf("a mapped RTCP port is not learned: %v", l.reportTo())
	}
	if l.acceptReport(netip.AddrPortFrom(other.Addr(), 8888)) {
		t.Error("a second one is")
	}
}

// A stream goes on through any change of source; loss and order within one are kept.
func TestStreamIsContinuous(t *testing.T) {
	now := time.Now()
	o := newOutStream()
	first, ts0, fresh, ok := o.next(now, 1, 65530, math.MaxUint32-100)
	if !fresh || !ok {
		t.Fatal("the first packet must be fresh")
	}
	for i, row := range []struct {
		after  time.Duration
		source uint64
		seq    uint16
		ts     uint32
		want   uint16 // after first
		wantTS uint32 // after ts0
		fresh  bool
		ok     bool
	}{
		{20 * time.Millisecond, 1, 65531, 59, 1, 160, false, true},
		{20 * time.Millisecond, 1, 65533, 379, 3, 480, false, true},
		{time.Millisecond, 1, 65532, 219, 2, 320, false, true},               // late but in order to send
		{99 * time.Millisecond, 2, 9, 1000, 4, 480 + 800, true, true},        // a new source, 100 ms later
		{20 * time.Millisecond, 2, 8, 840, 0, 0, false, false},               // older than its beginning
		{0, 2, 10, 1160, 5, 480 + 800 + 160, false, true},                    //
		{0, 3, 500, 7, 6, 480 + 800 + 160 + 160, true, true},                 // at least one packet on
		{time.Second, 3, 501, 7, 7, 480 + 800 + 160 + 160, false, true},      // an event: its timestamp stays
		{time.Second, 4, 1, 0, 8, 480 + 800 + 160 + 160 + 16000, true, true}, // and its time is not lost
		{20 * time.Millisecond, 1, 65534, 539, 9, 17600 + 160, true, true},   // an old source comes back
	} {
		now = now.Add(row.after)
		seq, ts, fresh, ok := o.next(now, row.source, row.seq, row.ts)
		if ok != row.ok || fresh != row.fresh {
			t.Errorf("row %d: fresh %v ok %v", i, fresh, ok)
		}
		if ok && (seq-first != row.want || ts-ts0 != row.wantTS) {
			t.Errorf("row %d: packet %d at %d, want %d at %d", i, seq-first, ts-ts0, row.want, row.wantTS)
		}
	}
}

func TestStreamDropsWhatIsTooOld(t *testing.T) {
	o := newOutStream()
	now := time.Now()
	for i := range uint16(2000) {
		if i != 1999-window && i != 1998-window {
			o.next(now, 1, i, uint32(i)*160)
		}
	}
	if _, _, _, ok := o.next(now, 1, 1999-window, 0); !ok {
		t.Error("a packet within the window is too old")
	}
	if _, _, _, ok := o.next(now, 1, 1998-window, 0); ok {
		t.Error("a packet behind the window is sent")
	}
}

// No number of a stream is sent twice, whatever comes in: SRTP would protect two packets by the same bits (RFC 3711 §9.1).
func TestSecurityNoNumberTwice(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	o := newOutStream()
	now := time.Now()
	sent := make(map[uint64]bool) // number and turn
	seq, last, turn, passed := uint16(65000), o.seq, uint64(1), 0
	for i := range 300_000 {
		now = now.Add(time.Millisecond)
		source := uint64(1)
		switch random.IntN(20) {
		case 0:
			source = 2
		case 1:
			seq += uint16(random.IntN(2000))
		}
		seq++
		in := seq - uint16(random.IntN(4)*random.IntN(300))
		if random.IntN(10) == 0 {
			o.skip(source, in)
			continue
		}
		out, _, _, ok := o.next(now, source, in, uint32(i))
		if !ok {
			continue
		}
		at := turn
		switch {
		case int16(out-last) > 0:
			if out < last {
				turn++
			}
			at, last = turn, out
		case out > last:
			at-- // late, of the turn before
		}
		if key := at<<16 | uint64(out); sent[key] {
			t.Fatalf("step %d: number %d of turn %d twice", i, out, at)
		} else {
			sent[key] = true
		}
		passed++
	}
	if passed < 100_000 {
		t.Errorf("only %d sent", passed)
	}
}

// What is left out leaves no gap in the sequence, and its time in the timestamps.
func TestStreamSkips(t *testing.T) {
	now := time.Now()
	o := newOutStream()
	first, ts0, _, _ := o.next(now, 1, 100, 0)
	for seq := uint16(101); seq < 150; seq++ {
		o.skip(1, seq)
	}
	o.skip(1, 120) // late
	o.skip(2, 900) // of nobody who sends
	seq, ts, fresh, ok := o.next(now, 1, 150, 50*160)
	if seq != first+1 || ts != ts0+50*160 || !fresh || !ok {
		t.Errorf("packet %d at %d, fresh %v, ok %v", seq-first, ts-ts0, fresh, ok)
	}
	if _, _, _, ok := o.next(now, 1, 149, 49*160); ok {
		t.Error("a packet older than one left out is sent")
	}
	if seq, _, fresh, _ := o.next(now, 1, 151, 51*160); seq != first+2 || fresh {
		t.Errorf("packet %d, fresh %v", seq-first, fresh)
	}
	o.next(now, 1, 160, 60*160) // eight are on their way
	o.skip(1, 161)
	if _, _, _, ok := o.next(now, 1, 158, 58*160); ok {
		t.Error("a late packet is sent in the place of another")
	}
}

func TestKeypad(t *testing.T) {
	now := time.Now()
	press := func(key, flags byte) []byte { return []byte{key, flags, 0, 160} }
	for _, row := range []struct {
		name string
		want string
		play func(k *keypad) (got []byte)
	}{
		{"three ends, one key", "5", func(k *keypad) (got []byte) {
			for _, flags := range []byte{10, 10, 0x8a, 0x8a, 0x8a} {
				got = append(got, k.press(now, 100, press(5, flags))...)
			}
			return got
		}},
		{"the same key twice", "##", func(k *keypad) (got []byte) {
			got = append(got, k.press(now, 100, press(11, 0x80))...)
			return append(got, k.press(now, 900, press(11, 0x80))...)
		}},
		{"ends lost, next key", "12", func(k *keypad) (got []byte) {
			got = append(got, k.press(now, 100, press(1, 0))...)
			return append(got, k.press(now, 900, press(2, 0x80))...)
		}},
		{"ends lost, silence", "D", func(k *keypad) (got []byte) {
			got = append(got, k.press(now, 100, press(15, 0))...)
			got = append(got, k.expire(now.Add(keyTimeout/2))...)
			got = append(got, k.expire(now.Add(keyTimeout))...)
			return append(got, k.expire(now.Add(9*keyTimeout))...)
		}},
		{"late packet of an old key", "12", func(k *keypad) (got []byte) {
			got = append(got, k.press(now, 100, press(1, 0x80))...)
			got = append(got, k.press(now, 900, press(2, 0x80))...)
			return append(got, k.press(now, 100, press(1, 0x80))...)
		}},
		{"held for twenty seconds", "7", func(k *keypad) (got []byte) {
			held := func(ts uint32, flags byte, long uint16) {
				now = now.Add(50 * time.Millisecond)
				got = append(got, k.press(now, ts, []byte{7, flags, byte(long >> 8), byte(long)})...)
			}
			for segment := range uint32(2) {
				held(segment*0xffff, 0, 1600)
				held(segment*0xffff, 0, 0xffff-1600) // the last packets of a segment may be lost
			}
			held(0xffff, 0, 400) // late
			held(2*0xffff, 0, 800)
			held(2*0xffff, 0x80, 1600)
			held(2*0xffff, 0x80, 1600)
			return got
		}},
		{"segments of another length", "7", func(k *keypad) (got []byte) {
			for i, flags := range []byte{0, 0, 0x80, 0x80} {
				got = append(got, k.press(now, uint32(min(i, 2))*8000, []byte{7, flags, 8000 >> 8, 8000 & 0xff})...)
			}
			return got
		}},
		{"another key at the same time", "12", func(k *keypad) (got []byte) {
			got = append(got, k.press(now, 100, press(1, 0x80))...)
			return append(got, k.press(now, 100, press(2, 0x80))...)
		}},
		{"flash and rubbish", "", func(k *keypad) (got []byte) {
			got = append(got, k.press(now, 100, press(16, 0x80))...)
			return append(got, k.press(now, 100, []byte{1, 0x80})...)
		}},
	} {
		if got := string(row.play(new(keypad))); got != row.want {
			t.Errorf("%s: keys %q, want %q", row.name, got, row.want)
		}
	}
}

func TestRescaler(t *testing.T) {
	var r rescaler
	p := []byte{1, 0, 0, 160}
	if ts := r.rescale(sdp.Scale{Mul: 6, Div: 1}, 100, 5000, p); ts != 5000 || p[2] != 960>>8 || p[3] != 960&0xff {
		t.Errorf("timestamp %d, duration %x", ts, p[2:])
	}
	p = []byte{1, 0x80, 0xff, 0xff}
	if ts := r.rescale(sdp.Scale{Mul: 6, Div: 1}, 100, 9000, p); ts != 5000+5*0xffff || p[2] != 0xff || p[3] != 0xff { // 8 s are six segments there
		t.Errorf("the same event: timestamp %d, duration %x", ts, p[2:])
	}
	p = []byte{1, 0x80, 960 >> 8, 960 & 0xff}
	if ts := r.rescale(sdp.Scale{Mul: 1, Div: 6}, 200, 9000, p); ts != 9000 || p[3] != 160 {
		t.Errorf("the next event: timestamp %d, duration %x", ts, p[2:])
	}
}

// A key that is held for twelve seconds is one key of twelve seconds on the other side too, whichever of them has the faster clock, also when packets get lost.
func TestRescalerOfALongKey(t *testing.T) {
	for _, row := range []struct {
		name     string
		from, to uint32 // Hz
		scale    sdp.Scale
		lost     int // each so many-th packet
	}{
		{"to a faster clock", 8000, 48000, sdp.Scale{Mul: 6, Div: 1}, 1 << 30},
		{"to a slower clock", 48000, 8000, sdp.Scale{Mul: 1, Div: 6}, 1 << 30},
		{"to a faster clock, with loss", 8000, 48000, sdp.Scale{Mul: 6, Div: 1}, 3},
		{"to a slower clock, with loss", 48000, 8000, sdp.Scale{Mul: 1, Div: 6}, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			var r rescaler
			var k keypad
			var keys []byte
			now, here := time.Now(), uint32(7000)
			begin, segment, end := uint32(1000), uint32(0), uint32(0)
			const frames = 12 * 50
			for frame := uint32(1); frame <= frames+2; frame++ { // the end comes three times
				long := min(frame, frames) * row.from / 50
				for long-segment > math.MaxUint16 { // as a sender does it (RFC 4733 §2.5.1.3)
					segment += math.MaxUint16
				}
				now, here = now.Add(frameTime), here+row.to/50
				if frame%uint32(row.lost) == 0 {
					continue
				}
				p := binary.BigEndian.AppendUint16([]byte{7, 0}, uint16(long-segment))
				if frame >= frames {
					p[1] = 0x80
				}
				ts := r.rescale(row.scale, begin+segment, here, p)
				if end = ts + uint32(binary.BigEndian.Uint16(p[2:])); end < 7000 {
					t.Fatalf("frame %d ends at %d", frame, end)
				}
				keys = append(keys, k.press(now, ts, p)...)
			}
			if got := time.Duration(end-7000-row.to/50) * time.Second / time.Duration(row.to); string(keys) != "7" || !near(got, 12*time.Second, 10*time.Millisecond) {
				t.Errorf("keys %q, %v", keys, got)
			}
		})
	}
}

func TestInboundStatistics(t *testing.T) {
	i := inStream{clock: 8000}
	now := time.Now()
	take := func(ssrc uint32, seq uint16) bool {
		p := rtpPacket{ssrc: ssrc, seq: seq, ts: uint32(seq) * 160}
		if !i.admit(p) {
			return false
		}
		i.note(p)
		i.measure(now, p)
		now = now.Add(20 * time.Millisecond)
		return true
	}
	for _, seq := range []uint16{65534, 65535, 0, 1, 4, 3} { // 2 is lost, 3 is late
		take(1, seq)
	}
	if total, fraction := i.lost(); total != 1 || fraction != 256/7 {
		t.Errorf("lost %d, fraction %d/256", total, fraction)
	}
	if got := i.cycles | uint32(i.maxSeq); got != 1<<16|4 {
		t.Errorf("highest %#x", got)
	}
	if take(2, 10) || !take(1, 5) || !take(2, 11) || !take(2, 12) {
		t.Error("a new SSRC must send two packets in a row, with no regard to the old one's")
	}
	if total, _ := i.lost(); total != 0 {
		t.Errorf("the new stream begins with a loss of %d", total)
	}
}

func TestLimiter(t *testing.T) {
	l := newLimiter(20)
	now := time.Now()
	passed := 0
	for range 10 * 1000 { // ten seconds of a thousand packets a second
		now = now.Add(time.Millisecond)
		if l.allow(now) {
			passed++
		}
	}
	if passed < 2000 || passed > 2000+400 {
		t.Errorf("%d packets in 10 s, want 4 times 50 a second and a burst of 400", passed)
	}
}

func TestPortsRest(t *testing.T) {
	c := testConfig(t)
	c.PortMax, c.PortRest = c.PortMin+3, 10*time.Second
	p := newPorts(c)
	now := time.Now()
	p.now = func() time.Time { return now }
	var got [2]pair
	for i := range got {
		if free := p.free(); free != 2-i {
			t.Errorf("%d are free, want %d", free, 2-i)
		}
		var err error
		if got[i], err = p.take(); err != nil || got[i].port%2 != 0 {
			t.Fatalf("pair %d: port %d, %v", i, got[i].port, err)
		}
	}
	if _, err := p.take(); !errors.Is(err, media.ErrFull) {
		t.Errorf("with no port left: %v", err)
	}
	p.give(got[0])
	now = now.Add(c.PortRest - time.Millisecond)
	if _, err := p.take(); !errors.Is(err, media.ErrFull) || p.free() != 0 {
		t.Errorf("before the ports have rested: %v", err)
	}
	now = now.Add(time.Millisecond)
	if p.free() != 1 {
		t.Errorf("%d are free after the rest", p.free())
	}
	again, err := p.take()
	if err != nil || again.port != got[0].port {
		t.Errorf("after the rest: port %d, %v", again.port, err)
	}
	p.give(again)
	p.give(got[1])
}

// TestFaultPortsOfOthers: a pair of which another program holds one half is passed over.
func TestFaultPortsOfOthers(t *testing.T) {
	c := testConfig(t)
	c.PortMax = c.PortMin + 3
	other := opened(listenUDP(netip.AddrPortFrom(loopback, c.PortMin+1)))
	defer other.Close()
	p := newPorts(c)
	got, err := p.take()
	if err != nil || got.port != c.PortMin+2 {
		t.Fatalf("port %d, %v", got.port, err)
	}
	defer p.give(got)
	if _, err := p.take(); !errors.Is(err, media.ErrFull) {
		t.Errorf("the other's: %v", err)
	}
}

// TestFaultPortsWithoutFiles (F19): where the process may open no more files a call is refused at the first that cannot be opened; the pair is not lost, and half a pair is closed.
func TestFaultPortsWithoutFiles(t *testing.T) {
	c := testConfig(t)
	p := newPorts(c)
	for _, fails := range []int{1, 2} {
		tried := 0
		p.open = func(a netip.AddrPort) (*net.UDPConn, error) {
			if tried++; tried == fails {
				return nil, &net.OpError{Op: "listen", Err: os.NewSyscallError("socket", syscall.EMFILE)}
			}
			return listenUDP(a)
		}
		if _, err := p.take(); !errors.Is(err, media.ErrFull) || !errors.Is(err, syscall.EMFILE) || tried != fails {
			t.Errorf("%v after %d attempts", err, tried)
		}
	}
	free := p.free()
	p.open = listenUDP
	got, err := p.take()
	if err != nil || free != p.pairs {
		t.Fatalf("%v, %d of %d were free", err, free, p.pairs)
	}
	p.give(got)
}

func opened(c *net.UDPConn, err error) *net.UDPConn {
	if err != nil {
		panic(err)
	}
	return c
}

func TestConfig(t *testing.T) {
	good := testConfig(t)
	for _, row := range []struct {
		name   string
		change func(*Config)
	}{
		{"no listener", func(c *Config) { c.Listen = nil }},
		{"wildcard", func(c *Config) { c.Listen = []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:1")} }},
		{"wildcard of trunks", func(c *Config) { c.TrunkListen = netip.IPv4Unspecified() }},
		{"advertise does not match", func(c *Config) { c.Advertise = append(c.Listen, c.Listen...) }},
		{"no ports", func(c *Config) { c.PortMin = 0 }},
		{"odd ports only", func(c *Config) { c.PortMin, c.PortMax = 4001, 4002 }},
	} {
		c := good
		row.change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", row.name)
		}
	}
}
