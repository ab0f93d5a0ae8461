package replay

import (
	"fmt"
	"slices"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/dialog"
)

// recorded is one message of the record, in the follower's terms.
type recorded struct {
	Captured
	at     time.Duration // since the first one, plus lead
	theirs bool          // the trunk sent it
	sip    *sipText
}

// follower plays the trunk's end of a recorded call against the translator: its requests at their recorded times; its responses as long after the
// requests of ours that they answer as they came in the record, matched by method and in order. The agent does what makes offhook do what the recorded end did.
type follower struct {
	w          *World
	call       *RecordedCall
	others     []*RecordedCall // of the capture
	trunkCalls bool
	agent      string
	record     []recorded
	skip       map[int]bool // CSeq numbers of INVITEs that the recorded end challenged
	tooBrief   map[int]bool // of those that it refused with 422
	fit        *fitter
	holding    bool        // while deriving
	attended   bool        // while deriving: the call is passed on to another one of the record
	settings   [][2]string // what the world is set to, as a transcript's header says it

	due     []dueStep
	turns   int
	read    int                    // of the world's messages
	ours    map[string][]*ownSent  // our requests of this call, by method
	answers map[string][]*answered // the recorded ones with their responses, by method
	seen    map[string]bool        // branches of our requests, with their methods
	placed  []*sipText             // our INVITEs of calls that the record does not have, or that are not played
	notes   []string
}

// dueStep is something to be done at a time.
type dueStep struct {
	at time.Duration
	do func() error
}

// ownSent is a request that we sent.
type ownSent struct {
	at  time.Duration
	sip *sipText
}

// answered is a request of the recorded end with the responses that it got, and how long after it.
type answered struct {
	at        time.Duration
	number    int
	responses []recorded
}

// lead is how long the agent is there before the first message.
const lead = time.Second

// pageID is the agent's name in replays of captures.
const pageID = "agent"

// play runs the call to its end.
func (f *follower) play() error {
	deeds, refuse := f.derive()
	f.settle(refuse)
	setup, err := f.setup()
	if err != nil {
		return err
	}
	w, err := NewWorld(setup)
	if err != nil {
		return err
	}
	f.w = w
	w.Hello(f.agent, protocol.Available)
	for _, m := range f.record {
		if m.theirs && m.sip.status() == 0 && !f.skipped(m) {
			f.plan(m.at, func() error { return f.give(m) })
		}
	}
	for _, d := range deeds {
		f.plan(d.at, func() error { return f.act(d) })
	}
	for _, next := range [...]func() error{f.run, func() error { return f.wait(after) }, f.hangUp, func() error { return f.wait(longest) }} {
		if err := next(); err != nil {
			return err
		}
	}
	f.w.Advance(f.w.Elapsed() + 10*time.Minute)
	f.look()
	return nil
}

// refuseWith is a route that takes no call. q850 is the Reason's cause, 0 for none.
func refuseWith(status, q850 int) func(*dialog.Invite) translator.Routing {
	return func(*dialog.Invite) translator.Routing { return translator.Routing{Status: status, Q850: q850} }
}

func (f *follower) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

func (f *follower) plan(at time.Duration, do func() error) {
	f.due = append(f.due, dueStep{at, do})
}

// run does what is due in the order of time, and lets the world's own timers have their turns between.
func (f *follower) run() error {
	for len(f.due) > 0 {
		if err := f.turn(); err != nil {
			return err
		}
		slices.SortStableFunc(f.due, func(a, b dueStep) int { return int(min(max(a.at-b.at, -1), 1)) })
		next := f.due[0]
		if at, ok := f.w.Next(); ok && at < next.at {
			f.w.Advance(at)
			f.look()
			continue
		}
		f.due = f.due[1:]
		f.w.Advance(max(next.at, f.w.Elapsed()))
		f.look()
		if err := next.do(); err != nil {
			return err
		}
		f.look()
	}
	return nil
}

// maxTurns bounds a replay: a call of four hours takes a thousand.
const maxTurns = 5000

// turn counts the world's turns.
func (f *follower) turn() error {
	if f.turns++; f.turns > maxTurns {
		return fmt.Errorf("it does not come to an end, at %s", f.w.Elapsed())
	}
	return nil
}

// hangUp ends what the record leaves open: the capture ended before the call.
func (f *follower) hangUp() error {
	if _, c, _ := f.w.Agent(f.agent); c.ID == "" || c.Phase == protocol.PhaseWrapUp {
		return nil
	}
	f.note("the record ends in mid-call: the agent hangs up")
	return f.act(deed{frame: map[string]any{"type": "hangup", "call": "$call"}})
}

// How long the world goes on after the last thing that the record holds: until a call that is still there is ended, and then until nothing is left.
const (
	after   = 2 * time.Second
	longest = 5 * time.Minute
)

// wait lets what was begun come to its end: requests of ours that only now are sent get their answers.
func (f *follower) wait(limit time.Duration) error {
	for end := f.w.Elapsed() + limit; f.w.Idle() != nil; {
		if err := f.turn(); err != nil {
			return err
		}
		at, ok := f.w.Next()
		if !ok || at > end {
			f.w.Advance(end)
			return nil
		}
		f.w.Advance(at)
		f.look()
		if err := f.run(); err != nil {
			return err
		}
	}
	return nil
}

// skipped says whether a request of theirs is left out: an INVITE that was challenged, with its ACK.
func (f *follower) skipped(m recorded) bool {
	n, method := m.sip.cseq()
	return f.skip[n] && (method == "INVITE" || method == "ACK")
}

// give lets the trunk send one of its recorded requests.
func (f *follower) give(m recorded) error {
	f.w.Trunk(f.fit.request(m.SIP))
	return nil
}

// act lets the agent do something. What cannot be done now is a note: the story goes on without it.
func (f *follower) act(d deed) error {
	frame := map[string]any{}
	for k, v := range d.frame {
		frame[k] = v
	}
	_, c, _ := f.w.Agent(f.agent)
	if frame["call"] == "$call" && c.ID == "" {
		f.note("the agent has no call for %q at %s", frame["type"], f.w.Elapsed())
		return nil
	}
	if err := f.w.Ask(f.agent, frame); err != nil {
		f.note("the agent cannot ask for what was recorded: %v", err)
	}
	return nil
}

// look reads what we have sent since, and plans what the trunk answers.
func (f *follower) look() {
	all := f.w.Messages()
	for ; f.read < len(all); f.read++ {
		m := all[f.read]
		if m.Party != "trunk" || m.In || m.SIP == "" {
			continue
		}
		sip := readSIP(m.SIP)
		if f.fit.is.callID == "" && !f.trunkCalls && sip.method() == "INVITE" {
			f.fit.is.callID = sip.get("call-id")
		}
		if sip.get("call-id") == f.fit.is.callID {
			f.learn(sip)
			f.answer(ownSent{m.At, sip})
		} else {
			f.answerElsewhere(ownSent{m.At, sip})
		}
	}
}

// learn keeps what we call ourselves.
func (f *follower) learn(sip *sipText) {
	name := "to"
	if sip.status() == 0 {
		name = "from"
	}
	f.fit.is.tag = first(sip.tag(name), f.fit.is.tag)
	f.fit.is.contact = first(sip.contactURI(), f.fit.is.contact)
	f.fit.is.rseq = first(sip.get("rseq"), f.fit.is.rseq)
}
