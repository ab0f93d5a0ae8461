package relay

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"offhook/media"
	"offhook/translator/sdp"
)

// continuous checks that a stream goes on: one SSRC, one number after the other, and its time that of the clock.
func continuous(t *testing.T, packets []*rtp.Packet, times []time.Time) {
	t.Helper()
	for i := 1; i < len(packets); i++ {
		p, before := packets[i], packets[i-1]
		if p.SSRC != before.SSRC || p.SequenceNumber != before.SequenceNumber+1 {
			t.Errorf("packet %d: SSRC %x number %d after %x %d", i, p.SSRC, p.SequenceNumber, before.SSRC, before.SequenceNumber)
		}
		if step := int32(p.Timestamp - before.Timestamp); step < 0 {
			t.Errorf("packet %d: the timestamp steps by %d", i, step)
		}
	}
	last := len(packets) - 1
	went := time.Duration(int32(packets[last].Timestamp-packets[0].Timestamp)) * time.Second / 8000
	if off := went - times[last].Sub(times[0]); off < -200*time.Millisecond || off > 200*time.Millisecond {
		t.Errorf("the timestamps went on by %v in %v", went, times[last].Sub(times[0]))
	}
}

// The agent holds without telling the trunk: the caller hears music in the agent's stream, then the agent again.
func TestHoldWithMusic(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.accept(1)
	var packets []*rtp.Packet
	var times []time.Time
	hear := func(number byte) bool {
		p := c.trunk.receive(patience)
		if p == nil {
			t.Fatal("the trunk hears nothing")
		}
		packets, times = append(packets, p), append(times, time.Now())
		return p.Payload[0] == number && p.Payload[159] == number
	}
	hears := func(number byte) {
		t.Helper()
		page.send(sound(number))
		for range 50 {
			if hear(number) {
				if c.trunk.receive(frameTime) != nil {
					t.Error("music under the agent's voice")
				}
				return
			}
		}
		t.Fatal("the trunk does not hear the agent")
	}
	hears(1)
	for round := range byte(3) {
		c.s.Disconnect(1)
		if err := c.s.Play(media.SoundMusic); err != nil {
			t.Fatal(err)
		}
		page.send(sound(99))
		for range 10 {
			if hear(99) {
				t.Error("the agent is heard while he holds")
			}
		}
		c.trunk.send(8, sound(77))
		if p := page.receive(soon); p != nil && p.Payload[0] == 77 {
			t.Error("the agent hears the caller whom he holds")
		}
		if err := c.s.Connect(1); err != nil {
			t.Fatal(err)
		}
		hears(10 + round)
	}
	continuous(t, packets, times)
	c.hears(page, c.trunk, 20)
}

// The trunk is told of the agent's hold: what we offer is heard, and resume brings back both ways.
func TestHoldThatTheTrunkIsToldOf(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.accept(1)
	c.speaks(page, 1)
	c.s.Disconnect(1)
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	c.offerTrunk(sdp.Hold)
	if err := c.s.TrunkAccept("", c.trunk.offer("a=recvonly")); err != nil {
		t.Fatal(err)
	}
	if got := c.s.HeldBy().String(); got != "agent" {
		t.Errorf("held by %q", got)
	}
	for range 10 {
		c.trunk.receive(patience) // what was played before
	}
	if c.trunk.receive(patience) == nil {
		t.Error("no music")
	}
	c.offerTrunk(sdp.Resume)
	if err := c.s.TrunkAccept("", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	if got := c.s.HeldBy().String(); got != "" {
		t.Errorf("held by %q", got)
	}
	c.speaks(page, 2)
	c.hears(page, c.trunk, 3)
}

// A far side that holds gets nothing, and what was kept from it does not look like loss.
func TestHeldTrunkGetsNothing(t *testing.T) {
	for _, how := range []string{"a=sendonly", "a=inactive"} {
		c := newCall(t, newRelay(t), policy())
		page := c.ring(1)
		c.accept(1)
		page.send(sound(1))
		before := c.trunk.receive(patience)
		if err := c.s.TrunkOffer(c.trunk.offer(how)); err != nil {
			t.Fatal(err)
		}
		c.answer()
		for range 5 {
			page.send(sound(2))
		}
		if p := c.trunk.receive(soon); p != nil {
			t.Errorf("%s: got %v", how, p)
		}
		if got := c.s.HeldBy(); got != sdp.HeldByRemote {
			t.Errorf("%s: held by %q", how, got)
		}
		if err := c.s.TrunkOffer(c.trunk.offer()); err != nil {
			t.Fatal(err)
		}
		c.answer()
		page.send(sound(3))
		after := c.trunk.receive(patience)
		if before == nil || after == nil || after.SequenceNumber != before.SequenceNumber+1 || after.Timestamp != before.Timestamp+6*160 || !after.Marker {
			t.Errorf("%s: %v, then %v", how, before, after)
		}
	}
}

// Whoever holds may be silent: the time begins anew when it comes back.
func TestFaultHoldIsNoSilence(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.TrunkSilence = 100 * time.Millisecond })
	c := newCall(t, r, policy())
	c.answer()
	if err := c.s.TrunkOffer(c.trunk.offer("a=sendonly")); err != nil {
		t.Fatal(err)
	}
	c.answer()
	select {
	case e := <-c.events:
		t.Errorf("told %+v of one who holds", e)
	case <-time.After(4 * r.config.TrunkSilence):
	}
	if err := c.s.TrunkOffer(c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.answer()
	c.wait(media.TrunkSilent)
}

// A call that rings with early media may be silent as long as it rings.
func TestFaultEarlySilence(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.TrunkSilence = 100 * time.Millisecond })
	c, _, _ := dial(t, r, policy())
	if err := c.s.TrunkEarly("a", c.trunk.offer(), false); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-c.events:
		t.Errorf("told %+v while it rings", e)
	case <-time.After(3 * r.config.TrunkSilence):
	}
	if err := c.s.TrunkAccept("a", nil); err != nil {
		t.Fatal(err)
	}
	c.wait(media.TrunkSilent)
}
