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

// The target is busy: the agent has the caller back.
func TestAsteriskBlindTransferFails(t *testing.T) {
	s := newStage(t, nil)
	ctx := harness.Within(t, 40*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	var ear load.Ear
	call := s.call(support, &ear, load.Plan{})
	e := anna.Connected(ctx)
	n := anna.Journal.Len()
	s.do(ctx, anna, "transfer", e.Call, load.Fields{"to": busy})
	s.said(ctx, "offhook's REFER", refer)
	anna.WaitFrom(ctx, n, "the call is back", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent", &anna.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller", &ear, harness.AgentTone)
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
	consultation := s.dial(ctx, anna, sounds, load.Fields{"consult_of": e.Call})
	anna.WaitFrom(ctx, n, "the consultation is connected", func(e load.Event) bool {
		return e.Call == consultation && load.InPhase(protocol.PhaseConnected)(e)
	})
	harness.Hears(ctx, t, "the agent, asking,", &anna.Ear, asteriskTone)
	s.do(ctx, anna, "transfer", e.Call, load.Fields{"consult": consultation})
	asked := s.said(ctx, "offhook's REFER", refer)
	if !strings.Contains(asked.Header("Refer-To"), "Replaces=") {
		t.Errorf("Refer-To is %s, want Replaces in it", asked.Header("Refer-To"))
	}
	anna.WaitFrom(ctx, n, "the end of the first call", func(e load.Event) bool {
		return e.Kind == load.CallChanged && e.Object.Cause != nil && e.Object.Cause.Code == protocol.CauseTransferred
	})
	harness.Hears(ctx, t, "the caller, passed on,", &ear, asteriskTone)
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
