package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// callee is the number that agents call.
const callee = "+4930999"

// dial lets the agent call the callee.
func (s *stage) dial(more load.Fields) string {
	s.t.Helper()
	call, err := s.agent.Dial(harness.Within(s.t, 15*time.Second), callee, more)
	if err != nil {
		s.t.Fatal(err)
	}
	return call
}

// registered starts a baresip that is registered at the proxy, and waits until it is.
func (p *proxied) registered(t *testing.T) *harness.Softphone {
	t.Helper()
	phone := harness.Baresip{User: callee, Domain: p.proxy.Addr.String(), Account: ";regint=60"}.Start(t)
	phone.Says(harness.Within(t, 15*time.Second), "200 OK")
	return phone
}

// The agent calls a baresip that is registered at the proxy: both hear each other, the phone holds and comes back, the agent hangs up.
func TestProxyAgentCallsBaresip(t *testing.T) {
	t.Parallel()
	harness.Need(t, "baresip")
	p := newProxied(t, load.Policy{})
	phone := p.registered(t)
	line := harness.Listen(t, phone.Hears())
	ctx := harness.Within(t, 40*time.Second)
	call := p.dial(nil)
	e := p.agent.Wait(ctx, "it rings there", load.InPhase(protocol.PhaseRinging))
	if o := e.Object; o.Direction != protocol.Outbound || o.To.Number != callee {
		t.Errorf("the object is %+v", o)
	}
	phone.Do("accept", "")
	p.agent.Connected(ctx)
	phone.Established(ctx, 1)
	harness.Hears(ctx, t, "the agent", &p.agent.Ear, harness.CallerTone)
	line.Tone(ctx, t, "baresip", harness.AgentTone)
	p.routed("offhook's ACK", func(m harness.Message) bool { return m.Is("ACK") })

	n := p.agent.Journal.Len()
	phone.Do("hold", "")
	p.agent.WaitFrom(ctx, n, "the call is held by the far side", heldBy("remote"))
	harness.NoLonger(ctx, t, "the agent", &p.agent.Ear, harness.CallerTone)
	n = p.agent.Journal.Len()
	phone.Do("resume", "")
	p.agent.WaitFrom(ctx, n, "the call is held no more", heldBy(""))
	harness.Hears(ctx, t, "the agent, after the hold,", &p.agent.Ear, harness.CallerTone)
	line.Tone(ctx, t, "baresip, after the hold,", harness.AgentTone)

	if err := p.agent.Hangup(ctx, call); err != nil {
		t.Error(err)
	}
	phone.Says(ctx, "session closed")
	p.agent.Over(ctx, protocol.CauseNormal, protocol.ByAgent)
	p.routed("offhook's BYE", func(m harness.Message) bool { return m.Is("BYE") })
	p.passed()
}

func TestProxyBaresipRefusesAndHangsUp(t *testing.T) {
	t.Parallel()
	harness.Need(t, "baresip")
	p := newProxied(t, load.Policy{})
	phone := p.registered(t)
	ctx := harness.Within(t, 40*time.Second)
	p.dial(nil)
	p.agent.Wait(ctx, "it rings there", load.InPhase(protocol.PhaseRinging))
	phone.Do("hangup", "")
	p.agent.Over(ctx, protocol.CauseBusyHere, protocol.ByCallee)

	n := p.agent.Journal.Len()
	p.dial(nil)
	p.agent.WaitFrom(ctx, n, "it rings there again", load.InPhase(protocol.PhaseRinging))
	phone.Do("accept", "")
	p.agent.WaitFrom(ctx, n, "the call is connected", load.InPhase(protocol.PhaseConnected))
	phone.Established(ctx, 1)
	phone.Do("hangup", "")
	e := p.agent.WaitFrom(ctx, n, "the end", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.Cause != nil })
	if c := e.Object.Cause; c.Code != protocol.CauseNormal || c.By != protocol.ByCallee {
		t.Errorf("the cause is %+v, want normal by the callee", c)
	}
	p.passed()
}

// sippCallees are those whom the agent calls: sipp checks every message of offhook's, the agent learns what became of it.
var sippCallees = []struct {
	scenario string
	policy   load.Policy // TalkFor: the agent hangs up
	early    bool        // he is heard before he answers
	giveUp   bool        // the agent gives up while it rings
	direct   bool        // without the proxy
	code     protocol.CauseCode
	by       protocol.By
}{
	{scenario: "uas-answer", policy: load.Policy{TalkFor: 300 * time.Millisecond}, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-hangs-up", code: protocol.CauseNormal, by: protocol.ByCallee},
	{scenario: "uas-busy", code: protocol.CauseBusyHere, by: protocol.ByCallee},
	{scenario: "uas-declined", code: protocol.CauseDeclined, by: protocol.ByCallee},
	{scenario: "uas-not-found", code: protocol.CauseNotFound, by: protocol.ByTrunk},
	{scenario: "uas-ring", giveUp: true, direct: true, code: protocol.CauseCancelled, by: protocol.ByAgent},
	{scenario: "uas-early", policy: load.Policy{TalkFor: 300 * time.Millisecond}, early: true, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-100rel", direct: true, policy: load.Policy{TalkFor: 300 * time.Millisecond}, code: protocol.CauseNormal, by: protocol.ByAgent},
}

func TestSippCallees(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp")
	for _, c := range sippCallees {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			ctx := harness.Within(t, 40*time.Second)
			run := harness.Sipp{Scenario: scenarios + c.scenario + ".xml", Options: []string{"-m", "1", "-d", "300", "-rtp_echo"}}.Start(ctx, t)
			s, passed := newStageTo(t, run.Addr, c.policy, c.direct)
			call := s.dial(nil)
			if c.early {
				s.agent.Wait(ctx, "early media", load.InPhase(protocol.PhaseEarly))
				harness.Hears(ctx, t, "the agent, before the answer,", &s.agent.Ear, harness.AgentTone)
			}
			if c.giveUp {
				s.agent.Wait(ctx, "it rings there", load.InPhase(protocol.PhaseRinging))
				if err := s.agent.Hangup(ctx, call); err != nil {
					t.Error(err)
				}
			}
			s.agent.Over(ctx, c.code, c.by)
			run.Wait()
			passed()
		})
	}
}

// newStageTo is a stage whose agent may call somebody, by the proxy or directly. passed checks that nothing went around the proxy.
func newStageTo(t *testing.T, callee netip.AddrPort, policy load.Policy, direct bool) (s *stage, passed func()) {
	t.Helper()
	if direct {
		return newStageWith(t, policy, mayDial(callee)), func() {}
	}
	p := newProxiedTo(t, callee, policy)
	return p.stage, p.passed
}

// A trunk is killed in mid-call-setup. What rang there already is over at once, and the next call goes by the trunk's other address; what did not
// ring yet goes on there by itself.
func TestFaultTrunkKilledInMidRing(t *testing.T) {
	t.Parallel()
	harness.Need(t, "kamailio", "sipp", "tcpdump")
	t.Run("ringing", func(t *testing.T) {
		t.Parallel()
		ctx := harness.Within(t, 40*time.Second)
		rings := harness.Sipp{Scenario: scenarios + "uas-ring.xml", Options: []string{"-m", "1"}}.Start(ctx, t)
		k := newKillable(ctx, t, rings.Addr)
		k.dial(nil)
		k.agent.Wait(ctx, "it rings there", load.InPhase(protocol.PhaseRinging))
		k.proxy.Kill()
		k.agent.Over(ctx, protocol.CauseUnreachable, protocol.ByTrunk)
		n := k.agent.Journal.Len()
		k.dial(nil)
		k.answeredByTheOther(ctx, n)
	})
	t.Run("not yet ringing", func(t *testing.T) {
		t.Parallel()
		ctx := harness.Within(t, 40*time.Second)
		silent, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(harness.Loopback, 0)))
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		k := newKillable(ctx, t, silent.LocalAddr().(*net.UDPAddr).AddrPort())
		wire := harness.Listen(t, fmt.Sprintf("tcp port %d", k.proxy.Addr.Port()))
		k.dial(nil)
		wire.Said(ctx, "kamailio's 100", func(m harness.Message) bool { return m.Status("100") })
		k.proxy.Kill()
		k.answeredByTheOther(ctx, 0)
	})
}

// A killable stage has two addresses to call by: over TCP a proxy, over UDP a sipp that answers.
type killable struct {
	*stage
	proxy *harness.Proxy
	other *harness.SippRun
}

func newKillable(ctx context.Context, t *testing.T, callee netip.AddrPort) *killable {
	t.Helper()
	k := &killable{proxy: harness.Kamailio{Callee: callee, Offhook: callee}.Start(t)}
	k.other = harness.Sipp{Scenario: scenarios + "uas-answer.xml", Options: []string{"-m", "1", "-rtp_echo"}}.Start(ctx, t)
	k.stage = newStageWith(t, load.Policy{}, func(yaml string) string {
		yaml = mayDial(k.other.Addr)(yaml)
		yaml = strings.Replace(yaml, "addresses: [", fmt.Sprintf("addresses: [\"tcp:%s\", ", k.proxy.Addr), 1)
		return strings.Replace(yaml, "  sip: [", fmt.Sprintf("  sip: [\"tcp:127.0.0.1:%d\", ", harness.FreeTCP(t)), 1)
	})
	return k
}

// answeredByTheOther waits until a call is connected at the other address, and ends it.
func (k *killable) answeredByTheOther(ctx context.Context, n int) {
	k.t.Helper()
	e := k.agent.WaitFrom(ctx, n, "the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, k.t, "the agent", &k.agent.Ear, harness.AgentTone)
	if err := k.agent.Hangup(ctx, e.Call); err != nil {
		k.t.Error(err)
	}
	k.other.Wait()
}
