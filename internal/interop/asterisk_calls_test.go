package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

const (
	support = "+493012345100" // a queue that rings
	orders  = "+493012345101" // a queue that answers at once
	nobody  = "+493012345199" // a number that Asterisk sends to offhook, which does not know it
)

// A call from the carrier through Asterisk to an agent: what he is told, that it rings, that both hear each other, and that the caller's
// end of it arrives.
func TestAsteriskCallIsAnswered(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	pbx.cli(ctx, t, "database put customer +4917012345 4711")
	defer pbx.cli(ctx, t, "database del customer +4917012345")
	anna := s.newAgent("anna", load.Policy{After: 300 * time.Millisecond})
	var ear load.Ear
	call := s.call(support, &ear, load.Plan{})

	e := anna.Wait(ctx, "the call is offered", load.InPhase(protocol.PhaseOffered))
	if o := e.Object; o.From.Number != "+4917012345" || o.From.Name != "Mara Lindqvist" || o.Queue != "support" || o.Data["x-customer-id"] != "4711" {
		t.Errorf("the offered object is %+v", o)
	}
	anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller", &ear, harness.AgentTone)

	call.Hangup()
	if r := s.result(ctx, call); r.Status != 200 || r.Rang.IsZero() {
		t.Errorf("the caller's result is %+v, want ringing and 200", r)
	}
	anna.Over(ctx, protocol.CauseNormal, protocol.ByCaller)
}

func TestAsteriskAgentHangsUp(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	anna := s.newAgent("anna", load.Policy{TalkFor: 500 * time.Millisecond})
	call := s.call(support, nil, load.Plan{})
	if r := s.result(ctx, call); r.Status != 200 {
		t.Errorf("the caller's result is %+v", r)
	}
	anna.Over(ctx, protocol.CauseNormal, protocol.ByAgent)
	bye := s.said(ctx, "offhook's BYE", func(m message) bool { return !m.sent && strings.HasPrefix(m.Text, "BYE ") })
	if !strings.Contains(bye.Text, "Q.850;cause=16") {
		t.Errorf("the BYE gives no reason:\n%s", bye.Text)
	}
	s.said(ctx, "Asterisk's 200 to it", func(m message) bool {
		return m.sent && strings.HasPrefix(m.Text, "SIP/2.0 200") && strings.Contains(m.Text, " BYE\n")
	})
}

// Asterisk places a call of its own and hangs up, with a reason.
func TestAsteriskHangsUp(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	s.originate(support, "hangup")
	anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	e := anna.Wait(ctx, "the end", load.InPhase(protocol.PhaseWrapUp))
	if c := e.Object.Cause; c == nil || c.Code != protocol.CauseNormal || c.By != protocol.ByCaller || c.Q850 != 16 {
		t.Errorf("the cause is %+v, want normal by the caller, Q.850 16", c)
	}
}

// originate lets Asterisk call a number at offhook by itself; when it is answered the extension of the probe's dialplan runs.
func (s *stage) originate(number, extension string) {
	s.t.Helper()
	ctx := harness.Within(s.t, 10*time.Second)
	pbx.cli(ctx, s.t, fmt.Sprintf("channel originate PJSIP/%s@offhook extension %s@probe", number, extension))
}

// What the agent says comes back from Asterisk, and what Asterisk plays arrives: its own sound, not a relayed one.
func TestAsteriskOwnSound(t *testing.T) {
	s := newStage(t, nil)
	for _, c := range []struct {
		extension string
		hz        float64
	}{{"echo", harness.AgentTone}, {"tone", 440}} {
		t.Run(c.extension, func(t *testing.T) {
			ctx := harness.Within(t, 20*time.Second)
			a := s.newAgent("agent-"+c.extension, load.Policy{})
			defer a.Close()
			s.originate(support, c.extension)
			e := a.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
			harness.Hears(ctx, t, "the agent", &a.Ear, c.hz)
			if err := a.Hangup(ctx, e.Call); err != nil {
				t.Error(err)
			}
			a.Over(ctx, protocol.CauseNormal, protocol.ByAgent)
		})
	}
}

func TestAsteriskCallerCancels(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	anna := s.newAgent("anna", load.Policy{Do: load.Ignore})
	call := s.call(support, nil, load.Plan{RingFor: time.Second})
	if r := s.result(ctx, call); r.Status != 487 || r.Rang.IsZero() {
		t.Errorf("the caller's result is %+v, want ringing and 487", r)
	}
	e := anna.Wait(ctx, "the agent's call is over", load.InPhase(protocol.PhaseEnded))
	if c := e.Object.Cause; c == nil || c.By != protocol.ByCaller {
		t.Errorf("the cause is %+v", c)
	}
	s.said(ctx, "487 to Asterisk's INVITE", func(m message) bool { return !m.sent && strings.HasPrefix(m.Text, "SIP/2.0 487") })
}

// offhook's refusals reach the carrier as what they are.
func TestAsteriskRefusals(t *testing.T) {
	s := newStage(t, edited(t, "capacity: 50", "capacity: 1"))
	ctx := harness.Within(t, 30*time.Second)
	if r := s.result(ctx, s.call(nobody, nil, load.Plan{})); r.Status != 404 {
		t.Errorf("an unknown number gives %+v, want 404", r)
	}
	first := s.call(support, nil, load.Plan{})
	if _, err := s.calls.Wait(ctx, load.Is(load.Ringing)); err != nil {
		t.Fatal("the first caller does not wait: ", err)
	}
	if r := s.result(ctx, s.call(support, nil, load.Plan{})); r.Status != 486 {
		t.Errorf("a full queue gives %+v, want 486", r)
	}
	first.Hangup()
	if r := s.result(ctx, first); r.Status != 487 {
		t.Errorf("the first caller's result is %+v", r)
	}
}

// A queue that answers at once: music, then the agent in its place.
func TestAsteriskCallerHearsMusicThenTheAgent(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	var ear load.Ear
	call := s.call(orders, &ear, load.Plan{})
	if _, err := s.calls.Wait(ctx, load.Is(load.Answered)); err != nil {
		t.Fatal("the queue has not answered: ", err)
	}
	if err := ear.Sound(ctx); err != nil {
		t.Error("music: ", err)
	}
	anna := s.newAgent("anna", load.Policy{})
	anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller", &ear, harness.AgentTone)
	call.Hangup()
	s.result(ctx, call)
	anna.Over(ctx, protocol.CauseNormal, protocol.ByCaller)
}

// The caller's phone holds and comes back. Asterisk passes that on as re-INVITEs (moh_passthrough); in between nothing is sent to it.
func TestAsteriskHoldsAndResumes(t *testing.T) {
	s := newStage(t, nil)
	harness.Need(t, "sipp")
	ctx := harness.Within(t, 60*time.Second)
	_ = s.carrier.Close() // sipp takes its address
	anna := s.newAgent("anna", load.Policy{})
	phone := startSipp(ctx, t, "hold.xml", net0.fit("198.51.100.20:5060"), net0.fit("192.0.2.10:5060"))

	anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent, before the hold,", &anna.Ear, harness.AgentTone)
	held := s.said(ctx, "Asterisk's re-INVITE to hold", func(m message) bool { return m.reinvite() && !strings.Contains(m.Text, "a=sendrecv") })
	answer := s.said(ctx, "offhook's answer to it", func(m message) bool {
		return !m.sent && m.Answers(held.Message) && strings.HasPrefix(m.Text, "SIP/2.0 200")
	})
	t.Logf("Asterisk holds by %v, offhook answers %v", held.Direction(), answer.Direction())
	if want := map[string]string{"a=sendonly": "a=recvonly", "a=recvonly": "a=sendonly", "a=inactive": "a=inactive"}[held.Direction()]; answer.Direction() != want {
		t.Errorf("offhook's answer to %s has %s, want %s", held.Direction(), answer.Direction(), want)
	}
	resumes := func(m message) bool {
		return m.reinvite() && strings.Contains(m.Text, "a=sendrecv") && m.CSeq() != held.CSeq()
	}
	for harness.StillHears(ctx, &anna.Ear, harness.AgentTone) {
		if slices.ContainsFunc(s.trace(), resumes) {
			t.Fatal("the agent was heard all through the hold")
		}
	}
	back := s.said(ctx, "Asterisk's re-INVITE to resume", resumes)
	s.said(ctx, "offhook's answer to it", func(m message) bool {
		return !m.sent && m.Answers(back.Message) && strings.HasPrefix(m.Text, "SIP/2.0 200") && strings.Contains(m.Text, "a=sendrecv")
	})
	harness.Hears(ctx, t, "the agent, after the hold,", &anna.Ear, harness.AgentTone)
	phone.Wait()
	anna.Over(ctx, protocol.CauseNormal, protocol.ByCaller)
}

// Keys that the caller presses arrive at the agent's browser as telephone events, three packets or more for each, and nothing of them is
// heard. Asterisk presses 5, 9 and #.
func TestAsteriskPressesKeys(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	wire := harness.Listen(t, "udp and src host "+net0.fit("192.0.2.5")+" and src port 3480")
	anna := s.newAgent("anna", load.Policy{})
	s.originate(support, "dtmf")
	e := anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	number := regexp.MustCompile(`a=rtpmap:(\d+) telephone-event/8000`)
	accepted := s.said(ctx, "offhook's 200", func(m message) bool {
		return !m.sent && strings.HasPrefix(m.Text, "SIP/2.0 200") && m.Direction() != ""
	})
	if !number.MatchString(accepted.Text) {
		t.Fatalf("offhook's answer has no telephone-event:\n%s", accepted.Text)
	}
	harness.Hears(ctx, t, "the agent, after the keys,", &anna.Ear, harness.AgentTone) // Echo() comes after them
	if err := anna.Hangup(ctx, e.Call); err != nil {
		t.Error(err)
	}
	wire.Stop()
	keys := map[string]int{} // an event's packets have one timestamp; SRTP leaves the header readable
	for _, packet := range wire.Packets() {
		if p := packet.Payload; len(p) >= 12 && p[0]>>6 == 2 && p[1]&0x7f == eventOfLoad {
			keys[string(p[4:8])]++
		}
	}
	if len(keys) != 3 {
		t.Errorf("%d keys reached the browser in %d packets, want 3: %v", len(keys), len(wire.Packets()), keys)
	}
	for _, n := range keys {
		if n < 3 {
			t.Errorf("a key came in %d packets, want 3 or more (RFC 4733 §2.5.1.4)", n)
		}
	}
}

// Keys may come by INFO too: each gets its 200, and the call goes on.
func TestAsteriskPressesAKeyByINFO(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	s.originate(support, "info")
	key := s.said(ctx, "Asterisk's INFO", func(m message) bool {
		return m.sent && strings.HasPrefix(m.Text, "INFO ") && strings.Contains(m.Text, "application/dtmf-relay")
	})
	s.said(ctx, "offhook's 200 to it", func(m message) bool { return m.Answers(key.Message) && strings.HasPrefix(m.Text, "SIP/2.0 200") })
	harness.Hears(ctx, t, "the agent, after the key,", &anna.Ear, harness.AgentTone)
}

// A refresh of the session changes nothing: by re-INVITE, then by UPDATE, and the sound goes on.
func TestAsteriskRefreshesTheSession(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	s.originate(support, "refresh")
	first := s.said(ctx, "offhook's 200", func(m message) bool {
		return !m.sent && strings.HasPrefix(m.Text, "SIP/2.0 200") && m.Direction() != ""
	})
	for _, refreshes := range []func(message) bool{
		message.reinvite,
		func(m message) bool { return m.sent && strings.HasPrefix(m.Text, "UPDATE ") },
	} {
		asked := s.said(ctx, "Asterisk's refresh", refreshes)
		answer := s.said(ctx, "offhook's answer to it", func(m message) bool {
			return !m.sent && m.Answers(asked.Message) && !strings.HasPrefix(m.Text, "SIP/2.0 100")
		})
		if !strings.HasPrefix(answer.Text, "SIP/2.0 200") || answer.SDP() != first.SDP() {
			t.Errorf("%s\n\nis answered by\n\n%s\n\nwant the same description as before (RFC 3264 §8):\n%s", asked.Text, answer.Text, first.SDP())
		}
	}
	harness.Hears(ctx, t, "the agent, after the refreshes,", &anna.Ear, harness.AgentTone)
}

// offhook is killed in mid-call, without a word. Asterisk finds out by the silence, and the caller is not left in it. A caller who rings for
// longer than that is not silent.
func TestAsteriskFindsOutThatOffhookDied(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 60*time.Second)
	pbx.change(ctx, t, "rtp_timeout = 60", "rtp_timeout = 2")
	s.qualified()
	anna := s.newAgent("anna", load.Policy{After: 3 * time.Second})
	call := s.call(support, nil, load.Plan{})
	anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.CallerTone)
	s.Kill()
	if r := s.result(ctx, call); r.Status != 200 || r.Err != nil {
		t.Errorf("the caller's result is %+v", r)
	}
}

// eventOfLoad is the payload type that agents of internal/load have for telephone events.
const eventOfLoad = 101

// Who withholds his number from the callee withholds it from the agent.
func TestAsteriskWithheldNumber(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	anna := s.newAgent("anna", load.Policy{Do: load.Ignore})
	call := s.call(support, nil, load.Plan{Headers: map[string]string{
		"P-Asserted-Identity": "<sip:+4917012345@" + net0.fit("198.51.100.20") + ">", "Privacy": "id",
	}})
	e := anna.Wait(ctx, "the call is offered", load.InPhase(protocol.PhaseOffered))
	if shown := fmt.Sprintf("%+v %v", e.Object.From, e.Object.Data); strings.Contains(shown, "17012345") || strings.Contains(shown, "Mara") {
		t.Errorf("the agent sees %s", shown)
	}
	call.Hangup()
	s.result(ctx, call)
}

// Asterisk knows whether offhook is there: it asks by OPTIONS, every user part; a server that drains says no; one that is gone gets no call,
// and the carrier hears 503, so that it can try another way.
func TestAsteriskQualifies(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 60*time.Second)
	asked := s.said(ctx, "Asterisk's OPTIONS", func(m message) bool { return m.sent && strings.HasPrefix(m.Text, "OPTIONS ") })
	s.said(ctx, "200 to it", func(m message) bool {
		return !m.sent && strings.HasPrefix(m.Text, "SIP/2.0 200") && m.CallID() == asked.CallID()
	})

	anna := s.newAgent("anna", load.Policy{})
	call := s.call(support, nil, load.Plan{})
	anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	s.Drain() // the call lets it
	for !strings.Contains(pbx.cli(ctx, t, "pjsip show contacts"), "Unavail") {
		pbx.cli(ctx, t, "pjsip qualify offhook")
		if ctx.Err() != nil {
			t.Fatal("Asterisk still takes a draining offhook for available")
		}
	}
	s.said(ctx, "503 to OPTIONS", func(m message) bool {
		return !m.sent && strings.HasPrefix(m.Text, "SIP/2.0 503") && strings.Contains(m.Text, " OPTIONS\n")
	})
	if r := s.result(ctx, s.call(support, nil, load.Plan{})); r.Status != 503 {
		t.Errorf("a call while offhook drains gives %+v, want 503", r)
	}
	call.Hangup()
	s.result(ctx, call)
	select {
	case <-s.Ended():
	case <-ctx.Done():
		t.Fatal("offhook did not end when its last call had")
	}
	if r := s.result(ctx, s.call(support, nil, load.Plan{})); r.Status != 503 {
		t.Errorf("a call without offhook gives %+v, want 503", r)
	}
}

// Twenty callers at once, twenty agents: each pair hears itself.
func TestAsteriskTwentyCallsAtOnce(t *testing.T) {
	const calls = 20
	s := newStage(t, nil)
	ctx := harness.Within(t, 90*time.Second)
	agents := make([]*harness.Agent, calls)
	for i := range agents {
		agents[i] = s.newAgent(fmt.Sprintf("agent%02d", i), load.Policy{})
	}
	ears, placed := make([]load.Ear, calls), make([]*load.Outgoing, calls)
	for i := range placed {
		placed[i] = s.call(support, &ears[i], load.Plan{})
	}
	seen := map[string]bool{}
	for i, a := range agents {
		seen[a.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected)).Call] = true
		harness.Hears(ctx, t, fmt.Sprintf("agent%02d", i), &a.Ear, harness.CallerTone)
	}
	if len(seen) != calls {
		t.Errorf("%d different calls reached the agents, want %d", len(seen), calls)
	}
	for i := range ears {
		harness.Hears(ctx, t, fmt.Sprintf("caller %d", i), &ears[i], harness.AgentTone)
		placed[i].Hangup()
	}
	for i, a := range agents {
		if r := s.result(ctx, placed[i]); r.Status != 200 {
			t.Errorf("the result of caller %d is %+v", i, r)
		}
		a.Over(ctx, protocol.CauseNormal, protocol.ByCaller)
	}
}
