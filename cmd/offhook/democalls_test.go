package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

// demoRig is the demo with its agents' pages as programs.
type demoRig struct {
	t      *testing.T
	ctx    context.Context
	center *center
	flags  demoFlags
}

func startDemoRig(t *testing.T, change func(*demoFlags)) *demoRig {
	t.Helper()
	d := demoFlags{http: "127.0.0.1:0", sip: "127.0.0.1:0", rtpMin: 42300, first: 10 * time.Millisecond, again: time.Hour}
	if change != nil {
		change(&d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	c, err := openCenter(d, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.server.close(atOnce())
		c.close()
	})
	return &demoRig{t, ctx, c, d}
}

// page is an agent's page as a program: what happened on it, and what is heard.
type page struct {
	*demoRig
	*load.Agent
	journal load.Journal
	mu      sync.Mutex // guards ears
	ears    map[string]*load.Ear
}

// ear listens to one call: each has media of its own, which an Ear cannot share.
func (p *page) ear(call string) *load.Ear {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ears[call] == nil {
		p.ears[call] = new(load.Ear)
	}
	return p.ears[call]
}

// open opens the page of an agent, who gets his token where the page does.
func (r *demoRig) open(path string, state protocol.AgentState) *page {
	r.t.Helper()
	p := &page{demoRig: r, ears: map[string]*load.Ear{}}
	at := r.center.server.listener.Addr().String()
	pacer := load.NewPacer()
	r.t.Cleanup(pacer.Close)
	var err error
	p.Agent, err = load.StartAgent(r.ctx, load.AgentConfig{
		Name: path, URL: "ws://" + at + "/agent", Origin: "http://" + at, State: state, Pacer: pacer, Events: p.journal.Add,
		Token: func(context.Context) (string, error) {
			_, body := get(r.t, at, "/demo/token"+path, "")
			return strings.TrimSpace(body), nil
		},
		Speak: func(string) load.Source { return load.Sine(440, -10) },
		Heard: func(call string, pcm []int16) { p.ear(call).Hear(pcm) },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(p.Kill)
	return p
}

// is waits until a call is in a phase, and gives it.
func (p *page) is(call string, phase protocol.Phase) *protocol.Call {
	p.t.Helper()
	e, err := p.journal.Wait(p.ctx, func(e load.Event) bool { return load.InPhase(phase)(e) && (call == "" || e.Call == call) })
	if err != nil {
		p.t.Fatalf("%s is not %s: %v; so far: %v", call, phase, err, p.journal.Events())
	}
	return e.Object
}

func (p *page) dial(number string) string {
	p.t.Helper()
	call, err := p.Dial(p.ctx, number, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return call
}

// ask sends a request that has to be taken.
func (p *page) ask(kind string, fields load.Fields) {
	p.t.Helper()
	if _, err := p.Do(p.ctx, kind, fields); err != nil {
		p.t.Fatal(err)
	}
}

// until asks again while the call is still busy with what was asked before.
func (p *page) until(kind string, fields load.Fields) {
	p.t.Helper()
	eventually(p.t, kind, func() bool {
		_, err := p.Do(p.ctx, kind, fields)
		var refused *load.ReplyError
		if err != nil && (!errors.As(err, &refused) || refused.Reply.Code != protocol.WrongPhase) {
			p.t.Fatal(err)
		}
		return err == nil
	})
}

func (p *page) heard(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Error(err)
	}
}

// hearsKey presses 5 until its tones are heard, which last no longer than one and a half of what an ear judges at a time.
func (p *page) hearsKey(ctx context.Context, call string) error {
	row, column, _ := load.KeyTones('5')
	for {
		p.ask("dtmf", load.Fields{"call": call, "digits": "5"})
		soon, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := p.ear(call).Tones(soon, row, column)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// Each number of the phone book does what the welcome says, to an agent who calls it in the page.
func TestDemoNumbersDoAsTheySay(t *testing.T) {
	r := startDemoRig(t, nil)
	numbers := map[string]string{}
	for _, c := range demoContacts {
		numbers[c.name] = c.number
	}
	jonas, aylin := r.open("", ""), r.open("/aylin", "")

	short := aylin.dial(numbers["Henrik Sol"])
	aylin.is(short, protocol.PhaseConnected)

	echo := jonas.dial(numbers["Nadia Brandt"])
	jonas.is(echo, protocol.PhaseRinging)
	jonas.is(echo, protocol.PhaseConnected)
	jonas.heard(jonas.ear(echo).Sound(r.ctx))
	jonas.heard(jonas.hearsKey(r.ctx, echo))
	jonas.ask("hold", load.Fields{"call": echo})
	jonas.is(echo, protocol.PhaseHeld)
	jonas.until("resume", load.Fields{"call": echo})
	jonas.heard(jonas.ear(echo).Sound(r.ctx))
	jonas.ask("hangup", load.Fields{"call": echo})
	jonas.is(echo, protocol.PhaseEnded)

	music := jonas.dial(numbers["Port office"])
	jonas.is(music, protocol.PhaseConnected)
	jonas.heard(jonas.ear(music).Sound(r.ctx))
	jonas.ask("hangup", load.Fields{"call": music})
	jonas.is(music, protocol.PhaseEnded)

	for _, row := range []struct {
		number string
		code   protocol.CauseCode
	}{
		{numbers["Freight desk"], protocol.CauseBusyHere}, {numbers["Lawyers"], protocol.CauseDeclined}, {"+493023125999", protocol.CauseNotFound},
	} {
		call := jonas.dial(row.number)
		if got := jonas.is(call, protocol.PhaseEnded).Cause; got == nil || got.Code != row.code {
			t.Errorf("%s: ended %+v, want %s", row.number, got, row.code)
		}
	}
	silent := jonas.dial(numbers["Night watch"])
	jonas.is(silent, protocol.PhaseRinging)
	jonas.ask("hangup", load.Fields{"call": silent})
	jonas.is(silent, protocol.PhaseEnded)
	if got := aylin.is(short, protocol.PhaseEnded).Cause; got.Code != protocol.CauseNormal || got.By != protocol.ByCallee {
		t.Errorf("the one who hangs up: ended %+v", got)
	}

	_, err := jonas.Dial(r.ctx, "+4915112345678", nil)
	var refused *load.ReplyError
	if !errors.As(err, &refused) || refused.Reply.Code != protocol.Forbidden {
		t.Errorf("a number of the world: %v", err)
	}
}

// A customer calls, shows who she is, waits on hold and while somebody is consulted, and is passed on to the colleague in the other tab.
func TestDemoCustomerIsPassedOn(t *testing.T) {
	r := startDemoRig(t, func(d *demoFlags) { d.rtpMin = 42500 })
	jonas, aylin := r.open("", protocol.Available), r.open("/aylin", "")
	ctx, stop := context.WithCancel(r.ctx)
	customers := make(chan struct{})
	go func() {
		defer close(customers)
		r.center.callIn(ctx, r.flags)
	}()
	defer func() { stop(); <-customers }()

	call := jonas.is("", protocol.PhaseConnected)
	if call.From.Name != "Mara Lindqvist" || call.Queue != "Billing DE" || call.Data["x-customer"] == "" {
		t.Errorf("the page is shown %+v", call)
	}
	jonas.heard(jonas.ear(call.ID).Sound(r.ctx))
	jonas.ask("hold", load.Fields{"call": call.ID})
	jonas.is(call.ID, protocol.PhaseHeld)
	jonas.until("resume", load.Fields{"call": call.ID})
	jonas.heard(jonas.ear(call.ID).Sound(r.ctx))

	// He asks Nadia first; the customer waits meanwhile.
	consult, err := jonas.Dial(r.ctx, demoContacts[0].number, load.Fields{"consult_of": call.ID})
	if err != nil {
		t.Fatal(err)
	}
	jonas.is(consult, protocol.PhaseConnected)
	jonas.ask("hangup", load.Fields{"call": consult})
	jonas.is(consult, protocol.PhaseEnded)
	jonas.until("resume", load.Fields{"call": call.ID})

	aylin.ask("state", load.Fields{"state": protocol.Available})
	jonas.until("transfer", load.Fields{"call": call.ID, "to": "agent:aylin"})
	if got := aylin.is(call.ID, protocol.PhaseConnected); got.From.Name != "Mara Lindqvist" {
		t.Errorf("passed on: %+v", got)
	}
	aylin.heard(aylin.ear(call.ID).Sound(r.ctx))
	jonas.is(call.ID, protocol.PhaseWrapUp)
}

// The whole command says how to use it, and ends when it is told to.
func TestDemoStartsAndStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, says := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "-http", "127.0.0.1:0", "-sip", "127.0.0.1:0", "-rtp", "42700", "-first", "10ms"}, says)
		_ = says.Close()
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C ends the demo") {
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(60 * time.Second):
		t.Fatal("the demo did not end")
	}
}
