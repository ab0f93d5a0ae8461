package translator_test

import (
	"fmt"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator"
	"offhook/translator/replay"
)

var spoken = media.Sound{Name: "recorded.wav"}

// noticed are settings by which calls are recorded after a notice.
func noticed(mode translator.RecordMode) replay.Setup {
	return replay.Setup{Terms: translator.Terms{Record: mode, RecordNotice: spoken}, Trunk: accepting}
}

// heard wants the one open session to hear this.
func (s *scene) heard(want ...string) {
	s.t.Helper()
	var all []string
	for _, list := range s.w.Media.Hears() {
		all = append(all, list...)
	}
	if fmt.Sprint(all) != fmt.Sprint(want) {
		s.t.Errorf("heard is %q, want %q", all, want)
	}
}

func (s *scene) recording(agent, call, want string) {
	s.t.Helper()
	if c := s.object(agent, call); c.Recording != want {
		s.t.Errorf("recording is %q, want %q", c.Recording, want)
	}
}

// answered is a call that alice dialled, as it is answered: her media is up.
func (s *scene) answered(to string) (call, invite string) {
	s.t.Helper()
	call, invite = s.dial(to)
	s.respond(invite, 200, "far", "", farSDP)
	s.next("ACK ")
	s.wait(500 * time.Millisecond)
	return call, invite
}

// A queue whose calls are always recorded says so first: the conversation and the recording begin when the far side has heard it.
func TestRecordNotice(t *testing.T) {
	s := newScene(t, noticed(translator.RecordAlways))
	call, _ := s.answered("+49301234")
	s.heard("trunk<recorded.wav")
	s.recording("alice", call, "off")
	s.wait(3 * time.Second)
	s.heard("trunk+1")
	s.recording("alice", call, "on")
}

// What was played before the notice ends just as the notice begins: word of it comes later, and does not cut the notice short.
func TestRecordNoticeIsHeardToItsEnd(t *testing.T) {
	s := newScene(t, noticed(translator.RecordAlways))
	call, _ := s.answered("+49301234")
	s.heard("trunk<recorded.wav")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.w.Together(func() {
		if err := s.w.Happen(media.PlayEnded); err != nil { // the first notice's, which hold came too late for
			t.Fatal(err)
		}
		if err := s.w.Ask("alice", map[string]any{"type": "resume", "call": call}); err != nil {
			t.Fatal(err)
		}
	})
	s.heard("trunk<recorded.wav")
	if err := s.w.Happen(media.PlayEnded); err != nil {
		t.Fatal(err)
	}
	s.heard("trunk<recorded.wav")
	s.recording("alice", call, "off")
	s.wait(3 * time.Second)
	s.heard("trunk+1")
	s.recording("alice", call, "on")
}

// The agent holds before the notice was heard to its end: music, and the notice again before the two talk.
func TestRecordNoticeAndHold(t *testing.T) {
	s := newScene(t, noticed(translator.RecordAlways))
	call, _ := s.answered("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.heard("trunk<music")
	s.wait(5 * time.Second)
	s.heard("trunk<music")
	s.recording("alice", call, "off")
	s.must("alice", map[string]any{"type": "resume", "call": call})
	s.heard("trunk<recorded.wav")
	s.wait(3 * time.Second)
	s.heard("trunk+1")
	s.recording("alice", call, "on")
}

// By request: as by rule; who changes his mind during the notice has a call that is not recorded.
func TestRecordNoticeByRequest(t *testing.T) {
	s := newScene(t, noticed(translator.RecordRequest))
	call, _ := s.talking("+49301234")
	s.heard("trunk+1")
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true})
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true})
	s.heard("trunk<recorded.wav")
	s.must("alice", map[string]any{"type": "record", "call": call, "on": false})
	s.heard("trunk+1")
	s.wait(5 * time.Second)
	s.recording("alice", call, "off")
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true})
	s.wait(2500 * time.Millisecond)
	s.heard("trunk+1")
	s.recording("alice", call, "on")
}

// A transfer during the notice: the target hears nothing of it; when it fails the notice is played again.
func TestRecordNoticeAndTransfer(t *testing.T) {
	s := newScene(t, noticed(translator.RecordAlways))
	call, _ := s.answered("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second := s.next("INVITE ")
	s.heard("trunk<music")
	s.respond(second, 486, "two", "", "")
	s.heard("trunk<recorded.wav")
	s.wait(3 * time.Second)
	s.heard("trunk+1")
	s.recording("alice", call, "on")
}

// The far side or the agent hangs up during the notice: the call is over, and was not recorded.
func TestRecordNoticeAndHangup(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(noticed(translator.RecordAlways), &all))
	call, _ := s.answered("+49301234")
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.respond(s.next("BYE "), 200, "far", "", "")
	s.wantCause("alice", call, protocol.CauseNormal, protocol.ByAgent)
	s.idle()
	if len(all) != 1 || len(all[0].Recordings) != 0 {
		t.Errorf("the record is %+v", all)
	}
}

// A colleague who takes the call over talks after the notice, which was cut short.
func TestRecordNoticeAndColleague(t *testing.T) {
	s := newScene(t, noticed(translator.RecordRequest))
	s.w.Hello("bob", protocol.Available)
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "record", "call": call, "on": true})
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.takes("bob")
	s.heard("trunk<recorded.wav")
	s.wait(2 * time.Second)
	s.heard("trunk+2")
	s.recording("bob", call, "on")
}

// A notice that cannot be played: the call goes on, and is not recorded.
func TestFaultRecordNoticeNotPlayed(t *testing.T) {
	s := newScene(t, noticed(translator.RecordAlways))
	s.w.Media.Unplayable = "recorded.wav"
	call, _ := s.answered("+49301234")
	s.heard("trunk+1")
	s.wait(5 * time.Second)
	s.recording("alice", call, "off")
}
