package sdp_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"offhook/translator/sdp"
)

// show prints the lines that begin with one of the prefixes.
func show(text []byte, prefixes ...string) {
	for l := range strings.Lines(string(text)) {
		for _, p := range prefixes {
			if strings.HasPrefix(l, p) {
				fmt.Println(strings.TrimSpace(l))
			}
		}
	}
}

// An agent calls out: the trunk chooses one codec, and the browser is answered in its own numbers.
func ExampleBridge_Dial() {
	b := sdp.NewBridge(sdp.TrunkPolicy{TrunkAddr: netip.MustParseAddr("192.0.2.10")})
	leg, err := b.Dial(browser("actpass", "9 0 8 126", "a=rtpmap:126 telephone-event/8000"))
	if err != nil {
		panic(err)
	}
	invite, _ := b.OfferTrunk(trunkLocal, sdp.Keep)
	show(invite, "m=")
	ok := offerOf("m=audio 6000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000")
	if err := b.TrunkAccept("to-tag", ok); errors.Is(err, sdp.ErrOtherCodec) {
		panic("only where forks answer")
	}
	_, answer, _ := leg.AnswerDial(agentLocal)
	show(answer, "m=")
	numbers, _ := b.Connect(leg)
	fmt.Println("the trunk's 101 goes to the browser as", numbers.ToAgent[101])
	// Output:
	// m=audio 40002 RTP/AVP 9 0 8 126
	// m=audio 40000 UDP/TLS/RTP/SAVPF 8 126
	// the trunk's 101 goes to the browser as 126
}

// The INVITE has no offer: browser and 2xx are offered one codec, the ACK answers.
func ExampleBridge_TrunkLate() {
	b := sdp.NewBridge(sdp.TrunkPolicy{TrunkAddr: netip.MustParseAddr("192.0.2.10"), LateCodec: "PCMA"})
	_ = b.TrunkLate()
	leg, toBrowser, _ := b.OfferAgent(agentLocal)
	show(toBrowser, "m=")
	_, _ = leg.Answer(asAnswer(toBrowser))
	ok, _ := b.OfferTrunk(trunkLocal, sdp.Keep)
	show(ok, "m=")
	err := b.TrunkAccept("", nil) // an ACK without answer
	fmt.Println(err)
	// Output:
	// m=audio 40000 UDP/TLS/RTP/SAVPF 8 101
	// m=audio 40002 RTP/AVP 8 101
	// sdp: no answer to our offer (488)
}

// The trunk is told of a hold, refuses it once, and takes it then.
func ExampleBridge_OfferTrunk() {
	b := sdp.NewBridge(sdp.TrunkPolicy{TrunkAddr: netip.MustParseAddr("192.0.2.10")})
	_ = b.TrunkOffer(offerOf("m=audio 6000 RTP/AVP 8"))
	_, _ = b.TrunkAnswer(trunkLocal)
	hold, _ := b.OfferTrunk(trunkLocal, sdp.Hold)
	show(hold, "o=", "a=send")
	fmt.Println("an INVITE meanwhile gets", b.MayTrunkOffer().(*sdp.Error).Status)
	b.TrunkRollback() // 491
	fmt.Printf("held by %q\n", b.HeldBy())
	_, _ = b.OfferTrunk(trunkLocal, sdp.Hold)
	_ = b.TrunkAccept("", offerOf("m=audio 6000 RTP/AVP 8", "a=recvonly"))
	fmt.Printf("held by %q\n", b.HeldBy())
	// Output:
	// o=- 2305 2 IN IP4 203.0.113.5
	// a=sendonly
	// an INVITE meanwhile gets 491
	// held by ""
	// held by "agent"
}

// SDES: the far side's key comes with the remote facts, ours is of the same suite for the life of the dialog.
func ExampleTrunkLocal_Key() {
	b := sdp.NewBridge(sdp.TrunkPolicy{TrunkAddr: netip.MustParseAddr("192.0.2.10"), SRTP: sdp.SRTPOptional})
	_ = b.TrunkOffer(offerOf("m=audio 6000 RTP/SAVP 8", "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"))
	answer, _ := b.TrunkAnswer(secured)
	show(answer, "m=", "a=crypto")
	theirs := b.TrunkRemote().Key
	ours := secured.Key(theirs.Suite)
	fmt.Println(theirs.Suite, len(theirs.Octets()), len(ours.Octets()), ours.Master)
	// Output:
	// m=audio 40002 RTP/SAVP 8
	// a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0e
	// AES_CM_128_HMAC_SHA1_80 30 30 (key)
}
