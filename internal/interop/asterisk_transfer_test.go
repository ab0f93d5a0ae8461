package interop

import (
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// refer matches offhook's REFER.
func refer(m message) bool { return !m.sent && m.Is("REFER") }

// An agent passes a caller on: REFER, Asterisk connects the caller with the target, and offhook is out.
func TestAsteriskBlindTransfer(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	var ear load.Ear
	call := s.call(support, &ear, load.Plan{})
	e := anna.Connected(ctx)
	s.do(ctx, anna, "transfer", e.Call, load.Fields{"to": sounds})
	asked := s.said(ctx, "offhook's REFER", refer)
	s.said(ctx, "Asterisk's 202", func(m message) bool { return m.sent && m.Answers(asked.Message) && m.Status("202") })
	anna.Over(ctx, protocol.CauseTransferred, protocol.ByAgent)
	harness.Hears(ctx, t, "the caller, passed on,", &ear, asteriskTone)
	call.Hangup()
	s.result(ctx, call)
}

// The caller was passed on to a phone that does not answer: he is back in the queue, and the next agent has him.
func TestAsteriskBlindTransferIsNotAnswered(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	var ear load.Ear
	call := s.call(support, &ear, load.Plan{})
	e := anna.Connected(ctx)
	bert := s.newAgent("bert", load.Policy{})
	s.do(ctx, anna, "transfer", e.Call, load.Fields{"to": phone}) // the carrier takes no calls here
	anna.Over(ctx, protocol.CauseTransferred, protocol.ByAgent)
	back := bert.Connected(ctx)
	if back.Object.From.Number != "+4917012345" {
		t.Errorf("the caller who is back is %+v", back.Object.From)
	}
	harness.Hears(ctx, t, "bert", &bert.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller", &ear, harness.AgentTone)
	call.Hangup()
	s.result(ctx, call)
}

// Without REFER: offhook calls the target and joins the two; one that refuses leaves the agent the caller.
func TestAsteriskTransferJoinedHere(t *testing.T) {
	s := newStage(t, edited(t, "    refer: true ", "    refer: false "))
	ctx := harness.Within(t, 40*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	var ear load.Ear
	call := s.call(support, &ear, load.Plan{})
	e := anna.Connected(ctx)

	n := anna.Journal.Len()
	s.do(ctx, anna, "transfer", e.Call, load.Fields{"to": busy})
	anna.WaitFrom(ctx, n, "the transfer", load.InPhase(protocol.PhaseTransferring))
	anna.WaitFrom(ctx, n, "the caller is back", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller", &ear, harness.AgentTone)

	s.do(ctx, anna, "transfer", e.Call, load.Fields{"to": sounds})
	anna.Over(ctx, protocol.CauseTransferred, protocol.ByAgent)
	harness.Hears(ctx, t, "the caller, passed on,", &ear, asteriskTone)
	call.Hangup()
	s.result(ctx, call)
}

// An agent asks the target first, then connects both: REFER with Replaces, since both calls go through Asterisk.
func TestAsteriskAttendedTransfer(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	var ear load.Ear
	call := s.call(support, &ear, load.Plan{})
	e := anna.Connected(ctx)
	n := anna.Journal.Len()
	consultation := s.dial(ctx, anna, echoes, load.Fields{"consult_of": e.Call})
	anna.WaitFrom(ctx, n, "the consultation is connected", func(e load.Event) bool {
		return e.Call == consultation && load.InPhase(protocol.PhaseConnected)(e)
	})
	harness.Hears(ctx, t, "the agent, asking,", &anna.Ear, harness.AgentTone)
	s.do(ctx, anna, "transfer", e.Call, load.Fields{"consult": consultation})
	asked := s.said(ctx, "offhook's REFER", refer)
	if !strings.Contains(asked.Header("Refer-To"), "Replaces=") {
		t.Errorf("Refer-To is %s, want Replaces in it", asked.Header("Refer-To"))
	}
	anna.WaitFrom(ctx, n, "the end of the first call", func(e load.Event) bool {
		return e.Kind == load.CallChanged && e.Object.Cause != nil && e.Object.Cause.Code == protocol.CauseTransferred
	})
	harness.Hears(ctx, t, "the caller, passed on,", &ear, harness.CallerTone) // from Echo()
	call.Hangup()
	s.result(ctx, call)
}

// Asterisk passes a call on that an agent placed: REFER to offhook, which calls the target.
func TestAsteriskPassesACallOn(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	s.reached(ctx)
	anna := s.newAgent("anna", load.Policy{})
	s.dial(ctx, anna, passesOn, nil)
	anna.Connected(ctx)
	asked := s.said(ctx, "Asterisk's REFER", func(m message) bool { return m.sent && m.Is("REFER") })
	s.said(ctx, "offhook's 202", func(m message) bool { return !m.sent && m.Answers(asked.Message) && m.Status("202") })
	harness.Hears(ctx, t, "the agent, passed on,", &anna.Ear, asteriskTone)
}
