package translator_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/replay"
)

// Random histories of callers, two agents and the clock, in virtual time. After every step, and when all is over:
//
//   - no agent has two calls or offers, and what he is told agrees with the queue's books;
//   - each INVITE gets exactly one final answer on the wire, each call ends once with one cause;
//   - each request gets exactly one reply, and it comes before the objects that the request causes;
//   - each part of an agent ends exactly once, with a cause, and a call's revs rise;
//   - nothing is left behind, and nothing happened that must never happen.
func TestHistories(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 500
	}
	if os.Getenv("OFFHOOK_LONG") != "" {
		n = 100_000
	}
	const lanes = 4
	reached := make(chan map[string]int, lanes)
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane%d", lane), func(t *testing.T) {
			t.Parallel()
			sum := map[string]int{}
			defer func() { reached <- sum }()
			for seed := lane; seed < n; seed += lanes {
				h := newHistory(uint64(seed))
				s := play(h)
				for k, v := range s.reached {
					sum[k] += v
				}
				if s.fault == "" {
					continue
				}
				h = shrink(h)
				s = play(h)
				t.Fatalf("seed %d, shrunk to %d steps: %s\n%s", seed, len(h.steps), s.fault, s.ladder())
			}
		})
	}
	t.Cleanup(func() {
		sum := map[string]int{}
		for range lanes {
			for k, v := range <-reached {
				sum[k] += v
			}
		}
		t.Logf("%d histories reached %v", n, sum)
		for _, what := range []string{"connected", "connecting", "wrap_up", "status 200", "status 480", "status 486", "status 487", "status 488", "timeout by trunk", "normal by agent",
			"normal by caller", "abandoned by caller", "cancelled by caller", "limit by system", "media_lost by system", "dialing", "ringing", "early", "held", "transferring", "transferred by agent", "busy_here by callee", "transfer blind done", "transfer blind failed", "transfer blind cancelled", "transfer refer done", "transfer refer failed", "transfer attended done", "transfer referred done", "transfer referred failed", "no_common_codec by trunk", "missed by system", "rejected by agent", "unreachable by system", "agent_lost by system", "answered_elsewhere by system"} {
			if sum[what] == 0 && !t.Failed() && (n >= 10_000 || !strings.HasPrefix(what, "transfer ")) { // some are rare
				t.Errorf("no history reached %q", what)
			}
		}
	})
}

// history is what happens: a setup and steps, each with a seed of its own, so that one can be left out without changing the others.
type history struct {
	setup uint64
	steps []uint64
}

func newHistory(seed uint64) history {
	rng := rand.New(rand.NewPCG(seed, 11))
	h := history{setup: rng.Uint64()}
	for range 30 + rng.IntN(50) {
		h.steps = append(h.steps, rng.Uint64())
	}
	return h
}

// shrink leaves out what is not needed for a fault.
func shrink(h history) history {
	for size := len(h.steps) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(h.steps); {
			less := history{h.setup, slices.Delete(slices.Clone(h.steps), at, at+size)}
			if play(less).fault != "" {
				h = less
			} else {
				at += size
			}
		}
	}
	return h
}

// setup draws the world's settings.
func setup(seed uint64) replay.Setup {
	rng := rand.New(rand.NewPCG(seed, 12))
	s := replay.Setup{Seed: seed | 1}
	if rng.IntN(3) == 0 {
		s.Terms.Answer = translator.AnswerAtOnce
	}
	if rng.IntN(4) == 0 {
		s.Terms.OnAgentLost = "end"
	}
	if rng.IntN(3) == 0 {
		s.Queue.WrapUp = -1
	}
	if rng.IntN(4) == 0 {
		s.Queue.OutcomeRequired = true
		s.Terms.Outcomes = []string{"sold", "not sold"}
	}
	if rng.IntN(4) == 0 {
		s.Queue.Capacity = 1
	}
	if rng.IntN(4) == 0 {
		s.Queue.MaxWait = time.Minute
	}
	if rng.IntN(6) == 0 {
		s.Queue.RefuseEmpty = true
	}
	if rng.IntN(3) == 0 {
		s.Agents = queue.Settings{MaxMisses: 3, RejectDelay: time.Second}
	}
	if rng.IntN(3) == 0 {
		s.Terms.Record = []translator.RecordMode{translator.RecordRequest, translator.RecordAlways}[rng.IntN(2)]
		s.Terms.RecordNotice = []media.Sound{media.SoundNone, spoken}[rng.IntN(2)]
	}
	s.Rules = translator.TrunkRules{Refer: rng.IntN(3) == 0}
	if rng.IntN(3) == 0 {
		s.Rules.Hold = translator.HoldSendonly
	}
	if rng.IntN(3) == 0 {
		s.Rules.Digits = translator.DigitsInfo
	}
	if rng.IntN(2) == 0 {
		s.Trunk = accepting
	}
	switch rng.IntN(4) {
	case 0:
		s.Up, s.Heard = -1, -1
	case 1:
		s.Up, s.Heard = 400*time.Millisecond, -1
	case 2:
		s.Up = 2 * time.Second
	}
	switch rng.IntN(4) {
	case 0:
		s.Queue.Strategy = queue.RingAll
	case 1:
		s.Queue.Strategy, s.Queue.Step = queue.RingProgressively, 2*time.Second
	}
	if rng.IntN(2) == 0 {
		return s
	}
	outs := []queue.WayOut{
		{Kind: queue.OutCallback}, {Kind: queue.OutQueue, Queue: "sales"}, {Kind: queue.OutAgent, Agent: "carol"}, {Kind: queue.OutNumber, Number: "+4930777"},
		{Kind: queue.OutMessage, Message: "sorry.wav", Status: 480}, {},
	}
	out := func() queue.WayOut { return outs[rng.IntN(len(outs))] }
	s.Queue.Exits = []queue.Exit{{Key: '1', Out: out()}, {Key: '2', Out: out()}}
	s.Queue.OnFull, s.Queue.OnMaxWait, s.Queue.OnEmpty = out(), out(), out()
	s.Queue.CallbackGap, s.Queue.CallbackFor = 10*time.Second, 5*time.Minute
	if rng.IntN(2) == 0 {
		s.Queue.AnnounceEvery = 10 * time.Second
		s.Terms.Voice, s.Terms.Welcome = speech{}, []media.Sound{{Name: "welcome"}}
		s.Terms.Comfort, s.Terms.ComfortEvery = []media.Sound{{Name: "comfort"}}, 15*time.Second
	}
	if s.Terms.Answer == "" && rng.IntN(2) == 0 {
		s.Terms.Answer = translator.AnswerEarly
	}
	return s
}

// story is one history as it is played.
type story struct {
	w       *replay.World
	rng     *rand.Rand // of the present step
	phones  []*phone
	targets map[string]*target // of the calls that we placed, by Call-ID
	order   []*target
	placed  int // calls that agents dialled
	records map[string]translator.CallRecord
	seen    int // messages looked at
	pages   map[string]*witness
	fault   string
	reached map[string]int
	lenient bool // problems are looked at by the test itself
}

var agents = []string{"alice", "bob", "carol"}

func play(h history) (s *story) {
	s = &story{pages: map[string]*witness{}, reached: map[string]int{}, targets: map[string]*target{}, records: map[string]translator.CallRecord{}}
	for _, id := range agents {
		s.pages[id] = newWitness(s, id)
	}
	set := setup(h.setup)
	set.Watch = func(agent string, object any) { s.pages[agent].sent(object) }
	set.Hooks.Record = s.recorded
	w, err := replay.NewWorld(set)
	if err != nil {
		s.fail("world: %v", err)
		return s
	}
	s.w = w
	defer func() {
		if p := recover(); p != nil {
			s.fail("panic: %v", p)
		}
	}()
	for _, seed := range h.steps {
		s.rng = rand.New(rand.NewPCG(seed, 13))
		s.step()
		s.look()
		s.atRest()
		if s.fault != "" {
			return s
		}
	}
	s.rng = rand.New(rand.NewPCG(h.setup, 14))
	s.finish()
	return s
}

// recorded holds a call's record against the rules: one for each call, every transfer with one outcome, every part and leg with an end.
func (s *story) recorded(r translator.CallRecord) {
	if _, twice := s.records[r.ID]; twice {
		s.fail("two records of %s", r.ID)
	}
	s.records[r.ID] = r
	for _, t := range r.Transfers {
		s.reached["transfer "+t.Kind+" "+t.Outcome]++
		if t.Outcome != "done" && t.Outcome != "failed" && t.Outcome != "cancelled" {
			s.fail("a transfer of %s has the outcome %q", r.ID, t.Outcome)
		}
	}
	for _, p := range r.Agents {
		if p.Left.IsZero() || p.Cause.Code == "" || p.TalkMS < 0 || p.HoldMS > p.TalkMS {
			s.fail("a part of %s: %+v", r.ID, p)
		}
	}
	for _, l := range r.Legs {
		if l.Ended.IsZero() || l.Trunk == "" {
			s.fail("a leg of %s: %+v", r.ID, l)
		}
	}
	if r.Ended.IsZero() || r.Cause.Code == "" || r.TalkMS < 0 || r.WaitMS < 0 {
		s.fail("the record %+v", r)
	}
}

func (s *story) fail(format string, args ...any) {
	if s.fault == "" {
		s.fault = fmt.Sprintf(format, args...)
		if s.w != nil {
			s.fault = s.w.Elapsed().String() + ": " + s.fault
		}
	}
}

func (s *story) ladder() string {
	if s.w == nil {
		return ""
	}
	var b strings.Builder
	if err := replay.Ladder(&b, &replay.Result{Messages: s.w.Messages()}); err != nil {
		return err.Error()
	}
	return b.String()
}

// steady is a source for stories without chance: phones and agents do what they should.
func steady() *rand.Rand { return rand.New(high{}) }

// high is a source of the highest numbers: no chance is taken.
type high struct{}

func (high) Uint64() uint64 { return ^uint64(0) }

func (s *story) chance(percent int) bool { return s.rng.IntN(100) < percent }

// advance moves the clock; what is sent on the way is answered at its time.
func (s *story) advance(d time.Duration) {
	for end := s.w.Elapsed() + d; s.fault == ""; {
		at, ok := s.w.Next()
		if !ok || at > end {
			at = end
		}
		s.w.Advance(at)
		s.look()
		if at == end {
			return
		}
	}
}

// look lets the phones see what was sent to the trunk, and answer it; and most pages show at once what they are offered.
func (s *story) look() {
	for s.fault == "" && s.seen < len(s.w.Messages()) {
		m := s.w.Messages()[s.seen]
		s.seen++
		if m.Party == "trunk" && !m.In {
			s.toTrunk(m.SIP)
		}
		if c, ok := m.Object.(protocol.Call); ok && c.Phase == protocol.PhaseOffered && s.chance(70) && s.w.Attached(m.Party) {
			s.ask(m.Party, map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
		}
	}
	if p := s.w.Problems(); len(p) > 0 && !s.lenient {
		s.fail("%s", p[0])
	}
}

// finish ends everything, and looks whether anything is left.
func (s *story) finish() {
	for _, p := range s.phones {
		p.deaf = false
		p.end()
	}
	for _, t := range s.order {
		t.end()
	}
	s.look()
	for _, id := range agents {
		if !s.w.Attached(id) && s.pages[id].inside() { // two agents who hear each other need no sockets, and nobody else ends their call
			s.hello(id)
		}
		if s.w.Attached(id) {
			s.ask(id, map[string]any{"type": "bye"})
		}
	}
	s.advance(10 * time.Second)
	for _, t := range s.order { // who is called back in the end hangs up too
		t.end()
	}
	s.advance(30 * time.Minute)
	for _, p := range s.phones {
		p.check()
	}
	for _, id := range agents {
		s.pages[id].check()
	}
	ended := map[string]string{}
	for _, e := range s.w.Endings() {
		if was, twice := ended[e.Call]; twice {
			s.fail("call %s ended as %s, and again as %s", e.Call, was, e.Cause)
		}
		ended[e.Call] = e.Cause
		s.reached[e.Cause]++
	}
	if len(ended) != len(s.phones)+s.placed {
		s.fail("%d calls came, %d were placed, %d ended", len(s.phones), s.placed, len(ended))
	}
	if len(s.records) != len(ended) {
		s.fail("%d calls ended, %d records", len(ended), len(s.records))
	}
	if err := s.w.Idle(); err != nil {
		s.fail("%v", err)
	}
	if b := s.w.Books(); b.Faults != 0 || b.Agents != 0 || b.Logins != 0 {
		s.fail("the books at the end: %+v", b)
	}
}
