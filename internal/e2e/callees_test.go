package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// callee is the number that agents call.
const callee = "+4930999"

// dial lets the agent call the callee.
func (s *stage) dial(more load.Fields) string {
	s.t.Helper()
	call, err := s.agent.Dial(harness.Patiently(s.t), callee, more)
	if err != nil {
		s.t.Fatal(err)
	}
	return call
}

// registered starts a baresip that is registered at the proxy, and waits until it is.
func (p *proxied) registered(t *testing.T) *harness.Softphone {
	t.Helper()
	phone := harness.Baresip{User: callee, Domain: p.proxy.Addr.String(), Account: ";regint=60"}.Start(t)
	phone.Says(harness.Patiently(t), "200 OK")
	return phone
}

// The agent calls a baresip that is registered at the proxy: both hear each other, the phone holds and comes back, the agent hangs up.
func TestProxyAgentCallsBaresip(t *testing.T) {
	t.Parallel()
	harness.Need(t, "baresip")
	p := newProxied(t, load.Policy{})
	phone := p.registered(t)
	line := harness.Listen(t, phone.Hears())
	ctx := harness.Patiently(t)
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
	ctx := harness.Patiently(t)
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
	direct   bool                     // without the proxy
	edit     func(yaml string) string // of the trunk's settings
	agent    func(s *stage, ctx context.Context, call string)
	code     protocol.CauseCode
	by       protocol.By
}{
	{scenario: "uas-answer", agent: talksAndHangsUp, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-hangs-up", code: protocol.CauseNormal, by: protocol.ByCallee},
	{scenario: "uas-busy", code: protocol.CauseBusyHere, by: protocol.ByCallee},
	{scenario: "uas-declined", code: protocol.CauseDeclined, by: protocol.ByCallee},
	{scenario: "uas-not-found", code: protocol.CauseNotFound, by: protocol.ByTrunk},
	{scenario: "uas-503", direct: true, code: protocol.CauseUnreachable, by: protocol.ByTrunk},
	{scenario: "uas-ring", direct: true, agent: givesUp, code: protocol.CauseCancelled, by: protocol.ByAgent},
	{scenario: "uas-early", agent: hearsEarly, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-100rel", direct: true, agent: talksAndHangsUp, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-hold", edit: trunk("hold: sendonly"), agent: holdsAndResumes, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-info", agent: presses, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-session-too-short", direct: true, agent: talksAndHangsUp, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-refer", edit: trunk("refer: true"), agent: transfers, code: protocol.CauseTransferred, by: protocol.ByAgent},
	{scenario: "uas-refer-fails", edit: trunk("refer: true"), agent: transfersInVain, code: protocol.CauseNormal, by: protocol.ByAgent},
	{scenario: "uas-moved", direct: true, edit: trunk("redirect_hosts: [127.0.0.1, 127.0.0.66]"), agent: talksAndHangsUp, code: protocol.CauseNormal, by: protocol.ByAgent},
}

// trunk gives the trunk one more setting.
func trunk(line string) func(yaml string) string {
	return func(yaml string) string {
		return strings.Replace(yaml, "  - name: pbx\n", "  - name: pbx\n    "+line+"\n", 1)
	}
}

// ask sends a request of the agent's for a call.
func (s *stage) ask(ctx context.Context, kind, call string, more load.Fields) {
	s.t.Helper()
	fields := load.Fields{"call": call}
	for name, value := range more {
		fields[name] = value
	}
	if _, err := s.agent.Do(ctx, kind, fields); err != nil {
		s.t.Errorf("%s: %v", kind, err)
	}
}

func talksAndHangsUp(s *stage, ctx context.Context, call string) {
	s.agent.Connected(ctx)
	s.ask(ctx, "hangup", call, nil)
}

func givesUp(s *stage, ctx context.Context, call string) {
	s.agent.Wait(ctx, "it rings there", load.InPhase(protocol.PhaseRinging))
	s.ask(ctx, "hangup", call, nil)
}

// hearsEarly hears who is called before he answers: sipp sends back what the agent says.
func hearsEarly(s *stage, ctx context.Context, call string) {
	s.agent.Wait(ctx, "early media", load.InPhase(protocol.PhaseEarly))
	harness.Hears(ctx, s.t, "the agent, before the answer,", &s.agent.Ear, harness.AgentTone)
	talksAndHangsUp(s, ctx, call)
}

func holdsAndResumes(s *stage, ctx context.Context, call string) {
	s.agent.Connected(ctx)
	n := s.agent.Journal.Len()
	s.ask(ctx, "hold", call, nil)
	s.agent.WaitFrom(ctx, n, "the call is held by the agent", heldBy("agent"))
	n = s.agent.Journal.Len()
	s.ask(ctx, "resume", call, nil)
	s.agent.WaitFrom(ctx, n, "the call is held no more", heldBy(""))
	s.ask(ctx, "hangup", call, nil)
}

func presses(s *stage, ctx context.Context, call string) {
	s.agent.Connected(ctx)
	wire := harness.Listen(s.t, fmt.Sprintf("udp port %d", s.server.SIP.Port()))
	s.ask(ctx, "dtmf", call, load.Fields{"digits": "5#"})
	taken := map[string]bool{} // keys go one after the other
	wire.Said(ctx, "the second INFO is answered", func(m harness.Message) bool {
		if m.To == s.server.SIP && m.Status("200") && strings.HasSuffix(m.CSeq(), "INFO") {
			taken[m.CSeq()] = true
		}
		return len(taken) == 2
	})
	s.ask(ctx, "hangup", call, nil)
}

func transfers(s *stage, ctx context.Context, call string) {
	s.agent.Connected(ctx)
	s.ask(ctx, "transfer", call, load.Fields{"to": "+4930777"})
}

func transfersInVain(s *stage, ctx context.Context, call string) {
	s.agent.Connected(ctx)
	n := s.agent.Journal.Len()
	s.ask(ctx, "transfer", call, load.Fields{"to": "+4930777"})
	s.agent.WaitFrom(ctx, n, "the transfer goes on", load.InPhase(protocol.PhaseTransferring))
	s.agent.WaitFrom(ctx, n, "the call is back", load.InPhase(protocol.PhaseConnected))
	s.ask(ctx, "hangup", call, nil)
}

func TestSippCallees(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp")
	for _, c := range sippCallees {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			ctx := harness.Patiently(t)
			run := harness.Sipp{Scenario: scenarios + c.scenario + ".xml", Options: []string{"-m", "1", "-d", "300", "-rtp_echo"}}.Start(ctx, t)
			s, passed := newStageTo(t, run.Addr, c.edit, c.direct)
			call := s.dial(nil)
			if c.agent != nil {
				c.agent(s, ctx, call)
			}
			s.agent.Over(ctx, c.code, c.by)
			run.Wait()
			passed()
		})
	}
}

// newStageTo is a stage whose agent may call somebody, by the proxy or directly. passed checks that nothing went around the proxy.
func newStageTo(t *testing.T, callee netip.AddrPort, edit func(string) string, direct bool) (s *stage, passed func()) {
	t.Helper()
	if direct {
		return newStageWith(t, load.Policy{}, both(mayDial(callee), edit)), func() {}
	}
	p := newProxiedTo(t, callee, load.Policy{}, edit)
	return p.stage, p.passed
}

// A trunk is killed in mid-call-setup. What rang there already is over at once, and the next call goes by the trunk's other address; what did not
// ring yet goes on there by itself.
func TestFaultTrunkKilledInMidRing(t *testing.T) {
	t.Parallel()
	harness.Need(t, "kamailio", "sipp", "tcpdump")
	t.Run("ringing", func(t *testing.T) {
		t.Parallel()
		ctx := harness.Patiently(t)
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
		ctx := harness.Patiently(t)
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
