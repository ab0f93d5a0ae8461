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
)

// exits are ways out of a queue by a key.
func exits(key byte, out queue.WayOut) []queue.Exit { return []queue.Exit{{Key: key, Out: out}} }

var callsBack = exits('1', queue.WayOut{Kind: queue.OutCallback})

// calledBack is a caller who waits as a callback.
func (s *scene) calledBack() {
	s.t.Helper()
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Second)
	s.w.Press('1')
	s.wait(3 * time.Second)
	s.respond(s.last("BYE "), 200, "", "", "")
	s.wait(time.Second)
}

// taken is a callback that alice has accepted; it gives the call.
func (s *scene) taken() string {
	s.t.Helper()
	s.available("alice")
	call := s.offered("alice")
	s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.accepts("alice", call)
	return call
}

// cancels is the n-th caller's CANCEL.
func (s *scene) cancels(n int) {
	s.w.Trunk(fmt.Sprintf("CANCEL sip:+4930100@192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKin%[1]d\nMax-Forwards: 70\n"+
		"From: <sip:+4917010%[1]d@192.0.2.10>;tag=in%[1]d\nTo: <sip:+4930100@192.0.2.20>\nCall-ID: in%[1]d\nCSeq: 1 CANCEL\n\n", n))
}

// Who goes to a queue without words of comfort is told none, and nothing of his call turns in a circle.
func TestFaultComfortEndsWithItsQueue(t *testing.T) {
	terms := translator.Terms{Queue: "billing", Answer: translator.AnswerAtOnce, Comfort: []media.Sound{{Name: "comfort"}}, ComfortEvery: time.Minute}.WithDefaults()
	set := replay.Setup{
		Route: func(*dialog.Invite) translator.Routing { return translator.Routing{Terms: terms} },
		Queue: queue.QueueSettings{Exits: exits('2', queue.WayOut{Kind: queue.OutQueue, Queue: "sales"})},
	}
	s, heard := hearing(t, set)
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(30 * time.Second)
	s.w.Press('2')
	*heard = nil
	s.wait(2 * time.Minute)
	s.wantHeard(heard)

	s, heard = hearing(t, set)
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(30 * time.Second)
	call := s.taken()
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "queue:sales"})
	*heard = nil
	s.wait(2 * time.Minute)
	s.wantHeard(heard)
}

// A message that the step cut short which joined him with an agent does not keep him from hearing his place later.
func TestWaitsAgainHears(t *testing.T) {
	s, heard := hearing(t, replay.Setup{Queue: queue.QueueSettings{AnnounceEvery: 30 * time.Second}})
	s.w.Media.Sounds = time.Minute
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Second)
	call := s.taken()
	s.wantHeard(heard, "place 1")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "queue:sales"})
	s.wait(time.Minute)
	if !slices.Contains(*heard, "place 1") {
		t.Errorf("he heard %q", *heard)
	}
}

// What the queue that he has left had to say is not said in the next one.
func TestMovedHearsNothingStale(t *testing.T) {
	s, heard := hearing(t, replay.Setup{
		Terms: translator.Terms{Welcome: []media.Sound{{Name: "welcome"}}},
		Queue: queue.QueueSettings{AnnounceEvery: 30 * time.Second, Exits: exits('2', queue.WayOut{Kind: queue.OutQueue, Queue: "sales"})},
		Other: func(q *queue.QueueSettings) { q.AnnounceEvery = 0 },
	})
	s.arrives(1)
	s.arrives(2)
	*heard = nil
	s.w.Press('2')
	s.wait(20 * time.Second)
	if slices.Contains(*heard, "place 2") {
		t.Errorf("he heard %q", *heard)
	}
}

// Keys that still wait when the far side is no longer there to hear them are forgotten.
func TestFaultDigitsEndWithTheFarSide(t *testing.T) {
	info := translator.TrunkRules{Digits: translator.DigitsInfo}
	s, _ := hearing(t, replay.Setup{Rules: info, Queue: queue.QueueSettings{WrapUp: -1, CallbackTries: 1, Exits: callsBack}})
	s.calledBack()
	call := s.taken()
	invite := s.last("INVITE ")
	s.respond(invite, 183, "far", "", farSDP)
	s.must("alice", map[string]any{"type": "dtmf", "call": call, "digits": ",,,,1"})
	s.respond(invite, 486, "far", "", "")
	s.idle()

	s = newScene(t, replay.Setup{Rules: info})
	s.available("bob")
	call, _ = s.talking("+4930555")
	s.must("alice", map[string]any{"type": "dtmf", "call": call, "digits": ",,,,1"})
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.wait(10 * time.Second)
	if n := len(s.sent()); n != 0 {
		t.Errorf("%d messages to a far side that is held", n)
	}
}

// A callback that ends while its caller is being told so does not keep him on the line.
func TestFaultFarewellEndsWithTheCall(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Queue: queue.QueueSettings{Exits: callsBack}})
	s.w.Media.Sounds = 30 * time.Second
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Second)
	s.sent()
	s.w.Press('1')
	s.silent()
	s.w.X.Tell(queue.CallerLeft{Caller: s.firstInLine(), Reason: queue.LeaveGone})
	s.wait(0)
	s.respond(s.next("BYE "), 200, "", "", "")
	s.wait(time.Second)
	if b := s.w.Books(); b.Calls != 0 {
		t.Errorf("books %+v", b)
	}
}

// Who is being told that he will be called back may hang up, cancel, or offer again.
func TestFarewellIsADialog(t *testing.T) {
	set := replay.Setup{Queue: queue.QueueSettings{CallbackFor: time.Minute, Exits: callsBack}}
	told := func(answer translator.AnswerMode) *scene {
		set.Terms.Answer = answer
		s, _ := hearing(t, set)
		s.w.Media.Sounds = 10 * time.Second
		s.arrives(1)
		if answer == translator.AnswerAtOnce {
			s.again("ACK", 1)
		}
		s.wait(time.Second)
		s.w.Press('1')
		s.wait(time.Second)
		s.sent()
		return s
	}
	s := told(translator.AnswerAtOnce)
	s.again("BYE", 1)
	s.next("SIP/2.0 200")
	s.wait(20 * time.Second)
	s.silent()
	s.idle()

	s = told(translator.AnswerEarly)
	s.cancels(1)
	s.next("SIP/2.0 200")
	s.next("SIP/2.0 487")
	s.idle()

	s = told(translator.AnswerAtOnce)
	ok := s.last("SIP/2.0 200")
	s.sent()
	s.w.Trunk(fmt.Sprintf("INVITE sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKagain\nMax-Forwards: 70\n"+
		"From: %s\nTo: %s\nCall-ID: in1\nCSeq: 7 INVITE\nContact: <sip:far@192.0.2.10:5060>\nContent-Type: application/sdp\n\n%s", line(ok, "From"), line(ok, "To"), farSDP))
	if got := s.last("SIP/2.0 "); !strings.HasPrefix(got, "SIP/2.0 200") || line(got, "CSeq") != "7 INVITE" {
		t.Errorf("the re-INVITE was answered %q", firstLine(got))
	}
	s.w.Trunk(fmt.Sprintf("ACK sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKagain2\nMax-Forwards: 70\n"+
		"From: %s\nTo: %s\nCall-ID: in1\nCSeq: 7 ACK\n\n", line(ok, "From"), line(ok, "To")))
	s.wait(20 * time.Second)
	s.respond(s.last("BYE "), 200, "", "", "")
	s.idle()
}

// Nobody is dialled while he is still on the line: he would be busy.
func TestCallbackAfterFarewell(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Queue: queue.QueueSettings{WrapUp: -1, Exits: callsBack}})
	s.w.Media.Sounds = 30 * time.Second
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Second)
	s.w.Press('1')
	s.sent()
	call := s.taken()
	s.respond(s.next("BYE "), 200, "", "", "")
	invite := s.next("INVITE ")
	s.respond(invite, 486, "far", "", "")
	s.wantCause("alice", call, protocol.CauseBusyHere, protocol.ByCallee)
}

// An agent who gives up before his sound is up does not end the callback: the customer keeps it.
func TestCallbackGivenUpEarly(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Up: -1, Queue: queue.QueueSettings{WrapUp: -1, CallbackTries: 3, Exits: callsBack}})
	s.calledBack()
	call := s.taken()
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.wait(time.Second)
	s.wantCause("alice", call, protocol.CauseCancelled, protocol.ByAgent)
	if b := s.w.Books(); b.Callers != 1 {
		t.Errorf("books %+v", b)
	}
}

// Ports that are short for a moment do not end a callback.
func TestFaultCallbackWithoutPorts(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Queue: queue.QueueSettings{WrapUp: -1, Exits: callsBack}})
	s.calledBack()
	s.w.Media.Full = true
	s.available("alice")
	s.wait(time.Second)
	if b := s.w.Books(); b.Callers != 1 {
		t.Fatalf("books %+v", b)
	}
	s.w.Media.Full = false
	s.wait(4 * time.Second)
	s.offered("alice")
}

// The end of a message that comes just after the caller was joined plays no music over the conversation.
func TestNoMusicOverSpeech(t *testing.T) {
	s, heard := hearing(t, replay.Setup{Heard: 4 * time.Second, Queue: queue.QueueSettings{AnnounceEvery: 30 * time.Second}})
	s.w.Media.Sounds = time.Minute
	s.arrives(1)
	s.again("ACK", 1)
	s.wait(time.Second)
	call := s.taken()
	s.wantHeard(heard, "place 1")
	if err := s.w.Happen(media.PlayEnded); err != nil {
		t.Fatal(err)
	}
	s.wait(5 * time.Second)
	s.wantHeard(heard)
	s.ends("alice", call, 1)
}

// A caller who hears us before he is answered hears ringing while a number is called for him.
func TestOverflowToNumberEarly(t *testing.T) {
	var records []translator.CallRecord
	s, heard := hearing(t, replay.Setup{
		Terms: translator.Terms{Answer: translator.AnswerEarly},
		Queue: queue.QueueSettings{MaxWait: time.Minute, OnMaxWait: queue.WayOut{Kind: queue.OutNumber, Number: "+49309999"}},
		Hooks: translator.Hooks{Record: func(r translator.CallRecord) { records = append(records, r) }},
	})
	s.arrives(1)
	s.wait(59 * time.Second)
	*heard = nil
	s.wait(2 * time.Second)
	s.wantHeard(heard, "ringing")
	invite := s.last("INVITE ")
	s.respond(invite, 180, "far", "", "")
	s.cancels(1)
	s.respond(invite, 200, "far", "", farSDP) // it crosses our CANCEL
	s.respond(s.last("BYE "), 200, "", "", "")
	s.idle()
	if len(records) != 1 || records[0].Queue != "billing" {
		t.Errorf("records %+v", records)
	}
}

// The server goes while a call rings at the one whom it is for: if he does not take it, the caller is sent on to another server.
func TestFaultDrainingForOneAgent(t *testing.T) {
	s := newScene(t, replay.Setup{Route: func(*dialog.Invite) translator.Routing {
		return translator.Routing{Agent: "alice", Terms: translator.Terms{Queue: "billing"}.WithDefaults()}
	}})
	s.available("alice")
	s.arrives(1)
	call := s.offered("alice")
	s.w.X.Drain()
	s.sent()
	s.must("alice", map[string]any{"type": "reject", "call": call})
	s.next("SIP/2.0 503")
	s.idle()
}

// An agent asks all that a page can ask of a callback, in each of its states; each request has its reply, and the callback ends.
func TestFaultCallbackAsked(t *testing.T) {
	for _, state := range []string{"offered", "connecting", "dialing", "early"} {
		for _, frame := range []map[string]any{
			{"type": "hold"}, {"type": "resume"}, {"type": "dtmf", "digits": "1"}, {"type": "transfer", "to": "+4930777"}, {"type": "transfer", "to": "agent:bob"},
			{"type": "transfer", "to": "queue:sales"}, {"type": "transfer", "consult": "$call"}, {"type": "transfer", "cancel": true}, {"type": "record", "on": true}, {"type": "restart", "sdp": "$offer"},
			{"type": "mute", "muted": true}, {"type": "wrapup", "notes": "x"}, {"type": "quality", "rtt_ms": 10, "jitter_ms": 1, "loss_pct": 0}, {"type": "hangup"}, {"type": "reject"}, {"type": "ringing"}, {"type": "accept"},
			{"type": "dial", "to": "+4930888", "sdp": "$offer"}, {"type": "bye"}, {"type": "lost"}, {"type": "silent"},
		} {
			t.Run(fmt.Sprint(state, "/", frame["type"], frame["to"]), func(t *testing.T) {
				set := replay.Setup{Terms: translator.Terms{Record: translator.RecordRequest}, Queue: queue.QueueSettings{WrapUp: -1, CallbackTries: 1, CallbackFor: time.Minute, Exits: callsBack}}
				if state == "connecting" {
					set.Up = -1
				}
				s, _ := hearing(t, set)
				s.calledBack()
				s.available("alice", "bob")
				call, who := "", "alice"
				if _, c, _ := s.w.Agent("alice"); c.Phase != protocol.PhaseOffered {
					who = "bob"
				}
				call = s.offered(who)
				if state != "offered" {
					s.must(who, map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
					s.wait(time.Second)
					s.accepts(who, call)
				}
				if state == "early" {
					s.respond(s.last("INVITE "), 183, "far", "", farSDP)
				}
				switch frame["type"] {
				case "lost":
					s.w.Lose(who)
				case "silent":
					_ = s.w.Happen(media.AgentSilent)
					s.w.Lose(who)
				case "bye":
					_ = s.w.Ask(who, map[string]any{"type": "bye"})
				default:
					asked := map[string]any{"call": call}
					for k, v := range frame {
						asked[k] = v
					}
					if asked["consult"] != nil {
						asked["consult"] = call
					}
					if frame["type"] == "dial" {
						delete(asked, "call")
					}
					s.ask(who, asked)
				}
				s.wait(time.Second)
				s.idleWithFar()
			})
		}
	}
}

// idleWithFar answers what we ask of the far side, until nothing is left.
func (s *scene) idleWithFar() {
	s.t.Helper()
	done := 0
	for range 40 {
		all := s.w.Messages()
		for ; done < len(all); done++ {
			m := strings.ReplaceAll(all[done].SIP, "\r\n", "\n")
			if all[done].Party != "trunk" || all[done].In {
				continue
			}
			switch {
			case strings.HasPrefix(m, "CANCEL "):
				s.respond(m, 200, "far", "", "")
				for _, inv := range all {
					if text := strings.ReplaceAll(inv.SIP, "\r\n", "\n"); strings.HasPrefix(text, "INVITE ") && !inv.In && line(text, "Via") == line(m, "Via") {
						s.respond(text, 487, "far", "", "")
					}
				}
			case strings.HasPrefix(m, "BYE "):
				s.respond(m, 200, "", "", "")
			}
		}
		s.wait(20 * time.Second)
	}
	s.idle()
}

// firstInLine is the call of who is next in the queue.
func (s *scene) firstInLine() (id queue.CallerID) {
	s.w.X.Engine(func(e *queue.Engine) {
		if line, _ := e.Line("billing", 1, 1); len(line) > 0 {
			id = line[0].Caller
		}
	})
	s.wait(0)
	return id
}

// Whatever goes wrong with a call for one agent, nobody is left behind.
func TestFaultForOneAgent(t *testing.T) {
	for name, story := range map[string]func(s *scene, call string){
		"lost before": func(s *scene, _ string) { s.w.Lose("alice") },
		"logs out":    func(s *scene, _ string) { _ = s.w.Ask("alice", map[string]any{"type": "bye"}) },
		"no sound": func(s *scene, call string) {
			s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
			s.accepts("alice", call)
			s.wait(10 * time.Second)
		},
		"lost without sound": func(s *scene, call string) {
			s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
			s.accepts("alice", call)
			s.w.Lose("alice")
		},
		"logs out without sound": func(s *scene, call string) {
			s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
			s.accepts("alice", call)
			_ = s.w.Ask("alice", map[string]any{"type": "bye"})
		},
		"reloads": func(s *scene, call string) {
			s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
			s.w.Lose("alice")
			s.available("alice")
			s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
			s.wait(time.Second)
		},
		"bad answer": func(s *scene, call string) {
			_ = s.w.Ask("alice", map[string]any{"type": "accept", "call": call, "sdp": "v=0"})
		},
		"ended":     func(s *scene, _ string) { s.w.X.EndAll() },
		"cancelled": func(s *scene, _ string) { s.cancels(1) },
	} {
		for _, from := range []string{"route", "queue"} {
			t.Run(name+"/"+from, func(t *testing.T) {
				set := replay.Setup{Up: -1}
				if from == "route" {
					set.Route = func(*dialog.Invite) translator.Routing {
						return translator.Routing{Agent: "alice", Terms: translator.Terms{}.WithDefaults()}
					}
				} else {
					set.Queue = queue.QueueSettings{Capacity: 1, OnFull: queue.WayOut{Kind: queue.OutAgent, Agent: "alice"}}
					set.Terms.Answer = translator.AnswerEarly
				}
				s := newScene(t, set)
				s.w.Hello("alice", protocol.Away)
				if from == "queue" {
					s.arrives(2)
				}
				s.w.X.PauseAll("billing")
				s.must("alice", map[string]any{"type": "state", "state": "available"})
				s.arrives(1)
				story(s, s.offered("alice"))
				s.wait(time.Minute)
				if a, c, ok := s.w.Agent("alice"); ok && (a.State == protocol.Offered || a.State == protocol.OnCall) {
					t.Errorf("alice is %s, her call %s", a.State, c.Phase)
				}
				if from == "queue" {
					s.cancels(2)
				}
				s.idleWithFar()
			})
		}
	}
}

// All calls are ended while their callers are on the way somewhere: each gets his last word at once.
func TestFaultEndedOnTheWay(t *testing.T) {
	for name, out := range map[string]queue.WayOut{
		"callback": {Kind: queue.OutCallback}, "message": {Kind: queue.OutMessage, Message: "phrase:closed"}, "number": {Kind: queue.OutNumber, Number: "+49309999"},
		"agent": {Kind: queue.OutAgent, Agent: "alice"},
	} {
		for _, answer := range []translator.AnswerMode{translator.AnswerRing, translator.AnswerEarly, translator.AnswerAtOnce} {
			t.Run(fmt.Sprint(name, "/", answer), func(t *testing.T) {
				s, _ := hearing(t, replay.Setup{Terms: translator.Terms{Answer: answer}, Queue: queue.QueueSettings{MaxWait: time.Minute, OnMaxWait: out}})
				s.w.Media.Sounds = 10 * time.Minute
				s.w.Hello("alice", protocol.Away)
				s.w.X.PauseAll("billing")
				s.must("alice", map[string]any{"type": "state", "state": "available"})
				s.arrives(1)
				if answer == translator.AnswerAtOnce {
					s.again("ACK", 1)
				}
				s.wait(61 * time.Second)
				s.w.X.EndAll()
				s.wait(0)
				if answer == translator.AnswerAtOnce {
					s.last("BYE ")
				} else if name != "callback" || answer == translator.AnswerEarly {
					want := "SIP/2.0 503"
					if name == "callback" {
						want = "SIP/2.0 480"
					}
					s.last(want)
				}
				s.idleWithFar()
			})
		}
	}
}

// Pages that are asked together reload, are lost, log out or accept with their description; one wins, and nobody is left behind.
func TestFaultRingAllPages(t *testing.T) {
	for seed := range uint64(20) {
		s := newScene(t, replay.Setup{Seed: seed, Queue: queue.QueueSettings{Strategy: queue.RingAll, WrapUp: -1}})
		s.available("alice", "bob", "dora", "emil")
		s.arrives(1)
		call := s.offered("alice")
		for _, a := range []string{"alice", "bob", "dora", "emil"} {
			s.must(a, map[string]any{"type": "ringing", "call": call})
		}
		s.w.Lose("alice")
		s.available("alice")
		s.wait(time.Second)
		s.w.Together(func() {
			s.w.Lose("dora")
			_ = s.w.Ask("emil", map[string]any{"type": "bye"})
			for _, a := range []string{"alice", "bob"} {
				_ = s.w.Ask(a, map[string]any{"type": "accept", "call": call, "sdp": "$answer"})
			}
		})
		s.wait(time.Second)
		won := ""
		for _, a := range []string{"alice", "bob"} {
			if agent, c, _ := s.w.Agent(a); agent.State == protocol.OnCall && c.Phase == protocol.PhaseConnected {
				won += a
			}
		}
		if won != "alice" && won != "bob" {
			t.Fatalf("seed %d: %q have it", seed, won)
		}
		s.ends(won, call, 1)
	}
}

// What an agent asks of media that has just gone gets its reply all the same.
func TestFaultRestartTooLate(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Queue: queue.QueueSettings{WrapUp: -1, CallbackTries: 1, Exits: callsBack}})
	s.calledBack()
	call := s.taken()
	invite := s.last("INVITE ")
	before := len(s.w.Messages())
	s.w.Together(func() {
		s.respond(invite, 486, "far", "", "")
		_ = s.w.Ask("alice", map[string]any{"type": "restart", "call": call, "sdp": "$offer"})
	})
	replies := 0
	for _, m := range s.w.Messages()[before:] {
		if r, ok := m.Object.(protocol.Reply); ok && m.Party == "alice" && !m.In {
			replies++
			if r.Type == "ok" {
				t.Errorf("replied %+v", r)
			}
		}
	}
	if replies != 1 {
		t.Errorf("%d replies", replies)
	}
	s.idle()
}

// The customer has answered and nothing comes from the agent: he is not kept in silence.
func TestFaultCallbackSilentAgent(t *testing.T) {
	s, _ := hearing(t, replay.Setup{Heard: -1, Queue: queue.QueueSettings{WrapUp: -1, Exits: callsBack}})
	s.calledBack()
	call := s.taken()
	s.respond(s.last("INVITE "), 200, "far", "", farSDP)
	s.wait(6 * time.Second)
	s.wantCause("alice", call, protocol.CauseMediaLost, protocol.ByAgent)
	s.respond(s.last("BYE "), 200, "", "", "")
	if a, _, _ := s.w.Agent("alice"); a.State == protocol.OnCall {
		t.Errorf("alice is %s", a.State)
	}
	s.idle()
}
