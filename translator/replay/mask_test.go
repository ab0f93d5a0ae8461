package replay

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var personal = regexp.MustCompile(`(?i)\b(lab|bar|lin|baresip-0x\w+|agent1|fsopus|fssrtp)@|127\.0\.0\.\d+|\bsipp\b *<`)

// Masked, every trace has the same calls, which go the same way from both ends, and nothing in it says who or where; masked twice it is the same.
func TestSecurityMaskedTraces(t *testing.T) {
	files, err := filepath.Glob("../../testdata/traces/*.pcap")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d traces, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".pcap"), func(t *testing.T) {
			plain, err := OpenCapture(file)
			if err != nil {
				t.Fatal(err)
			}
			masked := &Capture{Messages: slices.Clone(plain.Messages)}
			masked.Mask()
			for _, m := range masked.Messages {
				if found := personal.FindString(m.SIP); found != "" {
					t.Errorf("%q in\n%s", found, m.SIP)
				}
			}
			was, is := plain.Calls(), masked.Calls()
			if len(was) != len(is) {
				t.Fatalf("%d calls, want %d", len(is), len(was))
			}
			for i := range was {
				for _, side := range [...]Side{SideCaller, SideCallee} {
					if a, b := outline(t, was[i], side, was), outline(t, is[i], side, is); a != b {
						t.Errorf("%s: got\n%s\nwant\n%s", side, b, a)
					}
				}
			}
		})
	}
}

func outline(t *testing.T, r *RecordedCall, side Side, all []*RecordedCall) string {
	t.Helper()
	result, err := PlayCall(r, side, all)
	if err != nil {
		t.Fatal(err)
	}
	out := result.Outcome + "\n"
	for _, d := range result.Differences {
		out += d.Text + "\n"
	}
	return out + strings.Join(result.Problems, "\n")
}

const wellKnown = `INVITE sip:+493012345678;phone-context=+4930123456@pbx.example.com;user=phone SIP/2.0
v: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bK-abc;received=10.1.2.3
From: "Doe, Jane \"JD\"" <sip:030-1234-5678:pin@[2001:470::1]:5060>;tag=as7
t: John Smith <tel:+493012345678>
Contact: <sip:jane@10.1.2.3>
Call-ID: 4711@10.1.2.3
CSeq: 1 INVITE
P-Asserted-Identity: <sip:anonymous@anonymous.invalid>
Authorization: Digest username="jane", realm="pbx", nonce="n0nce", uri="sip:pbx.example.com", response="0123", algorithm=MD5
Identity: eyJhbGciOi.secret
Subject: about the
 divorce
X-Account: 99812
User-Agent: Snom 320
Content-Type: application/sdp
Content-Length: 7

v=0
o=jane 1 1 IN IP4 host.example.org
s=Jane's desk
e=jane@example.org
c=IN IP4 10.1.2.3/127
t=0 0
m=audio 4000 RTP/SAVP 8
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20
a=candidate:1 1 UDP 1 10.1.2.3 4000 typ host
`

// One message, header by header.
func TestMaskMessage(t *testing.T) {
	got := newMasker().sip(wellKnown)
	for _, want := range []string{
		"INVITE sip:+493000000001;phone-context=+4930000002@host1.invalid;user=phone SIP/2.0\r\n",
		"v: SIP/2.0/UDP 198.51.100.3:5060;branch=z9hG4bK-abc;received=198.51.100.3\r\n",
		`From: "Name 1" <sip:03000000001:masked@[2001:db8::3]:5060>;tag=as7`,
		"t: Name 2 <tel:+493000000001>",
		"Contact: <sip:user1@198.51.100.3>",
		"Call-ID: 4711@198.51.100.3",
		"P-Asserted-Identity: <sip:anonymous@anonymous.invalid>",
		`Authorization: Digest username="masked", realm="host4.invalid", nonce="masked", uri="sip:host1.invalid", response="masked", algorithm=MD5`,
		"Identity: masked\r\nSubject: masked\r\nX-Account: masked\r\nUser-Agent: Snom 320\r\n",
		"o=- 1 1 IN IP4 host5.invalid\r\ns=-\r\ne=masked\r\nc=IN IP4 198.51.100.3/127\r\n",
		"inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|2^20\r\n",
		"a=candidate:1 1 UDP 1 198.51.100.3 4000 typ host\r\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if again := newMasker().sip(got); len(readSIP(again).headers) != len(readSIP(wellKnown).headers) {
		t.Errorf("masked twice:\n%s", again)
	}
}

// Digits that somebody pressed are hidden, in INFO and in frames; a body of unknown kind keeps its form only.
func TestSecurityMaskedDigitsAndBodies(t *testing.T) {
	k := newMasker()
	for _, row := range []struct{ kind, body, want string }{
		{"application/dtmf-relay", "Signal= 5\nDuration=160\n", "Signal= 0\nDuration=160\n"},
		{"application/dtmf-relay", "Signal=#\n", "Signal=#\n"},
		{"application/dtmf", "7", "0"},
		{"message/sipfrag;version=2.0", "SIP/2.0 200 OK", "SIP/2.0 200 OK"},
		{"text/plain", "PIN 4711, bitte!", "xxx xxxx, xxxxx!"},
		{"", "", ""},
		{"multipart/mixed;boundary=b", "--b\nContent-Type: application/sdp\n\no=jane 1 1 IN IP4 10.0.0.1\n--b--\n", "--b\nContent-Type: application/sdp\n\no=- 1 1 IN IP4 198.51.100.2\n--b--\n"},
	} {
		if got := k.body(row.kind, row.body); got != row.want {
			t.Errorf("%s: got %q, want %q", row.kind, got, row.want)
		}
	}
	frame := k.frame(`{"type":"dtmf","call":"$call","digits":"12#,A"}`)
	if !strings.Contains(frame, `"digits":"00#,0"`) {
		t.Errorf("got %s", frame)
	}
	frame = k.frame(`{"type":"wrapup","notes":"call Jane","fields":{"iban":"DE1"},"outcome":"solved"}`)
	if strings.Contains(frame, "Jane") || strings.Contains(frame, "DE1") || !strings.Contains(frame, "solved") {
		t.Errorf("got %s", frame)
	}
}

// Every transcript, masked, still gives what it says.
func TestMaskedTranscripts(t *testing.T) {
	files, err := filepath.Glob("../../testdata/replay/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := Parse(filepath.Base(file), string(text))
		if err != nil {
			t.Fatal(err)
		}
		tr.Mask()
		again, err := Parse(tr.Name, tr.String())
		if err != nil {
			t.Fatal(err)
		}
		r, err := Play(again)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, d := range r.Differences {
			t.Error(d)
		}
	}
}
