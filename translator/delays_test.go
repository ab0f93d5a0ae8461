package translator_test

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/trunktest"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
)

// Message-delay fuzzing of whole calls: a PBX of real dialogs and offhook whole, agents included, over a network that delays, loses, doubles and
// reorders each message by chance. Whatever happens, at the end nothing is left of any call at either side, and both sides agree whether there
// was one.

var (
	pbxAddr = netip.MustParseAddrPort("192.0.2.10:5060")
	usAddr  = netip.MustParseAddrPort("192.0.2.20:5060")
)

// flow is what a run is about. All else is chance.
type flow uint8

const (
	flowInbound flow = iota // a caller waits, an agent answers
	flowAtOnce              // the caller is answered at once and waits with music
	flowLate                // the caller makes no offer
	flowCancel              // the caller gives up before he is answered
	flowHold                // both sides hold and take back
	flowDial                // the agent calls
	flowMove                // the agent passes the caller on, or consults and joins
	flows
)

var flowNames = [flows]string{"inbound", "at once", "late offer", "cancelled", "hold", "dial", "transfer"}

// day is one run.
type day struct {
	*trunktest.Network
	flow    flow
	pbx     *trunktest.Peer
	office  *office
	version int
	dark    bool // the network is out for a while
	fair    bool // it carries nearly everything
	calm    bool // everybody takes what is asked of him
	count   func(what string)
}

// busyTime is when everybody has done what he wanted; quietTime when all that was sent for it has arrived or is given up: 64·T1 and the longest way later;
// homeTime when all hang up.
const (
	busyTime  = 60 * time.Second
	quietTime = busyTime + 50*time.Second
	homeTime  = quietTime + 30*time.Second
)

func newDay(t *testing.T, seed uint64, count func(string)) *day {
	t.Helper()
	d := &day{Network: trunktest.NewNetwork(dayBegan, seed, trunktest.Weather{}), count: count, flow: flow(seed % uint64(flows))}
	d.Weather = trunktest.AnyWeather(d.Rand)
	reliable, refer, session := d.Chance(0.3), d.Chance(0.5), time.Duration(0)
	if d.dark = d.Chance(0.15); d.dark {
		d.Weather.Dark = trunktest.Dark{From: dayBegan.Add(d.Within(busyTime)), For: 10*time.Second + d.Within(40*time.Second)}
	}
	d.fair = !d.dark && d.Weather.Lost <= 0.05
	if d.dark || d.Chance(0.3) {
		session = 90 * time.Second
	}
	pbx, err := trunktest.NewPeer(d.Network, pbxAddr, usAddr, dialog.Trunk{Reliable: reliable, AcceptRefer: true, Session: session}, seed*2)
	if err != nil {
		t.Fatal(err)
	}
	d.pbx, pbx.Invited, pbx.Heard = pbx, d.invited, d.heard
	s := replay.Setup{
		Seed:  seed | 1,
		Queue: queue.QueueSettings{WrapUp: []time.Duration{-1, 5 * time.Second}[d.Rand.IntN(2)]},
		Rules: translator.TrunkRules{Refer: d.Chance(0.3)},
		Trunk: func(t *dialog.Trunk) { t.Reliable, t.AcceptRefer, t.Session = reliable, refer, session },
	}
	if d.flow == flowAtOnce {
		s.Terms.Answer = translator.AnswerAtOnce
	}
	if d.Chance(0.5) {
		s.Rules.Hold = translator.HoldSendonly
	}
	if d.Chance(0.3) {
		s.Rules.Digits = translator.DigitsInfo
	}
	d.office = newOffice(t, d.Network, s)
	d.office.heard = d.told
	d.Join(d.pbx, d.office)
	return d
}

// begin lets the run's flow begin.
func (d *day) begin(t *testing.T) {
	t.Helper()
	d.office.w.Hello("alice", protocol.Available)
	if d.flow == flowDial {
		d.office.later(time.Second, func() {
			d.office.ask("alice", map[string]any{"type": "dial", "to": "+49301234", "sdp": "$offer"})
		})
		return
	}
	call := dialog.Outgoing{Target: "sip:billing@192.0.2.20", From: dialog.Party{User: "+49301111"}}
	if d.flow != flowLate {
		call.SDP = d.describe(nil, "sendrecv")
	}
	l, err := d.pbx.Call(call)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case d.flow == flowCancel:
		l.Later(d.Within(8*time.Second), dialog.Hangup{})
	case d.Chance(0.3):
		l.Later(d.Within(busyTime/2), dialog.Hangup{Q850: 16})
	}
	d.ends(l)
}

func (d *day) describe(offer []byte, direction string) []byte {
	d.version++
	return describe(d.version, offer, direction)
}

// ends lets the PBX hang up when the day is over.
func (d *day) ends(l *trunktest.Leg) {
	l.Later(dayBegan.Add(homeTime).Sub(d.Now())+d.Within(time.Second), dialog.Hangup{})
}

// invited plans how the PBX takes a call of ours: the one that an agent dialled, or that to which the caller is passed on.
func (d *day) invited(l *trunktest.Leg, in *dialog.Invite) {
	d.count("calls placed")
	at := d.Within(2 * time.Second)
	if d.Chance(0.7) {
		ring := dialog.Ring{}
		if d.Chance(0.3) && in.SDP != nil {
			ring.SDP = d.describe(in.SDP, "sendrecv")
		}
		l.Later(at, ring)
	}
	at += d.Within(5 * time.Second)
	if d.Chance(0.2) {
		l.Later(at, dialog.Reject{Status: []int{486, 404, 503, 603}[d.Rand.IntN(4)]})
	} else {
		l.Later(at, dialog.Answer{SDP: d.describe(in.SDP, "sendrecv")})
	}
	if d.Chance(0.2) {
		l.Later(at+d.Within(10*time.Second), dialog.Hangup{})
	}
	d.pbxActs(l)
	d.ends(l)
}

// heard plans what a report asks of the PBX.
func (d *day) heard(l *trunktest.Leg, r dialog.Report) {
	switch {
	case r.Kind == dialog.Reoffered || r.Offer:
		if !d.calm && d.Chance(0.1) {
			l.Later(d.Within(time.Second), dialog.AnswerReoffer{Status: 488})
			return
		}
		l.Later(d.Within(time.Second), dialog.AnswerReoffer{SDP: d.describe(r.SDP, "sendrecv")})
	case r.Kind == dialog.Referred:
		d.count("transfers by REFER")
		l.Later(d.Within(time.Second), dialog.AcceptRefer{})
		l.Later(2*time.Second+d.Within(5*time.Second), dialog.ReferNews{Status: []int{180, 200, 486}[d.Rand.IntN(3)]})
	case r.Kind == dialog.Answered:
		d.count("answered")
		d.pbxActs(l)
	case r.Kind == dialog.ReofferDue:
		d.count("offers that crossed")
		l.Later(0, dialog.Reoffer{SDP: d.describe(nil, "sendrecv")})
	case r.Kind == dialog.ReofferAnswered:
		d.count("holds by the PBX")
	case r.Kind == dialog.Digit:
		d.count("digits")
	}
}

// pbxActs plans what the PBX does in a call.
func (d *day) pbxActs(l *trunktest.Leg) {
	if d.flow != flowHold && d.Chance(0.6) {
		return
	}
	at := time.Duration(0)
	for range 1 + d.Rand.IntN(3) {
		at += d.Within(10 * time.Second)
		switch d.Rand.IntN(6) {
		case 0:
			l.Later(at, dialog.Reoffer{})
		case 1:
			l.Later(at, dialog.Info{Digit: "7"})
		case 2:
			l.Later(at, dialog.Refer{Target: "sip:+49309999@192.0.2.10"})
		default:
			l.Later(at, dialog.Reoffer{SDP: d.describe(nil, []string{"sendonly", "sendrecv", "inactive"}[d.Rand.IntN(3)])})
		}
	}
}

// told plans what an agent does about a new object.
func (d *day) told(agent string, c protocol.Call, was protocol.Phase) {
	o := d.office
	switch {
	case c.Phase == was:
	case c.Phase == protocol.PhaseOffered:
		show := d.Within(time.Second)
		o.later(show, func() {
			o.ask(agent, map[string]any{"type": "ringing", "call": c.ID, "sdp": replay.BrowserAnswer(c.SDP.SDP)})
		})
		if d.Chance(0.1) {
			o.later(show+d.Within(3*time.Second), func() { o.ask(agent, map[string]any{"type": "reject", "call": c.ID, "reason": "busy"}) })
			return
		}
		o.later(show+d.Within(6*time.Second), func() { o.ask(agent, map[string]any{"type": "accept", "call": c.ID}) })
	case c.Phase == protocol.PhaseConnected && c.AnsweredAt.Time.Equal(o.w.Now()):
		d.count("connected")
		d.agentActs(agent, c)
	case (c.Phase == protocol.PhaseDialing || c.Phase == protocol.PhaseRinging) && was == "" && d.Chance(0.2):
		o.later(d.Within(6*time.Second), func() { o.ask(agent, map[string]any{"type": "hangup", "call": c.ID}) })
	}
}

// agentActs plans what an agent does in a call that is connected.
func (d *day) agentActs(agent string, c protocol.Call) {
	o := d.office
	frame := func(kind string, more ...any) map[string]any {
		f := map[string]any{"type": kind, "call": c.ID}
		for i := 0; i < len(more); i += 2 {
			f[more[i].(string)] = more[i+1]
		}
		return f
	}
	later := func(at time.Duration, f map[string]any) { o.later(at, func() { o.ask(agent, f) }) }
	at := d.Within(3 * time.Second)
	if d.flow == flowHold || d.Chance(0.3) {
		for range 1 + d.Rand.IntN(3) {
			later(at, frame([]string{"hold", "resume"}[d.Rand.IntN(2)]))
			at += d.Within(4 * time.Second)
		}
	}
	if d.Chance(0.2) {
		later(at, frame("dtmf", "digits", "12"))
	}
	if d.flow == flowMove && c.ConsultOf == "" {
		at += d.Within(3 * time.Second)
		if d.Chance(0.5) {
			d.count("passed on")
			later(at, frame("transfer", "to", "+49307777"))
			if d.Chance(0.2) {
				later(at+d.Within(5*time.Second), frame("transfer", "to", "+49307777", "cancel", true))
			}
		} else {
			later(at, map[string]any{"type": "dial", "to": "+49308888", "consult_of": c.ID, "sdp": "$offer"})
		}
	}
	if c.ConsultOf != "" {
		d.count("consulted")
		later(at+d.Within(4*time.Second), map[string]any{"type": "transfer", "call": c.ConsultOf, "consult": c.ID})
	}
	if d.Chance(0.4) {
		later(at+d.Within(15*time.Second), frame("hangup"))
	}
}

// agree says how the two sides see differently what is up, when all has been said. While the network is out they cannot: then the session timer ends
// at one side what ended at the other.
func (d *day) agree() string {
	if d.dark {
		return ""
	}
	ours, theirs := d.office.w.Tx.Dialogs(), upAt(d.pbx)
	if ours != theirs {
		return fmt.Sprintf("%d dialogs are up here, %d there", ours, theirs)
	}
	if open := d.office.w.Media.Open(); open > ours {
		return fmt.Sprintf("%d media sessions, and %d dialogs are up", open, ours)
	}
	talking := len(d.office.open("alice", protocol.PhaseConnected, protocol.PhaseHeld))
	if talking > ours {
		return fmt.Sprintf("alice has %d calls, and %d dialogs are up", talking, ours)
	}
	if n := len(d.office.open("alice", protocol.PhaseConnected)); n > 1 {
		return fmt.Sprintf("alice hears %d calls at once", n)
	}
	return ""
}

// inHand says which call of alice's cannot be held and taken back although nothing disturbs that: something of what was before still hangs.
func (d *day) inHand() string {
	if d.dark {
		return ""
	}
	d.calm, d.Weather = true, trunktest.Weather{Delay: 80 * time.Millisecond}
	d.office.heard = nil
	for _, id := range d.office.open("alice", protocol.PhaseConnected) {
		for _, step := range []struct {
			kind string
			held bool
		}{{"hold", true}, {"resume", false}} {
			d.count("tried in the end")
			d.office.ask("alice", map[string]any{"type": step.kind, "call": id})
			if !d.Run(d.Now().Add(8 * time.Second)) {
				return "it never comes to rest"
			}
			c := d.office.calls["alice"][id]
			held := c.HeldBy == "agent" || c.HeldBy == "both"
			if talks := c.Phase == protocol.PhaseConnected || c.Phase == protocol.PhaseHeld; talks && held != step.held {
				return fmt.Sprintf("after %s alice's call is %s, held by %q", step.kind, c.Phase, c.HeldBy)
			}
		}
	}
	return ""
}

// givenUp says what ended for want of an answer, although the network carries nearly everything.
func (d *day) givenUp() (why string) {
	if !d.fair {
		return ""
	}
	for _, l := range d.pbx.Legs {
		for _, r := range l.Reports {
			if (r.Kind == dialog.Ended || r.Kind == dialog.Failed) && r.By == dialog.Nobody {
				why += fmt.Sprintf("; the PBX gave up: %d %s", r.Status, r.Phrase)
			}
		}
	}
	for _, e := range d.office.w.Endings() {
		if strings.HasPrefix(e.Cause, string(protocol.CauseTimeout)) {
			why += "; we gave up: " + e.Cause
		}
	}
	return why
}

// left says what is left when all is over.
func (d *day) left() (why string) {
	w := d.office.w
	if err := w.Idle(); err != nil {
		why += "; " + err.Error()
	}
	if p := w.Problems(); len(p) > 0 {
		why += "; " + p[0]
	}
	if b := w.Books(); b.Faults != 0 || b.Agents != 0 || b.Logins != 0 {
		why += fmt.Sprintf("; the books: %+v", b)
	}
	if d.pbx.Tx.Dialogs() != 0 || d.pbx.Tx.Transactions() != 0 {
		why += fmt.Sprintf("; the PBX keeps %d dialogs, %d transactions", d.pbx.Tx.Dialogs(), d.pbx.Tx.Transactions())
	}
	for _, l := range d.pbx.Legs {
		if f := l.Fault(); f != "" {
			why += "; at the PBX: " + f
		}
	}
	for agent, calls := range d.office.calls {
		for id, c := range calls {
			if c.Phase != protocol.PhaseEnded {
				why += fmt.Sprintf("; %s still has %s: %s", agent, id, c.Phase)
			}
		}
	}
	return why
}

// run plays the day, and says what went wrong.
func (d *day) run(t *testing.T) (why string) {
	defer func() {
		if p := recover(); p != nil {
			why = fmt.Sprintf("panic: %v", p)
		}
	}()
	d.begin(t)
	if !d.Run(dayBegan.Add(quietTime)) {
		return "it never comes to rest"
	}
	why = d.agree()
	if why == "" {
		why = d.inHand()
	}
	d.office.later(time.Minute, func() { d.office.ask("alice", map[string]any{"type": "bye"}) })
	if !d.Run(dayBegan.Add(25 * time.Minute)) {
		return why + "; it never ends"
	}
	d.office.catchUp()
	return why + d.left() + d.givenUp()
}

// TestFaultDelayedCalls is the fuzzing: 5,000 runs, 200,000 with OFFHOOK_LONG=1, 350 with -short, or as many as OFFHOOK_RUNS says from OFFHOOK_SEED on.
func TestFaultDelayedCalls(t *testing.T) {
	runs, first := 5000, 1
	switch {
	case testing.Short():
		runs = 350
	case os.Getenv("OFFHOOK_LONG") == "1":
		runs = 200_000
	}
	if n, err := strconv.Atoi(os.Getenv("OFFHOOK_RUNS")); err == nil {
		runs = n
	}
	if n, err := strconv.Atoi(os.Getenv("OFFHOOK_SEED")); err == nil {
		first = n
	}
	counts, messages, faults := map[string]int{}, 0, 0
	for seed := first; seed < first+runs && faults < 10; seed++ {
		d := newDay(t, uint64(seed), func(what string) { counts[what]++ })
		if runs == 1 {
			d.Tell = func(to int, line string) {
				t.Logf("%8.3f  %s %s", d.Now().Sub(dayBegan).Seconds(), []string{"<--", "-->"}[to], line)
			}
		}
		if why := d.run(t); why != "" {
			faults++
			t.Errorf("seed %d (%s): %s", seed, flowNames[d.flow], why)
			if runs == 1 {
				t.Log(ladderOf(d.office.w))
			}
		}
		messages += d.Carried
	}
	t.Logf("%d runs, %d messages: %v", runs, messages, counts)
	for _, what := range []string{"answered", "connected", "calls placed", "holds by the PBX", "digits", "passed on", "consulted", "transfers by REFER"} {
		if runs >= 300 && counts[what] < runs/100 {
			t.Errorf("%s only %d times in %d runs", what, counts[what], runs)
		}
	}
}

func ladderOf(w *replay.World) string { return (&story{w: w}).ladder() }
