package relay

import (
	"testing"
	"time"

	"github.com/pion/dtls/v3"

	"github.com/pion/rtp"
	"offhook/media"
)

// A muted agent is not heard, his keys are; and when he is heard again his stream went on at its time, with nothing missing.
func TestMute(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	out := new(kept)
	w.s.rtpOut = out
	w.s.numbers.ToTrunk[126], w.s.numbers.ToTrunk[96] = 96, -1
	k := w.from.socket
	k.now = time.Now()
	var b [maxDatagram + tailroom]byte
	var seq uint16
	var eventAt uint32
	var heard []*rtp.Packet
	send := func(pt uint8, payload []byte) bool {
		seq++
		k.now = k.now.Add(frameTime)
		ts := uint32(seq) * 160
		if pt == 126 {
			ts = eventAt
		}
		out.sent = nil
		k.handle(b[:], copy(b[:], w.seal(rtpBytes(pt, seq, ts, 1, payload))), w.from.addr)
		if out.sent == nil {
			return false
		}
		p := new(rtp.Packet)
		if err := p.Unmarshal(out.sent); err != nil {
			t.Fatal(err)
		}
		heard = append(heard, p)
		return true
	}
	if !send(8, sound(1)) {
		t.Fatal("not heard")
	}
	w.s.Mute(9, true) // nobody
	w.s.Mute(1, true)
	for range 20 {
		if send(8, sound(2)) {
			t.Fatal("heard while muted")
		}
	}
	eventAt = uint32(seq+1) * 160
	for _, flags := range []byte{10, 10, 0x8a} {
		if !send(126, []byte{5, flags, 0, 160}) {
			t.Error("a key is muted")
		}
	}
	for range 20 {
		send(8, sound(2))
	}
	w.s.Mute(1, false)
	send(8, sound(3))
	send(8, sound(4))
	if len(heard) != 6 {
		t.Fatalf("heard %d packets", len(heard))
	}
	for i, row := range []struct {
		pt     uint8
		ts     uint32
		marker bool
	}{{8, 0, true}, {96, 21, true}, {96, 21, false}, {96, 21, false}, {8, 44, true}, {8, 45, false}} {
		p := heard[i]
		if p.PayloadType != row.pt || p.Marker != row.marker || p.Timestamp-heard[0].Timestamp != row.ts*160 || p.SequenceNumber != heard[0].SequenceNumber+uint16(i) {
			t.Errorf("packet %d: %v", i, p)
		}
	}
	if got := w.r.Stats().Dropped["muted"]; got != 40 {
		t.Errorf("%d muted", got)
	}
}

// A page that was reloaded is muted still.
func TestMuteOutlivesARestart(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.ring(1)
	c.accept(1)
	c.s.Mute(1, true)
	page := newBrowser(t)
	answer, err := c.s.AgentOffer(1, page.offer(nil))
	if err != nil {
		t.Fatal(err)
	}
	page.answered(answer)
	c.await(media.AgentUp)
	page.connected()
	page.send(sound(1))
	eventually(t, "muted", func() bool { return c.r.Stats().Dropped["muted"] == 1 })
	c.hears(page, c.trunk, 2)
	c.s.Mute(1, false)
	c.speaks(page, 3)
}
