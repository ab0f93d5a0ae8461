package translator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
)

func TestO01(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.dial("+49301234")
	if !strings.HasPrefix(invite, "INVITE sip:+49301234@192.0.2.10:5060 SIP/2.0\n") || !strings.Contains(line(invite, "From"), "sip:+4930100@") {
		t.Errorf("INVITE is\n%s", invite)
	}
	for _, name := range []string{"Supported: 100rel, timer, replaces", "Allow: INVITE", "Session-Expires: 1800", "Max-Forwards: 70", "m=audio"} {
		if !strings.Contains(invite, name) {
			t.Errorf("INVITE without %q", name)
		}
	}
	s.respond(invite, 180, "far", "Record-Route: <sip:192.0.2.12;lr>\n", "")
	s.respond(invite, 200, "far", "Record-Route: <sip:192.0.2.12;lr>\nContact: <sip:mara@192.0.2.13:5070>\n", farSDP)
	ack := s.next("ACK sip:mara@192.0.2.13:5070 ")
	if line(ack, "Route") != "<sip:192.0.2.12;lr>" {
		t.Errorf("ACK has Route %q", line(ack, "Route"))
	}
	s.wait(time.Second)
	s.wantPhases("alice", call, "dialing", "ringing", "connecting", "connected")
	c := s.object("alice", call)
	if c.Direction != protocol.Outbound || c.SDP == nil || c.SDP.Type != "answer" || c.SDP.For == 0 || c.To.Number != "+49301234" || c.AnsweredAt.IsZero() {
		t.Errorf("the call is %+v", c)
	}
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.OnCall {
		t.Errorf("alice is %s", a.State)
	}
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	bye := s.next("BYE sip:mara@192.0.2.13:5070 ")
	if !strings.Contains(line(bye, "Reason"), "cause=16") {
		t.Errorf("BYE has Reason %q", line(bye, "Reason"))
	}
	s.respond(bye, 200, "far", "", "")
	s.wantCause("alice", call, protocol.CauseNormal, protocol.ByAgent)
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
		t.Errorf("alice is %s", a.State)
	}
	s.idle()
}

func TestO02(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.dial("+49301234")
	s.respond(invite, 183, "far", "", farSDP)
	s.wait(100 * time.Millisecond)
	c := s.object("alice", call)
	if c.Phase != protocol.PhaseEarly || c.SDP == nil || c.SDP.Type != "answer" {
		t.Fatalf("after 183 the call is %+v", c)
	}
	early := c.SDP.SDP
	s.respond(invite, 200, "far", "", strings.Replace(farSDP, "8 0 101", "0 101", 1))
	s.next("ACK ")
	s.wait(time.Second)
	s.wantPhases("alice", call, "dialing", "early", "connecting", "connected")
	if got := s.object("alice", call).SDP; got == nil || got.SDP != early {
		t.Error("the answer to the browser has changed")
	}
	s.silent()
}

func TestO03(t *testing.T) {
	for _, c := range []struct {
		status int
		code   protocol.CauseCode
		by     protocol.By
	}{
		{486, protocol.CauseBusyHere, protocol.ByCallee}, {603, protocol.CauseDeclined, protocol.ByCallee}, {404, protocol.CauseNotFound, protocol.ByTrunk},
		{480, protocol.CauseUnreachable, protocol.ByTrunk}, {408, protocol.CauseTimeout, protocol.ByTrunk}, {503, protocol.CauseUnreachable, protocol.ByTrunk},
		{403, protocol.CauseForbidden, protocol.ByTrunk}, {488, protocol.CauseNoCommonCodec, protocol.ByTrunk}, {500, protocol.CauseTrunkFailed, protocol.ByTrunk},
	} {
		t.Run(fmt.Sprint(c.status), func(t *testing.T) {
			s := newScene(t, replay.Setup{Dial: byPBX})
			call, invite := s.dial("+49301234")
			s.respond(invite, c.status, "far", "", "")
			s.next("ACK ")
			s.wantPhases("alice", call, "dialing", "ended")
			s.wantCause("alice", call, c.code, c.by)
			if got := s.object("alice", call).Cause.SIP; got != c.status {
				t.Errorf("cause.sip is %d", got)
			}
			s.idle()
		})
	}
}

// byPBX is a dial policy with one trunk.
func byPBX(_ protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
	user, _, _ := strings.Cut(strings.TrimPrefix(ask.To, "sip:"), "@")
	return translator.Destination{
		Party: protocol.Party{Number: user}, User: user, Trunks: []string{"pbx"}, From: dialog.Party{User: "+4930100"}, Headers: []string{"x-ticket"},
	}, nil
}

func TestO04(t *testing.T) {
	for status, code := range map[int]protocol.CauseCode{499: protocol.CauseTrunkFailed, 699: protocol.CauseBusyHere} {
		s := newScene(t, replay.Setup{Dial: byPBX})
		call, invite := s.dial("+49301234")
		s.respond(invite, 150, "far", "", "")
		if p := s.object("alice", call).Phase; p != protocol.PhaseRinging {
			t.Errorf("after 150 the call is %s", p)
		}
		s.respond(invite, status, "far", "", "")
		s.next("ACK ")
		if c := s.object("alice", call); c.Cause == nil || c.Cause.Code != code || c.Cause.SIP != status {
			t.Errorf("%d: cause %+v, want %s", status, c.Cause, code)
		}
	}
}

func TestO05(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.dial("+49301234")
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.silent()
	s.wantPhases("alice", call, "dialing", "ended")
	s.wantCause("alice", call, protocol.CauseCancelled, protocol.ByAgent)
	s.respond(invite, 180, "far", "", "")
	cancel := s.next("CANCEL ")
	s.respond(cancel, 200, "far", "", "")
	s.respond(invite, 487, "far", "", "")
	s.next("ACK ")
	s.wantPhases("alice", call, "dialing", "ended")
	s.idle()
}

func TestO06(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.dial("+49301234")
	s.respond(invite, 180, "far", "", "")
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	cancel := s.next("CANCEL ")
	s.respond(invite, 200, "far", "", farSDP)
	s.respond(cancel, 200, "far", "", "")
	s.next("ACK ")
	bye := s.next("BYE ")
	s.respond(bye, 200, "far", "", "")
	s.wantPhases("alice", call, "dialing", "ringing", "ended")
	s.idle()
}

func TestO07(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.dial("+49301234")
	s.respond(invite, 180, "a", "", "")
	s.respond(invite, 180, "b", "", "")
	s.respond(invite, 200, "a", "", farSDP)
	s.next("ACK ")
	s.respond(invite, 200, "b", "Contact: <sip:b@192.0.2.14>\n", farSDP)
	s.next("ACK sip:b@192.0.2.14 ")
	bye := s.next("BYE sip:b@192.0.2.14 ")
	s.respond(bye, 200, "b", "", "")
	s.respond(invite, 200, "a", "", farSDP)
	s.next("ACK ")
	s.wait(time.Second)
	s.wantPhases("alice", call, "dialing", "ringing", "connecting", "connected")
}

// Two branches with different codecs: the browser was answered at the first 18x with SDP; the winner is asked for that codec, and if it refuses the
// call is over (translation.md 1.5 Forking).
func TestForkWithOtherCodecIsNarrowed(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		s := newScene(t, replay.Setup{})
		call, invite := s.dial("+49301234")
		s.respond(invite, 183, "a", "", strings.Replace(farSDP, "8 0 101", "8 101", 1))
		s.respond(invite, 200, "b", "", strings.Replace(farSDP, "8 0 101", "0 101", 1))
		s.next("ACK ")
		again := s.next("INVITE ")
		if !strings.Contains(again, "RTP/AVP 8 ") {
			t.Errorf("re-INVITE offers\n%s", again)
		}
		if refuses {
			s.respond(again, 488, "b", "", "")
			s.next("ACK ")
			s.next("BYE ")
			s.wantCause("alice", call, protocol.CauseNoCommonCodec, protocol.ByTrunk)
			continue
		}
		s.respond(again, 200, "b", "", strings.Replace(farSDP, "8 0 101", "8 101", 1))
		s.next("ACK ")
		s.wait(time.Second)
		if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
			t.Errorf("the call is %s", p)
		}
	}
}

func TestO13(t *testing.T) {
	contacts := "Contact: <sip:a@192.0.2.10>;q=0.5, <sip:b@192.0.2.10>, <sip:c@198.51.100.1>;q=0.9, <sip:b@192.0.2.10>;q=0.1, <sip:d@192.0.2.10>;q=0.7\n"
	t.Run("off", func(t *testing.T) {
		s := newScene(t, replay.Setup{Dial: byPBX})
		call, invite := s.dial("+49301234")
		s.respond(invite, 302, "far", contacts, "")
		s.next("ACK ")
		s.silent()
		s.wantCause("alice", call, protocol.CauseTrunkFailed, protocol.ByTrunk)
	})
	t.Run("on", func(t *testing.T) {
		var asked []translator.Ask
		s := newScene(t, replay.Setup{
			Trunk: func(tr *dialog.Trunk) { tr.Redirects = []string{"192.0.2.10"} },
			Dial: func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
				asked = append(asked, ask)
				d, _ := byPBX(who, ask)
				if ask.Far != "" {
					d.User, d.Host, _ = strings.Cut(strings.TrimPrefix(ask.To, "sip:"), "@")
				}
				return d, nil
			},
		})
		call, invite := s.dial("+49301234")
		s.respond(invite, 302, "x", contacts, "")
		s.next("ACK ")
		for i, user := range []string{"b", "d", "a"} {
			again := s.next("INVITE sip:" + user + "@192.0.2.10")
			if line(again, "Call-ID") != line(invite, "Call-ID") || line(again, "CSeq") == line(invite, "CSeq") {
				t.Errorf("Call-ID %s CSeq %s after %s %s", line(again, "Call-ID"), line(again, "CSeq"), line(invite, "Call-ID"), line(invite, "CSeq"))
			}
			invite = again
			if i < 2 {
				s.respond(again, 486, "y", "", "")
				s.next("ACK ")
			}
		}
		s.respond(invite, 200, "far", "", farSDP)
		s.next("ACK ")
		s.wait(time.Second)
		if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
			t.Errorf("the call is %s", p)
		}
		if len(asked) != 4 || asked[1].Far != "pbx" {
			t.Errorf("the policy was asked %+v", asked)
		}
	})
}

func TestO14(t *testing.T) {
	t.Run("silent", func(t *testing.T) {
		s := newScene(t, replay.Setup{})
		call, first := s.dial("+49301234")
		s.wait(3100 * time.Millisecond)
		var second string
		for _, text := range s.sent() {
			if strings.HasPrefix(text, "INVITE sip:+49301234@192.0.2.11:5060") {
				second = text
			}
		}
		if second == "" {
			t.Fatal("no INVITE to the second trunk")
		}
		s.respond(second, 200, "far", "", farSDP)
		s.next("ACK ")
		s.wait(time.Second)
		s.sent()
		s.respond(first, 200, "late", "", farSDP)
		s.next("ACK ")
		bye := s.next("BYE ")
		s.respond(bye, 200, "late", "", "")
		s.wantPhases("alice", call, "dialing", "connecting", "connected")
	})
	t.Run("503", func(t *testing.T) {
		s := newScene(t, replay.Setup{})
		call, first := s.dial("+49301234")
		s.respond(first, 503, "far", "", "")
		s.next("ACK ")
		second := s.next("INVITE sip:+49301234@192.0.2.11:5060")
		if line(second, "Call-ID") == line(first, "Call-ID") {
			t.Error("the second dialog has the first one's Call-ID")
		}
		s.respond(second, 486, "far", "", "")
		s.next("ACK ")
		s.wantPhases("alice", call, "dialing", "ended")
		s.wantCause("alice", call, protocol.CauseBusyHere, protocol.ByCallee)
	})
	t.Run("rang", func(t *testing.T) {
		s := newScene(t, replay.Setup{})
		call, first := s.dial("+49301234")
		s.respond(first, 180, "far", "", "")
		s.respond(first, 503, "far", "", "")
		s.next("ACK ")
		s.silent()
		s.wantCause("alice", call, protocol.CauseUnreachable, protocol.ByTrunk)
		s.idle()
	})
}

func TestW05(t *testing.T) {
	good := strings.ReplaceAll(replay.BrowserOffer(1), "\r\n", "\n")
	for _, without := range []string{"m=audio", "a=fingerprint", "a=ice-ufrag", "a=rtcp-mux"} {
		s := newScene(t, replay.Setup{})
		s.w.Hello("alice", protocol.Available)
		var kept []string
		for _, l := range strings.Split(good, "\n") {
			if !strings.HasPrefix(l, without) {
				kept = append(kept, l)
			}
		}
		s.refused("alice", protocol.BadSDP, map[string]any{"type": "dial", "to": "+49301234", "sdp": strings.Join(kept, "\r\n")})
		s.silent()
		if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
			t.Errorf("without %s: alice is %s", without, a.State)
		}
		s.idle()
	}
}

// An agent's own call: who he is told it comes from and goes to, and the data that may travel.
func TestDialCarriesNamedHeadersOnly(t *testing.T) {
	s := newScene(t, replay.Setup{})
	_, invite := s.dial("+49301234")
	if strings.Contains(invite, "X-") {
		t.Errorf("INVITE is\n%s", invite)
	}
	s = newScene(t, replay.Setup{})
	s.w.Hello("alice", protocol.Available)
	s.must("alice", map[string]any{"type": "dial", "to": "+49301234", "sdp": "$offer", "data": map[string]any{"x-ticket": "4711", "x-other": "no"}})
	invite = s.next("INVITE ")
	if line(invite, "x-ticket") != "4711" || strings.Contains(invite, "x-other") {
		t.Errorf("INVITE is\n%s", invite)
	}
}

// Whoever is offered a call cannot dial; whoever has hung up is free again.
func TestDialWhileOffered(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("alice", protocol.Available)
	s.w.Trunk("INVITE sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\nMax-Forwards: 70\nFrom: <sip:1@192.0.2.10>;tag=1\nTo: <sip:billing@192.0.2.20>\nCall-ID: in-1\nCSeq: 1 INVITE\nContact: <sip:1@192.0.2.10>\nContent-Type: application/sdp\n\n" + farSDP)
	s.refused("alice", protocol.WrongPhase, map[string]any{"type": "dial", "to": "+49301234", "sdp": "$offer"})
}

// The far side never answers: the INVITE's own limit ends the call.
func TestDialNobodyAnswers(t *testing.T) {
	s := newScene(t, replay.Setup{Dial: byPBX})
	call, invite := s.dial("+49301234")
	s.respond(invite, 180, "far", "", "")
	s.wait(330*time.Second + 100*time.Millisecond)
	cancel := s.next("CANCEL ")
	s.respond(cancel, 200, "far", "", "")
	s.respond(invite, 487, "far", "", "")
	s.next("ACK ")
	s.wantCause("alice", call, protocol.CauseTimeout, protocol.ByTrunk)
	s.idle()
}

// The agent's page goes while the call is placed: bye ends it.
func TestDialLoggedOut(t *testing.T) {
	s := newScene(t, replay.Setup{})
	_, invite := s.dial("+49301234")
	s.respond(invite, 180, "far", "", "")
	if err := s.w.Ask("alice", map[string]any{"type": "bye"}); err != nil {
		t.Fatal(err)
	}
	cancel := s.next("CANCEL ")
	s.respond(cancel, 200, "far", "", "")
	s.respond(invite, 487, "far", "", "")
	s.idle()
}

// The list of an agent's last calls says when a call was that nobody offered.
func TestRecentCallsSayWhen(t *testing.T) {
	var recent []protocol.Recent
	s := newScene(t, replay.Setup{Watch: func(_ string, object any) {
		if r, ok := object.(protocol.Recent); ok {
			recent = append(recent, r)
		}
	}})
	call, _ := s.talking("+49301234")
	s.wait(time.Minute)
	s.must0("alice", map[string]any{"type": "hangup", "call": call})
	if len(recent) != 1 || recent[0].ID != call || !recent[0].EndedAt.Equal(s.w.Now()) || recent[0].TalkMS < 60_000 {
		t.Errorf("got %+v, want the end at %s", recent, s.w.Now())
	}
}
