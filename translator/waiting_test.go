package translator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
	"offhook/translator/sdp"
)

// speech is a voice whose sounds are named after what they say.
type speech struct{}

func (speech) Place(n int) []media.Sound { return []media.Sound{{Name: fmt.Sprintf("place %d", n)}} }
func (speech) Wait(d time.Duration) []media.Sound {
	return []media.Sound{{Name: "wait"}, {Name: d.Round(time.Minute).String()}}
}
func (speech) Phrase(name string) []media.Sound { return []media.Sound{{Name: "phrase " + name}} }

// hearing is a scene of a queue that plays, and what its callers hear, in order.
func hearing(t *testing.T, s replay.Setup) (*scene, *[]string) {
	t.Helper()
	if s.Terms.Answer == "" {
		s.Terms.Answer = translator.AnswerAtOnce
	}
	s.Terms.Voice = speech{}
	sc := newScene(t, s)
	heard := &[]string{}
	sc.w.Media.OnPlay = func(_ string, leg media.LegID, sounds []media.Sound) {
		if leg != 0 {
			return
		}
		var names []string
		for _, one := range sounds {
			names = append(names, one.Name)
		}
		*heard = append(*heard, strings.Join(names, "+"))
	}
	return sc, heard
}

func (s *scene) wantHeard(heard *[]string, want ...string) {
	s.t.Helper()
	if !slices.Equal(*heard, want) {
		s.t.Errorf("the caller heard %q, want %q", *heard, want)
	}
	*heard = nil
}

// A caller hears the welcome, then his place, then music; words of comfort now and then; and nothing more once an agent has him.
func TestWaitingCallerHears(t *testing.T) {
	s, heard := hearing(t, replay.Setup{
		Queue: queue.QueueSettings{AnnounceEvery: 30 * time.Second},
		Terms: translator.Terms{Welcome: []media.Sound{{Name: "welcome"}}, Comfort: []media.Sound{{Name: "comfort"}}, ComfortEvery: time.Minute},
	})
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(10 * time.Second)
	s.wantHeard(heard, "welcome", "place 1", "music")
	s.arrives(2)
	s.again("ACK", 2)
	s.wait(10 * time.Second)
	s.wantHeard(heard, "welcome", "place 2", "music")
	s.wait(time.Minute)
	s.wantHeard(heard, "comfort", "music", "comfort", "music")
	s.available("alice")
	call := s.offered("alice")
	s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	*heard = nil
	s.accepts("alice", call)
	s.wait(50 * time.Second)
	if slices.Contains(*heard, "place 2") || !slices.Contains(*heard, "place 1+wait+2m0s") {
		t.Errorf("the second heard %q", *heard)
	}
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.w.Trunk(s.response(s.last("BYE "), 200, "", "", ""))
}

// With early the caller hears all that without being answered: 183 with our description, and the same in the 200 (RFC 3261 §13.3.1.1).
func TestWaitingEarly(t *testing.T) {
	s, heard := hearing(t, replay.Setup{Queue: queue.QueueSettings{AnnounceEvery: 30 * time.Second}, Terms: translator.Terms{Answer: translator.AnswerEarly}})
	s.arrives(1)
	s.next("SIP/2.0 100")
	early := s.next("SIP/2.0 183")
	s.silent()
	s.wait(10 * time.Second)
	s.wantHeard(heard, "place 1", "music")
	s.available("alice")
	call := s.offered("alice")
	s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.accepts("alice", call)
	s.wantHeard(heard)
	ok := s.last("SIP/2.0 200 OK")
	_, want, _ := strings.Cut(early, "\n\n")
	if _, got, _ := strings.Cut(ok, "\n\n"); got != want || got == "" {
		t.Errorf("the 200 says\n%s\nthe 183 said\n%s", got, want)
	}
	s.ends("alice", call, 1)
}

// An INVITE without an offer has nothing to answer early: it rings (RFC 3261 §13.2.1).
func TestWaitingEarlyLateOffer(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Terms: translator.Terms{Answer: translator.AnswerEarly}})
	s.w.Trunk("INVITE sip:+4930100@192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKlate\nMax-Forwards: 70\n" +
		"From: <sip:+49170101@192.0.2.10>;tag=late\nTo: <sip:+4930100@192.0.2.20>\nCall-ID: late\nCSeq: 1 INVITE\nContact: <sip:far@192.0.2.10:5060>\n\n")
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 180")
}

// A key takes the caller to another queue, whose sound he hears and whose agents are asked.
func TestExitToQueue(t *testing.T) {
	s, heard := hearing(t, replay.Setup{Queue: queue.QueueSettings{AnnounceEvery: time.Minute, Exits: []queue.Exit{{Key: '2', Out: queue.WayOut{Kind: queue.OutQueue, Queue: "sales", KeepAge: true}}}}})
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Minute)
	*heard = nil
	s.w.Press('5')
	s.wait(time.Second)
	s.wantHeard(heard)
	s.w.Press('2')
	s.wait(3 * time.Second)
	s.wantHeard(heard, "music")
	s.available("carol")
	call := s.offered("carol")
	if c := s.object("carol", call); c.Queue != "sales" || c.WaitedMS < 60_000 {
		t.Errorf("carol sees %s, waited %d ms", c.Queue, c.WaitedMS)
	}
	s.must("carol", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.accepts("carol", call)
	s.ends("carol", call, 1)
}

// A queue that is full sends the caller on before he hears anything: the other queue's way of answering counts.
func TestOverflowAtOnce(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Queue: queue.QueueSettings{Capacity: 1, OnFull: queue.WayOut{Kind: queue.OutQueue, Queue: "sales"}}})
	s.arrives(1)
	s.sent()
	s.arrives(2)
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 200")
	s.available("carol")
	s.offered("carol")
}

// A message is heard whole, then the call ends: by BYE where he was answered, else by the way's status behind early media.
func TestExitMessage(t *testing.T) {
	out := queue.WayOut{Kind: queue.OutMessage, Message: "phrase:closed", Status: 480}
	s, heard := hearing(t, replay.Setup{Queue: queue.QueueSettings{MaxWait: time.Minute, OnMaxWait: out}})
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(59 * time.Second)
	*heard = nil
	s.sent()
	s.wait(2 * time.Second)
	s.wantHeard(heard, "phrase closed")
	s.silent()
	s.wait(2 * time.Second)
	bye := s.next("BYE ")
	s.respond(bye, 200, "", "", "")
	s.idle()

	s, heard = hearing(t, replay.Setup{Terms: translator.Terms{Answer: translator.AnswerRing}, Queue: queue.QueueSettings{RefuseEmpty: true, OnEmpty: out}})
	s.arrives(1)
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 183")
	s.wantHeard(heard, "phrase closed")
	s.wait(3 * time.Second)
	if refused := s.next("SIP/2.0 480"); !strings.Contains(line(refused, "Reason"), "no agent logged in") {
		t.Errorf("the limit that sent him away is not what he is refused for: %s", line(refused, "Reason"))
	}
}

// A number by a trunk: the caller is joined with whom it reaches, and answered when that one answers.
func TestOverflowToNumber(t *testing.T) {
	s, _ := hearing(t, replay.Setup{
		Terms: translator.Terms{Answer: translator.AnswerRing},
		Queue: queue.QueueSettings{MaxWait: time.Minute, OnMaxWait: queue.WayOut{Kind: queue.OutNumber, Number: "+49309999"}},
		Dial: func(_ protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
			if !ask.Outward || ask.To != "+49309999" {
				t.Errorf("asked %+v", ask)
			}
			return translator.Destination{User: ask.To, Trunks: []string{"carrier"}, From: dialog.Party{Host: "carrier.example"}}, nil
		},
	})
	s.arrives(1)
	s.wait(59 * time.Second)
	s.sent()
	s.wait(2 * time.Second)
	invite := s.last("INVITE sip:+49309999@")
	if !strings.Contains(line(invite, "From"), "+49170101@carrier.example") {
		t.Errorf("From: %s", line(invite, "From"))
	}
	s.respond(invite, 180, "far", "", "")
	s.sent()
	s.respond(invite, 200, "far", "", farSDP)
	s.next("ACK ")
	s.next("SIP/2.0 200")
	s.again("ACK", 1)
	s.wait(time.Minute)
	s.sent()
	s.far("BYE", invite, "far", "", "")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "", "", "")
	s.idle()
}

// The number is busy: the caller hears so. And who hangs up on the way takes the other call with him.
func TestOverflowToNumberFails(t *testing.T) {
	set := replay.Setup{
		Terms: translator.Terms{Answer: translator.AnswerRing},
		Queue: queue.QueueSettings{MaxWait: time.Minute, OnMaxWait: queue.WayOut{Kind: queue.OutNumber, Number: "+49309999"}},
	}
	s, _ := hearing(t, set)
	s.arrives(1)
	s.wait(61 * time.Second)
	invite := s.last("INVITE ")
	s.respond(invite, 486, "far", "", "")
	s.next("ACK ")
	s.next("SIP/2.0 486")
	s.idle()

	s, _ = hearing(t, set)
	s.arrives(1)
	s.wait(61 * time.Second)
	invite = s.last("INVITE ")
	s.respond(invite, 180, "far", "", "")
	s.w.Trunk("CANCEL sip:+4930100@192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKin1\nMax-Forwards: 70\n" +
		"From: <sip:+49170101@192.0.2.10>;tag=in1\nTo: <sip:+4930100@192.0.2.20>\nCall-ID: in1\nCSeq: 1 CANCEL\n\n")
	cancel := s.last("CANCEL ")
	s.respond(cancel, 200, "far", "", "")
	s.respond(invite, 487, "far", "", "")
	s.idle()
}

// A call for one agent rings at her; if she is not free it goes to the queue that its route names, or is refused (I04).
func TestI04ForOneAgent(t *testing.T) {
	route := func(q string) func(*dialog.Invite) translator.Routing {
		return func(*dialog.Invite) translator.Routing {
			return translator.Routing{Agent: "alice", Terms: translator.Terms{Queue: q}.WithDefaults()}
		}
	}
	s := newScene(t, replay.Setup{Route: route("")})
	s.arrives(1)
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 486")
	s.available("alice")
	s.arrives(2)
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 180")
	call := s.offered("alice")
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Offered {
		t.Errorf("alice is %s", a.State)
	}
	s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.accepts("alice", call)
	s.wantPhases("alice", call, "offered", "connecting", "connected")
	s.ends("alice", call, 2)

	s = newScene(t, replay.Setup{Route: route("billing")})
	s.available("alice", "bob")
	s.must("bob", map[string]any{"type": "state", "state": "away"})
	s.arrives(1)
	call = s.offered("alice")
	s.must("alice", map[string]any{"type": "reject", "call": call})
	s.wait(time.Second)
	s.must("bob", map[string]any{"type": "state", "state": "available"})
	if _, c, _ := s.w.Agent("alice"); c.Phase != protocol.PhaseOffered {
		s.offered("bob")
	}

	s = newScene(t, replay.Setup{Route: route("")})
	s.available("alice")
	s.arrives(1)
	call = s.offered("alice")
	s.must("alice", map[string]any{"type": "reject", "call": call})
	if got := s.last("SIP/2.0 603"); got == "" {
		t.Error("no 603")
	}
	s.idle()
}

// A callback keeps its place: the caller is told and let go; when an agent takes it the customer is dialled, and the two talk.
func TestCallback(t *testing.T) {
	s, heard := hearing(t, replay.Setup{Queue: queue.QueueSettings{WrapUp: -1, Exits: []queue.Exit{{Key: '1', Out: queue.WayOut{Kind: queue.OutCallback}}}}})
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Minute)
	*heard = nil
	s.sent()
	s.w.Press('1')
	s.wantHeard(heard, "phrase callback")
	s.silent()
	s.wait(2 * time.Second)
	s.respond(s.next("BYE "), 200, "", "", "")
	s.wait(time.Minute)
	if b := s.w.Books(); b.Callers != 1 || b.Calls != 1 {
		t.Fatalf("books %+v", b)
	}
	s.available("alice")
	call := s.offered("alice")
	if c := s.object("alice", call); !c.Callback || c.From.Number != "+49170101" || c.WaitedMS < 120_000 {
		t.Errorf("alice sees %+v", c)
	}
	s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.silent()
	s.accepts("alice", call)
	invite := s.next("INVITE sip:+49170101@")
	s.respond(invite, 180, "far", "", "")
	s.wait(time.Second)
	s.sent()
	s.respond(invite, 200, "far", "", farSDP)
	s.next("ACK ")
	s.wait(time.Second)
	s.wantPhases("alice", call, "offered", "connecting", "dialing", "ringing", "connecting", "connected")
	if b := s.w.Books(); b.Callers != 0 {
		t.Errorf("books %+v", b)
	}
	s.far("BYE", invite, "far", "", "")
	s.next("SIP/2.0 200")
	s.wait(time.Minute)
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
		t.Errorf("alice is %s", a.State)
	}
	s.idle()
}

// An offered call says where its caller stood, and a queue's figures how many of those who wait are callbacks.
func TestOfferSaysPlace(t *testing.T) {
	var told protocol.QueueFigures
	s, _ := hearing(t, replay.Setup{Queue: queue.QueueSettings{Exits: callsBack}, Watch: func(agent string, object any) {
		if q, ok := object.(protocol.QueueFigures); ok && agent == "alice" && q.Name == "billing" {
			told = q
		}
	}})
	s.arrives(1)
	s.arrives(2)
	s.w.Press('1') // the second one's
	s.wait(3 * time.Second)
	s.available("alice")
	s.must("alice", map[string]any{"type": "ringing", "call": s.offered("alice"), "sdp": "$answer"})
	s.wait(6 * time.Second)
	if told.Waiting != 2 || told.Callbacks != 1 {
		t.Errorf("alice is told %+v, want two waiting, one of them a callback", told)
	}
	s.available("bob")
	for place, agent := range []string{"alice", "bob"} {
		if c := s.object(agent, s.offered(agent)); c.Position != place+1 || c.Callback != (place == 1) {
			t.Errorf("%s sees position %d, callback %v", agent, c.Position, c.Callback)
		}
	}
}

// A trunk that does not take the call to a customer costs nothing but the time until the next one that the policy names has it: it is one try.
func TestCallbackByNextTrunk(t *testing.T) {
	for name, row := range map[string]struct {
		fails  func(s *scene, invite string)
		policy func(p *sdp.TrunkPolicy)
		next   string
	}{
		"refused": {func(s *scene, invite string) { s.respond(invite, 503, "far", "", "") }, nil, "INVITE sip:+49170101@192.0.2.11"},
		"silent":  {func(s *scene, _ string) { s.wait(4 * time.Second) }, nil, "INVITE sip:+49170101@192.0.2.11"},
		"refused, the other has not the codec": {func(s *scene, invite string) { s.respond(invite, 503, "far", "", "") }, func(p *sdp.TrunkPolicy) {
			if p.Codecs = []string{"PCMA"}; p.TrunkAddr.String() == "192.0.2.11" {
				p.Codecs = []string{"G722"}
			}
		}, "INVITE sip:+49170101@192.0.2.10"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := hearing(t, replay.Setup{
				Policy: row.policy, Queue: queue.QueueSettings{WrapUp: -1, CallbackTries: 2, CallbackGap: time.Minute, Exits: callsBack},
				Dial: func(_ protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
					return translator.Destination{User: ask.To, Trunks: []string{"pbx", "carrier", "pbx"}, From: dialog.Party{User: "+4930100"}}, nil
				},
			})
			s.calledBack()
			call := s.taken()
			s.sent()
			row.fails(s, s.last("INVITE sip:+49170101@192.0.2.10"))
			second := ""
			for _, text := range s.sent() {
				if strings.HasPrefix(text, "INVITE ") {
					second = text
				}
			}
			if !strings.HasPrefix(second, row.next) {
				t.Fatalf("the next INVITE is %q, want %q", second, row.next)
			}
			if !strings.Contains(second, "RTP/AVP 8 101") {
				t.Errorf("offered by the second trunk:\n%s", second)
			}
			s.respond(second, 200, "far", "", farSDP)
			s.wait(time.Second)
			s.wantPhases("alice", call, "offered", "connecting", "dialing", "connecting", "connected")
		})
	}
}

// A customer who does not answer is tried again after the gap, as often as the queue says; the agent is free meanwhile.
func TestCallbackNotReached(t *testing.T) {
	for name, row := range map[string]struct {
		fails func(s *scene, invite string)
		code  protocol.CauseCode
		by    protocol.By
	}{
		"busy": {func(s *scene, invite string) { s.respond(invite, 486, "far", "", "") }, protocol.CauseBusyHere, protocol.ByCallee},
		"a codec that was not offered": {func(s *scene, invite string) {
			s.respond(invite, 200, "far", "Contact: <sip:far@192.0.2.10>\n", strings.NewReplacer("8 0 101", "0", "a=rtpmap:8 PCMA/8000\n", "").Replace(farSDP))
			s.respond(s.last("BYE "), 200, "far", "", "")
		}, protocol.CauseNoCommonCodec, protocol.ByTrunk},
	} {
		t.Run(name, func(t *testing.T) { callbackNotReached(t, row.fails, row.code, row.by) })
	}
}

func callbackNotReached(t *testing.T, fails func(s *scene, invite string), code protocol.CauseCode, by protocol.By) {
	var records []translator.CallRecord
	s, _ := hearing(t, replay.Setup{
		Queue: queue.QueueSettings{WrapUp: -1, CallbackTries: 2, CallbackGap: time.Minute, Exits: []queue.Exit{{Key: '1', Out: queue.WayOut{Kind: queue.OutCallback}}}},
		Hooks: translator.Hooks{Record: func(r translator.CallRecord) { records = append(records, r) }},
	})
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Second)
	s.w.Press('1')
	s.wait(3 * time.Second)
	s.respond(s.last("BYE "), 200, "", "", "")
	s.available("alice")
	for try := range 2 {
		call := s.offered("alice")
		s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
		s.wait(time.Second)
		s.accepts("alice", call)
		invite := s.last("INVITE ")
		fails(s, invite)
		s.wantCause("alice", call, code, by)
		if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
			t.Errorf("try %d: alice is %s", try, a.State)
		}
		s.wait(61 * time.Second)
	}
	s.idle()
	if len(records) != 1 || len(records[0].Legs) != 3 || records[0].Cause.Code != protocol.CauseOverflow && records[0].Cause.Code != protocol.CauseUnreachable {
		t.Errorf("records %+v", records)
	}
}

// The policy that agents' calls pass judges callbacks too: whoever names a number that may not be called gets no callback (security.md S13).
func TestSecurityCallbackPolicy(t *testing.T) {
	s, heard := hearing(t, replay.Setup{
		Queue: queue.QueueSettings{Exits: []queue.Exit{{Key: '1', Out: queue.WayOut{Kind: queue.OutCallback}}}},
		Dial: func(_ protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
			if ask.Queue != "billing" {
				t.Errorf("asked %+v", ask)
			}
			return translator.Destination{}, &translator.Denial{Code: protocol.Forbidden, Message: "no"}
		},
	})
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Second)
	*heard = nil
	s.w.Press('1')
	s.wantHeard(heard)
	s.respond(s.last("BYE "), 200, "", "", "")
	s.idle()
}
