package dialog_test

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"offhook/internal/trunktest"
	"offhook/translator/dialog"
)

// Message-delay fuzzing: two gateways have a call with all that a call can have, over a network that delays, loses, doubles and reorders each
// message by chance. Whatever happens, at the end nothing is left, each dialog ended once, and both sides agree whether there was a call and
// what its descriptions are.

var (
	began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	near  = netip.MustParseAddrPort("192.0.2.1:5060")
	far   = netip.MustParseAddrPort("192.0.2.2:5060")
)

// talkTime is when the acts are over; the leg that hangs up last does so then.
const talkTime = 100 * time.Second

// talk is one run.
type talk struct {
	*trunktest.Network
	near, far *trunktest.Peer
	offers    int
	refused   bool // an offer was refused: descriptions need not be equal
}

func newTalk(t *testing.T, seed uint64) *talk {
	n := &talk{Network: trunktest.NewNetwork(began, seed, trunktest.Weather{})}
	n.Weather = trunktest.AnyWeather(n.Rand)
	n.near, n.far = n.peer(t, near, far, seed*2), n.peer(t, far, near, seed*2+1)
	n.Join(n.near, n.far)
	return n
}

func (n *talk) peer(t *testing.T, here, other netip.AddrPort, seed uint64) *trunktest.Peer {
	t.Helper()
	p, err := trunktest.NewPeer(n.Network, here, other, dialog.Trunk{Reliable: n.Chance(0.5), AcceptRefer: n.Chance(0.8)}, seed)
	if err != nil {
		t.Fatal(err)
	}
	p.Invited, p.Heard = n.invited, n.heard
	return p
}

// invited plans the answering side.
func (n *talk) invited(l *trunktest.Leg, _ *dialog.Invite) {
	at := n.Within(2 * time.Second)
	if n.Chance(0.8) {
		ring := dialog.Ring{}
		if n.Chance(0.5) {
			ring.SDP = n.sdp()
		}
		l.Later(at, ring)
	}
	at += n.Within(5 * time.Second)
	if n.Chance(0.15) {
		l.Later(at, dialog.Reject{Status: 486})
	} else {
		l.Later(at, dialog.Answer{SDP: n.sdp()})
	}
	n.acts(l)
}

// sdp is a description that no other is equal to.
func (n *talk) sdp() []byte {
	n.offers++
	return fmt.Appendf(nil, "v=0\r\no=- %d 1 IN IP4 192.0.2.9\r\ns=-\r\n", n.offers)
}

// acts plans what a side does during the call.
func (n *talk) acts(l *trunktest.Leg) {
	for range n.Rand.IntN(4) {
		var ev dialog.Event
		switch n.Rand.IntN(8) {
		case 0, 1, 2, 3:
			ev = dialog.Reoffer{SDP: n.sdp()}
		case 4:
			ev = dialog.Reoffer{}
		case 5:
			ev = dialog.Refer{Target: "sip:x@192.0.2.9", Silent: n.Chance(0.3)}
		default:
			ev = dialog.Info{Digit: "5"}
		}
		l.Later(n.Within(30*time.Second), ev)
	}
	if n.Chance(0.3) {
		l.Later(n.Within(25*time.Second), dialog.Hangup{})
	}
	l.Later(talkTime+n.Within(time.Second), dialog.Hangup{})
}

// heard plans what a report asks for.
func (n *talk) heard(l *trunktest.Leg, r dialog.Report) {
	switch {
	case r.Kind == dialog.Reoffered || r.Offer:
		if n.Chance(0.1) {
			n.refused = true
			l.Later(n.Within(time.Second), dialog.AnswerReoffer{Status: 488})
			return
		}
		l.Later(n.Within(time.Second), dialog.AnswerReoffer{SDP: n.sdp()})
	case r.Kind == dialog.Referred:
		l.Later(n.Within(time.Second), dialog.AcceptRefer{})
		l.Later(2*time.Second+n.Within(5*time.Second), dialog.ReferNews{Status: []int{180, 200, 486}[n.Rand.IntN(3)]})
	case r.Kind == dialog.ReofferDue:
		l.Later(n.Within(time.Second), dialog.Reoffer{SDP: n.sdp()})
	case r.Kind == dialog.ReofferFailed:
		n.refused = true
	}
}

// call has the near side call the far one.
func (n *talk) call(t *testing.T) {
	t.Helper()
	out := dialog.Outgoing{Target: "sip:x@192.0.2.2"}
	if n.Chance(0.8) {
		out.SDP = n.sdp()
	}
	l, err := n.near.Call(out)
	if err != nil {
		t.Fatal(err)
	}
	n.acts(l)
}

// agree says how the two sides see the call differently, when all has been said.
func (n *talk) agree() string {
	a, b := n.near.Legs[0].D, n.far.Legs
	if len(b) > 1 {
		return "the call came twice"
	}
	up := a.State() == dialog.StateConfirmed
	if theirs := len(b) == 1 && (b[0].D.State() == dialog.StateConfirmed || b[0].D.State() == dialog.StateAnswered); up != theirs {
		return fmt.Sprintf("the call is up here: %v, there: %v", up, theirs)
	}
	if !up {
		return ""
	}
	if why := a.Unsettled() + b[0].D.Unsettled(); why != "" {
		return why
	}
	ours, theirs := a.Descriptions()
	theirOwn, ofUs := b[0].D.Descriptions()
	if !n.refused && (ours != ofUs || theirs != theirOwn) {
		return fmt.Sprintf("descriptions differ:\n%s\n%s\n%s\n%s", ours, ofUs, theirs, theirOwn)
	}
	return ""
}

// left says what a side has kept when all is over, and which of its calls did not end as they should.
func left(p *trunktest.Peer) (why string) {
	if p.Tx.Dialogs() != 0 || p.Tx.Transactions() != 0 {
		why = fmt.Sprintf("; left: %d dialogs, %d transactions", p.Tx.Dialogs(), p.Tx.Transactions())
	}
	for _, l := range p.Legs {
		if f := l.Fault(); f != "" {
			why += "; " + f
		}
	}
	return why
}

// howMany is the number of runs and the first seed: OFFHOOK_RUNS and OFFHOOK_SEED, for looking at one, go before the rest.
func howMany(short, usual, long int) (runs, first int) {
	runs, first = usual, 1
	switch {
	case testing.Short():
		runs = short
	case os.Getenv("OFFHOOK_LONG") == "1":
		runs = long
	}
	if n, err := strconv.Atoi(os.Getenv("OFFHOOK_RUNS")); err == nil {
		runs = n
	}
	if n, err := strconv.Atoi(os.Getenv("OFFHOOK_SEED")); err == nil {
		first = n
	}
	return runs, first
}

// TestFaultDelayedMessages is the fuzzing: 5,000 runs, 200,000 with OFFHOOK_LONG=1, or as many as OFFHOOK_RUNS says.
func TestFaultDelayedMessages(t *testing.T) {
	runs, first := howMany(500, 5000, 200_000)
	count := map[dialog.ReportKind]int{}
	messages := 0
	for seed := first; seed < first+runs; seed++ {
		n := newTalk(t, uint64(seed))
		if runs == 1 {
			n.Tell = func(to int, line string) {
				t.Logf("%7.2f  %s %s", n.Now().Sub(began).Seconds(), []string{"<--", "-->"}[to], line)
			}
		}
		n.call(t)
		fine := n.Run(began.Add(talkTime - time.Second))
		why := n.agree()
		if fine = fine && n.Run(began.Add(20*time.Minute)); !fine {
			why = "it never ends"
		}
		why += left(n.near) + left(n.far)
		if n.near.Legs[0].Has(dialog.Answered) && !n.far.Legs[0].Has(dialog.Taken) {
			why += "; answered without an answer"
		}
		if why != "" {
			t.Errorf("seed %d: %s", seed, why)
		}
		for _, l := range append(n.near.Legs, n.far.Legs...) {
			for _, r := range l.Reports {
				count[r.Kind]++
			}
		}
		messages += n.Carried
	}
	t.Logf("%d runs, %d messages: %d answered, %d reoffers taken, %d refused, %d digits, %d transfers asked", runs, messages, count[dialog.Answered],
		count[dialog.ReofferAnswered], count[dialog.ReofferFailed], count[dialog.Digit], count[dialog.Referred])
	for _, k := range []dialog.ReportKind{dialog.Answered, dialog.ReofferAnswered, dialog.Reoffered, dialog.Digit, dialog.Referred, dialog.ReferDone, dialog.Failed} {
		if runs >= 500 && count[k] < runs/50 {
			t.Errorf("report %d came only %d times in %d runs", k, count[k], runs)
		}
	}
}

// TestFaultLossyNetwork lets two gateways call each other over a network that loses, doubles and reorders one datagram in ten (F9). Whatever happens,
// each dialog ends once, and nothing is left.
func TestFaultLossyNetwork(t *testing.T) {
	runs, first := howMany(100, 300, 3000)
	connected := 0
	for seed := first; seed < first+runs; seed++ {
		n := newTalk(t, uint64(seed))
		n.Weather = trunktest.Weather{Lost: 0.1, Doubled: 0.1, Delay: 80 * time.Millisecond}
		n.far.Invited = func(l *trunktest.Leg, _ *dialog.Invite) {
			ring := n.Within(2 * time.Second)
			l.Later(ring, dialog.Ring{})
			if end := ring + n.Within(5*time.Second); n.Chance(0.25) {
				l.Later(end, dialog.Reject{Status: 486})
			} else {
				l.Later(end, dialog.Answer{SDP: n.sdp()})
				l.Later(end+n.Within(20*time.Second), dialog.Hangup{})
			}
		}
		caller, err := n.near.Call(dialog.Outgoing{Target: "sip:x@192.0.2.2", SDP: n.sdp()})
		if err != nil {
			t.Fatal(err)
		}
		caller.Later(n.Within(25*time.Second), dialog.Hangup{Q850: 16})
		if !n.Run(began.Add(20 * time.Minute)) {
			t.Fatalf("seed %d: it never ends", seed)
		}
		if why := left(n.near) + left(n.far); why != "" {
			t.Errorf("seed %d: %s", seed, why)
		}
		if caller.Has(dialog.Answered) {
			connected++
		}
	}
	t.Logf("%d runs: %d connected", runs, connected)
	if connected < runs/4 {
		t.Errorf("only %d of %d calls were connected", connected, runs)
	}
}
