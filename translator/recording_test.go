package translator_test

import (
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/replay"
)

// A call that is always recorded: from its first word, paused by the agent for a time that ends by itself, in another file when the far side becomes
// someone else.
func TestRecordAlways(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{Terms: translator.Terms{Record: translator.RecordAlways}, Trunk: accepting}, &all))
	call, invite := s.talking("+49301234")
	recording := func(want string) {
		t.Helper()
		if c := s.object("alice", call); c.Recording != want {
			t.Errorf("recording is %q, want %q", c.Recording, want)
		}
	}
	recording("on")
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true, "pause_s": 30})
	recording("paused")
	s.wait(31 * time.Second)
	recording("on")
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true, "pause_s": 30})
	s.wait(5 * time.Second)
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true})
	recording("on")
	s.refused("alice", protocol.Forbidden, map[string]any{"type": "record", "call": call, "on": false})
	s.w.Trunk(replacing(invite, "", ""))
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 200")
	recording("on")
	if err := s.w.Ask("alice", map[string]any{"type": "hangup", "call": call}); err != nil {
		t.Fatal(err)
	}
	s.idle()
	if len(all) != 1 || len(all[0].Recordings) != 2 || all[0].Recordings[0].PausedMS != 35000 || !strings.HasSuffix(all[0].Recordings[1].File, "-2.wav") {
		t.Errorf("the record is %+v", all)
	}
}

func TestRecordByRequest(t *testing.T) {
	s := newScene(t, replay.Setup{Terms: translator.Terms{Record: translator.RecordRequest}})
	call, _ := s.talking("+49301234")
	s.refused("alice", protocol.WrongPhase, map[string]any{"type": "record", "call": call, "on": true, "pause_s": 5})
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true})
	if c := s.object("alice", call); c.Recording != "on" {
		t.Errorf("recording is %q", c.Recording)
	}
	s.must("alice", map[string]any{"type": "record", "call": call, "on": false})
	s.wait(100 * time.Millisecond)
	if c := s.object("alice", call); c.Recording != "off" {
		t.Errorf("recording is %q", c.Recording)
	}
}

func TestRecordNever(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, _ := s.talking("+49301234")
	s.refused("alice", protocol.Forbidden, map[string]any{"type": "record", "call": call, "on": true})
}
