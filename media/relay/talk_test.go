package relay

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"offhook/media"
)

// internal is a call of one agent to another, both up.
func internal(t *testing.T, r *Relay) (c *call, one, two *browser) {
	t.Helper()
	c = newSessionCall(t, r, policy())
	one = newBrowser(t)
	if err := c.s.Dial(1, one.offer(nil)); err != nil {
		t.Fatal(err)
	}
	two = c.ring(2)
	answer, err := c.s.DialAnswer(1)
	if err != nil {
		t.Fatal(err)
	}
	one.answered(answer)
	c.await(media.AgentUp)
	one.connected()
	return c, one, two
}

// heard is the next packet of a page that is whole of one sound.
func heard(t *testing.T, page *browser, number byte) *rtp.Packet {
	t.Helper()
	for p := page.receive(patience); p != nil; p = page.receive(patience) {
		if p.Payload[0] == number && p.Payload[len(p.Payload)-1] == number {
			return p
		}
	}
	t.Fatalf("sound %d is not heard", number)
	return nil
}

// talks lets one speak and the other hear.
func talks(t *testing.T, from, to *browser, number byte) *rtp.Packet {
	t.Helper()
	from.send(sound(number))
	return heard(t, to, number)
}

// Two agents talk without a trunk; one holds, and the other hears music, in one stream.
func TestTalk(t *testing.T) {
	r := newRelay(t)
	c, one, two := internal(t, r)
	one.send(sound(1))
	if p := two.receive(soon); p != nil {
		t.Errorf("heard %v before they were joined", p)
	}
	if err := c.s.PlayTo(1, media.SoundRinging); err != nil {
		t.Fatal(err)
	}
	if one.receive(patience) == nil {
		t.Fatal("no ringback")
	}
	if err := c.s.Talk(1, 2); err != nil {
		t.Fatal(err)
	}
	talks(t, one, two, 2)
	before := talks(t, two, one, 3)
	talks(t, one, two, 4)

	c.s.Disconnect(1) // holds
	if err := c.s.PlayTo(1, media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	packets, times := []*rtp.Packet{before}, []time.Time{time.Now()}
	two.send(sound(5))
	for range 10 {
		p := one.receive(patience)
		if p == nil || p.PayloadType != 8 || p.Payload[0] == 5 && p.Payload[100] == 5 {
			t.Fatalf("held, and heard %v", p)
		}
		packets, times = append(packets, p), append(times, time.Now())
	}
	one.send(sound(6))
	if p := two.receive(soon); p != nil {
		t.Errorf("held, and heard %v", p)
	}
	for len(one.heard) > 0 {
		packets, times = append(packets, <-one.heard), append(times, time.Now())
	}
	if err := c.s.Talk(1, 2); err != nil {
		t.Fatal(err)
	}
	two.send(sound(7))
	for {
		p := one.receive(patience)
		if p == nil {
			t.Fatal("resumed, and nothing heard")
		}
		packets, times = append(packets, p), append(times, time.Now())
		if p.Payload[0] == 7 && p.Payload[159] == 7 {
			break
		}
	}
	continuous(t, packets, times)
	talks(t, one, two, 8)

	c.s.Mute(1, true)
	one.send(sound(9))
	if p := two.receive(soon); p != nil {
		t.Errorf("muted, and heard: %v", p)
	}
	c.s.Mute(1, false)
	talks(t, one, two, 10)
	c.s.Drop(2)
	one.send(sound(11))
	c.s.Disconnect(1)
	if c.s.Talk(1, 2) == nil {
		t.Error("joined with one who is gone")
	}
}

// One of two reloads his page in a call without a trunk.
func TestTalkRestart(t *testing.T) {
	r := newRelay(t)
	c, one, two := internal(t, r)
	if err := c.s.Talk(1, 2); err != nil {
		t.Fatal(err)
	}
	talks(t, one, two, 1)
	again := newBrowser(t)
	answer, err := c.s.AgentOffer(2, again.offer(nil))
	if err != nil {
		t.Fatal(err)
	}
	again.answered(answer)
	c.await(media.AgentUp)
	again.connected()
	talks(t, one, again, 2)
	talks(t, again, one, 3)
}

// The agent whom an internal call asked takes the caller of the other one over.
func TestAdoptFromAnInternalCall(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	first.answer()
	c, one, two := internal(t, r)
	if err := c.s.Talk(1, 2); err != nil {
		t.Fatal(err)
	}
	talks(t, one, two, 1)
	if err := first.s.Adopt(3, c.s, 2); err != nil {
		t.Fatal(err)
	}
	if err := first.s.Connect(3); err != nil {
		t.Fatal(err)
	}
	first.speaks(two, 2)
	first.hears(two, first.trunk, 3)
	one.send(sound(4))
	if p := two.receive(soon); p != nil {
		t.Errorf("the one who asked is heard: %v", p)
	}
}

// A sound for a leg that is not up yet waits for it, and one that ends tells so.
func TestPlayTo(t *testing.T) {
	r := newRelay(t)
	c := newCall(t, r, policy())
	if err := c.s.PlayTo(1, media.SoundMusic); err == nil {
		t.Error("to a leg that is not there")
	}
	page := c.ring(1)
	if err := c.s.PlayTo(1, media.Sound{Name: "no such file"}); err == nil {
		t.Error("a file that is not there")
	}
	if err := c.s.PlayTo(1, media.Sound{Name: shortSound(t), Tag: 9}); err != nil {
		t.Fatal(err)
	}
	p := page.receive(patience)
	if p == nil || p.PayloadType != 8 {
		t.Fatalf("heard %v", p)
	}
	if e := c.await(media.PlayEnded); e.Leg != 1 || e.Tag != 9 {
		t.Errorf("told of leg %d, sound %d", e.Leg, e.Tag)
	}
	if err := c.s.PlayTo(1, media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	for len(page.heard) > 0 {
		<-page.heard
	}
	if page.receive(patience) == nil {
		t.Fatal("no music")
	}
	c.accept(1) // ends it
	for page.receive(frameTime+soon/2) != nil {
	}
	c.hears(page, c.trunk, 1)
	if err := c.s.PlayTo(1, media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	c.trunk.send(8, sound(2))
	for range 5 {
		if p := page.receive(patience); p == nil || p.Payload[0] == 2 && p.Payload[159] == 2 {
			t.Fatalf("under the music: %v", p)
		}
	}
	if err := c.s.PlayTo(1, media.SoundNone); err != nil {
		t.Fatal(err)
	}
	c.hears(page, c.trunk, 3)
}
