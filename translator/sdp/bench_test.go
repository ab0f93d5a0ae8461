package sdp_test

import (
	"strconv"
	"testing"

	"offhook/translator/sdp"
)

// BenchmarkParse reads a browser's offer.
func BenchmarkParse(b *testing.B) {
	text := browser("actpass", "111 63 9 0 8 13 110 126", chromeMaps...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sdp.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCall does all that an inbound call needs: offer, offer to the agent, his answer, answer, numbers.
func BenchmarkCall(b *testing.B) {
	answer := browser("active", "8 0 101", "a=rtpmap:101 telephone-event/8000")
	b.ReportAllocs()
	for b.Loop() {
		bridge := sdp.NewBridge(trunk())
		if err := bridge.TrunkOffer(plainOffer); err != nil {
			b.Fatal(err)
		}
		leg, _, err := bridge.OfferAgent(agentLocal)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := leg.Answer(answer); err != nil {
			b.Fatal(err)
		}
		if _, err := bridge.TrunkAnswer(trunkLocal); err != nil {
			b.Fatal(err)
		}
		if _, err := bridge.Connect(leg); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDial does all that a placed call needs: the browser's offer, ours, the trunk's answer, ours, numbers.
func BenchmarkDial(b *testing.B) {
	offer := chromeOffer()
	b.ReportAllocs()
	for b.Loop() {
		bridge := sdp.NewBridge(trunk())
		leg, err := bridge.Dial(offer)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := bridge.OfferTrunk(trunkLocal, sdp.Keep); err != nil {
			b.Fatal(err)
		}
		if err := bridge.TrunkAccept("a", plainOffer); err != nil {
			b.Fatal(err)
		}
		if _, _, err := leg.AnswerDial(agentLocal); err != nil {
			b.Fatal(err)
		}
		if _, err := bridge.Connect(leg); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHold does a hold and a resume that the trunk is told of.
func BenchmarkHold(b *testing.B) {
	bridge := talking(b)
	held, back := means("recvonly"), means("sendrecv")
	b.ReportAllocs()
	for b.Loop() {
		change, answer := sdp.Hold, held
		for range 2 {
			if _, err := bridge.OfferTrunk(trunkLocal, change); err != nil {
				b.Fatal(err)
			}
			if err := bridge.TrunkAccept("", answer); err != nil {
				b.Fatal(err)
			}
			change, answer = sdp.Resume, back
		}
	}
}

// BenchmarkWorst reads what costs the most within the limits: many formats, many rtpmaps that are no use.
func BenchmarkWorst(b *testing.B) {
	section := "m=audio 1 RTP/AVP"
	for pt := range 128 {
		section += " " + strconv.Itoa(127-pt)
	}
	sections := make([]string, 0, 500)
	for range 50 {
		sections = append(sections, section)
	}
	for pt := range 440 {
		sections = append(sections, "a=rtpmap:"+strconv.Itoa(pt%128)+" x/1")
	}
	text := offerOf(sections...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := sdp.NewBridge(trunk()).TrunkOffer(text); len(text) > sdp.MaxBytes {
			b.Fatal(len(text), err)
		}
	}
}
