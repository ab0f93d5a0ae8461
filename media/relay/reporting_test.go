package relay

import (
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
)

// read gives the packets of a report of ours.
func read(t *testing.T, b []byte) []rtcp.Packet {
	t.Helper()
	packets, err := rtcp.Unmarshal(b)
	if err != nil || len(packets) < 2 {
		t.Fatalf("%x: %v %v", b, packets, err)
	}
	return packets
}

// Reports come every five seconds in the mean, never at the same distance, and those of many calls that began together part.
func TestReportsAreSpread(t *testing.T) {
	const every = 5 * time.Second
	start := time.Unix(1e9, 0)
	var least, most, sum time.Duration = time.Hour, 0, 0
	firsts := make(map[time.Duration]int)
	count := 0
	for range 100 {
		var r reporting
		last := time.Duration(0)
		for at := time.Duration(0); at < 5*time.Minute; at += 100 * time.Millisecond {
			if !r.due(start.Add(at), every) {
				continue
			}
			if last == 0 {
				firsts[at]++
			} else {
				count++
				least, most, sum = min(least, at-last), max(most, at-last), sum+at-last
			}
			last = at
		}
	}
	if mean := sum / time.Duration(count); !near(mean, every, 300*time.Millisecond) || least < every/2 || most > every*3/2+100*time.Millisecond {
		t.Errorf("every %v, from %v to %v", mean, least, most)
	}
	for at, n := range firsts {
		if at < every/4 || at > every || n > 25 {
			t.Errorf("%d of 100 began at %v", n, at)
		}
	}
}

// A leg that hears nothing of us, as one that is held, gets receiver reports from the second on; one that says nothing gets no block about that (RFC 3550 §6.4).
func TestReportsOfAHeldLeg(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	now := time.Now()
	var r reporting
	ours, theirs := newOutStream(), &inStream{clock: 8000}
	report := func(sent, came int) (sender bool, blocks int) {
		for range sent {
			ours.sent(160)
		}
		for range came {
			p := rtpPacket{ssrc: 4, seq: uint16(theirs.received)}
			theirs.admit(p)
			theirs.note(p)
		}
		now = now.Add(5 * time.Second)
		switch p := read(t, r.compose(now, &ours, theirs, "name"))[0].(type) {
		case *rtcp.SenderReport:
			return true, len(p.Reports)
		case *rtcp.ReceiverReport:
			return false, len(p.Reports)
		}
		return false, -1
	}
	for i, row := range []struct {
		sent, came int
		sender     bool
		blocks     int
	}{
		{0, 0, false, 0}, // it rings
		{0, 9, false, 1},
		{9, 9, true, 1},
		{0, 9, true, 1}, // held
		{0, 9, false, 1},
		{0, 0, false, 0},
		{9, 0, true, 0},
		{9, 9, true, 1},
	} {
		if sender, blocks := report(row.sent, row.came); sender != row.sender || blocks != row.blocks {
			t.Errorf("report %d: sender %v, %d blocks; want %v, %d", i, sender, blocks, row.sender, row.blocks)
		}
	}

	// A trunk that holds goes on to get reports.
	if err := w.s.TrunkOffer(w.trunk.offer("a=sendonly")); err != nil {
		t.Fatal(err)
	}
	w.answer()
	var b [maxDatagram + tailroom]byte
	reports := 0
	for range 60 {
		now = now.Add(time.Second)
		if packet, out, to := w.s.trunkReportDue(now, b[:]); packet != nil {
			reports++
			if _, ok := read(t, packet)[0].(*rtcp.ReceiverReport); !ok || out == nil || to.Port() != portOf(w.trunk.rtcp) {
				t.Errorf("to %v: %x", to, packet)
			}
		}
	}
	if reports < 7 || reports > 20 {
		t.Errorf("%d reports in a minute", reports)
	}
}

// The end of a call is told by RTCP too, to one who heard us, and to no other (RFC 3550 §6.3.7).
func TestReportsSayGoodbye(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	k := w.from.socket
	var b [maxDatagram + tailroom]byte
	k.now = time.Now()
	k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, 1, 1, 3, sound(2)))), w.from.addr)
	heard := w.trunk.receive(patience)
	w.s.Close()
	packets := read(t, datagram(w.trunk.rtcp, patience))
	last, ok := packets[len(packets)-1].(*rtcp.Goodbye)
	if _, first := packets[0].(*rtcp.SenderReport); !ok || !first || heard == nil || len(last.Sources) != 1 || last.Sources[0] != heard.SSRC {
		t.Errorf("told %v", packets)
	}

	quiet := newCall(t, newRelay(t), policy())
	quiet.answer()
	quiet.s.Close()
	if b := datagram(quiet.trunk.rtcp, soon); b != nil {
		t.Errorf("one who never heard us was told %x", b)
	}
}

// What a compound packet has besides is passed over: extended reports (RFC 3611), feedback, what applications made of it.
func TestReportsAmongOthers(t *testing.T) {
	i := inStream{clock: 8000, ssrc: 5}
	now := time.Now()
	others := []byte{
		0x80, 207, 0, 4, 0, 0, 0, 5, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, // receiver reference time
		0x81, 205, 0, 2, 0, 0, 0, 5, 0, 0, 0, 9, // feedback
		0x80, 204, 0, 2, 0, 0, 0, 5, 'n', 'a', 'm', 'e',
	}
	i.report(now, append(others, reported(t, 9, 3, 8, now, 200*time.Millisecond, 0)...), &outStream{ssrc: 9})
	if i.reported.count != 1 || i.reported.missed != 3 || !near(i.reported.roundTrip(), 200*time.Millisecond, time.Millisecond) {
		t.Errorf("%+v", i.reported)
	}
	i.report(now, others, &outStream{ssrc: 9})
	if i.reported.count != 1 {
		t.Errorf("%+v", i.reported)
	}
}
