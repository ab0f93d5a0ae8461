package sdp_test

import (
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// The rows of section 2.2 for fingerprint and setup, as trunks have them where DTLS is on.

const udptls = "m=audio 6000 UDP/TLS/RTP/SAVP 8"

var (
	theirPrint = "a=fingerprint:SHA-256 " + strings.TrimSuffix(strings.Repeat("0b:", 32), ":")
	certified  = func() sdp.TrunkLocal {
		l := trunkLocal
		l.Fingerprint = agentLocal.Fingerprint
		return l
	}()
)

func dtls(codecs ...string) sdp.TrunkPolicy {
	p := trunk(codecs...)
	p.DTLS = true
	return p
}

// TestDTLSOffers holds which offers of a trunk are taken, and what of them: transport, role, fingerprint, RTCP.
func TestDTLSOffers(t *testing.T) {
	rows := []struct {
		name    string
		lines   []string
		warning int    // of the refusal, 0 when answered
		want    string // section of the answer
	}{
		{"roles left open", []string{udptls, theirPrint, "a=setup:actpass"}, 0, "UDP/TLS/RTP/SAVP 8"},
		{"the client", []string{udptls, theirPrint, "a=setup:active"}, 0, "UDP/TLS/RTP/SAVP 8"},
		{"no role: the client (RFC 4145 §4)", []string{udptls, theirPrint}, 0, "UDP/TLS/RTP/SAVP 8"},
		{"with feedback", []string{"m=audio 6000 UDP/TLS/RTP/SAVPF 8", theirPrint}, 0, "UDP/TLS/RTP/SAVPF 8"},
		{"an older profile with a fingerprint", []string{"m=audio 6000 RTP/SAVP 8", theirPrint}, 0, "RTP/SAVP 8"},
		{"beside keys, which are passed over", []string{"m=audio 6000 RTP/SAVP 8", theirPrint, "a=crypto:1 " + crypto80}, 0, "RTP/SAVP 8"},
		{"ICE, which is passed over", []string{udptls, theirPrint, "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=candidate:1 1 udp 1 192.0.2.77 9 typ host"}, 0, "UDP/TLS/RTP/SAVP 8"},
		{"sha-1 beside sha-256", []string{udptls, "a=fingerprint:sha-1 " + strings.TrimSuffix(strings.Repeat("0B:", 20), ":"), theirPrint}, 0, "UDP/TLS/RTP/SAVP 8"},
		{"plain beside it", []string{avp, udptls, theirPrint}, 0, "UDP/TLS/RTP/SAVP 8"},
		{"it wants to be the server", []string{udptls, theirPrint, "a=setup:passive"}, 399, ""},
		{"it has no connection", []string{udptls, theirPrint, "a=setup:holdconn"}, 399, ""},
		{"no fingerprint", []string{udptls, "a=setup:actpass"}, 399, ""},
		{"sha-1 alone", []string{udptls, "a=fingerprint:sha-1 " + strings.TrimSuffix(strings.Repeat("0B:", 20), ":")}, 399, ""},
		{"31 octets", []string{udptls, strings.TrimSuffix(theirPrint, ":0b")}, 399, ""},
		{"keys alone", []string{savp, "a=crypto:1 " + crypto80}, 399, ""},
		{"plain", []string{avp}, 302, ""},
		{"over TCP", []string{"m=audio 6000 TCP/DTLS/RTP/SAVPF 8", theirPrint}, 302, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p := dtls()
			p.SRTP = sdp.SRTPRequired // not looked at
			b := sdp.NewBridge(p)
			err := b.TrunkOffer(offerOf(r.lines...))
			if r.warning != 0 {
				wantError(t, err, "bad_sdp", 488, r.warning)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := b.TrunkAnswer(certified)
			if err != nil {
				t.Fatal(err)
			}
			if s := string(text); !strings.Contains(s, "m=audio 40002 "+r.want+"\r\n") || !strings.Contains(s, "a=setup:passive\r\na=fingerprint:sha-256 "+certified.Fingerprint+"\r\n") ||
				strings.Contains(s, "crypto") || strings.Contains(s, "ice-") || strings.Contains(s, "BUNDLE") || strings.Contains(s, "rtcp-mux") {
				t.Errorf("answered\n%s", s)
			}
			remote := b.TrunkRemote()
			if remote.Fingerprints == nil || len(*remote.Fingerprints) != 1 || (*remote.Fingerprints)[0].Hash != "sha-256" || (*remote.Fingerprints)[0].Value[31] != 0x0b {
				t.Errorf("got %v", remote.Fingerprints)
			}
			if remote.RTCP.IsValid() || remote.Mux || remote.Key.Suite != sdp.SuiteNone {
				t.Errorf("without rtcp-mux there is no RTCP, and no key is told: %+v", remote)
			}
		})
	}
}

// TestDTLSOff holds that a trunk without it refuses it as any transport that it does not know.
func TestDTLSOff(t *testing.T) {
	wantError(t, sdp.NewBridge(srtp(sdp.SRTPOptional)).TrunkOffer(offerOf(udptls, theirPrint)), "bad_sdp", 488, 302)
}

// TestDTLSOurOffers holds what we offer and which answers are taken.
func TestDTLSOurOffers(t *testing.T) {
	for _, r := range []struct {
		name   string
		lines  []string
		usable bool
	}{
		{"the client, with RTCP on one port", []string{udptls, theirPrint, "a=setup:active", "a=rtcp-mux"}, true},
		{"no role", []string{udptls, theirPrint, "a=rtcp-mux"}, true},
		{"roles left open", []string{udptls, theirPrint, "a=setup:actpass"}, false},
		{"the server", []string{udptls, theirPrint, "a=setup:passive"}, false},
		{"no fingerprint", []string{udptls, "a=setup:active"}, false},
		{"plain", []string{avp}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := sdp.NewBridge(dtls("PCMA"))
			if _, err := b.Dial(chromeOffer()); err != nil {
				t.Fatal(err)
			}
			if _, err := b.OfferTrunk(trunkLocal, sdp.Keep); err == nil {
				t.Error("offered without a certificate of ours")
			}
			text, err := b.OfferTrunk(certified, sdp.Keep)
			if err != nil || !strings.Contains(string(text), "m=audio 40002 UDP/TLS/RTP/SAVP 8 126\r\n") ||
				!strings.Contains(string(text), "a=rtcp-mux\r\na=setup:actpass\r\na=fingerprint:sha-256 "+certified.Fingerprint+"\r\n") || strings.Contains(string(text), "crypto") {
				t.Fatalf("%v\n%s", err, text)
			}
			err = b.TrunkAccept("a", offerOf(r.lines...))
			if (err == nil) != r.usable {
				t.Fatalf("got %v", err)
			}
			if remote := b.TrunkRemote(); r.usable && (!remote.Mux || remote.RTCP != remote.RTP || remote.Fingerprints == nil) {
				t.Errorf("got %+v", remote)
			}
		})
	}
	p := dtls()
	p.AVPF = true
	b := sdp.NewBridge(p)
	if err := b.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	if text, err := b.OfferTrunk(certified, sdp.Keep); err != nil || !strings.Contains(string(text), " UDP/TLS/RTP/SAVPF 8 101\r\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestDTLSOverTime holds that a hold keeps the roles open in offers and closed in answers, and that another fingerprint is told.
func TestDTLSOverTime(t *testing.T) {
	b := sdp.NewBridge(dtls())
	offer := func(lines ...string) {
		t.Helper()
		if err := b.TrunkOffer(offerOf(lines...)); err != nil {
			t.Fatal(err)
		}
	}
	answer := func() string {
		t.Helper()
		text, err := b.TrunkAnswer(certified)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	offer(udptls, theirPrint, "a=setup:actpass")
	first := answer()
	before := b.TrunkRemote()
	held, err := b.OfferTrunk(certified, sdp.Hold)
	if err != nil || !strings.Contains(string(held), "a=sendonly\r\na=setup:actpass\r\na=fingerprint:") {
		t.Fatalf("%v\n%s", err, held)
	}
	b.TrunkRollback()
	if b.TrunkRemote() != before {
		t.Error("what was taken back has changed something")
	}
	offer(udptls, theirPrint, "a=setup:active", "a=sendonly")
	if again := answer(); !strings.Contains(again, "a=recvonly\r\na=setup:passive\r\n") || again == first {
		t.Errorf("answered\n%s", again)
	}
	other := strings.Replace(theirPrint, "0b:0b", "0c:0c", 1)
	offer(udptls, other, "a=setup:actpass")
	answer()
	if got := *b.TrunkRemote().Fingerprints; got[0].Value[0] != 0x0c {
		t.Errorf("got %v", got)
	}
	wantError(t, b.TrunkOffer(offerOf(avp)), "bad_sdp", 488, 302)
}
