package translator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/replay"
)

// notebook keeps callbacks as the disk does: as text.
type notebook struct {
	lines map[string]string
	kept  int
}

func (n *notebook) Keep(c translator.Callback) {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	n.lines[c.Record.ID] = string(text)
	n.kept++
}

func (n *notebook) Done(call string) { delete(n.lines, call) }

// read is what the next process finds.
func (n *notebook) read(t *testing.T) (list []translator.Callback) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(n.lines)) {
		var c translator.Callback
		if err := json.Unmarshal([]byte(n.lines[id]), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// restarts is a center that is started again and again, with one notebook and one clock.
type restarts struct {
	t       *testing.T
	book    *notebook
	set     replay.Setup
	records []translator.CallRecord
	up      time.Duration // of those before this one
}

func newRestarts(t *testing.T, q queue.QueueSettings) *restarts {
	r := &restarts{t: t, book: &notebook{lines: map[string]string{}}}
	q.WrapUp, q.Exits = -1, callsBack
	r.set = replay.Setup{
		Queue: q, Hooks: translator.Hooks{Record: func(c translator.CallRecord) { r.records = append(r.records, c) }},
		Configure: func(cfg *translator.Config) { cfg.Promises = r.book },
	}
	return r
}

// start is the next process. What is left in the one before is forgotten, as if it had been killed.
func (r *restarts) start(after time.Duration) *scene {
	r.t.Helper()
	r.set.Start = r.up + after
	s, _ := hearing(r.t, r.set)
	s.w.X.TakeOver(r.book.read(r.t))
	s.wait(0)
	return s
}

func (r *restarts) stopped(s *scene) { r.up += s.w.Elapsed() }

// A customer who waits to be called back is called back by the next process, at the place that his old arrival gives, whichever way the first one ended.
func TestCallbackOutlivesServer(t *testing.T) {
	for name, end := range map[string]func(s *scene, r *restarts){
		"killed": func(*scene, *restarts) {},
		"drained": func(s *scene, r *restarts) {
			s.w.X.Drain()
			s.wait(time.Second)
			if n := s.w.X.Calls(); n != 0 {
				r.t.Errorf("draining waits for %d calls", n)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRestarts(t, queue.QueueSettings{CallbackTries: 3, CallbackGap: 5 * time.Minute})
			s := r.start(0)
			s.calledBack()
			s.wait(time.Minute)
			if len(r.book.lines) != 1 {
				t.Fatalf("kept: %q", r.book.lines)
			}
			end(s, r)
			if len(r.records) != 0 {
				t.Fatalf("the call is over: %+v", r.records)
			}
			r.stopped(s)

			s = r.start(time.Hour)
			if b := s.w.Books(); b.Callers != 1 || b.Calls != 1 {
				t.Fatalf("books %+v", b)
			}
			s.arrives(2)
			s.again("ACK", 2)
			s.wait(time.Second)
			call := s.taken()
			c := s.object("alice", call)
			if !c.Callback || c.From.Number != "+49170101" || c.Position != 1 || c.WaitedMS < time.Hour.Milliseconds() {
				t.Errorf("alice sees %+v", c)
			}
			invite := s.last("INVITE sip:+49170101@")
			s.respond(invite, 200, "far", "", farSDP)
			s.wait(time.Second)
			if got := s.object("alice", call).Phase; got != protocol.PhaseConnected {
				t.Errorf("the call is %s", got)
			}
			if len(r.book.lines) != 0 {
				t.Errorf("still kept: %q", r.book.lines)
			}
			s.far("BYE", invite, "far", "", "")
			s.wait(time.Minute)
			r.one(func(got translator.CallRecord) string {
				switch {
				case got.ID != call || got.From.Number != "+49170101" || got.Queue != "billing" || got.Cause.Code != protocol.CauseNormal:
					return "another call"
				case len(got.Legs) != 2 || got.Legs[0].Direction != protocol.Inbound || got.Legs[1].Direction != protocol.Outbound:
					return "other legs"
				case got.Legs[0].Ended.Sub(got.Arrived.Time) > time.Minute:
					return "the caller let go when he was not"
				case got.WaitMS < time.Hour.Milliseconds():
					return "another wait"
				}
				return ""
			})
		})
	}
}

// one wants one record of the callback, which is good if fault has nothing to say.
func (r *restarts) one(fault func(translator.CallRecord) string) {
	r.t.Helper()
	var list []translator.CallRecord
	for _, c := range r.records {
		if c.From.Number == "+49170101" {
			list = append(list, c)
		}
	}
	if len(list) != 1 {
		r.t.Fatalf("%d records: %+v", len(list), list)
	}
	if f := fault(list[0]); f != "" {
		text, _ := json.MarshalIndent(list[0], "", " ")
		r.t.Errorf("%s: %s", f, text)
	}
}

// In whichever state the server dies, the next one calls the customer back; a try that had begun is counted, and those before are not forgotten.
func TestFaultServerDiesDuringCallback(t *testing.T) {
	dials := func(s *scene) string {
		s.taken()
		return s.last("INVITE sip:+49170101@")
	}
	for _, row := range []struct {
		name string
		till func(s *scene)
		// tries are those that are left of three; rests is how long the next one has to wait.
		tries int
		rests time.Duration
	}{
		{"while the caller is told so", func(s *scene) { s.arrives(1); s.again("ACK", 1); s.wait(time.Second); s.w.Press('1') }, 3, 0},
		{"while it waits", func(s *scene) { s.calledBack() }, 3, 0},
		{"while an agent is asked", func(s *scene) { s.calledBack(); s.available("alice"); s.offered("alice") }, 3, 0},
		{"while the agent's sound comes up", func(s *scene) {
			s.w.Media.Up = time.Hour
			s.calledBack()
			s.available("alice")
			call := s.offered("alice")
			s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
			s.accepts("alice", call)
		}, 3, 0},
		{"while the customer is dialled", func(s *scene) { s.calledBack(); dials(s) }, 2, 0},
		{"while it rings at the customer", func(s *scene) { s.calledBack(); s.respond(dials(s), 180, "far", "", "") }, 2, 0},
		{"after a try that he did not answer", func(s *scene) { s.calledBack(); s.respond(dials(s), 486, "far", "", ""); s.wait(time.Second) }, 2, 4*time.Minute + 29*time.Second},
		{"while it rings the second time", func(s *scene) {
			s.calledBack()
			s.respond(dials(s), 486, "far", "", "")
			s.wait(5*time.Minute + time.Second)
			dials(s)
		}, 1, 0},
		{"after the agent was lost while it rang", func(s *scene) {
			s.calledBack()
			s.respond(dials(s), 180, "far", "", "")
			s.w.Lose("alice")
			if err := s.w.Happen(media.AgentSilent); err != nil {
				panic(err)
			}
			s.wait(40 * time.Second)
		}, 3, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRestarts(t, queue.QueueSettings{CallbackTries: 3, CallbackGap: 5 * time.Minute})
			s := r.start(0)
			row.till(s)
			r.stopped(s)
			s = r.start(30 * time.Second)
			s.available("alice")
			if row.rests > 0 {
				s.wait(row.rests - time.Second)
				if _, c, _ := s.w.Agent("alice"); c.ID != "" {
					t.Fatalf("tried %v too early", row.rests-s.w.Elapsed())
				}
				s.wait(2 * time.Second)
			}
			for try := range row.tries {
				if try > 0 {
					s.wait(5 * time.Minute)
				}
				s.taken()
				s.respond(s.last("INVITE sip:+49170101@"), 486, "far", "", "")
				s.wait(time.Second)
			}
			s.idle()
			r.one(func(got translator.CallRecord) string {
				for _, l := range got.Legs {
					if l.Ended.IsZero() {
						return "a leg that never ended"
					}
				}
				for _, a := range got.Agents {
					if a.Left.IsZero() {
						return "an agent who never left"
					}
				}
				return ""
			})
			if len(r.book.lines) != 0 {
				t.Errorf("still kept: %q", r.book.lines)
			}
		})
	}
}

// Class, skills and data come back too; whose queue is gone is told so in his record.
func TestTakeOver(t *testing.T) {
	r := newRestarts(t, queue.QueueSettings{})
	at := func(d time.Duration) protocol.Time {
		return protocol.At(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC).Add(d))
	}
	put := func(n int, change func(c *translator.Callback)) {
		c := translator.Callback{
			Record:  translator.CallRecord{ID: fmt.Sprintf("01KE000000000000000000000%d", n), Direction: protocol.Inbound, From: protocol.Party{Number: fmt.Sprintf("+4917010%d", n)}, Queue: "billing", Arrived: at(0)},
			Arrived: at(time.Duration(n) * time.Second), From: at(time.Duration(n) * time.Second), Joined: at(time.Duration(n) * time.Second),
		}
		change(&c)
		r.book.Keep(c)
	}
	put(1, func(c *translator.Callback) { c.Record.Queue = "gone" })
	put(2, func(*translator.Callback) {})
	put(3, func(c *translator.Callback) { c.Class, c.Record.Data = 2, map[string]string{"user-to-user": "7"} })
	put(4, func(c *translator.Callback) { c.Needs = []queue.Need{{Skill: "finnish", Min: 1}} })
	put(5, func(c *translator.Callback) { c.Tries = 3 })
	s := r.start(0)
	var ended []string
	for _, c := range r.records {
		ended = append(ended, c.From.Number)
	}
	if slices.Sort(ended); !slices.Equal(ended, []string{"+49170101", "+49170105"}) {
		t.Errorf("ended: %q", ended)
	}
	s.available("alice", "bob")
	if c := s.object("alice", s.offered("alice")); c.From.Number != "+49170103" || c.Data["user-to-user"] != "7" || !c.Callback {
		t.Errorf("first: %+v", c)
	}
	if c := s.object("bob", s.offered("bob")); c.From.Number != "+49170102" {
		t.Errorf("second: %+v", c)
	}
	s.wait(time.Hour)
	if b := s.w.Books(); b.Callers != 3 {
		t.Errorf("books %+v", b)
	}
	s.wait(24 * time.Hour)
	s.idle()
	if len(r.records) != 5 || len(r.book.lines) != 0 {
		t.Errorf("%d records, kept %q", len(r.records), r.book.lines)
	}
}

// Without a place to keep them callbacks end with the server, and their records say so.
func TestCallbackNotKept(t *testing.T) {
	r := newRestarts(t, queue.QueueSettings{})
	r.set.Configure = nil
	s := r.start(0)
	s.calledBack()
	s.w.X.Drain()
	s.idle()
	r.one(func(got translator.CallRecord) string {
		if got.Cause.Code != protocol.CauseDraining {
			return "another cause"
		}
		return ""
	})
}
