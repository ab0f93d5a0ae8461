package sdp_test

import (
	"testing"

	"offhook/translator/sdp"
)

// agreed is a trunk's call that agreed on the codecs of an answer to a placed call.
func agreed(t testing.TB, p sdp.TrunkPolicy, answer []byte) *sdp.Bridge {
	t.Helper()
	b, leg, _ := dial(t, p, chromeOffer())
	accept(t, b, answer)
	answerDial(t, leg)
	connect(t, b, leg)
	return b
}

func speech(t testing.TB, b *sdp.Bridge) sdp.Speech {
	t.Helper()
	s, err := b.Speech()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A call that may be joined with another is offered its codec and events alone.
func TestDialTrunkLikeAnotherCall(t *testing.T) {
	rows := []struct {
		name   string
		policy sdp.TrunkPolicy
		answer []byte
		want   string
	}{
		{"G.711 with events", trunk("PCMU", "PCMA"), offerOf("m=audio 6000 RTP/AVP 8 0 101", event101), "8 101"},
		{"events that the other call lacks are made", trunk(), offerOf("m=audio 6000 RTP/AVP 9"), "9 96"},
		{"opus keeps its number", trunk("opus", "PCMA"), offerOf("m=audio 6000 RTP/AVP 111 110", "a=rtpmap:111 opus/48000/2", "a=rtpmap:110 telephone-event/48000"), "111 110"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			like := speech(t, agreed(t, r.policy, r.answer))
			b := sdp.NewBridge(r.policy)
			if err := b.DialTrunk(like); err != nil {
				t.Fatal(err)
			}
			if s := offerTrunk(t, b, sdp.Keep); formats(s, 0) != r.want {
				t.Errorf("offered %q, want %q", formats(s, 0), r.want)
			}
			accept(t, b, r.answer)
			if again := speech(t, b); again.Codec.Name != like.Codec.Name {
				t.Errorf("speaks %v, want %v", again.Codec, like.Codec)
			}
			if b.DialTrunk(like) == nil {
				t.Error("begun twice")
			}
		})
	}
	pcma := speech(t, agreed(t, trunk(), offerOf("m=audio 6000 RTP/AVP 8")))
	wantCode(t, sdp.NewBridge(trunk("PCMU")).DialTrunk(pcma), "no_common_codec")
	b := sdp.NewBridge(trunk())
	if err := b.DialTrunk(sdp.Speech{}); err == nil {
		t.Error("a call that speaks nothing")
	}
	if _, err := b.Speech(); err == nil {
		t.Error("it speaks before anybody did")
	}
}

// A placed call without a browser goes by another trunk too, and an agent can be offered it later.
func TestDialTrunkByAnotherRoute(t *testing.T) {
	like := speech(t, agreed(t, trunk(), offerOf("m=audio 6000 RTP/AVP 8 101", event101)))
	b := sdp.NewBridge(trunk())
	if err := b.DialTrunk(like); err != nil {
		t.Fatal(err)
	}
	offerTrunk(t, b, sdp.Keep)
	b.TrunkRollback()
	wantCode(t, b.Route(trunk("PCMU")), "no_common_codec")
	if err := b.Route(trunk("PCMA")); err != nil {
		t.Fatal(err)
	}
	if s := offerTrunk(t, b, sdp.Keep); formats(s, 0) != "8 101" {
		t.Errorf("offered %q", formats(s, 0))
	}
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8 101", event101))
	leg, s := offerAgent(t, b)
	if formats(s, 0) != "8 101" {
		t.Errorf("the agent is offered %q", formats(s, 0))
	}
	if _, err := leg.Answer(browser("active", "8 101", event101)); err != nil {
		t.Fatal(err)
	}
	connect(t, b, leg)
}

// A consultation offers its trunk the codec of the first call, whatever the browser has besides.
func TestDialLike(t *testing.T) {
	like := speech(t, agreed(t, trunk(), offerOf("m=audio 6000 RTP/AVP 8 101", event101)))
	b := sdp.NewBridge(trunk())
	leg, err := b.DialLike(chromeOffer(), like)
	if err != nil {
		t.Fatal(err)
	}
	if s := offerTrunk(t, b, sdp.Keep); formats(s, 0) != "8 126" {
		t.Errorf("offered %q, want 8 126", formats(s, 0))
	}
	if _, text, err := leg.Offer(chromeOffer("ufrag:abcd→ufrag:efgh"), agentLocal); err != nil || formats(parse(t, text), 0) != "8 126" {
		t.Errorf("the page is reloaded: %v\n%s", err, text)
	}
	_, err = sdp.NewBridge(trunk()).DialLike(browser("actpass", "0 9"), like)
	wantCode(t, err, "no_common_codec")
	b = sdp.NewBridge(trunk())
	if _, err := b.DialLike([]byte("no description"), like); err == nil {
		t.Error("no description")
	}
	if _, err := b.DialLike(chromeOffer(), like); err != nil {
		t.Errorf("a good one after it: %v", err)
	}
}

// internal is a call of one browser to another, both answered.
func internal(t *testing.T, second ...string) (b *sdp.Bridge, one, two *sdp.AgentLeg) {
	t.Helper()
	b = sdp.NewBridge(trunk("PCMU", "PCMA", "G722"))
	one, err := b.Dial(chromeOffer())
	if err != nil {
		t.Fatal(err)
	}
	two, s := offerAgent(t, b)
	if formats(s, 0) != "9 0 8 126" {
		t.Fatalf("the second is offered %q, want 9 0 8 126", formats(s, 0))
	}
	if _, _, err := one.AnswerDial(agentLocal); err == nil {
		t.Error("the first is answered before the second")
	}
	if _, err := two.Answer(browser("active", second[0], second[1:]...)); err != nil {
		t.Fatal(err)
	}
	return b, one, two
}

// The codecs of the second browser's answer are the first one's, each in its own numbers.
func TestTalkBetweenBrowsers(t *testing.T) {
	b, one, two := internal(t, "8 0 101", event101)
	if _, err := b.Talk(one, two); err == nil {
		t.Error("joined before the first is answered")
	}
	remote, s := answerDial(t, one)
	if formats(s, 0) != "8 0 126" || remote.Codec.Name != "PCMA" {
		t.Errorf("the first is answered %q, %v", formats(s, 0), remote.Codec)
	}
	m, err := b.Talk(one, two)
	if err != nil {
		t.Fatal(err)
	}
	if m.ToTrunk[8] != 8 || m.ToTrunk[0] != 0 || m.ToTrunk[126] != 101 || m.ToTrunk[9] != -1 || m.TrunkEvent != 101 {
		t.Errorf("to the second: 8→%d 0→%d 126→%d 9→%d", m.ToTrunk[8], m.ToTrunk[0], m.ToTrunk[126], m.ToTrunk[9])
	}
	if m.ToAgent[8] != 8 || m.ToAgent[101] != 126 || m.ToAgent[126] != 126 || m.AgentEvent != 126 {
		t.Errorf("to the first: 8→%d 101→%d 126→%d", m.ToAgent[8], m.ToAgent[101], m.ToAgent[126])
	}
	if got := speech(t, b).Codec.Name; got != "PCMA" {
		t.Errorf("the call speaks %s", got)
	}
	if _, err := b.Connect(one); err == nil {
		t.Error("joined with a trunk that is not there")
	}
	if _, err := b.Talk(one, one); err == nil {
		t.Error("a leg talks with itself")
	}
	third, s := offerAgent(t, b)
	if formats(s, 0) != "8 126" {
		t.Errorf("a third is offered %q, want the codec in use", formats(s, 0))
	}
	if _, err := b.Talk(one, third); err == nil {
		t.Error("joined with one who has not answered")
	}
	b.Drop(two)
	if _, err := b.Talk(one, two); err == nil {
		t.Error("joined with one who is gone")
	}
}

// Each of the two may reload its page, at any time.
func TestTalkRestarts(t *testing.T) {
	reloaded := func(t *testing.T, leg *sdp.AgentLeg, want string) {
		t.Helper()
		if _, text, err := leg.Offer(chromeOffer("ufrag:abcd→ufrag:efgh"), agentLocal); err != nil || formats(parse(t, text), 0) != want {
			t.Fatalf("want %q: %v\n%s", want, err, text)
		}
	}
	t.Run("while they talk", func(t *testing.T) {
		b, one, two := internal(t, "8 0 101", event101)
		answerDial(t, one)
		if _, err := b.Talk(one, two); err != nil {
			t.Fatal(err)
		}
		for _, leg := range []*sdp.AgentLeg{one, two, one} {
			reloaded(t, leg, "8 126")
			if m, err := b.Talk(one, two); err != nil || m.ToTrunk[8] != 8 || m.ToAgent[8] != 8 {
				t.Fatalf("joined again: %v", err)
			}
		}
		wantCode(t, second(one.Offer(browser("actpass", "0"), agentLocal)), "no_common_codec")
	})
	t.Run("the first while it rings", func(t *testing.T) {
		b := sdp.NewBridge(trunk("PCMU", "PCMA", "G722"))
		one, err := b.Dial(chromeOffer())
		if err != nil {
			t.Fatal(err)
		}
		two, _ := offerAgent(t, b)
		reloaded(t, one, "9 126") // the second has all, and will take the first
		if _, err := two.Answer(browser("active", "9 0 8 126", "a=rtpmap:126 telephone-event/8000")); err != nil {
			t.Fatal(err)
		}
		if _, text, err := one.AnswerDial(agentLocal); err != nil || formats(parse(t, text), 0) != "9 126" {
			t.Errorf("answered otherwise: %v\n%s", err, text)
		}
		if _, err := b.Talk(one, two); err != nil {
			t.Error(err)
		}
	})
	t.Run("before anybody is offered anything", func(t *testing.T) {
		b := sdp.NewBridge(trunk("PCMU", "PCMA", "G722"))
		one, err := b.Dial(chromeOffer())
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, second(one.Offer(browser("actpass", "18"), agentLocal)), "no_common_codec")
		reloaded(t, one, "0 126")
		two, s := offerAgent(t, b)
		if formats(s, 0) != "0 126" {
			t.Errorf("the second is offered %q", formats(s, 0))
		}
		if _, err := two.Answer(browser("active", "0")); err != nil {
			t.Fatal(err)
		}
		if m, err := b.Talk(one, two); err != nil || m.ToTrunk[126] != -1 {
			t.Errorf("%v; events to one who has none", err)
		}
	})
}

func second(_ sdp.AgentRemote, _ []byte, err error) error { return err }

// A page that is reloaded before the trunk is offered anything, or between two routes, is answered at once.
func TestRestartBetweenRoutes(t *testing.T) {
	b, leg, _ := dial(t, trunk(), chromeOffer())
	b.TrunkRollback()
	if _, text, err := leg.Offer(chromeOffer("ufrag:abcd→ufrag:efgh"), agentLocal); err != nil || formats(parse(t, text), 0) != "0 126" {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := b.Route(trunk("PCMA", "PCMU")); err != nil {
		t.Fatal(err)
	}
	if s := offerTrunk(t, b, sdp.Keep); formats(s, 0) != "0 126" {
		t.Errorf("offered %q, want the codec that the page was answered", formats(s, 0))
	}
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 0 101", event101))
	if m := connect(t, b, leg); m.ToTrunk[0] != 0 || m.ToTrunk[126] != 101 {
		t.Errorf("0→%d 126→%d", m.ToTrunk[0], m.ToTrunk[126])
	}
}

// A leg that changes its call keeps its browser's numbers, and the call that it leaves stays what it was.
func TestAdopt(t *testing.T) {
	consult, leg, _ := dial(t, trunk(), chromeOffer())
	first := agreed(t, trunk(), offerOf("m=audio 6000 RTP/AVP 8 97", "a=rtpmap:97 telephone-event/8000"))
	if first.Adopt(leg) == nil {
		t.Error("a leg that is not answered yet")
	}
	accept(t, consult, offerOf("m=audio 7000 RTP/AVP 8 101", event101))
	answerDial(t, leg)
	connect(t, consult, leg)
	if err := first.Adopt(leg); err != nil {
		t.Fatal(err)
	}
	if m := connect(t, first, leg); m.ToTrunk[8] != 8 || m.ToTrunk[126] != 97 || m.ToAgent[97] != 126 {
		t.Errorf("8→%d 126→%d 97→%d", m.ToTrunk[8], m.ToTrunk[126], m.ToAgent[97])
	}
	if _, err := consult.Connect(leg); err == nil {
		t.Error("the call that it left joins it")
	}
	consult.Drop(leg)
	connect(t, first, leg)
	if _, text, err := leg.Offer(chromeOffer("ufrag:abcd→ufrag:efgh"), agentLocal); err != nil || formats(parse(t, text), 0) != "8 126" {
		t.Errorf("the page is reloaded after it: %v\n%s", err, text)
	}
	if err := consult.TrunkOffer(offerOf("m=audio 7000 RTP/AVP 8 101", event101)); err != nil {
		t.Error(err)
	}
	trunkAnswer(t, consult)
	if err := first.Adopt(leg); err != nil {
		t.Errorf("one that is here already: %v", err)
	}
}

func TestAdoptRefused(t *testing.T) {
	pcmu := agreed(t, trunk(), offerOf("m=audio 6000 RTP/AVP 0"))
	consult, leg, _ := dial(t, trunk(), chromeOffer())
	accept(t, consult, offerOf("m=audio 7000 RTP/AVP 8 0 101", event101))
	answerDial(t, leg)
	connect(t, consult, leg)
	wantCode(t, pcmu.Adopt(leg), "no_common_codec") // it could receive PCMU, but sends PCMA
	connect(t, consult, leg)
	wantCode(t, sdp.NewBridge(trunk("PCMU")).Adopt(leg), "no_common_codec")
	waiting := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 9 8"))
	if err := waiting.Adopt(leg); err != nil {
		t.Fatalf("a caller who has not been answered: %v", err)
	}
	if s := trunkAnswer(t, waiting); formats(s, 0) != "8" {
		t.Errorf("answered %q, want the codec of the agent who was brought", formats(s, 0))
	}
}

// A leg begins a call by itself: others are offered what its browser speaks, whoever dialled it first.
func TestAdoptBeginsACall(t *testing.T) {
	consult, leg, _ := dial(t, trunk(), chromeOffer())
	accept(t, consult, offerOf("m=audio 7000 RTP/AVP 8 101", event101))
	answerDial(t, leg)
	b := sdp.NewBridge(trunk())
	if err := b.Adopt(leg); err != nil {
		t.Fatal(err)
	}
	other, s := offerAgent(t, b)
	if formats(s, 0) != "8 126" {
		t.Errorf("offered %q", formats(s, 0))
	}
	if _, err := other.Answer(browser("active", "8 126", "a=rtpmap:126 telephone-event/8000")); err != nil {
		t.Fatal(err)
	}
	if m, err := b.Talk(leg, other); err != nil || m.ToTrunk[8] != 8 {
		t.Errorf("%v", err)
	}
	if err := consult.Route(trunk()); err == nil {
		t.Error("the call that was left has forgotten its trunk")
	}
}

// Each trunk says for itself what its numbers mean.
func TestNumbersOfTwoTrunks(t *testing.T) {
	numbers := func(b *sdp.Bridge) *sdp.Numbers {
		t.Helper()
		n, err := b.Numbers()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	carry := func(from, to *sdp.Numbers, pt uint8) (int16, sdp.Scale) {
		i := from.In[pt]
		if i < 0 {
			return -1, sdp.Scale{Mul: 1, Div: 1}
		}
		return to.Number(&from.Codecs[i])
	}
	placed, _, _ := dial(t, trunk(), chromeOffer()) // offered with 126
	accept(t, placed, offerOf("m=audio 6000 RTP/AVP 8 0 101", event101))
	inbound := call(t, trunk(), offerOf("m=audio 7000 RTP/AVP 98 13 96", "a=rtpmap:98 PCMA/8000", "a=rtpmap:96 telephone-event/16000"))
	trunkAnswer(t, inbound)
	wide := call(t, trunk("opus"), offerOf("m=audio 7000 RTP/AVP 111 110", "a=rtpmap:111 opus/48000/2", "a=rtpmap:110 telephone-event/48000"))
	trunkAnswer(t, wide)
	a, b, c := numbers(placed), numbers(inbound), numbers(wide)
	rows := []struct {
		name     string
		from, to *sdp.Numbers
		pt       uint8
		want     int16
		scale    sdp.Scale
	}{
		{"the codec", a, b, 8, 98, sdp.Scale{Mul: 1, Div: 1}},
		{"and back", b, a, 98, 8, sdp.Scale{Mul: 1, Div: 1}},
		{"a codec that the other has not", a, b, 0, -1, sdp.Scale{Mul: 1, Div: 1}},
		{"comfort noise that the other has not", b, a, 13, -1, sdp.Scale{Mul: 1, Div: 1}},
		{"an unknown number", a, b, 77, -1, sdp.Scale{Mul: 1, Div: 1}},
		{"events of an unused clock", b, a, 96, -1, sdp.Scale{Mul: 1, Div: 1}},
		{"events with the number of our offer", a, c, 126, 110, sdp.Scale{Mul: 6, Div: 1}},
		{"events with its own", a, c, 101, 110, sdp.Scale{Mul: 6, Div: 1}},
		{"events back", c, a, 110, 101, sdp.Scale{Mul: 1, Div: 6}},
	}
	for _, r := range rows {
		if got, scale := carry(r.from, r.to, r.pt); got != r.want || scale != r.scale {
			t.Errorf("%s: %d→%d %v, want %d %v", r.name, r.pt, got, scale, r.want, r.scale)
		}
	}
	if _, err := sdp.NewBridge(trunk()).Numbers(); err == nil {
		t.Error("numbers of a trunk that has described nothing")
	}
}
