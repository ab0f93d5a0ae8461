package interop

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// reached waits until offhook has found Asterisk to be there, by OPTIONS.
func (s *stage) reached(ctx context.Context) {
	s.t.Helper()
	s.said(ctx, "Asterisk's 200 to offhook's OPTIONS", func(m message) bool {
		return m.sent && m.Status("200") && strings.HasSuffix(m.CSeq(), "OPTIONS")
	})
}

// dial lets an agent call a number.
func (s *stage) dial(ctx context.Context, a *harness.Agent, number string, more load.Fields) string {
	s.t.Helper()
	call, err := a.Dial(ctx, number, more)
	if err != nil {
		s.t.Fatal(err)
	}
	return call
}

// do sends a request of an agent's for a call.
func (s *stage) do(ctx context.Context, a *harness.Agent, kind, call string, more load.Fields) {
	s.t.Helper()
	fields := load.Fields{"call": call}
	for name, value := range more {
		fields[name] = value
	}
	if _, err := a.Do(ctx, kind, fields); err != nil {
		s.t.Fatalf("%s: %v", kind, err)
	}
}

// An agent calls an extension of Asterisk's: it rings, is answered, both hear, the agent hangs up.
func TestAsteriskIsCalled(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	call := s.dial(ctx, anna, echoes, nil)
	anna.Wait(ctx, "it rings there", load.InPhase(protocol.PhaseRinging))
	anna.Connected(ctx)
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.AgentTone)
	s.do(ctx, anna, "hangup", call, nil)
	anna.Over(ctx, protocol.CauseNormal, protocol.ByAgent)
	s.said(ctx, "Asterisk's 200 to offhook's BYE", func(m message) bool { return m.sent && m.Status("200") && strings.HasSuffix(m.CSeq(), "BYE") })
	invite := s.said(ctx, "offhook's INVITE", func(m message) bool { return !m.sent && m.Is("INVITE") })
	if !strings.Contains(invite.Header("From"), "+493012345100") {
		t.Errorf("From is %s, want the number of `callers`", invite.Header("From"))
	}
}

func TestAsteriskHangsUpItsCall(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	s.dial(ctx, anna, leaves, nil)
	anna.Connected(ctx)
	anna.Over(ctx, protocol.CauseNormal, protocol.ByCallee)
}

func TestAsteriskRefusesCalls(t *testing.T) {
	s := newStage(t, nil)
	s.reached(harness.Within(t, 20*time.Second))
	for _, c := range []struct {
		name, number string
		code         protocol.CauseCode
	}{{"busy", busy, protocol.CauseBusyHere}, {"unknown", unknown, protocol.CauseNotFound}} {
		t.Run(c.name, func(t *testing.T) {
			ctx := harness.Within(t, 20*time.Second)
			a := s.newAgent("agent-"+c.name, load.Policy{})
			defer a.Close()
			s.dial(ctx, a, c.number, nil)
			e := a.Wait(ctx, "the end", load.InPhase(protocol.PhaseEnded))
			if e.Object.Cause == nil || e.Object.Cause.Code != c.code {
				t.Errorf("the cause is %+v, want %s", e.Object.Cause, c.code)
			}
		})
	}
}

// An announcement before the answer is heard; then the answer comes.
func TestAsteriskPlaysEarlyMedia(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	s.dial(ctx, anna, announces, nil)
	anna.Wait(ctx, "early media", load.InPhase(protocol.PhaseEarly))
	harness.Hears(ctx, t, "the agent, before the answer,", &anna.Ear, asteriskTone)
	anna.Connected(ctx)
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.AgentTone)
}

// An agent gives up while it rings.
func TestAsteriskIsGivenUp(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	call := s.dial(ctx, anna, echoes, nil)
	anna.Wait(ctx, "it rings there", load.InPhase(protocol.PhaseRinging))
	s.do(ctx, anna, "hangup", call, nil)
	anna.Over(ctx, protocol.CauseCancelled, protocol.ByAgent)
	s.said(ctx, "Asterisk's 487", func(m message) bool { return m.sent && m.Status("487") })
}

// Through Asterisk to the carrier, whose phone answers: the number shown arrives, and sound comes back.
func TestAsteriskPassesAgentsCallsToTheCarrier(t *testing.T) {
	harness.Need(t, "sipp")
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	s.reached(ctx)
	_ = s.carrier.Close() // sipp takes its address
	callee := harness.Sipp{
		Scenario: "../../testdata/sipp/uas-answer.xml", From: netip.MustParseAddrPort(net0.fit("198.51.100.20:5060")), Options: []string{"-m", "1", "-rtp_echo"},
	}.Start(ctx, t)
	anna := s.newAgent("anna", load.Policy{})
	call := s.dial(ctx, anna, phone, nil)
	anna.Connected(ctx)
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.AgentTone)
	s.do(ctx, anna, "hangup", call, nil)
	anna.Over(ctx, protocol.CauseNormal, protocol.ByAgent)
	callee.Wait()
}

// Keys that the agent presses reach Asterisk's dialplan.
func TestAsteriskReadsKeys(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 30*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	call := s.dial(ctx, anna, reads, nil)
	anna.Connected(ctx)
	s.do(ctx, anna, "dtmf", call, load.Fields{"digits": "5#"})
	harness.Hears(ctx, t, "the agent, after the keys,", &anna.Ear, asteriskTone)
}

// An agent holds by re-INVITE: Asterisk agrees, and the other side does not hear him until he is back.
func TestAsteriskIsHeld(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	var ear load.Ear
	s.call(support, &ear, load.Plan{})
	e := anna.Connected(ctx)
	harness.Hears(ctx, t, "the caller", &ear, harness.AgentTone)

	n := anna.Journal.Len()
	s.do(ctx, anna, "hold", e.Call, nil)
	asked := s.said(ctx, "offhook's re-INVITE to hold", func(m message) bool { return !m.sent && m.Reinvite() && m.Direction() == "a=sendonly" })
	answer := s.said(ctx, "Asterisk's answer to it", func(m message) bool { return m.sent && m.Answers(asked.Message) && m.Status("200") })
	if answer.Direction() != "a=recvonly" {
		t.Errorf("Asterisk answers a=sendonly by %s", answer.Direction())
	}
	anna.WaitFrom(ctx, n, "the call is held by the agent", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.HeldBy == "agent" })
	harness.NoLonger(ctx, t, "the caller", &ear, harness.AgentTone)

	n = anna.Journal.Len()
	s.do(ctx, anna, "resume", e.Call, nil)
	anna.WaitFrom(ctx, n, "the call is held no more", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.HeldBy == "" })
	harness.Hears(ctx, t, "the caller, after the hold,", &ear, harness.AgentTone)
	harness.Hears(ctx, t, "the agent, after the hold,", &anna.Ear, harness.CallerTone)
}

// A caller who makes no offer gets Asterisk's; what he says goes all the way to the agent and back.
func TestAsteriskLateOffer(t *testing.T) {
	harness.Need(t, "sipp")
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	_ = s.carrier.Close()
	anna := s.newAgent("anna", load.Policy{})
	caller := harness.Sipp{
		Scenario: "../../testdata/sipp/uac-late-offer.xml", Number: support, Options: []string{"-m", "1", "-d", "2000", "-rtp_echo"},
		From: netip.MustParseAddrPort(net0.fit("198.51.100.20:5060")), To: netip.MustParseAddrPort(net0.fit("192.0.2.10:5060")),
	}.Start(ctx, t)
	anna.Connected(ctx)
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.AgentTone)
	caller.Wait()
	anna.Over(ctx, protocol.CauseNormal, protocol.ByCaller)
}

// The session interval is agreed on, and who refreshes does so at half of it; the sound goes on.
func TestAsteriskSessionTimer(t *testing.T) {
	s := newStage(t, func(yaml string) string {
		return edited(t, "    refer: true ", "    session: 90s\n    refer: true ")(yaml)
	})
	ctx := harness.Within(t, 90*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	s.dial(ctx, anna, echoes, nil)
	anna.Connected(ctx)
	agreed := s.said(ctx, "Asterisk's 200", func(m message) bool { return m.sent && m.Status("200") && m.SDP() != "" })
	if !strings.HasPrefix(agreed.Header("Session-Expires"), "90") {
		t.Fatalf("Asterisk agrees on %q", agreed.Header("Session-Expires"))
	}
	began := time.Now()
	refresh := s.said(ctx, "the refresh", func(m message) bool {
		return m.CallID() == agreed.CallID() && (m.Is("UPDATE") || m.Reinvite())
	})
	t.Logf("%s after %v, by Asterisk: %v", refresh.First(), time.Since(began).Round(time.Second), refresh.sent)
	s.said(ctx, "200 to it", func(m message) bool { return m.Answers(refresh.Message) && m.Status("200") })
	harness.Hears(ctx, t, "the agent, after the refresh,", &anna.Ear, harness.AgentTone)
}
