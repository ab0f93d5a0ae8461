package sdp_test

// The table of what crosses from one world to the other, item by item, as offers and as answers. Items that need more than a line have tests of
// their own, which the rows name.

import (
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// said is what one side's descriptions say and what the other side then gets: lines it must have, and text that it must not.
type said struct {
	lines       []string // added to the description, or "old→new"
	want, never []string
}

var conversion = []struct {
	item    string
	browser said // from the browser to the trunk
	trunk   said // from the trunk to the browser
}{
	{"v s t, i u e p r z k",
		said{[]string{"s=-→s=x1\r\ni=x2\r\nu=x3\r\ne=x4\r\np=x5\r\nr=x6\r\nz=x7\r\nk=x8", "t=0 0→t=1 2"}, []string{"v=0", "s=-", "t=0 0"}, []string{"=x", "t=1"}},
		said{[]string{"s=-→s=x1\r\ni=x2\r\nu=x3\r\ne=x4\r\np=x5\r\nr=x6\r\nz=x7\r\nk=x8", "t=0 0→t=1 2"}, []string{"v=0", "s=-", "t=0 0"}, []string{"=x", "t=1"}}},
	{"o=", // its version: TestVersionRisesWithTheText, TestD04RefusedHoldIsUndone, TestD06RefreshChangesNothing
		said{[]string{"o=- 1 2 IN IP4 127.0.0.1→o=me 77 99 IN IP4 198.51.100.77"}, []string{"o=- 2305 1 IN IP4 203.0.113.5"}, []string{"me", "77", "99"}},
		said{[]string{"o=pbx 81 81→o=me 77 99"}, []string{"o=- 4611 1 IN IP4 203.0.113.5"}, []string{"me 77", "99"}}},
	{"c=", // zero, names, networks: TestH01, TestSecurityForgery
		said{[]string{"c=IN IP4 0.0.0.0→c=IN IP4 198.51.100.77"}, []string{"c=IN IP4 203.0.113.5\r\nt=0 0"}, []string{"198.51.100.77"}},
		said{nil, []string{"c=IN IP4 203.0.113.5\r\na=rtpmap"}, []string{"192.0.2.10"}}},
	{"m=",
		said{[]string{"m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1"}, []string{"m=audio 40002 RTP/AVP "}, []string{"video"}},
		said{nil, []string{"m=audio 40000 "}, []string{"6000"}}},
	{"profile", // TestSRTPOffers, TestTrunkAnswerRepeatsTheProfile
		said{nil, []string{"m=audio 40002 RTP/AVP "}, nil},
		said{nil, []string{"m=audio 40000 UDP/TLS/RTP/SAVPF "}, nil}},
	{"profile of old browsers",
		said{[]string{"UDP/TLS/RTP/SAVPF→RTP/SAVPF"}, []string{"m=audio 40002 RTP/AVP "}, nil},
		said{}},
	{"rtpmap, fmt list", // TestW02, TestW03, TestAnswersByName, TestS03
		said{nil, []string{"a=rtpmap:8 PCMA/8000"}, nil},
		said{nil, []string{"a=rtpmap:8 PCMA/8000"}, nil}},
	{"fmtp of opus: TestFmtpOfOpus; of others",
		said{[]string{"a=fmtp:8 x=1"}, nil, []string{"fmtp:8", "x=1"}},
		said{[]string{"a=fmtp:8 x=1"}, nil, []string{"fmtp:8", "x=1"}}},
	{"fmtp of telephone-event",
		said{nil, []string{"telephone-event/8000"}, []string{"66"}},
		said{[]string{"a=fmtp:101 0-11,66"}, []string{"telephone-event/8000"}, []string{"66"}}},
	{"ptime, maxptime",
		said{[]string{"a=ptime:30", "a=maxptime:60"}, []string{"a=ptime:30", "a=maxptime:60"}, nil},
		said{[]string{"a=ptime:40", "a=maxptime:80"}, []string{"a=ptime:40", "a=maxptime:80"}, nil}},
	{"ptime that cannot be passed",
		said{[]string{"a=ptime:200"}, nil, []string{"ptime"}},
		said{[]string{"a=ptime:5"}, nil, []string{"ptime"}}},
	{"direction of the trunk", // TestH01AnswersWhileHoldingAndNot, TestOurOffers
		said{},
		said{[]string{"a=sendonly"}, []string{"a=sendrecv"}, nil}},
	{"direction of a browser", // TestRestartOfABrowserThatIsQuietIsAnsweredInKind, TestDialOfAQuietBrowser
		said{nil, []string{"a=sendrecv"}, nil},
		said{}},
	{"ICE",
		said{[]string{"a=candidate:1 1 udp 1 198.51.100.77 9 typ host", "a=candidate:2 2 udp 1 3c8b.local 9 typ host", "a=end-of-candidates", "a=ice-options:trickle",
			"a=remote-candidates:1 1.2.3.4 5", "a=ice-mismatch"}, nil, []string{"ice", "candidate", "198.51.100.77", "abcd"}},
		said{[]string{"a=ice-ufrag:x1", "a=ice-pwd:x2", "a=candidate:1 1 udp 1 198.51.100.77 9 typ host", "a=ice-options:trickle ice2"},
			[]string{"a=ice-lite", "a=ice-ufrag:ourUfrag", "a=ice-pwd:ourPasswordOfTwentyTwo", "a=candidate:1 1 udp 2130706431 203.0.113.5 40000 typ host", "a=end-of-candidates"},
			[]string{"trickle", "198.51.100.77", "x1", "x2"}}},
	{"fingerprint, setup, tls-id, identity", // TestW05W06W07, TestW07, TestW09
		said{[]string{"a=tls-id:x1", "a=identity:x2"}, nil, []string{"fingerprint", "setup", "x1", "x2"}},
		said{[]string{"a=tls-id:x1", "a=identity:x2", "a=setup:active"}, []string{"a=fingerprint:sha-256 A1:", "a=setup:"}, []string{"x1", "x2", "setup:active"}}},
	{"crypto", // TestW06, TestS12S13S14
		said{[]string{"a=crypto:1 " + crypto80}, nil, []string{"crypto"}},
		said{[]string{"a=crypto:1 " + crypto80}, nil, []string{"crypto"}}},
	{"rtcp-mux", // TestRTCPMuxOnTrunks, TestW05
		said{[]string{"a=rtcp-mux-only"}, nil, []string{"rtcp-mux"}},
		said{[]string{"a=rtcp-mux"}, []string{"a=rtcp-mux"}, []string{"mux-only"}}},
	{"rtcp, rtcp-rsize, rtcp-xr", // TestS06
		said{[]string{"a=rtcp-rsize", "a=rtcp-xr:x1"}, nil, []string{"rtcp"}},
		said{[]string{"a=rtcp:39279", "a=rtcp-rsize", "a=rtcp-xr:x1"}, nil, []string{"a=rtcp:", "rsize", "xr"}}},
	{"BUNDLE, mid, bundle-only, LS", // TestW04, TestW09
		said{[]string{"a=bundle-only", "BUNDLE 0→BUNDLE 0 x1\r\na=group:LS 0"}, nil, []string{"group", "mid", "bundle"}},
		said{[]string{"a=mid:x1", "a=group:BUNDLE x1"}, []string{"a=group:BUNDLE 0", "a=mid:0"}, []string{"x1", "group:LS"}}},
	{"ssrc, ssrc-group, cname, msid, msid-semantic",
		said{[]string{"a=ssrc:77 cname:x1", "a=ssrc-group:FID 77 78", "a=msid:x1 x2", "a=msid-semantic:WMS x1"}, nil, []string{"ssrc", "msid", "cname", "x1"}},
		said{[]string{"a=ssrc:77 cname:x1", "a=ssrc-group:FID 77 78", "a=msid:x1 x2"}, []string{"a=msid:- audio0", "a=ssrc:4242 cname:c"}, []string{"ssrc:77", "x1", "group:FID"}}},
	{"extmap, extmap-allow-mixed",
		said{[]string{"a=extmap:1 urn:x1", "a=extmap-allow-mixed"}, nil, []string{"extmap"}},
		said{[]string{"a=extmap:1 urn:x1"}, nil, []string{"extmap"}}},
	{"rtcp-fb",
		said{[]string{"a=rtcp-fb:8 transport-cc"}, nil, []string{"rtcp-fb"}},
		said{[]string{"a=rtcp-fb:* nack"}, nil, []string{"rtcp-fb"}}},
	{"rid, simulcast, framerate, imageattr, fid",
		said{[]string{"a=rid:x1 send", "a=simulcast:send x1", "a=framerate:30", "a=imageattr:* send *", "a=group:FID 0"}, nil, []string{"x1", "simulcast", "framerate", "imageattr", "FID"}},
		said{[]string{"a=rid:x1 send", "a=simulcast:send x1", "a=framerate:30", "a=imageattr:* send *", "a=group:FID 0"}, nil, []string{"x1", "simulcast", "framerate", "imageattr", "FID"}}},
	{"red, rtx, ulpfec, flexfec", // CN: TestComfortNoiseOnlyWhereBothHaveIt, TestW01
		said{[]string{"SAVPF 8→SAVPF 63 64 65 66 8", "a=rtpmap:63 red/8000", "a=rtpmap:64 rtx/8000", "a=rtpmap:65 ulpfec/8000", "a=rtpmap:66 flexfec-03/8000"}, nil, []string{"red", "rtx", "fec"}},
		said{[]string{"AVP 8→AVP 97 98 99 8", "a=rtpmap:97 red/8000", "a=rtpmap:98 rtx/8000", "a=rtpmap:99 ulpfec/8000"}, nil, []string{"red/", "rtx", "fec"}}},
	{"b=", // RS:0 RR:0: TestS06
		said{[]string{"b=AS:12", "b=TIAS:9000", "b=RS:0"}, nil, []string{"b="}},
		said{[]string{"b=AS:12", "b=CT:9", "b=RR:0"}, nil, []string{"b="}}},
	{"silenceSupp, label, content, X-, cisco-, alt, nortpproxy, unknown",
		said{[]string{"a=silenceSupp:off - - - -", "a=label:x1", "a=content:x1", "a=X-x1", "a=zz:x1"}, nil, []string{"silence", "x1", "zz"}},
		said{[]string{"a=silenceSupp:off - - - -", "a=label:x1", "a=content:x1", "a=X-x1", "a=cisco-x:x1", "a=alt:1 x1", "a=nortpproxy:yes"}, nil, []string{"silence", "x1", "cisco", "alt", "nortpproxy"}}},
	{"curr des conf",
		said{[]string{"a=curr:qos x1", "a=des:qos x1", "a=conf:qos x1"}, nil, []string{"qos"}},
		said{[]string{"a=curr:qos x1", "a=des:qos x1", "a=conf:qos x1"}, nil, []string{"qos"}}},
	{"tcap acap pcfg, anat, altc, ccap",
		said{[]string{"a=tcap:1 RTP/SAVP", "a=acap:1 x1", "a=pcfg:1 t=1 a=1"}, []string{" RTP/AVP "}, []string{"cap", "pcfg", "/SAVP"}},
		said{[]string{"a=tcap:1 RTP/SAVP", "a=acap:1 x1", "a=pcfg:1 t=1 a=1", "a=altc:1 IP6 2001:db8::1 9", "a=ccap:1 IP6 2001:db8::1 9", "a=group:ANAT 1 2"}, nil,
			[]string{"cap", "pcfg", "altc", "ANAT", "2001:db8"}}},
	{"IPv6", // TestS10, TestDialOverIPv6
		said{[]string{"c=IN IP4 0.0.0.0→c=IN IP6 2001:db8::77"}, []string{"c=IN IP4 203.0.113.5"}, []string{"IP6"}},
		said{[]string{"o=pbx 81 81 IN IP4 192.0.2.10→o=pbx 81 81 IN IP6 2001:db8::77"}, []string{"c=IN IP4 203.0.113.5"}, []string{"IP6"}}},
}

// TestConversionTable holds every row in the four descriptions that it is about: what the browser says as offer and as answer is what the
// trunk is told, and the other way.
func TestConversionTable(t *testing.T) {
	for _, r := range conversion {
		t.Run(r.item, func(t *testing.T) {
			b := sdp.NewBridge(trunk())
			leg, err := b.Dial(r.browser.to(browser("actpass", "8 101", event101)))
			if err != nil {
				t.Fatal(err)
			}
			text, err := b.OfferTrunk(trunkLocal, sdp.Keep)
			r.browser.check(t, "trunk's offer", text, err)
			if err := b.TrunkAccept("a", r.trunk.to(offerOf("m=audio 6000 RTP/AVP 8 101", event101))); err != nil {
				t.Fatal(err)
			}
			_, text, err = leg.AnswerDial(agentLocal)
			r.trunk.check(t, "browser's answer", text, err)

			b = call(t, trunk(), r.trunk.to(offerOf("m=audio 6000 RTP/AVP 8 101", event101)))
			leg, text, err = b.OfferAgent(agentLocal)
			r.trunk.check(t, "browser's offer", text, err)
			if _, err := leg.Answer(r.browser.to(browser("active", "8 101", event101))); err != nil {
				t.Fatal(err)
			}
			text, err = b.TrunkAnswer(trunkLocal)
			r.browser.check(t, "trunk's answer", text, err)
		})
	}
}

// to adds what is said to a description: replacements first, lines to its last section.
func (s said) to(text []byte) []byte {
	out := string(text)
	for _, l := range s.lines {
		if old, new, ok := strings.Cut(l, "→"); ok {
			out = strings.Replace(out, old, new, 1)
		} else {
			out += l + "\r\n"
		}
	}
	return []byte(out)
}

func (s said) check(t *testing.T, what string, text []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(what, err)
	}
	for _, w := range s.want {
		if !strings.Contains(string(text), w) {
			t.Errorf("the %s has no %q:\n%s", what, w, text)
		}
	}
	for _, n := range s.never {
		if strings.Contains(string(text), n) {
			t.Errorf("the %s has %q:\n%s", what, n, text)
		}
	}
}

// TestFmtpOfOpus holds which parameters of opus cross (RFC 7587 §6.1, §7), in the four descriptions.
func TestFmtpOfOpus(t *testing.T) {
	const params, want = "a=fmtp:96 zz=1;minptime=10; maxplaybackrate=16000;stereo=1;useinbandfec=1;maxaveragebitrate=20000;usedtx=1;cbr=1",
		"a=fmtp:96 maxplaybackrate=16000;stereo=1;useinbandfec=1;minptime=10;maxaveragebitrate=20000;usedtx=1"
	m := []string{"a=rtpmap:96 opus/48000/2", params}
	ours := said{want: []string{want}, never: []string{"zz", "cbr"}}
	b := sdp.NewBridge(trunk("opus"))
	if _, err := b.Dial(browser("actpass", "96", m...)); err != nil {
		t.Fatal(err)
	}
	text, err := b.OfferTrunk(trunkLocal, sdp.Keep)
	ours.check(t, "trunk's offer", text, err)
	b = call(t, trunk("opus"), offerOf(append([]string{"m=audio 6000 RTP/AVP 96"}, m...)...))
	leg, text, err := b.OfferAgent(agentLocal)
	ours.check(t, "browser's offer", text, err)
	if _, err := leg.Answer(browser("active", "96", m...)); err != nil {
		t.Fatal(err)
	}
	text, err = b.TrunkAnswer(trunkLocal)
	ours.check(t, "trunk's answer", text, err)

	b = sdp.NewBridge(trunk("opus"))
	leg, err = b.Dial(browser("actpass", "96", m[:1]...))
	if err != nil {
		t.Fatal(err)
	}
	offerTrunk(t, b, sdp.Keep)
	accept(t, b, offerOf(append([]string{"m=audio 6000 RTP/AVP 96"}, m...)...))
	_, text, err = leg.AnswerDial(agentLocal)
	ours.check(t, "browser's answer", text, err)
}

// TestFmtpIsTheReceiversWish holds that each side is told what the other asked for, never its own words (RFC 7587 §7, RFC 4733 §2.4.1).
func TestFmtpIsTheReceiversWish(t *testing.T) {
	theirs := []string{"a=rtpmap:96 opus/48000/2", "a=fmtp:96 stereo=1", "a=rtpmap:97 telephone-event/48000", "a=fmtp:97 3-15"}
	his := []string{"a=rtpmap:96 opus/48000/2", "a=fmtp:96 usedtx=1", "a=rtpmap:97 telephone-event/48000", "a=fmtp:97 0-9,16"}
	toTrunk := said{want: []string{"a=fmtp:96 usedtx=1\r\n"}, never: []string{"stereo"}}
	toBrowser := said{want: []string{"a=fmtp:96 stereo=1\r\n"}, never: []string{"usedtx"}}

	b := call(t, trunk("opus"), offerOf(append([]string{"m=audio 6000 RTP/AVP 96 97"}, theirs...)...))
	leg, text, err := b.OfferAgent(agentLocal)
	toBrowser.check(t, "browser's offer", text, err)
	if _, err := leg.Answer(browser("active", "96 97", his...)); err != nil {
		t.Fatal(err)
	}
	text, err = b.TrunkAnswer(trunkLocal)
	toTrunk.check(t, "trunk's answer", text, err)
	said{want: []string{"a=fmtp:97 3-9\r\n"}}.check(t, "trunk's answer", text, err)

	b = sdp.NewBridge(trunk("opus"))
	leg, err = b.Dial(browser("actpass", "96 97", his...))
	if err != nil {
		t.Fatal(err)
	}
	text, err = b.OfferTrunk(trunkLocal, sdp.Keep)
	toTrunk.check(t, "trunk's offer", text, err)
	accept(t, b, offerOf(append([]string{"m=audio 6000 RTP/AVP 96 97"}, theirs...)...))
	toBrowser.want = append(toBrowser.want, "a=fmtp:97 3-9\r\n") // what both have
	_, text, err = leg.AnswerDial(agentLocal)
	toBrowser.check(t, "browser's answer", text, err)
	text, err = b.OfferTrunk(trunkLocal, sdp.Hold)
	toTrunk.want = append(toTrunk.want, "a=fmtp:97 3-9\r\n")
	toTrunk.check(t, "trunk's hold", text, err)
}
