package relay

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"

	"offhook/media"
)

// network carries datagrams in virtual time, each way alike: some are lost, and each takes its delay and up to twice its spread more.
type network struct {
	t      *testing.T
	random *rand.Rand
	delay  time.Duration
	spread time.Duration // of the delay, evenly
	loss   float64
	lost   map[string]uint64 // by way

	now time.Time
	due events
}

type event struct {
	at time.Time
	n  int // keeps the order of those at the same time
	do func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// after does something later.
func (n *network) after(d time.Duration, do func()) {
	heap.Push(&n.due, event{n.now.Add(d), len(n.due), do})
}

// every does something again and again.
func (n *network) every(d time.Duration, do func()) {
	n.after(d, func() {
		do()
		n.every(d, do)
	})
}

// carry takes a datagram over.
func (n *network) carry(way string, b []byte, to func(b []byte)) {
	if n.random.Float64() < n.loss {
		n.lost[way]++
		return
	}
	b = append([]byte(nil), b...)
	n.after(n.delay+time.Duration(n.random.Float64()*2*float64(n.spread)), func() { to(b) })
}

// run lets virtual time go by.
func (n *network) run(d time.Duration) {
	until := n.now.Add(d)
	for len(n.due) > 0 && !n.due[0].at.After(until) {
		e := heap.Pop(&n.due).(event)
		n.now = e.at
		e.do()
	}
	n.now = until
}

// far is the other end of a stream, as RFC 3550 A.1, A.3 and A.8 have it in floating point: what it receives and reports shares nothing with the relay's own measuring.
type far struct {
	n             *network
	ssrc, ours    uint32 // its stream, ours
	seq           uint16
	ts            uint32
	first, newest int // numbers of ours
	came          int
	transit       float64 // seconds
	jitter        float64
	report        uint32 // middle of our last sender report
	reported      time.Time
	send, answer  func(b []byte)
}

// speak sends 20 ms.
func (f *far) speak() {
	f.seq, f.ts = f.seq+1, f.ts+160
	f.send(rtpBytes(8, f.seq, f.ts, f.ssrc, silence))
}

// hear takes a packet of ours.
func (f *far) hear(b []byte) {
	p, _ := parseRTP(b)
	f.ours = p.ssrc
	f.came++
	if f.came == 1 {
		f.first, f.newest = int(p.seq), int(p.seq)
	}
	f.newest += max(0, int(int16(p.seq-uint16(f.newest))))
	transit := float64(f.n.now.UnixNano())/1e9 - float64(p.ts)/8000
	if f.came > 1 {
		f.jitter += (math.Abs(transit-f.transit) - f.jitter) / 16
	}
	f.transit = transit
}

// told takes a report of ours.
func (f *far) told(b []byte) {
	if sr, ok := read(f.n.t, b)[0].(*rtcp.SenderReport); ok {
		f.report, f.reported = uint32(sr.NTPTime>>16), f.n.now
	}
}

// tell sends a report about our stream.
func (f *far) tell() {
	block := rtcp.ReceptionReport{SSRC: f.ours, TotalLost: uint32(max(f.newest-f.first+1-f.came, 0)), Jitter: uint32(f.jitter * 8000), LastSenderReport: f.report}
	if f.report != 0 {
		block.Delay = uint32(f.n.now.Sub(f.reported) * 65536 / time.Second)
	}
	b, err := (&rtcp.SenderReport{SSRC: f.ssrc, NTPTime: ntp(f.n.now), Reports: []rtcp.ReceptionReport{block}}).Marshal()
	if err != nil {
		f.n.t.Fatal(err)
	}
	f.answer(b)
}

// over gives a socket that leads through a network.
type over func(b []byte)

func (o over) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	o(b)
	return len(b), nil
}

// What a call's record says of a network is what the network did, on both legs and in both directions: the loss of each to what is still on its way, round trip
// and MOS within a tenth, jitter within a fifth: it is the mean of an estimate that follows the last sixteen packets. What one leg
// lost is no loss of the other; its jitter is heard on both, as nothing is held back between them.
func TestQualityOfANetwork(t *testing.T) {
	for _, row := range []struct {
		name          string
		delay, jitter time.Duration // one way, its RFC 3550 value
		loss          float64
	}{
		{"good", 10 * time.Millisecond, time.Millisecond, 0},
		{"2 % lost, 30 ms of jitter, 150 ms each way", 105 * time.Millisecond, 30 * time.Millisecond, 0.02},
		{"10 % lost", 40 * time.Millisecond, 10 * time.Millisecond, 0.1},
		{"3 s each way", 3 * time.Second, time.Millisecond, 0},
	} {
		if testing.Short() && row.loss != 0.02 {
			continue // the race detector makes it slow
		}
		t.Run(row.name, func(t *testing.T) { measured(t, row.delay, row.jitter, row.loss) })
	}
}

func measured(t *testing.T, delay, jitter time.Duration, loss float64) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	n := &network{t: t, random: rand.New(rand.NewPCG(1, 2)), delay: delay, loss: loss, lost: make(map[string]uint64), now: time.Now()}
	n.spread = jitter * 3 / 2 // two even delays are a third of their range apart, in the mean
	var b [maxDatagram + tailroom]byte
	trunkRTP, trunkRTCP := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp)), netip.AddrPortFrom(loopback, portOf(w.trunk.rtcp))
	trunk, page := &far{n: n, ssrc: 3}, &far{n: n, ssrc: 4}
	trunk.send = func(p []byte) {
		n.carry("from trunk", p, func(p []byte) { w.s.trunkPacket(b[:], copy(b[:], p), trunkRTP, n.now) })
	}
	trunk.answer = func(p []byte) {
		n.carry("", p, func(p []byte) { w.s.trunkReport(b[:], copy(b[:], p), trunkRTCP, n.now) })
	}
	fromPage := func(way string, p []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		n.carry(way, p, func(p []byte) {
			w.from.socket.now = n.now
			w.from.socket.handle(b[:], copy(b[:], p), w.from.addr)
		})
	}
	page.send = func(p []byte) { p, err := w.out.EncryptRTP(nil, p, nil); fromPage("from page", p, err) }
	page.answer = func(p []byte) { p, err := w.out.EncryptRTCP(nil, p, nil); fromPage("", p, err) }
	w.s.rtpOut = over(func(p []byte) { n.carry("to trunk", p, trunk.hear) })
	w.s.rtcpOut = over(func(p []byte) { n.carry("", p, trunk.told) })
	w.from.socket.out = over(func(p []byte) {
		if classify(p) == kindRTCP {
			plain, err := w.in.DecryptRTCP(nil, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			n.carry("", plain, page.told)
			return
		}
		plain, err := w.in.DecryptRTP(nil, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		n.carry("to page", plain, page.hear)
	})
	var room [maxDatagram + tailroom]byte
	n.every(20*time.Millisecond, trunk.speak)
	n.every(20*time.Millisecond, page.speak)
	n.every(5*time.Second, trunk.tell)
	n.every(time.Second, page.tell)
	n.every(time.Second, func() { w.s.keepTime(n.now, room[:]) })
	n.run(2 * time.Minute)
	n.due = nil
	trunk.tell() // the last words
	page.tell()
	n.loss = 0
	n.run(10 * time.Second)

	all := w.s.Stats()
	rtt := 2 * (delay + n.spread)
	check := func(what string, q media.Quality, lost uint64, jitter time.Duration) {
		t.Helper()
		t.Logf("%s: %d came, %d lost (%d), jitter %v (%v), MOS %.2f", what, q.Packets, q.Lost, lost, q.Jitter, jitter, q.MOS)
		if off := int64(q.Lost) - int64(lost); off < -12 || off > 12 || q.Packets+q.Lost < 5000 {
			t.Errorf("%s: %d of %d are lost, were %d", what, q.Lost, q.Packets+q.Lost, lost)
		}
		if !near(q.Jitter, jitter, jitter/5+time.Millisecond/4) {
			t.Errorf("%s: jitter %v, was %v", what, q.Jitter, jitter)
		}
		if want := media.MOS(float64(lost)/float64(q.Packets+lost), jitter, rtt); math.Abs(q.MOS-want) > want/10 {
			t.Errorf("%s: MOS %.2f, want %.2f", what, q.MOS, want)
		}
	}
	both := time.Duration(1.4 * float64(jitter)) // of two networks, one after the other
	check("from trunk", all.Trunk.In, n.lost["from trunk"], jitter)
	check("to trunk", all.Trunk.Out, n.lost["to trunk"], both)
	check("from page", all.Agents[0].In, n.lost["from page"], jitter)
	check("to page", all.Agents[0].Out, n.lost["to page"], both)
	for what, got := range map[string]time.Duration{"trunk": all.Trunk.RTT, "page": all.Agents[0].RTT} {
		t.Logf("%s: round trip %v (%v)", what, got, rtt)
		if !near(got, rtt, rtt/10) {
			t.Errorf("%s: round trip %v, was %v", what, got, rtt)
		}
	}
}
