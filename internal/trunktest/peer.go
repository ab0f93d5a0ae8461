package trunktest

import (
	"net/netip"
	"slices"
	"time"

	"offhook/translator/dialog"
)

// Peer is a PBX in virtual time. Its calls do what their plans say; what a plan is, the test decides in Invited and Heard. Make it with [NewPeer].
// It is a [Party], and the dialog.Handler of its own transactions.
type Peer struct {
	Tx   *dialog.VirtualTx
	Legs []*Leg
	// Invited, if set, plans a call that came. Nil refuses nothing and answers nothing.
	Invited func(l *Leg, in *dialog.Invite)
	// Heard, if set, is told each report, and may plan what it asks for.
	Heard func(l *Leg, r dialog.Report)

	net   *Network
	other netip.AddrPort
	inbox []func()
}

// Leg is one call of a Peer.
type Leg struct {
	Peer    *Peer
	D       *dialog.Dialog
	Reports []dialog.Report
	plan    []planned
}

// planned is a command for a dialog, and when it is given.
type planned struct {
	at time.Time
	ev dialog.Event
}

// NewPeer makes a PBX at an address. Its one trunk is the other party; of t only the settings count, name and networks are filled in.
func NewPeer(n *Network, here, other netip.AddrPort, t dialog.Trunk, seed uint64) (*Peer, error) {
	p := &Peer{net: n, other: other}
	t.Name, t.Networks = "other", []netip.Prefix{netip.PrefixFrom(other.Addr(), other.Addr().BitLen())}
	tx, err := dialog.NewVirtualTx(dialog.Config{Listen: here, Handler: p, Trunks: []dialog.Trunk{t}}, seed)
	if err != nil {
		return nil, err
	}
	p.Tx = tx
	return p, nil
}

// Admit takes every call.
func (p *Peer) Admit() bool { return true }

// Invite takes a call that came.
func (p *Peer) Invite(in *dialog.Invite) func(dialog.Event) {
	l := &Leg{Peer: p, D: in.Dialog}
	p.Legs = append(p.Legs, l)
	if p.Invited != nil {
		p.Invited(l, in)
	}
	return l.sink
}

// Call places a call to the other party.
func (p *Peer) Call(out dialog.Outgoing) (*Leg, error) {
	l := &Leg{Peer: p}
	out.To = p.other
	d, err := p.Tx.Place(out, l.sink, p.net.now)
	if err != nil {
		return nil, err
	}
	l.D = d
	p.Legs = append(p.Legs, l)
	return l, nil
}

// Later plans a command.
func (l *Leg) Later(after time.Duration, ev dialog.Event) {
	l.plan = append(l.plan, planned{l.Peer.net.now.Add(after), ev})
	slices.SortStableFunc(l.plan, func(a, b planned) int { return a.at.Compare(b.at) })
}

// Has says whether a report of this kind came.
func (l *Leg) Has(k dialog.ReportKind) bool {
	return slices.ContainsFunc(l.Reports, func(r dialog.Report) bool { return r.Kind == k })
}

// Fault says what is wrong with a call that must be over: "" if it ended once and nothing was reported after it.
func (l *Leg) Fault() string {
	ends := 0
	for i, r := range l.Reports {
		if r.Kind == dialog.Ended || r.Kind == dialog.Failed {
			if ends++; i != len(l.Reports)-1 {
				return "something was reported after the end"
			}
		}
	}
	switch {
	case ends == 0:
		return "it has not ended"
	case ends > 1:
		return "it ended twice"
	case l.D.State() != dialog.StateTerminated:
		return "it ended, and is " + l.D.State().String()
	}
	return ""
}

// sink puts an event into the inbox, as an owner's does: it is stepped when the transactions have returned.
func (l *Leg) sink(ev dialog.Event) { l.Peer.inbox = append(l.Peer.inbox, func() { l.step(ev) }) }

func (l *Leg) step(ev dialog.Event) {
	l.Peer.Tx.Tick(l.Peer.net.now)
	for _, e := range l.D.Step(ev, l.Peer.net.now) {
		if r, ok := e.(dialog.Report); ok {
			l.Reports = append(l.Reports, r)
			if l.Peer.Heard != nil {
				l.Peer.Heard(l, r)
			}
			continue
		}
		if err := l.Peer.Tx.Perform(e); dialog.NeedsResult(e) {
			l.step(dialog.Sent{Effect: e, Err: err})
		}
	}
}

// Receive is part of Party.
func (p *Peer) Receive(data []byte, now time.Time) { p.Tx.Receive(data, p.other, now) }

// Sent is part of Party.
func (p *Peer) Sent(time.Time) (out [][]byte) {
	for len(p.inbox) > 0 {
		f := p.inbox[0]
		p.inbox = p.inbox[1:]
		f()
	}
	for _, s := range p.Tx.Sent() {
		out = append(out, s.Data)
	}
	return out
}

// Deadline is part of Party.
func (p *Peer) Deadline() (at time.Time, ok bool) {
	at, ok = p.Tx.Deadline()
	for _, l := range p.Legs {
		if t, due := l.due(); due && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	return at, ok
}

// due is when the leg's dialog or its plan wants something.
func (l *Leg) due() (at time.Time, ok bool) {
	at, ok = l.D.Deadline()
	if len(l.plan) > 0 && (!ok || l.plan[0].at.Before(at)) {
		return l.plan[0].at, true
	}
	return at, ok
}

// Tick is part of Party.
func (p *Peer) Tick(now time.Time) {
	p.Tx.Tick(now)
	for _, l := range p.Legs {
		if t, ok := l.D.Deadline(); ok && !t.After(now) {
			l.step(dialog.Tick{})
		}
		if len(l.plan) > 0 && !l.plan[0].at.After(now) {
			ev := l.plan[0].ev
			l.plan = l.plan[1:]
			l.step(ev)
		}
	}
}
