package replay

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// stage is an engine with a clock of its own and the events that it told.
type stage struct {
	*Engine
	now  time.Time
	told []string
}

func newStage() *stage {
	g := &stage{now: epoch}
	g.Engine = &Engine{Now: func() time.Time { return g.now }, Up: 40 * time.Millisecond, Heard: 20 * time.Millisecond}
	return g
}

// session begins a call; its events are noted as "name kind leg at", with the time since the beginning.
func (g *stage) session(t *testing.T, name string) *session {
	t.Helper()
	s, err := g.NewSession(media.Params{
		Trunk: stagePolicy("PCMA", "PCMU"),
		Notify: func(e media.Event) {
			g.told = append(g.told, fmt.Sprint(name, " ", e.Kind, " ", e.Leg, " ", e.At.Sub(epoch)))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*session)
}

func stagePolicy(codecs ...string) sdp.TrunkPolicy {
	return sdp.TrunkPolicy{Codecs: codecs, TrunkAddr: trunkAddr.Addr(), MediaNetworks: []netip.Prefix{trunkNet}}
}

// run lets everything happen that is due within d.
func (g *stage) run(d time.Duration) {
	end := g.now.Add(d)
	for {
		at, ok := g.deadline()
		if !ok || at.After(end) {
			g.now = end
			return
		}
		g.now = at
		g.tick(at)
	}
}

func (g *stage) wantTold(t *testing.T, want ...any) {
	t.Helper()
	got := strings.Join(g.told, "\n")
	var lines []string
	for i := 0; i < len(want); i += 4 {
		lines = append(lines, fmt.Sprint(want[i], " ", want[i+1], " ", want[i+2], " ", want[i+3]))
	}
	if all := strings.Join(lines, "\n"); got != all {
		t.Fatalf("events:\n%s\nwant:\n%s", got, all)
	}
	g.told = nil
}

// pbxSDP is the trunk's description of G.711 and events.
func pbxSDP(direction, formats string) []byte {
	return []byte(crlfLines("v=0", "o=pbx 1 1 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0",
		"m=audio 14390 RTP/AVP "+formats, "a=rtpmap:101 telephone-event/8000", "a="+direction))
}

func crlfLines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A call that an agent places, as the story's media sees it.
func TestEngineDial(t *testing.T) {
	g := newStage()
	s := g.session(t, "a")
	check(t, s.Dial(1, []byte(BrowserOffer(1))))
	offer, err := s.OfferTrunk(sdp.Keep)
	check(t, err)
	if !strings.Contains(string(offer), "m=audio 40002 RTP/AVP 0 8 ") {
		t.Fatalf("offered to the trunk:\n%s", offer)
	}
	if _, err := s.DialAnswer(1); err == nil {
		t.Fatal("the browser was answered before the trunk had described itself")
	}
	check(t, s.TrunkEarly("x", pbxSDP("sendrecv", "8 101"), false))
	answer, err := s.DialAnswer(1)
	check(t, err)
	if !strings.Contains(string(answer), "SAVPF 8 126\r\n") {
		t.Fatalf("answered to the browser:\n%s", answer)
	}
	check(t, s.Connect(1))
	again, err := s.DialAnswer(1)
	check(t, err)
	if string(again) != string(answer) {
		t.Fatal("asked again, the answer is another one")
	}
	g.run(time.Second)
	g.wantTold(t, "a", media.AgentUp, 1, 40*time.Millisecond, "a", media.AgentHeard, 1, 60*time.Millisecond)
	check(t, s.TrunkAccept("x", nil))
	if err := s.TrunkAccept("y", pbxSDP("sendrecv", "8 101")); err != nil {
		t.Fatalf("a later 2xx: %v", err)
	}
}

// A call that nobody has answered goes by another trunk, with the browser's first offer.
func TestEngineRoute(t *testing.T) {
	g := newStage()
	s := g.session(t, "a")
	check(t, s.Dial(1, []byte(BrowserOffer(1))))
	first, err := s.OfferTrunk(sdp.Keep)
	check(t, err)
	if err := s.Route(stagePolicy("PCMU")); !errors.Is(err, sdp.ErrOpen) {
		t.Fatalf("by another trunk while the first may answer: %v", err)
	}
	s.TrunkRollback()
	check(t, s.Route(stagePolicy("PCMU")))
	second, err := s.OfferTrunk(sdp.Keep)
	check(t, err)
	if strings.Split(string(first), "\r\n")[1] == strings.Split(string(second), "\r\n")[1] || !strings.Contains(string(second), "RTP/AVP 0 ") {
		t.Fatalf("offered to the second trunk:\n%s", second)
	}
}

func TestEngineSendDigits(t *testing.T) {
	g := newStage()
	s := g.session(t, "a")
	if err := s.SendDigits("1"); !errors.Is(err, media.ErrNoDigits) {
		t.Fatalf("before anything was agreed: %v", err)
	}
	check(t, s.TrunkOffer(pbxSDP("sendrecv", "8 101")))
	_, err := s.TrunkAnswer()
	check(t, err)
	for _, wrong := range []string{"", "x", "12345678901234567890123456789012,"} {
		if err := s.SendDigits(wrong); !errors.Is(err, media.ErrDigits) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	check(t, s.SendDigits("1,2"))
	check(t, s.SendDigits("#"))
	g.run(time.Minute)
	g.wantTold(t, "a", media.DigitsSent, 0, 940*time.Millisecond, "a", media.DigitsSent, 0, 1160*time.Millisecond)

	check(t, s.TrunkOffer(pbxSDP("sendonly", "8 101")))
	check(t, s.SendDigits("5"))
	g.run(time.Minute)
	g.wantTold(t)
	_, err = s.TrunkAnswer()
	check(t, err)
	check(t, s.TrunkOffer(pbxSDP("sendrecv", "8 101")))
	_, err = s.TrunkAnswer()
	check(t, err)
	g.run(time.Minute)
	g.wantTold(t, "a", media.DigitsSent, 0, 2*time.Minute+220*time.Millisecond)

	check(t, s.SendDigits("1"))
	s.Close()
	g.run(time.Minute)
	g.wantTold(t)

	none := g.session(t, "b")
	check(t, none.TrunkOffer(pbxSDP("sendrecv", "8")))
	_, err = none.TrunkAnswer()
	check(t, err)
	if err := none.SendDigits("1"); !errors.Is(err, media.ErrNoDigits) {
		t.Fatalf("a trunk without events: %v", err)
	}
}

// inbound is a call whose trunk was answered with G.711 and events.
func (g *stage) inbound(t *testing.T, name string) *session {
	t.Helper()
	s := g.session(t, name)
	check(t, s.TrunkOffer(pbxSDP("sendrecv", "8 0 101")))
	_, err := s.TrunkAnswer()
	check(t, err)
	return s
}

func code(err error) string {
	var e *sdp.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// A consultation begins with the codec of its call, its partner's leg moves, and its events with it.
func TestEngineAdopt(t *testing.T) {
	g := newStage()
	first, consult := g.inbound(t, "first"), g.session(t, "consult")
	check(t, consult.DialLike(1, []byte(BrowserOffer(1)), first))
	offer, err := consult.OfferTrunk(sdp.Keep)
	check(t, err)
	if !strings.Contains(string(offer), "RTP/AVP 8 126\r\n") {
		t.Fatalf("offered:\n%s", offer)
	}
	check(t, consult.TrunkAccept("x", pbxSDP("sendrecv", "8 101")))
	if err := first.Adopt(2, consult, 1); err == nil {
		t.Fatal("a leg that is not answered yet")
	}
	_, err = consult.DialAnswer(1)
	check(t, err)
	g.run(50 * time.Millisecond)
	check(t, first.Adopt(2, consult, 1))
	check(t, first.Connect(2))
	consult.Close()
	g.run(time.Second)
	g.wantTold(t, "consult", media.AgentUp, 1, 40*time.Millisecond, "first", media.AgentHeard, 2, 60*time.Millisecond)
	if err := first.Adopt(3, consult, 1); !errors.Is(err, media.ErrClosed) {
		t.Fatalf("of a closed one: %v", err)
	}
	if err := first.Adopt(3, first, 2); !errors.Is(err, media.ErrCompanion) {
		t.Fatalf("of itself: %v", err)
	}
	check(t, g.inject(media.AgentSilent))
	second := g.inbound(t, "second")
	g.told = nil
	check(t, second.Adopt(9, first, 2))
	g.run(0)
	g.wantTold(t, "second", media.AgentSilent, 9, 1050*time.Millisecond)
}

// Two trunks are joined; each of the ways in which it ends is enough.
func TestEngineJoin(t *testing.T) {
	g := newStage()
	first, second := g.inbound(t, "first"), g.session(t, "second")
	if err := first.Join(second); err == nil {
		t.Fatal("with one that has no trunk")
	}
	check(t, second.DialTrunk(first))
	offer, err := second.OfferTrunk(sdp.Keep)
	check(t, err)
	if !strings.Contains(string(offer), "RTP/AVP 8 101\r\n") {
		t.Fatalf("offered:\n%s", offer)
	}
	check(t, second.TrunkAccept("x", pbxSDP("sendrecv", "8 101")))
	for _, end := range []func(){first.Part, second.Part, first.Close} {
		check(t, first.Join(second))
		if first.joint == nil || first.joint != second.joint {
			t.Fatal("not joined")
		}
		end()
		if first.joint != nil || second.joint != nil {
			t.Fatal("still joined")
		}
	}
	pcmu := g.session(t, "pcmu")
	check(t, pcmu.TrunkOffer(pbxSDP("sendrecv", "0")))
	if got := code(pcmu.Join(second)); got != "no_common_codec" {
		t.Fatalf("with another codec: %s", got)
	}
}

// A call from one agent to another.
func TestEngineTalk(t *testing.T) {
	g := newStage()
	s := g.session(t, "a")
	check(t, s.Dial(1, []byte(BrowserOffer(1))))
	offer, err := s.OfferAgent(2)
	check(t, err)
	if _, err := s.DialAnswer(1); err == nil {
		t.Fatal("the first is answered before the second")
	}
	check(t, s.AgentAnswer(2, []byte(BrowserAnswer(string(offer)))))
	if err := s.Talk(1, 2); err == nil {
		t.Fatal("joined before the first is answered")
	}
	_, err = s.DialAnswer(1)
	check(t, err)
	check(t, s.PlayTo(1, media.SoundRinging))
	check(t, s.Talk(1, 2))
	if s.talk != [2]media.LegID{1, 2} || len(s.legs[1].playing.sounds) != 0 {
		t.Fatalf("joined %v, playing %v", s.talk, s.legs[1].playing)
	}
	s.Disconnect(2)
	if s.talk != [2]media.LegID{} {
		t.Fatalf("joined %v", s.talk)
	}
	if err := s.PlayTo(3, media.SoundMusic); !errors.Is(err, media.ErrNoLeg) {
		t.Fatal(err)
	}
}

// Sounds come to their end, unless something took their place.
func TestEnginePlaysToTheEnd(t *testing.T) {
	g := newStage()
	s := g.inbound(t, "a")
	hello := media.Sound{Name: "hello.wav"}
	check(t, s.Play(hello))
	g.run(time.Second)
	check(t, s.Play(hello))
	g.run(1500 * time.Millisecond)
	g.wantTold(t)
	g.run(time.Minute)
	g.wantTold(t, "a", media.PlayEnded, 0, 3*time.Second)
	_, err := s.OfferAgent(4)
	check(t, err)
	check(t, s.PlayTo(4, hello))
	g.run(time.Minute)
	g.wantTold(t, "a", media.PlayEnded, 4, 64500*time.Millisecond)
	check(t, s.Play(hello, media.SoundNone, media.Sound{Name: "music", Loop: true}, hello))
	if err := s.Play(make([]media.Sound, media.MaxSounds+1)...); !errors.Is(err, media.ErrSounds) {
		t.Fatal(err)
	}
	g.run(time.Minute)
	g.wantTold(t, "a", media.PlayEnded, 0, 128500*time.Millisecond)
	check(t, s.Play(hello, media.SoundMusic))
	g.run(time.Minute)
	g.wantTold(t)
	check(t, s.PlayTo(4, hello))
	s.Drop(4)
	check(t, s.Play(media.SoundMusic))
	g.run(time.Minute)
	g.wantTold(t)
}

// A recording pauses for a time, and ends by being stopped, by a full disk, or with its call.
func TestEngineRecord(t *testing.T) {
	g := newStage()
	s := g.inbound(t, "a")
	if err := s.RecordPause(time.Second); !errors.Is(err, media.ErrNotRecording) {
		t.Fatal(err)
	}
	check(t, s.Record("one.wav"))
	if err := s.Record("two.wav"); !errors.Is(err, media.ErrRecording) {
		t.Fatal(err)
	}
	check(t, s.RecordPause(10*time.Second))
	g.run(time.Minute)
	g.wantTold(t, "a", media.RecordResumed, 0, 10*time.Second)
	check(t, s.RecordPause(10*time.Second))
	check(t, s.RecordPause(0))
	g.run(time.Minute)
	g.wantTold(t)
	s.RecordStop()
	s.RecordStop()
	g.run(0)
	g.wantTold(t, "a", media.RecordEnded, 0, 2*time.Minute)
	check(t, s.Record("two.wav"))
	check(t, g.inject(media.RecordEnded))
	g.run(0)
	g.wantTold(t, "a", media.RecordEnded, 0, 2*time.Minute)
	check(t, s.Record("three.wav"))
	s.Close()
	g.run(time.Minute)
	g.wantTold(t)
	if err := s.Record("four.wav"); !errors.Is(err, media.ErrClosed) {
		t.Fatal(err)
	}
}
