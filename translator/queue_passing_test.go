package translator_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

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
