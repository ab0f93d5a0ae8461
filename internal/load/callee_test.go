package load

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/translator/dialog"
)

// listener is a party who hears.
type listener func([]int16)

func (l listener) Speak(frame []int16) { clear(frame) }
func (l listener) Hear(pcm []int16)    { l(pcm) }
func (l listener) Press(byte)          {}

// A calleeRig is a callee and a caller on real sockets.
type calleeRig struct {
	t        *testing.T
	ctx      context.Context
	pacer    *Pacer
	callee   *Callee
	caller   *Caller
	arrivals chan Arrival
	journal  Journal
}

func newCalleeRig(t *testing.T, reception Reception) *calleeRig {
	r := &calleeRig{t: t, pacer: NewPacer(), arrivals: make(chan Arrival, 10)}
	t.Cleanup(r.pacer.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	r.ctx = ctx
	loopback := netip.MustParseAddr("127.0.0.1")
	var err error
	r.callee, err = NewCallee(CalleeConfig{
		Name: "tom", Addr: netip.AddrPortFrom(loopback, 0), Pacer: r.pacer, Events: r.journal.Add,
		Receive: func(a Arrival) Reception { r.arrivals <- a; return reception },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.callee.Close() })
	if r.caller, err = NewCaller(CallerConfig{Name: "mara", Addr: loopback, Pacer: r.pacer}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.caller.Close() })
	return r
}

func (r *calleeRig) call(plan Plan) *Outgoing {
	r.t.Helper()
	plan.To = "sip:100@" + r.callee.Addr().String()
	call, err := r.caller.Place(plan)
	if err != nil {
		r.t.Fatal(err)
	}
	return call
}

func (r *calleeRig) wait(match func(Event) bool) Event {
	r.t.Helper()
	e, err := r.journal.Wait(r.ctx, match)
	if err != nil {
		r.t.Fatalf("%v; so far: %v", err, r.journal.Events())
	}
	return e
}

func TestCalleeRingsAnswersTalksAndHangsUp(t *testing.T) {
	r := newCalleeRig(t, Reception{After: 50 * time.Millisecond, Party: Speaker(Sine(700, -10)), TalkFor: 300 * time.Millisecond})
	var ear Ear
	call := r.call(Plan{Heard: ear.Hear, Speak: Sine(440, -10)})
	if err := ear.Tone(r.ctx, 700); err != nil {
		t.Error(err)
	}
	result, err := call.Wait(r.ctx)
	if err != nil || result.Status != 200 || result.Q850 != 16 || result.Rang.IsZero() || result.Err != nil {
		t.Errorf("result %+v, %v", result, err)
	}
	r.wait(Is(Ended))
	var kinds []Kind
	for _, e := range r.journal.Events() {
		kinds = append(kinds, e.Kind)
	}
	if want := []Kind{Invited, Answered, FirstSound, Ended}; !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
}

func TestCalleeRefusesAfterRinging(t *testing.T) {
	r := newCalleeRig(t, Reception{After: 20 * time.Millisecond, Refuse: 603})
	if result, err := r.call(Plan{}).Wait(r.ctx); err != nil || result.Status != 603 || result.Rang.IsZero() || result.Q850 != 21 {
		t.Errorf("result %+v, %v", result, err)
	}
	r.wait(Is(Ended))
}

func TestCalleeRingsUntilTheCallerGivesUp(t *testing.T) {
	r := newCalleeRig(t, Reception{After: -1})
	if result, err := r.call(Plan{RingFor: 100 * time.Millisecond}).Wait(r.ctx); err != nil || result.Status != 487 || result.Rang.IsZero() {
		t.Errorf("result %+v, %v", result, err)
	}
	r.wait(Is(Ended))
}

func TestCalleeIsClosedInMidCall(t *testing.T) {
	r := newCalleeRig(t, Reception{Party: Speaker(Sine(700, -10))})
	var ear Ear
	call := r.call(Plan{Heard: ear.Hear})
	if err := ear.Tone(r.ctx, 700); err != nil {
		t.Error(err)
	}
	if err := r.callee.Close(); err != nil {
		t.Error(err)
	}
	if result, err := call.Wait(r.ctx); err != nil || result.Ended.IsZero() {
		t.Errorf("result %+v, %v", result, err)
	}
}

// TestSecurityCalleeAnswersItsOwnMachineOnly: who may call is by default this machine.
func TestSecurityCalleeAnswersItsOwnMachineOnly(t *testing.T) {
	for _, row := range []struct {
		here, from string
		may        bool
	}{
		{"127.0.0.1", "127.9.9.9", true}, {"127.0.0.1", "192.0.2.1", false},
		{"192.0.2.5", "192.0.2.5", true}, {"192.0.2.5", "192.0.2.6", false}, {"::1", "::1", true}, {"::1", "::2", false},
	} {
		may := slices.ContainsFunc(onThisMachine(netip.MustParseAddr(row.here)), func(p netip.Prefix) bool { return p.Contains(netip.MustParseAddr(row.from)) })
		if may != row.may {
			t.Errorf("%s may call %s: %v", row.from, row.here, may)
		}
	}
}

// scriptedCall is a call of a callee, without a line: what it wants of its dialog lands in commands.
func scriptedCall(t *testing.T, offer []byte, reception Reception) (*incoming, chan dialog.Event) {
	pacer := NewPacer()
	t.Cleanup(pacer.Close)
	commands := make(chan dialog.Event, 10)
	c := &Callee{config: CalleeConfig{Name: "tom", Addr: netip.MustParseAddrPort("127.0.0.1:0"), Pacer: pacer, Events: func(Event) {}}}
	i := &incoming{callee: c, offer: offer, reception: reception, command: func(ev dialog.Event) { commands <- ev }}
	t.Cleanup(i.end)
	i.arrive()
	return i, commands
}

// farPhone is the media of the other end, and what is heard there.
func farPhone(t *testing.T) (*Phone, *Ear) {
	t.Helper()
	pacer, ear := NewPacer(), new(Ear)
	t.Cleanup(pacer.Close)
	far, err := OpenPhone(netip.MustParseAddr("127.0.0.1"), pacer, ear.Hear)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(far.Close)
	return far, ear
}

// A caller who makes no offer gets ours, and his ACK brings the answer.
func TestCalleeOffersToWhoMakesNoOffer(t *testing.T) {
	far, ear := farPhone(t)
	i, commands := scriptedCall(t, nil, Reception{Party: Speaker(Sine(700, -10))})
	offer := (<-commands).(dialog.Answer).SDP
	answer, err := far.Answer(offer, Silence())
	if err != nil {
		t.Fatal(err)
	}
	i.report(dialog.Report{Kind: dialog.Taken})
	i.report(dialog.Report{Kind: dialog.Confirmed, SDP: answer})
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := ear.Tone(ctx, 700); err != nil {
		t.Error(err)
	}

	j, commands := scriptedCall(t, nil, Reception{})
	<-commands
	j.report(dialog.Report{Kind: dialog.Confirmed, SDP: nil})
	if got, ok := (<-commands).(dialog.Hangup); !ok || got.Q850 != 88 {
		t.Errorf("an ACK without an answer gives %+v", got)
	}
}

// On hold nothing is sent to who does not listen; what is offered is answered, and refused where it is of no use.
func TestCalleeIsHeld(t *testing.T) {
	far, ear := farPhone(t)
	i, commands := scriptedCall(t, far.Offer(PCMU), Reception{Party: Speaker(Sine(700, -10))})
	if sdp := string((<-commands).(dialog.Answer).SDP); !strings.Contains(sdp, "RTP/AVP 0 101") || !strings.Contains(sdp, "a=sendrecv") {
		t.Errorf("answered %s", sdp)
	}
	offer := strings.Replace(string(far.Offer(PCMU)), "sendrecv", "sendonly", 1)
	i.report(dialog.Report{Kind: dialog.Reoffered, SDP: []byte(offer)})
	if sdp := string((<-commands).(dialog.AnswerReoffer).SDP); !strings.Contains(sdp, "a=recvonly") {
		t.Errorf("a hold was answered %s", sdp)
	}
	if i.phone.far.Load().listens() {
		t.Error("held, and still sending")
	}
	i.report(dialog.Report{Kind: dialog.Reoffered, SDP: far.Offer(PCMU)})
	<-commands
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := ear.Tone(ctx, 700); err != nil {
		t.Error(err)
	}

	early, commands := scriptedCall(t, far.Offer(PCMU), Reception{After: -1})
	<-commands
	early.report(dialog.Report{Kind: dialog.Reoffered, SDP: far.Offer(PCMU)})
	if got := (<-commands).(dialog.AnswerReoffer); got.Status != unacceptable {
		t.Errorf("an offer before the answer gives %+v", got)
	}
}

func TestFaultCalleeRefusesWhatItCannotHear(t *testing.T) {
	_, commands := scriptedCall(t, []byte("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 9\r\n"), Reception{})
	if got, ok := (<-commands).(dialog.Reject); !ok || got.Status != unacceptable {
		t.Errorf("got %+v", got)
	}
}

// A key is heard back as its tones, whether it came as RTP (RFC 4733) or as INFO.
func TestCalleeRepeatsKeys(t *testing.T) {
	echo := NewEcho(nil, 100)
	i, _ := scriptedCall(t, nil, Reception{Party: echo})
	h := hearer{digit: i.digit}
	event := func(timestamp byte, key, end byte) []byte {
		return []byte{0x80, 101, 0, 1, 0, 0, 0, timestamp, 0, 0, 0, 1, key, end | 10, 3, 0x20}
	}
	var pressed []string
	i.callee.config.Events = func(e Event) {
		if e.Kind == Pressed {
			pressed = append(pressed, e.Key+" "+e.Length.String())
		}
	}
	for _, p := range [][]byte{event(7, 5, 0), event(7, 5, 0x80), event(7, 5, 0x80), event(7, 5, 0x80), event(9, 11, 0x80), event(11, 16, 0x80), event(13, 5, 0x80)[:14]} {
		h.take(p)
	}
	i.report(dialog.Report{Kind: dialog.Digit, Digit: "1", Duration: 160 * time.Millisecond})
	i.report(dialog.Report{Kind: dialog.Digit, Digit: "flash"})
	if want := []string{"5 100ms", "# 100ms", "1 160ms"}; !slices.Equal(pressed, want) {
		t.Fatalf("pressed %v, want %v", pressed, want)
	}
	for _, key := range []byte("5#1") {
		said := Source(echo.Speak).Samples(Rate * 320 / 1000)
		row, column, _ := KeyTones(key)
		if a, b := Share(said[:Rate/10], row), Share(said[:Rate/10], column); a < 0.4 || b < 0.4 {
			t.Errorf("key %c is heard as %.2f of %g Hz and %.2f of %g Hz", key, a, row, b, column)
		}
	}
}

func TestSecurityEchoKeysAreBounded(t *testing.T) {
	echo := NewEcho(nil, 100)
	for range 1000 {
		echo.Press('5')
	}
	echo.Press('x')
	if n := len(echo.pressed); n > echoLongest {
		t.Errorf("%d samples wait", n)
	}
}

func TestLoopRepeats(t *testing.T) {
	got := Loop([]int16{1, 2, 3}).Samples(8)
	if want := []int16{1, 2, 3, 1, 2, 3, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := Loop(nil).Samples(2); !slices.Equal(got, []int16{0, 0}) {
		t.Errorf("nothing repeats as %v", got)
	}
}
