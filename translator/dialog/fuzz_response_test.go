package dialog

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// FuzzResponse feeds anything to a call that we placed, as responses to its INVITE and as requests in its dialog, with a call side that answers
// every offer. Nothing panics or grows, what is sent parses and goes to the trunk, no credentials go to another realm, and all of it has an end.
func FuzzResponse(f *testing.F) {
	head := "Via: VIA\r\nFrom: FROM\r\nTo: <sip:200@198.51.100.7>;tag=x\r\nCall-ID: CALLID\r\n"
	invite := head + "CSeq: 1 INVITE\r\nContact: <sip:200@198.51.100.9>\r\n"
	for _, seed := range []string{
		"SIP/2.0 183 Progress\r\n" + invite + "Require: 100rel\r\nRSeq: 1\r\nContent-Type: application/sdp\r\n\r\n" + answer,
		"SIP/2.0 200 OK\r\n" + invite + "Session-Expires: 90;refresher=uac\r\nRecord-Route: <sip:198.51.100.8;lr>, <sip:198.51.100.9>\r\nContent-Type: application/sdp\r\n\r\n" + answer,
		"SIP/2.0 407 No\r\n" + invite + "Proxy-Authenticate: Digest realm=\"pbx.example\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=SHA-256\r\n\r\n",
		"SIP/2.0 401 No\r\n" + invite + "WWW-Authenticate: Digest realm=\"evil.example\", nonce=\"n\"\r\n\r\n",
		"SIP/2.0 422 Small\r\n" + invite + "Min-SE: 4000000000\r\n\r\n",
		"SIP/2.0 420 No\r\n" + invite + "Unsupported: 100rel, timer, replaces, norefersub\r\n\r\n",
		"SIP/2.0 302 Moved\r\n" + invite + "Contact: <sip:a@198.51.100.9>;q=NaN, *, <sip:b@198.51.100.9;x=y?Z=1>;q=0.5\r\n\r\n",
		"UPDATE sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKu\r\nFrom: <sip:200@198.51.100.7>;tag=x\r\nTo: FROM\r\nCall-ID: CALLID\r\nCSeq: 5 UPDATE\r\nContent-Type: application/sdp\r\n\r\n" + offer,
		"REFER sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKr\r\nFrom: <sip:200@198.51.100.7>;tag=x\r\nTo: FROM\r\nCall-ID: CALLID\r\nCSeq: 6 REFER\r\nRefer-To: <sip:a@b?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n\r\n",
		"NOTIFY sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKn\r\nFrom: <sip:200@198.51.100.7>;tag=x\r\nTo: FROM\r\nCall-ID: CALLID\r\nCSeq: 7 NOTIFY\r\nEvent: refer\r\nSubscription-State: active\r\n\r\nSIP/2.0 180 R",
	} {
		f.Add(seed, seed)
		f.Add("SIP/2.0 200 OK\r\n"+invite+"Allow: UPDATE\r\nContent-Type: application/sdp\r\n\r\n"+answer, seed)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		s := newStage(t, withCredentials, referring, func(c *Config) { c.Trunks[0].Redirects = []string{"198.51.100.9"} })
		o := s.place()
		for _, text := range []string{first, second} {
			s.receive(filled(text, s.packets))
			s.react(o)
		}
		o.step(Reoffer{SDP: []byte(offer)})
		s.receive(filled(second, s.packets))
		s.react(o)
		o.step(Refer{Target: "sip:1@198.51.100.7"})
		s.receive(filled(second, s.packets))
		o.step(Info{Digit: "1"})
		o.step(Hangup{})
		s.pass(12 * time.Minute)
		s.receive(filled(first, s.packets))
		s.pass(2 * time.Minute)
		for _, p := range s.packets {
			if _, err := sip.ParseMessage(p.Data); err != nil {
				t.Errorf("sent what does not parse: %v\n%q", err, p.Data)
			}
			if !strings.HasPrefix(p.To.Addr().String(), "198.51.100.") {
				t.Errorf("sent to %v", p.To)
			}
			for _, a := range append(headers(p, "Authorization"), headers(p, "Proxy-Authorization")...) {
				if !strings.Contains(a, `realm="pbx.example"`) {
					t.Errorf("credentials for another realm: %s", a)
				}
			}
		}
		if s.v.Transactions() != 0 || s.v.Dialogs() != 0 || o.d.State() != StateTerminated {
			t.Errorf("left: %d dialogs, %d transactions, state %v", s.v.Dialogs(), s.v.Transactions(), o.d.State())
		}
		if len(s.packets) > 400 {
			t.Errorf("%d packets", len(s.packets))
		}
	})
}

// filled puts what names our newest INVITE into a text of the far side.
func filled(text string, sent []Packet) string {
	inv := sent[0]
	for _, p := range sent {
		if strings.HasPrefix(start(p), "INVITE ") {
			inv = p
		}
	}
	return strings.NewReplacer("VIA", header(inv, "Via"), "FROM", header(inv, "From"), "CALLID", header(inv, "Call-ID")).Replace(text)
}

// react answers what the call side was asked.
func (s *stage) react(o *owned) {
	for _, r := range o.reports {
		switch {
		case r.Offer || r.Kind == Reoffered:
			o.step(AnswerReoffer{SDP: []byte(answer)})
		case r.Kind == Referred:
			o.step(AcceptRefer{})
			o.step(ReferNews{Status: 180})
			o.step(ReferNews{Status: 200})
		}
	}
	o.reports = nil
}
