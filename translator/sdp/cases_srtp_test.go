package sdp_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"offhook/translator/sdp"
)

const (
	crypto80  = "AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
	crypto32  = "AES_CM_128_HMAC_SHA1_32 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
	cryptoGCM = "AEAD_AES_128_GCM inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nw=="
	cryptoBig = "AEAD_AES_256_GCM inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM="
	savp      = "m=audio 6000 RTP/SAVP 8"
	avp       = "m=audio 6000 RTP/AVP 8"
)

// secured is trunkLocal with random material, which here counts up.
var secured = func() sdp.TrunkLocal {
	l := trunkLocal
	for i := range l.Secret {
		l.Secret[i] = byte(i + 1)
	}
	return l
}()

func srtp(mode sdp.SRTPMode) sdp.TrunkPolicy {
	p := trunk()
	p.SRTP = mode
	return p
}

// inline is our key of a suite as it is written.
func inline(s sdp.Suite) string { return base64.StdEncoding.EncodeToString(secured.Key(s).Octets()) }

// TestS12S13S14OfferedKeys holds which offers are answered how in each mode.
func TestS12S13S14OfferedKeys(t *testing.T) {
	rows := []struct {
		name     string
		modes    string // o, p (optional), r (required)
		sections []string
		warning  int // of the refusal, 0 when answered
		proto    string
		tag      int
		suite    sdp.Suite
	}{
		{"S12 off", "o", []string{savp, "a=crypto:7 " + crypto80}, 302, "", 0, 0},
		{"S12 on", "pr", []string{savp, "a=crypto:7 " + crypto80}, 0, "RTP/SAVP", 7, sdp.AESCM80},
		{"SAVPF", "pr", []string{"m=audio 6000 RTP/SAVPF 8", "a=crypto:1 " + crypto32}, 0, "RTP/SAVPF", 1, sdp.AESCM32},
		{"GCM", "pr", []string{savp, "a=crypto:1 " + cryptoGCM}, 0, "RTP/SAVP", 1, sdp.GCM128},
		{"GCM 256", "pr", []string{savp, "a=crypto:1 " + cryptoBig}, 0, "RTP/SAVP", 1, sdp.GCM256},
		{"S13 unknown first", "pr", []string{savp, "a=crypto:1 F8_128_HMAC_SHA1_80 inline:x", "a=crypto:2 " + crypto80}, 0, "RTP/SAVP", 2, sdp.AESCM80},
		{"S13 both bad", "pr", []string{savp, "a=crypto:1 F8_128_HMAC_SHA1_80 inline:x", "a=crypto:2 " + crypto80 + "AA"}, 399, "", 0, 0},
		{"SAVP without keys", "pr", []string{savp}, 399, "", 0, 0},
		{"S14 off", "o", []string{avp, "a=crypto:1 " + crypto80}, 0, "RTP/AVP", 0, 0},
		{"S14 on", "pr", []string{avp, "a=crypto:1 " + crypto80}, 0, "RTP/AVP", 1, sdp.AESCM80},
		{"plain", "op", []string{avp}, 0, "RTP/AVP", 0, 0},
		{"plain where it must be secured", "r", []string{avp}, 399, "", 0, 0},
		{"keys that cannot be used, beside AVP", "p", []string{avp, "a=crypto:1 " + crypto80 + " UNENCRYPTED_SRTP"}, 0, "RTP/AVP", 0, 0},
	}
	for _, r := range rows {
		for _, letter := range r.modes {
			t.Run(r.name+" "+string(letter), func(t *testing.T) {
				b := sdp.NewBridge(srtp(sdp.SRTPMode(strings.IndexRune("opr", letter))))
				err := b.TrunkOffer(offerOf(r.sections...))
				if r.warning != 0 {
					wantError(t, err, "bad_sdp", 488, r.warning)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				text, err := b.TrunkAnswer(secured)
				if err != nil {
					t.Fatal(err)
				}
				want := ""
				if r.suite != 0 {
					want = fmt.Sprintf("a=crypto:%d %s inline:%s\r\n", r.tag, r.suite, inline(r.suite))
				}
				if sec := parse(t, text).Sections[0]; sec.Proto != r.proto || !strings.Contains(string(text), want) || sec.Crypto > 0 != (want != "") {
					t.Errorf("want %s with %q, got\n%s", r.proto, want, text)
				}
				if k := b.TrunkRemote().Key; k.Suite != r.suite || k.Tag != r.tag || r.suite != 0 && !strings.HasPrefix(string(k.Octets()), "0123456789") {
					t.Errorf("got suite %s tag %d", k.Suite, k.Tag)
				}
			})
		}
	}
}

// TestS13CryptoLines holds which lines can be used, by RFC 4568 §9.1 and §6.
func TestS13CryptoLines(t *testing.T) {
	key := "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
	rows := map[string]bool{
		"1 " + crypto80: true,
		"1 aes_cm_128_hmac_sha1_80 INLINE:" + key:       true,
		"999999999 " + crypto80:                         true,
		"1 " + crypto80 + "|2^31":                       true,
		"1 " + crypto80 + "|1048576 KDR=2 WSH=64":       true,
		"1 " + crypto80 + " FEC_ORDER=FEC_SRTP":         true,
		"1 " + crypto80 + " -x=1":                       true,
		"1  " + crypto80:                                true,
		"1 " + cryptoGCM:                                true,
		"1 " + strings.TrimRight(cryptoGCM, "="):        true,
		"1 " + strings.TrimRight(cryptoBig, "="):        true,
		"1 " + crypto80 + "|2^20|1:4":                   false, // MKI
		"1 " + crypto80 + "|1:4":                        false,
		"1 " + crypto80 + ";inline:" + key:              false, // two keys
		"1 " + crypto80 + " UNENCRYPTED_SRTP":           false,
		"1 " + crypto80 + " UNENCRYPTED_SRTCP":          false,
		"1 " + crypto80 + " UNAUTHENTICATED_SRTP":       false,
		"1 " + crypto80 + " unknown=1":                  false,
		"x " + crypto80:                                 false,
		"-1 " + crypto80:                                false,
		"1000000000 " + crypto80:                        false,
		crypto80:                                        false,
		"1 AES_CM_128_HMAC_SHA1_80 " + key:              false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key[:36]:  false, // 27 octets
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + key: false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:*" + key[1:]:  false,
		"1 AEAD_AES_128_GCM inline:" + key:              false, // 30 octets for 28
		"1 AES_256_CM_HMAC_SHA1_80 inline:" + key:       false,
		"1 NULL_HMAC_SHA1_80 inline:" + key:             false,
		"1 AES_CM_128_HMAC_SHA1_80":                     false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:":             false,
		"1":                                             false, "": false,
	}
	for line, usable := range rows {
		s := parse(t, offerOf(savp, "a=crypto:"+line))
		if got := len(s.Sections[0].Keys) == 1; got != usable || s.Sections[0].Crypto != 1 {
			t.Errorf("%q: usable %v, want %v", line, got, usable)
		}
	}
	s := parse(t, offerOf(savp, "a=crypto:1 "+crypto80, "a=crypto:1 "+crypto32, "a=crypto:2 "+crypto32))
	if k := s.Sections[0].Keys; len(k) != 2 || k[0].Suite != sdp.AESCM80 || k[1].Tag != 2 {
		t.Errorf("a repeated tag: %v", k)
	}
}

func TestS15BestEffortPairBySetting(t *testing.T) {
	pair := offerOf(avp, savp, "a=crypto:1 "+crypto80)
	for mode, want := range map[sdp.SRTPMode]int{sdp.SRTPOff: 0, sdp.SRTPOptional: 1, sdp.SRTPRequired: 1} {
		b := call(t, srtp(mode), pair)
		text, err := b.TrunkAnswer(secured)
		if err != nil {
			t.Fatal(err)
		}
		for i, sec := range parse(t, text).Sections {
			if (sec.Port != 0) != (i == want) || (sec.Crypto > 0) != (i == want && mode != sdp.SRTPOff) {
				t.Errorf("mode %d: section %d has port %d and %d keys", mode, i, sec.Port, sec.Crypto)
			}
		}
	}
	b := call(t, srtp(sdp.SRTPOptional), offerOf(avp, "m=audio 7000 RTP/SAVP 8", "a=crypto:1 "+crypto80))
	if text, err := b.TrunkAnswer(secured); err != nil || parse(t, text).Sections[0].Port == 0 {
		t.Errorf("another stream was taken for the double: %v\n%s", err, text)
	}
}

// dialSecured is a call placed on a trunk with SRTP.
func dialSecured(t testing.TB, p sdp.TrunkPolicy) (*sdp.Bridge, *sdp.AgentLeg, *sdp.Session, string) {
	t.Helper()
	b := sdp.NewBridge(p)
	leg, err := b.Dial(chromeOffer())
	if err != nil {
		t.Fatal(err)
	}
	text, err := b.OfferTrunk(secured, sdp.Keep)
	if err != nil {
		t.Fatal(err)
	}
	return b, leg, parse(t, text), string(text)
}

func TestSRTPOffers(t *testing.T) {
	rows := []struct {
		mode       sdp.SRTPMode
		savp, avpf bool
		want       string
		keys       int
	}{
		{sdp.SRTPOff, true, false, "RTP/AVP", 0},
		{sdp.SRTPOff, false, true, "RTP/AVPF", 0},
		{sdp.SRTPOptional, false, false, "RTP/AVP", 3},
		{sdp.SRTPOptional, true, false, "RTP/SAVP", 3},
		{sdp.SRTPRequired, false, true, "RTP/SAVPF", 3},
	}
	for _, r := range rows {
		p := srtp(r.mode)
		p.SAVP, p.AVPF = r.savp, r.avpf
		_, _, s, text := dialSecured(t, p)
		if sec := s.Sections[0]; sec.Proto != r.want || len(sec.Keys) != r.keys {
			t.Errorf("mode %d: got %s with %d keys", r.mode, sec.Proto, len(sec.Keys))
		}
		for i, suite := range []sdp.Suite{sdp.AESCM80, sdp.GCM128, sdp.GCM256}[:r.keys] {
			if want := fmt.Sprintf("a=crypto:%d %s inline:%s\r\n", i+1, suite, inline(suite)); !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}
	b := sdp.NewBridge(srtp(sdp.SRTPOptional))
	if _, err := b.Dial(chromeOffer()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.OfferTrunk(trunkLocal, sdp.Keep); err == nil {
		t.Error("keys of nothing were offered")
	}
}

func TestSRTPAnswers(t *testing.T) {
	rows := []struct {
		name     string
		mode     sdp.SRTPMode
		sections []string
		good     bool
		suite    sdp.Suite
	}{
		{"the line's tag and suite", sdp.SRTPOptional, []string{avp, "a=crypto:2 " + cryptoGCM}, true, sdp.GCM128},
		{"plain to plain with keys", sdp.SRTPOptional, []string{avp}, true, 0},
		{"plain where it must be secured", sdp.SRTPRequired, []string{avp}, false, 0},
		{"secured", sdp.SRTPRequired, []string{savp, "a=crypto:1 " + crypto80}, true, sdp.AESCM80},
		{"the profile of the other kind, with a key", sdp.SRTPOptional, []string{savp, "a=crypto:1 " + crypto80}, true, sdp.AESCM80},
		{"a tag of ours with another suite", sdp.SRTPOptional, []string{avp, "a=crypto:1 " + cryptoGCM}, false, 0},
		{"a tag that is not ours", sdp.SRTPRequired, []string{savp, "a=crypto:9 " + crypto80}, false, 0},
		{"a suite that was not offered", sdp.SRTPRequired, []string{savp, "a=crypto:1 " + crypto32}, false, 0},
		{"no key", sdp.SRTPRequired, []string{savp}, false, 0},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b, _, _, _ := dialSecured(t, srtp(r.mode))
			err := b.TrunkAccept("a", offerOf(r.sections...))
			if !r.good {
				wantCode(t, err, "bad_sdp")
				return
			}
			if err != nil || b.TrunkRemote().Key.Suite != r.suite {
				t.Errorf("got %v, suite %s; want %s", err, b.TrunkRemote().Key.Suite, r.suite)
			}
		})
	}
}

// TestI14LateOfferOfASecuredTrunk holds that a 2xx offers keys like an INVITE.
func TestI14LateOfferOfASecuredTrunk(t *testing.T) {
	b := sdp.NewBridge(srtp(sdp.SRTPRequired))
	if err := b.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	text, err := b.OfferTrunk(secured, sdp.Keep)
	if err != nil {
		t.Fatal(err)
	}
	if sec := parse(t, text).Sections[0]; sec.Proto != "RTP/SAVP" || len(sec.Keys) != 3 {
		t.Errorf("got %s with %d keys", sec.Proto, len(sec.Keys))
	}
	wantCode(t, b.TrunkAccept("", offerOf("m=audio 6000 RTP/AVP 8")), "bad_sdp")
	if err := b.TrunkAccept("", offerOf("m=audio 6000 RTP/SAVP 8", "a=crypto:3 "+cryptoBig)); err != nil || b.TrunkRemote().Key.Suite != sdp.GCM256 {
		t.Errorf("got %v, suite %s", err, b.TrunkRemote().Key.Suite)
	}
}

// TestSRTPKeysOverTime holds RFC 4568 §7.1.4: ours stays for the life of the dialog and changes with the suite; theirs is told anew.
func TestSRTPKeysOverTime(t *testing.T) {
	b := call(t, srtp(sdp.SRTPOptional), offerOf(savp, "a=crypto:7 "+crypto80))
	first, err := b.TrunkAnswer(secured)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.OfferTrunk(secured, sdp.Keep); err != nil || string(again) != string(first) {
		t.Errorf("a refresh says %v\n%s", err, again)
	}
	accept(t, b, offerOf(savp, "a=crypto:7 "+crypto80))
	held, err := b.OfferTrunk(secured, sdp.Hold)
	if err != nil || !strings.Contains(string(held), "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"+inline(sdp.AESCM80)+"\r\n") {
		t.Errorf("hold says %v\n%s", err, held)
	}
	before := b.TrunkRemote().Key
	accept(t, b, offerOf(savp, "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"+strings.Repeat("QUJD", 10), "a=recvonly"))
	if b.TrunkRemote().Key == before {
		t.Error("the far side's new key is not told")
	}
	if err := b.TrunkOffer(offerOf(savp, "a=crypto:1 "+cryptoGCM)); err != nil {
		t.Fatal(err)
	}
	other, err := b.TrunkAnswer(secured)
	if err != nil || !strings.Contains(string(other), "a=crypto:1 AEAD_AES_128_GCM inline:"+inline(sdp.GCM128)+"\r\n") || strings.HasPrefix(inline(sdp.GCM128), inline(sdp.AESCM80)[:8]) {
		t.Errorf("another suite: %v\n%s", err, other)
	}
}

// TestPlainAnswerStaysPlain holds RFC 8643 §3: who answered without keys is not offered keys again in that call.
func TestPlainAnswerStaysPlain(t *testing.T) {
	b, _, _, _ := dialSecured(t, srtp(sdp.SRTPOptional))
	accept(t, b, offerOf(avp))
	if s := offerTrunk(t, b, sdp.Hold); s.Sections[0].Crypto != 0 || s.Sections[0].Proto != "RTP/AVP" {
		t.Errorf("got %+v", s.Sections[0])
	}
}

// TestSecurityKeysAreNotPrinted holds that no way to format our facts shows a key.
func TestSecurityKeysAreNotPrinted(t *testing.T) {
	b := call(t, srtp(sdp.SRTPOptional), offerOf(savp, "a=crypto:7 "+crypto80))
	key := b.TrunkRemote().Key
	for _, v := range []any{secured, &secured, secured.Secret, secured.Key(sdp.GCM256), b.TrunkRemote(), key, key.Master} {
		texts := []string{asJSON(v)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			texts = append(texts, fmt.Sprintf(verb, v))
		}
		var out strings.Builder
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		for _, text := range append(texts, out.String()) {
			for _, shown := range []string{"49 50", "49,50", "0x31, 0x32", "0123456789", "30313233", "49, 50", "0x5, 0x6", "5 6 7", "5,6,7", "05060708", "\x05\x06"} {
				if strings.Contains(text, shown) {
					t.Errorf("%T is shown: %s", v, text)
				}
			}
		}
	}
	_, err := b.TrunkAnswer(trunkLocal)
	if err == nil || strings.Contains(err.Error(), "inline") {
		t.Errorf("got %v", err)
	}
}

func TestRTCPMuxOnTrunks(t *testing.T) {
	p := trunk()
	for _, on := range []bool{false, true} {
		p.RTCPMux = on
		b := call(t, p, offerOf("m=audio 6000 RTP/AVP 8", "a=rtcp-mux", "a=rtcp:6001"))
		if sec := trunkAnswer(t, b).Sections[0]; sec.RTCPMux != on || b.TrunkRemote().Mux != on || (b.TrunkRemote().RTCP.Port() == 6000) != on {
			t.Errorf("on %v: answered %v, RTCP to %s", on, sec.RTCPMux, b.TrunkRemote().RTCP)
		}
		b, _, s := dial(t, p, chromeOffer())
		accept(t, b, offerOf("m=audio 6000 RTP/AVP 8", "a=rtcp-mux"))
		if s.Sections[0].RTCPMux != on || b.TrunkRemote().Mux != on {
			t.Errorf("on %v: offered %v, %+v", on, s.Sections[0].RTCPMux, b.TrunkRemote())
		}
	}
	b := call(t, p, offerOf("m=audio 6000 RTP/AVP 8"))
	if trunkAnswer(t, b).Sections[0].RTCPMux {
		t.Error("answered though it was not offered")
	}
	b, _, _ = dial(t, p, chromeOffer())
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8"))
	if r := b.TrunkRemote(); r.Mux || r.RTCP.Port() != 6001 {
		t.Errorf("got %+v though it was not answered", r)
	}
	hold := offerTrunk(t, b, sdp.Hold)
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8", "a=rtcp-mux", "a=recvonly"))
	if hold.Sections[0].RTCPMux || b.TrunkRemote().Mux {
		t.Errorf("offered %v within the call, took %v that was not offered", hold.Sections[0].RTCPMux, b.TrunkRemote().Mux)
	}
	b = call(t, p, offerOf("m=audio 6000 RTP/AVP 8", "a=rtcp-mux", "b=RS:0", "b=RR:0"))
	if r := b.TrunkRemote(); r.RTCP.IsValid() {
		t.Errorf("sends RTCP to %s, which wants none", r.RTCP)
	}
}
