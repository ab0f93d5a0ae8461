package translator_test

import (
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/replay"
)

// broken is a world whose books a test breaks; the repairs are counted.
type broken struct {
	*scene
	repairs map[string]int
}

func newBroken(t *testing.T) *broken {
	b := &broken{repairs: map[string]int{}}
	var s replay.Setup
	s.Hooks.Count = func(what, label string) {
		if what == "repair" {
			b.repairs[label]++
		}
	}
	w, err := replay.NewWorld(s)
	if err != nil {
		t.Fatal(err)
	}
	b.scene = &scene{t: t, w: w, cseq: 100}
	return b
}

// spoil breaks the books.
func (b *broken) spoil(events ...queue.Event) {
	for _, ev := range events {
		b.w.X.Spoil(ev)
	}
	b.w.Books() // lets it happen
}

// caller lets a caller call in.
func (b *broken) caller() {
	b.w.Trunk("INVITE sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKin\nMax-Forwards: 70\nFrom: <sip:+4930@192.0.2.10>;tag=in\nTo: <sip:billing@192.0.2.20>\n" +
		"Call-ID: in\nCSeq: 1 INVITE\nContact: <sip:caller@192.0.2.10:5060>\nContent-Type: application/sdp\n\n" + farSDP)
}

func (b *broken) state(agent string) protocol.AgentState {
	a, _, _ := b.w.Agent(agent)
	return a.State
}

// Each way in which the queue's books can be wrong is found within two seconds, told, counted, and put right.
func TestFaultRepairs(t *testing.T) {
	for _, row := range []struct {
		why   queue.RepairReason
		spoil func(b *broken)
		right func(b *broken) bool // afterwards
		again int                  // repairs that must follow
	}{
		{queue.RepairCallerGone,
			func(b *broken) { b.spoil(queue.CallerArrived{Caller: "ghost", Queue: "billing"}) },
			func(b *broken) bool { return b.w.Books().Callers == 0 }, 0},
		{queue.RepairCallerLost,
			func(b *broken) {
				b.caller()
				b.spoil(queue.CallerLeft{Caller: queue.CallerID(b.waiting()), Reason: queue.LeaveGone})
			},
			func(b *broken) bool {
				b.w.Hello("alice", protocol.Available)
				b.wait(time.Second)
				return b.state("alice") == protocol.Offered
			}, 0},
		{queue.RepairOfferGone,
			func(b *broken) {
				b.w.Hello("alice", protocol.Available)
				b.spoil(queue.CallerArrived{Caller: "ghost", Queue: "billing"}, queue.OfferShown{Offer: 1}, queue.OfferAccepted{Offer: 1}, queue.CallConnected{Offer: 1})
			},
			func(b *broken) bool { return b.w.Books().Offered == 0 || b.state("alice") == protocol.WrapUp }, 1}, // the wrap-up is nobody's either
		{queue.RepairAgentGone,
			func(b *broken) {
				b.spoil(queue.AgentLoggedIn{Agent: "ghost"})
				b.caller() // something is there
			},
			func(b *broken) bool { return b.w.Books().Agents == 0 }, 0},
		{queue.RepairAttached,
			func(b *broken) {
				b.w.Hello("alice", protocol.Available)
				b.w.Lose("alice")
				b.spoil(queue.AgentBeat{Agent: "alice"})
			},
			func(b *broken) bool { b.caller(); return b.w.Books().Offered == 0 }, 0},
		{queue.RepairSeized,
			func(b *broken) {
				b.w.Hello("alice", protocol.Available)
				b.spoil(queue.AgentSeized{Agent: "alice"})
			},
			func(b *broken) bool { b.caller(); return b.state("alice") == protocol.Offered }, 0},
		{queue.RepairNotSeized,
			func(b *broken) {
				b.dial("+4930")
				b.spoil(queue.AgentFreed{Agent: "alice"})
			},
			func(b *broken) bool {
				b.caller()
				return b.w.Books().Offered == 0 && b.state("alice") == protocol.OnCall
			}, 0},
		{queue.RepairWithoutOwner,
			func(b *broken) {
				b.w.Hello("alice", protocol.Available)
				b.w.X.Repair(queue.Repair{Why: queue.RepairWithoutOwner, Agent: "alice", Event: queue.AgentLoggedOut{Agent: "alice"}})
			},
			func(b *broken) bool { return b.w.Books().Agents == 0 }, 0},
	} {
		t.Run(string(row.why), func(t *testing.T) {
			b := newBroken(t)
			row.spoil(b)
			b.wait(2500 * time.Millisecond)
			if b.repairs[string(row.why)] != 1 {
				t.Errorf("repairs: %v", b.repairs)
			}
			if p := b.w.Problems(); len(p) == 0 || !strings.Contains(p[0], "repair") {
				t.Errorf("problems: %v", p)
			}
			if !row.right(b) {
				t.Errorf("not put right: %+v, alice is %s", b.w.Books(), b.state("alice"))
			}
			before := len(b.w.Problems())
			b.wait(10 * time.Second)
			if p := b.w.Problems(); len(p) != before+row.again {
				t.Errorf("repaired again: %v", p[before:])
			}
		})
	}
}

// waiting is the ID of the call that waits.
func (b *broken) waiting() (id string) {
	b.t.Helper()
	b.w.X.Engine(func(e *queue.Engine) {
		if line, _ := e.Line("billing", 1, 2); len(line) == 1 {
			id = string(line[0].Caller)
		}
	})
	b.w.Books()
	if id == "" {
		b.t.Fatal("not one caller waits")
	}
	return id
}

// On a machine that does not run the exchange in time, calls have not seen either what is on its way to them: what is found then is not put right, and what is
// found twice in time is.
func TestFaultLateLooksRepairNothing(t *testing.T) {
	b := newBroken(t)
	b.w.Hello("alice", protocol.Available)
	b.spoil(queue.AgentSeized{Agent: "alice"})
	for range 5 {
		b.wait(1500 * time.Millisecond) // one look in time, one late
		b.w.X.CompareLate(200 * time.Millisecond)
		b.w.Books()
	}
	if len(b.repairs) != 0 {
		t.Errorf("repairs: %v", b.repairs)
	}
	b.wait(2500 * time.Millisecond)
	if b.repairs[string(queue.RepairSeized)] != 1 {
		t.Errorf("repairs: %v", b.repairs)
	}
}

// A call of an agent's own that is gone without a word frees him, and his log-in with him: else he could never have another call.
func TestFaultRepairForgetsOwnCall(t *testing.T) {
	b := newBroken(t)
	b.w.Hello("alice", protocol.Available)
	b.w.X.ForgetOwn("alice")
	b.spoil(queue.AgentSeized{Agent: "alice"})
	b.wait(2500 * time.Millisecond)
	own := -1
	b.w.X.OwnCalls("alice", func(n int) { own = n })
	b.w.Books()
	if own != 0 || b.repairs[string(queue.RepairSeized)] != 1 || b.state("alice") != protocol.Available {
		t.Errorf("%d own calls, repairs %v, alice is %s", own, b.repairs, b.state("alice"))
	}
}

// An empty server compares nothing: no wake-ups. One that has a caller or an agent does, each second.
func TestReconcileOnlyWhileSomethingIsThere(t *testing.T) {
	sc := newScene(t, replay.Setup{})
	if at, ok := sc.w.X.ComparesAt(); ok {
		t.Errorf("nothing is there, compared at %v", at)
	}
	sc.w.Hello("alice", protocol.Available)
	if at, ok := sc.w.X.ComparesAt(); !ok || at.Sub(sc.w.Now()) != time.Second {
		t.Errorf("compared at %v, now %v", at, sc.w.Now())
	}
	sc.must("alice", map[string]any{"type": "state", "state": "away"})
	if err := sc.w.Ask("alice", map[string]any{"type": "bye"}); err != nil {
		t.Fatal(err)
	}
	sc.wait(5 * time.Second)
	if at, ok := sc.w.X.ComparesAt(); ok {
		t.Errorf("nobody is there any more, compared at %v", at)
	}
}
