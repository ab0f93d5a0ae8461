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

// A scriptedLine is a line whose reports the test writes.
type scriptedLine struct {
	placed   chan placement
	report   func(dialog.Report)
	hungUp   chan struct{}
	commands chan dialog.Event // all others
}

func (l *scriptedLine) place(p placement, report func(dialog.Report)) (func(dialog.Event), error) {
	l.report = report
	l.placed <- p
	return func(ev dialog.Event) {
		if _, ok := ev.(dialog.Hangup); ok {
			l.hungUp <- struct{}{}
			return
		}
		l.commands <- ev
	}, nil
}

func (l *scriptedLine) close() error { return nil }

type callerRig struct {
	t       *testing.T
	line    *scriptedLine
	pacer   *Pacer
	caller  *Caller
	journal Journal
}

func newCallerRig(t *testing.T) *callerRig {
	r := &callerRig{t: t, pacer: NewPacer(), line: &scriptedLine{placed: make(chan placement, 1), hungUp: make(chan struct{}, 1), commands: make(chan dialog.Event, 1)}}
	t.Cleanup(r.pacer.Close)
	r.caller = &Caller{line: r.line, config: CallerConfig{
		Name: "mara", Addr: netip.MustParseAddr("127.0.0.1"), Pacer: r.pacer, Events: r.journal.Add,
	}}
	return r
}

func (r *callerRig) kinds() []Kind {
	var kinds []Kind
	for _, e := range r.journal.Events() {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestCallerTalksAndHangsUp(t *testing.T) {
	r := newCallerRig(t)
	var ear, far Ear
	call, err := r.caller.Place(Plan{
		To: "sip:100@127.0.0.1:5060", From: "+491701234567", Speak: Sine(440, -10), Heard: ear.Hear, TalkFor: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	placed := <-r.line.placed
	if placed.callID != call.CallID() || !strings.Contains(string(placed.sdp), "RTP/AVP 8 0 101\r\n") {
		t.Errorf("placed %+v", placed)
	}
	r.line.report(dialog.Report{Kind: dialog.Progress, Status: 100})
	r.line.report(dialog.Report{Kind: dialog.Progress, Status: 180})

	other, err := OpenPhone(netip.MustParseAddr("127.0.0.1"), r.pacer, far.Hear)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Answered(placed.sdp, Sine(1000, -10)); err != nil { // an offer reads like an answer
		t.Fatal(err)
	}
	r.line.report(dialog.Report{Kind: dialog.Answered, SDP: other.Offer(PCMU)})

	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := ear.Tone(ctx, 1000); err != nil {
		t.Error("the caller:", err)
	}
	if err := far.Tone(ctx, 440); err != nil {
		t.Error("the far side:", err)
	}
	select {
	case <-r.line.hungUp:
	case <-ctx.Done():
		t.Fatal("the caller did not hang up after TalkFor")
	}
	r.line.report(dialog.Report{Kind: dialog.Ended, Q850: 16, Text: "Normal"})
	result, err := call.Wait(ctx)
	if err != nil || result.Status != 200 || result.Q850 != 16 || result.Rang.IsZero() || result.Answered.IsZero() {
		t.Errorf("result %+v, %v", result, err)
	}
	if got, want := r.kinds(), []Kind{InviteSent, Ringing, Answered, FirstSound, Ended}; !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

func TestCallerGivesUp(t *testing.T) {
	r := newCallerRig(t)
	call, err := r.caller.Place(Plan{To: "sip:100@127.0.0.1:5060", RingFor: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	<-r.line.placed
	<-r.line.hungUp
	r.line.report(dialog.Report{Kind: dialog.Failed, Status: 487, Phrase: "Request Terminated"})
	if result, err := call.Wait(t.Context()); err != nil || result.Status != 487 || !result.Answered.IsZero() {
		t.Errorf("result %+v, %v", result, err)
	}
}

func TestCallerHangsUpOnAnAnswerWithoutSound(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing":      "",
		"other codec":  "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 9\r\n",
		"port 0":       "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 8\r\n",
		"no address":   "v=0\r\nm=audio 4000 RTP/AVP 8\r\n",
		"a host name":  "v=0\r\nc=IN IP4 example.org\r\nm=audio 4000 RTP/AVP 8\r\n",
		"no such port": "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 70000 RTP/AVP 8\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := newCallerRig(t)
			call, err := r.caller.Place(Plan{To: "sip:100@127.0.0.1:5060"})
			if err != nil {
				t.Fatal(err)
			}
			<-r.line.placed
			r.line.report(dialog.Report{Kind: dialog.Answered, SDP: []byte(answer)})
			<-r.line.hungUp
			r.line.report(dialog.Report{Kind: dialog.Ended})
			if result, _ := call.Wait(t.Context()); result.Err == nil {
				t.Errorf("result %+v", result)
			}
		})
	}
}

func TestEchoGreetsThenRepeats(t *testing.T) {
	greeting := Sine(300, -10).Samples(2 * FrameSamples)
	echo := NewEcho(greeting, 40)
	said := Sine(700, -10)
	var spoken []int16
	for range 10 {
		frame := make([]int16, FrameSamples)
		echo.Speak(frame)
		spoken = append(spoken, frame...)
		said(frame)
		echo.Hear(frame)
	}
	if !slices.Equal(spoken[:len(greeting)], greeting) {
		t.Error("the greeting was not spoken whole")
	}
	// What was heard while the last part of the greeting was spoken is the first to be repeated.
	rest := spoken[len(greeting):]
	quiet := slices.IndexFunc(rest, func(s int16) bool { return s != 0 })
	if quiet < FrameSamples/2 || quiet > 3*FrameSamples {
		t.Errorf("the echo begins %d samples after the greeting, want about %d", quiet, 2*FrameSamples)
	}
	if got := Share(rest[3*FrameSamples:], 700); got < 0.9 {
		t.Errorf("%.2f of the echo is what was said", got)
	}
}

func TestEchoIsBounded(t *testing.T) {
	echo := NewEcho(nil, 400)
	for range 1000 {
		echo.Hear(make([]int16, 1600))
	}
	if n := len(echo.heard); n > echoLongest {
		t.Errorf("%d samples kept", n)
	}
}

func TestCallerPlacesRealCalls(t *testing.T) {
	for _, row := range []struct {
		name   string
		refuse int
		talk   time.Duration
		status int
	}{
		{"answered", 0, 200 * time.Millisecond, 200},
		{"left up", 0, 0, 200},
		{"busy", 486, 0, 486},
	} {
		t.Run(row.name, func(t *testing.T) {
			var ear Ear
			r := newCalleeRig(t, Reception{Refuse: row.refuse, Party: listener(ear.Hear)})
			call := r.call(Plan{From: "+49301", Display: "Mara", TalkFor: row.talk, Speak: Sine(440, -10), Headers: map[string]string{"X-Case": "7"}})
			if got, want := <-r.arrivals, (Arrival{"100", "+49301", "Mara"}); got != want {
				t.Errorf("the INVITE is %+v", got)
			}
			if row.name == "left up" {
				if err := ear.Tone(r.ctx, 440); err != nil {
					t.Error(err)
				}
				if err := r.caller.Close(); err != nil {
					t.Error(err)
				}
			}
			result, err := call.Wait(r.ctx)
			if err != nil || result.Status != row.status || result.Err != nil {
				t.Errorf("result %+v, %v", result, err)
			}
			r.wait(Is(Ended))
		})
	}
}

// A far side that offers in mid-call, as for a hold, gets an answer.
func TestCallerAnswersAnOfferInMidCall(t *testing.T) {
	r := newCallerRig(t)
	if _, err := r.caller.Place(Plan{To: "sip:100@127.0.0.1:5060"}); err != nil {
		t.Fatal(err)
	}
	<-r.line.placed
	other, _ := farPhone(t)
	r.line.report(dialog.Report{Kind: dialog.Answered, SDP: other.Offer(PCMU)})
	for _, row := range []struct{ offer, answer string }{
		{strings.Replace(string(other.Offer(PCMU)), "sendrecv", "sendonly", 1), "a=recvonly"},
		{strings.Replace(string(other.Offer(PCMU)), "sendrecv", "inactive", 1), "a=inactive"},
		{string(other.Offer(PCMU)), "a=sendrecv"},
		{"", "a=sendrecv"}, // an offer of ours is wanted
	} {
		var offer []byte
		if row.offer != "" {
			offer = []byte(row.offer)
		}
		r.line.report(dialog.Report{Kind: dialog.Reoffered, SDP: offer})
		if got := (<-r.line.commands).(dialog.AnswerReoffer); !strings.Contains(string(got.SDP), row.answer+"\r\n") || !strings.Contains(string(got.SDP), "RTP/AVP 0 101") {
			t.Errorf("answered %+v %s, want %s", got, got.SDP, row.answer)
		}
	}
	r.line.report(dialog.Report{Kind: dialog.Reoffered, SDP: []byte("v=0\r\n")})
	if got := (<-r.line.commands).(dialog.AnswerReoffer); got.Status != 488 {
		t.Errorf("an offer without sound was answered %+v", got)
	}
	r.line.report(dialog.Report{Kind: dialog.Ended})
}

func TestCallerFindsTheAddressInAURI(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:100@127.0.0.1:5070":             "127.0.0.1:5070",
		"sip:100@127.0.0.1":                  "127.0.0.1:5060",
		"sip:127.0.0.1":                      "127.0.0.1:5060",
		"sip:+4930@[::1]:5070;transport=udp": "[::1]:5070",
		"sip:100@[::1]":                      "[::1]:5060",
		"sip:100@example.org":                "",
		"100@127.0.0.1":                      "",
		"tel:+4930":                          "",
		"":                                   "",
	} {
		got, err := hostOf(uri)
		if err != nil && want != "" || err == nil && got.String() != want {
			t.Errorf("%q is %v, %v, want %q", uri, got, err, want)
		}
	}
}
