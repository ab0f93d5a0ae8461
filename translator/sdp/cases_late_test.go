package sdp_test

import (
	"errors"
	"testing"

	"offhook/translator/sdp"
)

// TestI14LateOffer holds that browser and 2xx are offered one codec and its events, and that the ACK's answer is read.
func TestI14LateOffer(t *testing.T) {
	rows := []struct {
		name  string
		trunk sdp.TrunkPolicy
		late  string
		want  string
	}{
		{"the trunk's first G.711", trunk("G722", "PCMA", "PCMU"), "", "8 101"},
		{"by default", trunk(), "", "8 101"},
		{"as set", trunk("G722", "PCMA"), "g722", "9 101"},
		{"as set, but not allowed", trunk("G722", "PCMA"), "PCMU", "8 101"},
		{"opus alone", trunk("opus"), "", "96 101"},
		{"no G.711", trunk("opus", "G722"), "", "96 101"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			r.trunk.LateCodec = r.late
			b := sdp.NewBridge(r.trunk)
			if err := b.TrunkLate(); err != nil {
				t.Fatal(err)
			}
			if remote := b.TrunkRemote(); remote.Send || remote.Receive || remote.RTP.IsValid() {
				t.Errorf("sound before there is a description: %+v", remote)
			}
			leg, text, err := b.OfferAgent(agentLocal)
			if err != nil || formats(parse(t, text), 0) != r.want {
				t.Fatalf("got %v\n%s", err, text)
			}
			if _, err := leg.Answer(asAnswer(text)); err != nil {
				t.Fatal(err)
			}
			connect(t, b, leg)
			s := offerTrunk(t, b, sdp.Keep)
			if formats(s, 0) != r.want || b.Signaling() != sdp.HaveLocalOffer || len(s.Sections) != 1 {
				t.Errorf("2xx offers %q, want %q", formats(s, 0), r.want)
			}
			ack := offerOf("m=audio 6000 RTP/AVP "+r.want, "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/"+clockOf(s))
			if err := b.TrunkAccept("", ack); err != nil {
				t.Fatal(err)
			}
			m := connect(t, b, leg)
			if remote := b.TrunkRemote(); !remote.Send || !remote.Receive || remote.RTP.Port() != 6000 || m.ToAgent[101] != 101 || m.ToTrunk[101] != 101 {
				t.Errorf("got %+v, 101→%d", remote, m.ToAgent[101])
			}
		})
	}
}

func clockOf(s *sdp.Session) string {
	if s.Sections[0].Codecs[1].Clock == 48000 {
		return "48000"
	}
	return "8000"
}

// TestI15AckWithoutAnswer holds that the call ends with no_common_codec.
func TestI15AckWithoutAnswer(t *testing.T) {
	for name, ack := range map[string][]byte{"none": nil, "another codec": offerOf("m=audio 6000 RTP/AVP 0")} {
		b := sdp.NewBridge(trunk())
		if err := b.TrunkLate(); err != nil {
			t.Fatal(err)
		}
		offerTrunk(t, b, sdp.Keep)
		t.Log(name)
		wantCode(t, b.TrunkAccept("", ack), "no_common_codec")
	}
}

func TestLateOfferOutOfOrder(t *testing.T) {
	if err := call(t, trunk(), plainOffer).TrunkLate(); err == nil {
		t.Error("late though there was an offer")
	}
	wantCode(t, sdp.NewBridge(trunk().Only("opus")).TrunkLate(), "no_common_codec")
	b := sdp.NewBridge(trunk())
	if err := b.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.TrunkAnswer(trunkLocal); err == nil {
		t.Error("answered what was never offered")
	}
}

// A call that we place with a codec of our choice goes by another trunk with the same codec, in that trunk's way, if it may.
func TestLateOfferByAnotherTrunk(t *testing.T) {
	b := sdp.NewBridge(trunk("PCMA", "G722"))
	if err := b.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.OfferAgent(agentLocal); err != nil {
		t.Fatal(err)
	}
	first := offerTrunk(t, b, sdp.Keep)
	if err := b.Route(trunk("PCMA")); !errors.Is(err, sdp.ErrOpen) {
		t.Errorf("while the first may answer: %v", err)
	}
	b.TrunkRollback()
	wantCode(t, b.Route(trunk("PCMU", "G722")), "no_common_codec")
	if err := b.Route(trunk("PCMU", "PCMA")); err != nil {
		t.Fatal(err)
	}
	if second := offerTrunk(t, b, sdp.Keep); formats(second, 0) != "8 101" || formats(first, 0) != "8 101" {
		t.Errorf("first %+v, then %+v", first, second)
	}
	if err := b.TrunkAccept("x", offerOf("m=audio 6000 RTP/AVP 8")); err != nil {
		t.Fatal(err)
	}
	if err := b.Route(trunk("PCMA")); err == nil {
		t.Error("another trunk after one has answered")
	}
}

// TestLateOfferBeforeAnyAgent holds that a queue that answers at once can offer too; the agent then gets the codec that was answered.
func TestLateOfferBeforeAnyAgent(t *testing.T) {
	b := sdp.NewBridge(trunk("PCMA"))
	if err := b.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	offerTrunk(t, b, sdp.Keep)
	if err := b.TrunkAccept("", offerOf("m=audio 6000 RTP/AVP 8")); err != nil {
		t.Fatal(err)
	}
	leg, s := offerAgent(t, b)
	if formats(s, 0) != "8" {
		t.Errorf("got %q, want 8: the trunk took no events", formats(s, 0))
	}
	if _, err := leg.Answer(browser("active", "8")); err != nil {
		t.Fatal(err)
	}
	connect(t, b, leg)
}
